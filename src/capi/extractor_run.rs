//! Extractor handles: the jobs.

use std::ffi::{c_char, c_void};

use super::extractor::{Extractor, Opened, Wanted};
use super::extractor_items::entry;
use super::extractor_types::*;
use super::guard::{Failure, Outcome, on_handle};
use super::memory::to_malloc;
use super::sized::read_struct;
use super::strings::CharacterC;
use super::types::*;
use crate::error::{Error, S_OK};
use crate::extract::{Discard, FolderSink, InMemory};

/// Extracts all items of the open archive into a folder, which is made with all above it, and returns when that is done.
/// Names are taken as hostile: nothing is made outside the folder, and no link is followed. A file is written beside its place
/// and renamed: under its own name it is whole. Of an item that fails nothing is left. Anti-items are never extracted.
/// Returns S_OK: all items are there, or were skipped by the overwrite policy; S_FALSE: some failed (the error callback named
/// them, and ParallelExtractor_GetFailedItem does) and the others are there; E_ABORT: cancelled; PARALLELCOMPRESS_E_TIMEOUT;
/// PARALLELCOMPRESS_E_LIMIT: the items together are larger than the limit; under PARALLELCOMPRESS_ON_ERROR_STOP the code of
/// the item that failed; E_INVALIDARG: no such handle, NULL, an empty or malformed path; E_OUTOFMEMORY; E_FAIL: no archive is
/// open, a job runs already, or an internal error. What was extracted by then stays in any case.
/// Items fail with PARALLELCOMPRESS_E_CHECKSUM, _E_CORRUPT, _E_PASSWORD (also where a wrong password is the likely cause of
/// damage), _E_UNSUPPORTED, _E_LIMIT, E_INVALIDARG (a name or link that leads out of the folder), or the system's error.
/// Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_ExtractAll(
    handle: ParallelExtractorHandle,
    folder: *const WChar,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_folder(handle, None, folder) }
}

/// ParallelExtractor_ExtractAll with the path in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_ExtractAllUtf8(
    handle: ParallelExtractorHandle,
    folder: *const c_char,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_folder(handle, None, folder) }
}

/// ParallelExtractor_ExtractAll for some items: count of them, by their numbers at indices, in any order. Only their blocks
/// are read, and decoded as far as they need. A folder is the folder alone, without what is in it. indices may be NULL if
/// count is 0; the same number twice is one item.
/// Returns as ParallelExtractor_ExtractAll; E_INVALIDARG too if indices is NULL or there is no such item (nothing is then
/// extracted). Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_ExtractItems(
    handle: ParallelExtractorHandle,
    indices: *const UInt32,
    count: UInt32,
    folder: *const WChar,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_folder(handle, Some((indices, count)), folder) }
}

/// ParallelExtractor_ExtractItems with the path in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_ExtractItemsUtf8(
    handle: ParallelExtractorHandle,
    indices: *const UInt32,
    count: UInt32,
    folder: *const c_char,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { to_folder(handle, Some((indices, count)), folder) }
}

/// Extracts one item into memory: on S_OK, *data is a block from malloc with its bytes (not NULL if there are none) and *size
/// how many; free it with ParallelCompress_Free. Otherwise they are NULL and 0. Of a symbolic link these are its target.
/// Returns S_OK; the item's own code if it fails; E_INVALIDARG: no such handle or item, NULL, a folder or an anti-item;
/// otherwise as ParallelExtractor_ExtractAll. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_ExtractItemToMemory(
    handle: ParallelExtractorHandle,
    index: UInt32,
    data: *mut *mut c_void,
    size: *mut usize,
) -> HRESULT {
    // SAFETY: not NULL, and so writable.
    let write = |bytes, count| unsafe {
        data.write(bytes);
        size.write(count);
    };
    let both = !data.is_null() && !size.is_null();
    if both {
        write(std::ptr::null_mut(), 0);
    }
    on_handle::<Extractor>(handle, |extractor| {
        if !both {
            return Err(Failure::invalid("data or size is NULL"));
        }
        let bytes = item_bytes(extractor, index)?;
        write(to_malloc(&bytes)?, bytes.len());
        Ok(S_OK)
    })
}

