//! The item structs that begin with their own size: what they are, and how an array of them is read.

use std::ffi::{c_char, c_void};
use std::mem::{MaybeUninit, align_of, offset_of, size_of};

use super::guard::{Failure, Outcome};
use super::items::{Given, ItemArray, ItemC, Kind, Request, request_of, space_for};
use super::strings::CharacterC;
use super::types::*;
use crate::input::{FileTime, Overrides};

/// ParallelItemC: ModifiedTime counts.
pub const PARALLELCOMPRESS_ITEM_MODIFIED_TIME: UInt32 = 0x1;
/// ParallelItemC: CreatedTime counts.
pub const PARALLELCOMPRESS_ITEM_CREATED_TIME: UInt32 = 0x2;
/// ParallelItemC: AccessedTime counts.
pub const PARALLELCOMPRESS_ITEM_ACCESSED_TIME: UInt32 = 0x4;
/// ParallelItemC: Attributes counts.
pub const PARALLELCOMPRESS_ITEM_ATTRIBUTES: UInt32 = 0x8;
/// ParallelItemC: UnixMode counts.
pub const PARALLELCOMPRESS_ITEM_UNIX_MODE: UInt32 = 0x10;
/// ParallelItemC: the item is a symbolic link, and SymlinkTarget is where it leads.
pub const PARALLELCOMPRESS_ITEM_SYMLINK: UInt32 = 0x20;
/// ParallelItemC: the item is a folder, with nothing in it.
pub const PARALLELCOMPRESS_ITEM_FOLDER: UInt32 = 0x40;

const ALL_FLAGS: UInt32 = 0x7F;

/// The most that StructSize may be: more is no struct of any version.
const LARGEST: usize = 4096;

/// One input with metadata. Zero a struct before you fill it, and set StructSize to sizeof(ParallelItemC); all structs of
/// an array have the same. Later versions add fields at the end only: a program that was built with an earlier header has a
/// smaller size, and all that it does not know counts as zero.
///
/// Flags, of the constants PARALLELCOMPRESS_ITEM_..., says which of the fields from ModifiedTime on count; an unknown flag
/// is E_INVALIDARG. What counts goes over what a file on disk says of itself; of a folder on disk it is for the folder's own
/// entry, not for what is in it. Times are Windows' FILETIME: steps of 100 ns since 1601-01-01 00:00 UTC, which is
/// (seconds since 1970) * 10000000 + 116444736000000000.
///
/// From Data to UserData all is as in ParallelInputItemC. A symbolic link and a folder by flag have neither Data nor
/// FilePath, and are not both. What Attributes and UnixMode say of the kind of thing (FILE_ATTRIBUTE_DIRECTORY, _REPARSE_POINT,
/// S_IFMT) gives way to what the item is. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ParallelItemC {
    /// sizeof(ParallelItemC).
    pub struct_size: UInt32,
    /// Which fields from ModifiedTime on count, and what the item is.
    pub flags: UInt32,
    /// The bytes; used when DataSize > 0, or when FilePath is NULL.
    pub data: *const c_void,
    /// How many bytes.
    pub data_size: usize,
    /// A file or folder on disk.
    pub file_path: *const WChar,
    /// The name in the archive.
    pub name: *const WChar,
    /// The size of a stream, where known. Buffers and files have a size of their own: not looked at for them.
    pub size: UInt64,
    /// The caller's own: what a stream's open callback gets. Not looked at.
    pub user_data: *mut c_void,
    /// When the contents last changed.
    pub modified_time: UInt64,
    /// When the file was created.
    pub created_time: UInt64,
    /// When it was last read.
    pub accessed_time: UInt64,
    /// Windows attributes (FILE_ATTRIBUTE_...). Where they have 0x8000, their high half is the Unix mode, as in 7-Zip.
    pub attributes: UInt32,
    /// The Unix mode (st_mode), 0 to 0xFFFF: more is E_INVALIDARG.
    pub unix_mode: UInt32,
    /// Where a symbolic link leads; neither NULL nor empty. Stored as it is.
    pub symlink_target: *const WChar,
}

