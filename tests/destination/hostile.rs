//! Hostile names and links: whatever an archive holds, and whatever happens on the disk meanwhile, nothing is created,
//! changed or removed outside the folder that it is extracted to.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use parallelcompress::extract::destination::{
    Destination, DestinationOptions, Links, Overwrite, Placed, Skipped, Target,
};
use parallelcompress::{Error, Metadata};

use crate::common;
use crate::common::place::{self, destination, plain};

/// A folder with the root to extract to in it, and beside that what must stay as it is.
struct Trap {
    disk: tempfile::TempDir,
}

impl Trap {
    fn new() -> Self {
        let disk = common::folder();
        fs::create_dir_all(disk.path().join("outside/d")).expect("a folder");
        fs::create_dir_all(disk.path().join("above/root")).expect("a folder");
        fs::write(disk.path().join("outside/precious"), "precious").expect("a file");
        Self { disk }
    }

    fn root(&self) -> PathBuf {
        self.disk.path().join("above/root")
    }

    fn assert_nothing_got_out(&self) {
        assert_eq!(common::names_in(self.disk.path()), ["above", "outside"]);
        assert_eq!(common::names_in(&self.disk.path().join("above")), ["root"]);
        assert_eq!(common::names_in(&self.disk.path().join("outside")), ["d", "precious"]);
        assert_eq!(common::names_in(&self.disk.path().join("outside/d")), Vec::<String>::new());
        assert_eq!(fs::read_to_string(self.disk.path().join("outside/precious")).expect("the file"), "precious");
    }
}

fn with_links(root: &Path, links: Links) -> Destination {
    let options = DestinationOptions { links, overwrite: Overwrite::Replace, ..DestinationOptions::default() };
    Destination::new(root, options).expect("a destination")
}

#[test]
fn names_that_lead_out_are_refused_and_create_nothing() {
    let trap = Trap::new();
    let absolute = trap.disk.path().join("outside/precious");
    let absolute = absolute.to_str().expect("a name");
    let metadata = Metadata::directory();
    for name in [
        "",
        "..",
        "../x",
        "../../outside/precious",
        "a/../../x",
        "a/..",
        "./../x",
        "..\\x",
        "a\\..\\..\\x",
        "a/..\\x",
        "x\0y",
        "C:",
        "C:x",
        "c:\\x",
        "C:/x",
        "\\\\server\\share",
        "//x",
        absolute,
    ] {
        for flat in [false, true] {
            let options = DestinationOptions { flat, overwrite: Overwrite::Replace, ..DestinationOptions::default() };
            let to = Destination::new(&trap.root(), options).expect("a destination");
            let folder = to.directory(&Target { name, metadata: &metadata, size: 0 }).map(drop);
            for result in [folder, plain(&to, name, b"x").map(drop), place::link(&to, name, b"x").map(drop)] {
                let error = result.expect_err(name);
                assert!(matches!(&error, Error::UnsafeName { name: named, .. } if named == name), "{error:?}");
                assert_eq!(error.hresult() as u32, 0x8007_0057);
                assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
            }
            assert!(to.finish().is_empty());
        }
    }
    trap.assert_nothing_got_out();
    assert_eq!(common::names_in(&trap.root()), Vec::<String>::new());
}

#[test]
fn the_root_itself_can_be_no_file_or_link() {
    let trap = Trap::new();
    let to = destination(&trap.root(), Overwrite::Replace);
    for name in [".", "./", "././."] {
        assert!(matches!(plain(&to, name, b"x"), Err(Error::UnsafeName { .. })));
        assert!(matches!(place::link(&to, name, b"x"), Err(Error::UnsafeName { .. })));
        let metadata = Metadata::directory();
        let placed = to.directory(&Target { name, metadata: &metadata, size: 0 });
        assert_eq!(placed.expect("the root as a folder"), Placed::At(trap.root()));
    }
    assert!(to.finish().is_empty());
    trap.assert_nothing_got_out();
}

