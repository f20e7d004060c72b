//! Whole archives, put together by hand from the container's and the codecs' parts, and read by other people's
//! programs: 7-Zip (`7zz`), libarchive (`bsdtar`), py7zr and sevenz-rust2. What they list and extract is compared with
//! what went in, byte for byte and time for time.

use std::collections::HashMap;
use std::fs;
use std::io::{Cursor, ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use lzma_rust2::{Lzma2Options, Lzma2Writer, LzmaOptions, LzmaWriter};
use parallelcompress::codec::Monitor;
use parallelcompress::codec::aes::{self, Encryptor, Key};
use parallelcompress::sevenz::{
    Archive, Coder, Entry, Folder, SIGNATURE_HEADER_SIZE, Substream, encoded_header, header, signature_header,
};

const COPY: u64 = 0;
const LZMA2: u64 = 0x21;
const LZMA: u64 = 0x03_0101;

/// FILETIME of 2020-01-02 03:04:05 UTC.
const TIME: u64 = (1_577_934_245 + 11_644_473_600) * SECOND;
/// A second in FILETIME steps.
const SECOND: u64 = 10_000_000;

// ---- Archives ----

/// An entry and its bytes.
struct Item {
    entry: Entry,
    content: Vec<u8>,
}

impl Item {
    fn file(name: &str, content: impl Into<Vec<u8>>) -> Self {
        let content = content.into();
        let entry = Entry { name: name.into(), has_stream: !content.is_empty(), ..Entry::default() };
        Self { entry, content }
    }

    fn directory(name: &str) -> Self {
        Self { entry: Entry { is_directory: true, ..Self::file(name, "").entry }, content: Vec::new() }
    }

    /// With attributes as 7-Zip on Unix writes them.
    fn mode(mut self, mode: u32) -> Self {
        self.entry.attributes = Some(0x8000 | mode << 16 | if self.entry.is_directory { 0x10 } else { 0x20 });
        self
    }

    fn is_symlink(&self) -> bool {
        self.entry.attributes.is_some_and(|attributes| attributes >> 28 == 0o12)
    }
}

/// How an archive is made of items.
#[derive(Debug, Clone, Copy)]
struct Recipe {
    method: u64,
    items_per_folder: usize,
    /// Encrypts the folders, with this many bytes of salt and 2^`cycles_power` rounds.
    password: Option<&'static str>,
    salt_size: usize,
    cycles_power: u32,
    header: HeaderForm,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum HeaderForm {
    Plain,
    /// Packed by this method, and encrypted where there is a password.
    Encoded(u64),
}

const PLAIN: Recipe = Recipe {
    method: COPY,
    items_per_folder: 3,
    password: None,
    salt_size: 0,
    cycles_power: 8,
    header: HeaderForm::Plain,
};

/// Compresses, then encrypts where there is a key; gives the packed stream and how to decode it.
fn pack(method: u64, content: &[u8], substreams: Vec<Substream>, encryption: Option<(&Encryption, u64)>) -> Packed {
    let mut options = LzmaOptions::with_preset(1);
    options.dict_size = 1 << 16;
    let (properties, mut stream) = match method {
        COPY => (Vec::new(), content.to_vec()),
        LZMA => {
            let mut writer = LzmaWriter::new_no_header(Vec::new(), &options, false).unwrap();
            let properties = [&[writer.props()][..], &options.dict_size.to_le_bytes()].concat();
            writer.write_all(content).unwrap();
            (properties, writer.finish().unwrap())
        }
        LZMA2 => {
            options.dict_size = 1 << 20;
            let mut writer =
                Lzma2Writer::new(Vec::new(), Lzma2Options { lzma_options: options, ..Lzma2Options::default() });
            writer.write_all(content).unwrap();
            (vec![16], writer.finish().unwrap()) // 16: a dictionary of 1 MiB
        }
        other => panic!("method {other:#x}"),
    };
    let mut coders = vec![Coder { method, properties, unpack_size: content.len() as u64 }];
    if let Some((encryption, number)) = encryption {
        let iv = aes::derived_iv(&encryption.key, &encryption.iv, number);
        let unpack_size = stream.len() as u64;
        let (mut encryptor, mut encrypted) = (Encryptor::new(&encryption.key, &iv), Vec::new());
        encryptor.update(&stream, &mut encrypted);
        encryptor.finish(&mut encrypted);
        stream = encrypted;
        let properties = aes::properties(encryption.cycles_power, &encryption.salt, &iv);
        coders.push(Coder { method: aes::METHOD_ID, properties, unpack_size });
    }
    Packed { folder: Folder { coders, pack_size: stream.len() as u64, branches: Vec::new(), substreams }, stream }
}

struct Packed {
    folder: Folder,
    stream: Vec<u8>,
}

struct Encryption {
    key: Key,
    salt: Vec<u8>,
    iv: [u8; 16],
    cycles_power: u32,
}

fn substream(content: &[u8]) -> Substream {
    Substream { size: content.len() as u64, crc: Some(crc32fast::hash(content)) }
}

fn build(items: &[Item], recipe: Recipe) -> Vec<u8> {
    let encryption = recipe.password.map(|password| {
        let salt: Vec<u8> = (0..recipe.salt_size as u8).map(|i| i ^ 0xA5).collect();
        let key = Key::derive(password, &salt, recipe.cycles_power, &Monitor::default()).expect("nothing stops it");
        Encryption { key, salt, iv: *b"an IV of 16 byte", cycles_power: recipe.cycles_power }
    });
    let with_number = |number: usize| encryption.as_ref().map(|encryption| (encryption, number as u64));

    let mut bytes = vec![0; SIGNATURE_HEADER_SIZE as usize];
    let mut folders = Vec::new();
    let with_bytes: Vec<_> = items.iter().filter(|item| item.entry.has_stream).collect();
    for chunk in with_bytes.chunks(recipe.items_per_folder) {
        let content: Vec<u8> = chunk.iter().flat_map(|item| item.content.iter().copied()).collect();
        let substreams = chunk.iter().map(|item| substream(&item.content)).collect();
        let packed = pack(recipe.method, &content, substreams, with_number(folders.len()));
        bytes.extend_from_slice(&packed.stream);
        folders.push(packed.folder);
    }

    let number = folders.len();
    let mut end = header(&Archive { folders, entries: items.iter().map(|item| item.entry.clone()).collect() });
    if let HeaderForm::Encoded(method) = recipe.header {
        let packed = pack(method, &end, vec![substream(&end)], with_number(number));
        end = encoded_header(&packed.folder, bytes.len() as u64 - SIGNATURE_HEADER_SIZE);
        bytes.extend_from_slice(&packed.stream);
    }
    let offset = bytes.len() as u64 - SIGNATURE_HEADER_SIZE;
    bytes.extend_from_slice(&end);
    bytes[..SIGNATURE_HEADER_SIZE as usize].copy_from_slice(&signature_header(
        offset,
        end.len() as u64,
        crc32fast::hash(&end),
    ));
    bytes
}

// ---- Oracles ----

/// Runs an oracle in `folder`, with UTF-8 names and times in UTC, and gives what it prints. It must succeed.
fn run(program: &str, package: &str, folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .envs([("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("PYTHONIOENCODING", "utf-8")])
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("this test needs the program {program}: install {package}")
        }
        other => other.unwrap(),
    };
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}: {}\n{printed}\n{errors}", output.status);
    printed.into_owned()
}

fn run_7zz(folder: &Path, arguments: &[&str]) -> String {
    run("7zz", "the Debian package 7zip", folder, arguments)
}

fn run_bsdtar(folder: &Path, arguments: &[&str]) -> String {
    run("bsdtar", "the Debian package libarchive-tools", folder, arguments)
}

/// Prints a line for each entry, then extracts into the folder `py7zr`.
const PY7ZR: &str = "
import sys
try:
    import py7zr
except ImportError:
    sys.exit('this test needs py7zr: install the Python package py7zr')
with py7zr.SevenZipFile('a.7z', password=sys.argv[1] or None) as archive:
    for file in archive.files:
        time = None if file.lastwritetime is None else int(file.lastwritetime)
        print(file.filename, file.is_directory, file.uncompressed, file.crc32, time, sep='|')
    archive.extractall('py7zr')
";

/// The items in the order in which the container lists them: those without a stream first.
fn as_listed(items: &[Item]) -> Vec<&Item> {
    let mut listed: Vec<_> = items.iter().collect();
    listed.sort_by_key(|item| item.entry.has_stream);
    listed
}

/// Lets all oracles list, test and extract, and compares.
fn check(items: &[Item], recipe: Recipe) {
    let bytes = build(items, recipe);
    let items = &as_listed(items);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.7z"), &bytes).unwrap();
    eprintln!("{} entries, {recipe:?}", items.len()); // shown where the test fails
    check_7zz(items, recipe, folder.path());
    check_bsdtar(items, recipe, folder.path());
    check_py7zr(items, recipe, folder.path());
    check_sevenz_rust2(items, recipe, bytes);
}

fn check_7zz(items: &[&Item], recipe: Recipe, folder: &Path) {
    let password = format!("-p{}", recipe.password.unwrap_or_default());
    run_7zz(folder, &["t", &password, "a.7z"]);
    let listing = run_7zz(folder, &["l", "-slt", &password, "a.7z"]);
    let (_, listing) = listing.split_once("----------\n").unwrap_or_default();
    let listed: Vec<HashMap<_, _>> = listing
        .split("\n\n")
        .map(|lines| lines.lines().filter_map(|line| line.split_once(" = ")).collect::<HashMap<_, _>>())
        .filter(|fields| !fields.is_empty())
        .collect();
    assert_eq!(listed.len(), items.len(), "{recipe:?}");
    for (fields, Item { entry, content }) in listed.iter().zip(items) {
        let field = |name| fields.get(name).copied().unwrap_or_default();
        let name = &entry.name;
        assert_eq!(field("Path"), *name);
        assert_eq!(field("Size"), content.len().to_string(), "{name}");
        let crc = entry.has_stream.then(|| format!("{:08X}", crc32fast::hash(content)));
        assert_eq!(field("CRC"), crc.unwrap_or_default(), "{name}");
        if entry.attributes.is_some() {
            assert_eq!(field("Attributes").starts_with('D'), entry.is_directory, "{name}: {}", field("Attributes"));
        }
        assert_eq!(field("Modified"), printed_time(entry.modified), "{name}");
        assert_eq!(field("Created"), printed_time(entry.created), "{name}");
        assert_eq!(field("Accessed"), printed_time(entry.accessed), "{name}");
        // 7-Zip lists an empty file between two files of a folder as if it had been packed with them.
        if entry.has_stream {
            assert_eq!(field("Encrypted") == "+", recipe.password.is_some(), "{name}");
        }
    }
    run_7zz(folder, &["x", &password, "-o7zz", "a.7z"]);
    check_extracted(items, &folder.join("7zz"));
}

/// As 7-Zip prints a time that is less than a minute's rest after [`TIME`].
fn printed_time(time: Option<u64>) -> String {
    time.map_or_else(String::new, |time| {
        let since = time - TIME;
        format!("2020-01-02 03:04:{:02}.{:07}", 5 + since / SECOND, since % SECOND)
    })
}

/// libarchive reads neither encrypted headers nor encrypted streams; it lists what stands beside the latter, unless that
/// is a symbolic link's target.
fn check_bsdtar(items: &[&Item], recipe: Recipe, folder: &Path) {
    let needs_target = items.iter().any(|item| item.is_symlink());
    if recipe.password.is_some() && (needs_target || recipe.header != HeaderForm::Plain) {
        return;
    }
    assert_eq!(run_bsdtar(folder, &["-tf", "a.7z"]).lines().count(), items.len(), "{recipe:?}");
    if recipe.password.is_none() {
        fs::create_dir(folder.join("bsdtar")).unwrap();
        run_bsdtar(folder, &["-xf", "a.7z", "-C", "bsdtar"]);
        check_extracted(items, &folder.join("bsdtar"));
    }
}

fn check_py7zr(items: &[&Item], recipe: Recipe, folder: &Path) {
    let listing =
        run("python3", "Python 3 and its package py7zr", folder, &["-c", PY7ZR, recipe.password.unwrap_or_default()]);
    let mut expected = String::new();
    for Item { entry, content } in items {
        let is_directory = if entry.is_directory { "True" } else { "False" };
        let crc = if entry.has_stream { crc32fast::hash(content).to_string() } else { "None".into() };
        let modified = entry.modified.map_or("None".into(), |time| time.to_string());
        expected += &format!("{}|{is_directory}|{}|{crc}|{modified}\n", entry.name, content.len());
    }
    assert_eq!(listing, expected, "{recipe:?}");
    check_extracted(items, &folder.join("py7zr"));
}

fn check_sevenz_rust2(items: &[&Item], recipe: Recipe, bytes: Vec<u8>) {
    let password = recipe.password.map_or_else(sevenz_rust2::Password::empty, sevenz_rust2::Password::from);
    let mut reader = sevenz_rust2::ArchiveReader::new(Cursor::new(bytes), password).unwrap();
    // Attributes are stored for all or none; a directory always has the one that says so.
    let any_attributes = items.iter().any(|item| item.entry.is_directory || item.entry.attributes.is_some());
    for (read, Item { entry, content }) in reader.archive().files.iter().zip(items) {
        let modified = read.has_last_modified_date.then(|| u64::from(read.last_modified_date));
        let created = read.has_creation_date.then(|| u64::from(read.creation_date));
        let accessed = read.has_access_date.then(|| u64::from(read.access_date));
        let again = Entry {
            name: read.name.clone(),
            has_stream: read.has_stream,
            is_directory: read.is_directory,
            attributes: read.has_windows_attributes.then_some(read.windows_attributes),
            modified,
            created,
            accessed,
        };
        let own = entry.attributes.unwrap_or_default() | if entry.is_directory { 0x10 } else { 0 };
        let attributes = any_attributes.then_some(own);
        assert_eq!(again, Entry { attributes, ..entry.clone() }, "{recipe:?}");
        assert_eq!(read.size, content.len() as u64);
    }
    let mut contents = HashMap::new();
    reader
        .for_each_entries(|entry, reader| {
            let mut content = Vec::new();
            reader.read_to_end(&mut content)?;
            contents.insert(entry.name.clone(), content);
            Ok(true)
        })
        .unwrap();
    assert_eq!(contents.len(), items.len(), "{recipe:?}");
    for Item { entry, content } in items {
        assert!(contents[&entry.name] == *content, "{} came out otherwise, {recipe:?}", entry.name);
    }
}

fn check_extracted(items: &[&Item], folder: &Path) {
    for item in items {
        let path = folder.join(&item.entry.name);
        if item.entry.is_directory {
            assert!(path.is_dir(), "{}", path.display());
        } else if cfg!(unix) && item.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            assert_eq!(target.to_str().unwrap().as_bytes(), item.content, "{}", path.display());
        } else {
            let read = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(read == item.content, "{} came out otherwise", path.display());
        }
    }
}

// ---- Items ----

/// Bytes that compress by about half, different for each seed.
fn content(size: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_769) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8 & 0x0F
    };
    (0..size).map(|_| b'a' + next()).collect()
}

