//! Which version this is, at run time. The macros of the header say it at compile time.

use std::ffi::{CStr, c_char};

use super::types::UInt32;

const TEXT: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(text) => text,
    Err(_) => c"",
};

/// A decimal number, at compile time.
const fn number(digits: &str) -> u32 {
    let (digits, mut at, mut value) = (digits.as_bytes(), 0, 0);
    while at < digits.len() {
        value = value * 10 + (digits[at] - b'0') as u32;
        at += 1;
    }
    value
}

/// The version of the library that runs: major * 65536 + minor * 256 + patch, as PARALLELCOMPRESS_VERSION_NUMBER of the
/// header it was built with. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompress_GetVersion() -> UInt32 {
    const VERSION: u32 = (number(env!("CARGO_PKG_VERSION_MAJOR")) << 16)
        | (number(env!("CARGO_PKG_VERSION_MINOR")) << 8)
        | number(env!("CARGO_PKG_VERSION_PATCH"));
    VERSION
}

/// The version of the library that runs as text, "0.1.0"; never NULL, never to be freed. Threads: any. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn ParallelCompress_GetVersionString() -> *const c_char {
    TEXT.as_ptr()
}
