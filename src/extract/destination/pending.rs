//! What is done when all files are there: links, then the permissions and times of folders.

use std::cmp::Reverse;
use std::mem;
use std::path::{Path, PathBuf};

use super::place::Hidden;
use super::times::{Times, knows_none};
use super::{Destination, folders};
use crate::error::{Error, Result};

/// What [`Destination::finish`] has to do.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) links: Vec<PendingLink>,
    pub(super) folders: Vec<PendingFolder>,
}

/// A link to be made.
#[derive(Debug)]
pub(super) struct PendingLink {
    pub(super) path: PathBuf,
    pub(super) to: Box<[u8]>,
    pub(super) times: Times,
}

/// A folder that gets its permissions and times when nothing in it changes any more.
#[derive(Debug)]
pub(super) struct PendingFolder {
    pub(super) path: PathBuf,
    /// It was not there before.
    pub(super) made: bool,
    /// `None`: it was made with the right ones, or keeps those that it has.
    pub(super) mode: Option<u32>,
    pub(super) times: Times,
}

impl Destination {
    /// Makes the links, then sets permissions and times of folders, the deepest first. To be called when all files are
    /// finished. Whatever fails is in the answer, an error for each path; the rest is done nonetheless. No folder is
    /// open after that.
    pub fn finish(&self) -> Vec<Error> {
        let Pending { links, mut folders } = mem::take(&mut *self.pending.lock());
        let mut errors: Vec<_> = links.into_iter().filter_map(|link| self.make_link(link).err()).collect();
        // The root changes when the umask is asked for: that comes before any time is set.
        let umask = if folders.iter().any(|folder| folder.mode.is_some()) { self.umask() } else { Ok(0) };
        let umask = umask.unwrap_or_else(|e| {
            errors.push(e);
            0o077
        });
        folders.sort_by_cached_key(|folder| Reverse(folder.path.components().count()));
        errors.extend(folders.iter().filter_map(|folder| self.complete(folder, umask).err()));
        self.folders.close();
        errors
    }

    fn make_link(&self, link: PendingLink) -> Result<()> {
        let place = self.place(link.path)?;
        if self.examine(&place, link.times.modified)?.is_some() {
            return Ok(());
        }
        let failed = |e| Error::io("cannot make the link", &place.shown, e);
        let hidden = Hidden::link(&place.folder, &link.to).map_err(failed)?;
        if !link.times.is_empty() {
            let set = place.folder.set_times(hidden.name(), link.times);
            set.or_else(|e| if knows_none(&e) { Ok(()) } else { Err(failed(e)) })?;
        }
        place.put(hidden, self.options.overwrite, &self.numbers).map(drop)
    }

    fn umask(&self) -> Result<u32> {
        let root = self.folders.open(Path::new(""), true)?;
        root.umask().map_err(|e| Error::io("cannot create a folder in", &self.folders.shown(Path::new("")), e))
    }

    /// Sets a folder's permissions and times.
    fn complete(&self, folder: &PendingFolder, umask: u32) -> Result<()> {
        let above = self.folders.open(folder.path.parent().unwrap_or(Path::new("")), false)?;
        let name = folders::name_of(&folder.path);
        let set_mode = || folder.mode.map_or(Ok(()), |mode| above.set_folder_mode(name, mode & !umask));
        let set_times = || if folder.times.is_empty() { Ok(()) } else { above.set_times(name, folder.times) };
        match set_mode().and_then(|()| set_times()) {
            Err(e) if folder.made && knows_none(&e) => Ok(()),
            done => {
                done.map_err(|e| Error::io("cannot set permissions and times of", &self.folders.shown(&folder.path), e))
            }
        }
    }
}
