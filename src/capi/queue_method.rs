//! What a queue does to data. What is set means what it means on a compressor.

use std::ffi::c_char;

use super::queue_setup::try_set;
use super::strings::CharacterC;
use super::types::*;

/// As ParallelCompressor_SetFilter.
/// Returns S_OK; E_INVALIDARG: no such handle, an unknown filter, or a parameter that it cannot have; E_FAIL: the queue was
/// started and not waited for. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelStreamQueue_SetFilter(
    handle: ParallelStreamQueueHandle,
    filter_id: UInt64,
    parameter: UInt32,
) -> HRESULT {
    try_set(handle, |settings| settings.set_filter(filter_id, parameter))
}

/// As ParallelCompressor_SetMethodString.
/// Returns S_OK; E_INVALIDARG: no such handle, NULL, a malformed string, or an unknown method, filter or parameter or a value
/// out of its range (nothing changes); E_FAIL: the queue was started and not waited for. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_SetMethodString(
    handle: ParallelStreamQueueHandle,
    method: *const WChar,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| settings.set_method_string(unsafe { WChar::text(method, "method") }?))
}

/// ParallelStreamQueue_SetMethodString with the text in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_SetMethodStringUtf8(
    handle: ParallelStreamQueueHandle,
    method: *const c_char,
) -> HRESULT {
    // SAFETY: NULL or terminated, by the contract of the header.
    try_set(handle, |settings| settings.set_method_string(unsafe { c_char::text(method, "method") }?))
}
