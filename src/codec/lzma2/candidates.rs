//! The matches that a parser chooses from at a position: the match table's, the nearest short ones, and what is left
//! of a match that began earlier.

use super::bytes::{common_length, load64_within, prefetch};
use super::chains::Chains;
use super::model::{MAX_MATCH, MIN_MATCH};
use super::params::MAX_LINKS;
use super::recent::{Longer, Recent};
use super::table::MatchTable;

/// How far ahead of the parser candidates are brought into the cache.
const AHEAD: usize = 12;
/// Most candidates at a position: four near ones, the table's or chain's, the carried one.
const MOST: usize = 5 + MAX_LINKS;

/// What a slice is encoded from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) window: &'a [u8],
    pub(super) matches: Matches<'a>,
    /// Matches reach back to here at most.
    pub(super) floor: usize,
    /// And up to here.
    pub(super) end: usize,
    /// And not further than this.
    pub(super) dictionary: usize,
}

/// Where the longer matches come from.
#[derive(Clone, Copy)]
pub(super) enum Matches<'a> {
    Table(&'a MatchTable),
    /// So many links are followed at a position.
    Chains(&'a Chains, usize),
    /// The slice's own tables alone.
    Recent,
}

impl Matches<'_> {
    /// The distances of the longest and of a nearer match at `position`, where a table knows them.
    #[inline(always)]
    fn at(&self, position: usize) -> (usize, usize) {
        match self {
            Self::Table(table) => table.at(position),
            Self::Chains(..) | Self::Recent => (0, 0),
        }
    }
}

/// A match.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) length: usize,
    /// Counted from 1.
    pub(super) distance: usize,
}

/// Finds the candidates of ascending positions.
pub(super) struct Candidates {
    recent: Recent,
    /// The match found so far that reaches furthest: its distance and its end.
    carried: (usize, usize),
    list: [Candidate; MOST],
    count: usize,
}

impl Default for Candidates {
    fn default() -> Self {
        Self { recent: Recent::default(), carried: (0, 0), list: [Candidate::default(); MOST], count: 0 }
    }
}

impl Candidates {
    /// Begins a slice at `from`; what lies in the `warm_up` bytes before it is remembered. `thorough`: the nearest match
    /// of five bytes is wanted even where others know longer ones.
    pub(super) fn begin(&mut self, source: &Source, from: usize, warm_up: usize, thorough: bool) {
        let longer = match source.matches {
            Matches::Table(_) if thorough => Longer::Five,
            // Where nothing else knows long matches, they are remembered here.
            Matches::Recent => Longer::Eight,
            Matches::Table(_) | Matches::Chains(..) => Longer::None,
        };
        self.recent.begin(source.window.len(), longer);
        self.carried = (0, 0);
        self.count = 0;
        self.skip(source, from.saturating_sub(warm_up).max(source.floor), from);
    }

    /// Forgets matches that began earlier: the parser steps back.
    pub(super) fn step_back(&mut self) {
        self.carried = (0, 0);
    }

    /// The candidates of the last [`Candidates::find`]: longer ones are further away.
    #[inline(always)]
    pub(super) fn list(&self) -> &[Candidate] {
        &self.list[..self.count]
    }

    /// Passes over positions without asking for matches.
    #[inline]
    pub(super) fn skip(&mut self, source: &Source, from: usize, to: usize) {
        for position in from..to.min(source.window.len().saturating_sub(3)) {
            self.prefetch(source.window, position + AHEAD);
            self.recent.insert(word(source.window, position), position);
        }
    }

    /// Brings into the cache what is known of the bytes at `position`.
    #[inline(always)]
    fn prefetch(&self, window: &[u8], position: usize) {
        if position + 8 <= window.len() {
            // SAFETY: within the window.
            self.recent.prefetch(unsafe { load64_within(window, position) });
        }
    }

