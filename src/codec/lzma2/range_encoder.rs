//! The range encoder: turns bits and their probabilities into bytes.

use std::hint::select_unpredictable;
use std::iter;

use super::model::{PROB_BITS, Prob};

/// Probabilities move by 1/32 of their distance to certainty.
const MOVE_BITS: u32 = 5;
/// Below this the range is widened by a byte.
const TOP: u32 = 1 << 24;

/// Room for the bytes of a code that have not been taken.
const ROOM: usize = 1 << 17;
/// Most bytes that one [`RangeEncoder::with`] may add: a bit adds one at most.
const MOST_BITS: usize = 64;

/// Encodes bits into a buffer of its own. What is settled has to be taken from it before [`ROOM`] is full.
pub struct RangeEncoder {
    numbers: Numbers,
    bytes: Box<[u8; ROOM]>,
    /// Behind the first byte, so many that were 0xFF are left out, ...
    run: u64,
    /// ... when the first byte was this. If it is another one, a carry has come through, and they are 0.
    first: u8,
}

/// Where a code stands.
///
/// `low` holds 32 bits and a carry, which is added to the bytes before when the next byte is written: runs of 0xFF are rare.
#[derive(Clone, Copy, Default)]
struct Numbers {
    low: u64,
    range: u32,
    /// Bytes written, and not left out or taken.
    length: u32,
}

impl Default for RangeEncoder {
    fn default() -> Self {
        let bytes = vec![0; ROOM].try_into().expect("as many bytes");
        Self { numbers: Numbers::default(), bytes, run: 0, first: 0 }
    }
}

impl RangeEncoder {
    /// Starts a new code. The first byte of one is always 0.
    pub fn start(&mut self) {
        self.numbers = Numbers { low: 0, range: u32::MAX, length: 1 };
        self.bytes[0] = 0;
        self.run = 0;
    }

    /// Bytes that the code would have if it were finished now, less those that were taken or left out.
    #[inline(always)]
    pub(super) fn pending(&self) -> usize {
        self.numbers.length as usize + 4
    }

    /// Finishes the code and appends what has not been taken to `out`.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.with(|coding| (0..4).for_each(|_| coding.shift()));
        self.take(self.numbers.length as usize, out);
    }

    /// Moves the bytes that no carry can change any more to `out`.
    pub fn take_settled(&mut self, out: &mut Vec<u8>) {
        // Whatever follows adds less than 1 to what precedes it, once: the last byte that is not 0xFF absorbs the carry.
        let length = self.numbers.length as usize;
        let settled = self.bytes[..length].iter().rposition(|&byte| byte != 0xFF).unwrap_or(0);
        if settled > 0 {
            self.take(settled, out);
        } else if self.run > 0 && self.bytes[0] != self.first {
            // A carry came through all the way, so no other one will. The last of the zeroes becomes the first byte.
            out.push(self.bytes[0]);
            out.extend(iter::repeat_n(0, self.run as usize - 1));
            self.bytes[0] = 0;
            self.run = 0;
        } else {
            self.first = self.bytes[0];
            self.run += length as u64 - 1;
            self.numbers.length = 1;
        }
    }

    /// Moves the first `count` bytes, not 0, and those left out behind the first of them to `out`.
    fn take(&mut self, count: usize, out: &mut Vec<u8>) {
        let left_out = if self.bytes[0] == self.first { 0xFF } else { 0 };
        out.push(self.bytes[0]);
        out.extend(iter::repeat_n(left_out, self.run as usize));
        out.extend(&self.bytes[1..count]);
        self.run = 0;
        self.bytes.copy_within(count..self.numbers.length as usize, 0);
        self.numbers.length -= count as u32;
    }

    /// Lets `encode` encode up to [`MOST_BITS`] bits.
    #[inline(always)]
    pub(super) fn with(&mut self, encode: impl FnOnce(&mut Coding)) {
        assert!(self.numbers.length as usize <= ROOM - MOST_BITS, "the code is taken before its room is full");
        let mut coding = Coding { numbers: self.numbers, bytes: &mut self.bytes };
        encode(&mut coding);
        self.numbers = coding.numbers;
    }

    /// Encodes `bit` (0 or 1) and adapts its probability.
    #[inline(always)]
    pub fn bit(&mut self, prob: &mut Prob, bit: u32) {
        self.with(|coding| coding.bit(prob, bit != 0));
    }
}

/// A range encoder at work: its numbers are in registers, where the compiler finds enough of them.
pub(super) struct Coding<'a> {
    numbers: Numbers,
    bytes: &'a mut [u8; ROOM],
}

