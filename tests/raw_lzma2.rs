//! Raw LZMA2 streams, against decoders that others wrote: lzma-rust2, xz, and liblzma through Python.

mod common;

use std::io::{self, Cursor, ErrorKind, Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use common::{End, Random, Stream, child, data};
use lzma_rust2::Lzma2Reader;
use parallelcompress::{Control, Error, RawLzma2};
use proptest::prelude::*;

fn encoder(level: u32, dictionary: u64) -> RawLzma2 {
    RawLzma2 { level, dictionary: Some(dictionary), threads: 2, ..RawLzma2::default() }
}

fn encode(encoder: &RawLzma2, input: &[u8]) -> Vec<u8> {
    encoder.encode(input).expect("memory and threads")
}

fn decode(packed: &[u8], dictionary: u64) -> Vec<u8> {
    let mut out = Vec::new();
    Lzma2Reader::new(packed, dictionary as u32, None).read_to_end(&mut out).expect("a valid LZMA2 stream");
    out
}

fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    Random::new(seed).fill(&mut bytes);
    bytes
}

/// Text, noise, text again, zeros.
fn mixed(length: usize) -> Vec<u8> {
    let part = length / 4;
    [data::text(1, part), noise(part, 2), data::text(1, part), vec![0; length - 3 * part]].concat()
}

/// A chunk of a stream, as its header tells.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// Where it begins in the packed stream, and in the data.
    packed_at: usize,
    unpacked_at: usize,
    resets_dictionary: bool,
}

/// The chunks of a stream up to its end marker, which must be its last byte.
fn chunks(packed: &[u8]) -> Vec<Chunk> {
    let (mut at, mut unpacked_at, mut found) = (0, 0, Vec::new());
    let be16 = |at: usize| usize::from(packed[at]) << 8 | usize::from(packed[at + 1]);
    while packed[at] != 0 {
        let control = usize::from(packed[at]);
        let resets_dictionary = control == 1 || control >= 0xE0;
        found.push(Chunk { packed_at: at, unpacked_at, resets_dictionary });
        let stored = be16(at + 1) + 1;
        if control < 0x80 {
            assert!(control <= 2, "no chunk begins with {control:#x}");
            (at, unpacked_at) = (at + 3 + stored, unpacked_at + stored);
        } else {
            let properties = usize::from(control >= 0xC0);
            at += 5 + properties + be16(at + 3) + 1;
            unpacked_at += ((control & 0x1F) << 16) + stored;
        }
    }
    assert_eq!(at + 1, packed.len(), "the end marker is the last byte");
    found
}

#[test]
fn every_level_round_trips() {
    for level in 0..10 {
        for size in [0, 1, 2, 1000, 65535, 65536, 65537, 300_000] {
            for (input, what) in [(data::text(7, size), "text"), (noise(size, 3), "noise"), (mixed(size), "mixed")] {
                for dictionary in [4096, 1 << 18] {
                    let encoder = encoder(level, dictionary);
                    let packed = encode(&encoder, &input);
                    assert_eq!(encoder.dictionary_size(), dictionary);
                    assert!(decode(&packed, dictionary) == input, "{size} bytes of {what}, level {level}");
                    assert!(packed.len() as u64 <= RawLzma2::bound(size as u64), "{size} -> {}", packed.len());
                    if what == "text" && level > 0 && size > 1000 {
                        assert!(packed.len() < size * 3 / 4, "{size} -> {} at level {level}", packed.len());
                    }
                }
            }
        }
    }
}

#[test]
fn nothing_is_a_stream_too() {
    let encoder = RawLzma2::default();
    assert_eq!(encode(&encoder, &[]), [0]);
    let mut out = Vec::new();
    let summary = encoder.encode_stream(&mut io::empty(), &mut out).expect("a stream of nothing");
    assert_eq!((out, summary.bytes_in, summary.bytes_out), (vec![0], 0, 1));
}

/// Delivers up to so many bytes at once, and is interrupted in between.
struct Short<'a>(&'a [u8], usize, bool);

impl Read for Short<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.2 = !self.2;
        if self.2 {
            return Err(ErrorKind::Interrupted.into());
        }
        let length = into.len().min(self.1);
        self.0.read(&mut into[..length])
    }
}

