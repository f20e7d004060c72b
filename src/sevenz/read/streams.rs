//! `StreamsInfo`: where the packed streams lie, how folders decode them, and how what comes out is divided.

use std::ops::Range;
use std::sync::Arc;

use super::super::SIGNATURE_HEADER_SIZE;
use super::super::property;
use super::cursor::Cursor;
use super::graph::Graph;
use super::{Order, corrupt, room_for};
use crate::error::{Error, Result};

/// A packed stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackedStream {
    /// Where it begins, in bytes from the archive's first.
    pub offset: u64,
    pub size: u64,
}

/// One part of what a folder decodes to: an item's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub size: u64,
    /// CRC-32. `None`: the archive does not say.
    pub crc: Option<u32>,
}

/// A folder as read: the unit that is decoded on its own.
#[derive(Debug, Clone)]
pub struct StoredFolder {
    /// Shared by neighbours that are coded alike.
    pub graph: Arc<Graph>,
    /// Bytes that come out of each coder.
    pub unpack_sizes: Vec<u64>,
    /// Its packed streams, among those of the archive.
    pub packed: Range<usize>,
    /// CRC-32 of the whole output, where the archive has one.
    pub crc: Option<u32>,
    /// Its parts, among those of the archive.
    pub substreams: Range<usize>,
}

impl StoredFolder {
    /// Bytes that come out.
    pub fn unpack_size(&self) -> u64 {
        self.unpack_sizes[self.graph.main]
    }
}

/// All streams of a header.
#[derive(Debug, Clone, Default)]
pub struct Streams {
    pub packed: Vec<PackedStream>,
    pub folders: Vec<StoredFolder>,
    pub substreams: Vec<Part>,
}

/// Reads `StreamsInfo`.
///
/// - `packed_size`: bytes behind the signature header where packed streams may lie.
/// - `most`: more blocks or packed streams are refused.
pub fn read(cursor: &mut Cursor, packed_size: u64, most: u64) -> Result<Streams> {
    let mut streams = Streams::default();
    let mut has_substreams = false;
    let mut order = Order::default();
    loop {
        match order.next(cursor)? {
            id if id == property::END.into() => break,
            id if id == property::PACK_INFO.into() => streams.packed = read_packed(cursor, packed_size, most)?,
            id if id == property::UNPACK_INFO.into() => streams.folders = read_folders(cursor, most)?,
            id if id == property::SUBSTREAMS_INFO.into() => {
                read_substreams(cursor, &mut streams)?;
                has_substreams = true;
            }
            id => return Err(corrupt(format!("the streams have a part {id:#x}"))),
        }
    }
    if !has_substreams {
        let whole = |folder: &StoredFolder| Part { size: folder.unpack_size(), crc: folder.crc };
        streams.substreams = streams.folders.iter().map(whole).collect();
        for (number, folder) in streams.folders.iter_mut().enumerate() {
            folder.substreams = number..number + 1;
        }
    }
    let mut next = 0;
    for folder in &mut streams.folders {
        let end = next + folder.graph.packed.len();
        if end > streams.packed.len() {
            return Err(corrupt("there are fewer packed streams than the blocks need"));
        }
        folder.packed = next..end;
        next = end;
    }
    Ok(streams)
}

/// Reads up to the property `wanted`, or the end, which is `false`; what else there is is skipped.
fn find(cursor: &mut Cursor, wanted: u8) -> Result<bool> {
    loop {
        match cursor.number()? {
            id if id == wanted.into() => return Ok(true),
            id if id == property::END.into() => return Ok(false),
            _ => {
                let size = cursor.number()?;
                cursor.take(size)?;
            }
        }
    }
}

fn read_packed(cursor: &mut Cursor, packed_size: u64, most: u64) -> Result<Vec<PackedStream>> {
    let position = cursor.number()?;
    let count = within(cursor.count(8, "packed streams")?, most, "packed streams")?;
    if !find(cursor, property::SIZE)? {
        return if count == 0 { Ok(Vec::new()) } else { Err(corrupt("packed streams have no sizes")) };
    }
    let mut start = position;
    let mut packed = room_for(count, "packed streams")?;
    for _ in 0..count {
        let size = cursor.number()?;
        let end = start.checked_add(size).filter(|&end| end <= packed_size);
        let end = end.ok_or_else(|| corrupt("a packed stream lies beyond the header"))?;
        packed.push(PackedStream { offset: SIGNATURE_HEADER_SIZE + start, size });
        start = end;
    }
    // Checksums of packed streams: what comes out of them has its own.
    while find(cursor, property::CRC)? {
        cursor.digests(count)?;
    }
    Ok(packed)
}

