//! Extractor handles: made, set, destroyed.

use std::ffi::{c_char, c_int, c_void};

use super::extractor::Extractor;
use super::extractor_settings::{ErrorListener, ExtractorSettings, ProgressListener};
use super::extractor_types::*;
use super::guard::{Object, Outcome, change, on_nothing};
use super::settings::{JobCallbacks, UserData, error_policy, exactly};
use super::sized::read_struct;
use super::strings::CharacterC;
use super::types::*;

/// Changes one setting of an idle extractor.
fn set(handle: ParallelExtractorHandle, action: impl FnOnce(&mut ExtractorSettings)) -> HRESULT {
    try_set(handle, |settings| {
        action(settings);
        Ok(())
    })
}

/// Changes one setting of an idle extractor, if the new value is one.
fn try_set(handle: ParallelExtractorHandle, action: impl FnOnce(&mut ExtractorSettings) -> Outcome<()>) -> HRESULT {
    change::<Extractor>(handle, |extractor| extractor.slot.set(action))
}

/// Makes an extractor: all cores, no password, existing files stay, modes and times are restored, and links that stay inside.
/// Returns the handle; NULL only if there is no memory. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_Create() -> ParallelExtractorHandle {
    on_nothing(std::ptr::null_mut(), || Extractor::registry().insert(Extractor::default()))
}

/// Closes the archive, ends the extractor and frees all it holds. A job that runs on it in another thread is cancelled, and
/// has returned when this returns. NULL, and a handle that was destroyed before, do nothing. Do not call it from a callback
/// of the same handle: the job is then cancelled, but goes on for a moment after this has returned.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_Destroy(handle: ParallelExtractorHandle) {
    on_nothing((), || {
        if let Some(extractor) = Extractor::registry().remove(handle) {
            extractor.shut_down();
        }
    });
}

/// How many threads decode: 0, the default, is one per core; more than 256 is 256. Each block is decoded by one; each has a
/// companion that checks and writes.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetNumThreads(handle: ParallelExtractorHandle, num_threads: UInt32) -> HRESULT {
    set(handle, |settings| settings.set_threads(num_threads))
}

/// The password of archives that are opened from now on; NULL or empty: none. Takes the place of a key set before. What is
/// open stays as it was opened. A password that is not needed is not looked at.
/// Returns S_OK; E_INVALIDARG: no such handle, or a malformed password; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_SetPassword(
    handle: ParallelExtractorHandle,
    password: *const WChar,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| unsafe { WChar::text(password, "password") }.map(|text| settings.set_password(text)))
}

/// ParallelExtractor_SetPassword with the password in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_SetPasswordUtf8(
    handle: ParallelExtractorHandle,
    password: *const c_char,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| unsafe { c_char::text(password, "password") }.map(|text| settings.set_password(text)))
}

/// The key of archives that are opened from now on, where it was given to ParallelCompressor_SetEncryption: 32 bytes, which
/// are copied. The IV comes from the archive. Takes the place of a password set before.
/// Returns S_OK; E_INVALIDARG: no such handle, NULL, or another size (nothing changes then); E_FAIL: a job runs.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_SetEncryptionKey(
    handle: ParallelExtractorHandle,
    key: *const Byte,
    key_size: UInt32,
) -> HRESULT {
    // SAFETY: readable for the size given, by the contract of the header.
    try_set(handle, |settings| unsafe { exactly::<32>("key", key, key_size) }.map(|key| settings.set_key(key)))
}

/// Memory that decoders may use together, in bytes: 0, the default, is 4 GiB. Fewer blocks are decoded at once to stay within
/// it; a block that alone needs more fails with PARALLELCOMPRESS_E_LIMIT. Counts for archives that are opened from now on.
/// The same setting as Memory of ParallelExtractor_SetLimits.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetMemoryLimit(handle: ParallelExtractorHandle, bytes: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_memory_limit(bytes))
}

/// What archives that are opened from now on may ask for: for those that may be hostile. All limits are set at once.
/// Returns S_OK; E_INVALIDARG: no such handle, limits is NULL, or its StructSize is that of no version; E_FAIL: a job runs.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_SetLimits(
    handle: ParallelExtractorHandle,
    limits: *const ParallelExtractLimitsC,
) -> HRESULT {
    // SAFETY: NULL or as large as it says, by the contract of the header.
    try_set(handle, |settings| unsafe { read_struct(limits, "limits") }.map(|limits| settings.set_limits(&limits)))
}

