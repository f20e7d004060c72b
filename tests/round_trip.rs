//! What goes in comes out: every combination of options, awkward sizes, awkward names, awkward counts.

mod common;

use std::fs;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use common::data::{menagerie, noise, of_kind, text};
use common::{Entry, Random, oracle, tree};
use parallelcompress::{Compressor, Encryption, FileTime, Item, ItemList, Metadata, Method, Options, Solid, Target};

const PASSWORD: &str = "пароль and päss😀";
/// A raw key that is a text's UTF-16LE bytes: readers that only know passwords then open the archive with the text.
const KEY_TEXT: &str = "sixteen letters!";

const SOLID: [Solid; 7] =
    [Solid::Auto, Solid::Off, Solid::All, Solid::Bytes(100_000), Solid::Files(0), Solid::Files(7), Solid::ByType];

/// Every way to protect an archive: encryption, whether the header is encrypted too, and what opens it.
fn protections() -> [(Option<Encryption>, bool, Option<&'static str>); 5] {
    let units: Vec<u8> = KEY_TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let raw = Encryption::Raw { key: units.try_into().expect("16 UTF-16 units"), iv: [9; 16] };
    let password = Encryption::Password(PASSWORD.into());
    let fixed = Encryption::Fixed { password: PASSWORD.into(), salt: [3; 16], iv: [4; 16] };
    [
        (None, false, None),
        (Some(password.clone()), false, Some(PASSWORD)),
        (Some(password), true, Some(PASSWORD)),
        (Some(raw), true, Some(KEY_TEXT)),
        (Some(fixed), false, Some(PASSWORD)),
    ]
}

/// Compresses the menagerie with every combination of the other options and reads it back with two readers.
fn every_combination(method: Method) {
    let entries = menagerie();
    let folder = common::folder();
    let expected = folder.path().join("expected");
    tree::write(&entries, &expected);
    for (number, solid) in SOLID.into_iter().enumerate() {
        for (protection, (encryption, encrypt_header, password)) in protections().into_iter().enumerate() {
            // A password's key takes a quarter of a second: the methods share out what only LZMA2 runs whole.
            let slow = !matches!(encryption, None | Some(Encryption::Raw { .. }));
            if slow && method != Method::Lzma2 && !(number + protection).is_multiple_of(3) {
                continue;
            }
            // Whether two runs of one job must give the same bytes: not with random salt and IV.
            let random = matches!(encryption, Some(Encryption::Password(_)));
            let options = Options {
                method,
                solid,
                encryption,
                encrypt_header,
                level: 1 + 2 * (number as u32 % 5),
                threads: 2,
                ..Options::default()
            };
            let case = format!("{options:?}");
            println!("{case}");
            let path = folder.path().join("one.7z");
            let files = common::to_file(&options, &entries, &path);
            assert_eq!(files, [path.as_path()], "{case}");
            let archive = fs::read(&path).expect("the archive");
            check(&archive, &path, password, &entries, &expected);

            let memory = common::to_memory(&options, &entries);
            if random {
                let again = folder.path().join("again.7z");
                fs::write(&again, &memory).expect("the archive");
                oracle::seven_zip_tests(&again, password);
            } else {
                assert!(memory == archive, "memory and file differ: {case}");
            }

            let volumes = Options { volume_size: Some(30_000), ..options };
            let files = common::to_file(&volumes, &entries, &folder.path().join("split.7z"));
            assert!(files.len() > 1, "{} bytes need more than one volume: {case}", archive.len());
            assert_eq!(files[0], folder.path().join("split.7z.001"), "{case}");
            let (last, full) = files.split_last().expect("volumes");
            for volume in full {
                assert_eq!(fs::metadata(volume).expect("a volume").len(), 30_000, "{case}");
            }
            assert!((1..=30_000).contains(&fs::metadata(last).expect("the last volume").len()), "{case}");
            if !random {
                assert!(common::join(&files) == archive, "volumes and file differ: {case}");
            }
            oracle::seven_zip_tests(&files[0], password);
            for file in files {
                fs::remove_file(file).expect("a volume to remove");
            }
        }
    }
}

/// Bytes and metadata by two readers; sevenz-rust2 derives a key per block, so encrypted archives are left to 7zz.
fn check(
    archive: &[u8],
    path: &std::path::Path,
    password: Option<&str>,
    entries: &[Entry],
    expected: &std::path::Path,
) {
    if password.is_none() {
        oracle::assert_holds(archive, None, entries);
        oracle::seven_zip_tests(path, None);
    } else {
        let found = common::folder();
        oracle::seven_zip_extracts(path, password, found.path());
        tree::assert_same(expected, found.path(), tree::BYTES);
        for entry in entries.iter().filter(|entry| !entry.name.contains('/')) {
            let name = entry.name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
            assert!(!common::contains(archive, &name), "{:?} can be read without the password", entry.name);
        }
        assert!(oracle::seven_zip_refuses(path, "wrong"), "a wrong password opens the archive");
    }
}

#[test]
fn copy_reads_back_with_every_combination_of_options() {
    every_combination(Method::Copy);
}

#[test]
fn lzma_reads_back_with_every_combination_of_options() {
    every_combination(Method::Lzma);
}

#[test]
fn lzma2_reads_back_with_every_combination_of_options() {
    every_combination(Method::Lzma2);
}

#[test]
fn every_level_reads_back_and_level_0_stores() {
    let folder = common::folder();
    let entries = [Entry::file("a.txt", text(1, 700_000)), Entry::file("b.jpg", noise(2, 100_000))];
    for level in 0..=9 {
        let path = folder.path().join(format!("{level}.7z"));
        common::to_file(&Options { level, ..Options::default() }, &entries, &path);
        let archive = fs::read(&path).expect("the archive");
        oracle::assert_holds(&archive, None, &entries);
        oracle::seven_zip_tests(&path, None);
        if level == 0 {
            assert!(archive.len() > 800_000, "level 0 stores");
        } else {
            assert!(archive.len() < 500_000, "level {level} made {} of text and noise", archive.len());
        }
    }
    let nine = common::to_memory(&Options { level: 9, ..Options::default() }, &entries);
    let beyond = common::to_memory(&Options { level: 77, ..Options::default() }, &entries);
    assert!(nine == beyond, "a level above 9 is 9");
}

#[test]
fn sizes_around_borders_read_back() {
    const BORDERS: [usize; 5] = [2048, 4096, 1 << 16, 1 << 20, 2 << 20];
    let mut sizes = vec![0, 1, 2, 3, 15, 16, 17, 31, 32, 33];
    sizes.extend(BORDERS.iter().flat_map(|border| [border - 1, *border, border + 1]));
    let mut entries = Vec::new();
    for (number, size) in sizes.into_iter().enumerate() {
        for kind in [number % 3, 3] {
            entries.push(Entry::file(format!("{size} {kind}"), of_kind(kind, number as u64, size)));
        }
    }
    for method in [Method::Copy, Method::Lzma, Method::Lzma2] {
        for solid in [Solid::Off, Solid::All] {
            // A small dictionary makes blocks of many pieces.
            for dictionary in [64 << 10, 4 << 20] {
                let options = Options { level: 1, method, solid, dictionary: Some(dictionary), ..Options::default() };
                oracle::assert_holds(&common::to_memory(&options, &entries), None, &entries);
            }
        }
    }
}

#[test]
fn an_item_of_exactly_one_dictionary_or_piece_reads_back() {
    const DICTIONARY: usize = 256 << 10;
    for size in [DICTIONARY - 1, DICTIONARY, DICTIONARY + 1, 2 * DICTIONARY, 2 * DICTIONARY + 1, 3 * DICTIONARY - 1] {
        for method in [Method::Lzma, Method::Lzma2] {
            let entries = [Entry::file("before", text(3, 10)), Entry::file("it", text(4, size))];
            let options = Options { method, dictionary: Some(DICTIONARY as u64), ..Options::default() };
            oracle::assert_holds(&common::to_memory(&options, &entries), None, &entries);
        }
    }
}

#[test]
fn empty_items_between_files_of_a_solid_block_keep_their_names() {
    let mut entries = Vec::new();
    for number in 0..40 {
        // Runs of 0 to 3 empty files between the others; the header's bit vectors end at 8, 9, 16 and 17 entries.
        for empty in 0..number % 4 {
            entries.push(Entry::file(format!("{number:02} empty {empty}.txt"), []));
        }
        entries.push(Entry::file(format!("{number:02} full.txt"), text(number, 100 + number as usize)));
    }
    for solid in SOLID {
        for count in [1, 2, 7, 8, 9, 15, 16, 17, entries.len()] {
            let some = &entries[..count];
            let archive = common::to_memory(&Options { solid, ..Options::default() }, some);
            oracle::assert_holds(&archive, None, some);
        }
    }
    assert_four_readers_agree(&Options { solid: Solid::All, ..Options::default() }, &entries);
}

/// All oracles accept the archive and unpack what went in.
fn assert_four_readers_agree(options: &Options, entries: &[Entry]) {
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    common::to_file(options, entries, &path);
    oracle::assert_holds(&fs::read(&path).expect("the archive"), None, entries);
    let expected = folder.path().join("expected");
    fs::create_dir(&expected).expect("a folder");
    tree::write(entries, &expected);
    oracle::seven_zip_tests(&path, None);
    assert_eq!(oracle::seven_zip_lists(&path, None).len(), entries.len());
    assert_eq!(oracle::bsdtar_lists(&path), entries.len());
    assert_eq!(oracle::py7zr_tests(&path, None), entries.len());
    type Extract = fn(&std::path::Path, &std::path::Path);
    let extractors: [(&str, Extract); 3] = [
        ("7zz", |archive, into| oracle::seven_zip_extracts(archive, None, into)),
        ("bsdtar", oracle::bsdtar_extracts),
        ("py7zr", |archive, into| oracle::py7zr_extracts(archive, None, into)),
    ];
    for (reader, extract) in extractors {
        println!("{reader}");
        let found = folder.path().join(reader);
        fs::create_dir(&found).expect("a folder");
        extract(&path, &found);
        tree::assert_same(&expected, &found, tree::BYTES);
    }
}

#[test]
fn only_empty_items_make_an_archive_without_blocks() {
    let entries: Vec<Entry> = (0..9).map(|number| Entry::file(format!("{number}"), [])).collect();
    assert_four_readers_agree(&Options::default(), &entries);
}

#[test]
fn only_folders_make_an_archive() {
    assert_four_readers_agree(&Options::default(), &["a", "a/b", "c"].map(Entry::folder));
}

#[test]
fn the_menagerie_is_read_by_all_four_readers() {
    assert_four_readers_agree(&Options::default(), &menagerie());
}

#[test]
fn no_items_make_an_empty_archive() {
    let folder = common::folder();
    let path = folder.path().join("none.7z");
    for encryption in [None, Some(Encryption::Password("p".into()))] {
        let password = encryption.as_ref().map(|_| "p");
        let encrypt_header = encryption.is_some();
        common::to_file(&Options { encryption, encrypt_header, ..Options::default() }, &[], &path);
        oracle::seven_zip_tests(&path, password);
        assert_eq!(oracle::seven_zip_lists(&path, password), []);
        oracle::assert_holds(&fs::read(&path).expect("the archive"), password, &[]);
    }
}

#[test]
fn two_items_of_one_name_are_both_stored() {
    let entries = [
        Entry::file("same", text(1, 1000)),
        Entry::file("same", text(2, 2000)),
        Entry::file("same", []),
        Entry::file("other", text(3, 10)),
    ];
    for solid in SOLID {
        oracle::assert_holds(&common::to_memory(&Options { solid, ..Options::default() }, &entries), None, &entries);
    }
}

#[test]
fn names_of_every_script_and_both_normal_forms_come_back() {
    let names = [
        "\u{e9}t\u{e9}",                    // composed
        "e\u{301}te\u{301}",                // the same text, decomposed: another name
        "\u{1F5DC}\u{FE0F}",                // a surrogate pair and a variation selector
        "\u{10FFFF}\u{10000}",              // the last and the first character beyond the basic plane
        "\u{FFFF}\u{FFFD}\u{E000}\u{D7FF}", // beside the surrogates, and a noncharacter
        "\u{202E}txt.exe",                  // text direction is none of our business
        " leading and trailing ",
        "dot.",
        "-dash",
        "@at",
        "star*question?colon:quote\"pipe|less<",
        "tab\tnewline\n",
        "CON",
        "...",
    ];
    let entries: Vec<Entry> = names.iter().zip(0..).map(|(name, seed)| Entry::file(*name, text(seed, 50))).collect();
    let folder = common::folder();
    let path = folder.path().join("names.7z");
    common::to_file(&Options::default(), &entries, &path);
    oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
    let (expected, found) = (folder.path().join("expected"), folder.path().join("found"));
    for folder in [&expected, &found] {
        fs::create_dir(folder).expect("a folder");
    }
    tree::write(&entries, &expected);
    oracle::seven_zip_extracts(&path, None, &found);
    tree::assert_same(&expected, &found, tree::ALL);
}

#[test]
fn names_of_thousands_of_characters_come_back() {
    // A path that a file system can hold, and single names that none can.
    let deep = vec!["d".repeat(199); 19].join("/") + "/end";
    let entries = [
        Entry::file(deep, text(1, 100)),
        Entry::file("n".repeat(4000), text(2, 100)),
        Entry::file("😀".repeat(2000), text(3, 100)),
        Entry::file("e".repeat(32_000), []),
    ];
    let folder = common::folder();
    let path = folder.path().join("long.7z");
    common::to_file(&Options::default(), &entries, &path);
    oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
    oracle::seven_zip_tests(&path, None);
    let mut listed: Vec<String> = oracle::seven_zip_lists(&path, None).into_iter().map(|entry| entry.path).collect();
    let mut expected: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    listed.sort();
    expected.sort();
    assert!(listed == expected, "7zz lists other names");

    let found = folder.path().join("found");
    fs::create_dir(&found).expect("a folder");
    common::to_file(&Options::default(), &entries[..1], &path);
    oracle::seven_zip_extracts(&path, None, &found);
    let unpacked = tree::read(&found).pop().expect("the deep file");
    assert_eq!((&unpacked.name, &unpacked.bytes), (&entries[0].name, &entries[0].bytes));
}

#[test]
fn a_hundred_thousand_tiny_items_come_back() {
    let mut random = Random::new(5);
    let entries: Vec<Entry> = (0..100_000)
        .map(|number| {
            let size = random.below(12);
            Entry::file(format!("{}/{number}.{}", number % 100, number % 7), noise(number, size))
        })
        .collect();
    for solid in [Solid::Auto, Solid::Off] {
        let folder = common::folder();
        let path = folder.path().join("tiny.7z");
        common::to_file(&Options { solid, ..Options::default() }, &entries, &path);
        oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
        oracle::seven_zip_tests(&path, None);
    }
}

#[test]
fn metadata_is_kept_and_what_is_absent_stays_absent() {
    let full = Metadata {
        attributes: Some(Metadata::READONLY | Metadata::ARCHIVE),
        modified: Some(FileTime(u64::MAX / 3)),
        created: Some(FileTime(1)),
        accessed: Some(FileTime::from_unix(1_700_000_000, 123_456_700)),
        is_directory: false,
    };
    let bare = Metadata::default();
    let kinds = [
        full,
        bare,
        Metadata { attributes: None, ..full },
        Metadata { modified: None, ..full },
        Metadata { created: None, accessed: None, ..full },
        Metadata::file(),
    ];
    // All of one kind, and a mixture in which each property has gaps.
    for pattern in [vec![0], vec![1], vec![0, 1, 2, 3, 4, 5], vec![1, 0], vec![5, 5, 5, 0]] {
        let entries: Vec<Entry> = (0..19)
            .map(|number| {
                let mut entry = Entry::file(format!("{number}"), text(number as u64, number * 10));
                entry.metadata = kinds[pattern[number % pattern.len()]];
                entry
            })
            .collect();
        let archive = common::to_memory(&Options::default(), &entries);
        let mut expected = entries.clone();
        if entries.iter().any(|entry| entry.metadata.attributes.is_some()) {
            // Attributes are stored for all entries or none (libarchive reads nothing else right): no bits then.
            expected.iter_mut().for_each(|entry| _ = entry.metadata.attributes.get_or_insert(0));
        }
        oracle::assert_holds(&archive, None, &expected);
        let folder = common::folder();
        let path = folder.path().join("it.7z");
        fs::write(&path, archive).expect("the archive");
        oracle::seven_zip_tests(&path, None);
    }
}

/// Delivers its bytes a few at a time, and is interrupted now and then, as pipes and sockets are.
struct Trickle {
    bytes: Cursor<Arc<[u8]>>,
    random: Random,
}

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.random.below(5) == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let some = into.len().min(1 + self.random.below(3000));
        self.bytes.read(&mut into[..some])
    }
}

