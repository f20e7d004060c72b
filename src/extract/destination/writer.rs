//! One file being extracted.

use std::io;
use std::path::PathBuf;

use super::place::{Hidden, Place};
use super::sparse::SparseFile;
use super::times::{Times, knows_none};
use super::{Destination, Target};
use crate::error::{Error, Result};

/// A file that is written beside its place, under a hidden name, and gets its own name by [`FileWriter::finish`].
/// Dropping it without that leaves nothing. It may move between threads; one at a time writes.
#[derive(Debug)]
pub struct FileWriter<'a> {
    destination: &'a Destination,
    place: Place,
    times: Times,
    #[cfg(not(unix))]
    readonly: bool,
    // Declared, and so dropped, before `hidden`: it is closed before it is removed.
    file: SparseFile,
    hidden: Hidden,
}

impl<'a> FileWriter<'a> {
    pub(super) fn create(destination: &'a Destination, place: Place, target: &Target) -> Result<Self> {
        let mode = destination.mode_of_file(target.metadata);
        let created = Hidden::file(&place.folder, mode);
        let (hidden, file) = created.map_err(|e| Error::io("cannot create a file beside", &place.shown, e))?;
        Ok(Self {
            destination,
            place,
            times: destination.times_of(target.metadata),
            #[cfg(not(unix))]
            readonly: mode & 0o222 == 0,
            file: SparseFile::new(file, target.size),
            hidden,
        })
    }

    /// Appends bytes, in one call of the system: there is no buffer. Long runs of zero bytes are left out of the file.
    ///
    /// # Errors
    /// [`Error::Io`] naming the file: the disk is full and the like. The file is of no use after that.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write(bytes).map_err(|e| Error::io("cannot write", &self.place.shown, e))
    }

    /// Sets times and gives the file its name. Returns the path that it has: under [`Overwrite::Rename`] perhaps
    /// another one than expected. Under [`Overwrite::Skip`] a file that came into its place since it was begun stays,
    /// and this one goes.
    ///
    /// # Errors
    /// [`Error::Exists`]: a file came into its place since it was begun, under [`Overwrite::Fail`]. [`Error::Io`] naming
    /// the file. Nothing is left of it then.
    ///
    /// [`Overwrite::Fail`]: super::Overwrite::Fail
    /// [`Overwrite::Rename`]: super::Overwrite::Rename
    /// [`Overwrite::Skip`]: super::Overwrite::Skip
    pub fn finish(self) -> Result<PathBuf> {
        let failed = |e: io::Error| Error::io("cannot write", &self.place.shown, e);
        let file = self.file.finish().map_err(failed)?;
        if !self.times.is_empty() {
            self.times.set(&file).or_else(|e| if knows_none(&e) { Ok(()) } else { Err(failed(e)) })?;
        }
        #[cfg(not(unix))]
        if self.readonly {
            let mut permissions = file.metadata().map_err(failed)?.permissions();
            permissions.set_readonly(true);
            file.set_permissions(permissions).map_err(failed)?;
        }
        // Windows renames no open file.
        drop(file);
        self.place.put(self.hidden, self.destination.options.overwrite, &self.destination.numbers)
    }
}

/// What the extractor relies on: files move to the threads that decode them, which share the destination.
const _: () = {
    const fn moves<T: Send>() {}
    const fn is_shared<T: Send + Sync>() {}
    moves::<FileWriter>();
    is_shared::<Destination>();
};
