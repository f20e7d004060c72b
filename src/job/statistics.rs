//! What a job has done so far, and what it did.

use std::path::PathBuf;
use std::time::Duration;

/// The largest size, in bytes, of each class that items are counted by; the last class holds all that is larger.
pub const SIZE_CLASS_LIMITS: [u64; 4] = [4 << 10, 64 << 10, 1 << 20, 16 << 20];
/// Classes of sizes.
pub const SIZE_CLASSES: usize = SIZE_CLASS_LIMITS.len() + 1;

/// The number of the class of items of `size` bytes.
pub(super) fn size_class(size: u64) -> usize {
    SIZE_CLASS_LIMITS.partition_point(|&limit| limit < size)
}

/// What became of the items of one class of sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SizeClass {
    /// Items in the archive.
    pub items: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Their packed bytes: in a solid block their share, by size. Without the archive's header and what encryption adds.
    pub bytes_out: u64,
}

/// A snapshot of a running or finished job.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    /// Entries known so far (a walked folder counts each of its entries).
    pub items_total: u64,
    /// Entries whose bytes are in the archive.
    pub items_completed: u64,
    /// Entries that failed.
    pub items_failed: u64,
    /// Entries read or being encoded, not yet completed.
    pub items_in_progress: u64,
    /// Bytes of input known so far.
    pub bytes_total: u64,
    /// Bytes of input encoded.
    pub bytes_in: u64,
    /// Bytes of archive written.
    pub bytes_out: u64,
    /// Input bytes per second since the start.
    pub bytes_per_second: u64,
    /// Entries per second since the start, times 100.
    pub files_per_second_x100: u64,
    /// Time since the start.
    pub elapsed: Duration,
    /// Estimate from the recent rate; `None` while nothing is known yet.
    pub remaining: Option<Duration>,
    /// Worker threads with something to do.
    pub active_threads: u32,
    /// Time that worker threads have spent on tasks, all of them added up, pauses left out.
    pub busy: Duration,
    /// The completed items by size: see [`SIZE_CLASS_LIMITS`].
    pub size_classes: [SizeClass; SIZE_CLASSES],
}

/// What a job will need at its peak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryEstimate {
    /// Peak of the job's own memory in bytes: not the caller's buffers, not an archive built in memory.
    pub bytes: u64,
    /// Worker threads that will run.
    pub threads: u32,
    /// Dictionary that will be used, in bytes.
    pub dictionary: u64,
}

/// What a finished job did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The final statistics. `items_failed == 0` means every item is in the archive.
    pub statistics: Statistics,
    /// What was reserved for the job, and the threads and dictionary that were used.
    pub memory: MemoryEstimate,
    /// Blocks (7z folders) in the archive.
    pub blocks: u64,
    /// The archive, where the target was memory.
    pub archive: Option<Vec<u8>>,
    /// The files written, in volume order, where the target was a file.
    pub files: Vec<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_sizes_up_to_its_limit() {
        let sizes = [0, 4096, 4097, 65536, 65537, 1 << 20, (1 << 20) + 1, 16 << 20, (16 << 20) + 1, u64::MAX];
        assert_eq!(sizes.map(size_class), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    }
}
