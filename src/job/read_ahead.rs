//! What is read before a fetch thread asks for it: items that need reading, in the order of the plan, several at once.
//!
//! The calling thread queues sources unit by unit, each with a number (its *ticket*). Input threads claim them, open
//! them, and put their bytes here in chunks; fetch threads take the chunks, item by item. All three meet under one lock
//! that is held for moments only.
//!
//! - Memory: what was read and not yet taken, and what is being read, stays below a limit, each item below a share of
//!   it. An item that a fetch thread waits for may have one chunk more whatever else is in memory, so that nobody waits
//!   for ever.
//! - Order: an input thread that is free goes to the unit that has least read ahead, of those that fetch threads work
//!   on; else to the next unit of the plan. Only half of the threads may pass items of an earlier unit by, so that
//!   however many of them a later unit blocks, the oldest one is read.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::buffers::{CHUNK, Chunk, Room};
use super::piece::ItemError;
use super::read_ahead_state::State;
use crate::codec::Monitor;
use crate::error::Error;
use crate::input::Source;

/// The number of an item that needs reading, in the order of the plan.
pub type Ticket = u64;

/// An item that no input thread has claimed.
#[derive(Debug)]
pub struct Pending {
    pub ticket: Ticket,
    /// As announced.
    pub size: Option<u64>,
    pub source: Source,
}

/// Why an item has no more bytes.
#[derive(Debug)]
pub enum Failure {
    /// It failed.
    Item(ItemError),
    /// Its source panicked: the job cannot go on.
    Panic(Error),
}

/// An item that an input thread is to read now.
#[derive(Debug)]
pub struct Claim {
    pub item: Pending,
    /// For its first bytes.
    pub room: Room,
    /// Items of an earlier unit wait.
    pub is_jump: bool,
}

/// What a fetch thread gets of an item.
#[derive(Debug)]
pub struct Delivery {
    /// The next bytes; may be none. To be given back with [`ReadAhead::release`].
    pub chunk: Chunk,
    /// The item's size, as announced or as its source said when it was opened.
    pub size: Option<u64>,
    /// Set when nothing follows.
    pub end: Option<Result<(), Failure>>,
}

/// Shared by the calling thread, the input threads and the fetch threads.
pub struct ReadAhead {
    monitor: Monitor,
    state: Mutex<State>,
    /// Wakes each fetch thread.
    ready: Vec<Condvar>,
}

impl ReadAhead {
    /// Memory that such a stage needs: beside the limit, chunks that fetch threads wait for, and what the input threads
    /// need for themselves. [`Self::input_threads`] keeps their number in proportion to `limit`.
    pub fn memory(limit: u64, fetch_threads: u32) -> u64 {
        limit + limit / 4 + u64::from(fetch_threads) * CHUNK as u64
    }

    /// How many of the `wanted` input threads the limit allows.
    pub fn input_threads(limit: u64, wanted: u32) -> u32 {
        wanted.min(u32::try_from(limit / CHUNK as u64).unwrap_or(u32::MAX)).max(1)
    }

    /// A stage that reserves up to `limit` bytes.
    pub fn new(limit: u64, input_threads: u32, fetch_threads: u32, monitor: &Monitor) -> Self {
        let fetch_threads = fetch_threads as usize;
        Self {
            monitor: monitor.clone(),
            state: Mutex::new(State::new(limit, input_threads as usize / 2, fetch_threads)),
            ready: std::iter::repeat_with(Condvar::new).take(fetch_threads).collect(),
        }
    }

    /// Queues the items of `unit`, the last one so far.
    pub fn push(&self, unit: u64, items: VecDeque<Pending>) {
        if !items.is_empty() {
            self.state.lock().push(unit, items);
        }
    }

    /// A fetch thread begins with `unit`.
    pub fn begin_unit(&self, unit: u64) {
        self.state.lock().begin_unit(unit);
    }

    /// Waits for an item that may be read now. `None` when the job ends. `wake` is the input thread's own.
    pub fn claim(&self, wake: &Arc<Condvar>) -> Option<Claim> {
        let mut state = self.state.lock();
        loop {
            if self.is_over(&state) {
                return None;
            }
            if let Some(claim) = state.claim() {
                return Some(claim);
            }
            state.claiming.push(Arc::clone(wake));
            wake.wait(&mut state);
        }
    }

    /// The source said its size when it was opened.
    pub fn set_size(&self, ticket: Ticket, size: u64) {
        self.state.lock().set_size(ticket, size);
    }

    /// Hands over a chunk of an item, and waits for a buffer of `room` bytes for more. `None` when nobody wants more.
    pub fn put(&self, ticket: Ticket, chunk: Chunk, room: usize, wake: &Arc<Condvar>) -> Option<Room> {
        let mut state = self.state.lock();
        state.put(ticket, chunk);
        self.wake_consumer(&state, ticket);
        loop {
            if self.is_over(&state) || !state.is_wanted(ticket) {
                return None;
            }
            if state.may_grow(ticket, room) {
                return Some(state.reserve(ticket, room));
            }
            state.growing.push((ticket, Arc::clone(wake)));
            wake.wait(&mut state);
        }
    }

    /// An item was read to its end, into a last chunk, or failed; `None`: nobody wanted more of it. Its source is closed.
    pub fn end(&self, ticket: Ticket, is_jump: bool, result: Option<Result<Chunk, Failure>>) {
        let mut state = self.state.lock();
        state.end(ticket, is_jump, result);
        self.wake_consumer(&state, ticket);
    }

    /// Waits for the next bytes of an item, or its end. `None` when the job ends. `consumer` is the fetch thread's
    /// number; it must have given back the chunk before.
    pub fn next(&self, ticket: Ticket, consumer: usize) -> Option<Delivery> {
        let mut state = self.state.lock();
        loop {
            if self.is_over(&state) {
                return None;
            }
            if let Some(delivery) = state.deliver(ticket) {
                state.awaited[consumer] = None;
                return Some(delivery);
            }
            if state.awaited[consumer] != Some(ticket) {
                state.awaited[consumer] = Some(ticket);
                state.wake_input(ticket);
            }
            self.ready[consumer].wait(&mut state);
        }
    }

    /// Gives back what was delivered.
    pub fn release(&self, chunk: Chunk) {
        self.state.lock().release(chunk);
    }

    /// Nobody wants the rest of an item.
    pub fn abandon(&self, ticket: Ticket) {
        self.state.lock().abandon(ticket);
    }

    /// Ends every wait: the job is over. What nobody claimed is given up.
    pub fn close(&self) {
        let given_up = self.state.lock().close();
        self.ready.iter().for_each(|ready| _ = ready.notify_one());
        // Sources are the caller's code: dropped without the lock.
        drop(given_up);
    }

    /// Everything was read: gives the buffers' memory back.
    pub fn dismiss(&self) {
        let buffers = self.state.lock().dismiss();
        drop(buffers);
    }

    fn is_over(&self, state: &MutexGuard<'_, State>) -> bool {
        state.is_closed() || self.monitor.stopped()
    }

    fn wake_consumer(&self, state: &MutexGuard<'_, State>, ticket: Ticket) {
        if let Some(consumer) = state.awaited.iter().position(|awaited| *awaited == Some(ticket)) {
            self.ready[consumer].notify_one();
        }
    }
}
