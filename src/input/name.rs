//! The name that a path gets in the archive.

use std::ffi::OsStr;
use std::path::{Component, Path};

/// The text that stands for a file name, or a whole path, in the archive.
///
/// Unix: names are bytes, the archive holds UTF-16. What is valid UTF-8 is kept, a backslash included. Every byte `b`
/// that is in no valid sequence becomes the private-use character U+EF00 + `b` (so U+EF80 to U+EFFF), and so does
/// every byte of a character that is itself in that range; thus 7-Zip on Unix gives back exactly the bytes. This is
/// 7-Zip's rule: a name here is the name that 7-Zip gives.
///
/// Windows: `\` becomes `/`, and an unpaired surrogate becomes U+FFFD, since the text is UTF-8 here. Two names that
/// differ in nothing but unpaired surrogates become one.
pub fn archive_name(os: &OsStr) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        escape(os.as_bytes())
    }
    #[cfg(not(unix))]
    {
        os.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The first of the 128 characters that stand for bytes 0x80 to 0xFF.
#[cfg(unix)]
const ESCAPED: std::ops::RangeInclusive<char> = '\u{EF80}'..='\u{EFFF}';

/// Bytes to text by the rule of [`archive_name`].
#[cfg(unix)]
fn escape(bytes: &[u8]) -> String {
    fn push_escaped(text: &mut String, bytes: &[u8]) {
        text.extend(bytes.iter().filter_map(|&byte| char::from_u32(0xEF00 + u32::from(byte))));
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if ESCAPED.contains(&character) {
                push_escaped(&mut text, character.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(character);
            }
        }
        push_escaped(&mut text, chunk.invalid());
    }
    text
}

/// Text to bytes: undoes what [`archive_name`] does on Unix. Of text that it did not make, each character that stands
/// for a byte becomes that byte, and every other one its UTF-8.
#[cfg(unix)]
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if ESCAPED.contains(&character) {
            bytes.push(character as u32 as u8);
        } else {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    bytes
}

/// The name that an entry given as `path` gets, by 7-Zip's rule: a plain relative path is kept whole (`a/b`); of an
/// absolute path, and of one with `.` or `..` in it, only the last part is kept. Empty where the last part is no name
/// (`.`, `..`, `/`): of such a folder, what is in it is stored without the folder itself.
pub(super) fn name_of_path(path: &Path) -> String {
    let whole = archive_name(path.as_os_str());
    let parts = || whole.split('/').filter(|part| !part.is_empty());
    // `components()` tells roots and drives; it drops inner and final `.`, which count here, so those are looked up in the text.
    let rooted = path.components().any(|part| matches!(part, Component::RootDir | Component::Prefix(_)));
    if !rooted && parts().all(|part| part != "." && part != "..") {
        return parts().collect::<Vec<_>>().join("/");
    }
    match (parts().next_back(), path.file_name()) {
        (None | Some("." | ".."), _) | (_, None) => String::new(),
        (Some(_), Some(last)) => archive_name(last),
    }
}

/// A name that the caller gave, made safe: `/` between its parts (on Windows `\` counts as one), no empty part, no
/// `.` or `..`, and on Windows no drive. May come out empty.
pub fn clean_name(name: &str) -> String {
    let is_separator = |character| character == '/' || (cfg!(windows) && character == '\\');
    let is_drive = |part: &str| cfg!(windows) && part.len() == 2 && part.ends_with(':');
    let parts = name.split(is_separator).filter(|part| !matches!(*part, "" | "." | "..") && !is_drive(part));
    let mut clean = String::with_capacity(name.len());
    for part in parts {
        if !clean.is_empty() {
            clean.push('/');
        }
        clean.push_str(part);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_utf8_are_escaped_one_by_one() {
        // Expected values: what 7-Zip 26.02 wrote for files with these names.
        for (bytes, expected) in [
            (&b"plain"[..], "plain"),
            (b"back\\slash", "back\\slash"),
            (b"bad\xff\xfename\xc3", "bad\u{efff}\u{effe}name\u{efc3}"),
            (b"enc\xed\xa0\x80x", "enc\u{efed}\u{efa0}\u{ef80}x"),
            (b"trunc\xe2\x82", "trunc\u{efe2}\u{ef82}"),
            (b"\xe2\x82\xe2\x82\xac", "\u{efe2}\u{ef82}\u{20ac}"),
            (b"\xe2\x82A", "\u{efe2}\u{ef82}A"),
            (b"\xf4\x90\x80\x80", "\u{eff4}\u{ef90}\u{ef80}\u{ef80}"),
            (b"\xee\xbd\xbf", "\u{ef7f}"),
            (b"\xee\xbe\x80", "\u{efee}\u{efbe}\u{ef80}"),
            (b"\xee\xbf\xbf", "\u{efee}\u{efbf}\u{efbf}"),
            (b"\xef\x80\x80", "\u{f000}"),
            ("\u{1f600}".as_bytes(), "\u{1f600}"),
        ] {
            assert_eq!(escape(bytes), expected, "{bytes:x?}");
            assert_eq!(unescape(expected), bytes, "{expected:?}");
        }
    }

    #[test]
    fn a_path_is_named_as_7zip_names_it() {
        for (path, expected) in [
            ("a/b/dir", "a/b/dir"),
            ("a/b/dir/", "a/b/dir"),
            ("a//b", "a/b"),
            ("./a/b/dir", "dir"),
            ("a/./b/dir", "dir"),
            ("a/../b/dir/", "dir"),
            ("../a", "a"),
            ("/abs/dir", "dir"),
            ("/abs/dir/", "dir"),
            (".", ""),
            ("./", ""),
            ("..", ""),
            ("a/.", ""),
            ("a/..", ""),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(name_of_path(Path::new(path)), expected, "{path:?}");
        }
    }

    #[test]
    fn a_given_name_cannot_leave_the_archive() {
        for (name, expected) in
            [("a/b", "a/b"), ("/a//b/", "a/b"), ("../../x", "x"), ("./x/../y", "x/y"), ("..", ""), ("", ""), ("/", "")]
        {
            assert_eq!(clean_name(name), expected, "{name:?}");
        }
    }
}