fn read_folders(cursor: &mut Cursor, most: u64) -> Result<Vec<StoredFolder>> {
    if !find(cursor, property::FOLDER)? {
        return Err(corrupt("the blocks have no coders"));
    }
    // Each has the number of its coders, one coder and that one's size.
    let count = within(cursor.count(3 * 8, "blocks")?, most, "blocks")?;
    refuse_external(cursor)?;
    let mut folders: Vec<StoredFolder> = room_for(count, "blocks")?;
    let mut last: &[u8] = &[];
    for _ in 0..count {
        let before = *cursor;
        // Thousands of blocks are coded alike: their graph is read and kept once.
        let repeated = folders.last().filter(|_| before.starts_with(last)).map(|folder| Arc::clone(&folder.graph));
        let graph = match repeated {
            Some(graph) => {
                cursor.take(last.len() as u64)?;
                graph
            }
            None => {
                let graph = Graph::read(cursor)?;
                last = before.up_to(cursor);
                Arc::new(graph)
            }
        };
        folders.push(StoredFolder { graph, unpack_sizes: Vec::new(), packed: 0..0, crc: None, substreams: 0..0 });
    }
    if !find(cursor, property::CODERS_UNPACK_SIZE)? {
        return Err(corrupt("the blocks have no sizes"));
    }
    for folder in &mut folders {
        folder.unpack_sizes = folder.graph.coders.iter().map(|_| cursor.number()).collect::<Result<_>>()?;
    }
    while find(cursor, property::CRC)? {
        for (folder, crc) in folders.iter_mut().zip(cursor.digests(count)?) {
            folder.crc = crc;
        }
    }
    Ok(folders)
}

fn read_substreams(cursor: &mut Cursor, streams: &mut Streams) -> Result<()> {
    let folders = &mut streams.folders;
    let mut counts = vec![1; folders.len()];
    let mut id = cursor.number()?;
    if id == property::NUM_UNPACK_STREAM.into() {
        for count in &mut counts {
            // All but the last of a block need a size.
            *count = cursor.number()?;
            if *count > cursor.left() as u64 + 1 {
                return Err(corrupt(format!("a block announces {count} items, and the header ends before")));
            }
        }
        id = cursor.number()?;
    }
    let has_sizes = id == property::SIZE.into();
    for (folder, count) in folders.iter_mut().zip(counts) {
        let first = streams.substreams.len();
        let mut left = folder.unpack_size();
        for number in 1..=count {
            let size = if number == count {
                left
            } else if has_sizes {
                cursor.number()?
            } else {
                return Err(corrupt("a block's items have no sizes"));
            };
            left = left.checked_sub(size).ok_or_else(|| corrupt("a block's items are larger than the block"))?;
            streams.substreams.push(Part { size, crc: None });
        }
        folder.substreams = first..streams.substreams.len();
        // A block of one item may have the item's checksum as its own.
        if count == 1 {
            streams.substreams[first].crc = folder.crc;
        }
    }
    if has_sizes {
        id = cursor.number()?;
    }
    loop {
        match id {
            id if id == property::END.into() => return Ok(()),
            id if id == property::CRC.into() => {
                let unknown = || folders.iter().filter(|folder| folder.substreams.len() != 1 || folder.crc.is_none());
                let count = unknown().map(|folder| folder.substreams.len()).sum();
                let mut digests = cursor.digests(count)?.into_iter();
                for part in unknown().flat_map(|folder| folder.substreams.clone()) {
                    streams.substreams[part].crc = digests.next().flatten();
                }
            }
            _ => {
                let size = cursor.number()?;
                cursor.take(size)?;
            }
        }
        id = cursor.number()?;
    }
}

/// `count`, where no more than `most` are allowed.
fn within(count: usize, most: u64, what: &str) -> Result<usize> {
    if count as u64 > most {
        return Err(Error::LimitExceeded(format!("the archive has {count} {what}, {most} are allowed")));
    }
    Ok(count)
}

/// Parts of a header may lie in streams of their own. No program writes that.
pub(super) fn refuse_external(cursor: &mut Cursor) -> Result<()> {
    match cursor.byte()? {
        0 => Ok(()),
        _ => Err(Error::Unsupported("a header with external parts".into())),
    }
}
