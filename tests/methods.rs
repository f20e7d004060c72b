//! Every method with every filter comes out as it went in, and the archive says what was asked for.

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use common::data::{binary, noise, program, text};
use common::stream::End;
use common::{Entry, Stream, oracle, tree};
use parallelcompress::{
    Architecture, Compressor, Encryption, Filter, Item, Metadata, Method, Options, Solid, Source, Target,
};

/// A raw key that is this text's UTF-16LE bytes: readers that only know passwords open the archive with the text, and no
/// time goes into deriving it.
const KEY_TEXT: &str = "sixteen letters!";

fn raw_key() -> Encryption {
    let units: Vec<u8> = KEY_TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Encryption::Raw { key: units.try_into().expect("16 UTF-16 units"), iv: [9; 16] }
}

/// Every filter that the method can have, with delta at its borders.
fn filters(method: Method) -> Vec<Filter> {
    let branches = Architecture::ALL.map(Filter::Branch);
    let bcj2: &[Filter] = if method == Method::Lzma2 { &[Filter::Bcj2] } else { &[] };
    [&[Filter::Auto, Filter::Off], bcj2, branches.as_slice(), &[1, 3, 256].map(Filter::Delta)].concat()
}

/// What 7zz says of a filter in front of what is no executable.
fn filter_name(filter: Filter) -> String {
    match filter {
        Filter::Auto | Filter::Bcj2 | Filter::Off => String::new(),
        Filter::Branch(architecture) => format!("{} ", architecture.name()),
        Filter::Delta(distance) => format!("Delta:{distance} "),
    }
}

/// What 7zz says of a method; of those that it does not know, the id.
fn method_name(method: Method) -> &'static str {
    match method {
        Method::Ppmd => "PPMD",
        Method::Zstandard => "04F71101",
        Method::Brotli => "04F71102",
        Method::Lz4 => "04F71104",
        method => method.name(),
    }
}

fn seven_zip_reads(method: Method) -> bool {
    !matches!(method, Method::Zstandard | Method::Brotli | Method::Lz4)
}

/// The start of a little-endian ELF file of this machine.
fn elf(machine: u16, len: usize) -> Vec<u8> {
    let mut bytes = binary(u64::from(machine), len);
    bytes[..64].fill(0);
    bytes[..8].copy_from_slice(&[0x7F, b'E', b'L', b'F', 2, 1, 1, 0]);
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes
}

/// Machine code, as far as the filter for x86 sees it: calls of a few functions from everywhere.
fn calls(len: usize) -> Vec<u8> {
    let mut bytes = text(9, len);
    for at in (64..len - 5).step_by(11) {
        let target = (at * 7919 % 40 * 1000) as u32;
        bytes[at] = 0xE8;
        bytes[at + 1..at + 5].copy_from_slice(&target.wrapping_sub(at as u32 + 5).to_le_bytes());
    }
    bytes[..64].copy_from_slice(&elf(62, 64));
    bytes
}

/// Small files and one that is no small one, text and code; and one that is stored outside solid blocks.
fn entries() -> Vec<Entry> {
    vec![
        Entry::file("a.txt", text(1, 4_000)),
        Entry::file("b.bin", binary(2, 300_001)),
        Entry::file("c.bin", binary(3, 20_002)),
        Entry::file("d", [7]),
        Entry::file("e.txt", text(4, 30_003)),
        Entry::file("noise.jpg", noise(5, 9_000)),
        Entry::file("nothing", []),
    ]
}

