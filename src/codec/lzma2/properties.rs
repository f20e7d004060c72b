//! What selects contexts: LZMA's parameters lc, lp and pb, chosen by what the bytes look like.
//!
//! 7-Zip takes 3, 0 and 2 for everything. But positions mean nothing in text and in code without alignment: contexts by
//! them only have to be learned four times. And where bytes do depend on their place in a word, of four bytes or of eight,
//! literals should know it.

use super::model::{LITERAL_CONTEXTS, MAX_LITERAL_CONTEXT_BITS, POSITION_STATES};

/// Bytes that are looked at, in [`SAMPLES`] stretches all over the input.
const SAMPLED: usize = 1 << 16;
const SAMPLES: usize = 16;
/// Fewer bytes tell nothing about all positions.
const LEAST: usize = 1 << 10;
/// Inputs of so many bytes have enough literals to learn twice as many contexts from.
const LARGE: usize = 512 << 10;
/// In 1/1000: from what dependence of bytes on their positions among four on these select contexts, ...
const LITTLE: u64 = 45;
/// ... and literals' contexts, too.
const MUCH: u64 = 120;
/// By how much that among eight has to be larger, at least, if they are words of eight bytes; and by half as much again.
const WIDER: u64 = 80;

/// How much bytes depend on their positions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Not: text, and machine code without alignment.
    Free,
    /// A little.
    Mixed,
    /// Much: numbers, addresses.
    Aligned,
    /// On those in words of eight bytes: addresses of programs of 64 bits, and tables of them.
    Wide,
}

impl Kind {
    /// Every one, in that order.
    pub(super) const ALL: [Self; 4] = [Self::Free, Self::Mixed, Self::Aligned, Self::Wide];

    /// That of `input`.
    pub(super) fn of(input: &[u8]) -> Self {
        let counts = counts::<8>(input);
        let of_four = counts.map(|counts| std::array::from_fn(|position| counts[position] + counts[position + 4]));
        let (four, eight) = (dependence::<4>(&of_four), dependence(&counts));
        if eight >= four + WIDER && 2 * eight >= 3 * four { Self::Wide } else { Self::by_four(four) }
    }

    /// The same by positions among four alone: a small input has too little of each place in eight to learn from.
    fn of_small(input: &[u8]) -> Self {
        Self::by_four(dependence(&counts::<4>(input)))
    }

    fn by_four(dependence: u64) -> Self {
        match dependence {
            0..LITTLE => Self::Free,
            LITTLE..MUCH => Self::Mixed,
            _ => Self::Aligned,
        }
    }
}

/// What selects contexts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Properties {
    byte: u8,
    /// The bits that select a literal's context: of its position, and below them of the byte before.
    literal_mask: u16,
    /// The lowest bits of the byte before, which do not.
    literal_shift: u8,
    /// The bits of a position that select the contexts of what else depends on it.
    position_mask: u8,
}

impl Properties {
    /// lc, lp and pb: lc + lp up to 4, lp and pb up to 3.
    pub(super) const fn new(lc: u8, lp: u8, pb: u8) -> Self {
        assert!(lc + lp <= MAX_LITERAL_CONTEXT_BITS && 1 << lp <= POSITION_STATES && 1 << pb <= POSITION_STATES);
        let literal_shift = 8 - lc;
        Self {
            byte: (pb * 5 + lp) * 9 + lc,
            literal_mask: ((1 << (8 + lp)) - 1) >> literal_shift << literal_shift,
            literal_shift,
            position_mask: (1 << pb) - 1,
        }
    }

    /// Those for `input`.
    pub(super) fn of(input: &[u8]) -> Self {
        let (lc, kind) = if input.len() < LARGE { (3, Kind::of_small(input)) } else { (4, Kind::of(input)) };
        match kind {
            Kind::Free => Self::new(lc, 0, 0),
            Kind::Mixed => Self::new(lc, 0, 2),
            Kind::Aligned => Self::new(1, 1, 2),
            Kind::Wide => Self::new(1, 3, 3),
        }
    }

    /// LZMA's properties byte.
    pub(super) fn byte(self) -> u8 {
        self.byte
    }

    /// Position states in use.
    pub(super) fn position_states(self) -> usize {
        usize::from(self.position_mask) + 1
    }

    /// The context of a literal at `position` after `previous`.
    #[inline(always)]
    pub(super) fn literal_context(self, position: usize, previous: u8) -> usize {
        let context = ((position << 8 | usize::from(previous)) & usize::from(self.literal_mask)) >> self.literal_shift;
        context & (LITERAL_CONTEXTS - 1)
    }

