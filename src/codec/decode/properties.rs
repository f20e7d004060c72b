//! What the properties of several methods have in common.

use super::{Coder, DecodeError};

/// A number of 32 bits, little-endian; `None` where there are not exactly four bytes.
pub(super) fn u32_of(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_le_bytes)
}

/// The error of properties that `why` is wrong with.
pub(super) fn refused(coder: &Coder<'_>, why: impl Into<String>) -> DecodeError {
    DecodeError::Properties { method: coder.method, why: why.into() }
}

/// The error of properties of a wrong length.
pub(super) fn wrong_length(coder: &Coder<'_>, expected: &str) -> DecodeError {
    refused(coder, format!("{} bytes of properties, {expected} expected", coder.properties.len()))
}
