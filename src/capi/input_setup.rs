//! How items are read that are no buffers: on how many threads, and through which functions of the caller's.

use std::ffi::{c_char, c_void};

use super::compressor::Compressor;
use super::guard::change;
use super::queue::Queue;
use super::streams::StreamCallbacks;
use super::strings::CharacterC;
use super::types::*;

/// How many files and streams are open and read ahead at once, each on a thread of its own beside the worker threads: 0
/// is 8, the default; more than 256 is 256. More of them hide the latency of a slow network or disk: with many small
/// streams a job takes about their number times the latency, divided by this. Buffers need no reading. Under a low memory
/// limit fewer are used. The archive's bytes do not depend on it.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetInputParallelism(
    handle: ParallelCompressorHandle,
    num_streams: UInt32,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        compressor.slot.set(|settings| {
            settings.set_input_parallelism(num_streams);
            Ok(())
        })
    })
}

/// Sets the functions that streams are read through. While they are set, an item with neither Data nor FilePath is a
/// stream; its Size is the announced size in bytes, 0 where that is not known. open and read must be given together; close
/// may be NULL where there is nothing to close. All three NULL (default): such items have no bytes. userData is handed to
/// all of them.
/// Each stream is opened when its turn to be read comes, read to its end and closed; as many are open at once as
/// ParallelCompressor_SetInputParallelism says. Unlike all other callbacks, these are called on threads of the library, for
/// different streams at the same time; for one stream they come one after the other, all on the same thread. A stream that
/// fails, or delivers more or fewer bytes than announced, is named to the error callback and is not in the archive; the
/// others are (S_FALSE). A job that is cancelled makes no further calls but close, and waits for those underway.
/// Returns S_OK; E_INVALIDARG: no such handle, or one of open and read is NULL and not the other; E_FAIL: a job runs.
/// Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetStreamCallbacks(
    handle: ParallelCompressorHandle,
    open: ParallelStreamOpenCallback,
    read: ParallelStreamReadCallback,
    close: ParallelStreamCloseCallback,
    user_data: *mut c_void,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        let streams = StreamCallbacks::new(open, read, close, user_data)?;
        compressor.slot.set(|settings| {
            settings.streams = streams;
            Ok(())
        })
    })
}

/// As ParallelCompressor_SetInputParallelism, for what ParallelStreamQueue_AddCallbackStream adds.
/// Returns S_OK; E_INVALIDARG: no such handle; E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetInputParallelism(
    handle: ParallelStreamQueueHandle,
    num_streams: UInt32,
) -> HRESULT {
    change::<Queue>(handle, |queue| {
        queue.slot.set(|settings| {
            settings.set_input_parallelism(num_streams);
            Ok(())
        })
    })
}

/// As ParallelCompressor_SetStreamCallbacks, for what ParallelStreamQueue_AddCallbackStream adds from now on.
/// Returns S_OK; E_INVALIDARG: no such handle, or one of open and read is NULL and not the other; E_FAIL: the queue was
/// started and not waited for. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetStreamCallbacks(
    handle: ParallelStreamQueueHandle,
    open: ParallelStreamOpenCallback,
    read: ParallelStreamReadCallback,
    close: ParallelStreamCloseCallback,
    user_data: *mut c_void,
) -> HRESULT {
    change::<Queue>(handle, |queue| {
        let streams = StreamCallbacks::new(open, read, close, user_data)?;
        queue.slot.set(|settings| {
            settings.streams = streams;
            Ok(())
        })
    })
}

/// Adds a stream to be read through the stream callbacks when its turn comes, before or after the start. itemUserData is
/// handed to the open callback, with the item's place in the queue as its index. size: the announced size in bytes, 0 where
/// that is not known. name: the name in the archive; NULL or empty: item-000012, after the item's place in the queue.
/// Returns S_OK; E_OUTOFMEMORY: the queue is full (try again when the job has taken up some); E_INVALIDARG: no such handle,
/// or a malformed name; E_FAIL: no stream callbacks are set, or another thread is waiting for completion; the job's own
/// code if it has failed already. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_AddCallbackStream(
    handle: ParallelStreamQueueHandle,
    item_user_data: *mut c_void,
    size: UInt64,
    name: *const WChar,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    change::<Queue>(handle, |queue| queue.add_stream(size, unsafe { WChar::name(name, "name") }?, item_user_data))
}

/// ParallelStreamQueue_AddCallbackStream with the name in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_AddCallbackStreamUtf8(
    handle: ParallelStreamQueueHandle,
    item_user_data: *mut c_void,
    size: UInt64,
    name: *const c_char,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    change::<Queue>(handle, |queue| queue.add_stream(size, unsafe { c_char::name(name, "name") }?, item_user_data))
}
