//! LZMA (one) on lzma-rust2: a raw stream without end marker, as 7z's method 0x30101 stores it.
//!
//! One stream is one chain of states, so it is encoded from start to end by one thread at a time.

use std::io::{self, Write};
use std::sync::Arc;

use lzma_rust2::{EncodeMode, LzmaOptions, LzmaWriter, MfType, MicroLzmaEncoder};

use super::Monitor;
use super::stream::{self, StreamEncoder, StreamMethod};

/// 7-Zip's method id.
pub const ID: u64 = 0x30101;

/// Literal context bits and literal position bits, 7-Zip's defaults.
const LITERAL_BITS: (u32, u32) = (3, 0);
/// Position bits.
const POSITION_BITS: u32 = 2;

/// No smaller dictionary is named: the headers of thousands of small blocks then look alike, and shrink.
const SMALLEST_DICTIONARY: u64 = 64 << 10;

/// Level, dictionary and nice length.
#[derive(Debug, Clone)]
pub struct Params {
    level: u32,
    dictionary: u32,
    nice_length: u32,
    /// Bits of context and of position that a literal's probabilities depend on.
    literal_bits: (u32, u32),
}

impl Params {
    /// `level` 1 to 9, `dictionary` in bytes, 4 KiB at least.
    pub fn new(level: u32, dictionary: u32) -> Self {
        let nice_length = if level < 7 { 32 } else { 64 };
        Self { level, dictionary: dictionary.max(4096), nice_length, literal_bits: LITERAL_BITS }
    }

    /// The same with matches of `length` bytes (8 to 273, brought into that range) taken without looking further.
    pub fn with_nice_length(self, length: u32) -> Self {
        Self { nice_length: length.clamp(8, 273), ..self }
    }

    /// The same with a literal's probabilities by so many bits of the byte before it and of its position; up to 4 of both
    /// together.
    pub fn with_literal_bits(self, context: u32, position: u32) -> Self {
        Self { literal_bits: (context, position), ..self }
    }

    /// As 7-Zip's levels: hash chains and a fast parser below 5, binary trees and the optimal parser from there.
    /// Tables are made for no more than `size` bytes.
    fn options(&self, size: u64) -> LzmaOptions {
        let (mode, finder) = match self.level {
            0..=4 => (EncodeMode::Fast, MfType::Hc4),
            _ => (EncodeMode::Normal, MfType::Bt4),
        };
        let dictionary = size.clamp(4096, u64::from(self.dictionary)) as u32;
        let (context, position) = self.literal_bits;
        LzmaOptions::new(dictionary, context, position, POSITION_BITS, mode, self.nice_length, finder, 0)
    }
}

/// The coder properties of an LZMA stream of `size` bytes: one byte for lc, lp, pb, then the dictionary size in bytes;
/// no more than the stream can use, so that readers need no more memory than that.
fn properties((context, position): (u32, u32), dictionary: u32, size: u64) -> Vec<u8> {
    let needed = size.next_power_of_two().clamp(SMALLEST_DICTIONARY, u64::from(u32::MAX)) as u32;
    let [a, b, c, d] = dictionary.min(needed).to_le_bytes();
    vec![(context + 9 * (position + 5 * POSITION_BITS)) as u8, a, b, c, d]
}

impl StreamMethod for Params {
    fn id(&self) -> u64 {
        ID
    }

    fn properties(&self, _: u64, size: u64) -> Vec<u8> {
        properties(self.literal_bits, self.dictionary, size)
    }

    fn dictionary(&self) -> u64 {
        u64::from(self.dictionary)
    }

    fn stream(&self, size: u64) -> io::Result<Box<dyn StreamEncoder>> {
        Ok(Box::new(Stream::new(self, size)?))
    }

    fn stream_bytes(&self, size: u64) -> u64 {
        u64::from(self.options(size).get_memory_usage()) * 1024
    }

    fn small(self: Arc<Self>) -> Box<dyn stream::SmallEncoder> {
        Box::new(SmallEncoder { params: self, encoder: None, packed: Vec::new() })
    }
}

/// One LZMA stream being encoded.
pub struct Stream {
    /// `None` once the stream is ended.
    writer: Option<LzmaWriter<Vec<u8>>>,
}

impl Stream {
    /// A new stream of at most `size` bytes (`u64::MAX`: unknown).
    ///
    /// # Errors
    /// None in practice: the parameters are always valid.
    pub fn new(params: &Params, size: u64) -> io::Result<Self> {
        Ok(Self { writer: Some(LzmaWriter::new_no_header(Vec::new(), &params.options(size), false)?) })
    }
}

impl StreamEncoder for Stream {
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        stream::in_chunks(data, monitor, |chunk| writer.write_all(chunk))?;
        out.append(writer.inner_mut());
        Ok(())
    }

    fn finish(&mut self, _: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        if let Some(writer) = self.writer.take() {
            out.append(&mut writer.finish()?);
        }
        Ok(())
    }
}

/// A pooled encoder of small streams: its tables are reused and never cleared as a whole.
struct SmallEncoder {
    params: Arc<Params>,
    /// The encoder with its dictionary; replaced when an input needs larger tables.
    encoder: Option<(u32, MicroLzmaEncoder)>,
    packed: Vec<u8>,
}

impl stream::SmallEncoder for SmallEncoder {
    fn encode(&mut self, input: &[u8], limit: usize, monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<bool> {
        // A power of two, so that one set of tables serves many lengths.
        let dictionary = (input.len() as u32).next_power_of_two().clamp(4096, self.params.dictionary);
        let encoder = match &mut self.encoder {
            Some((size, encoder)) if *size >= dictionary => encoder,
            slot => {
                let params = Params { dictionary, ..Params::clone(&self.params) };
                let encoder = MicroLzmaEncoder::new(&params.options(u64::MAX))?;
                &mut slot.insert((dictionary, encoder)).1
            }
        };
        // MicroLZMA is raw LZMA whose first byte, always 0, is replaced by the inverted properties.
        self.packed.resize(limit.max(5), 0);
        let (used, written) = encoder.compress_prefix(input, &mut self.packed)?;
        monitor.add_encoded(input.len() as u64);
        if used < input.len() || written >= limit {
            return Ok(false);
        }
        self.packed[0] = 0;
        out.extend_from_slice(&self.packed[..written]);
        Ok(true)
    }
}
