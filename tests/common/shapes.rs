//! Data with the shapes that an encoder meets: noise, text, code, numbers, repeats.

use proptest::prelude::*;

/// Reproducible noise.
pub fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let step = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 32) as u8
    };
    std::iter::repeat_with(step).take(length).collect()
}

/// Words of a small vocabulary: text-like, with matches of many lengths and distances.
pub fn text(length: usize, seed: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 16);
    for pick in noise(length, seed) {
        let word = usize::from(pick).pow(2) / 400;
        out.extend_from_slice(format!("{}{word:x} ", ["the ", "fn", "x", "return ", "\t"][word % 5]).as_bytes());
        if out.len() > length {
            break;
        }
    }
    out.truncate(length);
    out
}

/// Records with counters and pointers, as binaries have them.
pub fn binary(length: usize, seed: u64) -> Vec<u8> {
    let random = noise(length, seed);
    let record = |index: usize| {
        let mut record = (index as u32 * 24).to_le_bytes().to_vec();
        record.extend_from_slice(&[0, 0, random[index % length] & 7, 0x48, 0x8B]);
        record.extend_from_slice(&(0x0040_0000 + u32::from(random[index % length]) * 16).to_le_bytes());
        record
    };
    (0..length / 13 + 1).flat_map(record).take(length).collect()
}

/// Numbers of four bytes: each place in them has bytes of its own.
pub fn words(length: usize, seed: u64) -> Vec<u8> {
    let step = |&step: &u8| u32::from(step) * 40;
    let numbers = noise(length / 4 + 1, seed);
    let sums = numbers.iter().scan(0u32, |sum, next| {
        *sum += step(next);
        Some(*sum)
    });
    sums.flat_map(u32::to_le_bytes).take(length).collect()
}

/// Addresses of eight bytes, with their upper half mostly zero, as tables of programs have them.
pub fn addresses(length: usize, seed: u64) -> Vec<u8> {
    let places = noise(length / 8 + 1, seed);
    let sums = places.iter().scan(0x5500_0000u64, |sum, &place| {
        *sum += u64::from(place) * 8;
        Some(*sum)
    });
    sums.flat_map(u64::to_le_bytes).take(length).collect()
}

/// Each string is the one before with the one before that behind it.
pub fn fibonacci(length: usize) -> Vec<u8> {
    let (mut a, mut b) = (b"a".to_vec(), b"ab".to_vec());
    while b.len() < length {
        let next = [&b[..], &a[..]].concat();
        a = std::mem::replace(&mut b, next);
    }
    b.truncate(length);
    b
}

/// Data of every kind, by name.
pub fn kinds(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let period = noise(1000, 5);
    vec![
        ("noise", noise(length, 1)),
        ("text", text(length, 2)),
        ("binary", binary(length, 3)),
        ("words", words(length, 4)),
        ("addresses", addresses(length, 6)),
        ("zeros", vec![0; length]),
        ("period 3", b"abc".iter().copied().cycle().take(length).collect()),
        ("period 1000", period.iter().copied().cycle().take(length).collect()),
        ("fibonacci", fibonacci(length)),
        // Stored chunks between packed ones: the state is reset in the middle.
        ("turns", [text(length / 4, 7), noise(length / 4, 8), text(length / 4, 7), noise(length / 4, 8)].concat()),
    ]
}

/// A piece of structured data.
pub fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        (any::<u8>(), 0..2000usize).prop_map(|(byte, count)| vec![byte; count]),
        (proptest::collection::vec(any::<u8>(), 1..40), 1..60usize).prop_map(|(unit, count)| unit.repeat(count)),
        (0..5000usize, 0..4u64).prop_map(|(length, seed)| text(length, seed)),
        (1..3000usize, 0..4u64).prop_map(|(length, seed)| binary(length, seed)),
        (0..3000usize, 0..2u64).prop_map(|(length, seed)| noise(length, seed)),
    ]
}