#[test]
fn neither_threads_nor_the_way_in_change_the_bytes() {
    let input = mixed(900_003);
    for (level, dictionary, block_size) in
        [(0, 1 << 16, None), (1, 1 << 17, None), (4, 1 << 16, None), (5, 1 << 18, None), (6, 1 << 17, Some(300_001))]
    {
        let one = RawLzma2 { threads: 1, block_size, ..encoder(level, dictionary) };
        let packed = encode(&one, &input);
        assert!(decode(&packed, dictionary) == input, "level {level}");
        for threads in [2, 7, 64] {
            assert!(encode(&RawLzma2 { threads, ..one.clone() }, &input) == packed, "{threads} threads, level {level}");
        }
        for most in [997, 65536, usize::MAX] {
            let mut streamed = Vec::new();
            let encoder = RawLzma2 { threads: 3, ..one.clone() };
            let summary = encoder.encode_stream(&mut Short(&input, most, false), &mut streamed).expect("a stream");
            assert!(streamed == packed, "reads of {most}, level {level}");
            assert_eq!((summary.bytes_in, summary.bytes_out), (input.len() as u64, packed.len() as u64));
            assert_eq!(summary.dictionary_property, one.dictionary_property());
        }
    }
    for size in [1, 65535, 65536, 65537] {
        let encoder = encoder(5, 4096);
        let mut streamed = Vec::new();
        encoder.encode_stream(&mut &input[..size], &mut streamed).expect("a stream");
        assert!(streamed == encode(&encoder, &input[..size]), "{size} bytes");
    }
}

#[test]
fn memory_is_limited_without_other_bytes() {
    let input = mixed(1_500_000);
    let wide = RawLzma2 { threads: 16, ..encoder(5, 1 << 18) };
    let packed = encode(&wide, &input);
    let most = wide.estimate_memory(None).expect("no limit");
    assert_eq!((most.threads, most.dictionary), (16, 1 << 18));
    let (mut limit, mut threads) = (most.bytes, most.threads);
    let error = loop {
        let limited = RawLzma2 { memory_limit: Some(limit), ..wide.clone() };
        let mut out = Vec::new();
        match limited.encode_stream(&mut &input[..], &mut out) {
            Ok(summary) => {
                assert!(summary.memory.bytes <= limit && summary.memory.threads <= threads, "{:?}", summary.memory);
                assert!(out == packed, "{:?}", summary.memory);
                threads = summary.memory.threads;
            }
            Err(error) => break error,
        }
        limit -= limit / 3;
    };
    assert_eq!(threads, 1, "threads shrink before the limit is too small");
    assert!(matches!(error, Error::OutOfMemory(_)), "{error:?}");
    assert!(error.to_string().contains(&limit.to_string()), "{error}");
    let small = wide.estimate_memory(Some(1000)).expect("no limit");
    assert!(small.bytes < most.bytes / 4 && small.threads == 1, "{small:?}, {most:?}");
    assert_eq!(wide.estimate_memory(Some(u64::MAX)).expect("no limit"), most);
}

#[test]
fn an_endless_stream_stays_within_the_estimate() {
    common::alone("an_endless_stream_stays_within_the_estimate", || {
        const SLACK: u64 = 16 << 20;
        let encoder = RawLzma2 { threads: 4, ..encoder(5, 1 << 18) };
        let before = child::peak_memory();
        let mut input = io::repeat(b'x').take(128 << 20);
        let summary = encoder.encode_stream(&mut input, &mut io::sink()).expect("a stream");
        let peak = child::peak_memory() - before;
        println!("{} MiB, {:?}", peak >> 20, summary.memory);
        assert!(peak < summary.memory.bytes + SLACK, "{peak} bytes, {:?}", summary.memory);
        assert!(summary.bytes_in > summary.memory.bytes + SLACK, "{:?} says nothing", summary.memory);
    });
}