/// Files with and without bytes and directories in turn; the times and attributes of some are unknown.
fn mixture(count: usize) -> Vec<Item> {
    let item = |i: usize| {
        let mut item = match i % 7 {
            2 => Item::file(&format!("empty{i}"), ""),
            4 => Item::directory(&format!("directory{i}")),
            _ => Item::file(&format!("file{i}"), content(1 + i * 37 % 500, i as u32)),
        };
        let time = TIME + i as u64;
        item.entry.modified = i.is_multiple_of(2).then_some(time);
        item.entry.created = i.is_multiple_of(3).then_some(time + SECOND);
        item.entry.accessed = i.is_multiple_of(5).then_some(time + 2 * SECOND);
        if i % 4 != 3 { item.mode(if i % 7 == 4 { 0o040_755 } else { 0o100_644 }) } else { item }
    };
    (0..count).map(item).collect()
}

/// What a small tree looks like: every kind of entry, all of its metadata known, one file of many LZMA2 chunks.
fn tree() -> Vec<Item> {
    let mut items = vec![
        Item::directory("tree").mode(0o040_755),
        Item::file("tree/text", "some text\n").mode(0o100_644),
        Item::file("tree/empty", "").mode(0o100_600),
        Item::file("tree/large", content(300_000, 1)).mode(0o100_644),
        Item::directory("tree/nothing").mode(0o040_755),
        Item::file("tree/program", content(5000, 2)).mode(0o100_755),
        Item::file("tree/one", "1").mode(0o100_644),
    ];
    if cfg!(unix) {
        items.push(Item::file("tree/link", "text").mode(0o120_777));
    }
    for (i, item) in items.iter_mut().enumerate() {
        item.entry.modified = Some(TIME + 1_234_567 + i as u64);
        item.entry.created = Some(TIME + 2 * SECOND + i as u64);
        item.entry.accessed = Some(TIME + 3 * SECOND);
    }
    items
}

