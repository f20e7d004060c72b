//! Structs of the header that begin with their own size, so that they can grow at their end: what the caller has room for
//! is what was in the header it was built with.

use std::mem::{MaybeUninit, align_of, size_of};

use super::guard::{Failure, Outcome};
use super::types::UInt32;

/// The most that StructSize may be: more is no struct of any version.
const LARGEST: usize = 4096;

/// A struct that begins with StructSize.
///
/// SAFETY: `repr(C)`, all of numbers, pointers, and functions that may be NULL; the first one a `UInt32` that is the
/// struct's size in bytes.
pub(super) unsafe trait SizedStruct: Copy {
    /// Bytes without which it is of no use: the smallest StructSize.
    const LEAST: usize;
}

/// What StructSize says at `at`, if a struct of any version can have that size.
///
/// SAFETY: `at` is NULL or points to as many bytes as StructSize there says.
unsafe fn size_at<T: SizedStruct>(at: *const T, what: &str) -> Outcome<usize> {
    if at.is_null() {
        return Err(Failure::invalid(format!("{what} is NULL")));
    }
    // SAFETY: not NULL, so its first field can be read; who is mistaken about the size may be so about the address.
    let size = unsafe { at.cast::<UInt32>().read_unaligned() } as usize;
    if size < T::LEAST || size > LARGEST || !size.is_multiple_of(align_of::<T>()) {
        return Err(Failure::invalid(format!("{what}: StructSize is {size}: no struct of any version")));
    }
    Ok(size)
}

/// The caller's struct; fields that it does not have are 0.
///
/// SAFETY: `from` is NULL or points to as many readable bytes as StructSize there says.
pub(super) unsafe fn read_struct<T: SizedStruct>(from: *const T, what: &str) -> Outcome<T> {
    // SAFETY: the same promise.
    let size = unsafe { size_at(from, what) }?;
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: `size` bytes are readable, and there is room for `size_of::<T>()`.
    unsafe {
        value.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(from.cast(), size.min(size_of::<T>()));
    }
    // SAFETY: what may be zero, all of whose bytes are zero or the caller's.
    Ok(unsafe { value.assume_init() })
}

/// Fills the caller's struct, all but StructSize: fields that it does not have are left out, those that this version does
/// not know become 0.
///
/// SAFETY: `to` is NULL or points to as many readable and writable bytes as StructSize there says.
pub(super) unsafe fn fill_struct<T: SizedStruct>(to: *mut T, value: &T, what: &str) -> Outcome<()> {
    const FIRST: usize = size_of::<UInt32>();
    // SAFETY: the same promise.
    let size = unsafe { size_at(to.cast_const(), what) }?;
    let known = size.min(size_of::<T>());
    let (from, to) = (std::ptr::from_ref(value).cast::<u8>(), to.cast::<u8>());
    // SAFETY: `known` bytes are within both, `size` bytes within the caller's, and neither is below FIRST.
    unsafe {
        to.add(FIRST).copy_from_nonoverlapping(from.add(FIRST), known - FIRST);
        to.add(known).write_bytes(0, size - known);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Pair {
        struct_size: UInt32,
        first: UInt32,
        second: UInt32,
        later: [UInt32; 2],
    }

    // SAFETY: as the trait says.
    unsafe impl SizedStruct for Pair {
        const LEAST: usize = 8;
    }

    #[test]
    fn older_and_newer_callers_get_what_both_know() {
        let value = Pair { struct_size: 20, first: 1, second: 2, later: [3, 4] };
        for (size, expected) in [(8, [1, 9, 9, 9]), (12, [1, 2, 9, 9]), (20, [1, 2, 3, 4])] {
            let mut theirs = Pair { struct_size: size, first: 9, second: 9, later: [9, 9] };
            // SAFETY: a live struct of at least that size.
            unsafe { fill_struct(&raw mut theirs, &value, "it") }.expect("a size that can be");
            assert_eq!([theirs.first, theirs.second, theirs.later[0], theirs.later[1]], expected);
            assert_eq!(theirs.struct_size, size);
            // SAFETY: as above.
            let read = unsafe { read_struct(&raw const theirs, "it") }.expect("a size that can be");
            let zero_from = (size as usize - 4) / 4;
            let known: Vec<_> = expected.iter().enumerate().map(|(i, &v)| if i < zero_from { v } else { 0 }).collect();
            assert_eq!(vec![read.first, read.second, read.later[0], read.later[1]], known);
        }
        let mut larger = [[9_u32; 6], [9; 6]].concat();
        larger[0] = 40;
        // SAFETY: 48 live bytes, 40 of which it says it has.
        unsafe { fill_struct(larger.as_mut_ptr().cast(), &value, "it") }.expect("a size that can be");
        assert_eq!(larger, [40, 1, 2, 3, 4, 0, 0, 0, 0, 0, 9, 9]);
    }

    #[test]
    fn sizes_that_no_version_has_are_refused() {
        for size in [0, 4, 7, 9, 4100, u32::MAX] {
            let mut theirs = Pair { struct_size: size, first: 9, second: 9, later: [9, 9] };
            let before = theirs;
            // SAFETY: the size is refused before anything else is touched.
            unsafe {
                assert!(read_struct(&raw const theirs, "it").is_err(), "{size}");
                assert!(fill_struct(&raw mut theirs, &before, "it").is_err(), "{size}");
            }
            assert_eq!(theirs, before);
        }
        // SAFETY: NULL is allowed.
        assert!(unsafe { read_struct::<Pair>(std::ptr::null(), "it") }.is_err());
    }
}
