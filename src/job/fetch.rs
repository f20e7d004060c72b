//! Takes items' bytes ahead of the encoders, on threads of its own.
//!
//! A fetch thread takes one unit at a time, in the order of the plan, and its items one after the other: buffers where
//! they are, everything else from the read-ahead. What it makes of them are batches of small items, here, and the pieces
//! of a block, in `block_fetch`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam::channel::Sender;

use super::block_fetch::BlockFetch;
use super::budget::{Budget, Purpose};
use super::fetch_queue::{FetchItem, FetchQueue, FetchUnit};
use super::item_bytes::{FetchSource, ItemBytes, ReadError};
use super::piece::{Batch, DoneItem, Event, ItemError, Outcome};
use super::pool::{Pool, Task};
use super::read_ahead::ReadAhead;
use super::recycled::{Recycled, Spare};
use super::settings::Settings;
use crate::codec::Monitor;
use crate::codec::lzma2::window_buffer;
use crate::error::Error;

/// What a fetch thread works with; all but its number is shared.
#[derive(Clone)]
pub struct Fetcher<'a> {
    /// From 0.
    pub number: usize,
    pub settings: &'a Settings,
    pub queue: &'a FetchQueue,
    pub ahead: &'a ReadAhead,
    pub budget: &'a Arc<Budget>,
    pub pool: &'a Pool,
    /// For what batches hold.
    pub batches: &'a Arc<Spare>,
    /// For pieces.
    pub windows: &'a Arc<Spare>,
    pub monitor: &'a Monitor,
    pub events: Sender<Event>,
    /// Called when a unit was taken, so that more can be planned.
    pub taken: &'a (dyn Fn() + Sync),
}

/// The job was stopped: nothing more is to be done.
pub(super) struct Stopped;

impl Fetcher<'_> {
    /// One fetch thread: takes units until the queue is closed and empty, or the job stops.
    pub fn run(&self) {
        while let Some(unit) = self.queue.pop() {
            self.ahead.begin_unit(unit.unit);
            (self.taken)();
            if self.monitor.stopped() {
                return;
            }
            let fetched = catch_unwind(AssertUnwindSafe(|| {
                if unit.is_batch { self.fetch_batch(unit) } else { BlockFetch::new(self, &unit).fetch(unit) }
            }));
            match fetched {
                Ok(Ok(())) => {}
                Ok(Err(Stopped)) => return,
                Err(panic) => {
                    self.send(Event::Fatal(panic_error("a source", &*panic)));
                    return;
                }
            }
        }
    }

    /// A receiver that is gone means that the job ended.
    pub(super) fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }

    fn fetch_batch(&self, unit: FetchUnit) -> std::result::Result<(), Stopped> {
        let total: u64 = unit.items.iter().map(|item| item.size.unwrap_or(0)).sum();
        let bytes = self.settings.batch_bytes(total, unit.items.len());
        let reservation = self.budget.reserve(unit.unit, bytes, Purpose::Batch, self.monitor).ok_or(Stopped)?;
        let mut batch = Batch {
            unit: unit.unit,
            data: self.buffer(total as usize + 1, self.batches.take(total as usize + 1))?,
            items: Vec::new(),
            outcome: Outcome::default(),
            reservation,
        };
        for FetchItem { item, size, source } in unit.items {
            let start = batch.data.len();
            match self.take_whole(source, size, &mut batch.data) {
                Ok(0) => batch.outcome.empty.push(item),
                Ok(size) => {
                    batch.items.push(DoneItem { item, size, crc: crc32fast::hash(&batch.data[start..]) });
                }
                Err(error) => {
                    batch.data.truncate(start);
                    batch.outcome.failed.push((item, self.item_error(error)?));
                }
            }
        }
        self.pool.push(Task::Batch(batch));
        Ok(())
    }

    pub(super) fn begin(
        &self,
        source: FetchSource,
        size: Option<u64>,
    ) -> std::result::Result<ItemBytes<'_>, ReadError> {
        ItemBytes::begin(source, size, self.ahead, self.monitor, self.number)
    }

    /// Appends a small item to `data`. Answers its size.
    fn take_whole(
        &self,
        source: FetchSource,
        size: Option<u64>,
        data: &mut Vec<u8>,
    ) -> std::result::Result<u64, ReadError> {
        let mut bytes = self.begin(source, size)?;
        let start = data.len();
        while bytes.has_more()? {
            data.extend_from_slice(bytes.take(usize::MAX));
        }
        Ok((data.len() - start) as u64)
    }

    /// An empty buffer for so many bytes of a window.
    pub(super) fn window(&self, length: usize) -> std::result::Result<Recycled, Stopped> {
        let is_usual = self.windows.suits(length);
        self.buffer(length, if is_usual { self.windows.take(length) } else { window_buffer(length).map(Into::into) })
    }

    /// The buffer, if there was memory for its `length` bytes.
    pub(super) fn buffer<B, E>(&self, length: usize, buffer: Result<B, E>) -> std::result::Result<B, Stopped> {
        buffer.map_err(|_| {
            self.send(Event::Fatal(Error::OutOfMemory(format!("{length} bytes for reading"))));
            Stopped
        })
    }

    /// The error of an item alone; any other stops this thread.
    pub(super) fn item_error(&self, error: ReadError) -> std::result::Result<ItemError, Stopped> {
        match error {
            ReadError::Item(error) => Ok(error),
            ReadError::Stopped => Err(Stopped),
            ReadError::Fatal(error) => {
                self.send(Event::Fatal(error));
                Err(Stopped)
            }
        }
    }
}

/// The text of a panic as an error of the job.
pub fn panic_error(whose: &str, panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::Internal(format!("{whose} panicked: {text}"))
}
