//! Compressor handles: made, set, asked, cancelled, destroyed.

use std::ffi::{c_char, c_int, c_void};

use super::compressor::Compressor;
use super::guard::{Failure, Object, Outcome, change, on_handle, on_nothing};
use super::settings::{ItemCallbacks, JobCallbacks, LookAheadFunction, LookAheadSetting, Settings, UserData};
use super::strings::CharacterC;
use super::types::*;
use crate::error::{S_FALSE, S_OK};

/// Changes one setting of an idle compressor.
fn set(handle: ParallelCompressorHandle, action: impl FnOnce(&mut Settings)) -> HRESULT {
    try_set(handle, |settings| {
        action(settings);
        Ok(())
    })
}

/// Changes one setting of an idle compressor, if the new value is one.
pub(super) fn try_set(handle: ParallelCompressorHandle, action: impl FnOnce(&mut Settings) -> Outcome<()>) -> HRESULT {
    change::<Compressor>(handle, |compressor| compressor.slot.set(action))
}

/// Makes a compressor: level 5, LZMA2, all cores, solid blocks chosen by file size, no encryption, one file.
/// Returns the handle; NULL only if there is no memory. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_Create() -> ParallelCompressorHandle {
    on_nothing(std::ptr::null_mut(), || Compressor::registry().insert(Compressor::default()))
}

/// Ends a compressor and frees all it holds. A job that runs on it in another thread is cancelled, and has returned and
/// left nothing behind when this returns. NULL, and a handle that was destroyed before, do nothing. Do not call it from a
/// callback of the same handle: the job is then cancelled, but goes on for a moment after this has returned.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_Destroy(handle: ParallelCompressorHandle) {
    on_nothing((), || {
        if let Some(compressor) = Compressor::registry().remove(handle) {
            compressor.shut_down();
        }
    });
}

/// How many worker threads: 0, the default, is one per core; more than 256 is 256. The archive's bytes do not depend on it.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetNumThreads(handle: ParallelCompressorHandle, num_threads: UInt32) -> HRESULT {
    set(handle, |settings| settings.set_threads(num_threads))
}

/// How hard to try: 0 stores, 1 is fastest, 9 is smallest; more than 9 is 9. Default 5.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetCompressionLevel(handle: ParallelCompressorHandle, level: UInt32) -> HRESULT {
    set(handle, |settings| settings.set_level(level))
}

/// The method, by 7-Zip's id: PARALLELCOMPRESS_METHOD_LZMA2 (default), _LZMA, _PPMD, _BZIP2, _DEFLATE or _COPY, which every
/// 7-Zip reads; or _ZSTANDARD, _BROTLI or _LZ4 with the ids of the extended 7-Zip (7-Zip ZS), which plain 7-Zip does not
/// read. LZMA2 uses all cores on one block, the others one core a block. With parameters:
/// ParallelCompressor_SetMethodString, whose fb and o this function takes back.
/// Returns S_OK; E_INVALIDARG: no such handle, or a method that this build does not have; E_FAIL: a job runs.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetCompressionMethod(
    handle: ParallelCompressorHandle,
    method_id: UInt64,
) -> HRESULT {
    try_set(handle, |settings| settings.set_method(method_id))
}

/// How far back matches are searched, in bytes: 0, the default, is by level; other values are brought into 4 KiB to
/// 1 GiB, and into what the method can have: for PPMd this is the model's memory, for BZip2 the size of a block (100 to
/// 900 KB), for Zstandard and Brotli the window (at most 128 and 16 MiB); Copy, Deflate and LZ4 have none to choose. Who
/// extracts needs that much memory. LZMA2 and LZMA have 256 KiB by level at 0 and 1, 1, 4 and 16 MiB at 2, 3 and 4, 32 MiB at
/// 5 and 6, 64 MiB at 7 and 8, and at 9 256 MiB (LZMA2) or 128 MiB (LZMA).
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetDictionarySize(handle: ParallelCompressorHandle, bytes: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_dictionary(bytes))
}

/// How much memory a job may use at its peak, in bytes, beside the caller's buffers and an archive made in memory: first
/// less is read ahead and fewer threads run, then the dictionary shrinks. 0, the default, is three quarters of the machine's memory. A job that
/// cannot run within the limit answers E_OUTOFMEMORY.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetMemoryLimit(handle: ParallelCompressorHandle, bytes: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_memory_limit(bytes))
}

/// Whether items share blocks, and so a dictionary: not 0, the default, is better compression; 0 is a block for each item,
/// so that each can be extracted alone. How many share one: ParallelCompressor_SetSolidBlockSize.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetSolidMode(handle: ParallelCompressorHandle, enabled: c_int) -> HRESULT {
    set(handle, |settings| settings.set_solid(enabled != 0))
}

