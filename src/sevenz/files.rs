//! `FilesInfo`: the entries' names, times and attributes, and which of them have no bytes.
//!
//! Each property is written straight into the header in passes over the entries, after its size was computed: a million
//! entries cost no copies of their names.
//!
//! Entries without a stream are written before all others, whatever their order in the model. 7-Zip does so too, and
//! there are programs that count on it: py7zr 1.1 gives the files of a solid block each other's names when an empty
//! entry stands between them.

use super::number::{bits_size, write_bits, write_number};
use super::{Entry, property};

/// The entries in the order in which they are written: those without a stream, then the others.
fn in_order(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(|entry| !entry.has_stream).chain(entries.iter().filter(|entry| entry.has_stream))
}

/// Appends `FilesInfo`.
pub fn write_files_info(out: &mut Vec<u8>, entries: &[Entry]) {
    out.reserve_exact(size_bound(entries));
    out.push(property::FILES_INFO);
    write_number(out, entries.len() as u64);
    write_empty(out, entries);
    write_names(out, entries);
    write_values(out, property::CREATION_TIME, entries, |entry| entry.created.map(u64::to_le_bytes));
    write_values(out, property::ACCESS_TIME, entries, |entry| entry.accessed.map(u64::to_le_bytes));
    write_values(out, property::MODIFICATION_TIME, entries, |entry| entry.modified.map(u64::to_le_bytes));
    // All or none: libarchive (3.6 at least) looks for the bit vector of attributes on the wrong side of the byte that
    // says "not external", and so opens no archive with one. It does not mind those of times.
    if entries.iter().any(|entry| attributes(entry).is_some()) {
        let stored = |entry: &Entry| attributes(entry).unwrap_or_default();
        write_values(out, property::WIN_ATTRIBUTES, entries, |entry| Some(stored(entry).to_le_bytes()));
    }
    out.push(property::END);
}

/// The attributes to store: a directory always has the one that says so, since py7zr goes by that alone.
fn attributes(entry: &Entry) -> Option<u32> {
    const FILE_ATTRIBUTE_DIRECTORY: u32 = 0x10;
    if entry.is_directory {
        Some(entry.attributes.unwrap_or_default() | FILE_ATTRIBUTE_DIRECTORY)
    } else {
        entry.attributes
    }
}

/// Bytes that all properties together take at most, so that the header grows once and not by doubling.
fn size_bound(entries: &[Entry]) -> usize {
    // 1 byte id, 9 bytes size, 2 flag bytes, for 8 properties and the list around them; six bit vectors.
    let fixed = 9 * 12 + 6 * bits_size(entries.len());
    let of_entry = |entry: &Entry| {
        let times = [entry.created, entry.accessed, entry.modified].into_iter().flatten().count() * 8;
        // UTF-16 has at most one unit for each byte of UTF-8.
        (entry.name.len() + 1) * 2 + times + 4 // attributes
    };
    fixed + entries.iter().map(of_entry).sum::<usize>()
}

/// Appends which entries have no stream, and which of those are empty files; without either bit a directory would be
/// taken for a file and the other way round.
fn write_empty(out: &mut Vec<u8>, entries: &[Entry]) {
    let empty_count = entries.iter().filter(|entry| !entry.has_stream).count();
    if empty_count == 0 {
        return;
    }
    out.push(property::EMPTY_STREAM);
    write_number(out, bits_size(entries.len()) as u64);
    write_bits(out, in_order(entries).map(|entry| !entry.has_stream));

    let empty = || entries.iter().filter(|entry| !entry.has_stream);
    if empty().any(|entry| !entry.is_directory) {
        out.push(property::EMPTY_FILE);
        write_number(out, bits_size(empty_count) as u64);
        write_bits(out, empty().map(|entry| !entry.is_directory));
    }
}

/// Appends the names: UTF-16LE, each ended by a unit of 0.
fn write_names(out: &mut Vec<u8>, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    let units: usize = entries.iter().map(|entry| entry.name.encode_utf16().count() + 1).sum();
    out.push(property::NAMES);
    write_number(out, 1 + units as u64 * 2);
    out.push(0); // not external: the names follow
    for entry in in_order(entries) {
        for unit in entry.name.encode_utf16() {
            // A 0 inside a name would shift the names of all entries after it.
            let unit = if unit == 0 { u16::from(b'_') } else { unit };
            out.extend_from_slice(&unit.to_le_bytes());
        }
        out.extend_from_slice(&[0, 0]);
    }
}

