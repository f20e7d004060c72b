//! Where extracted entries go on disk. Names and links are taken as hostile: nothing is created, changed or removed
//! outside the root, whatever the archive holds and whatever else happens on the disk meanwhile.
//!
//! - Names are checked by one rule on every system (`..`, absolute paths, drive letters: refused).
//! - On Unix every step from the root down goes through the handle of an open folder and follows no link. A link that
//!   stands where a folder is needed is an error, even one that was there before; only the root itself may be one.
//! - A file is written under a hidden name (`.pc7z.*.tmp`) beside its place and renamed: under its own name it is whole.
//! - Links are made at the end, when all files have been written.
//!
//! Modes and times are restored as 7-Zip does: the process's umask takes from the permissions, setuid, setgid and sticky
//! bits are not restored, and the owner keeps all rights to folders.
//!
//! All of it may be called from several threads at once. What becomes of two entries with one name that are written at
//! the same time depends on which is finished first, but for [`Overwrite::Rename`], where both stay.

#[cfg(not(unix))]
#[path = "folder_other.rs"]
mod folder;
#[cfg(unix)]
#[path = "folder_unix.rs"]
mod folder;
mod folders;
mod links;
mod names;
mod overwrite;
mod pending;
mod place;
mod sparse;
mod times;
mod writer;

use std::path::{Path, PathBuf};

use parking_lot::Mutex;

pub use self::links::Links;
pub use self::overwrite::Overwrite;
pub use self::writer::FileWriter;

use self::folders::Folders;
use self::pending::{Pending, PendingFolder, PendingLink};
use self::place::{Numbers, Place};
use self::times::Times;
use crate::error::{Error, Result};
use crate::input::{FileTime, Metadata};

/// How entries are put on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationOptions {
    /// What to do where a file exists already.
    pub overwrite: Overwrite,
    /// Everything goes into the root itself, under the last part of its name (7-Zip's `e`).
    pub flat: bool,
    /// Restores permissions, and on Windows the read-only attribute.
    pub restore_modes: bool,
    /// Restores the times that the archive has.
    pub restore_times: bool,
    /// What to do with symbolic links.
    pub links: Links,
}

impl Default for DestinationOptions {
    /// Keeps folders, restores modes and times, and replaces nothing.
    fn default() -> Self {
        Self {
            overwrite: Overwrite::default(),
            flat: false,
            restore_modes: true,
            restore_times: true,
            links: Links::default(),
        }
    }
}

/// An entry, as far as its place on disk is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its name as the archive has it, `/` between its parts.
    pub name: &'a str,
    /// Its attributes and times.
    pub metadata: &'a Metadata,
    /// Its size in bytes, as the archive says. It only tells whether zero bytes are worth looking for.
    pub size: u64,
}

/// Why an entry was left out without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// A file exists ([`Overwrite::Skip`]).
    Exists,
    /// A file exists that is not older ([`Overwrite::Newer`]).
    NotNewer,
    /// It is a symbolic link ([`Links::Skip`]).
    Link,
}

/// What became of a folder or a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// It is there, or will be after [`Destination::finish`].
    At(PathBuf),
    /// It was left out.
    Skipped(Skipped),
}

/// What became of the attempt to begin a file.
#[derive(Debug)]
pub enum Begun<'a> {
    /// It waits for its bytes.
    File(FileWriter<'a>),
    /// It is left out; its bytes need not be decoded.
    Skipped(Skipped),
}

/// What stands somewhere on the disk.
#[derive(Debug, Clone, Copy)]
struct Existing {
    kind: Kind,
    modified: Option<FileTime>,
}

/// What kind of thing stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    /// A symbolic link.
    Link,
    /// A file, or whatever else.
    File,
}

/// The folder that an archive is extracted to. See the [module](self).
#[derive(Debug)]
pub struct Destination {
    options: DestinationOptions,
    folders: Folders,
    numbers: Numbers,
    /// What [`Self::finish`] has to do.
    pending: Mutex<Pending>,
}

impl Destination {
    /// The root is created, with all above it, when the first entry comes. It may be a symbolic link to a folder.
    ///
    /// # Errors
    /// [`Error::Io`]: `root` is empty, or is relative and there is no working directory.
    pub fn new(root: &Path, options: DestinationOptions) -> Result<Self> {
        Ok(Self { options, folders: Folders::new(root)?, numbers: Mutex::default(), pending: Mutex::default() })
    }

