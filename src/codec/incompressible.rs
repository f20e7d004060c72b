//! Tells data that no LZ codec can shrink (media, archives, ciphertext) at a fraction of the cost of trying.
//!
//! First a sample: where its byte values are not spread evenly the answer is no, which is the usual case and costs
//! microseconds. Only then all bytes are looked at: evenly spread everywhere, and nothing occurs twice.

/// Bytes per sampled stretch, and how many stretches.
const SAMPLE: usize = 1 << 10;
const SAMPLES: usize = 32;
/// Stretch whose bytes are counted together when all of it is looked at.
const STRETCH: usize = 64 << 10;
/// Least order-0 entropy, in bits per byte, of a sample (it underestimates a little) and of a full stretch.
const SAMPLE_ENTROPY: f64 = 7.9;
const STRETCH_ENTROPY: f64 = 7.99;
/// Fingerprints: of all positions, one in 2^6 is kept, chosen by content, so that a repetition at any distance and
/// alignment meets itself.
const FINGERPRINT_SHIFT: u32 = 6;
/// Shortest input that is worth the look.
const SMALLEST: usize = 4 << 10;

/// Whether `window[start..]` cannot be shrunk, given what precedes it in `window`. `false` is the safe answer.
pub fn is_incompressible(window: &[u8], start: usize) -> bool {
    let data = &window[start..];
    data.len() >= SMALLEST && sample_is_even(data) && all_is_even(data) && nothing_repeats(window, start)
}

fn sample_is_even(data: &[u8]) -> bool {
    let mut counts = [0u32; 256];
    let mut total = 0;
    let step = (data.len() / SAMPLES).max(SAMPLE);
    for stretch in data.chunks(step) {
        let stretch = &stretch[..stretch.len().min(SAMPLE)];
        stretch.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
        total += stretch.len();
    }
    // The entropy of a random sample of n bytes falls short of 8 by about 255 / (2 n ln 2).
    entropy(&counts, total) + 255.0 / (2.0 * total as f64 * std::f64::consts::LN_2) >= SAMPLE_ENTROPY
}

fn all_is_even(data: &[u8]) -> bool {
    data.chunks(STRETCH).all(|stretch| {
        // Four tables, so that equal neighbours do not wait for each other.
        let mut counts = [[0u32; 256]; 4];
        for (i, &byte) in stretch.iter().enumerate() {
            counts[i & 3][usize::from(byte)] += 1;
        }
        let mut sum = [0u32; 256];
        for (value, sum) in sum.iter_mut().enumerate() {
            *sum = counts.iter().map(|table| table[value]).sum();
        }
        let bias = 255.0 / (2.0 * stretch.len() as f64 * std::f64::consts::LN_2);
        entropy(&sum, stretch.len()) + bias >= STRETCH_ENTROPY.min(8.0 - bias)
    })
}

/// Order-0 entropy in bits per byte.
fn entropy(counts: &[u32; 256], total: usize) -> f64 {
    let total = total as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum()
}

fn nothing_repeats(window: &[u8], start: usize) -> bool {
    let kept = (window.len() >> FINGERPRINT_SHIFT).next_power_of_two().max(1 << 10);
    let mut table = vec![0u32; kept];
    let mut repeats = 0usize;
    let allowed = (window.len() - start) >> 14;
    for position in 0..window.len().saturating_sub(7) {
        let Some(bytes) = window[position..].first_chunk::<8>() else { break };
        let hash = u64::from_le_bytes(*bytes).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        if hash >> (64 - FINGERPRINT_SHIFT) != 0 {
            continue;
        }
        let slot = &mut table[(hash >> 20) as usize & (kept - 1)];
        // Positions are kept plus one, modulo 2^32: a wrong one only fails the comparison.
        let earlier = (*slot).wrapping_sub(1) as usize;
        if *slot != 0 && position >= start && window.get(earlier..earlier + 8) == Some(bytes) {
            repeats += 1;
            if repeats > allowed {
                return false;
            }
        }
        *slot = position as u32 + 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize, mut seed: u64) -> Vec<u8> {
        (0..len)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                (seed >> 32) as u8
            })
            .collect()
    }

    #[test]
    fn noise_of_any_length_is_incompressible() {
        for len in [SMALLEST, 5000, 10_000, 65_536, 65_537, 100_000, 1 << 20, 5_000_000] {
            assert!(is_incompressible(&noise(len, 0x1234_5678_9ABC_DEF1 + len as u64), 0), "{len} bytes");
        }
    }

    #[test]
    fn text_and_short_inputs_are_not() {
        let text = include_bytes!("incompressible.rs");
        assert!(!is_incompressible(text, 0));
        assert!(!is_incompressible(&noise(SMALLEST - 1, 7), 0));
        assert!(!is_incompressible(&[0; 100_000], 0));
    }

    #[test]
    fn repeated_noise_is_not_at_any_distance_and_alignment() {
        for distance in [5_000, 100_003, 1_000_001] {
            let once = noise(distance, 99);
            let twice = [once.as_slice(), once.as_slice()].concat();
            assert!(!is_incompressible(&twice, 0), "distance {distance}");
            assert!(!is_incompressible(&twice, distance), "distance {distance}, from history");
        }
    }

    #[test]
    fn a_compressible_stretch_inside_noise_is_found() {
        let mut data = noise(4 << 20, 3);
        data[2_000_000..2_100_000].fill(b'x');
        assert!(!is_incompressible(&data, 0));
    }

    #[test]
    fn evenly_spread_but_predictable_bytes_are_not() {
        let counter: Vec<u8> = (0..1 << 20).map(|i: u32| i as u8).collect();
        assert!(!is_incompressible(&counter, 0));
    }
}
