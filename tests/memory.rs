//! Memory is bounded: by the estimate, by the caller's limit, by the size of items rather than their number.
//!
//! Every test runs in a process of its own and asks the system for the most memory that was ever resident.

mod common;

use std::env;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use common::{End, Entry, Stream, child, oracle};
use parallelcompress::{Compressor, Error, Item, Options, Solid, Source, Target};

const MB: u64 = 1_000_000;

/// Runtime, code and the test harness itself, and what an allocator keeps: not the job's.
const SLACK: u64 = 24 * MB;

/// An item of a file on disk.
fn file(name: &str, path: &Path) -> Item {
    let size = path.metadata().expect("a file's size").len();
    Item { source: Source::File(path.to_owned()), size: Some(size), ..Item::from_memory(name, b"") }
}

#[test]
fn two_hundred_thousand_tiny_items_need_little() {
    for (solid, test) in [(Solid::Auto, ""), (Solid::Off, "off"), (Solid::All, "all")] {
        // One child each: a peak never comes down again.
        let policy = ["env".to_owned(), format!("PARALLELCOMPRESS_TEST_SOLID={test}")];
        let wrapper = policy.each_ref().map(String::as_str);
        common::alone_under("two_hundred_thousand_tiny_items_need_little", &wrapper, || {
            let solid = match env::var("PARALLELCOMPRESS_TEST_SOLID").as_deref() {
                Ok("off") => Solid::Off,
                Ok("all") => Solid::All,
                _ => solid,
            };
            let folder = common::folder();
            let path = folder.path().join("it.7z");
            let items = (0..200_000).map(|number| Item::from_memory(format!("tiny/{number}"), b"x")).collect();
            let before = child::peak_memory();
            let summary = Compressor::new()
                .solid(solid)
                .threads(4)
                .compress(items, &Target::File(path.clone()))
                .expect("a job without faults");
            let peak = child::peak_memory();
            println!("{solid:?}: items {} MB, peak {} MB, {:?}", before / MB, peak / MB, summary.memory);
            assert_eq!(summary.statistics.items_completed, 200_000);
            assert!(peak < 200 * MB, "{} MB for 200,000 bytes", peak / MB);
            oracle::seven_zip_tests(&path, None);
        });
        if child::is_child("two_hundred_thousand_tiny_items_need_little") {
            break;
        }
    }
}

#[test]
fn a_large_file_stays_within_the_limit_and_the_estimate() {
    common::alone("a_large_file_stays_within_the_limit_and_the_estimate", || {
        // The whole size where time does not matter.
        let size = if env::var_os("PARALLELCOMPRESS_CORPUS").is_some() { 1 << 30 } else { 96 << 20 };
        let limit = 300 * MB;
        let folder = common::folder();
        let (input, path) = (folder.path().join("large"), folder.path().join("it.7z"));
        let mut writer = BufWriter::new(File::create(&input).expect("a large file"));
        io::copy(&mut Stream::new(1, size, End::Quiet), &mut writer).expect("a large file");
        drop(writer);
        let summary = Compressor::new()
            .level(5)
            .threads(4)
            .memory_limit(limit)
            .compress(vec![file("large", &input)], &Target::File(path.clone()))
            .expect("a job without faults");
        let peak = child::peak_memory();
        println!("peak {} MB, {:?}", peak / MB, summary.memory);
        assert!(summary.memory.bytes <= limit, "{:?} is beyond the limit", summary.memory);
        assert!(peak < limit, "a peak of {} MB", peak / MB);
        assert!(peak < summary.memory.bytes + SLACK, "a peak of {} MB, {:?}", peak / MB, summary.memory);
        oracle::seven_zip_tests(&path, None);
        assert_eq!(oracle::seven_zip_lists(&path, None)[0].size, size);
    });
}

/// Pieces below the 32 MiB that an allocator keeps: tables and windows would stay with it, and be there as often as threads are.
#[test]
fn many_short_pieces_stay_within_the_limit() {
    common::alone("many_short_pieces_stay_within_the_limit", || {
        let limit = 140 << 20;
        let folder = common::folder();
        let streams = (0..4).map(|seed| {
            let size = 18 << 20;
            Item::from_reader(format!("{seed}"), Stream::new(seed, size, End::Quiet), Some(size))
        });
        let summary = Compressor::new()
            .level(9)
            .dictionary(4 << 20)
            .threads(2)
            .memory_limit(limit)
            .compress(streams.collect(), &Target::File(folder.path().join("it.7z")))
            .expect("a job without faults");
        let peak = child::peak_memory();
        println!("peak {} MB, {:?}", peak / MB, summary.memory);
        assert_eq!((summary.memory.threads, summary.memory.dictionary), (2, 4 << 20));
        assert!(peak < limit, "a peak of {} MB, {:?}", peak / MB, summary.memory);
    });
}

