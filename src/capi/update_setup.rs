//! Update handles: made, filled with archives and changes, asked, destroyed.

use std::ffi::c_char;
use std::sync::Arc;

use super::compressor::Compressor;
use super::compressor_job::write;
use super::compressor_setup::last_error_message;
use super::extractor::Extractor;
use super::extractor_run::chosen;
use super::extractor_types::ParallelExtractorHandle;
use super::guard::{Failure, Object, Outcome, change, on_handle, on_nothing};
use super::strings::CharacterC;
use super::types::*;
use super::update::Updater;
use crate::error::{S_FALSE, S_OK};
use crate::extract::update::Replace;

/// Changes to an archive, or to several that become one: what is to be deleted, renamed, replaced. A compressor's jobs write
/// it. Since 0.1.
pub type ParallelUpdateHandle = *mut std::ffi::c_void;

/// An item that is added takes the place of one with its name.
pub const PARALLELCOMPRESS_REPLACE_ALWAYS: UInt32 = 0;
/// It takes the place of one that was modified earlier; otherwise, or where one of the two has no time, the old one stays.
pub const PARALLELCOMPRESS_REPLACE_NEWER: UInt32 = 1;
/// The old one stays.
pub const PARALLELCOMPRESS_REPLACE_NEVER: UInt32 = 2;

/// Makes an update: no archive, no change. ParallelUpdate_AddArchive gives it archives, ParallelCompressor_SetUpdate gives
/// it to a compressor, whose jobs then write the changed archive with their items added to it. Blocks that stay whole are
/// copied as they are, packed and encrypted; only what is left of a block that loses items is packed again.
/// Returns the handle; NULL only if there is no memory. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelUpdate_Create() -> ParallelUpdateHandle {
    on_nothing(std::ptr::null_mut(), || Updater::registry().insert(Updater::default()))
}

/// Ends an update. A compressor that it was given to, and a job that writes it, keep what they need of it. NULL, and a handle
/// that was destroyed before, do nothing. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelUpdate_Destroy(handle: ParallelUpdateHandle) {
    on_nothing((), || drop(Updater::registry().remove(handle)));
}

/// Adds the archive that is open in extractor, which must keep it open until the jobs that write the update have ended, and is
/// busy while one runs. The first archive is the one that is changed. All of each further one is added to it (a merge): what
/// has a name that is there already takes its place, folders become one.
/// Returns S_OK; E_INVALIDARG: no such handle, of either kind, or the extractor's archive was added before; E_FAIL: no archive
/// is open. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelUpdate_AddArchive(
    handle: ParallelUpdateHandle,
    extractor: ParallelExtractorHandle,
) -> HRESULT {
    change::<Updater>(handle, |update| update.add(&extractor_of(extractor)?))
}

/// Deletes the item with this name (by now: renamed ones have their new names) and, where it is a folder, all that is in it. count, unless NULL, gets how many those were.
/// Returns S_OK; S_FALSE: there is none; E_INVALIDARG: no such handle, NULL, an empty or malformed name; E_FAIL: no archive was
/// added. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_Delete(
    handle: ParallelUpdateHandle,
    name: *const WChar,
    count: *mut UInt32,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { delete(handle, name, count, false) }
}

/// ParallelUpdate_Delete with the name in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_DeleteUtf8(
    handle: ParallelUpdateHandle,
    name: *const c_char,
    count: *mut UInt32,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { delete(handle, name, count, false) }
}

/// Deletes all but the item with this name and, where it is a folder, what is in it: so that an archive is split by folders,
/// one update for each. count, unless NULL, gets how many were deleted.
/// Returns as ParallelUpdate_Delete, S_FALSE: nothing was deleted. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_KeepOnly(
    handle: ParallelUpdateHandle,
    name: *const WChar,
    count: *mut UInt32,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { delete(handle, name, count, true) }
}

/// ParallelUpdate_KeepOnly with the name in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_KeepOnlyUtf8(
    handle: ParallelUpdateHandle,
    name: *const c_char,
    count: *mut UInt32,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { delete(handle, name, count, true) }
}

