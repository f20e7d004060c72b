//! The nearest earlier positions with few equal bytes: small tables of the slice's own encoder.
//!
//! The match table knows longer matches of some positions only. Short ones pay when they are near, so tables that
//! remember the latest position of each hash are enough. Where there is no chain, the nearest with about eight equal bytes
//! is remembered, too: the match table knows a far one. The thorough levels want the nearest with five as well, and so with
//! seven rather than eight, or, where the match table has all positions and time counts, five only.

use std::ops::Range;

use super::bytes::{prefetch, prefetch_early, word};
use super::memory::{prefer_huge_pages, zeroed};

/// Bits of the index by three bytes, at most: matches of three bytes pay where they are near, so these entries may be
/// few, and stay in a core's second cache.
const BITS3: u32 = 16;
/// Bits of the indices by more bytes, at most. Not by the dictionary: what is shorter than that comes out the same with any.
const BITS: u32 = 20;

/// Where the table by three bytes lies; before it is the one by two.
const THREE: usize = 1 << 16;
/// Entries of those of all tables that are in use where there are chains.
const SHORT: usize = THREE + (1 << BITS3) + (1 << BITS);
/// Entries of all tables.
const TOTAL: usize = SHORT + (2 << BITS);
/// Entries of a huge page.
const PAGE: usize = (2 << 20) / 4;
/// More entries than this are worth huge pages.
const LARGE: usize = 2 * PAGE;

/// How far ahead of the parser the tables are brought into the cache, ...
pub(super) const AHEAD: usize = 20;
/// ... and after that, what they lead to.
const SOON: usize = AHEAD / 2;
/// Positions whose places in the tables are known: a power of two above [`AHEAD`].
const RING: usize = 32;

/// Which longer matches are remembered beside the short ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Longer {
    /// None: others know them.
    None,
    /// Those of five bytes.
    Five,
    /// Those of eight bytes.
    Eight,
    /// Those of five and of seven bytes.
    FiveAndSeven,
}

/// Latest positions by hash. Entries of earlier uses are told apart by number instead of being cleared.
pub(super) struct Recent {
    /// The tables by two, three, four, five, and seven or eight bytes (five, where that is all), from `start` on, without gaps.
    /// None before the first use.
    memory: Vec<u32>,
    start: usize,
    /// Whether the memory is in huge pages: not until so much of it is in use, since one is taken as a whole.
    is_huge: bool,
    layout: Layout,
    /// The end of the numbers in use.
    end: u32,
    /// By position: where in the tables it belongs.
    ring: [[u32; 4]; RING],
}

/// Where the tables lie, and what is in them.
#[derive(Clone, Copy)]
struct Layout {
    longer: Longer,
    /// What leaves of a hash the bits of an index: few positions use no more of the tables than stays in a core's cache.
    shift3: u32,
    shift4: u32,
    shift_longer: u32,
    /// Where the tables with four and more bytes lie.
    four: u32,
    middle: u32,
    long: u32,
    /// What position 0 of the window is called in the tables. Smaller entries are of earlier uses.
    base: u32,
}

/// All of it at hand, for a loop over positions.
struct Tables<'a> {
    layout: Layout,
    entries: &'a mut [u32; TOTAL],
    ring: &'a mut [[u32; 4]; RING],
}

/// Nearest candidates at a position, as distances. Those that reach back to before the window's first byte, and 0, are
/// none; the bytes of the others are still to be compared.
#[derive(Clone, Copy, Default)]
pub(super) struct Nearest {
    pub(super) two: u32,
    pub(super) three: u32,
    pub(super) four: u32,
    /// With five bytes.
    pub(super) middle: u32,
    /// With seven or eight, or five where that is the only one.
    pub(super) long: u32,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            memory: Vec::new(),
            start: 0,
            is_huge: false,
            layout: Layout {
                longer: Longer::None,
                shift3: 31,
                shift4: 31,
                shift_longer: 63,
                four: 0,
                middle: 0,
                long: 0,
                base: 1,
            },
            end: 1,
            ring: [[0; 4]; RING],
        }
    }
}

