//! BCJ2: 7-Zip's strongest filter for x86 code. Where the branch filter turns relative targets into absolute ones in
//! place, BCJ2 takes them out, into streams of their own: what is left of the code repeats more, and so do the targets.
//!
//! A block becomes four streams: *main* (everything but the targets), *call* and *jump* (targets of four bytes,
//! big-endian), and *rc* (a range coder's bits: which call or jump was taken out). Main, call and jump together are as
//! long as the block.

mod branches;

use branches::{Branch, Branches, CONTEXTS};

use super::lzma2::{EVEN_ODDS, RangeEncoder};
use super::stream::StreamMethod;
use super::{Monitor, lzma};

/// 7-Zip's method id.
pub const ID: u64 = 0x0303_011B;

/// 7-Zip's name.
pub const NAME: &str = "BCJ2";

/// Bytes that are taken for code, or not, as a whole.
const CELL: usize = 32 << 10;
/// Code has a target in so many bytes, at least: shared libraries and programs one in 20 to 60. Their tables, addresses and
/// relocations have something like one in 300 or more, by chance; to take these out makes both streams longer, and moves what
/// is aligned.
const BYTES_OF_A_TARGET: usize = 200;

/// The streams beside the main one, in the order in which their packed bytes follow it (7-Zip's).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Rc,
    Call,
    Jump,
}

impl Side {
    /// Every side stream, in that order.
    pub const ALL: [Self; 3] = [Self::Rc, Self::Call, Self::Jump];

    /// Which of the filter's streams it is; main is 0.
    pub fn stream(self) -> u32 {
        match self {
            Self::Call => 1,
            Self::Jump => 2,
            Self::Rc => 3,
        }
    }

    /// Whether it is packed: rc, a range coder's output, is stored as it is.
    pub fn is_packed(self) -> bool {
        self != Self::Rc
    }
}

/// What a block has beside its main stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sides {
    pub call: Vec<u8>,
    pub jump: Vec<u8>,
    pub rc: Vec<u8>,
}

impl Sides {
    /// The bytes of one of them.
    pub fn take(&mut self, side: Side) -> Vec<u8> {
        std::mem::take(match side {
            Side::Rc => &mut self.rc,
            Side::Call => &mut self.call,
            Side::Jump => &mut self.jump,
        })
    }
}

/// From this level on, the parser of side streams passes over no node: -0.6 % of them, but they take half as long again.
const THOROUGH: u32 = 8;

/// How call and jump are packed: targets are numbers of four bytes, so the literal's position says more than the byte
/// before it. A dictionary of 1 MiB, as 7-Zip has it.
pub fn side_params(level: u32) -> lzma::Params {
    let params = lzma::Params::new(level, 1 << 20).with_literal_bits(0, 2).with_nice_length(128);
    if level < THOROUGH { params } else { params.with_every_node() }
}

/// The coder of a packed side stream of `size` bytes: 7-Zip's method id and the properties.
pub fn side_coder(size: u64) -> (u64, Vec<u8>) {
    // The level leaves no trace in them.
    let params = side_params(9);
    (params.id(), params.properties(size, size))
}

/// Most bytes of the side streams together of a block of `len` bytes that [`split`] splits. Code of real programs needs
/// a fifth of this; bytes made for it could need more than the block has.
pub fn most_side_bytes(len: usize) -> usize {
    len / 2
}

/// Fewer bytes of targets are not taken out: three more streams and their coders cost more than that gains, as in programs
/// below about 20 KB.
const LEAST_TARGETS: usize = 1 << 10;

/// Splits a whole block, whose files end at `ends` (ascending, the last one at its end): `block` becomes its main stream, in
/// place. `None`, with the block as it was, where it has no calls or no jumps, too few of both to pay, or so many that the side
/// streams would be longer than [`most_side_bytes`]; early once `monitor` stops.
///
/// Only targets within the branch's own file are taken out, as 7-Zip does it: others are no targets but chance. (A library's
/// encoder, which knows the block's length only, makes side streams of several files 2 to 5 % larger.) And only where there
/// are so many of them that it is code.
pub fn split(block: &mut Vec<u8>, ends: &[usize], monitor: &Monitor) -> Option<Sides> {
    debug_assert!(ends.is_sorted() && ends.last().copied().unwrap_or(0) == block.len());
    let mut sides = Sides::default();
    let mut places = Places::default();
    let mut rc = RangeEncoder::default();
    rc.start();
    let mut probs = [EVEN_ODDS; CONTEXTS];
    let most = most_side_bytes(block.len());
    let mut branches = Branches::new(block, ends);
    let mut of_cell = Vec::new();
    for start in (0..block.len()).step_by(CELL) {
        if monitor.stopped() || sides.call.len() + sides.jump.len() > most {
            return None;
        }
        let end = block.len().min(start + CELL);
        let before = branches.clone();
        read_cell(&mut branches, end, true, &mut of_cell);
        let targets = of_cell.iter().filter(|branch| branch.target.is_some()).count();
        if targets * BYTES_OF_A_TARGET < end - start {
            branches = before;
            read_cell(&mut branches, end, false, &mut of_cell);
        }
        for branch in &of_cell {
            rc.bit(&mut probs[branch.context], u32::from(branch.target.is_some()));
            if let Some(target) = branch.target {
                let side = if branch.side() == Side::Call { &mut sides.call } else { &mut sides.jump };
                side.extend_from_slice(&target.to_be_bytes());
                places.push(branch.place);
            }
        }
        rc.take_settled(&mut sides.rc);
    }
    rc.finish(&mut sides.rc);
    let (call, jump) = (sides.call.len(), sides.jump.len());
    if call == 0 || jump == 0 || call + jump < LEAST_TARGETS || call + jump + sides.rc.len() > most {
        return None;
    }
    sides.call.shrink_to_fit();
    sides.jump.shrink_to_fit();
    places.take_out(block);
    Some(sides)
}

