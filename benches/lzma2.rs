//! The steps of the LZMA2 encoder, one by one, on made data: `cargo bench --bench lzma2`.

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

criterion_group!(benches, steps);
criterion_main!(benches);
