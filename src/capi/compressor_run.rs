//! Compressor handles: the jobs.

use std::ffi::{c_char, c_void};

use super::items::Array;
use super::run::{to_file, to_memory};
use super::types::*;

/// Compresses items into the .7z file outputPath, and returns when that is done. The file appears under its name only
/// when it is complete; what was there before is then replaced. On any error nothing is left and nothing was touched.
/// items may be NULL if numItems is 0; with no items at all the archive is empty, as 7-Zip makes it. outputPath must not
/// be NULL or empty.
/// Returns S_OK: all items are in; S_FALSE: some failed (the error callback named them) and the others are in; E_ABORT:
/// cancelled; E_INVALIDARG: no such handle, NULL, a malformed string or item, or settings that contradict each other;
/// E_OUTOFMEMORY: no memory, or the memory limit is too low; E_FAIL: a job runs already, or an internal error; anything
/// else is the system's error about the output file, as an HRESULT. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressMultiple(
    handle: ParallelCompressorHandle,
    items: *mut ParallelInputItemC,
    num_items: UInt32,
    output_path: *const WChar,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_file(handle, &Array(items.cast_const(), num_items), output_path) }
}

/// ParallelCompressor_CompressMultiple with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressMultipleUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelInputItemUtf8C,
    num_items: UInt32,
    output_path: *const c_char,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_file(handle, &Array(items, num_items), output_path) }
}

/// Compresses items into memory: on S_OK and S_FALSE, *outputBuffer is a block from malloc with the whole archive and
/// *outputSize its size; free it with ParallelCompress_Free, or with free where program and library share the C library.
/// Otherwise they are NULL and 0. The volume size must be 0.
/// Returns as ParallelCompressor_CompressMultiple; E_INVALIDARG too if outputBuffer or outputSize is NULL.
/// Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressMultipleToMemory(
    handle: ParallelCompressorHandle,
    items: *mut ParallelInputItemC,
    num_items: UInt32,
    output_buffer: *mut *mut c_void,
    output_size: *mut usize,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_memory(handle, &Array(items.cast_const(), num_items), output_buffer, output_size) }
}

/// ParallelCompressor_CompressMultipleToMemory with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressMultipleToMemoryUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelInputItemUtf8C,
    num_items: UInt32,
    output_buffer: *mut *mut c_void,
    output_size: *mut usize,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_memory(handle, &Array(items, num_items), output_buffer, output_size) }
}
