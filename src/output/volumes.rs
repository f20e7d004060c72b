//! The archive in numbered volumes: `name.001`, `name.002` …, as 7-Zip names and reads them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::file::BUFFER;
use super::place::{Place, replaceable};
use super::temporary::{Temporary, hidden_name};
use super::{Committed, Output, checked_patch, checked_truncate};
use crate::error::{Error, Result};

/// `base` with a volume's number: at least three digits (`.001`), after `.999` comes `.1000`.
fn numbered(base: &Path, number: usize) -> PathBuf {
    let mut name = OsString::from(base);
    name.push(format!(".{number:03}"));
    PathBuf::from(name)
}

/// A volume's writer. A buffer larger than the volume would be memory for nothing.
fn buffered(file: File, size: u64) -> BufWriter<File> {
    BufWriter::with_capacity(usize::try_from(size).map_or(BUFFER, |size| size.min(BUFFER)), file)
}

/// Volumes of exactly `size` bytes each but the last. All are temporary files until `commit`; only the one being
/// written is open, so that no number of volumes exhausts file descriptors.
#[derive(Debug)]
pub(super) struct VolumeOutput {
    /// What the volumes are named after, as the caller gave it, for messages and for the result.
    shown: PathBuf,
    /// The same, absolute.
    base: PathBuf,
    folder: PathBuf,
    /// Bytes per volume, at least 1.
    size: u64,
    // Declared, and so dropped, before `volumes`: it is closed before it is removed.
    /// The last volume, positioned at its end.
    writer: BufWriter<File>,
    /// All volumes. Never empty; every one but the last is full.
    volumes: Vec<Temporary>,
    position: u64,
}

impl VolumeOutput {
    /// Creates the first volume. `size` in bytes, not 0. `prefix` takes the place of `path`'s name, in `path`'s folder
    /// unless it has one of its own.
    ///
    /// # Errors
    /// [`Error::Io`] naming the path: something that is no file has the first volume's name, or no file can be created
    /// beside it.
    pub(super) fn open(path: &Path, size: u64, prefix: Option<&Path>) -> Result<Self> {
        let shown = match prefix.filter(|prefix| !prefix.as_os_str().is_empty()) {
            // Puts the prefix in the path's folder if it has none, that is if it is its own file name.
            Some(prefix) if prefix.file_name() == Some(prefix.as_os_str()) => path.with_file_name(prefix),
            Some(prefix) => prefix.to_owned(),
            None => path.to_owned(),
        };
        let place = Place::of(&shown)?;
        let base = place.path();
        let (first, file) = Self::create(&shown, &base, &place.folder, 1)?;
        Ok(Self {
            shown,
            base,
            folder: place.folder,
            size,
            writer: buffered(file, size),
            volumes: vec![first],
            position: 0,
        })
    }

    /// Creates a volume's temporary file, provided that it can have its final name in the end.
    fn create(shown: &Path, base: &Path, folder: &Path, number: usize) -> Result<(Temporary, File)> {
        replaceable(&numbered(base, number))
            .and_then(|_| Temporary::create(folder))
            .map_err(|e| Error::io("cannot create", &numbered(shown, number), e))
    }

    fn write_error(&self, number: usize, e: io::Error) -> Error {
        Error::io("cannot write", &numbered(&self.shown, number), e)
    }

    /// Bytes in the last volume.
    fn last_length(&self) -> u64 {
        self.position - (self.volumes.len() as u64 - 1) * self.size
    }

    /// Writes out what is buffered for the last volume.
    fn flush(&mut self) -> Result<()> {
        let flushed = self.writer.flush();
        flushed.map_err(|e| self.write_error(self.volumes.len(), e))
    }
}

impl Output for VolumeOutput {
    fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let mut room = self.size - self.last_length();
            if room == 0 {
                self.flush()?;
                let (volume, file) = Self::create(&self.shown, &self.base, &self.folder, self.volumes.len() + 1)?;
                self.writer = buffered(file, self.size);
                self.volumes.push(volume);
                room = self.size;
            }
            let (now, later) = bytes.split_at(usize::try_from(room).map_or(bytes.len(), |room| room.min(bytes.len())));
            let written = self.writer.write_all(now);
            written.map_err(|e| self.write_error(self.volumes.len(), e))?;
            self.position += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn truncate(&mut self, position: u64) -> Result<()> {
        checked_truncate(position, self.position)?;
        // The last volume is never empty, but for the very first.
        let count = position.div_ceil(self.size).max(1) as usize;
        if count < self.volumes.len() {
            let file = self.volumes[count - 1].reopen().map_err(|e| self.write_error(count, e))?;
            // What is buffered for the volume that goes is written to it by this, and goes with it.
            self.writer = buffered(file, self.size);
            self.volumes.truncate(count);
        }
        self.position = position;
        let length = self.last_length();
        let done = self.writer.seek(SeekFrom::Start(length)).and_then(|_| self.writer.get_ref().set_len(length));
        done.map_err(|e| self.write_error(count, e))
    }

