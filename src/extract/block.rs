//! One block: decoded on one thread, checked and written on its companion.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam::channel::{Receiver, Sender};

use super::coders;
use super::sink::{ItemSink, Sink};
use super::{Archive, ArchiveEntry};
use crate::codec::Monitor;
use crate::codec::decode::Stream;
use crate::error::{Error, Result};
use crate::sevenz::read::StoredSubstream;

/// Bytes that go from one thread to the other at once.
const PORTION: usize = 64 << 10;
/// Portions on their way.
pub(super) const PORTIONS: usize = 8;

/// To a decoder's companion.
pub(super) enum Message<'a> {
    /// An item begins.
    Item { index: usize, sink: Box<dyn ItemSink + 'a>, crc: Option<u32>, is_encrypted: bool },
    /// So many bytes of it, at the start of a portion.
    Bytes(Vec<u8>, usize),
    /// It ends.
    End,
    /// It ends early: its bytes cannot be decoded, nor can those of the items behind it.
    Failed { error: Error, behind: Vec<(usize, Error)> },
}

/// To the calling thread.
pub(super) enum Event {
    Completed(usize),
    Skipped(usize),
    Failed(usize, Error),
    /// So many bytes were extracted.
    Bytes(u64),
}

/// What decodes blocks: used by one thread.
pub(super) struct Decoder<'a> {
    pub(super) archive: &'a Archive,
    pub(super) sink: &'a dyn Sink,
    /// Stopped when the extraction ends early.
    pub(super) monitor: &'a Monitor,
    pub(super) messages: Sender<Message<'a>>,
    /// Portions that the companion is done with.
    pub(super) spare: Receiver<Vec<u8>>,
    pub(super) events: Sender<Event>,
    /// The portion that is being filled: empty at first.
    pub(super) portion: Vec<u8>,
}

impl<'a> Decoder<'a> {
    /// Decodes as much of a block as its wanted items need. Every item ends in an event, unless the monitor stops.
    pub(super) fn run(&mut self, folder: usize, items: &[usize], stream: Result<Stream<'_>>) {
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => return self.fail_all(items, &error),
        };
        let mut position = 0;
        for (place, &index) in items.iter().enumerate() {
            if self.monitor.stopped() {
                return;
            }
            let Some(part) = self.archive.contents.entries[index].stream else { continue };
            let entry = ArchiveEntry { archive: self.archive, index, stored: &self.archive.contents.entries[index] };
            let sink = match guarded(|| self.sink.begin(&entry)) {
                Ok(Some(sink)) => sink,
                Ok(None) => {
                    self.tell(Event::Skipped(index));
                    continue;
                }
                Err(error) => {
                    self.tell(Event::Failed(index, error));
                    continue;
                }
            };
            let is_encrypted = coders::is_encrypted(&self.archive.contents.folders[folder]);
            self.send(Message::Item { index, sink, crc: part.crc, is_encrypted });
            let decoded = catch_unwind(AssertUnwindSafe(|| self.item(&mut *stream, position, part)));
            let error = match decoded {
                Ok(Ok(true)) => {
                    position = part.offset + part.size;
                    self.send(Message::End);
                    continue;
                }
                Ok(Ok(false)) => return, // Stopped. The item's sink is dropped without its end.
                Ok(Err(_)) if self.monitor.is_stopped() => return,
                Ok(Err(error)) => undecodable(entry.name(), error, is_encrypted),
                Err(_) => Error::Internal(format!("{}: a decoder panicked", entry.name())),
            };
            let why = format!("what stands before it in its block, {}, cannot be decoded", entry.name());
            let behind = items[place + 1..].iter().map(|&index| {
                let why = format!("{}: {why}", self.name(index));
                (index, if is_encrypted { Error::Password(why) } else { Error::Corrupt(why) })
            });
            self.send(Message::Failed { error, behind: behind.collect() });
            return;
        }
    }

    /// Decodes up to an item and sends its bytes; `false`: stopped.
    fn item(&mut self, stream: &mut dyn Read, position: u64, part: StoredSubstream) -> io::Result<bool> {
        if self.portion.is_empty() {
            self.portion = self.spare();
        }
        let mut gap = part.offset - position;
        while gap > 0 {
            if self.monitor.stopped() {
                return Ok(false);
            }
            let most = PORTION.min(usize::try_from(gap).unwrap_or(usize::MAX));
            gap -= fill(stream, &mut self.portion[..most])? as u64;
        }
        let mut left = part.size;
        while left > 0 {
            if self.monitor.stopped() {
                return Ok(false);
            }
            let most = PORTION.min(usize::try_from(left).unwrap_or(usize::MAX));
            left -= fill(stream, &mut self.portion[..most])? as u64;
            let next = self.spare();
            let portion = std::mem::replace(&mut self.portion, next);
            self.send(Message::Bytes(portion, most));
        }
        Ok(true)
    }

    /// A portion that is free. It keeps its full length, so that no byte of it is cleared twice.
    fn spare(&self) -> Vec<u8> {
        self.spare.try_recv().unwrap_or_else(|_| vec![0; PORTION])
    }

    fn fail_all(&self, items: &[usize], error: &Error) {
        for &index in items {
            self.tell(Event::Failed(index, named(self.name(index), error)));
        }
    }

    fn name(&self, index: usize) -> &str {
        &self.archive.contents.entries[index].entry.name
    }

    /// A companion that is gone means that the extraction ended.
    fn send(&self, message: Message<'a>) {
        let _ = self.messages.send(message);
    }

    fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// Fills the buffer; what ends before is an error.
