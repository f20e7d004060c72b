//! A header's bytes, front to back: the inverse of `number`.

use super::corrupt;
use crate::error::Result;

/// What is left of a header, or of one property in it.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Bytes left.
    pub fn left(&self) -> usize {
        self.0.len()
    }

    /// Whether these bytes come next.
    pub fn starts_with(&self, bytes: &[u8]) -> bool {
        self.0.starts_with(bytes)
    }

    /// The bytes from here to where `later`, which went on from here, is now.
    pub fn up_to(&self, later: &Self) -> &'a [u8] {
        &self.0[..self.0.len().saturating_sub(later.0.len())]
    }

    pub fn byte(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: u64) -> Result<&'a [u8]> {
        let split = usize::try_from(count).ok().and_then(|count| self.0.split_at_checked(count));
        let (taken, rest) = split.ok_or_else(|| corrupt("the header ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(|| corrupt("the header ends early"))?;
        self.0 = rest;
        Ok(*taken)
    }

    /// The format's UINT64, in any of its forms.
    pub fn number(&mut self) -> Result<u64> {
        let first = self.byte()?;
        let extra = first.leading_ones();
        let mut low = [0; 8];
        low[..extra as usize].copy_from_slice(self.take(extra.into())?);
        let high = if extra < 7 { u64::from(first) & (0x7F >> extra) } else { 0 };
        Ok(u64::from_le_bytes(low) | high.checked_shl(8 * extra).unwrap_or_default())
    }

    /// A number of things of which each takes `bits` bits of what is left, at least.
    pub fn count(&mut self, bits: u64, what: &str) -> Result<usize> {
        let count = self.number()?;
        let most = self.left() as u64 * 8 / bits;
        if count > most {
            return Err(corrupt(format!("the header announces {count} {what}, and has room for {most}")));
        }
        Ok(count as usize)
    }

    /// A bit vector.
    pub fn bits(&mut self, count: usize) -> Result<Bits<'a>> {
        Ok(Bits(self.take(count.div_ceil(8) as u64)?))
    }

    /// A bit vector, or the byte that says that all bits are set.
    pub fn defined(&mut self, count: usize) -> Result<Defined<'a>> {
        if self.byte()? != 0 { Ok(Defined::All) } else { Ok(Defined::Some(self.bits(count)?)) }
    }

    /// CRC-32s of `count` things, some of which may have none.
    pub fn digests(&mut self, count: usize) -> Result<Vec<Option<u32>>> {
        let defined = self.defined(count)?;
        let has_room = match defined {
            Defined::All => count <= self.left() / 4,
            Defined::Some(_) => true, // There is a bit for each.
        };
        if !has_room {
            return Err(corrupt("the header ends early"));
        }
        (0..count)
            .map(|i| if defined.get(i) { Ok(Some(u32::from_le_bytes(self.array()?))) } else { Ok(None) })
            .collect()
    }
}

/// A bit vector: the first bit is the highest of the first byte.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bits<'a>(&'a [u8]);

impl Bits<'_> {
    /// The bit at `index`; what lies beyond the vector is not set.
    pub fn get(&self, index: usize) -> bool {
        self.0.get(index / 8).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
    }
}

/// Which of several things have a value.
#[derive(Debug, Clone, Copy)]
pub enum Defined<'a> {
    All,
    Some(Bits<'a>),
}

impl Defined<'_> {
    pub fn get(&self, index: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(bits) => bits.get(index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::number::{write_bits, write_number};
    use super::*;

    #[test]
    fn numbers_come_back_and_longer_forms_are_read() {
        for shift in 0..64 {
            for value in [(1_u64 << shift) - 1, 1 << shift, (1 << shift) + 1, u64::MAX] {
                let mut bytes = Vec::new();
                write_number(&mut bytes, value);
                let mut cursor = Cursor::new(&bytes);
                assert_eq!((cursor.number().unwrap(), cursor.left()), (value, 0), "{value:#x}");
                for end in 0..bytes.len() {
                    assert!(Cursor::new(&bytes[..end]).number().is_err(), "{value:#x} cut to {end}");
                }
            }
        }
        for long in [&[0x80, 5][..], &[0xC0, 5, 0], &[0xFE, 5, 0, 0, 0, 0, 0, 0], &[0xFF, 5, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(Cursor::new(long).number().unwrap(), 5, "{long:?}");
        }
    }

    #[test]
    fn bits_come_back() {
        for count in [0usize, 1, 7, 8, 9, 17] {
            let mut bytes = Vec::new();
            write_bits(&mut bytes, (0..count).map(|i| i % 3 == 0));
            let mut cursor = Cursor::new(&bytes);
            let bits = cursor.bits(count).unwrap();
            assert!((0..count).all(|i| bits.get(i) == (i % 3 == 0)) && !bits.get(count + 8) && cursor.left() == 0);
        }
    }

    #[test]
    fn more_than_there_is_room_for_is_refused_before_memory_is_reserved() {
        let mut bytes = Vec::new();
        write_number(&mut bytes, u64::MAX);
        assert!(Cursor::new(&bytes).count(1, "things").is_err());
        assert!(Cursor::new(&[1, 0, 0, 0, 0]).digests(usize::MAX).is_err());
        assert!(Cursor::new(&[0, 0, 0, 0, 0]).digests(1 << 40).is_err());
        assert!(Cursor::new(&[0]).take(u64::MAX).is_err());
    }
}
