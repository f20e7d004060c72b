//! Properties and streams that were made to do harm, or damaged.

use super::*;
use crate::codec::decode::{describe, memory};

fn refused(method: u64, properties: &[u8]) -> DecodeError {
    let coder = Coder { method, properties, unpack_size: 100 };
    let what = describe(&coder);
    let streams = (0..crate::codec::decode::inputs(method)).map(|_| Box::new(io::empty()) as Stream<'_>);
    let Err(error) = decoder(&coder, streams.collect()) else { panic!("{what} {properties:?} is accepted") };
    let also = memory(&coder).expect_err(&what);
    assert_eq!(error.to_string(), also.to_string());
    error
}

#[test]
fn properties_out_of_range_are_refused() {
    for (method, properties, message) in [
        (0x3_0101, &[][..], "LZMA: 0 bytes of properties, 5 expected"),
        (0x3_0101, &[0x5D, 0, 0, 1], "LZMA: 4 bytes of properties, 5 expected"),
        (0x3_0101, &[225, 0, 0, 1, 0], "LZMA: lc, lp, pb are out of range (225)"),
        (0x21, &[], "LZMA2: 0 bytes of properties, 1 expected"),
        (0x21, &[1, 1], "LZMA2: 2 bytes of properties, 1 expected"),
        (0x21, &[41], "LZMA2: no size of a dictionary (41)"),
        (0x21, &[255], "LZMA2: no size of a dictionary (255)"),
        (0x3_0401, &[6, 0, 0, 0], "PPMD: 4 bytes of properties, 5 expected"),
        (0x3_0401, &[1, 0, 0, 1, 0], "PPMD: an order of 1"),
        (0x3_0401, &[65, 0, 0, 1, 0], "PPMD: an order of 65"),
        (0x3_0401, &[6, 0xFF, 7, 0, 0], "PPMD: a model of 2047 bytes"),
        (0x3_0401, &[6, 0xDC, 0xFF, 0xFF, 0xFF], "PPMD: a model of 4294967260 bytes"),
        (3, &[], "Delta: 0 bytes of properties, 1 expected"),
        (3, &[1, 0], "Delta: 2 bytes of properties, 1 expected"),
        (0xA, &[1, 0, 0, 0], "ARM64: a start position of 1 is not a multiple of 4"),
        (0xA, &[0; 3], "ARM64: 3 bytes of properties, 0 or 4 expected"),
        (0xB, &[1, 0, 0, 0], "RISCV: a start position of 1 is not a multiple of 2"),
        (6, &[8, 0, 0, 0], "IA64: a start position of 8 is not a multiple of 16"),
        (4, &[0; 8], "BCJ: 8 bytes of properties, 0 or 4 expected"),
    ] {
        let error = refused(method, properties);
        assert!(matches!(error, DecodeError::Properties { method: said, .. } if said == method));
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn unknown_methods_are_refused() {
    for (method, message) in [
        (0xC, "0C: the method is not supported"),
        (0x06F0_0181, "AES256CBC: the method is not supported"),
        (u64::MAX, "FFFFFFFFFFFFFFFF: the method is not supported"),
    ] {
        assert_eq!(refused(method, &[]).to_string(), message);
    }
    let aes = Coder { method: crate::codec::aes::METHOD_ID, properties: &[0x13], unpack_size: 16 };
    let error = decoder(&aes, vec![Box::new(io::empty())]).err().expect("it needs a key");
    assert!(matches!(error, DecodeError::Unsupported { .. }));
    assert!(memory(&aes).unwrap() < 1 << 20);
}

#[test]
fn settings_at_their_limits_are_accepted() {
    for (method, properties) in [
        (0x3_0101, &[224, 0, 0, 0, 0][..]),
        (0x3_0101, &[0, 0xFF, 0xFF, 0xFF, 0xFF]),
        // 7-Zip passes over what follows.
        (0x3_0101, &[0x5D, 0, 0, 1, 0, 9]),
        (0x21, &[0]),
        (0x21, &[40]),
        (0x3_0401, &[2, 0, 8, 0, 0]),
        (0x3_0401, &[64, 0xDB, 0xFF, 0xFF, 0xFF]),
        (3, &[255]),
        (0xA, &[0xFC, 0xFF, 0xFF, 0xFF]),
        (0x4_0202, &[1, 2, 3]),
        (0x4_0108, &[1]),
        (0, &[0]),
    ] {
        // Nothing is reserved for any of them.
        let coder = Coder { method, properties, unpack_size: u64::MAX };
        assert!(decoder(&coder, vec![Box::new(io::empty())]).is_ok(), "{}", describe(&coder));
        assert!(memory(&coder).unwrap() < (1 << 32) + (8 << 20), "{}", describe(&coder));
    }
}

/// A row of numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

/// Damages up to eight places: most of them near the start, where headers are.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.below(8) {
        let near = [8, 64, bytes.len()][random.below(3)].min(bytes.len());
        let at = random.below(near);
        match random.below(5) {
            _ if bytes.is_empty() => {}
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.below(256) as u8,
            2 => bytes[at] = [0, 0xFF][random.below(2)],
            3 => drop(bytes.remove(at)),
            _ => {
                let from = random.below(bytes.len());
                let some: Vec<u8> = bytes[from..].iter().take(random.below(40)).copied().collect();
                drop(bytes.splice(at..at, some));
            }
        }
    }
}

/// None panics, goes on for ever or yields more than it should. Each says why it ends. `DAMAGED_STREAMS` in the environment
/// asks for more than 2,000 of each method.
#[test]
fn damaged_streams_are_refused_or_become_other_data() {
    let data = data(2_000);
    let many = std::env::var("DAMAGED_STREAMS").ok().and_then(|many| many.parse().ok()).unwrap_or(2_000);
    let mut cases = all(&data);
    // The dictionary is filled and begun again several times.
    cases.extend(formats::small_dictionaries());
    cases.push(formats::bcj2_of_few(&data));
    cases.push(formats::deflate64_of(&data, 2000, 1900));
    for whole in cases {
        let name = describe(&whole.coder());
        let (mut random, mut failed) = (Random(7), 0);
        for number in 0..many {
            let mut packed = whole.clone();
            let input = random.below(packed.inputs.len());
            damage(&mut packed.inputs[input], &mut random);
            if number % 8 == 0 {
                damage(&mut packed.properties, &mut random);
            }
            if number % 2 == 0 {
                packed.unpack_size *= 4;
            }
            // A model of gigabytes is right, but it takes its time.
            if packed.decoder().is_err() || memory(&packed.coder()).unwrap() > 64 << 20 {
                continue;
            }
            let (out, error) = packed.decode([1 << 20, 1000, 333][number % 3]);
            assert_eq!(error.is_none(), out.len() as u64 == packed.unpack_size, "{name} {number}: {error:?}");
            if let Some(error) = error {
                let known = matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
                assert!(known && error.to_string().starts_with(&name[..3]), "{name} {number}: {error:?}");
                failed += 1;
            }
        }
        assert!(failed > many / 4, "{name}: {failed} of {many} failed");
    }
}
