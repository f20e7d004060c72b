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
    Branch(Architecture),
    Bcj2,
    Delta,
    /// The bytes of each unit of so many are turned round.
    Swap(usize),
    Aes,
}

/// 7-Zip's ids and names. The branch filters have two ids: 7z's own, and short ones, which came with the xz format.
const METHODS: &[(u64, &str, Method)] = &[
    (0, "Copy", Method::Copy),
    (0x3_0101, "LZMA", Method::Lzma),
    (0x21, "LZMA2", Method::Lzma2),
    (0x0303_0103, "BCJ", Method::Branch(Architecture::X86)),
    (0x4, "BCJ", Method::Branch(Architecture::X86)),
    (0x0303_011B, "BCJ2", Method::Bcj2),
    (0x0303_0205, "PPC", Method::Branch(Architecture::Ppc)),
    (0x5, "PPC", Method::Branch(Architecture::Ppc)),
    (0x0303_0401, "IA64", Method::Branch(Architecture::Ia64)),
    (0x6, "IA64", Method::Branch(Architecture::Ia64)),
    (0x0303_0501, "ARM", Method::Branch(Architecture::Arm)),
    (0x7, "ARM", Method::Branch(Architecture::Arm)),
    (0x0303_0701, "ARMT", Method::Branch(Architecture::ArmThumb)),
    (0x8, "ARMT", Method::Branch(Architecture::ArmThumb)),
    (0x0303_0805, "SPARC", Method::Branch(Architecture::Sparc)),
    (0x9, "SPARC", Method::Branch(Architecture::Sparc)),
    (0xA, "ARM64", Method::Branch(Architecture::Arm64)),
    (0xB, "RISCV", Method::Branch(Architecture::RiscV)),
    (0x3, "Delta", Method::Delta),
    (0x2_0302, "Swap2", Method::Swap(2)),
    (0x2_0304, "Swap4", Method::Swap(4)),
    (aes::METHOD_ID, "7zAES", Method::Aes),
];

fn row(method: u64) -> Option<&'static (u64, &'static str, Method)> {
    METHODS.iter().find(|row| row.0 == method)
}

impl Method {
    /// The method of that id.
    pub(super) fn of(method: u64) -> Option<Self> {
        row(method).map(|row| row.2)
    }
}

/// 7-Zip's name of a method: "LZMA2", "BCJ2", "PPMD", "7zAES"; `None` for an id that is not known here.
///
/// The short ids of the branch filters (4 to 9) have the names of the long ones, though 7-Zip reads them in xz only. The
/// methods of the extended 7-Zip have its names.
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
