//! Queue handles: filled, started, waited for.

use std::ffi::{c_char, c_void};

use super::guard::{Failure, change, on_handle};
use super::queue::Queue;
use super::strings::CharacterC;
use super::types::*;
use crate::error::S_OK;

/// Adds an item, before or after the start. The bytes are copied: free or change the buffer at once. data may be NULL if
/// dataSize is 0. name: the name in the archive; NULL or empty: item-000012, after the item's place in the queue.
/// Returns S_OK; E_OUTOFMEMORY: the queue is full (try again when the job has taken up some), or no memory;
/// E_INVALIDARG: no such handle, NULL with a size, or a malformed name; E_FAIL: another thread is waiting for completion;
/// the job's own code if it has failed already. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_AddStream(
    handle: ParallelStreamQueueHandle,
    data: *const c_void,
    data_size: usize,
    name: *const WChar,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { add(handle, data, data_size, name) }
}

/// ParallelStreamQueue_AddStream with the name in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_AddStreamUtf8(
    handle: ParallelStreamQueueHandle,
    data: *const c_void,
    data_size: usize,
    name: *const c_char,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { add(handle, data, data_size, name) }
}

/// Starts compressing into the .7z file outputPath in the background, what waits already and what is added from now on,
/// and returns at once. End it with ParallelStreamQueue_WaitForCompletion. For the file the rules of
/// ParallelCompressor_CompressMultiple hold; its errors come out of the wait. Only with all items in one block
/// (ParallelStreamQueue_SetSolidBlockSize with 0) does all data stay in memory until the wait.
/// Returns S_OK; E_INVALIDARG: no such handle, outputPath is NULL, empty or malformed; E_FAIL: started already and not
/// waited for; the system's error if no thread could be made. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_StartProcessing(
    handle: ParallelStreamQueueHandle,
    output_path: *const WChar,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    change::<Queue>(handle, |queue| queue.start(unsafe { WChar::path(output_path, "outputPath") }?))
}

/// ParallelStreamQueue_StartProcessing with the path in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_StartProcessingUtf8(
    handle: ParallelStreamQueueHandle,
    output_path: *const c_char,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    change::<Queue>(handle, |queue| queue.start(unsafe { c_char::path(output_path, "outputPath") }?))
}

/// Closes the queue, waits until the job has ended, and makes the queue ready to be filled and started again; settings
/// stay.
/// Returns the job's code, as ParallelCompressor_CompressMultiple would (E_ABORT: cancelled); E_INVALIDARG: no such
/// handle; E_FAIL: not started, waited for already, or called from a callback. Threads: any but callbacks. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_WaitForCompletion(handle: ParallelStreamQueueHandle) -> HRESULT {
    on_handle::<Queue>(handle, |queue| queue.wait())
}

/// How far the job is that runs, or how far the last one came: items in the archive, items that failed, and items that
/// were added and are neither. Any of the three may be NULL. The last items wait for others to share a block with, until
/// ParallelStreamQueue_WaitForCompletion says that none will come: do not wait for 0 pending items before you call it.
/// Returns S_OK; E_INVALIDARG: no such handle (nothing is written). Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_GetStatus(
    handle: ParallelStreamQueueHandle,
    items_processed: *mut UInt32,
    items_failed: *mut UInt32,
    items_pending: *mut UInt32,
) -> HRESULT {
    on_handle::<Queue>(handle, |queue| {
        for (to, count) in [items_processed, items_failed, items_pending].into_iter().zip(queue.status()) {
            if !to.is_null() {
                // SAFETY: writable, by the contract of the header.
                unsafe { to.write(count) };
            }
        }
        Ok(S_OK)
    })
}

/// One more item.
///
/// SAFETY: `data` is readable for `size` bytes unless NULL; `name` is NULL or terminated.
unsafe fn add<C: CharacterC>(
    handle: ParallelStreamQueueHandle,
    data: *const c_void,
    size: usize,
    name: *const C,
) -> HRESULT {
    change::<Queue>(handle, |queue| {
        if data.is_null() && size > 0 {
            return Err(Failure::invalid("data is NULL but dataSize is not 0"));
        }
        if isize::try_from(size).is_err() {
            return Err(Failure::invalid("dataSize is larger than any buffer"));
        }
        // SAFETY: the same promise; nobody writes to it during this call.
        let bytes = if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data.cast::<u8>(), size) } };
        // SAFETY: the same promise.
        let name = unsafe { C::name(name, "name") }?;
        queue.add(bytes, name.as_deref())
    })
}
