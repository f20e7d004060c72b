//! The match table: where the longest earlier match of a window's positions is.
//!
//! # How it is found
//!
//! The nearest earlier position with the same `k` bytes is what a hash table by `k` bytes holds, if every position is
//! entered in turn. For a ladder of `k` (6, 8, 10, 13, …) the deepest rung with an answer is the longest match, rounded
//! down to a rung, and its nearest occurrence. What lies between two rungs is found when lengths are compared by the
//! encoder, or one position later.
//!
//! Tables for a whole window would miss the cache at every step. So positions are first dealt out to [`Parts`] by a hash
//! of their first six bytes: equal bytes meet in one part, parts are small enough that their tables stay in a core's
//! cache, and share nothing, so threads take them in any order. Work per position is the same whatever the data are:
//! no chains are followed and nothing is sorted, hence no bad case.
//!
//! # Anchors
//!
//! Levels 4 and 5 enter one position in three only: the *anchors*, where a hash of four bytes is smaller than those of the
//! neighbours. That depends on six bytes and on nothing else, so both ends of a match have their anchors at the same
//! places, and a match that begins between two anchors is the next one's, extended to the front. But the nearest of the
//! anchor's longest matches need not go on to the front. So an anchor has a second ladder, which begins one byte before
//! it. Of two neighbours one at most is an anchor: every pair of positions has one entry for each ladder.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::RwLock;

use super::bytes::{prefetch, prefetch_early};
use super::ladder::{RUNGS, RUNGS_COARSE, RUNGS_OF_ANCHORS, enter, find_and_enter, key, ladder_bytes, ladder_hashes};
use super::memory::{forget, grow};
use super::params::{Params, Positions};
use super::parts::{PART_BITS, Parts, PositionsOf};
use crate::codec::Monitor;

/// Bits of an index into a part that tables hold.
const INDEX_BITS: u32 = 16;
/// Positions of a part that stay in memory for those behind them: as far back as indices tell apart.
const REACH: usize = 1 << INDEX_BITS;
/// Positions of a part that are in memory at once, at most.
const MOST_READ: usize = REACH + 6 * BLOCK;
/// Slots that are kept from part to part: enough for one that is twice as large as most.
const SLOTS_KEPT: usize = RUNGS_OF_ANCHORS << (PART_BITS + 3);
/// Parts that are refined by one call.
const GROUP: usize = 32;
/// Positions at the window's end with no match worth a table: they or the one behind them have no eight bytes to load.
const TAIL: usize = 8;
/// Entries behind the last one, so that those of the next two pairs, or of positions behind one, can always be read.
const PADDING: usize = 12;
/// Entries at either end of a slice that may be asked for from beyond.
const NEIGHBOURS: usize = 2 * PADDING;
/// How far ahead of those in use entries are brought into the cache.
const ENTRIES_AHEAD: usize = 128;
/// Positions of a part that pass one rung after the other, so that a rung's table stays in the core's nearest cache: mostly all.
const BLOCK: usize = 4096;
/// From one rung's keys to the next one's: no power of two, lest those of all rungs share the same few places of the cache.
const STRIDE: usize = BLOCK + 32;
/// Positions that pass a rung between those whose bytes are brought into the second cache: so few that these are seldom more
/// than a core can wait for at once.
const STEP: usize = 32;
/// How far ahead of those in use the bytes at positions are brought into the nearest cache.
const POSITIONS_AHEAD: usize = 16;
/// How far ahead the places for matches are brought into the second one.
const MATCHES_AHEAD: usize = 128;

