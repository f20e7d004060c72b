//! The types of the reading part that cross the border. Names, order and sizes are ABI.
#![allow(non_snake_case)] // Arguments as the header shows them.

use std::ffi::c_void;
use std::mem::offset_of;

use super::sized::SizedStruct;
use super::types::*;

/// Reads, tests and extracts archives: settings, callbacks, one open archive, and one job at a time. Since 0.1.
pub type ParallelExtractorHandle = *mut c_void;

/// Where a file exists already, the item fails and the file stays.
pub const PARALLELCOMPRESS_OVERWRITE_FAIL: UInt32 = 0;
/// It is replaced, at once and whole.
pub const PARALLELCOMPRESS_OVERWRITE_REPLACE: UInt32 = 1;
/// It stays, the item is skipped.
pub const PARALLELCOMPRESS_OVERWRITE_SKIP: UInt32 = 2;
/// It stays, the item gets a free name.
pub const PARALLELCOMPRESS_OVERWRITE_RENAME: UInt32 = 3;
/// It is replaced by an item that was modified later, others are skipped.
pub const PARALLELCOMPRESS_OVERWRITE_NEWER: UInt32 = 4;

/// Symbolic links that stay below the folder are made; others fail.
pub const PARALLELCOMPRESS_LINKS_INSIDE: UInt32 = 0;
/// All symbolic links are made, wherever they lead.
pub const PARALLELCOMPRESS_LINKS_ALL: UInt32 = 1;
/// No symbolic links are made.
pub const PARALLELCOMPRESS_LINKS_NONE: UInt32 = 2;

/// ParallelItemInfoC: Crc counts.
pub const PARALLELCOMPRESS_ITEM_CRC: UInt32 = 0x80;
/// ParallelItemInfoC: the item is encrypted.
pub const PARALLELCOMPRESS_ITEM_ENCRYPTED: UInt32 = 0x100;
/// ParallelItemInfoC: an anti-item, which says that what it names is to be deleted. It is never extracted.
pub const PARALLELCOMPRESS_ITEM_ANTI: UInt32 = 0x200;

/// ParallelArchiveInfoC: several items share a block.
pub const PARALLELCOMPRESS_ARCHIVE_SOLID: UInt32 = 0x1;
/// ParallelArchiveInfoC: the names are encrypted.
pub const PARALLELCOMPRESS_ARCHIVE_ENCRYPTED_NAMES: UInt32 = 0x2;

/// What an archive may ask for; what goes beyond answers PARALLELCOMPRESS_E_LIMIT before it costs anything. Set StructSize to
/// sizeof(ParallelExtractLimitsC); in all other fields 0 is the default. Later versions add fields at the end only. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParallelExtractLimitsC {
    /// sizeof(ParallelExtractLimitsC).
    pub struct_size: UInt32,
    /// Rounds that make a key of a password, as a power of two. Default 24; what 7-Zip writes is 19.
    pub key_rounds: UInt32,
    /// Entries. Default 16777216.
    pub entries: UInt64,
    /// Bytes of a header, packed or not. Default 1 GiB.
    pub header_size: UInt64,
    /// Bytes of memory for decoders, as ParallelExtractor_SetMemoryLimit. Default 4 GiB.
    pub memory: UInt64,
    /// Bytes that one extraction may write. By default there is no limit.
    pub unpacked_size: UInt64,
    /// Bytes that may come of one packed byte, in blocks of more than 16 MiB. By default there is no limit.
    pub ratio: UInt64,
}

// SAFETY: `repr(C)`, numbers only, StructSize first.
unsafe impl SizedStruct for ParallelExtractLimitsC {
    const LEAST: usize = offset_of!(Self, entries);
}

/// An item of an archive. Set StructSize to sizeof(ParallelItemInfoC) before the call. Later versions add fields at the end
/// only: a program that was built with an earlier header has a smaller size, and gets what it knows. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParallelItemInfoC {
    /// sizeof(ParallelItemInfoC).
    pub struct_size: UInt32,
    /// What the item is, and which of the fields that not all items have count: PARALLELCOMPRESS_ITEM_..._TIME, _ATTRIBUTES,
    /// _UNIX_MODE, _CRC, _FOLDER, _SYMLINK, _ENCRYPTED, _ANTI.
    pub flags: UInt32,
    /// Bytes when extracted; of a symbolic link those of its target.
    pub size: UInt64,
    /// Packed bytes of its block, where it is the block's first; UINT64_MAX for others, which share them, and for items
    /// without bytes.
    pub packed_size: UInt64,
    /// CRC-32 of the bytes.
    pub crc: UInt32,
    /// The block that its bytes are in, from 0; UINT32_MAX for an item without bytes. Items of a block are decoded one after
    /// the other, blocks side by side.
    pub block: UInt32,
    /// When the contents last changed: a FILETIME, as in ParallelItemC.
    pub modified_time: UInt64,
    /// When the file was created.
    pub created_time: UInt64,
    /// When it was last read.
    pub accessed_time: UInt64,
    /// Windows attributes (FILE_ATTRIBUTE_...). Where they have 0x8000, their high half is the Unix mode.
    pub attributes: UInt32,
    /// The Unix mode (st_mode).
    pub unix_mode: UInt32,
}

