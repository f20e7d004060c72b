//! README keeps its promises: its C and C++ programs are compiled by its own command lines and run, its commands and options are
//! those that exist. (Its Rust example is a doctest of the library.)
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const README: &str = include_str!("../README.md");

/// The contents of README's code blocks in `language`, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let open = format!("```{language}\n");
    README.split(open.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// The one command line among README's that begins with `start` and holds `part`.
fn command_line(start: &str, part: &str) -> &'static str {
    let lines: Vec<_> = blocks("sh")
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| line.starts_with(start) && line.contains(part))
        .collect();
    assert_eq!(lines.len(), 1, "{start} … {part}");
    lines[0]
}

/// Where cargo puts the libraries of the profile that this test runs in.
fn library(name: &str) -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    // Beside the test itself is always the newest; one folder up only what was asked for by name.
    [deps.join(name), deps.parent().unwrap().join(name)]
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is not built: run `cargo build`"))
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error} (gcc and 7zip are Debian packages)"));
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Fills a folder with what README's command lines and programs expect: headers, libraries, a folder `docs`.
fn prepare(folder: &Path) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    symlink(repository.join("include"), folder.join("include")).unwrap();
    fs::create_dir_all(folder.join("target/release")).unwrap();
    for name in ["libparallelcompress.so", "libparallelcompress.a"] {
        symlink(library(name), folder.join("target/release").join(name)).unwrap();
    }
    fs::create_dir(folder.join("docs")).unwrap();
    fs::write(folder.join("docs/page.txt"), "a page\n".repeat(1000)).unwrap();
    run(folder, "sh", &["-c", command_line("ln -sf", "libparallelcompress.so.0")]);
}

#[test]
fn the_examples_compile_by_their_own_lines_and_work() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    prepare(folder);
    fs::write(folder.join("example.c"), blocks("c")[0]).unwrap();
    fs::write(folder.join("example.cpp"), blocks("cpp")[0]).unwrap();
    for (compiler, part, program) in [
        ("cc ", "-lparallelcompress", "./example-shared"),
        ("cc ", "libparallelcompress.a", "./example-static"),
        ("c++ ", "-lparallelcompress", "./example-cpp"),
    ] {
        run(folder, "sh", &["-c", command_line(compiler, part)]);
        run(folder, "sh", &["-c", &format!("{program} docs")]);
        run(folder, "7zz", &["x", "-y", "-pcorrect horse", "-oout", "example.7z"]);
        run(folder, "diff", &["-r", "docs", "out/docs"]);
        assert_eq!(fs::read(folder.join("out/notes/greeting.txt")).unwrap(), b"Hello from a buffer.\n");
        if program == "./example-cpp" {
            run(folder, "diff", &["example.cpp", "out/notes/source.cpp"]);
        }
        fs::remove_dir_all(folder.join("out")).unwrap();
        fs::remove_file(folder.join("example.7z")).unwrap();

        let failed = Command::new(program).arg("missing").current_dir(folder).output().unwrap();
        assert_eq!(failed.status.code(), Some(1), "{failed:?}");
        assert!(String::from_utf8_lossy(&failed.stderr).contains("item 1: "), "{failed:?}");
        fs::remove_file(folder.join("example.7z")).unwrap();
    }
}

#[test]
fn the_static_link_line_is_what_rustc_says() {
    let line = command_line("cc ", "libparallelcompress.a");
    let listed: Vec<_> = line.split(' ').filter(|word| word.starts_with("-l")).collect();
    // rustc prints what a static library of std needs; the crate's own dependencies add nothing to it.
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("empty.rs"), "").unwrap();
    let output = Command::new("rustc")
        .args(["--crate-type", "staticlib", "--edition", "2024", "--print", "native-static-libs", "empty.rs"])
        .current_dir(place.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let needed = said.split("native-static-libs:").nth(1).expect("rustc names the libraries").lines().next().unwrap();
    for library in needed.split_whitespace() {
        assert!(listed.contains(&library), "README's static line lacks {library}; rustc says {needed}");
    }
}

#[test]
fn the_two_commands_exist() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = command_line("bash ", "run-all").strip_prefix("bash ").unwrap();
    assert!(repository.join(script).exists());
    command_line("cargo run --release --bin pc7z -- a ", "demo.7z");
    // The crate travels without .ci.
    if let Ok(ci) = fs::read_to_string(repository.join(".ci/run")) {
        assert!(ci.contains(command_line("bash ", "run-all")), ".ci/run does not call README's test command");
    }
}

#[cfg(feature = "cli")]
#[test]
fn the_options_are_those_of_the_manual() {
    let manual = Command::new(env!("CARGO_BIN_EXE_pc7z")).args(["a", "--help"]).output().unwrap();
    let manual = String::from_utf8(manual.stdout).unwrap();
    let option = |line: &str| line.split([' ', '`']).next().unwrap().to_owned();
    let mut documented: Vec<_> = README.lines().filter_map(|line| line.strip_prefix("| `--")).map(option).collect();
    let mut existing: Vec<_> = manual.lines().filter_map(|line| line.strip_prefix("      --")).map(option).collect();
    documented.sort();
    existing.sort();
    assert_eq!(documented, existing);
}
