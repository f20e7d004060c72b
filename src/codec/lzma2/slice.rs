//! A slice: parser and chunk writer, from the first byte to the last.

use std::ops::Range;

use super::candidates::{Candidates, Matches, Source};
use super::chains::Chains;
use super::chunk::{ChunkWriter, Written, store};
use super::lazy::Lazy;
use super::model::slot;
use super::optimal::{Context, Optimal};
use super::params::{Params, Parser};
use super::properties::Properties;
use super::symbols::Symbol;
use super::table::MatchTable;
use crate::codec::Monitor;

/// How far back before a slice short matches are known.
const WARM_UP: usize = 1 << 20;
/// Prices follow the model after so many bytes, ...
const REFRESH_INTERVAL: usize = 1024;
/// ... more often while the model is still new.
const FIRST_REFRESH: usize = 32;
/// Progress is told in such steps.
const PROGRESS_INTERVAL: usize = 64 << 10;

/// Working memory of [`encode_slice`] and [`encode_small`](super::encode_small), reused from slice to slice and input
/// to input. It grows to what the largest small input needed.
pub struct EncoderScratch {
    pub(super) chains: Chains,
    candidates: Candidates,
    optimal: Optimal,
    lazy: Lazy,
    writer: ChunkWriter,
    symbols: Vec<Symbol>,
}

impl Default for EncoderScratch {
    fn default() -> Self {
        Self {
            chains: Chains::default(),
            candidates: Candidates::default(),
            optimal: Optimal::default(),
            lazy: Lazy::default(),
            writer: ChunkWriter::new(),
            symbols: Vec::new(),
        }
    }
}

/// Encodes `window[range]` as LZMA2 chunks, appended to `out`, without the end marker.
///
/// `table` is the completed table of `window`; `range` lies in the window's new bytes.
///
/// With `dictionary_reset` the first chunk resets the dictionary and nothing before `range.start` is referenced.
/// Otherwise it resets the state and sets the properties, and matches reach back to whatever the window holds, within
/// the dictionary. Then there has to be at least one byte of history, and the window has to begin at a multiple of 4
/// from the dictionary reset that precedes it: LZMA's contexts depend on the position's lowest two bits.
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
    let matches = if params.uses_table() { Matches::Table(table) } else { Matches::Recent };
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
    let EncoderScratch { candidates, optimal, lazy, writer, symbols, .. } = scratch;
    let properties = Properties::of(&window[start..end]);
    writer.begin(start, dictionary_reset, properties);
    candidates.begin(&source, start, WARM_UP, params);
    lazy.step_back();
    optimal.begin();
    let nice = params.nice();
    let slots = slot(params.dictionary() - 1) + 1;
    let mut refresh_at = start;
    let mut interval = FIRST_REFRESH;
    let mut told = start;
    while writer.position() < end {
        if monitor.stopped() {
            return;
        }
        let position = writer.position();
        if position - told >= PROGRESS_INTERVAL {
            monitor.add_encoded((position - told) as u64);
            told = position;
        }
        let chosen = if params.parser() == Parser::Optimal {
            if position >= refresh_at {
                optimal.refresh(&writer.symbols, nice, slots);
                refresh_at = position + interval;
                interval = (interval * 2).min(REFRESH_INTERVAL);
            }
            let context =
                Context { source, encoder: &writer.symbols, origin: writer.origin(), nice, skip: params.skip() };
            optimal.parse(&context, candidates, position)
        } else {
            let look_ahead = params.parser() == Parser::Lazy;
            let distances = writer.symbols.distances;
            symbols.clear();
            symbols.push(lazy.parse(&source, candidates, distances, position, nice, look_ahead));
            &symbols[..]
        };
        for &symbol in chosen {
            if writer.full() && writer.finish(window, out) == Written::Stored {
                // The symbols counted on a state that is gone.
                candidates.step_back(&source, writer.position());
                lazy.step_back();
                optimal.begin();
                refresh_at = writer.position();
                break;
            }
            writer.push(window, symbol);
        }
    }
    writer.finish(window, out);
    monitor.add_encoded((end - told) as u64);
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
