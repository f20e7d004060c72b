//! AES-256-CBC decryption of a stream.

use std::fmt;
use std::io::{self, Read};

use aes::Aes256Dec;
use cbc::cipher::array::Array;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit, KeyInit};

use super::{BLOCK_SIZE, Key};
use crate::codec::blocks::{BlockReader, Tail};

/// Decrypts what it reads: AES-256 in CBC mode, whole blocks. What filled the last block up comes out with the rest; the
/// caller knows where the data ends.
///
/// A stream that ends within a block is `UnexpectedEof`, after all whole blocks. A wrong key is no error here.
pub struct Decryptor<R>(BlockReader<R, cbc::Decryptor<Aes256Dec>>);

impl<R: Read> Decryptor<R> {
    /// Begins a stream.
    pub fn new(key: &Key, iv: &[u8; 16], inner: R) -> Self {
        let cbc = cbc::Decryptor::inner_iv_init(Aes256Dec::new(&key.0.into()), &(*iv).into());
        let decrypt = |cbc: &mut cbc::Decryptor<Aes256Dec>, data: &mut [u8]| {
            let (blocks, _) = Array::slice_as_chunks_mut(data);
            cbc.decrypt_blocks(blocks);
        };
        Self(BlockReader::new(inner, BLOCK_SIZE, Tail::Refused, cbc, decrypt))
    }
}

impl<R: Read> Read for Decryptor<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<R> fmt::Debug for Decryptor<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Decryptor(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Encryptor;
    use super::super::test_vector::{CIPHER, IV, KEY, PLAIN, array, bytes};
    use super::*;

    fn nist(cipher: &[u8]) -> Decryptor<&[u8]> {
        Decryptor::new(&Key::raw(array(KEY)), &array(IV), cipher)
    }

    #[test]
    fn the_cipher_is_aes_256_in_cbc_mode() {
        let mut plain = Vec::new();
        nist(&bytes(CIPHER)).read_to_end(&mut plain).unwrap();
        assert_eq!(plain, bytes(PLAIN));
    }

    #[test]
    fn what_is_encrypted_comes_back() {
        let key = Key::raw([7; 32]);
        for size in [0, 16, 4096, (64 << 10) - 16, 64 << 10, (64 << 10) + 16, 1_000_000] {
            let data: Vec<u8> = (0..size as u32).map(|i| (i.wrapping_mul(i) >> 5) as u8).collect();
            let (mut encryptor, mut cipher) = (Encryptor::new(&key, &[9; 16]), Vec::new());
            encryptor.update(&data, &mut cipher);
            for portion in [1, 7, 4096, 1 << 20] {
                let mut decryptor = Decryptor::new(&key, &[9; 16], &cipher[..]);
                let (mut back, mut buffer) = (Vec::new(), vec![0; portion]);
                loop {
                    match decryptor.read(&mut buffer).unwrap() {
                        0 => break,
                        count => back.extend_from_slice(&buffer[..count]),
                    }
                }
                assert!(back == data, "{size} bytes in portions of {portion}");
            }
        }
    }

    #[test]
    fn an_incomplete_last_block_is_the_end_of_the_file() {
        let cipher = bytes(CIPHER);
        for len in 0..cipher.len() {
            let mut plain = Vec::new();
            let result = nist(&cipher[..len]).read_to_end(&mut plain);
            assert_eq!(plain, bytes(PLAIN)[..len / 16 * 16], "{len} bytes");
            let kind = result.err().map(|error| error.kind());
            assert_eq!(kind, (len % 16 != 0).then_some(io::ErrorKind::UnexpectedEof), "{len} bytes");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", nist(&[])), "Decryptor(..)");
    }
}
