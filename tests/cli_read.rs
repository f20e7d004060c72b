//! `pc7z x`, `e`, `t`, `l`, `cat`, `u`, `d`, `rn` and `merge`, as a shell runs them.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{data, oracle, tree};
use serde_json::Value;

/// Runs pc7z in a folder.
fn pc7z(folder: &Path, arguments: &[&str]) -> Output {
    // No mask takes bits off the modes that are restored, whatever this process's mask is.
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_pc7z")]).args(arguments);
    command.current_dir(folder).stdin(Stdio::null()).output().expect("pc7z runs")
}

/// Runs it, with the exit code it has to end with, and answers what it prints.
fn ends_with(code: i32, folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = pc7z(folder, arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}{complained}");
    (said, complained)
}

fn json(folder: &Path, code: i32, arguments: &[&str]) -> Value {
    serde_json::from_str(&ends_with(code, folder, arguments).0).expect("a JSON object")
}

/// A folder with a tree of everything, and an archive of it.
fn a_place(switches: &[&str]) -> tempfile::TempDir {
    let folder = common::folder();
    tree::write(&data::menagerie(), &folder.path().join("tree"));
    fs::write(folder.path().join("tree/a.txt"), data::text(1, 5000)).unwrap();
    ends_with(0, folder.path(), &[&["a", "--quiet", "it.7z", "tree"], switches].concat());
    folder
}

#[test]
fn a_tree_comes_back_with_modes_times_and_links() {
    for switches in [&[][..], &["--solid", "off"], &["--password=p", "--encrypt-names"]] {
        let folder = a_place(switches);
        let password = switches.iter().filter(|switch| switch.starts_with("--password"));
        let given: Vec<_> =
            ["x", "it.7z", "--output", "there", "--threads", "3"].iter().chain(password).copied().collect();
        let (said, _) = ends_with(0, folder.path(), &given);
        assert!(said.contains("items") && said.contains("extracted"), "{said}");
        tree::assert_same(&folder.path().join("tree"), &folder.path().join("there/tree"), tree::ALL);
    }
}

#[test]
fn names_and_patterns_select() {
    let folder = a_place(&[]);
    let root = folder.path();
    ends_with(0, root, &["x", "--quiet", "it.7z", "tree/docs", "-o", "one"]);
    tree::assert_same(&root.join("tree/docs"), &root.join("one/tree/docs"), tree::ALL);
    assert_eq!(common::names_in(&root.join("one/tree")), ["docs"]);
    ends_with(0, root, &["x", "--quiet", "it.7z", "*.txt", "--exclude", "docs", "-o", "two"]);
    ends_with(
        0,
        root,
        &["x", "--quiet", "it.7z", "--files", "*.txt", "--exclude", "docs", "--files", "tree/?.txt", "-o", "x"],
    );
    assert_eq!(common::names_in(&root.join("x/tree")), common::names_in(&root.join("two/tree")));
    for (list, folder) in [("tree/docs\n", "by lines"), ("tree/docs\0", "by NUL")] {
        fs::write(root.join("list"), list).unwrap();
        ends_with(0, root, &["x", "--quiet", "it.7z", "-T", "list", "-o", folder]);
        tree::assert_same(&root.join("tree/docs"), &root.join(folder).join("tree/docs"), tree::ALL);
    }
    fs::write(root.join("list"), "").unwrap();
    ends_with(0, root, &["x", "--quiet", "it.7z", "--list", "list", "-o", "nothing"]);
    assert!(!root.join("nothing").exists() || fs::read_dir(root.join("nothing")).unwrap().count() == 0);
    let (_, complained) = ends_with(7, root, &["x", "it.7z", "-T", "missing", "-o", "nothing"]);
    assert!(complained.contains("missing"), "{complained}");
    assert!(root.join("two/tree/a.txt").exists() && !root.join("two/tree/docs").exists());
    let (_, complained) = ends_with(1, root, &["x", "--quiet", "it.7z", "none", "tree/a.txt", "-o", "three"]);
    assert!(complained.contains("none: there is no such item"), "{complained}");
    assert!(root.join("three/tree/a.txt").exists(), "the others are extracted");
    let (said, _) = ends_with(0, root, &["cat", "it.7z", "tree/a.txt"]);
    assert_eq!(said.as_bytes(), data::text(1, 5000));
    ends_with(0, root, &["e", "--quiet", "it.7z", "tree/a.txt", "-o", "flat"]);
    assert_eq!(common::names_in(&root.join("flat")), ["a.txt"]);
}

#[test]
fn what_is_there_already_is_kept_or_not() {
    let folder = a_place(&[]);
    let root = folder.path();
    let file = root.join("tree/a.txt");
    let extract = |code, policy: &str| {
        fs::write(&file, "mine").unwrap();
        let (_, complained) = ends_with(code, root, &["x", "it.7z", "tree/a.txt", "--overwrite", policy]);
        (fs::read(&file).unwrap() == b"mine", complained)
    };
    let (kept, complained) = extract(1, "fail");
    assert!(kept && complained.contains("tree/a.txt"), "{complained}");
    assert!(extract(0, "skip").0);
    assert!(extract(0, "newer").0, "the archive's is older");
    assert!(!extract(0, "all").0);
    assert!(extract(0, "rename").0 && root.join("tree/a_1.txt").exists());
    let statement = json(root, 1, &["x", "--json", "--quiet", "it.7z", "tree/a.txt"]);
    assert_eq!((&statement["items_failed"], &statement["status"]), (&1.into(), &"skipped".into()), "{statement}");
    assert_eq!(statement["failed"][0]["item"], "tree/a.txt");
}