/// Deletes items by their numbers in the archive that is open in extractor and was added: for those that share a name with
/// others. indices may be NULL if count is 0. Those that were deleted before count for nothing.
/// Returns S_OK; E_INVALIDARG: no such handle, of either kind, NULL, an item that is not there (nothing is deleted then), or
/// the archive was not added; E_FAIL: none is open, or none was added. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_DeleteItems(
    handle: ParallelUpdateHandle,
    extractor: ParallelExtractorHandle,
    indices: *const UInt32,
    count: UInt32,
) -> HRESULT {
    change::<Updater>(handle, |update| {
        let extractor = extractor_of(extractor)?;
        let opened = extractor.opened()?;
        // SAFETY: NULL or readable for that many, by the contract of the header.
        let chosen = unsafe { chosen(&opened, indices, count) }?;
        update.delete_items(&opened, &chosen)
    })
}

/// Renames the item from and, where it is a folder, what is in it. count, unless NULL, gets how many those were.
/// Returns S_OK; S_FALSE: there is none; E_INVALIDARG: no such handle, NULL, an empty or malformed name, or to is no name or is
/// taken (nothing is renamed then); E_FAIL: no archive was added. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_Rename(
    handle: ParallelUpdateHandle,
    from: *const WChar,
    to: *const WChar,
    count: *mut UInt32,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { rename(handle, from, to, count) }
}

/// ParallelUpdate_Rename with the names in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_RenameUtf8(
    handle: ParallelUpdateHandle,
    from: *const c_char,
    to: *const c_char,
    count: *mut UInt32,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { rename(handle, from, to, count) }
}

/// What becomes of a job's item whose name the archive has: PARALLELCOMPRESS_REPLACE_ALWAYS (default), _NEWER or _NEVER. An item
/// that is not added for that reason is not counted and no callback hears of it. A folder that is there already stays, with
/// what is in it.
/// Returns S_OK; E_INVALIDARG: no such handle, or no such policy. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelUpdate_SetReplacePolicy(handle: ParallelUpdateHandle, policy: UInt32) -> HRESULT {
    change::<Updater>(handle, |update| {
        update.set_replace(match policy {
            PARALLELCOMPRESS_REPLACE_ALWAYS => Replace::Always,
            PARALLELCOMPRESS_REPLACE_NEWER => Replace::Newer,
            PARALLELCOMPRESS_REPLACE_NEVER => Replace::Never,
            other => return Err(Failure::invalid(format!("{other} is no replace policy"))),
        });
        Ok(())
    })
}

/// What the last job did that wrote the update; 0 before the first and after one that failed. Each may be NULL. blocksCopied:
/// blocks that were copied as they are; bytesCopied: their packed bytes; itemsRepacked: items that were packed again since their
/// blocks lost others.
/// Returns S_OK; E_INVALIDARG: no such handle. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_GetResult(
    handle: ParallelUpdateHandle,
    blocks_copied: *mut UInt64,
    bytes_copied: *mut UInt64,
    items_repacked: *mut UInt64,
) -> HRESULT {
    change::<Updater>(handle, |update| {
        let result = update.result();
        // SAFETY: each is NULL or writable, by the contract of the header.
        unsafe {
            write(blocks_copied, || result.blocks);
            write(bytes_copied, || result.bytes);
            write(items_repacked, || result.items_repacked);
        }
        Ok(())
    })
}

/// ParallelCompressor_GetLastErrorMessage for an update: the text in UTF-8. What a job's errors say is the compressor's.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_GetLastErrorMessage(
    handle: ParallelUpdateHandle,
    buffer: *mut c_char,
    buffer_size: usize,
    required: *mut usize,
) -> HRESULT {
    // SAFETY: as large as it says and writable, by the contract of the header.
    unsafe { last_error_message::<Updater, _>(handle, buffer, buffer_size, required) }
}

/// ParallelUpdate_GetLastErrorMessage as a wide string; bufferSize and required are characters. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelUpdate_GetLastErrorMessageWide(
    handle: ParallelUpdateHandle,
    buffer: *mut WChar,
    buffer_size: usize,
    required: *mut usize,
) -> HRESULT {
    // SAFETY: as large as it says and writable, by the contract of the header.
    unsafe { last_error_message::<Updater, _>(handle, buffer, buffer_size, required) }
}

