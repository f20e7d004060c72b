//! BCJ2, the filter that makes four streams of x86 code: who gets it, that it comes back, and what it costs.

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::data::{noise, program, text};
use common::{Entry, child, oracle, tree};
use parallelcompress::{Architecture, Compressor, Encryption, Filter, Item, Options, Solid, Source, Target};

/// What most tests begin with.
fn options(level: u32) -> Options {
    Options { filter: Filter::Bcj2, level, ..Options::default() }
}

/// The same program for ARM, by its header.
fn for_arm(mut program: Vec<u8>) -> Vec<u8> {
    program[18] = 40;
    program
}

fn name_of(method: &str) -> &str {
    method.split(' ').next().unwrap_or_default()
}

fn extracts(path: &Path, password: Option<&str>, entries: &[Entry]) {
    let folder = common::folder();
    let (expected, found) = (folder.path().join("expected"), folder.path().join("found"));
    for folder in [&expected, &found] {
        fs::create_dir(folder).expect("a folder");
    }
    tree::write(entries, &expected);
    oracle::seven_zip_extracts(path, password, &found);
    tree::assert_same(&expected, &found, tree::BYTES);
    if password.is_none() {
        fs::remove_dir_all(&found).expect("a folder");
        fs::create_dir(&found).expect("a folder");
        oracle::bsdtar_extracts(path, &found);
        tree::assert_same(&expected, &found, tree::BYTES);
    }
}

/// Programs of all sizes, and what is none.
fn entries() -> Vec<Entry> {
    vec![
        Entry::file("bin/tiny.so", program(1, 2_000)),
        Entry::file("bin/small.so", program(2, 20_001)),
        Entry::file("bin/medium.so", program(3, 256 << 10)),
        Entry::file("bin/large.so", program(4, 300_003)),
        Entry::file("bin/arm.so", for_arm(program(7, 90_000))),
        Entry::file("readme.txt", text(5, 30_000)),
        Entry::file("noise.jpg", noise(6, 9_000)),
        Entry::file("nothing.so", []),
    ]
}

#[test]
fn programs_for_x86_pass_through_it_and_all_else_is_as_with_auto() {
    let entries = entries();
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    for level in [3, 5, 9] {
        for solid in [Solid::Auto, Solid::Off, Solid::Bytes(1 << 20), Solid::ByType, Solid::All] {
            let options = Options { solid, ..options(level) };
            common::to_file(&options, &entries, &path);
            oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
            extracts(&path, None, &entries);
            let listed = oracle::seven_zip_lists(&path, None);
            common::to_file(&Options { filter: Filter::Auto, ..options }, &entries, &path);
            for (entry, auto) in listed.iter().zip(oracle::seven_zip_lists(&path, None)) {
                assert_eq!((&entry.path, entry.block), (&auto.path, auto.block));
                // Too few calls to pay.
                let is_small = entry.path == "bin/tiny.so" && solid == Solid::Off;
                if auto.method.starts_with("BCJ ") && !is_small {
                    assert_eq!(name_of(&entry.method), "BCJ2", "{entry:?} at level {level}, {solid:?}");
                } else {
                    assert_eq!(entry.method, auto.method, "{entry:?} at level {level}, {solid:?}");
                }
            }
            let with = |name| listed.iter().filter(|entry| name_of(&entry.method) == name).count();
            let (bcj2, bcj) = match solid {
                Solid::Off => (3, 1),
                _ => (4, 0),
            };
            assert_eq!((with("BCJ2"), with("BCJ")), (bcj2, bcj), "{solid:?}: {listed:?}");
            assert_eq!(with("ARM"), 1, "{solid:?}: {listed:?}");
        }
    }
}

#[test]
fn the_header_names_what_7zip_names() {
    let entries = [Entry::file("it.so", program(1, 300_000))];
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    common::to_file(&options(9), &entries, &path);
    let method = oracle::seven_zip_lists(&path, None)[0].method.clone();
    let parts: Vec<_> = method.split(' ').collect();
    assert_eq!(parts[0], "BCJ2", "{method}");
    assert!(parts[1].starts_with("LZMA2:"), "{method}");
    for side in &parts[2..] {
        assert!(side.starts_with("LZMA:") && side.ends_with(":lc0:lp2"), "{method}");
    }
    assert_eq!(parts.len(), 4, "{method}");
}

