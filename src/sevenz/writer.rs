//! Header model to bytes.

use super::{Archive, Folder};

/// Bytes at the start of every archive, before the first packed stream.
pub const SIGNATURE_HEADER_SIZE: u64 = 32;

/// The signature header that points at the header: its offset counts from the end of the signature header.
pub fn signature_header(header_offset: u64, header_size: u64, header_crc: u32) -> [u8; 32] {
    let mut start = [0u8; 20];
    start[..8].copy_from_slice(&header_offset.to_le_bytes());
    start[8..16].copy_from_slice(&header_size.to_le_bytes());
    start[16..].copy_from_slice(&header_crc.to_le_bytes());
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&[b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, 0, 4]);
    bytes[8..12].copy_from_slice(&crc32fast::hash(&start).to_le_bytes());
    bytes[12..].copy_from_slice(&start);
    bytes
}

/// The plain header (kHeader).
pub fn header(archive: &Archive) -> Vec<u8> {
    let _ = archive;
    Vec::new()
}

/// The header that says where and how the plain header is packed (kEncodedHeader). `pack_offset` counts from the end
/// of the signature header; `folder` has one substream, the plain header.
pub fn encoded_header(folder: &Folder, pack_offset: u64) -> Vec<u8> {
    let _ = (folder, pack_offset);
    Vec::new()
}
