//! LZMA2 encoding on lzma-rust2: a slice is primed with what precedes it and begins with a state reset only.

use std::io::{self, Write};
use std::ops::Range;

use lzma_rust2::{EncodeMode, Lzma2Options, Lzma2Writer, LzmaOptions, MfType, MicroLzmaEncoder};

use super::Monitor;

pub struct Params {
    level: u32,
    dictionary: u32,
}

const PRIME: usize = 256 << 10;

impl Params {
    pub fn new(level: u32, dictionary: u32) -> Self {
        Self { level, dictionary }
    }
    pub fn dictionary(&self) -> u32 {
        self.dictionary
    }
    pub fn table_bytes(&self, _window: usize) -> u64 {
        0
    }
    pub fn worker_bytes(&self) -> u64 {
        u64::from(self.options(self.dictionary.min(9 << 20)).get_memory_usage()) << 10
    }
    fn options(&self, dictionary: u32) -> LzmaOptions {
        let (mode, mf, nice) = match self.level {
            0..=4 => (EncodeMode::Fast, MfType::Hc4, 32),
            5 | 6 => (EncodeMode::Normal, MfType::Bt4, 32),
            _ => (EncodeMode::Normal, MfType::Bt4, 64),
        };
        LzmaOptions::new(dictionary.max(4096), 3, 0, 2, mode, nice, mf, 0)
    }
}

pub struct MatchTable;

#[derive(Default)]
pub struct FinderScratch;
#[derive(Default)]
pub struct EncoderScratch;
#[derive(Default)]
pub struct SmallScratch {
    micro: Option<(u32, u32, MicroLzmaEncoder)>,
    out: Vec<u8>,
}

impl MatchTable {
    pub fn new(_: &Params, _: &[u8], _: usize, _: &Monitor) -> Self {
        Self
    }
    pub fn parts(&self) -> usize {
        0
    }
    pub fn refine(&self, _: usize, _: &[u8], _: &mut FinderScratch, _: &Monitor) {}
}

#[allow(clippy::too_many_arguments)]
pub fn encode_slice(
    params: &Params,
    _: &MatchTable,
    window: &[u8],
    range: Range<usize>,
    dictionary_reset: bool,
    _: &mut EncoderScratch,
    monitor: &Monitor,
    out: &mut Vec<u8>,
) {
    let from = if dictionary_reset { range.start } else { range.start.saturating_sub(PRIME) };
    let mut options = params.options(((range.end - from) as u32).min(params.dictionary));
    if !dictionary_reset {
        options.preset_dict = Some(window[from..range.start].to_vec());
    }
    let result = (|| -> io::Result<()> {
        let mut writer = Lzma2Writer::new(&mut *out, Lzma2Options { lzma_options: options, chunk_size: None });
        for chunk in window[range].chunks(64 << 10) {
            if monitor.stopped() {
                return Ok(());
            }
            writer.write_all(chunk)?;
            monitor.add_encoded(chunk.len() as u64);
        }
        writer.finish()?;
        Ok(())
    })();
    if let Err(error) = result {
        panic!("LZMA2 encoder: {error}");
    }
    if !monitor.stopped() {
        out.pop();
    }
}

pub fn encode_small(params: &Params, input: &[u8], scratch: &mut SmallScratch, monitor: &Monitor, out: &mut Vec<u8>) {
    if input.len() <= 1 << 20 && !input.is_empty() {
        let dictionary = (input.len() as u32).next_power_of_two().max(4096);
        if scratch.micro.as_ref().is_none_or(|m| m.0 != params.level || m.1 < dictionary || m.1 > dictionary * 16) {
            let encoder = MicroLzmaEncoder::new(&params.options(dictionary)).expect("valid options");
            scratch.micro = Some((params.level, dictionary, encoder));
        }
        scratch.out.resize(1 << 16, 0);
        if let Some((.., encoder)) = &mut scratch.micro {
            let (used, written) = encoder.compress_prefix(input, &mut scratch.out).expect("output is large enough");
            if used == input.len() && written < used {
                scratch.out[0] = 0;
                let (u, p) = (used - 1, written - 1);
                out.extend([0xE0 | (u >> 16) as u8, (u >> 8) as u8, u as u8, (p >> 8) as u8, p as u8, 93]);
                out.extend_from_slice(&scratch.out[..written]);
                out.push(0);
                monitor.add_encoded(input.len() as u64);
                return;
            }
        }
    }
    encode_slice(params, &MatchTable, input, 0..input.len(), true, &mut EncoderScratch, monitor, out);
    out.push(0);
}
