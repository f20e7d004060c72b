//! Walking and naming against what 7-Zip stores for the same tree, and what happens to entries that cannot be stored.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use parallelcompress::input::{Opened, items_of_path};
use parallelcompress::{Item, Metadata, Source};

/// Runs a program that the tests need; `package` is what to install where it is missing.
fn run(program: &str, package: &str, arguments: &[&OsStr], folder: &Path) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|e| panic!("{program} cannot be run ({e}): install the Debian package {package}"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// All that is compared of an entry.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    attributes: Option<u32>,
    modified: Option<u64>,
    is_directory: bool,
    size: u64,
    link_target: Option<Vec<u8>>,
}

const MODE_LINK: u32 = 0o120_000;

fn is_link(attributes: Option<u32>) -> bool {
    attributes.is_some_and(|a| (a >> 16) & 0o170_000 == MODE_LINK)
}

/// What 7-Zip stores for `argument`, given in `folder`.
fn by_7zip(folder: &Path, argument: &OsStr) -> BTreeMap<String, Entry> {
    let scratch = tempfile::tempdir().unwrap();
    let archive = scratch.path().join("oracle.7z");
    run("7zz", "7zip", &["a".as_ref(), "-snl".as_ref(), archive.as_ref(), "--".as_ref(), argument], folder);
    let mut reader = sevenz_rust2::ArchiveReader::open(&archive, sevenz_rust2::Password::empty()).unwrap();
    let files = reader.archive().files.clone();
    let entry = |file: sevenz_rust2::ArchiveEntry| {
        let attributes = file.has_windows_attributes.then_some(file.windows_attributes);
        let link_target = is_link(attributes).then(|| reader.read_file(&file.name).unwrap());
        let entry = Entry {
            attributes,
            modified: file.has_last_modified_date.then(|| file.last_modified_date.into()),
            is_directory: file.is_directory,
            size: file.size,
            link_target,
        };
        (file.name, entry)
    };
    files.into_iter().map(entry).collect()
}

/// What we store for the same.
fn by_us(path: &Path) -> BTreeMap<String, Entry> {
    let entry = |item: Item| {
        assert!(!matches!(item.source, Source::Failed(_)), "{item:?}");
        assert_eq!(item.index, 7);
        assert_eq!((item.metadata.created, item.metadata.accessed), (None, None), "7-Zip stores neither by default");
        let link_target = is_link(item.metadata.attributes).then(|| match item.source {
            Source::Memory(bytes) => (*bytes).as_ref().to_vec(),
            other => panic!("{}: a link stored as {other:?}", item.name),
        });
        let entry = Entry {
            attributes: item.metadata.attributes,
            modified: item.metadata.modified.map(|time| time.0),
            is_directory: item.metadata.is_directory,
            size: item.size.unwrap(),
            link_target,
        };
        (item.name, entry)
    };
    items_of_path(path, None, 7, &|_| false).into_iter().map(entry).collect()
}