#[test]
fn blocks_reset_the_dictionary_and_decode_alone() {
    let input = [data::text(3, 700_000), noise(200_000, 9), data::text(3, 300_001)].concat();
    for (level, dictionary, block) in
        [(5, 1 << 16, 200_000), (1, 1 << 20, 100_001), (9, 1 << 16, 1 << 17), (0, 4096, 65536)]
    {
        let encoder = RawLzma2 { block_size: Some(block), ..encoder(level, dictionary) };
        let packed = encode(&encoder, &input);
        assert!(decode(&packed, dictionary) == input);
        let starts: Vec<Chunk> = chunks(&packed).into_iter().filter(|chunk| chunk.resets_dictionary).collect();
        let expected: Vec<usize> = (0..input.len()).step_by(block as usize).collect();
        assert_eq!(starts.iter().map(|chunk| chunk.unpacked_at).collect::<Vec<_>>(), expected, "level {level}");
        for (number, start) in starts.iter().enumerate() {
            let next = starts.get(number + 1);
            let mut part = packed[start.packed_at..next.map_or(packed.len() - 1, |next| next.packed_at)].to_vec();
            part.push(0);
            let end = next.map_or(input.len(), |next| next.unpacked_at);
            assert!(decode(&part, dictionary) == input[start.unpacked_at..end], "part {number}, level {level}");
        }
    }
    let whole = encode(&encoder(5, 1 << 16), &input);
    assert_eq!(chunks(&whole).iter().filter(|chunk| chunk.resets_dictionary).count(), 1);
    // Below 64 KiB is 64 KiB.
    let least = encode(&RawLzma2 { block_size: Some(1), ..encoder(5, 1 << 16) }, &input);
    assert!(least == encode(&RawLzma2 { block_size: Some(65536), ..encoder(5, 1 << 16) }, &input));
}

#[test]
fn settings_are_brought_into_range() {
    let input = data::text(4, 200_000);
    let of = |level, dictionary, nice_length, threads| {
        encode(&RawLzma2 { level, dictionary: Some(dictionary), nice_length, threads, ..RawLzma2::default() }, &input)
    };
    assert!(of(99, 1 << 20, None, 1) == of(9, 1 << 20, None, 1));
    assert!(of(5, 1 << 20, Some(9999), 1000) == of(5, 1 << 20, Some(273), 2));
    assert!(of(5, 1 << 20, Some(1), 2) == of(5, 1 << 20, Some(5), 2));
    assert!(of(5, 1 << 20, Some(5), 2) != of(5, 1 << 20, Some(273), 2));
    for (asked, property, size) in
        [(1, 0, 4096), (4097, 1, 6144), (1 << 25, 26, 1 << 25), (1 << 30, 36, 1 << 30), (u64::MAX, 36, 1 << 30)]
    {
        let encoder = encoder(5, asked);
        assert_eq!((encoder.dictionary_property(), encoder.dictionary_size()), (property, size), "{asked}");
    }
    assert_eq!(RawLzma2::default(), RawLzma2 { dictionary: None, threads: 0, ..encoder(5, 0) });
    assert_eq!(RawLzma2::default().dictionary_size(), encoder(5, 0).dictionary_size());
    assert_eq!(RawLzma2::bound(u64::MAX), u64::MAX);
}

#[test]
fn the_error_of_a_reader_comes_back() {
    for length in [0, 10, 100_000, 5_000_000] {
        let mut out = Vec::new();
        let result = encoder(1, 1 << 16).encode_stream(&mut Stream::new(1, length, End::Error(5)), &mut out);
        match result {
            Err(Error::Io { what, source }) => {
                assert_eq!((what.as_str(), source.raw_os_error()), ("cannot read the input", Some(5)));
            }
            other => panic!("{length}: {other:?}"),
        }
        let result = encoder(1, 1 << 16).encode_stream(&mut Stream::new(1, length, End::Panic), &mut out);
        assert!(matches!(&result, Err(Error::Internal(text)) if text.contains("went off")), "{length}: {result:?}");
    }
}

/// Takes so many bytes, and then none.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::from_raw_os_error(28));
        }
        let taken = bytes.len().min(self.0).min(1000);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_error_of_a_writer_comes_back() {
    let input = noise(3_000_000, 4);
    for room in [0, 1000, 100_000, 3_000_001] {
        for input in [&input[..], &input[..5000]].into_iter().filter(|input| input.len() > room) {
            match encoder(1, 1 << 16).encode_stream(&mut &input[..], &mut Full(room)) {
                Err(Error::Io { what, source }) => {
                    assert_eq!((what.as_str(), source.raw_os_error()), ("cannot write the stream", Some(28)));
                }
                other => panic!("{room}: {other:?}"),
            }
        }
    }
}

