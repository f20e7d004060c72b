//! Filters: what makes data easier to compress without changing its length.
//!
//! A branch filter turns the relative targets of an architecture's calls and jumps into absolute ones, which repeat. The
//! delta filter stores each byte as its difference from the one a fixed distance before: for samples and pixels.

use std::io::{self, Write};

use lzma_rust2::filter::bcj::BcjWriter;
use lzma_rust2::filter::delta::DeltaWriter;

/// An instruction set that has a branch filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// x86 and x86-64.
    X86,
    /// 32-bit ARM, little-endian.
    Arm,
    /// 32-bit ARM with Thumb instructions, little-endian.
    ArmThumb,
    /// 64-bit ARM. Read by 7-Zip 23 and later.
    Arm64,
    /// PowerPC, big-endian.
    Ppc,
    /// SPARC.
    Sparc,
    /// Itanium.
    Ia64,
    /// RISC-V. Read by 7-Zip 24 and later.
    RiscV,
}

impl Architecture {
    /// Every architecture that has a filter.
    pub const ALL: [Self; 8] =
        [Self::X86, Self::Arm, Self::ArmThumb, Self::Arm64, Self::Ppc, Self::Sparc, Self::Ia64, Self::RiscV];

    /// 7-Zip's id of its branch filter.
    pub fn id(self) -> u64 {
        match self {
            Self::X86 => 0x0303_0103,
            Self::Ppc => 0x0303_0205,
            Self::Ia64 => 0x0303_0401,
            Self::Arm => 0x0303_0501,
            Self::ArmThumb => 0x0303_0701,
            Self::Sparc => 0x0303_0805,
            Self::Arm64 => 0xA,
            Self::RiscV => 0xB,
        }
    }

    /// 7-Zip's name of its branch filter.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86 => "BCJ",
            Self::Ppc => "PPC",
            Self::Ia64 => "IA64",
            Self::Arm => "ARM",
            Self::ArmThumb => "ARMT",
            Self::Sparc => "SPARC",
            Self::Arm64 => "ARM64",
            Self::RiscV => "RISCV",
        }
    }

    /// Instructions begin at multiples of so many bytes: elsewhere the filter finds nothing.
    pub fn alignment(self) -> u64 {
        match self {
            Self::X86 => 1,
            Self::ArmThumb | Self::RiscV => 2,
            Self::Arm | Self::Arm64 | Self::Ppc | Self::Sparc => 4,
            Self::Ia64 => 16,
        }
    }
}

/// What a whole block passes through before it is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockFilter {
    /// A branch filter.
    Branch(Architecture),
    /// Differences at this distance in bytes, 1 to 256.
    Delta(u16),
}

/// 7-Zip's id of the delta filter.
pub const DELTA: u64 = 3;

impl BlockFilter {
    /// Whether it is the branch filter for x86, in whose place BCJ2 can be.
    pub fn is_x86(self) -> bool {
        self == Self::Branch(Architecture::X86)
    }

    /// 7-Zip's method id.
    pub fn id(self) -> u64 {
        match self {
            Self::Branch(architecture) => architecture.id(),
            Self::Delta(_) => DELTA,
        }
    }

    /// The coder's properties: delta has its distance less one, branch filters have none.
    pub fn properties(self) -> Vec<u8> {
        match self {
            Self::Branch(_) => Vec::new(),
            Self::Delta(distance) => vec![(distance - 1) as u8],
        }
    }

    /// A filter for one block.
    pub fn encoder(self) -> FilterEncoder {
        let out = Vec::new();
        FilterEncoder(match self {
            Self::Delta(distance) => Writer::Delta(Box::new(DeltaWriter::new(out, usize::from(distance)))),
            Self::Branch(architecture) => Writer::Branch(match architecture {
                Architecture::X86 => BcjWriter::new_x86(out, 0),
                Architecture::Arm => BcjWriter::new_arm(out, 0),
                Architecture::ArmThumb => BcjWriter::new_arm_thumb(out, 0),
                Architecture::Arm64 => BcjWriter::new_arm64(out, 0),
                Architecture::Ppc => BcjWriter::new_ppc(out, 0),
                Architecture::Sparc => BcjWriter::new_sparc(out, 0),
                Architecture::Ia64 => BcjWriter::new_ia64(out, 0),
                Architecture::RiscV => BcjWriter::new_riscv(out, 0),
            }),
        })
    }

    /// Filters the whole of a block.
    ///
    /// # Errors
    /// None in practice: the filter writes to memory.
    pub fn whole(self, data: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let mut encoder = self.encoder();
        encoder.filter(data, out)?;
        encoder.finish(out)
    }
}

/// The filter over one block. Holds back a few bytes at a time, until those after them are known.
pub struct FilterEncoder(Writer);

