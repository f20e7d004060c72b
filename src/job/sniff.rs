//! Which items are executables, before they are read: so that those of one architecture can share a block.

use crate::codec::executable::{self, SNIFF};
use crate::codec::filter::Architecture;
use crate::input::{Metadata, Source};

/// Extensions of files that hold machine code. (`.so.1` and the like are recognised too.)
const EXTENSIONS: [&str; 20] = [
    "exe", "dll", "sys", "ocx", "drv", "cpl", "scr", "ax", "efi", "pyd", "node", "so", "ko", "o", "elf", "axf", "mod",
    "dylib", "bundle", "out",
];

/// Whose code an item holds. Looks at the bytes only where name or mode suggest an executable, so that the thousands of
/// files of a source tree cost nothing; a file that cannot be opened is left to whoever reads it.
pub fn architecture(name: &str, metadata: &Metadata, source: &Source) -> Option<Architecture> {
    if !is_named_so(name) && !is_marked_so(metadata) {
        return None;
    }
    executable::architecture(&source.peek(SNIFF)?)
}

fn is_named_so(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    // libc.so.6, libicudata.so.72.1: a library's version follows its extension.
    let base = base.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let Some((_, extension)) = base.rsplit_once('.') else { return false };
    EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
}

/// A regular file that somebody may execute.
fn is_marked_so(metadata: &Metadata) -> bool {
    metadata.attributes.is_some_and(|attributes| {
        let mode = attributes >> 16;
        attributes & Metadata::UNIX_EXTENSION != 0 && mode & 0o170_000 == 0o100_000 && mode & 0o111 != 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Item;

    fn look(name: &str, mode: u32, bytes: &'static [u8]) -> Option<Architecture> {
        let metadata =
            Metadata { attributes: Some(Metadata::attributes_of_unix_mode(0o100_000 | mode)), ..Metadata::file() };
        architecture(name, &metadata, &Item::from_memory(name, bytes).source)
    }

    #[test]
    fn only_what_may_be_executable_is_looked_at() {
        const MACH_O: &[u8] = &[0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1];
        for (name, mode) in [
            ("bin/tool", 0o755),
            ("lib/libx.so", 0o644),
            ("libx.so.72.1", 0o644),
            ("A.DLL", 0o644),
            ("tool.exe", 0o600),
            ("odd.txt", 0o700),
        ] {
            assert_eq!(look(name, mode, MACH_O), Some(Architecture::X86), "{name}");
        }
        for (name, mode) in [("tool", 0o644), ("so/readme", 0o644), ("main.c", 0o644), ("1.2.3", 0o644)] {
            assert_eq!(look(name, mode, MACH_O), None, "{name}");
        }
        assert_eq!(look("script", 0o755, b"#!/bin/sh"), None);
    }
}
