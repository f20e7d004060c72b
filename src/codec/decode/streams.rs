//! Methods whose libraries read a whole stream: BZip2, Deflate, Deflate64, PPMd and Zstandard.

use std::io::{self, BufReader, ErrorKind};

use ::bzip2::bufread::MultiBzDecoder;
use deflate64::Deflate64Decoder;
use flate2::bufread::DeflateDecoder;
use ppmd_rust::{PPMD7_MAX_MEM_SIZE, PPMD7_MAX_ORDER, PPMD7_MIN_MEM_SIZE, PPMD7_MIN_ORDER, Ppmd7Decoder};
use zstd::stream::read::Decoder as ZstdDecoder;

use super::exact::{Deferred, Input};
use super::properties::{refused, u32_of, wrong_length};
use super::{Coder, DecodeError, Stream};

/// Bytes read from an input at once.
const INPUT_SIZE: usize = 64 << 10;

fn buffered(input: Input<'_>) -> BufReader<Input<'_>> {
    BufReader::with_capacity(INPUT_SIZE, input)
}

/// bzip2's manual: 100 KB and four times the largest block.
pub(super) const BZIP2_MEMORY: u64 = 100_000 + 4 * 900_000 + 2 * INPUT_SIZE as u64;

/// One stream or many, one behind the other.
pub(super) fn bzip2(input: Input<'_>) -> Stream<'_> {
    Box::new(Deferred::new(move || Ok(MultiBzDecoder::new(buffered(input)))))
}

/// Window, tables and input buffer; Deflate64's window is the larger one.
pub(super) const DEFLATE_MEMORY: u64 = (256 << 10) + INPUT_SIZE as u64;

pub(super) fn deflate(input: Input<'_>) -> Stream<'_> {
    Box::new(Deferred::new(move || Ok(DeflateDecoder::new(buffered(input)))))
}

pub(super) fn deflate64(input: Input<'_>) -> Stream<'_> {
    Box::new(Deferred::new(move || Ok(Deflate64Decoder::with_buffer(buffered(input)))))
}

/// Order and memory of the model: one byte, then four. More bytes are passed over, as 7-Zip does.
fn ppmd_properties(coder: &Coder<'_>) -> Result<(u32, u32), DecodeError> {
    let (Some(&order), Some(memory)) = (coder.properties.first(), coder.properties.get(1..5).and_then(u32_of)) else {
        return Err(wrong_length(coder, "5"));
    };
    let order = u32::from(order);
    if !(PPMD7_MIN_ORDER..=PPMD7_MAX_ORDER).contains(&order) {
        return Err(refused(coder, format!("an order of {order}")));
    }
    if !(PPMD7_MIN_MEM_SIZE..=PPMD7_MAX_MEM_SIZE).contains(&memory) {
        return Err(refused(coder, format!("a model of {memory} bytes")));
    }
    Ok((order, memory))
}

/// The model is reserved whole, however little data there is: what it does when it is full is part of the method.
pub(super) fn ppmd_memory(coder: &Coder<'_>) -> Result<u64, DecodeError> {
    let (_, memory) = ppmd_properties(coder)?;
    // Beside the model: its tables of fixed size.
    Ok(u64::from(memory) + INPUT_SIZE as u64 + (64 << 10))
}

pub(super) fn ppmd<'a>(coder: &Coder<'_>, input: Input<'a>) -> Result<Stream<'a>, DecodeError> {
    let (order, memory) = ppmd_properties(coder)?;
    Ok(Box::new(Deferred::new(move || {
        Ppmd7Decoder::new(buffered(input), order, memory).map_err(|error| match error {
            ppmd_rust::Error::IoError(error) => error,
            ppmd_rust::Error::MemoryAllocation => io::Error::new(ErrorKind::OutOfMemory, error),
            error => io::Error::new(ErrorKind::InvalidData, error),
        })
    })))
}

/// The largest window that is accepted, as a power of two: what Zstandard itself accepts unless told otherwise.
const ZSTANDARD_WINDOW: u32 = 27;

/// The properties do not tell the window, and an encoder that did not know the size does not fit it to the data. What is
/// reserved beyond the data is never touched, so that it costs addresses and no memory.
pub(super) fn zstandard_memory(coder: &Coder<'_>) -> u64 {
    coder.unpack_size.min(1 << ZSTANDARD_WINDOW) + (1 << 20)
}

/// Frames, one behind the other; those that are to be skipped are.
pub(super) fn zstandard(input: Input<'_>) -> Stream<'_> {
    Box::new(Deferred::new(move || {
        let mut decoder = ZstdDecoder::new(input)?;
        decoder.window_log_max(ZSTANDARD_WINDOW)?;
        Ok(decoder)
    }))
}
