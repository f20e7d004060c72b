//! Names and links that lead out of the folder, or into each other's way.

use std::fs;

use parallelcompress::Metadata;
use parallelcompress::extract::destination::Overwrite;
use parallelcompress::extract::{Archive, Limits};
use parallelcompress::sevenz::{self, Coder, Entry, Folder, Substream};

use crate::common;
use crate::made::{self, Block};
use crate::trap::Trap;

/// Stored entries, in one block or in one each: what a caller of our own could never write.
fn stored(entries: &[(&str, &[u8], Metadata)], one_block: bool) -> Archive {
    let substream = |bytes: &[u8]| Substream { size: bytes.len() as u64, crc: Some(crc32fast::hash(bytes)) };
    let folder = |entries: &[(&str, &[u8], Metadata)]| {
        let substreams: Vec<_> = entries.iter().map(|(_, bytes, _)| substream(bytes)).collect();
        let size = substreams.iter().map(|part| part.size).sum();
        let coders = vec![Coder { method: 0, properties: Vec::new(), unpack_size: size }];
        Folder { coders, pack_size: size, branches: Vec::new(), substreams }
    };
    let with_bytes: Vec<_> = entries.iter().filter(|(_, bytes, _)| !bytes.is_empty()).cloned().collect();
    let folders = with_bytes.chunks(if one_block { usize::MAX } else { 1 }).map(folder).collect();
    let entry = |(name, bytes, metadata): &(&str, &[u8], Metadata)| Entry {
        name: (*name).to_owned(),
        has_stream: !bytes.is_empty(),
        is_directory: metadata.is_directory,
        attributes: metadata.attributes,
        ..Entry::default()
    };
    let header = sevenz::header(&sevenz::Archive { folders, entries: entries.iter().map(entry).collect() });
    let packed: Vec<u8> = with_bytes.iter().flat_map(|(_, bytes, _)| bytes.iter().copied()).collect();
    made::open(&made::archive(&packed, &header), &Limits::default()).expect("an archive")
}

fn file<'a>(name: &'a str, bytes: &'a [u8]) -> (&'a str, &'a [u8], Metadata) {
    (name, bytes, Metadata::file())
}

fn link<'a>(name: &'a str, to: &'a str) -> (&'a str, &'a [u8], Metadata) {
    (name, to.as_bytes(), Metadata::symlink())
}

#[test]
fn names_that_lead_out_are_refused_and_the_rest_is_extracted() {
    let out = [
        ("../x", "`..`"),
        ("..", "`..`"),
        ("a/../../x", "`..`"),
        ("a\\..\\..\\x", "`..`"),
        ("/tmp/parallelcompress-x", "absolute"),
        ("//server/share", "absolute"),
        ("\\\\server\\share", "absolute"),
        ("C:\\x", "drive"),
        ("c:x", "drive"),
        ("", "empty"),
        (".", "the folder's own"),
    ];
    for one_block in [true, false] {
        let trap = Trap::new();
        let absolute = trap.root().with_file_name("x").to_str().expect("a name").to_owned();
        let mut entries = vec![file("first", b"first")];
        for (name, _) in out {
            entries.push(file(name, b"out"));
            entries.push((name, b"", Metadata::file()));
        }
        entries.push(file(&absolute, b"out"));
        entries.push(file("last", b"last"));
        let archive = stored(&entries, one_block);
        for threads in [1, 4] {
            let (result, notes) = trap.extract(&archive, Overwrite::Replace, threads);
            let summary = result.expect("an extraction that goes on");
            assert_eq!((summary.statistics.items_completed, summary.statistics.items_failed), (2, 23));
            for failure in &notes.failed {
                let why = out.iter().find(|(name, _)| *name == failure.name).map_or("absolute", |(_, why)| why);
                assert_eq!(failure.kind, "UnsafeName");
                let named = failure.text.contains(&format!("{:?}", failure.name)) && failure.text.contains(why);
                assert!(named, "{failure:?}");
            }
            assert_eq!(common::names_in(&trap.root()), ["first", "last"]);
            assert_eq!(fs::read(trap.root().join("last")).expect("the file"), b"last");
        }
    }
}

#[test]
fn a_nul_ends_a_name() {
    let block = || Block::single(made::COPY, &[], 1, 1);
    let header = made::header(&[block(), block()], &["a\0b", "c"]);
    let archive = made::open(&made::archive(b"12", &header), &Limits::default()).expect("an archive");
    assert!(archive.entries().map(|entry| entry.name()).eq(["a", "b"]));
    // A name without its end.
    let unended = [&[made::FILES, 1, made::NAMES, 3, 0][..], &[b'a', 0], &[0]].concat();
    let header = [&[made::HEADER, made::STREAMS][..], &made::streams(0, &[block()]), &unended, &[0]].concat();
    let error = made::open(&made::archive(b"1", &header), &Limits::default()).expect_err("no name");
    crate::trap::assert_refused(&error, "Corrupt", &["the header ends early"]);
}

