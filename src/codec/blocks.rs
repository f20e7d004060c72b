//! A reader over data that is transformed in place, block by block.

use std::io::{self, ErrorKind, Read};

/// Bytes that are transformed at once.
const BUFFER_SIZE: usize = 64 << 10;

/// What becomes of a last block that is incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    /// It comes out as it is.
    Kept,
    /// It is an error: `UnexpectedEof`.
    Refused,
}

/// Reads `inner` in whole blocks and hands them out transformed. What was read before an error comes out before it.
pub(super) struct BlockReader<R, S> {
    inner: R,
    block_size: usize,
    tail: Tail,
    /// What the transformation remembers from block to block.
    state: S,
    /// Gets a multiple of `block_size` bytes.
    transform: fn(&mut S, &mut [u8]),
    /// Made with the first read.
    buffer: Vec<u8>,
    /// What is transformed and not handed out yet: `buffer[start..ready]`.
    start: usize,
    ready: usize,
    /// Bytes of the buffer that are in use; from `ready` on they belong to a block that is not complete.
    filled: usize,
    ended: bool,
}

impl<R: Read, S> BlockReader<R, S> {
    /// `block_size` divides 64 KiB.
    pub(super) fn new(inner: R, block_size: usize, tail: Tail, state: S, transform: fn(&mut S, &mut [u8])) -> Self {
        Self {
            inner,
            block_size,
            tail,
            state,
            transform,
            buffer: Vec::new(),
            start: 0,
            ready: 0,
            filled: 0,
            ended: false,
        }
    }

    /// Reads and transforms at least a block, unless the end comes first.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.resize(BUFFER_SIZE, 0);
        self.buffer.copy_within(self.ready..self.filled, 0);
        self.filled -= self.ready;
        (self.start, self.ready) = (0, 0);
        while self.filled < self.block_size {
            match self.inner.read(&mut self.buffer[self.filled..]) {
                Ok(0) => {
                    self.ended = true;
                    if self.tail == Tail::Refused && self.filled > 0 {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                    self.ready = self.filled;
                    return Ok(());
                }
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.ready = self.filled / self.block_size * self.block_size;
        (self.transform)(&mut self.state, &mut self.buffer[..self.ready]);
        Ok(())
    }
}

impl<R: Read, S> Read for BlockReader<R, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.start == self.ready && !self.ended && !buf.is_empty() {
            self.fill()?;
        }
        let count = buf.len().min(self.ready - self.start);
        buf[..count].copy_from_slice(&self.buffer[self.start..self.start + count]);
        self.start += count;
        Ok(count)
    }
}
