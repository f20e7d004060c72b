//! Prices: what a symbol would cost now, in 1/64 bits. Those of lengths and distances are in tables that are refreshed every
//! few hundred bytes, those of literals follow the model at once.

use super::model::{
    ALIGN_BITS, FULL_DISTANCES, LENGTH_STATES, LENGTHS, LITERAL_PROBS, LengthModel, MIN_MATCH, Model, POSITION_STATES,
    PROB_BITS, Prob, SLOTS, slot,
};
use super::symbols::{SymbolEncoder, Uses};

/// Fraction bits of a price.
const PRICE_BITS: u32 = 6;
/// Lowest bits of a probability that its price ignores.
const REDUCE_BITS: u32 = 4;
/// Entries of the table of bit prices: those of 0, behind them those of 1.
const BIT_PRICES: usize = 2 << (PROB_BITS - REDUCE_BITS);
/// The place of the bit in an index of the table.
const BIT: u32 = PROB_BITS - REDUCE_BITS;
/// One bit that no model predicts.
const DIRECT_BIT: u32 = 1 << PRICE_BITS;

/// -log2 of each (reduced) probability, and of its complement. In integers, so that it is the same everywhere.
static BIT_PRICE: [u16; BIT_PRICES] = bit_prices();

const fn bit_prices() -> [u16; BIT_PRICES] {
    let mut prices = [0; BIT_PRICES];
    let mut index = 0;
    while index < 1 << BIT {
        // The middle of the interval of probabilities that share this entry, as a fixed point number in [1, 2).
        let middle = (((index as u64) << REDUCE_BITS) + (1 << (REDUCE_BITS - 1))) << 32;
        let exponent = 63 - middle.leading_zeros();
        let mut mantissa = middle >> (exponent - 31);
        let mut log = (exponent - 32) as u64;
        // Squaring doubles the logarithm: its next binary digit is whether the square reaches 2.
        let mut digit = 0;
        while digit < PRICE_BITS + 1 {
            mantissa = (mantissa * mantissa) >> 31;
            log <<= 1;
            if mantissa >= 1 << 32 {
                mantissa >>= 1;
                log |= 1;
            }
            digit += 1;
        }
        // One digit more was computed, to round.
        prices[index] = ((((PROB_BITS as u64) << (PRICE_BITS + 1)) - log).div_ceil(2)) as u16;
        prices[BIT_PRICES - 1 - index] = prices[index];
        index += 1;
    }
    prices
}

/// The price of `bit` with the probability `prob`.
#[inline(always)]
pub(super) fn bit_price(prob: Prob, bit: u32) -> u32 {
    let index = u32::from(prob) >> REDUCE_BITS | bit << BIT;
    u32::from(BIT_PRICE[index as usize & (BIT_PRICES - 1)])
}

/// The ways to the leaves of a literal's tree, bit after bit from the highest one on.
struct Ways {
    /// By byte: the nodes on the way to its leaf.
    nodes: [[u8; 8]; 256],
    /// By byte: its bits, each in the place that it has in an index of bit prices.
    bits: [[u8; 8]; 256],
    /// By the bits in which a byte differs from another: 255 up to the first of them, then 0.
    agree: [[u8; 8]; 256],
}

static WAYS: Ways = ways();

const fn ways() -> Ways {
    let mut ways = Ways { nodes: [[0; 8]; 256], bits: [[0; 8]; 256], agree: [[0; 8]; 256] };
    let mut byte = 0;
    while byte < 256 {
        let mut index = 0;
        while index < 8 {
            ways.nodes[byte][index] = ((0x100 | byte) >> (8 - index)) as u8;
            ways.bits[byte][index] = ((byte >> (7 - index) & 1) << BIT) as u8;
            ways.agree[byte][index] = if byte >> (8 - index) == 0 { 255 } else { 0 };
            index += 1;
        }
        byte += 1;
    }
    ways
}

/// The price of a literal that follows a literal, in its context.
#[inline(always)]
pub(super) fn literal_price(probs: &[Prob; LITERAL_PROBS], byte: u8) -> u32 {
    let (nodes, bits) = (&WAYS.nodes[usize::from(byte)], &WAYS.bits[usize::from(byte)]);
    // All nodes are known before: nothing waits for anything.
    (0..8).map(|index| price_at(probs[usize::from(nodes[index])], bits[index])).sum()
}

