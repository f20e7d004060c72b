//! Folders as read to folders as written, so that their packed streams can be copied.

use super::read::{Graph, Input, PackedStream, StoredFolder};
use super::{Branch, Coder, Folder};

/// The folder that decodes as `stored` does, without substreams, and which of the folder's packed streams it takes, in
/// its own order. `packed`: the archive's packed streams.
///
/// `None` where a coder with several inputs stands behind another one: no program writes that.
pub fn adopt(stored: &StoredFolder, packed: &[PackedStream]) -> Option<(Folder, Vec<PackedStream>)> {
    let graph = &*stored.graph;
    let chains: Vec<_> = graph.inputs(graph.main).map(|input| chain(graph, input)).collect::<Option<_>>()?;
    let coder = |number: usize| {
        let coder = &graph.coders[number];
        let unpack_size = stored.unpack_sizes[number];
        Coder { method: coder.method, properties: coder.properties.clone(), unpack_size }
    };
    let stream = |place: usize| packed[stored.packed.start + place];
    let mut chains = chains.into_iter();
    let (first, place) = chains.next()?;
    let mut folder = Folder {
        coders: [graph.main].into_iter().chain(first).map(coder).collect(),
        pack_size: stream(place).size,
        branches: Vec::new(),
        substreams: Vec::new(),
    };
    let mut streams = vec![stream(place)];
    for (number, (coders, place)) in (1..).zip(chains) {
        let coders = coders.into_iter().map(coder).collect();
        folder.branches.push(Branch { stream: number, coders, pack_size: stream(place).size });
        streams.push(stream(place));
    }
    Some((folder, streams))
}

/// The coders from an input to its packed stream, and which stream that is.
fn chain(graph: &Graph, mut input: Input) -> Option<(Vec<usize>, usize)> {
    let mut coders = Vec::new();
    loop {
        match input {
            Input::Packed(place) => return Some((coders, place)),
            Input::Coder(coder) => {
                let mut inputs = graph.inputs(coder);
                input = inputs.next()?;
                if inputs.next().is_some() {
                    return None;
                }
                coders.push(coder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::{bcj2, coder, folder};
    use super::super::read::{Header, header as read_header};
    use super::super::{Archive, Entry, header};
    use super::*;

    /// What comes out when `folder` is written, read and adopted.
    fn round(folder: &Folder) -> (Folder, Vec<PackedStream>) {
        let entries = vec![Entry { has_stream: true, ..Entry::default() }; folder.substreams.len()];
        let bytes = header(&Archive { folders: vec![folder.clone()], entries });
        let Header::Plain(contents) = read_header(&bytes, 1 << 40, 100).unwrap() else { panic!("a packed header") };
        adopt(&contents.folders[0], &contents.packed).expect("a folder of ours")
    }

    #[test]
    fn a_chain_stays_what_it_is() {
        let chain = vec![coder(0x0303_0103, &[], 5), coder(0x21, &[1], 5), coder(0x06F1_0701, &[0x13, 0], 0x29)];
        let folder = folder(chain, &[(5, 1)]);
        let (adopted, streams) = round(&folder);
        assert_eq!(adopted, Folder { substreams: Vec::new(), ..folder });
        assert_eq!(streams, [PackedStream { offset: 32, size: 0x30 }]);
    }

    #[test]
    fn several_streams_keep_their_numbers() {
        let folder = bcj2();
        let (adopted, streams) = round(&folder);
        // Branches come in the order of their numbers, each with its own stream.
        assert_eq!((&adopted.coders, adopted.pack_size), (&folder.coders, folder.pack_size));
        let mut branches = folder.branches.clone();
        branches.sort_by_key(|branch| branch.stream);
        assert_eq!(adopted.branches, branches);
        let sizes: Vec<_> = streams.iter().map(|stream| stream.size).collect();
        assert_eq!(sizes, [0x30, 1_391, 2_642, 153]);
        // What was written again is read as the same.
        let again = Folder { substreams: folder.substreams, ..adopted.clone() };
        assert_eq!(round(&again).0, adopted);
    }
}