#[test]
fn the_estimate_holds_without_a_limit_and_for_every_method() {
    const TEST: &str = "the_estimate_holds_without_a_limit_and_for_every_method";
    for (method, solid) in [
        ("copy", "off"),
        ("lzma", "off"),
        ("lzma", "all"),
        ("lzma2", "off"),
        ("lzma2", "all"),
        ("bzip2", "off"),
        ("deflate", "off"),
        ("ppmd:x=5", "off"),
        ("zstd:x=8", "off"),
        ("brotli:x=5", "off"),
        ("brotli:x=7", "all"),
        ("lz4", "all"),
    ] {
        let settings =
            [format!("PARALLELCOMPRESS_TEST_METHOD={method}"), format!("PARALLELCOMPRESS_TEST_SOLID={solid}")];
        let wrapper = ["env", &settings[0], &settings[1]];
        common::alone_under(TEST, &wrapper, || {
            let setting = |name| env::var(name).expect("a setting for the child");
            let method = setting("PARALLELCOMPRESS_TEST_METHOD");
            let solid = if setting("PARALLELCOMPRESS_TEST_SOLID") == "all" { Solid::All } else { Solid::Off };
            let folder = common::folder();
            let streams = (0..8).map(|seed| {
                Item::from_reader(format!("{seed}"), Stream::new(seed, 2 << 20, End::Quiet), Some(2 << 20))
            });
            let summary = Compressor::new()
                .level(2)
                .method_string(&method)
                .expect("a method")
                .solid(solid)
                .threads(4)
                .compress(streams.collect(), &Target::File(folder.path().join("it.7z")))
                .expect("a job without faults");
            let peak = child::peak_memory();
            println!("{method:?} {solid:?}: peak {} MB, {:?}", peak / MB, summary.memory);
            assert!(peak < summary.memory.bytes + SLACK, "a peak of {} MB, {:?}", peak / MB, summary.memory);
        });
        if child::is_child(TEST) {
            break;
        }
    }
}

#[test]
fn a_limit_first_takes_threads_and_then_dictionary() {
    // The estimate depends on options alone, so a small item is enough to see it.
    let entries = [Entry::file("a.txt", common::data::text(1, 20_000))];
    let run = |limit: u64| {
        let options = Options { memory_limit: Some(limit), threads: 16, ..Options::default() };
        let (result, _) = common::compress(&options, common::items(&entries), &Target::Memory);
        result.map(|summary| (summary.memory, summary.archive.expect("an archive")))
    };
    let (most, wide) = run(64_000 * MB).expect("a job with room");
    assert_eq!(most.threads, 16);
    let mut limit = most.bytes;
    let (mut fewest, mut smallest) = (most.threads, most.dictionary);
    let end = loop {
        match run(limit) {
            Ok((memory, archive)) => {
                assert!(memory.bytes <= limit, "{memory:?} is beyond {limit}");
                assert!(memory.dictionary <= smallest, "less memory, a larger dictionary: {memory:?}");
                if memory.dictionary == most.dictionary {
                    assert!(memory.threads <= fewest, "less memory, more threads: {memory:?}");
                    assert!(archive == wide, "fewer threads change the bytes: {memory:?}");
                    fewest = memory.threads;
                } else {
                    // How few depends on the steps of this search.
                    assert!(fewest < most.threads, "the dictionary shrinks before threads do: {memory:?}");
                    oracle::assert_holds(&archive, None, &entries);
                }
                smallest = memory.dictionary;
                limit -= limit / 16;
            }
            Err(error) => break error,
        }
    };
    assert!(smallest < most.dictionary, "the dictionary never shrinks");
    assert!(matches!(end, Error::OutOfMemory(_)), "{end:?}");
}

#[test]
fn input_threads_neither_shrink_the_dictionary_nor_break_the_limit() {
    let entries = [Entry::file("a.txt", common::data::text(1, 20_000))];
    let run = |input_parallelism, memory_limit| {
        let options = Options { input_parallelism, memory_limit, threads: 4, ..Options::default() };
        let (result, _) = common::compress(&options, common::items(&entries), &Target::Memory);
        result.map(|summary| summary.memory)
    };
    let wide = run(256, None).expect("a job with room");
    let narrow = run(1, None).expect("a job with room");
    assert!(wide.bytes > narrow.bytes, "reading ahead is not counted: {wide:?}, {narrow:?}");
    let mut limit = wide.bytes;
    while let Ok(wide) = run(256, Some(limit)) {
        let narrow = run(1, Some(limit)).expect("as much with one input thread");
        assert!(wide.bytes <= limit, "{wide:?} is beyond {limit}");
        assert_eq!(wide.dictionary, narrow.dictionary, "{limit}");
        limit -= limit / 16;
    }
    assert!(run(1, Some(limit)).is_err(), "one input thread needs less than the least: {limit}");
}

#[test]
fn a_sparse_file_beyond_four_gibibytes_passes_the_32_bit_borders() {
    common::alone("a_sparse_file_beyond_four_gibibytes_passes_the_32_bit_borders", || {
        // Five where time does not matter; else just beyond the four that 32 bits can count.
        let size: u64 = if env::var_os("PARALLELCOMPRESS_CORPUS").is_some() { 5 << 30 } else { (4 << 30) + (1 << 20) };
        let folder = common::folder();
        let (input, path) = (folder.path().join("sparse"), folder.path().join("it.7z"));
        File::create(&input).and_then(|file| file.set_len(size)).expect("a sparse file");
        let summary = Compressor::new()
            .level(1)
            .compress(
                vec![file("sparse", &input), Item::from_memory("after it", b"still here")],
                &Target::File(path.clone()),
            )
            .expect("a job without faults");
        println!("peak {} MB, {:?}", child::peak_memory() / MB, summary);
        assert_eq!(summary.statistics.bytes_in, size + 10);
        oracle::seven_zip_tests(&path, None);
        let mut sizes: Vec<_> = oracle::seven_zip_lists(&path, None).into_iter().map(|it| (it.size, it.path)).collect();
        sizes.sort();
        assert_eq!(sizes, [(10, "after it".to_owned()), (size, "sparse".to_owned())]);
    });
}