fn every_filter(method: Method) {
    let entries = entries();
    let folder = common::folder();
    let (path, expected) = (folder.path().join("it.7z"), folder.path().join("expected"));
    fs::create_dir(&expected).expect("a folder");
    tree::write(&entries, &expected);
    for filter in filters(method) {
        for solid in [Solid::Off, Solid::All] {
            let mut plain = Vec::new();
            for encryption in [None, Some(raw_key())] {
                let (password, encrypt_header) = (encryption.as_ref().map(|_| KEY_TEXT), encryption.is_some());
                let options =
                    Options { method, filter, solid, encryption, encrypt_header, level: 3, ..Options::default() };
                let case = format!("{options:?}");
                common::to_file(&options, &entries, &path);
                let archive = fs::read(&path).expect("the archive");
                if seven_zip_reads(method) {
                    oracle::assert_holds(&archive, password, &entries);
                    oracle::seven_zip_tests(&path, password);
                } else if encrypt_header {
                    // sevenz-rust2 reads on into the cipher's padding, and fails there.
                    assert_decrypts_to(&archive, &plain);
                } else {
                    oracle::assert_holds(&archive, None, &entries);
                    plain = archive;
                }
                assert_lists(&path, &options, password, &case);
            }
        }
    }
    if seven_zip_reads(method) {
        // Once with a password, whose key takes time to derive; and byte by byte.
        let options = Options {
            method,
            filter: Filter::Branch(Architecture::X86),
            encryption: Some(Encryption::Password("p".into())),
            encrypt_header: true,
            ..Options::default()
        };
        common::to_file(&options, &entries, &path);
        let found = folder.path().join("found");
        fs::create_dir(&found).expect("a folder");
        oracle::seven_zip_extracts(&path, Some("p"), &found);
        tree::assert_same(&expected, &found, tree::BYTES);
    }
}

/// The first block of an archive encrypted with [`raw_key`] is that of the plain archive: as far as the plain one goes,
/// in whole blocks of the cipher.
fn assert_decrypts_to(encrypted: &[u8], plain: &[u8]) {
    let Encryption::Raw { key, iv } = raw_key() else { unreachable!() };
    let first = 2_000;
    let mut bytes = encrypted[32..32 + first].to_vec();
    cbc::Decryptor::<aes::Aes256>::new(&key.into(), &iv.into())
        .decrypt_padded::<NoPadding>(&mut bytes)
        .expect("whole blocks");
    assert!(bytes == plain[32..32 + first], "the encrypted block is another one");
}

/// 7zz names the method and the filter that were asked for.
fn assert_lists(path: &Path, options: &Options, password: Option<&str>, case: &str) {
    for entry in oracle::seven_zip_lists(path, password).into_iter().filter(|entry| entry.size > 0) {
        let filter = filter_name(options.filter);
        let rest = entry.method.strip_prefix(filter.as_str()).unwrap_or_else(|| panic!("{entry:?}: {case}"));
        let is_method = rest.starts_with(method_name(options.method));
        // Alone, what does not shrink is stored: noise, a single byte, and what the wrong filter made noise of.
        let may_be_stored = options.solid == Solid::Off
            && (["noise.jpg", "d"].contains(&entry.path.as_str())
                || !matches!(options.filter, Filter::Auto | Filter::Bcj2 | Filter::Off));
        assert!(is_method || may_be_stored && rest.starts_with("Copy"), "{entry:?}: {case}");
        assert_eq!(rest.contains("7zAES"), password.is_some(), "{entry:?}: {case}");
    }
}

#[test]
fn copy_with_every_filter() {
    every_filter(Method::Copy);
}

#[test]
fn lzma_with_every_filter() {
    every_filter(Method::Lzma);
}

#[test]
fn lzma2_with_every_filter() {
    every_filter(Method::Lzma2);
}

#[test]
fn bzip2_with_every_filter() {
    every_filter(Method::BZip2);
}

#[test]
fn deflate_with_every_filter() {
    every_filter(Method::Deflate);
}

#[test]
fn ppmd_with_every_filter() {
    every_filter(Method::Ppmd);
}

#[test]
fn zstandard_with_every_filter() {
    every_filter(Method::Zstandard);
}

#[test]
fn brotli_with_every_filter() {
    every_filter(Method::Brotli);
}

#[test]
fn lz4_with_every_filter() {
    every_filter(Method::Lz4);
}

