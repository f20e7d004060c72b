//! Random archives: whatever items and options, 7zz unpacks the same bytes, names, modes and times; and names that no
//! file system holds are in the archive as they were given.

mod common;

use std::fs;

use common::data::{of_kind, program};
use common::{Entry, oracle, tree};
use parallelcompress::{Architecture, Encryption, FileTime, Filter, Metadata, Method, Options, Solid};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// A part of a path that a Unix file system can hold.
fn part() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 ._+~#%&;,!@$()\\[\\]{}'\"*?:|<>=^`äßéñŁЖ中日한ا\u{301}😀🗜-]{1,12}"
        .prop_filter("folders have their own meaning of dots", |part| !part.trim_matches('.').is_empty())
}

/// Size and kind of data: mostly small, some empty, a few of many slices.
fn data() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![
        2 => Just(0),
        10 => 1..200_usize,
        10 => 200..20_000_usize,
        3 => 20_000..100_000_usize,
        1 => 100_000..400_000_usize,
    ];
    (0..5_usize, any::<u64>(), size).prop_map(|(kind, seed, size)| match kind {
        4 => program(seed, size),
        kind => of_kind(kind, seed, size),
    })
}

/// Files in up to two folders. Unique numbers keep names apart, and files apart from folders.
fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let modes = prop::sample::select(vec![0o644, 0o600, 0o755, 0o444, 0o777, 0o400]);
    // What both a file system and 7zz hold: 1970 to 2200.
    let times = 0..72_000_000_000_000_000_u64;
    let file = (vec(part(), 0..2), part(), data(), modes, times);
    vec(file, 0..40).prop_map(|files| {
        let numbered = files.into_iter().enumerate();
        numbered
            .map(|(number, (folders, name, bytes, mode, time))| {
                let folders: String = folders.iter().map(|folder| format!("{folder} f/")).collect();
                let mut entry = Entry::file(format!("{folders}{number} {name}"), bytes);
                entry.metadata.attributes = Some(Metadata::attributes_of_unix_mode(0o100_000 | mode));
                entry.metadata.modified = Some(FileTime(FileTime::from_unix(0, 0).0 + time));
                entry
            })
            .collect()
    })
}

/// Items under any names that the format can hold, of 1 to 4,000 characters of Unicode, with all that it can say of them.
fn named() -> impl Strategy<Value = Vec<Entry>> {
    let character = any::<char>().prop_filter("NUL ends a name", |&character| character != '\0');
    let length = prop_oneof![5 => 1..40_usize, 2 => 40..300_usize, 1 => 300..=4_000_usize, 1 => Just(4_000)];
    let name = length.prop_flat_map(move |length| vec(character.clone(), length..=length));
    let time = || option::of(any::<u64>().prop_map(FileTime));
    let size = prop_oneof![Just(0), 1..3_000_usize];
    let items = vec((name, size, any::<u32>(), time(), time(), time()), 0..12);
    // Attributes are stored for all entries or for none.
    (items, any::<bool>()).prop_map(|(items, has_attributes)| {
        let made = items.into_iter().map(|(name, size, attributes, modified, created, accessed)| {
            let mut entry = Entry::file(name.into_iter().collect::<String>(), of_kind(0, size as u64, size));
            // Neither a folder nor a link: those have no bytes, or a path's.
            let attributes = has_attributes
                .then(|| Metadata::attributes_of_unix_mode(0o100_000 | attributes >> 16 & 0o777) | attributes & 0x27);
            entry.metadata = Metadata { attributes, modified, created, accessed, is_directory: false };
            entry
        });
        made.collect()
    })
}