// SAFETY: `repr(C)`, numbers only, StructSize first.
unsafe impl SizedStruct for ParallelItemInfoC {
    const LEAST: usize = offset_of!(Self, crc);
}

/// An open archive. Set StructSize to sizeof(ParallelArchiveInfoC) before the call. Later versions add fields at the end
/// only. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParallelArchiveInfoC {
    /// sizeof(ParallelArchiveInfoC).
    pub struct_size: UInt32,
    /// PARALLELCOMPRESS_ARCHIVE_SOLID, _ENCRYPTED_NAMES.
    pub flags: UInt32,
    /// Bytes of the archive, all volumes together, without what stands before or behind it.
    pub size: UInt64,
    /// Bytes of its header as stored.
    pub header_size: UInt64,
    /// Bytes before the archive: those of a self-extracting program.
    pub stub_size: UInt64,
    /// Items, folders too.
    pub items: UInt32,
    /// Blocks: what is decoded on its own.
    pub blocks: UInt32,
}

// SAFETY: `repr(C)`, numbers only, StructSize first.
unsafe impl SizedStruct for ParallelArchiveInfoC {
    const LEAST: usize = offset_of!(Self, header_size);
}

/// Reads an archive: puts up to size bytes, at least 1, from offset on into buffer, and how many into *bytesRead, which is 0
/// before. Fewer than size is no error; 0 is: the archive ends early. Called on the thread that called
/// ParallelExtractor_OpenStream, ..._Extract... or ..._Test.... A negative return value fails the items whose bytes were to
/// be read, with that very code. Since 0.1.
pub type ParallelReadAtCallback = Option<
    unsafe extern "C-unwind" fn(
        offset: UInt64,
        buffer: *mut c_void,
        size: usize,
        bytesRead: *mut usize,
        userData: *mut c_void,
    ) -> HRESULT,
>;

/// An item begins, with size bytes to come; of a folder none. S_OK: it is wanted; S_FALSE: it is skipped, and hears no more.
/// A negative return value fails it with that code; E_ABORT cancels the extraction. Since 0.1.
pub type ParallelItemBeginCallback =
    Option<unsafe extern "C-unwind" fn(itemIndex: UInt32, size: UInt64, userData: *mut c_void) -> HRESULT>;

/// The next bytes of an item: size of them, at least 1, at data, which is valid until the callback returns. A negative
/// return value fails the item with that code; E_ABORT cancels the extraction. Since 0.1.
pub type ParallelItemWriteCallback = Option<
    unsafe extern "C-unwind" fn(itemIndex: UInt32, data: *const c_void, size: usize, userData: *mut c_void) -> HRESULT,
>;

/// An item that had begun has ended: S_OK: all its bytes came, and their checksum is right; otherwise why it failed, E_ABORT
/// where the extraction was cancelled. Where result is S_OK, a negative return value fails the item with that code, and
/// E_ABORT cancels the extraction. Since 0.1.
pub type ParallelItemEndCallback =
    Option<unsafe extern "C-unwind" fn(itemIndex: UInt32, result: HRESULT, userData: *mut c_void) -> HRESULT>;

/// Who gets what is extracted. Zero it before you fill it, and set StructSize to sizeof(ParallelExtractCallbacksC). All
/// functions are called on the thread that called ParallelExtractor_ExtractToCallbacks, one at a time. Items of one block
/// come one after the other; those of different blocks overlap where several threads decode: itemIndex, the item's place in
/// the archive, says whose call it is. Each item that begins is written zero or more times and ends once. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ParallelExtractCallbacksC {
    /// sizeof(ParallelExtractCallbacksC).
    pub struct_size: UInt32,
    /// 0.
    pub reserved: UInt32,
    /// NULL: all items are wanted.
    pub begin: ParallelItemBeginCallback,
    /// Must not be NULL.
    pub write: ParallelItemWriteCallback,
    /// NULL: nobody hears.
    pub end: ParallelItemEndCallback,
    /// Handed to all three.
    pub user_data: *mut c_void,
}

// SAFETY: `repr(C)`; numbers, a pointer, and functions that may be NULL; StructSize first.
unsafe impl SizedStruct for ParallelExtractCallbacksC {
    const LEAST: usize = size_of::<Self>();
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_as_it_was() {
        assert_eq!((size_of::<ParallelExtractLimitsC>(), ParallelExtractLimitsC::LEAST), (48, 8));
        assert_eq!((size_of::<ParallelItemInfoC>(), ParallelItemInfoC::LEAST), (64, 24));
        assert_eq!((size_of::<ParallelArchiveInfoC>(), ParallelArchiveInfoC::LEAST), (40, 16));
        assert_eq!((size_of::<ParallelExtractCallbacksC>(), ParallelExtractCallbacksC::LEAST), (40, 40));
        assert_eq!(offset_of!(ParallelItemInfoC, modified_time), 32);
        assert_eq!(offset_of!(ParallelItemInfoC, attributes), 56);
        assert_eq!(offset_of!(ParallelArchiveInfoC, items), 32);
    }
}
