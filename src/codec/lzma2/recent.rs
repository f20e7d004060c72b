//! The nearest earlier positions with two, three and four equal bytes: small tables of the slice's own encoder.
//!
//! The match table knows longer matches only. Short ones pay when they are near, so tables that remember the latest
//! position of each hash are enough. The fast levels have no match table: for them
//! the nearest position with eight equal bytes is kept here too.

use super::bytes::{load32, load64};

/// Bits of the index by three bytes, at most.
const BITS3: u32 = 18;
/// Bits of the index by four bytes, at most.
const BITS4: u32 = 20;
/// Bits of the index by eight bytes.
const BITS8: u32 = 19;

/// Latest positions by hash. Entries of earlier uses are told apart by number instead of being cleared.
pub(super) struct Recent {
    two: Vec<u32>,
    three: Vec<u32>,
    four: Vec<u32>,
    /// Empty where there is a match table.
    eight: Vec<u32>,
    long: bool,
    /// Bits of the indices in use: a small window uses no more of the tables than stays in a core's cache.
    bits3: u32,
    bits4: u32,
    /// What position 0 of the window is called in the tables. Smaller entries are of earlier uses.
    base: u32,
    /// The end of the numbers in use.
    end: u32,
}

/// Nearest candidates at a position, as distances; 0 where there is none. The bytes are still to be compared.
#[derive(Clone, Copy, Default)]
pub(super) struct Nearest {
    pub(super) two: usize,
    pub(super) three: usize,
    pub(super) four: usize,
    pub(super) eight: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            two: vec![0; 1 << 16],
            three: vec![0; 1 << BITS3],
            four: vec![0; 1 << BITS4],
            eight: Vec::new(),
            long: false,
            bits3: BITS3,
            bits4: BITS4,
            base: 1,
            end: 1,
        }
    }
}

impl Recent {
    /// Memory of the tables.
    pub(super) const BYTES: u64 = 4 * ((1 << 16) + (1 << BITS3) + (1 << BITS4) + (1 << BITS8));

    /// Forgets everything; positions of a window of `length` bytes come next. `long`: by eight bytes, too.
    pub(super) fn begin(&mut self, length: usize, long: bool) {
        self.long = long;
        if long {
            self.eight.resize(1 << BITS8, 0);
        }
        // Two entries for each position.
        let bits = (usize::BITS - length.leading_zeros()) + 1;
        self.bits3 = bits.min(BITS3);
        self.bits4 = bits.min(BITS4);
        let length = u32::try_from(length).expect("windows are below 2 GiB");
        if self.end.checked_add(length).is_none() {
            self.two.fill(0);
            self.three.fill(0);
            self.four.fill(0);
            self.eight.fill(0);
            self.end = 1;
        }
        self.base = self.end;
        self.end += length;
    }

    #[inline(always)]
    fn slots(&mut self, value: u32) -> (&mut u32, &mut u32, &mut u32) {
        let three = ((value << 8).wrapping_mul(0x9E37_79B1) >> (32 - self.bits3)) as usize;
        let four = (value.wrapping_mul(0x9E37_79B1) >> (32 - self.bits4)) as usize;
        (&mut self.two[(value & 0xFFFF) as usize], &mut self.three[three], &mut self.four[four])
    }

    #[inline(always)]
    fn slot8(&mut self, window: &[u8], position: usize) -> Option<&mut u32> {
        if !self.long || position + 8 > window.len() {
            return None;
        }
        let hash = load64(window, position).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS8);
        Some(&mut self.eight[hash as usize])
    }

    /// Looks up `position`, at least four bytes before the window's end, and remembers it.
    #[inline(always)]
    pub(super) fn find_and_insert(&mut self, window: &[u8], position: usize) -> Nearest {
        let number = self.base + position as u32;
        let base = self.base;
        let (two, three, four) = self.slots(load32(window, position));
        let distance = |slot: &mut u32| {
            let old = std::mem::replace(slot, number);
            // Entries of earlier uses, and later positions (after a step back), are no candidates.
            if old >= base && old < number { (number - old) as usize } else { 0 }
        };
        let mut nearest = Nearest { two: distance(two), three: distance(three), four: distance(four), eight: 0 };
        if let Some(eight) = self.slot8(window, position) {
            nearest.eight = distance(eight);
        }
        nearest
    }

    /// Remembers `position`, at least four bytes before the window's end.
    #[inline(always)]
    pub(super) fn insert(&mut self, window: &[u8], position: usize) {
        let number = self.base + position as u32;
        let (two, three, four) = self.slots(load32(window, position));
        *two = number;
        *three = number;
        *four = number;
        if let Some(eight) = self.slot8(window, position) {
            *eight = number;
        }
    }
}
