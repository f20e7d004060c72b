//! Extractor handles: what is in the open archive.

use std::ffi::c_char;

use super::extractor::{Extractor, Opened};
use super::extractor_types::*;
use super::guard::{Failure, Outcome, change, on_handle};
use super::item_struct::*;
use super::sized::fill_struct;
use super::strings::CharacterC;
use super::types::*;
use crate::error::{S_FALSE, S_OK};
use crate::extract::ArchiveEntry;

/// How many items the open archive has, folders too. They are numbered from 0, in stored order.
/// Returns S_OK; E_INVALIDARG: no such handle, or count is NULL; E_FAIL: no archive is open. Threads: any, callbacks too.
/// Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetItemCount(
    handle: ParallelExtractorHandle,
    count: *mut UInt32,
) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        if count.is_null() {
            return Err(Failure::invalid("count is NULL"));
        }
        let items = extractor.opened()?.archive.entries().len();
        // SAFETY: writable, by the contract of the header.
        unsafe { count.write(u32::try_from(items).unwrap_or(u32::MAX)) };
        Ok(())
    })
}

/// What the open archive says about an item. info: its StructSize must be set; everything else in it is written on S_OK only.
/// Returns S_OK; E_INVALIDARG: no such handle or item, info is NULL, or its StructSize is that of no version; E_FAIL: no
/// archive is open. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetItemInfo(
    handle: ParallelExtractorHandle,
    index: UInt32,
    info: *mut ParallelItemInfoC,
) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        let opened = extractor.opened()?;
        let value = info_of(&entry(&opened, index)?);
        // SAFETY: NULL or as large as it says, by the contract of the header.
        unsafe { fill_struct(info, &value, "info") }
    })
}

/// The name of an item as the archive has it, '/' between folders. It may be any: extraction refuses those that lead out of
/// the folder. Copies as much as fits into capacity characters, whole characters, always terminated. needed, unless NULL,
/// gets the capacity that holds all of it with its terminator; to ask only for that, pass NULL and 0.
/// Returns S_OK; S_FALSE: the buffer was too small; E_INVALIDARG: no such handle or item, or buffer is NULL and capacity is
/// not 0 or needed is NULL too; E_FAIL: no archive is open. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetItemName(
    handle: ParallelExtractorHandle,
    index: UInt32,
    buffer: *mut WChar,
    capacity: usize,
    needed: *mut usize,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { text_of(handle, index, |entry| entry.name().to_owned(), (buffer, capacity, needed)) }
}

/// ParallelExtractor_GetItemName in UTF-8; capacity and needed are bytes. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetItemNameUtf8(
    handle: ParallelExtractorHandle,
    index: UInt32,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { text_of(handle, index, |entry| entry.name().to_owned(), (buffer, capacity, needed)) }
}

/// The methods of an item's block as 7-Zip names them: "BCJ LZMA2:24"; empty for an item without bytes. Buffer and result as
/// for ParallelExtractor_GetItemNameUtf8. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetItemMethodUtf8(
    handle: ParallelExtractorHandle,
    index: UInt32,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { text_of(handle, index, |entry| entry.method(), (buffer, capacity, needed)) }
}

/// Finds an item by its name, exactly as the archive has it; of several the first.
/// Returns S_OK; S_FALSE: there is none, and index is not written; E_INVALIDARG: no such handle, NULL, or a malformed string;
/// E_FAIL: no archive is open. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_FindItem(
    handle: ParallelExtractorHandle,
    name: *const WChar,
    index: *mut UInt32,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { find(handle, name, index) }
}

/// ParallelExtractor_FindItem with the name in UTF-8. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_FindItemUtf8(
    handle: ParallelExtractorHandle,
    name: *const c_char,
    index: *mut UInt32,
) -> HRESULT {
    // SAFETY: the contract of the header.
    unsafe { find(handle, name, index) }
}

