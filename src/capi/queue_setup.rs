//! Queue handles: made, set, asked, cancelled, destroyed. What is set means what it means on a compressor.

use std::ffi::{c_char, c_int, c_void};

use super::compressor_setup::last_error_message;
use super::guard::{Failure, Object, Outcome, change, on_handle, on_nothing};
use super::queue::Queue;
use super::settings::{ItemCallbacks, JobCallbacks, Settings, UserData};
use super::strings::CharacterC;
use super::types::*;
use crate::error::{S_FALSE, S_OK};

/// Changes one setting of an idle queue.
fn set(handle: ParallelStreamQueueHandle, action: impl FnOnce(&mut Settings)) -> HRESULT {
    try_set(handle, |settings| {
        action(settings);
        Ok(())
    })
}

/// Changes one setting of an idle queue, if the new value is one.
pub(super) fn try_set(handle: ParallelStreamQueueHandle, action: impl FnOnce(&mut Settings) -> Outcome<()>) -> HRESULT {
    change::<Queue>(handle, |queue| queue.slot.set(action))
}

/// Makes an empty queue for 1000 items, with the settings of a new compressor.
/// Returns the handle; NULL only if there is no memory. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_Create() -> ParallelStreamQueueHandle {
    on_nothing(std::ptr::null_mut(), || Queue::registry().insert(Queue::default()))
}

/// Ends a queue and frees all it holds. A job in the background is cancelled, and has ended and left nothing behind when
/// this returns. NULL, and a handle that was destroyed before, do nothing. Do not call it from a callback of the same
/// handle: the job is then cancelled, but goes on for a moment after this has returned. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_Destroy(handle: ParallelStreamQueueHandle) {
    on_nothing((), || {
        if let Some(queue) = Queue::registry().remove(handle) {
            queue.shut_down();
        }
    });
}

/// How many items may wait, that is were added and not yet taken up by the job: 0 is 1000, the default. May be called
/// while the job runs. Items that wait already stay.
/// Returns S_OK; E_INVALIDARG: no such handle. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetMaxQueueSize(handle: ParallelStreamQueueHandle, max_size: UInt32) -> HRESULT {
    change::<Queue>(handle, |queue| {
        queue.set_capacity(max_size);
        Ok(())
    })
}

/// As ParallelCompressor_SetNumThreads.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetNumThreads(handle: ParallelStreamQueueHandle, num_threads: UInt32) -> HRESULT {
    set(handle, |settings| settings.set_threads(num_threads))
}

/// As ParallelCompressor_SetCompressionLevel.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetCompressionLevel(handle: ParallelStreamQueueHandle, level: UInt32) -> HRESULT {
    set(handle, |settings| settings.set_level(level))
}

/// As ParallelCompressor_SetCompressionMethod.
/// Returns S_OK; E_INVALIDARG: no such handle, or a method that this build does not have; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetCompressionMethod(
    handle: ParallelStreamQueueHandle,
    method_id: UInt64,
) -> HRESULT {
    try_set(handle, |settings| settings.set_method(method_id))
}

/// As ParallelCompressor_SetDictionarySize.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetDictionarySize(handle: ParallelStreamQueueHandle, bytes: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_dictionary(bytes))
}

/// As ParallelCompressor_SetMemoryLimit.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetMemoryLimit(handle: ParallelStreamQueueHandle, bytes: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_memory_limit(bytes))
}

/// As ParallelCompressor_SetSolidMode.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetSolidMode(handle: ParallelStreamQueueHandle, enabled: c_int) -> HRESULT {
    set(handle, |settings| settings.set_solid(enabled != 0))
}

/// As ParallelCompressor_SetSolidBlockSize.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetSolidBlockSize(
    handle: ParallelStreamQueueHandle,
    num_files_per_block: UInt32,
) -> HRESULT {
    set(handle, |settings| settings.set_files_per_block(num_files_per_block))
}

/// As ParallelCompressor_SetEncryption.
/// Returns S_OK; E_INVALIDARG: no such handle, NULL, or another size; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_SetEncryption(
    handle: ParallelStreamQueueHandle,
    key: *const Byte,
    key_size: UInt32,
    iv: *const Byte,
    iv_size: UInt32,
) -> HRESULT {
    // SAFETY: readable for the sizes given, by the contract of the header.
    try_set(handle, |settings| unsafe { settings.set_raw_key((key, key_size), (iv, iv_size)) })
}

/// As ParallelCompressor_SetPassword.
/// Returns S_OK; E_INVALIDARG: no such handle, NULL, an empty or malformed
/// password; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_SetPassword(
    handle: ParallelStreamQueueHandle,
    password: *const WChar,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| settings.set_password(unsafe { WChar::text(password, "password") }?))
}