impl Recent {
    /// Memory of the tables where there is a match table. What lies around them, to have them in whole pages, is never
    /// touched.
    pub(super) fn bytes(longer: Longer) -> u64 {
        let kinds = if longer == Longer::FiveAndSeven { 3 } else { 2 };
        4 * ((THREE + (1 << BITS3)) as u64 + (kinds << BITS))
    }

    /// Memory of those tables that are in use where there are chains, for windows of up to `length` bytes.
    pub(super) fn short_bytes(length: u64) -> u64 {
        let bits = (u64::BITS - length.leading_zeros()).min(BITS);
        4 * (THREE as u64 + (1 << bits.min(BITS3)) + (1 << bits))
    }

    /// Forgets everything; positions of a window of `length` bytes come next, of which about `count` are asked for.
    pub(super) fn begin(&mut self, length: usize, count: usize, longer: Longer) {
        // One entry for each of them, or two.
        let bits = (usize::BITS - count.max(1).leading_zeros()).min(BITS);
        let bits3 = bits.min(BITS3);
        let four = THREE as u32 + (1 << bits3);
        let middle = four + (1 << bits);
        let long = if longer == Longer::FiveAndSeven { middle + (1 << bits) } else { middle };
        let length = u32::try_from(length).expect("windows are below 2 GiB");
        let is_large = long as usize + (1 << bits) > LARGE;
        if self.memory.is_empty() || is_large && !self.is_huge {
            self.allocate(is_large);
        } else if self.end.checked_add(length).is_none() {
            self.memory[self.start..self.start + TOTAL].fill(0);
            self.end = 1;
        }
        self.layout = Layout {
            longer,
            shift3: 32 - bits3,
            shift4: 32 - bits,
            shift_longer: 64 - bits,
            four,
            middle,
            long,
            base: self.end,
        };
        self.end += length;
    }

    /// Takes memory for all tables. What of it is never in use is never touched.
    fn allocate(&mut self, is_huge: bool) {
        self.memory = Vec::new(); // First, lest there be both.
        self.memory = zeroed(TOTAL + PAGE);
        self.start = 0;
        if is_huge {
            self.start = (self.memory.as_ptr().addr() / 4).wrapping_neg() % PAGE;
            prefer_huge_pages(&mut self.memory[self.start..self.start + TOTAL]);
        }
        (self.is_huge, self.end) = (is_huge, 1);
    }

    /// To be called before the first position, and whenever the next position is not the one behind the last.
    pub(super) fn seek(&mut self, window: &[u8], position: usize) {
        let longer = self.layout.longer;
        let mut tables = self.tables();
        (position..position + AHEAD).for_each(|position| tables.approach(window, position, longer));
    }

    /// Looks up `position` and remembers it. Positions come one after the other.
    #[inline(always)]
    pub(super) fn find_and_insert(&mut self, window: &[u8], position: usize) -> Nearest {
        let longer = self.layout.longer;
        let mut tables = self.tables();
        tables.prefetch_found(window, position + SOON, longer);
        tables.approach(window, position + AHEAD, longer);
        tables.replace(window, position, longer)
    }

    /// Remembers `positions`, which come one after the other, calling `each` for them. What comes behind is looked up next.
    #[inline(always)]
    pub(super) fn insert(&mut self, window: &[u8], positions: Range<usize>, each: impl Fn(usize)) {
        // A loop for each kind.
        match self.layout.longer {
            Longer::None => self.insert_with(window, positions, each, Longer::None),
            Longer::Five => self.insert_with(window, positions, each, Longer::Five),
            Longer::Eight => self.insert_with(window, positions, each, Longer::Eight),
            Longer::FiveAndSeven => self.insert_with(window, positions, each, Longer::FiveAndSeven),
        }
    }

    #[inline(always)]
    fn insert_with(&mut self, window: &[u8], positions: Range<usize>, each: impl Fn(usize), longer: Longer) {
        let mut tables = self.tables();
        let end = positions.end;
        for position in positions {
            each(position);
            if position + SOON >= end {
                tables.prefetch_found(window, position + SOON, longer);
            }
            tables.approach(window, position + AHEAD, longer);
            tables.replace(window, position, longer);
        }
    }