impl Coding<'_> {
    /// Encodes `bit` and adapts its probability.
    #[inline(always)]
    pub(super) fn bit(&mut self, prob: &mut Prob, bit: bool) {
        let value = u32::from(*prob);
        let bound = (self.numbers.range >> PROB_BITS) * value;
        // Both outcomes are computed and one is selected: which bit comes is what a branch could not predict.
        self.numbers.low += u64::from(select_unpredictable(bit, bound, 0));
        self.numbers.range = select_unpredictable(bit, self.numbers.range - bound, bound);
        // Shifted down, a negative number goes away from zero: so 31 is 0 for what is subtracted.
        let certain = select_unpredictable(bit, (1 << MOVE_BITS) - 1, 1 << PROB_BITS);
        *prob = (value as i32 + ((certain - value as i32) >> MOVE_BITS)) as Prob;
        self.widen();
    }

    #[inline(always)]
    fn widen(&mut self) {
        if self.numbers.range < TOP {
            self.numbers.range <<= 8;
            self.shift();
        }
    }

    /// Moves the highest byte of `low` to the others.
    #[inline(always)]
    fn shift(&mut self) {
        // Places are brought into the room for the compiler, which then has nothing to check: they are in it.
        let Numbers { low, length, .. } = &mut self.numbers;
        let mut last = (*length as usize).wrapping_sub(1);
        let (sum, mut goes_on) = self.bytes[last % ROOM].overflowing_add((*low >> 32) as u8);
        self.bytes[last % ROOM] = sum;
        // The code's value is below 1, so the carry stops at the first byte at the latest.
        while goes_on {
            last = last.wrapping_sub(1);
            (self.bytes[last % ROOM], goes_on) = self.bytes[last % ROOM].overflowing_add(1);
        }
        self.bytes[*length as usize % ROOM] = (*low >> 24) as u8;
        *length += 1;
        *low = (*low & 0x00FF_FFFF) << 8;
    }

    /// Encodes the lowest `count` bits of `value`, highest first, without a model.
    #[inline(always)]
    pub(super) fn direct(&mut self, value: u32, count: u32) {
        for index in (0..count).rev() {
            self.numbers.range >>= 1;
            self.numbers.low += u64::from(self.numbers.range & 0u32.wrapping_sub((value >> index) & 1));
            self.widen();
        }
    }

    /// Encodes a symbol of `BITS` (3 to 8) bits, highest first, with a tree of probabilities (the root at index 1).
    #[inline(always)]
    pub(super) fn tree<const BITS: u32, const SIZE: usize>(&mut self, probs: &mut [Prob; SIZE], symbol: u32) {
        debug_assert!((SIZE - 1) as u32 & ((1 << BITS) - 1) == (1 << BITS) - 1 && symbol >> BITS == 0);
        // The node for a bit are the bits before it, behind a 1.
        let path = 1 << BITS | symbol;
        // A loop would stay one.
        if BITS > 7 {
            self.node(probs, path, 7);
        }
        if BITS > 6 {
            self.node(probs, path, 6);
        }
        if BITS > 5 {
            self.node(probs, path, 5);
        }
        if BITS > 4 {
            self.node(probs, path, 4);
        }
        if BITS > 3 {
            self.node(probs, path, 3);
        }
        self.node(probs, path, 2);
        self.node(probs, path, 1);
        self.node(probs, path, 0);
    }

    #[inline(always)]
    fn node<const SIZE: usize>(&mut self, probs: &mut [Prob; SIZE], path: u32, index: u32) {
        // No node is changed by that, but the compiler has nothing to check.
        let node = (path >> (index + 1)) as usize & (SIZE - 1);
        self.bit(&mut probs[node], path & 1 << index != 0);
    }

    /// As [`Coding::tree`], of a byte where `expected` would follow if the last match went on: as long as they agree, its
    /// next bit selects the tree.
    #[inline(always)]
    pub(super) fn matched_byte(&mut self, probs: &mut [Prob; 0x300], byte: u8, expected: u8) {
        let path = 0x100 | u32::from(byte);
        let expected = u32::from(expected);
        // 0x100 as long as all bits before agree.
        let mut agree = 0x100;
        self.matched_node(probs, path, expected, &mut agree, 7);
        self.matched_node(probs, path, expected, &mut agree, 6);
        self.matched_node(probs, path, expected, &mut agree, 5);
        self.matched_node(probs, path, expected, &mut agree, 4);
        self.matched_node(probs, path, expected, &mut agree, 3);
        self.matched_node(probs, path, expected, &mut agree, 2);
        self.matched_node(probs, path, expected, &mut agree, 1);
        self.matched_node(probs, path, expected, &mut agree, 0);
    }

    #[inline(always)]
    fn matched_node(&mut self, probs: &mut [Prob; 0x300], path: u32, expected: u32, agree: &mut u32, index: u32) {
        let hint = (expected << (8 - index)) & 0x100;
        let node = path >> (index + 1);
        self.bit(&mut probs[(node + *agree + (*agree & hint)) as usize], path & 1 << index != 0);
        *agree &= !((path << (8 - index)) ^ hint);
    }

    /// As [`Coding::tree`], of any number of bits, lowest first.
    #[inline(always)]
    pub(super) fn reverse_tree(&mut self, probs: &mut [Prob], bits: u32, symbol: u32) {
        let mut node = 1;
        for index in 0..bits {
            let bit = (symbol >> index) & 1;
            self.bit(&mut probs[node], bit != 0);
            node = 2 * node + bit as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, digit by digit.
    struct Reference {
        low: u64,
        range: u64,
        bytes: Vec<u8>,
    }

    impl Reference {
        fn new() -> Self {
            Self { low: 0, range: u64::from(u32::MAX), bytes: vec![0] }
        }

        fn add(&mut self, low: u64, range: u64) {
            self.low += low;
            self.range = range;
            while self.range < 1 << 24 {
                self.range <<= 8;
                self.shift();
            }
        }

        fn bit(&mut self, prob: u64, bit: bool) {
            let bound = (self.range >> 11) * prob;
            if bit { self.add(bound, self.range - bound) } else { self.add(0, bound) }
        }

        fn direct(&mut self, bit: bool) {
            let half = self.range >> 1;
            self.add(if bit { half } else { 0 }, half);
        }

        fn shift(&mut self) {
            let mut place = self.bytes.len();
            while self.low >> 32 != 0 {
                place -= 1;
                self.bytes[place] = self.bytes[place].wrapping_add(1);
                if self.bytes[place] != 0 {
                    self.low &= 0xFFFF_FFFF;
                }
            }
            self.bytes.push((self.low >> 24) as u8);
            self.low = self.low << 8 & 0xFFFF_FFFF;
        }

        fn finish(mut self) -> Vec<u8> {
            (0..4).for_each(|_| self.shift());
            self.bytes
        }
    }

    fn randoms() -> impl FnMut() -> u32 {
        let mut seed = 1u64;
        move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 40) as u32
        }
    }

    #[test]
    fn settled_bytes_never_change() {
        let mut random = randoms();
        for round in 0..2000 {
            let (mut reference, mut encoder, mut taken) = (Reference::new(), RangeEncoder::default(), Vec::new());
            encoder.start();
            // Values close to all ones are where carries run far.
            let near_one = round % 2 == 0;
            for _ in 0..50 {
                let value = if near_one && !random().is_multiple_of(8) { 0xFFFF } else { random() & 0xFFFF };
                let (prob, bit) = ((random() % 1987 + 31) as Prob, random() & 1);
                (0..16).rev().for_each(|index| reference.direct(value >> index & 1 != 0));
                reference.bit(prob.into(), bit != 0);
                encoder.with(|coding| coding.direct(value, 16));
                encoder.bit(&mut { prob }, bit);
                encoder.take_settled(&mut taken);
            }
            encoder.finish(&mut taken);
            assert!(taken == reference.finish(), "round {round}");
        }
    }

    #[test]
    fn a_carry_may_run_through_more_than_there_is_room_for() {
        for (crosses, often) in [(false, 1), (true, 1), (false, 1000), (true, 1000), (true, 100_000)] {
            let mut random = randoms();
            let (mut reference, mut encoder, mut taken) = (Reference::new(), RangeEncoder::default(), Vec::new());
            encoder.start();
            // The code stays just below what is so far above `low`: its bytes are 0x7F, 0xFF, 0xFF, ...
            let mut rest = 1u64 << 31;
            let mut number = 0;
            let amid = |rest: u64, range: u64| (range / 10..range / 10 * 9).contains(&rest);
            while reference.bytes.len() < 3 * ROOM || !amid(rest, reference.range) {
                let prob = random() % 1987 + 31;
                let bound = (reference.range >> 11) * u64::from(prob);
                // Never at that border itself.
                if rest == bound {
                    continue;
                }
                let bit = rest > bound;
                rest -= if bit { bound } else { 0 };
                let before = reference.bytes.len();
                reference.bit(prob.into(), bit);
                rest <<= 8 * (reference.bytes.len() - before);
                encoder.bit(&mut { prob as Prob }, bit.into());
                number += 1;
                if number % often == 0 {
                    encoder.take_settled(&mut taken);
                }
            }
            assert!(reference.bytes[2..].iter().all(|&byte| byte == 0xFF));
            // So nothing behind the first byte is settled.
            assert_eq!(taken, [0]);
            for index in 0..100 {
                // What is above, at last, or what is below.
                let bit = if index == 0 { crosses } else { random() & 1 != 0 };
                let limit = rest * 2048 / reference.range;
                let prob = match index {
                    0 if crosses => limit + 2,
                    0 => limit - 1,
                    _ => u64::from(random() % 1987 + 31),
                };
                reference.bit(prob, bit);
                encoder.bit(&mut { prob as Prob }, bit.into());
                if often == 1 {
                    encoder.take_settled(&mut taken);
                }
            }
            encoder.finish(&mut taken);
            let expected = reference.finish();
            assert_eq!(expected[1], if crosses { 0x80 } else { 0x7F });
            assert!(taken == expected, "{crosses}, {often}");
        }
    }
}