/// How many items share a block in solid mode: 0 is all. Until this is called, small files share blocks that are large
/// enough to compress well and numerous enough for all cores, and large files are alone. Where executables are recognised
/// and filtered (ParallelCompressor_SetFilter), those of one architecture share blocks with nothing else, whatever is set
/// here.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetSolidBlockSize(
    handle: ParallelCompressorHandle,
    num_files_per_block: UInt32,
) -> HRESULT {
    set(handle, |settings| settings.set_files_per_block(num_files_per_block))
}

/// Encrypts with a key of your own: key is 32 bytes (AES-256), iv 16 bytes. Readers ask for a password: what opens the
/// archive is the text whose UTF-16LE bytes are the key, so a key made of 16 UTF-16 units can be typed. Takes the place of
/// a password set before. Both are copied.
/// Returns S_OK; E_INVALIDARG: no such handle, NULL, or another size (nothing changes then); E_FAIL: a job runs.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_SetEncryption(
    handle: ParallelCompressorHandle,
    key: *const Byte,
    key_size: UInt32,
    iv: *const Byte,
    iv_size: UInt32,
) -> HRESULT {
    // SAFETY: readable for the sizes given, by the contract of the header.
    try_set(handle, |settings| unsafe { settings.set_raw_key((key, key_size), (iv, iv_size)) })
}

/// Encrypts with a password, as 7-Zip does: AES-256, the key made by 2^19 rounds of SHA-256. Takes the place of a key set
/// before. To compress without encryption again, make a new handle.
/// Returns S_OK; E_INVALIDARG: no such handle, NULL, an empty or malformed password; E_FAIL: a job runs.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_SetPassword(
    handle: ParallelCompressorHandle,
    password: *const WChar,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| settings.set_password(unsafe { WChar::text(password, "password") }?))
}

/// ParallelCompressor_SetPassword with the password in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_SetPasswordUtf8(
    handle: ParallelCompressorHandle,
    password: *const c_char,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| settings.set_password(unsafe { c_char::text(password, "password") }?))
}

/// Encrypts names and all else about the items too: not 0 is on, 0 (default) is off. A job with this and neither password
/// nor key answers E_INVALIDARG.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetEncryptHeaders(handle: ParallelCompressorHandle, enabled: c_int) -> HRESULT {
    set(handle, |settings| settings.set_encrypt_header(enabled != 0))
}

/// Splits the archive into files of so many bytes, named outputPath.001, outputPath.002 and so on; 0 (default) is one
/// file. The same setting as ParallelCompressor_SetVolumeSize.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetSegmentSize(handle: ParallelCompressorHandle, segment_size: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_volume_size(segment_size))
}

/// Splits the archive into files of so many bytes, named outputPath.001, outputPath.002 and so on; 0 (default) is one
/// file. A job to memory with a volume size answers E_INVALIDARG.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetVolumeSize(handle: ParallelCompressorHandle, volume_size: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_volume_size(volume_size))
}

/// Names volumes prefix.001, prefix.002 and so on, whatever outputPath is called; a prefix without a folder goes into
/// outputPath's folder. NULL or empty (default): after outputPath. Counts only where a volume size is set.
/// Returns S_OK; E_INVALIDARG: no such handle, or a malformed string; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_SetVolumePrefix(
    handle: ParallelCompressorHandle,
    prefix: *const WChar,
) -> HRESULT {
    try_set(handle, |settings| {
        // SAFETY: NULL or terminated, by the contract of the header.
        settings.set_volume_prefix(unsafe { WChar::path(prefix, "prefix") }?);
        Ok(())
    })
}

/// ParallelCompressor_SetVolumePrefix with the prefix in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_SetVolumePrefixUtf8(
    handle: ParallelCompressorHandle,
    prefix: *const c_char,
) -> HRESULT {
    try_set(handle, |settings| {
        // SAFETY: NULL or terminated, by the contract of the header.
        settings.set_volume_prefix(unsafe { c_char::path(prefix, "prefix") }?);
        Ok(())
    })
}

/// How often, at most, progress is reported, in milliseconds: default 100; 0 is as often as there is news.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetProgressUpdateInterval(
    handle: ParallelCompressorHandle,
    interval_ms: UInt32,
) -> HRESULT {
    set(handle, |settings| settings.set_interval(interval_ms))
}

/// Who hears of items. Either function may be NULL: then nobody does. userData is handed to both.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetCallbacks(
    handle: ParallelCompressorHandle,
    progress: ParallelProgressCallback,
    error: ParallelErrorCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let callbacks = ItemCallbacks { progress, error, user_data: UserData(user_data) };
    set(handle, |settings| settings.item_callbacks = callbacks)
}

