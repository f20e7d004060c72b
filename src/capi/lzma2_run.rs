//! Raw LZMA2 streams: settings, buffers and functions of a C caller, as the encoder's.

use std::ffi::{c_char, c_void};
use std::io::{self, ErrorKind, Read, Write};

use super::guard::{Failure, Outcome, caught, on_nothing};
use super::lzma2::ParallelLzma2SettingsC;
use super::sized::read_struct;
use super::strings::CharacterC;
use super::types::*;
use crate::error::{E_BUFFER_TOO_SMALL, E_FAIL, Error, Result, S_OK};
use crate::job::{Control, RawLzma2, RawProgress, RawSummary};

/// One call of an encoding function.
pub(super) struct Call {
    pub(super) settings: ParallelLzma2SettingsC,
    /// Why the caller's struct is none.
    refused: Option<Failure>,
}

impl Call {
    /// SAFETY: `settings` is NULL or points to as many readable bytes as StructSize there says.
    pub(super) unsafe fn new(settings: *const ParallelLzma2SettingsC) -> Self {
        if settings.is_null() {
            return Self { settings: ParallelLzma2SettingsC::default(), refused: None };
        }
        // SAFETY: the same promise.
        match unsafe { read_struct(settings, "settings") } {
            Ok(settings) => Self { settings, refused: None },
            Err(failure) => Self { settings: ParallelLzma2SettingsC::default(), refused: Some(failure) },
        }
    }

    /// Does what the function does. A failure's text goes where the settings say; nothing unwinds into the caller.
    pub(super) fn run(mut self, action: impl FnOnce(&Self) -> Outcome<HRESULT>) -> HRESULT {
        on_nothing(E_FAIL, || {
            let outcome = match self.refused.take() {
                Some(failure) => Err(failure),
                None => caught(|| action(&self)).and_then(|outcome| outcome),
            };
            let (code, text) = match outcome {
                Ok(code) => (code, String::new()),
                Err(failure) => (failure.code, failure.message),
            };
            self.tell_error(&text);
            code
        })
    }

    fn tell_error(&self, text: &str) {
        let (buffer, size) = (self.settings.error_text, self.settings.error_text_size);
        if !buffer.is_null() && size > 0 {
            // SAFETY: room for so many bytes, by the contract of the header. Of a text that is too long a part is told.
            let _ = unsafe { c_char::copy_out(text, buffer, size, std::ptr::null_mut()) };
        }
    }

    /// Where a result goes that must go somewhere.
    pub(super) fn not_null<T>(&self, pointer: *mut T, what: &str) -> Outcome<*mut T> {
        if pointer.is_null() { Err(Failure::invalid(format!("{what} is NULL"))) } else { Ok(pointer) }
    }

    /// Tells LZMA2's properties byte, where it is asked for.
    pub(super) fn tell_property(&self, to: *mut Byte, property: u8) {
        if !to.is_null() {
            // SAFETY: writable, by the contract of the header.
            unsafe { to.write(property) };
        }
    }

    /// Encodes bytes in memory.
    pub(super) fn encode(&self, data: &[u8], output: &mut dyn Write) -> Result<RawSummary> {
        let control = Control::new();
        encoder_of(&self.settings)
            .encode_with(data, output, &control, |progress| self.tell_progress(progress, &control))
    }

    /// Encodes a stream.
    pub(super) fn encode_stream(&self, input: &mut ReadSource, output: &mut dyn Write) -> Result<RawSummary> {
        let control = Control::new();
        let progress = |progress| self.tell_progress(progress, &control);
        encoder_of(&self.settings).encode_stream_with(input, output, &control, progress)
    }

    fn tell_progress(&self, progress: RawProgress, control: &Control) {
        let Some(function) = self.settings.progress else { return };
        // SAFETY: the caller's function, called as the header says.
        if unsafe { function(progress.bytes_in, progress.bytes_out, self.settings.user_data) } != S_OK {
            control.cancel();
        }
    }
}

/// The encoder that the settings describe.
pub(super) fn encoder_of(settings: &ParallelLzma2SettingsC) -> RawLzma2 {
    let unless_0 = |value: u64| (value > 0).then_some(value);
    RawLzma2 {
        threads: settings.num_threads,
        level: settings.level,
        dictionary: unless_0(settings.dictionary_size),
        nice_length: (settings.nice_length > 0).then_some(settings.nice_length),
        block_size: unless_0(settings.block_size),
        memory_limit: unless_0(settings.memory_limit),
        ..RawLzma2::default()
    }
}

