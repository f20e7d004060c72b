//! What formats of several frames, one behind the other, have in common.

use std::io::{self, ErrorKind, Read};
use std::ops::RangeInclusive;

/// What a frame begins with that is to be skipped, in the formats of LZ4 and Zstandard.
pub(super) const SKIPPABLE: RangeInclusive<u32> = 0x184D_2A50..=0x184D_2A5F;

/// The most bytes that are put back.
const MOST: usize = 4;

/// A reader into which the start of what comes can be put back.
pub(super) struct Ahead<R> {
    inner: R,
    /// The last `held` of them come next.
    bytes: [u8; MOST],
    held: usize,
}

impl<R: Read> Ahead<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, bytes: [0; MOST], held: 0 }
    }

    /// `bytes` come before all that comes. Together with those put back before, there are four at most.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        let end = MOST - self.held;
        self.bytes[end - bytes.len()..end].copy_from_slice(bytes);
        self.held += bytes.len();
    }
}

impl<R: Read> Read for Ahead<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.held == 0 {
            return self.inner.read(buf);
        }
        let count = buf.len().min(self.held);
        buf[..count].copy_from_slice(&self.bytes[MOST - self.held..][..count]);
        self.held -= count;
        Ok(count)
    }
}

/// The first four bytes of what comes next; `None` at the end of the data.
pub(super) fn start(input: &mut impl Read) -> io::Result<Option<[u8; 4]>> {
    let mut bytes = [0; 4];
    match input.read(&mut bytes)? {
        0 => Ok(None),
        count => {
            input.read_exact(&mut bytes[count..])?;
            Ok(Some(bytes))
        }
    }
}

/// Passes over `size` bytes.
pub(super) fn skip(input: &mut impl Read, size: u64) -> io::Result<()> {
    let skipped = io::copy(&mut input.take(size), &mut io::sink())?;
    if skipped < size { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}
