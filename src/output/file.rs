//! The archive as one file.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::place::{follow, replaceable};
use super::temporary::Temporary;
use super::{Committed, Output, checked_patch, checked_truncate};
use crate::error::{Error, Result};

/// Enough to gather small headers; the engine's own blocks are larger and go past it.
pub(super) const BUFFER: usize = 64 << 10;

/// A file that is written under a hidden temporary name beside its final one, and renamed by `commit`. If the process
/// is killed, the temporary file (`.pc7z.*.tmp`) stays behind; what had the final name is untouched then too.
#[derive(Debug)]
pub(super) struct FileOutput {
    /// The path as the caller gave it, for messages.
    shown: PathBuf,
    /// Where the file goes: absolute, links followed.
    target: PathBuf,
    // Declared, and so dropped, before `temporary`: it is closed before it is removed.
    writer: BufWriter<File>,
    temporary: Temporary,
    position: u64,
}

impl FileOutput {
    /// Creates the temporary file. If `path` is a symbolic link, what it leads to is replaced, not the link.
    ///
    /// # Errors
    /// [`Error::Io`] naming `path`: a folder or device is there, or no file can be created beside it.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let place = follow(path)?;
        let (temporary, file) = Temporary::create(&place.folder).map_err(|e| Error::io("cannot create", path, e))?;
        let writer = BufWriter::with_capacity(BUFFER, file);
        Ok(Self { shown: path.to_owned(), target: place.path(), writer, temporary, position: 0 })
    }

    fn write_error(&self, e: std::io::Error) -> Error {
        Error::io("cannot write", &self.shown, e)
    }
}

impl Output for FileOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(|e| self.write_error(e))?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn truncate(&mut self, position: u64) -> Result<()> {
        checked_truncate(position, self.position)?;
        // Seeking writes the buffer out first.
        let done = self.writer.seek(SeekFrom::Start(position)).and_then(|_| self.writer.get_ref().set_len(position));
        done.map_err(|e| self.write_error(e))?;
        self.position = position;
        Ok(())
    }

    fn patch_start(&mut self, bytes: &[u8]) -> Result<()> {
        checked_patch(bytes, self.position)?;
        let mut patch = || {
            self.writer.seek(SeekFrom::Start(0))?;
            self.writer.write_all(bytes)?;
            self.writer.seek(SeekFrom::Start(self.position))
        };
        patch().map(drop).map_err(|e| self.write_error(e))
    }

    fn commit(mut self: Box<Self>) -> Result<Committed> {
        self.writer.flush().map_err(|e| self.write_error(e))?;
        let Self { shown, target, writer, mut temporary, .. } = *self;
        drop(writer);
        let mut replace = || {
            if let Some(older) = replaceable(&target)? {
                temporary.prepare_to_replace(&older)?;
            }
            temporary.rename(&target)
        };
        replace().map_err(|e| Error::io("cannot put the archive at", &shown, e))?;
        Ok(Committed::Files(vec![shown]))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use super::*;

    /// The names in `folder`, sorted.
    pub(in crate::output) fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn refused(path: &Path) -> String {
        let error = FileOutput::open(path).expect_err("must be refused");
        assert!(matches!(error, Error::Io { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(&path.display().to_string()), "the path is named: {text}");
        text
    }

    #[test]
    fn nothing_is_visible_before_commit_and_nothing_left_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.7z");
        fs::write(&path, "older").unwrap();
        let mut output = Box::new(FileOutput::open(&path).unwrap());
        output.write(b"....hello world").unwrap();
        output.truncate(9).unwrap();
        output.write(b"!").unwrap();
        output.patch_start(b"7z").unwrap();
        output.write(b"?").unwrap();
        assert_eq!(output.position(), 11);
        assert_eq!(fs::read(&path).unwrap(), b"older");
        assert_eq!(names(folder.path()).len(), 2);
        let Committed::Files(files) = output.commit().unwrap() else { panic!("files come out") };
        assert_eq!(files, std::slice::from_ref(&path));
        assert_eq!(fs::read(&path).unwrap(), b"7z..hello!?");
        assert_eq!(names(folder.path()), ["a.7z"]);

        let mut output = FileOutput::open(&path).unwrap();
        output.write(&[0; 200_000]).unwrap();
        drop(output);
        assert_eq!(names(folder.path()), ["a.7z"]);
        assert_eq!(fs::read(&path).unwrap(), b"7z..hello!?");
    }

    #[test]
    fn what_cannot_become_a_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refused(folder.path()).contains("directory"));
        refused(&folder.path().join("missing/a.7z"));
        refused(&folder.path().join("a.7z/"));
        refused(&folder.path().join("."));
        refused(&folder.path().join(".."));
        refused(Path::new(""));
        fs::write(folder.path().join("file"), "").unwrap();
        refused(&folder.path().join("file/a.7z"));
        assert_eq!(names(folder.path()), ["file"]);
        #[cfg(unix)]
        {
            assert!(refused(Path::new("/dev/null")).contains("not a regular file"));
            std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
            refused(&folder.path().join("loop"));
        }
    }

    #[test]
    fn a_folder_that_appears_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.7z");
        let output = Box::new(FileOutput::open(&path).unwrap());
        fs::create_dir(&path).unwrap();
        let error = output.commit().unwrap_err().to_string();
        assert!(error.contains("a.7z") && error.contains("directory"), "{error}");
        assert_eq!(names(folder.path()), ["a.7z"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced_with_its_access_rights() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("elsewhere")).unwrap();
        fs::write(at("elsewhere/real.7z"), "older").unwrap();
        fs::set_permissions(at("elsewhere/real.7z"), fs::Permissions::from_mode(0o600)).unwrap();
        symlink("elsewhere/middle", at("link.7z")).unwrap();
        symlink("real.7z", at("elsewhere/middle")).unwrap();
        let mut output = Box::new(FileOutput::open(&at("link.7z")).unwrap());
        output.write(b"new").unwrap();
        output.commit().unwrap();
        assert_eq!(fs::read_link(at("link.7z")).unwrap(), Path::new("elsewhere/middle"));
        assert_eq!(fs::read(at("elsewhere/real.7z")).unwrap(), b"new");
        assert_eq!(fs::metadata(at("elsewhere/real.7z")).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(names(&at("elsewhere")), ["middle", "real.7z"]);

        symlink("dangling-target", at("dangling")).unwrap();
        Box::new(FileOutput::open(&at("dangling")).unwrap()).commit().unwrap();
        assert!(at("dangling-target").is_file());
    }

    #[test]
    fn the_longest_name_fits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n".repeat(255));
        Box::new(FileOutput::open(&path).unwrap()).commit().unwrap();
        assert!(path.is_file());
    }
}
