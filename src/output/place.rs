//! The place of an output: checked and fixed when the job begins, not when it ends hours later.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// How many links are followed before it is called a loop, as Linux counts.
const MAX_LINKS: u32 = 40;

/// A folder and a name in it. Absolute, so that a later change of the working directory changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder.
    pub(super) folder: PathBuf,
    /// The name in it.
    pub(super) name: OsString,
}

impl Place {
    /// The place that `path` names. Nothing need be there, nor need the folder exist.
    ///
    /// # Errors
    /// [`Error::Io`] if `path` cannot be a file's (`""`, `/`, `a/`, `.`, `..`).
    pub(super) fn of(path: &Path) -> Result<Self> {
        let refuse = |why: &str| {
            Err(Error::io("cannot write", path, io::Error::new(io::ErrorKind::InvalidInput, why.to_owned())))
        };
        if path.as_os_str().is_empty() {
            return refuse("the path is empty");
        }
        // Asked of the text itself: what follows drops a final `/` or `.`, and would take the folder's name for a file's.
        let text = path.as_os_str().as_encoded_bytes();
        let last = text.rsplit(|&byte| std::path::is_separator(byte as char)).next();
        let absolute = std::path::absolute(path).map_err(|e| Error::io("cannot write", path, e))?;
        match (absolute.parent(), absolute.file_name()) {
            (Some(folder), Some(name)) if !matches!(last, Some(b"" | b"." | b"..")) => {
                Ok(Self { folder: folder.to_owned(), name: name.to_owned() })
            }
            _ => refuse("the path names a folder"),
        }
    }

    /// The whole path.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}

/// The error for a folder where a file should be.
fn is_a_directory() -> io::Error {
    #[cfg(unix)]
    return io::Error::from_raw_os_error(libc::EISDIR);
    #[cfg(not(unix))]
    return io::Error::new(io::ErrorKind::IsADirectory, "a directory with this name is in the way");
}

/// The error for links that lead in a circle.
fn too_many_links() -> io::Error {
    #[cfg(unix)]
    return io::Error::from_raw_os_error(libc::ELOOP);
    #[cfg(not(unix))]
    return io::Error::other("too many levels of symbolic links");
}

/// What is at `path`, if anything; a link is not followed.
///
/// # Errors
/// Of the system, and if something is there that is neither a file nor a link: it must not be replaced.
pub(super) fn replaceable(path: &Path) -> io::Result<Option<fs::Metadata>> {
    match path.symlink_metadata() {
        Ok(stat) if stat.is_dir() => {
            // With the system's number, which C callers get as an HRESULT.
            Err(is_a_directory())
        }
        Ok(stat) if stat.is_file() || stat.is_symlink() => Ok(Some(stat)),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// The place that `path` leads to through symbolic links, so that a link's target is replaced and the link stays.
///
/// # Errors
/// [`Error::Io`] naming `path`, if it cannot be a file's or if what is there is no file.
pub(super) fn follow(path: &Path) -> Result<Place> {
    let mut place = Place::of(path)?;
    for _ in 0..MAX_LINKS {
        let at = place.path();
        match replaceable(&at).map_err(|e| Error::io("cannot write", path, e))? {
            Some(stat) if stat.is_symlink() => {
                let target = fs::read_link(&at).map_err(|e| Error::io("cannot read the link", path, e))?;
                place = Place::of(&place.folder.join(target))?;
            }
            _ => return Ok(place),
        }
    }
    Err(Error::io("cannot write", path, too_many_links()))
}
