//! LZMA (one): a raw stream without end marker, as 7z's method 0x30101 stores it, with the parts of [`lzma2`].
//!
//! One stream is one chain of states, so it is encoded from start to end by one thread at a time.

use std::io;
use std::sync::Arc;

use super::stream::{self, StreamEncoder, StreamMethod};
use super::{Monitor, lzma2};

/// 7-Zip's method id.
pub const ID: u64 = 0x30101;

/// Literal context bits and literal position bits, 7-Zip's defaults.
const LITERAL_BITS: (u8, u8) = (3, 0);
/// Position bits.
const POSITION_BITS: u8 = 2;

/// No smaller dictionary is named: the headers of thousands of small blocks then look alike, and shrink.
const SMALLEST_DICTIONARY: u64 = 64 << 10;

/// Level, dictionary and nice length.
#[derive(Debug, Clone)]
pub struct Params {
    encoder: lzma2::Params,
    /// Bits of context and of position that a literal's probabilities depend on.
    literal_bits: (u8, u8),
}

impl Params {
    /// `level` 1 to 9, with the meaning and the nice length that it has for LZMA2; `dictionary` in bytes, rounded up to the
    /// next size that LZMA2 can name: 4 KiB at least.
    pub fn new(level: u32, dictionary: u32) -> Self {
        Self { encoder: lzma2::Params::new(level.max(1), dictionary), literal_bits: LITERAL_BITS }
    }

    /// The same with matches of `length` bytes (5 to 273, brought into that range) taken without looking further.
    pub fn with_nice_length(self, length: u32) -> Self {
        Self { encoder: self.encoder.with_nice_length(length), ..self }
    }

    /// The same with a literal's probabilities by so many bits of the byte before it and of its position; up to 4 of both
    /// together, up to 3 of the position.
    pub fn with_literal_bits(self, context: u8, position: u8) -> Self {
        Self { literal_bits: (context, position), ..self }
    }

    /// The same with more time spent on data in words: see [`lzma2::Params::with_every_node`].
    pub fn with_every_node(self) -> Self {
        Self { encoder: self.encoder.with_every_node(), ..self }
    }

    fn new_encoder(&self) -> lzma2::LzmaEncoder {
        let (context, position) = self.literal_bits;
        lzma2::LzmaEncoder::new(&self.encoder, (context, position, POSITION_BITS))
    }
}

impl StreamMethod for Params {
    fn id(&self) -> u64 {
        ID
    }

    /// One byte for lc, lp, pb, then the dictionary size in bytes; no more than the stream can use, so that readers need no
    /// more memory than that.
    fn properties(&self, _: u64, size: u64) -> Vec<u8> {
        let (context, position) = self.literal_bits;
        let needed = size.next_power_of_two().clamp(SMALLEST_DICTIONARY, u64::from(u32::MAX)) as u32;
        let [a, b, c, d] = self.encoder.dictionary().min(needed).to_le_bytes();
        vec![context + 9 * (position + 5 * POSITION_BITS), a, b, c, d]
    }

    fn dictionary(&self) -> u64 {
        u64::from(self.encoder.dictionary())
    }

    fn stream(&self, _: u64) -> io::Result<Box<dyn StreamEncoder>> {
        Ok(Box::new(Stream(self.new_encoder())))
    }

    fn stream_bytes(&self, size: u64) -> u64 {
        lzma2::LzmaEncoder::bytes(&self.encoder, size)
    }

    fn small_bytes(&self, size: u64) -> u64 {
        lzma2::LzmaEncoder::small_bytes(&self.encoder, size)
    }

    /// With every piece a match table is made, for the history before it, too.
    fn piece(&self) -> usize {
        lzma2::LzmaEncoder::piece(&self.encoder).max(stream::PIECE)
    }

    fn small(self: Arc<Self>) -> Box<dyn stream::SmallEncoder> {
        Box::new(SmallEncoder(self.new_encoder()))
    }
}

/// One LZMA stream being encoded.
struct Stream(lzma2::LzmaEncoder);

impl StreamEncoder for Stream {
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        self.0.encode(data, monitor, out);
        Ok(())
    }

    fn finish(&mut self, _: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        self.0.finish(out);
        Ok(())
    }
}

/// A pooled encoder of small streams: its tables are reused and never cleared as a whole.
struct SmallEncoder(lzma2::LzmaEncoder);

impl stream::SmallEncoder for SmallEncoder {
    fn encode(&mut self, input: &[u8], limit: usize, monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<bool> {
        let start = out.len();
        self.0.encode_small(input, monitor, out);
        let shrinks = out.len() - start < limit;
        if !shrinks {
            out.truncate(start);
        }
        Ok(shrinks)
    }
}