/// Who hears of the whole job. Either function may be NULL: then nobody does. userData is handed to both.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetDetailedCallbacks(
    handle: ParallelCompressorHandle,
    progress: ParallelStatisticsCallback,
    throughput: ParallelThroughputCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let callbacks = JobCallbacks { statistics: progress, throughput, user_data: UserData(user_data) };
    set(handle, |settings| settings.job_callbacks = callbacks)
}

/// Sets the function that hands out items while the job runs: it is asked after the array's items, again and again, until
/// it returns none. lookAheadCount: how many items it is asked for at once; 0 is 64, more than 65536 is 65536. callback
/// NULL (default): there are only the array's items. Items are then arranged as they come, not as a whole: the archive may
/// be larger than with all of them in the array.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetLookAheadCallback(
    handle: ParallelCompressorHandle,
    callback: ParallelLookAheadCallback,
    look_ahead_count: UInt32,
    user_data: *mut c_void,
) -> HRESULT {
    let setting = callback.map(|_| LookAheadFunction::Wide(callback));
    set_look_ahead(handle, setting, look_ahead_count, user_data)
}

/// ParallelCompressor_SetLookAheadCallback with strings in UTF-8. The one set last counts. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetLookAheadCallbackUtf8(
    handle: ParallelCompressorHandle,
    callback: ParallelLookAheadCallbackUtf8,
    look_ahead_count: UInt32,
    user_data: *mut c_void,
) -> HRESULT {
    let setting = callback.map(|_| LookAheadFunction::Utf8(callback));
    set_look_ahead(handle, setting, look_ahead_count, user_data)
}

fn set_look_ahead(
    handle: ParallelCompressorHandle,
    function: Option<LookAheadFunction>,
    count: u32,
    user_data: *mut c_void,
) -> HRESULT {
    let count = if count == 0 { 64 } else { count.min(65536) };
    let setting = function.map(|function| LookAheadSetting { function, count, user_data: UserData(user_data) });
    set(handle, |settings| settings.look_ahead = setting)
}

/// Asks the job that runs on this handle to end: it returns E_ABORT soon, and leaves nothing behind.
/// Returns S_OK; S_FALSE: no job runs (nothing happens, also not to the next one); E_INVALIDARG: no such handle.
/// Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_Cancel(handle: ParallelCompressorHandle) -> HRESULT {
    on_handle::<Compressor>(handle, |compressor| Ok(if compressor.slot.cancel() { S_OK } else { S_FALSE }))
}

/// What the job does, or the last one did; all 0 before the first. stats is written only on S_OK.
/// Returns S_OK; E_INVALIDARG: no such handle, or stats is NULL. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_GetDetailedStatistics(
    handle: ParallelCompressorHandle,
    stats: *mut ParallelStatisticsC,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        if stats.is_null() {
            return Err(Failure::invalid("stats is NULL"));
        }
        // SAFETY: writable, by the contract of the header.
        unsafe { stats.write(compressor.slot.statistics().into()) };
        Ok(())
    })
}

/// The text of the last error on this handle, in UTF-8, with the item or path and the cause; of a job that answered
/// S_FALSE, the last item that failed. Each job begins with an empty text. Copies as much as fits into bufferSize bytes, whole characters, always terminated.
/// required, unless NULL, gets the size that holds all of it with its terminator; to ask only for that, pass NULL and 0.
/// Returns S_OK; S_FALSE: the buffer was too small; E_INVALIDARG: no such handle, or buffer is NULL and bufferSize is not
/// 0 or required is NULL too. Never changes the text it reads. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_GetLastErrorMessage(
    handle: ParallelCompressorHandle,
    buffer: *mut c_char,
    buffer_size: usize,
    required: *mut usize,
) -> HRESULT {
    // SAFETY: as large as it says and writable, by the contract of the header.
    unsafe { last_error_message::<Compressor, _>(handle, buffer, buffer_size, required) }
}

/// The text of a handle's last error, copied out. The one call whose own failure is not kept: it would replace what the
/// caller is after.
///
/// SAFETY: as for `CharacterC::copy_out`.
pub(super) unsafe fn last_error_message<T: Object, C: CharacterC>(
    handle: *mut c_void,
    buffer: *mut C,
    size: usize,
    required: *mut usize,
) -> HRESULT {
    on_handle::<T>(handle, |object| {
        let message = object.last_error().get();
        // SAFETY: the same promise.
        Ok(match unsafe { C::copy_out(&message, buffer, size, required) } {
            Ok(true) => S_OK,
            Ok(false) => S_FALSE,
            Err(failure) => failure.code,
        })
    })
}
