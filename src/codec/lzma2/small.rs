//! Inputs that are one window and one slice: small files, each a block of its own.

use super::candidates::Matches;
use super::params::Params;
use super::slice::{EncoderScratch, encode};
use crate::codec::Monitor;

/// Encodes a whole input as one LZMA2 stream, end marker included, appended to `out`.
///
/// The cost is proportional to the input: nothing of the size of the dictionary is cleared or allocated. Returns early
/// when `monitor` says so; `out` is then incomplete. For inputs that fit a core's cache: a larger one takes no less
/// time a byte than it would as a slice with a match table, and comes out larger.
pub fn encode_small(params: &Params, input: &[u8], scratch: &mut EncoderScratch, monitor: &Monitor, out: &mut Vec<u8>) {
    // Out of the scratch as long as the rest of it is in use.
    let mut chains = std::mem::take(&mut scratch.chains);
    if params.links() > 0 {
        chains.prepare(input);
    }
    let matches = Matches::Chains(&chains, params.links());
    encode(params, matches, input, 0..input.len(), true, scratch, monitor, out);
    scratch.chains = chains;
    out.push(END);
}

/// The end marker of an LZMA2 stream.
const END: u8 = 0;
