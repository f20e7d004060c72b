//! The types that cross the border. Names, order and sizes are ABI.
#![allow(non_camel_case_types, non_snake_case)] // 7-Zip's own names, and arguments as the header shows them.

use std::ffi::{c_char, c_void};

use crate::job::{Statistics, Totals};

/// 7-Zip's name for an octet.
pub type Byte = u8;
/// 7-Zip's name for 32 unsigned bits.
pub type UInt32 = u32;
/// 7-Zip's name for 64 unsigned bits.
pub type UInt64 = u64;
/// 7-Zip's name for 64 bits with a sign.
pub type Int64 = i64;
/// C's `intptr_t`.
pub type IntPtr = isize;
/// A result: negative is an error. See [`crate::error`] for the values.
pub type HRESULT = i32;
/// C's `wchar_t`: UTF-32 on Unix, UTF-16 on Windows.
pub type WChar = libc::wchar_t;

/// A ParallelErrorDecisionCallback that is there.
pub(super) type ErrorDecisionFunction =
    unsafe extern "C-unwind" fn(UInt32, HRESULT, *const WChar, *mut c_void) -> HRESULT;

/// For ParallelCompressor_Wait: without a limit.
pub const PARALLELCOMPRESS_INFINITE: UInt32 = 0xFFFF_FFFF;

/// An item that fails is left out.
pub const PARALLELCOMPRESS_ON_ERROR_SKIP: UInt32 = 0;
/// An item that fails ends the job.
pub const PARALLELCOMPRESS_ON_ERROR_STOP: UInt32 = 1;
/// The caller decides for each item that fails.
pub const PARALLELCOMPRESS_ON_ERROR_ASK: UInt32 = 2;

/// No job has run on the handle yet.
pub const PARALLELCOMPRESS_STATE_IDLE: UInt32 = 0;
/// A job runs.
pub const PARALLELCOMPRESS_STATE_RUNNING: UInt32 = 1;
/// A job is held by ParallelCompressor_Pause.
pub const PARALLELCOMPRESS_STATE_PAUSED: UInt32 = 2;
/// The last job has ended.
pub const PARALLELCOMPRESS_STATE_ENDED: UInt32 = 3;

/// A compressor: settings, callbacks, and one job at a time. Since 0.1.
pub type ParallelCompressorHandle = *mut c_void;

/// A queue that is compressed in the background while it is filled. Since 0.1.
pub type ParallelStreamQueueHandle = *mut c_void;

/// One input. Zero a struct before you fill it. Which fields count:
///
/// - Data and DataSize > 0: the buffer. It must stay as it is until the call returns. Not copied.
/// - otherwise FilePath: a file, a symbolic link (stored as a link), or a folder with everything in it.
/// - otherwise, with Data NULL and while stream callbacks are set (ParallelCompressor_SetStreamCallbacks): a stream.
/// - otherwise: an item of no bytes.
///
/// DataSize > 0 with Data NULL is E_INVALIDARG. Name is the name in the archive, with '/' between folders; empty parts,
/// "." and ".." are dropped from it. Where it is NULL or empty, a path names itself as 7-Zip would, and anything else is
/// called item-000012 after its index. Two items may have one name: both are stored. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ParallelInputItemC {
    /// The bytes; used when DataSize > 0, or when FilePath is NULL.
    pub data: *const c_void,
    /// How many bytes.
    pub data_size: usize,
    /// A file or folder on disk.
    pub file_path: *const WChar,
    /// The name in the archive.
    pub name: *const WChar,
    /// The size of a stream, 0 where that is not known. Buffers and files have a size of their own: not looked at for them.
    pub size: UInt64,
    /// The caller's own; handed to the open callback of a stream, otherwise not looked at.
    pub user_data: *mut c_void,
}

/// The same with strings in UTF-8. On Unix, FilePath is bytes, as the system has it: any file can be named, also one
/// whose name is not UTF-8. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ParallelInputItemUtf8C {
    /// The bytes; used when DataSize > 0, or when FilePath is NULL.
    pub data: *const c_void,
    /// How many bytes.
    pub data_size: usize,
    /// A file or folder on disk.
    pub file_path: *const c_char,
    /// The name in the archive.
    pub name: *const c_char,
    /// The size of a stream, 0 where that is not known. Buffers and files have a size of their own: not looked at for them.
    pub size: UInt64,
    /// The caller's own; handed to the open callback of a stream, otherwise not looked at.
    pub user_data: *mut c_void,
}

