//! From the name that an archive has to a path below the root, which it cannot leave.
//!
//! What would lead out is refused, on every system by the same rules, so that an archive is as safe or unsafe here as
//! anywhere. What is merely odd is kept where a system can have such a name, and made possible where it cannot.

use std::ffi::OsString;
use std::path::PathBuf;

/// The most bytes that a path can have. Without a limit a name of many megabytes could ask for millions of folders.
const LONGEST: usize = if cfg!(windows) { 32_767 } else { 4095 };

/// The path below the root for the entry named `name`: only plain components. Empty for a name that is made of `.`
/// alone, which is the root itself. The error says what is wrong with the name.
pub(super) fn path_of(name: &str) -> Result<PathBuf, &'static str> {
    let path: PathBuf = parts(name)?.into_iter().map(native).collect();
    if path.as_os_str().len() > LONGEST { Err("it is longer than any path may be") } else { Ok(path) }
}

/// The parts of a safe name, without empty ones and `.`.
fn parts(name: &str) -> Result<Vec<&str>, &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if name.contains('\0') {
        return Err("it has a NUL character in it");
    }
    if name.starts_with('/') || name.starts_with("\\\\") || (cfg!(windows) && name.starts_with('\\')) {
        return Err("it is an absolute path");
    }
    // On Windows' side of the world a backslash separates: what climbs there is refused everywhere.
    if name.split(['/', '\\']).any(|part| part == "..") {
        return Err("it has a part `..`");
    }
    let parts: Vec<_> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.first().is_some_and(|first| begins_with_drive(first.as_bytes())) {
        return Err("it begins with a drive letter");
    }
    Ok(parts)
}