#[test]
fn bcj2_comes_back_from_lzma2_and_every_other_method_refuses_it() {
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    let code = [(1, 20_000), (2, 300_001), (3, 70_002)];
    let entries = code.map(|(seed, len)| Entry::file(format!("{seed}.so"), program(seed, len)));
    for method in Method::ALL {
        for solid in [Solid::Auto, Solid::Off, Solid::All, Solid::ByType] {
            for encryption in [None, Some(raw_key())] {
                let (password, encrypt_header) = (encryption.as_ref().map(|_| KEY_TEXT), encryption.is_some());
                let filter = Filter::Bcj2;
                let options =
                    Options { method, filter, solid, encryption, encrypt_header, level: 3, ..Options::default() };
                let (result, _) = common::compress(&options, common::items(&entries), &Target::File(path.clone()));
                if method != Method::Lzma2 {
                    let text = result.expect_err("BCJ2 is for LZMA2").to_string();
                    assert!(text.contains("BCJ2") && text.contains("LZMA2"), "{method:?}: {text}");
                    assert!(!path.exists(), "{method:?} left an archive");
                    continue;
                }
                result.expect("a job without faults");
                oracle::assert_holds(&fs::read(&path).expect("the archive"), password, &entries);
                oracle::seven_zip_tests(&path, password);
                if password.is_none() {
                    bsdtar_reads(&path, &entries);
                }
                for entry in oracle::seven_zip_lists(&path, password) {
                    assert!(entry.method.starts_with("BCJ2 LZMA2:"), "{entry:?}: {options:?}");
                }
                fs::remove_file(&path).expect("the archive");
            }
        }
    }
    let store = Options { filter: Filter::Bcj2, level: 0, ..Options::default() };
    let (result, _) = common::compress(&store, common::items(&entries), &Target::Memory);
    assert!(result.is_err_and(|error| error.to_string().contains("level 1")));
}

#[test]
fn other_readers_read_the_methods_they_have() {
    let entries = entries();
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    for solid in [Solid::Off, Solid::All] {
        for method in Method::ALL {
            let options = |filter| Options { method, solid, filter, ..Options::default() };
            common::to_file(&options(Filter::Off), &entries, &path);
            // py7zr knows neither LZ4 nor the frames of 7-Zip ZS around Brotli.
            if !matches!(method, Method::Brotli | Method::Lz4) {
                assert_eq!(oracle::py7zr_tests(&path, None), entries.len(), "{method:?}");
            }
            if seven_zip_reads(method) {
                bsdtar_reads(&path, &entries);
            }
            // What both know of filters, each in front of every method of its own.
            common::to_file(&options(Filter::Branch(Architecture::X86)), &entries, &path);
            if seven_zip_reads(method) {
                // py7zr fails on the ends of some files in solid blocks behind its own BCJ decoder, whoever wrote them.
                if solid == Solid::Off || method == Method::Lzma2 {
                    assert_eq!(oracle::py7zr_tests(&path, None), entries.len(), "BCJ {method:?}");
                }
                // libarchive 3.6 fails on BCJ before PPMd, whoever wrote it.
                if method != Method::Ppmd {
                    bsdtar_reads(&path, &entries);
                }
            }
        }
    }
}

fn bsdtar_reads(path: &Path, entries: &[Entry]) {
    let folder = common::folder();
    let (expected, found) = (folder.path().join("expected"), folder.path().join("found"));
    for folder in [&expected, &found] {
        fs::create_dir(folder).expect("a folder");
    }
    tree::write(entries, &expected);
    oracle::bsdtar_extracts(path, &found);
    tree::assert_same(&expected, &found, tree::BYTES);
}

