//! The key: derived from a password, or given.

use std::fmt;

use sha2::{Digest, Sha256};

use super::{MAX_CYCLES_POWER, RAW_KEY_CYCLES_POWER};
use crate::codec::Monitor;

/// An AES-256 key. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(super) [u8; 32]);

impl Key {
    /// Derives the key from a password.
    ///
    /// - `password`: of any length; it is taken as UTF-16LE without an end mark.
    /// - `salt`: the bytes that [`properties`](super::properties()) stores; 7-Zip writes none.
    /// - `cycles_power`: the rounds as a power of two. [`CYCLES_POWER`](super::CYCLES_POWER) takes about a tenth of a second. With
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

#[cfg(test)]
mod tests {
    use super::super::test_vector::{IV, KEY, array};
    use super::*;

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
    }
}
