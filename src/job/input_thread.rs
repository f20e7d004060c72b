//! An input thread: opens an item, reads it to its end, closes it, and goes on to the next.

use std::io::{self, ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Condvar;

use super::buffers::{Chunk, Room, room_for};
use super::fetch::panic_error;
use super::piece::ItemError;
use super::read_ahead::{Claim, Failure, Pending, ReadAhead, Ticket};
use crate::codec::Monitor;
use crate::input::{Opened, Source};

/// What every input thread shares.
#[derive(Clone, Copy)]
pub struct InputThread<'a> {
    pub ahead: &'a ReadAhead,
    pub monitor: &'a Monitor,
}

/// Why reading ended early.
enum Early {
    /// The job ends, or nobody wants the item any more.
    Unwanted,
    Failed(Failure),
}

impl From<ItemError> for Early {
    fn from(error: ItemError) -> Self {
        Self::Failed(Failure::Item(error))
    }
}

impl InputThread<'_> {
    /// Reads items until the job ends. Everything of one source (opening, reading, dropping) happens in here, on one
    /// thread.
    pub fn run(&self) {
        let wake = Arc::new(Condvar::new());
        while let Some(Claim { item, room, is_jump }) = self.ahead.claim(&wake) {
            let ticket = item.ticket;
            let result = match self.read(item, room, &wake) {
                Ok(last) => Some(Ok(last)),
                Err(Early::Failed(failure)) => Some(Err(failure)),
                Err(Early::Unwanted) => None,
            };
            self.ahead.end(ticket, is_jump, result);
        }
    }

    /// Reads one item; answers its last chunk.
    fn read(&self, item: Pending, room: Room, wake: &Arc<Condvar>) -> Result<Chunk, Early> {
        let Pending { ticket, size, source } = item;
        let path = if let Source::File(path) = &source { Some(path.clone()) } else { None };
        let opened = caught(|| source.open())?.map_err(ItemError::Other)?;
        let Opened { mut reader, size: said } = opened;
        let result = match (size, said) {
            (Some(announced), Some(said)) if announced != said => {
                Err(ItemError::SizeChanged { announced, read: said }.into())
            }
            (_, said) => {
                if let Some(said) = said {
                    self.ahead.set_size(ticket, said);
                }
                let item = OpenItem { input: self, ticket, size: size.or(said), path };
                caught(|| item.read_to_end(&mut *reader, room, wake)).and_then(|result| result)
            }
        };
        // Closing is the caller's code too.
        caught(move || drop(reader))?;
        result
    }
}

/// Runs a source's code.
fn caught<R>(action: impl FnOnce() -> R) -> Result<R, Early> {
    catch_unwind(AssertUnwindSafe(action))
        .map_err(|panic| Early::Failed(Failure::Panic(panic_error("a source", &*panic))))
}

/// An item being read.
struct OpenItem<'a> {
    input: &'a InputThread<'a>,
    ticket: Ticket,
    size: Option<u64>,
    /// Of a file, for messages.
    path: Option<PathBuf>,
}

impl OpenItem<'_> {
    fn read_to_end(self, reader: &mut dyn Read, mut room: Room, wake: &Arc<Condvar>) -> Result<Chunk, Early> {
        let mut total = 0;
        loop {
            let mut chunk = room.into_chunk();
            let is_end = self.fill(reader, &mut chunk, total)?;
            total += chunk.filled as u64;
            if is_end {
                self.check_size(total, true)?;
                return Ok(chunk);
            }
            let next = room_for(self.size.map(|size| size - total));
            room = self.input.ahead.put(self.ticket, chunk, next, wake).ok_or(Early::Unwanted)?;
        }
    }

    /// Fills a chunk as far as it can. Answers whether that was the end.
    fn fill(&self, reader: &mut dyn Read, chunk: &mut Chunk, before: u64) -> Result<bool, Early> {
        while chunk.filled < chunk.room() {
            // Between two reads a stopped job is noticed: none begins after that.
            if self.input.monitor.stopped() {
                return Err(Early::Unwanted);
            }
            let rest = &mut chunk.bytes[chunk.filled..];
            match read_some(reader, rest) {
                Ok(0) => return Ok(true),
                // A reader that claims more than it was given room for breaks Read's contract; believe no more than that.
                Ok(n) => chunk.filled += n.min(rest.len()),
                Err(source) => return Err(ItemError::Read { path: self.path.clone(), source }.into()),
            }
            self.check_size(before + chunk.filled as u64, false)?;
        }
        Ok(false)
    }

    fn check_size(&self, read: u64, at_end: bool) -> Result<(), ItemError> {
        match self.size {
            Some(announced) if read > announced || (at_end && read < announced) => {
                Err(ItemError::SizeChanged { announced, read })
            }
            _ => Ok(()),
        }
    }
}

/// One `read` that is not interrupted.
fn read_some(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