// ---- Tests ----

#[test]
fn every_method_with_every_header() {
    for method in [COPY, LZMA, LZMA2] {
        for header in [HeaderForm::Plain, HeaderForm::Encoded(LZMA)] {
            check(&tree(), Recipe { method, header, ..PLAIN });
        }
    }
}

#[test]
fn every_method_encrypted_with_every_header() {
    for method in [COPY, LZMA, LZMA2] {
        for header in [HeaderForm::Plain, HeaderForm::Encoded(LZMA)] {
            check(&tree(), Recipe { method, header, password: Some("secret"), ..PLAIN });
        }
    }
}

#[test]
fn headers_packed_by_other_methods() {
    for method in [COPY, LZMA2] {
        let recipe = Recipe { header: HeaderForm::Encoded(method), ..PLAIN };
        check(&tree(), recipe);
        check(&tree(), Recipe { password: Some("secret"), ..recipe });
    }
}

#[test]
fn salt_and_the_usual_number_of_rounds() {
    let recipe = Recipe { method: LZMA2, header: HeaderForm::Encoded(LZMA), ..PLAIN };
    check(&tree(), Recipe { password: Some("P\u{E4}ss \u{1F600}"), cycles_power: aes::CYCLES_POWER, ..recipe });
    for salt_size in [1, 8, 16] {
        check(&tree(), Recipe { password: Some("secret"), salt_size, ..recipe });
    }
}