/// What a job has done so far. Counts are entries of the archive: a folder counts each thing in it. Numbers too large
/// for a field show its largest value. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParallelStatisticsC {
    /// Known so far.
    pub items_total: UInt32,
    /// Compressed and in the archive.
    pub items_completed: UInt32,
    /// Failed; not in the archive.
    pub items_failed: UInt32,
    /// Being read or compressed.
    pub items_in_progress: UInt32,
    /// Bytes of input compressed.
    pub total_in_size: UInt64,
    /// Bytes of archive written.
    pub total_out_size: UInt64,
    /// Bytes of input per second since the start.
    pub bytes_per_second: UInt64,
    /// Entries per second since the start, times 100.
    pub files_per_second: UInt64,
    /// Milliseconds since the start.
    pub elapsed_time_ms: UInt64,
    /// Milliseconds still to go, from the recent rate; 0 while nothing is known yet, and at the end.
    pub estimated_time_remaining_ms: UInt64,
    /// Output in percent of input: 42 means that the archive is 42 % of the original. 0 while nothing was compressed.
    pub compression_ratio_x100: UInt32,
    /// Worker threads with something to do.
    pub active_threads: UInt32,
}

impl From<Statistics> for ParallelStatisticsC {
    fn from(from: Statistics) -> Self {
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let milliseconds = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            items_total: narrow(from.items_total),
            items_completed: narrow(from.items_completed),
            items_failed: narrow(from.items_failed),
            items_in_progress: narrow(from.items_in_progress),
            total_in_size: from.bytes_in,
            total_out_size: from.bytes_out,
            bytes_per_second: from.bytes_per_second,
            files_per_second: from.files_per_second_x100,
            elapsed_time_ms: milliseconds(from.elapsed),
            estimated_time_remaining_ms: from.remaining.map_or(0, milliseconds),
            compression_ratio_x100: Totals::from(&from).ratio_x100(),
            active_threads: from.active_threads,
        }
    }
}

// The callbacks are "C-unwind" so that a panic of a Rust caller's function can be caught on this side of the border.

/// An item has advanced: at most once per progress interval and item, and once when it is done. itemIndex: the item's
/// place in the array (all that is in a folder has the folder's). inSize: bytes of this file compressed so far; outSize:
/// its packed bytes so far, in a solid block its share of them. Since 0.1.
pub type ParallelProgressCallback =
    Option<unsafe extern "C-unwind" fn(itemIndex: UInt32, inSize: UInt64, outSize: UInt64, userData: *mut c_void)>;

/// An item failed and is not in the archive; the job goes on. message names the item and the cause, and is valid until
/// the callback returns. Since 0.1.
pub type ParallelErrorCallback = Option<
    unsafe extern "C-unwind" fn(itemIndex: UInt32, errorCode: HRESULT, message: *const WChar, userData: *mut c_void),
>;

/// An item has started, or is in the archive. One entry of the archive, that is: of a folder each thing in it. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ParallelItemEventC {
    /// The size of this struct in bytes. A later library may have more fields at the end.
    pub struct_size: UInt32,
    /// The item's place in the array (all that is in a folder has the folder's).
    pub item_index: UInt32,
    /// Its name in the archive; valid until the callback returns.
    pub name: *const WChar,
    /// The same in UTF-8.
    pub name_utf8: *const c_char,
    /// Its bytes; 0 when it starts.
    pub in_size: UInt64,
    /// Its packed bytes, in a solid block its share of them; 0 when it starts.
    pub out_size: UInt64,
}

/// An item has started, or is in the archive: see ParallelCompressor_SetItemCallbacks. item is valid until the callback
/// returns. Since 0.1.
pub type ParallelItemCallback =
    Option<unsafe extern "C-unwind" fn(item: *const ParallelItemEventC, userData: *mut c_void)>;

/// The whole job: at most once per progress interval, and once at the end. statistics is valid until the callback
/// returns. Since 0.1.
pub type ParallelStatisticsCallback =
    Option<unsafe extern "C-unwind" fn(statistics: *const ParallelStatisticsC, userData: *mut c_void)>;

/// The job's speed, with each ParallelStatisticsCallback. filesPerSecondX100: files per second, times 100. Since 0.1.
pub type ParallelThroughputCallback =
    Option<unsafe extern "C-unwind" fn(bytesPerSecond: UInt64, filesPerSecondX100: UInt64, userData: *mut c_void)>;

