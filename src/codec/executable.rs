//! Executables are recognised by their own headers (ELF, PE, Mach-O), not by name: which architecture's code is in them.

use super::filter::Architecture;

/// Bytes from the start of a file that suffice to recognise it.
pub const SNIFF: usize = 4096;

/// Whose code a file holds that begins with `start` ([`SNIFF`] bytes of it, or all where it is shorter; more are not looked
/// at), if there is a filter for that.
pub fn architecture(start: &[u8]) -> Option<Architecture> {
    let start = &start[..start.len().min(SNIFF)];
    elf(start).or_else(|| pe(start)).or_else(|| mach_o(start))
}

/// ELF: e_ident says the byte order, e_machine the architecture. A library of data has none.
fn elf(start: &[u8]) -> Option<Architecture> {
    if !start.starts_with(b"\x7FELF") {
        return None;
    }
    let order = match start.get(5)? {
        1 => Order::Little,
        2 => Order::Big,
        _ => return None,
    };
    if is_data(start, order) == Some(true) {
        return None;
    }
    match (order.u16_at(start, 18)?, order) {
        // EM_386, EM_486, EM_X86_64.
        (3 | 6 | 62, Order::Little) => Some(Architecture::X86),
        // EM_SPARC, EM_SPARC32PLUS, EM_SPARCV9.
        (2 | 18 | 43, Order::Big) => Some(Architecture::Sparc),
        // EM_PPC, EM_PPC64.
        (20 | 21, Order::Big) => Some(Architecture::Ppc),
        // EM_ARM: e_entry is odd where the program starts with Thumb instructions.
        (40, Order::Little) if order.u32_at(start, 24)? & 1 == 1 => Some(Architecture::ArmThumb),
        (40, Order::Little) => Some(Architecture::Arm),
        // EM_IA_64, EM_AARCH64, EM_RISCV.
        (50, Order::Little) => Some(Architecture::Ia64),
        (183, Order::Little) => Some(Architecture::Arm64),
        (243, Order::Little) => Some(Architecture::RiscV),
        _ => None,
    }
}

/// Of what an ELF file has the system load, less than one byte in so many is code in a library of data. A filter would find
/// branches there by chance only, and make it larger: ICU's data by 0.5 %.
const LEAST_CODE: u64 = 64;

/// Whether the program headers of an ELF file say so. `None`: there are none, or they do not lie at its start.
fn is_data(start: &[u8], order: Order) -> Option<bool> {
    // Of the 32 or 64 bits that e_ident says; both have p_type first.
    let (mut all, mut code) = (0u64, 0u64);
    let is_64 = *start.get(4)? == 2;
    let number = |at: usize| if is_64 { order.u64_at(start, at) } else { order.u32_at(start, at).map(u64::from) };
    let (e_phoff, e_phentsize) = if is_64 { (32, 54) } else { (28, 42) };
    let (p_flags, p_filesz) = if is_64 { (4, 32) } else { (24, 16) };
    let size = usize::from(order.u16_at(start, e_phentsize)?);
    let count = usize::from(order.u16_at(start, e_phentsize + 2)?);
    let first = usize::try_from(number(e_phoff)?).ok()?;
    for header in 0..count {
        let header = first.checked_add(header * size)?;
        let (kind, flags) = (order.u32_at(start, header)?, order.u32_at(start, header.checked_add(p_flags)?)?);
        let bytes = number(header.checked_add(p_filesz)?)?;
        // PT_LOAD, PF_X.
        if kind == 1 {
            all = all.checked_add(bytes)?;
            code = code.checked_add(if flags & 1 == 0 { 0 } else { bytes })?;
        }
    }
    (all > 0).then_some(code < all / LEAST_CODE)
}

/// PE: the DOS header's e_lfanew points at the signature, which the COFF header's Machine follows.
fn pe(start: &[u8]) -> Option<Architecture> {
    if !start.starts_with(b"MZ") {
        return None;
    }
    let at = usize::try_from(Order::Little.u32_at(start, 0x3C)?).ok()?;
    if !start.get(at..)?.starts_with(b"PE\0\0") {
        return None;
    }
    match Order::Little.u16_at(start, at + 4)? {
        // IMAGE_FILE_MACHINE_I386, _AMD64.
        0x14C | 0x8664 => Some(Architecture::X86),
        // _ARM and _THUMB (both mostly ARM instructions), _ARMNT (Thumb-2), _ARM64.
        0x1C0 | 0x1C2 => Some(Architecture::Arm),
        0x1C4 => Some(Architecture::ArmThumb),
        0xAA64 => Some(Architecture::Arm64),
        // _IA64, _RISCV32, _RISCV64.
        0x200 => Some(Architecture::Ia64),
        0x5032 | 0x5064 => Some(Architecture::RiscV),
        _ => None,
    }
}

