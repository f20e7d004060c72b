//! Header model to bytes: the plain header, the encoded header, the signature header.

use super::files::write_files_info;
use super::streams::{write_folder_crc, write_folders, write_pack_info, write_substreams_info};
use super::{Archive, Folder, property};

/// Bytes at the start of every archive, before the first packed stream.
pub const SIGNATURE_HEADER_SIZE: u64 = 32;

/// What every archive begins with (`kSignature`), then the format's version, 0.4.
const SIGNATURE_AND_VERSION: [u8; 8] = [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, 0, 4];

/// The signature header, which points at the header that ends the archive (plain or encoded).
///
/// - `header_offset`: where that header begins, in bytes from the end of the signature header, which is the sum of all
///   packed streams' sizes (the packed header's too, before an encoded header).
/// - `header_size`: its bytes.
/// - `header_crc`: its CRC-32.
///
/// Facts: `7zFormat.txt`, "SignatureHeader".
pub fn signature_header(header_offset: u64, header_size: u64, header_crc: u32) -> [u8; 32] {
    let mut start = [0u8; 20];
    start[..8].copy_from_slice(&header_offset.to_le_bytes());
    start[8..16].copy_from_slice(&header_size.to_le_bytes());
    start[16..].copy_from_slice(&header_crc.to_le_bytes());
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&SIGNATURE_AND_VERSION);
    bytes[8..12].copy_from_slice(&crc32fast::hash(&start).to_le_bytes());
    bytes[12..].copy_from_slice(&start);
    bytes
}

/// The plain header (`kHeader`) of `archive`, whose first packed stream follows the signature header.
///
/// What the fields of [`Archive`] promise of each other must hold (a debug build asserts it): an archive written
/// otherwise does not open. An archive without entries has a header too, one that says so.
///
/// Facts: `7zFormat.txt`, "Header".
pub fn header(archive: &Archive) -> Vec<u8> {
    check(archive);
    let mut out = vec![property::HEADER];
    if !archive.folders.is_empty() {
        out.push(property::MAIN_STREAMS_INFO);
        write_pack_info(&mut out, 0, &archive.folders);
        write_folders(&mut out, &archive.folders);
        out.push(property::END);
        write_substreams_info(&mut out, &archive.folders);
        out.push(property::END);
    }
    write_files_info(&mut out, &archive.entries);
    out.push(property::END);
    out
}

/// The header that says where and how the plain header is packed (`kEncodedHeader`).
///
/// - `folder`: how to decode the plain header; it has one substream, the plain header.
/// - `pack_offset`: where the packed header begins, in bytes from the end of the signature header.
///
/// Facts: `7zFormat.txt`, "HeaderInfo"; as 7-Zip does it, the CRC is the folder's and there is no `SubStreamsInfo`.
pub fn encoded_header(folder: &Folder, pack_offset: u64) -> Vec<u8> {
    debug_assert_eq!(folder.substreams.len(), 1, "one plain header");
    let folders = std::slice::from_ref(folder);
    let mut out = vec![property::ENCODED_HEADER];
    write_pack_info(&mut out, pack_offset, folders);
    write_folders(&mut out, folders);
    if let Some(crc) = folder.substreams.first().and_then(|plain| plain.crc) {
        write_folder_crc(&mut out, crc);
    }
    out.push(property::END);
    out.push(property::END);
    out
}

/// Asserts, in a debug build, what the model promises.
fn check(archive: &Archive) {
    if cfg!(debug_assertions) {
        for folder in &archive.folders {
            let unpacked = folder.coders.first().map(|coder| coder.unpack_size);
            let items = folder.substreams.iter().map(|substream| substream.size).sum();
            assert_eq!(unpacked, Some(items), "a folder's items do not add up to its size");
            let mut streams: Vec<_> = folder.branches.iter().map(|branch| branch.stream).collect();
            streams.sort_unstable();
            assert!(streams.into_iter().eq(1..=folder.branches.len() as u32), "the branches' numbers");
            assert!(folder.substreams.iter().all(|substream| substream.size > 0), "an item without bytes has a stream");
        }
        let substreams: usize = archive.folders.iter().map(|folder| folder.substreams.len()).sum();
        let with_stream = archive.entries.iter().filter(|entry| entry.has_stream).count();
        assert_eq!(with_stream, substreams, "entries with a stream, substreams");
        assert!(
            !archive.entries.iter().any(|entry| entry.is_directory && entry.has_stream),
            "a directory with a stream"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Coder, Entry, Substream};
    use super::*;

    fn stored(content: &[u8]) -> Folder {
        let size = content.len() as u64;
        Folder {
            coders: vec![Coder { method: 0, properties: Vec::new(), unpack_size: size }],
            pack_size: size,
            branches: Vec::new(),
            substreams: vec![Substream { size, crc: Some(crc32fast::hash(content)) }],
        }
    }

    #[test]
    fn an_archive_without_entries_has_a_header_that_says_so() {
        assert_eq!(header(&Archive::default()), [1, 5, 0, 0, 0]);
    }

    #[test]
    fn only_empty_entries_need_no_streams_info() {
        let entries = vec![Entry { name: "e".into(), ..Entry::default() }];
        let bytes = header(&Archive { folders: Vec::new(), entries });
        assert_eq!(bytes, [1, 5, 1, 0x0E, 1, 0x80, 0x0F, 1, 0x80, 0x11, 5, 0, b'e', 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_stored_file_has_the_header_that_7zip_writes() {
        // Byte for byte that of 7zz 26.02, `a -mx=0 -mhc=off -mtm=off -mtr=off`.
        let entries = vec![Entry { name: "a".into(), has_stream: true, ..Entry::default() }];
        let bytes = header(&Archive { folders: vec![stored(b"abc")], entries });
        let crc = 0x3524_41C2_u32.to_le_bytes();
        let expected: &[&[u8]] = &[
            &[1, 4],
            &[6, 0, 1, 9, 3, 0],
            &[7, 0x0B, 1, 0, 1, 1, 0, 0x0C, 3, 0],
            &[8, 0x0A, 1],
            &crc,
            &[0, 0],
            &[5, 1, 0x11, 5, 0, b'a', 0, 0, 0, 0],
            &[0],
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn an_encoded_header_carries_the_plain_header_s_crc_in_its_folder() {
        let bytes = encoded_header(&stored(b"abc"), 0x1234);
        let crc = 0x3524_41C2_u32.to_le_bytes();
        let expected: &[&[u8]] =
            &[&[0x17, 6, 0x92, 0x34, 1, 9, 3, 0], &[7, 0x0B, 1, 0, 1, 1, 0, 0x0C, 3, 0x0A, 1], &crc, &[0, 0]];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn the_signature_header_is_checked_by_its_own_crc() {
        let bytes = signature_header(1, 2, 3);
        assert_eq!(bytes[..8], *b"7z\xBC\xAF\x27\x1C\0\x04");
        assert_eq!(bytes[8..12], crc32fast::hash(&bytes[12..]).to_le_bytes());
        assert_eq!(bytes[12..], [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
    }

    #[test]
    fn a_million_entries_take_a_header_of_their_size() {
        let entries: Vec<_> = (0..1_000_000)
            .map(|i| Entry {
                name: format!("directory/{i:07}"),
                modified: Some(i),
                attributes: Some(0x20),
                ..Entry::default()
            })
            .collect();
        let bytes = header(&Archive { folders: Vec::new(), entries });
        assert!(bytes.capacity() - bytes.len() < 1 << 20, "{} of {}", bytes.len(), bytes.capacity());
        assert!(bytes.len() > 1_000_000 * (18 * 2 + 8 + 4));
    }
}
