//! The caller's functions as the place where extracted items go.

use std::collections::HashSet;

use parking_lot::Mutex;

use super::extractor_desk::Desk;
use super::extractor_types::{ParallelExtractCallbacksC, ParallelItemBeginCallback, ParallelItemEndCallback};
use super::guard::{Failure, Outcome};
use super::settings::UserData;
use super::types::{HRESULT, UInt32};
use crate::error::{E_ABORT, Error, Result, S_OK};
use crate::extract::{ArchiveEntry, ItemSink, Sink};
use crate::job::Control;

/// How the caller's functions are called during one job.
pub(super) struct Caller<'a> {
    desk: &'a Desk,
    control: &'a Control,
    /// A function broke: the job ends with this.
    broken: Mutex<Option<Failure>>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(desk: &'a Desk, control: &'a Control) -> Self {
        Self { desk, control, broken: Mutex::default() }
    }

    /// Calls one. If it panics, the job is cancelled.
    pub(super) fn call<R: Send>(&self, function: impl FnOnce() -> R + Send) -> Result<R> {
        self.desk.call(function).map_err(|failure| {
            self.broken.lock().get_or_insert(failure);
            self.cancelled()
        })
    }

    /// Calls one that answers whether the job, or an item, goes on.
    pub(super) fn ask(&self, what: &str, function: impl FnOnce() -> HRESULT + Send) -> Result<HRESULT> {
        match self.call(function)? {
            E_ABORT => Err(self.cancelled()),
            code if code < 0 => Err(Error::Callback { what: what.into(), code }),
            code => Ok(code),
        }
    }

    /// Ends the job.
    pub(super) fn cancelled(&self) -> Error {
        self.control.cancel();
        Error::Cancelled
    }

    /// Why the job ended, if a function broke.
    pub(super) fn take_broken(&self) -> Option<Failure> {
        self.broken.lock().take()
    }
}

type Write = unsafe extern "C-unwind" fn(UInt32, *const std::ffi::c_void, usize, *mut std::ffi::c_void) -> HRESULT;

/// Hands items to the functions of a ParallelExtractCallbacksC.
pub(super) struct CallbackSink<'a> {
    caller: &'a Caller<'a>,
    begin: ParallelItemBeginCallback,
    write: Write,
    end: ParallelItemEndCallback,
    user_data: UserData,
    /// Items that have begun and not ended.
    begun: Mutex<HashSet<u32>>,
}

impl<'a> CallbackSink<'a> {
    pub(super) fn new(caller: &'a Caller<'a>, callbacks: &ParallelExtractCallbacksC) -> Outcome<Self> {
        Ok(Self {
            caller,
            begin: callbacks.begin,
            write: callbacks.write.ok_or_else(|| Failure::invalid("Write is NULL"))?,
            end: callbacks.end,
            user_data: UserData(callbacks.user_data),
            begun: Mutex::default(),
        })
    }

    /// Whether the caller wants an item.
    fn begin_item(&self, entry: &ArchiveEntry) -> Result<bool> {
        let (index, size) = (entry.index() as u32, entry.size());
        if let Some(function) = self.begin {
            let user_data = self.user_data;
            // SAFETY: the caller's function, called as the header says.
            let call = move || unsafe { function(index, size, { user_data }.0) };
            if self.caller.ask(&format!("{}: the begin callback", entry.name()), call)? != S_OK {
                return Ok(false);
            }
        }
        self.begun.lock().insert(index);
        Ok(true)
    }

    /// Tells the caller that an item has ended, if it had begun.
    pub(super) fn end_item(&self, index: u32, name: &str, result: HRESULT) -> Result<()> {
        let has_begun = self.begun.lock().remove(&index);
        let Some(function) = self.end.filter(|_| has_begun) else { return Ok(()) };
        let user_data = self.user_data;
        // SAFETY: the caller's function, called as the header says.
        let call = move || unsafe { function(index, result, { user_data }.0) };
        match result {
            S_OK => self.caller.ask(&format!("{name}: the end callback"), call).map(drop),
            // It has failed already, whatever the function says.
            _ => self.caller.call(call).map(drop),
        }
    }

    /// Ends what the end of the job has cut short. No call is made from another thread any more.
    pub(super) fn end_all(&self, result: HRESULT) {
        let mut left: Vec<_> = self.begun.lock().iter().copied().collect();
        left.sort_unstable();
        for index in left {
            // A panic is kept by the caller's part.
            let _ = self.end_item(index, "", result);
        }
    }
}

impl Sink for CallbackSink<'_> {
    fn directory(&self, entry: &ArchiveEntry) -> Result<()> {
        if self.begin_item(entry)? {
            self.end_item(entry.index() as u32, entry.name(), S_OK)?;
        }
        Ok(())
    }

    fn begin(&self, entry: &ArchiveEntry) -> Result<Option<Box<dyn ItemSink + '_>>> {
        let item = CallbackItem { sink: self, index: entry.index() as u32, name: entry.name().to_owned() };
        Ok(if self.begin_item(entry)? { Some(Box::new(item)) } else { None })
    }
}

/// Dropped before its end, the item has failed: whoever hears of that tells the caller.
struct CallbackItem<'a> {
    sink: &'a CallbackSink<'a>,
    index: u32,
    name: String,
}

impl ItemSink for CallbackItem<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let (function, user_data, index) = (self.sink.write, self.sink.user_data, self.index);
        // SAFETY: the caller's function, called as the header says; the bytes stay until it returns.
        let call = move || unsafe { function(index, bytes.as_ptr().cast(), bytes.len(), { user_data }.0) };
        self.sink.caller.ask(&format!("{}: the write callback", self.name), call).map(drop)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.sink.end_item(self.index, &self.name, S_OK)
    }
}
