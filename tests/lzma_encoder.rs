//! The encoder of LZMA (one) against decoders that others wrote: lzma-rust2 always, xz where it is installed.

mod common;

use std::io::Read;
use std::ops::RangeInclusive;

use common::oracle::piped;
use common::shapes::{kinds, noise, piece, text};
use lzma_rust2::LzmaReader;
use parallelcompress::codec::Monitor;
use parallelcompress::codec::lzma2::{LzmaEncoder, Params};
use proptest::prelude::*;

const LEVELS: RangeInclusive<u32> = 1..=9;

/// lc, lp and pb: 7-Zip's, those for numbers of four bytes and of eight, the most and the fewest contexts.
const PROPERTIES: [(u8, u8, u8); 5] = [(3, 0, 2), (0, 2, 2), (1, 3, 3), (4, 0, 0), (0, 0, 0)];

fn properties_byte((lc, lp, pb): (u8, u8, u8)) -> u8 {
    (pb * 5 + lp) * 9 + lc
}

fn decode(packed: &[u8], properties: (u8, u8, u8), params: &Params, size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut reader =
        LzmaReader::new_with_props(packed, size as u64, properties_byte(properties), params.dictionary(), None)
            .expect("valid properties");
    reader.read_to_end(&mut out).expect("a valid LZMA stream");
    out
}

/// Encodes `input` in calls of `call` bytes.
fn in_calls(encoder: &mut LzmaEncoder, input: &[u8], call: usize) -> Vec<u8> {
    let (mut packed, monitor) = (Vec::new(), Monitor::default());
    input.chunks(call).for_each(|data| encoder.encode(data, &monitor, &mut packed));
    encoder.finish(&mut packed);
    assert_eq!(monitor.encoded(), input.len() as u64);
    packed
}

fn small(encoder: &mut LzmaEncoder, input: &[u8]) -> Vec<u8> {
    let (mut packed, monitor) = (Vec::new(), Monitor::default());
    encoder.encode_small(input, &monitor, &mut packed);
    assert_eq!(monitor.encoded(), input.len() as u64);
    packed
}

#[test]
fn every_small_size_round_trips_at_every_level() {
    for (level, properties) in LEVELS.zip(PROPERTIES.into_iter().cycle()) {
        let params = Params::new(level, 1 << 16);
        let mut encoder = LzmaEncoder::new(&params, properties);
        for length in 1..200 {
            for (name, input) in kinds(length) {
                for packed in [small(&mut encoder, &input), in_calls(&mut encoder, &input, 70)] {
                    let back = decode(&packed, properties, &params, input.len());
                    assert!(back == input, "{length} bytes of {name} at level {level}");
                }
            }
        }
    }
}

#[test]
fn all_kinds_of_data_round_trip_however_they_are_cut() {
    for (name, input) in kinds(300_000) {
        for level in LEVELS {
            // A dictionary that is smaller than the input, too, and calls that leave less history than that.
            for (dictionary, call) in [(4096, 1000), (4096, 300_000), (1 << 16, 20_001), (1 << 20, 130_000)] {
                let params = Params::new(level, dictionary);
                for properties in [PROPERTIES[0], PROPERTIES[1 + level as usize % 3]] {
                    let packed = in_calls(&mut LzmaEncoder::new(&params, properties), &input, call);
                    let back = decode(&packed, properties, &params, input.len());
                    assert!(back == input, "{name}, level {level}, {dictionary} {call} {properties:?}");
                    if !matches!(name, "noise" | "turns") && dictionary == 1 << 20 {
                        assert!(packed.len() < input.len() / 100 * 55, "{name} at level {level}: {}", packed.len());
                    }
                    // No byte costs much more than itself, whatever the model expected.
                    assert!(packed.len() <= input.len() + input.len() / 64 + 100, "{name}: {}", packed.len());
                }
            }
        }
    }
}

#[test]
fn what_came_before_is_known() {
    // Further back than half a dictionary, and a distance that goes on from call to call.
    let unit = noise(50_000, 3);
    let input = unit.repeat(6);
    let params = Params::new(5, 1 << 16);
    let packed = in_calls(&mut LzmaEncoder::new(&params, PROPERTIES[0]), &input, 60_000);
    assert!(decode(&packed, PROPERTIES[0], &params, input.len()) == input);
    assert!(packed.len() < 53_000, "{}", packed.len());
}

#[test]
fn bytes_do_not_depend_on_what_was_encoded_before() {
    let input = text(700_000, 1);
    for level in [1, 4, 5, 9] {
        let params = Params::new(level, 1 << 18);
        let fresh = || LzmaEncoder::new(&params, PROPERTIES[0]);
        let (large, little) = (in_calls(&mut fresh(), &input, 200_000), small(&mut fresh(), &input[..50_000]));
        let mut used = fresh();
        small(&mut used, &noise(30_000, 2));
        assert!(in_calls(&mut used, &input, 200_000) == large, "level {level}");
        assert!(small(&mut used, &input[..50_000]) == little, "level {level}");
    }
}

#[test]
fn a_stopped_monitor_ends_the_stream() {
    let monitor = Monitor::default();
    monitor.stop();
    let input = text(3_000_000, 6);
    let mut encoder = LzmaEncoder::new(&Params::new(9, 1 << 22), PROPERTIES[0]);
    let mut out = Vec::new();
    encoder.encode(&input, &monitor, &mut out);
    encoder.encode_small(&input, &monitor, &mut out);
    assert!(out.len() < 100, "{}", out.len());
}

#[test]
fn liblzma_reads_what_we_write() {
    for (name, input) in kinds(500_000) {
        for level in [1, 4, 5, 9] {
            let params = Params::new(level, 1 << 18);
            let properties = PROPERTIES[level as usize % 3];
            // The .lzma format: properties, dictionary, size.
            let mut packed = vec![properties_byte(properties)];
            packed.extend(params.dictionary().to_le_bytes());
            packed.extend((input.len() as u64).to_le_bytes());
            packed.extend(in_calls(&mut LzmaEncoder::new(&params, properties), &input, 150_000));
            let Some(back) = piped("xz", &["--format=lzma", "-dc"], &packed) else { return };
            assert!(back == input, "{name} at level {level}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn structured_data_round_trips(
        pieces in proptest::collection::vec(piece(), 1..20),
        level in LEVELS,
        properties in 0..PROPERTIES.len(),
        call in 500..9000usize,
    ) {
        let input = pieces.concat();
        let params = Params::new(level, 1 << 13);
        let properties = PROPERTIES[properties];
        let mut encoder = LzmaEncoder::new(&params, properties);
        for packed in [in_calls(&mut encoder, &input, call), small(&mut encoder, &input)] {
            prop_assert!(decode(&packed, properties, &params, input.len()) == input);
        }
    }
}