/// The matches of one window: its history and the new bytes behind it.
///
/// After [`MatchTable::new`] the table is empty. It is completed in [`Step`]s, each of which has
/// [`MatchTable::parts`]: any threads may [`MatchTable::work`] on them in any order. When all parts of a step are done,
/// one thread calls [`MatchTable::complete`], and only then the next step begins. After the last one slices can be
/// encoded, and the [`Parts`] are needed no more. Memory: that of the parts, and 4 bytes for each new one.
#[derive(Default)]
pub struct MatchTable {
    /// Written between steps only.
    parts: RwLock<Parts>,
    /// By new position: the distance of the longest match; 0 is none. Where there are anchors: by pair of new positions,
    /// those of the anchor's two ladders. [`PADDING`] entries behind them are 0.
    matches: Vec<AtomicU32>,
    /// Whether the matches are new memory: 0, and still to be given by the system.
    is_clear: bool,
    /// Which positions are dealt out.
    positions: Positions,
    /// Whether matches that were used are needed no more.
    once: bool,
    /// Bytes before the first new one.
    history: usize,
    /// Entries of `matches` in use, before the padding: an even number.
    entries: usize,
    /// Distances above this are not kept.
    dictionary: u32,
}

/// A step that completes a [`MatchTable`]: [`MatchTable::after`] says which comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// How many positions each part gets.
    Count,
    /// The parts of a round get their positions.
    Deal(usize),
    /// The matches of each of them are found.
    Refine(usize),
}

/// Working memory of [`MatchTable::work`], reused from call to call.
#[derive(Default)]
pub struct FinderScratch {
    /// Rung after rung: a tag and the lowest bits of an index into the part.
    slots: Vec<u32>,
    /// Rung after rung, [`STRIDE`] apart: the [`key`]s of a block.
    keys: Vec<u32>,
    /// The same way: how far back in the part an equal one was found; 0 is none.
    found: Vec<u16>,
    /// Of the part: those of a block, of the next one, and what is still there of those before them.
    positions: Vec<u32>,
}

impl FinderScratch {
    /// Memory for the largest parts.
    pub(super) const BYTES: u64 =
        RUNGS_OF_ANCHORS as u64 * ((4 << INDEX_BITS) + (4 + 2) * STRIDE as u64) + 4 * MOST_READ as u64;
}

impl MatchTable {
    /// An empty table for `window` bytes, the first `history` of which precede the new ones.
    pub fn new(params: &Params, window: usize, history: usize) -> Self {
        let mut table = Self::default();
        table.begin(params, window, history);
        table
    }

    /// As [`MatchTable::new`], with `parts` for the window's positions, whatever they hold. Each slice can be encoded once:
    /// matches give their memory back to the system on the way.
    pub fn for_once(params: &Params, window: usize, history: usize, parts: Parts) -> Self {
        let mut table = Self { parts: RwLock::new(parts), once: true, ..Self::default() };
        table.begin(params, window, history);
        table
    }

    /// After the last step, or where no step will follow: the parts, for another table.
    pub fn take_parts(&self) -> Parts {
        std::mem::take(&mut self.parts.write())
    }

    /// Makes this an empty table for another window; as [`MatchTable::new`], in the same memory where it suffices.
    pub fn begin(&mut self, params: &Params, window: usize, history: usize) {
        assert!(window < 1 << 31 && history <= window, "a window is below 2 GiB and holds its history");
        self.history = history;
        self.dictionary = params.dictionary();
        self.positions = params.positions();
        let new = if params.uses_table() { window - history } else { 0 };
        let count = if new > 0 { window.saturating_sub(TAIL) } else { 0 };
        self.entries = new.next_multiple_of(2);
        self.is_clear = grow(&mut self.matches, self.entries + PADDING);
        // No position of the last ones is dealt out, so nothing is written there.
        for entry in &self.matches[self.entries.saturating_sub(TAIL + 2)..self.entries + PADDING] {
            entry.store(0, Ordering::Relaxed);
        }
        self.parts.get_mut().begin(count, self.positions == Positions::Anchors);
    }

    /// Memory of the matches of `new` bytes.
    pub(super) fn bytes_for(new: usize) -> u64 {
        4 * (new + 1 + PADDING) as u64
    }