/// The price of a literal that follows a match, where `expected` would have continued the match.
#[inline(always)]
pub(super) fn matched_literal_price(probs: &[Prob; LITERAL_PROBS], byte: u8, expected: u8) -> u32 {
    let (nodes, bits) = (&WAYS.nodes[usize::from(byte)], &WAYS.bits[usize::from(byte)]);
    // As long as the byte is the expected one, there is a tree for either next bit of that: the second and the third.
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let agree = word(&WAYS.agree[usize::from(byte ^ expected)]);
    let expected = word(&WAYS.bits[usize::from(expected)]) >> BIT;
    let trees = ((expected + 0x0101_0101_0101_0101) & agree).to_le_bytes();
    let price = |index: usize| {
        let node = usize::from(trees[index]) << 8 | usize::from(nodes[index]);
        debug_assert!(node < LITERAL_PROBS);
        // SAFETY: of the three trees one, and a node below 256: a bit and 1 are at most 2.
        price_at(unsafe { *probs.get_unchecked(node) }, bits[index])
    };
    (0..8).map(price).sum()
}

/// The price of a bit, which is in the place that it has in an index, with the probability `prob`.
#[inline(always)]
fn price_at(prob: Prob, bit: u8) -> u32 {
    u32::from(BIT_PRICE[usize::from((prob >> REDUCE_BITS) as u8 | bit)])
}

/// Prices of all leaves of a reverse tree with `out.len()` leaves, a power of two up to 32, by symbol.
fn reverse_tree_prices(probs: &[Prob], out: &mut [u32]) {
    // The nodes where those symbols are that have the bits so far, and no others.
    let mut nodes = [1u8; 32];
    out[0] = 0;
    let mut known = 1;
    while known < out.len() {
        for symbol in 0..known {
            let (node, price) = (nodes[symbol], out[symbol]);
            let prob = probs[usize::from(node)];
            (nodes[symbol], nodes[symbol + known]) = (2 * node, 2 * node + 1);
            (out[symbol], out[symbol + known]) = (price + bit_price(prob, 0), price + bit_price(prob, 1));
        }
        known *= 2;
    }
}

/// Prices of all leaves of a tree with `N` leaves, into `out`.
fn tree_prices<const N: usize>(probs: &[Prob; N], base: u32, out: &mut [u32]) {
    let mut nodes = [0u32; N];
    nodes[1] = base;
    // Each inner node hands its price to its two children; the lowest inner nodes' children are the leaves.
    for node in 1..N / 2 {
        let (zero, one) = (bit_price(probs[node], 0), bit_price(probs[node], 1));
        nodes[2 * node] = nodes[node] + zero;
        nodes[2 * node + 1] = nodes[node] + one;
    }
    for node in N / 2..N {
        let leaf = 2 * node - N;
        if leaf >= out.len() {
            break;
        }
        out[leaf] = nodes[node] + bit_price(probs[node], 0);
        if leaf + 1 < out.len() {
            out[leaf + 1] = nodes[node] + bit_price(probs[node], 1);
        }
    }
}

/// Prices of the lengths of one kind of match.
pub(super) struct LengthPrices {
    /// By position state and length - [`MIN_MATCH`].
    table: [[u32; LENGTHS]; POSITION_STATES],
}

impl LengthPrices {
    fn refresh(&mut self, model: &LengthModel, longest: usize, position_states: usize) {
        let low = bit_price(model.choice, 0);
        let other = bit_price(model.choice, 1);
        let middle = other + bit_price(model.choice2, 0);
        let high = other + bit_price(model.choice2, 1);
        let used = longest + 1 - MIN_MATCH;
        for (position_state, table) in self.table.iter_mut().enumerate().take(position_states) {
            tree_prices(&model.low[position_state], low, &mut table[..8]);
            tree_prices(&model.middle[position_state], middle, &mut table[8..16]);
        }
        if used > 16 {
            let (first, rest) = self.table[..position_states].split_at_mut(1);
            tree_prices(&model.high, high, &mut first[0][16..used]);
            for table in rest {
                table[16..used].copy_from_slice(&first[0][16..used]);
            }
        }
    }

    /// The prices of all lengths, [`MIN_MATCH`] first.
    #[inline(always)]
    pub(super) fn row(&self, position_state: usize) -> &[u32; LENGTHS] {
        &self.table[position_state & (POSITION_STATES - 1)]
    }
}

/// Whether prices of what was used so often when they were `seen` are out of date, where `due` more uses make them so; while a
/// part of the model is new, it moves faster.
fn is_due(uses: u32, seen: &mut u32, due: u32) -> bool {
    let is_due = uses - *seen > due.min(uses / 4);
    if is_due {
        *seen = uses;
    }
    is_due
}

/// All tables of prices.
pub(super) struct Prices {
    pub(super) lengths: LengthPrices,
    pub(super) repeat_lengths: LengthPrices,
    /// Slots with the bits that are not modelled, by the contexts of the length.
    slots: [[u32; LENGTH_STATES]; SLOTS],
    /// The modelled lower bits of distances below [`FULL_DISTANCES`], and behind them the lowest bits of all others.
    lower: [u32; FULL_DISTANCES + (1 << ALIGN_BITS)],
    /// What the model had seen when the tables were computed; nothing yet: they are not those of this model at all.
    seen: Option<Uses>,
}

