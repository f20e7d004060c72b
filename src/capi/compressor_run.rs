//! Compressor handles: the jobs.

use std::ffi::{c_char, c_void};

use super::compressor::{Compressor, archive_of, file_target};
use super::guard::{Failure, on_handle};
use super::items::ItemC;
use super::memory::to_malloc;
use super::strings::CharacterC;
use super::types::*;
use crate::output::Target;

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
    unsafe { to_file(handle, items, num_items, output_path) }
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
    unsafe { to_file(handle, items, num_items, output_path) }
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
    unsafe { to_memory(handle, items.cast_const(), num_items, output_buffer, output_size) }
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
    unsafe { to_memory(handle, items, num_items, output_buffer, output_size) }
}

/// A job to a file.
///
/// SAFETY: `items` as for `Compressor::run`; `output_path` is NULL or terminated.
unsafe fn to_file<T: ItemC, C: CharacterC>(
    handle: ParallelCompressorHandle,
    items: *const T,
    count: u32,
    output_path: *const C,
) -> HRESULT {
    on_handle::<Compressor>(handle, |compressor| {
        // SAFETY: the same promise.
        let target = file_target(unsafe { C::path(output_path, "outputPath") }?)?;
        // SAFETY: the same promise.
        unsafe { compressor.run(items, count, &target) }.map(|(code, _)| code)
    })
}

/// A job to memory.
///
/// SAFETY: `items` as for `Compressor::run`; the others are NULL or writable.
unsafe fn to_memory<T: ItemC>(
    handle: ParallelCompressorHandle,
    items: *const T,
    count: u32,
    output_buffer: *mut *mut c_void,
    output_size: *mut usize,
) -> HRESULT {
    // SAFETY: not NULL, and so writable.
    let write = |buffer, size| unsafe {
        output_buffer.write(buffer);
        output_size.write(size);
    };
    let both = !output_buffer.is_null() && !output_size.is_null();
    if both {
        write(std::ptr::null_mut(), 0);
    }
    on_handle::<Compressor>(handle, |compressor| {
        if !both {
            return Err(Failure::invalid("outputBuffer or outputSize is NULL"));
        }
        // SAFETY: the same promise.
        let (code, summary) = unsafe { compressor.run(items, count, &Target::Memory) }?;
        let archive = archive_of(summary)?;
        write(to_malloc(&archive)?, archive.len());
        Ok(code)
    })
}