#[test]
fn streams_of_known_and_unknown_size_come_back_however_they_trickle() {
    let mut entries = vec![Entry::file("empty stream", []), Entry::file("large.txt", text(9, 3_000_000))];
    entries.extend(common::data::assortment(3, 60, 40_000));
    for solid in SOLID {
        let items = entries
            .iter()
            .enumerate()
            .map(|(number, entry)| {
                let reader = Trickle { bytes: Cursor::new(entry.bytes.clone()), random: Random::new(number as u64) };
                let size = (number % 2 == 1).then_some(entry.bytes.len() as u64);
                Item::from_reader(entry.name.clone(), reader, size).with_metadata(entry.metadata)
            })
            .collect();
        let compressor = Compressor::new().level(1).solid(solid);
        let summary = compressor.compress(items, &Target::Memory).expect("a job without faults succeeds");
        assert_eq!(summary.statistics.items_failed, 0);
        oracle::assert_holds(&summary.archive.expect("an archive"), None, &entries);
    }
}

#[test]
fn incompressible_data_costs_next_to_nothing() {
    for method in [Method::Lzma, Method::Lzma2] {
        let entries = [Entry::file("noise.jpg", noise(1, 5_000_000)), Entry::file("noise", noise(2, 3_000))];
        let archive = common::to_memory(&Options { method, level: 3, ..Options::default() }, &entries);
        oracle::assert_holds(&archive, None, &entries);
        let limit = if method == Method::Lzma { 5_200_000 } else { 5_004_000 };
        assert!(archive.len() < limit, "{method:?}: {} bytes for 5,003,000 of noise", archive.len());
    }
}

