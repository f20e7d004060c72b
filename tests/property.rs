//! Random archives: whatever items and options, 7zz unpacks the same bytes, names, modes and times.

mod common;

use std::fs;

use common::data::of_kind;
use common::{Entry, oracle, tree};
use parallelcompress::{Encryption, FileTime, Metadata, Method, Options, Solid};
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
        2 => 20_000..100_000_usize,
        1 => 100_000..400_000_usize,
    ];
    (0..4_usize, any::<u64>(), size).prop_map(|(kind, seed, size)| of_kind(kind, seed, size))
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

fn options() -> impl Strategy<Value = Options> {
    let methods = prop::sample::select(vec![Method::Copy, Method::Lzma, Method::Lzma2, Method::Lzma2]);
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
    (methods, solid, encryption, volume, 0..=9_u32, 1..=9_u32, option::of(4096..2_000_000_u64)).prop_map(
        |(method, solid, encryption, volume_size, level, threads, dictionary)| {
            let (encryption, encrypt_header) = encryption.map_or((None, false), |(it, header)| (Some(it), header));
            Options {
                method,
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
    fn threads_never_change_the_bytes(entries in entries(), options in options(), threads in 1..40_u32) {
        let fixed = Encryption::Fixed { password: "p".into(), salt: [5; 16], iv: [6; 16] };
        let encryption = options.encryption.as_ref().map(|_| fixed);
        let options = Options { encryption, volume_size: None, ..options };
        let first = common::to_memory(&options, &entries);
        let second = common::to_memory(&Options { threads, ..options }, &entries);
        prop_assert!(first == second);
    }
}
