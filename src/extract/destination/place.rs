//! One place in one open folder, and how a finished file or link gets there.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::folder::Folder;
use super::{Existing, Overwrite};
use crate::error::{Error, Result};
use crate::output::{TRIES, hidden_file_name};

/// The last number that was given to a name ([`Overwrite::Rename`]), so that a thousand entries of one name do not try
/// all numbers each. By the path below the root; only names that were taken are in it.
pub(super) type Numbers = Mutex<HashMap<PathBuf, u64>>;

/// Where an entry goes.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: Arc<Folder>,
    /// Below the root.
    pub(super) path: PathBuf,
    /// As it is shown to people.
    pub(super) shown: PathBuf,
}

impl Place {
    /// The name in the folder.
    pub(super) fn name(&self) -> &OsStr {
        super::folders::name_of(&self.path)
    }

    /// What is there.
    pub(super) fn look(&self) -> Result<Option<Existing>> {
        self.folder.look(self.name()).map_err(|e| Error::io("cannot examine", &self.shown, e))
    }

    /// Gives `hidden`, which is in the same folder, its final name by `policy`. Returns the path that it has then, or
    /// that of the file that stays. On failure `hidden` goes.
    pub(super) fn put(&self, mut hidden: Hidden, policy: Overwrite, numbers: &Numbers) -> Result<PathBuf> {
        let failed = |e| Error::io("cannot put a file at", &self.shown, e);
        let done = match policy {
            Overwrite::Replace | Overwrite::Newer => hidden.replace(self.name()),
            Overwrite::Fail | Overwrite::Skip | Overwrite::Rename => hidden.rename_new(self.name()),
        };
        match (done, policy) {
            (Ok(()), _) => Ok(self.shown.clone()),
            (Err(e), Overwrite::Rename) if e.kind() == io::ErrorKind::AlreadyExists => {
                self.put_numbered(hidden, numbers)
            }
            // Nothing was there when the entry began; another entry of the same name was faster.
            (Err(e), Overwrite::Skip) if e.kind() == io::ErrorKind::AlreadyExists => Ok(self.shown.clone()),
            (Err(e), Overwrite::Fail) if e.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::Exists { path: self.shown.clone() })
            }
            (Err(e), _) => Err(failed(e)),
        }
    }

    fn put_numbered(&self, mut hidden: Hidden, numbers: &Numbers) -> Result<PathBuf> {
        loop {
            let number = {
                let mut numbers = numbers.lock();
                let last = numbers.entry(self.path.clone()).or_default();
                *last += 1;
                *last
            };
            let name = super::overwrite::numbered(Path::new(self.name()), number);
            match hidden.rename_new(&name) {
                Ok(()) => return Ok(self.shown.with_file_name(name)),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => (),
                Err(e) => return Err(Error::io("cannot put a file at", &self.shown.with_file_name(name), e)),
            }
        }
    }
}

/// A file or link under a name that nobody looks for. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Hidden {
    folder: Arc<Folder>,
    /// `None` once it has its final name.
    name: Option<OsString>,
}

impl Hidden {
    /// A new file, opened for writing.
    pub(super) fn file(folder: &Arc<Folder>, mode: u32) -> io::Result<(Self, File)> {
        Self::new(folder, |name| folder.create_file(name, mode))
    }

    /// A new symbolic link.
    pub(super) fn link(folder: &Arc<Folder>, to: &[u8]) -> io::Result<Self> {
        Self::new(folder, |name| folder.make_link(name, to)).map(|(hidden, ())| hidden)
    }

    fn new<T>(folder: &Arc<Folder>, make: impl Fn(&OsStr) -> io::Result<T>) -> io::Result<(Self, T)> {
        let mut tries = TRIES;
        loop {
            let name = OsString::from(hidden_file_name()?);
            match make(&name) {
                Ok(made) => return Ok((Self { folder: folder.clone(), name: Some(name) }, made)),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && tries > 0 => tries -= 1,
                Err(e) => return Err(e),
            }
        }
    }

    /// The name it has until it gets its final one.
    pub(super) fn name(&self) -> &OsStr {
        self.name.as_deref().unwrap_or_default()
    }

    fn replace(&mut self, name: &OsStr) -> io::Result<()> {
        self.folder.replace(self.name(), name)?;
        self.name = None;
        Ok(())
    }

    fn rename_new(&mut self, name: &OsStr) -> io::Result<()> {
        self.folder.rename_new(self.name(), name)?;
        self.name = None;
        Ok(())
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // There is nobody to tell, and nothing else to be done about it.
            let _ = self.folder.remove(name);
        }
    }
}