    /// Finds the candidates at `position`.
    #[inline]
    pub(super) fn find(&mut self, source: &Source, position: usize) {
        let window = source.window;
        self.count = 0;
        let (soon, soon_nearer) = source.matches.at(position + AHEAD);
        prefetch(window, (position + AHEAD).wrapping_sub(soon));
        prefetch(window, (position + AHEAD).wrapping_sub(soon_nearer));
        if position + 4 > window.len() {
            return;
        }
        self.prefetch(window, position + AHEAD);
        let value = word(window, position);
        let nearest = self.recent.find_and_insert(value, position);
        let limit = MAX_MATCH.min(source.end - position);
        if limit < MIN_MATCH {
            return;
        }
        let reach = source.dictionary.min(position - source.floor);
        let (longest, nearer) = source.matches.at(position);
        let (two, three) = (nearest.two as usize, nearest.three as usize);
        let mut best = MIN_MATCH - 1;
        for distance in [two, three, nearest.four as usize, nearest.long as usize, nearer, longest] {
            // 0, none, wraps to more than any reach.
            if distance.wrapping_sub(1) >= reach {
                continue;
            }
            let from = position - distance;
            let length = length_of(window, from, position, value, limit);
            if length > best {
                self.push(Candidate { length, distance });
                best = length;
            }
        }
        if let Matches::Chains(chains, links) = source.matches {
            let mut from = position;
            for _ in 0..links {
                let back = chains.back(from);
                if back == 0 || best >= limit || position - (from - back) > reach {
                    break;
                }
                from -= back;
                if window[from + best] != window[position + best] {
                    continue;
                }
                let length = common_length(window, from, position, 0, limit);
                if length > best {
                    self.push(Candidate { length, distance: position - from });
                    best = length;
                }
            }
        }
        let (distance, end) = self.carried;
        if end > position + best {
            self.push(Candidate { length: end - position, distance });
        } else if best >= MIN_MATCH {
            self.carried = (self.list[self.count - 1].distance, position + best);
        }
    }

    /// Appends the longest candidate so far; shorter ones that are not nearer go.
    #[inline(always)]
    fn push(&mut self, candidate: Candidate) {
        while self.count > 0 && self.list[self.count - 1].distance >= candidate.distance {
            self.count -= 1;
        }
        self.list[self.count] = candidate;
        self.count += 1;
    }
}

/// The eight bytes at `position`; beyond the window's end are zeroes.
#[inline(always)]
fn word(window: &[u8], position: usize) -> u64 {
    if position + 8 <= window.len() {
        // SAFETY: within the window.
        return unsafe { load64_within(window, position) };
    }
    let mut bytes = [0; 8];
    let rest = &window[position..];
    bytes[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(bytes)
}

/// How many bytes from `from` on equal those from `position` on, the first of which are in `value`; at most `limit`.
#[inline(always)]
fn length_of(window: &[u8], from: usize, position: usize, value: u64, limit: usize) -> usize {
    debug_assert!(from < position && position + limit <= window.len());
    if from + 8 > window.len() {
        return common_length(window, from, position, 0, limit);
    }
    // SAFETY: within the window.
    let difference = unsafe { load64_within(window, from) } ^ value;
    if difference != 0 {
        return limit.min((difference.trailing_zeros() >> 3) as usize);
    }
    if limit <= 8 { limit } else { common_length(window, from, position, 8, limit) }
}

/// How many bytes at `position` repeat those at `distance` before; 0 if fewer than two.
#[inline(always)]
pub(super) fn repeat_length(source: &Source, position: usize, distance: usize, limit: usize) -> usize {
    if distance > position - source.floor || limit < MIN_MATCH {
        return 0;
    }
    let from = position - distance;
    let window = source.window;
    if position + 8 > window.len() {
        return match common_length(window, from, position, 0, limit) {
            0..MIN_MATCH => 0,
            length => length,
        };
    }
    // SAFETY: eight bytes lie behind `position`, and so behind `from`, which is before it.
    let (here, there) = unsafe { (load64_within(window, position), load64_within(window, from)) };
    match here ^ there {
        difference if difference & 0xFFFF != 0 => 0,
        0 if limit > 8 => common_length(window, from, position, 8, limit),
        0 => limit,
        difference => limit.min((difference.trailing_zeros() >> 3) as usize),
    }
}
