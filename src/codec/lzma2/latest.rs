//! The latest positions with few equal bytes, where there is no match table: small tables of the slice's own encoder, from
//! which levels 1 to 3 have all their matches.
//!
//! Of five bytes and of nine the latest two positions are remembered, side by side: one line of memory has two candidates.
//! A second place for longer matches gives more than tables for more lengths would, and takes half as long. Of four bytes
//! the latest position is remembered only if that is near: few entries, which stay in the core's nearest cache.

use std::ops::Range;

use super::bytes::{load64_within, prefetch, prefetch_early, word};
use super::memory::{prefer_huge_pages, zeroed};
use super::params::Params;

/// Bits of the index by four bytes.
const NEAR_BITS: u32 = 12;
/// Bits of the indices by five and by nine bytes, at most.
const MOST_BITS: u32 = 20;
/// For so many positions of a slice there are two buckets of each kind, unless that is more than the most.
const POSITIONS: u32 = 4;
/// Buckets of a huge page.
const PAGE: usize = (2 << 20) / 8;

/// How far ahead of the parser the buckets are brought into the cache, ...
pub(super) const AHEAD: usize = 20;
/// ... and after that, what they lead to: not for positions inside matches, which are not asked for.
const SOON: usize = 3;
/// Positions whose places in the tables are known: a power of two above [`AHEAD`].
const RING: usize = 32;

/// The multipliers of the hashes: odd, and irregular.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
const LAST_FACTOR: u64 = 0xC2B2_AE3D_27D4_EB4F;

/// Latest positions by hash. Entries of earlier uses are told apart by number instead of being cleared.
pub(super) struct Latest {
    /// Those by four bytes.
    near: Box<[u32; 1 << NEAR_BITS]>,
    /// From `start` on, the buckets by five bytes, then those by nine. The lower half of each is the later position. They
    /// never become fewer than `2 << bits`, whatever that was.
    buckets: Vec<u64>,
    start: usize,
    /// Whether they are in huge pages: not until a whole one is in use.
    is_huge: bool,
    /// Bits of the index of either kind, as they are in use.
    bits: u32,
    /// What position 0 of the window is called in the tables. Smaller entries are of earlier uses.
    base: u32,
    /// The end of the numbers in use.
    end: u32,
    /// By position: where in the tables it belongs.
    ring: [Places; RING],
}

/// Where a position belongs. (Of a size that makes a place in the ring a shift away.)
#[derive(Clone, Copy, Default)]
#[repr(align(16))]
struct Places {
    near: u32,
    five: u32,
    nine: u32,
}

/// All of it at hand, for a loop over positions.
struct Tables<'a> {
    near: &'a mut [u32; 1 << NEAR_BITS],
    buckets: &'a mut [u64],
    /// From a hash of 64 bits to an index.
    shift: u32,
    base: u32,
    ring: &'a mut [Places; RING],
}

/// What there is for a position, as distances. Those that reach back to before the window's first byte, and 0, are none; the
/// bytes of the others are still to be compared.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// With four bytes.
    pub(super) near: u32,
    /// With five, the nearer one first.
    pub(super) five: [u32; 2],
    /// With nine.
    pub(super) nine: [u32; 2],
}

impl Default for Latest {
    fn default() -> Self {
        Self {
            near: Box::new([0; 1 << NEAR_BITS]),
            buckets: vec![0; 4],
            start: 0,
            is_huge: false,
            bits: 1,
            base: 1,
            end: 1,
            ring: [Places::default(); RING],
        }
    }
}

impl Latest {
    /// Memory of the tables at a level that has no match table. What lies around them, to have them in whole pages, is never
    /// touched.
    pub(super) fn bytes(params: &Params) -> u64 {
        (4 << NEAR_BITS) + (16 << bits(params))
    }

    /// Forgets everything; positions of a window of `length` bytes come next, of which about `count` are asked for.
    pub(super) fn begin(&mut self, params: &Params, length: usize, count: usize) {
        let most = bits(params);
        // Few positions use no more of the tables than stays in a core's cache.
        self.bits = (usize::BITS - count.leading_zeros()).saturating_sub(POSITIONS.ilog2()).clamp(1, most);
        let length = u32::try_from(length).expect("windows are below 2 GiB");
        let is_large = 2 << self.bits >= PAGE;
        let is_short = self.buckets.len() < (2 << most) + PAGE || is_large && !self.is_huge;
        // When the numbers are used up, new tables, too: to clear these would touch what of them was never in use.
        if is_short || self.end.checked_add(length).is_none() {
            self.buckets = Vec::new(); // First, lest there be both.
            self.buckets = zeroed((2 << most) + PAGE);
            self.start = 0;
            if is_large {
                self.start = (self.buckets.as_ptr().addr() / 8).wrapping_neg() % PAGE;
                prefer_huge_pages(&mut self.buckets[self.start..self.start + (2 << most)]);
            }
            self.is_huge = is_large;
            self.near.fill(0);
            self.end = 1;
        }
        self.base = self.end;
        self.end += length;
    }