enum Writer {
    Branch(BcjWriter<Vec<u8>>),
    /// Boxed: it holds its last 256 bytes.
    Delta(Box<DeltaWriter<Vec<u8>>>),
}

/// Most bytes that a [`FilterEncoder`] holds back: with them, output can be longer than the input that led to it.
pub const HELD_BACK: usize = 16;

impl FilterEncoder {
    /// Filters `data` and appends what is ready to `out`.
    ///
    /// # Errors
    /// None in practice: the filter writes to memory.
    pub fn filter(&mut self, data: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let ready = match &mut self.0 {
            Writer::Branch(writer) => {
                writer.write_all(data)?;
                writer.inner_mut()
            }
            Writer::Delta(writer) => {
                writer.write_all(data)?;
                writer.inner_mut()
            }
        };
        out.append(ready);
        Ok(())
    }

    /// Ends the block: appends the bytes held back.
    ///
    /// # Errors
    /// None in practice: the filter writes to memory.
    pub fn finish(self, out: &mut Vec<u8>) -> io::Result<()> {
        if let Writer::Branch(writer) = self.0 {
            out.append(&mut writer.finish()?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use lzma_rust2::filter::bcj::BcjReader;
    use lzma_rust2::filter::delta::DeltaReader;

    use super::*;

    /// Every filter, with delta at its borders.
    fn all() -> impl Iterator<Item = BlockFilter> {
        let branches = Architecture::ALL.into_iter().map(BlockFilter::Branch);
        branches.chain([1, 4, 255, 256].map(BlockFilter::Delta))
    }

    /// Bytes that look like branches of every architecture, among others.
    fn branches() -> Vec<u8> {
        let mut state = 1u32;
        let mut bytes = Vec::new();
        while bytes.len() < 50_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let near = (state >> 20).to_le_bytes();
            bytes.extend(match state >> 29 {
                0 => vec![0xE8, near[0], near[1], 0, 0],
                1 => vec![near[0], near[1], 0, 0xEB],
                2 => vec![near[0], 0xF0, near[1], 0xF8],
                3 => vec![near[0], near[1], 0, 0x94],
                4 => vec![0x48, 0, near[1], near[0] & 0xFC | 1],
                5 => vec![0x40, 0, near[1], near[0]],
                6 => vec![0x10, 0, 0, 0, 0, near[0], near[1], 0, 0, 0, 0, 0x50, 0, 0, 0, 0],
                _ => vec![0xEF, near[0], near[1], 0],
            });
        }
        bytes
    }

    #[test]
    fn filtering_in_portions_is_filtering_at_once() {
        let data = branches();
        for filter in all() {
            let mut once = Vec::new();
            filter.whole(&data, &mut once).unwrap();
            assert_eq!(once.len(), data.len());
            assert_ne!(once, data, "{filter:?} finds nothing");
            for portion in [1, 3, 4, 5, 15, 16, 17, 4096, 10_001] {
                let mut out = Vec::new();
                let mut encoder = filter.encoder();
                for part in data.chunks(portion) {
                    let before = out.len();
                    encoder.filter(part, &mut out).unwrap();
                    assert!(out.len() - before <= part.len() + HELD_BACK, "{filter:?}");
                }
                encoder.finish(&mut out).unwrap();
                assert_eq!(out, once, "{filter:?} in portions of {portion}");
            }
        }
    }

    #[test]
    fn filtered_data_comes_back_at_every_length() {
        let data = branches();
        for filter in all() {
            for len in (0..40).chain([data.len()]) {
                let mut filtered = Vec::new();
                filter.whole(&data[..len], &mut filtered).unwrap();
                let filtered = filtered.as_slice();
                let mut back = Vec::new();
                match filter {
                    BlockFilter::Delta(distance) => {
                        DeltaReader::new(filtered, usize::from(distance)).read_to_end(&mut back).unwrap();
                    }
                    BlockFilter::Branch(architecture) => {
                        let mut reader = match architecture {
                            Architecture::X86 => BcjReader::new_x86(filtered, 0),
                            Architecture::Arm => BcjReader::new_arm(filtered, 0),
                            Architecture::ArmThumb => BcjReader::new_arm_thumb(filtered, 0),
                            Architecture::Arm64 => BcjReader::new_arm64(filtered, 0),
                            Architecture::Ppc => BcjReader::new_ppc(filtered, 0),
                            Architecture::Sparc => BcjReader::new_sparc(filtered, 0),
                            Architecture::Ia64 => BcjReader::new_ia64(filtered, 0),
                            Architecture::RiscV => BcjReader::new_riscv(filtered, 0),
                        };
                        reader.read_to_end(&mut back).unwrap();
                    }
                }
                assert!(back == data[..len], "{filter:?}, {len} bytes");
            }
        }
    }
}
