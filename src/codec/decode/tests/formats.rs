//! What our encoders never write, but others do.

use std::io::ErrorKind;

use super::*;

/// Bits, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn put(&mut self, value: usize, count: usize) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= ((value >> bit & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }

    /// A Huffman code, which begins with its highest bit.
    fn code(&mut self, code: usize, count: usize) {
        (0..count).rev().for_each(|bit| self.put(code >> bit & 1, 1));
    }
}

/// Stored blocks with `data`, then one with fixed codes that repeats `len` bytes from `distance` back.
pub(super) fn deflate64_of(data: &[u8], len: usize, distance: usize) -> Packed {
    let mut bits = Bits::default();
    for block in data.chunks(60_000) {
        bits.put(0, 3);
        bits.used = bits.bytes.len() * 8;
        bits.put(block.len(), 16);
        bits.put(!block.len(), 16);
        bits.bytes.extend_from_slice(block);
        bits.used = bits.bytes.len() * 8;
    }
    bits.put(0b011, 3);
    // Length code 285: 3 and 16 more bits.
    bits.code(0b1100_0101, 8);
    bits.put(len - 3, 16);
    // Distances from code 2 on: two codes for each power of two.
    let exponent = (distance - 1).ilog2() as usize;
    let extra = exponent - 1;
    let code = 2 * exponent + ((distance - 1) >> extra & 1);
    bits.code(code, 5);
    bits.put((distance - 1) & ((1 << extra) - 1), extra);
    // The end of the block.
    bits.code(0, 7);
    let unpack_size = (data.len() + len) as u64;
    Packed { method: 0x4_0109, properties: vec![], unpack_size, inputs: vec![bits.bytes] }
}

/// A block of the size of a few pages with one call in it: the first rc bit is a one.
pub(super) fn bcj2_of_few(data: &[u8]) -> Packed {
    let mut main = data.to_vec();
    main.extend([0x90, 0xE8]);
    let call = 0x1000_0000_u32.to_be_bytes().to_vec();
    let unpack_size = main.len() as u64 + 4;
    let rc = vec![0, 0x80, 0, 0, 0, 0, 0, 0];
    Packed { method: bcj2::ID, properties: vec![], unpack_size, inputs: vec![main, call, vec![1, 2, 3, 4], rc] }
}

/// LZMA and LZMA2 with the smallest dictionary, PPMd with the smallest model, over data of several times its size.
pub(super) fn small_dictionaries() -> [Packed; 3] {
    let data = data(10_000);
    let mut lzma = stream_of(&lzma::Params::new(1, 4096), &data);
    lzma.properties[1..].copy_from_slice(&4096_u32.to_le_bytes());
    let params = lzma2::Params::new(5, 4096);
    let mut packed = Vec::new();
    encode_small(&params, &data, &mut EncoderScratch::default(), &Monitor::default(), &mut packed);
    let (properties, inputs) = (vec![params.dictionary_property()], vec![packed]);
    let ppmd = stream_of(&ppmd::Params::new(9, 2048).with_order(64), &data);
    [lzma, ppmd, Packed { method: 0x21, properties, unpack_size: 10_000, inputs }]
}

#[track_caller]
fn check(packed: &Packed, expected: &[u8]) {
    for portion in [1, 7, 4096, 1 << 20] {
        let (out, error) = packed.decode(portion);
        assert!(error.is_none() && out == expected, "portions of {portion}: {} bytes, {error:?}", out.len());
    }
}

#[test]
fn deflate64_reaches_further_and_repeats_more_than_deflate() {
    let data = data(70_000);
    for (len, distance) in [(3, 5), (258, 32_768), (259, 32_769), (65_538, 49_153), (40_000, 65_536), (65_538, 5)] {
        let mut expected = data.clone();
        for _ in 0..len {
            expected.push(expected[expected.len() - distance]);
        }
        check(&deflate64_of(&data, len, distance), &expected);
    }
}

#[test]
fn bzip2_streams_may_follow_each_other() {
    let data = data(50_000);
    let mut packed = stream_of(&bzip2::Params::new(100_000), &data[..20_000]);
    packed.inputs[0].extend(stream_of(&bzip2::Params::new(900_000), &data[20_000..]).inputs.remove(0));
    packed.unpack_size = 50_000;
    check(&packed, &data);
}

#[test]
fn frames_may_follow_each_other_and_some_are_skipped() {
    let data = data(50_000);
    let methods: [&dyn StreamMethod; 2] = [&lz4::Params, &zstandard::Params::new(1, 1 << 20)];
    for method in methods {
        let mut packed = Packed { unpack_size: 50_000, ..stream_of(method, &[]) };
        packed.inputs[0].clear();
        for part in data.chunks(17_000) {
            let frame = stream_of(method, part).inputs.remove(0);
            // As 7-Zip ZS announces the size of the next frame, where several threads decode.
            packed.inputs[0].extend(0x184D_2A50_u32.to_le_bytes());
            packed.inputs[0].extend(4_u32.to_le_bytes());
            packed.inputs[0].extend((frame.len() as u32).to_le_bytes());
            packed.inputs[0].extend(frame);
        }
        check(&packed, &data);
    }
}

