//! What other people's programs write, we read: 7zz, py7zr, bsdtar and sevenz-rust2 make archives of one tree, which are
//! listed as 7zz lists them and extracted byte for byte.

mod common;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Entry, tree};
use parallelcompress::extract::{Archive, Discard, ExtractOptions, InMemory, OpenOptions};
use parallelcompress::job::Silent;
use parallelcompress::{Control, Encryption, Error, FileTime};

const PASSWORD: &str = "pass wörd";

/// Runs a program in a folder; it must succeed.
fn run_in(folder: &Path, program: &str, arguments: &[&str]) {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8").output().expect(program);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
}

/// A folder with a tree in it, of kinds that every filter finds something in.
fn a_tree() -> (tempfile::TempDir, PathBuf) {
    let folder = common::folder();
    let root = folder.path().join("tree");
    let mut entries = common::data::menagerie();
    for (number, size) in [0usize, 1, 4097, 70_000, 300_000].into_iter().enumerate() {
        for kind in 0..4 {
            let name = format!("kinds/{kind}/{number}.{}", common::data::extension(kind));
            entries.push(Entry::file(name, common::data::of_kind(kind, number as u64, size)));
        }
    }
    entries.push(Entry::file("program.exe", common::data::program(3, 400_000)));
    tree::write(&entries, &root);
    (folder, root)
}

/// Opens an archive, extracts all of it, and compares it with the tree it was made of.
fn assert_reads(archive: &Path, root: &Path, password: Option<&str>, what: &str) {
    let encryption = password.map(|password| Encryption::Password(password.into()));
    let options = OpenOptions { encryption, ..OpenOptions::default() };
    let opened = Archive::open(archive, &options).unwrap_or_else(|error| panic!("{what}: {error}"));
    for threads in [1, 4] {
        let items = InMemory::default();
        let extract = ExtractOptions { threads, ..ExtractOptions::default() };
        let summary = opened.extract(|_| true, &items, &extract, &mut Silent, &Control::new());
        let summary = summary.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(summary.statistics.items_failed, 0, "{what}");
        assert_eq!(summary.statistics.items_completed, opened.entries().len() as u64, "{what}");
        let mut files = 0;
        for (index, bytes) in items.into_items() {
            let entry = opened.entry(index).expect("an entry of the archive");
            let path = root.parent().expect("a folder").join(entry.name());
            let expected = match entry.is_symlink() {
                true => fs::read_link(&path).expect("a link").into_os_string().into_encoded_bytes(),
                false => fs::read(&path).unwrap_or_else(|error| panic!("{what}: {path:?}: {error}")),
            };
            assert!(bytes == expected, "{what}: {}", entry.name());
            files += 1;
        }
        let there = tree::read(root).iter().filter(|entry| !entry.metadata.is_directory).count();
        assert_eq!(files, there, "{what}: files");
    }
}

/// What `7zz l -slt` says of each entry.
fn seven_zip_says(archive: &Path, password: Option<&str>) -> Vec<HashMap<String, String>> {
    let mut command = Command::new("7zz");
    command.args(["l", "-slt", "-sccUTF-8"]).arg(format!("-p{}", password.unwrap_or_default())).arg(archive);
    let output = command.env("TZ", "UTC").output().expect("7zz");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let entries = text.split("\n----------\n").nth(1).unwrap_or_default();
    let pairs = |block: &str| {
        block
            .lines()
            .filter_map(|line| line.split_once(" ="))
            .map(|(key, value)| (key.into(), value.trim().into()))
            .collect()
    };
    entries.split("\n\n").filter(|block| block.contains("Path = ")).map(pairs).collect()
}

/// A time as 7zz prints it: in UTC, by tenths of a microsecond.
fn time_text(time: FileTime) -> String {
    let (seconds, nanoseconds) = time.to_unix();
    let time = jiff::Timestamp::new(seconds, nanoseconds as i32).expect("a time of this age");
    format!("{}.{:07}", time.strftime("%Y-%m-%d %H:%M:%S"), nanoseconds / 100)
}

/// Attributes as 7zz prints them: a letter for each of Windows' own, and the Unix mode as ls shows it.
fn attributes_text(attributes: u32) -> String {
    let mut text: String = "RHS8DAdNTsLCOIE"
        .char_indices()
        .filter(|(bit, _)| attributes >> bit & 1 == 1)
        .map(|(_, letter)| letter)
        .collect();
    if attributes & 0x8000 != 0 {
        let mode = attributes >> 16;
        let kind = match mode & 0o170_000 {
            0o040_000 => 'd',
            0o120_000 => 'l',
            _ => '-',
        };
        let letters =
            "rwxrwxrwx".char_indices().map(|(place, letter)| if mode >> (8 - place) & 1 == 1 { letter } else { '-' });
        text = format!("{text} {kind}{}", letters.collect::<String>());
    }
    text
}

