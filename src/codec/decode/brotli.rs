//! Brotli, as the extended 7-Zip (7-Zip ZS) stores it: frames as `codec::brotli` describes them, one behind the other; or
//! one plain Brotli stream without any header.

use std::io::{self, ErrorKind, Read, Take};

use ::brotli::Decompressor;

use super::Stream;
use super::exact::{Deferred, Input};
use super::frames::{Ahead, skip, start};
use crate::codec::brotli::{HEADER, MAGIC};

/// The window, and the half as large one from which it grew; input buffer, and the codes of a metablock: up to 256 of each
/// of three kinds. The properties tell nothing of it.
pub(super) const MEMORY: u64 = (24 << 20) + (4 << 20);

/// What a header can say of its frame's packed size, and what stands for the size of a stream without a header.
const LARGEST_FRAME: u64 = u32::MAX as u64;
const PLAIN: u64 = u64::MAX;

/// Bytes that the decompressor reads at once.
const INPUT_SIZE: usize = 64 << 10;

pub(super) fn brotli(input: Input<'_>) -> Stream<'_> {
    Box::new(Deferred::new(move || Ok(Frames::Between(Ahead::new(input)))))
}

enum Frames<'a> {
    Between(Ahead<Input<'a>>),
    /// Boxed: the decompressor is some kilobytes large.
    Within(Box<Decompressor<Take<Ahead<Input<'a>>>>>),
    Ended,
}

/// The size of the packed stream behind a frame's header, of which the magic has been read.
fn frame_size(input: &mut impl Read) -> io::Result<u64> {
    let mut rest = [0; HEADER - 4];
    input.read_exact(&mut rest)?;
    let [8, 0, 0, 0, a, b, c, d, b'B', b'R', _, _] = rest else {
        return Err(io::Error::new(ErrorKind::InvalidData, "not the header of a frame"));
    };
    Ok(u32::from_le_bytes([a, b, c, d]).into())
}

/// Begins the next frame, if there is one.
fn begin(mut input: Ahead<Input<'_>>) -> io::Result<Frames<'_>> {
    let size = match start(&mut input)? {
        None => return Ok(Frames::Ended),
        Some(bytes) if bytes == MAGIC.to_le_bytes() => frame_size(&mut input)?,
        Some(bytes) => {
            input.put_back(&bytes);
            PLAIN
        }
    };
    let mut first = [0];
    input.read_exact(&mut first)?;
    input.put_back(&first);
    // A window of more than 16 MiB, which RFC 7932 does not know: the decompressor would reserve up to 1 GiB.
    if first[0] & 0x7F == 0x11 {
        return Err(io::Error::new(ErrorKind::InvalidData, "a large window"));
    }
    Ok(Frames::Within(Box::new(Decompressor::new(input.take(size), INPUT_SIZE))))
}

impl Read for Frames<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self {
                Self::Within(frame) => match frame.read(buf)? {
                    0 => {}
                    count => return Ok(count),
                },
                Self::Between(_) => {}
                Self::Ended => return Ok(0),
            }
            // What fails below is failed for good.
            *self = match std::mem::replace(self, Self::Ended) {
                Self::Between(input) => begin(input)?,
                Self::Within(frame) => {
                    let rest = frame.into_inner();
                    let (left, mut input) = (rest.limit(), rest.into_inner());
                    if left > LARGEST_FRAME {
                        Self::Ended
                    } else {
                        skip(&mut input, left)?;
                        Self::Between(input)
                    }
                }
                Self::Ended => Self::Ended,
            };
        }
    }
}
