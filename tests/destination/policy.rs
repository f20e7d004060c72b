//! Files and folders that exist already, and entries with one name.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread;

use parallelcompress::extract::destination::{Begun, Overwrite, Skipped, Target};
use parallelcompress::{Error, FileTime, Metadata};

use crate::common;
use crate::common::place::{self, destination, plain};
use crate::{TIME, with_mode};

const POLICIES: [Overwrite; 5] =
    [Overwrite::Fail, Overwrite::Replace, Overwrite::Skip, Overwrite::Rename, Overwrite::Newer];

#[test]
fn what_exists_is_treated_by_the_policy() {
    for policy in POLICIES {
        for (age, newer) in [(-1, true), (0, false), (1, false)] {
            let disk = common::folder();
            let path = disk.path().join("a.txt");
            fs::write(&path, "old").expect("a file");
            // A second name of it, which must keep the old bytes.
            fs::hard_link(&path, disk.path().join("other")).expect("a second name");
            let moment = FileTime((TIME.0 as i64 + age) as u64).to_system().expect("a moment");
            fs::File::open(&path).and_then(|file| file.set_modified(moment)).expect("a file with a time");
            let to = destination(disk.path(), policy);
            let done = place::file(&to, "a.txt", b"new", &with_mode(0o100_644));
            let read = |name: &str| fs::read_to_string(disk.path().join(name)).unwrap_or_default();
            match (policy, done) {
                (Overwrite::Fail, Err(error @ Error::Exists { .. })) => {
                    assert_eq!(error.to_string(), format!("{} exists already", path.display()));
                    assert_eq!(error.hresult() as u32, 0x8800_0000 | libc::EEXIST as u32);
                    assert_eq!(read("a.txt"), "old");
                }
                (Overwrite::Replace, Ok(Ok(at))) => assert_eq!((at, &*read("a.txt")), (path, "new")),
                (Overwrite::Skip, Ok(Err(Skipped::Exists))) => assert_eq!(read("a.txt"), "old"),
                (Overwrite::Rename, Ok(Ok(at))) => {
                    assert_eq!((at, &*read("a_1.txt")), (disk.path().join("a_1.txt"), "new"));
                    assert_eq!(read("a.txt"), "old");
                }
                (Overwrite::Newer, Ok(Ok(_))) if newer => assert_eq!(read("a.txt"), "new"),
                (Overwrite::Newer, Ok(Err(Skipped::NotNewer))) if !newer => assert_eq!(read("a.txt"), "old"),
                (policy, done) => panic!("{policy:?}, {age}: {done:?}"),
            }
            assert_eq!(read("other"), "old");
            let names = common::names_in(disk.path());
            assert!(names.iter().all(|name| !name.starts_with('.')), "something is left: {names:?}");
        }
    }
}

#[test]
fn two_entries_with_one_name_are_treated_by_the_policy_too() {
    for policy in POLICIES {
        let disk = common::folder();
        let to = destination(disk.path(), policy);
        // Both are begun before one is finished, as threads may do.
        let target = Target { name: "d/a", metadata: &with_mode(0o100_644), size: 1 };
        let writers = [b"1", b"2"].map(|bytes| match to.file(&target).expect("a file") {
            Begun::File(mut writer) => writer.write(bytes).map(|()| writer).expect("a file to write"),
            Begun::Skipped(why) => panic!("{why:?}"),
        });
        let [first, second] = writers;
        first.finish().expect("the first file");
        let second = second.finish();
        let names = common::names_in(&disk.path().join("d"));
        let read = |name: &str| fs::read_to_string(disk.path().join("d").join(name)).expect("a file");
        match policy {
            Overwrite::Fail => assert!(matches!(second, Err(Error::Exists { .. })), "{second:?}"),
            Overwrite::Rename => {
                assert_eq!((second.expect("another file"), &*read("a_1")), (disk.path().join("d/a_1"), "2"));
            }
            Overwrite::Replace | Overwrite::Newer | Overwrite::Skip => drop(second.expect("one of both stays")),
        }
        let replaced = matches!(policy, Overwrite::Replace | Overwrite::Newer);
        assert_eq!(read("a"), if replaced { "2" } else { "1" }, "{policy:?}");
        assert_eq!(names.len(), if policy == Overwrite::Rename { 2 } else { 1 }, "{policy:?}: {names:?}");
    }
}

#[test]
fn many_entries_of_one_name_all_get_a_free_one() {
    let disk = common::folder();
    fs::write(disk.path().join("a_3.x"), "precious").expect("a file");
    let to = destination(disk.path(), Overwrite::Rename);
    let paths: Vec<PathBuf> = thread::scope(|scope| {
        let put = |thread: usize| {
            let to = &to;
            move || {
                (0..250)
                    .map(|i| plain(to, "a.x", format!("{thread} {i}").as_bytes()).expect("a file"))
                    .collect::<Vec<_>>()
            }
        };
        let threads: Vec<_> = (0..4).map(|thread| scope.spawn(put(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread")).collect()
    });
    assert_eq!(fs::read_to_string(disk.path().join("a_3.x")).expect("the file"), "precious");
    let bytes: BTreeSet<_> = paths.iter().map(|path| fs::read(path).expect("a file")).collect();
    assert_eq!(bytes.len(), 1000, "an entry has replaced another");
    assert_eq!(common::names_in(disk.path()).len(), 1001);
}

#[test]
fn a_folder_in_the_way_of_a_file_stays_and_is_named() {
    for policy in POLICIES {
        for kind in ["file", "link"] {
            let disk = common::folder();
            fs::create_dir(disk.path().join("a")).expect("a folder");
            let to = destination(disk.path(), policy);
            let errors = match kind {
                "file" => plain(&to, "a", b"x").err().into_iter().collect(),
                _ => place::link(&to, "a", b"x").map(|_| to.finish()).expect("a link to make later"),
            };
            if policy == Overwrite::Rename {
                assert!(errors.is_empty(), "{errors:?}");
                assert_eq!(common::names_in(disk.path()), ["a", "a_1"]);
            } else {
                assert!(matches!(&errors[..], [Error::Blocked { path, .. }] if path.ends_with("a")), "{errors:?}");
                assert_eq!(common::names_in(disk.path()), ["a"]);
            }
        }
    }
}

#[test]
fn a_file_in_the_way_of_a_folder_stays_and_is_named() {
    let disk = common::folder();
    fs::write(disk.path().join("a"), "precious").expect("a file");
    let to = destination(disk.path(), Overwrite::Replace);
    let metadata = Metadata::directory();
    let folder = |name| to.directory(&Target { name, metadata: &metadata, size: 0 });
    for result in [folder("a").map(drop), folder("a/b/c").map(drop), plain(&to, "a/b", b"x").map(drop)] {
        let error = result.expect_err("a file is in the way");
        assert!(matches!(&error, Error::Blocked { path, .. } if path.ends_with("a")), "{error:?}");
        assert!(error.to_string().contains("a file"), "{error}");
    }
    assert_eq!(fs::read_to_string(disk.path().join("a")).expect("the file"), "precious");
}
