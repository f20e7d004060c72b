//! Inputs that are one window and one slice: small files, each a block of its own.

use super::params::Params;
use super::slice::{EncoderScratch, encode_slice};
use super::table::{FinderScratch, MatchTable};
use crate::codec::Monitor;

/// Working memory of [`encode_small`], reused from input to input. It grows to what the largest input needed.
#[derive(Default)]
pub struct SmallScratch {
    table: MatchTable,
    finder: FinderScratch,
    encoder: EncoderScratch,
}

/// Encodes a whole input as one LZMA2 stream, end marker included, appended to `out`.
///
/// The cost is proportional to the input: nothing of the size of the dictionary is cleared or allocated. Returns early
/// when `monitor` says so; `out` is then incomplete.
pub fn encode_small(params: &Params, input: &[u8], scratch: &mut SmallScratch, monitor: &Monitor, out: &mut Vec<u8>) {
    let SmallScratch { table, finder, encoder } = scratch;
    table.prepare(params, input, 0, monitor);
    for part in 0..table.parts() {
        table.refine(part, input, finder, monitor);
    }
    encode_slice(params, table, input, 0..input.len(), true, encoder, monitor, out);
    out.push(END);
}

/// The end marker of an LZMA2 stream.
const END: u8 = 0;
