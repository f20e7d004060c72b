//! The LZMA2 encoder against decoders that others wrote: lzma-rust2 always, xz and 7zz where they are installed.

mod common;

use std::io::Read;
use std::ops::Range;

use common::oracle::piped;
use common::shapes::{binary, kinds, noise, piece, text};
use lzma_rust2::Lzma2Reader;
use parallelcompress::codec::Monitor;
use parallelcompress::codec::lzma2::{
    EncoderScratch, FinderScratch, MatchTable, Params, Parts, Step, encode_slice, encode_small,
};
use proptest::prelude::*;

const LEVELS: Range<u32> = 0..10;

fn decode(packed: &[u8], dictionary: u32) -> Vec<u8> {
    let mut out = Vec::new();
    Lzma2Reader::new(packed, dictionary, None).read_to_end(&mut out).expect("a valid LZMA2 stream");
    out
}

fn small(params: &Params, input: &[u8], scratch: &mut EncoderScratch) -> Vec<u8> {
    let mut out = Vec::new();
    encode_small(params, input, scratch, &Monitor::default(), &mut out);
    out
}

#[track_caller]
fn round_trip(params: &Params, input: &[u8], scratch: &mut EncoderScratch) -> Vec<u8> {
    let packed = small(params, input, scratch);
    assert!(decode(&packed, params.dictionary()) == input, "{} bytes come back changed", input.len());
    // Stored chunks bound the growth.
    assert!(packed.len() <= input.len() + 3 * (input.len() >> 16) + 16, "{} -> {}", input.len(), packed.len());
    packed
}

#[test]
fn every_small_size_round_trips_at_every_level() {
    let mut scratch = EncoderScratch::default();
    for level in LEVELS {
        let params = Params::new(level, 1 << 16);
        for length in 0..300 {
            for (_, input) in kinds(length) {
                round_trip(&params, &input, &mut scratch);
            }
        }
    }
}

#[test]
fn all_kinds_of_data_round_trip_at_every_level() {
    let mut scratch = EncoderScratch::default();
    for (name, input) in kinds(400_000) {
        for level in LEVELS {
            // A dictionary that is smaller than the input, too.
            for dictionary in [4096, 1 << 16, 1 << 20] {
                let packed = round_trip(&Params::new(level, dictionary), &input, &mut scratch);
                if level > 0 && !matches!(name, "noise" | "turns") && dictionary == 1 << 20 {
                    assert!(packed.len() < input.len() / 2, "{name} at level {level}: {}", packed.len());
                }
            }
        }
    }
}

#[test]
fn chunk_limits_are_kept() {
    let mut scratch = EncoderScratch::default();
    // Up to 2 MiB unpacked and 64 KiB packed a chunk, 64 KiB a stored one.
    for length in [65535, 65536, 65537, 131_072, 131_073, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 4_500_000] {
        for level in [0, 1, 5] {
            let params = Params::new(level, 1 << 20);
            round_trip(&params, &vec![7; length], &mut scratch);
            if length < 1 << 18 {
                round_trip(&params, &noise(length, 9), &mut scratch);
            }
        }
    }
    round_trip(&Params::new(5, 1 << 20), &text(3_000_000, 4), &mut scratch);
}

#[test]
fn noise_grows_by_its_chunk_headers_only() {
    let input = noise(1 << 20, 11);
    let packed = small(&Params::new(5, 1 << 20), &input, &mut EncoderScratch::default());
    assert!(packed.len() <= input.len() + 3 * 17 + 1, "{}", packed.len());
}

/// Encodes `input` in windows of `piece` new bytes and slices of `slice`, with up to `history` before each window.
fn in_slices(params: &Params, input: &[u8], piece: usize, history: usize, slice: usize, resets: bool) -> Vec<u8> {
    let monitor = Monitor::default();
    let (mut finder, mut encoder) = (FinderScratch::default(), EncoderScratch::default());
    let mut table = MatchTable::default();
    let mut out = Vec::new();
    for start in (0..input.len()).step_by(piece) {
        let history = if resets { 0 } else { start.min(history) };
        let window = &input[start - history..input.len().min(start + piece)];
        table.begin(params, window.len(), history);
        table.fill(window, &mut finder, &monitor);
        for from in (history..window.len()).step_by(slice) {
            let range = from..window.len().min(from + slice);
            let reset = from == history && (resets || start == 0);
            encode_slice(params, &table, window, range, reset, &mut encoder, &monitor, &mut out);
        }
    }
    out.push(0);
    out
}