    #[inline(always)]
    fn tables(&mut self) -> Tables<'_> {
        let entries = self.memory[self.start..].first_chunk_mut().expect("there is so much memory from `start` on");
        Tables { layout: self.layout, entries, ring: &mut self.ring }
    }
}

/// `longer` is the layout's everywhere: known to the compiler where it is to a caller's loop.
impl Tables<'_> {
    /// Finds the places of `position`, and brings them into the cache.
    #[inline(always)]
    fn approach(&mut self, window: &[u8], position: usize, longer: Longer) {
        if position >= window.len() {
            return;
        }
        let Self { layout, entries, ring } = self;
        let value = word(window, position);
        let places = &mut ring[position % RING];
        let short = value as u32;
        let hash = |value: u64| value.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut enter = |index: usize, place: u32| {
            places[index] = place;
            prefetch_early(&entries[..], place as usize);
        };
        prefetch_early(&entries[..], usize::from(value as u16));
        enter(0, THREE as u32 + ((short << 8).wrapping_mul(0x9E37_79B1) >> (layout.shift3 & 31)));
        enter(1, layout.four + (short.wrapping_mul(0x9E37_79B1) >> (layout.shift4 & 31)));
        let (middle, long) = match longer {
            Longer::None => return,
            Longer::Five => (0, value << 24),
            Longer::Eight => (0, value),
            Longer::FiveAndSeven => (value << 24, value << 8),
        };
        if longer == Longer::FiveAndSeven {
            enter(2, layout.middle + (hash(middle) >> (layout.shift_longer & 63)) as u32);
        }
        enter(3, layout.long + (hash(long) >> (layout.shift_longer & 63)) as u32);
    }

    /// Brings what the tables lead to from `position` into the cache: one of the next [`AHEAD`]. An entry that changes before
    /// it is asked leads to a place so near that it is there already.
    #[inline(always)]
    fn prefetch_found(&self, window: &[u8], position: usize, longer: Longer) {
        // A window without longer matches here fits the cache.
        if longer == Longer::None {
            return;
        }
        for place in self.ring[position % RING] {
            debug_assert!((place as usize) < TOTAL);
            // SAFETY: `approach` makes places of a table's beginning and a number below its size, now or for an earlier use.
            let number = unsafe { *self.entries.get_unchecked(place as usize) };
            prefetch(window, number.wrapping_sub(self.layout.base) as usize);
        }
    }

    /// What the tables have for `position`, which takes its place.
    #[inline(always)]
    fn replace(&mut self, window: &[u8], position: usize, longer: Longer) -> Nearest {
        let number = self.layout.base + position as u32;
        let [three, four, middle, long] = self.ring[position % RING];
        let mut distance = |place: u32| {
            debug_assert!((place as usize) < TOTAL);
            // SAFETY: `approach` and the line below make places of a table's beginning and a number below its size.
            let slot = unsafe { self.entries.get_unchecked_mut(place as usize) };
            number.wrapping_sub(std::mem::replace(slot, number))
        };
        let two = u16::from_le_bytes([window[position], window.get(position + 1).copied().unwrap_or(0)]);
        let mut nearest =
            Nearest { two: distance(two.into()), three: distance(three), four: distance(four), ..Nearest::default() };
        if longer == Longer::FiveAndSeven {
            nearest.middle = distance(middle);
        }
        if longer != Longer::None {
            nearest.long = distance(long);
        }
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_tables_however_few_positions_are_asked_for() {
        let window: Vec<u8> = (0..2000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut recent = Recent::default();
        for longer in [Longer::None, Longer::Five, Longer::Eight, Longer::FiveAndSeven] {
            for count in [0, 1, 2, 2000, 1 << 24] {
                recent.begin(window.len(), count, longer);
                recent.seek(&window, 0);
                for position in 0..window.len() {
                    recent.find_and_insert(&window, position);
                    let places = recent.ring[position % RING];
                    assert!(places.iter().all(|&place| (place as usize) < TOTAL), "{longer:?}, {count}: {places:?}");
                }
            }
        }
    }
}
