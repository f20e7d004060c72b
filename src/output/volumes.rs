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
    /// Replaces the older set by `volumes`. After a failure, call [`SetChange::undo`].
    fn replace(&mut self, volumes: &mut [Temporary]) -> Result<()> {
        let older = self.prepare(volumes)?;
        self.swap(&older, volumes)
    }

    /// What went wrong with one volume.
    fn error(&self, number: usize, e: io::Error) -> Error {
        Error::io("cannot put the archive at", &numbered(self.shown, number), e)
    }

    /// Everything that can fail before an older volume is touched. Returns the numbers of the older set.
    fn prepare(&self, volumes: &[Temporary]) -> Result<Vec<usize>> {
        let mut older = Vec::new();
        let mut first_older = None;
        for number in 1..=volumes.len() {
            if let Some(stat) = replaceable(&numbered(self.base, number)).map_err(|e| self.error(number, e))? {
                first_older.get_or_insert(stat);
                older.push(number);
            }
        }
        if let Some(stat) = first_older {
            for (number, volume) in (1..).zip(volumes) {
                volume.prepare_to_replace(&stat).map_err(|e| self.error(number, e))?;
            }
        }
        // A reader goes on to the next number as long as there is one: what follows the new set would pass for a part
        // of it. What lies behind a gap would not, and may be something else ("backup.2024"): that stays.
        let follows = |number: &usize| matches!(replaceable(&numbered(self.base, *number)), Ok(Some(_)));
        older.extend((volumes.len() + 1..).take_while(follows));
        Ok(older)
    }

    /// Saves the older set aside and gives the new one its names.
    fn swap(&mut self, older: &[usize], volumes: &mut [Temporary]) -> Result<()> {
        for &number in older {
            let moved = hidden_name(self.folder).and_then(|aside| {
                fs::rename(numbered(self.base, number), &aside)?;
                Ok(aside)
            });
            self.aside.push((number, moved.map_err(|e| self.error(number, e))?));
        }
        for (number, volume) in (1..).zip(volumes.iter_mut()) {
            volume.rename(&numbered(self.base, number)).map_err(|e| self.error(number, e))?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::file::tests::names;
    use super::super::memory::MemoryOutput;
    use super::*;

    fn write_set(path: &Path, size: u64, bytes: &[u8]) -> Vec<PathBuf> {
        let mut output = Box::new(VolumeOutput::open(path, size, None).unwrap());
        output.write(bytes).unwrap();
        match output.commit().unwrap() {
            Committed::Files(files) => files,
            Committed::Memory(_) | Committed::Streamed => panic!("volumes are files"),
        }
    }

    #[test]
    fn volumes_are_full_but_the_last_and_there_is_always_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.7z");
        assert_eq!(write_set(&path, 4, b""), [numbered(&path, 1)]);
        assert_eq!(write_set(&path, 4, b"0123").len(), 1, "no empty volume follows a full one");
        let files = write_set(&path, 4, b"012345678");
        let contents: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
        assert_eq!(contents, [b"0123".as_slice(), b"4567", b"8"]);
        assert_eq!(names(folder.path()), ["a.7z.001", "a.7z.002", "a.7z.003"]);
    }

    #[test]
    fn after_999_comes_1000() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.7z");
        let files = write_set(&path, 1, &[7; 1001]);
        assert_eq!(files[998], folder.path().join("a.7z.999"));
        assert_eq!(files[1000], folder.path().join("a.7z.1001"));
        assert_eq!(names(folder.path()).len(), 1001);
    }

    #[test]
    fn an_older_set_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_set(&path, 1, b"older!");
        fs::write(folder.path().join("a.008"), "behind a gap").unwrap();
        fs::write(folder.path().join("a.2024"), "not ours").unwrap();
        write_set(&path, 2, b"new");
        assert_eq!(names(folder.path()), ["a.001", "a.002", "a.008", "a.2024"]);
        assert_eq!(fs::read(numbered(&path, 1)).unwrap(), b"ne");
        // The same where the older set had a gap that the new one fills.
        for number in [1, 3, 4, 5] {
            fs::write(numbered(&path, number), "old").unwrap();
        }
        fs::remove_file(numbered(&path, 2)).unwrap();
        write_set(&path, 1, b"new");
        assert_eq!(names(folder.path()), ["a.001", "a.002", "a.003", "a.008", "a.2024"]);
    }

    #[test]
    fn dropping_or_failing_leaves_the_older_set() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_set(&path, 3, b"older set");
        let older = || (1..=3).map(|number| fs::read(numbered(&path, number)).unwrap()).collect::<Vec<_>>();
        let before = older();
        let set: Vec<String> = ["a.001", "a.002", "a.003"].map(String::from).into();

        let mut output = VolumeOutput::open(&path, 1, None).unwrap();
        output.write(b"new set").unwrap();
        drop(output);
        assert_eq!((names(folder.path()), older()), (set.clone(), before.clone()));

        // A volume vanishes while the job runs.
        let mut output = Box::new(VolumeOutput::open(&path, 1, None).unwrap());
        output.write(b"new s").unwrap();
        fs::remove_file(output.volumes[4].path.as_ref().unwrap()).unwrap();
        let error = output.commit().unwrap_err();
        assert!(error.to_string().contains("a.005"), "{error}");
        assert_eq!((names(folder.path()), older()), (set.clone(), before.clone()));

        // It vanishes at the last moment: the older set is aside and all others have their names by then.
        let mut output = VolumeOutput::open(&path, 1, None).unwrap();
        output.write(b"new s").unwrap();
        let mut change = SetChange { base: &path, shown: &path, folder: folder.path(), aside: Vec::new(), placed: 0 };
        let numbers = change.prepare(&output.volumes).unwrap();
        assert_eq!(numbers, [1, 2, 3]);
        fs::remove_file(output.volumes[4].path.as_ref().unwrap()).unwrap();
        let error = change.swap(&numbers, &mut output.volumes).unwrap_err();
        assert_eq!((change.aside.len(), change.placed), (3, 4));
        assert!(change.undo(error).to_string().contains("a.005"));
        drop(output);
        assert_eq!((names(folder.path()), older()), (set, before.clone()));

        // A folder takes the name of a volume while the job runs.
        let mut output = VolumeOutput::open(&path, 1, None).unwrap();
        fs::create_dir(numbered(&path, 4)).unwrap();
        assert!(output.write(b"new set").unwrap_err().to_string().contains("a.004"));
        drop(output);
        assert_eq!(older(), before);
        assert_eq!(names(folder.path()), ["a.001", "a.002", "a.003", "a.004"]);
    }

    #[cfg(unix)]
    #[test]
    fn every_new_volume_has_the_access_rights_of_the_older_set() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(numbered(&path, 1), "older").unwrap();
        fs::set_permissions(numbered(&path, 1), fs::Permissions::from_mode(0o600)).unwrap();
        for file in write_set(&path, 2, b"new") {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o7777, 0o600);
        }
    }

    #[test]
    fn a_prefix_takes_the_place_of_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        for (prefix, expected) in
            [(PathBuf::from("part"), "part.001"), (at("sub/part"), "sub/part.001"), (PathBuf::new(), "a.7z.001")]
        {
            let output = Box::new(VolumeOutput::open(&at("a.7z"), 9, Some(&prefix)).unwrap());
            assert!(matches!(output.commit(), Ok(Committed::Files(files)) if files == [at(expected)]), "{prefix:?}");
            assert!(at(expected).is_file());
        }
        for prefix in ["..", ".", "sub/", "/"] {
            VolumeOutput::open(&at("a.7z"), 9, Some(Path::new(prefix))).expect_err(prefix);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_volume_that_is_a_link_is_replaced_itself() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(folder.path().join("elsewhere"), "untouched").unwrap();
        std::os::unix::fs::symlink("elsewhere", numbered(&path, 1)).unwrap();
        write_set(&path, 9, b"new");
        assert_eq!(fs::read(folder.path().join("elsewhere")).unwrap(), b"untouched");
        let stat = numbered(&path, 1).symlink_metadata().unwrap();
        assert!(stat.is_file());
        assert_eq!(stat.permissions().mode() & 0o111, 0, "a link's rights mean nothing");
    }

    /// One call of an output.
    #[derive(Debug, Clone)]
    enum Call {
        Write(Vec<u8>),
        /// To this share of the position, in 256ths.
        Truncate(u64),
        /// So many bytes, at most what there is.
        Patch(Vec<u8>),
    }

    fn call() -> impl Strategy<Value = Call> {
        prop_oneof![
            5 => proptest::collection::vec(any::<u8>(), 0..200).prop_map(Call::Write),
            2 => (0..=256_u64).prop_map(Call::Truncate),
            2 => proptest::collection::vec(any::<u8>(), 0..64).prop_map(Call::Patch),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn volumes_hold_what_memory_would(size in 1..100_u64, calls in proptest::collection::vec(call(), 0..20)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a");
            let mut memory: Box<dyn Output> = Box::new(MemoryOutput::default());
            let mut volumes: Box<dyn Output> = Box::new(VolumeOutput::open(&path, size, None).unwrap());
            for call in calls {
                let position = memory.position();
                for output in [&mut memory, &mut volumes] {
                    match &call {
                        Call::Write(bytes) => output.write(bytes).unwrap(),
                        Call::Truncate(share) => output.truncate(position * share / 256).unwrap(),
                        Call::Patch(bytes) => {
                            output.patch_start(&bytes[..bytes.len().min(position as usize)]).unwrap();
                        }
                    }
                }
                prop_assert_eq!(memory.position(), volumes.position());
            }
            let Committed::Memory(expected) = memory.commit().unwrap() else { panic!("a buffer") };
            let Committed::Files(files) = volumes.commit().unwrap() else { panic!("files") };
            let contents: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
            let chunks: Vec<_> = expected.chunks(size as usize).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(contents, if chunks.is_empty() { vec![Vec::new()] } else { chunks });
            prop_assert_eq!(names(folder.path()).len(), files.len());
        }
    }
}
