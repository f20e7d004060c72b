//! A window's positions dealt out to parts: those with the same bytes meet in one.
//!
//! Positions that a match table has are dealt out by a hash of their first six bytes. Stripes of the window are counted, then
//! dealt out, side by side: each has a cursor of its own for every part.
//!
//! Where all positions are entered, half of the parts get theirs first, and the others when those are refined: such a *round*
//! takes as much memory as all anchors do.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use super::anchors::{ANCHOR_INTERVAL, CHOICE, find_anchors};
use super::bytes::load64;
use super::ladder::FIRST;
use super::memory::grow_u32;
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

/// The multiplier of the hash that deals out: odd, and irregular.
const PART_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The positions of a window dealt out to parts: what a [`MatchTable`](super::MatchTable) needs until it is complete. Memory:
/// somewhat more than 2 bytes for each byte of the window.
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
    /// The positions, part after part, ascending within each.
    positions: Vec<AtomicU32>,
    /// For each stripe of the window, for each part. First how many positions of the stripe belong to the part; then
    /// where in `positions` the next of them goes; at last where those of the stripe end.
    cursors: Vec<AtomicU32>,
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
        4 * (self.positions.capacity() + self.cursors.capacity()) as u64
    }

    /// Memory of the parts of a window of `window` bytes.
    pub(super) fn bytes_for(window: usize, anchors: bool) -> u64 {
        let cursors = window.div_ceil(stripe(window)) << part_bits(window, anchors);
        4 * (positions_at_once(window, anchors) + cursors) as u64
    }

    /// Makes these the parts of another window: of its first `count` positions, or of the `anchors` among them.
    pub(super) fn begin(&mut self, count: usize, anchors: bool) {
        self.count = count;
        self.anchors = anchors;
        self.bits = part_bits(count, anchors);
        self.stripe = stripe(count);
        let cursors = self.stripes() << self.bits;
        grow_u32(&mut self.positions, positions_at_once(count, anchors));
        self.rounds.clear();
        self.cursors.clear();
        self.cursors.resize_with(cursors, AtomicU32::default);
    }

    pub(super) fn stripes(&self) -> usize {
        self.count.div_ceil(self.stripe)
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
        self.for_each_of(0..1 << self.bits, stripe, window, monitor, |cursor, _| {
            cursor.store(cursor.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        });
    }

    /// Once all stripes are counted: cuts the parts into rounds, and makes the counts places: in each round part after part, and
    /// within each stripe after stripe, so that positions ascend.
    pub(super) fn plan(&mut self) {
        let at_once = positions_at_once(self.count, self.anchors);
        let parts = 1 << self.bits;
        let (mut first, mut sum) = (0, 0);
        for part in 0..parts {
            let cursors = || self.cursors[part..].iter().step_by(parts);
            let count: usize = cursors().map(load).sum();
            if sum + count > at_once {
                self.rounds.push(first..part);
                (first, sum) = (part, 0);
            }
            for cursor in cursors() {
                let count = load(cursor);
                cursor.store(sum as u32, Ordering::Relaxed);
                sum += count;
            }
        }
        self.rounds.push(first..parts);
    }

    /// Gives the parts of a round their positions of a stripe. Returns early when `monitor` says so.
    pub(super) fn deal(&self, stripe: usize, round: usize, window: &[u8], monitor: &Monitor) {
        self.for_each_of(self.round(round), stripe, window, monitor, |cursor, position| {
            let place = cursor.load(Ordering::Relaxed);
            self.positions[place as usize].store(position as u32, Ordering::Relaxed);
            cursor.store(place + 1, Ordering::Relaxed);
        });
    }

    /// The positions of a part of the round that was dealt out last: so many of those that are returned. Behind them are those of
    /// the next parts.
    pub(super) fn of(&self, part: usize, round: usize) -> (&[AtomicU32], usize) {
        // Where the last stripe's positions of a part end, the next part begins.
        let ends = &self.cursors[self.cursors.len() - (1 << self.bits)..];
        let from = if part == self.rounds[round].start { 0 } else { load(&ends[part - 1]) };
        (&self.positions[from..], load(&ends[part]) - from)
    }

    /// Calls `each` with the stripe's cursor of the part for each position of a stripe that belongs to one of the parts `wanted`.
    #[inline(always)]
    fn for_each_of(
        &self,
        wanted: Range<usize>,
        stripe: usize,
        window: &[u8],
        monitor: &Monitor,
        each: impl Fn(&AtomicU32, usize),
    ) {
        let cursors = &self.cursors[stripe << self.bits..(stripe + 1) << self.bits];
        let shift = 63 - self.bits;
        let positions = self.stripe(stripe);
        let mut chosen = [0; CHOICE];
        let mut chosen_parts = [0; CHOICE];
        for (index, from) in positions.clone().step_by(CHOICE).enumerate() {
            if index % (MONITOR_INTERVAL / CHOICE) == 0 && monitor.stopped() {
                return;
            }
            let range = from..positions.end.min(from + CHOICE);
            if self.anchors {
                // They all fit in: there is one round.
                for &position in find_anchors(window, range, &mut chosen) {
                    each(&cursors[part(window, position as usize, shift)], position as usize);
                }
            } else {
                let count = self.find_wanted(window, range, &wanted, &mut chosen, &mut chosen_parts);
                for (&position, &part) in chosen.iter().zip(&chosen_parts).take(count) {
                    each(&cursors[part as usize], position as usize);
                }
            }
        }
    }

    /// Finds the positions among at most [`CHOICE`] that belong to the parts `wanted`, and their parts; returns their number. Where
    /// there are many parts, a position that belongs to the same as the one before it is left out: nearly always that is a run of
    /// one byte, which needs no table. So half of all positions is the most that a part can have.
    #[inline(always)]
    fn find_wanted(
        &self,
        window: &[u8],
        range: Range<usize>,
        wanted: &Range<usize>,
        chosen: &mut [u32; CHOICE],
        chosen_parts: &mut [u32; CHOICE],
    ) -> usize {
        let shift = 63 - self.bits;
        let few_parts = self.count < LEAST_ROUND;
        let mut count = 0;
        let mut before = range.start.checked_sub(1).map_or(usize::MAX, |position| part(window, position, shift));
        for position in range {
            let part = part(window, position, shift);
            // Which are wanted cannot be predicted: all are written, and those that are counted stay.
            chosen[count & (CHOICE - 1)] = position as u32;
            chosen_parts[count & (CHOICE - 1)] = part as u32;
            count += usize::from((few_parts | (part != before)) & (part.wrapping_sub(wanted.start) < wanted.len()));
            before = part;
        }
        count
    }
}

