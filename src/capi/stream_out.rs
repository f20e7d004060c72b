//! Compressor handles: jobs to the caller's write and seek functions, or to what the caller has opened.

use std::ffi::c_void;

use super::items::Array;
use super::run::{to_descriptor, to_stream};
use super::types::*;

/// Compresses items into the caller's stream. The archive begins where the stream is when the job begins.
/// With seek, bytes are written as they become ready; at the end the job goes back to the archive's start, writes its first
/// 32 bytes, and leaves the stream at the archive's end. What the stream holds behind that stays. If items failed whose
/// first bytes were written already, the archive may have zeros before its header, how many depends on the moment: no
/// reader minds.
/// With seek NULL the stream is write-only. Nothing is written before the archive is complete: its first 16 MiB wait in
/// memory, the rest in a temporary file without a name in the system's temporary folder (TMPDIR, TMP). The job
/// then needs 17 MiB more than ParallelCompressor_EstimateMemory says; the memory limit counts them.
/// Other than with a file, nothing can be undone: when a job fails, the stream keeps what was written, which is no archive.
/// write must not be NULL; seek may be; userData is handed to both. Both are called on this thread, and not again after a
/// negative return value. The volume size must be 0.
/// Returns as ParallelCompressor_CompressMultiple; what write or seek returned if that was negative; E_FAIL too if write
/// takes nothing or more than it was given, or seek goes elsewhere. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressMultipleToStream(
    handle: ParallelCompressorHandle,
    items: *mut ParallelInputItemC,
    num_items: UInt32,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_stream(handle, &Array(items.cast_const(), num_items), write, seek, user_data) }
}

/// ParallelCompressor_CompressMultipleToStream with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressMultipleToStreamUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelInputItemUtf8C,
    num_items: UInt32,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_stream(handle, &Array(items, num_items), write, seek, user_data) }
}

/// Compresses items into what the caller has opened: descriptor is a file descriptor, on Windows a HANDLE. It is not closed.
/// A regular file or block device that was not opened for appending is a stream with seek of
/// ParallelCompressor_CompressMultipleToStream, and the archive never has zeros before its header if the file ended where the
/// archive begins. All else (a pipe, a socket, a terminal) is a write-only one. A descriptor that does not block is waited
/// for. A pipe or socket that nobody reads from any more raises SIGPIPE, as with write(); in a program that ignores that
/// signal it is the system's error EPIPE.
/// Returns as ParallelCompressor_CompressMultiple, the system's error being about the descriptor (EBADF: not open for
/// writing); E_INVALIDARG too if descriptor is negative, on Windows NULL or INVALID_HANDLE_VALUE.
/// Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressMultipleToFd(
    handle: ParallelCompressorHandle,
    items: *mut ParallelInputItemC,
    num_items: UInt32,
    descriptor: IntPtr,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_descriptor(handle, &Array(items.cast_const(), num_items), descriptor) }
}

/// ParallelCompressor_CompressMultipleToFd with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_CompressMultipleToFdUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelInputItemUtf8C,
    num_items: UInt32,
    descriptor: IntPtr,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_descriptor(handle, &Array(items, num_items), descriptor) }
}
