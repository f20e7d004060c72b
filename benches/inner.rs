//! `cargo bench --bench inner`: the loops that every byte or every entry goes through, each alone.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parallelcompress::codec::Monitor;
use parallelcompress::codec::aes::{CYCLES_POWER, Encryptor, Key};
use parallelcompress::codec::incompressible::is_incompressible;
use parallelcompress::sevenz::{self, Archive, Coder, Entry, Folder, Substream};

/// Bytes that each loop over data gets.
const SIZE: usize = 4 << 20;

/// Bytes that do not compress.
fn noise() -> Vec<u8> {
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..SIZE).map(step).collect()
}

/// Text that does.
fn text() -> Vec<u8> {
    (0..).flat_map(|number: u32| format!("line {number} of a text\n").into_bytes()).take(SIZE).collect()
}

/// Every byte goes through the CRC, and through AES where there is a password.
fn bytes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bytes");
    group.throughput(Throughput::Bytes(SIZE as u64));
    let noise = noise();
    group.bench_function("CRC-32", |bencher| bencher.iter(|| crc32fast::hash(black_box(&noise))));
    let mut encryptor = Encryptor::new(&Key::raw([7; 32]), &[9; 16]);
    let mut out = Vec::with_capacity(SIZE + 16);
    group.bench_function("AES-256-CBC", |bencher| {
        bencher.iter(|| {
            out.clear();
            encryptor.update(black_box(&noise), &mut out);
        });
    });
    group.finish();
}

/// Once per encrypted archive, and slow on purpose.
fn key(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("password");
    group.sample_size(10);
    group.bench_function("key derivation", |bencher| {
        bencher.iter(|| Key::derive(black_box("correct horse"), &[1; 16], CYCLES_POWER, &Monitor::default()));
    });
    group.finish();
}

/// What decides whether data is stored: dear where it is (all bytes are looked at), next to nothing where it is not.
fn incompressibility(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("incompressible?");
    group.throughput(Throughput::Bytes(SIZE as u64));
    for (name, data) in [("noise", noise()), ("text", text())] {
        group.bench_function(name, |bencher| bencher.iter(|| is_incompressible(black_box(&data), 0)));
    }
    group.finish();
}

/// A header of many entries, in blocks of a hundred and each in its own.
fn header(criterion: &mut Criterion) {
    const ENTRIES: u64 = 10_000;
    let mut group = criterion.benchmark_group("header");
    group.throughput(Throughput::Elements(ENTRIES));
    for (name, files) in [("solid", 100), ("not solid", 1)] {
        let archive = archive(ENTRIES, files);
        group.bench_function(name, |bencher| bencher.iter(|| sevenz::header(black_box(&archive))));
    }
    group.finish();
}

fn archive(entries: u64, files_per_folder: u64) -> Archive {
    let substream = |number: u64| Substream { size: 1 + number % 5000, crc: Some(number as u32) };
    let folder = |first: u64| {
        let substreams: Vec<_> = (first..first + files_per_folder).map(substream).collect();
        let unpack_size = substreams.iter().map(|substream| substream.size).sum();
        let coders = vec![Coder { method: 0x21, properties: vec![24], unpack_size }];
        Folder { coders, pack_size: unpack_size / 2, branches: Vec::new(), substreams }
    };
    let entry = |number: u64| Entry {
        name: format!("some/folder {}/file {number}.txt", number / 50),
        has_stream: true,
        attributes: Some(0x81A4_8020),
        modified: Some(133_000_000_000_000_000 + number * 10_000_000),
        ..Entry::default()
    };
    Archive {
        folders: (0..entries).step_by(files_per_folder as usize).map(folder).collect(),
        entries: (0..entries).map(entry).collect(),
    }
}

criterion_group!(benches, bytes, key, incompressibility, header);
criterion_main!(benches);
