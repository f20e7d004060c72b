//! The nearest earlier positions with few equal bytes: small tables of the slice's own encoder.
//!
//! The match table knows longer matches only. Short ones pay when they are near, so tables that remember the latest
//! position of each hash are enough. The thorough levels want the nearest position with five equal bytes too: in machine
//! code, whose matches are short, that gives a quarter of a percent. The fast levels have no match table: for them the
//! nearest position with eight equal bytes is kept here.

use super::bytes::prefetch;

/// Bits of the index by three bytes, at most.
const BITS3: u32 = 18;
/// Bits of the index by four bytes, at most.
const BITS4: u32 = 20;
/// Bits of the index by five and by eight bytes.
const BITS5: u32 = 20;
const BITS8: u32 = 19;

/// Which longer matches are remembered beside the short ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Longer {
    /// None: others know them.
    None,
    /// Those of five bytes.
    Five,
    /// Those of eight bytes.
    Eight,
}

impl Longer {
    /// How many bytes, and the bits of their index.
    fn sizes(self) -> (u32, u32) {
        match self {
            Self::None => (0, 0),
            Self::Five => (5, BITS5),
            Self::Eight => (8, BITS8),
        }
    }
}

/// Latest positions by hash. Entries of earlier uses are told apart by number instead of being cleared.
pub(super) struct Recent {
    two: Box<[u32; 1 << 16]>,
    three: Box<[u32; 1 << BITS3]>,
    four: Box<[u32; 1 << BITS4]>,
    /// By as many bytes as `longer` says.
    long: Vec<u32>,
    longer: Longer,
    /// Bits of the indices in use: a small window uses no more of the tables than stays in a core's cache.
    bits3: u32,
    bits4: u32,
    /// What position 0 of the window is called in the tables. Smaller entries are of earlier uses.
    base: u32,
    /// The end of the numbers in use.
    end: u32,
}

/// Nearest candidates at a position, as distances. Those that reach back to before the window's first byte, and 0, are
/// none; the bytes of the others are still to be compared.
#[derive(Clone, Copy, Default)]
pub(super) struct Nearest {
    pub(super) two: u32,
    pub(super) three: u32,
    pub(super) four: u32,
    /// With five or eight bytes.
    pub(super) long: u32,
}

/// Zeroes from the heap, never on the stack.
fn zeroed<const N: usize>() -> Box<[u32; N]> {
    vec![0; N].into_boxed_slice().try_into().expect("as many as asked for")
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            two: zeroed(),
            three: zeroed(),
            four: zeroed(),
            long: Vec::new(),
            longer: Longer::None,
            bits3: BITS3,
            bits4: BITS4,
            base: 1,
            end: 1,
        }
    }
}

impl Recent {
    /// Memory of the tables.
    pub(super) const BYTES: u64 = 4 * ((1 << 16) + (1 << BITS3) + (1 << BITS4) + (1 << BITS5));

    /// Forgets everything; positions of a window of `length` bytes come next.
    pub(super) fn begin(&mut self, length: usize, longer: Longer) {
        let size = 1 << longer.sizes().1;
        // What an index of another size left behind says nothing.
        if longer != Longer::None && self.long.len() != size {
            self.long.clear();
            self.long.resize(size, 0);
        }
        self.longer = longer;
        // Two entries for each position.
        let bits = (usize::BITS - length.leading_zeros()) + 1;
        self.bits3 = bits.min(BITS3);
        self.bits4 = bits.min(BITS4);
        let length = u32::try_from(length).expect("windows are below 2 GiB");
        if self.end.checked_add(length).is_none() {
            self.two.fill(0);
            self.three.fill(0);
            self.four.fill(0);
            self.long.fill(0);
            self.end = 1;
        }
        self.base = self.end;
        self.end += length;
    }

    /// Where the tables by three and by four bytes have those of `value`.
    #[inline(always)]
    fn indices(&self, value: u32) -> (usize, usize) {
        let three = (value << 8).wrapping_mul(0x9E37_79B1) >> (32 - self.bits3);
        let four = value.wrapping_mul(0x9E37_79B1) >> (32 - self.bits4);
        (three as usize & ((1 << BITS3) - 1), four as usize & ((1 << BITS4) - 1))
    }

    /// The same for the longer matches of the eight bytes in `value`, where they are remembered.
    #[inline(always)]
    fn long_index(&self, value: u64) -> Option<usize> {
        let (bytes, bits) = match self.longer {
            Longer::None => return None,
            Longer::Five => Longer::Five.sizes(),
            Longer::Eight => Longer::Eight.sizes(),
        };
        Some(((value << (64 - 8 * bytes)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits)) as usize)
    }

    /// Looks up `position`, where the eight bytes in `value` are, and remembers it.
    #[inline(always)]
    pub(super) fn find_and_insert(&mut self, value: u64, position: usize) -> Nearest {
        let number = self.base + position as u32;
        let distance = |slot: &mut u32| number.wrapping_sub(std::mem::replace(slot, number));
        let (three, four) = self.indices(value as u32);
        Nearest {
            two: distance(&mut self.two[(value & 0xFFFF) as usize]),
            three: distance(&mut self.three[three]),
            four: distance(&mut self.four[four]),
            long: self.long_index(value).map_or(0, |index| distance(&mut self.long[index])),
        }
    }

    /// Brings into the cache what [`Self::find_and_insert`] or [`Self::insert`] of a later position will touch.
    #[inline(always)]
    pub(super) fn prefetch(&self, value: u64) {
        let (three, four) = self.indices(value as u32);
        prefetch(&self.three[..], three);
        prefetch(&self.four[..], four);
        if let Some(long) = self.long_index(value) {
            prefetch(&self.long, long);
        }
    }

    /// Remembers `position`, where the eight bytes in `value` are.
    #[inline(always)]
    pub(super) fn insert(&mut self, value: u64, position: usize) {
        let number = self.base + position as u32;
        let (three, four) = self.indices(value as u32);
        self.two[(value & 0xFFFF) as usize] = number;
        self.three[three] = number;
        self.four[four] = number;
        if let Some(index) = self.long_index(value) {
            self.long[index] = number;
        }
    }
}
