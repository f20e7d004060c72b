//! The times of files and folders.

use std::fs::{File, FileTimes};
use std::io;

use crate::input::{FileTime, Metadata};

/// The times that an entry gets. What is `None` stays as the system sets it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) modified: Option<FileTime>,
    pub(super) accessed: Option<FileTime>,
    /// Only Windows lets it be set.
    #[cfg(windows)]
    pub(super) created: Option<FileTime>,
}

impl Times {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            modified: metadata.modified,
            accessed: metadata.accessed,
            #[cfg(windows)]
            created: metadata.created,
        }
    }

    /// Whether there is nothing to set.
    pub(super) fn is_empty(&self) -> bool {
        #[cfg(windows)]
        if self.created.is_some() {
            return false;
        }
        self.modified.is_none() && self.accessed.is_none()
    }

    /// Sets the times of an open file.
    pub(super) fn set(&self, file: &File) -> io::Result<()> {
        let mut times = FileTimes::new();
        if let Some(time) = self.modified.and_then(FileTime::to_system) {
            times = times.set_modified(time);
        }
        if let Some(time) = self.accessed.and_then(FileTime::to_system) {
            times = times.set_accessed(time);
        }
        #[cfg(windows)]
        if let Some(time) = self.created.and_then(FileTime::to_system) {
            use std::os::windows::fs::FileTimesExt;
            times = times.set_created(time);
        }
        file.set_times(times)
    }
}

/// Whether a failure to set times or permissions of a file just made says that its file system has none (FAT, say). Then
/// there are none to keep, as 7-Zip sees it.
pub(super) fn knows_none(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}
