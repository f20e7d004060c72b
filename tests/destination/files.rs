//! Files in folders: whole or not at all, from many threads, on full disks.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::thread;

use parallelcompress::extract::destination::{Begun, Destination, DestinationOptions, Overwrite, Placed, Target};
use parallelcompress::{Error, Metadata};

use crate::common::place::{self, destination, plain};
use crate::common::{self, child, data};
use crate::with_mode;

#[test]
fn flat_puts_everything_into_the_root() {
    let disk = common::folder();
    let to = Destination::new(disk.path(), DestinationOptions { flat: true, ..DestinationOptions::default() });
    let to = to.expect("a destination");
    assert_eq!(plain(&to, "a/b/c.txt", b"x").expect("a file"), disk.path().join("c.txt"));
    let placed = place::link(&to, "a/l", b"c.txt").expect("a link");
    assert_eq!(placed, Placed::At(disk.path().join("l")));
    // In the folder it came from, it would have stayed inside.
    assert!(matches!(place::link(&to, "a/m", b"../c.txt"), Err(Error::UnsafeLink { .. })));
    assert!(to.finish().is_empty());
    assert_eq!(common::names_in(disk.path()), ["c.txt", "l"]);
}

#[test]
fn threads_fill_the_same_new_folders() {
    let disk = common::folder();
    let to = destination(&disk.path().join("new/root"), Overwrite::Fail);
    thread::scope(|scope| {
        for thread in 0..8 {
            let to = &to;
            scope.spawn(move || {
                for i in 0..300 {
                    let (a, b, c) = (i % 3, i % 7, i % 11);
                    let name = format!("a{a}/b{b}/c{c}/{thread}-{i}");
                    plain(to, &name, name.as_bytes()).expect("a file");
                    let metadata = with_mode(0o040_755);
                    let folder = Target { name: &format!("a{a}/b{b}"), metadata: &metadata, size: 0 };
                    to.directory(&folder).expect("a folder");
                }
            });
        }
    });
    assert!(to.finish().is_empty());
    for thread in 0..8 {
        for i in 0..300 {
            let name = format!("a{}/b{}/c{}/{thread}-{i}", i % 3, i % 7, i % 11);
            assert_eq!(fs::read_to_string(disk.path().join("new/root").join(&name)).expect("a file"), name);
        }
    }
}

#[test]
fn a_file_that_is_not_finished_leaves_nothing() {
    let disk = common::folder();
    let to = destination(disk.path(), Overwrite::Replace);
    fs::write(disk.path().join("a"), "old").expect("a file");
    let metadata = Metadata::file();
    let Ok(Begun::File(mut writer)) = to.file(&Target { name: "a", metadata: &metadata, size: 9 }) else {
        panic!("a file to write");
    };
    writer.write(&data::noise(1, 100_000)).expect("bytes to write");
    let names = common::names_in(disk.path());
    assert_eq!(names.len(), 2);
    assert!(names[0].starts_with('.'), "the name is not hidden: {names:?}");
    drop(writer);
    assert_eq!(common::names_in(disk.path()), ["a"]);
    assert_eq!(fs::read_to_string(disk.path().join("a")).expect("the file"), "old");
}

#[test]
fn a_full_disk_is_an_error_that_leaves_what_is_whole() {
    const TEST: &str = "files::a_full_disk_is_an_error_that_leaves_what_is_whole";
    let disk = common::folder();
    let mount = |wrapper: &[&str]| {
        let all = [wrapper, &["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs"]].concat();
        Command::new(all[0])
            .args(&all[1..])
            .arg(disk.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|it| it.success())
    };
    if child::is_child(TEST) {
        return common::alone(TEST, || {
            assert!(mount(&[]), "the disk that could be mounted before");
            let to = destination(disk.path(), Overwrite::Replace);
            plain(&to, "small", b"whole").expect("a file that fits");
            plain(&to, "large", &data::noise(1, 1_000_000)).expect("a file that fits");
            let old = fs::read(disk.path().join("large")).expect("the file");
            for name in ["large", "d/another"] {
                let error = plain(&to, name, &data::noise(2, 3_000_000)).expect_err("no file of 3 MB fits");
                assert!(error.to_string().contains(name), "{error}");
                assert_eq!(error.hresult() as u32, 0x8800_0000 | libc::ENOSPC as u32, "{error}");
            }
            assert!(fs::read(disk.path().join("large")).expect("the file") == old);
            assert_eq!(common::names_in(disk.path()), ["d", "large", "small"]);
            assert_eq!(common::names_in(&disk.path().join("d")), Vec::<String>::new());
            assert!(to.finish().is_empty());
            let gone = Command::new("umount").arg(disk.path()).status();
            assert!(gone.is_ok_and(|it| it.success()), "the small disk stays");
        });
    }
    // A small disk that only the child sees; a user who is not root gets it in a user namespace.
    let namespaces: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-Urm"]];
    match namespaces.into_iter().find(|wrapper| mount(wrapper)) {
        Some(wrapper) => common::alone_under(TEST, wrapper, || ()),
        None => println!("skipped: nothing may be mounted here"),
    }
}

#[test]
fn the_root_may_be_a_link() {
    let disk = common::folder();
    fs::create_dir(disk.path().join("real")).expect("a folder");
    symlink("real", disk.path().join("root")).expect("a link");
    plain(&destination(&disk.path().join("root"), Overwrite::Fail), "a/b", b"x").expect("a file");
    assert_eq!(fs::read(disk.path().join("real/a/b")).expect("the file"), b"x");
}
