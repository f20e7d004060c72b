//! Where the archive goes. An output is written from start to end on one thread; only its first 32 bytes (the
//! signature header of the archive) are written last. Nothing is visible under the final name before `commit`.
//!
//! A stream of the caller's is the exception: what it has got cannot be undone. One that can seek gets bytes when they are
//! ready; one that cannot gets nothing before the archive is complete.
//!
//! A full disk and the like is an error that names the path. A limit on the size of files (`ulimit -f`, RLIMIT_FSIZE) is
//! one too, but only in a program that ignores SIGXFSZ, by which Unix ends a program at that limit otherwise. A library
//! must not change how its host takes signals, so that is the program's to do. A program that is ended leaves hidden
//! files named `.pc7z.*.tmp`, and what was there before as it was.

mod file;
mod memory;
mod place;
mod seekable;
mod spool;
mod stream;
mod temporary;
mod volumes;

use std::path::{Path, PathBuf};

use self::file::FileOutput;
use self::memory::MemoryOutput;
use self::seekable::SeekableOutput;
use self::spool::{SPOOL_BYTES, SpoolOutput};
use self::volumes::VolumeOutput;
use crate::error::{Error, Result};

pub(crate) use self::spool::unnamed_file;
pub use self::stream::{OutStream, StreamTarget};
pub(crate) use self::temporary::{TRIES, hidden_file_name};

/// One archive being written. Dropping it without `commit` removes every trace of it, but for what a
/// caller's stream has got.
pub trait Output: Send {
    /// Appends bytes. A short write never happens: all or an error that names the path.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Bytes written so far, that is the offset of the next `write`, over all volumes.
    fn position(&self) -> u64;

    /// Takes back everything from `position` on (it must not be beyond the current one). Volumes that become empty go.
    fn truncate(&mut self, position: u64) -> Result<()>;

    /// The archive's last `bytes` bytes follow, and may begin further on than the current position: an output that cannot
    /// be shortened fills up to where they end it. (No reader minds a gap before the header, all mind what follows it.)
    fn prepare_end(&mut self, bytes: u64) -> Result<()> {
        let _ = bytes;
        Ok(())
    }

    /// Overwrites the first bytes of the archive. They have been written before (as placeholder).
    fn patch_start(&mut self, bytes: &[u8]) -> Result<()>;

    /// Sends on a part of what waited for the archive to be complete; answers whether that was anything. Called after the
    /// last `write` and `patch_start`, so that a job can be cancelled between the parts; `commit` sends what is left.
    fn drain(&mut self) -> Result<bool> {
        Ok(false)
    }

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
    /// The stream has it.
    Streamed,
}

/// Where a job's archive goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file, or numbered volumes beside it where a volume size is set.
    File(PathBuf),
    /// A buffer in memory ([`Summary::archive`](crate::Summary::archive)).
    Memory,
    /// A stream of the caller's, for one job. What it has got when a job fails cannot be undone.
    Stream(StreamTarget),
}

impl Target {
    /// Bytes of memory that the output keeps, where they count in the estimate of a job's memory: 17 MiB for a
    /// stream that cannot seek.
    pub fn memory(&self) -> u64 {
        match self {
            Self::Stream(stream) if !stream.is_seekable() => SPOOL_BYTES,
            Self::File(_) | Self::Memory | Self::Stream(_) => 0,
        }
    }
}

/// Opens an output. Call it from any thread; the output may then move to the thread that writes it.
///
/// `volume_size` in bytes splits a file into volumes (`None` or 0: one file); `volume_prefix` then takes the place of
/// the path's own name (see [`Options::volume_prefix`](crate::Options::volume_prefix)), otherwise it means nothing.
///
/// # Errors
/// [`Error::Io`] naming the path: the path is a folder, a device or the like, its folder does not exist or is not
/// writable. [`Error::InvalidArgument`]: volumes in memory or in a stream, a stream that another job had. The stream's own.
pub fn open(target: &Target, volume_size: Option<u64>, volume_prefix: Option<&Path>) -> Result<Box<dyn Output>> {
    match (target, volume_size.unwrap_or(0)) {
        (Target::File(path), 0) => Ok(Box::new(FileOutput::open(path)?)),
        (Target::File(path), size) => Ok(Box::new(VolumeOutput::open(path, size, volume_prefix)?)),
        (Target::Memory, 0) => Ok(Box::new(MemoryOutput::default())),
        (Target::Stream(stream), 0) if stream.is_seekable() => Ok(Box::new(SeekableOutput::open(stream.take()?)?)),
        (Target::Stream(stream), 0) => Ok(Box::new(SpoolOutput::open(stream.take()?)?)),
        (Target::Stream(_), _) => Err(Error::InvalidArgument("a stream cannot be split into volumes".into())),
        (Target::Memory, _) => Err(Error::InvalidArgument("an archive in memory cannot be split into volumes".into())),
    }
}

/// What every output asks before it truncates.
fn checked_truncate(to: u64, position: u64) -> Result<()> {
    if to <= position {
        return Ok(());
    }
    Err(Error::Internal(format!("an output of {position} bytes cannot be truncated to {to}")))
}

/// What every output asks before it overwrites its start.
fn checked_patch(bytes: &[u8], position: u64) -> Result<()> {
    if bytes.len() as u64 <= position {
        return Ok(());
    }
    Err(Error::Internal(format!("{} bytes do not fit over the start of an output of {position}", bytes.len())))
}