#[test]
fn slices_share_a_dictionary() {
    for (name, input) in kinds(200_000) {
        for level in [0, 1, 3, 5, 9] {
            for dictionary in [1 << 16, 1 << 20] {
                let params = Params::new(level, dictionary);
                for (piece, history, slice) in [(200_000, 0, 50_000), (128 << 10, 64 << 10, 40_000), (65536, 16, 65536)]
                {
                    for resets in [false, true] {
                        let packed = in_slices(&params, &input, piece, history, slice, resets);
                        let back = decode(&packed, params.dictionary());
                        assert!(back == input, "{name}, level {level}, {piece} {history} {slice} {resets}");
                    }
                }
            }
        }
    }
}

#[test]
fn history_is_used() {
    let block = noise(100_000, 3);
    let input = [&block[..], &block[..]].concat();
    let params = Params::new(5, 1 << 20);
    let shared = in_slices(&params, &input, 100_000, 100_000, 100_000, false);
    let alone = in_slices(&params, &input, 100_000, 0, 100_000, true);
    assert!(shared.len() < 101_000 && alone.len() > 200_000, "{} {}", shared.len(), alone.len());
}

#[test]
fn bytes_do_not_depend_on_order_or_threads() {
    let input = [text(1_500_000, 1), binary(500_000, 2), vec![0; 300_000]].concat();
    let params = Params::new(5, 1 << 22);
    let monitor = Monitor::default();
    let encode = |order: &dyn Fn(&MatchTable, Step)| {
        let table = MatchTable::new(&params, input.len(), 0);
        let mut next = table.after(None);
        while let Some(step) = next {
            assert!(table.parts(step) > 2, "{step:?} has no order");
            order(&table, step);
            table.complete(step);
            next = table.after(next);
        }
        let mut out = Vec::new();
        encode_slice(&params, &table, &input, 0..input.len(), true, &mut EncoderScratch::default(), &monitor, &mut out);
        out
    };
    let forward = encode(&|table, step| {
        let mut scratch = FinderScratch::default();
        (0..table.parts(step)).for_each(|part| table.work(step, part, &input, &mut scratch, &monitor));
    });
    let backward = encode(&|table, step| {
        let fresh = FinderScratch::default;
        (0..table.parts(step)).rev().for_each(|part| table.work(step, part, &input, &mut fresh(), &monitor));
    });
    let threads = encode(&|table, step| {
        std::thread::scope(|scope| {
            for first in 0..3 {
                let (input, monitor) = (&input, &monitor);
                scope.spawn(move || {
                    let mut scratch = FinderScratch::default();
                    (first..table.parts(step))
                        .step_by(3)
                        .for_each(|part| table.work(step, part, input, &mut scratch, monitor));
                });
            }
        });
    });
    assert!(forward == backward && forward == threads);
    // Whatever the scratch was used for before.
    let mut scratch = EncoderScratch::default();
    let fresh = small(&params, &input, &mut scratch);
    small(&Params::new(2, 4096), &noise(50_000, 1), &mut scratch);
    assert!(fresh == small(&params, &input, &mut scratch));
}

#[test]
fn tables_of_all_positions_hold_what_is_dealt_unevenly() {
    const SIZE: usize = 3 << 20;
    // Few values of the hash that deals out, and one of them at every other position.
    let periods = [1, 2, 3, 4, 7].map(|period: usize| (0..SIZE).map(|at| (at % period) as u8 * 37).collect::<Vec<_>>());
    let halves = [text(SIZE / 2, 1), vec![b'x'; SIZE / 2]].concat();
    let inputs = [&periods[..], &[halves, binary(SIZE, 2), noise(SIZE, 3)]].concat();
    let monitor = Monitor::default();
    for level in [6, 9] {
        let params = Params::new(level, 1 << 22);
        for (number, input) in inputs.iter().enumerate() {
            let table = MatchTable::for_once(&params, input.len(), 0, Parts::default());
            let mut rounds = 0;
            let mut next = table.after(None);
            while let Some(step) = next {
                rounds += usize::from(matches!(step, Step::Refine(_)));
                let mut scratch = FinderScratch::default();
                (0..table.parts(step)).for_each(|part| table.work(step, part, input, &mut scratch, &monitor));
                table.complete(step);
                next = table.after(next);
            }
            assert!((1..=3).contains(&rounds), "level {level}, input {number}: {rounds} rounds");
            let mut out = Vec::new();
            let mut scratch = EncoderScratch::default();
            encode_slice(&params, &table, input, 0..input.len(), true, &mut scratch, &monitor, &mut out);
            out.push(0);
            assert!(decode(&out, params.dictionary()) == *input, "level {level}, input {number}");
        }
    }
}