/// A tree with every kind of entry, mode, time and name that 7-Zip stores.
fn plant(root: &Path) {
    let dir = root.join("a/b/dir");
    fs::create_dir_all(dir.join("sub/deeper")).unwrap();
    fs::create_dir(dir.join("empty folder")).unwrap();
    fs::write(dir.join("file.txt"), "hello").unwrap();
    fs::write(dir.join("empty"), "").unwrap();
    fs::write(dir.join("sub/deeper/x"), "x").unwrap();
    for (name, mode) in [("readonly", 0o444), ("setuid", 0o4755), ("none", 0o000), ("sticky", 0o1644)] {
        fs::write(dir.join(name), name).unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(dir.join("empty folder"), fs::Permissions::from_mode(0o2555)).unwrap();
    symlink("file.txt", dir.join("link")).unwrap();
    symlink("nowhere at all", dir.join("dangling")).unwrap();
    symlink("sub", dir.join("link to folder")).unwrap();
    symlink("..", dir.join("loop")).unwrap();
    symlink("/abs/olute", dir.join("absolute")).unwrap();
    symlink(OsStr::from_bytes(b"t\xffx\\y"), dir.join("odd target")).unwrap();
    for (name, time) in [("1969", "1969-12-31 23:59:59.999999999 UTC"), ("2026", "2026-02-28 12:34:56.123456789 UTC")] {
        fs::write(dir.join(name), name).unwrap();
        run("touch", "coreutils", &["-d".as_ref(), time.as_ref(), name.as_ref()], &dir);
    }
    let odd: [&[u8]; 16] = [
        b"bad\xff\xfename\xc3",
        b"enc\xed\xa0\x80x",
        b"trunc\xe2\x82",
        b"\xe2\x82\xe2\x82\xac",
        b"\xe2\x82A",
        b"\xf4\x90\x80\x80",
        b"\xee\xbd\xbf",
        b"\xee\xbe\x80",
        b"\xee\xbf\xbf",
        b"\xef\x80\x80",
        b"\xc0\xaf",
        b"\x80",
        "\u{1f600} \u{e9} e\u{301}".as_bytes(),
        b"back\\slash",
        b"new\nline \"quoted\" *?<>|:",
        b" leading and trailing. ",
    ];
    for name in odd {
        fs::write(dir.join(OsStr::from_bytes(name)), name).unwrap();
    }
    fs::create_dir(dir.join(OsStr::from_bytes(b"folder\xfe"))).unwrap();
    fs::write(dir.join(OsStr::from_bytes(b"folder\xfe/in\xfd")), "in").unwrap();
}

/// The only test here that changes the working directory, which all tests share: the others use absolute paths.
#[test]
fn items_are_what_7zip_stores() {
    let root = tempfile::tempdir().unwrap();
    plant(root.path());
    std::env::set_current_dir(root.path()).unwrap();
    let up = format!("../{}/a/b", root.path().file_name().unwrap().to_str().unwrap());
    for argument in [
        "a/b/dir",
        "a/b/dir/",
        "./a/b/dir",
        "a/./b/dir",
        "a/../a/b/dir",
        &up,
        ".",
        "./",
        "a/b/dir/.",
        "a/b/dir/..",
        "a/b/dir/file.txt",
        "./a/b/dir/file.txt",
        "a/b/dir/link",
        "a/b/dir/loop",
    ] {
        assert_same(argument, &by_us(Path::new(argument)), &by_7zip(root.path(), argument.as_ref()));
    }
    for argument in ["a", "a/b/dir/", "a/b/dir/file.txt", "a/b/dir/dangling", "a/b/dir/.", "a/b/../b"] {
        let argument = root.path().join("x/..").join(argument);
        fs::create_dir_all(root.path().join("x")).unwrap();
        assert_same(&argument, &by_us(&argument), &by_7zip(root.path(), argument.as_os_str()));
    }
}

fn assert_same(what: impl std::fmt::Debug, ours: &BTreeMap<String, Entry>, theirs: &BTreeMap<String, Entry>) {
    assert!(!theirs.is_empty(), "{what:?}");
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "names for {what:?}");
    for (name, entry) in ours {
        assert_eq!(entry, &theirs[name], "{name:?} of {what:?}");
    }
}

fn names(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.name.as_str()).collect()
}

fn failure(item: &Item) -> String {
    match &item.source {
        Source::Failed(error) => error.to_string(),
        other => panic!("{}: not failed but {other:?}", item.name),
    }
}

