//! BCJ2: 7-Zip's strongest filter for x86 code. Where the branch filter turns relative targets into absolute ones in
//! place, BCJ2 takes them out, into streams of their own: what is left of the code repeats more, and so do the targets.
//!
//! A block becomes four streams: *main* (everything but the targets), *call* and *jump* (targets of four bytes,
//! big-endian), and *rc* (a range coder's bits: which call or jump was taken out). Main, call and jump together are as
//! long as the block.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use lzma_rust2::filter::bcj2::{Bcj2Options, Bcj2Writer};

use super::stream::StreamMethod;
use super::{Monitor, lzma};

/// 7-Zip's method id.
pub const ID: u64 = 0x0303_011B;

/// 7-Zip's name.
pub const NAME: &str = "BCJ2";

/// Bytes that go through the filter between two looks at the monitor.
const STEP: usize = 64 << 10;

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

/// How call and jump are packed: targets are numbers of four bytes, so the literal's position says more than the byte
/// before it. A dictionary of 1 MiB, as 7-Zip has it.
pub fn side_params(level: u32) -> lzma::Params {
    lzma::Params::new(level, 1 << 20).with_literal_bits(0, 2).with_nice_length(128)
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

/// Counts what is written.
#[derive(Default)]
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0 += data.len();
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream that is looked at while the filter owns it.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Splits a whole block: `block` becomes its main stream, in place. `None`, with the block as it was, where it has no
/// calls or no jumps, too few of both to pay, or so many that the side streams would be longer than [`most_side_bytes`].
/// Once `monitor` stops it answers `None` early, and the block is of no use.
///
/// # Errors
/// None in practice: the filter writes to memory.
pub fn split(block: &mut Vec<u8>, monitor: &Monitor) -> io::Result<Option<Sides>> {
    let len = block.len();
    // Only targets within the block are taken out: others are no targets but chance.
    let options = Bcj2Options { uncompressed_size: Some(len as u64), ..Bcj2Options::default() };
    let mut counter = Bcj2Writer::new(std::array::from_fn(|_| Counter::default()), &options)?;
    for part in block.chunks(STEP) {
        if monitor.stopped() {
            return Ok(None);
        }
        counter.write_all(part)?;
    }
    let [_, call, jump, rc] = counter.finish()?.map(|Counter(count)| count);
    if call == 0 || jump == 0 || call + jump < LEAST_TARGETS || call + jump + rc > most_side_bytes(len) {
        return Ok(None);
    }
    let with_capacity = |count| Shared(Rc::new(RefCell::new(Vec::with_capacity(count))));
    let main = with_capacity(2 * STEP);
    let outputs = [main.clone(), with_capacity(call), with_capacity(jump), with_capacity(rc)];
    let mut writer = Bcj2Writer::new(outputs, &options)?;
    // Never more comes out than went in, so the place is free.
    let mut put = 0;
    let mut place = |block: &mut Vec<u8>, ready: &[u8]| {
        block[put..put + ready.len()].copy_from_slice(ready);
        put += ready.len();
    };
    for start in (0..len).step_by(STEP) {
        if monitor.stopped() {
            break;
        }
        writer.write_all(&block[start..len.min(start + STEP)])?;
        let mut ready = main.0.borrow_mut();
        place(block, &ready);
        ready.clear();
    }
    if monitor.stopped() {
        return Ok(None);
    }
    let [rest, call, jump, rc] = writer.finish()?.map(|Shared(stream)| stream.take());
    place(block, &rest);
    block.truncate(put);
    Ok(Some(Sides { call, jump, rc }))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use lzma_rust2::filter::bcj2::Bcj2Reader;

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

    fn split_of(block: &[u8]) -> Option<(Vec<u8>, Sides)> {
        let mut main = block.to_vec();
        let sides = split(&mut main, &Monitor::default()).expect("memory");
        assert!(sides.is_some() || main == block, "the block is another one");
        sides.map(|sides| (main, sides))
    }

    #[test]
    fn what_was_split_comes_together_again() {
        for len in [4000, STEP - 1, STEP, STEP + 1, 300_001] {
            let block = code(len, 11);
            let (main, sides) = split_of(&block).expect("calls and jumps");
            assert_eq!(main.len() + sides.call.len() + sides.jump.len(), len);
            let inputs = vec![&main[..], &sides.call, &sides.jump, &sides.rc];
            let mut back = Vec::new();
            Bcj2Reader::try_new(inputs, len as u64).expect("four streams").read_to_end(&mut back).expect("its end");
            assert!(back == block, "{len}");
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
        assert_eq!(split(&mut code(100_000, 11), &monitor).expect("memory"), None);
    }
}
