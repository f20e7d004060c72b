//! The ladders of a match table: hashes of more and more bytes, and the small tables that are asked and filled by them.

/// Rungs of the full ladder.
pub(super) const RUNGS: usize = 7;
/// Equal bytes of each of them.
const LADDER: [usize; RUNGS] = [FIRST, 8, 10, 13, 18, 26, 40];
/// Bytes that the shallowest rung compares, and that the part depends on.
pub(super) const FIRST: usize = 6;
/// Bytes that its deepest rung compares.
const DEEPEST: usize = LADDER[RUNGS - 1];
/// Rungs of the coarse ladder.
pub(super) const RUNGS_COARSE: usize = 4;
/// Equal bytes of each of them.
const LADDER_COARSE: [usize; RUNGS_COARSE] = [FIRST, 9, 14, DEEPEST_COARSE];
/// Bytes that its deepest rung compares.
const DEEPEST_COARSE: usize = 24;
/// Rungs of an anchor's second ladder.
const RUNGS_BEFORE: usize = 4;
/// Bytes from the byte before the anchor on, of which the deepest of them compares so many: 8, 12, 18, 28.
const DEEPEST_BEFORE: usize = 28;
/// Rungs of both ladders of an anchor.
pub(super) const RUNGS_OF_ANCHORS: usize = RUNGS + RUNGS_BEFORE;

/// The multiplier of the hashes: odd, and irregular.
const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// Bytes from a position on that the ladders with `R` rungs compare.
pub(super) const fn ladder_bytes<const R: usize>() -> usize {
    if R == RUNGS_COARSE { DEEPEST_COARSE } else { DEEPEST }
}

/// Hashes of the bytes around a position, one for each rung of the ladders that have `R` together; 0 where the window is too
/// short.
#[inline(always)]
pub(super) fn ladder_hashes<const R: usize>(window: &[u8], position: usize) -> [u64; R] {
    let mut hashes = [0; R];
    if R == RUNGS_COARSE {
        hashes.copy_from_slice(&up(window, position, LADDER_COARSE, hash_bytes_coarsely));
        return hashes;
    }
    hashes[..RUNGS].copy_from_slice(&up(window, position, LADDER, hash_bytes));
    if R == RUNGS_OF_ANCHORS
        && let Some(start) = position.checked_sub(1)
        && let Some(bytes) = window.get(start..start + DEEPEST_BEFORE)
    {
        hashes[RUNGS..].copy_from_slice(&hash_bytes_before(bytes.try_into().expect("as many as its deepest rung has")));
    }
    hashes
}

/// The hashes of one ladder, whose deepest rung has `D` bytes.
#[inline(always)]
fn up<const R: usize, const D: usize>(
    window: &[u8],
    position: usize,
    ladder: [usize; R],
    hash_bytes: impl Fn(&[u8; D]) -> [u64; R],
) -> [u64; R] {
    if let Some(bytes) = window.get(position..position + D) {
        return hash_bytes(bytes.try_into().expect("as many bytes as the deepest rung has"));
    }
    let rest = &window[position..];
    let mut bytes = [0; D];
    bytes[..rest.len()].copy_from_slice(rest);
    let mut hashes = hash_bytes(&bytes);
    hashes.iter_mut().zip(ladder).filter(|(_, length)| *length > rest.len()).for_each(|(hash, _)| *hash = 0);
    hashes
}

/// The eight bytes from `at` on.
#[inline(always)]
fn word<const D: usize>(bytes: &[u8; D], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// The hash of more bytes. Words overlap where a rung does not end where one does.
#[inline(always)]
fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(29) ^ word).wrapping_mul(FACTOR)
}

#[inline(always)]
fn hash_bytes(bytes: &[u8; DEEPEST]) -> [u64; RUNGS] {
    let word = |at| word(bytes, at);
    let six = (word(0) << (64 - 8 * FIRST)).wrapping_mul(FACTOR);
    let eight = word(0).wrapping_mul(FACTOR);
    let ten = mix(eight, word(2));
    let thirteen = mix(eight, word(5));
    let sixteen = mix(eight, word(8));
    let eighteen = mix(sixteen, word(10));
    let twenty_six = mix(eighteen, word(18));
    let forty = mix(mix(twenty_six, word(26)), word(32));
    [six, eight, ten, thirteen, eighteen, twenty_six, forty]
}

#[inline(always)]
fn hash_bytes_coarsely(bytes: &[u8; DEEPEST_COARSE]) -> [u64; RUNGS_COARSE] {
    let word = |at| word(bytes, at);
    let six = (word(0) << (64 - 8 * FIRST)).wrapping_mul(FACTOR);
    let eight = word(0).wrapping_mul(FACTOR);
    let nine = mix(eight, word(1));
    let fourteen = mix(eight, word(6));
    let twenty_four = mix(mix(eight, word(8)), word(16));
    [six, nine, fourteen, twenty_four]
}

#[inline(always)]
fn hash_bytes_before(bytes: &[u8; DEEPEST_BEFORE]) -> [u64; RUNGS_BEFORE] {
    let word = |at| word(bytes, at);
    let eight = word(0).wrapping_mul(FACTOR);
    let twelve = mix(eight, word(4));
    let eighteen = mix(mix(eight, word(8)), word(10));
    let twenty_eight = mix(mix(eighteen, word(18)), word(20));
    [eight, twelve, eighteen, twenty_eight]
}

/// Of a hash what a table needs: bits for a place, and below them a tag.
#[inline(always)]
pub(super) fn key(hash: u64) -> u32 {
    // A product's upper bits depend on all of the factor's, its lower ones do not.
    (hash >> 32) as u32
}

/// Enters the indices from `first` on in the places of `keys`.
#[inline(always)]
pub(super) fn enter(slots: &mut [u32], keys: &[u32], first: usize) {
    for (offset, &key) in keys.iter().enumerate() {
        enter_one(slots, key, (first + offset) as u16);
    }
}

/// The same; `found` gets how far back the index lies that had the same key; 0 is none.
#[inline(always)]
pub(super) fn find_and_enter(slots: &mut [u32], keys: &[u32], first: usize, found: &mut [u16]) {
    for (offset, (&key, found)) in keys.iter().zip(found).enumerate() {
        *found = enter_one(slots, key, (first + offset) as u16);
    }
}

/// Enters one index; returns how far back the one lies that had the same key; 0 is none. An empty slot may seem to hold
/// index 0: the encoder compares.
#[inline(always)]
fn enter_one(slots: &mut [u32], key: u32, index: u16) -> u16 {
    debug_assert!(slots.len().is_power_of_two());
    let place = (key >> 16) as usize & (slots.len() - 1);
    // SAFETY: below the length, which is not 0.
    let slot = unsafe { slots.get_unchecked_mut(place) };
    let tag = key << 16;
    let known = std::mem::replace(slot, tag | u32::from(index));
    // What is found cannot be predicted, so nothing branches. The compiler would make a branch of a comparison.
    let difference = (known ^ tag) >> 16;
    let is_same = (difference as i32 - 1) >> 31;
    index.wrapping_sub(known as u16) & is_same as u16
}
