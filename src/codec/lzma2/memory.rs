//! Large tables and windows: from the system already zeroed, in huge pages where there are any, and back to it when they are
//! done with. An allocator would keep them for the thread that had them, as many of them as there are threads, while others
//! take new ones.
//!
//! Most accesses to the match table miss the cache. In small pages each of them misses the translation buffer too,
//! which costs more than the access itself.

use std::collections::TryReserveError;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU16, AtomicU32};

/// Smaller tables and windows gain nothing from huge pages.
pub const LARGE_WINDOW: usize = 4 << 20;
/// Fewer bytes may stay with the allocator.
const WORTH_RETURNING: usize = 1 << 20;
/// So may what fewer bytes than these are packed to: less than a slice of levels 1 to 3.
const PACKED_WORTH_RETURNING: usize = 512 << 10;
/// At least so large is a large buffer. The allocator of glibc keeps freed memory of up to 32 MiB for itself; what is
/// larger goes back to the system. The part of a buffer that is never touched takes address space only.
const RETURNED: usize =
    if cfg!(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")) { (32 << 20) + 1 } else { 0 };

/// An empty buffer for a window of `length` bytes, or for a part of one; of which no more are to be used.
///
/// # Errors
/// There is no memory.
pub fn window_buffer(length: usize) -> Result<Vec<u8>, TryReserveError> {
    let mut buffer = Vec::new();
    if length < WORTH_RETURNING || buffer.try_reserve_exact(length.max(RETURNED)).is_err() {
        buffer.try_reserve_exact(length)?;
    }
    prefer_huge_pages(&mut buffer.spare_capacity_mut()[..length]);
    Ok(buffer)
}

/// An empty buffer for what `length` bytes are packed to: made by one thread and freed by another, which would leave a hole
/// in the allocator's memory. It grows if the system has no such amount of address space. Not for encoders that use all of a
/// buffer's capacity, since that would touch it.
pub fn packed_buffer(length: usize) -> Vec<u8> {
    let mut buffer = Vec::new();
    let likely = length / 3;
    if length < PACKED_WORTH_RETURNING || buffer.try_reserve_exact(likely.max(RETURNED)).is_err() {
        buffer.reserve(likely);
    }
    buffer
}

/// A table of at least `length` zeroes, none of which is touched before it is used. An allocator that has freed as much before
/// would clear them all.
pub(super) fn zeroed<T: Clone + Default>(length: usize) -> Vec<T> {
    vec![T::default(); length.max(RETURNED.div_ceil(size_of::<T>()))]
}

/// Asks the system to keep `memory` in huge pages. For speed only: where it cannot, nothing changes.
///
/// To be called on the buffer of a window before it is first written to.
pub(super) fn prefer_huge_pages<T>(memory: &mut [T]) {
    prefer(memory.as_mut_ptr().cast(), size_of_val(memory));
}

#[cfg(target_os = "linux")]
fn prefer(start: *mut u8, length: usize) {
    const PAGE: usize = 1 << 16;
    if length < LARGE_WINDOW {
        return;
    }
    // The system wants whole pages, of which 64 KiB are the largest in use; what lies beyond them at either end stays
    // as it is.
    let skip = start.addr().wrapping_neg() % PAGE;
    // SAFETY: the range lies within memory that the caller holds, and this advice changes no contents.
    unsafe {
        libc::madvise(start.add(skip).cast(), (length - skip) / PAGE * PAGE, libc::MADV_HUGEPAGE);
    }
}

#[cfg(not(target_os = "linux"))]
fn prefer(_start: *mut u8, _length: usize) {}

/// Whether a table made for one use gives its matches back to the system on the way.
pub const MATCHES_ARE_GIVEN_BACK: bool = cfg!(target_os = "linux");
/// In units of so many bytes: huge pages, lest one has to be split. At either end of what is used less than one stays.
pub const GIVEN_BACK_AT_ONCE: u64 = 2 << 20;

/// Gives the memory of `elements` back to the system, as far as it is whole huge pages: they are zero from then on, or what
/// they were. Returns how many bytes those are.
pub(super) fn forget(elements: &[AtomicU32]) -> u64 {
    const PAGE: usize = GIVEN_BACK_AT_ONCE as usize;
    let (start, length) = (elements.as_ptr(), size_of_val(elements));
    let skip = start.addr().wrapping_neg() % PAGE;
    let whole = if MATCHES_ARE_GIVEN_BACK { length.saturating_sub(skip) / PAGE * PAGE } else { 0 };
    #[cfg(target_os = "linux")]
    if whole > 0 {
        // SAFETY: the range lies within memory that the caller holds. To others who hold it, it is as if zeroes were stored,
        // which atomics allow.
        unsafe {
            libc::madvise(start.cast_mut().byte_add(skip).cast(), whole, libc::MADV_DONTNEED);
        }
    }
    whole as u64
}

/// Atomics that tables consist of.
///
/// # Safety
/// One has the size, the alignment and the bits of its `Plain`.
pub(super) unsafe trait Element {
    /// The integer of the same size.
    type Plain: Clone + Default;
}

// SAFETY: the standard library promises size and bits, and size and alignment are asserted below.
unsafe impl Element for AtomicU32 {
    type Plain = u32;
}

// SAFETY: as above.
unsafe impl Element for AtomicU16 {
    type Plain = u16;
}

/// Gives `table` at least `length` elements, whatever they are. Returns whether they are new, and so 0.
pub(super) fn grow<T: Element>(table: &mut Vec<T>, length: usize) -> bool {
    const { assert!(align_of::<T>() == align_of::<T::Plain>(), "the vector's memory is freed as it was allocated") };
    const { assert!(size_of::<T>() == size_of::<T::Plain>(), "and has room for as many elements") };
    let is_short = table.len() < length;
    if is_short {
        *table = Vec::new();
        let is_returned = length * size_of::<T>() >= WORTH_RETURNING;
        let plain = if is_returned { zeroed(length) } else { vec![T::Plain::default(); length] };
        let mut plain = ManuallyDrop::new(plain);
        prefer_huge_pages(&mut plain[..length]);
        // SAFETY: an element has the size, the bits and the alignment of its plain one, and there are at least `length`. The
        // vector that allocated the memory is never dropped. Zeroing it here instead would touch every page from one thread.
        *table = unsafe { Vec::from_raw_parts(plain.as_mut_ptr().cast(), length, plain.capacity()) };
    }
    is_short
}
