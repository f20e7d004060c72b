//! The oracles themselves: they accept what 7-Zip wrote, and notice the smallest difference. (A judge that accepts
//! everything would make every other test pass.)

mod common;

use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use common::{Entry, data, oracle, tree};

/// A tree and an archive of it by 7zz.
fn by_seven_zip(folder: &Path) -> (PathBuf, PathBuf) {
    let (root, archive) = (folder.join("root"), folder.join("it.7z"));
    fs::create_dir(&root).expect("a folder");
    tree::make(&root, 600_000);
    let made =
        Command::new("7zz").args(["a", "-snl", "-mx=1", "-mmt=1"]).arg(&archive).arg(".").current_dir(&root).output();
    assert!(made.expect("7zz to run").status.success(), "7zz makes no archive");
    (root, archive)
}

/// Whether a check fails.
fn refuses(check: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(check)).is_err()
}

#[test]
fn every_oracle_accepts_what_seven_zip_wrote() {
    let folder = common::folder();
    let (root, archive) = by_seven_zip(folder.path());
    let entries = tree::read(&root);
    let count = entries.len();
    assert!(count > 50, "{count} entries");
    oracle::seven_zip_tests(&archive, None);
    assert_eq!(oracle::seven_zip_lists(&archive, None).len(), count);
    assert_eq!(oracle::bsdtar_lists(&archive), count);
    assert_eq!(oracle::py7zr_tests(&archive, None), count);
    assert_eq!(oracle::rust_tests(&archive, None), count);
    oracle::assert_holds(&fs::read(&archive).expect("the archive"), None, &entries);
    type Extract = fn(&Path, &Path);
    let extractors: [(&str, Extract, tree::Compare); 3] = [
        ("7zz", |archive, into| oracle::seven_zip_extracts(archive, None, into), tree::ALL),
        ("bsdtar", oracle::bsdtar_extracts, tree::BYTES),
        ("py7zr", |archive, into| oracle::py7zr_extracts(archive, None, into), tree::BYTES),
    ];
    for (reader, extract, compare) in extractors {
        let found = folder.path().join(reader);
        fs::create_dir(&found).expect("a folder");
        extract(&archive, &found);
        assert_eq!(tree::assert_same(&root, &found, compare), count, "{reader}");
    }
}

#[test]
fn every_oracle_refuses_a_damaged_archive() {
    let folder = common::folder();
    let (root, archive) = by_seven_zip(folder.path());
    let mut bytes = fs::read(&archive).expect("the archive");
    bytes[1000] ^= 1;
    fs::write(&archive, &bytes).expect("the archive");
    let found = folder.path().join("found");
    fs::create_dir(&found).expect("a folder");
    assert!(refuses(|| oracle::seven_zip_tests(&archive, None)), "7zz t");
    assert!(refuses(|| oracle::seven_zip_extracts(&archive, None, &found)), "7zz x");
    assert!(refuses(|| oracle::bsdtar_extracts(&archive, &found)), "bsdtar -x");
    assert!(refuses(|| assert_eq!(oracle::py7zr_tests(&archive, None), 0)), "py7zr");
    assert!(refuses(|| assert_eq!(oracle::rust_tests(&archive, None), 0)), "sevenz-rust2");
    assert!(refuses(|| oracle::assert_holds(&bytes, None, &tree::read(&root))), "sevenz-rust2, all entries");
}

#[test]
fn comparing_trees_notices_every_difference() {
    let entries = [Entry::file("a/b", data::text(1, 3000)), Entry::link("a/link", "b"), Entry::folder("c")];
    type Differ = fn(&Path);
    let differ: [(&str, Differ); 8] = [
        ("a byte", |root| {
            let mut bytes = data::text(1, 3000);
            bytes[2999] ^= 1;
            let time = root.join("a/b").metadata().and_then(|it| it.modified()).expect("a time");
            fs::write(root.join("a/b"), bytes).expect("a file");
            let file = File::options().write(true).open(root.join("a/b")).expect("a file");
            file.set_times(FileTimes::new().set_modified(time)).expect("a time");
        }),
        ("a time", |root| {
            let now = FileTimes::new().set_modified(SystemTime::now());
            File::open(root.join("a/b")).and_then(|file| file.set_times(now)).expect("a time");
        }),
        ("a mode", |root| fs::set_permissions(root.join("a/b"), Permissions::from_mode(0o640)).expect("a mode")),
        ("a folder's mode", |root| fs::set_permissions(root.join("c"), Permissions::from_mode(0o700)).expect("a mode")),
        ("a target", |root| {
            fs::remove_file(root.join("a/link")).and_then(|()| symlink("../c", root.join("a/link"))).expect("a link");
        }),
        ("one too many", |root| fs::write(root.join("c/more"), []).expect("a file")),
        ("one too few", |root| fs::remove_dir(root.join("c")).expect("a folder")),
        ("a kind", |root| fs::remove_dir(root.join("c")).and_then(|()| fs::write(root.join("c"), [])).expect("a file")),
    ];
    for (what, differ) in differ {
        let folder = common::folder();
        let [left, right] = ["left", "right"].map(|name| folder.path().join(name));
        for root in [&left, &right] {
            fs::create_dir(root).expect("a folder");
            tree::write(&entries, root);
            // Implied folders have the time of writing.
            let time = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
            File::open(root.join("a")).and_then(|file| file.set_times(time)).expect("a time");
        }
        assert_eq!(tree::assert_same(&left, &right, tree::ALL), 4);
        differ(&right);
        assert!(refuses(|| assert_eq!(tree::assert_same(&left, &right, tree::ALL), 0)), "{what} goes unnoticed");
    }
}

#[test]
fn made_data_has_the_character_it_claims() {
    let packed = |bytes: &[u8]| {
        let folder = common::folder();
        let (plain, archive) = (folder.path().join("it"), folder.path().join("it.7z"));
        fs::write(&plain, bytes).expect("a file");
        let made = Command::new("7zz").args(["a", "-mx=3"]).arg(&archive).arg(&plain).output();
        assert!(made.expect("7zz to run").status.success(), "7zz makes no archive");
        archive.metadata().expect("the archive").len() * 100 / bytes.len() as u64
    };
    let percent = [data::text, data::binary, data::repetitive, data::noise].map(|make| packed(&make(1, 300_000)));
    println!("packed to {percent:?} %");
    assert!((15..60).contains(&percent[0]), "text packs to {} %", percent[0]);
    assert!((15..80).contains(&percent[1]), "binary packs to {} %", percent[1]);
    assert!(percent[2] < 5, "repetitive data packs to {} %", percent[2]);
    assert!(percent[3] >= 100, "noise packs to {} %", percent[3]);
}