/// As ParallelCompressor_SetPasswordUtf8.
/// Returns S_OK; E_INVALIDARG: no such handle, NULL, an empty or malformed
/// password; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_SetPasswordUtf8(
    handle: ParallelStreamQueueHandle,
    password: *const c_char,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| settings.set_password(unsafe { c_char::text(password, "password") }?))
}

/// As ParallelCompressor_SetEncryptHeaders.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetEncryptHeaders(handle: ParallelStreamQueueHandle, enabled: c_int) -> HRESULT {
    set(handle, |settings| settings.set_encrypt_header(enabled != 0))
}

/// As ParallelCompressor_SetSegmentSize.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetSegmentSize(
    handle: ParallelStreamQueueHandle,
    segment_size: UInt64,
) -> HRESULT {
    set(handle, |settings| settings.set_volume_size(segment_size))
}

/// As ParallelCompressor_SetVolumeSize.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetVolumeSize(handle: ParallelStreamQueueHandle, volume_size: UInt64) -> HRESULT {
    set(handle, |settings| settings.set_volume_size(volume_size))
}

/// As ParallelCompressor_SetVolumePrefix.
/// Returns S_OK; E_INVALIDARG: no such handle, or a malformed string; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_SetVolumePrefix(
    handle: ParallelStreamQueueHandle,
    prefix: *const WChar,
) -> HRESULT {
    try_set(handle, |settings| {
        // SAFETY: NULL or terminated, by the contract of the header.
        settings.set_volume_prefix(unsafe { WChar::path(prefix, "prefix") }?);
        Ok(())
    })
}

/// As ParallelCompressor_SetVolumePrefixUtf8.
/// Returns S_OK; E_INVALIDARG: no such handle, or a malformed string; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_SetVolumePrefixUtf8(
    handle: ParallelStreamQueueHandle,
    prefix: *const c_char,
) -> HRESULT {
    try_set(handle, |settings| {
        // SAFETY: NULL or terminated, by the contract of the header.
        settings.set_volume_prefix(unsafe { c_char::path(prefix, "prefix") }?);
        Ok(())
    })
}

/// As ParallelCompressor_SetProgressUpdateInterval.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetProgressUpdateInterval(
    handle: ParallelStreamQueueHandle,
    interval_ms: UInt32,
) -> HRESULT {
    set(handle, |settings| settings.set_interval(interval_ms))
}

/// As ParallelCompressor_SetCallbacks. The functions are called on the queue's own thread; itemIndex counts
/// the items added since the last job.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetCallbacks(
    handle: ParallelStreamQueueHandle,
    progress: ParallelProgressCallback,
    error: ParallelErrorCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let callbacks = ItemCallbacks { progress, error, user_data: UserData(user_data) };
    set(handle, |settings| settings.item_callbacks = callbacks)
}

/// As ParallelCompressor_SetDetailedCallbacks. The functions are called on the queue's own thread.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetDetailedCallbacks(
    handle: ParallelStreamQueueHandle,
    progress: ParallelStatisticsCallback,
    throughput: ParallelThroughputCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let callbacks = JobCallbacks { statistics: progress, throughput, user_data: UserData(user_data) };
    set(handle, |settings| settings.job_callbacks = callbacks)
}

/// Asks the job to end: ParallelStreamQueue_WaitForCompletion then answers E_ABORT, and nothing is left behind. Items that
/// were added are dropped.
/// Returns S_OK; S_FALSE: the queue was not started (nothing happens, also not to its items); E_INVALIDARG: no such handle.
/// Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_Cancel(handle: ParallelStreamQueueHandle) -> HRESULT {
    on_handle::<Queue>(handle, |queue| Ok(if queue.slot.cancel() { S_OK } else { S_FALSE }))
}

/// What the job does, or the last one did; all 0 before the first. stats is written only on S_OK.
/// Returns S_OK; E_INVALIDARG: no such handle, or stats is NULL. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_GetDetailedStatistics(
    handle: ParallelStreamQueueHandle,
    stats: *mut ParallelStatisticsC,
) -> HRESULT {
    change::<Queue>(handle, |queue| {
        if stats.is_null() {
            return Err(Failure::invalid("stats is NULL"));
        }
        // SAFETY: writable, by the contract of the header.
        unsafe { stats.write(queue.slot.statistics().into()) };
        Ok(())
    })
}

/// The text of the last error on this queue, of a call or of the job in the background: see
/// ParallelCompressor_GetLastErrorMessage for all of it. Never changes the text it reads.
/// Returns S_OK; S_FALSE: the buffer was too small; E_INVALIDARG: no such handle, or buffer is NULL and bufferSize is not
/// 0 or required is NULL too. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_GetLastErrorMessage(
    handle: ParallelStreamQueueHandle,
    buffer: *mut c_char,
    buffer_size: usize,
    required: *mut usize,
) -> HRESULT {
    // SAFETY: as large as it says and writable, by the contract of the header.
    unsafe { last_error_message::<Queue, _>(handle, buffer, buffer_size, required) }
}