/// The caller's bytes.
///
/// SAFETY: `data` is NULL or readable for `size` bytes as long as the result lives.
pub(super) unsafe fn bytes_at<'a>(data: *const c_void, size: usize) -> Outcome<&'a [u8]> {
    match size {
        0 => Ok(&[]),
        _ if data.is_null() => Err(Failure::invalid("data is NULL")),
        _ if isize::try_from(size).is_err() => Err(Failure::invalid(format!("no memory has {size} bytes"))),
        // SAFETY: not NULL, and the same promise.
        _ => Ok(unsafe { std::slice::from_raw_parts(data.cast(), size) }),
    }
}

/// The caller's buffer. Taken as bytes that may be written only: it need not be initialised.
pub(super) struct BufferSink {
    buffer: *mut u8,
    size: usize,
    written: usize,
    is_too_small: bool,
}

impl BufferSink {
    /// SAFETY: `buffer` is NULL or writable for `size` bytes as long as this lives, and nobody else uses them.
    pub(super) unsafe fn new(buffer: *mut u8, size: usize) -> Outcome<Self> {
        if buffer.is_null() && size > 0 {
            return Err(Failure::invalid("buffer is NULL"));
        }
        Ok(Self { buffer, size, written: 0, is_too_small: false })
    }

    /// Bytes in it.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Whether something did not fit.
    pub(super) fn is_too_small(&self) -> bool {
        self.is_too_small
    }

    /// What the caller is told then.
    pub(super) fn too_small(&self, bound: usize) -> Failure {
        let message = format!("the buffer has {} bytes, {bound} are enough", self.size);
        Failure { code: E_BUFFER_TOO_SMALL, message }
    }
}

impl Write for BufferSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.size - self.written {
            self.is_too_small = true;
            return Err(ErrorKind::WriteZero.into());
        }
        if !bytes.is_empty() {
            // SAFETY: room for them is left, by the promise made to `new`; what is ours never overlaps it.
            unsafe { self.buffer.add(self.written).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
            self.written += bytes.len();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type ReadFunction = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, usize, *mut usize, *mut c_void) -> HRESULT;
type WriteFunction = unsafe extern "C-unwind" fn(*const c_void, usize, *mut usize, *mut c_void) -> HRESULT;

/// The caller's read function.
pub(super) struct ReadSource {
    function: ReadFunction,
    stream: *mut c_void,
    user_data: *mut c_void,
}

impl ReadSource {
    pub(super) fn new(read: ParallelStreamReadCallback, stream: *mut c_void, user_data: *mut c_void) -> Outcome<Self> {
        let function = read.ok_or_else(|| Failure::invalid("read is NULL"))?;
        Ok(Self { function, stream, user_data })
    }
}

impl Read for ReadSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (into, size) = (buffer.as_mut_ptr().cast(), buffer.len());
        let mut read = 0;
        // SAFETY: the caller's function, called as the header says; the buffer has `size` bytes and is nobody else's.
        let code = unsafe { (self.function)(self.stream, into, size, &raw mut read, self.user_data) };
        check("the read callback", code)?;
        if read > size {
            let message = format!("the read callback said {read} bytes where it was given room for {size}");
            return Err(io::Error::other(Error::InvalidArgument(message)));
        }
        Ok(read)
    }
}

/// The caller's write function.
pub(super) struct WriteSink {
    function: WriteFunction,
    user_data: *mut c_void,
}

impl WriteSink {
    pub(super) fn new(write: ParallelWriteCallback, user_data: *mut c_void) -> Outcome<Self> {
        let function = write.ok_or_else(|| Failure::invalid("write is NULL"))?;
        Ok(Self { function, user_data })
    }
}

impl Write for WriteSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = 0;
        // SAFETY: the caller's function, called as the header says; the bytes live until it returns.
        let code = unsafe { (self.function)(bytes.as_ptr().cast(), bytes.len(), &raw mut written, self.user_data) };
        check("the write callback", code)?;
        if written == 0 || written > bytes.len() {
            let message = format!("the write callback said {written} bytes where it was given {}", bytes.len());
            return Err(io::Error::new(ErrorKind::InvalidData, message));
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A negative answer is a failure, and keeps its code.
fn check(what: &str, code: HRESULT) -> io::Result<()> {
    if code < 0 { Err(io::Error::other(Error::Callback { what: what.into(), code })) } else { Ok(()) }
}