/// An item failed: is the job to go on? The arguments are those of ParallelErrorCallback. S_OK: the item is left out.
/// Anything else: the job ends with the item's error. Since 0.1.
pub type ParallelErrorDecisionCallback = Option<
    unsafe extern "C-unwind" fn(
        itemIndex: UInt32,
        errorCode: HRESULT,
        message: *const WChar,
        userData: *mut c_void,
    ) -> HRESULT,
>;

/// A job in the background has ended, with this code. Since 0.1.
pub type ParallelCompletionCallback = Option<unsafe extern "C-unwind" fn(result: HRESULT, userData: *mut c_void)>;

/// Hands out the items to come. currentIndex: the index that the first of them will have. items: lookAheadCount zeroed
/// structs to fill from the start. itemsReturned: how many were filled; 0 means that there are no more, and the callback
/// is not called again. Strings may be freed when the callback is called again or the job returns; buffers must stay
/// until the job returns. A negative return value ends the job, which then returns that value. Since 0.1.
pub type ParallelLookAheadCallback = Option<
    unsafe extern "C-unwind" fn(
        currentIndex: UInt32,
        lookAheadCount: UInt32,
        items: *mut ParallelInputItemC,
        itemsReturned: *mut UInt32,
        userData: *mut c_void,
    ) -> HRESULT,
>;

/// The same with strings in UTF-8. Since 0.1.
pub type ParallelLookAheadCallbackUtf8 = Option<
    unsafe extern "C-unwind" fn(
        currentIndex: UInt32,
        lookAheadCount: UInt32,
        items: *mut ParallelInputItemUtf8C,
        itemsReturned: *mut UInt32,
        userData: *mut c_void,
    ) -> HRESULT,
>;

/// Takes some of the archive's bytes: size of them at data, which is valid until the callback returns. *written, 0 before,
/// says how many: at least 1, at most size; what was not taken comes again. A negative return value ends the job, which
/// then returns that value. Since 0.1.
pub type ParallelWriteCallback = Option<
    unsafe extern "C-unwind" fn(
        data: *const c_void,
        size: usize,
        written: *mut usize,
        userData: *mut c_void,
    ) -> HRESULT,
>;

/// Moves to offset, counted from origin: 0 the stream's start, 1 its position, 2 its end (7-Zip's STREAM_SEEK_SET, _CUR and
/// _END; _END is not used today). *newPosition gets the position then, in bytes from the start. A negative return value
/// ends the job, which then returns that value. Since 0.1.
pub type ParallelSeekCallback = Option<
    unsafe extern "C-unwind" fn(
        offset: Int64,
        origin: UInt32,
        newPosition: *mut UInt64,
        userData: *mut c_void,
    ) -> HRESULT,
>;

/// Opens a stream, on a thread of the library. itemIndex: the item's place in the array; itemUserData: its UserData. On
/// success *stream gets what the other two functions are called with, any value, NULL too. *size is the announced size, or
/// UINT64_MAX where that is not known; a function that knows the size then sets it. Where both are known and differ, the
/// item fails. A negative return value fails the item, and the error callback gets that very code; close is not called
/// then. Since 0.1.
pub type ParallelStreamOpenCallback = Option<
    unsafe extern "C-unwind" fn(
        itemIndex: UInt32,
        itemUserData: *mut c_void,
        stream: *mut *mut c_void,
        size: *mut UInt64,
        userData: *mut c_void,
    ) -> HRESULT,
>;

/// Reads a stream: puts up to size bytes, at least 1, into buffer, and how many into *bytesRead, which is 0 before; 0 is
/// the end of the stream. It may wait for as long as it must: other streams are read meanwhile. More than size is an error
/// of the item. A negative return value fails the item, and the error callback gets that very code. Not called again after
/// the end or a failure. Since 0.1.
pub type ParallelStreamReadCallback = Option<
    unsafe extern "C-unwind" fn(
        stream: *mut c_void,
        buffer: *mut c_void,
        size: usize,
        bytesRead: *mut usize,
        userData: *mut c_void,
    ) -> HRESULT,
>;

/// Closes a stream: called exactly once for each that was opened, after its last read, also after errors and when the job
/// was cancelled. Since 0.1.
pub type ParallelStreamCloseCallback = Option<unsafe extern "C-unwind" fn(stream: *mut c_void, userData: *mut c_void)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_percent_of_the_input() {
        let of = |bytes_in, bytes_out| {
            ParallelStatisticsC::from(Statistics { bytes_in, bytes_out, ..Default::default() }).compression_ratio_x100
        };
        assert_eq!((of(1000, 420), of(0, 32), of(10, 30), of(1, u64::MAX)), (42, 0, 300, u32::MAX));
    }
}
