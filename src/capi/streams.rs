//! Streams that the caller's functions open, read and close, as the engine's sources.

use std::ffi::c_void;
use std::io::{self, Read};

use super::guard::{Failure, Outcome};
use super::settings::UserData;
use super::slot::{SlotMark, inside};
use super::types::{
    HRESULT, ParallelStreamCloseCallback, ParallelStreamOpenCallback, ParallelStreamReadCallback, UInt32, UInt64,
};
use crate::error::{Error, Result};
use crate::input::{Item, Opened};

type Open = unsafe extern "C-unwind" fn(UInt32, *mut c_void, *mut *mut c_void, *mut UInt64, *mut c_void) -> HRESULT;
type ReadFunction = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, usize, *mut usize, *mut c_void) -> HRESULT;

/// The functions set by SetStreamCallbacks.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamCallbacks {
    open: Open,
    read: ReadFunction,
    close: ParallelStreamCloseCallback,
    user_data: UserData,
}

impl StreamCallbacks {
    /// The functions as a caller gave them: `None` if none was given. A stream without one of the first two is none.
    pub(super) fn new(
        open: ParallelStreamOpenCallback,
        read: ParallelStreamReadCallback,
        close: ParallelStreamCloseCallback,
        user_data: *mut c_void,
    ) -> Outcome<Option<Self>> {
        match (open, read) {
            (Some(open), Some(read)) => Ok(Some(Self { open, read, close, user_data: UserData(user_data) })),
            (None, None) if close.is_none() => Ok(None),
            _ => Err(Failure::invalid("open or read is NULL")),
        }
    }

    /// The same for the jobs of one handle.
    pub(super) fn of(self, handle: SlotMark) -> Streams {
        Streams { callbacks: self, handle }
    }
}

/// What makes items of a handle's streams.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    callbacks: StreamCallbacks,
    handle: SlotMark,
}

impl Streams {
    /// An item that is read through the callbacks. `size` 0 is not known.
    pub(super) fn item(self, name: String, index: u32, size: u64, user_data: *mut c_void) -> Item {
        let announced = (size > 0).then_some(size);
        let pending = PendingStream { streams: self, index, announced, user_data: UserData(user_data) };
        Item::from_stream(name, announced, move || pending.open()).with_index(index)
    }
}

/// A stream that is opened when its turn comes.
struct PendingStream {
    streams: Streams,
    index: u32,
    announced: Option<u64>,
    /// The item's.
    user_data: UserData,
}

impl PendingStream {
    fn open(self) -> Result<Opened> {
        let Streams { callbacks, handle } = self.streams;
        let (mut stream, mut size) = (std::ptr::null_mut(), self.announced.unwrap_or(u64::MAX));
        // SAFETY: the caller's function, called as the header says.
        let code = inside(handle, || unsafe {
            (callbacks.open)(self.index, self.user_data.0, &raw mut stream, &raw mut size, callbacks.user_data.0)
        });
        check("the open callback", code)?;
        let stream = CallerStream { streams: self.streams, stream: UserData(stream) };
        Ok(Opened { reader: Box::new(stream), size: (size != u64::MAX).then_some(size) })
    }
}

/// A stream that the caller opened. Dropped, and so closed, once, whatever happens meanwhile.
struct CallerStream {
    streams: Streams,
    stream: UserData,
}

impl Read for CallerStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Streams { callbacks, handle } = self.streams;
        let (into, size) = (buffer.as_mut_ptr().cast(), buffer.len());
        let mut read = 0;
        // SAFETY: the caller's function, called as the header says; the buffer has `size` bytes and is nobody else's.
        let code = inside(handle, || unsafe {
            (callbacks.read)(self.stream.0, into, size, &raw mut read, callbacks.user_data.0)
        });
        check("the read callback", code).map_err(io::Error::other)?;
        if read > size {
            let message = format!("the read callback said {read} bytes where it was given room for {size}");
            return Err(io::Error::other(Error::InvalidArgument(message)));
        }
        Ok(read)
    }
}

impl Drop for CallerStream {
    fn drop(&mut self) {
        let Streams { callbacks, handle } = self.streams;
        if let Some(close) = callbacks.close {
            // SAFETY: the caller's function, called as the header says, and for the last time with this stream.
            inside(handle, || unsafe { close(self.stream.0, callbacks.user_data.0) });
        }
    }
}

/// A negative answer is a failure, and keeps its code.
fn check(what: &str, code: HRESULT) -> Result<()> {
    if code < 0 { Err(Error::Callback { what: what.into(), code }) } else { Ok(()) }
}
