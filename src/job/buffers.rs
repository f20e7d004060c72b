//! The buffers that items are read into, in two sizes only, used again and again: so that what is reserved for them is
//! what they take, whichever threads fill and empty them. (Buffers of every size, made on one thread and freed on
//! another, leave holes in an allocator's memory that take as much again.)

/// A large buffer: bytes asked of a source at once, and handed over at once, at most. Constant, as what a fetch thread
/// sees of an item first may shape the archive.
pub const CHUNK: usize = 128 << 10;
/// A small one.
pub const SMALL: usize = 16 << 10;

/// A buffer, and how much of it is filled.
#[derive(Debug, Default)]
pub struct Chunk {
    /// As long as it may be filled; what is not filled is of old.
    pub bytes: Vec<u8>,
    pub filled: usize,
}

impl Chunk {
    /// What it takes.
    pub fn room(&self) -> usize {
        self.bytes.len()
    }

    /// What was read.
    pub fn filled(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

/// How large a buffer is asked for where `left` bytes are announced: for one more, to see a source that has grown.
pub fn room_for(left: Option<u64>) -> usize {
    if left.is_some_and(|left| left < SMALL as u64) { SMALL } else { CHUNK }
}

/// The buffers of one size.
#[derive(Debug)]
pub struct Pool {
    room: usize,
    /// How many there may be, but for what fetch threads wait for.
    limit: usize,
    used: usize,
    spare: Vec<Vec<u8>>,
}

impl Pool {
    /// Up to `bytes` in buffers of `room` bytes; at least one.
    pub fn new(room: usize, bytes: u64) -> Self {
        let limit = usize::try_from(bytes / room as u64).unwrap_or(usize::MAX).max(1);
        Self { room, limit, used: 0, spare: Vec::new() }
    }

    /// Whether one more may be used.
    pub fn has_room(&self) -> bool {
        self.used < self.limit
    }

    /// Whether a good part is free: so that waiting threads need not be woken for every buffer.
    pub fn has_much_room(&self) -> bool {
        self.used * 4 <= self.limit * 3
    }

    /// Reserves a buffer, within the limit or beyond.
    pub fn reserve(&mut self) -> Room {
        self.used += 1;
        Room { bytes: self.room, spare: self.spare.pop() }
    }

    /// A buffer is used no more; keeps it for the next one who needs it. `None`: it was reserved and never came.
    pub fn release(&mut self, buffer: Option<Vec<u8>>) {
        self.used -= 1;
        self.spare.extend(buffer.filter(|_| self.used + self.spare.len() < self.limit));
    }

    /// Gives up the buffers that nobody uses.
    pub fn dismiss(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.spare)
    }
}

/// A reserved buffer.
#[derive(Debug)]
pub struct Room {
    bytes: usize,
    /// A used one, where there was one.
    spare: Option<Vec<u8>>,
}

impl Room {
    /// The buffer. A new one takes time: not to be called under a lock.
    pub fn into_chunk(self) -> Chunk {
        Chunk { bytes: self.spare.unwrap_or_else(|| vec![0; self.bytes]), filled: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_gets_the_smallest_buffer_that_shows_whether_it_has_grown() {
        let rooms = [Some(0), Some(SMALL as u64 - 1), Some(SMALL as u64), Some(u64::MAX), None].map(room_for);
        assert_eq!(rooms, [SMALL, SMALL, CHUNK, CHUNK, CHUNK]);
    }

    #[test]
    fn a_pool_keeps_as_many_buffers_as_it_may_have() {
        let mut pool = Pool::new(SMALL, 4 * SMALL as u64);
        let chunks: Vec<_> = (0..5).map(|_| pool.reserve().into_chunk()).collect();
        assert!(!pool.has_room());
        for chunk in chunks {
            assert_eq!(chunk.room(), SMALL);
            pool.release(Some(chunk.bytes));
        }
        assert_eq!(pool.spare.len(), 4, "the fifth was one too many");
        let room = pool.reserve();
        assert!(room.spare.is_some() && pool.has_room() && pool.has_much_room());
        pool.release(None);
        assert_eq!((pool.used, pool.spare.len()), (0, 3));
    }
}
