//! One stream of LZMA: symbols in, the range encoder's bytes out, without headers and without end marker.

use super::model::POSITION_STATES;
use super::properties::Properties;
use super::symbols::{Symbol, SymbolEncoder};
use super::writer::{Writer, Written};

/// Bytes that are collected before they are passed on.
const DELIVERY: usize = 1 << 16;

/// Encodes symbols as one stream, whose state never ends.
pub(super) struct StreamWriter {
    symbols: SymbolEncoder,
    /// The end of what was encoded, in the window.
    position: usize,
}

impl Default for StreamWriter {
    fn default() -> Self {
        Self { symbols: SymbolEncoder::new(), position: 0 }
    }
}

impl StreamWriter {
    /// Begins a stream at the first byte of a window.
    pub(super) fn begin(&mut self, properties: Properties) {
        self.symbols.reset();
        self.symbols.properties = properties;
        self.symbols.coder.start();
        self.position = 0;
    }

    /// The window's first `bytes` bytes are gone, but not all: a multiple of [`POSITION_STATES`], since contexts depend on positions.
    pub(super) fn slide(&mut self, bytes: usize) {
        debug_assert!(bytes.is_multiple_of(POSITION_STATES) && (bytes == 0 || bytes < self.position));
        self.position -= bytes;
    }

    /// Bytes before the next one that the state refers to.
    pub(super) fn reach(&self) -> usize {
        self.symbols.distances.iter().map(|&distance| distance as usize + 1).max().unwrap_or(0)
    }

    /// Ends the stream and appends its last bytes to `out`.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        self.symbols.coder.finish(out);
    }
}

impl Writer for StreamWriter {
    fn encoder(&self) -> &SymbolEncoder {
        &self.symbols
    }

    fn position(&self) -> usize {
        self.position
    }

    #[inline(always)]
    fn origin(&self) -> usize {
        0
    }

    #[inline(always)]
    fn full(&self) -> bool {
        self.symbols.coder.pending() > DELIVERY
    }

    #[inline(always)]
    fn push_literal(&mut self, window: &[u8]) {
        self.symbols.encode_literal(window, self.position, 0);
        self.position += 1;
    }

    #[inline(always)]
    fn push_match(&mut self, symbol: Symbol) {
        self.symbols.encode_match(self.position, 0, symbol);
        self.position += symbol.length as usize;
    }

    fn deliver(&mut self, _: &[u8], out: &mut Vec<u8>) -> Written {
        self.symbols.coder.take_settled(out);
        Written::Packed
    }
}
