//! Trees of files on disk: made, written from entries, and compared.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes, Permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use parallelcompress::{FileTime, Item, Metadata};

use super::data::{self, Entry, Random};

/// What two trees must have in common beside names, kinds, bytes and link targets.
#[derive(Debug, Clone, Copy)]
pub struct Compare {
    pub modes: bool,
    pub times: bool,
}

/// Everything that 7-Zip restores.
pub const ALL: Compare = Compare { modes: true, times: true };
/// Names, kinds, bytes and link targets.
pub const BYTES: Compare = Compare { modes: false, times: false };

/// All paths below `root`, relative to it, sorted.
fn paths(root: &Path) -> BTreeMap<PathBuf, fs::Metadata> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("a folder to list") {
            let path = folder.join(entry.expect("a folder entry").file_name());
            let metadata = fs::symlink_metadata(root.join(&path)).expect("an entry's metadata");
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path, metadata);
        }
    }
    found
}

/// Steps of 100 ns since 1970: as fine as an archive keeps times.
fn steps(metadata: &fs::Metadata) -> i64 {
    metadata.mtime() * 10_000_000 + metadata.mtime_nsec() / 100
}

/// The two trees are the same; fails with the first few differences. Returns how many entries were compared.
pub fn assert_same(expected: &Path, found: &Path, compare: Compare) -> usize {
    let (left, right) = (paths(expected), paths(found));
    let mut differences = Vec::new();
    for path in right.keys().filter(|path| !left.contains_key(*path)) {
        differences.push(format!("{path:?} is too much"));
    }
    for (path, metadata) in &left {
        let Some(other) = right.get(path) else {
            differences.push(format!("{path:?} is missing"));
            continue;
        };
        if metadata.file_type() != other.file_type() {
            differences.push(format!("{path:?} has another kind"));
        } else if metadata.is_symlink() {
            // A link's own mode means nothing and not every reader restores its time: only the target counts.
            if fs::read_link(expected.join(path)).ok() != fs::read_link(found.join(path)).ok() {
                differences.push(format!("{path:?} points elsewhere"));
            }
            continue;
        } else if metadata.is_file() && !same_bytes(&expected.join(path), &found.join(path)) {
            differences.push(format!("{path:?} has other bytes"));
        }
        if compare.modes && metadata.mode() != other.mode() {
            differences.push(format!("{path:?} has mode {:o} instead of {:o}", other.mode(), metadata.mode()));
        }
        if compare.times && steps(metadata) != steps(other) {
            differences.push(format!("{path:?} has time {} instead of {}", steps(other), steps(metadata)));
        }
    }
    let shown = differences.iter().take(10).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} differences between {expected:?} and {found:?}:\n{shown}", differences.len());
    left.len()
}

fn same_bytes(left: &Path, right: &Path) -> bool {
    let open = |path| File::open(path).expect("a file to compare");
    let (mut left, mut right) = (open(left), open(right));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    loop {
        a.clear();
        b.clear();
        (&mut left).take(1 << 20).read_to_end(&mut a).expect("a file to compare");
        (&mut right).take(1 << 20).read_to_end(&mut b).expect("a file to compare");
        if a != b {
            return false;
        }
        if a.is_empty() {
            return true;
        }
    }
}

/// A moment as the file system wants it.
fn moment(time: FileTime) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos((time.0 - FileTime::from_unix(0, 0).0) * 100)
}

/// Writes entries to disk as a perfect extractor would.
pub fn write(entries: &[Entry], root: &Path) {
    for entry in entries {
        let path = root.join(&entry.name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder for an entry");
        if entry.metadata.is_directory {
            fs::create_dir_all(&path).expect("a folder");
        } else if entry.metadata.attributes.is_some_and(|it| it >> 28 == 0o12) {
            symlink(str::from_utf8(&entry.bytes).expect("a UTF-8 target"), &path).expect("a link");
        } else {
            fs::write(&path, &entry.bytes).expect("a file");
        }
    }
    // After everything was written: writing into a folder changes the folder's time.
    for entry in entries {
        let path = root.join(&entry.name);
        let Some(attributes) = entry.metadata.attributes else { continue };
        if attributes & Metadata::UNIX_EXTENSION == 0 || attributes >> 28 == 0o12 {
            continue;
        }
        if let Some(time) = entry.metadata.modified {
            let file = File::open(&path).expect("an entry to date");
            file.set_times(FileTimes::new().set_modified(moment(time))).expect("an entry's time");
        }
        fs::set_permissions(&path, Permissions::from_mode(attributes >> 16 & 0o7777)).expect("an entry's mode");
    }
}

/// Every entry below `root`, with the names it has from there, read into memory.
pub fn read(root: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (path, metadata) in paths(root) {
        let name = path.to_str().expect("a UTF-8 name").to_owned();
        let mut entry = if metadata.is_dir() {
            Entry::folder(name)
        } else if metadata.is_symlink() {
            Entry::link(name, fs::read_link(root.join(&path)).expect("a link").to_str().expect("a UTF-8 target"))
        } else {
            Entry::file(name, fs::read(root.join(&path)).expect("a file"))
        };
        entry.metadata.attributes = Some(Metadata::attributes_of_unix_mode(metadata.mode()));
        entry.metadata.modified = Some(FileTime::from_unix(metadata.mtime(), metadata.mtime_nsec() as u32));
        entries.push(entry);
    }
    entries
}

/// The items of everything below `root`, as the library finds them.
pub fn items(root: &Path) -> Vec<Item> {
    parallelcompress::input::items_of_path(root, Some(""), 0, &|_| false)
}

/// Copies real files of this machine (headers, documentation, libraries, about `budget` bytes) into `root`, adds made
/// ones, empty ones, folders and links, and gives everything modes and times of its own.
pub fn make(root: &Path, budget: usize) {
    let mut entries = Vec::new();
    for (folder, from, ends, largest) in [
        ("include", "/usr/include", ".h", 60_000),
        ("doc", "/usr/share/doc", "copyright", 30_000),
        ("lib", "/usr/lib", ".so", 400_000),
        ("data", "/usr/share", ".gz", 100_000),
    ] {
        let mut left = budget / 6;
        for (number, path) in real_files(Path::new(from), ends, largest).into_iter().enumerate() {
            let Ok(bytes) = fs::read(&path) else { continue };
            if bytes.len() > left {
                break;
            }
            left -= bytes.len();
            let name = path.file_name().expect("a name").to_string_lossy();
            entries.push(Entry::folder(format!("{folder}/{}", number % 4)));
            entries.push(Entry::file(format!("{folder}/{}/{number:03} {name}", number % 4), bytes));
        }
    }
    entries.extend(data::assortment(11, 60, budget / 60));
    entries.extend(data::menagerie());
    write(&entries, root);
}

/// Regular files below `folder` whose name ends so, no larger than `largest`, in a fixed order; a few hundred.
fn real_files(folder: &Path, ends: &str, largest: u64) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(list) = fs::read_dir(&folder) else { continue };
        let mut here: Vec<PathBuf> = list.flatten().map(|entry| entry.path()).collect();
        here.sort();
        for path in here {
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            let fits = metadata.is_file() && metadata.len() <= largest;
            if metadata.is_dir() {
                folders.push(path);
            } else if fits && path.to_str().is_some_and(|path| path.ends_with(ends)) {
                found.push(path);
            }
        }
        if found.len() > 300 {
            break;
        }
    }
    found
}
