//! A hidden file beside the final one, gone unless it is given its final name.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// How often another name is tried when one is taken. The names are 64 random bits: the second try is luck enough.
pub(crate) const TRIES: u32 = 100;

/// A file under a temporary name. Dropping it removes the file.
#[derive(Debug)]
pub(super) struct Temporary {
    /// `None` once it has its final name.
    pub(super) path: Option<PathBuf>,
}

/// A file name that nobody can guess and that is as good as surely free. Short, so that it fits wherever the final name
/// fits.
pub(crate) fn hidden_file_name() -> io::Result<String> {
    let random = getrandom::u64().map_err(io::Error::other)?;
    Ok(format!(".pc7z.{random:016x}.tmp"))
}

/// Such a name in `folder`.
pub(super) fn hidden_name(folder: &Path) -> io::Result<PathBuf> {
    Ok(folder.join(hidden_file_name()?))
}

impl Temporary {
    /// Creates a new, empty file in `folder`, opened for writing. Never opens or follows what is there already.
    pub(super) fn create(folder: &Path) -> io::Result<(Self, File)> {
        let mut tries = TRIES;
        loop {
            let path = hidden_name(folder)?;
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((Self { path: Some(path) }, file)),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && tries > 0 => tries -= 1,
                Err(e) => return Err(e),
            }
        }
    }

    /// Opens the file again for writing, at its start.
    pub(super) fn reopen(&self) -> io::Result<File> {
        match &self.path {
            Some(path) => OpenOptions::new().write(true).open(path),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Before an older file is replaced: gives this one the older one's access rights (a link has none that mean anything), and brings its bytes to the
    /// disk, lest a power failure after the renaming leaves neither. (Where nothing is replaced there is nothing to
    /// lose, and no time is spent on it.)
    pub(super) fn prepare_to_replace(&self, older: &fs::Metadata) -> io::Result<()> {
        let file = self.reopen()?;
        #[cfg(unix)]
        if older.is_file() {
            use std::os::unix::fs::PermissionsExt;
            let rights = fs::Permissions::from_mode(older.permissions().mode() & 0o777);
            // Some file systems know no access rights and refuse: then there are none to keep.
            let _ = file.set_permissions(rights);
        }
        #[cfg(not(unix))]
        let _ = older;
        file.sync_all()
    }

    /// Gives the file its final name, replacing what has it. On failure the file stays a temporary one.
    pub(super) fn rename(&mut self, to: &Path) -> io::Result<()> {
        if let Some(path) = &self.path {
            fs::rename(path, to)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // There is nobody to tell, and nothing else to be done about it.
            let _ = fs::remove_file(path);
        }
    }
}
