//! Names and settings as 7-Zip 26.02 shows them: every pair below was printed by `7zz l -slt` for a header that was made
//! with that method and those properties.

use super::*;
use crate::codec::decode::{describe, inputs, method_name};

fn described(method: u64, properties: &[u8]) -> String {
    describe(&Coder { method, properties, unpack_size: 16 })
}

fn lzma_of(first: u8, dictionary: u32) -> String {
    described(0x3_0101, &[&[first][..], &dictionary.to_le_bytes()].concat())
}

fn ppmd_of(order: u8, memory: u32) -> String {
    described(0x3_0401, &[&[order][..], &memory.to_le_bytes()].concat())
}

#[test]
fn sizes_are_shown_as_exponents_or_in_units() {
    for (dictionary, expected) in [
        (0, "LZMA:0m"),
        (1, "LZMA:0"),
        (4096, "LZMA:12"),
        (5000, "LZMA:5000b"),
        (48 << 10, "LZMA:48k"),
        (1 << 16, "LZMA:16"),
        (1_000_000, "LZMA:1000000b"),
        (3 << 20, "LZMA:3m"),
        (1 << 24, "LZMA:24"),
        (1 << 31, "LZMA:31"),
        (3 << 30, "LZMA:3072m"),
        (0xFFFF_FFF0, "LZMA:4294967280b"),
        (0xFFFF_FFFF, "LZMA:4294967295b"),
    ] {
        assert_eq!(lzma_of(0x5D, dictionary), expected);
    }
    for (property, expected) in [
        (0, "LZMA2:12"),
        (1, "LZMA2:6k"),
        (2, "LZMA2:13"),
        (3, "LZMA2:12k"),
        (17, "LZMA2:1536k"),
        (18, "LZMA2:21"),
        (24, "LZMA2:24"),
        (25, "LZMA2:24m"),
        (36, "LZMA2:30"),
        (37, "LZMA2:1536m"),
        (38, "LZMA2:31"),
        (39, "LZMA2:3072m"),
        (40, "LZMA2:32"),
        (41, "LZMA2"),
        (255, "LZMA2"),
    ] {
        assert_eq!(described(0x21, &[property]), expected);
    }
    for (order, memory, expected) in [
        (6, 1 << 24, "PPMD:o6:mem24"),
        (32, 3 << 20, "PPMD:o32:mem3m"),
        (64, 2048, "PPMD:o64:mem11"),
        (2, 5000, "PPMD:o2:mem5000b"),
        (0, 0, "PPMD:o0:mem0m"),
        (255, 0xFFFF_FFFF, "PPMD:o255:mem4294967295b"),
    ] {
        assert_eq!(ppmd_of(order, memory), expected);
    }
}

#[test]
fn other_settings_are_shown_where_they_are_not_the_usual_ones() {
    for (first, expected) in [
        (0, "LZMA:20:lc0:pb0"),
        (3, "LZMA:20:pb0"),
        (12, "LZMA:20:lp1:pb0"),
        (93, "LZMA:20"),
        (94, "LZMA:20:lc4"),
        (108, "LZMA:20:lc0:lp2"),
        (224, "LZMA:20:lc8:lp4:pb4"),
        (225, "LZMA:20:lc0:pb5"),
        (255, "LZMA:20:lp3:pb5"),
    ] {
        assert_eq!(lzma_of(first, 1 << 20), expected);
    }
    for (method, properties, expected) in [
        (3, &[0][..], "Delta:1"),
        (3, &[3], "Delta:4"),
        (3, &[255], "Delta:256"),
        (0xA, &[], "ARM64"),
        (0xA, &[0, 0, 0, 0], "ARM64:0"),
        (0xA, &[0x78, 0x56, 0x34, 0x12], "ARM64:305419896"),
        (0xB, &[16, 0, 0, 0], "RISCV:16"),
        (0x0303_0103, &[16, 0, 0, 0], "BCJ"),
        (0x0303_0205, &[16, 0, 0, 0], "PPC"),
        (0x0303_011B, &[0, 0, 16, 0], "BCJ2"),
        (0x06F1_0701, &[], "7zAES"),
        (0x06F1_0701, &[0x13], "7zAES:19"),
        (0x06F1_0701, &[0x53, 7, 1, 1, 1, 1, 1, 1, 1, 1], "7zAES:19"),
        (0x06F1_0701, &[0x3F], "7zAES:63"),
    ] {
        assert_eq!(described(method, properties), expected);
    }
}

#[test]
fn properties_that_make_no_sense_are_not_shown() {
    for (method, properties, expected) in [
        (0x3_0101, &[][..], "LZMA"),
        (0x3_0101, &[0x5D, 0, 0, 1], "LZMA"),
        (0x3_0101, &[0x5D, 0, 0, 1, 0, 0], "LZMA"),
        (0x21, &[], "LZMA2"),
        (0x21, &[0, 0], "LZMA2"),
        (0x3_0401, &[6, 0, 0, 1], "PPMD"),
        (0x3_0401, &[6, 0, 0, 1, 0, 0, 0], "PPMD"),
        (3, &[], "Delta"),
        (3, &[0, 1], "Delta"),
        (0xA, &[1, 2], "ARM64"),
        (0x4_0202, &[1, 2], "BZip2"),
        (0, &[1], "Copy"),
    ] {
        assert_eq!(described(method, properties), expected);
    }
}

#[test]
fn every_method_has_its_name_and_an_unknown_one_its_id() {
    for (method, expected) in [
        (0, "Copy"),
        (0x0303_0103, "BCJ"),
        (0x0303_011B, "BCJ2"),
        (0x0303_0205, "PPC"),
        (0x0303_0401, "IA64"),
        (0x0303_0501, "ARM"),
        (0x0303_0701, "ARMT"),
        (0x0303_0805, "SPARC"),
        (0xA, "ARM64"),
        (0xB, "RISCV"),
        (3, "Delta"),
        (0x2_0302, "Swap2"),
        (0x2_0304, "Swap4"),
        (0x4_0202, "BZip2"),
        (0x4_0108, "Deflate"),
        (0x4_0109, "Deflate64"),
        (0x21, "LZMA2"),
        (0x3_0101, "LZMA"),
        (0x3_0401, "PPMD"),
        (0x06F1_0701, "7zAES"),
        (0x06F0_0181, "AES256CBC"),
    ] {
        assert_eq!(method_name(method), Some(expected));
        assert_eq!(described(method, &[]), expected);
        assert_eq!(inputs(method), if expected == "BCJ2" { 4 } else { 1 });
    }
    for (method, expected) in [
        (0xC, "0C"),
        (0x3_0402, "030402"),
        (0x04F7_1105, "04F71105"),
        (0x2100_0000, "21000000"),
        (0x3F00_1122_3344_5566, "3F00112233445566"),
    ] {
        assert_eq!((method_name(method), described(method, &[]).as_str()), (None, expected));
    }
}
