//! What the test files share: data made on the spot, trees on disk, other people's programs as oracles, children.
//!
//! Nothing here asks the library under test what is right: expectations come from the data that went in, answers from
//! programs that others wrote.

// Every file of tests/ is a program of its own and uses a part of this.
#![allow(dead_code, unused_imports)]

pub mod child;
pub mod data;
pub mod ears;
pub mod oracle;
pub mod place;
pub mod shapes;
pub mod stream;
pub mod tree;

pub use child::{alone, alone_under};
pub use data::{Entry, Random, items};
pub use ears::Ears;
pub use stream::{End, Stream};

use std::fs;
use std::path::{Path, PathBuf};

use parallelcompress::{Control, Error, ItemList, Options, Result, Summary, Target};

/// A folder for one test, removed with everything in it.
pub fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("parallelcompress-").tempdir().expect("a temporary folder")
}

/// Compresses with all of `options` and an observer that takes notes.
pub fn compress(options: &Options, items: Vec<parallelcompress::Item>, target: &Target) -> (Result<Summary>, Ears) {
    let mut ears = Ears::default();
    let result = parallelcompress::compress(options, &mut ItemList::new(items), target, &mut ears, &Control::new());
    (result, ears)
}

/// Compresses items of which none may fail, into memory.
pub fn to_memory(options: &Options, entries: &[Entry]) -> Vec<u8> {
    let (result, ears) = compress(options, items(entries), &Target::Memory);
    let summary = result.expect("a job without faults succeeds");
    assert_eq!(ears.failed, [], "no item may fail");
    assert_eq!(summary.files, Vec::<PathBuf>::new(), "a memory target writes no file");
    summary.archive.expect("a memory target gives an archive")
}

/// Compresses items of which none may fail, into a file or its volumes; what the job says it wrote.
pub fn to_file(options: &Options, entries: &[Entry], path: &Path) -> Vec<PathBuf> {
    let (result, ears) = compress(options, items(entries), &Target::File(path.to_owned()));
    let summary = result.expect("a job without faults succeeds");
    assert_eq!(ears.failed, [], "no item may fail");
    assert!(summary.archive.is_none(), "a file target gives no buffer");
    summary.files
}

/// The bytes of all volumes, one after the other.
pub fn join(volumes: &[PathBuf]) -> Vec<u8> {
    volumes.iter().flat_map(|path| fs::read(path).expect("a volume that was written")).collect()
}

/// The names in a folder, sorted.
pub fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder to list")
        .map(|entry| entry.expect("a folder entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Whether `needle` is somewhere in `haystack`.
pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The text of the job's error, which must be an [`Error::Internal`].
pub fn internal_message(result: Result<Summary>) -> String {
    match result {
        Err(Error::Internal(message)) => message,
        other => panic!("expected an internal error, got {other:?}"),
    }
}