/// From now on the compressor's jobs, whichever function begins them, write update: its archives with its changes, and the
/// job's items (there may be none) added. NULL (default): they make archives of their items alone. Changes that are made to
/// the update later count too; a job takes those that are there when it begins. outputPath may be that of an archive that is
/// changed: it is replaced when the new one is complete, whatever happens before leaves it as it was, and the extractor goes on
/// reading the old one until it is closed.
/// A password of the compressor counts for what is packed; where there is none, that of the first archive does, and names are
/// encrypted where the first archive's are. What is left of a block that loses items passes through a temporary file without a
/// name in the system's temporary folder, and callbacks hear of it with UINT32_MAX as the item's index. If it cannot be
/// decoded, or an item fails that was to replace another, the job fails: nothing is lost.
/// Jobs with an update answer as all do; E_INVALIDARG too with a look-ahead callback; E_FAIL too where an archive of the update
/// is not open any more, its extractor is busy, or nothing was added; PARALLELCOMPRESS_E_UNSUPPORTED: an archive behind a
/// self-extracting program; what extractors answer about an archive that cannot be decoded. Cancelling an extractor of the
/// update cancels the job.
/// Returns S_OK; E_INVALIDARG: no such handle, of either kind; E_FAIL: a job runs. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompressor_SetUpdate(
    handle: ParallelCompressorHandle,
    update: ParallelUpdateHandle,
) -> HRESULT {
    change::<Compressor>(handle, |compressor| {
        let update = match update.is_null() {
            true => None,
            false => Some(Updater::registry().get(update).ok_or_else(|| Failure::invalid("no such update"))?),
        };
        compressor.slot.set(|settings| {
            settings.update = update;
            Ok(())
        })
    })
}

fn extractor_of(handle: ParallelExtractorHandle) -> Outcome<Arc<Extractor>> {
    Extractor::registry().get(handle).ok_or_else(|| Failure::invalid("no such extractor"))
}

/// A name of an item or folder.
///
/// SAFETY: `name` is NULL or terminated.
unsafe fn name_of<C: CharacterC>(name: *const C, what: &str) -> Outcome<String> {
    // SAFETY: the same promise.
    let text = unsafe { C::name(name, what) }?.ok_or_else(|| Failure::invalid(format!("{what} is NULL")))?;
    match text.trim_end_matches('/') {
        "" => Err(Failure::invalid(format!("{what} is empty"))),
        trimmed => Ok(trimmed.to_owned()),
    }
}

/// Deletes what has a name, or is in the folder of that name; with `others`, all else.
///
/// SAFETY: `name` is NULL or terminated, `count` NULL or writable.
unsafe fn delete<C: CharacterC>(
    handle: ParallelUpdateHandle,
    name: *const C,
    count: *mut UInt32,
    others: bool,
) -> HRESULT {
    on_handle::<Updater>(handle, |update| {
        // SAFETY: the same promise.
        let name = unsafe { name_of(name, "name") }?;
        let means =
            |other: &str| other.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let deleted = update.change(|update| Ok(update.delete(|name| means(name) != others)))?;
        // SAFETY: the same promise.
        Ok(unsafe { counted(deleted, count) })
    })
}

/// SAFETY: `from` and `to` are NULL or terminated, `count` NULL or writable.
unsafe fn rename<C: CharacterC>(
    handle: ParallelUpdateHandle,
    from: *const C,
    to: *const C,
    count: *mut UInt32,
) -> HRESULT {
    on_handle::<Updater>(handle, |update| {
        // SAFETY: the same promise.
        let (from, to) = unsafe { (name_of(from, "from")?, name_of(to, "to")?) };
        let renamed = update.change(|update| Ok(update.rename(&from, &to)?))?;
        // SAFETY: the same promise.
        Ok(unsafe { counted(renamed, count) })
    })
}

/// Says how many items a change was about.
///
/// SAFETY: `count` is NULL or writable.
unsafe fn counted(changed: usize, count: *mut UInt32) -> HRESULT {
    // SAFETY: the same promise.
    unsafe { write(count, || u32::try_from(changed).unwrap_or(u32::MAX)) };
    if changed > 0 { S_OK } else { S_FALSE }
}