/// What 7zz reads.
fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        4 => Just(Method::Lzma2),
        1 => Just(Method::Lzma),
        1 => Just(Method::Copy),
        1 => Just(Method::Ppmd),
        1 => Just(Method::BZip2),
        1 => Just(Method::Deflate),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![
        4 => Just(Filter::Auto),
        1 => Just(Filter::Off),
        2 => Just(Filter::Bcj2),
        1 => prop::sample::select(Architecture::ALL.to_vec()).prop_map(Filter::Branch),
        1 => (1..=256_u16).prop_map(Filter::Delta),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    let solid = prop_oneof![
        Just(Solid::Auto),
        Just(Solid::Off),
        Just(Solid::All),
        Just(Solid::ByType),
        (1..500_000_u64).prop_map(Solid::Bytes),
        (0..12_u32).prop_map(Solid::Files),
    ];
    let encryption = option::of((
        "[a-zA-Z0-9äЖ中😀 ]{1,12}".prop_map(|password| Encryption::Password(password.trim().to_owned() + "x")),
        any::<bool>(),
    ));
    // Zero means no volumes, so that both are drawn; small ones cut everything that can be cut.
    let volume = option::of(prop_oneof![Just(0), 1_000..5_000_u64, 5_000..400_000_u64]);
    // PPMd's memory is its dictionary, and grows with the level.
    let sizes = (0..=9_u32, option::of(4096..2_000_000_u64), option::of(2..300_u32));
    (method(), filter(), solid, encryption, volume, 1..=9_u32, sizes).prop_map(
        |(method, filter, solid, encryption, volume_size, threads, (level, dictionary, word_size))| {
            // BCJ2 is for LZMA2 above level 0.
            let (method, level) = match filter {
                Filter::Bcj2 => (Method::Lzma2, level.max(1)),
                _ => (method, level),
            };
            let level = if method == Method::Ppmd { level.min(6) } else { level };
            let (encryption, encrypt_header) = encryption.map_or((None, false), |(it, header)| (Some(it), header));
            Options {
                method,
                filter,
                word_size,
                solid,
                encryption,
                encrypt_header,
                volume_size,
                level,
                threads,
                dictionary,
                ..Options::default()
            }
        },
    )
}

/// Volumes beyond three digits are named on, but a thousand files a case only cost time.
fn bounded(options: Options, entries: &[Entry]) -> Options {
    let bytes: u64 = entries.iter().map(|entry| entry.bytes.len() as u64 + 200).sum();
    let volume_size = options.volume_size.map(|size| if size == 0 { 0 } else { size.max(bytes / 100) });
    Options { volume_size, ..options }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn seven_zip_unpacks_what_went_in(entries in entries(), options in options()) {
        let options = bounded(options, &entries);
        let password = match &options.encryption {
            Some(Encryption::Password(password)) => Some(password.as_str()),
            _ => None,
        };
        let folder = common::folder();
        let [expected, found] = ["expected", "found"].map(|name| folder.path().join(name));
        for folder in [&expected, &found] {
            fs::create_dir(folder).expect("a folder");
        }
        let files = common::to_file(&options, &entries, &folder.path().join("it.7z"));
        tree::write(&entries, &expected);
        oracle::seven_zip_extracts(&files[0], password, &found);
        // Folders that only names imply have the time of unpacking: their entries are compared, not they.
        let keep = |root| {
            let mut entries = tree::read(root);
            entries.retain(|entry| !entry.metadata.is_directory);
            entries
        };
        prop_assert_eq!(keep(&expected), keep(&found));
    }

    #[test]
    fn every_name_is_kept(entries in named(), options in options()) {
        // What sevenz-rust2 reads.
        let method = if matches!(options.method, Method::Copy | Method::Lzma) { options.method } else { Method::Lzma2 };
        let options = Options { method, filter: Filter::Auto, volume_size: None, ..options };
        let password = match &options.encryption {
            Some(Encryption::Password(password)) => Some(password.as_str()),
            _ => None,
        };
        let archive = common::to_memory(&options, &entries);
        oracle::assert_holds(&archive, password, &entries);
        let folder = common::folder();
        let path = folder.path().join("it.7z");
        fs::write(&path, archive).expect("a file");
        oracle::seven_zip_tests(&path, password);
    }

    #[test]
    fn threads_never_change_the_bytes(entries in entries(), options in options(), threads in 1..40_u32) {
        let fixed = Encryption::Fixed { password: "p".into(), salt: [5; 16], iv: [6; 16] };
        let encryption = options.encryption.as_ref().map(|_| fixed);
        let options = Options { encryption, volume_size: None, ..options };
        let first = common::to_memory(&options, &entries);
        let second = common::to_memory(&Options { threads, ..options }, &entries);
        prop_assert!(first == second);
    }
}
