//! LZMA (one) on lzma-rust2: a raw stream without end marker, as 7z's method 0x30101 stores it.
//!
//! One stream is one chain of states, so it is encoded from start to end by one thread at a time.

use std::io::{self, Write};

use lzma_rust2::{EncodeMode, LzmaOptions, LzmaWriter, MfType, MicroLzmaEncoder};

use super::Monitor;

/// Literal context bits 3, literal position bits 0, position bits 2: 7-Zip's defaults, as the properties' first byte.
const PROPERTIES_BYTE: u8 = 93;

/// Largest block whose encoder is kept by [`SmallEncoder`], in bytes.
pub const SMALL_MAX: usize = 1 << 20;

/// Level and dictionary.
#[derive(Debug, Clone)]
pub struct Params {
    level: u32,
    dictionary: u32,
}

impl Params {
    /// `level` 1 to 9, `dictionary` in bytes, 4 KiB at least.
    pub fn new(level: u32, dictionary: u32) -> Self {
        Self { level, dictionary: dictionary.max(4096) }
    }

    /// Peak memory in bytes of one stream of `size` bytes.
    pub fn stream_bytes(&self, size: u64) -> u64 {
        u64::from(self.options(size).get_memory_usage()) * 1024
    }

    /// As 7-Zip's levels: hash chains and a fast parser below 5, binary trees and the optimal parser from there.
    /// Tables are made for no more than `size` bytes.
    fn options(&self, size: u64) -> LzmaOptions {
        let (mode, finder, nice_length) = match self.level {
            0..=4 => (EncodeMode::Fast, MfType::Hc4, 32),
            5 | 6 => (EncodeMode::Normal, MfType::Bt4, 32),
            _ => (EncodeMode::Normal, MfType::Bt4, 64),
        };
        let dictionary = size.clamp(4096, u64::from(self.dictionary)) as u32;
        LzmaOptions::new(dictionary, 3, 0, 2, mode, nice_length, finder, 0)
    }
}

/// The coder properties of an LZMA stream: one byte for lc, lp, pb, then the dictionary size in bytes.
pub fn properties(dictionary: u32) -> Vec<u8> {
    let [a, b, c, d] = dictionary.to_le_bytes();
    vec![PROPERTIES_BYTE, a, b, c, d]
}

/// One LZMA stream being encoded.
pub struct Stream {
    writer: LzmaWriter<Vec<u8>>,
}

impl Stream {
    /// A new stream of at most `size` bytes (`u64::MAX`: unknown).
    ///
    /// # Errors
    /// None in practice: the parameters are always valid.
    pub fn new(params: &Params, size: u64) -> io::Result<Self> {
        Ok(Self { writer: LzmaWriter::new_no_header(Vec::new(), &params.options(size), false)? })
    }

    /// Encodes `data` and appends what is ready to `out`. Returns early, with the stream unusable, once `monitor` stops.
    ///
    /// # Errors
    /// None in practice: the stream is written to memory.
    pub fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()> {
        for chunk in data.chunks(16 << 10) {
            if monitor.stopped() {
                break;
            }
            self.writer.write_all(chunk)?;
            monitor.add_encoded(chunk.len() as u64);
        }
        out.append(self.writer.inner_mut());
        Ok(())
    }

    /// Ends the stream and appends its last bytes to `out`.
    ///
    /// # Errors
    /// None in practice: the stream is written to memory.
    pub fn finish(self, out: &mut Vec<u8>) -> io::Result<()> {
        out.append(&mut self.writer.finish()?);
        Ok(())
    }
}

/// A pooled encoder of small streams: its tables are reused and never cleared as a whole.
#[derive(Default)]
pub struct SmallEncoder {
    /// The encoder with its level and dictionary; replaced when an input needs larger tables.
    encoder: Option<(u32, u32, MicroLzmaEncoder)>,
    packed: Vec<u8>,
}

impl SmallEncoder {
    /// Encodes the whole of `input` (1 to [`SMALL_MAX`] bytes) as one stream, appended to `out`, of fewer than
    /// `limit` bytes. Answers `false`, with nothing appended, where it would be that long.
    ///
    /// # Errors
    /// None in practice: the parameters are always valid.
    pub fn encode(&mut self, params: &Params, input: &[u8], limit: usize, out: &mut Vec<u8>) -> io::Result<bool> {
        // A power of two, so that one set of tables serves many lengths.
        let dictionary = (input.len() as u32).next_power_of_two().clamp(4096, params.dictionary);
        let encoder = match &mut self.encoder {
            Some((level, size, encoder)) if *level == params.level && *size >= dictionary => encoder,
            slot => {
                let encoder = MicroLzmaEncoder::new(&Params::new(params.level, dictionary).options(u64::MAX))?;
                &mut slot.insert((params.level, dictionary, encoder)).2
            }
        };
        // MicroLZMA is raw LZMA whose first byte, always 0, is replaced by the inverted properties.
        self.packed.resize(limit.max(5), 0);
        let (used, written) = encoder.compress_prefix(input, &mut self.packed)?;
        if used < input.len() || written >= limit {
            return Ok(false);
        }
        self.packed[0] = 0;
        out.extend_from_slice(&self.packed[..written]);
        Ok(true)
    }
}
