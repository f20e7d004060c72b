//! A folder to extract to, and beside it what has to stay as it is; and what becomes of an extraction.

use std::fs;
use std::path::{Path, PathBuf};

use parallelcompress::extract::destination::{DestinationOptions, Overwrite};
use parallelcompress::extract::{
    Archive, ArchiveEntry, ExtractObserver, ExtractOptions, ExtractSummary, FolderSink, Sink,
};
use parallelcompress::{Control, Error, OnError};

use crate::common;

/// An entry that failed: its name, the kind of the error, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub name: String,
    pub kind: String,
    pub text: String,
}

/// What happened to each entry.
#[derive(Debug, Default)]
pub struct Notes {
    pub completed: Vec<String>,
    pub failed: Vec<Failure>,
}

impl ExtractObserver for Notes {
    fn item_completed(&mut self, entry: &ArchiveEntry) {
        self.completed.push(entry.name().to_owned());
    }

    fn item_failed(&mut self, entry: &ArchiveEntry, error: &Error) -> OnError {
        self.failed.push(Failure { name: entry.name().to_owned(), kind: kind(error), text: error.to_string() });
        OnError::GoOn
    }
}

/// What kind of error it is: the name of its variant.
pub fn kind(error: &Error) -> String {
    let shown = format!("{error:?}");
    shown[..shown.find(|c: char| !c.is_alphanumeric()).unwrap_or(shown.len())].to_owned()
}

/// Why something is refused: the kind of the error, and words of its text.
pub fn assert_refused(error: &Error, expected: &str, words: &[&str]) {
    assert_eq!(kind(error), expected, "{error}");
    let text = error.to_string();
    assert!(words.iter().all(|word| text.contains(word)), "{text:?} lacks some of {words:?}");
}

pub fn extract_to(archive: &Archive, sink: &dyn Sink, threads: u32) -> (Result<ExtractSummary, Error>, Notes) {
    let options = ExtractOptions { threads, ..ExtractOptions::default() };
    let mut notes = Notes::default();
    let result = archive.extract(|_| true, sink, &options, &mut notes, &Control::new());
    (result, notes)
}

pub struct Trap {
    disk: tempfile::TempDir,
}

impl Trap {
    pub fn new() -> Self {
        let disk = common::folder();
        fs::create_dir_all(disk.path().join("outside/d")).expect("a folder");
        fs::create_dir_all(disk.path().join("above/root")).expect("a folder");
        fs::write(disk.path().join("outside/precious"), "precious").expect("a file");
        Self { disk }
    }

    pub fn root(&self) -> PathBuf {
        self.disk.path().join("above/root")
    }

    /// Extracts all of an archive into the root, and looks at what that left.
    pub fn extract(
        &self,
        archive: &Archive,
        overwrite: Overwrite,
        threads: u32,
    ) -> (Result<ExtractSummary, Error>, Notes) {
        let options = DestinationOptions { overwrite, ..DestinationOptions::default() };
        let sink = FolderSink::new(self.root(), options).expect("a sink");
        let result = extract_to(archive, &sink, threads);
        drop(sink);
        self.assert_nothing_got_out();
        assert_nothing_is_unfinished(&self.root());
        result
    }

    pub fn assert_nothing_got_out(&self) {
        assert_eq!(common::names_in(self.disk.path()), ["above", "outside"]);
        assert_eq!(common::names_in(&self.disk.path().join("above")), ["root"]);
        assert_eq!(common::names_in(&self.disk.path().join("outside")), ["d", "precious"]);
        assert_eq!(common::names_in(&self.disk.path().join("outside/d")), Vec::<String>::new());
        assert_eq!(fs::read_to_string(self.disk.path().join("outside/precious")).expect("the file"), "precious");
    }

    /// Empties the root.
    pub fn clear(&self) {
        fs::remove_dir_all(self.root()).expect("a folder to remove");
        fs::create_dir(self.root()).expect("a folder");
    }
}

/// No file of an extraction that is still going on is below `folder`.
pub fn assert_nothing_is_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder to list").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!(name.starts_with(".pc7z.") && name.ends_with(".tmp")), "{name} is left in {}", folder.display());
        if entry.file_type().expect("its kind").is_dir() {
            assert_nothing_is_unfinished(&entry.path());
        }
    }
}
