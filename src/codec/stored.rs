//! LZMA2 stored chunks: data that does not shrink, at memory speed.

/// Largest unpacked size of a stored chunk.
const CHUNK: usize = 64 << 10;

/// Appends `data` to `out` as stored LZMA2 chunks. With `dictionary_reset` the first one resets the dictionary, as the
/// first chunk of a stream must. The next LZMA chunk after them has to reset the state.
pub fn store(data: &[u8], dictionary_reset: bool, out: &mut Vec<u8>) {
    out.reserve(data.len() + 3 * data.len().div_ceil(CHUNK));
    for (i, chunk) in data.chunks(CHUNK).enumerate() {
        let control = if i == 0 && dictionary_reset { 1 } else { 2 };
        let size = (chunk.len() - 1) as u16;
        out.push(control);
        out.extend_from_slice(&size.to_be_bytes());
        out.extend_from_slice(chunk);
    }
}
