//! Filters: branch filters, BCJ2, delta and the turning round of bytes.

use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::filter::delta::DeltaReader;

use super::exact::{Deferred, Input};
use super::properties::{refused, u32_of, wrong_length};
use super::{Coder, DecodeError, Stream};
use crate::codec::blocks::{BlockReader, Tail};
use crate::codec::filter::Architecture;

/// Bytes that go through a branch filter at once.
pub(super) const BRANCH_PORTION: usize = 4096;

/// Buffers of BCJ2: one for each of its inputs.
pub(super) const BCJ2_MEMORY: u64 = 4 << 18;

/// The position of the data's first byte: four bytes or none, then 0. It is a multiple of the instructions' alignment.
pub(super) fn start_position(architecture: Architecture, coder: &Coder<'_>) -> Result<u32, DecodeError> {
    if coder.properties.is_empty() {
        return Ok(0);
    }
    let start = u32_of(coder.properties).ok_or_else(|| wrong_length(coder, "0 or 4"))?;
    if u64::from(start) % architecture.alignment() != 0 {
        let why = format!("a start position of {start} is not a multiple of {}", architecture.alignment());
        return Err(refused(coder, why));
    }
    Ok(start)
}

pub(super) fn branch<'a>(
    architecture: Architecture,
    coder: &Coder<'_>,
    input: Input<'a>,
) -> Result<Stream<'a>, DecodeError> {
    let start = start_position(architecture, coder)? as usize;
    Ok(Box::new(match architecture {
        Architecture::X86 => BcjReader::new_x86(input, start),
        Architecture::Arm => BcjReader::new_arm(input, start),
        Architecture::ArmThumb => BcjReader::new_arm_thumb(input, start),
        Architecture::Arm64 => BcjReader::new_arm64(input, start),
        Architecture::Ppc => BcjReader::new_ppc(input, start),
        Architecture::Sparc => BcjReader::new_sparc(input, start),
        Architecture::Ia64 => BcjReader::new_ia64(input, start),
        Architecture::RiscV => BcjReader::new_riscv(input, start),
    }))
}

/// `inputs` are main, call, jump and rc: there are four of them.
pub(super) fn bcj2<'a>(coder: &Coder<'_>, inputs: Vec<Input<'a>>) -> Stream<'a> {
    let size = coder.unpack_size;
    Box::new(Deferred::new(move || Bcj2Reader::try_new(inputs, size)))
}

/// One byte of properties: the distance less one.
pub(super) fn delta_distance(coder: &Coder<'_>) -> Result<usize, DecodeError> {
    match coder.properties {
        &[distance] => Ok(usize::from(distance) + 1),
        _ => Err(wrong_length(coder, "1")),
    }
}

pub(super) fn delta<'a>(coder: &Coder<'_>, input: Input<'a>) -> Result<Stream<'a>, DecodeError> {
    Ok(Box::new(DeltaReader::new(input, delta_distance(coder)?)))
}

/// Turns the bytes of each unit round; the end of the data that is no whole unit stays as it is.
pub(super) fn swap<'a>(unit: usize, input: Input<'a>) -> Stream<'a> {
    let turn = |unit: &mut usize, data: &mut [u8]| data.chunks_exact_mut(*unit).for_each(<[u8]>::reverse);
    Box::new(BlockReader::new(input, unit, Tail::Kept, unit, turn))
}
