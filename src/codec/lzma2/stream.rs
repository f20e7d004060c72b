//! LZMA (one): a stream without chunks, whose state goes on from the first byte to the last.
//!
//! It is encoded piece after piece, each with a match table of its own that knows the end of what came before.

use super::candidates::{Matches, Source};
use super::chains::Chains;
use super::chooser::Chooser;
use super::memory::prefer_huge_pages;
use super::model::{MAX_LITERAL_CONTEXT_BITS, POSITION_STATES};
use super::params::Params;
use super::properties::Properties;
use super::raw::StreamWriter;
use super::table::{FinderScratch, MatchTable};
use crate::codec::Monitor;

/// New bytes of a piece, at least: a smaller dictionary needs no smaller ones.
const LEAST_PIECE: usize = 64 << 10;
/// And at most, so that positions in a window fit 31 bits.
const MOST_PIECE: usize = 512 << 20;
/// Up to this dictionary a window fits a core's cache, and chains know more of it than tables.
const SMALL_DICTIONARY: u32 = 256 << 10;
/// Room for what a window of no history rounds up.
const ROUNDING: u64 = 4096;

/// Encodes streams of LZMA, one after the other, without header and end marker. The bytes depend on the parameters and on
/// how the input is cut into calls, not on what was encoded before.
pub struct LzmaEncoder {
    params: Params,
    properties: Properties,
    /// History and the bytes of the piece.
    window: Vec<u8>,
    table: MatchTable,
    finder: FinderScratch,
    chains: Chains,
    chooser: Chooser,
    writer: StreamWriter,
}

impl LzmaEncoder {
    /// An encoder at the beginning of a stream. `lc`, `lp` and `pb` are the numbers of bits of the byte before and of the
    /// position that select contexts: `lc` + `lp` up to 4, `lp` and `pb` up to 3.
    ///
    /// `params` are those of a level above 0.
    pub fn new(params: &Params, (lc, lp, pb): (u8, u8, u8)) -> Self {
        assert!(params.compresses(), "LZMA has no way to store");
        let mut encoder = Self {
            params: params.clone(),
            properties: Properties::new(lc, lp, pb),
            window: Vec::new(),
            table: MatchTable::default(),
            finder: FinderScratch::default(),
            chains: Chains::default(),
            chooser: Chooser::default(),
            writer: StreamWriter::default(),
        };
        encoder.begin();
        encoder
    }

    /// New bytes that are encoded together: what [`LzmaEncoder::encode`] is best given at once.
    pub fn piece(params: &Params) -> usize {
        (params.dictionary() as usize).clamp(LEAST_PIECE, MOST_PIECE)
    }

    /// Memory of an encoder for a stream of `size` bytes (`u64::MAX`: any number).
    pub fn bytes(params: &Params, size: u64) -> u64 {
        let piece = size.min(Self::piece(params) as u64);
        let history = (size - piece).min(u64::from(params.dictionary()));
        let window = (history + piece) as usize;
        if Self::is_small(params) {
            return window as u64 + params.small_bytes(window as u64) + ROUNDING;
        }
        let table = params.table_bytes(piece as usize) + params.parts_bytes(window);
        window as u64 + table + params.worker_bytes(0) + ROUNDING
    }

    /// Memory of an encoder that is given small inputs only, of up to `small` bytes.
    pub fn small_bytes(params: &Params, small: u64) -> u64 {
        params.small_bytes(small)
    }

    /// Whether windows are small.
    fn is_small(params: &Params) -> bool {
        params.dictionary() <= SMALL_DICTIONARY
    }

    /// Begins a new stream.
    fn begin(&mut self) {
        self.window.clear();
        self.writer.begin(self.properties);
        self.chooser.begin();
    }

    /// Encodes `data`, the stream's next bytes, and appends to `out` what is ready. Returns early when `monitor` says so;
    /// the stream is then of no use.
    pub fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) {
        for piece in data.chunks(Self::piece(&self.params)) {
            if monitor.stopped() {
                return;
            }
            let history = self.slide();
            if self.window.capacity() < history + piece.len() {
                self.window.reserve_exact(piece.len());
                prefer_huge_pages(self.window.spare_capacity_mut());
            }
            self.window.extend_from_slice(piece);
            let matches = if Self::is_small(&self.params) {
                self.chains.prepare(&self.window);
                Matches::Chains(&self.chains, self.params.links())
            } else if self.params.uses_table() {
                self.table.begin(&self.params, self.window.len(), history);
                self.table.fill(&self.window, &mut self.finder, monitor);
                Matches::Table(&self.table)
            } else {
                Matches::Latest
            };
            let source = Source {
                window: &self.window,
                matches,
                floor: 0,
                end: self.window.len(),
                dictionary: self.params.dictionary() as usize,
            };
            self.chooser.write(&self.params, &source, &mut self.writer, monitor, out);
        }
    }

    /// Leaves only the history in the window; answers how long it is. Half a dictionary at every level: a longer one costs
    /// more time than it gives. But the bytes at the last distances have to be there.
    fn slide(&mut self) -> usize {
        let history = (self.params.dictionary() as usize / 2).max(self.writer.reach());
        let gone = self.window.len().saturating_sub(history) / POSITION_STATES * POSITION_STATES;
        self.window.drain(..gone);
        self.writer.slide(gone);
        self.window.len()
    }

    /// Ends the stream, appends its last bytes to `out` and begins a new one.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.writer.end(out);
        self.begin();
    }

    /// At the beginning of a stream: encodes the whole of `input` as one, appended to `out`. The cost is proportional to the
    /// input, which had better fit a core's cache: see [`encode_small`](super::encode_small). Returns early when `monitor`
    /// says so; `out` is then incomplete.
    pub fn encode_small(&mut self, input: &[u8], monitor: &Monitor, out: &mut Vec<u8>) {
        if self.params.links() > 0 {
            self.chains.prepare(input);
        }
        let source = Source {
            window: input,
            matches: Matches::Chains(&self.chains, self.params.links()),
            floor: 0,
            end: input.len(),
            dictionary: self.params.dictionary() as usize,
        };
        self.chooser.write(&self.params, &source, &mut self.writer, monitor, out);
        self.finish(out);
    }
}

const _: () = assert!(MAX_LITERAL_CONTEXT_BITS == 4 && POSITION_STATES == 8, "as documented");
