//! The symbol encoder: literals, matches and repeats, through model and range encoder.

use super::model::{ALIGN_BITS, LengthModel, MAX_MATCH, MIN_MATCH, Model, State, length_state, slot};
use super::properties::Properties;
use super::range_encoder::RangeEncoder;

/// What a parser chose for the next bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Symbol {
    /// Bytes that it stands for.
    pub(super) length: u32,
    /// [`Symbol::LITERAL`], which of the last four distances, or 4 + a distance counted from 0.
    pub(super) code: u32,
}

impl Symbol {
    /// The code of a literal.
    pub(super) const LITERAL: u32 = u32::MAX;

    pub(super) fn literal() -> Self {
        Self { length: 1, code: Self::LITERAL }
    }
}

/// The last four distances, counted from 0, the last one first.
pub(super) type Distances = [u32; 4];

/// `distances` after a symbol with `code`.
#[inline(always)]
pub(super) fn next_distances(distances: Distances, code: u32) -> Distances {
    let [a, b, c, d] = distances;
    match code {
        0 | Symbol::LITERAL => distances,
        1 => [b, a, c, d],
        2 => [c, a, b, d],
        3 => [d, a, b, c],
        _ => [code - 4, a, b, c],
    }
}

/// How often the parts of the model that have tables of prices were used since it was new.
#[derive(Clone, Copy, Default)]
pub(super) struct Uses {
    pub(super) matches: u32,
    pub(super) repeats: u32,
}

/// Everything that a decoder's state mirrors, and the code so far.
pub(super) struct SymbolEncoder {
    /// To be changed only where the model is new.
    pub(super) properties: Properties,
    pub(super) model: Model,
    pub(super) uses: Uses,
    pub(super) state: State,
    pub(super) distances: Distances,
    pub(super) coder: RangeEncoder,
}

impl SymbolEncoder {
    pub(super) fn new() -> Self {
        Self {
            properties: Properties::new(3, 0, 2),
            model: Model::new(),
            uses: Uses::default(),
            state: State::default(),
            distances: [0; 4],
            coder: RangeEncoder::default(),
        }
    }

    /// The state reset.
    pub(super) fn reset(&mut self) {
        self.model = Model::new();
        self.uses = Uses::default();
        self.state = State::default();
        self.distances = [0; 4];
    }

    /// Encodes `symbol`, which stands for the bytes at `position` of `window`. Positions that select contexts count from
    /// `origin`.
    #[inline]
    pub(super) fn encode(&mut self, window: &[u8], position: usize, origin: usize, symbol: Symbol) {
        let stream_position = position - origin;
        let previous = if position == origin { 0 } else { window[position - 1] };
        let position_state = self.properties.position_state(stream_position);
        let state = self.state.index();
        let Self { model, uses, coder, .. } = self;
        if symbol.code == Symbol::LITERAL {
            coder.bit(&mut model.is_match[state][position_state], 0);
            let byte = window[position];
            let context = self.properties.literal_context(stream_position, previous);
            let probs = &mut model.literals[context];
            if self.state.after_literal() {
                coder.tree(&mut probs[..0x100], 8, u32::from(byte));
            } else {
                let expected = window[position - self.distances[0] as usize - 1];
                encode_matched_literal(coder, probs, byte, expected);
            }
            self.state = self.state.literal();
            return;
        }
        coder.bit(&mut model.is_match[state][position_state], 1);
        if symbol.code >= 4 {
            uses.matches += 1;
            coder.bit(&mut model.is_repeat[state], 0);
            encode_length(coder, &mut model.lengths, symbol.length as usize, position_state);
            encode_distance(coder, model, symbol.code - 4, length_state(symbol.length as usize));
            self.state = self.state.matched();
        } else {
            coder.bit(&mut model.is_repeat[state], 1);
            if symbol.code == 0 {
                coder.bit(&mut model.is_older[state], 0);
                let long = symbol.length != 1;
                coder.bit(&mut model.is_long[state][position_state], u32::from(long));
                if !long {
                    self.state = self.state.short_repeated();
                    return;
                }
            } else {
                coder.bit(&mut model.is_older[state], 1);
                coder.bit(&mut model.is_older1[state], u32::from(symbol.code > 1));
                if symbol.code > 1 {
                    coder.bit(&mut model.is_older2[state], symbol.code - 2);
                }
            }
            uses.repeats += 1;
            encode_length(coder, &mut model.repeat_lengths, symbol.length as usize, position_state);
            self.state = self.state.repeated();
        }
        self.distances = next_distances(self.distances, symbol.code);
    }
}

#[inline(always)]
fn encode_matched_literal(coder: &mut RangeEncoder, probs: &mut [u16; 0x300], byte: u8, expected: u8) {
    let (byte, expected) = (usize::from(byte), usize::from(expected));
    let mut node = 1;
    let mut agree = 0x100;
    for index in (0..8).rev() {
        let (bit, hint) = ((byte >> index) & 1, (expected >> index) & 1);
        coder.bit(&mut probs[node + agree + (agree & (hint << 8))], bit as u32);
        node = 2 * node + bit;
        agree &= (bit ^ hint).wrapping_sub(1);
    }
}

#[inline(always)]
fn encode_length(coder: &mut RangeEncoder, model: &mut LengthModel, length: usize, position_state: usize) {
    debug_assert!((MIN_MATCH..=MAX_MATCH).contains(&length));
    let symbol = (length - MIN_MATCH) as u32;
    coder.bit(&mut model.choice, u32::from(symbol >= 8));
    if symbol < 8 {
        coder.tree(&mut model.low[position_state], 3, symbol);
        return;
    }
    coder.bit(&mut model.choice2, u32::from(symbol >= 16));
    if symbol < 16 {
        coder.tree(&mut model.middle[position_state], 3, symbol - 8);
    } else {
        coder.tree(&mut model.high, 8, symbol - 16);
    }
}

#[inline(always)]
fn encode_distance(coder: &mut RangeEncoder, model: &mut Model, distance: u32, length_state: usize) {
    let slot = slot(distance);
    coder.tree(&mut model.slots[length_state], 6, slot as u32);
    if slot < 4 {
        return;
    }
    let bits = (slot as u32 >> 1) - 1;
    let lower = distance - ((2 | (slot as u32 & 1)) << bits);
    if slot < 14 {
        coder.reverse_tree(&mut model.middle[Model::middle_tree(slot)..], bits, lower);
    } else {
        coder.direct(lower >> ALIGN_BITS, bits - ALIGN_BITS);
        coder.reverse_tree(&mut model.align, ALIGN_BITS, lower & ((1 << ALIGN_BITS) - 1));
    }
}