/// The most time that opening, and each extraction or test, may take, in milliseconds: 0 (default) is as long as it takes.
/// What is not done by then answers PARALLELCOMPRESS_E_TIMEOUT, as if cancelled.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetTimeout(handle: ParallelExtractorHandle, timeout_ms: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_timeout(timeout_ms))
}

/// What happens when an item fails: PARALLELCOMPRESS_ON_ERROR_SKIP (default) goes on with the others, _STOP ends the job with
/// the item's error, _ASK asks decide each time. decide must not be NULL with _ASK, and counts for nothing otherwise. The
/// error callback is called first in any case.
/// Returns S_OK; E_INVALIDARG: no such handle, no such policy, or NULL; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetErrorPolicy(
    handle: ParallelExtractorHandle,
    policy: UInt32,
    decide: ParallelErrorDecisionCallback,
    user_data: *mut c_void,
) -> HRESULT {
    try_set(handle, |settings| {
        settings.error_policy = error_policy(policy, decide, UserData(user_data))?;
        Ok(())
    })
}

/// What happens where a file exists already: PARALLELCOMPRESS_OVERWRITE_FAIL (default), _REPLACE, _SKIP, _RENAME (the item
/// gets a free name: name_1.ext) or _NEWER. Folders that exist are filled in any case.
/// Returns S_OK; E_INVALIDARG: no such handle, or no such policy; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetOverwritePolicy(handle: ParallelExtractorHandle, policy: UInt32) -> HRESULT {
    try_set(handle, |settings| settings.set_overwrite(policy))
}

/// Whether everything goes into the folder itself, under the last part of its name: not 0 is on, 0 (default) is off.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetFlatPaths(handle: ParallelExtractorHandle, enabled: c_int) -> HRESULT {
    set(handle, |settings| settings.destination.flat = enabled != 0)
}

/// What is restored on disk. modes: permissions, on Windows the read-only attribute; times: those that the archive has; both
/// not 0 (default) or 0. links: PARALLELCOMPRESS_LINKS_INSIDE (default) makes symbolic links that stay below the folder, and
/// fails others; _ALL makes all; _NONE makes none.
/// Returns S_OK; E_INVALIDARG: no such handle, or links is none of them; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetRestore(
    handle: ParallelExtractorHandle,
    modes: c_int,
    times: c_int,
    links: UInt32,
) -> HRESULT {
    try_set(handle, |settings| settings.set_restore(modes != 0, times != 0, links))
}

/// How often, at most, the statistics callback is called, in milliseconds: default 100; 0 is as often as there is news.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetProgressUpdateInterval(
    handle: ParallelExtractorHandle,
    interval_ms: UInt32,
) -> HRESULT {
    set(handle, |settings| settings.set_interval(interval_ms))
}

/// Who hears of items: called once for each that was extracted or tested, with its place in the archive. inSize: packed bytes
/// of its block where it is the block's first, otherwise 0; outSize: its bytes. NULL (default): nobody does.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetProgressCallback(
    handle: ParallelExtractorHandle,
    progress: ParallelProgressCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let listener = ProgressListener { function: progress, user_data: UserData(user_data) };
    set(handle, |settings| settings.progress = listener)
}

/// Who hears of items that failed, by their place in the archive; UINT32_MAX: a link or the time of a folder, when all items
/// had ended. Nothing of a failed item is left on disk. NULL (default): nobody does.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetErrorCallback(
    handle: ParallelExtractorHandle,
    error: ParallelErrorCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let listener = ErrorListener { function: error, user_data: UserData(user_data) };
    set(handle, |settings| settings.error = listener)
}

/// Who hears of the whole job, with what ParallelExtractor_GetStatistics tells. NULL (default): nobody does.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_SetStatisticsCallback(
    handle: ParallelExtractorHandle,
    statistics: ParallelStatisticsCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let callbacks = JobCallbacks { statistics, throughput: None, user_data: UserData(user_data) };
    set(handle, |settings| settings.job_callbacks = callbacks)
}
