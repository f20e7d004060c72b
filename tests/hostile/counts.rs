//! Headers that announce more than there is, or sizes that add up to more than a number holds.

use parallelcompress::extract::{Discard, Limits};

use crate::made::{self, Block, archive, number, numbers, open};
use crate::trap::{assert_refused, extract_to};

/// Far more than there is room for, up to all that a number can say.
const MANY: [u64; 5] = [300, 1 << 32, 1 << 40, 1 << 63, u64::MAX];

fn refused(header: &[u8], kind: &str, words: &[&str]) {
    let error = open(&archive(b"packed", header), &Limits::default()).expect_err("it announces too much");
    assert_refused(&error, kind, words);
}

#[test]
fn billions_of_entries_take_billions_of_bytes() {
    for count in MANY {
        let files = [&[made::HEADER, made::FILES][..], &number(count), &[0, 0]].concat();
        refused(&files, "Corrupt", &[&count.to_string(), "entries"]);
    }
    // As many as there are bytes, without a name or anything else.
    let many: u64 = 3_000_000;
    let bits = vec![0xFF; many as usize / 8];
    let files = [&[made::FILES][..], &number(many), &[made::EMPTY], &number(bits.len() as u64), &bits].concat();
    let padding = [&[0x19][..], &number(many), &vec![0; many as usize]].concat();
    let header = [&[made::HEADER][..], &files, &padding, &[0, 0]].concat();
    let limits = Limits { entries: 1_000_000, ..Limits::default() };
    let error = open(&archive(&[], &header), &limits).expect_err("too many");
    assert_refused(&error, "LimitExceeded", &["3000000 entries", "1000000 are allowed"]);
    assert_eq!(open(&archive(&[], &header), &Limits::default()).expect("within the limit").entries().len(), 3_000_000);
}

#[test]
fn billions_of_packed_streams_blocks_and_items_take_billions_of_bytes() {
    for count in MANY {
        let streams = |parts: &[u8]| [&[made::HEADER, made::STREAMS][..], parts].concat();
        let packed = [&[made::PACKED, 0][..], &number(count), &[made::SIZE, 1]].concat();
        refused(&streams(&packed), "Corrupt", &[&count.to_string(), "packed streams"]);
        let blocks = [&[made::PACKED, 0, 0, 0, made::BLOCKS, made::CODERS][..], &number(count), &[0, 1, 1, 0]].concat();
        refused(&streams(&blocks), "Corrupt", &[&count.to_string(), "blocks"]);
        let one = made::streams(0, &[Block { items: vec![], ..Block::single(made::COPY, &[], 6, 6) }]);
        let counts = one.iter().rposition(|&byte| byte == made::COUNTS).expect("the items' numbers");
        let items = [&one[..=counts], &number(count), &[made::SIZE, 1, 1, 0, 0]].concat();
        refused(&streams(&items), "Corrupt", &[&count.to_string(), "items"]);
    }
}

#[test]
fn more_blocks_than_entries_are_allowed_are_refused() {
    let blocks: Vec<_> = (0..11).map(|_| Block { items: vec![], ..Block::single(made::COPY, &[], 0, 0) }).collect();
    let header = made::header(&blocks, &[]);
    let limited = |entries| open(&archive(&[], &header), &Limits { entries, ..Limits::default() });
    assert_refused(&limited(10).expect_err("too many"), "LimitExceeded", &["11 packed streams, 10 are allowed"]);
    assert_eq!(limited(11).expect("not too many").blocks(), 11);
}

#[test]
fn sizes_that_add_up_to_more_than_there_is_are_refused() {
    let most = u64::MAX;
    let packed = |sizes: &[u64]| {
        let streams = [&[made::PACKED, 0][..], &number(sizes.len() as u64), &[made::SIZE], &numbers(sizes)].concat();
        refused(&[&[made::HEADER, made::STREAMS][..], &streams].concat(), "Corrupt", &["beyond the header"]);
    };
    packed(&[most]);
    packed(&[most, 1]);
    packed(&[6, most]);
    packed(&[3, 3, most, 2]);
    let position = |position: u64| {
        let block = Block::single(made::COPY, &[], 6, 6);
        let header = [&[made::HEADER, made::STREAMS][..], &made::streams(position, &[block]), &[0]].concat();
        refused(&header, "Corrupt", &["beyond the header"]);
    };
    [1, most - 5, most].into_iter().for_each(position);
    for items in [vec![most, 2], vec![6, 1, 1], vec![most, most, 3]] {
        let block = Block { items, ..Block::single(made::COPY, &[], 6, 6) };
        refused(&made::header(&[block], &["a", "b", "c"]), "Corrupt", &["larger than the block"]);
    }
    // More entries than items, and the other way round.
    refused(&made::header(&[Block::single(made::COPY, &[], 6, 6)], &["a", "b"]), "Corrupt", &["2 entries", "1"]);
    let two = Block { items: vec![3, 3], ..Block::single(made::COPY, &[], 6, 6) };
    refused(&made::header(&[two], &["a"]), "Corrupt", &["1 entries", "2"]);
    let streams = made::streams(0, &[Block { packed: vec![], ..Block::single(made::COPY, &[], 6, 6) }]);
    refused(&[&[made::HEADER, made::STREAMS][..], &streams, &[0]].concat(), "Corrupt", &["fewer packed streams"]);
}

#[test]
fn items_near_the_largest_number_end_where_their_bytes_do() {
    let most = u64::MAX;
    let blocks = || vec![Block::single(made::COPY, &[], most, 3), Block::single(made::COPY, &[], most - 1, 3)];
    let bytes = archive(b"packed", &made::header(&blocks(), &["first", "second"]));
    let opened = open(&bytes, &Limits::default()).expect("an archive");
    for threads in [1, 2] {
        let (result, notes) = extract_to(&opened, &Discard, threads);
        assert_eq!(result.expect("an extraction").statistics.items_failed, 2);
        for failure in notes.failed {
            assert_eq!((&*failure.kind, failure.text.contains(&failure.name)), ("Corrupt", true), "{failure:?}");
            assert!(failure.text.contains("ends early"), "{failure:?}");
        }
    }
    // Their sum is more than a number holds.
    let limited = open(&bytes, &Limits { unpacked: most - 1, ..Limits::default() }).expect("an archive");
    let (result, _) = extract_to(&limited, &Discard, 1);
    assert_refused(&result.expect_err("too large"), "LimitExceeded", &[&most.to_string(), "are allowed"]);
}

#[test]
fn a_part_that_comes_again_or_too_early_is_refused() {
    let block = || Block::single(made::COPY, &[], 6, 6);
    let streams = made::streams(0, &[block()]);
    let inner = &streams[..streams.len() - 1];
    let whole = |parts: &[&[u8]]| [&[made::HEADER][..], &parts.concat(), &[0]].concat();
    let files = made::files(&["it"]);
    open(&archive(b"packed", &whole(&[&[made::STREAMS], &streams, &files])), &Limits::default()).expect("an archive");
    for parts in [
        &[&[made::STREAMS][..], &streams, &[made::STREAMS], &streams, &files][..],
        &[&files, &[made::STREAMS], &streams],
        &[&[made::STREAMS], &streams, &files, &files],
        &[&[made::STREAMS], inner, inner, &[0], &files],
    ] {
        refused(&whole(parts), "Corrupt", &["not where it belongs"]);
    }
    let names = &files[2..files.len() - 1];
    let twice = [&files[..2], names, names, &[0]].concat();
    refused(&whole(&[&[made::STREAMS], &streams, &twice]), "Corrupt", &["twice"]);
}
