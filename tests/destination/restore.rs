//! Modes, times, names and bytes as 7-Zip restores them.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use parallelcompress::extract::destination::{Destination, DestinationOptions, Overwrite};
use parallelcompress::{Metadata, Options, Solid};

use crate::common::place::{self, destination, plain};
use crate::common::{self, Entry, tree};
use crate::{TIME, with_attributes, with_mode};

fn entry(name: impl Into<String>, bytes: &[u8], metadata: Metadata) -> Entry {
    Entry { metadata, ..Entry::file(name.into(), bytes) }
}

/// Every kind of mode, attribute and time.
fn all_kinds() -> Vec<Entry> {
    let mut entries = Vec::new();
    for mode in [0o644, 0o600, 0o777, 0o4755, 0o2755, 0o1755, 0, 0o444, 0o666, 0o7777] {
        entries.push(entry(format!("file {mode:o}"), b"x", with_mode(0o100_000 | mode)));
    }
    for mode in [0o755, 0o700, 0o777, 0o2755, 0o1777, 0o555, 0, 0o7777] {
        entries.push(entry(format!("folder {mode:o}"), b"", with_mode(0o040_000 | mode)));
        entries.push(entry(format!("folder {mode:o}/in it/file"), b"y", with_mode(0o100_640)));
    }
    let windows = [("read only", 0x21), ("ordinary", 0x20), ("hidden system", 0x26), ("nothing", 0)];
    entries.extend(windows.map(|(name, bits)| entry(name, b"z", with_attributes(Some(bits)))));
    entries.push(entry("no attributes", b"z", with_attributes(None)));
    entries.push(entry("empty", b"", with_mode(0o100_604)));
    entries.push(entry("not modified ever", b"z", Metadata { modified: None, ..with_mode(0o100_644) }));
    let folder = |bits| Metadata { is_directory: true, ..with_attributes(bits) };
    entries.push(entry("read-only folder", b"", folder(Some(0x11))));
    entries.push(entry("read-only folder/file", b"z", with_mode(0o100_644)));
    entries.push(entry("folder without attributes", b"", folder(None)));
    entries.push(entry("link", b"file 644", with_mode(0o120_777)));
    entries
}

#[test]
fn modes_and_times_are_those_that_7zip_restores() {
    let disk = common::folder();
    let archive = disk.path().join("it.7z");
    let entries = all_kinds();
    common::to_file(&Options { solid: Solid::All, ..Options::default() }, &entries, &archive);
    let (theirs, ours) = (disk.path().join("theirs"), disk.path().join("ours"));
    // Under this process's own umask.
    let said = Command::new("7zz").arg("x").arg(format!("-o{}", theirs.display())).arg(&archive).output();
    assert!(said.expect("7zz, of Debian's package 7zip").status.success());
    place::all(&destination(&ours, Overwrite::Fail), &entries);
    // Before the comparison reads the files.
    for entry in &entries {
        let look = |root: &Path| fs::symlink_metadata(root.join(&entry.name)).expect("an entry on disk");
        let (left, right) = (look(&theirs), look(&ours));
        let time = |it: &fs::Metadata| (it.atime(), it.atime_nsec());
        if entry.metadata.modified.is_some() {
            assert_eq!((right.mtime(), right.mtime_nsec()), (left.mtime(), left.mtime_nsec()), "{}", entry.name);
            assert_eq!(time(&right), time(&left), "{}", entry.name);
            assert_eq!(time(&right), (-2, 499_999_900), "{}", entry.name);
        }
        assert_eq!(right.mode(), left.mode(), "{}", entry.name);
    }
    for path in [&theirs, &ours].iter().flat_map(|root| entries.iter().map(|entry| root.join(&entry.name))) {
        if fs::symlink_metadata(&path).expect("an entry on disk").is_file() {
            fs::set_permissions(path, Permissions::from_mode(0o600)).expect("a file to be read");
        }
    }
    tree::assert_same(&theirs, &ours, tree::BYTES);
}

#[test]
fn what_is_not_to_be_restored_is_not() {
    let disk = common::folder();
    let options = DestinationOptions { restore_modes: false, restore_times: false, ..DestinationOptions::default() };
    let to = Destination::new(disk.path(), options).expect("a destination");
    fs::write(disk.path().join("made here"), "").expect("a file");
    let usual = fs::metadata(disk.path().join("made here")).expect("the file").mode();
    place::all(&to, &all_kinds());
    for entry in all_kinds() {
        let found = fs::symlink_metadata(disk.path().join(&entry.name)).expect("an entry on disk");
        assert!(found.mtime() > 1_700_000_000, "{}: its time is restored", entry.name);
        if found.is_file() {
            assert_eq!(found.mode(), usual, "{}", entry.name);
        }
    }
}

#[test]
fn names_that_are_no_text_come_back() {
    use std::ffi::OsStr;
    let disk = common::folder();
    let name = OsStr::from_bytes(b"\xff\xfe/caf\xc3\xa9 \xe9/\xee\xbe\x80");
    let to = destination(disk.path(), Overwrite::Fail);
    let path = plain(&to, &parallelcompress::input::archive_name(name), b"x").expect("a file");
    assert_eq!(path, disk.path().join(name));
    assert_eq!(fs::read(disk.path().join(name)).expect("the file"), b"x");
}

#[test]
fn folders_that_exist_get_the_permissions_of_the_archive_and_keep_their_group_bit() {
    let disk = common::folder();
    let path = disk.path().join("d");
    fs::create_dir(&path).expect("a folder");
    fs::set_permissions(&path, Permissions::from_mode(0o2500)).expect("a folder to lock");
    let to = destination(disk.path(), Overwrite::Fail);
    // One that is made for what is in it, before its own entry comes.
    plain(&to, "e/f/file", b"x").expect("a file");
    place::all(&to, &["d", "e", "e/f"].map(|name| entry(name, b"", with_mode(0o040_750))));
    let mode = |name: &str| fs::metadata(disk.path().join(name)).expect("a folder").mode() & 0o7777;
    assert_eq!([mode("d"), mode("e"), mode("e/f")], [0o2750, 0o750, 0o750]);
    let times = ["d", "e", "e/f"].map(|name| fs::metadata(disk.path().join(name)).expect("a folder").mtime());
    assert_eq!(times, [TIME.to_unix().0; 3]);
}

#[test]
fn zeros_take_no_room() {
    let disk = common::folder();
    let mut bytes = vec![0; 5_000_000];
    bytes[2_500_000] = 1;
    let path = plain(&destination(disk.path(), Overwrite::Fail), "a", &bytes).expect("a file");
    assert!(fs::read(&path).expect("the file") == bytes);
    let blocks = fs::metadata(&path).expect("the file").blocks();
    assert!(blocks <= 400, "{blocks} blocks of 512 bytes");
}
