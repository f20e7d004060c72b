//! What our encoders make comes back.

use std::io::ErrorKind;

use super::*;
use crate::codec::decode::{describe, inputs, memory};
use crate::codec::filter::HELD_BACK;

#[test]
fn what_was_encoded_comes_back_in_portions_of_any_size() {
    let whole = data(100_003);
    for size in [0, 1, 2, 3, 5, 15, 17, 4095, 4096, 4097, whole.len()] {
        let data = &whole[..size];
        for packed in all(data) {
            for portion in [1, 7, 4096, 1 << 20] {
                let (out, error) = packed.decode(portion);
                let what = format!("{}, {size} bytes in portions of {portion}", describe(&packed.coder()));
                assert!(error.is_none(), "{what}: {error:?}");
                assert!(out == data, "{what}");
            }
        }
    }
}

#[test]
fn large_data_comes_back() {
    let data = data((3 << 20) + 1);
    for packed in all(&data) {
        let (out, error) = packed.decode(1 << 20);
        assert!(error.is_none() && out == data, "{}: {error:?}", describe(&packed.coder()));
    }
}

#[test]
fn no_more_comes_out_than_the_coder_says() {
    let data = data(100_003);
    for mut packed in all(&data) {
        packed.unpack_size = 60_000;
        let (out, error) = packed.decode(7_000);
        assert!(error.is_none() && out == data[..60_000], "{}: {error:?}", describe(&packed.coder()));
    }
}

#[test]
fn input_that_ends_early_is_an_error_behind_what_it_gave() {
    let data = data(100_003);
    for whole in all(&data) {
        for input in 0..whole.inputs.len() {
            let mut packed = whole.clone();
            let len = packed.inputs[input].len();
            packed.inputs[input].truncate(len / 2);
            let (out, error) = packed.decode(4096);
            let what = format!("{}, input {input}", describe(&packed.coder()));
            assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::UnexpectedEof), "{what}");
            // A branch filter takes the last bytes for the end of the data, which it leaves as they are.
            let certain = out.len().saturating_sub(HELD_BACK);
            assert!(out.len() < data.len() && out[..certain] == data[..certain], "{what}: {} bytes", out.len());
        }
    }
}

#[test]
fn the_error_of_an_input_is_reported_as_it_is() {
    struct Failing<'a>(&'a [u8]);
    impl io::Read for Failing<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buf)? {
                0 => Err(io::Error::from_raw_os_error(5)),
                count => Ok(count),
            }
        }
    }
    let data = data(100_003);
    for packed in all(&data) {
        let inputs = packed.inputs.iter().map(|input| Box::new(Failing(&input[..input.len() / 2])) as Stream<'_>);
        let mut stream = decoder(&packed.coder(), inputs.collect()).expect("a coder that is right");
        let error = io::copy(&mut stream, &mut io::sink()).expect_err("half the input");
        assert_eq!(error.raw_os_error(), Some(5), "{}: {error:?}", describe(&packed.coder()));
        assert!(stream.read(&mut [0]).is_err(), "{}: it goes on", describe(&packed.coder()));
    }
}

#[test]
fn a_coder_has_as_many_inputs_as_its_method_takes() {
    for packed in all(&data(100_003)) {
        assert_eq!(packed.inputs.len(), inputs(packed.method));
        for given in [0, 1, 2, 3, 4, 5] {
            let streams = (0..given).map(|_| Box::new(io::empty()) as Stream<'_>).collect();
            match decoder(&packed.coder(), streams) {
                Ok(_) => assert_eq!(given, inputs(packed.method)),
                Err(DecodeError::Streams { given: said, expected, .. }) => {
                    assert_eq!((said, expected), (given, inputs(packed.method)));
                    assert_ne!(given, expected);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn memory_follows_the_data_and_not_what_the_properties_claim() {
    let packed = |method, properties: &[u8]| Packed {
        method,
        properties: properties.to_vec(),
        unpack_size: 100_000,
        inputs: vec![vec![]],
    };
    for large in [packed(0x21, &[40]), packed(0x3_0101, &[0x5D, 0xFF, 0xFF, 0xFF, 0xFF])] {
        let needed = memory(&large.coder()).unwrap();
        assert!((100_000..400_000).contains(&needed), "{}: {needed}", describe(&large.coder()));
    }
    for packed in all(&data(100_003)) {
        assert!(memory(&packed.coder()).unwrap() < 32 << 20, "{}", describe(&packed.coder()));
    }
}
