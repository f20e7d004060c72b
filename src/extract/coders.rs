//! A folder's coders put together: packed streams at one end, the items' bytes at the other.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::keys::Keys;
use super::lzma2_runs::{self, RunReader};
use super::source::{ArchiveSource, RangeReader};
use crate::codec::Monitor;
use crate::codec::aes::{self, Decryptor};
use crate::codec::decode::{self, Coder, Stream};
use crate::error::{Error, Result};
use crate::sevenz::read::{Input, PackedStream, StoredFolder};

/// What decoding a folder needs.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) source: &'a Arc<dyn ArchiveSource>,
    /// Where in the source the archive begins.
    pub(super) start: u64,
    pub(super) packed: &'a [PackedStream],
    pub(super) keys: &'a Keys,
    pub(super) monitor: &'a Monitor,
    /// Counts packed bytes as they are read.
    pub(super) counter: &'a Arc<AtomicU64>,
    /// Threads for one LZMA2 stream, and the memory that they may have for what they make.
    pub(super) run_threads: usize,
    pub(super) run_memory: u64,
}

/// Whether any of a folder's streams is encrypted: what comes out wrong may then be the password's fault.
pub(super) fn is_encrypted(folder: &StoredFolder) -> bool {
    folder.graph.coders.iter().any(|coder| coder.method == aes::METHOD_ID)
}

/// Memory that decoding a folder needs, in bytes.
///
/// # Errors
/// [`Error::Unsupported`], [`Error::Corrupt`]: a method or properties that cannot be decoded.
pub(super) fn memory(folder: &StoredFolder) -> Result<u64> {
    let mut bytes = 0u64;
    for number in 0..folder.graph.coders.len() {
        let coder = coder(folder, number);
        let needed = if coder.method == aes::METHOD_ID { 1 << 20 } else { decode::memory(&coder).map_err(refusal)? };
        bytes = bytes.saturating_add(needed);
    }
    Ok(bytes.saturating_add(folder.graph.packed.len() as u64 * (128 << 10)))
}

/// The bytes that a folder decodes to.
///
/// # Errors
/// As [`memory`]; [`Error::Password`], [`Error::LimitExceeded`], [`Error::Cancelled`] where a key is needed.
pub(super) fn stream<'a>(context: Context<'a>, folder: &StoredFolder) -> Result<Stream<'a>> {
    output(context, folder, folder.graph.main)
}

fn coder(folder: &StoredFolder, number: usize) -> Coder<'_> {
    let coder = &folder.graph.coders[number];
    Coder { method: coder.method, properties: &coder.properties, unpack_size: folder.unpack_sizes[number] }
}

/// What comes out of one coder. Coders form a tree of at most 32: so deep does this call itself at most.
fn output<'a>(context: Context<'a>, folder: &StoredFolder, number: usize) -> Result<Stream<'a>> {
    let coder = coder(folder, number);
    if let Some(stream) = in_runs(context, folder, number, &coder) {
        return Ok(stream);
    }
    let mut inputs = Vec::new();
    for input in folder.graph.inputs(number) {
        let stream = match input {
            Input::Coder(other) => output(context, folder, other)?,
            Input::Packed(place) => packed(context, folder, place),
        };
        inputs.push(Box::new(Watched { stream, monitor: context.monitor }) as Stream<'a>);
    }
    if coder.method != aes::METHOD_ID {
        return decode::decoder(&coder, inputs).map_err(refusal);
    }
    let [input] = <[_; 1]>::try_from(inputs).map_err(|_| Error::Corrupt("a cipher has several inputs".into()))?;
    let properties = aes::parse_properties(coder.properties)
        .ok_or_else(|| Error::Corrupt("the properties of 7zAES are none".into()))?;
    let key = context.keys.key(&properties, context.monitor)?;
    Ok(Box::new(Decryptor::new(&key, &properties.iv, input).take(coder.unpack_size)))
}

/// An LZMA2 stream that several threads can decode.
fn in_runs<'a>(context: Context<'a>, folder: &StoredFolder, number: usize, coder: &Coder) -> Option<Stream<'a>> {
    if context.run_threads < 2 || coder.method != lzma2_runs::LZMA2 || decode::memory(coder).is_err() {
        return None;
    }
    let Some(Input::Packed(place)) = folder.graph.inputs(number).next() else { return None };
    let PackedStream { offset, size } = context.packed[folder.packed.start + place];
    let runs = lzma2_runs::runs(&**context.source, context.start + offset, size, coder.unpack_size)?;
    let threads = context.run_threads.min(runs.len());
    // Where memory does not do for all threads, it may for some.
    let threads = (2..=threads).rev().find(|&threads| lzma2_runs::memory(&runs, threads) <= context.run_memory)?;
    let source = Arc::clone(context.source);
    let reader = RunReader::new(source, coder.properties, runs, threads, context.monitor, context.counter);
    Some(Box::new(reader))
}

/// An input of a coder, as long as the monitor does not stop: a decoder may read without end before a byte comes out.
struct Watched<'a> {
    stream: Stream<'a>,
    monitor: &'a Monitor,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.monitor.stopped() {
            return Err(io::Error::other("cancelled"));
        }
        self.stream.read(buffer)
    }
}

fn packed<'a>(context: Context<'a>, folder: &StoredFolder, place: usize) -> Stream<'a> {
    let PackedStream { offset, size } = context.packed[folder.packed.start + place];
    Box::new(RangeReader::new(&**context.source, context.start + offset, size, context.counter))
}

fn refusal(error: decode::DecodeError) -> Error {
    match error {
        decode::DecodeError::Unsupported { .. } => Error::Unsupported(error.to_string()),
        error => Error::Corrupt(error.to_string()),
    }
}
