//! Reading a window a machine word at a time.

/// The eight bytes at `position`, little endian.
#[inline(always)]
pub(super) fn load64(window: &[u8], position: usize) -> u64 {
    u64::from_le_bytes(window[position..position + 8].try_into().expect("eight bytes"))
}

/// How many bytes from `a` on equal those from `b` on, `known` being known to; at most `limit`.
/// `b` + `limit` is within the window, and `a` < `b`.
#[inline(always)]
pub(super) fn common_length(window: &[u8], a: usize, b: usize, known: usize, limit: usize) -> usize {
    let mut length = known;
    let (left, right) = (&window[a..a + limit], &window[b..b + limit]);
    while length + 8 <= limit {
        let difference = load64(left, length) ^ load64(right, length);
        if difference != 0 {
            return length + (difference.trailing_zeros() >> 3) as usize;
        }
        length += 8;
    }
    while length < limit && left[length] == right[length] {
        length += 1;
    }
    length
}

/// The eight bytes at `position`, little endian.
///
/// # Safety
/// `position` + 8 is within the window.
#[inline(always)]
pub(super) unsafe fn load64_within(window: &[u8], position: usize) -> u64 {
    debug_assert!(position + 8 <= window.len());
    // SAFETY: the caller's promise; any bytes are a u64.
    u64::from_le(unsafe { window.as_ptr().add(position).cast::<u64>().read_unaligned() })
}

/// The two bytes at `position`, as they lie in memory: to be compared, not to be understood.
///
/// # Safety
/// `position` + 2 is within the window.
#[inline(always)]
pub(super) unsafe fn load16_within(window: &[u8], position: usize) -> u16 {
    debug_assert!(position + 2 <= window.len());
    // SAFETY: the caller's promise; any bytes are a u16.
    unsafe { window.as_ptr().add(position).cast::<u16>().read_unaligned() }
}

/// The eight bytes at `position`, little endian; beyond the window's end are zeroes.
#[inline(always)]
pub(super) fn word(window: &[u8], position: usize) -> u64 {
    // Compared in this way no position can overflow.
    if position < window.len().saturating_sub(7) {
        // SAFETY: within the window.
        return unsafe { load64_within(window, position) };
    }
    let mut bytes = [0; 8];
    let rest = &window[position..];
    bytes[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(bytes)
}

/// How many of the lowest bytes of `difference` are zero.
#[inline(always)]
pub(super) fn equal_bytes(difference: u64) -> usize {
    difference.trailing_zeros() as usize >> 3
}

/// Asks for the cache line of the element at `position`, wherever that is, soon before it is needed; for speed only.
#[inline(always)]
pub(super) fn prefetch<T>(elements: &[T], position: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and never faults, whatever the address is.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(elements.as_ptr().wrapping_add(position).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (elements, position);
}

/// As [`prefetch`], long before it is needed: into the core's second cache, for which more lines can be on their way than for
/// its nearest.
#[inline(always)]
pub(super) fn prefetch_early<T>(elements: &[T], position: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and never faults, whatever the address is.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(elements.as_ptr().wrapping_add(position).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (elements, position);
}
