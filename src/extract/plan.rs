//! Which blocks an extraction decodes, and what it wants of each. Pure.

use crate::sevenz::read::Contents;

/// A block that holds items that are wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BlockPlan {
    pub(super) folder: usize,
    /// Entries, in the order of their bytes.
    pub(super) items: Vec<usize>,
}

/// What is wanted of an archive.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Folders of the file system.
    pub(super) directories: Vec<usize>,
    /// Items without bytes.
    pub(super) empty: Vec<usize>,
    /// In stored order.
    pub(super) blocks: Vec<BlockPlan>,
    /// Bytes of all items.
    pub(super) bytes: u64,
}

impl Plan {
    /// Plans for the entries that `wants` says yes to. Anti-items never are.
    pub(super) fn new(contents: &Contents, wants: impl Fn(usize) -> bool) -> Self {
        let mut plan = Self::default();
        for (index, stored) in contents.entries.iter().enumerate() {
            if stored.is_anti || !wants(index) {
                continue;
            }
            match stored.stream {
                Some(stream) => plan.bytes = plan.bytes.saturating_add(stream.size),
                None if stored.entry.is_directory => plan.directories.push(index),
                None => plan.empty.push(index),
            }
        }
        for folder in 0..contents.folders.len() {
            let items: Vec<_> = contents.members(folder).iter().copied().filter(|&index| wants(index)).collect();
            if !items.is_empty() {
                plan.blocks.push(BlockPlan { folder, items });
            }
        }
        plan
    }

    /// Entries of all kinds.
    pub(super) fn items(&self) -> usize {
        let in_blocks: usize = self.blocks.iter().map(|block| block.items.len()).sum();
        self.directories.len() + self.empty.len() + in_blocks
    }
}