#[test]
fn brotli_comes_in_frames_or_plain() {
    let data = data(50_000);
    let params = brotli::Params::new(5, 1 << 20);
    let mut packed = Packed { unpack_size: 50_000, ..stream_of(&params, &data[..20_000]) };
    let second = stream_of(&params, &data[20_000..]).inputs.remove(0);
    packed.inputs[0].extend(&second);
    check(&packed, &data);
    let plain = Packed { unpack_size: 30_000, inputs: vec![second[16..].to_vec()], ..packed.clone() };
    check(&plain, &data[20_000..]);
    // The bits that announce a window above 16 MiB.
    let large = Packed { inputs: vec![vec![0x11, 0x1E, 0, 0, 0, 0]], ..plain };
    assert_eq!(large.decode(4096).1.unwrap().to_string(), "BROTLI: a large window");
}

#[test]
fn a_zstandard_window_above_the_limit_is_refused() {
    // Window descriptor: exponent (bits 3 and up) less 10; a raw block of one byte follows, the last.
    let frame = |exponent: u8| vec![0x28, 0xB5, 0x2F, 0xFD, 0, (exponent - 10) << 3, 9, 0, 0, b'x'];
    let packed =
        |exponent| Packed { method: 0x4_015D, properties: vec![], unpack_size: 1, inputs: vec![frame(exponent)] };
    check(&packed(27), b"x");
    assert_eq!(packed(28).decode(1).1.unwrap().kind(), ErrorKind::InvalidData);
}

#[test]
fn a_dictionary_or_model_may_be_smaller_than_the_data() {
    for packed in small_dictionaries() {
        assert!(crate::codec::decode::memory(&packed.coder()).unwrap() < 300_000);
        check(&packed, &data(10_000));
    }
}

#[test]
fn lzma_may_end_with_a_marker() {
    use lzma_rust2::{LzmaOptions, LzmaWriter};
    let data = data(50_000);
    let mut writer = LzmaWriter::new_no_header(Vec::new(), &LzmaOptions::with_preset(1), true).unwrap();
    io::Write::write_all(&mut writer, &data).unwrap();
    let inputs = vec![writer.finish().unwrap()];
    let packed = Packed { method: 0x3_0101, properties: vec![0x5D, 0, 0, 0x10, 0], unpack_size: 50_000, inputs };
    check(&packed, &data);
    // It comes too early where the coder says that there is more.
    let (out, error) = Packed { unpack_size: 50_001, ..packed }.decode(4096);
    assert!(out == data && error.is_some(), "{error:?}");
}

#[test]
fn lzma_with_other_literal_and_position_bits() {
    use lzma_rust2::{EncodeMode, LzmaOptions, LzmaWriter, MfType};
    let data = data(5_000);
    for (lc, lp, pb) in [(0, 0, 0), (4, 0, 4), (0, 4, 2), (2, 2, 0), (3, 1, 1)] {
        let options = LzmaOptions::new(4096, lc, lp, pb, EncodeMode::Fast, 32, MfType::Hc4, 0);
        let mut writer = LzmaWriter::new_no_header(Vec::new(), &options, false).unwrap();
        io::Write::write_all(&mut writer, &data).unwrap();
        let properties = vec![(lc + 9 * (lp + 5 * pb)) as u8, 0, 0, 0, 0];
        let inputs = vec![writer.finish().unwrap()];
        // A dictionary of 0 bytes is one of 4096, as for 7-Zip.
        check(&Packed { method: 0x3_0101, properties, unpack_size: 5_000, inputs }, &data);
    }
}

#[test]
fn branch_filters_begin_at_the_position_that_the_properties_say() {
    // Calls of the address 0x2000, from 0x1000 on: what the filter stores is the address.
    let filtered = Packed {
        method: 0xA,
        properties: 0x1000_u32.to_le_bytes().to_vec(),
        unpack_size: 8,
        inputs: vec![[0x9400_0800_u32.to_le_bytes(), 0x9400_0800_u32.to_le_bytes()].concat()],
    };
    // BL's distance is in instructions of four bytes.
    check(&filtered, &[0x9400_0400_u32.to_le_bytes(), 0x9400_03FF_u32.to_le_bytes()].concat());
    let x86 = Packed {
        method: 4,
        properties: 0x1000_u32.to_le_bytes().to_vec(),
        unpack_size: 5,
        inputs: vec![vec![0xE8, 0x05, 0x20, 0, 0]],
    };
    check(&x86, &[0xE8, 0x00, 0x10, 0, 0]);
}

#[test]
fn the_end_that_is_no_whole_unit_is_not_swapped() {
    for (method, expected) in [(0x2_0302, b"badcfeg"), (0x2_0304, b"dcbaefg")] {
        check(&Packed { method, properties: vec![], unpack_size: 7, inputs: vec![b"abcdefg".to_vec()] }, expected);
    }
}