/// What we say is what 7zz says.
fn assert_lists(archive: &Path, password: Option<&str>, what: &str) {
    let encryption = password.map(|password| Encryption::Password(password.into()));
    let opened = Archive::open(archive, &OpenOptions { encryption, ..OpenOptions::default() }).expect(what);
    let theirs = seven_zip_says(archive, password);
    assert_eq!(theirs.len(), opened.entries().len(), "{what}");
    for (entry, theirs) in opened.entries().zip(theirs) {
        let name = entry.name();
        let ours = |key: &str| match key {
            "Path" => name.to_owned(),
            "Size" => entry.size().to_string(),
            "CRC" => entry.crc().map(|crc| format!("{crc:08X}")).unwrap_or_default(),
            "Method" => entry.method(),
            "Encrypted" => if entry.is_encrypted() { "+" } else { "-" }.to_owned(),
            "Block" => entry.block().map(|block| block.to_string()).unwrap_or_default(),
            "Modified" => entry.metadata().modified.map(time_text).unwrap_or_default(),
            "Attributes" => entry.metadata().attributes.map(attributes_text).unwrap_or_default(),
            "Packed Size" => match (entry.packed_size(), entry.size()) {
                (Some(size), _) => size.to_string(),
                (None, 0) => "0".to_owned(),
                (None, _) => String::new(),
            },
            key => panic!("{key}"),
        };
        for key in ["Path", "Size", "CRC", "Modified", "Attributes", "Method", "Encrypted", "Block", "Packed Size"] {
            assert_eq!(ours(key), theirs[key], "{what}: {name}: {key}");
        }
    }
}

/// 7zz makes an archive of `root` with these switches; it is listed and extracted. `first`: what the name of its first file
/// ends in.
fn check_what_7zip_makes(root: &Path, switches: &[&str], password: Option<&str>, first: &str) {
    let folder = common::folder();
    let archive = folder.path().join("it.7z");
    let archive = archive.to_str().expect("a UTF-8 path");
    let given = password.map(|password| format!("-p{password}"));
    let arguments: Vec<_> =
        ["a", "-bd", "-snl"].into_iter().chain(switches.iter().copied()).chain(given.as_deref()).collect();
    let name = root.file_name().and_then(|name| name.to_str()).expect("a UTF-8 name");
    run_in(root.parent().expect("a folder"), "7zz", &[&arguments[..], &[archive, name]].concat());
    let path = format!("{archive}{first}");
    let what = format!("{name} {}", switches.join(" "));
    assert_lists(path.as_ref(), password, &what);
    assert_reads(path.as_ref(), root, password, &what);
}

/// `PARALLELCOMPRESS_CORPUS` may name a folder with the trees `source5k`, `mixed` and `binary`; that takes an hour.
#[test]
fn what_7zip_writes_of_whole_corpora_is_read() {
    let (_folder, small) = a_tree();
    let roots = match std::env::var_os("PARALLELCOMPRESS_CORPUS") {
        Some(corpus) => ["source5k", "mixed", "binary"].map(|tree| Path::new(&corpus).join(tree)).to_vec(),
        None => vec![small],
    };
    for root in roots {
        let check = |switches: &[&str], password: Option<&str>, first: &str| {
            check_what_7zip_makes(&root, switches, password, first);
            println!("{} {}", root.display(), switches.join(" "));
        };
        check(&["-mx=1"], None, "");
        check(&["-mx=1", "-ms=off"], None, "");
        check(&["-mx=5", "-ms=16m"], None, "");
        for method in ["-m0=Copy", "-m0=LZMA", "-m0=BZip2", "-m0=Deflate", "-m0=Deflate64", "-m0=PPMd:mem=16m"] {
            check(&["-mx=1", method], None, "");
        }
        for filter in ["-m0=BCJ", "-m0=BCJ2", "-m0=ARM64", "-m0=Delta:4", "-m0=RISCV"] {
            check(&["-mx=1", filter, "-m1=LZMA2"], None, "");
        }
        check(&["-mx=1", "-mhe=on"], Some(PASSWORD), "");
        check(&["-mx=1", "-v1m"], None, ".001");
        check(&["-mx=1", "-m0=LZMA2:d=1m:c=4m", "-mmt=4"], None, "");
    }
}

