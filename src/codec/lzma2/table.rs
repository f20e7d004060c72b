//! The match table: for every position of a window, where the longest earlier match is and where a nearer one is.
//!
//! # How it is found
//!
//! The nearest earlier position with the same `k` bytes is what a hash table by `k` bytes holds, if every position is
//! entered in turn. For a ladder of `k` (6, 8, 12, 16, …) the deepest rung with an answer is the longest match, rounded
//! down to a rung, and its nearest occurrence; a shallower rung is a shorter match that is cheaper to name. What lies
//! between two rungs is found when lengths are compared by the encoder, or one position later.
//!
//! Tables for a whole window would miss the cache at every step. So positions are first dealt out to *parts* by a hash
//! of their first six bytes: equal bytes meet in one part, parts are small enough that their tables stay in a core's
//! cache, and share nothing, so threads take them in any order. Work per position is the same whatever the data are:
//! no chains are followed and nothing is sorted, hence no bad case.

use std::hint::select_unpredictable;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::bytes::{load64, prefetch};
use super::memory::{grow_u32, grow_u64};
use super::params::Params;
use crate::codec::Monitor;

/// Equal bytes of each rung of the ladder.
pub(super) const LADDER: [usize; RUNGS] = [6, 8, 12, 16, 24, 32, 48];
/// Rungs of the ladder.
pub(super) const RUNGS: usize = 7;
/// The first rungs, for levels that want speed.
pub(super) const FEW_RUNGS: usize = 5;
/// Bytes that the shallowest rung compares, and that the part depends on.
const FIRST: usize = LADDER[0];
/// Bytes that the deepest rung compares.
const DEEPEST: usize = LADDER[RUNGS - 1];
/// Positions that a part has on average, at most.
const PART_BITS: u32 = 13;
/// Bits of an index into a part that tables hold.
const INDEX_BITS: u32 = 16;
/// The rung of eight bytes.
const EIGHT: usize = 1;
/// Parts that are refined by one call.
const GROUP_BITS: u32 = 5;
/// Positions at the window's end that have no eight bytes to load, and no match worth a table.
const TAIL: usize = 7;
/// Positions that are handled together, so that their cache misses overlap.
const BATCH: usize = 64;
/// Positions that one call counts or deals out, at least.
const LEAST_STRIPE: usize = 1 << 20;
/// So many such calls at most, since each has a cursor for every part.
const MOST_STRIPES: usize = 16;
/// How often to ask whether to stop, in bytes of a sequential pass.
const MONITOR_INTERVAL: usize = 1 << 19;

/// Multipliers of the hashes: odd, and irregular.
const PART_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// The matches of one window: its history and the new bytes behind it.
///
/// After [`MatchTable::new`] the table is empty. It is completed in [`Step`]s, each of which has
/// [`MatchTable::parts`]: any threads may [`MatchTable::work`] on them in any order. When all parts of a step are done,
/// one thread calls [`MatchTable::complete`], and only then the next step begins. After the last one slices can be
/// encoded. Memory: 4 bytes for each byte of the window and 8 for each new one, and a little for the parts.
#[derive(Default)]
pub struct MatchTable {
    /// All positions, part after part, ascending within each.
    positions: Vec<AtomicU32>,
    /// For each stripe of the window, for each part. First how many positions of the stripe belong to the part; then
    /// where in `positions` the next of them goes; at last where those of the stripe end.
    cursors: Vec<AtomicU32>,
    /// By new position: the distance of the longest match (low half) and of a nearer one (high half); 0 is none.
    matches: Vec<AtomicU64>,
    /// Positions that are dealt out.
    count: usize,
    /// Bits of the number of parts.
    part_bits: u32,
    /// Positions of a stripe.
    stripe: usize,
    /// Bytes before the first new one.
    history: usize,
    /// New bytes: entries of `matches` in use.
    new: usize,
    /// Distances above this are not kept.
    dictionary: u32,
    /// Rungs of the ladder in use.
    rungs: usize,
}

/// The steps that complete a [`MatchTable`], in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// How many positions each part gets.
    Count,
    /// The parts get their positions.
    Deal,
    /// The matches of each part are found.
    Refine,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 3] = [Self::Count, Self::Deal, Self::Refine];

    /// The step after this one.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Count => Some(Self::Deal),
            Self::Deal => Some(Self::Refine),
            Self::Refine => None,
        }
    }
}

