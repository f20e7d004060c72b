//! The steps of the LZMA2 encoder, one by one, on made data, and all of them on data that is made to be slow:
//! `cargo bench --bench lzma2`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parallelcompress::codec::Monitor;
use parallelcompress::codec::lzma2::{EncoderScratch, FinderScratch, MatchTable, Params, encode_slice, encode_small};

/// Text of a small vocabulary.
fn text(length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut seed = 1u64;
    while out.len() < length {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let word = (seed >> 48).pow(2) >> 20;
        out.extend_from_slice(format!("{word:x} of ").as_bytes());
    }
    out.truncate(length);
    out
}

/// Reproducible noise.
fn noise(length: usize) -> Vec<u8> {
    let mut seed = 1u64;
    let step = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 56) as u8
    };
    std::iter::repeat_with(step).take(length).collect()
}

/// Each string is the one before with the one before that behind it: repeats of every length, nested.
fn fibonacci(length: usize) -> Vec<u8> {
    let (mut before, mut string) = (b"a".to_vec(), b"ab".to_vec());
    while string.len() < length {
        let next = [&string[..], &before[..]].concat();
        before = std::mem::replace(&mut string, next);
    }
    string.truncate(length);
    string
}

/// Four letters, every string of eleven of them once: no match of twelve bytes, and very many of ten.
fn de_bruijn(length: usize) -> Vec<u8> {
    const LETTERS: usize = 4;
    const ORDER: usize = 11;
    // Duval's way through the Lyndon words whose length divides the order.
    let (mut word, mut out) = (vec![0usize], Vec::new());
    while !word.is_empty() && out.len() < length {
        if ORDER.is_multiple_of(word.len()) {
            out.extend(word.iter().map(|&letter| b"acgt"[letter]));
        }
        word = word.iter().copied().cycle().take(ORDER).collect();
        while word.last() == Some(&(LETTERS - 1)) {
            word.pop();
        }
        if let Some(last) = word.last_mut() {
            *last += 1;
        }
    }
    out.truncate(length);
    out
}

/// A block over and over, each time with one byte changed.
fn single_edits(length: usize) -> Vec<u8> {
    let (mut block, mut out) = (noise(64 << 10), Vec::new());
    while out.len() < length {
        let place = out.len().wrapping_mul(7919) / 3 % block.len();
        block[place] ^= 0x55;
        out.extend_from_slice(&block);
    }
    out.truncate(length);
    out
}

/// Data that makes match finders and parsers slow which follow every match.
fn adversaries(criterion: &mut Criterion) {
    const LENGTH: usize = 4 << 20;
    let turns = noise(6000);
    let text = text(LENGTH);
    let mut mixed = noise(LENGTH);
    mixed.chunks_mut(4096).zip(text.chunks(4096)).for_each(|(noise, text)| {
        let count = text.len() / 8;
        noise[..count].copy_from_slice(&text[..count]);
    });
    let kinds = [
        ("zeros", vec![0; LENGTH]),
        ("Fibonacci strings", fibonacci(LENGTH)),
        ("two blocks in turn", turns.iter().copied().cycle().take(LENGTH).collect()),
        ("de Bruijn", de_bruijn(LENGTH)),
        ("64 KiB with single edits", single_edits(LENGTH)),
        ("noise, an eighth text", mixed),
        ("noise", noise(LENGTH)),
    ];
    let monitor = Monitor::default();
    let mut table = MatchTable::default();
    let (mut finder, mut scratch) = (FinderScratch::default(), EncoderScratch::default());
    let mut group = criterion.benchmark_group("adversaries");
    group.throughput(Throughput::Bytes(LENGTH as u64)).sample_size(10);
    for level in [1, 5, 9] {
        let params = Params::new(level, LENGTH as u32);
        for (name, input) in &kinds {
            group.bench_function(format!("{name}, level {level}"), |bench| {
                bench.iter(|| {
                    let mut out = Vec::new();
                    table.begin(&params, input.len(), 0);
                    table.fill(input, &mut finder, &monitor);
                    encode_slice(&params, &table, input, 0..input.len(), true, &mut scratch, &monitor, &mut out);
                    black_box(out)
                });
            });
        }
    }
    group.finish();
}

fn steps(criterion: &mut Criterion) {
    let monitor = Monitor::default();
    let input = text(8 << 20);
    let mut group = criterion.benchmark_group("lzma2");
    group.throughput(Throughput::Bytes(input.len() as u64)).sample_size(10);
    let params = Params::new(5, 8 << 20);
    let mut table = MatchTable::new(&params, input.len(), 0);
    let mut finder = FinderScratch::default();
    group.bench_function("match table", |bench| {
        bench.iter(|| {
            table.begin(&params, input.len(), 0);
            table.fill(&input, &mut finder, &monitor);
        });
    });
    for level in [1, 3, 5, 7, 9] {
        let params = Params::new(level, 8 << 20);
        let mut scratch = EncoderScratch::default();
        group.bench_function(format!("encode, level {level}"), |bench| {
            bench.iter(|| {
                let mut out = Vec::new();
                encode_slice(&params, &table, &input, 0..input.len(), true, &mut scratch, &monitor, &mut out);
                black_box(out)
            });
        });
    }
    let mut scratch = EncoderScratch::default();
    let small = &input[..4096];
    group.throughput(Throughput::Bytes(small.len() as u64)).sample_size(50);
    group.bench_function("a small input", |bench| {
        bench.iter(|| {
            let mut out = Vec::new();
            encode_small(&params, black_box(small), &mut scratch, &monitor, &mut out);
            black_box(out)
        });
    });
    group.finish();
}

criterion_group!(benches, steps, adversaries);
criterion_main!(benches);
