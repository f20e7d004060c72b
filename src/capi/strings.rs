//! Strings of C callers, in and out.
//!
//! Wide strings are UTF-32 on Unix and UTF-16 on Windows; narrow ones are UTF-8. What is not valid is refused, never
//! replaced: a name that silently changes is a file that is not found again. Two places are wider, since the system is: a
//! path on Windows may hold unpaired surrogates, and a narrow path on Unix any byte.

use std::ffi::{CStr, OsStr, c_char};
use std::path::PathBuf;

use super::guard::{Failure, Outcome};
use super::types::WChar;
use crate::input::archive_name;

/// A character type of C strings; each knows how its strings become text and paths.
pub(super) trait CharacterC: Copy + 'static {
    /// The text at `from`; `None` for NULL. `what` names the argument in the error.
    ///
    /// SAFETY: `from` is NULL or points to a terminated string that nobody changes meanwhile.
    unsafe fn text(from: *const Self, what: &str) -> Outcome<Option<String>>;

    /// The path at `from`; otherwise as `text`.
    ///
    /// SAFETY: as for `text`.
    unsafe fn path(from: *const Self, what: &str) -> Outcome<Option<PathBuf>>;

    /// The text of a name in an archive at `from`: as `text`, but bytes that are no text are kept as 7-Zip keeps them.
    ///
    /// SAFETY: as for `text`.
    unsafe fn name(from: *const Self, what: &str) -> Outcome<Option<String>>;

    /// Copies `text` out: as much as fits, whole characters only, always terminated. `required`, unless NULL, gets the
    /// size that holds all of it, in units. Answers whether all fitted.
    ///
    /// SAFETY: `buffer` is NULL or has room for `size` units; `required` is NULL or writable.
    unsafe fn copy_out(text: &str, buffer: *mut Self, size: usize, required: *mut usize) -> Outcome<bool>;
}

impl CharacterC for WChar {
    unsafe fn text(from: *const Self, what: &str) -> Outcome<Option<String>> {
        // SAFETY: the same promise.
        let Some(units) = (unsafe { wide_units(from) }) else { return Ok(None) };
        text_of_units(units).map(Some).map_err(|position| Failure::invalid(not_valid(what, WIDE, position)))
    }

    #[cfg(windows)]
    unsafe fn path(from: *const Self, _: &str) -> Outcome<Option<PathBuf>> {
        use std::os::windows::ffi::OsStringExt;
        // SAFETY: the same promise.
        Ok(unsafe { wide_units(from) }.map(|units| std::ffi::OsString::from_wide(units).into()))
    }

    #[cfg(not(windows))]
    unsafe fn path(from: *const Self, what: &str) -> Outcome<Option<PathBuf>> {
        // SAFETY: the same promise.
        Ok(unsafe { Self::text(from, what) }?.map(PathBuf::from))
    }

    unsafe fn name(from: *const Self, what: &str) -> Outcome<Option<String>> {
        // SAFETY: the same promise.
        unsafe { Self::text(from, what) }
    }

    unsafe fn copy_out(text: &str, buffer: *mut Self, size: usize, required: *mut usize) -> Outcome<bool> {
        let wide = to_wide(text);
        // Of a character in two units either both or none.
        let fits = |most: usize| (0..=most).rev().find(|&length| !is_inside_character(wide[length])).unwrap_or(0);
        // SAFETY: the same promise.
        unsafe { copy_units(&wide[..wide.len() - 1], fits, buffer, size, required) }
    }
}

/// Whether a unit is the second of a character.
fn is_inside_character(unit: WChar) -> bool {
    cfg!(windows) && (0xDC00..0xE000).contains(&i64::from(unit))
}

impl CharacterC for c_char {
    unsafe fn text(from: *const Self, what: &str) -> Outcome<Option<String>> {
        // SAFETY: the same promise.
        let Some(bytes) = (unsafe { narrow_bytes(from) }) else { return Ok(None) };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(error) => Err(Failure::invalid(not_valid(what, "UTF-8", error.valid_up_to()))),
        }
    }

    #[cfg(unix)]
    unsafe fn path(from: *const Self, _: &str) -> Outcome<Option<PathBuf>> {
        use std::os::unix::ffi::OsStrExt;
        // SAFETY: the same promise.
        Ok(unsafe { narrow_bytes(from) }.map(|bytes| OsStr::from_bytes(bytes).into()))
    }

    #[cfg(not(unix))]
    unsafe fn path(from: *const Self, what: &str) -> Outcome<Option<PathBuf>> {
        // SAFETY: the same promise.
        Ok(unsafe { Self::text(from, what) }?.map(PathBuf::from))
    }

    unsafe fn name(from: *const Self, what: &str) -> Outcome<Option<String>> {
        // On Unix a name is often a path's bytes: the same rule as for the files of a walked folder.
        // SAFETY: the same promise.
        Ok(unsafe { Self::path(from, what) }?.map(|path| archive_name(path.as_os_str())))
    }

    unsafe fn copy_out(text: &str, buffer: *mut Self, size: usize, required: *mut usize) -> Outcome<bool> {
        let fits = |most: usize| (0..=most).rev().find(|&length| text.is_char_boundary(length)).unwrap_or(0);
        // SAFETY: the bytes of a string, as C's characters.
        let units = unsafe { std::slice::from_raw_parts(text.as_ptr().cast::<Self>(), text.len()) };
        // SAFETY: the same promise.
        unsafe { copy_units(units, fits, buffer, size, required) }
    }
}

