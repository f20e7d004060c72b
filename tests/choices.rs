//! What the engine chooses by itself, as 7-Zip sees it in the archive; and that it is what it recommends.

mod common;

use common::data::{noise, program, repetitive, text};
use common::oracle::{self, Listed};
use common::{Entry, folder, items, to_file, to_memory};
use parallelcompress::{Compressor, DataKind, Filter, Method, Options, Solid, Target, recommend};

fn lists(options: &Options, entries: &[Entry]) -> Vec<Listed> {
    let folder = folder();
    let path = folder.path().join("it.7z");
    to_file(options, entries, &path);
    oracle::seven_zip_tests(&path, None);
    oracle::seven_zip_lists(&path, None)
}

fn find<'a>(listed: &'a [Listed], name: &str) -> &'a Listed {
    listed.iter().find(|entry| entry.path == name).expect("an entry of that name")
}

#[test]
fn small_items_share_a_block_large_ones_are_alone_and_noise_is_stored() {
    const LARGE: usize = 16 << 20;
    let mut entries: Vec<_> =
        (0..30).map(|n| Entry::file(format!("small/{n:02}.txt"), text(n, 2_000 + 600 * n as usize))).collect();
    entries.push(Entry::file("large.log", repetitive(1, LARGE)));
    entries.push(Entry::file("film.mkv", noise(2, LARGE)));
    let listed = lists(&Options { level: 1, ..Options::default() }, &entries);
    assert!(listed.iter().all(|entry| entry.method.starts_with("LZMA2:")), "{listed:?}");

    let (film, large) = (find(&listed, "film.mkv"), find(&listed, "large.log"));
    let (small, others): (Vec<_>, Vec<_>) = listed.iter().partition(|entry| entry.path.starts_with("small/"));
    assert_eq!((small.len(), others.len()), (30, 2));
    let block = small[0].block.expect("a block");
    assert!(small.iter().all(|entry| entry.block == Some(block)), "the small ones share a block: {small:?}");
    assert!(film.block != large.block && [film, large].iter().all(|entry| entry.block != Some(block)), "{others:?}");

    let packed = |entry: &Listed| entry.packed.expect("a packed size");
    let all_small: u64 = small.iter().map(|entry| entry.size).sum();
    assert!(packed(small[0]) < all_small / 2, "{} of {all_small}", packed(small[0]));
    assert!(packed(large) < large.size / 10, "{large:?}");
    // Stored chunks have a few bytes for each 64 KiB.
    assert!((film.size..film.size + film.size / 10_000).contains(&packed(film)), "{film:?}");
}

#[test]
fn alone_a_small_item_is_stored_or_packed_by_what_it_is() {
    let entries = [Entry::file("a.txt", text(1, 20_000)), Entry::file("b.jpg", noise(2, 20_000))];
    for (method, stored, overhead) in [(Method::Lzma2, "LZMA2:", 4), (Method::Lzma, "Copy", 0)] {
        let listed = lists(&Options { method, solid: Solid::Off, ..Options::default() }, &entries);
        let (packed, noise) = (find(&listed, "a.txt"), find(&listed, "b.jpg"));
        assert!(packed.method.starts_with("LZMA") && packed.packed < Some(10_000), "{packed:?}");
        assert!(noise.method.starts_with(stored) && noise.packed == Some(20_000 + overhead), "{noise:?}");
        assert_ne!(packed.block, noise.block);
    }
}

