//! Archives that ask for memory or time without end: dictionaries, models, and much out of little.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parallelcompress::extract::{Archive, ArchiveSource, Discard, ExtractOptions, Limits, OpenOptions};
use parallelcompress::job::Silent;
use parallelcompress::sevenz::signature_header;
use parallelcompress::{Control, Error, Method, Options};

use crate::common::{self, Entry};
use crate::made::{self, Block, archive, chain, coder, header, open, single};
use crate::trap::{assert_refused, extract_to};

const MIB: u64 = 1 << 20;

/// The only item is refused with `LimitExceeded`, and the text has these words.
fn item_refused(archive: &Archive, words: &[&str]) {
    let (result, notes) = extract_to(archive, &Discard, 2);
    assert_eq!(result.expect("an extraction that goes on").statistics.bytes_in, 0, "packed bytes were read");
    let [failure] = &notes.failed[..] else { panic!("{notes:?}") };
    assert_eq!(failure.kind, "LimitExceeded", "{failure:?}");
    assert!(words.iter().all(|word| failure.text.contains(word)), "{failure:?} lacks some of {words:?}");
}

#[test]
fn dictionaries_and_models_beyond_the_limit_are_refused_before_a_byte_is_read() {
    let limits = Limits { memory: 64 * MIB, ..Limits::default() };
    let lzma = [0x5D, 0xFF, 0xFF, 0xFF, 0xFF];
    let ppmd = [6, 0xDB, 0xFF, 0xFF, 0xFF];
    for (method, properties) in [(made::LZMA2, &[40][..]), (made::LZMA, &lzma), (made::PPMD, &ppmd)] {
        let large = open(&single(method, properties, 1 << 40, b"tiny"), &limits).expect("an archive");
        item_refused(&large, &["it: a block needs", "bytes of memory, 67108864 are allowed"]);
    }
    // A dictionary is never larger than the data; a model is as large as it is.
    let small = |method, properties: &[u8]| open(&single(method, properties, 1000, b"tiny"), &limits).expect("archive");
    for (method, properties) in [(made::LZMA2, &[40][..]), (made::LZMA, &lzma)] {
        let (_, notes) = extract_to(&small(method, properties), &Discard, 1);
        assert_eq!(notes.failed[0].kind, "Corrupt", "{notes:?}");
    }
    item_refused(&small(made::PPMD, &ppmd), &["it: a block needs", "are allowed"]);
    // Each within the limit, and not together.
    let half = |_| coder(made::LZMA, &[0x5D, 0, 0, 0, 2]);
    let coders = chain(&(0..32).map(half).collect::<Vec<_>>());
    let block = Block { coders, made: vec![32 * MIB; 32], packed: vec![4], items: vec![32 * MIB] };
    let all = open(&archive(b"tiny", &header(&[block], &["it"])), &limits).expect("an archive");
    item_refused(&all, &["it: a block needs", "are allowed"]);
    let packed_header = |method, properties: &[u8]| {
        let block = Block::single(method, properties, 1000, 4);
        open(&archive(b"tiny", &made::encoded_header(0, &block)), &limits).expect_err("no header")
    };
    assert_refused(&packed_header(made::PPMD, &ppmd), "LimitExceeded", &["bytes of memory", "are allowed"]);
}