const WIDE: &str = if cfg!(windows) { "UTF-16" } else { "UTF-32" };

fn not_valid(what: &str, encoding: &str, position: usize) -> String {
    format!("{what} is not valid {encoding} (position {position})")
}

/// The units before the terminator.
///
/// SAFETY: `from` is NULL or points to a terminated string that nobody changes while the result lives.
unsafe fn wide_units<'a>(from: *const WChar) -> Option<&'a [WChar]> {
    if from.is_null() {
        return None;
    }
    let mut length = 0;
    // SAFETY: every unit up to the terminator is readable, by the caller's promise.
    while unsafe { *from.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: `length` units were just read.
    Some(unsafe { std::slice::from_raw_parts(from, length) })
}

/// The bytes before the terminator.
///
/// SAFETY: as for `wide_units`.
unsafe fn narrow_bytes<'a>(from: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: not NULL, and terminated by the caller's promise.
    (!from.is_null()).then(|| unsafe { CStr::from_ptr(from) }.to_bytes())
}

/// Text, or the position of the first unit that is none.
#[cfg(not(windows))]
fn text_of_units(units: &[WChar]) -> Result<String, usize> {
    let characters = units.iter().enumerate().map(|(at, &unit)| char::from_u32(unit as u32).ok_or(at));
    characters.collect()
}

/// Text, or the position of the first unit that is none.
#[cfg(windows)]
fn text_of_units(units: &[WChar]) -> Result<String, usize> {
    let mut at = 0;
    let characters = char::decode_utf16(units.iter().copied()).map(|character| {
        let result = character.map_err(|_| at);
        at += result.as_ref().map_or(1, |c| c.len_utf16());
        result
    });
    characters.collect()
}

/// A terminated wide string for a callback. A NUL inside would end it early for the reader, as in any C string.
pub(super) fn to_wide(text: &str) -> Vec<WChar> {
    #[cfg(windows)]
    let units = text.encode_utf16();
    #[cfg(not(windows))]
    let units = text.chars().map(|character| character as WChar);
    units.chain([0]).collect()
}

/// Copies units out and terminates them. `fits` makes of a length that there is room for one between whole characters.
///
/// SAFETY: as for `CharacterC::copy_out`.
unsafe fn copy_units<C: Default>(
    units: &[C],
    fits: impl FnOnce(usize) -> usize,
    buffer: *mut C,
    size: usize,
    required: *mut usize,
) -> Outcome<bool> {
    if buffer.is_null() && (size > 0 || required.is_null()) {
        return Err(Failure::invalid("buffer is NULL"));
    }
    if !required.is_null() {
        // SAFETY: writable by the caller's promise.
        unsafe { *required = units.len() + 1 };
    }
    if size == 0 {
        return Ok(buffer.is_null()); // Who only asks for the size has got all he asked for.
    }
    let length = fits(units.len().min(size - 1));
    // SAFETY: `length + 1 <= size` units of room, and what is ours never overlaps the caller's buffer.
    unsafe {
        buffer.copy_from_nonoverlapping(units.as_ptr(), length);
        buffer.add(length).write(C::default());
    }
    Ok(length == units.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_border_both_ways() {
        let wide = to_wide("Grüße 𝄞");
        // SAFETY: a live terminated string.
        assert_eq!(unsafe { WChar::text(wide.as_ptr(), "it") }.ok().flatten().as_deref(), Some("Grüße 𝄞"));
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { WChar::text(std::ptr::null(), "it") }.ok(), Some(None));
    }

    #[test]
    fn text_that_is_none_is_refused_with_its_place() {
        let wide: [WChar; 3] = ['a' as WChar, 0xD800 as WChar, 0];
        // SAFETY: a live terminated string.
        let failure = unsafe { WChar::text(wide.as_ptr(), "name") }.unwrap_err();
        assert!(failure.message.starts_with("name is not valid UTF-"), "{}", failure.message);
        assert!(failure.message.ends_with("(position 1)"), "{}", failure.message);
        // SAFETY: a live terminated string.
        let failure = unsafe { c_char::text(c"ab\xff".as_ptr(), "name") }.unwrap_err();
        assert!(failure.message.ends_with("(position 2)"), "{}", failure.message);
    }

    #[test]
    fn a_short_buffer_gets_whole_characters_and_an_end() {
        let mut buffer = [0x7F as c_char; 8];
        let mut required = 0;
        // SAFETY: the buffer has the size that is given.
        let fits = unsafe { c_char::copy_out("abü", buffer.as_mut_ptr(), 4, &mut required) }.ok();
        assert_eq!((fits, required), (Some(false), 5));
        assert_eq!(&buffer[..4], &[b'a' as c_char, b'b' as c_char, 0, 0x7F]);
        let mut buffer = [0x7F as WChar; 4];
        // SAFETY: the buffer has the size that is given.
        let fits = unsafe { WChar::copy_out("ab𝄞", buffer.as_mut_ptr(), 3, &mut required) }.ok();
        assert_eq!((fits, required), (Some(false), if cfg!(windows) { 5 } else { 4 }));
        assert_eq!(&buffer, &['a' as WChar, 'b' as WChar, 0, 0x7F]);
    }
}
