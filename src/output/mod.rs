//! Where the archive goes. An output is written from start to end on one thread; only its first 32 bytes (the
//! signature header of the archive) are written last. Nothing is visible under the final name before `commit`.

use std::path::PathBuf;

use crate::error::Result;

/// One archive being written. Dropping it without `commit` removes every trace of it.
pub trait Output: Send {
    /// Appends bytes. A short write never happens: all or an error that names the path.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Bytes written so far, that is the offset of the next `write`, over all volumes.
    fn position(&self) -> u64;

    /// Takes back everything from `position` on (it must not be beyond the current one). Volumes that become empty go.
    fn truncate(&mut self, position: u64) -> Result<()>;

    /// Overwrites the first bytes of the archive. They have been written before (as placeholder).
    fn patch_start(&mut self, bytes: &[u8]) -> Result<()>;

    /// Makes the archive visible under its final name, replacing what was there. Returns what came out.
    fn commit(self: Box<Self>) -> Result<Committed>;
}

/// What `commit` made.
#[derive(Debug)]
pub enum Committed {
    /// These files, in volume order.
    Files(Vec<PathBuf>),
    /// The whole archive.
    Memory(Vec<u8>),
}

/// Where a job's archive goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file, or numbered volumes beside it where a volume size is set.
    File(PathBuf),
    /// A buffer in memory ([`Summary::archive`](crate::Summary::archive)).
    Memory,
}
