//! What the fuzz targets share with the program that makes their seeds: how an input is read.

use parallelcompress::Encryption;
use parallelcompress::sevenz::signature_header;

/// The key of all archives, so that no time goes into deriving one.
pub fn secret() -> Encryption {
    Encryption::Raw { key: [5; 32], iv: [6; 16] }
}

/// An archive with its outer checksums put right: where the header begins is taken from the input, and it goes on to the
/// end. `None`: too short.
pub fn repaired(data: &[u8]) -> Option<Vec<u8>> {
    let (start, body) = data.split_first_chunk::<32>()?;
    let wanted = u64::from_le_bytes(*start[12..].first_chunk()?);
    let offset = usize::try_from(wanted).unwrap_or(usize::MAX).min(body.len());
    let header = &body[offset..];
    let start = signature_header(offset as u64, header.len() as u64, crc32fast::hash(header));
    Some([&start[..], body].concat())
}

/// The methods of the target `decoders`: the first byte of an input chooses one.
pub const METHODS: &[u64] = &[
    0,
    0x3_0101,
    0x21,
    0x3_0401,
    0x4_0202,
    0x4_0108,
    0x4_0109,
    0x04F7_1101,
    0x04F7_1102,
    0x04F7_1104,
    0x0303_0103,
    0x0303_011B,
    0x0303_0205,
    0x0303_0401,
    0x0303_0501,
    0x0303_0701,
    0x0303_0805,
    0xA,
    0xB,
    0x3,
    0x2_0302,
    0x2_0304,
];

/// An input of the target `decoders`, taken apart.
pub struct Coded<'a> {
    pub method: u64,
    pub properties: &'a [u8],
    pub unpack_size: u64,
    pub streams: Vec<&'a [u8]>,
}

impl<'a> Coded<'a> {
    /// - a byte: the method; a byte: how many bytes of properties there are; those; four bytes: the unpacked size;
    /// - for each stream but the last, four bytes: its size; the streams.
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let (&[method, count], rest) = data.split_first_chunk()?;
        let method = METHODS[usize::from(method) % METHODS.len()];
        let (properties, rest) = rest.split_at_checked(usize::from(count % 16))?;
        let (size, mut rest) = rest.split_first_chunk()?;
        let unpack_size = u32::from_le_bytes(*size).into();
        let mut streams = Vec::new();
        for _ in 1..parallelcompress::codec::decode::inputs(method) {
            let (size, behind) = rest.split_first_chunk()?;
            let (stream, behind) = behind.split_at((u32::from_le_bytes(*size) as usize).min(behind.len()));
            streams.push(stream);
            rest = behind;
        }
        streams.push(rest);
        Some(Self { method, properties, unpack_size, streams })
    }

    /// The input that is taken apart into this; `None` where there is no such method.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let method = METHODS.iter().position(|&method| method == self.method)?;
        let mut bytes = vec![method as u8, self.properties.len() as u8];
        bytes.extend(self.properties);
        bytes.extend((self.unpack_size as u32).to_le_bytes());
        let (last, others) = self.streams.split_last()?;
        for stream in others {
            bytes.extend((stream.len() as u32).to_le_bytes());
            bytes.extend(*stream);
        }
        bytes.extend(*last);
        Some(bytes)
    }
}
