//! What a job has done so far, and what it did.

use std::path::PathBuf;
use std::time::Duration;

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