#[test]
fn another_thread_cancels() {
    let control = Control::new();
    let canceller = thread::spawn({
        let control = control.clone();
        move || {
            thread::sleep(Duration::from_millis(50));
            control.cancel();
        }
    });
    let result = encoder(9, 1 << 20).encode_stream_with(&mut io::repeat(7), &mut io::sink(), &control, |_| ());
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    canceller.join().expect("the canceller");
    let result = encoder(5, 1 << 16).encode_with(b"x", &mut io::sink(), &control, |_| ());
    assert!(matches!(result, Err(Error::Cancelled)), "cancelled before: {result:?}");
}

#[test]
fn progress_tells_and_cancels() {
    let input = mixed(2_000_000);
    let encoder = RawLzma2 { progress_interval: Duration::ZERO, ..encoder(5, 1 << 16) };
    let (mut told, control) = (Vec::new(), Control::new());
    let mut out = Vec::new();
    encoder.encode_with(&input, &mut out, &control, |progress| told.push(progress)).expect("a stream");
    assert!(told.len() > 4, "{}", told.len());
    assert!(
        told.is_sorted_by_key(|progress| progress.bytes_in) && told.is_sorted_by_key(|progress| progress.bytes_out)
    );
    assert_eq!(told[0].bytes_in, 0);
    assert_eq!(told.last().map(|last| (last.bytes_in, last.bytes_out)), Some((2_000_000, out.len() as u64)));
    let statistics = control.statistics();
    assert_eq!((statistics.bytes_in, statistics.bytes_out), (2_000_000, out.len() as u64));
    for (size, at) in [(2_000_000, 0), (2_000_000, 700_000), (2_000_000, 2_000_000), (1000, 0), (1000, 1000)] {
        let control = Control::new();
        let last = AtomicU64::new(0);
        let result = encoder.encode_with(&input[..size], &mut io::sink(), &control, |progress| {
            assert!(!control.is_cancelled(), "called after the cancel");
            last.store(progress.bytes_in, Ordering::Relaxed);
            if progress.bytes_in >= at {
                control.cancel();
            }
        });
        assert!(matches!(result, Err(Error::Cancelled)), "{size} {at}: {result:?}");
        assert!(last.into_inner() >= at);
    }
}

#[test]
fn a_pause_holds_the_stream() {
    let (control, input) = (Control::new(), mixed(500_000));
    assert!(control.pause());
    let worker = thread::spawn({
        let control = control.clone();
        move || {
            let mut out = Vec::new();
            encoder(5, 1 << 16).encode_with(&input, &mut out, &control, |_| ()).map(|_| (out, input))
        }
    });
    thread::sleep(Duration::from_millis(60));
    assert!(!worker.is_finished());
    assert!(control.resume());
    let (packed, input) = worker.join().expect("the worker").expect("a stream");
    assert!(decode(&packed, 1 << 16) == input);
}

/// What a program of the system makes of `input`.
fn piped(program: &str, package: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    let spawned = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{program}: {error}: install {package}"));
    let mut stdin = child.stdin.take().expect("piped");
    let output = thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().expect("the program ends")
    });
    assert!(output.status.success(), "{program} {arguments:?} refuses the stream");
    output.stdout
}

const XZ: &str = "Debian's package xz-utils";

/// A few streams of every kind, with their encoders.
fn samples() -> Vec<(RawLzma2, Vec<u8>)> {
    let input = mixed(1_200_000);
    let mut samples: Vec<_> = [0, 1, 4, 5, 9].map(|level| (encoder(level, 1 << 18), input.clone())).into();
    samples.push((RawLzma2 { block_size: Some(200_003), ..encoder(5, 1 << 18) }, input));
    samples.push((encoder(5, 1 << 18), Vec::new()));
    samples.push((encoder(5, 1 << 18), data::text(1, 1000)));
    samples
}

