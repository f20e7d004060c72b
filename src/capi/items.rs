//! The caller's item structs, as the engine's items.

use std::ffi::{c_char, c_void};
use std::path::PathBuf;

use super::guard::{Failure, Outcome};
use super::streams::Streams;
use super::strings::CharacterC;
use super::types::{ParallelInputItemC, ParallelInputItemUtf8C, WChar};
use crate::input::{Item, clean_name, items_of_path};
use crate::job::Control;

/// A buffer of the caller's, read where it is.
struct Borrowed {
    data: *const u8,
    size: usize,
}

// SAFETY: the contract in the header: nobody changes or frees an item's buffer until the call that got it returns, and
// the engine joins every thread and drops every item before that. Reading from many threads is then sound.
unsafe impl Send for Borrowed {}
// SAFETY: as above.
unsafe impl Sync for Borrowed {}

impl AsRef<[u8]> for Borrowed {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: not NULL and readable for `size` bytes, by the promise of `items_of`, for as long as this lives.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

/// An item struct: its fields, in either kind of text.
pub(super) trait ItemC: Copy {
    /// Nothing set: what a look-ahead callback gets to fill.
    const ZERO: Self;

    /// Its buffer.
    fn data(&self) -> (*const c_void, usize);

    /// Its size, 0 where that is not known, and the caller's own pointer, should it be a stream.
    fn stream(&self) -> (u64, *mut c_void);

    /// Its path, decoded.
    ///
    /// SAFETY: the strings are NULL or live and terminated.
    unsafe fn path(&self) -> Outcome<Option<PathBuf>>;

    /// Its name, decoded.
    ///
    /// SAFETY: as for `path`.
    unsafe fn name(&self) -> Outcome<Option<String>>;
}

/// The two structs differ in the type of their strings only.
macro_rules! item_struct {
    ($item:ty, $character:ty) => {
        impl ItemC for $item {
            const ZERO: Self = Self {
                data: std::ptr::null(),
                data_size: 0,
                file_path: std::ptr::null(),
                name: std::ptr::null(),
                size: 0,
                user_data: std::ptr::null_mut(),
            };

            fn data(&self) -> (*const c_void, usize) {
                (self.data, self.data_size)
            }

            fn stream(&self) -> (u64, *mut c_void) {
                (self.size, self.user_data)
            }

            unsafe fn path(&self) -> Outcome<Option<PathBuf>> {
                // SAFETY: the same promise.
                unsafe { <$character>::path(self.file_path, "FilePath") }
            }

            unsafe fn name(&self) -> Outcome<Option<String>> {
                // SAFETY: the same promise.
                unsafe { <$character>::name(self.name, "Name") }
            }
        }
    };
}
item_struct!(ParallelInputItemC, WChar);
item_struct!(ParallelInputItemUtf8C, c_char);

/// The name of an item in memory: the given one, or one made from its index.
pub(super) fn memory_name(given: Option<&str>, index: u32) -> String {
    match given.map(clean_name) {
        Some(name) if !name.is_empty() => name,
        _ => format!("item-{index:06}"),
    }
}

/// The items of a C array, its first element having index `first`. Folders are walked; a cancelled job stops that. With
/// `streams`, what has neither buffer nor path is one.
///
/// SAFETY: `items` is NULL or has `count` elements; their buffers and strings are NULL or what the header says, the
/// buffers until the job has returned.
pub(super) unsafe fn items_of_array<T: ItemC>(
    items: *const T,
    count: u32,
    first: u32,
    streams: Option<Streams>,
    control: &Control,
) -> Outcome<Vec<Item>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if items.is_null() {
        return Err(Failure::invalid("items is NULL"));
    }
    // SAFETY: `count` elements by the caller's promise; nothing writes to them while this borrow lives.
    let items = unsafe { std::slice::from_raw_parts(items, count as usize) };
    let mut all = Vec::new();
    all.try_reserve(items.len()).map_err(|e| Failure::from(crate::Error::OutOfMemory(e.to_string())))?;
    for (item, index) in items.iter().zip(first..) {
        // SAFETY: the same promise.
        unsafe { items_of(item, index, streams, control, &mut all) }
            .map_err(|failure| Failure { message: format!("item {index}: {}", failure.message), ..failure })?;
    }
    Ok(all)
}

/// What one element of the array stands for: one item, or all that is in a folder.
///
/// SAFETY: as for `items_of_array`.
unsafe fn items_of<T: ItemC>(
    item: &T,
    index: u32,
    streams: Option<Streams>,
    control: &Control,
    all: &mut Vec<Item>,
) -> Outcome<()> {
    let (data, size) = item.data();
    if data.is_null() && size > 0 {
        return Err(Failure::invalid("Data is NULL but DataSize is not 0"));
    }
    if isize::try_from(size).is_err() {
        return Err(Failure::invalid("DataSize is larger than any buffer"));
    }
    // SAFETY: the strings are live, by the caller's promise.
    let name = unsafe { item.name() }?.filter(|name| !name.is_empty());
    if size == 0 {
        // SAFETY: the same promise.
        let path = unsafe { item.path() }?;
        if let Some(path) = path {
            if path.as_os_str().is_empty() {
                return Err(Failure::invalid("FilePath is empty"));
            }
            // A cancelled walk leaves out all that it has not seen yet: the engine then ends the job at once.
            all.extend(items_of_path(&path, name.as_deref(), index, &|_| control.is_cancelled()));
            return Ok(());
        }
    }
    let name = memory_name(name.as_deref(), index);
    if data.is_null()
        && let Some(streams) = streams
    {
        let (size, user_data) = item.stream();
        all.push(streams.item(name, index, size, user_data));
        return Ok(());
    }
    let bytes = Borrowed { data: data.cast(), size };
    let item = if size == 0 { Item::from_memory(name, []) } else { Item::from_memory(name, bytes) };
    all.push(item.with_index(index));
    Ok(())
}