    /// The step after `step`, or the first one; none: the table is complete. To be asked when `step` is.
    pub fn after(&self, step: Option<Step>) -> Option<Step> {
        match step {
            None => (self.parts.read().stripes() > 0).then_some(Step::Count),
            Some(Step::Count) => Some(Step::Deal(0)),
            Some(Step::Deal(round)) => Some(Step::Refine(round)),
            Some(Step::Refine(round)) => (round + 1 < self.parts.read().rounds()).then_some(Step::Deal(round + 1)),
        }
    }

    /// How many calls of [`MatchTable::work`] a step takes. Depends on the window only.
    pub fn parts(&self, step: Step) -> usize {
        match step {
            Step::Count | Step::Deal(_) => self.parts.read().stripes(),
            Step::Refine(round) => self.parts.read().round(round).len().div_ceil(GROUP),
        }
    }

    /// Does one part of a step. `window` is the one that the table was made for. Returns early when `monitor` says so.
    pub fn work(&self, step: Step, part: usize, window: &[u8], scratch: &mut FinderScratch, monitor: &Monitor) {
        match step {
            Step::Count => self.count(part, window, monitor),
            Step::Deal(round) => self.parts.read().deal(part, round, window, monitor),
            Step::Refine(round) => self.refine(part, round, window, scratch, monitor),
        }
    }

    /// To be called when all parts of a step are done.
    pub fn complete(&self, step: Step) {
        if step == Step::Count {
            self.parts.write().plan();
        }
    }

    /// Does everything that is left to do after [`MatchTable::begin`] on the calling thread.
    pub fn fill(&self, window: &[u8], scratch: &mut FinderScratch, monitor: &Monitor) {
        let mut next = self.after(None);
        while let Some(step) = next {
            (0..self.parts(step)).for_each(|part| self.work(step, part, window, scratch, monitor));
            self.complete(step);
            next = self.after(next);
        }
    }

    fn count(&self, stripe: usize, window: &[u8], monitor: &Monitor) {
        let parts = self.parts.read();
        if !self.is_clear {
            // Matches are kept where there are some; elsewhere there is what an earlier window left.
            let entry = |position: usize| (position.saturating_sub(self.history) & !1).min(self.entries);
            let Range { start, end } = parts.stripe(stripe);
            self.matches[entry(start)..entry(end)].iter().for_each(|entry| entry.store(0, Ordering::Relaxed));
        }
        parts.count(stripe, window, monitor);
    }

    fn refine(&self, group: usize, round: usize, window: &[u8], scratch: &mut FinderScratch, monitor: &Monitor) {
        match self.positions {
            Positions::Anchors => self.refine_with::<RUNGS_OF_ANCHORS>(group, round, window, scratch, monitor),
            Positions::AllCoarsely => self.refine_with::<RUNGS_COARSE>(group, round, window, scratch, monitor),
            _ => self.refine_with::<RUNGS>(group, round, window, scratch, monitor),
        }
        if scratch.slots.capacity() > SLOTS_KEPT {
            // Few parts are so large, and all workers would come to keep it.
            scratch.slots = Vec::new();
        }
    }

    fn refine_with<const R: usize>(
        &self,
        group: usize,
        round: usize,
        window: &[u8],
        scratch: &mut FinderScratch,
        monitor: &Monitor,
    ) {
        let parts = self.parts.read();
        let of_round = parts.round(round);
        let first = of_round.start + group * GROUP;
        let end = of_round.end.min(first + GROUP);
        scratch.positions.resize(MOST_READ, 0);
        scratch.keys.resize(STRIDE * RUNGS_OF_ANCHORS, 0);
        scratch.found.resize(STRIDE * RUNGS_OF_ANCHORS, 0);
        let mut part = parts.of(first, round);
        let mut read = part.read(&mut scratch.positions[..BLOCK]);
        Approach::<R> { window, coming: scratch.positions[..read].iter() }.next(read);
        for number in first..end {
            let mut next = (number + 1 < end).then(|| parts.of(number + 1, round));
            match self.refine_positions::<R>(part, read, next.as_mut(), window, scratch, monitor) {
                Some(of_next) => read = of_next,
                None => return,
            }
            match next {
                Some(next) => part = next,
                None => return,
            }
        }
    }