#[test]
fn filters_hold_across_pieces() {
    // A piece is as large as the dictionary: blocks that end at, before and behind one, in items of odd lengths.
    const PIECE: usize = 64 << 10;
    let code = calls(3 * PIECE);
    for filter in filters(Method::Lzma2) {
        let parts = [PIECE / 3 + 1, 5, PIECE / 2 + 3, 3, 1, PIECE / 4, 2 * PIECE + 1, PIECE, 17, PIECE - 1, 2];
        let parts = parts.iter().enumerate();
        let entries: Vec<_> = parts.map(|(n, &len)| Entry::file(format!("{n:02}"), &code[..len])).collect();
        for solid in [Solid::All, Solid::Off] {
            let options = Options { filter, solid, level: 1, dictionary: Some(PIECE as u64), ..Options::default() };
            oracle::assert_holds(&common::to_memory(&options, &entries), None, &entries);
        }
    }
}

#[test]
fn streams_hold_across_pieces() {
    for method in [Method::Deflate, Method::BZip2, Method::Ppmd, Method::Zstandard, Method::Brotli, Method::Lz4] {
        let piece = if method == Method::Brotli { 16 << 20 } else { 4 << 20 };
        let code: Arc<[u8]> = common::data::repetitive(7, piece + 1).into();
        for len in [piece - 1, piece, piece + 1] {
            let entries =
                [Entry::file("a", &code[..1000]), Entry::file("b", &code[..len]), Entry::file("c", &code[..9])];
            let filter = if len == piece { Filter::Delta(2) } else { Filter::Auto };
            let options = Options { method, filter, solid: Solid::All, level: 1, ..Options::default() };
            oracle::assert_holds(&common::to_memory(&options, &entries), None, &entries);
        }
    }
}

#[test]
fn an_item_that_fails_leaves_nothing_in_a_filtered_block() {
    for filter in [Filter::Branch(Architecture::X86), Filter::Delta(4)] {
        for method in [Method::Lzma2, Method::Deflate, Method::Zstandard] {
            for (bad_size, at) in [(300_000, 1), (300_000, 0), (9 << 20, 2)] {
                let good = [Entry::file("1", binary(1, 100_003)), Entry::file("3", binary(3, 50_001))];
                let mut items = common::items(&good);
                let stream = Stream::new(9, bad_size / 2, End::Error(5));
                items.insert(at, Item::from_reader("2", stream, Some(bad_size)));
                let dictionary = Some(1 << 20);
                let options = Options { method, filter, dictionary, solid: Solid::All, level: 1, ..Options::default() };
                let (result, ears) = common::compress(&options, items, &Target::Memory);
                let archive = result.expect("a job that goes on").archive.expect("an archive");
                assert_eq!(ears.failed.len(), 1);
                oracle::assert_holds(&archive, None, &good);
            }
        }
    }
}

#[test]
fn small_executables_of_one_architecture_share_a_block_of_their_own() {
    let code = |name: &str, machine, len| Entry::file(name, elf(machine, len));
    let mut entries = vec![
        Entry::file("readme.txt", text(1, 5_000)),
        code("bin/one.exe", 62, 30_000),
        code("lib/two.so.1.2", 62, 40_001),
        Entry::file("main.c", text(2, 5_000)),
        code("arm/three.o", 183, 30_002),
        code("arm/four.so", 183, 30_000),
        code("riscv/five.ko", 243, 10_000),
    ];
    // Found by its mode alone.
    let mut tool = code("bin/tool", 3, 20_000);
    tool.metadata.attributes = Some(Metadata::attributes_of_unix_mode(0o100_755));
    // Not looked at: neither name nor mode suggest an executable.
    let mut hidden = code("data/hidden.dat", 62, 20_000);
    hidden.metadata.attributes = Some(Metadata::attributes_of_unix_mode(0o100_644));
    entries.extend([tool, hidden]);
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    let listed = |options: &Options| {
        common::to_file(options, &entries, &path);
        oracle::seven_zip_tests(&path, None);
        oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
        oracle::seven_zip_lists(&path, None)
    };
    for solid in [Solid::Auto, Solid::Bytes(1 << 20), Solid::All, Solid::Files(0), Solid::Files(8)] {
        let listed = listed(&Options { solid, ..Options::default() });
        let of = |name: &str| listed.iter().find(|entry| entry.path == name).expect("an entry");
        let kinds = [
            ("BCJ ", &["bin/one.exe", "lib/two.so.1.2", "bin/tool"][..]),
            ("ARM64 ", &["arm/three.o", "arm/four.so"]),
            ("RISCV ", &["riscv/five.ko"]),
            ("LZMA2", &["readme.txt", "main.c", "data/hidden.dat"]),
        ];
        for (method, names) in kinds {
            for name in names {
                assert!(of(name).method.starts_with(method), "{solid:?} {:?}", of(name));
                assert_eq!(of(name).block, of(names[0]).block, "{solid:?} {name}");
            }
        }
    }
    // In a block of its own every executable is recognised, the hidden one too.
    for entry in listed(&Options { solid: Solid::Off, ..Options::default() }) {
        let is_x86 = ["bin/one.exe", "lib/two.so.1.2", "bin/tool", "data/hidden.dat"].contains(&entry.path.as_str());
        assert_eq!(entry.method.starts_with("BCJ "), is_x86, "{entry:?}");
    }
    for solid in [Solid::Auto, Solid::All] {
        for entry in listed(&Options { filter: Filter::Off, solid, ..Options::default() }) {
            assert!(entry.method.starts_with("LZMA2"), "{entry:?}");
            assert!(solid == Solid::Auto || entry.block == Some(0), "{entry:?}");
        }
    }
}