/// What the open archive is as a whole. info: its StructSize must be set; everything else in it is written on S_OK only.
/// Returns S_OK; E_INVALIDARG: no such handle, info is NULL, or its StructSize is that of no version; E_FAIL: no archive is
/// open. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelExtractor_GetArchiveInfo(
    handle: ParallelExtractorHandle,
    info: *mut ParallelArchiveInfoC,
) -> HRESULT {
    change::<Extractor>(handle, |extractor| {
        let opened = extractor.opened()?;
        let archive = &opened.archive;
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let flag = |is: bool, flag| if is { flag } else { 0 };
        let value = ParallelArchiveInfoC {
            flags: flag(archive.is_solid(), PARALLELCOMPRESS_ARCHIVE_SOLID)
                | flag(archive.has_encrypted_names(), PARALLELCOMPRESS_ARCHIVE_ENCRYPTED_NAMES),
            size: archive.size(),
            header_size: archive.header_size(),
            stub_size: archive.stub_size(),
            items: narrow(archive.entries().len()),
            blocks: narrow(archive.blocks()),
            ..ParallelArchiveInfoC::default()
        };
        // SAFETY: NULL or as large as it says, by the contract of the header.
        unsafe { fill_struct(info, &value, "info") }
    })
}

/// The item with that number.
pub(super) fn entry(opened: &Opened, index: u32) -> Outcome<ArchiveEntry<'_>> {
    let count = opened.archive.entries().len();
    let no_such = || Failure::invalid(format!("there is no item {index}: the archive has {count}"));
    opened.archive.entry(index as usize).ok_or_else(no_such)
}

fn info_of(entry: &ArchiveEntry) -> ParallelItemInfoC {
    let metadata = entry.metadata();
    let mode = metadata.unix_mode();
    let has = [
        (metadata.modified.is_some(), PARALLELCOMPRESS_ITEM_MODIFIED_TIME),
        (metadata.created.is_some(), PARALLELCOMPRESS_ITEM_CREATED_TIME),
        (metadata.accessed.is_some(), PARALLELCOMPRESS_ITEM_ACCESSED_TIME),
        (metadata.attributes.is_some(), PARALLELCOMPRESS_ITEM_ATTRIBUTES),
        (mode.is_some(), PARALLELCOMPRESS_ITEM_UNIX_MODE),
        (entry.crc().is_some(), PARALLELCOMPRESS_ITEM_CRC),
        (entry.is_directory(), PARALLELCOMPRESS_ITEM_FOLDER),
        (entry.is_symlink(), PARALLELCOMPRESS_ITEM_SYMLINK),
        (entry.is_encrypted(), PARALLELCOMPRESS_ITEM_ENCRYPTED),
        (entry.is_anti(), PARALLELCOMPRESS_ITEM_ANTI),
    ];
    ParallelItemInfoC {
        struct_size: 0,
        flags: has.iter().filter(|(has, _)| *has).fold(0, |flags, (_, flag)| flags | flag),
        size: entry.size(),
        packed_size: entry.packed_size().unwrap_or(u64::MAX),
        crc: entry.crc().unwrap_or(0),
        block: entry.block().and_then(|block| u32::try_from(block).ok()).unwrap_or(u32::MAX),
        modified_time: metadata.modified.map_or(0, |time| time.0),
        created_time: metadata.created.map_or(0, |time| time.0),
        accessed_time: metadata.accessed.map_or(0, |time| time.0),
        attributes: metadata.attributes.unwrap_or(0),
        unix_mode: mode.unwrap_or(0),
    }
}

/// Copies out a text about an item.
///
/// SAFETY: as for `CharacterC::copy_out`.
unsafe fn text_of<C: CharacterC>(
    handle: ParallelExtractorHandle,
    index: u32,
    text: impl FnOnce(&ArchiveEntry) -> String,
    (buffer, capacity, needed): (*mut C, usize, *mut usize),
) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| {
        let opened = extractor.opened()?;
        let text = text(&entry(&opened, index)?);
        // SAFETY: the same promise.
        Ok(if unsafe { C::copy_out(&text, buffer, capacity, needed) }? { S_OK } else { S_FALSE })
    })
}

/// Finds an item by its name.
///
/// SAFETY: `name` is NULL or terminated, `index` NULL or writable.
unsafe fn find<C: CharacterC>(handle: ParallelExtractorHandle, name: *const C, index: *mut UInt32) -> HRESULT {
    on_handle::<Extractor>(handle, |extractor| {
        // SAFETY: the same promise.
        let name = unsafe { C::name(name, "name") }?.ok_or_else(|| Failure::invalid("name is NULL"))?;
        if index.is_null() {
            return Err(Failure::invalid("index is NULL"));
        }
        Ok(match extractor.opened()?.find(&name) {
            Some(found) => {
                // SAFETY: writable, by the same promise.
                unsafe { index.write(found) };
                S_OK
            }
            None => S_FALSE,
        })
    })
}
