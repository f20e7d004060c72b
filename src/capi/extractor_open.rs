//! Extractor handles: archives opened and closed.

use std::ffi::{c_char, c_void};

use super::extractor::Extractor;
use super::extractor_source::{CallerMemory, CallerSource};
use super::extractor_types::*;
use super::guard::{Failure, change, on_handle};
use super::settings::UserData;
use super::strings::CharacterC;
use super::types::*;
use crate::error::{S_FALSE, S_OK};
use crate::extract::memory;

/// Opens the archive at path: reads its header, and finds it behind a self-extracting program too. Where the name ends in
/// .001, the volumes that follow belong to it. What was open before is closed, also if this fails. A handle has one archive
/// at a time.
/// Returns S_OK; PARALLELCOMPRESS_E_BAD_FORMAT: no 7z archive; PARALLELCOMPRESS_E_CORRUPT: damaged or truncated;
/// PARALLELCOMPRESS_E_UNSUPPORTED: a later version of the format, or an unknown method; PARALLELCOMPRESS_E_PASSWORD: the names
/// are encrypted, and there is no password or a wrong one; PARALLELCOMPRESS_E_LIMIT: it asks for more than the limits allow;
/// PARALLELCOMPRESS_E_TIMEOUT; E_ABORT: cancelled; E_INVALIDARG: no such handle, NULL, an empty or malformed path;
/// E_OUTOFMEMORY; E_FAIL: a job runs; anything else is the system's error about the file.
/// Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_OpenFile(handle: ParallelExtractorHandle, path: *const WChar) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { open_file(handle, path) }
}

/// ParallelExtractor_OpenFile with the path in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_OpenFileUtf8(
    handle: ParallelExtractorHandle,
    path: *const c_char,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { open_file(handle, path) }
}

/// Opens the archive of size bytes at data. They are not copied, and must neither change nor go before the archive is closed.
/// Otherwise as ParallelExtractor_OpenFile.
/// Returns as that; E_INVALIDARG too if data is NULL. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_OpenMemory(
    handle: ParallelExtractorHandle,
    data: *const c_void,
    size: usize,
) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        // SAFETY: as large as it says and there until it is closed, by the contract of the header.
        let bytes = unsafe { CallerMemory::new(data.cast(), size) }?;
        extractor.open(|_| Ok((memory(bytes), None)))
    })
}

/// Opens the archive of size bytes that a function of yours reads at any place, now and until the archive is closed, but only
/// within calls of this handle and on their threads. Otherwise as ParallelExtractor_OpenFile.
/// Returns as that; E_INVALIDARG too if read is NULL; if read fails, what it returned. Threads: any, one job per handle at a
/// time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_OpenStream(
    handle: ParallelExtractorHandle,
    read: ParallelReadAtCallback,
    size: UInt64,
    user_data: *mut c_void,
) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        let function = read.ok_or_else(|| Failure::invalid("read is NULL"))?;
        extractor.open_callback(|desk| CallerSource::new(desk, function, UserData(user_data), size))
    })
}

/// Closes the archive that is open: its files, and your buffer or function, are not used any more.
/// Returns S_OK; S_FALSE: none is open; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_Close(handle: ParallelExtractorHandle) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| Ok(if extractor.close()? { S_OK } else { S_FALSE }))
}

/// Opens what is at a path.
///
/// SAFETY: `path` is NULL or terminated.
unsafe fn open_file<C: CharacterC>(handle: ParallelExtractorHandle, path: *const C) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        // SAFETY: the same promise.
        let path = unsafe { C::path(path, "path") }?.ok_or_else(|| Failure::invalid("path is NULL"))?;
        if path.as_os_str().is_empty() {
            return Err(Failure::invalid("path is empty"));
        }
        extractor.open_path(&path)
    })
}