/// Working memory of [`MatchTable::work`], reused from call to call.
#[derive(Default)]
pub struct FinderScratch {
    /// Two ways for each index, for each rung: a tag and the lowest bits of an index into the part.
    slots: Vec<[u32; 2]>,
}

impl FinderScratch {
    /// Memory for the largest parts.
    pub(super) const BYTES: u64 = (8 * RUNGS as u64) << INDEX_BITS;
}

impl MatchTable {
    /// An empty table for `window` bytes, the first `history` of which precede the new ones.
    pub fn new(params: &Params, window: usize, history: usize) -> Self {
        let mut table = Self::default();
        table.begin(params, window, history);
        table
    }

    /// Makes this an empty table for another window; as [`MatchTable::new`], in the same memory where it suffices.
    pub fn begin(&mut self, params: &Params, window: usize, history: usize) {
        assert!(window < 1 << 31 && history <= window, "a window is below 2 GiB and holds its history");
        self.history = history;
        self.dictionary = params.dictionary();
        self.rungs = params.rungs();
        self.new = if params.uses_table() { window - history } else { 0 };
        self.count = if self.new > 0 { window.saturating_sub(TAIL) } else { 0 };
        self.part_bits = part_bits(self.count);
        self.stripe = stripe(self.count);
        grow_u64(&mut self.matches, self.new);
        for entry in &self.matches[self.new.saturating_sub(TAIL)..self.new] {
            entry.store(0, Ordering::Relaxed);
        }
        grow_u32(&mut self.positions, self.count);
        self.cursors.clear();
        self.cursors.resize_with(self.stripes() << self.part_bits, AtomicU32::default);
    }

    /// Memory of the table of a window of `window` bytes, the first `history` of which are not new.
    pub(super) fn bytes(window: usize, history: usize) -> u64 {
        let cursors = window.div_ceil(stripe(window)) << part_bits(window);
        8 * (window - history) as u64 + 4 * window as u64 + 4 * cursors as u64
    }

    /// How many calls of [`MatchTable::work`] a step takes. Depends on the window only.
    pub fn parts(&self, step: Step) -> usize {
        match step {
            _ if self.count == 0 => 0,
            Step::Count | Step::Deal => self.stripes(),
            Step::Refine => (1usize << self.part_bits).div_ceil(1 << GROUP_BITS),
        }
    }

    /// Does one part of a step. `window` is the one that the table was made for. Returns early when `monitor` says so.
    pub fn work(&self, step: Step, part: usize, window: &[u8], scratch: &mut FinderScratch, monitor: &Monitor) {
        match step {
            Step::Count => self.count(part, window, monitor),
            Step::Deal => self.deal(part, window, monitor),
            Step::Refine => self.refine(part, window, scratch, monitor),
        }
    }

    /// To be called when all parts of a step are done.
    pub fn complete(&self, step: Step) {
        if step != Step::Count {
            return;
        }
        // Counts become places: part after part, and within each stripe after stripe, so that positions ascend.
        let parts = 1 << self.part_bits;
        let mut sum = 0;
        for part in 0..parts {
            for cursor in self.cursors[part..].iter().step_by(parts) {
                let count = cursor.load(Ordering::Relaxed);
                cursor.store(sum, Ordering::Relaxed);
                sum += count;
            }
        }
    }

    /// Does everything that is left to do after [`MatchTable::begin`] on the calling thread.
    pub fn fill(&self, window: &[u8], scratch: &mut FinderScratch, monitor: &Monitor) {
        for step in Step::ALL {
            (0..self.parts(step)).for_each(|part| self.work(step, part, window, scratch, monitor));
            self.complete(step);
        }
    }

    fn stripes(&self) -> usize {
        self.count.div_ceil(self.stripe)
    }