    /// Finds the matches of the positions of a part, of which the first block was `read` already, and brought into the cache.
    /// Then the first block of the `next` one is; returns how many positions it has. None: stopped.
    fn refine_positions<const R: usize>(
        &self,
        mut part: PositionsOf<'_>,
        mut read: usize,
        mut next: Option<&mut PositionsOf<'_>>,
        window: &[u8],
        scratch: &mut FinderScratch,
        monitor: &Monitor,
    ) -> Option<usize> {
        if monitor.stopped() {
            return None;
        }
        let FinderScratch { slots, keys, found, positions } = scratch;
        // More than half of them stay free, so that few have to give way.
        let bits = usize::BITS - (read + part.entries()).leading_zeros();
        let size = 2 << bits.min(INDEX_BITS - 1);
        slots.clear();
        slots.resize(size * R, 0);
        // For either ladder, what the deepest rung with an answer has found.
        let mut deepest = [[0; BLOCK]; 2];
        // The first position of a block: among those that are there, and of all of the part.
        let (mut first, mut number) = (0, 0);
        loop {
            if first + 2 * BLOCK > MOST_READ {
                positions.copy_within(first - REACH..read, 0);
                (first, read) = (REACH, read - (first - REACH));
            }
            let end = read;
            // What comes is brought into the cache while this block passes the rungs, whose tables are near.
            let more = part.read(&mut positions[end..end + BLOCK]);
            let of_next = match &mut next {
                Some(next) if more == 0 => next.read(&mut positions[end..end + BLOCK]),
                _ => 0,
            };
            let (block, coming) = (&positions[first..end], &positions[end..end + more + of_next]);
            let mut approach = Approach::<R> { window, coming: coming.iter() };
            // Keys are found in the time of two rungs.
            let at_once = (coming.len() * STEP).div_ceil(block.len().max(1) * (R + 2));
            find_keys::<R>(window, block, keys, &mut approach, at_once.div_ceil(2));
            // Positions ascend: those of the history come first, and want no answer.
            let old = block.partition_point(|&position| (position as usize) < self.history);
            deepest.iter_mut().for_each(|deepest| deepest[old..block.len()].fill(0));
            for rung in 0..R {
                let slots = &mut slots[rung * size..(rung + 1) * size];
                let (old_keys, new_keys) = keys[rung * STRIDE..][..block.len()].split_at(old);
                let mut number = number;
                for keys in old_keys.chunks(STEP) {
                    enter(slots, keys, number);
                    number += keys.len();
                    approach.next(at_once);
                }
                let found = &mut found[rung * STRIDE..][old..block.len()];
                for (keys, found) in new_keys.chunks(STEP).zip(found.chunks_mut(STEP)) {
                    find_and_enter(slots, keys, number, found);
                    number += keys.len();
                    approach.next(at_once);
                }
                prefer(found, &mut deepest[usize::from(rung >= RUNGS)][old..block.len()]);
            }
            approach.next(coming.len());
            self.keep::<R>(&positions[..end], first, old..block.len(), &deepest, found);
            if more == 0 {
                positions.copy_within(end..end + of_next, 0);
                return Some(of_next);
            }
            number += block.len();
            (first, read) = (end, end + more);
            if number % (4 * BLOCK) == 0 && monitor.stopped() {
                return None;
            }
        }
    }

