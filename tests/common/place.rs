//! Entries put on disk by the library under test, without an archive.

use std::path::{Path, PathBuf};

use parallelcompress::extract::destination::{
    Begun, Destination, DestinationOptions, Overwrite, Placed, Skipped, Target,
};
use parallelcompress::{Metadata, Result};

use super::Entry;

/// A destination that differs from the default in nothing but its policy.
pub fn destination(root: &Path, overwrite: Overwrite) -> Destination {
    Destination::new(root, DestinationOptions { overwrite, ..DestinationOptions::default() }).expect("a destination")
}

/// Puts a whole file.
pub fn file(
    to: &Destination,
    name: &str,
    bytes: &[u8],
    metadata: &Metadata,
) -> Result<std::result::Result<PathBuf, Skipped>> {
    match to.file(&Target { name, metadata, size: bytes.len() as u64 })? {
        Begun::Skipped(why) => Ok(Err(why)),
        Begun::File(mut writer) => {
            for piece in bytes.chunks(100_000) {
                writer.write(piece)?;
            }
            writer.finish().map(Ok)
        }
    }
}

/// Puts a whole file of which nothing is known, and that none stands in the way of; where it is then.
pub fn plain(to: &Destination, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    file(to, name, bytes, &Metadata::file()).map(|it| it.expect("nothing is skipped"))
}

/// Announces a link of which nothing is known.
pub fn link(to: &Destination, name: &str, leads_to: &[u8]) -> Result<Placed> {
    to.link(&Target { name, metadata: &Metadata::symlink(), size: leads_to.len() as u64 }, leads_to)
}

/// Puts what an archive of `entries` holds.
pub fn all(to: &Destination, entries: &[Entry]) {
    for entry in entries {
        let target = Target { name: &entry.name, metadata: &entry.metadata, size: entry.bytes.len() as u64 };
        if entry.metadata.is_directory {
            to.directory(&target).expect("a folder");
        } else if entry.metadata.unix_mode().is_some_and(|mode| mode & 0o170_000 == 0o120_000) {
            to.link(&target, &entry.bytes).expect("a link");
        } else {
            file(to, &entry.name, &entry.bytes, &entry.metadata).expect("a file").expect("a file that is not skipped");
        }
    }
    let errors = to.finish();
    assert!(errors.is_empty(), "{errors:?}");
}
