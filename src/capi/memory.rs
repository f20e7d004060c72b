//! Memory that crosses the border: from malloc, so that either side can free it.

use std::ffi::c_void;
use std::io::{self, ErrorKind, Write};

use super::guard::Outcome;
use crate::error::Error;

/// Frees what the library handed out. NULL does nothing. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompress_Free(memory: *mut c_void) {
    // SAFETY: NULL or from malloc, by the contract of the header.
    unsafe { libc::free(memory) }
}

/// A copy in memory from malloc.
pub(super) fn to_malloc(bytes: &[u8]) -> Outcome<*mut c_void> {
    // SAFETY: any size is fine; the result is checked.
    let memory = unsafe { libc::malloc(bytes.len().max(1)) };
    if memory.is_null() {
        return Err(Error::OutOfMemory(format!("{} bytes for the archive", bytes.len())).into());
    }
    // SAFETY: new memory of at least that size.
    unsafe { memory.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Ok(memory)
}

/// Memory from malloc that grows as it is written to; freed with this, unless it was handed out.
pub(super) struct MallocSink {
    /// NULL while there is none.
    memory: *mut u8,
    size: usize,
    room: usize,
}

impl Default for MallocSink {
    fn default() -> Self {
        Self { memory: std::ptr::null_mut(), size: 0, room: 0 }
    }
}

impl MallocSink {
    /// The memory, not NULL if anything was written, and how many bytes are in it. It is the caller's now.
    pub(super) fn into_parts(mut self) -> (*mut c_void, usize) {
        // What it is too large is given back. Where that fails it stays as it is.
        let _ = self.resize(self.size.max(1));
        let memory = std::mem::replace(&mut self.memory, std::ptr::null_mut());
        (memory.cast(), self.size)
    }

    fn resize(&mut self, room: usize) -> io::Result<()> {
        // SAFETY: NULL or from malloc and ours.
        let memory = unsafe { libc::realloc(self.memory.cast(), room) };
        if memory.is_null() {
            let error = Error::OutOfMemory(format!("{room} bytes for the stream"));
            return Err(io::Error::new(ErrorKind::OutOfMemory, error));
        }
        (self.memory, self.room) = (memory.cast(), room);
        Ok(())
    }
}

impl Write for MallocSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.size.saturating_add(bytes.len());
        if size > self.room {
            self.resize(size.max(self.room.saturating_add(self.room / 2)))?;
        }
        if !bytes.is_empty() {
            // SAFETY: there is room for `size` bytes, of which `self.size` are in use; what is ours does not overlap.
            unsafe { self.memory.add(self.size).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
            self.size = size;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for MallocSink {
    fn drop(&mut self) {
        // SAFETY: NULL or from malloc and ours.
        unsafe { libc::free(self.memory.cast()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_holds_what_was_written() {
        let mut sink = MallocSink::default();
        let data: Vec<u8> = (0..100_000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        for part in data.chunks(777) {
            sink.write_all(part).expect("memory");
        }
        let (memory, size) = sink.into_parts();
        // SAFETY: so many bytes are there, by the promise of `into_parts`.
        let held = unsafe { std::slice::from_raw_parts(memory.cast::<u8>(), size) };
        assert!(held == data);
        // SAFETY: from malloc, and freed once.
        unsafe { ParallelCompress_Free(memory) };
        let mut short = MallocSink::default();
        short.write_all(b"freed with it").expect("memory");
    }
}
