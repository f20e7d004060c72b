//! `pc7z l`: what is in an archive.

use std::io::{self, BufWriter, Write};

use parallelcompress::extract::{Archive, ArchiveEntry};
use parallelcompress::{Control, FileTime, Metadata};

use crate::exit::Exit;
use crate::json::Object;
use crate::read_arguments::{ListArguments, ReadArguments};
use crate::report::{complain, printable};
use crate::selection::{self, Selection};

/// Runs the command and says how it ended.
pub fn run(arguments: &ListArguments) -> Exit {
    let read = &arguments.read;
    let selection = match Selection::new(read) {
        Ok(selection) => selection,
        Err(complaint) => {
            complain(complaint);
            return Exit::BadCommandLine;
        }
    };
    let archive = match selection::open(read, None, &Control::new()) {
        Ok(archive) => archive,
        Err(error) => {
            complain(printable(&error.to_string()));
            return (&error).into();
        }
    };
    let (wanted, unknown) = selection.of(&archive);
    let entries: Vec<_> = archive.entries().filter(|entry| wanted[entry.index()]).collect();
    let written = match read.json {
        true => writeln!(io::stdout(), "{}", statement(read, &archive, &entries)),
        false => table(&archive, &entries),
    };
    for name in &unknown {
        complain(printable(&format!("{name}: there is no such item in the archive")));
    }
    match written {
        Ok(()) if unknown.is_empty() => Exit::Fine,
        Ok(()) => Exit::Skipped,
        // `pc7z l … | head` is no mistake.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Fine,
        Err(error) => {
            complain(format_args!("cannot write to standard output: {error}"));
            Exit::Fatal
        }
    }
}

const RULE: &str = "------------------- ----- ------------ ------------  ------------------------";

fn table(archive: &Archive, entries: &[ArchiveEntry]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "   Date      Time    Attr         Size       Packed  Name\n{RULE}")?;
    for entry in entries {
        let metadata = entry.metadata();
        let date = metadata.modified.map(local_time).unwrap_or_default();
        let packed = entry.packed_size().map(|size| size.to_string()).unwrap_or_default();
        let (attributes, name) = (letters(&metadata), printable(entry.name()));
        writeln!(out, "{date:19} {attributes} {:12} {packed:>12}  {name}", entry.size())?;
    }
    let total: u64 = entries.iter().map(ArchiveEntry::size).sum();
    let packed: u64 = entries.iter().filter_map(ArchiveEntry::packed_size).sum();
    let folders = entries.iter().filter(|entry| entry.is_directory()).count();
    let (files, blocks) = (entries.len() - folders, archive.blocks());
    writeln!(out, "{RULE}\n{:25} {total:12} {packed:12}  {files} files, {folders} folders, {blocks} blocks", "")?;
    out.flush()
}

/// 7-Zip's letters: directory, read-only, hidden, system, archive.
fn letters(metadata: &Metadata) -> String {
    let attributes = metadata.attributes.unwrap_or_default();
    let letter = |is_set: bool, letter: char| if is_set { letter } else { '.' };
    [
        letter(metadata.is_directory || attributes & Metadata::DIRECTORY != 0, 'D'),
        letter(attributes & Metadata::READONLY != 0, 'R'),
        letter(attributes & 0x2 != 0, 'H'),
        letter(attributes & 0x4 != 0, 'S'),
        letter(attributes & Metadata::ARCHIVE != 0, 'A'),
    ]
    .into_iter()
    .collect()
}

/// Date and time where the machine is.
fn local_time(time: FileTime) -> String {
    let (seconds, nanoseconds) = time.to_unix();
    let timestamp = jiff::Timestamp::new(seconds, nanoseconds as i32);
    // A year beyond 9999 has no text.
    timestamp.map_or_else(
        |_| "?".into(),
        |timestamp| timestamp.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

fn statement(read: &ReadArguments, archive: &Archive, entries: &[ArchiveEntry]) -> String {
    let mut object = Object::default();
    object.text("archive", &read.archive.to_string_lossy());
    object.number("size", archive.size());
    object.number("header_size", archive.header_size());
    object.number("stub_size", archive.stub_size());
    object.number("blocks", archive.blocks());
    object.boolean("solid", archive.is_solid());
    object.boolean("encrypted_names", archive.has_encrypted_names());
    object.objects("entries", entries.iter().map(entry_object));
    object.finish()
}

fn entry_object(entry: &ArchiveEntry) -> Object {
    let mut object = Object::default();
    let metadata = entry.metadata();
    object.text("name", entry.name());
    object.number("size", entry.size());
    object.number_or_null("packed_size", entry.packed_size());
    object.number_or_null("crc", entry.crc());
    object.number_or_null("modified", metadata.modified.map(|time| time.0));
    object.number_or_null("created", metadata.created.map(|time| time.0));
    object.number_or_null("accessed", metadata.accessed.map(|time| time.0));
    object.number_or_null("attributes", metadata.attributes);
    object.text("method", &entry.method());
    object.number_or_null("block", entry.block());
    object.boolean("encrypted", entry.is_encrypted());
    object.boolean("directory", entry.is_directory());
    object.boolean("symlink", entry.is_symlink());
    object
}