    /// Creates a folder and all above it; one that exists is as good. Its permissions (where it existed) and times are
    /// set by [`Self::finish`].
    ///
    /// # Errors
    /// [`Error::UnsafeName`]; [`Error::Blocked`]: a file or a link is there or above; [`Error::Io`].
    pub fn directory(&self, target: &Target) -> Result<Placed> {
        let path = self.path_of(target)?;
        if path.as_os_str().is_empty() {
            // The root as an entry (`.`): it is the caller's, and stays as it is.
            self.folders.open(&path, true)?;
            return Ok(Placed::At(self.folders.shown(&path)));
        }
        let mode = target.metadata.unix_mode().filter(|_| self.options.restore_modes);
        // Without these rights the owner could not even remove what is in it.
        let mode = mode.map(|mode| mode & 0o777 | 0o700);
        let made = self.folders.make(&path, mode)?;
        let shown = self.folders.shown(&path);
        let (mode, times) = (mode.filter(|_| !made), self.times_of(target.metadata));
        if mode.is_some() || !times.is_empty() {
            self.pending.lock().folders.push(PendingFolder { path, made, mode, times });
        }
        Ok(Placed::At(shown))
    }

    /// Begins a file, unless it is to be skipped.
    ///
    /// # Errors
    /// [`Error::UnsafeName`]; [`Error::SpecialFile`]: by its mode it is a device or the like; [`Error::Exists`] under
    /// [`Overwrite::Fail`]; [`Error::Blocked`]: a folder is there, or a file or link above; [`Error::Io`].
    pub fn file(&self, target: &Target) -> Result<Begun<'_>> {
        refuse_special(target)?;
        let path = self.path_of(target)?;
        Self::refuse_root(&path, target)?;
        let place = self.place(path)?;
        match self.examine(&place, target.metadata.modified)? {
            Some(skipped) => Ok(Begun::Skipped(skipped)),
            None => FileWriter::create(self, place, target).map(Begun::File),
        }
    }

    /// A symbolic link to `to`, which are the bytes that the archive holds for it. It is made by [`Self::finish`].
    ///
    /// # Errors
    /// [`Error::UnsafeName`]; [`Error::UnsafeLink`]: it leads nowhere a link may lead ([`Links`]).
    pub fn link(&self, target: &Target, to: &[u8]) -> Result<Placed> {
        let path = self.path_of(target)?;
        if self.options.links == Links::Skip {
            return Ok(Placed::Skipped(Skipped::Link));
        }
        Self::refuse_root(&path, target)?;
        links::check(&path, to, self.options.links == Links::Restore).map_err(|why| Error::UnsafeLink {
            name: target.name.to_owned(),
            target: String::from_utf8_lossy(to).into_owned(),
            why,
        })?;
        let shown = self.folders.shown(&path);
        let times = self.times_of(target.metadata);
        self.pending.lock().links.push(PendingLink { path, to: to.into(), times });
        Ok(Placed::At(shown))
    }

    /// The path below the root for an entry.
    fn path_of(&self, target: &Target) -> Result<PathBuf> {
        let path =
            names::path_of(target.name).map_err(|why| Error::UnsafeName { name: target.name.to_owned(), why })?;
        Ok(if self.options.flat { folders::name_of(&path).into() } else { path })
    }

    fn place(&self, path: PathBuf) -> Result<Place> {
        let folder = self.folders.open(path.parent().unwrap_or(Path::new("")), true)?;
        Ok(Place { folder, shown: self.folders.shown(&path), path })
    }

    /// Whether an entry is to be skipped for what is in its place already.
    fn examine(&self, place: &Place, modified: Option<FileTime>) -> Result<Option<Skipped>> {
        let policy = self.options.overwrite;
        match place.look()? {
            Some(existing) if policy.blocks(&existing) => Err(self.folders.blocked(&place.path, existing.kind)),
            Some(_) if policy == Overwrite::Fail => Err(Error::Exists { path: place.shown.clone() }),
            Some(existing) => Ok(policy.skips(&existing, modified)),
            None => Ok(None),
        }
    }

    /// No file or link can be the root.
    fn refuse_root(path: &Path, target: &Target) -> Result<()> {
        if path.as_os_str().is_empty() {
            return Err(Error::UnsafeName { name: target.name.to_owned(), why: "it is the folder's own" });
        }
        Ok(())
    }

    fn times_of(&self, metadata: &Metadata) -> Times {
        if self.options.restore_times { Times::of(metadata) } else { Times::default() }
    }

    /// The permissions with which a file is created, before the umask takes from them: those of its Unix mode without
    /// setuid, setgid and sticky; without a Unix mode, those that any program gives, and no right to write where
    /// Windows' read-only attribute is set. All as 7-Zip restores them.
    fn mode_of_file(&self, metadata: &Metadata) -> u32 {
        match (metadata.unix_mode(), metadata.attributes) {
            _ if !self.options.restore_modes => 0o666,
            (Some(mode), _) => mode & 0o777,
            (None, Some(attributes)) if attributes & Metadata::READONLY != 0 => 0o444,
            (None, _) => 0o666,
        }
    }
}

/// By its Unix mode an entry may be what is never created.
fn refuse_special(target: &Target) -> Result<()> {
    let kind = match target.metadata.unix_mode().unwrap_or_default() & 0o170_000 {
        0o010_000 => "a FIFO",
        0o020_000 | 0o060_000 => "a device",
        0o140_000 => "a socket",
        _ => return Ok(()),
    };
    Err(Error::SpecialFile { name: target.name.to_owned(), kind })
}
