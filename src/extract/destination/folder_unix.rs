//! An open folder on Unix: everything in it is reached through its handle, by a plain name, and no link is followed.
//! Whatever others rename or link meanwhile, nothing lands in another folder.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RawMode, Stat, Timespec, Timestamps, UTIME_OMIT, fchmod, fstat, mkdirat,
    openat, renameat, statat, symlinkat, unlinkat, utimensat,
};

use super::times::Times;
use super::{Existing, Kind};
use crate::input::FileTime;
use crate::output::hidden_file_name;

/// How a folder is opened to work in it. Linux asks for no right to list it then.
#[cfg(any(target_os = "linux", target_os = "android"))]
const OPEN: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const OPEN: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A folder that is open for work in it.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// Opens the root by its path; here links are followed.
    pub(super) fn open_root(path: &Path) -> io::Result<Self> {
        Ok(Self(openat(CWD, path, OPEN, Mode::empty())?))
    }

    /// Opens a folder in this one, but no link to one.
    pub(super) fn open(&self, name: &OsStr) -> io::Result<Self> {
        Ok(Self(openat(&self.0, name, OPEN | OFlags::NOFOLLOW, Mode::empty())?))
    }

    /// Makes a folder. The process's umask takes from `mode`.
    pub(super) fn make_folder(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        Ok(mkdirat(&self.0, name, mode_of(mode))?)
    }

    /// Creates a file that does not exist, opened for writing, even where `mode` lets nobody write. The process's umask
    /// takes from `mode`.
    pub(super) fn create_file(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.0, name, flags, mode_of(mode))?))
    }

    /// Makes a symbolic link. It takes the place of nothing.
    pub(super) fn make_link(&self, name: &OsStr, to: &[u8]) -> io::Result<()> {
        Ok(symlinkat(to, &self.0, name)?)
    }

    /// What has the name, if anything.
    pub(super) fn look(&self, name: &OsStr) -> io::Result<Option<Existing>> {
        match statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(existing(&stat))),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Removes a file or link.
    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Gives a file or link a new name. A file or link that has it is replaced.
    pub(super) fn replace(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    /// Gives a file or link a new name that nothing may have: [`io::ErrorKind::AlreadyExists`].
    pub(super) fn rename_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            use rustix::io::Errno;
            match renameat_with(&self.0, from, &self.0, to, RenameFlags::NOREPLACE) {
                Err(e) if [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP].contains(&e) => (),
                done => return Ok(done?),
            }
        }
        self.link_new(from, to)
    }

    /// [`Self::rename_new`] where the system or the file system has no call for it.
    fn link_new(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        use rustix::io::Errno;
        match rustix::fs::linkat(&self.0, from, &self.0, to, AtFlags::empty()) {
            Ok(()) => self.remove(from),
            Err(Errno::EXIST) => Err(Errno::EXIST.into()),
            // A file system without links: what comes between the look and the renaming is lost.
            Err(_) if self.look(to)?.is_none() => self.replace(from, to),
            Err(_) => Err(Errno::EXIST.into()),
        }
    }

    /// Sets the times of what has the name, of a link itself.
    pub(super) fn set_times(&self, name: &OsStr, times: Times) -> io::Result<()> {
        let stamps = Timestamps { last_access: timespec(times.accessed), last_modification: timespec(times.modified) };
        Ok(utimensat(&self.0, name, &stamps, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Sets the permissions of a folder in this one; setuid, setgid and sticky bits stay as they are.
    pub(super) fn set_folder_mode(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = openat(&self.0, name, flags, Mode::empty())?;
        let special = permissions(&fstat(&folder)?) & 0o7000;
        Ok(fchmod(&folder, mode_of(special | mode & 0o777))?)
    }

    /// The permissions that the process takes from what it creates. There is no call that only asks, and the one that
    /// sets it would be seen by other threads; so a folder is made to see what is missing.
    pub(super) fn umask(&self) -> io::Result<u32> {
        let probe = hidden_file_name()?;
        mkdirat(&self.0, &*probe, Mode::from_raw_mode(0o777))?;
        let stat = statat(&self.0, &*probe, AtFlags::SYMLINK_NOFOLLOW);
        unlinkat(&self.0, &*probe, AtFlags::REMOVEDIR)?;
        Ok(!permissions(&stat?) & 0o777)
    }
}

fn mode_of(mode: u32) -> Mode {
    Mode::from_raw_mode((mode & 0o7777) as RawMode)
}

/// Permissions, setuid, setgid and sticky bits.
#[allow(clippy::unnecessary_cast, reason = "the type of a mode differs between systems")]
fn permissions(stat: &Stat) -> u32 {
    Mode::from_raw_mode(stat.st_mode).bits() as u32
}

fn existing(stat: &Stat) -> Existing {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::File,
    };
    #[allow(clippy::unnecessary_cast, reason = "the types of these fields differ between systems")]
    let modified = FileTime::from_unix(stat.st_mtime as i64, stat.st_mtime_nsec as u32);
    Existing { kind, modified: Some(modified) }
}

fn timespec(time: Option<FileTime>) -> Timespec {
    match time.map(FileTime::to_unix) {
        Some((seconds, nanoseconds)) => Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() },
        None => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_new_name_is_given_without_replacing_by_either_way() {
        for way in [Folder::rename_new, Folder::link_new] {
            let disk = tempfile::tempdir().unwrap();
            let folder = Folder::open_root(disk.path()).unwrap();
            for (name, text) in [("a", "1"), ("b", "2")] {
                fs::write(disk.path().join(name), text).unwrap();
            }
            let taken = way(&folder, "a".as_ref(), "b".as_ref()).unwrap_err();
            assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(disk.path().join("b")).unwrap(), "2");
            way(&folder, "a".as_ref(), "c".as_ref()).unwrap();
            assert_eq!(fs::read_to_string(disk.path().join("c")).unwrap(), "1");
            assert!(!disk.path().join("a").exists());
        }
    }

    #[test]
    fn the_umask_is_found_without_a_trace() {
        let disk = tempfile::tempdir().unwrap();
        let folder = Folder::open_root(disk.path()).unwrap();
        folder.make_folder("d".as_ref(), 0o777).unwrap();
        let made = statat(&folder.0, "d", AtFlags::empty()).unwrap();
        assert_eq!(0o777 & !folder.umask().unwrap(), permissions(&made));
        assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 1);
    }
}
