//! Any bytes as a header: it is refused, or what it says of itself is true.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parallelcompress::sevenz::read::{self, Header, StartHeader, StoredFolder};

/// Bytes of packed streams that there seem to be.
const PACKED: u64 = 1 << 40;

/// More is refused.
const MOST: u64 = 10_000;

fn check(folder: &StoredFolder, packed: usize) {
    assert_eq!(folder.unpack_sizes.len(), folder.graph.coders.len());
    assert_eq!(folder.packed.len(), folder.graph.packed.len());
    assert!(folder.packed.end <= packed);
    for (number, coder) in folder.graph.coders.iter().enumerate() {
        assert_eq!(folder.graph.inputs(number).count(), coder.inputs);
    }
}

fuzz_target!(|data: &[u8]| {
    if let Some(start) = data.first_chunk() {
        let _ = StartHeader::read(start, data.len() as u64);
    }
    let _ = read::find_signature(data, 0);
    match read::header(data, PACKED, MOST) {
        Ok(Header::Plain(contents)) => {
            assert!(contents.entries.len() as u64 <= MOST && contents.folders.len() as u64 <= MOST);
            contents.folders.iter().for_each(|folder| check(folder, contents.packed.len()));
            assert!(contents.packed.iter().all(|stream| stream.offset + stream.size <= 32 + PACKED));
            for (number, folder) in contents.folders.iter().enumerate() {
                let mut offset = 0;
                for &member in contents.members(number) {
                    let part = contents.entries[member].stream.expect("a member has bytes");
                    assert_eq!((part.folder, part.offset), (number, offset));
                    offset = offset.checked_add(part.size).expect("sizes that add up");
                }
                assert!(offset <= folder.unpack_size());
            }
            let with_bytes = contents.entries.iter().filter(|stored| stored.entry.has_stream);
            assert!(with_bytes.into_iter().all(|stored| stored.stream.is_some() && !stored.entry.is_directory));
        }
        Ok(Header::Packed(streams)) => {
            streams.folders.iter().for_each(|folder| check(folder, streams.packed.len()));
            assert_eq!(streams.folders.len(), 1);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
