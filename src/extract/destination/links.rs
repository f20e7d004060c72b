//! Where symbolic links may lead.

use std::path::Path;

use super::names::begins_with_drive;

/// What becomes of symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Links {
    /// Links that stay below the root are made; one that is absolute or leads out is an error that names it. So is one
    /// that has `..` after a name, since that name may be a link itself and `..` then leads anywhere.
    #[default]
    RefuseOutside,
    /// Every link is made, wherever it leads. (No file is written through one even then.)
    Restore,
    /// No link is made.
    Skip,
}

/// The most bytes that a link can have.
const LONGEST: usize = if cfg!(windows) { 32_767 } else { 4095 };

/// Whether the link at `path` (below the root) may lead to `to`; the error says why not. `outside`: it may leave the root.
pub(super) fn check(path: &Path, to: &[u8], outside: bool) -> Result<(), &'static str> {
    if to.is_empty() {
        return Err("it leads nowhere");
    }
    if to.contains(&0) {
        return Err("it has a NUL character in it");
    }
    if to.len() > LONGEST {
        return Err("it is longer than any path may be");
    }
    if outside {
        return Ok(());
    }
    // As with names, a backslash counts as a separator on every system.
    if matches!(to, [b'/' | b'\\', ..]) || begins_with_drive(to) {
        return Err("it is an absolute path");
    }
    let mut folders_above = path.components().count().saturating_sub(1);
    let mut below_a_name = false;
    for part in to.split(|byte| matches!(byte, b'/' | b'\\')) {
        match part {
            b"" | b"." => (),
            b".." if below_a_name => return Err("`..` after a name may lead out of the folder"),
            b".." if folders_above == 0 => return Err("it leads out of the folder"),
            b".." => folders_above -= 1,
            _ => below_a_name = true,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_below_the_root() {
        for (path, to, safe) in [
            ("a", &b"b"[..], true),
            ("a", b".", true),
            ("a", b"b/c/../../..x", false),
            ("a", b"b\\c", true),
            ("a", b"..", false),
            ("a", b"./..", false),
            ("d/a", b"..", true),
            ("d/a", b"../b", true),
            ("d/a", b"./.././b", true),
            ("d/a", b"../../b", false),
            ("d/e/a", b"../../b", true),
            ("d/a", b"x/../b", false),
            ("d/a", b"..\\..\\b", false),
            ("a", b"/etc/passwd", false),
            ("a", b"\\x", false),
            ("a", b"C:\\x", false),
            ("a", b"c:", false),
            ("a", b"\xff\xfe", true),
            ("a", b"...", true),
        ] {
            assert_eq!(check(Path::new(path), to, false).is_ok(), safe, "{path} -> {}", to.escape_ascii());
            assert_eq!(check(Path::new(path), to, true), Ok(()), "all are restored where that is asked for");
        }
        for to in [&b""[..], b"a\0b", &[b'x'; 40_000]] {
            assert!(check(Path::new("a"), to, true).is_err(), "no system can have it");
        }
    }
}
