//! Brotli, as the extended 7-Zip (7-Zip ZS) stores it: frames, each a Brotli stream behind a header that says how long
//! it is. Plain 7-Zip does not read it.
//!
//! Header of a frame, little-endian: 32 bits magic, 32 bits 8 (the bytes that follow), 32 bits size of the stream, "BR",
//! 16 bits unpacked size in steps of 64 KiB, rounded up. Readers allocate what the last field says.

use std::io::{self, Write};
use std::sync::Arc;

use ::brotli::CompressorWriter;
use ::brotli::enc::{BrotliEncoderInitParams, BrotliEncoderMaxCompressedSize, BrotliEncoderParams};

use super::Monitor;
use super::stream::{CHUNK, SmallEncoder, StreamEncoder, StreamMethod, Streams, in_chunks};

/// What every frame's header begins with: a skippable frame's magic of other formats.
pub(super) const MAGIC: u32 = 0x184D_2A50;
/// Bytes of a frame's header.
pub(super) const HEADER: usize = 16;
/// New bytes of a frame, at most. Frames know nothing of each other: not less than the largest window.
const FRAME: usize = 16 << 20;
/// What the properties say of the encoder: Brotli's release. Some readers refuse a newer one than their own.
const RELEASE: [u8; 2] = [1, 0];

/// Quality and window.
#[derive(Debug, Clone)]
pub struct Params {
    quality: u32,
    /// Power of two.
    window: u32,
}

impl Params {
    /// `level` 1 to 9; a window of `window` bytes at most (a power of two, 1 KiB to 16 MiB: brought down to one).
    pub fn new(level: u32, window: u32) -> Self {
        let quality = match level {
            0 | 1 => 1,
            2 => 2,
            3 => 4,
            4 => 5,
            5 => 6,
            6 => 7,
            7 => 9,
            8 => 10,
            _ => 11,
        };
        Self { quality, window: window.max(1).ilog2().clamp(10, 24) }
    }

    /// The window in bytes at `level`.
    pub fn default_window(level: u32) -> u64 {
        if level < 7 { 4 << 20 } else { 16 << 20 }
    }

    /// The encoder's settings for a frame of `size` bytes.
    fn encoder(&self, size: usize) -> BrotliEncoderParams {
        let needed = usize::BITS - size.saturating_sub(1).leading_zeros();
        // A window of 2^n is 2^n - 16 bytes.
        let window = self.window.min((needed + 1).max(10));
        BrotliEncoderParams {
            quality: self.quality as i32,
            lgwin: window as i32,
            size_hint: size,
            ..BrotliEncoderInitParams()
        }
    }
}

impl StreamMethod for Params {
    fn id(&self) -> u64 {
        0x4F7_1102
    }

    fn properties(&self, _: u64, _: u64) -> Vec<u8> {
        vec![RELEASE[0], RELEASE[1], self.quality as u8]
    }

    fn dictionary(&self) -> u64 {
        1 << self.window
    }

    fn stream(&self, _: u64) -> io::Result<Box<dyn StreamEncoder>> {
        Ok(Box::new(Stream(self.clone())))
    }

    fn stream_bytes(&self, size: u64) -> u64 {
        let frame = size.min(FRAME as u64);
        let window = 1u64 << self.encoder(frame as usize).lgwin;
        // The encoder's copy of the window, which may grow to twice its size.
        let ring = 3 * window;
        // Hash tables and, at the highest qualities, trees over the window.
        let tables = match self.quality {
            0..=4 => 1 << 20,
            5..=9 => (4u64 << (14 + self.quality)).min(32 * window),
            _ => 8 * window + (1 << 20),
        };
        // Commands and histograms of a metablock.
        ring + tables + (8 << 20).min(8 * frame + (1 << 20))
    }

    fn output_bound(&self, new: usize) -> usize {
        BrotliEncoderMaxCompressedSize(new) + 4096
    }

    fn piece(&self) -> usize {
        FRAME
    }

    fn small(self: Arc<Self>) -> Box<dyn SmallEncoder> {
        Streams::boxed(self)
    }
}

struct Stream(Params);

impl StreamEncoder for Stream {
    /// Makes a frame of `data`. The encoder works on blocks of up to 256 KiB: up to half a second passes between two
    /// looks at the monitor at the highest level.
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        let start = out.len();
        out.extend_from_slice(&[0; HEADER]);
        let mut writer = CompressorWriter::with_params(std::mem::take(out), CHUNK, &self.0.encoder(data.len()));
        in_chunks(data, monitor, |chunk| writer.write_all(chunk))?;
        if monitor.stopped() {
            // Not into_inner, which would encode what is held back.
            return Ok(());
        }
        *out = writer.into_inner();
        let packed = (out.len() - start - HEADER) as u32;
        let steps = data.len().div_ceil(64 << 10) as u16;
        let header = &mut out[start..start + HEADER];
        header[..4].copy_from_slice(&MAGIC.to_le_bytes());
        header[4..8].copy_from_slice(&8u32.to_le_bytes());
        header[8..12].copy_from_slice(&packed.to_le_bytes());
        header[12..14].copy_from_slice(b"BR");
        header[14..].copy_from_slice(&steps.to_le_bytes());
        Ok(())
    }

    fn finish(&mut self, _: &Monitor, _: &mut Vec<u8>) -> io::Result<()> {
        Ok(())
    }
}
