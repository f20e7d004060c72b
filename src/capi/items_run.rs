//! Compressor handles: jobs of items with metadata.

use std::ffi::{c_char, c_void};

use super::item_struct::{ParallelItemC, ParallelItemUtf8C, SizedArray};
use super::run::{to_descriptor, to_file, to_memory, to_stream};
use super::types::*;

/// ParallelCompressor_CompressMultiple for items with metadata.
/// Returns as that; E_INVALIDARG too if a StructSize is none or differs from the first one's, for an unknown flag, and for
/// what ParallelItemC forbids. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressItems(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemC,
    num_items: UInt32,
    output_path: *const WChar,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_file(handle, &SizedArray(items, num_items), output_path) }
}

/// ParallelCompressor_CompressItems with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressItemsUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemUtf8C,
    num_items: UInt32,
    output_path: *const c_char,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_file(handle, &SizedArray(items, num_items), output_path) }
}

/// ParallelCompressor_CompressMultipleToMemory for items with metadata.
/// Returns as that, and as ParallelCompressor_CompressItems. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressItemsToMemory(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemC,
    num_items: UInt32,
    output_buffer: *mut *mut c_void,
    output_size: *mut usize,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_memory(handle, &SizedArray(items, num_items), output_buffer, output_size) }
}

/// ParallelCompressor_CompressItemsToMemory with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressItemsToMemoryUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemUtf8C,
    num_items: UInt32,
    output_buffer: *mut *mut c_void,
    output_size: *mut usize,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_memory(handle, &SizedArray(items, num_items), output_buffer, output_size) }
}

/// ParallelCompressor_CompressMultipleToStream for items with metadata.
/// Returns as that, and as ParallelCompressor_CompressItems. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressItemsToStream(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemC,
    num_items: UInt32,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_stream(handle, &SizedArray(items, num_items), write, seek, user_data) }
}

/// ParallelCompressor_CompressItemsToStream with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressItemsToStreamUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemUtf8C,
    num_items: UInt32,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_stream(handle, &SizedArray(items, num_items), write, seek, user_data) }
}

/// ParallelCompressor_CompressMultipleToFd for items with metadata.
/// Returns as that, and as ParallelCompressor_CompressItems. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressItemsToFd(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemC,
    num_items: UInt32,
    descriptor: IntPtr,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_descriptor(handle, &SizedArray(items, num_items), descriptor) }
}

/// ParallelCompressor_CompressItemsToFd with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressItemsToFdUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemUtf8C,
    num_items: UInt32,
    descriptor: IntPtr,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_descriptor(handle, &SizedArray(items, num_items), descriptor) }
}
