//! BZip2: blocks of up to 900 KB are sorted, moved to front and Huffman coded.

use std::io;
use std::sync::Arc;

use ::bzip2::{Action, Compress, Compression, Status};

use super::Monitor;
use super::stream::{CHUNK, SmallEncoder, StreamEncoder, StreamMethod, Streams, in_chunks};

/// Bytes of a block for each step of bzip2's own level.
const STEP: u64 = 100_000;

/// The size of a block, in steps of 100,000 bytes.
#[derive(Debug, Clone)]
pub struct Params {
    steps: u32,
}

impl Params {
    /// Blocks of `block` bytes, brought to 100,000 to 900,000 in steps of 100,000.
    pub fn new(block: u32) -> Self {
        Self { steps: (u64::from(block) / STEP).clamp(1, 9) as u32 }
    }

    /// The size of a block in bytes at `level`, as 7-Zip's levels have it.
    pub fn default_block(level: u32) -> u64 {
        STEP * match level {
            0..=2 => 1,
            3 | 4 => 5,
            _ => 9,
        }
    }

    /// No larger a block than a stream of `size` bytes can fill: the same bytes come out, but for the block's size in
    /// the first of them.
    fn steps_for(&self, size: u64) -> u32 {
        self.steps.min((size / STEP + 1).min(9) as u32)
    }
}

impl StreamMethod for Params {
    fn id(&self) -> u64 {
        0x40202
    }

    fn properties(&self, _: u64, _: u64) -> Vec<u8> {
        Vec::new()
    }

    fn dictionary(&self) -> u64 {
        u64::from(self.steps) * STEP
    }

    fn stream(&self, size: u64) -> io::Result<Box<dyn StreamEncoder>> {
        // Work factor 0 is bzip2's default: how soon repetitive data is sorted in another way.
        Ok(Box::new(Stream(Compress::new(Compression::new(self.steps_for(size)), 0))))
    }

    fn stream_bytes(&self, size: u64) -> u64 {
        // bzip2's manual: 400 KB and 8 times the block.
        u64::from(self.steps_for(size)) * STEP * 8 + (512 << 10)
    }

    fn output_bound(&self, new: usize) -> usize {
        // A block is held back until it is full.
        new + new / 64 + 4096 + 9 * STEP as usize
    }

    fn small(self: Arc<Self>) -> Box<dyn SmallEncoder> {
        Streams::boxed(self)
    }
}

struct Stream(Compress);

impl Stream {
    fn run(&mut self, data: &[u8], action: Action, out: &mut Vec<u8>) -> io::Result<()> {
        let start = self.0.total_in();
        loop {
            let taken = (self.0.total_in() - start) as usize;
            if taken == data.len() && action == Action::Run {
                return Ok(());
            }
            out.reserve(CHUNK);
            if self.0.compress_vec(&data[taken..], out, action)? == Status::StreamEnd {
                return Ok(());
            }
        }
    }
}

impl StreamEncoder for Stream {
    /// A full block is sorted at once: up to a fifth of a second passes between two looks at the monitor.
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        in_chunks(data, monitor, |chunk| self.run(chunk, Action::Run, out))
    }

    fn finish(&mut self, monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        if monitor.stopped() { Ok(()) } else { self.run(&[], Action::Finish, out) }
    }
}
