//! 7zAES: from a password to a key, and AES-256-CBC with it, both ways.
//!
//! Facts: `Methods.txt` of 7-Zip's documentation has the method's id and what it is made of (AES-256, SHA-256). It does
//! not describe the derivation nor the properties; both are as every program that reads 7zAES has them, and the tests of
//! the container let such programs read what is written here.
//!
//! 7zAES does not authenticate: a wrong key or a changed archive shows in the CRC of what comes out, nowhere before.

mod decryptor;
mod encryptor;
mod key;
mod properties;

pub use decryptor::Decryptor;
pub use encryptor::Encryptor;
pub use key::{Key, derived_iv};
pub use properties::{Properties, parse_properties, properties};

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

#[cfg(test)]
mod test_vector {
    //! NIST SP 800-38A, F.2.5 (CBC-AES256.Encrypt).

    pub const KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    pub const IV: &str = "000102030405060708090a0b0c0d0e0f";
    pub const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                             30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    pub const CIPHER: &str = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
                              39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b";

    pub fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    pub fn array<const N: usize>(hex: &str) -> [u8; N] {
        bytes(hex).try_into().unwrap()
    }
}