#[test]
fn executables_on_disk_are_recognised_before_they_are_read() {
    let folder = common::folder();
    let items: Vec<_> = ["one.so", "two.so"]
        .iter()
        .zip([62, 183])
        .map(|(name, machine)| {
            let path = folder.path().join(name);
            fs::write(&path, elf(machine, 50_000)).expect("a file");
            Item { source: Source::File(path), size: Some(50_000), ..Item::from_memory(*name, b"") }
        })
        .chain([Item::from_memory("three.txt", text(3, 1000))])
        .collect();
    let path = folder.path().join("it.7z");
    let summary = Compressor::new().compress(items, &Target::File(path.clone())).expect("a job without faults");
    assert_eq!(summary.blocks, 3);
    oracle::seven_zip_tests(&path, None);
    let mut methods: Vec<_> = oracle::seven_zip_lists(&path, None).into_iter().map(|it| (it.path, it.method)).collect();
    methods.sort();
    for ((_, method), expected) in methods.iter().zip(["BCJ ", "LZMA2", "ARM64 "]) {
        assert!(method.starts_with(expected), "{methods:?}");
    }
}

#[test]
fn a_filter_finds_what_repeats_in_code() {
    let entries = [Entry::file("code.so", calls(400_000))];
    let size = |filter| common::to_memory(&Options { filter, ..Options::default() }, &entries).len();
    let (auto, off, by_hand) = (size(Filter::Auto), size(Filter::Off), size(Filter::Branch(Architecture::X86)));
    assert!(auto < off * 95 / 100, "{auto} with the filter, {off} without");
    assert_eq!(auto, by_hand);
    // A ramp of 32-bit numbers is constant at distance 4.
    let ramp: Vec<u8> = (0..100_000u32).flat_map(|n| n.wrapping_mul(0x0102_0305).to_le_bytes()).collect();
    let entries = [Entry::file("ramp", ramp)];
    let size = |filter| common::to_memory(&Options { filter, ..Options::default() }, &entries).len();
    assert!(size(Filter::Delta(4)) < size(Filter::Off) / 4);
}

#[test]
fn a_delta_distance_out_of_range_is_refused() {
    for distance in [0, 257, u16::MAX] {
        let options = Options { filter: Filter::Delta(distance), ..Options::default() };
        let (result, _) = common::compress(&options, Vec::new(), &Target::Memory);
        assert!(result.is_err_and(|error| error.to_string().contains("1 to 256")));
    }
}