#[test]
fn it_makes_programs_smaller_than_the_branch_filter() {
    let entries = [Entry::file("it.so", program(1, 600_000))];
    let size = |filter| common::to_memory(&Options { filter, level: 9, ..Options::default() }, &entries).len();
    let (bcj2, bcj) = (size(Filter::Bcj2), size(Filter::Branch(Architecture::X86)));
    assert!(bcj2 < bcj, "{bcj2} with BCJ2, {bcj} with BCJ");
}

#[test]
fn every_stream_is_encrypted() {
    let entries = entries();
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    for solid in [Solid::Auto, Solid::Off] {
        for encrypt_header in [false, true] {
            let encryption = Some(Encryption::Fixed { password: "p".into(), salt: [1; 16], iv: [2; 16] });
            let options = Options { solid, encryption, encrypt_header, ..options(9) };
            common::to_file(&options, &entries, &path);
            oracle::seven_zip_tests(&path, Some("p"));
            extracts(&path, Some("p"), &entries);
            assert!(oracle::seven_zip_refuses(&path, "q"), "another password");
            let listed = oracle::seven_zip_lists(&path, Some("p"));
            assert!(listed.iter().any(|entry| name_of(&entry.method) == "BCJ2"), "{listed:?}");
            for entry in listed {
                let streams = if name_of(&entry.method) == "BCJ2" { 4 } else { usize::from(entry.size > 0) };
                assert_eq!(entry.method.matches("7zAES").count(), streams, "{entry:?}");
            }
        }
    }
}

#[test]
fn volumes_hold_the_same_bytes() {
    let entries = entries();
    let folder = common::folder();
    for encryption in [None, Some(Encryption::Fixed { password: "p".into(), salt: [1; 16], iv: [2; 16] })] {
        let options = Options { encryption, ..options(9) };
        let whole = common::to_memory(&options, &entries);
        let path = folder.path().join("it.7z");
        let volumes = common::to_file(&Options { volume_size: Some(7_001), ..options }, &entries, &path);
        assert!(volumes.len() > 10, "{} volumes", volumes.len());
        assert!(common::join(&volumes) == whole, "volumes and file differ");
        oracle::seven_zip_tests(&volumes[0], Some("p"));
        volumes.iter().for_each(|path| fs::remove_file(path).expect("a volume to remove"));
    }
}

#[test]
fn a_block_longer_than_the_dictionary_passes_through_the_branch_filter() {
    // A piece is as large as the dictionary, and only what is within one is split.
    const PIECE: usize = 512 << 10;
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    let code = program(1, 3 * PIECE);
    let options = Options { dictionary: Some(PIECE as u64), ..options(9) };
    for len in [PIECE - 1, PIECE, PIECE + 1, PIECE + 4, PIECE + 5, 2 * PIECE, 3 * PIECE - 7] {
        let expected = if len <= PIECE { "BCJ2" } else { "BCJ" };
        let entries = [Entry::file("it.so", &code[..len])];
        // Once as a buffer, once as a stream of unknown length.
        let mut bytes = Vec::new();
        let stream = Item::from_reader("it.so", std::io::Cursor::new(code[..len].to_vec()), None);
        for items in [common::items(&entries), vec![stream]] {
            let (result, _) = common::compress(&options, items, &Target::File(path.clone()));
            result.expect("a job without faults");
            oracle::seven_zip_tests(&path, None);
            let listed = &oracle::seven_zip_lists(&path, None)[0];
            assert_eq!((name_of(&listed.method), listed.size), (expected, len as u64), "{listed:?}");
            bytes.push(fs::read(&path).expect("the archive"));
        }
        oracle::assert_holds(&bytes[0], None, &entries);
    }
    // Several in a block, of odd lengths. Auto makes blocks that are short enough.
    for count in [2, 3, 4] {
        let parts = [PIECE / 2 - 3, PIECE / 2 + 3, 65, PIECE / 3];
        let entries: Vec<_> = (0..count).map(|n| Entry::file(format!("{n}.so"), &code[..parts[n]])).collect();
        for solid in [Solid::All, Solid::Auto] {
            common::to_file(&Options { solid, ..options.clone() }, &entries, &path);
            oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
            let first = &oracle::seven_zip_lists(&path, None)[0];
            let expected = if count == 2 || solid == Solid::Auto { "BCJ2" } else { "BCJ" };
            assert_eq!((first.path.as_str(), name_of(&first.method)), ("0.so", expected), "{first:?}");
        }
    }
}

