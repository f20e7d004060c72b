//! Makes seeds for the fuzz targets: `seeds OUT ARCHIVE...`. OUT gets a folder for each target. The archives may be of any
//! program, and should be small. Where they can be, headers are stored as plain ones, since a checksum keeps a fuzzer from
//! changing packed ones.

use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;

use parallel_compress_fuzz::{Coded, secret};
use parallelcompress::codec::{aes, decode};
use parallelcompress::job::Silent;
use parallelcompress::sevenz::read::{self, Contents, Header, Input, PackedStream, StoredFolder};
use parallelcompress::sevenz::signature_header;
use parallelcompress::{Control, Filter, Item, ItemList, Method, Options, Target, compress};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let out = arguments.next().ok_or("seeds OUT ARCHIVE...")?;
    let out = Path::new(&out);
    for target in ["header", "archive", "decoders", "options"] {
        fs::create_dir_all(out.join(target))?;
    }
    for archive in arguments {
        from_archive(out, &fs::read(&archive)?).map_err(|error| format!("{archive:?}: {error}"))?;
    }
    for archive in ours()? {
        from_archive(out, &archive)?;
    }
    let methods = [
        "",
        "lzma2:d=64k",
        "BCJ2 LZMA2:d=1m",
        "PPMd:o=6:mem=1m",
        "delta:3 lzma:lc=0:lp=2",
        "bzip2",
        "zstd:x=3",
        "brotli",
    ];
    for method in methods {
        let data = [&[5, 2, 5, 1, 0, 0, 1, 60, 0, 3][..], method.as_bytes(), &[0], &some_bytes()[..300]].concat();
        put(out, "options", &data)?;
    }
    Ok(())
}

/// Bytes with something to find in them.
fn some_bytes() -> Vec<u8> {
    (0..900u32).map(|i| if i % 7 == 0 { 0xE8 } else { (i * i / 50 % 90) as u8 }).collect()
}

/// Archives of ours with every method, small ones.
fn ours() -> Result<Vec<Vec<u8>>> {
    let mut archives = Vec::new();
    for method in Method::ALL {
        let filter = if method == Method::Lzma { Filter::Delta(4) } else { Filter::Auto };
        let encryption = (method == Method::Copy).then(secret);
        let options = Options { method, filter, encryption, level: 3, dictionary: Some(1 << 16), ..Options::default() };
        let items = ["a", "d/b"].map(|name| Item::from_memory(name, some_bytes())).into();
        let summary = compress(&options, &mut ItemList::new(items), &Target::Memory, &mut Silent, &Control::new())?;
        archives.push(summary.archive.ok_or("no archive in memory")?);
    }
    Ok(archives)
}

/// A seed under a name that its bytes give, so that none is there twice.
fn put(out: &Path, target: &str, seed: &[u8]) -> Result<()> {
    Ok(fs::write(out.join(target).join(format!("{:08x}", crc32fast::hash(seed))), seed)?)
}

fn from_archive(out: &Path, bytes: &[u8]) -> Result<()> {
    let number = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(|bytes| u64::from_le_bytes(bytes) as usize);
    let (offset, size) = (number(12).ok_or("too short")?, number(20).ok_or("too short")?);
    let packed = bytes.get(32..32 + offset).ok_or("truncated")?;
    let header = bytes.get(32 + offset..32 + offset + size).ok_or("truncated")?;
    put(out, "header", header)?;
    match read::header(header, packed.len() as u64, u64::MAX)? {
        Header::Plain(contents) => {
            put(out, "archive", bytes)?;
            from_contents(out, bytes, &contents)
        }
        Header::Packed(streams) => {
            put(out, "archive", bytes)?;
            let Some(coded) = coded(bytes, &streams.folders[0], 0, &streams.packed) else { return Ok(()) };
            put(out, "decoders", &coded.to_bytes().ok_or("a method of no seed")?)?;
            let coder =
                decode::Coder { method: coded.method, properties: coded.properties, unpack_size: coded.unpack_size };
            let mut plain = Vec::new();
            decode::decoder(&coder, vec![Box::new(coded.streams[0])])?.read_to_end(&mut plain)?;
            let packed = &packed[..streams.packed[0].offset as usize - 32];
            let start = signature_header(packed.len() as u64, plain.len() as u64, crc32fast::hash(&plain));
            from_archive(out, &[&start[..], packed, &plain].concat())
        }
    }
}

/// Seeds of all coders that take nothing but packed streams.
fn from_contents(out: &Path, bytes: &[u8], contents: &Contents) -> Result<()> {
    for folder in &contents.folders {
        for number in 0..folder.graph.coders.len() {
            let seed = coded(bytes, folder, number, &contents.packed).and_then(|coded| coded.to_bytes());
            seed.map_or(Ok(()), |seed| put(out, "decoders", &seed))?;
        }
    }
    Ok(())
}

/// A coder of a folder with its packed streams; `None` where another coder makes one of them, or a key is needed.
fn coded<'a>(bytes: &'a [u8], folder: &'a StoredFolder, number: usize, packed: &[PackedStream]) -> Option<Coded<'a>> {
    let coder = &folder.graph.coders[number];
    let streams = folder.graph.inputs(number).map(|input| match input {
        Input::Packed(place) => {
            let PackedStream { offset, size } = packed[folder.packed.start + place];
            bytes.get(offset as usize..(offset + size) as usize)
        }
        Input::Coder(_) => None,
    });
    let streams = streams.collect::<Option<Vec<_>>>().filter(|_| coder.method != aes::METHOD_ID)?;
    Some(Coded {
        method: coder.method,
        properties: &coder.properties,
        unpack_size: folder.unpack_sizes[number],
        streams,
    })
}