#[test]
fn no_level_and_no_method_chooses_bcj2_by_itself() {
    let entries = [Entry::file("small.so", program(1, 40_000)), Entry::file("large.so", program(2, 600_000))];
    let folder = folder();
    let path = folder.path().join("it.7z");
    for level in [1, 5, 8, 9] {
        for method in [Method::Lzma2, Method::Lzma] {
            for solid in [Solid::Auto, Solid::Off] {
                let options = Options { method, solid, level, ..Options::default() };
                for entry in lists(&options, &entries) {
                    assert!(entry.method.starts_with("BCJ LZMA"), "{entry:?}: {options:?}");
                }
            }
        }
        // So that every reader of the stock methods reads it. (py7zr fails on BCJ in solid blocks of its own, too.)
        to_file(&Options { level, solid: Solid::Off, ..Options::default() }, &entries, &path);
        assert_eq!(oracle::py7zr_tests(&path, None), entries.len(), "level {level}");
        oracle::rust_tests(&path, None);
    }
}

#[test]
fn with_what_is_recommended_the_archive_is_the_default_one() {
    let sets: [Vec<Entry>; 3] = [
        (0..200).map(|n| Entry::file(format!("{n}.txt"), text(n, 500))).collect(),
        vec![Entry::file("one", common::data::mixed(1, 1_500_000))],
        vec![Entry::file("empty", []), Entry::file("byte", [1])],
    ];
    for entries in sets {
        let (count, total) = (entries.len() as u64, entries.iter().map(|entry| entry.bytes.len() as u64).sum());
        let recommendation = recommend(count, total, DataKind::Mixed).expect("a recommendation");
        let limits = Options { threads: 2, ..recommendation.options.clone() };
        assert!(to_memory(&limits, &entries) == to_memory(&Options::default(), &entries), "{recommendation:?}");
        // And the other way round: the job does what was said of it.
        let compressor = Compressor::recommended(count, total, DataKind::Mixed).expect("a recommendation");
        assert_eq!(compressor.options(), &recommendation.options);
        assert_eq!(compressor.estimate_memory().expect("an estimate"), recommendation.memory);
        let summary = compressor.compress(items(&entries), &Target::Memory).expect("a job without faults");
        assert_eq!(summary.memory, recommendation.memory);
        assert_eq!(summary.memory.threads, recommendation.options.threads);
    }
}

#[test]
fn a_kind_changes_what_it_says_it_changes() {
    let of = |kind| recommend(100, 50_000_000, kind).expect("a recommendation").options;
    let mixed = of(DataKind::Mixed);
    assert_eq!(Options { threads: 0, dictionary: None, ..mixed.clone() }, Options::default());
    assert_eq!(of(DataKind::Binary), mixed);
    let unfiltered = Options { filter: Filter::Off, ..mixed.clone() };
    assert_eq!((of(DataKind::Text), of(DataKind::ManyTiny)), (unfiltered.clone(), unfiltered));
    let compressed = of(DataKind::Compressed);
    assert_eq!((compressed.level, compressed.solid, compressed.filter), (1, Solid::Off, Filter::Off));
    assert!(compressed.dictionary < mixed.dictionary);

    // Compressed data comes out no larger than it is, and what is not compressed among it still shrinks.
    let entries = [Entry::file("a.jpg", noise(1, 300_000)), Entry::file("b.xml", text(2, 50_000))];
    let listed = lists(&compressed, &entries);
    assert!(
        find(&listed, "a.jpg").packed < Some(300_100) && find(&listed, "b.xml").packed < Some(30_000),
        "{listed:?}"
    );
}

#[test]
fn the_dictionary_by_level_is_the_documented_one() {
    let dictionary = |method, level| {
        let compressor = Compressor::new().method(method).level(level).memory_limit(u64::MAX);
        compressor.estimate_memory().expect("an estimate").dictionary >> 10
    };
    let up_to_8 = [256, 256, 1 << 10, 4 << 10, 16 << 10, 32 << 10, 32 << 10, 64 << 10, 64 << 10];
    for method in [Method::Lzma2, Method::Lzma] {
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7, 8].map(|level| dictionary(method, level)), up_to_8, "{method:?}");
    }
    assert_eq!(dictionary(Method::Lzma2, 9), 256 << 10);
    assert_eq!(dictionary(Method::Lzma, 9), 128 << 10);
}