#[test]
fn a_program_without_code_passes_through_the_branch_filter() {
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    let with_header = |mut bytes: Vec<u8>| {
        bytes.splice(..64, program(1, 64));
        bytes
    };
    let full = (0..50_000u32).flat_map(|n| [0xE8 + (n % 2) as u8, n as u8, 0, 0, 0]).collect();
    let entries = [
        Entry::file("text.so", with_header(text(1, 40_000))),
        Entry::file("full.so", with_header(full)),
        Entry::file("header.so", program(1, 64)),
    ];
    for solid in [Solid::Off, Solid::All] {
        common::to_file(&Options { solid, ..options(5) }, &entries[..2], &path);
        oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries[..2]);
    }
    for entry in &entries {
        common::to_file(&options(5), std::slice::from_ref(entry), &path);
        oracle::assert_holds(&fs::read(&path).expect("the archive"), None, std::slice::from_ref(entry));
        assert_eq!(name_of(&oracle::seven_zip_lists(&path, None)[0].method), "BCJ", "{entry:?}");
    }
    // What does not say that it is a program is none, whatever is in it.
    let entry = [Entry::file("it.so", &program(1, 100_000)[1..])];
    common::to_file(&options(5), &entry, &path);
    assert!(oracle::seven_zip_lists(&path, None)[0].method.starts_with("LZMA2"));
}

#[test]
fn a_method_string_names_it() {
    let entries = [Entry::file("it", program(1, 300_000))];
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    for level in [1, 5] {
        let by_text = Compressor::new().level(level).method_string("BCJ2 LZMA2:d=1m").expect("a method");
        common::to_file(by_text.options(), &entries, &path);
        assert_eq!(name_of(&oracle::seven_zip_lists(&path, None)[0].method), "BCJ2", "level {level}");
        extracts(&path, None, &entries);
    }
}

/// A program on disk that ends sooner than was said of it, so that it fails after its first half was taken in.
fn item_that_ends_early(folder: &Path, name: &str, size: usize) -> Item {
    let path = folder.join(name);
    fs::write(&path, program(9, size / 2)).expect("a file");
    Item { source: Source::File(path), size: Some(size as u64), ..Item::from_memory(name, b"") }
}

#[test]
fn an_item_that_fails_leaves_nothing_in_the_block() {
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    for (bad_size, at) in [(300_000, 0), (300_000, 1), (300_000, 2), (9 << 20, 2)] {
        for dictionary in [1 << 20, 16 << 20] {
            let good = [Entry::file("1.so", program(1, 100_003)), Entry::file("3.so", program(3, 50_001))];
            let mut items = common::items(&good);
            items.insert(at, item_that_ends_early(folder.path(), "2.so", bad_size));
            let options = Options { dictionary: Some(dictionary), solid: Solid::All, ..options(1) };
            let (result, ears) = common::compress(&options, items, &Target::File(path.clone()));
            result.expect("a job that goes on");
            assert_eq!(ears.failed.len(), 1);
            oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &good);
            for entry in oracle::seven_zip_lists(&path, None) {
                assert_eq!(name_of(&entry.method), "BCJ2", "{entry:?} beside {bad_size} bytes, {dictionary}");
            }
        }
    }
    // Alone, and with it all that the block would have held.
    for bad_size in [100_000, 1 << 20, 9 << 20] {
        let items = vec![item_that_ends_early(folder.path(), "it.so", bad_size)];
        let options = Options { dictionary: Some(1 << 20), ..options(1) };
        let (result, ears) = common::compress(&options, items, &Target::Memory);
        let archive = result.expect("a job that goes on").archive.expect("an archive");
        assert_eq!(ears.failed.len(), 1);
        oracle::assert_holds(&archive, None, &[]);
    }
}

