//! Header bytes to a model. Every byte is hostile: counts are held against the bytes that are there before memory is
//! reserved for them, and what a model promises of itself was checked.
//!
//! | file | holds |
//! |---|---|
//! | `cursor` | numbers, bit vectors and checksums, front to back |
//! | `start` | the signature header |
//! | `graph` | a folder's coders and how they hang together |
//! | `streams` | `StreamsInfo`: packed streams, folders, substreams |
//! | `files` | `FilesInfo`: the entries |
//! | `contents` | all of it put together: which entry is where |
//!
//! An archive ends with a header that is either plain or packed (and often encrypted) itself: [`header`] answers which,
//! and whoever calls decodes a packed one and comes back with what came out.

mod contents;
mod cursor;
mod files;
mod graph;
mod start;
mod streams;

pub use contents::{Contents, StoredEntry, StoredSubstream};
pub use graph::{Bond, Graph, GraphCoder, Input};
pub use start::{MAX_STUB, StartHeader, find_signature};
pub use streams::{PackedStream, StoredFolder, Streams};

use super::property;
use crate::error::{Error, Result};
use cursor::Cursor;

/// What ends an archive.
#[derive(Debug)]
pub enum Header {
    /// A plain header.
    Plain(Contents),
    /// How the plain header, or another packed one, is packed: one folder.
    Packed(Streams),
}

/// Reads a header.
///
/// - `bytes`: the header, whole.
/// - `packed_size`: bytes between the signature header and this header, where packed streams may lie.
/// - `most_entries`: an archive of more is refused, and one of more blocks or packed streams.
///
/// # Errors
/// [`Error::Corrupt`]; [`Error::Unsupported`] (what no program writes: external parts, coders with several outputs);
/// [`Error::LimitExceeded`] (more entries); [`Error::OutOfMemory`].
pub fn header(bytes: &[u8], packed_size: u64, most_entries: u64) -> Result<Header> {
    let mut cursor = Cursor::new(bytes);
    match cursor.byte()? {
        property::HEADER => {
            Ok(Header::Plain(plain_header(&mut cursor, packed_size, most_entries, bytes.len() as u64)?))
        }
        property::ENCODED_HEADER => {
            let streams = streams::read(&mut cursor, packed_size, most_entries)?;
            match &streams.folders[..] {
                [folder] if folder.substreams.len() == 1 => Ok(Header::Packed(streams)),
                _ => Err(corrupt("a packed header is not one stream")),
            }
        }
        id => Err(corrupt(format!("the header begins with {id:#04x}"))),
    }
}

fn plain_header(cursor: &mut Cursor, packed_size: u64, most_entries: u64, size: u64) -> Result<Contents> {
    let mut streams = Streams::default();
    let mut entries = Vec::new();
    let mut order = Order::default();
    loop {
        match order.next(cursor)? {
            id if id == property::END.into() => break,
            id if id == property::ARCHIVE_PROPERTIES.into() => skip_properties(cursor)?,
            id if id == property::ADDITIONAL_STREAMS_INFO.into() => {
                // What other parts may lie in instead of the header; no part that does is read.
                streams::read(cursor, packed_size, most_entries)?;
            }
            id if id == property::MAIN_STREAMS_INFO.into() => {
                streams = streams::read(cursor, packed_size, most_entries)?;
            }
            id if id == property::FILES_INFO.into() => entries = files::read(cursor, most_entries, size)?,
            id => return Err(corrupt(format!("the header has a part {id:#x}"))),
        }
    }
    Contents::new(streams, entries)
}

/// The parts of a header, each once and in ascending order of their ids: a later one could deny what an earlier one said.
#[derive(Default)]
struct Order(u64);

impl Order {
    /// The id of the next part.
    fn next(&mut self, cursor: &mut Cursor) -> Result<u64> {
        let id = cursor.number()?;
        if id != u64::from(property::END) && id <= self.0 {
            return Err(corrupt(format!("a part {id:#x} of the header is not where it belongs")));
        }
        self.0 = id;
        Ok(id)
    }
}

/// Room for `count` things.
fn room_for<T>(count: usize, what: &str) -> Result<Vec<T>> {
    let mut list = Vec::new();
    list.try_reserve_exact(count).map_err(|_| Error::OutOfMemory(format!("for {count} {what}")))?;
    Ok(list)
}

/// Skips a list of properties, each with its size.
fn skip_properties(cursor: &mut Cursor) -> Result<()> {
    while cursor.number()? != 0 {
        let size = cursor.number()?;
        cursor.take(size)?;
    }
    Ok(())
}

fn corrupt(why: impl Into<String>) -> Error {
    Error::Corrupt(why.into())
}