#[test]
fn matches_that_are_given_back_are_not_missed() {
    // Noise is stored, and what was chosen ahead of a stored chunk is chosen again.
    let input = [text(3_000_000, 1), binary(1_500_000, 2), noise(1_500_000, 3), text(3_000_000, 1)].concat();
    let monitor = Monitor::default();
    for level in [5, 9] {
        let params = Params::new(level, 1 << 24);
        let encode = |table: MatchTable, order: &[usize]| {
            table.fill(&input, &mut FinderScratch::default(), &monitor);
            let mut scratch = EncoderScratch::default();
            // Uneven, so that slices begin amid pairs and pages.
            let bounds = [0, 2_999_999, 6_000_002, input.len()];
            let mut packed = vec![Vec::new(); order.len()];
            for &slice in order {
                let range = bounds[slice]..bounds[slice + 1];
                let out = &mut packed[slice];
                encode_slice(&params, &table, &input, range, slice == 0, &mut scratch, &monitor, out);
            }
            packed.concat()
        };
        let kept = encode(MatchTable::new(&params, input.len(), 0), &[0, 1, 2]);
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
            let table = MatchTable::for_once(&params, input.len(), 0, Parts::default());
            assert!(encode(table, &order) == kept, "level {level}, {order:?}");
        }
        assert!(decode(&[&kept[..], &[0]].concat(), params.dictionary()) == input);
    }
}

#[test]
fn a_stopped_monitor_ends_every_step() {
    let input = text(4_000_000, 6);
    let params = Params::new(9, 1 << 22);
    let monitor = Monitor::default();
    monitor.stop();
    let mut out = Vec::new();
    encode_small(&params, &input, &mut EncoderScratch::default(), &monitor, &mut out);
    assert!(out.len() < 1000, "{}", out.len());
}

#[test]
fn progress_adds_up() {
    let input = text(700_000, 6);
    for level in LEVELS {
        let monitor = Monitor::default();
        let params = Params::new(level, 1 << 20);
        encode_small(&params, &input, &mut EncoderScratch::default(), &monitor, &mut Vec::new());
        assert_eq!(monitor.encoded(), input.len() as u64, "level {level}");
    }
}

#[test]
fn dictionary_sizes_are_those_of_lzma2() {
    for (asked, property, size) in [(0, 0, 4096), (4097, 1, 6144), (1 << 25, 26, 1 << 25), ((1 << 25) + 1, 27, 3 << 24)]
    {
        let params = Params::new(5, asked);
        assert_eq!((params.dictionary_property(), params.dictionary()), (property, size));
    }
    assert_eq!(Params::new(5, u32::MAX).dictionary(), 3 << 29);
}

#[test]
fn liblzma_reads_what_we_write() {
    for (name, input) in kinds(500_000) {
        for level in [0, 1, 4, 5, 9] {
            let params = Params::new(level, 1 << 18);
            let packed = in_slices(&params, &input, 1 << 18, 1 << 17, 70_000, false);
            let Some(back) = piped("xz", &["--format=raw", "--lzma2=dict=256KiB", "-dc"], &packed) else { return };
            assert!(back == input, "{name} at level {level}");
        }
    }
    // Large enough for the most literal contexts.
    let input = text(1 << 20, 5);
    let packed = small(&Params::new(5, 1 << 18), &input, &mut EncoderScratch::default());
    let back = piped("xz", &["--format=raw", "--lzma2=dict=256KiB", "-dc"], &packed);
    assert!(back == Some(input), "a large text");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn structured_data_round_trips(pieces in proptest::collection::vec(piece(), 0..20), level in LEVELS) {
        let input = pieces.concat();
        let params = Params::new(level, 1 << 15);
        round_trip(&params, &input, &mut EncoderScratch::default());
        if !input.is_empty() {
            let packed = in_slices(&params, &input, 8192, 4096, 3000, false);
            prop_assert!(decode(&packed, params.dictionary()) == input);
        }
    }
}
