//! One folder's coders and how they hang together.
//!
//! The model goes the way of encoding: a first coder, from which a chain of further ones leads to a packed stream; or
//! several chains, where the first coder makes several streams. Stored is the order of decoding, the reverse of it:
//! 7-Zip puts 7zAES before LZMA2 before BCJ. Some readers follow the stored order and not the bind pairs, so this is the
//! order that all of them decode.

use super::number::write_number;
use super::{Coder, Folder};

/// The coder's id byte says: it has properties.
const HAS_PROPERTIES: u8 = 0x20;
/// The same: numbers of inputs and outputs follow, since they are not one each.
const IS_COMPLEX: u8 = 0x10;

/// The sizes of a folder's packed streams.
pub fn pack_sizes(folder: &Folder) -> impl Iterator<Item = u64> + '_ {
    [folder.pack_size].into_iter().chain(folder.branches.iter().map(|branch| branch.pack_size))
}

/// A folder's coders as they are stored.
pub fn stored_coders(folder: &Folder) -> impl Iterator<Item = &Coder> {
    places(folder).map(|(chain, place)| &coders_of(folder, chain)[place]).chain(folder.coders.first())
}

/// How many chains follow the first coder, in the order of packed streams.
fn chain_count(folder: &Folder) -> usize {
    1 + folder.branches.len()
}

/// The coders that a chain's stream goes through.
fn coders_of(folder: &Folder, chain: usize) -> &[Coder] {
    match chain.checked_sub(1) {
        None => folder.coders.get(1..).unwrap_or_default(),
        Some(branch) => &folder.branches[branch].coders,
    }
}

/// Which coder of which chain stands where, all but the first coder, which is stored last. As 7-Zip does it: the last
/// coders of all chains, then those before them, and so on; the last chain first each time.
///
/// There are as many folders as items in a job without solid blocks, so nothing here is put into lists.
fn places(folder: &Folder) -> impl Iterator<Item = (usize, usize)> {
    let chains = 0..chain_count(folder);
    let longest = chains.clone().map(|chain| coders_of(folder, chain).len()).max().unwrap_or_default();
    (1..=longest).flat_map(move |from_end| {
        let place = move |chain| Some((chain, coders_of(folder, chain).len().checked_sub(from_end)?));
        chains.clone().rev().filter_map(place)
    })
}

/// Appends one folder: coders, bind pairs, and where there are several, which inputs are the packed streams'.
pub fn write_folder(out: &mut Vec<u8>, folder: &Folder) {
    debug_assert!(!folder.coders.is_empty(), "a folder without coders");
    let chains = chain_count(folder);
    let others = places(folder).count() as u64;
    write_number(out, others + 1);
    for (chain, place) in places(folder) {
        write_coder(out, &coders_of(folder, chain)[place], 1);
    }
    if let Some(first) = folder.coders.first() {
        write_coder(out, first, chains as u64);
    }
    // Every coder stored before the first one has one input, which has the coder's own number; so the first one's
    // inputs begin with its own number too.
    let stream = |chain: usize| chain.checked_sub(1).map_or(0, |branch| u64::from(folder.branches[branch].stream));
    let input = |chain, place: Option<usize>| match place {
        Some(place) => places(folder).position(|at| at == (chain, place)).unwrap_or_default() as u64,
        None => others + stream(chain),
    };
    // Bind pairs: the input that takes the output of each coder but the first, which gives the items.
    for (output, (chain, place)) in (0u64..).zip(places(folder)) {
        write_number(out, input(chain, place.checked_sub(1)));
        write_number(out, output);
    }
    // The inputs left over take the packed streams; a single one is not listed.
    if chains > 1 {
        for chain in 0..chains {
            write_number(out, input(chain, coders_of(folder, chain).len().checked_sub(1)));
        }
    }
}

