//! 7zAES: from a password to a key, and AES-256-CBC encryption with it.
//!
//! Facts: `Methods.txt` of 7-Zip's documentation has the method's id and what it is made of (AES-256, SHA-256). It does
//! not describe the derivation nor the properties; both are as every program that reads 7zAES has them, and the tests of
//! the container let such programs read what is written here.
//!
//! 7zAES does not authenticate: a wrong key or a changed archive shows in the CRC of what comes out, nowhere before.

use std::fmt;

use super::Monitor;
use aes::Aes256Enc;
use cbc::cipher::array::Array;
use cbc::cipher::{BlockModeEncrypt, InnerIvInit, IvState, KeyInit};
use sha2::{Digest, Sha256};

/// 7-Zip's method id of 7zAES.
pub const METHOD_ID: u64 = 0x06F1_0701;

/// Rounds of the key derivation, as a power of two, that 7-Zip writes. All readers accept it.
pub const CYCLES_POWER: u32 = 19;

/// The most rounds that 7-Zip reads, as a power of two. Whoever takes the number from an archive has to refuse more:
/// each step up doubles the time, and the format has room for 2^62 rounds.
pub const MAX_CYCLES_POWER: u32 = 24;

/// The number that stands for "no rounds": the key is the salt and the password themselves, see [`Key::derive`].
pub const RAW_KEY_CYCLES_POWER: u32 = 0x3F;

/// The most bytes of salt that the properties can hold.
pub const MAX_SALT_SIZE: usize = 16;

/// Bytes of an AES block: packed streams are a multiple of it.
const BLOCK_SIZE: usize = 16;

