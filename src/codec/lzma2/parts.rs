//! A window's positions dealt out to parts: those with the same bytes meet in one.
//!
//! Positions that a match table has are dealt out by a hash of their first six bytes. Stripes of the window are counted, then
//! dealt out, side by side: each has a cursor of its own for every part.
//!
//! Within a part positions ascend, and the next one is some thousand bytes away. So what is kept of it is the gap, in 16 bits.
//! A wider gap takes *jumps* before it.
//!
//! Where all positions are entered, half of the parts get theirs first, and the others when those are refined: such a *round*
//! takes as much memory as all anchors do.

use std::ops::Range;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use super::anchors::{ANCHOR_INTERVAL, CHOICE, CHOICE_BITS, find_anchors};
use super::bytes::load64;
use super::ladder::FIRST;
use super::memory::grow;
use crate::codec::Monitor;

/// Positions that a part has on average, at most.
pub(super) const PART_BITS: u32 = 12;
/// Fewer positions are in memory at once: they have too few parts to be cut into rounds.
const LEAST_ROUND: usize = 1 << 19;
/// Positions that one call counts or deals out, at least.
const LEAST_STRIPE: usize = 1 << 20;
/// So many such calls at most, since each has a cursor for every part.
const MOST_STRIPES: usize = 16;
/// How often to ask whether to stop, in bytes of a sequential pass.
const MONITOR_INTERVAL: usize = 1 << 19;

/// Where a jump begins: an entry below it is the gap to the next position. From it on it says how often the gap is so wide, less 1.
const JUMP: usize = 0xFF00;
/// So much wider a jump makes a gap, at most, in multiples of [`JUMP`].
const WIDEST_JUMP: usize = (1 << 16) - JUMP;

/// Bits of the hash that deals out: at most so many the number of parts has.
const CLASS_BITS: u32 = 16;
/// The multiplier of the hash that deals out: odd, and irregular.
const PART_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The positions of a window dealt out to parts: what a [`MatchTable`](super::MatchTable) needs until it is complete. Memory:
/// somewhat more than 1 byte for each byte of the window.
#[derive(Default)]
pub struct Parts {
    /// Positions that are dealt out, or that anchors are looked for in.
    count: usize,
    /// Whether only anchors are dealt out.
    anchors: bool,
    /// Bits of the number of parts.
    bits: u32,
    /// Positions of a stripe.
    stripe: usize,
    /// Part after part, and within each stripe after stripe: the gap to the next position, from the stripe's beginning on.
    entries: Vec<AtomicU16>,
    /// For each stripe of the window, for each part: a [`Cursor`].
    cursors: Vec<AtomicU64>,
    /// The parts of each round: those that have their positions in memory together.
    rounds: Vec<Range<usize>>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("bytes", &self.bytes()).finish()
    }
}

impl Parts {
    /// The memory that this holds.
    pub fn bytes(&self) -> u64 {
        2 * self.entries.len() as u64 + 8 * self.cursors.capacity() as u64
    }

    /// Memory of the parts of a window of `window` bytes.
    pub(super) fn bytes_for(window: usize, anchors: bool) -> u64 {
        let cursors = window.div_ceil(stripe(window)) << part_bits(window, anchors);
        2 * entries_at_once(window, anchors) as u64 + 8 * cursors as u64
    }

    /// Makes these the parts of another window: of its first `count` positions, or of the `anchors` among them.
    pub(super) fn begin(&mut self, count: usize, anchors: bool) {
        self.begin_in_stripes(count, anchors, stripe(count));
    }

    fn begin_in_stripes(&mut self, count: usize, anchors: bool, stripe: usize) {
        self.count = count;
        self.anchors = anchors;
        self.bits = part_bits(count, anchors);
        self.stripe = stripe;
        grow(&mut self.entries, entries_at_once(count, anchors));
        self.rounds.clear();
        self.cursors.clear();
        let cursors = self.stripes() << self.bits;
        let cursor = |index: usize| AtomicU64::new(Cursor::new(0, (index >> self.bits) * self.stripe).0);
        self.cursors.reserve_exact(cursors);
        self.cursors.extend((0..cursors).map(cursor));
    }

    /// Stripes of the window, which are counted and dealt out; none before [`Parts::begin`].
    pub(super) fn stripes(&self) -> usize {
        self.count.div_ceil(self.stripe.max(1))
    }

    /// The positions of a stripe.
    pub(super) fn stripe(&self, stripe: usize) -> Range<usize> {
        stripe * self.stripe..self.count.min((stripe + 1) * self.stripe)
    }

    /// Once all stripes are counted: how many rounds there are.
    pub(super) fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// The parts of a round.
    pub(super) fn round(&self, round: usize) -> Range<usize> {
        self.rounds[round].clone()
    }

