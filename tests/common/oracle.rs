//! Other people's readers: 7zz, bsdtar, py7zr, and sevenz-rust2 in process.

use std::fs::File;
use std::io::{Cursor, ErrorKind, Read, Seek, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Once;

use parallelcompress::{FileTime, Metadata};
use sevenz_rust2::{ArchiveReader, Password};

use super::Entry;

/// Runs a program to its end. A missing one fails the test with the name of its package.
fn run(command: &mut Command, package: &str) -> Output {
    // Names are UTF-8 whatever the locale of the machine.
    command.env("LC_ALL", "C.UTF-8").env("PYTHONUTF8", "1").stdin(Stdio::null());
    match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("{:?} is missing: install {package}", command.get_program())
        }
        Err(error) => panic!("cannot run {command:?}: {error}"),
    }
}

/// What a program said, which must have succeeded.
fn succeed(command: &mut Command, package: &str) -> String {
    let output = run(command, package);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?} ended with {}:\n{said}\n{complained}", output.status);
    // 7zz ends with 0 after some warnings. A file may be called BIG.FAT.WARNING, so only the start of a line tells.
    let warns = |line: &str| line.starts_with("WARNING") || line.starts_with("Warnings:");
    assert!(!said.lines().any(warns), "{command:?} warns:\n{said}\n{complained}");
    said
}

const SEVEN_ZIP: &str = "Debian's package 7zip";
const BSDTAR: &str = "Debian's package libarchive-tools";
const PY7ZR: &str = "Python 3 and its package py7zr (python3 -m pip install py7zr)";

fn seven_zip(verb: &str, password: Option<&str>) -> Command {
    // No mask takes bits off the modes that 7zz restores, whatever this process's mask is.
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec 7zz \"$@\"", "7zz", verb, "-bd", "-y"]);
    if let Some(password) = password {
        command.arg(format!("-p{password}"));
    }
    command
}

fn seven_zip_succeeds(command: &mut Command) -> String {
    static THERE: Once = Once::new();
    THERE.call_once(|| assert!(run(Command::new("7zz").arg("i"), SEVEN_ZIP).status.success(), "7zz does not run"));
    succeed(command, SEVEN_ZIP)
}

/// `7zz t` accepts the archive (its first volume).
pub fn seven_zip_tests(archive: &Path, password: Option<&str>) {
    let said = seven_zip_succeeds(seven_zip("t", password).arg("--").arg(archive));
    assert!(said.contains("Everything is Ok"), "7zz t says:\n{said}");
}

/// Whether `7zz t` refuses the archive.
pub fn seven_zip_refuses(archive: &Path, password: &str) -> bool {
    !run(seven_zip("t", Some(password)).arg("--").arg(archive), SEVEN_ZIP).status.success()
}

/// `7zz x` unpacks the archive into a folder.
pub fn seven_zip_extracts(archive: &Path, password: Option<&str>, into: &Path) {
    // Run inside the folder: long names then have the whole of PATH_MAX to themselves.
    let archive = archive.canonicalize().expect("an archive to extract");
    seven_zip_succeeds(seven_zip("x", password).arg("--").arg(archive).current_dir(into));
}

/// One entry as `7zz l -slt` shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    pub path: String,
    pub size: u64,
    /// Of the first item of a solid block: the whole block. Of the others: nothing.
    pub packed: Option<u64>,
    pub attributes: String,
    pub method: String,
    pub encrypted: bool,
    pub block: Option<u64>,
}

/// The entries that `7zz l -slt` shows.
pub fn seven_zip_lists(archive: &Path, password: Option<&str>) -> Vec<Listed> {
    let said = seven_zip_succeeds(seven_zip("l", password).args(["-slt", "-ba", "--"]).arg(archive));
    let mut entries: Vec<Listed> = Vec::new();
    for line in said.lines() {
        let Some((key, value)) = line.split_once(" =") else { continue };
        let value = value.strip_prefix(' ').unwrap_or(value);
        if key == "Path" {
            entries.push(Listed { path: value.to_owned(), ..Listed::default() });
        }
        let Some(entry) = entries.last_mut() else { continue };
        match key {
            "Size" => entry.size = value.parse().unwrap_or_default(),
            "Packed Size" => entry.packed = value.parse().ok(),
            "Attributes" => entry.attributes = value.to_owned(),
            "Method" => entry.method = value.to_owned(),
            "Encrypted" => entry.encrypted = value == "+",
            "Block" => entry.block = value.parse().ok(),
            _ => {}
        }
    }
    entries
}

/// `bsdtar -tvf`: a line per entry. Not for encrypted archives or volumes, which libarchive cannot read.
pub fn bsdtar_lists(archive: &Path) -> usize {
    succeed(Command::new("bsdtar").arg("-tvf").arg(archive), BSDTAR).lines().count()
}

