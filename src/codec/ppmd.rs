//! PPMd, variant H, with 7-Zip's range coder: prediction by partial matching, strongest on text.

use std::io::{self, Write};
use std::sync::Arc;

use ppmd_rust::Ppmd7Encoder;

use super::Monitor;
use super::stream::{SmallEncoder, StreamEncoder, StreamMethod, Streams, in_chunks};

/// What the model may hold, as 7-Zip allows it.
const MIN_MEMORY: u32 = 1 << 11;
const MAX_MEMORY: u32 = 1 << 30;
/// No model needs more than so many times the data.
const MEMORY_OF_SIZE: u64 = 16;
/// The least that a model is brought down to for small data.
const SMALLEST_MEMORY: u64 = 1 << 16;

/// Order and memory of the model.
#[derive(Debug, Clone)]
pub struct Params {
    order: u32,
    memory: u32,
}

impl Params {
    /// A model of `memory` bytes (2 KiB to 1 GiB, brought into that range) and the order of `level`.
    pub fn new(level: u32, memory: u32) -> Self {
        let order = match level {
            0..=2 => 4,
            3 | 4 => 5,
            5 => 6,
            6 => 8,
            7 => 16,
            8 => 24,
            _ => 32,
        };
        Self { order, memory: memory.clamp(MIN_MEMORY, MAX_MEMORY) }
    }

    /// The same with contexts of up to `order` bytes (2 to 64, brought into that range).
    pub fn with_order(self, order: u32) -> Self {
        Self { order: order.clamp(2, 64), ..self }
    }

    /// The model's memory in bytes at `level`, as 7-Zip's levels have it.
    pub fn default_memory(level: u32) -> u64 {
        1 << (level.clamp(1, 9) + 19)
    }

    /// The memory for `size` bytes, as 7-Zip brings it down: readers have to allocate all of it.
    fn memory_for(&self, size: u64) -> u32 {
        if u64::from(self.memory) / MEMORY_OF_SIZE <= size {
            return self.memory;
        }
        let needed = (size * MEMORY_OF_SIZE).next_power_of_two().max(SMALLEST_MEMORY);
        needed.min(u64::from(self.memory)) as u32
    }
}

impl StreamMethod for Params {
    fn id(&self) -> u64 {
        0x30401
    }

    /// One byte for the order, then the memory in bytes: a reader's model must be the writer's.
    fn properties(&self, expected: u64, _: u64) -> Vec<u8> {
        let mut bytes = vec![self.order as u8];
        bytes.extend_from_slice(&self.memory_for(expected).to_le_bytes());
        bytes
    }

    fn dictionary(&self) -> u64 {
        u64::from(self.memory)
    }

    fn stream(&self, size: u64) -> io::Result<Box<dyn StreamEncoder>> {
        let encoder =
            Ppmd7Encoder::new(Vec::new(), self.order, self.memory_for(size)).map_err(|error| match error {
                ppmd_rust::Error::MemoryAllocation => io::Error::from(io::ErrorKind::OutOfMemory),
                error => io::Error::other(error.to_string()),
            })?;
        Ok(Box::new(Stream(Some(encoder))))
    }

    fn stream_bytes(&self, size: u64) -> u64 {
        u64::from(self.memory_for(size)) + (64 << 10)
    }

    fn small(self: Arc<Self>) -> Box<dyn SmallEncoder> {
        Streams::boxed(self)
    }
}

/// `None` once the stream is ended.
struct Stream(Option<Ppmd7Encoder<Vec<u8>>>);

impl StreamEncoder for Stream {
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        let Some(encoder) = &mut self.0 else { return Ok(()) };
        in_chunks(data, monitor, |chunk| encoder.write_all(chunk))?;
        out.append(encoder.get_mut());
        Ok(())
    }

    fn finish(&mut self, _: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        if let Some(encoder) = self.0.take() {
            // The header says how long the data is: no end marker, as 7-Zip.
            out.append(&mut encoder.finish(false)?);
        }
        Ok(())
    }
}