    /// What the contexts that depend on a position are selected by.
    #[inline(always)]
    pub(super) fn position_state(self, position: usize) -> usize {
        position & usize::from(self.position_mask) & (POSITION_STATES - 1)
    }
}

/// By byte and position among `N`: how often a byte is there in what is looked at of `input`.
fn counts<const N: usize>(input: &[u8]) -> [[u32; N]; 256] {
    let mut counts = [[0; N]; 256];
    let mut count = |from: usize, to: usize| {
        for (position, &byte) in (from..to).zip(&input[from..to]) {
            counts[usize::from(byte)][position % N] += 1;
        }
    };
    match input.len() {
        0..LEAST => (),
        LEAST..=SAMPLED => count(0, input.len()),
        _ => {
            let length = SAMPLED / SAMPLES;
            for sample in 0..SAMPLES {
                let from = (input.len() - length) / (SAMPLES - 1) * sample;
                count(from, from + length);
            }
        }
    }
    counts
}

/// By these [`counts`]: how much more often than by chance bytes are found at some positions. Chi-square for each byte
/// counted, less what chance alone gives, in 1/1000. Integers only, so that it is the same everywhere. Of nothing it is 0.
fn dependence<const N: usize>(counts: &[[u32; N]; 256]) -> u64 {
    let (mut square, mut values, mut total) = (0, 0, 0);
    for counts in counts {
        let sum: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        let squares: u64 = counts.iter().map(|&count| u64::from(count).pow(2)).sum();
        // Of a value that is there.
        if let Some(share) = (1000 * (N as u64 * squares - sum * sum)).checked_div(sum) {
            square += share;
            values += 1;
            total += sum;
        }
    }
    // All but one of a value's counts are free, for each value but one.
    let chance = (N as u64 - 1) * u64::saturating_sub(values, 1) * 1000;
    square.saturating_sub(chance).checked_div(total).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Vec<u8> {
        (0..)
            .flat_map(|number: u64| format!("line {} of a text\n", number.pow(3) % 7919).into_bytes())
            .take(length)
            .collect()
    }

    fn numbers(length: usize) -> Vec<u8> {
        (0..).flat_map(|number: u32| (number * 37).to_le_bytes()).take(length).collect()
    }

    /// Of numbers of two kinds.
    fn pairs(length: usize) -> Vec<u8> {
        (0..)
            .flat_map(|number: u32| [(number * 37).to_le_bytes(), [number as u8 % 3, 9, 9, 9]].concat())
            .take(length)
            .collect()
    }

    #[test]
    fn positions_count_where_they_tell_something() {
        assert_eq!(Properties::of(&text(20_000)), Properties::new(3, 0, 0));
        assert_eq!(Properties::of(&text(1 << 20)), Properties::new(4, 0, 0));
        assert_eq!(Properties::of(&numbers(20_000)), Properties::new(1, 1, 2));
        assert_eq!(Properties::of(&numbers(1 << 20)), Properties::new(1, 1, 2));
        assert_eq!(Properties::of(&pairs(20_000)), Properties::new(1, 1, 2));
        assert_eq!(Properties::of(&pairs(1 << 20)), Properties::new(1, 3, 3));
        let mixed = [text(60_000), numbers(3000)].concat();
        assert_eq!(Properties::of(&mixed), Properties::new(3, 0, 2));
        for short in [&b""[..], b"x", b"xy", &numbers(1000)] {
            assert_eq!(Properties::of(short), Properties::new(3, 0, 0));
        }
    }

    #[test]
    fn contexts_are_those_of_the_format() {
        assert_eq!(Properties::new(3, 0, 2).byte(), 93);
        for (lc, lp, pb) in [(3, 0, 2), (4, 0, 0), (2, 1, 2), (0, 2, 2), (1, 2, 1), (1, 3, 3), (0, 0, 0)] {
            let properties = Properties::new(lc, lp, pb);
            assert_eq!(properties.byte(), (pb * 5 + lp) * 9 + lc);
            assert_eq!(properties.position_states(), 1 << pb);
            for position in 0..17 {
                for previous in 0..=255u8 {
                    let by_position = (position & ((1 << lp) - 1)) << lc;
                    let context = by_position + (usize::from(previous) >> (8 - lc));
                    assert_eq!(properties.literal_context(position, previous), context);
                }
                assert_eq!(properties.position_state(position), position & ((1 << pb) - 1));
            }
        }
    }
}