/// The same with strings in UTF-8. On Unix, FilePath and SymlinkTarget are bytes, as the system has them. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ParallelItemUtf8C {
    /// sizeof(ParallelItemUtf8C).
    pub struct_size: UInt32,
    /// Which fields from ModifiedTime on count, and what the item is.
    pub flags: UInt32,
    /// The bytes; used when DataSize > 0, or when FilePath is NULL.
    pub data: *const c_void,
    /// How many bytes.
    pub data_size: usize,
    /// A file or folder on disk.
    pub file_path: *const c_char,
    /// The name in the archive.
    pub name: *const c_char,
    /// The size of a stream, where known. Buffers and files have a size of their own: not looked at for them.
    pub size: UInt64,
    /// The caller's own: what a stream's open callback gets. Not looked at.
    pub user_data: *mut c_void,
    /// When the contents last changed.
    pub modified_time: UInt64,
    /// When the file was created.
    pub created_time: UInt64,
    /// When it was last read.
    pub accessed_time: UInt64,
    /// Windows attributes (FILE_ATTRIBUTE_...). Where they have 0x8000, their high half is the Unix mode, as in 7-Zip.
    pub attributes: UInt32,
    /// The Unix mode (st_mode), 0 to 0xFFFF: more is E_INVALIDARG.
    pub unix_mode: UInt32,
    /// Where a symbolic link leads; neither NULL nor empty. Stored as it is.
    pub symlink_target: *const c_char,
}

/// A struct that begins with its size in 32 bits, and of which all bytes may be zero.
pub(super) trait SizedItemC: Copy {
    /// The struct that has the same first fields, without size and metadata.
    type Plain: ItemC;

    /// The least that its size may be: the fields that were there from the start, without metadata.
    const LEAST: usize;

    /// Those fields.
    fn plain(&self) -> Self::Plain;

    /// The others.
    ///
    /// SAFETY: the strings are NULL or live and terminated.
    unsafe fn given(&self) -> Outcome<Given>;
}

/// The two structs differ in the type of their strings only.
macro_rules! sized_item {
    ($item:ty, $plain:ident, $character:ty) => {
        impl SizedItemC for $item {
            type Plain = $plain;

            const LEAST: usize = offset_of!(Self, user_data) + size_of::<*mut c_void>();

            fn plain(&self) -> $plain {
                $plain {
                    data: self.data,
                    data_size: self.data_size,
                    file_path: self.file_path,
                    name: self.name,
                    size: self.size,
                    user_data: self.user_data,
                }
            }

            unsafe fn given(&self) -> Outcome<Given> {
                let has = |flag| self.flags & flag != 0;
                if self.flags & !ALL_FLAGS != 0 {
                    return Err(Failure::invalid(format!("Flags has unknown bits: {:#x}", self.flags & !ALL_FLAGS)));
                }
                let unix_mode = match (has(PARALLELCOMPRESS_ITEM_UNIX_MODE), u16::try_from(self.unix_mode)) {
                    (false, _) => None,
                    (true, Ok(mode)) => Some(mode),
                    (true, Err(_)) => return Err(Failure::invalid("UnixMode is larger than any mode")),
                };
                let kind = match (has(PARALLELCOMPRESS_ITEM_SYMLINK), has(PARALLELCOMPRESS_ITEM_FOLDER)) {
                    (false, false) => Kind::ByContent,
                    (false, true) => Kind::Folder,
                    (true, true) => return Err(Failure::invalid("an item cannot be both a link and a folder")),
                    (true, false) => {
                        // SAFETY: the same promise.
                        let target = unsafe { <$character>::path(self.symlink_target, "SymlinkTarget") }?;
                        let target = target.filter(|target| !target.as_os_str().is_empty());
                        Kind::Link(target.ok_or_else(|| Failure::invalid("SymlinkTarget is NULL or empty"))?)
                    }
                };
                let time = |flag, time| has(flag).then_some(FileTime(time));
                let overrides = Overrides {
                    modified: time(PARALLELCOMPRESS_ITEM_MODIFIED_TIME, self.modified_time),
                    created: time(PARALLELCOMPRESS_ITEM_CREATED_TIME, self.created_time),
                    accessed: time(PARALLELCOMPRESS_ITEM_ACCESSED_TIME, self.accessed_time),
                    attributes: has(PARALLELCOMPRESS_ITEM_ATTRIBUTES).then_some(self.attributes),
                    unix_mode,
                };
                Ok(Given { kind, overrides })
            }
        }
    };
}
sized_item!(ParallelItemC, ParallelInputItemC, WChar);
sized_item!(ParallelItemUtf8C, ParallelInputItemUtf8C, c_char);