#[test]
fn reserved_names_are_kept_where_they_are_names_and_changed_where_they_are_none() {
    let trap = Trap::new();
    let archive = stored(&["CON", "nul.txt", "com1/x", "trail.", "ab:c"].map(|name| file(name, b"x")), true);
    let (result, notes) = trap.extract(&archive, Overwrite::Fail, 1);
    assert_eq!(result.expect("an extraction").statistics.items_completed, 5, "{notes:?}");
    let expected = match cfg!(windows) {
        true => ["_CON", "_com1", "_nul.txt", "ab_c", "trail_"],
        false => ["CON", "ab:c", "com1", "nul.txt", "trail."],
    };
    assert_eq!(common::names_in(&trap.root()), expected);
}

#[test]
fn no_file_goes_through_a_link_of_the_same_archive() {
    for one_block in [true, false] {
        for threads in [1, 4] {
            let trap = Trap::new();
            let entries = [
                link("out", "../../outside"),
                file("out/precious", b"bad"),
                file("out/new", b"bad"),
                link("in", "real"),
                file("in/x", b"x"),
                link("real/up", ".."),
                file("real/up/y", b"y"),
                link("z", "../../outside/precious"),
                file("z", b"z"),
            ];
            let archive = stored(&entries, one_block);
            let (result, notes) = trap.extract(&archive, Overwrite::Replace, threads);
            let summary = result.expect("an extraction that goes on");
            let refused: Vec<_> = notes.failed.iter().map(|failure| (&*failure.name, &*failure.kind)).collect();
            assert_eq!(refused.len(), 2, "{refused:?}");
            assert!(refused.contains(&("out", "UnsafeLink")) && refused.contains(&("z", "UnsafeLink")), "{refused:?}");
            // Files come first, each in a folder of its own: the links find no place.
            assert_eq!(summary.late_errors.len(), 2, "{:?}", summary.late_errors);
            for error in &summary.late_errors {
                crate::trap::assert_refused(error, "Blocked", &[trap.root().to_str().expect("a name"), "in the way"]);
            }
            for (name, bytes) in [("out/precious", "bad"), ("in/x", "x"), ("real/up/y", "y"), ("z", "z")] {
                assert!(fs::symlink_metadata(trap.root().join(name)).expect(name).is_file());
                assert_eq!(fs::read_to_string(trap.root().join(name)).expect(name), bytes);
            }
        }
    }
}

#[test]
fn a_link_replaces_no_folder_and_a_file_none_either() {
    let trap = Trap::new();
    fs::create_dir(trap.root().join("d")).expect("a folder");
    fs::write(trap.root().join("d/kept"), "kept").expect("a file");
    let archive = stored(&[link("d", "elsewhere"), file("d", b"a file")], false);
    let (result, notes) = trap.extract(&archive, Overwrite::Replace, 2);
    crate::trap::assert_refused(&result.expect("an extraction").late_errors[0], "Blocked", &["root/d", "in the way"]);
    assert_eq!((notes.failed.len(), &*notes.failed[0].kind), (1, "Blocked"));
    assert_eq!(fs::read_to_string(trap.root().join("d/kept")).expect("the file"), "kept");
    // Links that are there already are not followed by what comes later.
    let archive = stored(&[link("l", "d")], true);
    trap.extract(&archive, Overwrite::Replace, 1).0.expect("an extraction");
    let archive = stored(&[file("l/kept", b"changed")], true);
    let (_, notes) = trap.extract(&archive, Overwrite::Replace, 1);
    assert_eq!((notes.failed.len(), &*notes.failed[0].kind), (1, "Blocked"));
    assert_eq!(fs::read_to_string(trap.root().join("d/kept")).expect("the file"), "kept");
}

#[test]
fn of_entries_with_one_name_each_is_whole_or_refused() {
    let contents: Vec<Vec<u8>> = (0..8).map(|i| common::data::noise(i, 600_000)).collect();
    let entries: Vec<_> = contents.iter().map(|bytes| file("same", bytes)).collect();
    for one_block in [true, false] {
        for threads in [1, 8] {
            let archive = stored(&entries, one_block);
            let found = |trap: &Trap| fs::read(trap.root().join("same")).expect("the file");

            let trap = Trap::new();
            let (_, notes) = trap.extract(&archive, Overwrite::Fail, threads);
            assert_eq!((notes.completed.len(), notes.failed.len()), (1, 7), "{:?}", notes.failed);
            assert!(notes.failed.iter().all(|failure| failure.kind == "Exists" && failure.text.contains("root/same")));
            assert!(contents.contains(&found(&trap)));

            let trap = Trap::new();
            let (_, notes) = trap.extract(&archive, Overwrite::Replace, threads);
            assert_eq!(notes.completed.len(), 8, "{:?}", notes.failed);
            assert!(contents.contains(&found(&trap)));
            if one_block {
                assert!(found(&trap) == contents[7], "the last one is not the one that stays");
            }

            let trap = Trap::new();
            let (_, notes) = trap.extract(&archive, Overwrite::Rename, threads);
            assert_eq!(notes.completed.len(), 8, "{:?}", notes.failed);
            let names = common::names_in(&trap.root());
            let mut all: Vec<_> = names.iter().map(|name| fs::read(trap.root().join(name)).expect(name)).collect();
            let mut expected = contents.clone();
            all.sort();
            expected.sort();
            assert!(all == expected, "{names:?}");
        }
    }
}