    /// To be called before the first position, and whenever the next position is not the one behind the last.
    pub(super) fn seek(&mut self, window: &[u8], position: usize) {
        let mut tables = self.tables();
        (position..position + AHEAD).for_each(|position| tables.approach(window, position));
    }

    /// Looks up `position` and remembers it. Positions come one after the other.
    #[inline(always)]
    pub(super) fn find_and_insert(&mut self, window: &[u8], position: usize) -> Found {
        let mut tables = self.tables();
        tables.prefetch_found(window, position + SOON);
        tables.approach(window, position + AHEAD);
        tables.replace(position)
    }

    /// Remembers `positions`, which come one after the other. What comes behind is looked up next.
    #[inline]
    pub(super) fn insert(&mut self, window: &[u8], positions: Range<usize>) {
        let mut tables = self.tables();
        let Range { start, end } = positions;
        // From here on the places of the next two are known.
        let soon = end.saturating_sub(AHEAD - 2).max(start);
        tables.insert(window, start..soon);
        tables.prefetch_found(window, end);
        tables.prefetch_found(window, end + 1);
        tables.insert(window, soon..end);
    }

    #[inline(always)]
    fn tables(&mut self) -> Tables<'_> {
        Tables {
            near: &mut self.near,
            buckets: &mut self.buckets[self.start..],
            shift: 64 - self.bits,
            base: self.base,
            ring: &mut self.ring,
        }
    }
}

impl Tables<'_> {
    #[inline(always)]
    fn insert(&mut self, window: &[u8], positions: Range<usize>) {
        let Range { start, end } = positions;
        // Of these all nine bytes are in the window.
        let safe = window.len().saturating_sub(AHEAD + 8).clamp(start, end.max(start));
        for position in start..safe {
            // SAFETY: as just found.
            unsafe { self.approach_within(window, position + AHEAD) };
            self.replace(position);
        }
        for position in safe..end {
            self.approach(window, position + AHEAD);
            self.replace(position);
        }
    }

    /// Finds the places of `position`, and brings the buckets into the cache.
    #[inline(always)]
    fn approach(&mut self, window: &[u8], position: usize) {
        if position + 8 < window.len() {
            // SAFETY: as just compared.
            unsafe { self.approach_within(window, position) };
        } else {
            self.keep(position, word(window, position.min(window.len())), 0);
        }
    }

    /// # Safety
    /// The nine bytes at `position` are in the window.
    #[inline(always)]
    unsafe fn approach_within(&mut self, window: &[u8], position: usize) {
        // SAFETY: the caller's promise.
        let (value, last) = unsafe { (load64_within(window, position), *window.get_unchecked(position + 8)) };
        self.keep(position, value, last);
    }

    /// Keeps the places of the nine bytes `value` and `last` at `position`.
    #[inline(always)]
    fn keep(&mut self, position: usize, value: u64, last: u8) {
        let nine = value.wrapping_mul(FACTOR).wrapping_add(u64::from(last).wrapping_mul(LAST_FACTOR));
        let places = Places {
            near: (value as u32).wrapping_mul(FACTOR as u32) >> (32 - NEAR_BITS),
            five: ((value << 24).wrapping_mul(FACTOR) >> self.shift) as u32,
            // Behind all those of five bytes.
            nine: ((nine >> 1 | 1 << 63) >> (self.shift - 1)) as u32,
        };
        self.ring[position % RING] = places;
        prefetch_early(self.buckets, places.five as usize);
        prefetch_early(self.buckets, places.nine as usize);
    }

    /// Brings what the buckets lead to from `position` into the cache: one of the next [`AHEAD`]. An entry that changes before
    /// it is asked leads to a place so near that it is there already.
    #[inline(always)]
    fn prefetch_found(&self, window: &[u8], position: usize) {
        let Places { five, nine, .. } = self.ring[position % RING];
        for place in [five, nine] {
            debug_assert!((place as usize) < self.buckets.len());
            // SAFETY: `approach` makes places below `2 << bits`, now or for an earlier use, and there are so many buckets.
            let bucket = unsafe { *self.buckets.get_unchecked(place as usize) };
            for number in [bucket as u32, (bucket >> 32) as u32] {
                prefetch(window, number.wrapping_sub(self.base) as usize);
            }
        }
    }

    /// What the tables have for `position`, which becomes the latest.
    #[inline(always)]
    fn replace(&mut self, position: usize) -> Found {
        let number = self.base + position as u32;
        let Places { near, five, nine } = self.ring[position % RING];
        let near = number.wrapping_sub(std::mem::replace(&mut self.near[near as usize % (1 << NEAR_BITS)], number));
        let [five, nine] = [five, nine].map(|place| {
            debug_assert!((place as usize) < self.buckets.len());
            // SAFETY: as in `prefetch_found`.
            let bucket = unsafe { self.buckets.get_unchecked_mut(place as usize) };
            let earlier = *bucket;
            *bucket = earlier << 32 | u64::from(number);
            [number.wrapping_sub(earlier as u32), number.wrapping_sub((earlier >> 32) as u32)]
        });
        Found { near, five, nine }
    }
}

