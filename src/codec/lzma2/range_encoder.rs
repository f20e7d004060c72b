//! The range encoder: turns bits and their probabilities into bytes.

use std::hint::select_unpredictable;

use super::model::{PROB_BITS, Prob};

/// Probabilities move by 1/32 of their distance to certainty.
const MOVE_BITS: u32 = 5;
/// Below this the range is widened by a byte.
const TOP: u32 = 1 << 24;

/// Encodes bits into a buffer of its own.
///
/// `low` holds 32 bits and a carry. A carry is added to the bytes already written at once: runs of 0xFF are rare.
#[derive(Default)]
pub struct RangeEncoder {
    low: u64,
    range: u32,
    bytes: Vec<u8>,
}

impl RangeEncoder {
    /// Starts a new code. The first byte of one is always 0.
    pub fn start(&mut self) {
        self.low = 0;
        self.range = u32::MAX;
        self.bytes.clear();
        self.bytes.push(0);
    }

    /// Bytes that the code would have if it were finished now.
    #[inline(always)]
    pub(super) fn pending(&self) -> usize {
        self.bytes.len() + 4
    }

    /// Finishes the code and returns its bytes.
    pub fn finish(&mut self) -> &[u8] {
        for _ in 0..4 {
            self.shift();
        }
        &self.bytes
    }

    /// Moves the bytes that no carry can change any more to `out`.
    pub(super) fn take_settled(&mut self, out: &mut Vec<u8>) {
        // Whatever follows adds less than 1 to what precedes it, once: the last byte that is not 0xFF absorbs the carry.
        let settled = self.bytes.iter().rposition(|&byte| byte != 0xFF).unwrap_or(0);
        out.extend(self.bytes.drain(..settled));
    }

    #[inline(always)]
    fn shift(&mut self) {
        if self.low >> 32 != 0 {
            self.carry();
        }
        self.bytes.push((self.low >> 24) as u8);
        self.low = (self.low & 0x00FF_FFFF) << 8;
    }

    #[cold]
    fn carry(&mut self) {
        // The code's value is below 1, so the carry stops at the first byte at the latest.
        for byte in self.bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        self.low &= 0xFFFF_FFFF;
    }

    /// Encodes `bit` (0 or 1) and adapts its probability.
    #[inline(always)]
    pub fn bit(&mut self, prob: &mut Prob, bit: u32) {
        let value = u32::from(*prob);
        let bound = (self.range >> PROB_BITS) * value;
        let one = 0u32.wrapping_sub(bit);
        self.low += u64::from(bound & one);
        // Both outcomes are computed and one is selected: which bit comes is what a branch could not predict.
        self.range = select_unpredictable(bit == 0, bound, self.range - bound);
        let up = ((1 << PROB_BITS) - value) >> MOVE_BITS;
        let down = value >> MOVE_BITS;
        *prob = select_unpredictable(bit == 0, value + up, value - down) as Prob;
        if self.range < TOP {
            self.range <<= 8;
            self.shift();
        }
    }

    /// Encodes the lowest `count` bits of `value`, highest first, without a model.
    #[inline(always)]
    pub(super) fn direct(&mut self, value: u32, count: u32) {
        for index in (0..count).rev() {
            self.range >>= 1;
            self.low += u64::from(self.range & 0u32.wrapping_sub((value >> index) & 1));
            if self.range < TOP {
                self.range <<= 8;
                self.shift();
            }
        }
    }

    /// Encodes a symbol of `bits` bits, highest first, with a tree of probabilities (the root at index 1).
    #[inline(always)]
    pub(super) fn tree(&mut self, probs: &mut [Prob], bits: u32, symbol: u32) {
        let mut node = 1;
        for index in (0..bits).rev() {
            let bit = (symbol >> index) & 1;
            self.bit(&mut probs[node], bit);
            node = 2 * node + bit as usize;
        }
    }

    /// As [`RangeEncoder::tree`], lowest bit first.
    #[inline(always)]
    pub(super) fn reverse_tree(&mut self, probs: &mut [Prob], bits: u32, symbol: u32) {
        let mut node = 1;
        for index in 0..bits {
            let bit = (symbol >> index) & 1;
            self.bit(&mut probs[node], bit);
            node = 2 * node + bit as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_bytes_never_change() {
        let mut seed = 1u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 40) as u32
        };
        for round in 0..2000 {
            let (mut whole, mut parted, mut taken) = (RangeEncoder::default(), RangeEncoder::default(), Vec::new());
            whole.start();
            parted.start();
            // Values close to all ones are where carries run far.
            let near_one = round % 2 == 0;
            for _ in 0..50 {
                let value = if near_one && random() % 8 != 0 { 0xFFFF } else { random() & 0xFFFF };
                let (prob, bit) = ((random() % 2016 + 31) as Prob, random() & 1);
                for coder in [&mut whole, &mut parted] {
                    coder.direct(value, 16);
                    coder.bit(&mut { prob }, bit);
                }
                parted.take_settled(&mut taken);
            }
            taken.extend_from_slice(parted.finish());
            assert!(taken == whole.finish(), "round {round}");
        }
    }
}
