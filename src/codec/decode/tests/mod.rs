//! What all tests of this folder use: data, our own encoders, and decoding in portions.

mod formats;
mod hostile;
mod names;
mod round_trip;

use std::io::{self, Read};
use std::sync::Arc;

use super::{Coder, DecodeError, Stream, decoder};
use crate::codec::Monitor;
use crate::codec::bcj2::{self, Sides};
use crate::codec::filter::{Architecture, BlockFilter};
use crate::codec::lzma2::{self, EncoderScratch, encode_small};
use crate::codec::stored::store;
use crate::codec::stream::StreamMethod;
use crate::codec::{brotli, bzip2, deflate, lz4, lzma, ppmd, zstandard};

/// A coder with its inputs.
#[derive(Debug, Clone)]
struct Packed {
    method: u64,
    properties: Vec<u8>,
    unpack_size: u64,
    inputs: Vec<Vec<u8>>,
}

impl Packed {
    fn coder(&self) -> Coder<'_> {
        Coder { method: self.method, properties: &self.properties, unpack_size: self.unpack_size }
    }

    fn decoder(&self) -> Result<Stream<'_>, DecodeError> {
        decoder(&self.coder(), self.inputs.iter().map(|input| Box::new(&input[..]) as Stream<'_>).collect())
    }

    /// All that comes out, read in portions of `portion` bytes, and the error after it.
    fn decode(&self, portion: usize) -> (Vec<u8>, Option<io::Error>) {
        let mut stream = self.decoder().expect("a coder that is right");
        let (mut out, mut buffer) = (Vec::new(), vec![0; portion]);
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return (out, None),
                Ok(count) => out.extend_from_slice(&buffer[..count]),
                Err(error) => return (out, Some(error)),
            }
        }
    }
}

/// Stretches that repeat, among random ones, with branches of every architecture in them.
fn data(size: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut bytes: Vec<u8> = Vec::with_capacity(size + 500);
    while bytes.len() < size {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let near = (state >> 20).to_le_bytes();
        let back = (state >> 8) as usize % 5000 + 1;
        match state >> 28 {
            0 => bytes.extend([0xE8, near[0], near[1], 0, 0]),
            1 => bytes.extend([0xE9, near[0], near[1], 0, 0, 0, 0]),
            2 => bytes.extend([near[0], 0xF0, near[1], 0xF8]),
            3 => bytes.extend([near[0], near[1], 0, 0x94, near[0], near[1], 0, 0xEB]),
            4 => bytes.extend([0xEF, 0, near[1], 0, 0x17, near[0], near[1], 0]),
            5 => bytes.extend([0x40, 0, near[1], near[0], 0x48, 0, near[1], near[0] & 0xFC | 1]),
            6 => bytes.extend([0x10, 0, 0, 0, 0, near[0], near[1], 0, 0, 0, 0, 0x50, 0, 0, 0, 0]),
            7 => bytes.extend(state.to_be_bytes()),
            _ if back <= bytes.len() => {
                let from = bytes.len() - back;
                let len = (state >> 21) as usize % 300 % back;
                bytes.extend_from_within(from..from + len);
            }
            _ => bytes.push(near[1]),
        }
    }
    bytes.truncate(size);
    bytes
}

fn stream_of(method: &dyn StreamMethod, data: &[u8]) -> Packed {
    let (size, monitor) = (data.len() as u64, Monitor::default());
    let (mut stream, mut packed) = (method.stream(size).expect("memory"), Vec::new());
    for piece in data.chunks(method.piece()) {
        stream.encode(piece, &monitor, &mut packed).expect("memory");
    }
    stream.finish(&monitor, &mut packed).expect("memory");
    Packed { method: method.id(), properties: method.properties(size, size), unpack_size: size, inputs: vec![packed] }
}

/// Stored chunks, and the rest behind a second reset of the dictionary.
fn lzma2_of(data: &[u8]) -> Packed {
    let params = lzma2::Params::new(5, 1 << 20);
    let (mut packed, monitor) = (Vec::new(), Monitor::default());
    let (stored, rest) = data.split_at(data.len() / 10);
    store(stored, true, &mut packed);
    encode_small(&params, rest, &mut EncoderScratch::default(), &monitor, &mut packed);
    let unpack_size = data.len() as u64;
    Packed { method: 0x21, properties: vec![params.dictionary_property()], unpack_size, inputs: vec![packed] }
}

fn filtered(filter: BlockFilter, data: &[u8]) -> Packed {
    let mut out = Vec::new();
    filter.whole(data, &mut out).expect("memory");
    let unpack_size = data.len() as u64;
    Packed { method: filter.id(), properties: filter.properties(), unpack_size, inputs: vec![out] }
}

/// Without a side stream where there are too few targets: rc is then what its coder ends with.
fn bcj2_of(data: &[u8]) -> Packed {
    let mut main = data.to_vec();
    let Sides { call, jump, rc } = bcj2::split(&mut main, &[data.len()], &Monitor::default()).unwrap_or_default();
    let rc = if rc.is_empty() { vec![0; 5] } else { rc };
    let unpack_size = data.len() as u64;
    Packed { method: bcj2::ID, properties: vec![], unpack_size, inputs: vec![main, call, jump, rc] }
}

fn swapped(unit: usize, data: &[u8]) -> Packed {
    let mut out = data.to_vec();
    out.chunks_exact_mut(unit).for_each(<[u8]>::reverse);
    let method = 0x2_0300 + unit as u64;
    Packed { method, properties: vec![], unpack_size: data.len() as u64, inputs: vec![out] }
}

/// Every method over `data`, at settings that make it quick.
fn all(data: &[u8]) -> Vec<Packed> {
    let unpack_size = data.len() as u64;
    let streams: [Arc<dyn StreamMethod>; 7] = [
        Arc::new(lzma::Params::new(1, 1 << 20)),
        Arc::new(ppmd::Params::new(5, 1 << 20)),
        Arc::new(bzip2::Params::new(100_000)),
        Arc::new(deflate::Params::new(3)),
        Arc::new(zstandard::Params::new(1, 1 << 20)),
        Arc::new(brotli::Params::new(2, 1 << 20)),
        Arc::new(lz4::Params),
    ];
    let branches = Architecture::ALL.into_iter().map(BlockFilter::Branch);
    let deltas = [1, 4, 256].map(BlockFilter::Delta);
    let mut all = vec![
        Packed { method: 0, properties: vec![], unpack_size, inputs: vec![data.to_vec()] },
        lzma2_of(data),
        swapped(2, data),
        swapped(4, data),
    ];
    all.extend(streams.iter().map(|method| stream_of(&**method, data)));
    all.extend(branches.chain(deltas).map(|filter| filtered(filter, data)));
    // Without calls and jumps main would be the data, with marks but nothing said about them.
    if data.len() >= 50_000 || data.is_empty() {
        all.push(bcj2_of(data));
    }
    all
}
