//! Buffers of one size that are made on one thread and done with on another, used again and again: an allocator would keep
//! the holes that they leave for the thread that made them.

use std::collections::TryReserveError;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::codec::lzma2::window_buffer;

/// The buffers of one size that nobody uses.
#[derive(Debug)]
pub struct Spare {
    /// Bytes that each has room for.
    room: usize,
    /// How many are kept at most.
    most: usize,
    buffers: Mutex<Vec<Vec<u8>>>,
}

impl Spare {
    /// None yet; up to `most` of `room` bytes.
    pub fn new(room: usize, most: usize) -> Arc<Self> {
        Arc::new(Self { room, most, buffers: Mutex::default() })
    }

    /// Whether buffers of `length` bytes are of this size.
    pub fn suits(&self, length: usize) -> bool {
        length <= self.room
    }

    /// An empty buffer with room for `length` bytes. If they are no more than all have room for, it comes back when it is
    /// dropped.
    ///
    /// # Errors
    /// There is no memory.
    pub fn take(self: &Arc<Self>, length: usize) -> Result<Recycled, TryReserveError> {
        let mut bytes = Vec::new();
        if !self.suits(length) {
            bytes.try_reserve_exact(length)?;
            return Ok(bytes.into());
        }
        let spare = self.buffers.lock().pop();
        match spare {
            Some(spare) => bytes = spare,
            None => bytes = window_buffer(self.room)?,
        }
        Ok(Recycled { bytes, home: Some(Arc::clone(self)) })
    }
}

/// A buffer that is used again, or one that is not.
#[derive(Debug, Default)]
pub struct Recycled {
    bytes: Vec<u8>,
    home: Option<Arc<Spare>>,
}

impl From<Vec<u8>> for Recycled {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, home: None }
    }
}

impl Deref for Recycled {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for Recycled {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl Drop for Recycled {
    fn drop(&mut self) {
        let Some(home) = &self.home else { return };
        // One that has grown takes more than others expect.
        if self.bytes.capacity() == home.room {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.clear();
            let mut buffers = home.buffers.lock();
            if buffers.len() < home.most {
                buffers.push(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_empty_but_not_those_that_are_longer() {
        let spare = Spare::new(100, 2);
        let mut buffers: Vec<_> = [10, 100, 100, 101].map(|length| spare.take(length).expect("memory")).into();
        for buffer in &mut buffers {
            assert!(buffer.is_empty() && buffer.capacity() >= 100);
            buffer.extend_from_slice(b"x");
        }
        buffers[0].extend_from_slice(&[0; 100]); // It has grown.
        assert!(spare.buffers.lock().is_empty());
        buffers.truncate(3);
        assert!(spare.buffers.lock().is_empty());
        drop(buffers);
        assert_eq!(spare.buffers.lock().len(), 2, "neither the one that has grown nor the long one");
        drop([1, 1, 1].map(|length| spare.take(length).expect("memory")));
        assert_eq!(spare.buffers.lock().len(), 2, "no more are kept");
        assert!(spare.take(100).expect("memory").is_empty());
    }
}