#[test]
fn headers_beyond_the_limit_are_refused() {
    let limits = Limits { header: 1000, ..Limits::default() };
    let names: Vec<String> = (0..200).map(|i| format!("{i}")).collect();
    let blocks: Vec<_> = names.iter().map(|_| Block::single(made::COPY, &[], 0, 0)).collect();
    let plain = header(&blocks, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let error = open(&archive(&[], &plain), &limits).expect_err("a large header");
    assert_refused(&error, "LimitExceeded", &[&format!("the header has {} bytes, 1000 are allowed", plain.len())]);
    for size in [1001, 1 << 40, u64::MAX] {
        let block = Block::single(made::LZMA2, &[40], size, 4);
        let error = open(&archive(b"tiny", &made::encoded_header(0, &block)), &limits).expect_err("a large header");
        assert_refused(&error, "LimitExceeded", &[&format!("the header has {size} bytes, 1000 are allowed")]);
        // Small in the end, but large between two coders.
        let coders = chain(&[coder(made::LZMA2, &[40]), coder(made::LZMA2, &[40])]);
        let block = Block { coders, made: vec![size, 900], packed: vec![4], items: vec![900] };
        let error = open(&archive(b"tiny", &made::encoded_header(0, &block)), &limits).expect_err("a large header");
        assert_refused(&error, "LimitExceeded", &[&format!("the header has {size} bytes, 1000 are allowed")]);
    }
}

#[test]
fn much_of_little_is_refused_by_size_and_by_ratio() {
    let size = 24 * MIB;
    let zeros = Entry::file("zeros", vec![0; size as usize]);
    for method in [Method::Lzma2, Method::BZip2, Method::Zstandard, Method::Brotli, Method::Deflate] {
        let options = Options { method, level: 1, ..Options::default() };
        let bomb = common::to_memory(&options, std::slice::from_ref(&zeros));
        assert!(bomb.len() < 250_000, "{method:?}: {} bytes", bomb.len());
        let limited = |limits| open(&bomb, &limits).expect("an archive");
        let words = ["zeros: its block makes", "25165824 bytes of", "100 of one are allowed"];
        item_refused(&limited(Limits { ratio: 100, ..Limits::default() }), &words);
        let (result, notes) = extract_to(&limited(Limits { unpacked: MIB, ..Limits::default() }), &Discard, 1);
        assert_refused(
            &result.expect_err("too large"),
            "LimitExceeded",
            &["the items have 25165824 bytes, 1048576 are allowed"],
        );
        assert!(notes.completed.is_empty());
        let (_, notes) = extract_to(&limited(Limits { unpacked: size, ..Limits::default() }), &Discard, 1);
        assert_eq!(notes.completed, ["zeros"], "{method:?}: {:?}", notes.failed);
    }
}

#[test]
fn what_a_header_hides_of_a_stream_is_not_decoded() {
    // The header says that a thousand bytes come out of what is packed of 24 MiB.
    let zeros = Entry::file("zeros", vec![0; 24 << 20]);
    let whole = common::to_memory(&Options { level: 1, ..Options::default() }, &[zeros]);
    let opened = open(&whole, &Limits::default()).expect("an archive");
    let packed = opened.entry(0).and_then(|entry| entry.packed_size()).expect("a block") as usize;
    let lying = single(made::LZMA2, &[40], 1000, &whole[32..32 + packed]);
    let opened = open(&lying, &Limits { unpacked: 1000, ratio: 1, memory: MIB, ..Limits::default() }).expect("archive");
    let (result, notes) = extract_to(&opened, &Discard, 1);
    assert_eq!((result.expect("an extraction").statistics.bytes_out, notes.completed), (1000, vec!["it".into()]));
}

#[test]
fn much_between_two_coders_counts_too() {
    let between = |made: u64| {
        let coders = chain(&[coder(made::LZMA, &[0x5D, 0, 0, 1, 0]), coder(made::DEFLATE, &[])]);
        let block = Block { coders, made: vec![made, 10], packed: vec![4], items: vec![10] };
        archive(b"tiny", &header(&[block], &["it"]))
    };
    let unpacked = Limits { unpacked: 100 * MIB, ..Limits::default() };
    let opened = open(&between(1 << 50), &unpacked).expect("an archive");
    item_refused(&opened, &["it: a coder of its block makes 1125899906842624 bytes, 104857600 are allowed"]);
    let ratio = Limits { ratio: 1 << 20, ..Limits::default() };
    let opened = open(&between(1 << 50), &ratio).expect("an archive");
    item_refused(&opened, &["it: its block makes 1125899906842624 bytes of 4, 1048576 of one are allowed"]);
    // What is encrypted is a little more than what comes out.
    let opened = open(&between(1000), &Limits { unpacked: 10, ..Limits::default() }).expect("an archive");
    assert_eq!(extract_to(&opened, &Discard, 1).1.failed[0].kind, "Corrupt");
}

/// A source without end in sight: blocks of Deflate that hold nothing, and at the end an archive's header.
struct Endless {
    start: [u8; 32],
    packed: u64,
    header: Vec<u8>,
}

impl Endless {
    fn new(header: impl Fn(u64) -> Vec<u8>) -> Arc<Self> {
        let packed = 5 << 50;
        let header = header(packed);
        Arc::new(Self {
            start: signature_header(packed, header.len() as u64, crc32fast::hash(&header)),
            packed,
            header,
        })
    }
}

impl ArchiveSource for Endless {
    fn size(&self) -> u64 {
        32 + self.packed + self.header.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        const EMPTY: [u8; 5] = [0, 0, 0, 0xFF, 0xFF];
        for (byte, at) in buffer.iter_mut().zip(offset..) {
            *byte = match at.checked_sub(32) {
                None => self.start[at as usize],
                Some(inside) if inside < self.packed => EMPTY[inside as usize % 5],
                Some(inside) => self.header.get((inside - self.packed) as usize).copied().unwrap_or_default(),
            };
        }
        Ok(buffer.len())
    }
}

#[test]
fn a_decoder_that_never_yields_a_byte_ends_when_it_is_told() {
    let source = Endless::new(|packed| header(&[Block::single(made::DEFLATE, &[], 10, packed)], &["it"]));
    let archive = Archive::open_source(source, &OpenOptions::default(), &Control::new()).expect("an archive");
    let limit = Duration::from_millis(200);
    let options = ExtractOptions { timeout: Some(limit), ..ExtractOptions::default() };
    let mut notes = crate::trap::Notes::default();
    let began = Instant::now();
    let result = archive.extract(|_| true, &Discard, &options, &mut notes, &Control::new());
    assert!(matches!(result, Err(Error::TimedOut(_))), "{result:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((notes.completed.len(), notes.failed), (0, vec![]), "a cancelled item has not failed");
}

#[test]
fn a_header_that_never_yields_a_byte_ends_when_it_is_told() {
    let source = Endless::new(|packed| made::encoded_header(0, &Block::single(made::DEFLATE, &[], 10, packed)));
    let control = Control::new();
    let began = Instant::now();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            control.cancel();
        });
        Archive::open_source(source, &OpenOptions::default(), &control)
    });
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn entries_beyond_the_limit_are_refused() {
    let entries: Vec<_> = (0..11).map(|i| Entry::file(format!("{i}"), vec![i; 10])).collect();
    let bytes = common::to_memory(&Options::default(), &entries);
    let error = open(&bytes, &Limits { entries: 10, ..Limits::default() }).expect_err("eleven entries");
    assert_refused(&error, "LimitExceeded", &["the archive has 11 entries, 10 are allowed"]);
    let opened = open(&bytes, &Limits { entries: 11, ..Limits::default() }).expect("eleven are allowed");
    let mut silent = Silent;
    opened.extract(|_| true, &Discard, &ExtractOptions::default(), &mut silent, &Control::new()).expect("all of them");
}
