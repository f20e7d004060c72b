//! Archives made by hand, byte for byte: a writer would refuse to write them.

use parallelcompress::Error;
use parallelcompress::extract::{Archive, Limits, OpenOptions, memory};
use parallelcompress::sevenz::signature_header;

/// Parts of a header (`7zFormat.txt`, "Property IDs").
pub const HEADER: u8 = 1;
pub const STREAMS: u8 = 4;
pub const FILES: u8 = 5;
pub const PACKED: u8 = 6;
pub const BLOCKS: u8 = 7;
pub const ITEMS: u8 = 8;
pub const SIZE: u8 = 9;
pub const CODERS: u8 = 0x0B;
pub const UNPACKED: u8 = 0x0C;
pub const COUNTS: u8 = 0x0D;
pub const EMPTY: u8 = 0x0E;
pub const NAMES: u8 = 0x11;
pub const ENCODED: u8 = 0x17;

/// Methods.
pub const COPY: &[u8] = &[0];
pub const LZMA: &[u8] = &[3, 1, 1];
pub const LZMA2: &[u8] = &[0x21];
pub const PPMD: &[u8] = &[3, 4, 1];
pub const DEFLATE: &[u8] = &[4, 1, 8];
pub const AES: &[u8] = &[6, 0xF1, 7, 1];

/// A number, in the short form or the longest one.
pub fn number(value: u64) -> Vec<u8> {
    match u8::try_from(value) {
        Ok(byte) if byte < 0x80 => vec![byte],
        _ => [&[0xFF][..], &value.to_le_bytes()].concat(),
    }
}

pub fn numbers(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|&value| number(value)).collect()
}

/// One coder of one input and one output.
pub fn coder(method: &[u8], properties: &[u8]) -> Vec<u8> {
    let flags = method.len() as u8 | if properties.is_empty() { 0 } else { 0x20 };
    let mut bytes = [&[flags], method].concat();
    if !properties.is_empty() {
        bytes.extend(number(properties.len() as u64));
        bytes.extend(properties);
    }
    bytes
}

/// Coders of which each takes what the one before it makes; the first one takes the packed stream.
pub fn chain(coders: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = number(coders.len() as u64);
    bytes.extend(coders.concat());
    for output in 1..coders.len() as u64 {
        bytes.extend(numbers(&[output, output - 1]));
    }
    bytes
}

/// A block: its coders as they are stored, the sizes of what they make, of its packed streams and of its items.
pub struct Block {
    pub coders: Vec<u8>,
    pub made: Vec<u64>,
    pub packed: Vec<u64>,
    pub items: Vec<u64>,
}

impl Block {
    /// One coder and one item.
    pub fn single(method: &[u8], properties: &[u8], size: u64, packed: u64) -> Self {
        let coders = chain(&[coder(method, properties)]);
        Self { coders, made: vec![size], packed: vec![packed], items: vec![size] }
    }
}

/// `StreamsInfo`, the first packed stream `position` bytes behind the signature header.
pub fn streams(position: u64, blocks: &[Block]) -> Vec<u8> {
    let all = |of: fn(&Block) -> &Vec<u64>| blocks.iter().flat_map(|block| of(block).clone()).collect::<Vec<_>>();
    let packed = all(|block| &block.packed);
    let mut bytes = [&[PACKED][..], &numbers(&[position, packed.len() as u64]), &[SIZE], &numbers(&packed)].concat();
    bytes.extend([0, BLOCKS, CODERS]);
    bytes.extend(number(blocks.len() as u64));
    bytes.push(0);
    blocks.iter().for_each(|block| bytes.extend(&block.coders));
    bytes.push(UNPACKED);
    bytes.extend(numbers(&all(|block| &block.made)));
    bytes.extend([0, ITEMS, COUNTS]);
    bytes.extend(numbers(&blocks.iter().map(|block| block.items.len() as u64).collect::<Vec<_>>()));
    bytes.push(SIZE);
    for block in blocks {
        bytes.extend(numbers(block.items.split_last().map_or(&[], |(_, others)| others)));
    }
    bytes.extend([0, 0]);
    bytes
}

/// `FilesInfo`: all of them have bytes. What a name says is stored as it is, NUL included.
pub fn files(names: &[&str]) -> Vec<u8> {
    let units = names.iter().flat_map(|name| name.encode_utf16().chain([0]));
    let stored: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let count = number(names.len() as u64);
    [&[FILES][..], &count, &[NAMES], &number(stored.len() as u64 + 1), &[0], &stored, &[0]].concat()
}

/// A plain header.
pub fn header(blocks: &[Block], names: &[&str]) -> Vec<u8> {
    [&[HEADER, STREAMS][..], &streams(0, blocks), &files(names), &[0]].concat()
}

/// A header that is packed by the coders of a block.
pub fn encoded_header(position: u64, block: &Block) -> Vec<u8> {
    [&[ENCODED][..], &streams(position, std::slice::from_ref(block))].concat()
}

/// Packed streams and a header, with the checksums that belong to them.
pub fn archive(packed: &[u8], header: &[u8]) -> Vec<u8> {
    let start = signature_header(packed.len() as u64, header.len() as u64, crc32fast::hash(header));
    [&start[..], packed, header].concat()
}

/// An archive of one item `it` in a block of its own.
pub fn single(method: &[u8], properties: &[u8], size: u64, packed: &[u8]) -> Vec<u8> {
    let block = Block::single(method, properties, size, packed.len() as u64);
    archive(packed, &header(&[block], &["it"]))
}

/// Opens an archive in memory.
pub fn open(bytes: &[u8], limits: &Limits) -> Result<Archive, Error> {
    let options = OpenOptions { limits: limits.clone(), ..OpenOptions::default() };
    Archive::open_source(memory(bytes.to_vec()), &options, &parallelcompress::Control::new())
}
