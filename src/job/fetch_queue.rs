//! The units that wait for a fetch thread: the calling thread fills the queue, fetch threads take from it in order.

use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};

use super::item_bytes::FetchSource;
use crate::codec::filter::BlockFilter;

/// An item on its way to a fetch thread.
#[derive(Debug)]
pub struct FetchItem {
    /// The item's number in the job.
    pub item: usize,
    /// As announced.
    pub size: Option<u64>,
    pub source: FetchSource,
}

/// One unit of the plan with its sources.
#[derive(Debug)]
pub struct FetchUnit {
    pub unit: u64,
    pub items: Vec<FetchItem>,
    pub is_batch: bool,
    /// What the block passes through, where that is known before it is read.
    pub filter: Option<BlockFilter>,
}

impl FetchUnit {
    /// Whether some of it must be read.
    fn has_streams(&self) -> bool {
        self.items.iter().any(|item| matches!(item.source, FetchSource::Ahead(_)))
    }
}

/// The units that wait for a fetch thread. Filled by the calling thread.
#[derive(Debug, Default)]
pub struct FetchQueue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    units: VecDeque<FetchUnit>,
    /// How many of them must be read.
    with_streams: usize,
    /// Items of the units that were taken.
    items_taken: u64,
    closed: bool,
}

impl FetchQueue {
    /// Appends a unit.
    pub fn push(&self, unit: FetchUnit) {
        let has_streams = unit.has_streams();
        let mut state = self.state.lock();
        state.units.push_back(unit);
        state.with_streams += usize::from(has_streams);
        drop(state);
        self.changed.notify_one();
    }

    /// Units that no thread has taken yet: those that must be read, and the others.
    pub fn waiting(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.with_streams, state.units.len() - state.with_streams)
    }

    /// Items that fetch threads have taken so far.
    pub fn items_taken(&self) -> u64 {
        self.state.lock().items_taken
    }

    /// No more units come: threads that find none end. With `discard`, those that wait are given up.
    pub fn close(&self, discard: bool) {
        let mut state = self.state.lock();
        state.closed = true;
        let mut given_up = VecDeque::new();
        if discard {
            given_up = std::mem::take(&mut state.units);
            state.with_streams = 0;
        }
        drop(state);
        self.changed.notify_all();
        // Buffers are the caller's code: dropped without the lock.
        drop(given_up);
    }

    /// Waits for the next unit. `None`: no more come.
    pub fn pop(&self) -> Option<FetchUnit> {
        let mut state = self.state.lock();
        loop {
            if let Some(unit) = state.units.pop_front() {
                state.items_taken += unit.items.len() as u64;
                state.with_streams -= usize::from(unit.has_streams());
                return Some(unit);
            }
            if state.closed {
                return None;
            }
            self.changed.wait(&mut state);
        }
    }
}