#[test]
fn a_method_string_reaches_the_archive() {
    let entries = [Entry::file("it.txt", common::data::repetitive(1, 3_000_000))];
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    for (method, shown) in [
        ("LZMA2:d=1m", "LZMA2:20"),
        ("LZMA2:d=21", "LZMA2:21"),
        ("LZMA:d=256k", "LZMA:18"),
        ("PPMd:o=8:mem=4m", "PPMD:o8:mem22"),
        ("PPMd:x=1", "PPMD:o4:mem20"),
        ("PPMd:x=5", "PPMD:o6:mem24"),
        ("BZip2", "BZip2"),
        ("Deflate", "Deflate"),
        ("Copy", "Copy"),
        ("LZMA2:x=0", "Copy"),
        ("ZSTD", "04F71101"),
        ("Brotli:x=1", "04F71102"),
        ("LZ4", "04F71104"),
        ("BCJ LZMA2:d=2m", "BCJ LZMA2:21"),
        ("Delta:4 BZip2", "Delta:4 BZip2"),
    ] {
        let options = Compressor::new().method_string(method).expect("a method").options().clone();
        common::to_file(&options, &entries, &path);
        assert_eq!(oracle::seven_zip_lists(&path, None)[0].method, shown, "{method}");
        oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
    }
}

#[test]
fn every_parameter_acts() {
    let entries = [Entry::file("it.txt", text(1, 500_000)), Entry::file("it.bin", binary(2, 100_000))];
    let archive = |method: &str| {
        let options = Compressor::new().level(5).method_string(method).expect("a method").options().clone();
        common::to_memory(&options, &entries)
    };
    for (method, parameters) in [
        ("LZMA2", &["d=64k", "fb=8", "x=1"][..]),
        ("LZMA", &["d=64k", "fb=8", "x=1"]),
        ("PPMd", &["o=3", "mem=256k", "x=9"]),
        ("BZip2", &["d=200k", "x=1"]),
        ("Deflate", &["x=1"]),
        ("ZSTD", &["d=64k", "x=1"]),
        ("Brotli", &["d=64k", "x=1"]),
        ("LZ4", &["x=0"]),
    ] {
        let plain = archive(method);
        for parameter in parameters {
            assert!(archive(&format!("{method}:{parameter}")) != plain, "{method}:{parameter} changes nothing");
        }
    }
}

#[test]
fn ppmd_chooses_its_memory_as_7zip_does() {
    let folder = common::folder();
    for (size, level) in [(100, 5), (3_000, 5), (10_000, 5), (100_000, 9), (1_000_000, 3)] {
        let (plain, theirs, ours) = (folder.path().join("it"), folder.path().join("a.7z"), folder.path().join("b.7z"));
        let entry = Entry::file("it", text(1, size));
        fs::write(&plain, &entry.bytes).expect("a file");
        let made = std::process::Command::new("7zz")
            .args(["a", "-m0=PPMd", &format!("-mx={level}")])
            .args([&theirs, &plain])
            .output()
            .expect("7zz to run");
        assert!(made.status.success());
        common::to_file(&Options { method: Method::Ppmd, level, ..Options::default() }, &[entry], &ours);
        let [theirs_says, ours_says] =
            [&theirs, &ours].map(|path| oracle::seven_zip_lists(path, None)[0].method.clone());
        assert_eq!(theirs_says, ours_says, "{size} bytes at level {level}");
        fs::remove_file(&theirs).expect("an archive");
    }
}

#[test]
fn every_level_of_every_method_reads_back() {
    let entries = [Entry::file("a.txt", text(1, 150_000)), Entry::file("b.bin", binary(2, 100_000))];
    for method in Method::ALL {
        let mut sizes = Vec::new();
        for level in 1..=9 {
            let archive = common::to_memory(&Options { method, level, ..Options::default() }, &entries);
            oracle::assert_holds(&archive, None, &entries);
            sizes.push(archive.len());
        }
        println!("{method:?}: {sizes:?}");
        assert!(sizes[8] <= sizes[0], "{method:?}: level 9 is larger than level 1: {sizes:?}");
    }
}
