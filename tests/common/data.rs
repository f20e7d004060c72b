//! Deterministic data with the character of real data, and the entries that carry it.

use std::fmt;
use std::sync::Arc;

use parallelcompress::{FileTime, Item, Metadata};

/// A small generator (xorshift64*): the same seed gives the same data on every machine.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        // Zero is the one state that xorshift never leaves.
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        random.next();
        random
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end
    }

    /// Overwrites `bytes` with noise.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let noise = self.next().to_le_bytes();
            chunk.copy_from_slice(&noise[..chunk.len()]);
        }
    }
}

/// Bytes that no compressor makes smaller.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    Random::new(seed).fill(&mut bytes);
    bytes
}

/// Lines of words: few frequent ones, many rare ones, some numbers and indentation.
pub fn text(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    // One vocabulary for all texts, so that solid blocks have something to find in the neighbour.
    let mut letters = Random::new(7);
    let words: Vec<Vec<u8>> = (0..2000)
        .map(|_| (0..2 + letters.below(9)).map(|_| b"etaoinshrdlucmfwypvbgkqjxz"[square(&mut letters, 26)]).collect())
        .collect();
    let mut bytes = Vec::with_capacity(len + 32);
    while bytes.len() < len {
        match random.below(16) {
            0 => bytes.extend_from_slice(b".\n"),
            1 => bytes.extend_from_slice(b",\n    "),
            2 => bytes.extend_from_slice(random.below(100_000).to_string().as_bytes()),
            _ => bytes.extend_from_slice(&words[square(&mut random, words.len())]),
        }
        bytes.push(b' ');
    }
    bytes.truncate(len);
    bytes
}

/// A number below `end`, small ones far more often.
fn square(random: &mut Random, end: usize) -> usize {
    let wide = random.below(end * end);
    end - 1 - wide.isqrt()
}

/// Records as object files and tables have them: counters, small numbers, relative calls, runs of zeros.
pub fn binary(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = Vec::with_capacity(len + 64);
    let mut counter = 0x0040_1000_u32;
    while bytes.len() < len {
        match random.below(4) {
            0 => {
                bytes.push(0xE8);
                let target = 0x0050_0000 + 64 * random.below(200) as u32;
                bytes.extend_from_slice(&target.wrapping_sub(counter).to_le_bytes());
            }
            1 => bytes.extend_from_slice(&counter.to_le_bytes()),
            2 => bytes.extend((0..random.below(24)).map(|_| 0)),
            _ => {
                bytes.extend_from_slice(&(random.below(300) as u64).to_le_bytes());
                bytes.extend_from_slice(&(random.next() as u16).to_le_bytes());
            }
        }
        counter = counter.wrapping_add(16 + random.below(32) as u32);
    }
    bytes.truncate(len);
    bytes
}

/// A program for x86-64, as far as headers and filters see it: calls and jumps of a few functions from everywhere.
pub fn program(seed: u64, len: usize) -> Vec<u8> {
    const MACHINE: usize = 18;
    let mut bytes = text(seed, len);
    for (n, at) in (64..len.saturating_sub(8)).step_by(13).enumerate() {
        let target = ((at as u64 * 7919).wrapping_add(seed) % 40 * len as u64 / 41) as u32;
        let branch: &[u8] = [&[0xE8][..], &[0xE8], &[0xE9], &[0x0F, 0x84]][n % 4];
        let end = at + branch.len() + 4;
        bytes[at..at + branch.len()].copy_from_slice(branch);
        bytes[end - 4..end].copy_from_slice(&target.wrapping_sub(end as u32).to_le_bytes());
    }
    let mut header = [0; 64];
    header[..8].copy_from_slice(&[0x7F, b'E', b'L', b'F', 2, 1, 1, 0]);
    header[MACHINE] = 62;
    bytes[..len.min(64)].copy_from_slice(&header[..len.min(64)]);
    bytes
}

/// One line again and again, with a rare change.
pub fn repetitive(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = Vec::with_capacity(len + 64);
    while bytes.len() < len {
        bytes.extend_from_slice(b"[info] request served from cache in 3 ms, status 200\n");
        if random.below(50) == 0 {
            bytes.extend_from_slice(&random.next().to_le_bytes());
        }
    }
    bytes.truncate(len);
    bytes
}

/// All four kinds in turn, a few hundred KiB of each.
pub fn mixed(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = Vec::with_capacity(len);
    let mut kind = 0;
    while bytes.len() < len {
        let run = (50_000 + random.below(400_000)).min(len - bytes.len());
        bytes.extend(of_kind(kind, random.next(), run));
        kind += 1;
    }
    bytes
}