impl Prices {
    pub(super) fn new() -> Self {
        Self {
            lengths: LengthPrices { table: [[0; LENGTHS]; POSITION_STATES] },
            repeat_lengths: LengthPrices { table: [[0; LENGTHS]; POSITION_STATES] },
            slots: [[0; LENGTH_STATES]; SLOTS],
            lower: [0; FULL_DISTANCES + (1 << ALIGN_BITS)],
            seen: None,
        }
    }

    /// To be called when the model is new, before the next refresh.
    pub(super) fn begin(&mut self) {
        self.seen = None;
    }

    /// Recomputes what is out of date: the prices of matches, or of repeats, after `due` of them. Lengths above `longest` and
    /// distances of `slots` slots and more are never asked for.
    pub(super) fn refresh(&mut self, encoder: &SymbolEncoder, longest: usize, slots: usize, due: u32) {
        let SymbolEncoder { properties, model, uses, .. } = encoder;
        let is_new = self.seen.is_none();
        let mut seen = self.seen.unwrap_or_default();
        if is_due(uses.matches, &mut seen.matches, due) || is_new {
            self.lengths.refresh(&model.lengths, longest, properties.position_states());
            self.refresh_distances(model, slots);
        }
        if is_due(uses.repeats, &mut seen.repeats, due) || is_new {
            self.repeat_lengths.refresh(&model.repeat_lengths, longest, properties.position_states());
        }
        self.seen = Some(seen);
    }

    fn refresh_distances(&mut self, model: &Model, slots: usize) {
        reverse_tree_prices(&model.align, &mut self.lower[FULL_DISTANCES..]);
        let mut far = [0; SLOTS];
        for (state, probs) in model.slots.iter().enumerate() {
            tree_prices(probs, 0, &mut far[..slots]);
            for (slot, price) in far.iter_mut().enumerate().take(slots) {
                if slot >= 14 {
                    *price += ((slot as u32 >> 1) - 1 - ALIGN_BITS) * DIRECT_BIT;
                }
                self.slots[slot][state] = *price;
            }
        }
        let mut first = 4;
        while first < FULL_DISTANCES {
            let slot = slot(first as u32);
            let end = first + (1 << ((slot >> 1) - 1));
            reverse_tree_prices(&model.middle[Model::middle_tree(slot)..], &mut self.lower[first..end]);
            first = end;
        }
    }

    /// What a distance (counted from 0) costs.
    #[inline(always)]
    pub(super) fn distances(&self, distance: u32) -> DistancePrice<'_> {
        let low = (distance as usize & ((1 << ALIGN_BITS) - 1)) + FULL_DISTANCES;
        let low = if (distance as usize) < FULL_DISTANCES { distance as usize } else { low };
        DistancePrice { slots: &self.slots[slot(distance) & (SLOTS - 1)], lower: self.lower[low] }
    }
}

/// What a distance costs: that depends on the match's length, too.
#[derive(Clone, Copy)]
pub(super) struct DistancePrice<'a> {
    slots: &'a [u32; LENGTH_STATES],
    lower: u32,
}

impl DistancePrice<'_> {
    /// With the contexts of a length.
    #[inline(always)]
    pub(super) fn price(&self, length_state: usize) -> u32 {
        self.slots[length_state & (LENGTH_STATES - 1)] + self.lower
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_costs_what_its_bits_do() {
        // As many different probabilities as there are nodes.
        let probs: [Prob; LITERAL_PROBS] = std::array::from_fn(|node| (31 + node * 977 % 1986) as Prob);
        for (byte, expected) in (0..=255u8).flat_map(|byte| [0, 0x5A, 0xFF, byte, byte ^ 1].map(|other| (byte, other)))
        {
            let (mut plain, mut matched) = (0, 0);
            let (mut node, mut agrees) = (1, true);
            for index in (0..8).rev() {
                let (bit, hint) = (u32::from(byte) >> index & 1, u32::from(expected) >> index & 1);
                plain += bit_price(probs[node], bit);
                let tree = if !agrees {
                    0
                } else if hint == 0 {
                    0x100
                } else {
                    0x200
                };
                matched += bit_price(probs[tree + node], bit);
                agrees &= bit == hint;
                node = 2 * node + bit as usize;
            }
            assert_eq!(literal_price(&probs, byte), plain);
            assert_eq!(matched_literal_price(&probs, byte, expected), matched, "{byte:#x}, {expected:#x}");
        }
    }
}
