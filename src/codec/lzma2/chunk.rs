//! LZMA2 chunks: symbols in, chunk headers and packed bytes out.

use super::model::MAX_MATCH;
use super::properties::Properties;
use super::symbols::{Symbol, SymbolEncoder};
use super::writer::{Writer, Written};

/// A chunk's header has 21 bits for its unpacked size - 1.
const MAX_UNPACKED: usize = 1 << 21;
/// And 16 bits for its packed size - 1.
const MAX_PACKED: usize = 1 << 16;
/// More than one symbol can add to the packed bytes.
const SYMBOL_MARGIN: usize = 32;
/// A stored chunk has 16 bits for its size - 1.
const MAX_STORED: usize = 1 << 16;

/// What the next LZMA chunk has to tell the decoder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Announce {
    Nothing,
    StateReset,
    Properties,
}

/// Encodes symbols, and writes a chunk whenever one is full.
pub(super) struct ChunkWriter {
    symbols: SymbolEncoder,
    /// Where the open chunk begins in the window.
    start: usize,
    /// The end of what was encoded.
    position: usize,
    /// Position 0 of the stream since the dictionary reset, in the window; only its lowest bits matter.
    origin: usize,
    announce: Announce,
    /// The next chunk, of either kind, resets the dictionary.
    dictionary_reset: bool,
}

impl Default for ChunkWriter {
    fn default() -> Self {
        Self {
            symbols: SymbolEncoder::new(),
            start: 0,
            position: 0,
            origin: 0,
            announce: Announce::Properties,
            dictionary_reset: false,
        }
    }
}

impl ChunkWriter {
    /// Begins a run of chunks at `position`.
    pub(super) fn begin(&mut self, position: usize, dictionary_reset: bool, properties: Properties) {
        self.symbols.reset();
        self.symbols.properties = properties;
        self.symbols.coder.start();
        self.start = position;
        self.position = position;
        self.origin = if dictionary_reset { position } else { 0 };
        self.announce = Announce::Properties;
        self.dictionary_reset = dictionary_reset;
    }

    fn store(&mut self, window: &[u8], out: &mut Vec<u8>) {
        store(&window[self.start..self.position], self.dictionary_reset, out);
        self.dictionary_reset = false;
        // The decoder knows nothing of what the model learned from these bytes.
        if self.announce == Announce::Nothing {
            self.announce = Announce::StateReset;
        }
        self.start = self.position;
        self.symbols.reset();
        self.symbols.coder.start();
    }
}

impl Writer for ChunkWriter {
    fn encoder(&self) -> &SymbolEncoder {
        &self.symbols
    }

    fn position(&self) -> usize {
        self.position
    }

    #[inline(always)]
    fn origin(&self) -> usize {
        self.origin
    }

    #[inline(always)]
    fn full(&self) -> bool {
        self.symbols.coder.pending() > MAX_PACKED - SYMBOL_MARGIN
            || self.position - self.start > MAX_UNPACKED - MAX_MATCH
    }

    #[inline(always)]
    fn push_literal(&mut self, window: &[u8]) {
        self.symbols.encode_literal(window, self.position, self.origin);
        self.position += 1;
    }

    #[inline(always)]
    fn push_match(&mut self, symbol: Symbol) {
        self.symbols.encode_match(self.position, self.origin, symbol);
        self.position += symbol.length as usize;
    }

    /// Finishes the open chunk, if it has any bytes, and appends it to `out`.
    fn deliver(&mut self, window: &[u8], out: &mut Vec<u8>) -> Written {
        let unpacked = self.position - self.start;
        if unpacked == 0 {
            return Written::Packed;
        }
        let properties = usize::from(self.announce == Announce::Properties);
        // Headers count: 5 or 6 bytes against 3 for every stored chunk.
        let stored = unpacked + 3 * unpacked.div_ceil(MAX_STORED);
        if self.symbols.coder.pending() + 5 + properties >= stored {
            self.store(window, out);
            return Written::Stored;
        }
        let reset = match self.announce {
            Announce::Nothing => 0,
            Announce::StateReset => 1,
            Announce::Properties if self.dictionary_reset => 3,
            Announce::Properties => 2,
        };
        let (unpacked, size) = (unpacked - 1, self.symbols.coder.pending() - 1);
        out.push(0x80 | reset << 5 | (unpacked >> 16) as u8);
        out.extend_from_slice(&(unpacked as u16).to_be_bytes());
        out.extend_from_slice(&(size as u16).to_be_bytes());
        if properties != 0 {
            out.push(self.symbols.properties.byte());
        }
        self.symbols.coder.finish(out);
        self.announce = Announce::Nothing;
        self.dictionary_reset = false;
        self.start = self.position;
        self.symbols.coder.start();
        Written::Packed
    }
}

/// Appends `bytes` to `out` as stored chunks.
pub(super) fn store(bytes: &[u8], dictionary_reset: bool, out: &mut Vec<u8>) {
    let mut control = if dictionary_reset { 1 } else { 2 };
    for part in bytes.chunks(MAX_STORED) {
        out.push(control);
        out.extend_from_slice(&((part.len() - 1) as u16).to_be_bytes());
        out.extend_from_slice(part);
        control = 2;
    }
}
