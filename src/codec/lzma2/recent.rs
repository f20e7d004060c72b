//! The nearest earlier positions with two, three and four equal bytes: small tables of the slice's own encoder.
//!
//! The match table knows longer matches only. Short ones pay when they are near, so tables that remember the latest
//! position of each hash are enough, and stay in the core's own cache.

use super::bytes::load32;

/// Bits of the index by three bytes.
const BITS3: u32 = 16;
/// Bits of the index by four bytes.
const BITS4: u32 = 18;

/// Latest positions by hash. Entries of earlier uses are told apart by number instead of being cleared.
pub(super) struct Recent {
    two: Vec<u32>,
    three: Vec<u32>,
    four: Vec<u32>,
    /// What position 0 of the window is called in the tables. Smaller entries are of earlier uses.
    base: u32,
    /// The end of the numbers in use.
    end: u32,
}

/// Nearest candidates at a position, as distances; 0 where there is none. The bytes are still to be compared.
#[derive(Clone, Copy, Default)]
pub(super) struct Nearest {
    pub(super) two: u32,
    pub(super) three: u32,
    pub(super) four: u32,
}

impl Default for Recent {
    fn default() -> Self {
        Self { two: vec![0; 1 << 16], three: vec![0; 1 << BITS3], four: vec![0; 1 << BITS4], base: 1, end: 1 }
    }
}

impl Recent {
    /// Memory of the tables.
    pub(super) const BYTES: u64 = 4 * ((1 << 16) + (1 << BITS3) + (1 << BITS4));

    /// Forgets everything; positions of a window of `length` bytes come next.
    pub(super) fn begin(&mut self, length: usize) {
        let length = u32::try_from(length).expect("windows are below 2 GiB");
        if self.end.checked_add(length).is_none() {
            self.two.fill(0);
            self.three.fill(0);
            self.four.fill(0);
            self.end = 1;
        }
        self.base = self.end;
        self.end += length;
    }

    #[inline(always)]
    fn slots(&mut self, value: u32) -> (&mut u32, &mut u32, &mut u32) {
        let three = ((value << 8).wrapping_mul(0x9E37_79B1) >> (32 - BITS3)) as usize;
        let four = (value.wrapping_mul(0x9E37_79B1) >> (32 - BITS4)) as usize;
        (&mut self.two[(value & 0xFFFF) as usize], &mut self.three[three], &mut self.four[four])
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
            if old >= base && old < number { number - old } else { 0 }
        };
        Nearest { two: distance(two), three: distance(three), four: distance(four) }
    }

    /// Remembers `position`, at least four bytes before the window's end.
    #[inline(always)]
    pub(super) fn insert(&mut self, window: &[u8], position: usize) {
        let number = self.base + position as u32;
        let (two, three, four) = self.slots(load32(window, position));
        *two = number;
        *three = number;
        *four = number;
    }
}