#[test]
fn what_7zip_writes_is_read() {
    let (_folder, root) = a_tree();
    let check = |switches: &[&str], password: Option<&str>, first: &str| {
        check_what_7zip_makes(&root, switches, password, first);
    };
    for method in ["Copy", "LZMA", "LZMA2", "BZip2", "Deflate", "Deflate64", "PPMd"] {
        let method = format!("-m0={method}");
        check(&[&method], None, "");
        check(&[&method, "-ms=off", "-mhc=off"], None, "");
    }
    for filter in ["BCJ", "BCJ2", "ARM", "ARMT", "ARM64", "PPC", "SPARC", "IA64", "RISCV", "Delta:4", "Swap2", "Swap4"]
    {
        check(&[&format!("-m0={filter}"), "-m1=LZMA2:d=1m"], None, "");
    }
    check(&["-m0=LZMA2"], Some(PASSWORD), "");
    check(&["-m0=BCJ2", "-m1=LZMA", "-mhe=on"], Some(PASSWORD), "");
    check(&["-m0=Copy", "-ms=off", "-mhe=on"], Some(PASSWORD), "");
    check(&["-mx=9", "-mtc=on", "-mta=on"], None, "");
    check(&["-mx=1", "-ms=3f"], None, "");
    check(&["-v500k"], None, ".001");
    check(&["-m0=LZMA2:d=64k:c=256k", "-mmt=4"], None, "");
    check(&["-m0=BCJ", "-m1=LZMA2:d=64k:c=256k", "-mmt=4"], None, "");
}

#[test]
fn a_program_before_the_archive_is_passed_over() {
    let (folder, root) = a_tree();
    run_in(folder.path(), "7zz", &["a", "-bd", "-snl", "it.7z", "tree"]);
    let stub = common::data::program(1, 300_001);
    let archive = fs::read(folder.path().join("it.7z")).unwrap();
    let whole = folder.path().join("it.exe");
    fs::write(&whole, [&stub[..], &archive, b"what stands behind it"].concat()).unwrap();
    assert_reads(&whole, &root, None, "a self-extracting archive");
    let opened = Archive::open(&whole, &OpenOptions::default()).unwrap();
    assert_eq!((opened.stub_size(), opened.size()), (300_001, archive.len() as u64));
}

#[test]
fn what_others_write_is_read() {
    let (folder, root) = a_tree();
    run_in(folder.path(), "bsdtar", &["-cf", "bsdtar.7z", "--format", "7zip", "tree"]);
    assert_reads(&folder.path().join("bsdtar.7z"), &root, None, "libarchive");
    let script = "import py7zr, sys\nwith py7zr.SevenZipFile('py7zr.7z', 'w') as z: z.writeall('tree')\n\
        with py7zr.SevenZipFile('secret.7z', 'w', password=sys.argv[1], header_encryption=True) as z: z.writeall('tree')";
    run_in(folder.path(), "python3", &["-c", script, PASSWORD]);
    assert_reads(&folder.path().join("py7zr.7z"), &root, None, "py7zr");
    assert_reads(&folder.path().join("secret.7z"), &root, Some(PASSWORD), "py7zr, encrypted");
}

#[test]
fn a_password_is_asked_for_and_a_wrong_one_is_called_so() {
    let (folder, _) = a_tree();
    let given = format!("-p{PASSWORD}");
    run_in(folder.path(), "7zz", &["a", "-bd", &given, "-mhe=on", "names.7z", "tree"]);
    run_in(folder.path(), "7zz", &["a", "-bd", &given, "data.7z", "tree"]);
    let open = |name: &str, password: Option<&str>| {
        let encryption = password.map(|password| Encryption::Password(password.into()));
        Archive::open(folder.path().join(name), &OpenOptions { encryption, ..OpenOptions::default() })
    };
    for password in [None, Some("wrong")] {
        let error = open("names.7z", password).expect_err("names are encrypted");
        assert!(matches!(error, Error::Password(_)), "{error}");
        let archive = open("data.7z", password).expect("the names can be read");
        let items = InMemory::default();
        let summary =
            archive.extract(|_| true, &items, &ExtractOptions::default(), &mut Silent, &Control::new()).unwrap();
        assert!(summary.statistics.items_failed > 0);
        assert!(items.into_items().iter().all(|(_, bytes)| bytes.is_empty()), "something came out");
        let stop = ExtractOptions { on_error: parallelcompress::OnError::Stop, ..ExtractOptions::default() };
        let error = archive.extract(|_| true, &Discard, &stop, &mut Silent, &Control::new()).unwrap_err();
        assert!(matches!(error, Error::Password(_)), "{error}");
    }
}
