//! What an archive keeps about an item beside its name and bytes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time as 7z stores it: 100-nanosecond steps since 1601-01-01 00:00 UTC (Windows' FILETIME).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

impl FileTime {
    /// 1970-01-01 in FILETIME steps.
    const UNIX_EPOCH: i128 = 116_444_736_000_000_000;

    /// From seconds and nanoseconds since 1970. Times that FILETIME cannot hold are brought to its nearest end.
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Self {
        let steps = Self::UNIX_EPOCH + i128::from(seconds) * 10_000_000 + i128::from(nanoseconds / 100);
        Self(steps.clamp(0, i128::from(u64::MAX)) as u64)
    }

    /// Seconds since 1970 (negative before) and the nanoseconds after that second.
    pub fn to_unix(self) -> (i64, u32) {
        let steps = i128::from(self.0) - Self::UNIX_EPOCH;
        (steps.div_euclid(10_000_000) as i64, steps.rem_euclid(10_000_000) as u32 * 100)
    }

    /// As the standard library has it. `None`: the system's clock cannot hold it.
    pub fn to_system(self) -> Option<SystemTime> {
        let (seconds, nanoseconds) = self.to_unix();
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let second = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
        second?.checked_add(Duration::from_nanos(nanoseconds.into()))
    }

    /// From the standard library's time, rounded down to 100 nanoseconds.
    pub fn from_system(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self::from_unix(after.as_secs() as i64, after.subsec_nanos()),
            Err(before) => {
                let steps = before.duration().as_nanos().div_ceil(100);
                Self(Self::UNIX_EPOCH.saturating_sub(steps as i128).max(0) as u64)
            }
        }
    }
}

/// Kind, attributes and times of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metadata {
    /// Windows attributes in the low half; where [`Metadata::UNIX_EXTENSION`] is set, the Unix mode in the high half,
    /// as 7-Zip on Unix writes it. `None`: the archive says nothing about this item's attributes.
    pub attributes: Option<u32>,
    /// When the contents last changed.
    pub modified: Option<FileTime>,
    /// When the file was created (Windows) or its inode last changed (not stored unless given).
    pub created: Option<FileTime>,
    /// When it was last read.
    pub accessed: Option<FileTime>,
    /// A folder: it has no bytes and is listed as such.
    pub is_directory: bool,
}

impl Metadata {
    /// FILE_ATTRIBUTE_READONLY.
    pub const READONLY: u32 = 0x1;
    /// FILE_ATTRIBUTE_DIRECTORY.
    pub const DIRECTORY: u32 = 0x10;
    /// FILE_ATTRIBUTE_ARCHIVE.
    pub const ARCHIVE: u32 = 0x20;
    /// FILE_ATTRIBUTE_REPARSE_POINT: how a symbolic link is marked on Windows.
    pub const REPARSE_POINT: u32 = 0x400;
    /// FILE_ATTRIBUTE_UNIX_EXTENSION, p7zip's and 7-Zip's mark that the high half holds the Unix mode.
    pub const UNIX_EXTENSION: u32 = 0x8000;

    /// An ordinary file of which nothing is known.
    pub fn file() -> Self {
        Self { attributes: Some(Self::ARCHIVE), ..Self::default() }
    }

    /// A folder of which nothing is known.
    pub fn directory() -> Self {
        Self { attributes: Some(Self::DIRECTORY), is_directory: true, ..Self::default() }
    }

    /// Whether this is a symbolic link: by its Unix mode, or by Windows' mark where there is none.
    pub fn is_symlink(&self) -> bool {
        match self.attributes {
            Some(attributes) if attributes & Self::UNIX_EXTENSION != 0 => attributes >> 28 == 0o12,
            Some(attributes) => attributes & Self::REPARSE_POINT != 0,
            None => false,
        }
    }

    /// A symbolic link of which nothing is known: told by its Unix mode, on any system.
    pub fn symlink() -> Self {
        Self { attributes: Some(Self::attributes_of_unix_mode(0o120_777)), ..Self::default() }
    }

    /// What the file system says, as 7-Zip stores it by default: attributes and the time of the last change, no others.
    #[cfg(unix)]
    pub(super) fn of_file_system(stat: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            attributes: Some(Self::attributes_of_unix_mode(stat.mode())),
            modified: Some(FileTime::from_unix(stat.mtime(), stat.mtime_nsec() as u32)),
            is_directory: stat.is_dir(),
            ..Self::default()
        }
    }

    /// What the file system says, as 7-Zip stores it by default: attributes and the time of the last change, no others.
    #[cfg(windows)]
    pub(super) fn of_file_system(stat: &std::fs::Metadata) -> Self {
        use std::os::windows::fs::MetadataExt;
        Self {
            attributes: Some(stat.file_attributes()),
            modified: Some(FileTime(stat.last_write_time())),
            is_directory: stat.is_dir(),
            ..Self::default()
        }
    }

    /// The Unix mode, type bits included, if the attributes hold one.
    pub fn unix_mode(&self) -> Option<u32> {
        self.attributes.filter(|attributes| attributes & Self::UNIX_EXTENSION != 0).map(|attributes| attributes >> 16)
    }

    /// The attributes of a Unix mode (type bits included), as 7-Zip on Unix writes them.
    pub fn attributes_of_unix_mode(mode: u32) -> u32 {
        let kind = if mode & 0o170_000 == 0o040_000 { Self::DIRECTORY } else { Self::ARCHIVE };
        let readonly = if mode & 0o222 == 0 { Self::READONLY } else { 0 };
        kind | readonly | Self::UNIX_EXTENSION | (mode << 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_each_form() {
        for (steps, seconds, nanoseconds) in [
            (0, -11_644_473_600, 0),
            (1, -11_644_473_600, 100),
            (116_444_736_000_000_000, 0, 0),
            (116_444_735_999_999_999, -1, 999_999_900),
            (132_539_328_001_234_567, 1_609_459_200, 123_456_700),
            (u64::MAX, 1_833_029_933_770, 955_161_500),
        ] {
            let time = FileTime(steps);
            assert_eq!(time.to_unix(), (seconds, nanoseconds), "{steps}");
            assert_eq!(FileTime::from_unix(seconds, nanoseconds), time);
            if let Some(system) = time.to_system() {
                assert_eq!(FileTime::from_system(system), time);
            } else {
                assert!(cfg!(windows) && steps > i64::MAX as u64, "{steps} fits");
            }
        }
    }
}