    fn patch_start(&mut self, mut bytes: &[u8]) -> Result<()> {
        checked_patch(bytes, self.position)?;
        let last = self.volumes.len() - 1;
        let end = self.last_length();
        for index in 0..=last {
            let (now, later) =
                bytes.split_at(usize::try_from(self.size).map_or(bytes.len(), |size| size.min(bytes.len())));
            if now.is_empty() {
                break;
            }
            let done = if index == last {
                let writer = &mut self.writer;
                let at_start = writer.seek(SeekFrom::Start(0)).and_then(|_| writer.write_all(now));
                at_start.and_then(|()| writer.seek(SeekFrom::Start(end))).map(drop)
            } else {
                self.volumes[index].reopen().and_then(|mut file| file.write_all(now))
            };
            done.map_err(|e| self.write_error(index + 1, e))?;
            bytes = later;
        }
        Ok(())
    }

    fn commit(mut self: Box<Self>) -> Result<Committed> {
        self.flush()?;
        let Self { shown, base, folder, writer, mut volumes, .. } = *self;
        drop(writer);
        let mut change = SetChange { base: &base, shown: &shown, folder: &folder, aside: Vec::new(), placed: 0 };
        if let Err(error) = change.replace(&mut volumes) {
            return Err(change.undo(error));
        }
        change.forget_older();
        Ok(Committed::Files((1..=volumes.len()).map(|number| numbered(&shown, number)).collect()))
    }
}

/// The replacing of one set of volumes by another, as a whole or not at all.
struct SetChange<'a> {
    base: &'a Path,
    shown: &'a Path,
    folder: &'a Path,
    /// Older volumes saved under hidden names: number and where it is now.
    aside: Vec<(usize, PathBuf)>,
    /// New volumes that have their final names.
    placed: usize,
}

impl SetChange<'_> {
    /// Saves the older set aside and gives the new one its names.
    fn replace(&mut self, volumes: &mut [Temporary]) -> Result<()> {
        let cannot = |number, e| Error::io("cannot put the archive at", &numbered(self.shown, number), e);
        let mut older = Vec::new();
        for (number, volume) in (1..).zip(volumes.iter()) {
            if let Some(stat) = replaceable(&numbered(self.base, number)).map_err(|e| cannot(number, e))? {
                volume.prepare_to_replace(&stat).map_err(|e| cannot(number, e))?;
                older.push(number);
            }
        }
        // A reader goes on to the next number as long as there is one: what follows the new set would pass for a part
        // of it. What lies behind a gap would not, and may be something else ("backup.2024"): that stays.
        let follows = |number: &usize| matches!(replaceable(&numbered(self.base, *number)), Ok(Some(_)));
        older.extend((volumes.len() + 1..).take_while(follows));

        for number in older {
            let moved = hidden_name(self.folder).and_then(|aside| {
                fs::rename(numbered(self.base, number), &aside)?;
                Ok(aside)
            });
            self.aside.push((number, moved.map_err(|e| cannot(number, e))?));
        }
        for (number, volume) in (1..).zip(volumes.iter_mut()) {
            volume.rename(&numbered(self.base, number)).map_err(|e| cannot(number, e))?;
            self.placed = number;
        }
        Ok(())
    }

    /// Takes back everything after `cause`. If even that fails, the error says where the older volume is.
    fn undo(self, cause: Error) -> Error {
        for number in 1..=self.placed {
            // Overwritten below if an older one had the name; otherwise there is nothing else to be done about it.
            let _ = fs::remove_file(numbered(self.base, number));
        }
        let mut error = cause;
        for (number, aside) in self.aside {
            if let Err(e) = fs::rename(&aside, numbered(self.base, number)) {
                let what = format!("{error}; and the older volume, now {}, cannot be put back at", aside.display());
                error = Error::io(&what, &numbered(self.shown, number), e);
            }
        }
        error
    }

    /// Removes the older set for good. One that cannot be removed stays under its hidden name: the new set is whole.
    fn forget_older(self) {
        for (_, aside) in self.aside {
            let _ = fs::remove_file(aside);
        }
    }
}