#[test]
fn xz_reads_raw_streams() {
    for (encoder, input) in samples() {
        let back = piped("xz", XZ, &["--format=raw", "--lzma2=dict=256KiB", "-dc"], &encode(&encoder, &input));
        assert!(back == input, "{encoder:?}");
    }
}

/// A number as `.xz` writes it.
fn xz_number(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// An `.xz` file of one block around a raw stream: what a caller's own container does.
fn xz_file(packed: &[u8], property: u8, input: &[u8]) -> Vec<u8> {
    const CHECK_CRC32: [u8; 2] = [0, 1];
    let with_crc = |mut bytes: Vec<u8>| {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    };
    let header = with_crc(vec![2, 0, 0x21, 1, property]);
    assert_eq!(header.len(), 12, "the size in its first byte");
    let mut index = vec![0, 1];
    xz_number((header.len() + packed.len() + 4) as u64, &mut index);
    xz_number(input.len() as u64, &mut index);
    let index = with_crc(index);

    let mut file = b"\xFD7zXZ\0".to_vec();
    file.extend_from_slice(&CHECK_CRC32);
    file.extend_from_slice(&crc32fast::hash(&CHECK_CRC32).to_le_bytes());
    file.extend_from_slice(&header);
    file.extend_from_slice(packed);
    file.resize(file.len().next_multiple_of(4), 0);
    file.extend_from_slice(&crc32fast::hash(input).to_le_bytes());
    file.extend_from_slice(&index);
    let mut footer = ((index.len() / 4 - 1) as u32).to_le_bytes().to_vec();
    footer.extend_from_slice(&CHECK_CRC32);
    file.extend_from_slice(&crc32fast::hash(&footer).to_le_bytes());
    file.extend_from_slice(&footer);
    file.extend_from_slice(b"YZ");
    file
}

#[test]
fn xz_reads_them_in_a_container() {
    for (encoder, input) in samples() {
        let file = xz_file(&encode(&encoder, &input), encoder.dictionary_property(), &input);
        piped("xz", XZ, &["-t"], &file);
        assert!(piped("xz", XZ, &["-dc"], &file) == input, "{encoder:?}");
    }
}

#[test]
fn liblzma_reads_raw_streams() {
    let script = "import lzma, sys; data = sys.stdin.buffer.read(); \
                  sys.stdout.buffer.write(lzma.decompress(data, format=lzma.FORMAT_RAW, \
                  filters=[{'id': lzma.FILTER_LZMA2, 'dict_size': 1 << 18}]))";
    for (encoder, input) in samples() {
        let back = piped("python3", "Debian's package python3", &["-c", script], &encode(&encoder, &input));
        assert!(back == input, "{encoder:?}");
    }
}

/// A piece of structured data.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        (any::<u8>(), 0..70_000usize).prop_map(|(byte, count)| vec![byte; count]),
        (proptest::collection::vec(any::<u8>(), 1..40), 1..3000usize).prop_map(|(unit, count)| unit.repeat(count)),
        (0..90_000usize, 0..4u64).prop_map(|(length, seed)| data::text(seed, length)),
        (0..70_000usize, 0..3u64).prop_map(|(length, seed)| noise(length, seed)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn structured_data_round_trips(
        pieces in proptest::collection::vec(piece(), 0..9),
        level in 0..10u32,
        dictionary in prop_oneof![Just(4096u64), Just(6144), Just(1 << 16), Just(3 << 16), Just(1 << 20)],
        nice_length in proptest::option::of(5..274u32),
        block_size in proptest::option::of(65_536..200_000u64),
        threads in 1..4u32,
        most in prop_oneof![Just(1000usize), Just(60_001), Just(usize::MAX)],
    ) {
        let input = pieces.concat();
        let encoder = RawLzma2 { nice_length, block_size, threads, ..encoder(level, dictionary) };
        let packed = encode(&encoder, &input);
        prop_assert!(decode(&packed, dictionary) == input);
        prop_assert!(packed.len() as u64 <= RawLzma2::bound(input.len() as u64));
        let mut streamed = Cursor::new(Vec::new());
        encoder.encode_stream(&mut Short(&input, most, false), &mut streamed).expect("a stream");
        prop_assert!(streamed.into_inner() == packed);
    }
}
