//! What a compressor does to data: filters, and methods as 7-Zip's switches name them.

use std::ffi::c_char;

use super::compressor_setup::try_set;
use super::strings::CharacterC;
use super::types::*;

/// What data passes through before it is compressed, by 7-Zip's id: PARALLELCOMPRESS_FILTER_AUTO (default: executables,
/// recognised by their own ELF, PE or Mach-O headers, through the branch filter for their architecture, everything else
/// through none), _NONE (for readers that lack a filter: ARM64 is read by 7-Zip from version 23 on and by libarchive since
/// 2023, RISC-V by 7-Zip from version 24 on and by libarchive since 2024), one of _BCJ_X86, _ARM, _ARMT, _ARM64, _PPC,
/// _SPARC, _IA64 and _RISCV (every block through that branch filter), _DELTA (every byte as its difference from the one a
/// distance before, for samples and pixels), or _BCJ2 (as _AUTO, but executables for x86 and x86-64 through BCJ2).
/// parameter: for _DELTA that distance in bytes, 1 to 256; for all others 0.
///
/// BCJ2 is the strongest filter for x86: it takes the targets of calls and jumps out of the code, into streams of their own.
/// 7-Zip, libarchive and sevenz-rust2 read it; py7zr does not, so _AUTO chooses it at no level. It is for method LZMA2 at
/// levels 1 to 9: with another method or at level 0, jobs and estimates fail with E_INVALIDARG. Some blocks of such
/// executables pass through _BCJ_X86 all the same: one that is longer than the dictionary (as the memory limit leaves it; 64
/// KiB where it is smaller), one that has too little to take out for that to pay (programs below about 20 KB), and one that
/// has so much of it that it is no code.
///
/// Returns S_OK; E_INVALIDARG: no such handle, an unknown filter, or a parameter that it cannot have; E_FAIL: a job runs.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetFilter(
    handle: ParallelCompressorHandle,
    filter_id: UInt64,
    parameter: UInt32,
) -> HRESULT {
    try_set(handle, |settings| settings.set_filter(filter_id, parameter))
}

/// The method with its parameters, as 7-Zip's switch -m takes it: a name (LZMA2, LZMA, PPMd, BZip2, Deflate, Copy, ZSTD,
/// Brotli, LZ4; upper or lower case), then parameters behind colons; before the name, with a space between, a filter (BCJ,
/// BCJ2, ARM, ARMT, ARM64, PPC, SPARC, IA64, RISCV, Delta:4). For example "LZMA2:d=64m:fb=64", "PPMd:o=8:mem=64m", "BCJ LZMA2".
/// BCJ2 is PARALLELCOMPRESS_FILTER_BCJ2: only before LZMA2, and only for executables for x86; the others are for all data.
///
/// Parameters: x is the level, 0 to 9, with any method. d is the dictionary: 4 KiB to 1 GiB with LZMA2 and LZMA, 1 KiB to
/// 128 MiB with ZSTD, to 16 MiB with Brotli; with BZip2 the size of a block, 100000b to 900k. fb is the nice length of LZMA2
/// and LZMA, 5 to 273. o is PPMd's order, 2 to 64, and mem its memory, 2 KiB to 1 GiB. A size is a number with b, k, m or g
/// behind it; without a letter it is a power of two: d=24 is 16 MiB.
///
/// Takes the place of what ParallelCompressor_SetCompressionMethod and ParallelCompressor_SetDictionarySize set before, and of
/// an earlier method string: what the text does not name is by level. Level and filter change only where it names them.
/// Returns S_OK; E_INVALIDARG: no such handle, NULL, a malformed string, or an unknown method, filter or parameter or a value
/// out of its range, which GetLastErrorMessage then names (nothing changes); E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_SetMethodString(
    handle: ParallelCompressorHandle,
    method: *const WChar,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| settings.set_method_string(unsafe { WChar::text(method, "method") }?))
}

/// ParallelCompressor_SetMethodString with the text in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_SetMethodStringUtf8(
    handle: ParallelCompressorHandle,
    method: *const c_char,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| settings.set_method_string(unsafe { c_char::text(method, "method") }?))
}

#[cfg(test)]
mod tests {
    use crate::capi::settings::{FILTER_AUTO, FILTER_NONE};
    use crate::codec::bcj2;
    use crate::codec::filter::{Architecture, DELTA};
    use crate::job::Method;

    /// The macros of the header are text for cbindgen: they must say what the engine says.
    #[test]
    fn the_macros_are_the_ids_of_the_engine() {
        let config = include_str!("../../cbindgen.toml");
        let value = |name: &str| {
            let line = config.lines().find_map(|line| line.strip_prefix("#define ")?.strip_prefix(name)).unwrap();
            u64::from_str_radix(line.trim().trim_start_matches("0x").trim_end_matches('u'), 16).unwrap()
        };
        for method in Method::ALL {
            let name = match method {
                Method::Zstandard => "ZSTANDARD".to_owned(),
                method => method.name().to_uppercase(),
            };
            assert_eq!(value(&format!("PARALLELCOMPRESS_METHOD_{name} ")), method.id(), "{name}");
        }
        for architecture in Architecture::ALL {
            let name = match architecture {
                Architecture::X86 => "BCJ_X86",
                architecture => architecture.name(),
            };
            assert_eq!(value(&format!("PARALLELCOMPRESS_FILTER_{name} ")), architecture.id(), "{name}");
        }
        assert_eq!(value("PARALLELCOMPRESS_FILTER_BCJ2 "), bcj2::ID);
        assert_eq!(value("PARALLELCOMPRESS_FILTER_DELTA "), DELTA);
        assert_eq!(value("PARALLELCOMPRESS_FILTER_NONE "), FILTER_NONE);
        assert_eq!(value("PARALLELCOMPRESS_FILTER_AUTO "), FILTER_AUTO);
    }
}
