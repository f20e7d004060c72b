//! Match chains of a small window: from every position to the nearest earlier one with the same five bytes, and on.
//!
//! A window that fits a core's cache can be searched thoroughly for little. The links lead through the occurrences in
//! the order of their distance, so the nearest match of every length is found, which no table of fixed lengths knows.

use super::bytes::load64;

/// Equal bytes that a link stands for. The nearest shorter matches are in the slice's own tables.
const BYTES: u32 = 5;
/// Positions at the window's end that have no eight bytes to load have no links.
const TAIL: usize = 7;
/// Bits of the hash.
const MIN_BITS: u32 = 8;
const MAX_BITS: u32 = 16;

/// Distances to the nearest earlier position with the same hash of five bytes.
#[derive(Default)]
pub(super) struct Chains {
    /// Latest position by hash, counted from 1.
    heads: Vec<u32>,
    /// By position; 0 is none.
    links: Vec<u32>,
}

impl Chains {
    /// Memory of the chains of a window of `window` bytes.
    pub(super) fn bytes(window: u64) -> u64 {
        4 * (window + (1 << MAX_BITS))
    }

    /// Makes this the chains of `window`, in the same memory where it suffices.
    pub(super) fn prepare(&mut self, window: &[u8]) {
        let count = window.len().saturating_sub(TAIL);
        let bits = (usize::BITS - count.leading_zeros()).clamp(MIN_BITS, MAX_BITS);
        self.heads.clear();
        self.heads.resize(1 << bits, 0);
        self.links.clear();
        self.links.extend((1u32..).take(count).map(|number| {
            let value = load64(window, number as usize - 1) << (64 - 8 * BYTES);
            let hash = value.wrapping_mul(0x9E37_79B1_85EB_CA87) >> (64 - bits);
            let latest = std::mem::replace(&mut self.heads[hash as usize], number);
            if latest == 0 { 0 } else { number - latest }
        }));
    }

    /// How far back from `position` the nearest one of its chain is; 0 is none.
    #[inline(always)]
    pub(super) fn back(&self, position: usize) -> usize {
        self.links.get(position).map_or(0, |&back| back as usize)
    }
}