/// A position of a part, or a cursor: written by one thread in a step before.
#[inline(always)]
pub(super) fn load(position: &AtomicU32) -> usize {
    position.load(Ordering::Relaxed) as usize
}

/// Positions of a stripe of `count` ones.
fn stripe(count: usize) -> usize {
    count.div_ceil(MOST_STRIPES).max(LEAST_STRIPE)
}

/// Bits of the number of parts of a window of `count` positions.
fn part_bits(count: usize, anchors: bool) -> u32 {
    let dealt = if anchors { count / ANCHOR_INTERVAL } else { count };
    (usize::BITS - dealt.leading_zeros()).saturating_sub(PART_BITS).min(16)
}

/// Positions of a window of `count` ones that parts have room for at once.
fn positions_at_once(count: usize, anchors: bool) -> usize {
    if anchors {
        // Of two neighbours one at most is one.
        count / 2 + 1
    } else {
        // A little more than the largest part can have, lest two rounds become three. More positions never need less.
        (count / 2 + count / 16 + 1).max(count.min(LEAST_ROUND))
    }
}

/// The part of `position`.
#[inline(always)]
fn part(window: &[u8], position: usize, shift: u32) -> usize {
    let value = load64(window, position) << (64 - 8 * FIRST);
    // Two shifts, because there may be one part only.
    ((value.wrapping_mul(PART_FACTOR) >> 1) >> shift) as usize
}
