//! What becomes of files that exist already.

use std::ffi::OsString;
use std::path::Path;

use super::{Existing, Kind, Skipped};
use crate::input::FileTime;

/// What to do where a file or link with the name of an entry exists already: one that was there before, or of an
/// earlier entry with the same name. Folders that exist are filled in any case; a folder where a file belongs is an
/// error (but for [`Overwrite::Rename`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// An error that names it; it stays.
    #[default]
    Fail,
    /// It is replaced, at once and whole. A link is replaced itself, not what it leads to.
    Replace,
    /// It stays, the entry is skipped.
    Skip,
    /// It stays, the entry gets a free name: `name_1.ext`, `name_2.ext` and so on.
    Rename,
    /// It is replaced where the archive says that its entry was modified later: by 100 nanoseconds, or by a second
    /// where the file's own time has whole seconds only, as some file systems keep them. An entry without time is skipped.
    Newer,
}

impl Overwrite {
    /// Whether an entry modified at `modified` is skipped for `existing`, which is no folder, under a policy that skips.
    pub(super) fn skips(self, existing: &Existing, modified: Option<FileTime>) -> Option<Skipped> {
        match self {
            Self::Skip => Some(Skipped::Exists),
            Self::Newer if !is_newer(modified, existing.modified) => Some(Skipped::NotNewer),
            Self::Fail | Self::Replace | Self::Rename | Self::Newer => None,
        }
    }

    /// Whether what exists stands in the way for good.
    pub(super) fn blocks(self, existing: &Existing) -> bool {
        existing.kind == Kind::Folder && self != Self::Rename
    }
}

/// Whether an entry's time is after that of a file.
fn is_newer(entry: Option<FileTime>, file: Option<FileTime>) -> bool {
    match (entry, file) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(entry), Some(file)) => {
            let ((entry_second, _), (file_second, file_fraction)) = (entry.to_unix(), file.to_unix());
            if file_fraction == 0 { entry_second > file_second } else { entry > file }
        }
    }
}

/// The name to try where `name` is taken: `a_1.txt` for `a.txt`, `.a_1` for `.a`, as 7-Zip has it.
pub(super) fn numbered(name: &Path, number: u64) -> OsString {
    let mut numbered = OsString::from(name.file_stem().unwrap_or_default());
    numbered.push(format!("_{number}"));
    if let Some(extension) = name.extension() {
        numbered.push(".");
        numbered.push(extension);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_as_7zip_numbers_them() {
        for (name, expected) in
            [("a", "a_1"), ("a.txt", "a_1.txt"), (".h", ".h_1"), ("a.tar.gz", "a.tar_1.gz"), ("a.", "a_1.")]
        {
            assert_eq!(numbered(Path::new(name), 1), expected, "{name}");
        }
        assert_eq!(numbered(Path::new("a.b"), 17), "a_17.b");
    }

    #[test]
    fn newer_is_told_as_exactly_as_the_file_system_can() {
        let at = |seconds, steps: u32| Some(FileTime::from_unix(seconds, steps * 100));
        for (entry, file, newer) in [
            (at(10, 1), at(10, 1), false),
            (at(10, 2), at(10, 1), true),
            (at(10, 1), at(10, 2), false),
            // The file's system may have dropped the fraction.
            (at(10, 9), at(10, 0), false),
            (at(11, 0), at(10, 0), true),
            (at(11, 0), at(10, 9), true),
            (at(-1, 9_999_999), at(0, 0), false),
            (at(0, 0), at(-1, 9_999_999), true),
            (None, at(0, 0), false),
            (at(0, 0), None, true),
        ] {
            assert_eq!(is_newer(entry, file), newer, "{entry:?} {file:?}");
        }
    }
}
