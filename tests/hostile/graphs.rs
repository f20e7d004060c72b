//! Coders that hang together as they must not, and headers within headers.

use parallelcompress::Metadata;
use parallelcompress::extract::{Archive, Discard, Limits};

use crate::made::{self, Block, archive, chain, coder, encoded_header, header, open};
use crate::trap::{assert_refused, extract_to};

fn opened(coders: Vec<u8>, made: Vec<u64>, packed: Vec<u64>) -> Result<Archive, parallelcompress::Error> {
    let bytes = vec![b'x'; packed.iter().sum::<u64>() as usize];
    let items = vec![6];
    open(&archive(&bytes, &header(&[Block { coders, made, packed, items }], &["it"])), &Limits::default())
}

#[test]
fn coders_that_hang_together_wrongly_are_refused() {
    let copy: &[u8] = &[1, 0];
    // Copy with two inputs and one output.
    let two_inputs: &[u8] = &[0x11, 0, 2, 1];
    for (what, coders, said) in [
        ("none", vec![0], "0 coders"),
        ("bound to itself", [&[2][..], copy, copy, &[0, 0]].concat(), "nothing leads to"),
        ("to each other", [&[3][..], copy, copy, copy, &[0, 1, 1, 0]].concat(), "nothing leads to"),
        ("one output in two inputs", [&[3][..], copy, copy, copy, &[1, 0, 2, 0]].concat(), "nothing leads to"),
        ("two outputs in one input", [&[3][..], copy, copy, copy, &[2, 0, 2, 1]].concat(), "not one source"),
        ("an input of none", [&[2][..], copy, copy, &[2, 0]].concat(), "bound to none"),
        ("an output of none", [&[2][..], copy, copy, &[1, 2]].concat(), "bound to none"),
        ("an unbound input", [&[1][..], two_inputs, &[0, 0]].concat(), "not one source"),
        ("a packed stream for a bound input", [&[2][..], copy, two_inputs, &[1, 0, 0, 1]].concat(), "not one source"),
        ("a packed stream for none", [&[1][..], two_inputs, &[0, 7]].concat(), "bound to none"),
    ] {
        let count = coders[0];
        let error = opened(coders, vec![6; count as usize], vec![6, 0]).expect_err(what);
        assert!(error.to_string().contains(said), "{what}: {error}");
        assert_refused(&error, "Corrupt", &["block"]);
    }
}

#[test]
fn only_so_many_coders_and_inputs_are_allowed() {
    let copies = |count: usize| chain(&vec![coder(made::COPY, &[]); count]);
    for (count, completed) in [(32, 1), (33, 0)] {
        match opened(copies(count), vec![6; count], vec![6]) {
            Ok(archive) => {
                let (_, notes) = extract_to(&archive, &Discard, 1);
                assert_eq!(notes.completed.len(), completed, "{:?}", notes.failed);
            }
            Err(error) => {
                assert_eq!(completed, 0, "{error}");
                assert_refused(&error, "Corrupt", &["33 coders"]);
            }
        }
    }
    let inputs = |count: u8| opened(vec![1, 0x11, 0, count, 1], vec![6], vec![6]).expect_err("too many");
    assert_refused(&inputs(33), "Unsupported", &["33 inputs"]);
    let outputs = opened(vec![1, 0x11, 0, 1, 2], vec![6], vec![6]).expect_err("too many");
    assert_refused(&outputs, "Unsupported", &["2 outputs"]);
    // Seventeen coders with two inputs each.
    let mut many = vec![17];
    (0..17).for_each(|_| many.extend([0x11, 0, 2, 1]));
    assert_refused(&opened(many, vec![6; 17], vec![6]).expect_err("too many"), "Unsupported", &["34 inputs"]);
}

#[test]
fn a_coder_with_more_inputs_than_its_method_has_fails_its_item() {
    let archive = opened(vec![1, 0x11, 0, 2, 1, 0, 1], vec![6], vec![6, 6]).expect("a graph that is whole");
    let (_, notes) = extract_to(&archive, &Discard, 1);
    let [failure] = &notes.failed[..] else { panic!("{notes:?}") };
    assert_eq!((&*failure.name, &*failure.kind), ("it", "Corrupt"));
    assert!(failure.text.contains("it: Copy: 2 input streams, 1 expected"), "{failure:?}");
    let unknown = opened(chain(&[coder(&[0x7F, 1], &[])]), vec![6], vec![6]).expect("a graph that is whole");
    let (_, notes) = extract_to(&unknown, &Discard, 1);
    assert_eq!(&*notes.failed[0].kind, "Unsupported");
    assert!(notes.failed[0].text.contains("it: 7F01: the method"), "{notes:?}");
    assert_eq!(unknown.entry(0).expect("an entry").metadata(), Metadata::default());
}

/// A header of one entry, stored within headers so many times.
fn within(times: usize) -> Vec<u8> {
    let mut packed = b"packed".to_vec();
    let mut inner = header(&[Block::single(made::COPY, &[], 6, 6)], &["it"]);
    for _ in 0..times {
        let position = packed.len() as u64;
        packed.extend(&inner);
        let size = inner.len() as u64;
        inner = encoded_header(position, &Block::single(made::COPY, &[], size, size));
    }
    archive(&packed, &inner)
}

#[test]
fn headers_within_headers_come_to_an_end() {
    for times in 0..=4 {
        let archive = open(&within(times), &Limits::default()).expect("not too many headers");
        assert_eq!(extract_to(&archive, &Discard, 1).1.completed, ["it"]);
    }
    for times in [5, 6, 50] {
        let error = open(&within(times), &Limits::default()).expect_err("too many headers");
        assert_refused(&error, "Corrupt", &["packed more than 4 times"]);
    }
}

#[test]
fn a_header_that_unpacks_to_itself_is_refused() {
    // How long it is depends on nothing but how long numbers are.
    let of_size = |size| encoded_header(0, &Block::single(made::COPY, &[], size, size));
    let size = of_size(0).len() as u64;
    let it = of_size(size);
    assert_eq!(it.len() as u64, size);
    let error = open(&archive(&it, &it), &Limits::default()).expect_err("an endless header");
    assert_refused(&error, "Corrupt", &["packed more than 4 times"]);
    // Two that unpack to each other.
    let other = encoded_header(size, &Block::single(made::COPY, &[], size, size));
    let error = open(&archive(&[&other[..], &it].concat(), &it), &Limits::default()).expect_err("an endless header");
    assert_refused(&error, "Corrupt", &["packed more than 4 times"]);
}

#[test]
fn a_packed_header_is_one_stream() {
    let several = Block { items: vec![3, 3], ..Block::single(made::COPY, &[], 6, 6) };
    let error = open(&archive(b"packed", &encoded_header(0, &several)), &Limits::default()).expect_err("two items");
    assert_refused(&error, "Corrupt", &["not one stream"]);
    for (method, kind, said) in [(&[0x7F][..], "Unsupported", "7F"), (made::LZMA2, "Corrupt", "LZMA2")] {
        let block = Block::single(method, &[], 6, 6);
        let error = open(&archive(b"packed", &encoded_header(0, &block)), &Limits::default()).expect_err("no header");
        assert_refused(&error, kind, &[said]);
    }
}
