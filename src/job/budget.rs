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
    /// Bytes of `limit` that batches may use, but for the head: more would only wait for workers.
    batches: u64,
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    /// Bytes of `used` that batches have.
    in_batches: u64,
    /// Number of the oldest unit that is not written completely.
    head: u64,
    /// Pieces of the head unit that hold a reservation. Counted for all units since any may become the head.
    pieces: std::collections::BTreeMap<u64, u32>,
}

impl State {
    fn give_back(&mut self, purpose: Purpose, bytes: u64) {
        self.used -= bytes;
        if purpose == Purpose::Batch {
            self.in_batches -= bytes;
        }
    }
}

/// What a reservation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A piece: released when it is written, at the latest.
    Piece,
    /// A unit of small items, that is one batch: the same.
    Batch,
    /// Something the unit keeps until it ends (an encoder).
    Unit,
}

impl Budget {
    /// A budget of `limit` bytes, `head_reserve` of them for the head alone (at most half are), up to `batches` of them for
    /// batches that are not the head.
    pub fn new(limit: u64, head_reserve: u64, batches: u64) -> Arc<Self> {
        Arc::new(Self { limit, head_reserve, batches, state: Mutex::default(), released: Condvar::new() })
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
            let waits_for_batches =
                !is_head && purpose == Purpose::Batch && state.in_batches.saturating_add(bytes) > self.batches;
            if head_is_idle
                || !waits_for_batches
                    && fits(if is_head { self.limit } else { self.limit.saturating_sub(self.head_reserve) })
            {
                break;
            }
            self.released.wait(&mut state);
        }
        state.used += bytes;
        if purpose == Purpose::Batch {
            state.in_batches += bytes;
        }
        if purpose != Purpose::Unit {
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
        if self.purpose != Purpose::Unit {
            *self.budget.state.lock().pieces.entry(self.unit).or_default() += 1;
        }
        Self { budget: Arc::clone(&self.budget), unit: self.unit, bytes, purpose: self.purpose }
    }

    /// Gives back all but `bytes`, which turned out to be enough.
    pub fn shrink_to(&mut self, bytes: u64) {
        if bytes < self.bytes {
            let mut state = self.budget.state.lock();
            state.give_back(self.purpose, self.bytes - bytes);
            drop(state);
            self.bytes = bytes;
            self.budget.released.notify_all();
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.budget.state.lock();
        state.give_back(self.purpose, self.bytes);
        if self.purpose != Purpose::Unit
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

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn batches_wait_for_batches_but_the_head_and_pieces_do_not() {
        let (budget, monitor) = (Budget::new(1000, 100, 50), Monitor::default());
        let reserve = |unit, bytes, purpose| budget.reserve(unit, bytes, purpose, &monitor).expect("no stop");
        let first = reserve(1, 40, Purpose::Batch);
        let piece = reserve(2, 500, Purpose::Piece);
        let head = reserve(0, 200, Purpose::Batch);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| reserve(3, 20, Purpose::Batch));
            thread::sleep(Duration::from_millis(20));
            assert!(!waiting.is_finished(), "40 and 20 are more than 50");
            drop((piece, head));
            thread::sleep(Duration::from_millis(20));
            assert!(!waiting.is_finished(), "40 and 20 are more than 50");
            drop(first);
            drop(waiting.join().expect("a reservation"));
        });
        let State { used, in_batches, .. } = *budget.state.lock();
        assert_eq!((used, in_batches), (0, 0));
    }

    #[test]
    fn what_is_split_or_shrunk_is_counted_once() {
        let budget = Budget::new(1000, 0, 1000);
        let mut whole = budget.reserve(5, 300, Purpose::Batch, &Monitor::default()).expect("no stop");
        let part = whole.split(100);
        whole.shrink_to(150);
        assert_eq!(budget.state.lock().in_batches, 250);
        drop(part);
        assert_eq!(budget.state.lock().in_batches, 150);
        drop(whole);
        let state = budget.state.lock();
        assert_eq!((state.used, state.in_batches, state.pieces.len()), (0, 0, 0));
    }
}
