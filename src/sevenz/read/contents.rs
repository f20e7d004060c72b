//! What an archive holds, put together from its streams and its entries.

use super::super::Entry;
use super::corrupt;
use super::files::File;
use super::streams::{PackedStream, StoredFolder, Streams};
use crate::error::Result;

/// Where an entry's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSubstream {
    /// The folder, among those of the archive.
    pub folder: usize,
    /// Where in what the folder decodes to.
    pub offset: u64,
    pub size: u64,
    /// CRC-32. `None`: the archive does not say.
    pub crc: Option<u32>,
}

/// An entry as read.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    pub entry: Entry,
    /// What this entry names is to be deleted: an update archive's way to say so.
    pub is_anti: bool,
    /// `None`: it has no bytes.
    pub stream: Option<StoredSubstream>,
}

/// What an archive's header says.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// In stored order.
    pub entries: Vec<StoredEntry>,
    pub folders: Vec<StoredFolder>,
    pub packed: Vec<PackedStream>,
    /// For each folder, the numbers of the entries in it: one after the other in this list, in the order of their bytes.
    members: Vec<usize>,
}

impl Contents {
    pub(super) fn new(streams: Streams, files: Vec<File>) -> Result<Self> {
        let Streams { packed, folders, substreams } = streams;
        let members: Vec<_> = (0..files.len()).filter(|&number| files[number].entry.has_stream).collect();
        if members.len() != substreams.len() {
            let (entries, parts) = (members.len(), substreams.len());
            return Err(corrupt(format!("the header has {entries} entries with bytes, and bytes of {parts}")));
        }
        let mut entries: Vec<_> =
            files.into_iter().map(|File { entry, is_anti }| StoredEntry { entry, is_anti, stream: None }).collect();
        for (number, folder) in folders.iter().enumerate() {
            let mut offset = 0;
            for part in folder.substreams.clone() {
                let stream =
                    StoredSubstream { folder: number, offset, size: substreams[part].size, crc: substreams[part].crc };
                offset += stream.size; // They fit in the folder: checked when they were read.
                entries[members[part]].stream = Some(stream);
            }
        }
        Ok(Self { entries, folders, packed, members })
    }

    /// The entries of a folder, in the order of their bytes.
    pub fn members(&self, folder: usize) -> &[usize] {
        &self.members[self.folders[folder].substreams.clone()]
    }
}