/// Extracts items into functions of yours: those of count numbers at indices, or all where indices is NULL and count 0.
/// callbacks, and the struct's functions, must stay until this returns.
/// Returns as ParallelExtractor_ExtractItems; E_INVALIDARG too if callbacks or Write is NULL, or StructSize that of no
/// version. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_ExtractToCallbacks(
    handle: ParallelExtractorHandle,
    indices: *const UInt32,
    count: UInt32,
    callbacks: *const ParallelExtractCallbacksC,
) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| {
        // SAFETY: NULL or as large as it says, by the contract of the header.
        let callbacks = unsafe { read_struct(callbacks, "callbacks") }?;
        let selection = (!indices.is_null() || count > 0).then_some((indices, count));
        // SAFETY: the contract of the header.
        let wanted = unsafe { wanted(extractor, selection) }?;
        extractor.extract_to_callbacks(&wanted, &callbacks)
    })
}

/// Decodes all items of the open archive and checks them, and writes nothing.
/// Returns S_OK: all are well; S_FALSE: some are not; otherwise as ParallelExtractor_ExtractAll. Threads: any, one job per
/// handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelExtractor_Test(handle: ParallelExtractorHandle) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| extractor.extract(&Wanted::All, |_| Ok(Discard)).map(|(code, _)| code))
}

/// ParallelExtractor_Test for some items, chosen as by ParallelExtractor_ExtractItems.
/// Returns as both. Threads: any, one job per handle at a time. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_TestItems(
    handle: ParallelExtractorHandle,
    indices: *const UInt32,
    count: UInt32,
) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| {
        // SAFETY: the contract of the header.
        let wanted = unsafe { wanted(extractor, Some((indices, count))) }?;
        extractor.extract(&wanted, |_| Ok(Discard)).map(|(code, _)| code)
    })
}

/// The items with these numbers; all of them for `None`.
///
/// SAFETY: the numbers are NULL or as many as is said.
unsafe fn wanted(extractor: &Extractor, selection: Option<(*const UInt32, UInt32)>) -> Outcome<Wanted> {
    let opened = extractor.opened()?;
    let Some((indices, count)) = selection else { return Ok(Wanted::All) };
    // SAFETY: the same promise.
    unsafe { chosen(&opened, indices, count) }.map(Wanted::Some)
}

/// For each item, whether its number is there.
///
/// SAFETY: as for `wanted`.
pub(super) unsafe fn chosen(opened: &Opened, indices: *const UInt32, count: UInt32) -> Outcome<Vec<bool>> {
    if indices.is_null() && count > 0 {
        return Err(Failure::invalid("indices is NULL"));
    }
    let mut chosen = vec![false; opened.archive.entries().len()];
    for place in 0..count as usize {
        // SAFETY: within the array, by the same promise.
        let index = unsafe { indices.add(place).read() };
        chosen[entry(opened, index)?.index()] = true;
    }
    Ok(chosen)
}

/// A job to a folder.
///
/// SAFETY: as for `wanted`; `folder` is NULL or terminated.
unsafe fn to_folder<C: CharacterC>(
    handle: ParallelExtractorHandle,
    selection: Option<(*const UInt32, UInt32)>,
    folder: *const C,
) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| {
        // SAFETY: the same promise.
        let folder = unsafe { C::path(folder, "folder") }?.ok_or_else(|| Failure::invalid("folder is NULL"))?;
        if folder.as_os_str().is_empty() {
            return Err(Failure::invalid("folder is empty"));
        }
        // SAFETY: the same promise.
        let wanted = unsafe { wanted(extractor, selection) }?;
        let sink = extractor.extract(&wanted, |settings| Ok(FolderSink::new(&folder, settings.destination.clone())?));
        sink.map(|(code, _)| code)
    })
}

/// The bytes of one item.
fn item_bytes(extractor: &Extractor, index: u32) -> Outcome<Vec<u8>> {
    let opened = extractor.opened()?;
    let item = entry(&opened, index)?;
    if item.is_directory() || item.is_anti() {
        return Err(Failure::invalid(format!("{}: it has no bytes to extract", item.name())));
    }
    let mut wanted = vec![false; opened.archive.entries().len()];
    wanted[item.index()] = true;
    let (_, sink) = extractor.extract(&Wanted::Some(wanted), |_| Ok(InMemory::default()))?;
    if let Some((_, bytes)) = sink.into_items().pop() {
        return Ok(bytes);
    }
    let failed = extractor.failures.lock().kept.first().cloned();
    Err(match failed {
        Some(failed) => Failure { code: failed.code, message: failed.message },
        None => Error::Internal("no item came out of a job to memory".into()).into(),
    })
}
