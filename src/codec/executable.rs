//! The filter for x86 executables (BCJ): relative call and jump targets become absolute ones, which repeat.
//!
//! Files are recognised by their own headers (ELF, PE, Mach-O), not by name.

use std::io::{self, Write};

use lzma_rust2::filter::bcj::BcjWriter;

/// 7-Zip's method id of the x86 branch filter. It has no properties.
pub const BCJ_X86: u64 = 0x0303_0103;

/// Bytes from the start of a file that suffice to recognise it.
pub const SNIFF: usize = 4096;

/// Whether a file that begins with `start` holds x86 or x86-64 code.
pub fn is_x86(start: &[u8]) -> bool {
    elf_is_x86(start) || pe_is_x86(start) || mach_o_is_x86(start)
}

/// ELF: e_machine is EM_386 (3) or EM_X86_64 (62), little-endian.
fn elf_is_x86(start: &[u8]) -> bool {
    start.starts_with(b"\x7FELF") && start.get(5) == Some(&1) && matches!(u16_at(start, 18), Some(3 | 62))
}

/// PE: the DOS header's e_lfanew points at the signature, which IMAGE_FILE_MACHINE_I386 or _AMD64 follows.
fn pe_is_x86(start: &[u8]) -> bool {
    let signature = || u32_at(start, 0x3C).and_then(|at| usize::try_from(at).ok());
    start.starts_with(b"MZ")
        && signature().is_some_and(|at| {
            start.get(at..).is_some_and(|pe| pe.starts_with(b"PE\0\0"))
                && at
                    .checked_add(4)
                    .and_then(|at| u16_at(start, at))
                    .is_some_and(|machine| matches!(machine, 0x14C | 0x8664))
        })
}

/// Mach-O: magic of 32 or 64 bits, little-endian, CPU_TYPE_X86 with or without CPU_ARCH_ABI64.
fn mach_o_is_x86(start: &[u8]) -> bool {
    matches!(u32_at(start, 0), Some(0xFEED_FACE | 0xFEED_FACF)) && matches!(u32_at(start, 4), Some(7 | 0x0100_0007))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The filter over one block. Holds back a few bytes at a time, until those after them are known.
pub struct X86Filter {
    writer: BcjWriter<Vec<u8>>,
}

/// Most bytes that [`X86Filter`] holds back: with them, output can be longer than the input that led to it.
pub const HELD_BACK: usize = 16;

impl Default for X86Filter {
    fn default() -> Self {
        Self { writer: BcjWriter::new_x86(Vec::new(), 0) }
    }
}

impl X86Filter {
    /// Filters `data` and appends what is ready to `out`.
    ///
    /// # Errors
    /// None in practice: the filter writes to memory.
    pub fn filter(&mut self, data: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.writer.write_all(data)?;
        out.append(self.writer.inner_mut());
        Ok(())
    }

    /// Ends the block: appends the bytes held back.
    ///
    /// # Errors
    /// None in practice: the filter writes to memory.
    pub fn finish(self, out: &mut Vec<u8>) -> io::Result<()> {
        out.append(&mut self.writer.finish()?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_recognised_by_their_headers() {
        let mut elf = vec![0x7F, b'E', b'L', b'F', 2, 1, 1, 0];
        elf.resize(64, 0);
        assert!(!is_x86(&elf));
        elf[18] = 62;
        assert!(is_x86(&elf));
        elf[18] = 183; // AArch64
        assert!(!is_x86(&elf));

        let mut pe = vec![0u8; 0x200];
        pe[..2].copy_from_slice(b"MZ");
        pe[0x3C] = 0x80;
        pe[0x80..0x86].copy_from_slice(&[b'P', b'E', 0, 0, 0x64, 0x86]);
        assert!(is_x86(&pe));
        pe[0x3C..0x40].copy_from_slice(&[0xFF; 4]);
        assert!(!is_x86(&pe));

        assert!(is_x86(&[0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1]));
        assert!(!is_x86(b""));
        assert!(!is_x86(b"#!/bin/sh"));
    }

    #[test]
    fn filtering_in_portions_is_filtering_at_once() {
        let data: Vec<u8> = (0..50_000u32).map(|i| if i % 7 == 0 { 0xE8 } else { ((i * i) >> 3) as u8 & 1 }).collect();
        let filtered = |portion: usize| {
            let mut out = Vec::new();
            let mut filter = X86Filter::default();
            for part in data.chunks(portion) {
                let before = out.len();
                filter.filter(part, &mut out).unwrap();
                assert!(out.len() - before <= part.len() + HELD_BACK);
            }
            filter.finish(&mut out).unwrap();
            out
        };
        let once = filtered(usize::MAX);
        assert_eq!(once.len(), data.len());
        assert_ne!(once, data);
        for portion in [1, 3, 4, 5, 4096, 10_001] {
            assert_eq!(filtered(portion), once, "portions of {portion}");
        }
    }
}
