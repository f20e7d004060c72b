//! The caller's item structs, as the engine's items.

use std::ffi::{c_char, c_void};
use std::path::PathBuf;

use super::guard::{Failure, Outcome};
use super::settings::UserData;
use super::streams::Streams;
use super::strings::CharacterC;
use super::types::{ParallelInputItemC, ParallelInputItemUtf8C, WChar};
use crate::input::{Item, Overrides, clean_name, items_of_path_with};
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

/// What one element of an array asks for, in the library's own memory but for the buffer.
pub(super) enum Request {
    /// One item.
    Item(Item),
    /// What is at a path, a folder with all in it.
    Path { path: PathBuf, name: Option<String>, index: u32, overrides: Overrides },
    /// What the caller's stream callbacks open; where there are none, an item of no bytes.
    Stream { name: String, index: u32, size: u64, user_data: UserData, overrides: Overrides },
}

/// The items that are asked for. Folders are walked until `stop` says no: what has not been seen by then is left out.
pub(super) fn items_of_requests(
    requests: Vec<Request>,
    streams: Option<Streams>,
    stop: &dyn Fn() -> bool,
) -> Vec<Item> {
    let mut items = Vec::with_capacity(requests.len());
    for request in requests {
        match request {
            Request::Item(item) => items.push(item),
            Request::Path { path, name, index, overrides } => {
                items.extend(items_of_path_with(&path, name.as_deref(), index, &|_| stop(), &overrides));
            }
            Request::Stream { name, index, size, user_data, overrides } => {
                let item = match streams {
                    Some(streams) => streams.item(name, index, size, user_data.0),
                    None => Item::from_memory(name, []).with_index(index),
                };
                let metadata = overrides.over(item.metadata);
                items.push(item.with_metadata(metadata));
            }
        }
    }
    items
}

/// What is said of an item beside where its bytes are.
#[derive(Default)]
pub(super) struct Given {
    pub(super) kind: Kind,
    pub(super) overrides: Overrides,
}

/// What an item is.
#[derive(Default)]
pub(super) enum Kind {
    /// A buffer is a file; a path is what is there.
    #[default]
    ByContent,
    /// A folder without anything in it.
    Folder,
    /// A symbolic link that leads there.
    Link(PathBuf),
}

/// The items of a job, as the caller gives them.
pub(super) trait ItemArray {
    /// How many the caller counts.
    fn count(&self) -> u32;

    /// What its elements ask for.
    ///
    /// SAFETY: the array is NULL or has `count` elements; their buffers and strings are NULL or what the header says, the
    /// buffers until the job has returned.
    unsafe fn requests(&self) -> Outcome<Vec<Request>>;
}

/// An array of structs of one size.
pub(super) struct Array<T>(pub(super) *const T, pub(super) u32);

impl<T: ItemC> ItemArray for Array<T> {
    fn count(&self) -> u32 {
        self.1
    }

    unsafe fn requests(&self) -> Outcome<Vec<Request>> {
        // SAFETY: the same promise.
        unsafe { requests_of_array(self.0, self.1, 0) }
    }
}

/// Room for so many.
pub(super) fn space_for(count: u32) -> Outcome<Vec<Request>> {
    let mut all = Vec::new();
    all.try_reserve(count as usize).map_err(|e| Failure::from(crate::Error::OutOfMemory(e.to_string())))?;
    Ok(all)
}

/// The items of a C array, its first element having index `first`. Folders are walked; a cancelled job stops that. With
/// `streams`, what has neither buffer nor path is one.
///
/// SAFETY: as for `ItemArray::requests`.
pub(super) unsafe fn items_of_array<T: ItemC>(
    items: *const T,
    count: u32,
    first: u32,
    streams: Option<Streams>,
    control: &Control,
) -> Outcome<Vec<Item>> {
    // SAFETY: the same promise.
    let requests = unsafe { requests_of_array(items, count, first) }?;
    // What a cancelled walk leaves out does not matter: the engine ends the job at once.
    Ok(items_of_requests(requests, streams, &|| control.checkpoint()))
}

/// What the elements of a C array ask for, the first having index `first`.
///
/// SAFETY: `items` is NULL or has `count` elements; their buffers and strings are NULL or what the header says, the
/// buffers until the job has returned.
pub(super) unsafe fn requests_of_array<T: ItemC>(items: *const T, count: u32, first: u32) -> Outcome<Vec<Request>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if items.is_null() {
        return Err(Failure::invalid("items is NULL"));
    }
    // SAFETY: `count` elements by the caller's promise; nothing writes to them while this borrow lives.
    let items = unsafe { std::slice::from_raw_parts(items, count as usize) };
    let mut all = space_for(count)?;
    for (item, index) in items.iter().zip(first..) {
        // SAFETY: the same promise.
        let request = unsafe { request_of(item, &Given::default(), index) };
        all.push(request.map_err(|failure| failure.of_item(index))?);
    }
    Ok(all)
}

/// What one element of an array asks for.
///
/// SAFETY: as for `ItemArray::requests`.
pub(super) unsafe fn request_of<T: ItemC>(item: &T, given: &Given, index: u32) -> Outcome<Request> {
    let (data, size) = item.data();
    if data.is_null() && size > 0 {
        return Err(Failure::invalid("Data is NULL but DataSize is not 0"));
    }
    if isize::try_from(size).is_err() {
        return Err(Failure::invalid("DataSize is larger than any buffer"));
    }
    // SAFETY: the strings are live, by the caller's promise.
    let name = unsafe { item.name() }?.filter(|name| !name.is_empty());
    // SAFETY: the same promise.
    let path = if size == 0 { unsafe { item.path() }? } else { None };
    let name_in_memory = || memory_name(name.as_deref(), index);
    let item = match (&given.kind, path) {
        (Kind::Folder | Kind::Link(_), path) if size > 0 || path.is_some() => {
            return Err(Failure::invalid("a link or folder by flag has neither Data nor FilePath"));
        }
        (Kind::Folder, _) => Item::directory(name_in_memory()),
        (Kind::Link(target), _) => Item::symlink(name_in_memory(), target),
        (Kind::ByContent, Some(path)) if path.as_os_str().is_empty() => {
            return Err(Failure::invalid("FilePath is empty"));
        }
        (Kind::ByContent, Some(path)) => {
            return Ok(Request::Path { path, name, index, overrides: given.overrides });
        }
        (Kind::ByContent, None) if data.is_null() => {
            let ((size, user_data), overrides) = (item.stream(), given.overrides);
            let (name, user_data) = (name_in_memory(), UserData(user_data));
            return Ok(Request::Stream { name, index, size, user_data, overrides });
        }
        (Kind::ByContent, None) if size == 0 => Item::from_memory(name_in_memory(), []),
        (Kind::ByContent, None) => Item::from_memory(name_in_memory(), Borrowed { data: data.cast(), size }),
    };
    let metadata = given.overrides.over(item.metadata);
    Ok(Request::Item(item.with_index(index).with_metadata(metadata)))
}