#[test]
fn order_is_depth_first_by_name_bytes_and_exclusion_cuts_whole_folders() {
    let root = tempfile::tempdir().unwrap();
    for file in ["b", "a.txt", "a/z", "a/m/1", "a/m/0", "skip/in", "Z", "é", "a/no.tmp"] {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    let asked = std::cell::RefCell::new(Vec::new());
    let exclude = |name: &str| {
        asked.borrow_mut().push(name.to_owned());
        name == "top/skip" || name.ends_with(".tmp")
    };
    let items = items_of_path(root.path(), Some("/top/../"), 3, &exclude);
    let expected =
        ["top", "top/Z", "top/a", "top/a/m", "top/a/m/0", "top/a/m/1", "top/a/z", "top/a.txt", "top/b", "top/é"];
    assert_eq!(names(&items), expected);
    assert!(asked.borrow().iter().all(|name| name != "top/skip/in"), "an excluded folder is not looked into");
    assert!(items_of_path(root.path(), Some("top"), 0, &|name| name == "top").is_empty());

    let without_top = items_of_path(root.path(), Some("/"), 0, &|_| false);
    assert_eq!(without_top[0].name, "Z", "an empty name stores the contents only");
    let file = items_of_path(&root.path().join("a.txt"), Some("/other/../name"), 0, &|_| false);
    assert_eq!(names(&file), ["other/name"]);
    let file = items_of_path(&root.path().join("a.txt"), Some(".."), 0, &|_| false);
    assert_eq!(names(&file), ["a.txt"], "a file is never without a name");
}

#[test]
fn what_has_no_bytes_to_store_is_reported_not_lost() {
    let root = tempfile::tempdir().unwrap();
    run("mkfifo", "coreutils", &["fifo".as_ref()], root.path());
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
    let items = items_of_path(root.path(), Some("r"), 0, &|_| false);
    assert_eq!(names(&items), ["r", "r/fifo", "r/socket"]);
    assert!(failure(&items[1]).ends_with("fifo: not a regular file but a FIFO"), "{}", failure(&items[1]));
    assert!(failure(&items[2]).ends_with("socket: not a regular file but a socket"), "{}", failure(&items[2]));
    let items = items_of_path(Path::new("/dev/null"), None, 0, &|_| false);
    assert_eq!(failure(&items[0]), "cannot store /dev/null: not a regular file but a character device");
    assert_eq!(items[0].name, "null");

    let missing = root.path().join("missing");
    let items = items_of_path(&missing, None, 5, &|_| false);
    assert_eq!((names(&items), items[0].index), (vec!["missing"], 5));
    assert!(failure(&items[0]).starts_with(&format!("cannot examine {}: ", missing.display())));
    let items = items_of_path(Path::new(""), None, 0, &|_| false);
    assert_eq!(items.len(), 1, "even an empty path is reported");
    failure(&items[0]);
}

/// The child of the test below: lists as a user who is not root. Does nothing unless that test runs it.
#[test]
fn child_lists_as_an_ordinary_user() {
    let Some(root) = std::env::var_os("WALK_ROOT").map(PathBuf::from) else { return };
    let items = items_of_path(&root, Some("r"), 0, &|_| false);
    assert_eq!(names(&items), ["r", "r/closed", "r/closed", "r/empty", "r/open", "r/open/x"]);
    assert!(items[1].metadata.is_directory, "the folder's own entry is stored");
    assert!(failure(&items[2]).starts_with("cannot list the folder "), "{}", failure(&items[2]));
    let Item { size, source, .. } = items.into_iter().find(|item| item.name == "r/empty").unwrap();
    assert_eq!(size, Some(0));
    let error = source.open().expect_err("an unreadable file must not pass for an empty one").to_string();
    assert!(error.starts_with(&format!("cannot open {}: ", root.join("empty").display())), "{error}");
}

#[test]
fn an_unreadable_folder_and_file_are_reported() {
    let root = tempfile::tempdir().unwrap();
    let tree = root.path().join("tree");
    fs::create_dir_all(tree.join("closed/inner")).unwrap();
    fs::create_dir_all(tree.join("open")).unwrap();
    fs::write(tree.join("open/x"), "x").unwrap();
    fs::write(tree.join("empty"), "").unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(tree.join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(tree.join("empty"), fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything, so this runs as somebody else, from where everybody can run it.
    let program = root.path().join("walk-test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut child = Command::new(&program);
    child.args(["--exact", "child_lists_as_an_ordinary_user"]).env("WALK_ROOT", &tree).current_dir("/");
    let is_root = fs::metadata("/proc/self").is_ok_and(|stat| std::os::unix::fs::MetadataExt::uid(&stat) == 0);
    if is_root {
        std::os::unix::process::CommandExt::uid(&mut child, 65534);
    }
    let output = child.output().unwrap();
    fs::set_permissions(tree.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn deep_trees_need_no_stack() {
    let root = tempfile::tempdir().unwrap();
    let mut path = root.path().to_owned();
    for _ in 0..1500 {
        path.push("d");
        fs::create_dir(&path).unwrap();
    }
    fs::write(path.join("f"), "f").unwrap();
    let top = root.path().to_owned();
    let walk = std::thread::Builder::new().stack_size(128 << 10);
    let items = walk.spawn(move || items_of_path(&top, Some("t"), 0, &|_| false)).unwrap().join().unwrap();
    assert_eq!(items.len(), 1502);
    assert!(items[1501].name.ends_with("/d/d/f"));
}

#[test]
fn a_path_longer_than_the_system_takes_is_reported() {
    let root = tempfile::tempdir().unwrap();
    let script = r#"n=$(printf '%0200d' 0); i=0
        while [ $i -lt 25 ]; do mkdir $n && cd -P $n || exit 1; i=$((i + 1)); done; echo x > file"#;
    run("sh", "dash", &["-c".as_ref(), script.as_ref()], root.path());
    let items = items_of_path(root.path(), Some("t"), 0, &|_| false);
    let failed: Vec<_> = items.iter().filter(|item| matches!(item.source, Source::Failed(_))).collect();
    assert_eq!(failed.len(), 1, "{} items", items.len());
    assert!(failure(failed[0]).starts_with("cannot list the folder "), "{}", failure(failed[0]));
}

#[test]
fn a_source_that_is_no_file_any_more_is_refused_without_waiting() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("f");
    let file_item = || {
        fs::write(&path, "bytes").unwrap();
        items_of_path(&path, None, 0, &|_| false).remove(0).source
    };

    let mut bytes = Vec::new();
    file_item().open().unwrap().reader.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"bytes");

    let source = file_item();
    assert_eq!(source.label("name"), path);
    fs::remove_file(&path).unwrap();
    let error = source.open().unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot open {}: ", path.display())), "{error}");
    assert!(
        matches!(&error, parallelcompress::Error::Io { source, .. } if source.raw_os_error() == Some(libc::ENOENT)),
        "the system's number is kept: {error:?}"
    );

    let source = file_item();
    fs::remove_file(&path).unwrap();
    run("mkfifo", "coreutils", &[path.as_os_str()], root.path());
    let error = source.open().unwrap_err().to_string();
    assert!(error.ends_with("not a regular file but a FIFO"), "{error}");
    fs::remove_file(&path).unwrap();

    let source = file_item();
    fs::remove_file(&path).unwrap();
    symlink("/etc/passwd", &path).unwrap();
    let error = source.open().unwrap_err().to_string();
    assert!(error.ends_with("not a regular file but a symbolic link"), "{error}");
    fs::remove_file(&path).unwrap();

    let source = file_item();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = source.open().unwrap_err().to_string();
    assert!(error.ends_with("not a regular file but a folder"), "{error}");
}

#[test]
fn the_other_sources_open_as_what_they_are() {
    let read = |source: Source| {
        let Opened { mut reader, size } = source.open().unwrap();
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        (bytes, size)
    };
    assert_eq!(read(Source::Empty), (Vec::new(), Some(0)));
    let item = Item::from_memory("m", b"abc".as_slice());
    assert_eq!(item.source.label("m"), Path::new("m"));
    assert_eq!(read(item.source), (b"abc".to_vec(), Some(3)));
    assert_eq!(read(Item::from_reader("r", b"abc".as_slice(), None).source), (b"abc".to_vec(), None));
    let stream = Item::from_stream("s", None, || Ok(Opened { reader: Box::new(b"abc".as_slice()), size: Some(3) }));
    assert_eq!(read(stream.source), (b"abc".to_vec(), Some(3)));
    let failed = Source::Failed(parallelcompress::Error::Internal("why".into()));
    assert_eq!(failed.open().unwrap_err().to_string(), "internal error: why");
    assert_eq!(Metadata::attributes_of_unix_mode(0o040_755), 0x41ed_8010);
}

#[test]
fn many_folders_come_in_the_order_of_their_names_without_what_is_excluded() {
    let top = tempfile::tempdir().unwrap();
    let mut expected = vec!["tree".to_owned()];
    for folder in 0..300 {
        let folder = format!("tree/{folder:03}");
        fs::create_dir_all(top.path().join(&folder).join("b/c")).unwrap();
        for file in ["a", "b/c/x", "d"] {
            fs::write(top.path().join(&folder).join(file), file).unwrap();
        }
        if folder.ends_with('7') {
            continue;
        }
        expected.push(folder.clone());
        expected.extend(["a", "b", "b/c", "b/c/x", "d"].map(|name| format!("{folder}/{name}")));
        if folder.ends_with('5') {
            expected.truncate(expected.len() - 4); // b with all in it, and d
        }
    }
    let asked = std::cell::RefCell::new(BTreeMap::new());
    let exclude = |name: &str| {
        *asked.borrow_mut().entry(name.to_owned()).or_insert(0) += 1;
        let (folder, rest) = name.strip_prefix("tree/").and_then(|name| name.split_at_checked(3)).unwrap_or_default();
        folder.ends_with('7') || folder.ends_with('5') && ["/b", "/d"].contains(&rest)
    };
    let items = items_of_path(&top.path().join("tree"), None, 0, &exclude);
    let names: Vec<_> = items.iter().map(|item| item.name.clone()).collect();
    assert_eq!(names, expected);
    let asked = asked.into_inner();
    assert!(asked.values().all(|&times| times == 1));
    assert!(asked.contains_key("tree/005/b") && !asked.contains_key("tree/005/b/c"));
}
