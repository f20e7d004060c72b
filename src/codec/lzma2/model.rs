//! The probability model of LZMA: what encoder and decoder adapt in step, and the state machine that picks contexts.
//!
//! Everything has room for the most contexts that any [`Properties`](super::properties::Properties) select, so that sizes
//! are known to the compiler.

/// An adaptive probability that the next bit is 0, in units of 1/2048.
pub type Prob = u16;

/// Bits of precision of a [`Prob`].
pub(super) const PROB_BITS: u32 = 11;
/// Both bits equally likely.
pub const PROB_HALF: Prob = 1 << (PROB_BITS - 1);

/// Bits of the byte before and of the position that select a literal's context, at most: LZMA2 allows no more.
pub(super) const MAX_LITERAL_CONTEXT_BITS: u8 = 4;
/// Literal contexts, at most.
pub(super) const LITERAL_CONTEXTS: usize = 1 << MAX_LITERAL_CONTEXT_BITS;
/// Probabilities of one literal context: a plain byte tree and two for the bytes after a match.
pub(super) const LITERAL_PROBS: usize = 0x300;
/// Values of the position's low bits that select contexts, at most.
pub(super) const POSITION_STATES: usize = 8;
/// States of the machine below.
pub(super) const STATES: usize = 12;

/// Shortest match.
pub(super) const MIN_MATCH: usize = 2;
/// Longest match.
pub(super) const MAX_MATCH: usize = 273;
/// Lengths of a match: MIN_MATCH..=MAX_MATCH.
pub(super) const LENGTHS: usize = MAX_MATCH - MIN_MATCH + 1;
/// Distances below this have a probability tree for all of their bits.
pub(super) const FULL_DISTANCES: usize = 128;
/// Contexts of a distance, by length: 2, 3, 4, longer.
pub(super) const LENGTH_STATES: usize = 4;
/// Distance slots: the number of bits of a distance and its second highest bit.
pub(super) const SLOTS: usize = 64;
/// Lowest bits of a long distance that are modelled.
pub(super) const ALIGN_BITS: u32 = 4;

/// What the last few symbols were.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct State(u8);

impl State {
    /// The state as an index below [`STATES`].
    #[inline(always)]
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Whether the last symbol was a literal.
    #[inline(always)]
    pub(super) fn after_literal(self) -> bool {
        self.0 < 7
    }

    #[inline(always)]
    pub(super) fn literal(self) -> Self {
        static NEXT: [u8; 16] = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5, 0, 0, 0, 0];
        Self(NEXT[usize::from(self.0 & 15)])
    }

    #[inline(always)]
    pub(super) fn matched(self) -> Self {
        Self(if self.0 < 7 { 7 } else { 10 })
    }

    #[inline(always)]
    pub(super) fn repeated(self) -> Self {
        Self(if self.0 < 7 { 8 } else { 11 })
    }

    #[inline(always)]
    pub(super) fn short_repeated(self) -> Self {
        Self(if self.0 < 7 { 9 } else { 11 })
    }
}

/// The contexts of a distance of a match of `length`.
#[inline(always)]
pub(super) fn length_state(length: usize) -> usize {
    (length - MIN_MATCH).min(LENGTH_STATES - 1)
}

/// The slot of a distance (counted from 0).
#[inline(always)]
pub(super) fn slot(distance: u32) -> usize {
    if distance < 2 {
        return distance as usize;
    }
    // The two highest bits are 2 or 3.
    let high = distance.ilog2();
    (2 * high - 2 + (distance >> (high - 1))) as usize
}

/// Lengths: 8 short and 8 middle ones per position state, 256 long ones.
#[derive(Clone)]
pub(super) struct LengthModel {
    pub(super) choice: Prob,
    pub(super) choice2: Prob,
    pub(super) low: [[Prob; 8]; POSITION_STATES],
    pub(super) middle: [[Prob; 8]; POSITION_STATES],
    pub(super) high: [Prob; 256],
}

impl LengthModel {
    fn new() -> Self {
        Self {
            choice: PROB_HALF,
            choice2: PROB_HALF,
            low: [[PROB_HALF; 8]; POSITION_STATES],
            middle: [[PROB_HALF; 8]; POSITION_STATES],
            high: [PROB_HALF; 256],
        }
    }
}

/// All adaptive probabilities.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) is_match: [[Prob; POSITION_STATES]; STATES],
    pub(super) is_repeat: [Prob; STATES],
    /// Repeat of the last distance, or of an older one.
    pub(super) is_older: [Prob; STATES],
    /// Repeat of the last but one distance, or of an older one.
    pub(super) is_older1: [Prob; STATES],
    pub(super) is_older2: [Prob; STATES],
    /// Repeat of the last distance with a length, or of one byte.
    pub(super) is_long: [[Prob; POSITION_STATES]; STATES],
    pub(super) slots: [[Prob; SLOTS]; LENGTH_STATES],
    /// Reverse trees for the lower bits of distances 4..128, one behind the other (see [`Model::middle_tree`]).
    pub(super) middle: [Prob; FULL_DISTANCES],
    pub(super) align: [Prob; 1 << ALIGN_BITS],
    pub(super) lengths: LengthModel,
    pub(super) repeat_lengths: LengthModel,
    pub(super) literals: [[Prob; LITERAL_PROBS]; LITERAL_CONTEXTS],
}

impl Model {
    /// The model after a state reset.
    pub(super) fn new() -> Self {
        Self {
            is_match: [[PROB_HALF; POSITION_STATES]; STATES],
            is_repeat: [PROB_HALF; STATES],
            is_older: [PROB_HALF; STATES],
            is_older1: [PROB_HALF; STATES],
            is_older2: [PROB_HALF; STATES],
            is_long: [[PROB_HALF; POSITION_STATES]; STATES],
            slots: [[PROB_HALF; SLOTS]; LENGTH_STATES],
            middle: [PROB_HALF; FULL_DISTANCES],
            align: [PROB_HALF; 1 << ALIGN_BITS],
            lengths: LengthModel::new(),
            repeat_lengths: LengthModel::new(),
            literals: [[PROB_HALF; LITERAL_PROBS]; LITERAL_CONTEXTS],
        }
    }

    /// Where in [`Model::middle`] the tree of `slot` (4..14) has its root's place 0; the root itself is one further.
    /// A slot's tree has as many leaves as the slot has distances, so trees lie behind each other without gaps.
    #[inline(always)]
    pub(super) fn middle_tree(slot: usize) -> usize {
        let bits = (slot >> 1) - 1;
        ((2 | (slot & 1)) << bits) - slot
    }
}
