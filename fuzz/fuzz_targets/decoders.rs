//! One decoder over any properties and data: it yields what was announced or an error, and nothing after that.
#![no_main]

use std::io::{ErrorKind, Read};

use libfuzzer_sys::fuzz_target;
use parallel_compress_fuzz::Coded;
use parallelcompress::codec::decode::{Coder, Stream, decoder, describe, memory};

/// Bytes that come out, at most.
const LARGEST: u64 = 4 << 20;

/// More memory is not granted.
const MEMORY: u64 = 32 << 20;

fuzz_target!(|data: &[u8]| {
    let Some(coded) = Coded::parse(data) else { return };
    let unpack_size = coded.unpack_size % LARGEST;
    let coder = Coder { method: coded.method, properties: coded.properties, unpack_size };
    let _ = describe(&coder);
    let inputs = coded.streams.iter().map(|&stream| Box::new(stream) as Stream<'_>).collect();
    let Ok(needed) = memory(&coder) else {
        assert!(decoder(&coder, inputs).is_err(), "memory for what cannot be decoded");
        return;
    };
    if needed > MEMORY {
        return;
    }
    let mut stream = decoder(&coder, inputs).expect("what needs memory can be decoded");
    let (mut count, mut buffer) = (0, vec![0; 100_000]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break assert_eq!(count, unpack_size, "no error, and not all bytes"),
            Ok(read) => count += read as u64,
            Err(error) => {
                let kind = error.kind();
                assert!(matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof), "{error}");
                assert!(stream.read(&mut buffer).is_err(), "it goes on after an error");
                break;
            }
        }
    }
    assert!(count <= unpack_size);
});
