//! How a header stores numbers and bit vectors (`7zFormat.txt`, "Notes about Notation and encoding").

/// Appends the format's UINT64: as many leading one bits in the first byte as bytes follow, the value's high bits
/// behind them, its low bytes after that in little-endian order. The shortest form, as all writers use it.
pub fn write_number(out: &mut Vec<u8>, value: u64) {
    let extra = (0..8).find(|extra| value >> (7 * (extra + 1)) == 0).unwrap_or(8);
    let marker = !(0xFF_u16 >> extra) as u8;
    let high = value.checked_shr(8 * extra).unwrap_or(0) as u8;
    out.push(marker | high);
    out.extend_from_slice(&value.to_le_bytes()[..extra as usize]);
}

/// Appends a bit vector: the first bit is the highest of the first byte; what is left of the last byte is 0.
pub fn write_bits(out: &mut Vec<u8>, bits: impl IntoIterator<Item = bool>) {
    let mut mask = 0;
    for bit in bits {
        if mask == 0 {
            out.push(0);
            mask = 0x80;
        }
        if bit && let Some(last) = out.last_mut() {
            *last |= mask;
        }
        mask >>= 1;
    }
}

/// Bytes of a bit vector of `count` bits.
pub fn bits_size(count: usize) -> usize {
    count.div_ceil(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a UINT64 as `7zFormat.txt` tells it, table row by table row.
    fn read_number(bytes: &[u8]) -> (u64, usize) {
        let extra = bytes[0].leading_ones() as usize;
        let mut low = [0; 8];
        low[..extra].copy_from_slice(&bytes[1..=extra]);
        let high = if extra < 7 { u64::from(bytes[0]) & (0x7F >> extra) } else { 0 };
        (u64::from_le_bytes(low) + if extra < 7 { high << (8 * extra) } else { 0 }, 1 + extra)
    }

    #[test]
    fn numbers_have_the_documented_form() {
        for (value, expected) in [
            (0, vec![0]),
            (0x7F, vec![0x7F]),
            (0x80, vec![0x80, 0x80]),
            (0x3FFF, vec![0xBF, 0xFF]),
            (0x4000, vec![0xC0, 0x00, 0x40]),
            (0x1234_5678, vec![0xF0, 0x78, 0x56, 0x34, 0x12]),
            ((1 << 56) - 1, vec![0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            (1 << 56, vec![0xFF, 0, 0, 0, 0, 0, 0, 0, 1]),
            (u64::MAX, vec![0xFF; 9]),
        ] {
            let mut bytes = Vec::new();
            write_number(&mut bytes, value);
            assert_eq!(bytes, expected, "{value:#x}");
        }
    }

    #[test]
    fn numbers_around_every_power_of_two_read_back_and_are_shortest() {
        for shift in 0..64 {
            for value in [(1_u64 << shift) - 1, 1 << shift, (1 << shift) + 1] {
                let mut bytes = Vec::new();
                write_number(&mut bytes, value);
                assert_eq!(read_number(&bytes), (value, bytes.len()), "{value:#x}");
                let needed = (64 - value.leading_zeros() as usize).max(1);
                assert_eq!(bytes.len(), if needed > 56 { 9 } else { needed.div_ceil(7) }, "{value:#x}");
            }
        }
    }

    #[test]
    fn bit_vectors_fill_bytes_from_the_top() {
        for count in [0, 1, 7, 8, 9, 15, 16, 17, 64] {
            for first_set in 0..=count {
                let mut bytes = Vec::new();
                write_bits(&mut bytes, (0..count).map(|i| i >= first_set));
                assert_eq!(bytes.len(), bits_size(count));
                for i in 0..bytes.len() * 8 {
                    let set = bytes[i / 8] & (0x80 >> (i % 8)) != 0;
                    assert_eq!(set, i >= first_set && i < count, "bit {i} of {count} from {first_set}");
                }
            }
        }
    }
}
