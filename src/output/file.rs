//! The archive as one file.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::place::{follow, replaceable};
use super::temporary::Temporary;
use super::{Committed, Output, checked_patch, checked_truncate};
use crate::error::{Error, Result};

/// Enough to gather small headers; the engine's own blocks are larger and go past it.
pub(super) const BUFFER: usize = 64 << 10;

/// A file that is written under a hidden temporary name beside its final one, and renamed by `commit`. If the process
/// is killed, the temporary file (`.pc7z.*.tmp`) stays behind; what had the final name is untouched then too.
#[derive(Debug)]
pub(super) struct FileOutput {
    /// The path as the caller gave it, for messages.
    shown: PathBuf,
    /// Where the file goes: absolute, links followed.
    target: PathBuf,
    // Declared, and so dropped, before `temporary`: it is closed before it is removed.
    writer: BufWriter<File>,
    temporary: Temporary,
    position: u64,
}

impl FileOutput {
    /// Creates the temporary file. If `path` is a symbolic link, what it leads to is replaced, not the link.
    ///
    /// # Errors
    /// [`Error::Io`] naming `path`: a folder or device is there, or no file can be created beside it.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let place = follow(path)?;
        let (temporary, file) = Temporary::create(&place.folder).map_err(|e| Error::io("cannot create", path, e))?;
        let writer = BufWriter::with_capacity(BUFFER, file);
        Ok(Self { shown: path.to_owned(), target: place.path(), writer, temporary, position: 0 })
    }

    fn write_error(&self, e: std::io::Error) -> Error {
        Error::io("cannot write", &self.shown, e)
    }
}

impl Output for FileOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(|e| self.write_error(e))?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn truncate(&mut self, position: u64) -> Result<()> {
        checked_truncate(position, self.position)?;
        // Seeking writes the buffer out first.
        let done = self.writer.seek(SeekFrom::Start(position)).and_then(|_| self.writer.get_ref().set_len(position));
        done.map_err(|e| self.write_error(e))?;
        self.position = position;
        Ok(())
    }

    fn patch_start(&mut self, bytes: &[u8]) -> Result<()> {
        checked_patch(bytes, self.position)?;
        let mut patch = || {
            self.writer.seek(SeekFrom::Start(0))?;
            self.writer.write_all(bytes)?;
            self.writer.seek(SeekFrom::Start(self.position))
        };
        patch().map(drop).map_err(|e| self.write_error(e))
    }

    fn commit(mut self: Box<Self>) -> Result<Committed> {
        self.writer.flush().map_err(|e| self.write_error(e))?;
        let Self { shown, target, writer, mut temporary, .. } = *self;
        drop(writer);
        let mut replace = || {
            if let Some(older) = replaceable(&target)? {
                temporary.prepare_to_replace(&older)?;
            }
            temporary.rename(&target)
        };
        replace().map_err(|e| Error::io("cannot put the archive at", &shown, e))?;
        Ok(Committed::Files(vec![shown]))
    }
}