    /// Keeps the matches of the positions `range` from the `first` on: what the `deepest` rung of either ladder has found,
    /// or, where that is too far, another one that has `found` some.
    #[inline(always)]
    fn keep<const R: usize>(
        &self,
        positions: &[u32],
        first: usize,
        range: Range<usize>,
        deepest: &[[u16; BLOCK]; 2],
        found: &[u16],
    ) {
        let new = |index: usize| positions[first + index] as usize - self.history;
        // Of the others 0 is kept already, in a place that need not be brought into the cache. Which those are cannot be
        // predicted, so nothing branches.
        let mut with_match = [0; BLOCK];
        let mut count = 0;
        for index in range {
            with_match[count] = index as u16;
            count += usize::from(deepest[0][index] | deepest[1][index] != 0);
        }
        let with_match = &with_match[..count];
        // Of these few are too far.
        let mut too_far = [0; BLOCK];
        let mut far = 0;
        for (number, &index) in with_match.iter().enumerate() {
            if let Some(&coming) = with_match.get(number + MATCHES_AHEAD) {
                prefetch_early(&self.matches, new(coming.into()));
            }
            let at = usize::from(index);
            let distance = |ladder: usize| self.distance(positions, first + at, deepest[ladder][at]);
            let new = new(at);
            too_far[far] = index;
            if self.has_all() {
                let distance = distance(0);
                far += usize::from(distance > self.dictionary);
                self.matches[new].store(distance, Ordering::Relaxed);
            } else {
                let (distance, before) = (distance(0), distance(1));
                far += usize::from(distance.max(before) > self.dictionary);
                self.matches[new & !1].store(distance, Ordering::Relaxed);
                self.matches[new | 1].store(before, Ordering::Relaxed);
            }
        }
        for &index in &too_far[..far] {
            let index = usize::from(index);
            let longest = |rungs| self.longest(positions, first + index, &found[index..], rungs);
            let new = new(index);
            if self.has_all() {
                self.matches[new].store(longest(0..R), Ordering::Relaxed);
            } else {
                self.matches[new & !1].store(longest(0..RUNGS), Ordering::Relaxed);
                self.matches[new | 1].store(longest(RUNGS..R), Ordering::Relaxed);
            }
        }
    }

    /// From the position at `index` to the one `back` before it in its part.
    #[inline(always)]
    fn distance(&self, positions: &[u32], index: usize, back: u16) -> u32 {
        // An entry from more than 65536 positions ago leads to a wrong one, or to the first: the encoder compares.
        positions[index] - positions[index.saturating_sub(back.into())]
    }

    /// Where the deepest rung's is too far: the distance of the longest match of the position at `index`, of those that some
    /// `rungs` have `found`, [`STRIDE`] apart; 0 is none.
    #[cold]
    fn longest(&self, positions: &[u32], index: usize, found: &[u16], rungs: Range<usize>) -> u32 {
        let distance = |rung: usize| self.distance(positions, index, found[rung * STRIDE]);
        rungs.rev().map(distance).find(|distance| (1..=self.dictionary).contains(distance)).unwrap_or(0)
    }

    /// Brings the matches that begin at `position` into the cache. To be called for every position, well before
    /// [`MatchTable::at`].
    #[inline(always)]
    pub(super) fn prefetch_found(&self, window: &[u8], position: usize) {
        let new = position.wrapping_sub(self.history);
        if new >= self.entries {
            return;
        }
        prefetch(&self.matches, new + ENTRIES_AHEAD);
        let distance = |entry: usize| self.matches[entry].load(Ordering::Relaxed) as usize;
        if self.has_all() {
            prefetch(window, position.wrapping_sub(distance(new)));
        } else if new.is_multiple_of(2) {
            prefetch(window, position.wrapping_sub(distance(new)));
            prefetch(window, position.wrapping_sub(distance(new + 1)));
        }
    }

    /// The matches of `range`, from the beginning of a slice on, are asked for no more. Other slices may be encoded meanwhile.
    /// Returns how many bytes of them are back with the system, whether they were before or not.
    pub fn used(&self, range: Range<usize>) -> u64 {
        if !self.once {
            return 0;
        }
        // Neighbours look a little beyond their slices.
        let entry = |position: usize| position.saturating_sub(self.history).min(self.entries);
        let (from, to) = (entry(range.start) + NEIGHBOURS, entry(range.end).saturating_sub(NEIGHBOURS));
        self.matches.get(from..to).map_or(0, forget)
    }

