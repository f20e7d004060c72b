//! LZMA and LZMA2.

use std::io::BufReader;

use lzma_rust2::{Lzma2Reader, LzmaReader};

use super::exact::{Deferred, Input};
use super::properties::{refused, u32_of, wrong_length};
use super::{Coder, DecodeError, Stream};

/// The least that both reserve for the dictionary, whatever the properties say.
const SMALLEST_DICTIONARY: u64 = 4096;

/// The dictionary's size is rounded up to a multiple of it.
const DICTIONARY_STEP: u64 = 16;

/// Bytes read from an input at once.
const INPUT_SIZE: usize = 64 << 10;

/// Beside dictionary, literal probabilities and input buffers: the other probabilities.
const REST: u64 = 32 << 10;

/// What LZMA's properties say.
struct LzmaProperties {
    lc: u32,
    lp: u32,
    pb: u32,
    dictionary: u64,
}

/// One byte for lc, lp and pb, then the dictionary's size in bytes. More bytes are passed over, as 7-Zip does.
fn lzma_properties(coder: &Coder<'_>) -> Result<LzmaProperties, DecodeError> {
    let (Some(&first), Some(size)) = (coder.properties.first(), coder.properties.get(1..5).and_then(u32_of)) else {
        return Err(wrong_length(coder, "5"));
    };
    if first >= 9 * 5 * 5 {
        return Err(refused(coder, format!("lc, lp, pb are out of range ({first})")));
    }
    let first = u32::from(first);
    Ok(LzmaProperties { lc: first % 9, lp: first / 9 % 5, pb: first / 45, dictionary: u64::from(size) })
}

/// The size of the dictionary that a byte of properties of LZMA2 stands for, in bytes; `None` for one that is none.
pub(super) fn dictionary_of_property(property: u8) -> Option<u64> {
    (property <= 40).then(|| match property {
        // 7-Zip shows 2^32; a distance of that many bytes is LZMA's end mark.
        40 => 1 << 32,
        _ => (2 | u64::from(property & 1)) << (property / 2 + 11),
    })
}

fn lzma2_dictionary(coder: &Coder<'_>) -> Result<u64, DecodeError> {
    let &[property] = coder.properties else { return Err(wrong_length(coder, "1")) };
    dictionary_of_property(property).ok_or_else(|| refused(coder, format!("no size of a dictionary ({property})")))
}

/// What is reserved for a dictionary: no more than the data has.
fn reserved(dictionary: u64, unpack_size: u64) -> u32 {
    let most = u64::from(u32::MAX) / DICTIONARY_STEP * DICTIONARY_STEP;
    dictionary.min(unpack_size).max(SMALLEST_DICTIONARY).next_multiple_of(DICTIONARY_STEP).min(most) as u32
}

/// Memory for the probabilities of literals: two bytes each.
fn literal_bytes(lc: u32, lp: u32) -> u64 {
    (2 * 0x300) << (lc + lp)
}

pub(super) fn lzma_memory(coder: &Coder<'_>) -> Result<u64, DecodeError> {
    let LzmaProperties { lc, lp, dictionary, .. } = lzma_properties(coder)?;
    let dictionary = u64::from(reserved(dictionary, coder.unpack_size));
    Ok(dictionary + literal_bytes(lc, lp) + INPUT_SIZE as u64 + REST)
}

pub(super) fn lzma<'a>(coder: &Coder<'_>, input: Input<'a>) -> Result<Stream<'a>, DecodeError> {
    let LzmaProperties { lc, lp, pb, dictionary } = lzma_properties(coder)?;
    let dictionary = reserved(dictionary, coder.unpack_size);
    // The reader takes what is larger for an unknown size.
    let size = coder.unpack_size.min(u64::MAX / 2);
    Ok(Box::new(Deferred::new(move || {
        let mut reader = LzmaReader::new(input, size, lc, lp, pb, dictionary, None)?;
        reader.set_defer_errors(true);
        Ok(reader)
    })))
}

pub(super) fn lzma2_memory(coder: &Coder<'_>) -> Result<u64, DecodeError> {
    let dictionary = u64::from(reserved(lzma2_dictionary(coder)?, coder.unpack_size));
    // Two input buffers: a chunk's, and one before it. Chunks have lc + lp of 4 at most.
    Ok(dictionary + literal_bytes(4, 0) + 2 * INPUT_SIZE as u64 + REST)
}

pub(super) fn lzma2<'a>(coder: &Coder<'_>, input: Input<'a>) -> Result<Stream<'a>, DecodeError> {
    let dictionary = reserved(lzma2_dictionary(coder)?, coder.unpack_size);
    Ok(Box::new(Deferred::new(move || {
        // A chunk's header is read byte by byte.
        Ok(Lzma2Reader::new(BufReader::with_capacity(INPUT_SIZE, input), dictionary, None))
    })))
}
