//! The cloud example against a store of Azure's protocol on loopback: 2,000 blobs, read by ranges through a proxy that fails
//! every seventh request.
#![cfg(unix)]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Several pages of the store's list.
const BLOBS: usize = 2000;

/// Azurite: on PATH, or where tests/run-all.sh puts it.
fn azurite() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/azurite/node_modules/.bin/azurite-blob");
    let found = env::var_os("PATH")
        .and_then(|path| env::split_paths(&path).map(|folder| folder.join("azurite-blob")).find(|it| it.is_file()));
    let azurite = found.unwrap_or(installed);
    assert!(azurite.is_file(), "this test needs Azurite: npm install --prefix target/azurite azurite");
    azurite
}

/// The store; it ends with this.
struct Store {
    process: Child,
    url: String,
}

impl Store {
    fn start(folder: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/store.py");
        let mut process = Command::new("python3")
            .arg(script)
            .arg(azurite())
            .arg(folder)
            .arg(BLOBS.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Debian's package python3");
        let mut url = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut url).expect("the store's address");
        assert!(url.starts_with("http://127.0.0.1:"), "the store did not start");
        Self { process, url: url.trim_end().to_owned() }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends by itself now; if not, this waits, and says so by not ending.
        let _ = self.process.wait();
    }
}

/// Compiles the example against the library that was built with this test.
fn build(program: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let libraries = env::current_exe().expect("this test").parent().expect("its folder").to_owned();
    let output = Command::new("gcc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(root.join("include"))
        .arg(root.join("examples-c/cloud_blobs.c"))
        .arg("-o")
        .arg(program)
        .arg(libraries.join("libparallelcompress.a"))
        .args(["-lcurl", "-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"])
        .output()
        .expect("Debian's package gcc");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "needs Debian's package libcurl4-openssl-dev: {said}");
}

#[test]
fn two_thousand_blobs_come_through_a_failing_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("cloud_blobs");
    build(&program);
    let store = Store::start(&folder.path().join("store"));
    let archive = folder.path().join("blobs.7z");
    let start = Instant::now();
    let output = Command::new(&program).arg(&archive).arg(&store.url).output().expect("the example");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{BLOBS} blobs\n"));
    println!("{BLOBS} blobs in {:?}", start.elapsed());

    let found = folder.path().join("found");
    let extracted = Command::new("7zz").arg("x").arg(&archive).arg(format!("-o{}", found.display())).output();
    assert!(extracted.expect("Debian's package 7zip").status.success());
    let compared = Command::new("diff").arg("-r").arg(folder.path().join("store/expected")).arg(&found).output();
    let compared = compared.expect("Debian's package diffutils");
    assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stdout));

    // A store that is not there.
    let missing = format!("{}x", store.url);
    let output = Command::new(&program).arg(folder.path().join("none.7z")).arg(missing).output().expect("the example");
    assert_eq!(output.status.code(), Some(2));
    assert!(!fs::exists(folder.path().join("none.7z")).expect("a folder"));
}