/// Whether a path begins with `C:` or the like.
pub(super) fn begins_with_drive(path: &[u8]) -> bool {
    matches!(path, [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// A part of a name as Unix has it: any bytes. The characters that stand for bytes become those bytes again.
#[cfg(unix)]
fn native(part: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(crate::input::unescape(part))
}

/// A part of a name as Windows can have it.
#[cfg(not(unix))]
fn native(part: &str) -> OsString {
    windows_part(part).into()
}

/// A part of a name made possible on Windows, as 7-Zip does it: characters that no name can have there become `_`, and
/// so does each dot or space at the end, which Windows would drop; a device's name gets a `_` before it.
#[cfg_attr(unix, allow(dead_code, reason = "tested everywhere, used on Windows"))]
fn windows_part(part: &str) -> String {
    let impossible = |c: char| c < ' ' || matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' | '\x7f');
    let kept = part.trim_end_matches(['.', ' ']);
    let mut possible = String::with_capacity(part.len() + 1);
    if is_device(part) {
        possible.push('_');
    }
    possible.extend(kept.chars().map(|c| if impossible(c) { '_' } else { c }));
    possible.extend(part[kept.len()..].chars().map(|_| '_'));
    possible
}

/// Whether Windows takes a name for a device. An extension does not change that, nor do spaces before it.
fn is_device(part: &str) -> bool {
    let end = part.find(['.', ':']).unwrap_or(part.len());
    let stem = part[..end].trim_end_matches(' ').to_uppercase();
    if matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$") {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let mut digits = number.unwrap_or_default().chars();
    matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_leads_out_is_refused_everywhere() {
        for (name, why) in [
            ("", "empty"),
            ("nul\0x", "NUL"),
            ("..", "`..`"),
            ("../x", "`..`"),
            ("a/..", "`..`"),
            ("a/../b", "`..`"),
            ("a/../../b", "`..`"),
            ("..\\x", "`..`"),
            ("a\\..\\b", "`..`"),
            ("a/b\\..", "`..`"),
            ("a\\../b", "`..`"),
            ("/x", "absolute"),
            ("/", "absolute"),
            ("//server/share", "absolute"),
            ("\\\\server\\share\\x", "absolute"),
            ("\\\\?\\C:\\x", "absolute"),
            ("C:", "drive"),
            ("C:x", "drive"),
            ("z:/x", "drive"),
            ("C:\\x", "drive"),
            ("./C:/x", "drive"),
        ] {
            let refused = path_of(name).expect_err(name);
            assert!(refused.contains(why), "{name:?}: {refused}");
        }
        assert!(path_of(&"x/".repeat(20_000)).expect_err("no path is so long").contains("longer"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_odd_is_kept_as_7zip_keeps_it() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        // Expected values: where 7-Zip 26.02 on Linux put files with these names.
        for (name, expected) in [
            ("plain", &b"plain"[..]),
            ("./c", b"c"),
            ("a/./d", b"a/d"),
            ("a//e", b"a/e"),
            ("\\x", b"\\x"),
            ("\\", b"\\"),
            ("a\\b", b"a\\b"),
            ("a/\\/b", b"a/\\/b"),
            ("CON.txt", b"CON.txt"),
            ("trail.", b"trail."),
            ("tr. /x", b"tr. /x"),
            ("xx:y", b"xx:y"),
            ("<>\"|?*", b"<>\"|?*"),
            ("ctl\x01\x1f\x7f\n", b"ctl\x01\x1f\x7f\n"),
            ("~/x", b"~/x"),
            ("-x", b"-x"),
            ("...", b"..."),
            (".. ", b".. "),
            ("\u{efff}\u{ef80}", b"\xff\x80"),
            ("bad\u{efe2}\u{efac}", b"bad\xe2\xac"),
            ("\u{ef2f}", b"\xee\xbc\xaf"),
            ("\u{ef2e}", b"\xee\xbc\xae"),
            ("\u{f05c}", b"\xef\x81\x9c"),
            ("\u{1f600}", b"\xf0\x9f\x98\x80"),
        ] {
            assert_eq!(path_of(name).expect(name).as_os_str(), OsStr::from_bytes(expected), "{name:?}");
        }
        for name in [".", "./", "./."] {
            assert_eq!(path_of(name), Ok(PathBuf::new()), "the root itself");
        }
    }

    #[test]
    fn windows_gets_names_that_it_can_have() {
        for (part, expected) in [
            ("plain.txt", "plain.txt"),
            ("CON", "_CON"),
            ("con.txt", "_con.txt"),
            ("nul .tar.gz", "_nul .tar.gz"),
            ("COM1", "_COM1"),
            ("com¹.x", "_com¹.x"),
            ("LPT9:", "_LPT9_"),
            ("COM10", "COM10"),
            ("COM", "COM"),
            ("CONSOLE", "CONSOLE"),
            ("aux.", "_aux_"),
            ("trail.", "trail_"),
            ("trail . ", "trail___"),
            ("...", "___"),
            (".. ", "___"),
            ("x:y", "x_y"),
            ("a\\b", "a_b"),
            ("<>\"|?*", "______"),
            ("ctl\x01\x1f\x7f\t", "ctl____"),
            ("é\u{1f600}", "é\u{1f600}"),
        ] {
            assert_eq!(windows_part(part), expected, "{part:?}");
        }
    }

    proptest! {
        #[test]
        fn a_path_never_leaves_the_root(name in "[a-c./\\\\: \0]{0,12}|\\PC{0,12}") {
            if let Ok(path) = path_of(&name) {
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))), "{path:?}");
                prop_assert!(path.is_relative());
            }
        }

        #[test]
        fn a_part_for_windows_has_nothing_that_windows_refuses(part in "[a-cCONnul1. :\\\\<\u{1}]{1,8}") {
            let possible = windows_part(&part);
            prop_assert!(!possible.is_empty() && !possible.ends_with(['.', ' ']), "{possible:?}");
            prop_assert!(!possible.contains([':', '\\', '/', '<', '\u{1}']), "{possible:?}");
            prop_assert!(!is_device(&possible), "{possible:?}");
        }

        #[cfg(unix)]
        #[test]
        fn every_file_name_comes_back(bytes in prop::collection::vec(1..=255_u8, 1..40)) {
            use std::os::unix::ffi::OsStrExt;
            let text = crate::input::archive_name(std::ffi::OsStr::from_bytes(&bytes));
            prop_assert_eq!(crate::input::unescape(&text), bytes);
        }
    }
}
