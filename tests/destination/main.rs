//! Entries on disk, put there without an archive.

#[path = "../common/mod.rs"]
mod common;

mod files;
mod hostile;
mod policy;
mod restore;

use parallelcompress::{FileTime, Metadata};

/// 2021-01-01 and some.
pub const TIME: FileTime = FileTime(132_539_328_001_234_567);

pub fn with_attributes(attributes: Option<u32>) -> Metadata {
    // Read before 1970.
    let accessed = Some(FileTime::from_unix(-2, 499_999_900));
    Metadata { attributes, modified: Some(TIME), accessed, ..Metadata::default() }
}

pub fn with_mode(mode: u32) -> Metadata {
    let is_directory = mode & 0o170_000 == 0o040_000;
    Metadata { is_directory, ..with_attributes(Some(Metadata::attributes_of_unix_mode(mode))) }
}
