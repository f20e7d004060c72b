//! The coder properties of 7zAES: what a reader needs beside the password.

use super::MAX_SALT_SIZE;

/// The coder properties of 7zAES: what a reader needs beside the password.
///
/// - `cycles_power`: as given to [`Key::derive`](super::Key::derive); 6 bits.
/// - `salt`: as given to [`Key::derive`](super::Key::derive); at most [`MAX_SALT_SIZE`] bytes.
/// - `iv`: as given to [`Encryptor::new`](super::Encryptor::new); always stored whole (readers fill a shorter one up with zero bytes).
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

/// What the coder properties of 7zAES say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Properties {
    /// The rounds of the key derivation as a power of two, up to 63: whoever derives the key has to refuse what is above
    /// [`MAX_CYCLES_POWER`](super::MAX_CYCLES_POWER) and not [`RAW_KEY_CYCLES_POWER`](super::RAW_KEY_CYCLES_POWER).
    pub cycles_power: u32,
    /// At most [`MAX_SALT_SIZE`] bytes.
    pub salt: Vec<u8>,
    /// A shorter one is filled up with zero bytes.
    pub iv: [u8; 16],
}

/// Takes coder properties of 7zAES apart; `None` where they are none: their length is not what they say. No properties
/// at all are no rounds, no salt and an IV of zero bytes, as for 7-Zip.
pub fn parse_properties(bytes: &[u8]) -> Option<Properties> {
    let mut properties = Properties { cycles_power: 0, salt: Vec::new(), iv: [0; 16] };
    let Some((&first, rest)) = bytes.split_first() else { return Some(properties) };
    properties.cycles_power = u32::from(first & 0x3F);
    if first & 0xC0 == 0 {
        return rest.is_empty().then_some(properties);
    }
    let (&sizes, rest) = rest.split_first()?;
    let salt_size = usize::from(first >> 7) + usize::from(sizes >> 4);
    let iv_size = usize::from(first >> 6 & 1) + usize::from(sizes & 0xF);
    if rest.len() != salt_size + iv_size {
        return None;
    }
    let (salt, iv) = rest.split_at(salt_size);
    properties.salt = salt.to_vec();
    properties.iv[..iv_size].copy_from_slice(iv);
    Some(properties)
}

#[cfg(test)]
mod tests {
    use super::super::test_vector::{IV, array, bytes};
    use super::*;

    #[test]
    fn properties_say_the_sizes_of_salt_and_iv() {
        let iv = array(IV);
        assert_eq!(properties(19, b"", &iv), bytes(&format!("530f{IV}")));
        assert_eq!(properties(19, b"s", &iv), bytes(&format!("d30f73{IV}")));
        assert_eq!(properties(0x3F, &[1; 16], &iv), bytes(&format!("ffff{}{IV}", "01".repeat(16))));
    }

    #[test]
    fn what_is_written_is_parsed() {
        let iv = array(IV);
        for cycles_power in [0, 19, 24, 0x3F] {
            for salt_size in 0..=MAX_SALT_SIZE {
                let salt: Vec<u8> = (1..=salt_size as u8).collect();
                let parsed = parse_properties(&properties(cycles_power, &salt, &iv));
                assert_eq!(parsed, Some(Properties { cycles_power, salt, iv }));
            }
        }
    }

    #[test]
    fn salt_and_iv_may_be_absent_or_short() {
        let parsed = |hex: &str| parse_properties(&bytes(hex)).map(|p| (p.cycles_power, p.salt, p.iv));
        let none = [0; 16];
        assert_eq!(parsed(""), Some((0, vec![], none)));
        assert_eq!(parsed("13"), Some((0x13, vec![], none)));
        assert_eq!(
            parsed("5301aabb"),
            Some((0x13, vec![], array(&format!("aabb{}", "00".repeat(14))))),
            "two bytes of IV"
        );
        assert_eq!(parsed("9310aabb"), Some((0x13, vec![0xAA, 0xBB], none)), "two bytes of salt");
        // 7-Zip writes an IV of eight bytes.
        assert_eq!(
            parsed("53070102030405060708"),
            Some((0x13, vec![], array(&format!("0102030405060708{}", "00".repeat(8)))))
        );
    }

    #[test]
    fn properties_of_another_length_are_none() {
        let whole = properties(19, b"salt", &array(IV));
        for len in 1..whole.len() {
            assert_eq!(parse_properties(&whole[..len]), None, "{len} bytes");
        }
        assert_eq!(parse_properties(&[&whole[..], &[0]].concat()), None);
        assert_eq!(parse_properties(&[0x13, 0]), None, "neither salt nor IV, but a byte");
        assert_eq!(parse_properties(&[0x53]), None, "an IV without its size");
    }
}