fn fill(stream: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    stream.read_exact(buffer).map(|()| buffer.len())
}

/// The companion of a decoder: checks and writes what comes, until the decoder is gone.
pub(super) fn write_items<'a>(
    archive: &'a Archive,
    messages: &Receiver<Message<'a>>,
    spare: &Sender<Vec<u8>>,
    events: &Sender<Event>,
) {
    let tell = |event| _ = events.send(event);
    let mut open: Option<OpenItem> = None;
    for message in messages {
        match message {
            Message::Item { index, sink, crc, is_encrypted } => {
                let hasher = crc32fast::Hasher::new();
                open = Some(OpenItem { index, sink, crc, is_encrypted, hasher });
            }
            Message::Bytes(portion, count) => {
                if let Some(item) = &mut open {
                    let bytes = &portion[..count];
                    item.hasher.update(bytes);
                    match guarded(|| item.sink.write(bytes)) {
                        Ok(()) => tell(Event::Bytes(bytes.len() as u64)),
                        Err(error) => {
                            tell(Event::Failed(item.index, error));
                            open = None; // What still comes of it is passed over.
                        }
                    }
                }
                let _ = spare.try_send(portion);
            }
            Message::End => {
                if let Some(item) = open.take() {
                    let index = item.index;
                    match item.end(&archive.contents.entries[index].entry.name) {
                        Ok(()) => tell(Event::Completed(index)),
                        Err(error) => tell(Event::Failed(index, error)),
                    }
                }
            }
            Message::Failed { error, behind } => {
                if let Some(OpenItem { index, sink, .. }) = open.take() {
                    drop(sink); // First: whoever hears of the failure finds nothing of the item.
                    tell(Event::Failed(index, error));
                }
                behind.into_iter().for_each(|(index, error)| tell(Event::Failed(index, error)));
            }
        }
    }
}

/// The item that a companion writes.
struct OpenItem<'a> {
    index: usize,
    sink: Box<dyn ItemSink + 'a>,
    crc: Option<u32>,
    is_encrypted: bool,
    hasher: crc32fast::Hasher,
}

impl OpenItem<'_> {
    fn end(self, name: &str) -> Result<()> {
        let Self { sink, crc, is_encrypted, hasher, .. } = self;
        let found = hasher.finalize();
        match crc {
            Some(crc) if crc != found && is_encrypted => {
                Err(Error::Password(format!("{name}: the password is wrong, or the data is damaged")))
            }
            Some(crc) if crc != found => Err(Error::Checksum(format!("{name}: {found:08X} instead of {crc:08X}"))),
            _ => guarded(|| sink.finish()),
        }
    }
}

/// A panic in a sink is the caller's: the item fails.
pub(super) fn guarded<T>(action: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(action))
        .unwrap_or_else(|_| Err(Error::Internal("where the item goes to, something panicked".into())))
}

/// Why an item's bytes cannot be decoded.
fn undecodable(name: &str, error: io::Error, is_encrypted: bool) -> Error {
    // What the source itself said, as it said it.
    if error.raw_os_error().is_some() || error.get_ref().is_some_and(|inner| inner.is::<Error>()) {
        return Error::Io { what: format!("{name}: cannot read the archive"), source: error };
    }
    match error.kind() {
        io::ErrorKind::OutOfMemory => Error::OutOfMemory(format!("{name}: for a decoder")),
        _ if is_encrypted => {
            Error::Password(format!("{name}: the password is wrong, or the data is damaged ({error})"))
        }
        io::ErrorKind::UnexpectedEof => Error::Corrupt(format!("{name}: the data ends early")),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            Error::Corrupt(format!("{name}: {error}"))
        }
        _ => Error::Io { what: format!("{name}: cannot read the archive"), source: error },
    }
}

/// The same error for an item that it concerns.
fn named(name: &str, error: &Error) -> Error {
    match error {
        Error::Password(why) => Error::Password(format!("{name}: {why}")),
        Error::Unsupported(why) => Error::Unsupported(format!("{name}: {why}")),
        Error::LimitExceeded(why) => Error::LimitExceeded(format!("{name}: {why}")),
        Error::Corrupt(why) => Error::Corrupt(format!("{name}: {why}")),
        Error::OutOfMemory(why) => Error::OutOfMemory(format!("{name}: {why}")),
        Error::Cancelled => Error::Cancelled,
        error => Error::Internal(format!("{name}: {error}")),
    }
}