/// One of the four kinds.
pub fn of_kind(kind: usize, seed: u64, len: usize) -> Vec<u8> {
    match kind % 4 {
        0 => text(seed, len),
        1 => binary(seed, len),
        2 => repetitive(seed, len),
        _ => noise(seed, len),
    }
}

/// The extension that goes with [`of_kind`].
pub fn extension(kind: usize) -> &'static str {
    ["txt", "so", "log", "jpg"][kind % 4]
}

/// One entry that goes in and has to come out the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub bytes: Arc<[u8]>,
    pub metadata: Metadata,
}

impl fmt::Debug for Entry {
    /// Bytes by size and checksum: a failed comparison must stay readable.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crc = crc32fast::hash(&self.bytes);
        write!(f, "{:?} ({} bytes, crc {crc:08x}, {:?})", self.name, self.bytes.len(), self.metadata)
    }
}

/// A time that differs per name, to the 100 ns, so that a mix-up shows.
fn time_of(name: &str) -> FileTime {
    let hash = u64::from(crc32fast::hash(name.as_bytes()));
    FileTime::from_unix(1_000_000_000 + (hash % 700_000_000) as i64, (hash % 10_000_000) as u32 * 100)
}

impl Entry {
    /// A file with a mode and a time that depend on its name.
    pub fn file(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let name = name.into();
        let mode = 0o100_000 | [0o644, 0o600, 0o755, 0o444, 0o664][name.len() % 5];
        Self::with_mode(name, bytes.into(), mode)
    }

    pub fn folder(name: impl Into<String>) -> Self {
        let mut folder = Self::with_mode(name.into(), [].into(), 0o040_755);
        folder.metadata.is_directory = true;
        folder
    }

    /// A symbolic link: a file whose bytes are its target.
    pub fn link(name: impl Into<String>, target: &str) -> Self {
        Self::with_mode(name.into(), target.as_bytes().into(), 0o120_777)
    }

    fn with_mode(name: String, bytes: Arc<[u8]>, mode: u32) -> Self {
        let metadata = Metadata {
            attributes: Some(Metadata::attributes_of_unix_mode(mode)),
            modified: Some(time_of(&name)),
            ..Metadata::default()
        };
        Self { name, bytes, metadata }
    }

    /// The item that delivers this entry from memory.
    pub fn item(&self) -> Item {
        Item::from_memory(self.name.clone(), self.bytes.clone()).with_metadata(self.metadata)
    }
}

/// The items of these entries, numbered in order.
pub fn items(entries: &[Entry]) -> Vec<Item> {
    entries.iter().zip(0..).map(|(entry, index)| entry.item().with_index(index)).collect()
}

/// `count` files of all kinds with sizes from nothing to `largest` (small ones more often), in a few folders.
pub fn assortment(seed: u64, count: usize, largest: usize) -> Vec<Entry> {
    let mut random = Random::new(seed);
    let mut entries = Vec::new();
    for number in 0..count {
        let kind = random.below(4);
        let size = square(&mut random, largest + 1);
        let name = format!("part {}/{number:05}.{}", random.below(5), extension(kind));
        entries.push(Entry::file(name, of_kind(kind, random.next(), size)));
    }
    entries
}

/// A little of everything an archive can hold, under half a megabyte: sizes around the usual borders, empty files,
/// folders, a link, names from several scripts.
pub fn menagerie() -> Vec<Entry> {
    let mut entries = vec![
        Entry::folder("docs"),
        Entry::folder("docs/empty folder"),
        Entry::file("docs/nothing.txt", []),
        Entry::file("one", [42]),
        Entry::file("docs/two.bin", [0, 255]),
        Entry::link("docs/link to two", "two.bin"),
        Entry::file("ünïcödé/日本語/файл.txt", text(1, 5000)),
        Entry::file("emoji 😀🗜️.txt", text(2, 300)),
        Entry::file("zz empty at the end", []),
    ];
    for (kind, size) in [4095, 4096, 4097, 65_535, 65_536, 65_537, 20_000, 900].into_iter().enumerate() {
        entries.push(Entry::file(format!("sizes/{size}.{}", extension(kind)), of_kind(kind, kind as u64, size)));
        entries.push(Entry::file(format!("sizes/{size} and nothing.{}", extension(kind)), []));
    }
    entries
}
