//! The symbol encoder: literals, matches and repeats, through model and range encoder.

use super::model::{ALIGN_BITS, LengthModel, MAX_MATCH, MIN_MATCH, Model, State, length_state, slot};
use super::properties::Properties;
use super::range_encoder::{Coding, RangeEncoder};

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
    if code == Symbol::LITERAL {
        return distances;
    }
    let [a, b, c, d] = distances;
    let first = if code < 4 { distances[code as usize] } else { code - 4 };
    [first, if code > 0 { a } else { b }, if code > 1 { b } else { c }, if code > 2 { c } else { d }]
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

    /// Encodes the byte at `position` of `window` as a literal. Positions that select contexts count from `origin`.
    // Not inlined, nor is the next one: where there is much else, what they work with is not in registers.
    #[inline(never)]
    pub(super) fn encode_literal(&mut self, window: &[u8], position: usize, origin: usize) {
        let Self { properties, model, state: machine, distances, coder, .. } = self;
        let stream_position = position - origin;
        let previous = if position == origin { 0 } else { window[position - 1] };
        let byte = window[position];
        let is_match = &mut model.is_match[machine.index()][properties.position_state(stream_position)];
        let probs = &mut model.literals[properties.literal_context(stream_position, previous)];
        if machine.after_literal() {
            coder.with(|coding| {
                coding.bit(is_match, false);
                coding.tree::<8, _>(probs, u32::from(byte));
            });
        } else {
            let expected = window[position - distances[0] as usize - 1];
            coder.with(|coding| {
                coding.bit(is_match, false);
                coding.matched_byte(probs, byte, expected);
            });
        }
        *machine = machine.literal();
    }

    /// Encodes a match, or a repeat, that stands for the bytes at `position`.
    #[inline(never)]
    pub(super) fn encode_match(&mut self, position: usize, origin: usize, symbol: Symbol) {
        let position_state = self.properties.position_state(position - origin);
        let state = self.state.index();
        let Self { model, uses, state: machine, distances, coder, .. } = self;
        coder.with(|coding| {
            coding.bit(&mut model.is_match[state][position_state], true);
            if symbol.code >= 4 {
                uses.matches += 1;
                coding.bit(&mut model.is_repeat[state], false);
                encode_length(coding, &mut model.lengths, symbol.length as usize, position_state);
                encode_distance(coding, model, symbol.code - 4, length_state(symbol.length as usize));
                *machine = machine.matched();
            } else {
                coding.bit(&mut model.is_repeat[state], true);
                if symbol.code == 0 {
                    coding.bit(&mut model.is_older[state], false);
                    let long = symbol.length != 1;
                    coding.bit(&mut model.is_long[state][position_state], long);
                    if !long {
                        *machine = machine.short_repeated();
                        return;
                    }
                } else {
                    coding.bit(&mut model.is_older[state], true);
                    coding.bit(&mut model.is_older1[state], symbol.code > 1);
                    if symbol.code > 1 {
                        coding.bit(&mut model.is_older2[state], symbol.code > 2);
                    }
                }
                uses.repeats += 1;
                encode_length(coding, &mut model.repeat_lengths, symbol.length as usize, position_state);
                *machine = machine.repeated();
            }
            *distances = next_distances(*distances, symbol.code);
        });
    }
}

#[inline(always)]
fn encode_length(coding: &mut Coding, model: &mut LengthModel, length: usize, position_state: usize) {
    debug_assert!((MIN_MATCH..=MAX_MATCH).contains(&length));
    let symbol = (length - MIN_MATCH) as u32;
    coding.bit(&mut model.choice, symbol >= 8);
    if symbol < 8 {
        coding.tree::<3, _>(&mut model.low[position_state], symbol);
        return;
    }
    coding.bit(&mut model.choice2, symbol >= 16);
    if symbol < 16 {
        coding.tree::<3, _>(&mut model.middle[position_state], symbol - 8);
    } else {
        coding.tree::<8, _>(&mut model.high, symbol - 16);
    }
}

#[inline(always)]
fn encode_distance(coding: &mut Coding, model: &mut Model, distance: u32, length_state: usize) {
    let slot = slot(distance);
    coding.tree::<6, _>(&mut model.slots[length_state], slot as u32);
    if slot < 4 {
        return;
    }
    let bits = (slot as u32 >> 1) - 1;
    let lower = distance - ((2 | (slot as u32 & 1)) << bits);
    if slot < 14 {
        coding.reverse_tree(&mut model.middle[Model::middle_tree(slot)..], bits, lower);
    } else {
        coding.direct(lower >> ALIGN_BITS, bits - ALIGN_BITS);
        coding.reverse_tree(&mut model.align, ALIGN_BITS, lower & ((1 << ALIGN_BITS) - 1));
    }
}
