//! What a level means.

use super::chains::Chains;
use super::latest::Latest;
use super::model::MAX_MATCH;
use super::parts::Parts;
use super::recent::{Longer, Recent};
use super::table::{FinderScratch, MatchTable};

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

/// The positions whose long matches the match table knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Positions {
    /// There is no table.
    #[default]
    None,
    /// One in three.
    Anchors,
    /// All, whose matches' lengths are known to few rungs only.
    AllCoarsely,
    All,
}

/// Nodes that the optimal parser looks ahead at, to see whether one is worth a look itself.
pub(super) const LOOK_AHEAD: usize = 6;

/// How much more each of the next nodes may cost, in 1/64 bits.
pub(super) type Slack = [u32; LOOK_AHEAD];

/// How closely the optimal parser's tables of prices follow the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refresh {
    /// They are looked at after so many bytes, ...
    pub(super) bytes: usize,
    /// ... and what was used so often since is computed again.
    pub(super) uses: u32,
}

/// Settings of an encoder.
///
/// Level 0 stores. *Positions*: those whose long matches the match table knows, at the other levels the slice's own
/// tables know them. *Nearest*: what those remember beside a match table, by the equal bytes. *Slack*: a node is passed over
/// where one of the next six costs at most so much more, in 1/64 bits. Level 5 has more of it in small windows: 48, 112, 128,
/// 160, 224, 256.
/// *Links*: of a chain, in a small window, which has chains for its long matches at every level. A match table's matches
/// cost nothing to look at, so the nice lengths are above 7-Zip's of the same level: that gives more than looking at more
/// nodes, and takes less.
/// Prices are refreshed every 256 bytes after 8 uses, at levels 8 and 9 every 64 bytes after 4. A piece's history is half a
/// dictionary, at level 9 three quarters.
///
/// | level | parser  | nice length | positions        | nearest | slack                        | links |
/// |-------|---------|-------------|------------------|---------|------------------------------|-------|
/// | 1     | greedy  | 32          |                  |         |                              | 4     |
/// | 2     | lazy    | 32          |                  |         |                              | 4     |
/// | 3     | optimal | 48          |                  |         | 160, 256, 256, 300, 384, 400 | 12    |
/// | 4     | optimal | 64          | anchors          | 8       | 160, 256, 256, 300, 384, 400 | 32    |
/// | 5     | optimal | 80          | anchors          | 5, 7    | 24, 56, 64, 104, 96, 160     | 64    |
/// | 6     | optimal | 112         | all, coarsely    | 5       | 40, 80, 80, 112, 176, 160    | 96    |
/// | 7     | optimal | 112         | all, coarsely    | 5       | 0, 16, 24, 40, 40, 64        | 128   |
/// | 8     | optimal | 160         | all              | 5       | 0, 16, 24, 40, 40, 64        | 192   |
/// | 9     | optimal | 273         | all              | 5, 7    | 0, 12, 16, 24, 24, 40        | 256   |
#[derive(Clone, Debug)]
pub struct Params {
    dictionary: u32,
    property: u8,
    parser: Parser,
    nice: usize,
    positions: Positions,
    nearest: Longer,
    slack: Option<Slack>,
    slack_with_chains: Option<Slack>,
    refresh: Refresh,
    /// In quarters of the dictionary.
    history: u32,
    /// Links of a chain that are followed in a small window.
    links: usize,
}

/// Memory of the parsers, the model and what they write.
const PARSERS_BYTES: u64 = 640 << 10;

/// The most links that any level follows.
pub(super) const MAX_LINKS: usize = 256;

impl Params {
    /// Settings of `level` (0 to 9; more is 9) with a dictionary of at least `dictionary` bytes: the size is rounded up
    /// to the next one that LZMA2 can name (2^n or 3 * 2^n, from 4 KiB to 1.5 GiB).
    pub fn new(level: u32, dictionary: u32) -> Self {
        // A window is below 2 GiB, so more than 1.5 GiB would be of no use.
        let property = (0..=37u8).find(|&property| size_of_property(property) >= u64::from(dictionary)).unwrap_or(37);
        const NONE: Slack = [0; LOOK_AHEAD];
        const MUCH: Slack = [160, 256, 256, 300, 384, 400];
        let (parser, nice, positions, nearest, slack, links) = match level {
            0 => (Parser::Store, 0, Positions::None, Longer::None, NONE, 0),
            1 => (Parser::Greedy, 32, Positions::None, Longer::None, NONE, 4),
            2 => (Parser::Lazy, 32, Positions::None, Longer::None, NONE, 4),
            3 => (Parser::Optimal, 48, Positions::None, Longer::None, MUCH, 12),
            4 => (Parser::Optimal, 64, Positions::Anchors, Longer::Eight, MUCH, 32),
            5 => (Parser::Optimal, 80, Positions::Anchors, Longer::FiveAndSeven, [24, 56, 64, 104, 96, 160], 64),
            6 => (Parser::Optimal, 112, Positions::AllCoarsely, Longer::Five, [40, 80, 80, 112, 176, 160], 96),
            7 => (Parser::Optimal, 112, Positions::AllCoarsely, Longer::Five, [0, 16, 24, 40, 40, 64], 128),
            8 => (Parser::Optimal, 160, Positions::All, Longer::Five, [0, 16, 24, 40, 40, 64], 192),
            _ => (Parser::Optimal, MAX_MATCH, Positions::All, Longer::FiveAndSeven, [0, 12, 16, 24, 24, 40], MAX_LINKS),
        };
        // To look at a node takes longer where there are chains.
        let slack_with_chains = if level == 5 { [48, 112, 128, 160, 224, 256] } else { slack };
        let (slack, slack_with_chains) = (Some(slack), Some(slack_with_chains));
        let refresh = if level < 8 { Refresh { bytes: 256, uses: 8 } } else { Refresh { bytes: 64, uses: 4 } };
        let history = if level < 9 { 2 } else { 3 };
        let dictionary = size_of_property(property) as u32;
        Self {
            dictionary,
            property,
            parser,
            nice,
            positions,
            nearest,
            slack,
            slack_with_chains,
            refresh,
            history,
            links,
        }
    }

