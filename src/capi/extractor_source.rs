//! Where the caller has an archive's bytes: in memory, or behind a function.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use super::extractor_desk::Desk;
use super::guard::{Failure, Outcome};
use super::settings::UserData;
use super::types::{HRESULT, UInt64};
use crate::error::E_INVALIDARG;
use crate::extract::ArchiveSource;

/// A ParallelReadAtCallback that is there.
pub(super) type ReadAtFunction =
    unsafe extern "C-unwind" fn(UInt64, *mut std::ffi::c_void, usize, *mut usize, *mut std::ffi::c_void) -> HRESULT;

/// An archive in memory of the caller's.
pub(super) struct CallerMemory {
    data: *const u8,
    size: usize,
}

// SAFETY: only read, and by the caller's promise nobody changes or frees it while the archive is open.
unsafe impl Send for CallerMemory {}
// SAFETY: as above.
unsafe impl Sync for CallerMemory {}

impl CallerMemory {
    /// SAFETY: `data` is NULL or readable for `size` bytes for as long as this lives.
    pub(super) unsafe fn new(data: *const u8, size: usize) -> Outcome<Self> {
        if data.is_null() {
            return Err(Failure::invalid("data is NULL"));
        }
        if isize::try_from(size).is_err() {
            return Err(Failure::invalid(format!("no memory has {size} bytes")));
        }
        Ok(Self { data, size })
    }
}

impl AsRef<[u8]> for CallerMemory {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: not NULL, and readable by the promise made to `new`.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

/// An archive that the caller's function reads. Called at the desk.
pub(super) struct CallerSource {
    desk: Arc<Desk>,
    function: ReadAtFunction,
    user_data: UserData,
    size: u64,
    /// Why reading failed last.
    failure: Mutex<Option<Failure>>,
    /// The function broke: what it was called for ends with this.
    broken: Mutex<Option<Failure>>,
}

impl CallerSource {
    pub(super) fn new(desk: Arc<Desk>, function: ReadAtFunction, user_data: UserData, size: u64) -> Self {
        Self { desk, function, user_data, size, failure: Mutex::default(), broken: Mutex::default() }
    }

    /// Why reading failed last, if it did.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.lock().clone()
    }

    /// Why the job fails, if the function broke in it.
    pub(super) fn take_broken(&self) -> Option<Failure> {
        self.broken.lock().take()
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Outcome<usize> {
        let (function, user_data, size) = (self.function, self.user_data, buffer.len());
        let answer = self.desk.call(|| {
            let mut read = 0;
            let into = buffer.as_mut_ptr().cast();
            // All of it: a part would be the pointer alone, which does not cross threads.
            let user_data: UserData = user_data;
            // SAFETY: the caller's function, called as the header says; the buffer has `size` bytes and is nobody else's.
            let code = unsafe { function(offset, into, size, &raw mut read, user_data.0) };
            (code, read)
        });
        let (code, read) = answer.inspect_err(|failure| *self.broken.lock() = Some(failure.clone()))?;
        if code < 0 {
            return Err(Failure { code, message: format!("the read callback answered {code:#010x}") });
        }
        if read > size {
            let message = format!("the read callback said {read} bytes where it was given room for {size}");
            return Err(Failure { code: E_INVALIDARG, message });
        }
        Ok(read)
    }
}

impl ArchiveSource for CallerSource {
    fn size(&self) -> u64 {
        self.size
    }

    /// A failure's code goes through the engine as a system error's number, which it keeps. Those of systems are positive,
    /// HRESULTs of failures negative.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.read(offset, buffer).map_err(|failure| {
            let code = failure.code;
            *self.failure.lock() = Some(failure);
            io::Error::from_raw_os_error(code)
        })
    }
}