    /// Counts a stripe's positions. Returns early when `monitor` says so.
    pub(super) fn count(&self, stripe: usize, window: &[u8], monitor: &Monitor) {
        self.for_each_of(0..1 << self.bits, stripe, window, monitor, |cursor, position| {
            let before = Cursor::load(cursor);
            let gap = position - before.position();
            before.moved(gap, 1 + jumps(gap)).store(cursor);
        });
    }

    /// Once all stripes are counted: cuts the parts into rounds, and makes the counts places.
    pub(super) fn plan(&mut self) {
        let at_once = entries_at_once(self.count, self.anchors);
        let parts = 1 << self.bits;
        let (mut first, mut sum) = (0, 0);
        for part in 0..parts {
            let cursors = || self.cursors[part..].iter().step_by(parts);
            let count: usize = cursors().map(|cursor| Cursor::load(cursor).place()).sum();
            if sum + count > at_once {
                self.rounds.push(first..part);
                (first, sum) = (part, 0);
            }
            for (stripe, cursor) in cursors().enumerate() {
                let count = Cursor::load(cursor).place();
                Cursor::new(sum, self.stripe(stripe).start).store(cursor);
                sum += count;
            }
        }
        self.rounds.push(first..parts);
    }

    /// Gives the parts of a round their positions of a stripe. Returns early when `monitor` says so.
    pub(super) fn deal(&self, stripe: usize, round: usize, window: &[u8], monitor: &Monitor) {
        self.for_each_of(self.round(round), stripe, window, monitor, |cursor, position| {
            let mut before = Cursor::load(cursor);
            let mut gap = position - before.position();
            while gap >= JUMP {
                let times = (gap / JUMP).min(WIDEST_JUMP);
                self.entries[before.place()].store((JUMP + times - 1) as u16, Ordering::Relaxed);
                before = before.moved(times * JUMP, 1);
                gap -= times * JUMP;
            }
            self.entries[before.place()].store(gap as u16, Ordering::Relaxed);
            before.moved(gap, 1).store(cursor);
        });
    }

    /// The positions of a part of the round that was dealt out last.
    pub(super) fn of(&self, part: usize, round: usize) -> PositionsOf<'_> {
        let start = if part == self.rounds[round].start { 0 } else { self.end_of(self.stripes() - 1, part - 1) };
        PositionsOf { parts: self, part, stripe: 0, place: start, end: self.end_of(0, part), position: 0 }
    }

    /// Where the entries of a stripe and a part end, once they are dealt out.
    fn end_of(&self, stripe: usize, part: usize) -> usize {
        Cursor::load(&self.cursors[(stripe << self.bits) + part]).place()
    }

    /// Calls `each` with the stripe's cursor of the part for each position of a stripe that belongs to one of the parts `wanted`.
    #[inline(always)]
    fn for_each_of(
        &self,
        wanted: Range<usize>,
        stripe: usize,
        window: &[u8],
        monitor: &Monitor,
        each: impl Fn(&AtomicU64, usize),
    ) {
        let cursors = &self.cursors[stripe << self.bits..(stripe + 1) << self.bits];
        let shift = CLASS_BITS - self.bits;
        let positions = self.stripe(stripe);
        let mut chosen = [0; CHOICE];
        for (index, from) in positions.clone().step_by(CHOICE).enumerate() {
            if index % (MONITOR_INTERVAL / CHOICE) == 0 && monitor.stopped() {
                return;
            }
            let range = from..positions.end.min(from + CHOICE);
            if self.anchors {
                for &position in find_anchors(window, range, &mut chosen) {
                    let part = (class(load64(window, position as usize)) >> shift) as usize;
                    // Mostly there is one round.
                    if wanted.contains(&part) {
                        each(&cursors[part], position as usize);
                    }
                }
            } else {
                for &packed in self.find_wanted(window, range, &wanted, &mut chosen) {
                    let part = (packed >> CHOICE_BITS >> shift) as usize;
                    each(&cursors[part], from + (packed as usize & (CHOICE - 1)));
                }
            }
        }
    }

    /// Finds the positions among at most [`CHOICE`] that belong to the parts `wanted`. Of each its [`class`], and in the lowest
    /// [`CHOICE_BITS`] its number in the range. Where there are many parts, a position that belongs to the same as the one before
    /// it is left out: nearly always that is a run of one byte, which needs no table. So half of all positions is the most that a
    /// part can have.
    #[inline(always)]
    fn find_wanted<'a>(
        &self,
        window: &[u8],
        range: Range<usize>,
        wanted: &Range<usize>,
        chosen: &'a mut [u32; CHOICE],
    ) -> &'a [u32] {
        let shift = CLASS_BITS - self.bits;
        let (first, classes) = ((wanted.start << shift) as u32, (wanted.len() << shift) as u32);
        // What makes it no class at all: where there are few parts, none is the same as the one before.
        let none = if self.count < LEAST_ROUND { u32::MAX } else { 0 };
        let before = range.start.checked_sub(1);
        let mut before = before.map_or(u32::MAX, |position| class(load64(window, position)) | none);
        let mut count = 0;
        for (index, bytes) in window[range.start..range.end + 7].windows(8).enumerate() {
            let class = class(u64::from_le_bytes(bytes.try_into().expect("eight bytes")));
            let is_other = class ^ before >= 1 << shift;
            // Which are wanted cannot be predicted: all are written, and those that are counted stay.
            chosen[count & (CHOICE - 1)] = class << CHOICE_BITS | index as u32;
            count += usize::from(is_other & (class.wrapping_sub(first) < classes));
            before = class | none;
        }
        &chosen[..count]
    }
}

