//! Compressor handles: jobs in the background, and what holds for any job: limits, pauses, failed items.

use std::ffi::{c_char, c_void};

use super::compressor::{Compressor, file_target};
use super::guard::{Failure, Outcome, change, on_handle};
use super::item_struct::{ParallelItemC, ParallelItemUtf8C, SizedArray};
use super::items::{Array, ItemArray};
use super::run::callback_target;
use super::settings::{CompletionCallback, UserData, error_policy};
use super::slot::Slot;
use super::strings::CharacterC;
use super::types::*;
use crate::error::{S_FALSE, S_OK};
use crate::job;

/// ParallelCompressor_CompressMultiple in the background: starts the job on a thread of its own and returns at once.
/// items and all strings are copied; only the buffers that Data points to must stay until the job has ended. Folders are
/// walked by the job. Callbacks come from the job's thread. Until the job has ended, the handle is busy.
/// Returns S_OK: it runs, and its own code comes out of ParallelCompressor_Wait; E_INVALIDARG: no such handle, NULL, a
/// malformed string or item; E_OUTOFMEMORY; E_FAIL: a job runs already; the system's error if no thread could be made.
/// Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_StartMultiple(
    handle: ParallelCompressorHandle,
    items: *const ParallelInputItemC,
    num_items: UInt32,
    output_path: *const WChar,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { start(handle, &Array(items, num_items), output_path) }
}

/// ParallelCompressor_StartMultiple with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_StartMultipleUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelInputItemUtf8C,
    num_items: UInt32,
    output_path: *const c_char,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { start(handle, &Array(items, num_items), output_path) }
}

/// ParallelCompressor_StartMultiple for items with metadata.
/// Returns as that; E_INVALIDARG too for what ParallelCompressor_CompressItems refuses. Threads: any, one job per handle at
/// a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_StartItems(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemC,
    num_items: UInt32,
    output_path: *const WChar,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { start(handle, &SizedArray(items, num_items), output_path) }
}

/// ParallelCompressor_StartItems with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_StartItemsUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemUtf8C,
    num_items: UInt32,
    output_path: *const c_char,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { start(handle, &SizedArray(items, num_items), output_path) }
}

/// ParallelCompressor_CompressMultipleToStream in the background: as ParallelCompressor_StartMultiple. write and seek are called
/// on the job's thread, and what they need must stay until the job has ended.
/// Returns as ParallelCompressor_StartMultiple; E_INVALIDARG too if write is NULL. Threads: any, one job per handle at a
/// time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_StartMultipleToStream(
    handle: ParallelCompressorHandle,
    items: *const ParallelInputItemC,
    num_items: UInt32,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { start_to_stream(handle, &Array(items, num_items), write, seek, user_data) }
}

/// ParallelCompressor_StartMultipleToStream with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_StartMultipleToStreamUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelInputItemUtf8C,
    num_items: UInt32,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { start_to_stream(handle, &Array(items, num_items), write, seek, user_data) }
}

/// ParallelCompressor_StartMultipleToStream for items with metadata.
/// Returns as that; E_INVALIDARG too for what ParallelCompressor_CompressItems refuses. Threads: any, one job per handle at
/// a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_StartItemsToStream(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemC,
    num_items: UInt32,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { start_to_stream(handle, &SizedArray(items, num_items), write, seek, user_data) }
}

/// ParallelCompressor_StartItemsToStream with strings in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_StartItemsToStreamUtf8(
    handle: ParallelCompressorHandle,
    items: *const ParallelItemUtf8C,
    num_items: UInt32,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { start_to_stream(handle, &SizedArray(items, num_items), write, seek, user_data) }
}

/// Waits until the job that was started last has ended, at most timeoutMs milliseconds: 0 only asks,
/// PARALLELCOMPRESS_INFINITE waits for ever. May be called again, and from several threads: all get the job's code.
/// Returns the job's code, as ParallelCompressor_CompressMultiple would; PARALLELCOMPRESS_E_PENDING: it still runs;
/// E_INVALIDARG: no such handle; E_FAIL: no job was started on this handle, or this is a callback of the job.
/// Threads: any but the job's callbacks. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_Wait(handle: ParallelCompressorHandle, timeout_ms: UInt32) -> HRESULT {
    on_handle::<Compressor>(handle, |compressor| compressor.wait(timeout_ms))
}

/// Looks at the handle's job, in the background or in a call of another thread. Each of the three may be NULL.
/// state: PARALLELCOMPRESS_STATE_IDLE (there was no job yet), _RUNNING, _PAUSED or _ENDED. result: the code of the job
/// that was started last, PARALLELCOMPRESS_E_PENDING until it has ended and where none was started.
/// statistics: as ParallelCompressor_GetDetailedStatistics.
/// Returns S_OK; E_INVALIDARG: no such handle (nothing is written). Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_Poll(
    handle: ParallelCompressorHandle,
    state: *mut UInt32,
    result: *mut HRESULT,
    statistics: *mut ParallelStatisticsC,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        // SAFETY: each is NULL or writable, by the contract of the header.
        unsafe {
            write(state, || compressor.slot.job_state());
            write(result, || compressor.result());
            write(statistics, || compressor.slot.statistics().into());
        }
        Ok(())
    })
}

