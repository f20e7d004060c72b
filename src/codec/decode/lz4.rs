//! LZ4, as the extended 7-Zip (7-Zip ZS) stores it: frames of the LZ4 format, one behind the other. Before each there may
//! be a frame that is to be skipped: with many threads it tells how long the next one is.

use std::io::{self, ErrorKind, Read};

use lz4_flex::frame::FrameDecoder;

use super::Stream;
use super::exact::{Deferred, Input};
use super::frames::{Ahead, SKIPPABLE, skip, start};

/// What a frame begins with.
const MAGIC: u32 = 0x184D_2204;

/// A packed block, two that are unpacked and a window: blocks have 4 MiB at most.
pub(super) const MEMORY: u64 = 3 * (4 << 20) + (64 << 10);

pub(super) fn lz4(input: Input<'_>) -> Stream<'_> {
    Box::new(Deferred::new(move || Ok(Frames { decoder: FrameDecoder::new(Ahead::new(input)), within: false })))
}

struct Frames<'a> {
    /// Goes from frame to frame by itself, but knows none that is to be skipped.
    decoder: FrameDecoder<Ahead<Input<'a>>>,
    /// Whether the decoder has begun a frame.
    within: bool,
}

impl Frames<'_> {
    /// Passes over what is to be skipped, up to the next frame. `false` at the end of the data.
    fn begin(&mut self) -> io::Result<bool> {
        let input = self.decoder.get_mut();
        loop {
            match start(input)?.map(u32::from_le_bytes) {
                None => return Ok(false),
                Some(MAGIC) => {
                    input.put_back(&MAGIC.to_le_bytes());
                    self.within = true;
                    return Ok(true);
                }
                Some(magic) if SKIPPABLE.contains(&magic) => {
                    let mut size = [0; 4];
                    input.read_exact(&mut size)?;
                    skip(input, u32::from_le_bytes(size).into())?;
                }
                Some(_) => return Err(io::Error::new(ErrorKind::InvalidData, "not the start of a frame")),
            }
        }
    }
}

impl Read for Frames<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.within || self.begin()? {
            match self.decoder.read(buf)? {
                0 => self.within = false,
                count => return Ok(count),
            }
        }
        Ok(0)
    }
}