    /// The same with matches of `length` bytes (5 to 273, brought into that range) taken without looking further.
    pub fn with_nice_length(self, length: u32) -> Self {
        Self { nice: (length as usize).clamp(5, MAX_MATCH), ..self }
    }

    /// The same with no node passed over by the optimal parser: for data in words, of which the next six nodes tell too little.
    pub fn with_every_node(self) -> Self {
        Self { slack: None, slack_with_chains: None, ..self }
    }

    /// Bytes that a match may reach back.
    pub fn dictionary(&self) -> u32 {
        self.dictionary
    }

    /// Bytes before a window's new ones that are worth the time to search them again for every window.
    pub fn history(&self) -> u32 {
        self.dictionary / 4 * self.history
    }

    /// LZMA2's properties byte: the size of the dictionary.
    pub fn dictionary_property(&self) -> u8 {
        self.property
    }

    /// Memory of the [`MatchTable`](super::MatchTable) of a window with `new` new bytes, without its parts.
    pub fn table_bytes(&self, new: usize) -> u64 {
        if self.uses_table() { MatchTable::bytes_for(new) } else { 0 }
    }

    /// Memory of the [`Parts`](super::Parts) of a window of `window` bytes.
    pub fn parts_bytes(&self, window: usize) -> u64 {
        if self.uses_table() { Parts::bytes_for(window, self.positions == Positions::Anchors) } else { 0 }
    }

    /// Memory of one worker that encodes small inputs of up to `small` bytes, too: an
    /// [`EncoderScratch`](super::EncoderScratch) and a [`FinderScratch`].
    pub fn worker_bytes(&self, small: u64) -> u64 {
        let tables = if self.uses_table() {
            Recent::bytes(self.nearest) + FinderScratch::BYTES
        } else {
            Latest::bytes(self) + if small > 0 { Recent::short_bytes(small) } else { 0 }
        };
        match self.parser {
            Parser::Store => 0,
            _ => tables + PARSERS_BYTES + Chains::bytes(small),
        }
    }

    /// Memory of an encoder of small inputs of up to `small` bytes, and of no others.
    pub fn small_bytes(&self, small: u64) -> u64 {
        Recent::short_bytes(small) + PARSERS_BYTES + Chains::bytes(small)
    }

    /// Whether anything is compressed.
    pub(super) fn compresses(&self) -> bool {
        self.parser != Parser::Store
    }

    pub(super) fn parser(&self) -> Parser {
        self.parser
    }

    /// Matches of this length are taken without looking further.
    pub(super) fn nice(&self) -> usize {
        self.nice
    }

    /// The optimal parser passes over a node if one of the next costs at most so much more; `None`: over none.
    pub(super) fn slack(&self) -> Option<Slack> {
        self.slack
    }

    /// The same in a small window, which has chains.
    pub(super) fn slack_with_chains(&self) -> Option<Slack> {
        self.slack_with_chains
    }

    /// How closely the optimal parser's prices follow the model.
    pub(super) fn refresh(&self) -> Refresh {
        self.refresh
    }

    /// The positions that the match table has.
    pub(super) fn positions(&self) -> Positions {
        self.positions
    }

    /// What the slice's own tables remember beside a match table.
    pub(super) fn nearest(&self) -> Longer {
        self.nearest
    }

    /// Links of a chain that are followed at a position of a small window.
    pub(super) fn links(&self) -> usize {
        self.links
    }

    /// Whether slices share a match table; otherwise each knows what its own small tables remember.
    pub fn uses_table(&self) -> bool {
        self.positions != Positions::None
    }
}

fn size_of_property(property: u8) -> u64 {
    (2 | u64::from(property & 1)) << (property / 2 + 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_tables_that_they_use() {
        let kib = |level: u32| Recent::bytes(Params::new(level, 32 << 20).nearest()) >> 10;
        assert_eq!([4, 5, 6, 7, 8, 9].map(kib), [8704, 12800, 8704, 8704, 8704, 12800]);
    }
}
