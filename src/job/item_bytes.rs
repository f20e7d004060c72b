//! An item's bytes as a fetch thread takes them: a buffer where it is, or what input threads have read.

use std::fmt;

use super::buffers::{CHUNK, Chunk};
use super::piece::ItemError;
use super::read_ahead::{Delivery, Failure, ReadAhead, Ticket};
use crate::codec::Monitor;
use crate::error::Error;
use crate::input::SharedBytes;

/// Bytes taken of a buffer at once: between two of them a stopped job is noticed.
const STEP: usize = 1 << 20;

/// Where a fetch thread finds an item.
pub enum FetchSource {
    /// In a buffer.
    Memory(SharedBytes),
    /// In the read-ahead.
    Ahead(Ticket),
}

impl fmt::Debug for FetchSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(_) => f.write_str("Memory"),
            Self::Ahead(ticket) => write!(f, "Ahead({ticket})"),
        }
    }
}

/// Why there are no more bytes.
pub enum ReadError {
    /// The job ends.
    Stopped,
    /// The item failed.
    Item(ItemError),
    /// The job cannot go on.
    Fatal(Error),
}

/// An item being taken.
pub struct ItemBytes<'a> {
    /// As announced, as its source said when it was opened, or as was seen.
    pub size: Option<u64>,
    from: From<'a>,
}

enum From<'a> {
    Memory { bytes: SharedBytes, position: usize, monitor: &'a Monitor },
    Ahead(Taken<'a>),
}

/// An item of the read-ahead.
struct Taken<'a> {
    ahead: &'a ReadAhead,
    ticket: Ticket,
    /// The fetch thread's number.
    consumer: usize,
    chunk: Chunk,
    /// Bytes of `chunk` that were taken.
    position: usize,
    /// What comes after `chunk`, once that is known.
    end: Option<Result<(), Failure>>,
    is_over: bool,
}

impl<'a> ItemBytes<'a> {
    /// Begins with an item of announced `size`: waits until its first bytes are there, or it is known that there are none.
    pub fn begin(
        source: FetchSource,
        size: Option<u64>,
        ahead: &'a ReadAhead,
        monitor: &'a Monitor,
        consumer: usize,
    ) -> Result<Self, ReadError> {
        match source {
            FetchSource::Memory(bytes) => {
                let read = (*bytes).as_ref().len() as u64;
                match size {
                    Some(announced) if announced != read => {
                        Err(ReadError::Item(ItemError::SizeChanged { announced, read }))
                    }
                    _ => Ok(Self { size: Some(read), from: From::Memory { bytes, position: 0, monitor } }),
                }
            }
            FetchSource::Ahead(ticket) => {
                let mut taken =
                    Taken { ahead, ticket, consumer, chunk: Chunk::default(), position: 0, end: None, is_over: false };
                let known = taken.next()?;
                // A short item shows its size at once. Whether it does depends on its bytes alone: a first chunk that is
                // not full is always the last.
                let short = taken.chunk.filled < CHUNK && (taken.is_over || taken.end.is_some());
                let size = known.or_else(|| short.then_some(taken.chunk.filled as u64));
                Ok(Self { size, from: From::Ahead(taken) })
            }
        }
    }

    /// Waits until bytes are there or the item has ended; answers which.
    pub fn has_more(&mut self) -> Result<bool, ReadError> {
        match &mut self.from {
            From::Memory { bytes, position, monitor } => {
                if monitor.stopped() {
                    return Err(ReadError::Stopped);
                }
                Ok(*position < (**bytes).as_ref().len())
            }
            From::Ahead(taken) => {
                while taken.position == taken.chunk.filled && !taken.is_over {
                    taken.next()?;
                }
                Ok(taken.position < taken.chunk.filled)
            }
        }
    }

    /// Takes up to `most` of the bytes that are there.
    pub fn take(&mut self, most: usize) -> &[u8] {
        let (bytes, position) = match &mut self.from {
            From::Memory { bytes, position, .. } => ((**bytes).as_ref(), position),
            From::Ahead(taken) => (taken.chunk.filled(), &mut taken.position),
        };
        let start = (*position).min(bytes.len());
        let end = start + most.min(STEP).min(bytes.len() - start);
        *position = end;
        &bytes[start..end]
    }
}

impl Taken<'_> {
    /// Waits for the next chunk, or the end. Answers the item's size, where it is known.
    fn next(&mut self) -> Result<Option<u64>, ReadError> {
        let mut size = None;
        if self.end.is_none() {
            self.give_back();
            let delivery = self.ahead.next(self.ticket, self.consumer).ok_or(ReadError::Stopped)?;
            let Delivery { chunk, size: known, end } = delivery;
            size = known;
            (self.chunk, self.end) = (chunk, end);
            if self.chunk.filled > 0 {
                return Ok(size);
            }
        }
        self.is_over = true;
        match self.end.take() {
            Some(Err(Failure::Item(error))) => Err(ReadError::Item(error)),
            Some(Err(Failure::Panic(error))) => Err(ReadError::Fatal(error)),
            Some(Ok(())) | None => Ok(size),
        }
    }

    fn give_back(&mut self) {
        self.position = 0;
        let chunk = std::mem::take(&mut self.chunk);
        if chunk.room() > 0 {
            self.ahead.release(chunk);
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.give_back();
        if !self.is_over && self.end.is_none() {
            self.ahead.abandon(self.ticket);
        }
    }
}
