//! AES-256-CBC encryption of a stream.

use std::fmt;

use aes::Aes256Enc;
use cbc::cipher::array::Array;
use cbc::cipher::{BlockModeEncrypt, InnerIvInit, IvState, KeyInit};

use super::{BLOCK_SIZE, Key};

/// AES-256 in CBC mode over a stream that comes in parts of any size. The last block is filled up with zero bytes.
///
/// A clone goes on from where the original was, and is cheap (the expanded key and the last block), so that a writer
/// can go back to an earlier point of its stream.
pub struct Encryptor {
    /// Encrypts whole blocks; knows the last one.
    cbc: cbc::Encryptor<Aes256Enc>,
    /// The expanded key once more, since the mode neither clones nor gives back its own.
    cipher: Aes256Enc,
    /// What did not fill a block yet.
    partial: [u8; BLOCK_SIZE],
    /// Bytes of `partial` that are in use, fewer than a block.
    partial_size: usize,
}

impl Encryptor {
    /// Begins a stream. An IV must not be used for two streams under one key.
    pub fn new(key: &Key, iv: &[u8; 16]) -> Self {
        let cipher = Aes256Enc::new(&key.0.into());
        let cbc = cbc::Encryptor::inner_iv_init(cipher.clone(), &(*iv).into());
        Self { cbc, cipher, partial: [0; BLOCK_SIZE], partial_size: 0 }
    }

    /// Encrypts `data` and appends all blocks that are full now to `out`. Up to 15 bytes wait for more data.
    pub fn update(&mut self, data: &[u8], out: &mut Vec<u8>) {
        let waiting = self.partial_size + data.len();
        if waiting < BLOCK_SIZE {
            self.partial[self.partial_size..waiting].copy_from_slice(data);
            self.partial_size = waiting;
            return;
        }
        let rest_size = waiting % BLOCK_SIZE;
        let (whole, rest) = data.split_at(data.len() - rest_size);
        let start = out.len();
        out.reserve(waiting - rest_size);
        out.extend_from_slice(&self.partial[..self.partial_size]);
        out.extend_from_slice(whole);
        let (blocks, _) = Array::slice_as_chunks_mut(&mut out[start..]);
        self.cbc.encrypt_blocks(blocks);
        self.partial[..rest_size].copy_from_slice(rest);
        self.partial_size = rest_size;
    }

    /// Ends the stream: fills the last block up with zero bytes, if one was begun, and appends it to `out`.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.partial_size > 0 {
            self.update(&[0; BLOCK_SIZE][self.partial_size..], out);
        }
    }
}

impl Clone for Encryptor {
    fn clone(&self) -> Self {
        Self {
            cbc: cbc::Encryptor::inner_iv_init(self.cipher.clone(), &self.cbc.iv_state()),
            cipher: self.cipher.clone(),
            partial: self.partial,
            partial_size: self.partial_size,
        }
    }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Encryptor").field("partial_size", &self.partial_size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_vector::{CIPHER, IV, KEY, PLAIN, array, bytes};
    use super::*;

    fn nist() -> Encryptor {
        Encryptor::new(&Key::raw(array(KEY)), &array(IV))
    }

    #[test]
    fn the_cipher_is_aes_256_in_cbc_mode() {
        for part_size in [1, 3, 15, 16, 17, 31, 33, 64] {
            let (mut encryptor, mut out) = (nist(), Vec::new());
            for part in bytes(PLAIN).chunks(part_size) {
                encryptor.update(part, &mut out);
            }
            encryptor.finish(&mut out);
            assert_eq!(out, bytes(CIPHER), "in parts of {part_size}");
        }
    }

    #[test]
    fn the_last_block_is_filled_up_with_zero_bytes() {
        for size in 0..40 {
            let data = &bytes(PLAIN)[..size];
            let (mut encryptor, mut out) = (nist(), vec![7]);
            encryptor.update(data, &mut out);
            assert_eq!(out.len(), 1 + size / 16 * 16);
            encryptor.finish(&mut out);
            let (mut padded, mut expected) = (data.to_vec(), vec![7]);
            padded.resize(size.next_multiple_of(16), 0);
            nist().update(&padded, &mut expected);
            assert_eq!(out, expected, "{size} bytes");
        }
    }

    #[test]
    fn a_clone_goes_on_where_the_original_was() {
        let plain = bytes(PLAIN);
        for at in 0..=plain.len() {
            let (mut encryptor, mut out) = (nist(), Vec::new());
            encryptor.update(&plain[..at], &mut out);
            let (mut checkpoint, kept) = (encryptor.clone(), out.len());
            encryptor.update(b"something that is taken back", &mut out);
            out.truncate(kept);
            checkpoint.update(&plain[at..], &mut out);
            assert_eq!(out, bytes(CIPHER), "cloned at {at}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", nist()), "Encryptor { partial_size: 0, .. }");
    }
}