#[test]
fn a_key_without_rounds() {
    let items = tree();
    let recipe = Recipe { password: Some("raw"), cycles_power: aes::RAW_KEY_CYCLES_POWER, ..PLAIN };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.7z"), build(&items, recipe)).unwrap();
    check_7zz(&as_listed(&items), recipe, folder.path());
}

#[test]
fn a_wrong_password_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.7z"), build(&tree(), Recipe { password: Some("secret"), ..PLAIN })).unwrap();
    let status = Command::new("7zz")
        .args(["t", "-pwrong", "a.7z"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("this test needs the program 7zz: install the Debian package 7zip");
    assert_eq!(status.code(), Some(2));
}

#[test]
fn folders_of_one_item_of_some_and_of_all() {
    for items_per_folder in [1, 2, 5, usize::MAX] {
        check(&tree(), Recipe { method: LZMA2, items_per_folder, ..PLAIN });
    }
}

#[test]
fn bit_vectors_of_every_length() {
    for count in [0, 1, 7, 8, 9, 16, 17, 1000] {
        check(&mixture(count), PLAIN);
        check(&mixture(count), Recipe { method: LZMA2, header: HeaderForm::Encoded(LZMA), ..PLAIN });
    }
}

#[test]
fn only_empty_entries() {
    for count in [1, 8, 9] {
        let empty =
            |name: String, i: usize| if i.is_multiple_of(2) { Item::file(&name, "") } else { Item::directory(&name) };
        let items: Vec<_> = (0..count).map(|i| empty(format!("{i}"), i)).collect();
        check(&items, PLAIN);
        check(&items, Recipe { header: HeaderForm::Encoded(LZMA), ..PLAIN });
        let files: Vec<_> = (0..count).map(|i| empty(format!("{i}"), 0)).collect();
        check(&files, PLAIN);
        let directories: Vec<_> = (0..count).map(|i| empty(format!("{i}"), 1)).collect();
        check(&directories, PLAIN);
    }
}

#[test]
fn tiny_headers_encoded_and_encrypted() {
    for header in [COPY, LZMA, LZMA2].map(HeaderForm::Encoded) {
        for items in [vec![], vec![Item::file("e", "")], vec![Item::file("f", "x")]] {
            check(&items, Recipe { header, ..PLAIN });
            check(&items, Recipe { header, password: Some("secret"), ..PLAIN });
        }
    }
}

#[test]
fn a_crc_of_zero_is_a_crc() {
    let zero = [0x9D, 0x0A, 0xD9, 0x6D];
    assert_eq!(crc32fast::hash(&zero), 0);
    for items_per_folder in [1, 3] {
        let items = [Item::file("before", "b"), Item::file("zero", zero), Item::file("after", "a")];
        check(&items, Recipe { method: LZMA2, items_per_folder, ..PLAIN });
        check(&items, Recipe { password: Some("secret"), items_per_folder, ..PLAIN });
    }
}

#[test]
fn an_empty_entry_between_the_files_of_a_solid_block() {
    let between = [Item::file("empty", ""), Item::directory("directory")];
    for (i, between) in between.into_iter().enumerate() {
        let items = [Item::file("first", content(1000, 3)), between, Item::file("last", content(2000, 4 + i as u32))];
        check(&items, Recipe { method: LZMA2, ..PLAIN });
        check(&items, Recipe { method: LZMA, password: Some("secret"), ..PLAIN });
    }
}

#[test]
fn names_beyond_ascii() {
    let names = ["\u{E4}\u{F6}\u{FC}", "\u{65E5}\u{672C}", "\u{1F600}", "a\u{10FFFD}b", "\u{FFFD}", " with spaces "];
    let items: Vec<_> = names.iter().map(|name| Item::file(name, name.as_bytes())).collect();
    check(&items, PLAIN);
    check(&items, Recipe { header: HeaderForm::Encoded(LZMA), ..PLAIN });
}

/// libarchive composes what it reads from UTF-16; the others, and so the archive, keep the name as it was.
#[cfg(target_os = "linux")]
#[test]
fn decomposed_names_stay_decomposed() {
    let items = [Item::file("e\u{301}", "e")];
    let bytes = build(&items, PLAIN);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.7z"), &bytes).unwrap();
    let items = as_listed(&items);
    check_7zz(&items, PLAIN, folder.path());
    check_py7zr(&items, PLAIN, folder.path());
    check_sevenz_rust2(&items, PLAIN, bytes);
}

/// 7-Zip on Unix keeps a byte that is not UTF-8 as U+EF80 to U+EFFF, and gives the byte back.
#[cfg(target_os = "linux")]
#[test]
fn names_with_private_use_escapes_give_back_their_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let items = [Item::file("raw\u{EF80}\u{EFFF}", "bytes")];
    let bytes = build(&items, PLAIN);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.7z"), &bytes).unwrap();
    run_7zz(folder.path(), &["x", "-o7zz", "a.7z"]);
    assert_eq!(fs::read(folder.path().join("7zz").join(OsStr::from_bytes(b"raw\x80\xFF"))).unwrap(), b"bytes");
    let items = as_listed(&items);
    check_bsdtar(&items, PLAIN, folder.path());
    check_py7zr(&items, PLAIN, folder.path());
    check_sevenz_rust2(&items, PLAIN, bytes);
}

#[test]
fn a_million_entries_are_written_fast_and_listed_whole() {
    const COUNT: usize = 1_000_000;
    let items: Vec<_> = (0..COUNT)
        .map(|i| {
            let mut item = Item::file(&format!("directory/of/many/{i:07}"), if i.is_multiple_of(3) { "" } else { "x" });
            item.entry.modified = i.is_multiple_of(2).then_some(TIME + i as u64);
            item.mode(0o100_644)
        })
        .collect();
    let start = Instant::now();
    let bytes = build(&items, Recipe { items_per_folder: 1000, ..PLAIN });
    let took = start.elapsed();
    assert!(took.as_secs() < 20, "{took:?} for {COUNT} entries");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.7z"), bytes).unwrap();
    let printed = run_7zz(folder.path(), &["t", "a.7z"]);
    assert!(printed.contains(&format!("Files: {COUNT}\n")), "{printed}");
}
