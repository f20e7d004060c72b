//! Which methods there are, and what 7-Zip calls them.

use super::Coder;
use super::{lzma, properties};
use crate::codec::aes;
use crate::codec::filter::Architecture;

/// A method that can be decoded here, 7zAES among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Copy,
    Lzma,
    Lzma2,
    Ppmd,
    Bzip2,
    Deflate,
    Deflate64,
    Zstandard,
    Brotli,
    Lz4,
    Branch(Architecture),
    Bcj2,
    Delta,
    /// The bytes of each unit of so many are turned round.
    Swap(usize),
    Aes,
}

/// 7-Zip's ids and names. The branch filters have two ids: 7z's own, and short ones, which came with the xz format; so has
/// Zstandard: the extended 7-Zip's, and the one of its method in zip. `None`: 7-Zip names it, and no archive has it.
const METHODS: &[(u64, &str, Option<Method>)] = &[
    (0, "Copy", Some(Method::Copy)),
    (0x3_0101, "LZMA", Some(Method::Lzma)),
    (0x21, "LZMA2", Some(Method::Lzma2)),
    (0x3_0401, "PPMD", Some(Method::Ppmd)),
    (0x4_0202, "BZip2", Some(Method::Bzip2)),
    (0x4_0108, "Deflate", Some(Method::Deflate)),
    (0x4_0109, "Deflate64", Some(Method::Deflate64)),
    (0x04F7_1101, "ZSTD", Some(Method::Zstandard)),
    (0x4_015D, "ZSTD", Some(Method::Zstandard)),
    (0x04F7_1102, "BROTLI", Some(Method::Brotli)),
    (0x04F7_1104, "LZ4", Some(Method::Lz4)),
    (0x0303_0103, "BCJ", Some(Method::Branch(Architecture::X86))),
    (0x4, "BCJ", Some(Method::Branch(Architecture::X86))),
    (0x0303_011B, "BCJ2", Some(Method::Bcj2)),
    (0x0303_0205, "PPC", Some(Method::Branch(Architecture::Ppc))),
    (0x5, "PPC", Some(Method::Branch(Architecture::Ppc))),
    (0x0303_0401, "IA64", Some(Method::Branch(Architecture::Ia64))),
    (0x6, "IA64", Some(Method::Branch(Architecture::Ia64))),
    (0x0303_0501, "ARM", Some(Method::Branch(Architecture::Arm))),
    (0x7, "ARM", Some(Method::Branch(Architecture::Arm))),
    (0x0303_0701, "ARMT", Some(Method::Branch(Architecture::ArmThumb))),
    (0x8, "ARMT", Some(Method::Branch(Architecture::ArmThumb))),
    (0x0303_0805, "SPARC", Some(Method::Branch(Architecture::Sparc))),
    (0x9, "SPARC", Some(Method::Branch(Architecture::Sparc))),
    (0xA, "ARM64", Some(Method::Branch(Architecture::Arm64))),
    (0xB, "RISCV", Some(Method::Branch(Architecture::RiscV))),
    (0x3, "Delta", Some(Method::Delta)),
    (0x2_0302, "Swap2", Some(Method::Swap(2))),
    (0x2_0304, "Swap4", Some(Method::Swap(4))),
    (aes::METHOD_ID, "7zAES", Some(Method::Aes)),
    (0x06F0_0181, "AES256CBC", None),
];

fn row(method: u64) -> Option<&'static (u64, &'static str, Option<Method>)> {
    METHODS.iter().find(|row| row.0 == method)
}

impl Method {
    /// The method of that id.
    pub(super) fn of(method: u64) -> Option<Self> {
        row(method).and_then(|row| row.2)
    }
}

/// 7-Zip's name of a method: "LZMA2", "BCJ2", "PPMD", "7zAES"; `None` for an id that is not known here.
///
/// The short ids of the branch filters (4 to 9) have the names of the long ones, though 7-Zip reads them in xz only. The
/// methods of the extended 7-Zip (7-Zip ZS) have the names that it gives them; plain 7-Zip shows their ids.
pub fn method_name(method: u64) -> Option<&'static str> {
    row(method).map(|row| row.1)
}

/// The name, or the id as 7-Zip shows an unknown one: whole bytes in hexadecimal digits.
pub(super) fn name_or_id(method: u64) -> String {
    match method_name(method) {
        Some(name) => name.to_owned(),
        None => {
            let digits = format!("{method:X}");
            if digits.len() % 2 == 1 { format!("0{digits}") } else { digits }
        }
    }
}

/// What 7-Zip shows for a coder in `7zz l -slt`, behind "Method =": the method and the settings that its properties
/// hold, "LZMA2:24", "PPMD:o6:mem24". Properties that make no sense are left out.
pub fn describe(coder: &Coder<'_>) -> String {
    let settings = match (Method::of(coder.method), coder.properties) {
        (Some(Method::Lzma), &[first, ref dictionary @ ..]) => lzma_settings(first, dictionary),
        (Some(Method::Lzma2), &[property]) => {
            lzma::dictionary_of_property(property).map(|size| format!(":{}", short(size)))
        }
        (Some(Method::Ppmd), &[order, ref memory @ ..]) => {
            properties::u32_of(memory).map(|memory| format!(":o{order}:mem{}", short(memory.into())))
        }
        (Some(Method::Branch(Architecture::Arm64 | Architecture::RiscV)), bytes) => {
            properties::u32_of(bytes).map(|start| format!(":{start}"))
        }
        (Some(Method::Delta), &[distance]) => Some(format!(":{}", u32::from(distance) + 1)),
        (Some(Method::Aes), &[first, ..]) => Some(format!(":{}", first & 0x3F)),
        _ => None,
    };
    name_or_id(coder.method) + &settings.unwrap_or_default()
}

/// The dictionary, and what differs from lc = 3, lp = 0, pb = 2.
fn lzma_settings(first: u8, dictionary: &[u8]) -> Option<String> {
    let mut settings = format!(":{}", short(properties::u32_of(dictionary)?.into()));
    let (lc, lp, pb) = (first % 9, first / 9 % 5, first / 45);
    for (name, value, usual) in [("lc", lc, 3), ("lp", lp, 0), ("pb", pb, 2)] {
        if value != usual {
            settings += &format!(":{name}{value}");
        }
    }
    Some(settings)
}

/// A size as 7-Zip shows it: a power of two as its exponent, else in the largest unit that it is a multiple of.
fn short(size: u64) -> String {
    if size.is_power_of_two() {
        size.ilog2().to_string()
    } else if size.is_multiple_of(1 << 20) {
        format!("{}m", size >> 20)
    } else if size.is_multiple_of(1 << 10) {
        format!("{}k", size >> 10)
    } else {
        format!("{size}b")
    }
}
