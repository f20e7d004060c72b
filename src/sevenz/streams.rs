//! `StreamsInfo`: where the packed streams lie, how folders decode them, and which items come out.

use super::folder::{pack_sizes, stored_coders, write_folder};
use super::number::{write_bits, write_number};
use super::{Folder, property};

/// Appends `PackInfo`. `position` is the first packed stream's, in bytes from the end of the signature header. The
/// packed streams get no CRC of their own: what comes out of them is checked.
pub fn write_pack_info(out: &mut Vec<u8>, position: u64, folders: &[Folder]) {
    out.push(property::PACK_INFO);
    write_number(out, position);
    write_number(out, folders.iter().map(|folder| 1 + folder.branches.len() as u64).sum());
    out.push(property::SIZE);
    for size in folders.iter().flat_map(pack_sizes) {
        write_number(out, size);
    }
    out.push(property::END);
}

/// Appends `CodersInfo` without the folders' CRCs; [`write_folder_crc`] may follow, then [`property::END`] must.
pub fn write_folders(out: &mut Vec<u8>, folders: &[Folder]) {
    out.push(property::UNPACK_INFO);
    out.push(property::FOLDER);
    write_number(out, folders.len() as u64);
    out.push(0); // not external: the folders follow
    for folder in folders {
        write_folder(out, folder);
    }
    out.push(property::CODERS_UNPACK_SIZE);
    for coder in folders.iter().flat_map(stored_coders) {
        write_number(out, coder.unpack_size);
    }
}

/// Appends the CRC of the only folder there is.
pub fn write_folder_crc(out: &mut Vec<u8>, crc: u32) {
    out.push(property::CRC);
    write_crcs(out, || [Some(crc)]);
}

/// Appends `SubStreamsInfo`.
///
/// A folder with one item could have its CRC in `CodersInfo` instead; like 7-Zip we keep all CRCs here.
pub fn write_substreams_info(out: &mut Vec<u8>, folders: &[Folder]) {
    out.push(property::SUBSTREAMS_INFO);
    if folders.iter().any(|folder| folder.substreams.len() != 1) {
        out.push(property::NUM_UNPACK_STREAM);
        for folder in folders {
            write_number(out, folder.substreams.len() as u64);
        }
    }
    // A folder's last size is not stored: it is what the others leave of the folder's size.
    if folders.iter().any(|folder| folder.substreams.len() > 1) {
        out.push(property::SIZE);
        for folder in folders {
            if let Some((_, all_but_last)) = folder.substreams.split_last() {
                for substream in all_but_last {
                    write_number(out, substream.size);
                }
            }
        }
    }
    if folders.iter().any(|folder| !folder.substreams.is_empty()) {
        out.push(property::CRC);
        let crcs = || folders.iter().flat_map(|folder| &folder.substreams).map(|substream| substream.crc);
        write_crcs(out, crcs);
    }
    out.push(property::END);
}

/// Appends `Digests`: CRC-32s of streams.
fn write_crcs<I: IntoIterator<Item = Option<u32>>>(out: &mut Vec<u8>, crcs: impl Fn() -> I) {
    let all = crcs().into_iter().all(|crc| crc.is_some());
    out.push(u8::from(all));
    if !all {
        write_bits(out, crcs().into_iter().map(|crc| crc.is_some()));
    }
    for crc in crcs().into_iter().flatten() {
        out.extend_from_slice(&crc.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::{coder, folder};
    use super::*;

    #[test]
    fn coders_are_stored_in_the_order_of_decoding() {
        // What 7zz 26.02 writes for `-m0=BCJ -m1=lzma2 -psecret`, with shorter 7zAES properties.
        let chain = vec![coder(0x0303_0103, &[], 5), coder(0x21, &[1], 5), coder(0x06F1_0701, &[0x13, 0], 0x29)];
        let mut bytes = Vec::new();
        write_folders(&mut bytes, &[folder(chain, &[(5, 1)])]);
        let expected: &[&[u8]] = &[
            &[0x07, 0x0B, 0x01, 0x00, 0x03],
            &[0x24, 0x06, 0xF1, 0x07, 0x01, 0x02, 0x13, 0x00],
            &[0x21, 0x21, 0x01, 0x01],
            &[0x04, 0x03, 0x03, 0x01, 0x03],
            &[0x01, 0x00, 0x02, 0x01],
            &[0x0C, 0x29, 0x05, 0x05],
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn single_items_need_neither_counts_nor_sizes() {
        let one = || folder(vec![coder(0, &[], 5)], &[(5, 0x0403_0201)]);
        let mut bytes = Vec::new();
        write_substreams_info(&mut bytes, &[one(), one()]);
        assert_eq!(bytes, [8, 0x0A, 1, 1, 2, 3, 4, 1, 2, 3, 4, 0]);
    }

    #[test]
    fn the_last_size_of_each_folder_is_left_out() {
        let three = folder(vec![coder(0, &[], 9)], &[(2, 0), (3, 0), (4, 0)]);
        let none = folder(vec![coder(0, &[], 0)], &[]);
        let one = folder(vec![coder(0, &[], 6)], &[(6, 0)]);
        let mut bytes = Vec::new();
        write_substreams_info(&mut bytes, &[three, none, one]);
        let expected: &[&[u8]] = &[&[8, 0x0D, 3, 0, 1], &[9, 2, 3], &[0x0A, 1], &[0; 16], &[0]];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn a_crc_that_is_unknown_stays_so() {
        let mut two = folder(vec![coder(0, &[], 5)], &[(2, 0x0403_0201), (3, 0)]);
        two.substreams[1].crc = None;
        let mut bytes = Vec::new();
        write_substreams_info(&mut bytes, &[two]);
        assert_eq!(bytes, [8, 0x0D, 2, 9, 2, 0x0A, 0, 0x80, 1, 2, 3, 4, 0]);
    }

    #[test]
    fn folders_without_items_have_no_crcs() {
        let mut bytes = Vec::new();
        write_substreams_info(&mut bytes, &[folder(vec![coder(0, &[], 0)], &[])]);
        assert_eq!(bytes, [8, 0x0D, 0, 0]);
    }
}