#[test]
fn a_solid_block_finds_in_one_file_what_it_knows_from_another() {
    let once = noise(1, 300_000);
    let entries: Vec<Entry> = (0..5).map(|number| Entry::file(format!("{number}.bin"), once.clone())).collect();
    for (solid, blocks, limit) in
        [(Solid::All, 1, 350_000), (Solid::Off, 5, 1_600_000), (Solid::Files(2), 3, 1_000_000)]
    {
        let compressor = Compressor::new().solid(solid);
        let summary = compressor.compress(common::items(&entries), &Target::Memory).expect("a job without faults");
        let archive = summary.archive.expect("an archive");
        assert_eq!(summary.blocks, blocks, "{solid:?}");
        assert!(archive.len() < limit, "{solid:?} made {} bytes", archive.len());
        oracle::assert_holds(&archive, None, &entries);
    }
}

#[test]
fn repeats_in_one_large_file_are_found_across_its_slices() {
    let once = noise(1, 1_000_000);
    let entries = [Entry::file("repeats.bin", once.repeat(12))];
    let options = Options { level: 3, threads: 4, dictionary: Some(8 << 20), ..Options::default() };
    let archive = common::to_memory(&options, &entries);
    oracle::assert_holds(&archive, None, &entries);
    assert!(archive.len() < 1_500_000, "{} bytes for 1,000,000 of noise, twelve times", archive.len());
}

