//! What a caller says of an item itself, over what is known of it otherwise.

use super::{FileTime, Metadata};

/// Metadata that a caller gives. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overrides {
    /// When the contents last changed.
    pub modified: Option<FileTime>,
    /// When the file was created.
    pub created: Option<FileTime>,
    /// When it was last read.
    pub accessed: Option<FileTime>,
    /// Windows attributes. Where they have [`Metadata::UNIX_EXTENSION`], their high half is the Unix mode.
    pub attributes: Option<u32>,
    /// The Unix mode.
    pub unix_mode: Option<u16>,
}

/// The part of a Unix mode that says what kind of thing it is.
const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const FILE: u32 = 0o100_000;

impl Overrides {
    /// The metadata that results. An item's kind stays what it is: what attributes and mode say of it gives way.
    pub fn over(&self, metadata: Metadata) -> Metadata {
        Metadata {
            attributes: self.attributes_over(&metadata),
            modified: self.modified.or(metadata.modified),
            created: self.created.or(metadata.created),
            accessed: self.accessed.or(metadata.accessed),
            is_directory: metadata.is_directory,
        }
    }

    fn attributes_over(&self, metadata: &Metadata) -> Option<u32> {
        const EXTENSION: u32 = 0xFFFF_0000 | Metadata::UNIX_EXTENSION;
        if self.attributes.is_none() && self.unix_mode.is_none() {
            return metadata.attributes;
        }
        let known = metadata.attributes.unwrap_or_default();
        let kind = kind_of(metadata);
        let mut attributes = match self.attributes {
            Some(given) if given & Metadata::UNIX_EXTENSION != 0 => given,
            // Two things that happen to share a number: the Unix mode is not changed with the attributes.
            Some(given) => (given & !EXTENSION) | (known & EXTENSION),
            None => known,
        };
        if let Some(mode) = self.unix_mode {
            attributes = (attributes & !EXTENSION) | Metadata::attributes_of_unix_mode(mode.into()) & EXTENSION;
            if self.attributes.is_none() {
                let readonly = Metadata::attributes_of_unix_mode(mode.into()) & Metadata::READONLY;
                attributes = (attributes & !Metadata::READONLY) | readonly;
            }
        }
        // A link is told by its mode.
        if kind == LINK && attributes & Metadata::UNIX_EXTENSION == 0 {
            attributes |= Metadata::attributes_of_unix_mode(LINK | 0o777) & EXTENSION;
        }
        if attributes & Metadata::UNIX_EXTENSION != 0 {
            attributes = (attributes & !(KIND << 16)) | (kind << 16);
        }
        let kinds = Metadata::DIRECTORY | Metadata::REPARSE_POINT;
        let directory = if kind == FOLDER { Metadata::DIRECTORY } else { 0 };
        Some((attributes & !kinds) | directory | (known & Metadata::REPARSE_POINT))
    }
}

/// What kind of thing the metadata is of, as in a Unix mode.
fn kind_of(metadata: &Metadata) -> u32 {
    let known = metadata.attributes.unwrap_or_default();
    let mode = if known & Metadata::UNIX_EXTENSION != 0 { known >> 16 } else { 0 };
    if metadata.is_directory {
        FOLDER
    } else if mode & KIND == LINK || known & Metadata::REPARSE_POINT != 0 {
        LINK
    } else {
        FILE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENSION: u32 = Metadata::UNIX_EXTENSION;
    const ARCHIVE: u32 = Metadata::ARCHIVE;
    const HIDDEN: u32 = 2;

    fn over(metadata: Metadata, attributes: Option<u32>, unix_mode: Option<u16>) -> u32 {
        Overrides { attributes, unix_mode, ..Overrides::default() }.over(metadata).attributes.unwrap()
    }

    #[test]
    fn what_is_not_given_stays() {
        let known = Metadata { modified: Some(FileTime(1)), accessed: Some(FileTime(2)), ..Metadata::file() };
        assert_eq!(Overrides::default().over(known), known);
        let given = Overrides { modified: Some(FileTime(3)), created: Some(FileTime(0)), ..Overrides::default() };
        let changed = Metadata { modified: Some(FileTime(3)), created: Some(FileTime(0)), ..known };
        assert_eq!(given.over(known), changed);
        assert_eq!(given.over(Metadata::default()).attributes, None);
    }

    #[test]
    fn attributes_and_mode_are_two_things() {
        let on_disk = Metadata { attributes: Some(Metadata::attributes_of_unix_mode(0o100_644)), ..Metadata::file() };
        assert_eq!(over(on_disk, Some(HIDDEN), None), HIDDEN | EXTENSION | 0o100_644 << 16);
        assert_eq!(over(on_disk, None, Some(0o755)), ARCHIVE | EXTENSION | 0o100_755 << 16);
        assert_eq!(over(on_disk, None, Some(0o444)), ARCHIVE | 1 | EXTENSION | 0o100_444 << 16);
        assert_eq!(over(on_disk, Some(HIDDEN), Some(0o444)), HIDDEN | EXTENSION | 0o100_444 << 16);
        assert_eq!(over(on_disk, Some(EXTENSION | 0o100_600 << 16), None), EXTENSION | 0o100_600 << 16);
        assert_eq!(over(Metadata::file(), Some(HIDDEN), None), HIDDEN);
        assert_eq!(over(Metadata::file(), None, Some(0o4755)), ARCHIVE | EXTENSION | 0o104_755 << 16);
    }

    #[test]
    fn the_kind_stays_whatever_is_said() {
        let folder = Metadata::directory();
        assert_eq!(over(folder, None, Some(0o100_700)), 0x10 | EXTENSION | 0o040_700 << 16);
        assert_eq!(over(folder, Some(HIDDEN), None), 0x12);
        assert_eq!(over(Metadata::file(), Some(0x10 | 0x400), None), 0);
        assert_eq!(over(Metadata::file(), None, Some(0o040_700)), ARCHIVE | EXTENSION | 0o100_700 << 16);
        let link = Metadata::symlink();
        assert_eq!(over(link, Some(HIDDEN), None), HIDDEN | EXTENSION | 0o120_777 << 16);
        assert_eq!(over(link, None, Some(0o644)), ARCHIVE | EXTENSION | 0o120_644 << 16);
        let on_windows = Metadata { attributes: Some(0x420), ..Metadata::default() };
        assert_eq!(over(on_windows, Some(HIDDEN), None), 0x402 | EXTENSION | 0o120_777 << 16);
    }
}