/// An AES-256 key. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// Derives the key from a password.
    ///
    /// - `password`: of any length; it is taken as UTF-16LE without an end mark.
    /// - `salt`: the bytes that [`properties`] stores; 7-Zip writes none.
    /// - `cycles_power`: the rounds as a power of two. [`CYCLES_POWER`] takes about a tenth of a second. With
    ///   [`RAW_KEY_CYCLES_POWER`] the key is the first 32 bytes of salt and password, filled up with zero bytes.
    ///
    /// `None` once `monitor` stops.
    ///
    /// # Panics
    ///
    /// When `cycles_power` is above [`MAX_CYCLES_POWER`] and not [`RAW_KEY_CYCLES_POWER`].
    pub fn derive(password: &str, salt: &[u8], cycles_power: u32, monitor: &Monitor) -> Option<Self> {
        let mut secret = salt.to_vec();
        secret.extend(password.encode_utf16().flat_map(u16::to_le_bytes));
        if cycles_power == RAW_KEY_CYCLES_POWER {
            secret.resize(32, 0);
            let mut key = [0; 32];
            key.copy_from_slice(&secret);
            return Some(Self(key));
        }
        assert!(cycles_power <= MAX_CYCLES_POWER, "2^{cycles_power} rounds of key derivation");
        hash_rounds(&secret, 1 << cycles_power, monitor).map(Self)
    }

    /// A key that the caller has got from elsewhere.
    pub fn raw(key: [u8; 32]) -> Self {
        Self(key)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// SHA-256 over `secret` and the round's number (8 bytes, little-endian), for all rounds one after the other. `rounds`
/// is a power of two. `None` once `monitor` stops.
fn hash_rounds(secret: &[u8], rounds: u64, monitor: &Monitor) -> Option<[u8; 32]> {
    // A round is a few dozen bytes. Many of them side by side in a buffer, of which only the numbers change, keep
    // SHA-256 on its fast path over whole blocks. The buffer stays in the processor's first cache.
    const BUFFER_SIZE: usize = 16 << 10;
    let round_size = secret.len() + 8;
    let fitting = (BUFFER_SIZE / round_size).max(1);
    let at_once = (1_u64 << fitting.ilog2()).min(rounds); // a power of two, so it divides `rounds`
    let mut buffer = Vec::with_capacity(round_size * at_once as usize);
    for _ in 0..at_once {
        buffer.extend_from_slice(secret);
        buffer.extend_from_slice(&[0; 8]);
    }
    let mut hash = Sha256::new();
    for first in (0..rounds).step_by(at_once as usize) {
        if monitor.stopped() {
            return None;
        }
        for (number, round) in (first..).zip(buffer.chunks_exact_mut(round_size)) {
            round[secret.len()..].copy_from_slice(&number.to_le_bytes());
        }
        hash.update(&buffer);
    }
    Some(hash.finalize().into())
}

/// The coder properties of 7zAES: what a reader needs beside the password.
///
/// - `cycles_power`: as given to [`Key::derive`]; 6 bits.
/// - `salt`: as given to [`Key::derive`]; at most [`MAX_SALT_SIZE`] bytes.
/// - `iv`: as given to [`Encryptor::new`]; always stored whole (readers fill a shorter one up with zero bytes).
///
/// The first byte holds `cycles_power` in its low six bits, bit 7 says that there is salt and bit 6 that there is an
/// IV; the second byte holds their sizes less one, the salt's in the high half.
///
/// # Panics
///
/// When `cycles_power` or `salt` does not fit.
pub fn properties(cycles_power: u32, salt: &[u8], iv: &[u8; 16]) -> Vec<u8> {
    assert!(cycles_power <= 0x3F, "cycles power {cycles_power}");
    assert!(salt.len() <= MAX_SALT_SIZE, "{} bytes of salt", salt.len());
    let has_salt = if salt.is_empty() { 0 } else { 0x80 };
    let mut properties =
        vec![cycles_power as u8 | has_salt | 0x40, (salt.len().saturating_sub(1) as u8) << 4 | (iv.len() - 1) as u8];
    properties.extend_from_slice(salt);
    properties.extend_from_slice(iv);
    properties
}

/// The IV of one of many streams under the same key, so that an archive needs only one random IV.
///
/// - `iv`: the archive's own random IV.
/// - `block_number`: which stream; number 0 gets `iv` itself.
///
/// The others get the first half of SHA-256 over key, IV and number (8 bytes, little-endian): without the key nobody
/// can tell them beforehand or from random ones, and two are as unlikely to be equal as two random ones. AES itself
/// under the same key would not do here: what CBC makes of a stream's first block is AES of that block and the IV, and
/// for the right block of plaintext this would be another stream's IV, which everybody can read.
pub fn derived_iv(key: &Key, iv: &[u8; 16], block_number: u64) -> [u8; 16] {
    if block_number == 0 {
        return *iv;
    }
    let hash: [u8; 32] =
        Sha256::new().chain_update(key.0).chain_update(iv).chain_update(block_number.to_le_bytes()).finalize().into();
    let mut derived = [0; 16];
    derived.copy_from_slice(&hash[..16]);
    derived
}

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
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    fn array<const N: usize>(hex: &str) -> [u8; N] {
        bytes(hex).try_into().unwrap()
    }

    /// NIST SP 800-38A, F.2.5 (CBC-AES256.Encrypt).
    const KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    const IV: &str = "000102030405060708090a0b0c0d0e0f";
    const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                         30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    const CIPHER: &str = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
                          39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b";

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

    /// The derivation as it reads when nothing is done for speed.
    fn derive(password: &str, salt: &[u8], cycles_power: u32) -> Key {
        Key::derive(password, salt, cycles_power, &Monitor::default()).expect("nothing stops it")
    }

    fn derive_simply(password: &str, salt: &[u8], cycles_power: u32) -> [u8; 32] {
        let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut hash = Sha256::new();
        for round in 0..1_u64 << cycles_power {
            hash.update(salt);
            hash.update(&password);
            hash.update(round.to_le_bytes());
        }
        hash.finalize().into()
    }

    #[test]
    fn the_derivation_hashes_salt_password_and_round() {
        for password in ["", "a", "secret", "\u{1F600}\u{E9}", &"longer than the buffer".repeat(500)] {
            for salt in [&b""[..], b"salt", &[0xFF; 16]] {
                for cycles_power in [0, 1, 5] {
                    let key = derive(password, salt, cycles_power);
                    assert_eq!(key.0, derive_simply(password, salt, cycles_power), "{password:.9} {cycles_power}");
                }
            }
        }
        assert_eq!(derive("secret", b"", 15).0, derive_simply("secret", b"", 15), "many buffers");
    }

    #[test]
    fn without_rounds_the_key_is_salt_and_password() {
        let key = derive("ab", b"salt", RAW_KEY_CYCLES_POWER);
        assert_eq!(key.0, *b"salta\0b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let long = derive(&"x".repeat(40), b"", RAW_KEY_CYCLES_POWER);
        assert_eq!(long.0, array::<32>(&"7800".repeat(16)));
    }

    #[test]
    #[should_panic(expected = "2^25 rounds")]
    fn more_rounds_than_7zip_reads_are_refused() {
        derive("", b"", MAX_CYCLES_POWER + 1);
    }

    #[test]
    fn properties_say_the_sizes_of_salt_and_iv() {
        let iv = array(IV);
        assert_eq!(properties(19, b"", &iv), bytes(&format!("530f{IV}")));
        assert_eq!(properties(19, b"s", &iv), bytes(&format!("d30f73{IV}")));
        assert_eq!(properties(0x3F, &[1; 16], &iv), bytes(&format!("ffff{}{IV}", "01".repeat(16))));
    }

    #[test]
    fn derived_ivs_differ() {
        let (key, iv) = (Key::raw(array(KEY)), array(IV));
        assert_eq!(derived_iv(&key, &iv, 0), iv);
        let mut seen = std::collections::HashSet::new();
        for block_number in (0..1000).chain([u64::MAX]) {
            assert!(seen.insert(derived_iv(&key, &iv, block_number)), "{block_number}");
        }
        assert!(seen.insert(derived_iv(&Key::raw([0; 32]), &iv, 1)), "another key");
        assert!(seen.insert(derived_iv(&key, &[0; 16], 1)), "another archive");
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Key::raw([0x77; 32])), "Key(..)");
        assert_eq!(format!("{:?}", nist()), "Encryptor { partial_size: 0, .. }");
    }
}
