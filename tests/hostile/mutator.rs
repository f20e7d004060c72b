//! Archives of every kind, and what can be done to them so that a reader still takes them for archives.

use std::fs;
use std::io::Read;
use std::process::Command;

use parallelcompress::codec::decode;
use parallelcompress::sevenz::read::{self, Header};
use parallelcompress::{Encryption, Filter, Method, Options, Solid};

use crate::common::data::Random;
use crate::common::{self, Entry, data};
use crate::made::archive;

/// The key of all seeds that are encrypted: deriving one would take most of the time.
pub fn secret() -> Encryption {
    Encryption::Raw { key: [5; 32], iv: [6; 16] }
}

/// An archive with a plain header, taken apart.
#[derive(Debug, Clone)]
pub struct Seed {
    pub name: String,
    packed: Vec<u8>,
    header: Vec<u8>,
}

impl Seed {
    /// Takes an archive apart. Where its header is packed, and not encrypted, there are two: with that header, and with
    /// the plain one.
    pub fn of(name: &str, bytes: &[u8]) -> Vec<Self> {
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("a number")) as usize;
        let (packed, header) = bytes[32..].split_at(number(12));
        let header = &header[..number(20)];
        let mut seeds = vec![Self { name: name.to_owned(), packed: packed.to_vec(), header: header.to_vec() }];
        if let Header::Packed(streams) = read::header(header, packed.len() as u64, u64::MAX).expect("a header") {
            let folder = &streams.folders[0];
            if let [coder] = &folder.graph.coders[..] {
                let stream = streams.packed[0];
                let from = &packed[stream.offset as usize - 32..][..stream.size as usize];
                let (method, unpack_size) = (coder.method, folder.unpack_sizes[0]);
                let coder = decode::Coder { method, properties: &coder.properties, unpack_size };
                let mut plain = Vec::new();
                let mut decoder = decode::decoder(&coder, vec![Box::new(from)]).expect("a decoder");
                decoder.read_to_end(&mut plain).expect("the plain header");
                let packed = packed[..stream.offset as usize - 32].to_vec();
                seeds.push(Self { name: format!("{name}, plain"), packed, header: plain });
            }
        }
        seeds
    }

    pub fn bytes(&self) -> Vec<u8> {
        archive(&self.packed, &self.header)
    }
}

fn entries() -> Vec<Entry> {
    vec![
        Entry::file("a.txt", data::text(1, 9_000)),
        Entry::file("d/b.bin", data::binary(2, 5_000)),
        Entry::file("d/c", data::noise(3, 700)),
        Entry::file("empty", []),
        Entry::folder("d/e"),
        Entry::link("link", "a.txt"),
        Entry::file("one", [1]),
    ]
}

/// Archives of ours with every method, and of 7-Zip with those that it has.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut ours = |name: &str, options: &Options, entries: &[Entry]| {
        seeds.extend(Seed::of(name, &common::to_memory(&Options { level: 3, ..options.clone() }, entries)));
    };
    for method in Method::ALL {
        for solid in [Solid::Off, Solid::All] {
            let options = Options { method, solid, dictionary: Some(1 << 16), ..Options::default() };
            ours(&format!("{method:?} {solid:?}"), &options, &entries());
        }
    }
    let program = [Entry::file("program", data::program(1, 60_000))];
    let filtered = |filter| Options { filter, dictionary: Some(1 << 16), ..Options::default() };
    ours("BCJ2", &filtered(Filter::Bcj2), &program);
    ours("BCJ", &filtered(Filter::Auto), &program);
    ours("Delta", &filtered(Filter::Delta(3)), &entries());
    let encrypted =
        |encrypt_header, method| Options { encryption: Some(secret()), encrypt_header, method, ..Options::default() };
    ours("encrypted", &encrypted(false, Method::Copy), &entries());
    ours("encrypted header", &encrypted(true, Method::Lzma2), &entries());
    seeds.extend(of_seven_zip());
    seeds
}

fn of_seven_zip() -> Vec<Seed> {
    let folder = common::folder();
    common::tree::write(&entries(), &folder.path().join("tree"));
    fs::write(folder.path().join("tree/program"), data::program(1, 30_000)).expect("a file");
    let mut seeds = Vec::new();
    for (number, switches) in [
        &["-m0=lzma2"][..],
        &["-m0=bcj2", "-m1=lzma", "-m2=lzma", "-m3=lzma", "-mb0:1", "-mb0s1:2", "-mb0s2:3", "-mhc=off"],
        &["-m0=ppmd:mem=1m", "-ms=off"],
        &["-m0=bzip2"],
        &["-m0=deflate64", "-mhc=off"],
        &["-m0=delta:4", "-m1=lzma:d=64k"],
        &["-m0=swap4", "-m1=lzma2"],
        &["-m0=arm64", "-m1=lzma2"],
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{number}.7z"));
        let mut command = Command::new("7zz");
        command.args(["a", "-bd", "-y", "-mtc=on", "-mta=on"]).args(switches).arg(&path).arg("tree");
        let output = command.current_dir(folder.path()).output().expect("7zz, of Debian's package 7zip");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stdout));
        seeds.extend(Seed::of(&format!("7zz {switches:?}"), &fs::read(&path).expect("an archive")));
    }
    seeds
}

/// One more archive that is not quite like its seed.
pub fn mutate(seed: &Seed, others: &[Seed], random: &mut Random) -> Vec<u8> {
    let Seed { mut packed, mut header, .. } = seed.clone();
    match random.below(10) {
        // Anything anywhere, wrong checksums included.
        0 => {
            let mut bytes = seed.bytes();
            for _ in 0..1 + random.below(8) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
            return bytes;
        }
        1 => {
            let mut bytes = seed.bytes();
            bytes.truncate(random.below(bytes.len()));
            return bytes;
        }
        // Packed bytes alone: what the header says is right.
        2 => damage(&mut packed, random),
        3 => {
            let size = random.below(packed.len() + 1);
            packed.truncate(size);
        }
        // A part of another header.
        4 | 5 => {
            let other = &others[random.below(others.len())].header;
            let from = random.below(other.len());
            let count = random.below(other.len() - from) + 1;
            let at = random.below(header.len());
            let end = (at + random.below(count + 1)).min(header.len());
            header.splice(at..end, other[from..from + count].iter().copied());
        }
        // The header of one archive behind the streams of another.
        6 => header = others[random.below(others.len())].header.clone(),
        _ => damage(&mut header, random),
    }
    archive(&packed, &header)
}

/// Changes a few places: bits, bytes, numbers at their borders, stretches that go or come twice.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        let end = (at + random.below(20)).min(bytes.len());
        match random.below(7) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)],
            3 => drop(bytes.drain(at..end)),
            4 => {
                let some = bytes[at..end].to_vec();
                bytes.splice(at..at, some);
            }
            5 => {
                let number = [0, 1, u64::MAX, 1 << 63, 1 << 32, random.next()][random.below(6)];
                bytes.splice(at..at + 1, crate::made::number(number));
            }
            _ => bytes[at] = bytes[at].wrapping_add([1, 255][random.below(2)]),
        }
    }
}