#[test]
fn all_streams_are_counted() {
    for (solid, len) in [(Solid::Off, 20_000), (Solid::Off, 900_000), (Solid::All, 900_000)] {
        let entries = [Entry::file("1.so", program(1, len)), Entry::file("2.so", program(2, len / 2))];
        let options = Options { solid, ..options(9) };
        let (result, ears) = common::compress(&options, common::items(&entries), &Target::Memory);
        let summary = result.expect("a job without faults");
        let statistics = summary.statistics;
        assert_eq!(statistics.bytes_in, (len + len / 2) as u64);
        for (_, name, in_size, out_size) in &ears.completed {
            let entry = entries.iter().find(|entry| entry.name == *name).expect("an entry");
            assert_eq!(*in_size, entry.bytes.len() as u64, "{name}");
            assert!(*out_size > 0, "{name}");
        }
        let packed: u64 = statistics.size_classes.iter().map(|class| class.bytes_out).sum();
        // Signature header, header.
        let rest = summary.archive.expect("an archive").len() as u64 - packed;
        assert!((32..400).contains(&rest), "{rest} bytes beside the packed ones");
    }
}

#[test]
fn side_streams_stay_within_the_limit_and_the_estimate() {
    const MB: u64 = 1_000_000;
    common::alone("side_streams_stay_within_the_limit_and_the_estimate", || {
        let folder = common::folder();
        let (input, path) = (folder.path().join("large.so"), folder.path().join("it.7z"));
        // Nearly as many calls and jumps as are taken out at all.
        fs::write(&input, program(1, 7 << 20)).expect("a large file");
        let item = Item { source: Source::File(input), size: Some(7 << 20), ..Item::from_memory("large.so", b"") };
        let limit = 330 * MB;
        let options = Options { threads: 2, memory_limit: Some(limit), ..options(9) };
        let (result, _) = common::compress(&options, vec![item], &Target::File(path.clone()));
        let summary = result.expect("a job without faults");
        let peak = child::peak_memory();
        println!("peak {} MB, {:?}", peak / MB, summary.memory);
        assert!(summary.memory.bytes <= limit, "{:?}", summary.memory);
        assert!(peak < summary.memory.bytes + 24 * MB, "a peak of {} MB, {:?}", peak / MB, summary.memory);
        assert_eq!(name_of(&oracle::seven_zip_lists(&path, None)[0].method), "BCJ2");
        oracle::seven_zip_tests(&path, None);
    });
}

#[test]
fn many_small_programs_stay_within_the_estimate() {
    const MB: u64 = 1_000_000;
    common::alone("many_small_programs_stay_within_the_estimate", || {
        let folder = common::folder();
        let path = folder.path().join("it.7z");
        let code: Arc<[u8]> = program(1, 256 << 10).into();
        let items = (0..120).map(|n| Item::from_memory(format!("{n}.so"), Arc::clone(&code))).collect();
        let options = Options { threads: 4, solid: Solid::Off, ..options(2) };
        let (result, _) = common::compress(&options, items, &Target::File(path.clone()));
        let summary = result.expect("a job without faults");
        let peak = child::peak_memory();
        println!("peak {} MB, {:?}", peak / MB, summary.memory);
        assert!(peak < summary.memory.bytes + 24 * MB, "a peak of {} MB, {:?}", peak / MB, summary.memory);
        assert!(oracle::seven_zip_lists(&path, None).iter().all(|entry| name_of(&entry.method) == "BCJ2"));
    });
}