/// Appends a property that an entry may have or not (a time, the attributes), unless no entry has it.
fn write_values<const N: usize>(
    out: &mut Vec<u8>,
    id: u8,
    entries: &[Entry],
    value: impl Fn(&Entry) -> Option<[u8; N]>,
) {
    let defined = entries.iter().filter(|&entry| value(entry).is_some()).count();
    if defined == 0 {
        return;
    }
    let all = defined == entries.len();
    let vector_size = if all { 0 } else { bits_size(entries.len()) };
    out.push(id);
    write_number(out, (1 + vector_size + 1 + defined * N) as u64);
    out.push(u8::from(all));
    if !all {
        write_bits(out, in_order(entries).map(|entry| value(entry).is_some()));
    }
    out.push(0); // not external: the values follow
    for bytes in in_order(entries).filter_map(value) {
        out.extend_from_slice(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Entry {
        Entry { name: name.into(), has_stream: true, ..Entry::default() }
    }

    fn empty(name: &str, is_directory: bool) -> Entry {
        Entry { name: name.into(), is_directory, ..Entry::default() }
    }

    fn written(entries: &[Entry]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_files_info(&mut bytes, entries);
        assert!(bytes.len() <= size_bound(entries), "the bound is none");
        bytes
    }

    #[test]
    fn a_file_with_bytes_needs_a_name_only() {
        assert_eq!(written(&[file("a")]), [5, 1, 0x11, 5, 0, b'a', 0, 0, 0, 0]);
    }

    #[test]
    fn no_entries_need_no_property() {
        assert_eq!(written(&[]), [5, 0, 0]);
    }

    #[test]
    fn empty_files_are_told_from_directories() {
        let entries = [empty("d", true), empty("e", false), file("f")];
        assert!(written(&entries).starts_with(&[5, 3, 0x0E, 1, 0b1100_0000, 0x0F, 1, 0b0100_0000, 0x11]));
        let directories = [empty("d", true), empty("e", true)];
        assert!(written(&directories).starts_with(&[5, 2, 0x0E, 1, 0b1100_0000, 0x11]));
    }

    #[test]
    fn entries_without_a_stream_come_first_with_all_that_is_theirs() {
        let with_values = |mut entry: Entry, value: u32| {
            (entry.modified, entry.attributes) = (Some(value.into()), Some(value));
            entry
        };
        let (first, last) = (with_values(file("1"), 1), with_values(file("2"), 2));
        let (directory, unknown) = (with_values(empty("d", true), 0x10), empty("e", false));
        let model = [first.clone(), directory.clone(), last.clone(), unknown.clone()];
        assert_eq!(written(&model), written(&[directory, unknown, first, last]));
    }

    #[test]
    fn names_are_utf16_with_surrogate_pairs() {
        let bytes = written(&[file("\u{1F600}\u{EF80}")]);
        assert_eq!(bytes, [5, 1, 0x11, 9, 0, 0x3D, 0xD8, 0x00, 0xDE, 0x80, 0xEF, 0, 0, 0]);
    }

    #[test]
    fn a_nul_in_a_name_does_not_end_it() {
        assert_eq!(written(&[file("a\0b")]), written(&[file("a_b")]));
    }

    #[test]
    fn times_that_some_entries_lack_have_a_bit_vector() {
        for count in [1_usize, 7, 8, 9, 16, 17] {
            let mut entries: Vec<_> = (0..count).map(|_| file("")).collect();
            for entry in &mut entries {
                entry.modified = Some(0x0102_0304_0506_0708);
            }
            let all = written(&entries);
            let after_names = all.iter().position(|&byte| byte == 0x14).unwrap();
            let mut expected = Vec::new();
            write_number(&mut expected, 2 + 8 * count as u64);
            expected.extend_from_slice(&[1, 0]);
            assert!(all[after_names + 1..].starts_with(&expected), "{count}");

            entries.push(file(""));
            let some = written(&entries);
            let after_names = some.iter().position(|&byte| byte == 0x14).unwrap();
            let vector = (count + 1).div_ceil(8);
            let some = &some[after_names + 1..];
            let size = 2 + vector + 8 * count;
            let number = if size < 0x80 { 1 } else { 2 };
            assert_eq!(some[number], 0, "not all defined");
            let last = some[number + vector];
            assert_eq!(last, !(0xFF_u16 >> (count - 8 * (vector - 1))) as u8, "{count}");
            assert_eq!(some.len(), number + size + 1);
        }
    }

    #[test]
    fn a_directory_has_the_attribute_that_says_so() {
        let entries = [empty("f", false), empty("d", true)];
        assert!(written(&entries).ends_with(&[0x15, 10, 1, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0]));
        let hidden = [Entry { attributes: Some(2), ..empty("d", true) }];
        assert!(written(&hidden).ends_with(&[0x15, 6, 1, 0, 0x12, 0, 0, 0, 0]));
    }

    #[test]
    fn attributes_are_written_for_all_entries_or_for_none() {
        let mut entries = [file("a"), file("b")];
        assert!(!written(&entries).contains(&0x15));
        entries[1].attributes = Some(0x20);
        assert!(written(&entries).ends_with(&[0x15, 10, 1, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0]));
    }
}