/// Of a part and a stripe, in its lower half: first how many entries it takes, then where the next one goes, at last where they
/// end. In its upper one: the last position, or the stripe's beginning.
#[derive(Clone, Copy)]
struct Cursor(u64);

impl Cursor {
    fn new(place: usize, position: usize) -> Self {
        Self((position as u64) << 32 | place as u64)
    }

    /// What was stored by the same thread, or by another one in a step before.
    #[inline(always)]
    fn load(cursor: &AtomicU64) -> Self {
        Self(cursor.load(Ordering::Relaxed))
    }

    #[inline(always)]
    fn store(self, cursor: &AtomicU64) {
        cursor.store(self.0, Ordering::Relaxed);
    }

    #[inline(always)]
    fn place(self) -> usize {
        self.0 as u32 as usize
    }

    #[inline(always)]
    fn position(self) -> usize {
        (self.0 >> 32) as usize
    }

    /// So many positions and entries further on.
    #[inline(always)]
    fn moved(self, gap: usize, entries: usize) -> Self {
        Self(self.0 + ((gap as u64) << 32 | entries as u64))
    }
}

/// Jumps that a gap takes.
#[inline(always)]
fn jumps(gap: usize) -> usize {
    if gap < JUMP { 0 } else { (gap / JUMP).div_ceil(WIDEST_JUMP) }
}

/// The positions of a part that were not read yet.
pub(super) struct PositionsOf<'a> {
    parts: &'a Parts,
    part: usize,
    stripe: usize,
    /// The stripe's entries that are left, ...
    place: usize,
    end: usize,
    /// ... and the position before, or the stripe's beginning.
    position: u32,
}

impl PositionsOf<'_> {
    /// Entries that are left: as many as positions, or a little more.
    pub(super) fn entries(&self) -> usize {
        self.parts.end_of(self.parts.stripes() - 1, self.part) - self.place
    }

    /// Reads the next positions, as many as there is room for; returns how many these are.
    pub(super) fn read(&mut self, positions: &mut [u32]) -> usize {
        let mut read = 0;
        while read < positions.len() {
            if self.place == self.end {
                if self.stripe + 1 == self.parts.stripes() {
                    break;
                }
                self.stripe += 1;
                self.end = self.parts.end_of(self.stripe, self.part);
                self.position = self.parts.stripe(self.stripe).start as u32;
                continue;
            }
            let now = (self.end - self.place).min(positions.len() - read);
            for entry in &self.parts.entries[self.place..self.place + now] {
                let entry = u32::from(entry.load(Ordering::Relaxed));
                // How many are jumps depends on the data: nothing branches.
                let is_jump = entry >= JUMP as u32;
                self.position += if is_jump { (entry - JUMP as u32 + 1) * JUMP as u32 } else { entry };
                positions[read] = self.position;
                read += usize::from(!is_jump);
            }
            self.place += now;
        }
        read
    }
}

/// Positions of a stripe of `count` ones.
fn stripe(count: usize) -> usize {
    count.div_ceil(MOST_STRIPES).max(LEAST_STRIPE)
}

/// Bits of the number of parts of a window of `count` positions.
fn part_bits(count: usize, anchors: bool) -> u32 {
    let dealt = if anchors { count / ANCHOR_INTERVAL } else { count };
    (usize::BITS - dealt.leading_zeros()).saturating_sub(PART_BITS).min(CLASS_BITS)
}

