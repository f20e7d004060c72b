//! A folder on systems without handles to work through: by paths, after a look at what is there. Between the look and the
//! deed another program could put a link; making links needs a privilege on Windows.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::times::Times;
use super::{Existing, Kind};
use crate::input::FileTime;

/// A folder that was one, and no link, when it was opened.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Opens the root by its path; here links are followed.
    pub(super) fn open_root(path: &Path) -> io::Result<Self> {
        if fs::metadata(path)?.is_dir() { Ok(Self(path.to_owned())) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Opens a folder in this one, but no link to one.
    pub(super) fn open(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.0.join(name);
        if fs::symlink_metadata(&path)?.is_dir() { Ok(Self(path)) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Makes a folder. There are no permissions to give it.
    pub(super) fn make_folder(&self, name: &OsStr, _mode: u32) -> io::Result<()> {
        fs::create_dir(self.0.join(name))
    }

    /// Creates a file that does not exist, opened for writing. There are no permissions to give it.
    pub(super) fn create_file(&self, name: &OsStr, _mode: u32) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
    }

    /// Makes a symbolic link. It takes the place of nothing.
    pub(super) fn make_link(&self, name: &OsStr, to: &[u8]) -> io::Result<()> {
        let to = std::str::from_utf8(to).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
        #[cfg(windows)]
        {
            use std::os::windows::fs::{symlink_dir, symlink_file};
            let to = to.replace('/', "\\");
            // Windows wants to know what the link leads to. What does not exist is taken for a file.
            let leads_to_folder = fs::metadata(self.0.join(&to)).is_ok_and(|it| it.is_dir());
            let path = self.0.join(name);
            if leads_to_folder { symlink_dir(to, path) } else { symlink_file(to, path) }
        }
        #[cfg(not(windows))]
        {
            let _ = (name, to);
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// What has the name, if anything.
    pub(super) fn look(&self, name: &OsStr) -> io::Result<Option<Existing>> {
        let found = match fs::symlink_metadata(self.0.join(name)) {
            Ok(found) => found,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let kind = match found.file_type() {
            it if it.is_dir() => Kind::Folder,
            it if it.is_symlink() => Kind::Link,
            _ => Kind::File,
        };
        Ok(Some(Existing { kind, modified: found.modified().ok().map(FileTime::from_system) }))
    }

    /// Removes a file or link.
    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Gives a file or link a new name. A file or link that has it is replaced.
    pub(super) fn replace(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Gives a file or link a new name that nothing may have: [`io::ErrorKind::AlreadyExists`].
    pub(super) fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        match fs::hard_link(self.0.join(from), self.0.join(to)) {
            Ok(()) => self.remove(from),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(e),
            // A file system without links, or a link to rename: what comes between the look and the renaming is lost.
            Err(_) if self.look(to)?.is_none() => self.replace(from, to),
            Err(_) => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    /// Sets the times of a folder. Links keep the time they are made.
    pub(super) fn set_times(&self, name: &OsStr, times: Times) -> io::Result<()> {
        let path = self.0.join(name);
        if fs::symlink_metadata(&path)?.is_symlink() {
            return Ok(());
        }
        let mut options = OpenOptions::new();
        #[cfg(windows)]
        {
            use std::os::windows::fs::OpenOptionsExt;
            // FILE_WRITE_ATTRIBUTES, and FILE_FLAG_BACKUP_SEMANTICS, without which no folder is opened.
            options.access_mode(0x100).custom_flags(0x0200_0000);
        }
        #[cfg(not(windows))]
        options.read(true);
        times.set(&options.open(path)?)
    }

    /// There are no permissions to set.
    pub(super) fn set_folder_mode(&self, _name: &OsStr, _mode: u32) -> io::Result<()> {
        Ok(())
    }

    /// There are no permissions to take away.
    pub(super) fn umask(&self) -> io::Result<u32> {
        Ok(0)
    }
}