fn write_coder(out: &mut Vec<u8>, coder: &Coder, inputs: u64) {
    let id = coder.method.to_be_bytes();
    let id = &id[(coder.method.leading_zeros() as usize / 8).min(id.len() - 1)..];
    let has_properties = if coder.properties.is_empty() { 0 } else { HAS_PROPERTIES };
    let is_complex = if inputs == 1 { 0 } else { IS_COMPLEX };
    out.push(id.len() as u8 | has_properties | is_complex);
    out.extend_from_slice(id);
    if inputs != 1 {
        write_number(out, inputs);
        write_number(out, 1);
    }
    if !coder.properties.is_empty() {
        write_number(out, coder.properties.len() as u64);
        out.extend_from_slice(&coder.properties);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Branch, Substream};
    use super::*;

    pub fn coder(method: u64, properties: &[u8], unpack_size: u64) -> Coder {
        Coder { method, properties: properties.to_vec(), unpack_size }
    }

    pub fn folder(coders: Vec<Coder>, substreams: &[(u64, u32)]) -> Folder {
        let substreams = substreams.iter().map(|&(size, crc)| Substream { size, crc: Some(crc) }).collect();
        Folder { coders, pack_size: 0x30, branches: Vec::new(), substreams }
    }

    #[test]
    fn a_copy_coder_has_a_one_byte_id_and_no_properties() {
        let mut bytes = Vec::new();
        write_folder(&mut bytes, &folder(vec![coder(0, &[], 5)], &[(5, 1)]));
        assert_eq!(bytes, [1, 1, 0]);
    }

    #[test]
    fn the_longest_method_id_is_stored_whole() {
        let mut bytes = Vec::new();
        write_folder(&mut bytes, &folder(vec![coder(0x3F01_0203_0405_0607, &[], 5)], &[(5, 1)]));
        assert_eq!(bytes, [1, 8, 0x3F, 1, 2, 3, 4, 5, 6, 7]);
    }

    const SIDE: [u8; 5] = [0x6C, 0, 0, 3, 0];

    /// The folder that 7zz 26.02 writes for a program with `-mx=9`.
    pub fn bcj2() -> Folder {
        let branch = |stream, coders, pack_size| Branch { stream, coders, pack_size };
        Folder {
            branches: vec![
                branch(3, Vec::new(), 153),
                branch(1, vec![coder(0x30101, &SIDE, 4_916)], 1_391),
                branch(2, vec![coder(0x30101, &SIDE, 7_608)], 2_642),
            ],
            ..folder(vec![coder(0x0303_011B, &[], 151_344), coder(0x21, &[0x0B], 138_820)], &[(151_344, 1)])
        }
    }

    #[test]
    fn several_streams_are_bound_as_7zip_binds_them() {
        let mut bytes = Vec::new();
        write_folder(&mut bytes, &bcj2());
        let lzma: &[u8] = &[&[0x23, 3, 1, 1, 5][..], &SIDE].concat();
        let expected: &[&[u8]] = &[
            &[4],
            lzma,
            lzma,
            &[0x21, 0x21, 1, 0x0B],
            &[0x14, 3, 3, 1, 0x1B, 4, 1],
            &[5, 0, 4, 1, 3, 2],
            &[2, 6, 1, 0],
        ];
        assert_eq!(bytes, expected.concat());
        let sizes: Vec<_> = stored_coders(&bcj2()).map(|coder| coder.unpack_size).collect();
        assert_eq!(sizes, [7_608, 4_916, 138_820, 151_344]);
        assert_eq!(pack_sizes(&bcj2()).collect::<Vec<_>>(), [0x30, 153, 1_391, 2_642]);
    }

    #[test]
    fn encrypted_streams_are_bound_as_7zip_binds_them() {
        let mut folder = bcj2();
        // 7zAES with shorter properties than real ones.
        let aes = |unpack_size| coder(0x06F1_0701, &[0x13, 0], unpack_size);
        folder.coders.push(aes(50_337));
        for branch in &mut folder.branches {
            branch.coders.push(aes(branch.pack_size));
        }
        let mut bytes = Vec::new();
        write_folder(&mut bytes, &folder);
        let lzma: &[u8] = &[&[0x23, 3, 1, 1, 5][..], &SIDE].concat();
        let aes: &[u8] = &[0x24, 6, 0xF1, 7, 1, 2, 0x13, 0];
        let expected: &[&[u8]] = &[
            &[8],
            aes,
            aes,
            aes,
            aes,
            lzma,
            lzma,
            &[0x21, 0x21, 1, 0x0B],
            &[0x14, 3, 3, 1, 0x1B, 4, 1],
            &[4, 0, 5, 1, 10, 2, 6, 3, 9, 4, 8, 5, 7, 6],
            &[3, 2, 1, 0],
        ];
        assert_eq!(bytes, expected.concat());
        let sizes: Vec<_> = stored_coders(&folder).map(|coder| coder.unpack_size).collect();
        assert_eq!(sizes, [2_642, 1_391, 153, 50_337, 7_608, 4_916, 138_820, 151_344]);
    }
}