/// An array of structs as large as the first of them says.
pub(super) struct SizedArray<T>(pub(super) *const T, pub(super) u32);

/// The size at the start of a struct.
///
/// SAFETY: four bytes are readable at `at`.
unsafe fn struct_size(at: *const u8) -> usize {
    // SAFETY: the same promise; the structs of a caller who is mistaken about their size may lie anywhere.
    unsafe { at.cast::<UInt32>().read_unaligned() as usize }
}

impl<T: SizedItemC> ItemArray for SizedArray<T> {
    fn count(&self) -> u32 {
        self.1
    }

    unsafe fn requests(&self) -> Outcome<Vec<Request>> {
        let &Self(start, count) = self;
        if count == 0 {
            return Ok(Vec::new());
        }
        if start.is_null() {
            return Err(Failure::invalid("items is NULL"));
        }
        // SAFETY: not NULL, and so at least one struct.
        let stride = unsafe { struct_size(start.cast()) };
        if stride < T::LEAST || stride > LARGEST || stride % align_of::<T>() != 0 {
            return Err(Failure::invalid(format!("StructSize is {stride}: no struct of any version")));
        }
        let mut all = space_for(count)?;
        for index in 0..count {
            // SAFETY: within the array, by the caller's promise of `count` structs of the size that they say.
            let at = unsafe { start.cast::<u8>().add(index as usize * stride) };
            // SAFETY: a struct's first field.
            let size = unsafe { struct_size(at) };
            if size != stride {
                return Err(Failure::invalid(format!("item {index}: StructSize is {size}, that of item 0 {stride}")));
            }
            let mut item = MaybeUninit::<T>::zeroed();
            // SAFETY: `stride` bytes are readable, and the copy has room for `size_of::<T>()`.
            unsafe { item.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(at, stride.min(size_of::<T>())) };
            // SAFETY: numbers and pointers, all of whose bytes are zero or the caller's.
            let item = unsafe { item.assume_init() };
            // SAFETY: strings and buffers are as promised.
            let request = unsafe { item.given().and_then(|given| request_of(&item.plain(), &given, index)) };
            all.push(request.map_err(|failure| failure.of_item(index))?);
        }
        Ok(all)
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_as_it_was() {
        assert_eq!((size_of::<ParallelItemC>(), align_of::<ParallelItemC>(), ParallelItemC::LEAST), (96, 8, 56));
        assert_eq!(size_of::<ParallelItemUtf8C>(), 96);
        let offsets = [
            offset_of!(ParallelItemC, flags),
            offset_of!(ParallelItemC, data),
            offset_of!(ParallelItemC, user_data),
            offset_of!(ParallelItemC, modified_time),
            offset_of!(ParallelItemC, created_time),
            offset_of!(ParallelItemC, accessed_time),
            offset_of!(ParallelItemC, attributes),
            offset_of!(ParallelItemC, unix_mode),
            offset_of!(ParallelItemC, symlink_target),
        ];
        assert_eq!(offsets, [4, 8, 48, 56, 64, 72, 80, 84, 88]);
    }
}