/// Entries of a window of `count` positions that parts have room for at once.
fn entries_at_once(count: usize, anchors: bool) -> usize {
    let positions = if anchors {
        // Of two neighbours one at most is one.
        count / 2
    } else {
        // A little more than the largest part can have, lest two rounds become three. More positions never need less.
        (count / 2 + count / 16).max(count.min(LEAST_ROUND))
    };
    // And the jumps that a part can have.
    positions + count / JUMP + 1
}

/// The class of a position with these eight bytes: a part has one or more that follow each other.
#[inline(always)]
fn class(bytes: u64) -> u32 {
    // A product's upper bits depend on all of the factor's.
    ((bytes << (64 - 8 * FIRST)).wrapping_mul(PART_FACTOR) >> (64 - CLASS_BITS)) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Bytes whose positions belong to many parts, or to few.
    fn window(length: usize, is_noise: impl Fn(usize) -> bool) -> Vec<u8> {
        let mut state = 1u32;
        (0..length)
            .map(|position| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if is_noise(position) { (state >> 24) as u8 } else { b"seven77"[position % 7] }
            })
            .collect()
    }

    /// Deals out all positions of `window`, in stripes, and asserts that each part gets its own, in order.
    fn assert_dealt_out(window: &[u8], stripe: usize) {
        let count = window.len() - 8;
        let monitor = Monitor::default();
        let mut parts = Parts::default();
        parts.begin_in_stripes(count, false, stripe);
        let mut expected: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let mut before = None;
        for position in 0..count {
            let part = (class(load64(window, position)) >> (CLASS_BITS - parts.bits)) as usize;
            if before.replace(part) != Some(part) || count < LEAST_ROUND {
                expected.entry(part).or_default().push(position as u32);
            }
        }
        (0..parts.stripes()).for_each(|stripe| parts.count(stripe, window, &monitor));
        parts.plan();
        for round in 0..parts.rounds() {
            (0..parts.stripes()).for_each(|stripe| parts.deal(stripe, round, window, &monitor));
            for part in parts.round(round) {
                // In a few pieces, with room left behind the last one.
                let mut positions = vec![0; expected.get(&part).map_or(0, Vec::len) + 7];
                let mut reader = parts.of(part, round);
                let entries = reader.entries();
                let mut read = 0;
                while read < positions.len() {
                    let end = positions.len().min(read + 1 + positions.len() / 3);
                    match reader.read(&mut positions[read..end]) {
                        0 => break,
                        more => read += more,
                    }
                }
                assert_eq!(positions[..read], expected.remove(&part).unwrap_or_default(), "part {part}");
                assert!(entries >= read && reader.entries() == 0, "{entries} entries of part {part}");
            }
        }
        assert!(expected.is_empty(), "these parts had no round: {:?}", expected.keys());
    }

    #[test]
    fn positions_are_dealt_out_in_order() {
        for length in [8 + 1, 1000, LEAST_ROUND + 7, LEAST_ROUND + 8, 3 << 20] {
            assert_dealt_out(&window(length, |_| true), stripe(length));
        }
        // One part has a seventh of them all; those of most others are far from each other.
        assert_dealt_out(&window(3 << 20, |position| position % (1 << 18) < 50), LEAST_STRIPE);
    }

    #[test]
    fn wide_gaps_take_jumps() {
        // The same 50 bytes in a row of distances around those where jumps begin, and where one more is needed.
        let most = JUMP * WIDEST_JUMP;
        let distances = [JUMP - 1, JUMP, JUMP + 1, 2 * JUMP - 1, 2 * JUMP, most - 1, most, most + 1, most + JUMP];
        let ends = distances.map(|distance| distance.max(100)).into_iter().scan(0, |sum, distance| {
            *sum += distance;
            Some(*sum)
        });
        let starts: Vec<_> = std::iter::once(0).chain(ends).collect();
        let mut window = window(starts[starts.len() - 1] + 100, |_| false);
        for &start in &starts {
            window[start..start + 50].copy_from_slice(b"What is rare here, and has parts of its own, most.");
        }
        assert_dealt_out(&window, window.len());
        assert_dealt_out(&window, most + 5);
    }

    #[test]
    fn a_gap_takes_few_jumps() {
        let most = JUMP * WIDEST_JUMP;
        let gaps = [0, JUMP - 1, JUMP, most + JUMP - 1, most + JUMP, 2 * most + JUMP - 1, 2 * most + JUMP];
        assert_eq!(gaps.map(jumps), [0, 0, 1, 1, 2, 2, 3]);
    }

    #[test]
    fn memory_is_as_said_before() {
        for (window, anchors) in [(100, false), (1 << 20, false), (5 << 20, false), (5 << 20, true)] {
            let mut parts = Parts::default();
            parts.begin(window, anchors);
            assert_eq!(parts.bytes(), Parts::bytes_for(window, anchors));
        }
    }
}