#[test]
fn what_was_under_the_name_is_replaced_when_the_job_succeeds() {
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    let entries = [Entry::file("a", text(1, 1000))];
    for old in [&b"something else"[..], &noise(1, 100_000)] {
        fs::write(&path, old).expect("an old file");
        common::to_file(&Options::default(), &entries, &path);
        oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
        assert_eq!(common::names_in(folder.path()), ["it.7z"]);
    }
}

#[test]
fn volumes_take_the_prefix_they_are_given() {
    let folder = common::folder();
    let entries = [Entry::file("noise", noise(1, 10_000))];
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    for (prefix, first) in
        [("plain".into(), folder.path().join("plain.001")), (elsewhere.join("part"), elsewhere.join("part.001"))]
    {
        let options = Options { volume_size: Some(4000), volume_prefix: Some(prefix), ..Options::default() };
        let files = common::to_file(&options, &entries, &folder.path().join("it.7z"));
        assert_eq!(files[0], first);
        assert_eq!(files.len(), 3);
        let joined = folder.path().join("joined.7z");
        fs::write(&joined, common::join(&files)).expect("the joined archive");
        oracle::seven_zip_tests(&joined, None);
    }
}

#[test]
fn one_compressor_runs_many_jobs() {
    let compressor = Compressor::new().level(1);
    for seed in 0..20 {
        let entries = common::data::assortment(seed, 10, 20_000);
        let mut ears = common::Ears::default();
        let mut list = ItemList::new(common::items(&entries));
        let summary = compressor
            .compress_with(&mut list, &Target::Memory, &mut ears, &parallelcompress::Control::new())
            .expect("a job without faults");
        oracle::assert_holds(&summary.archive.expect("an archive"), None, &entries);
    }
}
