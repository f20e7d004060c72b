//! What an entry of the file system is.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use super::Metadata;
use crate::error::Error;

/// What an entry is.
pub(super) enum Kind {
    File { size: u64 },
    Folder,
    Link { target: Vec<u8> },
}

/// One examined entry: all that is kept of it until its turn comes.
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) metadata: Metadata,
}

impl Found {
    /// Looks at the entry at `path` without following a link; `stat` does the looking, by the cheapest way there is.
    pub(super) fn examine(path: &Path, stat: impl FnOnce() -> io::Result<fs::Metadata>) -> Result<Self, Error> {
        let stat = stat().map_err(|e| Error::io("cannot examine", path, e))?;
        let kind = if stat.is_symlink() {
            let target = fs::read_link(path).map_err(|e| Error::io("cannot read the link", path, e))?;
            Kind::Link { target: link_bytes(target.into_os_string()) }
        } else if stat.is_dir() {
            Kind::Folder
        } else if stat.is_file() {
            Kind::File { size: stat.len() }
        } else {
            return Err(Error::io("cannot store", path, not_a_regular_file(&stat)));
        };
        let is_directory = matches!(kind, Kind::Folder);
        Ok(Self { kind, metadata: Metadata { is_directory, ..Metadata::of_file_system(&stat) } })
    }
}

/// The bytes that stand for a link's target in the archive: on Unix its own bytes, as 7-Zip stores them.
#[cfg(unix)]
pub(super) fn link_bytes(target: OsString) -> Vec<u8> {
    std::os::unix::ffi::OsStringExt::into_vec(target)
}

/// The bytes that stand for a link's target in the archive: UTF-8.
#[cfg(not(unix))]
pub(super) fn link_bytes(target: OsString) -> Vec<u8> {
    target.to_string_lossy().into_owned().into_bytes()
}

/// The error for a thing that has no bytes to store, with what it is.
pub(super) fn not_a_regular_file(stat: &fs::Metadata) -> io::Error {
    #[cfg(unix)]
    let kind = {
        use std::os::unix::fs::FileTypeExt;
        match stat.file_type() {
            t if t.is_dir() => "a folder",
            t if t.is_symlink() => "a symbolic link",
            t if t.is_fifo() => "a FIFO",
            t if t.is_socket() => "a socket",
            t if t.is_char_device() => "a character device",
            t if t.is_block_device() => "a block device",
            _ => "something else",
        }
    };
    #[cfg(not(unix))]
    let kind = if stat.is_dir() { "a folder" } else { "something else" };
    io::Error::new(io::ErrorKind::InvalidInput, format!("not a regular file but {kind}"))
}