/// The `branches` whose opcodes lie before `end`, with their targets if `has_targets`.
fn read_cell(branches: &mut Branches<'_>, end: usize, has_targets: bool, of_cell: &mut Vec<Branch>) {
    of_cell.clear();
    of_cell.extend(std::iter::from_fn(|| branches.next_before(end, has_targets)));
}

/// Places of targets, four bytes each, that are taken out of a block: ascending.
#[derive(Default)]
struct Places {
    /// From the end of one to the next; [`Self::FAR`] says that it is so much further than what follows.
    gaps: Vec<u16>,
    /// The end of the last one.
    end: usize,
}

impl Places {
    const FAR: u16 = u16::MAX;

    fn push(&mut self, place: usize) {
        let mut gap = place - self.end;
        while gap >= usize::from(Self::FAR) {
            self.gaps.push(Self::FAR);
            gap -= usize::from(Self::FAR);
        }
        self.gaps.push(gap as u16);
        self.end = place + 4;
    }

    /// Closes the gaps that they leave.
    fn take_out(&self, block: &mut Vec<u8>) {
        // Where what remains comes to lie, and where that is from.
        let (mut put, mut from) = (0, 0);
        for &gap in &self.gaps {
            block.copy_within(from..from + usize::from(gap), put);
            put += usize::from(gap);
            from += usize::from(gap) + if gap == Self::FAR { 0 } else { 4 };
        }
        block.copy_within(from.., put);
        block.truncate(put + block.len() - from);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use lzma_rust2::filter::bcj2::{Bcj2Options, Bcj2Reader, Bcj2Writer};
    use proptest::prelude::*;

    use super::*;

    /// A call or jump at every `distance` bytes, to a few places in the block.
    fn code(len: usize, distance: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..len).map(|i| (i * 7 % 96) as u8).collect();
        for (n, at) in (8..len.saturating_sub(8)).step_by(distance).enumerate() {
            let to = (n * 7919 % 40 * len / 50) as u32;
            bytes[at] = [0xE8, 0xE9][n % 2];
            bytes[at + 1..at + 5].copy_from_slice(&to.wrapping_sub(at as u32 + 5).to_le_bytes());
        }
        bytes
    }

    fn split_files(block: &[u8], ends: &[usize]) -> Option<(Vec<u8>, Sides)> {
        let mut main = block.to_vec();
        let sides = split(&mut main, ends, &Monitor::default());
        assert!(sides.is_some() || main == block, "the block is another one");
        sides.map(|sides| (main, sides))
    }

    fn split_of(block: &[u8]) -> Option<(Vec<u8>, Sides)> {
        split_files(block, &[block.len()])
    }

    fn assert_comes_together((main, sides): &(Vec<u8>, Sides), block: &[u8]) {
        assert_eq!(main.len() + sides.call.len() + sides.jump.len(), block.len());
        let inputs = vec![&main[..], &sides.call, &sides.jump, &sides.rc];
        let mut back = Vec::new();
        let mut reader = Bcj2Reader::try_new(inputs, block.len() as u64).expect("four streams");
        reader.read_to_end(&mut back).expect("its end");
        assert!(back == block, "{} bytes", block.len());
    }

    /// What another encoder makes of a block of one file.
    fn expected(block: &[u8]) -> (Vec<u8>, Sides) {
        let options = Bcj2Options { uncompressed_size: Some(block.len() as u64), ..Bcj2Options::default() };
        let mut writer = Bcj2Writer::new(std::array::from_fn(|_| Vec::new()), &options).expect("a writer");
        writer.write_all(block).expect("memory");
        let [main, call, jump, rc] = writer.finish().expect("memory");
        (main, Sides { call, jump, rc })
    }

    #[test]
    fn what_was_split_comes_together_again() {
        for len in [4000, 65_535, 65_536, 65_537, 300_001] {
            let block = code(len, 11);
            let split = split_of(&block).expect("calls and jumps");
            assert_eq!(split, expected(&block), "{len}");
            assert_comes_together(&split, &block);
        }
    }