/// Bits of the indices by five and by nine bytes: half a bit for each of the dictionary's, as slices grow with it.
fn bits(params: &Params) -> u32 {
    ((params.dictionary().ilog2() + 16) / 2).min(MOST_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that repeat themselves in many ways.
    fn window(length: usize) -> Vec<u8> {
        (0..length as u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 15) as u8 % 3).collect()
    }

    #[test]
    fn what_is_found_are_the_latest_two_with_as_many_equal_bytes() {
        let window = window(3000);
        let mut latest = Latest::default();
        let expected = |position: usize, bytes: usize| {
            let equal = |earlier: &usize| window[*earlier..earlier + bytes] == window[position..position + bytes];
            let mut found = (0..position).rev().filter(equal).map(|earlier| (position - earlier) as u32);
            [found.next(), found.next()]
        };
        // Every use forgets the ones before.
        for _ in 0..3 {
            latest.begin(&Params::new(2, 1 << 20), window.len(), 2 << 20);
            latest.seek(&window, 0);
            let mut unlike = 0;
            for position in 0..window.len() - 9 {
                if position % 100 > 60 {
                    latest.insert(&window, position..position + 1);
                    continue;
                }
                let Found { near, five, nine } = latest.find_and_insert(&window, position);
                let known = |distance: u32| Some(distance).filter(|&distance| distance as usize <= position);
                for (found, bytes) in [(five, 5), (nine, 9)] {
                    // Others with the same hash may have taken their place.
                    unlike += usize::from(found.map(known) != expected(position, bytes));
                }
                unlike += usize::from(known(near) != expected(position, 4)[0]);
            }
            assert!(unlike < 30, "{unlike}");
        }
    }

    #[test]
    fn positions_inside_long_matches_may_be_left_out() {
        let window = window(3000);
        let mut latest = Latest::default();
        latest.begin(&Params::new(1, 256 << 10), window.len(), window.len());
        latest.seek(&window, 0);
        latest.insert(&window, 0..1000);
        latest.seek(&window, 2000);
        latest.insert(&window, 2000..2000);
        let [five, _] = latest.find_and_insert(&window, 2000).five.map(|distance| distance as usize);
        assert!(five > 2000 || five > 1000 && window[2000 - five..][..5] == window[2000..][..5], "{five}");
    }

    #[test]
    fn every_place_is_in_the_tables_however_few_positions_are_asked_for() {
        let window = window(2000);
        let mut latest = Latest::default();
        for (level, dictionary) in [(3, 1 << 30), (1, 4096), (2, 1 << 20), (3, 1 << 30)] {
            for count in [0, 1, 2, 2000, 1 << 24] {
                latest.begin(&Params::new(level, dictionary), window.len(), count);
                latest.seek(&window, 0);
                for position in 0..window.len() {
                    latest.find_and_insert(&window, position);
                    let Places { five, nine, .. } = latest.ring[position % RING];
                    assert!(five < 1 << latest.bits && nine >> latest.bits == 1, "{count}: {five}, {nine}");
                    assert!(latest.buckets.len() - latest.start >= 2 << latest.bits);
                }
            }
        }
    }

    #[test]
    fn tables_are_as_large_as_the_slices_of_a_dictionary_want() {
        let bytes = |dictionary: u32| Latest::bytes(&Params::new(2, dictionary)) >> 20;
        assert_eq!([256 << 10, 1 << 20, 4 << 20, 16 << 20, 1 << 30].map(bytes), [2, 4, 8, 16, 16]);
    }
}