/// Mach-O: a magic of 32 or 64 bits in the file's byte order, then cputype, with or without CPU_ARCH_ABI64.
fn mach_o(start: &[u8]) -> Option<Architecture> {
    let is_magic = |order: Order| matches!(order.u32_at(start, 0), Some(0xFEED_FACE | 0xFEED_FACF));
    let order = [Order::Little, Order::Big].into_iter().find(|&order| is_magic(order))?;
    match (order.u32_at(start, 4)? & !0x0100_0000, order) {
        (7, Order::Little) => Some(Architecture::X86),
        // CPU_TYPE_ARM: of 64 bits where CPU_ARCH_ABI64 is set.
        (12, Order::Little) if order.u32_at(start, 4)? == 12 => Some(Architecture::Arm),
        (12, Order::Little) => Some(Architecture::Arm64),
        (14, Order::Big) => Some(Architecture::Sparc),
        (18, Order::Big) => Some(Architecture::Ppc),
        _ => None,
    }
}

/// Which byte of a number comes first.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16_at(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    fn u32_at(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }

    fn u64_at(self, bytes: &[u8], at: usize) -> Option<u64> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf_of(order: u8, machine: [u8; 2], entry: [u8; 4]) -> Vec<u8> {
        let mut elf = vec![0x7F, b'E', b'L', b'F', 2, order, 1, 0];
        elf.resize(64, 0);
        elf[18..20].copy_from_slice(&machine);
        elf[24..28].copy_from_slice(&entry);
        elf
    }

    fn pe_of(machine: u16) -> Vec<u8> {
        let mut pe = vec![0u8; 0x200];
        pe[..2].copy_from_slice(b"MZ");
        pe[0x3C] = 0x80;
        pe[0x80..0x84].copy_from_slice(b"PE\0\0");
        pe[0x84..0x86].copy_from_slice(&machine.to_le_bytes());
        pe
    }

    #[test]
    fn elf_headers_of_either_byte_order() {
        use Architecture::*;
        for (order, machine, entry, expected) in [
            (1, [3, 0], 0, Some(X86)),
            (1, [62, 0], 0, Some(X86)),
            (2, [0, 62], 0, None),
            (1, [40, 0], 0x8000, Some(Arm)),
            (1, [40, 0], 0x8001, Some(ArmThumb)),
            (2, [0, 40], 0, None),
            (1, [183, 0], 0, Some(Arm64)),
            (1, [243, 0], 0, Some(RiscV)),
            (1, [50, 0], 0, Some(Ia64)),
            (2, [0, 20], 0, Some(Ppc)),
            (2, [0, 21], 0, Some(Ppc)),
            (1, [21, 0], 0, None), // ppc64le: the filter is for big-endian code
            (2, [0, 2], 0, Some(Sparc)),
            (2, [0, 43], 0, Some(Sparc)),
            (1, [22, 0], 0, None), // s390
            (3, [62, 0], 0, None),
        ] {
            let elf = elf_of(order, machine, u32::to_le_bytes(entry));
            assert_eq!(architecture(&elf), expected, "byte order {order}, machine {machine:?}");
        }
    }

    /// An ELF file of this machine with segments that are loaded, of so many bytes and with these flags.
    fn elf_with_segments(is_64: bool, order: u8, machine: [u8; 2], segments: &[(u32, u32)]) -> Vec<u8> {
        let mut elf = elf_of(order, machine, [0; 4]);
        elf[4] = if is_64 { 2 } else { 1 };
        let mut put = |at: usize, bytes: usize, value: u32| {
            let end = (at + bytes).max(elf.len());
            elf.resize(end, 0);
            match order {
                1 => elf[at..at + bytes].copy_from_slice(&u64::from(value).to_le_bytes()[..bytes]),
                _ => elf[at..at + bytes].copy_from_slice(&u64::from(value).to_be_bytes()[8 - bytes..]),
            }
        };
        let (word, size, e_phoff, e_phentsize) = if is_64 { (8, 56, 32, 54) } else { (4, 32, 28, 42) };
        put(e_phoff, word, 64);
        put(e_phentsize, 2, size);
        // And two that are not loaded: a stack that is code, and a note.
        put(e_phentsize + 2, 2, segments.len() as u32 + 2);
        let others = [(0x6474_E551, 1 << 20, 1), (4, 1 << 20, 4)];
        let all = segments.iter().map(|&(bytes, flags)| (1, bytes, flags)).chain(others);
        for (number, (kind, bytes, flags)) in all.enumerate() {
            let at = 64 + number * size as usize;
            put(at + size as usize - 4, 4, 0);
            put(at, 4, kind);
            put(at + if is_64 { 4 } else { 24 }, 4, flags);
            put(at + if is_64 { 32 } else { 16 }, word, bytes);
        }
        elf
    }

    #[test]
    fn a_library_of_data_is_no_executable() {
        use Architecture::*;
        for (is_64, order, machine, expected) in
            [(true, 1, [62, 0], X86), (false, 1, [3, 0], X86), (true, 2, [0, 21], Ppc), (false, 2, [0, 20], Ppc)]
        {
            let of = |segments: &[(u32, u32)]| architecture(&elf_with_segments(is_64, order, machine, segments));
            assert_eq!(of(&[(0x400, 4), (0x105, 5), (31_000_000, 4), (0x1E0, 6)]), None);
            assert_eq!(of(&[(1000, 5), (63_000, 4)]), Some(expected));
            assert_eq!(of(&[(1000, 5), (64_100, 4)]), None);
            assert_eq!(of(&[(1_000_000, 5)]), Some(expected));
            assert_eq!(of(&[]), Some(expected), "nothing is loaded of an object file");
            // What the start does not have tells nothing.
            let data = elf_with_segments(is_64, order, machine, &[(1000, 5), (640_000, 4)]);
            assert_eq!((architecture(&data), architecture(&data[..data.len() - 40])), (None, Some(expected)));
        }
        let mut astray = elf_with_segments(true, 1, [62, 0], &[(1000, 5), (640_000, 4)]);
        astray[32..40].copy_from_slice(&[0xFF; 8]);
        assert_eq!(architecture(&astray), Some(X86));
    }

    #[test]
    fn pe_headers() {
        use Architecture::*;
        for (machine, expected) in [
            (0x14C, Some(X86)),
            (0x8664, Some(X86)),
            (0x1C0, Some(Arm)),
            (0x1C4, Some(ArmThumb)),
            (0xAA64, Some(Arm64)),
            (0x200, Some(Ia64)),
            (0x5064, Some(RiscV)),
            (0x1F0, None), // PowerPC, little-endian
        ] {
            assert_eq!(architecture(&pe_of(machine)), expected, "{machine:#x}");
        }
        let mut astray = pe_of(0x8664);
        astray[0x3C..0x40].copy_from_slice(&[0xFF; 4]);
        assert_eq!(architecture(&astray), None);
    }

    #[test]
    fn mach_o_headers_of_either_byte_order() {
        use Architecture::*;
        for (header, expected) in [
            ([0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1], Some(X86)),
            ([0xCE, 0xFA, 0xED, 0xFE, 7, 0, 0, 0], Some(X86)),
            ([0xCF, 0xFA, 0xED, 0xFE, 12, 0, 0, 1], Some(Arm64)),
            ([0xCE, 0xFA, 0xED, 0xFE, 12, 0, 0, 0], Some(Arm)),
            ([0xFE, 0xED, 0xFA, 0xCE, 0, 0, 0, 18], Some(Ppc)),
            ([0xFE, 0xED, 0xFA, 0xCF, 1, 0, 0, 18], Some(Ppc)),
            ([0xFE, 0xED, 0xFA, 0xCE, 0, 0, 0, 14], Some(Sparc)),
            ([0xFE, 0xED, 0xFA, 0xCE, 0, 0, 0, 7], None),
            ([0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 2], None), // several architectures in one file, or Java
        ] {
            assert_eq!(architecture(&header), expected, "{header:02x?}");
        }
    }

    #[test]
    fn what_ends_early_is_no_executable() {
        let whole = [elf_of(1, [62, 0], [0; 4]), pe_of(0x8664), vec![0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1]];
        for header in whole {
            assert!((0..8).all(|len| architecture(&header[..len]).is_none()));
        }
        assert_eq!(architecture(b"#!/bin/sh\n"), None);
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn programs_of_this_machine_are_recognised() {
        let mut programs = 0;
        for entry in std::fs::read_dir("/usr/bin").unwrap().flatten() {
            let Ok(bytes) = std::fs::read(entry.path()) else { continue };
            if bytes.starts_with(b"\x7FELF") {
                assert_eq!(architecture(&bytes[..SNIFF]), Some(Architecture::X86), "{:?}", entry.path());
                programs += 1;
            }
        }
        assert!(programs > 50, "{programs} programs in /usr/bin");
    }
}
