//! What a level means.

use super::model::MAX_MATCH;
use super::recent::Recent;
use super::table::FinderScratch;

/// How symbols are chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Parser {
    /// Nothing is compressed.
    Store,
    /// The longest match at once.
    Greedy,
    /// The longest match, unless the next position has a better one.
    Lazy,
    /// The cheapest way through a stretch of symbols.
    Optimal,
}

/// Settings of an encoder.
///
/// | level | parser  | nice length |
/// |-------|---------|-------------|
/// | 0     | none: stored | |
/// | 1     | greedy  | 32  |
/// | 2     | lazy    | 32  |
/// | 3     | lazy    | 64  |
/// | 4     | lazy    | 128 |
/// | 5     | optimal | 32  |
/// | 6     | optimal | 48  |
/// | 7     | optimal | 64  |
/// | 8     | optimal | 128 |
/// | 9     | optimal | 273 |
#[derive(Clone, Debug)]
pub struct Params {
    dictionary: u32,
    property: u8,
    parser: Parser,
    nice: usize,
}

impl Params {
    /// Settings of `level` (0 to 9; more is 9) with a dictionary of at least `dictionary` bytes: the size is rounded up
    /// to the next one that LZMA2 can name (2^n or 3 * 2^n, from 4 KiB to 1.5 GiB).
    pub fn new(level: u32, dictionary: u32) -> Self {
        // A window is below 2 GiB, so more than 1.5 GiB would be of no use.
        let property = (0..=37u8).find(|&property| size_of_property(property) >= u64::from(dictionary)).unwrap_or(37);
        let (parser, nice) = match level {
            0 => (Parser::Store, 0),
            1 => (Parser::Greedy, 32),
            2 => (Parser::Lazy, 32),
            3 => (Parser::Lazy, 64),
            4 => (Parser::Lazy, 128),
            5 => (Parser::Optimal, 32),
            6 => (Parser::Optimal, 48),
            7 => (Parser::Optimal, 64),
            8 => (Parser::Optimal, 128),
            _ => (Parser::Optimal, MAX_MATCH),
        };
        Self { dictionary: size_of_property(property) as u32, property, parser, nice }
    }

    /// Bytes that a match may reach back.
    pub fn dictionary(&self) -> u32 {
        self.dictionary
    }

    /// LZMA2's properties byte: the size of the dictionary.
    pub fn dictionary_property(&self) -> u8 {
        self.property
    }

    /// Memory of the [`MatchTable`](super::MatchTable) of a window of `window` bytes, all of them new.
    pub fn table_bytes(&self, window: usize) -> u64 {
        if self.uses_table() { 12 * window as u64 + (4 << 16) } else { 0 }
    }

    /// Memory of one worker: an [`EncoderScratch`](super::EncoderScratch) and a [`FinderScratch`].
    pub fn worker_bytes(&self) -> u64 {
        match self.parser {
            Parser::Store => 0,
            _ => Recent::BYTES + FinderScratch::BYTES + (1 << 20),
        }
    }

    pub(super) fn parser(&self) -> Parser {
        self.parser
    }

    /// Matches of this length are taken without looking further.
    pub(super) fn nice(&self) -> usize {
        self.nice
    }

    /// Whether the encoder asks a match table at all.
    pub(super) fn uses_table(&self) -> bool {
        self.parser != Parser::Store
    }
}

fn size_of_property(property: u8) -> u64 {
    (2 | u64::from(property & 1)) << (property / 2 + 11)
}
