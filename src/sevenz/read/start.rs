//! The signature header: where an archive begins, and where its header is.

use super::super::SIGNATURE_HEADER_SIZE;
use super::corrupt;
use crate::error::{Error, Result};

/// What every archive begins with (`kSignature`).
const SIGNATURE: [u8; 6] = [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C];

/// A program may stand before an archive (a self-extracting one): the signature is looked for in so many bytes.
pub const MAX_STUB: u64 = 8 << 20;

/// What the signature header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartHeader {
    /// Where the header begins, in bytes from the end of the signature header.
    pub offset: u64,
    /// Bytes of the header; 0 for an archive without any.
    pub size: u64,
    /// CRC-32 of the header.
    pub crc: u32,
}

impl StartHeader {
    /// Reads a signature header. `archive_size`: bytes from its first byte to the archive's last.
    ///
    /// # Errors
    /// [`Error::NotAnArchive`]: another signature. [`Error::Unsupported`]: a later major version. [`Error::Corrupt`]: a
    /// wrong checksum, a header that lies beyond the end (a truncated archive), or none (an archive that was never
    /// finished).
    pub fn read(bytes: &[u8; SIGNATURE_HEADER_SIZE as usize], archive_size: u64) -> Result<Self> {
        if bytes[..6] != SIGNATURE {
            return Err(Error::NotAnArchive("it does not begin with 7z's signature".into()));
        }
        if bytes[6] != 0 {
            return Err(Error::Unsupported(format!("version {}.{} of the format", bytes[6], bytes[7])));
        }
        let number = |at: usize| bytes[at..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes)).unwrap_or_default();
        let short = |at: usize| bytes[at..].first_chunk().map(|bytes| u32::from_le_bytes(*bytes)).unwrap_or_default();
        if bytes[8..].iter().all(|&byte| byte == 0) {
            return Err(corrupt("it was never finished: the place of its header was not filled in"));
        }
        if short(8) != crc32fast::hash(&bytes[12..]) {
            return Err(corrupt("the signature header has a wrong checksum"));
        }
        let start = Self { offset: number(12), size: number(20), crc: short(28) };
        let end = SIGNATURE_HEADER_SIZE.checked_add(start.offset).and_then(|end| end.checked_add(start.size));
        match end {
            Some(end) if end <= archive_size => Ok(start),
            Some(end) => Err(corrupt(format!("it is truncated: {archive_size} bytes are there of {end}"))),
            None => Err(corrupt("its header lies beyond any size")),
        }
    }
}

/// Where in `bytes`, from `from` on, a signature header may begin: the signature is there, and a right checksum if there
/// are enough bytes to tell.
pub fn find_signature(bytes: &[u8], from: usize) -> Option<usize> {
    let size = SIGNATURE_HEADER_SIZE as usize;
    (from..bytes.len().saturating_sub(size - 1)).find(|&at| {
        bytes[at] == SIGNATURE[0]
            && bytes[at..].starts_with(&SIGNATURE)
            && bytes[at + 8..at + 12] == crc32fast::hash(&bytes[at + 12..at + size]).to_le_bytes()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::signature_header;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bytes = signature_header(1000, 50, 0xDEAD_BEEF);
        let expected = StartHeader { offset: 1000, size: 50, crc: 0xDEAD_BEEF };
        assert_eq!(StartHeader::read(&bytes, 1082).unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let bytes = signature_header(1000, 50, 1);
        let error = |bytes: &[u8; 32], size| StartHeader::read(bytes, size).unwrap_err().to_string();
        assert!(error(&bytes, 1081).contains("truncated"));
        assert!(error(&[0; 32], 1082).contains("signature"));
        let mut unfinished = [0; 32];
        unfinished[..8].copy_from_slice(&bytes[..8]);
        assert!(error(&unfinished, 32).contains("never finished"));
        for at in 6..32 {
            let mut other = bytes;
            other[at] ^= 1;
            // The minor version may be any.
            assert_eq!(StartHeader::read(&other, 5000).is_ok(), at == 7, "byte {at}");
        }
        assert!(error(&signature_header(u64::MAX - 5, 50, 1), 1082).contains("beyond"));
    }

    #[test]
    fn a_signature_is_found_behind_a_program() {
        let mut bytes = vec![0x4D; 1000];
        bytes.extend_from_slice(&SIGNATURE); // no header: the checksum is wrong
        bytes.extend_from_slice(&[7; 40]);
        let at = bytes.len();
        bytes.extend_from_slice(&signature_header(0, 0, 0));
        assert_eq!(find_signature(&bytes, 0), Some(at));
        assert_eq!(find_signature(&bytes, at + 1), None);
        assert_eq!(find_signature(&bytes[..at + 31], 0), None);
    }
}