    fn count(&self, stripe: usize, window: &[u8], monitor: &Monitor) {
        self.for_each_of(stripe, window, monitor, |cursor, _| {
            cursor.store(cursor.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        });
    }

    fn deal(&self, stripe: usize, window: &[u8], monitor: &Monitor) {
        self.for_each_of(stripe, window, monitor, |cursor, position| {
            let place = cursor.load(Ordering::Relaxed);
            self.positions[place as usize].store(position as u32, Ordering::Relaxed);
            cursor.store(place + 1, Ordering::Relaxed);
        });
    }

    /// Calls `each` with the stripe's cursor of the part for each position of a stripe.
    #[inline(always)]
    fn for_each_of(&self, stripe: usize, window: &[u8], monitor: &Monitor, each: impl Fn(&AtomicU32, usize)) {
        let cursors = &self.cursors[stripe << self.part_bits..(stripe + 1) << self.part_bits];
        let shift = 63 - self.part_bits;
        let end = self.count.min((stripe + 1) * self.stripe);
        for from in (stripe * self.stripe..end).step_by(MONITOR_INTERVAL) {
            if monitor.stopped() {
                return;
            }
            for position in from..end.min(from + MONITOR_INTERVAL) {
                each(&cursors[part(window, position, shift)], position);
            }
        }
    }

    /// The positions of one part.
    fn positions(&self, part: usize) -> &[AtomicU32] {
        // Where the last stripe's positions of a part end, the next part begins.
        let ends = &self.cursors[self.cursors.len() - (1 << self.part_bits)..];
        let end = |part: usize| ends[part].load(Ordering::Relaxed) as usize;
        &self.positions[part.checked_sub(1).map_or(0, end)..end(part)]
    }

    fn refine(&self, group: usize, window: &[u8], scratch: &mut FinderScratch, monitor: &Monitor) {
        let first = group << GROUP_BITS;
        let last = (first + (1 << GROUP_BITS)).min(1 << self.part_bits);
        for part in first..last {
            let positions = self.positions(part);
            let done = if self.rungs == FEW_RUNGS {
                self.refine_positions::<FEW_RUNGS>(positions, window, scratch, monitor)
            } else {
                self.refine_positions::<RUNGS>(positions, window, scratch, monitor)
            };
            if done.is_none() {
                return;
            }
        }
    }

    /// None: stopped.
    fn refine_positions<const R: usize>(
        &self,
        positions: &[AtomicU32],
        window: &[u8],
        scratch: &mut FinderScratch,
        monitor: &Monitor,
    ) -> Option<()> {
        // As many indices as positions: with two ways for each, half of the entries stay free.
        let bits = usize::BITS - positions.len().leading_zeros();
        let size = 1 << bits.min(INDEX_BITS);
        scratch.slots.clear();
        scratch.slots.resize(size * R, [0; 2]);
        let mut hashes = [[0u64; BATCH]; R];
        let mut found = [[0u16; BATCH]; R];
        for (batch_index, batch) in positions.chunks(BATCH).enumerate() {
            if batch_index % 256 == 0 && monitor.stopped() {
                return None;
            }
            let first = batch_index * BATCH;
            let ahead = (first + BATCH).min(positions.len());
            for position in &positions[ahead..(ahead + BATCH).min(positions.len())] {
                let position = load(position);
                prefetch(window, position);
                prefetch(window, position + DEEPEST - 1);
                prefetch(&self.matches[..self.new], position.wrapping_sub(self.history));
            }
            for (index, position) in batch.iter().enumerate() {
                let ladder = ladder_hashes(window, load(position));
                for rung in 0..R {
                    hashes[rung][index] = ladder[rung];
                }
            }
            for rung in 0..R {
                let slots = &mut scratch.slots[rung * size..(rung + 1) * size];
                enter(slots, &hashes[rung][..batch.len()], first, &mut found[rung]);
            }
            for (index, position) in batch.iter().enumerate() {
                let Some(new) = load(position).checked_sub(self.history) else { continue };
                let backs: [u16; R] = std::array::from_fn(|rung| found[rung][index]);
                let entry = self.choose(positions, first + index, &backs);
                self.matches[new].store(entry, Ordering::Relaxed);
            }
        }
        Some(())
    }

    /// The two candidates to keep for the position at `index`, of those that lie `backs` before it; 0 is none.
    #[inline(always)]
    fn choose<const R: usize>(&self, positions: &[AtomicU32], index: usize, backs: &[u16; R]) -> u64 {
        let distance = |back: u16| {
            let back = usize::from(back);
            // An entry from more than 65536 positions ago leads to a wrong one: the encoder compares.
            let distance = if back <= index { load(&positions[index]) - load(&positions[index - back]) } else { 0 };
            if distance <= self.dictionary as usize { distance } else { 0 }
        };
        let mut rung = R;
        let mut longest = 0;
        while rung > 0 && longest == 0 {
            rung -= 1;
            if backs[rung] != 0 {
                longest = distance(backs[rung]);
            }
        }
        let deepest = backs[rung];
        // The nearest with eight bytes, or where that is the longest, with six.
        let nearer = if backs[EIGHT] != deepest { backs[EIGHT] } else { backs[0] };
        let nearer = if nearer != deepest { distance(nearer) } else { 0 };
        longest as u64 | (nearer as u64) << 32
    }

    /// The distances of the longest and of a nearer match at `position`; 0 is none.
    #[inline(always)]
    pub(super) fn at(&self, position: usize) -> (usize, usize) {
        match self.matches[..self.new].get(position.wrapping_sub(self.history)) {
            Some(entry) => {
                let entry = entry.load(Ordering::Relaxed);
                (entry as u32 as usize, (entry >> 32) as usize)
            }
            None => (0, 0),
        }
    }
}

/// A position of a part: written by one thread in a step before.
#[inline(always)]
fn load(position: &AtomicU32) -> usize {
    position.load(Ordering::Relaxed) as usize
}

/// Positions of a stripe of `count` ones.
fn stripe(count: usize) -> usize {
    count.div_ceil(MOST_STRIPES).max(LEAST_STRIPE)
}

/// Bits of the number of parts of `count` positions.
fn part_bits(count: usize) -> u32 {
    (usize::BITS - count.leading_zeros()).saturating_sub(PART_BITS).min(16)
}

/// The part of `position`.
#[inline(always)]
fn part(window: &[u8], position: usize, shift: u32) -> usize {
    let value = load64(window, position) << (64 - 8 * FIRST);
    // Two shifts, because there may be one part only.
    ((value.wrapping_mul(PART_FACTOR) >> 1) >> shift) as usize
}

/// Hashes of the first bytes of a position, one for each rung; 0 where the window is too short for the rung.
#[inline(always)]
fn ladder_hashes(window: &[u8], position: usize) -> [u64; RUNGS] {
    if let Some(bytes) = window.get(position..position + DEEPEST) {
        return hash_bytes(bytes.try_into().expect("as many bytes as the deepest rung has"));
    }
    let rest = &window[position..];
    let mut bytes = [0; DEEPEST];
    bytes[..rest.len()].copy_from_slice(rest);
    let mut hashes = hash_bytes(&bytes);
    for (hash, length) in hashes.iter_mut().zip(LADDER) {
        if length > rest.len() {
            *hash = 0;
        }
    }
    hashes
}

#[inline(always)]
fn hash_bytes(bytes: &[u8; DEEPEST]) -> [u64; RUNGS] {
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let mix = |hash: u64, word: u64| (hash.rotate_left(29) ^ word).wrapping_mul(FACTOR);
    let six = (word(0) << (64 - 8 * FIRST)).wrapping_mul(FACTOR);
    let eight = word(0).wrapping_mul(FACTOR);
    let twelve = mix(eight, word(4));
    let sixteen = mix(eight, word(8));
    let twenty_four = mix(sixteen, word(16));
    let thirty_two = mix(twenty_four, word(24));
    let forty_eight = mix(mix(thirty_two, word(32)), word(40));
    [six, eight, twelve, sixteen, twenty_four, thirty_two, forty_eight]
}

/// Looks each of `hashes` up and enters its index, counted from `first`, in its place. Returns how far back the indices
/// found lie; 0 is none.
#[inline(always)]
fn enter(slots: &mut [[u32; 2]], hashes: &[u64], first: usize, found: &mut [u16; BATCH]) {
    let mask = slots.len() - 1;
    for (offset, &hash) in hashes.iter().enumerate() {
        let index = (first + offset) as u16;
        // A product's upper bits depend on all of the factor's, its lower ones do not.
        let slot = &mut slots[(hash >> 48) as usize & mask];
        // An empty entry is 0, and so no tag is.
        let tag = ((hash >> 16) as u32 ^ (hash >> 24) as u32) | 1 << 16;
        let [newer, older] = *slot;
        let is_newer = (newer ^ tag) >> 16 == 0;
        let is_older = (older ^ tag) >> 16 == 0;
        // What is found cannot be predicted, so nothing branches. The latest entry comes first; what has not been asked
        // for longer gives way.
        let kept = select_unpredictable(is_newer, older, newer);
        *slot = [tag & 0xFFFF_0000 | u32::from(index), kept];
        let back = index.wrapping_sub(select_unpredictable(is_newer, newer, older) as u16);
        found[offset & (BATCH - 1)] = select_unpredictable(is_newer | is_older, back, 0);
    }
}
