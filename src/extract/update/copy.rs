//! Blocks that stay whole: their packed streams are copied as they are.

use std::sync::atomic::AtomicU64;

use super::fates::Base;
use super::{Holder, UpdateSummary};
use crate::error::{Error, Result};
use crate::extract::source::RangeReader;
use crate::job::{ArchiveWriter, Control};
use crate::sevenz::{Entry, Substream, adopt};

/// Whether all of a block's entries stay.
pub(super) fn is_whole<H: Holder>(base: &Base<H>, folder: usize) -> bool {
    base.archive().contents.members(folder).iter().all(|&index| base.name(index).is_some())
}

/// Writes entries without bytes, and all blocks that stay whole, in stored order.
pub(super) fn blocks<H: Holder>(
    base: &Base<H>,
    writer: &mut ArchiveWriter,
    control: &Control,
    summary: &mut UpdateSummary,
) -> Result<()> {
    let contents = &base.archive().contents;
    for (index, stored) in contents.entries.iter().enumerate() {
        // An empty item may have a stream of no bytes: ours have none.
        let has_bytes = stored.stream.is_some_and(|stream| stream.size > 0);
        if !has_bytes && let Some(entry) = entry(base, index, false) {
            writer.add_empty(entry);
        }
    }
    for (number, stored) in contents.folders.iter().enumerate() {
        let members = contents.members(number);
        if !is_whole(base, number) {
            continue;
        }
        let (mut folder, streams) = adopt(stored, &contents.packed)
            .ok_or_else(|| Error::Unsupported("changing an archive whose filters stand behind others".into()))?;
        let mut entries = Vec::with_capacity(members.len());
        for &index in members {
            let Some(stream) = contents.entries[index].stream.filter(|stream| stream.size > 0) else { continue };
            folder.substreams.push(Substream { size: stream.size, crc: stream.crc });
            entries.extend(entry(base, index, true));
        }
        if entries.is_empty() {
            continue;
        }
        for stream in streams {
            let counter = AtomicU64::new(0);
            let mut reader = RangeReader::new(&*base.archive().source, stream.offset, stream.size, &counter);
            writer.copy(&mut reader, control.monitor())?;
            summary.bytes_copied += stream.size;
        }
        writer.add_copied(folder, entries);
        summary.blocks_copied += 1;
    }
    Ok(())
}

/// An entry as it will be; `None`: it goes.
fn entry<H: Holder>(base: &Base<H>, index: usize, has_stream: bool) -> Option<Entry> {
    let name = base.name(index)?.to_owned();
    Some(Entry { name, has_stream, ..base.archive().contents.entries[index].entry.clone() })
}
