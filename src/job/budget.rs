//! The memory budget: how much work may be in flight.
//!
//! Fetch threads reserve memory before they read, and wait while there is none. Blocks are written in order, so the
//! oldest block in flight (the *head*) must never wait for younger ones: a part of the budget is kept for it alone.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::codec::Monitor;

/// Shared by the fetch threads (which wait), and the workers and the calling thread (which release).
#[derive(Debug)]
pub struct Budget {
    /// All bytes that may be reserved at once.
    limit: u64,
    /// Bytes of `limit` that only the head may use: enough for its next piece.
    head_reserve: u64,
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    /// Number of the oldest unit that is not written completely.
    head: u64,
    /// Pieces of the head unit that hold a reservation. Counted for all units since any may become the head.
    pieces: std::collections::BTreeMap<u64, u32>,
}

/// What a reservation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A piece: released when it is written, at the latest.
    Piece,
    /// Something the unit keeps until it ends (an encoder).
    Unit,
}

impl Budget {
    /// A budget of `limit` bytes, `head_reserve` of them for the head alone (at most half are).
    pub fn new(limit: u64, head_reserve: u64) -> Arc<Self> {
        Arc::new(Self { limit, head_reserve, state: Mutex::default(), released: Condvar::new() })
    }

    /// Waits until `bytes` may be used for `unit`. `None` when the job was stopped meanwhile.
    pub fn reserve(
        self: &Arc<Self>,
        unit: u64,
        bytes: u64,
        purpose: Purpose,
        monitor: &Monitor,
    ) -> Option<Reservation> {
        let mut state = self.state.lock();
        loop {
            if monitor.is_stopped() {
                return None;
            }
            let is_head = state.head >= unit;
            let fits = |limit: u64| state.used.saturating_add(bytes) <= limit;
            let head_is_idle = is_head && (purpose == Purpose::Unit || !state.pieces.contains_key(&unit));
            if head_is_idle || fits(if is_head { self.limit } else { self.limit.saturating_sub(self.head_reserve) }) {
                break;
            }
            self.released.wait(&mut state);
        }
        state.used += bytes;
        if purpose == Purpose::Piece {
            *state.pieces.entry(unit).or_default() += 1;
        }
        Some(Reservation { budget: Arc::clone(self), unit, bytes, purpose })
    }

    /// Units before `unit` are written; `unit` is the head now.
    pub fn set_head(&self, unit: u64) {
        self.state.lock().head = unit;
        self.released.notify_all();
    }

    /// Wakes every waiting thread so that it sees the job's stop flag.
    pub fn interrupt(&self) {
        // The lock orders this after a waiter's check of the flag and before its sleep.
        drop(self.state.lock());
        self.released.notify_all();
    }
}

/// Reserved bytes; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    unit: u64,
    bytes: u64,
    purpose: Purpose,
}

impl Reservation {
    /// Takes `bytes` out of this reservation into one of their own.
    pub fn split(&mut self, bytes: u64) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        if self.purpose == Purpose::Piece {
            *self.budget.state.lock().pieces.entry(self.unit).or_default() += 1;
        }
        Self { budget: Arc::clone(&self.budget), unit: self.unit, bytes, purpose: self.purpose }
    }

    /// Gives back all but `bytes`, which turned out to be enough.
    pub fn shrink_to(&mut self, bytes: u64) {
        if bytes < self.bytes {
            self.budget.state.lock().used -= self.bytes - bytes;
            self.bytes = bytes;
            self.budget.released.notify_all();
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.budget.state.lock();
        state.used -= self.bytes;
        if self.purpose == Purpose::Piece
            && let Some(count) = state.pieces.get_mut(&self.unit)
        {
            *count -= 1;
            if *count == 0 {
                state.pieces.remove(&self.unit);
            }
        }
        drop(state);
        self.budget.released.notify_all();
    }
}