#[test]
fn a_damaged_archive_says_which_items_are() {
    let folder = a_place(&["--solid", "off", "--level", "0"]);
    let root = folder.path();
    let mut bytes = fs::read(root.join("it.7z")).unwrap();
    let text = data::text(1, 5000);
    let at = bytes.windows(100).position(|window| window == &text[..100]).expect("it is stored");
    bytes[at + 50] ^= 1;
    fs::write(root.join("it.7z"), &bytes).unwrap();
    let (_, complained) = ends_with(1, root, &["t", "--quiet", "it.7z"]);
    assert_eq!(complained.lines().count(), 1, "{complained}");
    assert!(complained.contains("checksum") && complained.contains("tree/a.txt"), "{complained}");
    ends_with(1, root, &["x", "--quiet", "it.7z", "-o", "there"]);
    assert!(!root.join("there/tree/a.txt").exists() && root.join("there/tree/docs").exists());
    fs::write(root.join("it.7z"), &bytes[..bytes.len() - 10]).unwrap();
    let (_, complained) = ends_with(2, root, &["t", "it.7z"]);
    assert!(complained.contains("truncated"), "{complained}");
    fs::write(root.join("it.7z"), "no archive").unwrap();
    for command in ["t", "x", "l", "d", "u"] {
        let (_, complained) = ends_with(2, root, &[command, "it.7z", "tree/a.txt"]);
        assert!(complained.contains("not a 7z archive"), "{command}: {complained}");
    }
    assert_eq!(fs::read(root.join("it.7z")).unwrap(), b"no archive");
}

#[test]
fn a_wrong_password_is_called_so_and_leaves_nothing() {
    let folder = a_place(&["--password=right"]);
    let root = folder.path();
    for password in [&["--password=wrong"][..], &[]] {
        let (_, complained) = ends_with(1, root, &[&["x", "--quiet", "it.7z", "-o", "there"], password].concat());
        assert!(complained.contains("password"), "{complained}");
        let files = tree::read(&root.join("there"));
        assert!(files.iter().all(|entry| entry.metadata.is_directory || entry.bytes.is_empty()), "plain text is left");
    }
    ends_with(0, root, &["t", "it.7z", "--password=right"]);
}

#[test]
fn a_list_says_what_7zip_says() {
    let folder = a_place(&["--solid", "2f"]);
    let root = folder.path();
    let list = json(root, 0, &["l", "--json", "it.7z"]);
    let theirs = oracle::seven_zip_lists(&root.join("it.7z"), None);
    let ours = list["entries"].as_array().unwrap();
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!((ours["name"].as_str().unwrap(), ours["size"].as_u64().unwrap()), (&*theirs.path, theirs.size));
    }
    let (said, _) = ends_with(0, root, &["l", "it.7z", "tree/a.txt"]);
    assert!(said.contains("        5000") && said.contains("tree/a.txt") && !said.contains("docs"), "{said}");
    assert!(said.contains("1 files, 0 folders"), "{said}");
}

#[test]
fn archives_are_changed_in_place() {
    let folder = a_place(&[]);
    let root = folder.path();
    let names = || -> Vec<String> {
        oracle::seven_zip_tests(&root.join("it.7z"), None);
        oracle::seven_zip_lists(&root.join("it.7z"), None).into_iter().map(|entry| entry.path).collect()
    };
    fs::write(root.join("new.txt"), "new").unwrap();
    fs::write(root.join("tree/a.txt"), "changed").unwrap();
    ends_with(0, root, &["u", "--quiet", "it.7z", "new.txt", "tree"]);
    assert!(names().contains(&"new.txt".to_owned()));
    assert_eq!(ends_with(0, root, &["cat", "it.7z", "tree/a.txt"]).0, "changed");
    ends_with(0, root, &["rn", "--quiet", "it.7z", "tree", "wood", "new.txt", "old.txt"]);
    assert!(names().iter().all(|name| name == "old.txt" || name == "wood" || name.starts_with("wood/")));
    let before = names().len();
    let statement = json(root, 0, &["d", "--json", "--quiet", "it.7z", "wood/docs"]);
    assert_eq!(before - names().len(), usize::try_from(statement["items"].as_u64().unwrap()).unwrap());
    assert!(!names().iter().any(|name| name.starts_with("wood/docs")));
    let (_, complained) = ends_with(1, root, &["d", "--quiet", "it.7z", "none"]);
    assert!(complained.contains("none"));
    ends_with(7, root, &["rn", "it.7z", "wood"]);
    ends_with(7, root, &["rn", "it.7z", "wood/a.txt", "old.txt"]);
    ends_with(7, root, &["rn", "it.7z", "none", "some"]);
    ends_with(0, root, &["a", "--quiet", "other.7z", "new.txt"]);
    ends_with(0, root, &["merge", "--quiet", "it.7z", "it.7z", "other.7z"]);
    assert!(names().contains(&"new.txt".to_owned()) && names().contains(&"wood/a.txt".to_owned()));
    ends_with(0, root, &["u", "--quiet", "fresh.7z", "new.txt"]);
    oracle::seven_zip_tests(&root.join("fresh.7z"), None);
}

#[test]
fn an_update_that_fails_leaves_the_archive_as_it_was() {
    let folder = a_place(&[]);
    let root = folder.path();
    let old = fs::read(root.join("it.7z")).unwrap();
    // So much cannot be compressed in so little time.
    fs::write(root.join("tree/a.txt"), data::noise(1, 40 << 20)).unwrap();
    let (_, complained) = ends_with(2, root, &["u", "it.7z", "tree/a.txt", "--timeout", "1ms"]);
    assert!(complained.contains("was not done within"), "{complained}");
    assert!(fs::read(root.join("it.7z")).unwrap() == old);
    assert_eq!(common::names_in(root), ["it.7z", "tree"]);
}