    /// The distances of long matches around `position`; 0 is none. Some may be the same.
    #[inline(always)]
    pub(super) fn at(&self, position: usize) -> [usize; 4] {
        let new = position.wrapping_sub(self.history);
        if new >= self.entries {
            return [0; 4];
        }
        let entries = &self.matches[..self.entries + PADDING];
        if self.has_all() {
            return Self::those(&entries[new..], [0, 1, 2, 3]);
        }
        // Of its own pair, and of the next that has any.
        let entries = &entries[new & !1..][..6];
        let [here, before_here, next, before_next, later, before_later] =
            std::array::from_fn(|index| entries[index].load(Ordering::Relaxed) as usize);
        let next = if next == 0 { later } else { next };
        let before_next = if before_next == 0 { before_later } else { before_next };
        [before_here, before_next, here, next]
    }

    /// Where all positions are entered: the distances of long matches somewhat behind `position`, as [`MatchTable::at`].
    ///
    /// A match is known to be the longest down to a rung only. One that goes on further is the longest of a later position, and
    /// may begin here already.
    #[inline(always)]
    pub(super) fn behind(&self, position: usize) -> [usize; 4] {
        let new = position.wrapping_sub(self.history);
        if new >= self.entries {
            return [0; 4];
        }
        Self::those(&self.matches[new..self.entries + PADDING], [4, 6, 8, PADDING])
    }

    /// Whether all positions are entered.
    #[inline(always)]
    pub(super) fn has_all(&self) -> bool {
        matches!(self.positions, Positions::All | Positions::AllCoarsely)
    }

    /// Some of the first entries.
    #[inline(always)]
    fn those(entries: &[AtomicU32], which: [usize; 4]) -> [usize; 4] {
        let entries = &entries[..=PADDING];
        which.map(|index| entries[index].load(Ordering::Relaxed) as usize)
    }
}

/// Brings the bytes that ladders with `R` rungs compare into the second cache: at the positions that are `coming`.
struct Approach<'a, const R: usize> {
    window: &'a [u8],
    coming: std::slice::Iter<'a, u32>,
}

impl<const R: usize> Approach<'_, R> {
    /// Those at the next `count` of them.
    #[inline(always)]
    fn next(&mut self, count: usize) {
        for &position in self.coming.by_ref().take(count) {
            prefetch_early(self.window, position as usize);
            prefetch_early(self.window, position as usize + ladder_bytes::<R>() - 1);
        }
    }
}

/// Finds the keys of `positions`, [`STRIDE`] apart from rung to rung. The bytes there are in the second cache; with every quarter of a
/// [`STEP`] those at so many others are brought into it `at_once`.
#[inline(never)]
fn find_keys<const R: usize>(
    window: &[u8],
    positions: &[u32],
    keys: &mut [u32],
    approach: &mut Approach<'_, R>,
    at_once: usize,
) {
    let last_byte = ladder_bytes::<R>() - 1;
    for (index, &position) in positions.iter().enumerate() {
        if let Some(&coming) = positions.get(index + POSITIONS_AHEAD) {
            prefetch(window, coming as usize);
            prefetch(window, coming as usize + last_byte);
        }
        if index.is_multiple_of(STEP / 4) {
            approach.next(at_once);
        }
        let ladder = ladder_hashes::<R>(window, position as usize);
        for (rung, hash) in ladder.into_iter().enumerate() {
            keys[rung * STRIDE + index] = key(hash);
        }
    }
}

/// Where a deeper rung has `found` something, that is preferred. A function of its own, so that it takes many at once whatever
/// is around it.
#[inline(never)]
fn prefer(found: &[u16], deepest: &mut [u16]) {
    deepest.iter_mut().zip(found).for_each(|(deepest, &found)| {
        *deepest = if found == 0 { *deepest } else { found };
    });
}