/// `bsdtar -x` unpacks the archive into a folder, with modes and times.
pub fn bsdtar_extracts(archive: &Path, into: &Path) {
    succeed(Command::new("bsdtar").arg("-xpf").arg(archive).arg("-C").arg(into), BSDTAR);
}

fn python(script: &str, arguments: &[&str]) -> String {
    static THERE: Once = Once::new();
    THERE.call_once(|| {
        let there = run(Command::new("python3").args(["-c", "import py7zr"]), PY7ZR);
        assert!(there.status.success(), "py7zr is missing: install {PY7ZR}");
    });
    succeed(Command::new("python3").arg("-c").arg(script).args(arguments), PY7ZR)
}

/// py7zr reads every entry, checks every CRC and says how many entries there are.
pub fn py7zr_tests(archive: &Path, password: Option<&str>) -> usize {
    let script = "import sys, py7zr\n\
        with py7zr.SevenZipFile(sys.argv[1], password=sys.argv[2] or None) as archive:\n\
        \x20   count = len(archive.getnames())\n\
        \x20   bad = archive.testzip()\n\
        if bad is not None: sys.exit('damaged: ' + bad)\n\
        print(count)";
    let said = python(script, &[archive.to_str().expect("a UTF-8 path"), password.unwrap_or("")]);
    said.trim().parse().expect("a number of entries")
}

/// py7zr unpacks the archive into a folder.
pub fn py7zr_extracts(archive: &Path, password: Option<&str>, into: &Path) {
    let script = "import sys, py7zr\n\
        with py7zr.SevenZipFile(sys.argv[1], password=sys.argv[2] or None) as archive:\n\
        \x20   archive.extractall(path=sys.argv[3])";
    let paths = [archive, into].map(|path| path.to_str().expect("a UTF-8 path"));
    python(script, &[paths[0], password.unwrap_or(""), paths[1]]);
}

/// Everything in the archive as sevenz-rust2 reads it, in its order (entries without bytes last).
pub fn rust_reads(archive: &[u8], password: Option<&str>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for_each(Cursor::new(archive), password, |entry, bytes| {
        let mut all = Vec::new();
        bytes.read_to_end(&mut all).expect("sevenz-rust2 to decode and check an entry");
        let time = |there: bool, time| there.then(|| FileTime(u64::from(time)));
        entries.push(Entry {
            name: entry.name.clone(),
            bytes: all.into(),
            metadata: Metadata {
                attributes: entry.has_windows_attributes.then_some(entry.windows_attributes),
                modified: time(entry.has_last_modified_date, entry.last_modified_date),
                created: time(entry.has_creation_date, entry.creation_date),
                accessed: time(entry.has_access_date, entry.access_date),
                is_directory: entry.is_directory,
            },
        });
    });
    entries
}

/// sevenz-rust2 reads every entry of a file and checks every CRC; how many there are.
pub fn rust_tests(archive: &Path, password: Option<&str>) -> usize {
    let mut count = 0;
    for_each(File::open(archive).expect("an archive to read"), password, |_, bytes| {
        std::io::copy(bytes, &mut std::io::sink()).expect("sevenz-rust2 to decode and check an entry");
        count += 1;
    });
    count
}

fn for_each(
    archive: impl Read + Seek,
    password: Option<&str>,
    mut each: impl FnMut(&sevenz_rust2::ArchiveEntry, &mut dyn Read),
) {
    let password = password.map_or_else(Password::empty, Password::from);
    let mut reader = ArchiveReader::new(archive, password).expect("sevenz-rust2 to open the archive");
    reader.set_thread_count(1);
    reader
        .for_each_entries(|entry, bytes| {
            each(entry, bytes);
            Ok(true)
        })
        .expect("sevenz-rust2 to read the archive");
}

/// sevenz-rust2 finds exactly these entries, with these bytes and metadata, each as often as it is in `expected`.
/// (A solid block may put them in another order.)
pub fn assert_holds(archive: &[u8], password: Option<&str>, expected: &[Entry]) {
    let mut found = rust_reads(archive, password);
    let mut expected = expected.to_vec();
    for entries in [&mut found, &mut expected] {
        entries.sort_by(|a, b| (&a.name, &a.bytes).cmp(&(&b.name, &b.bytes)));
    }
    assert_eq!(found.len(), expected.len(), "the number of entries");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
}

/// Runs a program of the system on `input`; None where it is not installed.
pub fn piped(program: &str, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut stdin = child.stdin.take().expect("piped");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().expect("the program ends")
    });
    assert!(output.status.success(), "{program} rejects the stream");
    Some(output.stdout)
}