    #[test]
    fn targets_in_other_files_are_left_where_they_are() {
        let block = code(300_000, 11);
        let whole = split_of(&block).expect("calls and jumps").1;
        let thirds = split_files(&block, &[0, 100_000, 200_000, 200_000, 300_000]).expect("calls and jumps");
        assert_comes_together(&thirds, &block);
        // Targets are all over the block, and so a third of them in the branch's own file.
        let share = 100 * thirds.1.call.len() / whole.call.len();
        assert!((30..37).contains(&share), "{share} %");
    }

    #[test]
    fn what_looks_like_a_target_in_data_is_left_where_it_is() {
        // A table of addresses, some of which begin like calls and jumps to near places, between two stretches of code.
        let address = |at: usize| match at / 8 % 100 {
            0 => [0xE8, 0x10, 0x20, 0, 0, 0, 0, 0],
            50 => [0xE9, 0x10, 0x20, 0, 0, 0, 0, 0],
            number => [number as u8, 0x30, 0x40, 0x50, 0, 0, 0, 0],
        };
        let table: Vec<u8> = (0..4 * CELL).step_by(8).flat_map(address).collect();
        let mut code = code(4 * CELL, 23);
        let splits = [
            split_of(&code).expect("calls and jumps"),
            split_of(&[&code[..], &table, &code].concat()).expect("calls and jumps"),
        ];
        let [of_code, of_all] = &splits;
        assert_eq!([of_all.1.call.len(), of_all.1.jump.len()], [of_code.1.call.len() * 2, of_code.1.jump.len() * 2]);
        assert!(of_all.0.windows(table.len()).any(|window| window == table), "the table is another one");
        code.extend_from_within(..);
        code.splice(4 * CELL..4 * CELL, table);
        assert_comes_together(&splits[1], &code);
    }

    #[test]
    fn a_target_far_away_is_none() {
        // 5 bytes of code and as much of a file as can be reached, seen from both ends; nothing is split.
        for (relative, is_target) in [(0x0EFF_FFFF, true), (0x0F00_0000, false)] {
            let mut block = vec![0; 0x0F00_0010];
            block[0] = 0xE8;
            block[1..5].copy_from_slice(&i32::to_le_bytes(relative));
            let at = block.len() - 5;
            block[at] = 0xE9;
            block[at + 1..].copy_from_slice(&i32::to_le_bytes(-relative - 1));
            let ends = [block.len()];
            let mut branches = Branches::new(&block, &ends);
            let mut found = || branches.next_before(block.len(), true).is_some_and(|branch| branch.target.is_some());
            assert_eq!((found(), found()), (is_target, is_target), "{relative}");
        }
    }

    #[test]
    fn what_lies_between_places_remains_however_long_it_is() {
        let far = usize::from(Places::FAR);
        for gap in [0, 1, far - 1, far, far + 1, 2 * far, 2 * far + 1] {
            let mut block: Vec<u8> =
                (0..3 * far as u32 + 40).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let (first, second) = (5, 9 + gap);
            let expected = [&block[..first], &block[first + 4..second], &block[second + 4..]].concat();
            let mut places = Places::default();
            [first, second].into_iter().for_each(|place| places.push(place));
            places.take_out(&mut block);
            assert!(block == expected, "{gap}");
        }
    }

    proptest! {
        /// Bytes of which many are opcodes, and many targets are near.
        #[test]
        fn any_bytes_are_split_as_by_another_encoder(
            bytes in prop::collection::vec(prop::sample::select(&[0xE8, 0xE9, 0x0F, 0x80, 0x8F, 0, 0, 0, 1, 0xFF, 0xFF, 7][..]), 0..6000),
            padding in 0usize..9000,
        ) {
            let block = [bytes, vec![0; padding]].concat();
            if let Some(split) = split_of(&block) {
                prop_assert_eq!(&split, &expected(&block));
                assert_comes_together(&split, &block);
            }
        }

        #[test]
        fn any_files_come_together_again(cuts in prop::collection::vec(0usize..60_000, 0..6), distance in 6usize..40) {
            let block = code(60_000, distance);
            let mut ends = [cuts, vec![60_000]].concat();
            ends.sort_unstable();
            if let Some(split) = split_files(&block, &ends) {
                assert_comes_together(&split, &block);
            }
        }
    }

    #[test]
    fn a_block_without_calls_or_jumps_or_with_too_few_or_too_many_is_left_alone() {
        let block = code(100_000, 11);
        let without = |what: u8| block.iter().map(|&byte| if byte == what { 0 } else { byte }).collect::<Vec<_>>();
        assert_eq!(split_of(&without(0xE8)), None);
        assert_eq!(split_of(&without(0xE9)), None);
        assert_eq!(split_of(&[]), None);
        assert_eq!(split_of(&block[..LEAST_TARGETS * 2]), None);
        // Each five bytes are a call: all but a fifth of them would be side streams.
        assert_eq!(split_of(&code(100_000, 5)), None);
    }

    #[test]
    fn a_stopped_split_ends() {
        let monitor = Monitor::default();
        monitor.stop();
        assert_eq!(split(&mut code(1 << 20, 11), &[1 << 20], &monitor), None);
    }
}
