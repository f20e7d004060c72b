//! The way back: from one coder of a 7z folder and its inputs to a reader of what comes out.
//!
//! | module | what |
//! |---|---|
//! | `names` | which methods there are, and what 7-Zip calls them |
//! | `lzma` | LZMA and LZMA2 |
//! | `streams` | BZip2, Deflate, Deflate64, PPMd, Zstandard: their libraries do the work |
//! | `lz4`, `brotli`, `frames` | methods whose data is cut into frames |
//! | `filters` | branch filters, BCJ2, delta, Swap |
//! | `exact` | what stands around every decoder: sizes and errors |
//! | `properties`, `error` | what is wrong with a coder, before a byte is decoded |
//!
//! Every byte of the properties and of the inputs is taken as hostile. Properties are checked before memory is reserved;
//! [`memory`] tells beforehand how much that will be.

mod brotli;
mod error;
mod exact;
mod filters;
mod frames;
mod lz4;
mod lzma;
mod names;
mod properties;
mod streams;

use std::io::Read;

use exact::{Exact, Failure, Input};
use names::Method;

pub use error::DecodeError;
pub use names::{describe, method_name};

/// A coder's input or output: read front to back by one thread at a time.
pub type Stream<'a> = Box<dyn Read + Send + 'a>;

/// A coder as an archive's header describes it.
#[derive(Debug, Clone, Copy)]
pub struct Coder<'a> {
    /// 7-Zip's id of the method.
    pub method: u64,
    /// The method's settings, as the encoder left them.
    pub properties: &'a [u8],
    /// Bytes that come out.
    pub unpack_size: u64,
}

/// Memory of a [`BlockReader`](crate::codec::blocks::BlockReader) or the like, in bytes.
const BUFFER: u64 = 64 << 10;

/// Most bytes that a decoder is asked for at once, where it forgets them when an error follows.
const PORTION: usize = 64 << 10;

/// How many inputs the method takes: four for BCJ2, one for every other.
pub fn inputs(method: u64) -> usize {
    match Method::of(method) {
        Some(Method::Bcj2) => 4,
        _ => 1,
    }
}

/// Memory that the decoder needs, in bytes: dictionary or model, and buffers. Nothing is reserved.
///
/// A dictionary is counted, as it is reserved, with no more bytes than `unpack_size` has.
///
/// # Errors
/// Those of [`decoder`]; none for 7zAES.
pub fn memory(coder: &Coder<'_>) -> Result<u64, DecodeError> {
    Ok(match method_of(coder)? {
        Method::Copy => 0,
        Method::Lzma => lzma::lzma_memory(coder)?,
        Method::Lzma2 => lzma::lzma2_memory(coder)?,
        Method::Ppmd => streams::ppmd_memory(coder)?,
        Method::Bzip2 => streams::BZIP2_MEMORY,
        Method::Deflate | Method::Deflate64 => streams::DEFLATE_MEMORY,
        Method::Zstandard => streams::zstandard_memory(coder),
        Method::Brotli => brotli::MEMORY,
        Method::Lz4 => lz4::MEMORY,
        Method::Branch(architecture) => {
            filters::start_position(architecture, coder)?;
            filters::BRANCH_PORTION as u64
        }
        Method::Bcj2 => filters::BCJ2_MEMORY,
        Method::Delta => filters::delta_distance(coder).map(|_| 0)?,
        Method::Swap(_) | Method::Aes => BUFFER,
    })
}

/// The decoder of `coder` over its inputs, in the order in which the header numbers them. All methods but 7zAES, which
/// needs a key: that is [`Decryptor`](crate::codec::aes::Decryptor).
///
/// What it yields is `unpack_size` bytes or an error: `UnexpectedEof` where the input ends early, `InvalidData` where
/// it makes no sense, `OutOfMemory`, or the error of an input as that reported it. Nothing is read and no dictionary
/// reserved before the first byte is asked for, and the inputs are not read to their end when the last one is there.
///
/// # Errors
/// - [`DecodeError::Unsupported`]: an unknown method, or 7zAES.
/// - [`DecodeError::Properties`]: the properties are none of that method's.
/// - [`DecodeError::Streams`]: not as many inputs as [`inputs`] says.
pub fn decoder<'a>(coder: &Coder<'_>, inputs: Vec<Stream<'a>>) -> Result<Stream<'a>, DecodeError> {
    let method = method_of(coder)?;
    let (expected, given) = (self::inputs(coder.method), inputs.len());
    let failure = Failure::default();
    let mut inputs: Vec<Input<'a>> = inputs.into_iter().map(|stream| Input::new(stream, &failure)).collect();
    let input = match inputs.pop() {
        Some(input) if given == expected => input,
        _ => return Err(DecodeError::Streams { method: coder.method, expected, given }),
    };
    let (decoder, portion): (Stream<'a>, usize) = match method {
        Method::Copy => (Box::new(input), usize::MAX),
        Method::Lzma => (lzma::lzma(coder, input)?, usize::MAX),
        Method::Lzma2 => (lzma::lzma2(coder, input)?, PORTION),
        Method::Ppmd => (streams::ppmd(coder, input)?, PORTION),
        Method::Bzip2 => (streams::bzip2(input), PORTION),
        Method::Deflate => (streams::deflate(input), PORTION),
        Method::Deflate64 => (streams::deflate64(input), PORTION),
        Method::Zstandard => (streams::zstandard(input), usize::MAX),
        Method::Brotli => (brotli::brotli(input), usize::MAX),
        Method::Lz4 => (lz4::lz4(input), usize::MAX),
        Method::Branch(architecture) => (filters::branch(architecture, coder, input)?, filters::BRANCH_PORTION),
        Method::Bcj2 => {
            inputs.push(input);
            (filters::bcj2(coder, inputs), usize::MAX)
        }
        Method::Delta => (filters::delta(coder, input)?, usize::MAX),
        Method::Swap(unit) => (filters::swap(unit, input), usize::MAX),
        Method::Aes => return Err(DecodeError::Unsupported { method: coder.method }),
    };
    Ok(Box::new(Exact::new(coder.method, decoder, coder.unpack_size, portion, failure)))
}

fn method_of(coder: &Coder<'_>) -> Result<Method, DecodeError> {
    Method::of(coder.method).ok_or(DecodeError::Unsupported { method: coder.method })
}

#[cfg(test)]
mod tests;
