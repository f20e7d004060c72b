//! The caller's write and seek functions, as the engine's output stream.

use std::ffi::c_void;
use std::io::SeekFrom;

use super::settings::UserData;
use super::types::*;
use crate::error::{Error, Result};
use crate::job::Control;
use crate::output::OutStream;

pub(super) type WriteFunction = unsafe extern "C-unwind" fn(
    data: *const c_void,
    size: usize,
    written: *mut usize,
    user_data: *mut c_void,
) -> HRESULT;

/// Lives for one job, on the thread that the engine calls output streams on.
pub(super) struct CallbackStream {
    write: WriteFunction,
    seek: ParallelSeekCallback,
    user_data: UserData,
    control: Control,
}

impl CallbackStream {
    /// Without `seek` the stream is write-only.
    pub(super) fn new(write: WriteFunction, seek: ParallelSeekCallback, user_data: UserData, control: Control) -> Self {
        Self { write, seek, user_data, control }
    }
}

/// What a callback's code says.
fn check(what: &str, code: HRESULT) -> Result<()> {
    if code < 0 { Err(Error::Callback { what: format!("the {what} callback"), code }) } else { Ok(()) }
}

impl OutStream for CallbackStream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        // A callback that takes little at once may be called for long between two looks of the job itself. And
        // no callback is called while the job is paused.
        if self.control.checkpoint() {
            return Err(Error::Cancelled);
        }
        let mut written = 0;
        // SAFETY: the caller's function, called as the header says; the bytes live until it returns.
        let code = unsafe { (self.write)(bytes.as_ptr().cast(), bytes.len(), &raw mut written, self.user_data.0) };
        check("write", code).map(|()| written)
    }

    fn is_seekable(&self) -> bool {
        self.seek.is_some()
    }

    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let Some(seek) = self.seek else {
            return Err(Error::Internal("a stream without a seek callback is to seek".into()));
        };
        let too_far = || Error::InvalidArgument("the output stream is too long for a seek callback".into());
        let (offset, origin) = match to {
            SeekFrom::Start(offset) => (Int64::try_from(offset).map_err(|_| too_far())?, 0),
            SeekFrom::Current(by) => (by, 1),
            SeekFrom::End(by) => (by, 2),
        };
        let mut position = 0;
        // SAFETY: the caller's function, called as the header says.
        let code = unsafe { seek(offset, origin, &raw mut position, self.user_data.0) };
        check("seek", code).map(|()| position)
    }
}
