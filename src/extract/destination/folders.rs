//! The folders below the root, opened step by step and kept open for a while.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::Kind;
use super::folder::Folder;
use crate::error::{Error, Result};

/// How many folders stay open. Enough for each thread to be in another branch of a deep tree; far from the limit of
/// open files that a process has.
const KEPT: usize = 64;

/// Permissions of folders that the archive says nothing about. The process's umask takes from them.
const PERMISSIONS: u32 = 0o777;

/// The root and what is below it. Paths are relative to the root and have only plain components.
#[derive(Debug)]
pub(super) struct Folders {
    /// As the caller gave it, for messages.
    shown: PathBuf,
    /// Absolute, lest the process changes its working directory.
    root: PathBuf,
    /// Never locked while the system is asked for something.
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    root: Option<Arc<Folder>>,
    /// The one that was used last is the last.
    recent: Vec<(OsString, Arc<Folder>)>,
}

impl Kept {
    fn get(&mut self, path: &OsStr) -> Option<Arc<Folder>> {
        if path.is_empty() {
            return self.root.clone();
        }
        let at = self.recent.iter().rposition(|(kept, _)| kept == path)?;
        self.recent[at..].rotate_left(1);
        self.recent.last().map(|(_, folder)| folder.clone())
    }

    fn put(&mut self, path: &OsStr, folder: &Arc<Folder>) {
        if path.is_empty() {
            self.root = Some(folder.clone());
            return;
        }
        if self.recent.len() >= KEPT {
            self.recent.remove(0);
        }
        self.recent.push((path.to_owned(), folder.clone()));
    }
}

impl Folders {
    pub(super) fn new(root: &Path) -> Result<Self> {
        let absolute = std::path::absolute(root).map_err(|e| Error::io("cannot find", root, e))?;
        Ok(Self { shown: root.to_owned(), root: absolute, kept: Mutex::default() })
    }

    /// Closes all folders.
    pub(super) fn close(&self) {
        let kept = std::mem::take(&mut *self.kept.lock());
        drop(kept);
    }

    /// How a path below the root is shown to people.
    pub(super) fn shown(&self, path: &Path) -> PathBuf {
        self.shown.join(path)
    }

    /// Opens a folder; `create`: with all above it where they are missing.
    pub(super) fn open(&self, path: &Path, create: bool) -> Result<Arc<Folder>> {
        let (mut folder, mut depth) = self.nearest(path, create)?;
        let missing = path.components().count() - depth;
        // From the nearest one that is open, down to `path`.
        let steps: Vec<_> = path.ancestors().take(missing).collect();
        for step in steps.into_iter().rev() {
            folder = Arc::new(self.step(&folder, step, create)?);
            self.kept.lock().put(step.as_os_str(), &folder);
            depth += 1;
        }
        debug_assert_eq!(depth, path.components().count());
        Ok(folder)
    }

    /// The folder nearest to `path`, itself or above it, that is open already, and how deep it is.
    fn nearest(&self, path: &Path, create: bool) -> Result<(Arc<Folder>, usize)> {
        {
            let mut kept = self.kept.lock();
            for above in path.ancestors() {
                if let Some(folder) = kept.get(above.as_os_str()) {
                    return Ok((folder, above.components().count()));
                }
            }
        }
        let failed = |e| Error::io("cannot open the folder", &self.shown, e);
        if create {
            fs::create_dir_all(&self.root).map_err(|e| Error::io("cannot create the folder", &self.shown, e))?;
        }
        let root = Arc::new(Folder::open_root(&self.root).map_err(failed)?);
        self.kept.lock().put(OsStr::new(""), &root);
        Ok((root, 0))
    }

    /// Opens the folder `path` in the one above it.
    fn step(&self, above: &Folder, path: &Path, create: bool) -> Result<Folder> {
        let name = name_of(path);
        match above.open(name) {
            Err(e) if create && e.kind() == io::ErrorKind::NotFound => {
                self.make_in(above, path, PERMISSIONS)?;
                above.open(name)
            }
            opened => opened,
        }
        .map_err(|e| self.why_not(above, path, e))
    }

    /// Makes a folder, and all above it. `false`: it existed.
    pub(super) fn make(&self, path: &Path, mode: Option<u32>) -> Result<bool> {
        let above = self.open(path.parent().unwrap_or(Path::new("")), true)?;
        self.make_in(&above, path, mode.unwrap_or(PERMISSIONS))
    }

    fn make_in(&self, above: &Folder, path: &Path, mode: u32) -> Result<bool> {
        let failed = |e| Error::io("cannot create the folder", &self.shown(path), e);
        match above.make_folder(name_of(path), mode) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => match above.look(name_of(path)).map_err(failed)? {
                Some(existing) if existing.kind != Kind::Folder => Err(self.blocked(path, existing.kind)),
                _ => Ok(false),
            },
            Err(e) => Err(failed(e)),
        }
    }

    /// What an attempt to open a folder failed for.
    fn why_not(&self, above: &Folder, path: &Path, e: io::Error) -> Error {
        match above.look(name_of(path)) {
            Ok(Some(existing)) if existing.kind != Kind::Folder => self.blocked(path, existing.kind),
            _ => Error::io("cannot open the folder", &self.shown(path), e),
        }
    }

    pub(super) fn blocked(&self, path: &Path, kind: Kind) -> Error {
        let by = match kind {
            Kind::Folder => "a folder",
            Kind::Link => "a symbolic link, which is not followed,",
            Kind::File => "a file",
        };
        Error::Blocked { path: self.shown(path), by }
    }
}

/// The last part of a path. Empty for the root, and no folder has an empty name.
pub(super) fn name_of(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}