/// Who hears that a job in the background has ended: once for each, on the job's thread, with its code. The handle is free
/// for the next job when the callback has returned. callback NULL (default): nobody does.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetCompletionCallback(
    handle: ParallelCompressorHandle,
    callback: ParallelCompletionCallback,
    user_data: *mut c_void,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        compressor.slot.set(|settings| {
            settings.completion = CompletionCallback { function: callback, user_data: UserData(user_data) };
            Ok(())
        })
    })
}

/// Holds the job that runs on this handle: its threads stop computing and reading within a moment, and no callback is
/// called. It keeps what it holds: memory, open files. ParallelCompressor_Cancel ends a paused job too, and its time
/// limit goes on running. Elapsed time in statistics leaves pauses out.
/// Returns S_OK; S_FALSE: it is paused already, or no job runs; E_INVALIDARG: no such handle. Threads: any, callbacks
/// too. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_Pause(handle: ParallelCompressorHandle) -> HRESULT {
    on_handle::<Compressor>(handle, |compressor| Ok(yes_or_no(compressor.slot.pause())))
}

/// Lets a paused job go on, to the same archive as if it had never been paused.
/// Returns S_OK; S_FALSE: none is paused; E_INVALIDARG: no such handle. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_Resume(handle: ParallelCompressorHandle) -> HRESULT {
    on_handle::<Compressor>(handle, |compressor| Ok(yes_or_no(compressor.slot.resume())))
}

/// The most time a job may take, in milliseconds, pauses included: 0 (default) is as long as it takes. A job that is not
/// done by then answers PARALLELCOMPRESS_E_TIMEOUT, and leaves nothing behind, as if cancelled.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetTimeout(handle: ParallelCompressorHandle, timeout_ms: UInt64) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        compressor.slot.set(|settings| {
            settings.set_timeout(timeout_ms);
            Ok(())
        })
    })
}

/// What happens when an item fails: PARALLELCOMPRESS_ON_ERROR_SKIP (default) leaves it out and goes on, _STOP ends the
/// job with the item's error and without an archive, _ASK asks decide each time. decide must not be NULL with _ASK, and
/// counts for nothing otherwise. The error callback is called first in any case.
/// Returns S_OK; E_INVALIDARG: no such handle, no such policy, or NULL; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetErrorPolicy(
    handle: ParallelCompressorHandle,
    policy: UInt32,
    decide: ParallelErrorDecisionCallback,
    user_data: *mut c_void,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        let policy = error_policy(policy, decide, UserData(user_data))?;
        compressor.slot.set(|settings| {
            settings.error_policy = policy;
            Ok(())
        })
    })
}

/// How much memory a job with the handle's settings uses at its peak, in bytes, beside the caller's buffers and an archive
/// made in memory: a bound, which small jobs stay far below.
/// Returns S_OK; E_INVALIDARG: no such handle, bytes is NULL, or settings that contradict each other; E_OUTOFMEMORY: no
/// job fits the memory limit. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_EstimateMemory(
    handle: ParallelCompressorHandle,
    bytes: *mut UInt64,
) -> HRESULT {
    // SAFETY: NULL or writable, by the contract of the header.
    change::<Compressor>(handle, |compressor| unsafe { estimate(&compressor.slot, bytes) })
}

/// What a call that may find nothing to do answers.
pub(super) fn yes_or_no(done: bool) -> HRESULT {
    if done { S_OK } else { S_FALSE }
}

/// Writes what a job with a handle's settings needs.
///
/// SAFETY: `bytes` is NULL or writable.
pub(super) unsafe fn estimate(slot: &Slot, bytes: *mut UInt64) -> Outcome<()> {
    if bytes.is_null() {
        return Err(Failure::invalid("bytes is NULL"));
    }
    let estimate = job::estimate_memory(&slot.settings().options())?;
    // SAFETY: the same promise.
    unsafe { bytes.write(estimate.bytes) };
    Ok(())
}

/// Writes to where the caller wants to know.
///
/// SAFETY: `to` is NULL or writable.
pub(super) unsafe fn write<T>(to: *mut T, value: impl FnOnce() -> T) {
    if !to.is_null() {
        // SAFETY: the same promise.
        unsafe { to.write(value()) };
    }
}

/// A job in the background.
///
/// SAFETY: `items` as for `ItemArray::requests`; `output_path` is NULL or terminated.
unsafe fn start<C: CharacterC>(
    handle: ParallelCompressorHandle,
    items: &impl ItemArray,
    output_path: *const C,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        // SAFETY: the same promise.
        let target = file_target(unsafe { C::path(output_path, "outputPath") }?)?;
        // SAFETY: the same promise.
        let requests = unsafe { items.requests() }?;
        compressor.start(requests, items.count(), |_| Ok(target))
    })
}

/// A job in the background, to the caller's functions.
///
/// SAFETY: `items` as for `ItemArray::requests`; the functions are what the header says.
unsafe fn start_to_stream(
    handle: ParallelCompressorHandle,
    items: &impl ItemArray,
    write: ParallelWriteCallback,
    seek: ParallelSeekCallback,
    user_data: *mut c_void,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        let write = write.ok_or_else(|| Failure::invalid("write is NULL"))?;
        // SAFETY: the same promise.
        let requests = unsafe { items.requests() }?;
        compressor.start(requests, items.count(), |control| Ok(callback_target(write, seek, user_data, control)))
    })
}
