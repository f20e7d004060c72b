//! A slice: an independent stretch of a window, as LZMA2 chunks.

use std::ops::Range;

use super::candidates::{Matches, Source};
use super::chains::Chains;
use super::chooser::Chooser;
use super::chunk::{ChunkWriter, store};
use super::params::{Params, Parser};
use super::properties::Properties;
use super::table::MatchTable;
use crate::codec::Monitor;

/// Working memory of [`encode_slice`] and [`encode_small`](super::encode_small), reused from slice to slice and input
/// to input. It grows to what the largest small input needed.
#[derive(Default)]
pub struct EncoderScratch {
    pub(super) chains: Chains,
    chooser: Chooser,
    writer: ChunkWriter,
}

/// Encodes `window[range]` as LZMA2 chunks, appended to `out`, without the end marker.
///
/// `table` is the completed table of `window`; `range` lies in the window's new bytes.
///
/// With `dictionary_reset` the first chunk resets the dictionary and nothing before `range.start` is referenced.
/// Otherwise it resets the state and sets the properties, and matches reach back to whatever the window holds, within
/// the dictionary. Then there has to be at least one byte of history, and the window has to begin at a multiple of 8
/// from the dictionary reset that precedes it: LZMA's contexts depend on the position's lowest three bits.
///
/// Returns early when `monitor` says so; `out` is then incomplete.
#[allow(clippy::too_many_arguments)] // one per thing that a worker has; a struct would only be taken apart again
pub fn encode_slice(
    params: &Params,
    table: &MatchTable,
    window: &[u8],
    range: Range<usize>,
    dictionary_reset: bool,
    scratch: &mut EncoderScratch,
    monitor: &Monitor,
    out: &mut Vec<u8>,
) {
    let matches = if params.uses_table() { Matches::Table(table) } else { Matches::Latest };
    encode(params, matches, window, range, dictionary_reset, scratch, monitor, out);
}

/// As [`encode_slice`], with matches from anywhere.
#[allow(clippy::too_many_arguments)] // as there
pub(super) fn encode(
    params: &Params,
    matches: Matches,
    window: &[u8],
    range: Range<usize>,
    dictionary_reset: bool,
    scratch: &mut EncoderScratch,
    monitor: &Monitor,
    out: &mut Vec<u8>,
) {
    let Range { start, end } = range;
    assert!(start <= end && end <= window.len() && window.len() < 1 << 31, "a slice lies in its window");
    assert!(dictionary_reset || start > 0, "the first slice of a stream has to reset the dictionary");
    if start == end {
        return;
    }
    if params.parser() == Parser::Store {
        store_slice(&window[start..end], dictionary_reset, monitor, out);
        return;
    }
    let source = Source {
        window,
        matches,
        floor: if dictionary_reset { start } else { 0 },
        end,
        dictionary: params.dictionary() as usize,
    };
    let EncoderScratch { chooser, writer, .. } = scratch;
    writer.begin(start, dictionary_reset, Properties::of(&window[start..end]));
    chooser.begin();
    chooser.write(params, &source, writer, monitor, out);
}

/// A slice of stored chunks.
fn store_slice(bytes: &[u8], mut dictionary_reset: bool, monitor: &Monitor, out: &mut Vec<u8>) {
    for part in bytes.chunks(1 << 20) {
        if monitor.stopped() {
            return;
        }
        store(part, dictionary_reset, out);
        dictionary_reset = false;
        monitor.add_encoded(part.len() as u64);
    }
}
