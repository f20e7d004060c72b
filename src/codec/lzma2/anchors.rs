//! Which positions of a window a match table of few positions has: the anchors.

use std::ops::Range;

/// Positions that anchors are looked for in at once.
pub(super) const CHOICE: usize = 1 << CHOICE_BITS;
/// Bits of the number of one of them.
pub(super) const CHOICE_BITS: u32 = 8;
/// So many positions have one anchor, on average.
pub(super) const ANCHOR_INTERVAL: usize = 3;

/// A multiplier: odd, and irregular.
const ORDER_FACTOR: u32 = 0x9E37_79B1;

/// Finds the anchors among at most [`CHOICE`] positions.
#[inline(always)]
pub(super) fn find_anchors<'a>(window: &[u8], range: Range<usize>, chosen: &'a mut [u32; CHOICE]) -> &'a [u32] {
    let mut count = 0;
    let mut before = range.start.checked_sub(1).map_or(0, |position| order(window, position));
    let mut here = order(window, range.start);
    for position in range {
        let next = order(window, position + 1);
        // Every third is one, but which cannot be predicted: all are written, and those that are counted stay.
        chosen[count & (CHOICE - 1)] = position as u32;
        count += usize::from((here < next) & (here <= before));
        (before, here) = (here, next);
    }
    &chosen[..count]
}

/// What decides whether a position is an anchor.
#[inline(always)]
fn order(window: &[u8], position: usize) -> u32 {
    let value = u32::from_le_bytes(window[position..position + 4].try_into().expect("four bytes"));
    // Of a product's lowest bits each depends on few of the factor's.
    value.wrapping_mul(ORDER_FACTOR) >> 8
}
