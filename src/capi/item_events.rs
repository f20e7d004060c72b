//! Both kinds of handle: who hears that items start, and that they are in the archive.

use std::ffi::c_void;

use super::compressor::Compressor;
use super::guard::change;
use super::queue::Queue;
use super::settings::{ItemEventCallbacks, UserData};
use super::types::*;

/// Who hears that an item starts, and that it is in the archive. started is called before any other callback about the
/// item, completed after them all; an item that fails is never completed, and one that fails before its first bytes are
/// compressed has not started. Either function may be NULL: then nobody hears. userData is handed to both.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetItemCallbacks(
    handle: ParallelCompressorHandle,
    started: ParallelItemCallback,
    completed: ParallelItemCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let events = ItemEventCallbacks { started, completed, user_data: UserData(user_data) };
    change::<Compressor>(handle, |compressor| {
        compressor.slot.set(|settings| {
            settings.item_events = events;
            Ok(())
        })
    })
}

/// As ParallelCompressor_SetItemCallbacks. The functions are called on the queue's own thread.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetItemCallbacks(
    handle: ParallelStreamQueueHandle,
    started: ParallelItemCallback,
    completed: ParallelItemCallback,
    user_data: *mut c_void,
) -> HRESULT {
    let events = ItemEventCallbacks { started, completed, user_data: UserData(user_data) };
    change::<Queue>(handle, |queue| {
        queue.slot.set(|settings| {
            settings.item_events = events;
            Ok(())
        })
    })
}
