//! Queue handles: limits and pauses of the job, and items that fail. Each is the compressor's function of that name.

use std::ffi::c_void;

use super::compressor_job::{estimate, yes_or_no};
use super::guard::{change, on_handle};
use super::queue::Queue;
use super::settings::{UserData, error_policy};
use super::types::*;

/// Holds the queue's job, as ParallelCompressor_Pause. Items may be added all the same, until the queue is full.
/// Returns S_OK; S_FALSE: it is paused already, or no job runs; E_INVALIDARG: no such handle. Threads: any, callbacks
/// too. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_Pause(handle: ParallelStreamQueueHandle) -> HRESULT {
    on_handle::<Queue>(handle, |queue| Ok(yes_or_no(queue.slot.pause())))
}

/// Lets a paused job go on, as ParallelCompressor_Resume.
/// Returns S_OK; S_FALSE: none is paused; E_INVALIDARG: no such handle. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_Resume(handle: ParallelStreamQueueHandle) -> HRESULT {
    on_handle::<Queue>(handle, |queue| Ok(yes_or_no(queue.slot.resume())))
}

/// The most time a job may take, in milliseconds from its start, as ParallelCompressor_SetTimeout: the time that the queue
/// waits for items counts too.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetTimeout(handle: ParallelStreamQueueHandle, timeout_ms: UInt64) -> HRESULT {
    change::<Queue>(handle, |queue| {
        queue.slot.set(|settings| {
            settings.set_timeout(timeout_ms);
            Ok(())
        })
    })
}

/// What happens when an item fails, as ParallelCompressor_SetErrorPolicy. decide is called on the queue's own thread.
/// Returns S_OK; E_INVALIDARG: no such handle, no such policy, or NULL; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetErrorPolicy(
    handle: ParallelStreamQueueHandle,
    policy: UInt32,
    decide: ParallelErrorDecisionCallback,
    user_data: *mut c_void,
) -> HRESULT {
    change::<Queue>(handle, |queue| {
        let policy = error_policy(policy, decide, UserData(user_data))?;
        queue.slot.set(|settings| {
            settings.error_policy = policy;
            Ok(())
        })
    })
}

/// How much memory a job with the queue's settings uses at its peak, in bytes, as ParallelCompressor_EstimateMemory: the
/// items that wait in the queue come on top.
/// Returns S_OK; E_INVALIDARG: no such handle, bytes is NULL, or settings that contradict each other; E_OUTOFMEMORY: no
/// job fits the memory limit. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_EstimateMemory(
    handle: ParallelStreamQueueHandle,
    bytes: *mut UInt64,
) -> HRESULT {
    // SAFETY: NULL or writable, by the contract of the header.
    change::<Queue>(handle, |queue| unsafe { estimate(&queue.slot, bytes) })
}
