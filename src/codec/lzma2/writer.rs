//! Where symbols go: into LZMA2's chunks, or into one stream of LZMA.

use super::symbols::{Symbol, SymbolEncoder};

/// What became of the symbols that were written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Written {
    /// They went out as symbols: the encoder's state continues.
    Packed,
    /// They did not shrink and their bytes were stored: the encoder's state was reset, symbols chosen for the old state are
    /// invalid.
    Stored,
}

/// Encodes symbols one after the other.
pub(super) trait Writer {
    /// What encodes them, in the state after the last one.
    fn encoder(&self) -> &SymbolEncoder;

    /// Where the next symbol's bytes are, in the window.
    fn position(&self) -> usize;

    /// Position 0 of the stream since the dictionary reset, in the window; where that lies before the window, any position
    /// with the same lowest bits.
    fn origin(&self) -> usize;

    /// Whether what was written has to be delivered before another symbol.
    fn full(&self) -> bool;

    /// Encodes a literal.
    fn push_literal(&mut self, window: &[u8]);

    /// Encodes a match or a repeat.
    fn push_match(&mut self, symbol: Symbol);

    /// Encodes a symbol of either kind.
    #[inline(always)]
    fn push(&mut self, window: &[u8], symbol: Symbol) {
        if symbol.code == Symbol::LITERAL {
            self.push_literal(window);
        } else {
            self.push_match(symbol);
        }
    }

    /// Appends to `out` what was written since the last delivery.
    fn deliver(&mut self, window: &[u8], out: &mut Vec<u8>) -> Written;
}