#[test]
fn no_file_goes_through_a_link_of_the_archive() {
    for links in [Links::Restore, Links::RefuseOutside] {
        for link_first in [true, false] {
            let trap = Trap::new();
            let to = with_links(&trap.root(), links);
            let announce = || {
                let results = [
                    place::link(&to, "a", b"../../outside"),
                    place::link(
                        &to,
                        "b",
                        trap.disk.path().join("outside/precious").to_str().expect("a name").as_bytes(),
                    ),
                    // A link through a link.
                    place::link(&to, "c/d", b".."),
                    place::link(&to, "c/e", b"d/../../../outside"),
                ];
                results.map(|result| result.is_ok())
            };
            let put = || {
                for name in ["a/d/x", "a/precious", "b", "c/d/x", "c/e/d/x"] {
                    plain(&to, name, b"x").expect("a file in a folder of its own");
                }
            };
            let announced = if link_first {
                let announced = announce();
                put();
                announced
            } else {
                put();
                announce()
            };
            assert_eq!(announced, if links == Links::Restore { [true; 4] } else { [false, false, true, false] });
            // The files' folders are in the way of the links; `b` alone is a file, which a link may replace.
            let errors = to.finish();
            let blocked = errors.iter().filter(|error| matches!(error, Error::Blocked { .. })).count();
            assert_eq!((blocked, errors.len()), if links == Links::Restore { (3, 3) } else { (1, 1) }, "{errors:?}");
            assert_eq!(fs::read(trap.root().join("a/precious")).expect("the file"), b"x");
            trap.assert_nothing_got_out();
        }
    }
}

#[test]
fn what_comes_after_the_links_does_not_follow_them_either() {
    let trap = Trap::new();
    let to = with_links(&trap.root(), Links::Restore);
    place::link(&to, "a", b"../../outside").expect("a link");
    place::link(&to, "f", b"../../outside/precious").expect("a link");
    assert!(to.finish().is_empty());
    // Another archive into the same folder, and the same one.
    for to in [to, with_links(&trap.root(), Links::Restore)] {
        for name in ["a/x", "a/d/x", "a/precious"] {
            let error = plain(&to, name, b"x").expect_err("a link is in the way");
            assert!(matches!(&error, Error::Blocked { path, .. } if path == &trap.root().join("a")), "{error:?}");
            assert!(error.to_string().contains("symbolic link"), "{error}");
        }
        let metadata = Metadata::directory();
        for name in ["a", "a/d", "a/new"] {
            to.directory(&Target { name, metadata: &metadata, size: 0 }).expect_err("a link is in the way");
        }
        place::link(&to, "a/l", b"x").expect("a link to make later");
        assert!(matches!(&to.finish()[..], [Error::Blocked { .. }]));
        // A link in the place of a file is replaced itself.
        plain(&to, "f", b"x").expect("a file");
        assert!(fs::symlink_metadata(trap.root().join("f")).expect("the file").is_file());
    }
    trap.assert_nothing_got_out();
}

#[test]
fn folders_that_others_replace_by_links_meanwhile_are_no_way_out() {
    let trap = Trap::new();
    let done = AtomicBool::new(false);
    let written = thread::scope(|scope| {
        scope.spawn(|| {
            let (folder, aside, link) = (trap.root().join("d"), trap.root().join("aside"), trap.root().join("link"));
            while !done.load(Ordering::Relaxed) {
                let _ = symlink("../../outside/d", &link);
                // Folder away, link there; and back.
                let _ = fs::rename(&folder, &aside);
                let _ = fs::rename(&link, &folder);
                let _ = fs::remove_file(&folder);
                let _ = fs::rename(&aside, &folder);
            }
        });
        let written = (0..600).filter(|i| {
            // Each with no folder open yet.
            let to = destination(&trap.root(), Overwrite::Replace);
            plain(&to, &format!("d/e{}/x", i % 10), b"x").is_ok()
        });
        let written = written.count();
        done.store(true, Ordering::Relaxed);
        written
    });
    assert!(written > 0, "not one file was written");
    trap.assert_nothing_got_out();
}

