//! Extractor handles: cancelled, looked at, asked what failed.

use std::ffi::c_char;

use super::compressor_job::yes_or_no;
use super::compressor_setup::last_error_message;
use super::extractor::Extractor;
use super::extractor_observer::{FailedItem, statistics_of};
use super::extractor_types::ParallelExtractorHandle;
use super::guard::{Failure, Outcome, change, on_handle};
use super::strings::CharacterC;
use super::types::*;
use crate::error::{S_FALSE, S_OK};

/// Asks the job that runs on this handle to end: it returns E_ABORT soon. Files that were extracted by then stay.
/// Returns S_OK; S_FALSE: no job runs (nothing happens, also not to the next one); E_INVALIDARG: no such handle.
/// Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_Cancel(handle: ParallelExtractorHandle) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| Ok(yes_or_no(extractor.slot.cancel())))
}

/// Holds the extraction or test that runs on this handle: its threads stop decoding and writing within a moment, and no callback
/// is called. ParallelExtractor_Cancel ends a paused one too, and its time limit goes on running. Elapsed time in statistics
/// leaves pauses out.
/// Returns S_OK; S_FALSE: it is paused already, or no job runs; E_INVALIDARG: no such handle. Threads: any, callbacks too.
/// Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_Pause(handle: ParallelExtractorHandle) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| Ok(yes_or_no(extractor.slot.pause())))
}

/// Lets a paused extraction or test go on.
/// Returns S_OK; S_FALSE: none is paused; E_INVALIDARG: no such handle. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_Resume(handle: ParallelExtractorHandle) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| Ok(yes_or_no(extractor.slot.resume())))
}

/// What the extraction or test does, or the last one did; all 0 before the first, and after an archive was opened. TotalInSize
/// are packed bytes read, TotalOutSize bytes extracted, rates and the ratio those of bytes extracted; ItemsInProgress and
/// ActiveThreads are 0. stats is written only on S_OK.
/// Returns S_OK; E_INVALIDARG: no such handle, or stats is NULL. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetStatistics(
    handle: ParallelExtractorHandle,
    stats: *mut ParallelStatisticsC,
) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        if stats.is_null() {
            return Err(Failure::invalid("stats is NULL"));
        }
        // SAFETY: writable, by the contract of the header.
        unsafe { stats.write(statistics_of(&extractor.slot.statistics())) };
        Ok(())
    })
}

/// ParallelCompressor_GetLastErrorMessage for an extractor: the text in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetLastErrorMessage(
    handle: ParallelExtractorHandle,
    buffer: *mut c_char,
    buffer_size: usize,
    required: *mut usize,
) -> HRESULT {
    // SAFETY: as large as it says and writable, by the contract of the header.
    unsafe { last_error_message::<Extractor, _>(handle, buffer, buffer_size, required) }
}

/// ParallelExtractor_GetLastErrorMessage as a wide string; bufferSize and required are characters. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetLastErrorMessageWide(
    handle: ParallelExtractorHandle,
    buffer: *mut WChar,
    buffer_size: usize,
    required: *mut usize,
) -> HRESULT {
    // SAFETY: as large as it says and writable, by the contract of the header.
    unsafe { last_error_message::<Extractor, _>(handle, buffer, buffer_size, required) }
}

/// How much failed in the job that runs, or in the last one.
/// Returns S_OK; E_INVALIDARG: no such handle, or count is NULL. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetFailedItemCount(
    handle: ParallelExtractorHandle,
    count: *mut UInt64,
) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        if count.is_null() {
            return Err(Failure::invalid("count is NULL"));
        }
        let failed = extractor.failures.lock().count;
        // SAFETY: writable, by the contract of the header.
        unsafe { count.write(failed) };
        Ok(())
    })
}

/// What failed, by its number in the order of failing, from 0; the first 100000 are kept. itemIndex gets the item's place in
/// the archive, UINT32_MAX where it is a link or the time of a folder; errorCode why it failed. Each may be NULL.
/// Returns S_OK; E_INVALIDARG: no such handle, or nothing is kept under that number. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetFailedItem(
    handle: ParallelExtractorHandle,
    failed_index: UInt32,
    item_index: *mut UInt32,
    error_code: *mut HRESULT,
) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        let failed = failed(extractor, failed_index)?;
        // SAFETY: each is NULL or writable, by the contract of the header.
        unsafe {
            if let Some(to) = item_index.as_mut() {
                *to = failed.index;
            }
            if let Some(to) = error_code.as_mut() {
                *to = failed.code;
            }
        }
        Ok(())
    })
}

/// The text of what ParallelExtractor_GetFailedItem tells, which names item and cause. Buffer and result as for
/// ParallelExtractor_GetItemNameUtf8. Returns E_INVALIDARG too where nothing is kept under that number.
/// Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetFailedItemMessageUtf8(
    handle: ParallelExtractorHandle,
    failed_index: UInt32,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| {
        let failed = failed(extractor, failed_index)?;
        // SAFETY: as large as it says and writable, by the contract of the header.
        Ok(if unsafe { c_char::copy_out(&failed.message, buffer, capacity, needed) }? { S_OK } else { S_FALSE })
    })
}

fn failed(extractor: &Extractor, number: u32) -> Outcome<FailedItem> {
    let failed = extractor.failures.lock().kept.get(number as usize).cloned();
    failed.ok_or_else(|| Failure::invalid(format!("no failed item is kept under the number {number}")))
}
