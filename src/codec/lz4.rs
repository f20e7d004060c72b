//! LZ4, as the extended 7-Zip (7-Zip ZS) stores it: an LZ4 frame. Plain 7-Zip does not read it.

use std::io::{self, Write};
use std::sync::Arc;

use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

use super::Monitor;
use super::stream::{SmallEncoder, StreamEncoder, StreamMethod, Streams, in_chunks};

/// What the properties say of the encoder: the LZ4 release whose format this is, and a level. Readers only look at how
/// many there are.
const PROPERTIES: [u8; 5] = [1, 10, 1, 0, 0];

/// LZ4 has one speed and one window: nothing can be chosen.
#[derive(Debug, Clone, Default)]
pub struct Params;

impl StreamMethod for Params {
    fn id(&self) -> u64 {
        0x4F7_1104
    }

    fn properties(&self, _: u64, _: u64) -> Vec<u8> {
        PROPERTIES.to_vec()
    }

    fn dictionary(&self) -> u64 {
        64 << 10
    }

    fn stream(&self, _: u64) -> io::Result<Box<dyn StreamEncoder>> {
        // Linked: a block refers to the one before, so that its size costs no ratio.
        let frame = FrameInfo::new().block_size(BlockSize::Max64KB).block_mode(BlockMode::Linked);
        Ok(Box::new(Stream(FrameEncoder::with_frame_info(frame, Vec::new()))))
    }

    fn stream_bytes(&self, _: u64) -> u64 {
        // Two blocks and a window, a packed block, and the hash table.
        512 << 10
    }

    fn output_bound(&self, new: usize) -> usize {
        // A block is held back until it is full.
        new + new / 64 + (128 << 10)
    }

    fn small(self: Arc<Self>) -> Box<dyn SmallEncoder> {
        Streams::boxed(self)
    }
}

struct Stream(FrameEncoder<Vec<u8>>);

impl StreamEncoder for Stream {
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        in_chunks(data, monitor, |chunk| self.0.write_all(chunk))?;
        out.append(self.0.get_mut());
        Ok(())
    }

    fn finish(&mut self, _: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        self.0.try_finish()?;
        out.append(self.0.get_mut());
        Ok(())
    }

    /// The next byte begins a new frame.
    fn restart(&mut self, _: u64) -> io::Result<bool> {
        Ok(true)
    }
}