#[test]
fn links_are_made_last_with_their_times_or_not_at_all() {
    let trap = Trap::new();
    let time = parallelcompress::FileTime::from_unix(1_000_000_000, 500);
    let metadata = Metadata { modified: Some(time), ..Metadata::symlink() };
    let to = destination(&trap.root(), Overwrite::Fail);
    let target = Target { name: "d/a", metadata: &metadata, size: 4 };
    let placed = to.link(&target, b"../\xff").expect("a link");
    assert_eq!(placed, Placed::At(trap.root().join("d/a")));
    assert!(fs::symlink_metadata(trap.root().join("d/a")).is_err(), "it is there before the files");
    assert!(to.finish().is_empty());
    let made = fs::symlink_metadata(trap.root().join("d/a")).expect("a link");
    assert_eq!(parallelcompress::FileTime::from_system(made.modified().expect("its time")), time);
    use std::os::unix::ffi::OsStrExt;
    let leads_to = fs::read_link(trap.root().join("d/a")).expect("a link");
    assert_eq!(leads_to.as_os_str().as_bytes(), b"../\xff");

    let skipping = with_links(&trap.root(), Links::Skip);
    assert_eq!(place::link(&skipping, "b", b"x").expect("no link"), Placed::Skipped(Skipped::Link));
    assert!(skipping.finish().is_empty());
    assert_eq!(common::names_in(&trap.root()), ["d"]);
}

#[test]
fn each_failure_at_the_end_is_named_and_the_rest_is_done() {
    let trap = Trap::new();
    let to = destination(&trap.root(), Overwrite::Fail);
    plain(&to, "taken", b"x").expect("a file");
    plain(&to, "also/taken", b"x").expect("a file");
    for name in ["taken", "free", "also/taken", "also/free", "taken/free"] {
        place::link(&to, name, b"x").expect("a link to make later");
    }
    let time = parallelcompress::FileTime::from_unix(1_000_000_000, 0);
    let metadata = Metadata { modified: Some(time), ..Metadata::directory() };
    for name in ["lost", "kept"] {
        to.directory(&Target { name, metadata: &metadata, size: 0 }).expect("a folder");
    }
    fs::remove_dir(trap.root().join("lost")).expect("a folder to lose");
    let errors: Vec<String> = to.finish().iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 4, "{errors:?}");
    for (error, name) in errors.iter().zip(["root/taken", "root/also/taken", "root/taken", "root/lost"]) {
        assert!(error.contains(name), "{error:?} does not name {name}");
    }
    for name in ["free", "also/free"] {
        assert!(fs::read_link(trap.root().join(name)).is_ok(), "{name} is missing");
    }
    let kept = fs::metadata(trap.root().join("kept")).expect("a folder").modified().expect("its time");
    assert_eq!(parallelcompress::FileTime::from_system(kept), time);
    assert!(to.finish().is_empty(), "done is done");
}

#[test]
fn devices_and_the_like_are_never_created() {
    let trap = Trap::new();
    let to = destination(&trap.root(), Overwrite::Fail);
    for (kind, said) in [(0o010_000, "FIFO"), (0o020_000, "device"), (0o060_000, "device"), (0o140_000, "socket")] {
        let attributes = Some(Metadata::attributes_of_unix_mode(kind | 0o644));
        let metadata = Metadata { attributes, ..Metadata::file() };
        let error = place::file(&to, "special", b"x", &metadata).expect_err("it is never created");
        assert!(matches!(error, Error::SpecialFile { .. }), "{error:?}");
        assert!(error.to_string().contains(said) && error.to_string().contains("special"), "{error}");
        assert_eq!(error.hresult() as u32, 0x8000_4001);
    }
    assert_eq!(common::names_in(&trap.root()), Vec::<String>::new());
}

#[test]
fn a_name_that_the_system_refuses_is_named() {
    let trap = Trap::new();
    let to = destination(&trap.root(), Overwrite::Fail);
    let long = "x".repeat(300);
    for name in [long.clone(), format!("{long}/x")] {
        let error = plain(&to, &name, b"x").expect_err("no file system has such names");
        assert!(error.to_string().contains(&long), "{error}");
    }
    // As long as can be, and still hidden beside it while it is written.
    plain(&to, &"x".repeat(255), b"x").expect("a file");
    plain(&to, &format!("{}x", "deep/".repeat(700)), b"x").expect("a file in a deep folder");
    trap.assert_nothing_got_out();
}
