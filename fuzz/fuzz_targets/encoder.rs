//! Any data, level and cut into windows and slices, LZMA2 and LZMA: decoders that others wrote (lzma-rust2) yield the data
//! again.
#![no_main]

use std::cell::RefCell;
use std::io::Read;

use libfuzzer_sys::fuzz_target;
use lzma_rust2::{Lzma2Reader, LzmaReader};
use parallelcompress::codec::Monitor;
use parallelcompress::codec::lzma2::{
    EncoderScratch, FinderScratch, LzmaEncoder, MatchTable, Params, encode_slice, encode_small,
};

/// Most bytes that a recipe makes.
const MOST: usize = 1 << 14;

/// Data with repeats: each step of the recipe copies what lies behind, or takes bytes as they are.
fn cook(recipe: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut rest = recipe;
    while let Some((&[kind, a, b], after)) = rest.split_first_chunk()
        && data.len() < MOST
    {
        rest = after;
        let distance = usize::from(u16::from_le_bytes([a, b])) % (data.len() + 1);
        if kind & 1 != 0 && distance > 0 {
            // Up to 2,032 bytes, overlapping what is copied where that is nearer.
            for _ in 0..usize::from(kind >> 1) * 16 + 2 {
                data.push(data[data.len() - distance]);
            }
        } else {
            let count = usize::from(kind >> 1).min(rest.len());
            data.extend_from_slice(&[a, b]);
            data.extend_from_slice(&rest[..count]);
            rest = &rest[count..];
        }
    }
    data.extend_from_slice(rest);
    data
}

fn decode(packed: &[u8], dictionary: u32) -> Vec<u8> {
    let mut out = Vec::new();
    Lzma2Reader::new(packed, dictionary, None).read_to_end(&mut out).expect("a valid LZMA2 stream");
    out
}

/// lc, lp and pb of LZMA, chosen by a number; and their byte.
fn properties(choice: u8) -> ((u8, u8, u8), u8) {
    let (lc, lp, pb) = [(3, 0, 2), (0, 2, 2), (4, 0, 0), (1, 3, 3)][usize::from(choice % 4)];
    ((lc, lp, pb), (pb * 5 + lp) * 9 + lc)
}

fn decode_lzma(packed: &[u8], properties: u8, dictionary: u32, size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    LzmaReader::new_with_props(packed, size as u64, properties, dictionary, None)
        .and_then(|mut reader| reader.read_to_end(&mut out))
        .expect("a valid LZMA stream");
    out
}

/// What the encoder works with: it must not matter what was encoded before.
#[derive(Default)]
struct Tools {
    table: MatchTable,
    finder: FinderScratch,
    scratch: EncoderScratch,
}

thread_local!(static TOOLS: RefCell<Tools> = RefCell::default());

fuzz_target!(|input: &[u8]| TOOLS.with_borrow_mut(|tools| round_trip(input, tools)));

fn round_trip(input: &[u8], Tools { table, finder, scratch }: &mut Tools) {
    let Some((&[level, nice, dictionary, piece, history, slice], recipe)) = input.split_first_chunk() else { return };
    let data = cook(recipe);
    let mut params = Params::new(u32::from(level % 10), 1 << (12 + dictionary % 6));
    if nice > 0 {
        params = params.with_nice_length(nice.into());
    }
    let monitor = Monitor::default();
    let mut packed = Vec::new();
    encode_small(&params, &data, scratch, &monitor, &mut packed);
    assert!(decode(&packed, params.dictionary()) == data, "one input");

    // Contexts depend on the position's lowest two bits, so windows begin at multiples of four.
    let piece = (usize::from(piece) + 1) * 256;
    let history = (usize::from(history) + 1) * 64;
    let slice = (usize::from(slice) + 1) * 64;
    packed.clear();
    for start in (0..data.len()).step_by(piece) {
        let before = start.min(history);
        let window = &data[start - before..data.len().min(start + piece)];
        table.begin(&params, window.len(), before);
        table.fill(window, finder, &monitor);
        let mut at = before;
        while at < window.len() {
            let end = window.len().min(at + slice);
            let resets = start == 0 && at == before;
            encode_slice(&params, table, window, at..end, resets, scratch, &monitor, &mut packed);
            at = end;
        }
    }
    packed.push(0);
    assert!(decode(&packed, params.dictionary()) == data, "windows of {piece} bytes, slices of {slice}");

    // A new encoder's memory takes longer than all else: for some inputs only.
    let choice = level / 10;
    if level % 10 == 0 || choice % 4 != 0 {
        return;
    }
    let (contexts, byte) = properties(choice / 4);
    let mut encoder = LzmaEncoder::new(&params, contexts);
    for call in [piece, slice] {
        packed.clear();
        data.chunks(call).for_each(|data| encoder.encode(data, &monitor, &mut packed));
        encoder.finish(&mut packed);
        assert!(decode_lzma(&packed, byte, params.dictionary(), data.len()) == data, "LZMA, calls of {call} bytes");
    }
    packed.clear();
    encoder.encode_small(&data, &monitor, &mut packed);
    assert!(decode_lzma(&packed, byte, params.dictionary(), data.len()) == data, "LZMA, one input");
}
