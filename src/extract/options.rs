//! What an extraction is asked to do, and how it tells what happens.

use std::time::Duration;

use super::ArchiveEntry;
use crate::error::Error;
use crate::job::{OnError, Statistics};

/// How to extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractOptions {
    /// Threads that decode; 0: one for each core. Each has a companion that checks and writes.
    pub threads: u32,
    /// After an item has failed. The observer may still answer [`OnError::Stop`] where this says to go on.
    pub on_error: OnError,
    /// The extraction ends with [`Error::TimedOut`] when it takes longer.
    pub timeout: Option<Duration>,
    /// How often [`ExtractObserver::statistics`] is called, at most.
    pub progress_interval: Duration,
}

impl Default for ExtractOptions {
    fn default() -> Self {
        Self { threads: 0, on_error: OnError::GoOn, timeout: None, progress_interval: Duration::from_millis(100) }
    }
}

/// The caller's ears. All methods are called on the thread that called [`Archive::extract`](super::Archive::extract), one
/// at a time, and never after it returned. Each may cancel through the [`Control`](crate::Control).
pub trait ExtractObserver {
    /// An item was extracted, and its checksum is right.
    fn item_completed(&mut self, entry: &ArchiveEntry) {
        let _ = entry;
    }

    /// The sink did not want an item.
    fn item_skipped(&mut self, entry: &ArchiveEntry) {
        let _ = entry;
    }

    /// An item failed; nothing of it was kept. The answer, or [`ExtractOptions::on_error`], may end the extraction.
    fn item_failed(&mut self, entry: &ArchiveEntry, error: &Error) -> OnError {
        let _ = (entry, error);
        OnError::GoOn
    }

    /// The whole extraction: `bytes_total` are the bytes to extract, `bytes_out` those extracted, `bytes_in` packed bytes
    /// that were read.
    fn statistics(&mut self, statistics: &Statistics) {
        let _ = statistics;
    }
}

impl ExtractObserver for crate::job::Silent {}

/// What an extraction did.
#[derive(Debug, Default)]
pub struct ExtractSummary {
    /// The final statistics; `bytes_in` and the others as [`ExtractObserver::statistics`] has them.
    pub statistics: Statistics,
    /// Items that the sink did not want.
    pub skipped: u64,
    /// What failed when all items had ended: links, times of folders. Each names its path.
    pub late_errors: Vec<Error>,
}
