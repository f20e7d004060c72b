//! Memory that crosses the border: from malloc, so that either side can free it.

use std::ffi::c_void;

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
