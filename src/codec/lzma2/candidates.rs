//! The matches that a parser chooses from at a position: the nearest short ones, those of the match table, and what is
//! left of a match that began earlier.

use std::hint::select_unpredictable;
use std::ops::Range;

use super::bytes::{common_length, equal_bytes, load64_within, word};
use super::chains::Chains;
use super::latest::{AHEAD as LATEST_AHEAD, Found, Latest};
use super::model::{MAX_MATCH, MIN_MATCH};
use super::params::{MAX_LINKS, Params};
use super::recent::{AHEAD, Longer, Recent};
use super::table::MatchTable;

/// Most candidates at a position: five near ones, eight of the table's or a chain's, the carried one; and a place that is
/// written before it is known whether it counts.
const MOST: usize = 15 + MAX_LINKS;

/// Without a match table, positions inside matches longer than this are not entered.
const LONG_MATCH: usize = 4 * LATEST_AHEAD;

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
    /// The latest ones only.
    Latest,
}

impl Matches<'_> {
    /// The distances of long matches that begin around `position`, where there is a table; 0 is none.
    #[inline(always)]
    fn at(&self, position: usize) -> [usize; 4] {
        match self {
            Self::Table(table) => table.at(position),
            Self::Chains(..) | Self::Latest => [0; 4],
        }
    }

    /// As [`MatchTable::behind`].
    #[inline(always)]
    fn behind(&self, position: usize) -> [usize; 4] {
        match self {
            Self::Table(table) => table.behind(position),
            Self::Chains(..) | Self::Latest => [0; 4],
        }
    }

    /// Whether there is a table of all positions.
    #[inline(always)]
    fn has_all(&self) -> bool {
        matches!(self, Self::Table(table) if table.has_all())
    }

    /// Those of `range`, from the beginning of a slice on, are asked for no more.
    pub(super) fn used(&self, range: Range<usize>) {
        if let Self::Table(table) = self {
            table.used(range);
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

impl Candidate {
    /// Whether it has more bytes than `other`, or two more if it is much further away.
    #[inline(always)]
    pub(super) fn is_worth_more(self, other: Self) -> bool {
        self.length > other.length + usize::from(self.distance >> 7 > other.distance)
    }
}

/// Finds the candidates of ascending positions.
pub(super) struct Candidates {
    recent: Recent,
    /// Instead of it, where there is nothing else.
    latest: Latest,
    /// The match found so far that reaches furthest: its distance and its end.
    carried: (usize, usize),
    list: [Candidate; MOST],
    count: usize,
}

impl Default for Candidates {
    fn default() -> Self {
        Self {
            recent: Recent::default(),
            latest: Latest::default(),
            carried: (0, 0),
            list: [Candidate::default(); MOST],
            count: 0,
        }
    }
}

impl Candidates {
    /// Begins a slice at `from`; what lies in the `warm_up` bytes before it is remembered.
    pub(super) fn begin(&mut self, source: &Source, from: usize, warm_up: usize, params: &Params) {
        let first = from.saturating_sub(warm_up).max(source.floor);
        let (length, count) = (source.window.len(), source.end - from);
        match source.matches {
            Matches::Table(_) => self.recent.begin(length, count, params.nearest()),
            // Chains know the longer ones.
            Matches::Chains(..) => self.recent.begin(length, count, Longer::None),
            Matches::Latest => self.latest.begin(params, length, count),
        }
        self.carried = (0, 0);
        self.count = 0;
        self.seek(source, first);
        self.enter(source, first, from);
    }

    /// The parser steps back to `position`: matches that began earlier are forgotten.
    pub(super) fn step_back(&mut self, source: &Source, position: usize) {
        self.carried = (0, 0);
        self.seek(source, position);
    }

    fn seek(&mut self, source: &Source, position: usize) {
        match source.matches {
            Matches::Latest => self.latest.seek(source.window, position),
            Matches::Table(_) | Matches::Chains(..) => self.recent.seek(source.window, position),
        }
    }

    /// The candidates of the last [`Candidates::find`], the longest last; nearly always longer ones are further away.
    #[inline(always)]
    pub(super) fn list(&self) -> &[Candidate] {
        &self.list[..self.count]
    }

    /// Passes over positions, often none, without asking for matches.
    #[inline(always)]
    pub(super) fn skip(&mut self, source: &Source, from: usize, to: usize) {
        if from == to {
            return;
        }
        let mut from = from;
        if matches!(source.matches, Matches::Latest) && to - from > LONG_MATCH {
            // Inside a long match all is known from where it leads to: what is nearer is worth less than the time.
            self.enter(source, from, from + LATEST_AHEAD);
            from = to - LATEST_AHEAD;
            self.seek(source, from);
        }
        self.enter(source, from, to);
    }

    /// Enters the positions `from` to `to` into the slice's own tables. None of them is asked for candidates.
    fn enter(&mut self, source: &Source, from: usize, to: usize) {
        match source.matches {
            Matches::Table(table) => self.recent.insert(source.window, from..to, |position| {
                if position + AHEAD >= to {
                    table.prefetch_found(source.window, position + AHEAD);
                }
            }),
            Matches::Chains(..) => self.recent.insert(source.window, from..to, |_| ()),
            Matches::Latest => self.latest.insert(source.window, from..to),
        }
    }

    /// Finds the candidates at `position`, which is the one behind that of the last call, or of [`Candidates::pass`].
    #[inline(always)]
    pub(super) fn find(&mut self, source: &Source, position: usize) {
        if matches!(source.matches, Matches::Latest) {
            self.find_latest(source, position);
        } else if source.matches.has_all() {
            self.find_with::<true>(source, position);
        } else {
            self.find_with::<false>(source, position);
        }
    }

    /// Where there are the latest positions only.
    #[inline(never)]
    fn find_latest(&mut self, source: &Source, position: usize) {
        let window = source.window;
        self.count = 0;
        let Found { near, five, nine } = self.latest.find_and_insert(window, position);
        let limit = MAX_MATCH.min(source.end - position);
        let reach = source.dictionary.min(position - source.floor);
        if limit < 8 || reach == 0 {
            self.find_at_edge(source, position, [near, five[0], five[1]], limit);
            return;
        }
        // As in `find_with`.
        // SAFETY: as just compared: the source's end is in the window.
        let value = unsafe { load64_within(window, position) };
        let furthest = reach - 1;
        let mut best = MIN_MATCH - 1;
        let mut count = 0;
        for (index, distance) in [near, five[0], five[1], nine[0], nine[1]].into_iter().enumerate() {
            let distance = (distance as usize).wrapping_sub(1).min(furthest) + 1;
            // SAFETY: before `position`, and not before `source.floor`.
            let mut length = equal_bytes(unsafe { load64_within(window, position - distance) } ^ value);
            // If more than eight bytes of the others are equal, these know it.
            if index > 2 && length == 8 {
                length = common_length(window, position - distance, position, 8, limit);
            }
            self.list[count & 15] = Candidate { length, distance };
            let longer = length > best;
            count += usize::from(longer);
            best = select_unpredictable(longer, length, best);
        }
        self.count = count;
        self.carry(position, best);
    }

    /// Finds at `position`, as [`Candidates::find`] where there are the latest positions only, the match with the most bytes,
    /// less what its distance costs. Its length is below two if there is none.
    #[inline(always)]
    pub(super) fn best_latest(&mut self, source: &Source, position: usize) -> Candidate {
        let window = source.window;
        let Found { near, five, nine } = self.latest.find_and_insert(window, position);
        let limit = MAX_MATCH.min(source.end - position);
        let reach = source.dictionary.min(position - source.floor);
        if limit < 8 || reach == 0 {
            self.count = 0;
            self.find_at_edge(source, position, [near, five[0], five[1]], limit);
            return self.list().last().copied().unwrap_or_default();
        }
        // SAFETY: as just compared: the source's end is in the window.
        let value = unsafe { load64_within(window, position) };
        let furthest = reach - 1;
        let at = |distance: u32| {
            let distance = (distance as usize).wrapping_sub(1).min(furthest) + 1;
            // SAFETY: before `position`, and not before `source.floor`.
            (distance, unsafe { load64_within(window, position - distance) } ^ value)
        };
        // If more than eight bytes of the others are equal, these know it.
        let nine = nine.map(at);
        if nine[0].1 == 0 || nine[1].1 == 0 {
            let [first, second] = nine.map(|(distance, difference)| {
                if difference != 0 {
                    return Candidate::default();
                }
                let length = common_length(window, position - distance, position, 8, limit);
                Candidate { length, distance }
            });
            return if second.is_worth_more(first) { second } else { first };
        }
        // Which of them is the best cannot be predicted, so nothing branches.
        let mut best = Candidate { length: 0, distance: usize::MAX };
        for distance in [near, five[0], five[1]] {
            let (distance, difference) = at(distance);
            let candidate = Candidate { length: equal_bytes(difference), distance };
            let is_better = candidate.is_worth_more(best);
            best.length = select_unpredictable(is_better, candidate.length, best.length);
            best.distance = select_unpredictable(is_better, distance, best.distance);
        }
        best
    }

    /// `ALL`: there is a table of all positions.
    #[inline(never)]
    fn find_with<const ALL: bool>(&mut self, source: &Source, position: usize) {
        let window = source.window;
        self.count = 0;
        if let Matches::Table(table) = source.matches {
            table.prefetch_found(window, position + AHEAD);
        }
        let nearest = self.recent.find_and_insert(window, position);
        let limit = MAX_MATCH.min(source.end - position);
        let reach = source.dictionary.min(position - source.floor);
        if limit < 8 || reach == 0 {
            self.find_at_edge(source, position, [nearest.two, nearest.three, nearest.four], limit);
            return;
        }
        // SAFETY: as just compared: the source's end is in the window.
        let value = unsafe { load64_within(window, position) };
        // What is beyond reach, or 0, which is none, becomes the furthest that is not: comparing bytes there costs less than
        // a special case, and tells as much.
        let furthest = reach - 1;
        let within_reach = |distance: usize| distance.wrapping_sub(1).min(furthest) + 1;
        let length_at = |distance: usize| {
            // SAFETY: before `position`, and not before `source.floor`.
            equal_bytes(unsafe { load64_within(window, position - distance) } ^ value)
        };
        // Which of them are longer than the nearer ones cannot be predicted, so nothing branches: all are written, and
        // those that are counted stay.
        let mut best = MIN_MATCH - 1;
        let mut count = 0;
        let list = &mut self.list;
        let mut offer = |length: usize, distance: usize| {
            list[count & 15] = Candidate { length, distance };
            let longer = length > best;
            count += usize::from(longer);
            best = select_unpredictable(longer, length, best);
        };
        // If eight bytes of one of these are equal, it is the nearest with more, too.
        for distance in [nearest.two, nearest.three, nearest.four, nearest.middle] {
            let distance = within_reach(distance as usize);
            offer(length_at(distance), distance);
        }
        let mut before = 0;
        let long = nearest.long as usize;
        let [first, second, third, fourth] = source.matches.at(position);
        let behind = if ALL { source.matches.behind(position) } else { [0; 4] };
        let found = [long, first, second, third, fourth, behind[0], behind[1], behind[2], behind[3]];
        for &distance in &found[..if ALL { 9 } else { 5 }] {
            if distance == before {
                continue;
            }
            before = distance;
            let distance = within_reach(distance);
            let mut length = length_at(distance);
            if length == 8 {
                length = common_length(window, position - distance, position, 8, limit);
            }
            offer(length, distance);
        }
        self.count = count;
        if let Matches::Chains(chains, links) = source.matches {
            best = self.follow(source, chains, links, position, limit, reach, best);
        }
        self.carry(position, best);
    }

    /// Adds what is left of the match that reaches furthest, or remembers the longest of the list, of `best` bytes, as that.
    #[inline(always)]
    fn carry(&mut self, position: usize, best: usize) {
        let (distance, end) = self.carried;
        if end > position + best {
            self.push(Candidate { length: end - position, distance });
        } else if best >= MIN_MATCH {
            self.carried = (self.list[self.count - 1].distance, position + best);
        }
    }

    /// Adds the longer matches of a chain; returns the length of the longest.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)] // inlined: a part of `find`
    fn follow(
        &mut self,
        source: &Source,
        chains: &Chains,
        links: usize,
        position: usize,
        limit: usize,
        reach: usize,
        mut best: usize,
    ) -> usize {
        let window = source.window;
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
        best
    }

    /// As [`Candidates::find`], for the first position of all, and the last few of a source, behind which no eight bytes lie.
    #[cold]
    fn find_at_edge(&mut self, source: &Source, position: usize, short: [u32; 3], limit: usize) {
        let reach = source.dictionary.min(position - source.floor);
        let (distance, end) = self.carried;
        let carried = if end > position { distance } else { 0 };
        let mut best = MIN_MATCH - 1;
        for distance in short.map(|distance| distance as usize).into_iter().chain([carried]) {
            if distance.wrapping_sub(1) >= reach {
                continue;
            }
            let length = common_length(source.window, position - distance, position, 0, limit);
            if length > best {
                self.push(Candidate { length, distance });
                best = length;
            }
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

/// How many bytes at `position` repeat those at `distance` before; 0 if fewer than two.
#[inline(always)]
pub(super) fn repeat_length(source: &Source, position: usize, distance: usize, limit: usize) -> usize {
    if distance > position - source.floor || limit < MIN_MATCH {
        return 0;
    }
    let window = source.window;
    match word(window, position) ^ word(window, position - distance) {
        difference if difference & 0xFFFF != 0 => 0,
        difference => common_from(window, position, distance, difference, limit),
    }
}

/// How many bytes at `position` repeat those at `distance` before, `difference` being that of the first eight; at most
/// `limit`, which reaches no further than the window.
#[inline(always)]
pub(super) fn common_from(window: &[u8], position: usize, distance: usize, difference: u64, limit: usize) -> usize {
    if difference == 0 && limit > 8 {
        return common_length(window, position - distance, position, 8, limit);
    }
    equal_bytes(difference).min(limit)
}
