//! The command line as a user meets it: every option, every exit code, pipes, terminals and signals. What it writes is
//! judged by 7-Zip.
#![cfg(all(feature = "cli", unix))]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A folder to work in; pc7z and the oracles run there.
struct Workplace(TempDir);

impl Workplace {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With a folder `tree` that holds one of everything.
    fn with_tree() -> Self {
        let place = Self::new();
        fs::create_dir_all(place.path("tree/sub/empty folder")).unwrap();
        place.write("tree/a.txt", text(3, 40_000));
        place.write("tree/b.txt", text(5, 50_000));
        place.write("tree/sub/c.rs", text(7, 3_000));
        place.write("tree/sub/Ünïcödé 漢 😀.txt", "name\n");
        place.write("tree/sub/noise.bin", noise(1, 70_000));
        place.write("tree/empty", "");
        symlink("a.txt", place.path("tree/link")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    fn pc7z<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_pc7z"));
        command.arg("a").args(arguments);
        command
    }

    /// Runs `pc7z a` with blank-separated arguments and insists on the exit code.
    fn run(&self, arguments: &str, code: i32) -> Finished {
        Finished::new(self.pc7z(arguments.split(' ')).output().unwrap(), code, arguments)
    }

    /// Runs another program, which must be installed and succeed.
    fn oracle(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.oracle_output(program, arguments);
        assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn oracle_output(&self, program: &str, arguments: &[&str]) -> Output {
        match self.command(program).args(arguments).output() {
            Ok(output) => output,
            Err(error) => panic!("{program} cannot run ({error}): install Debian's package {}", package(program)),
        }
    }

    /// 7-Zip extracts `archive` to something that equals the folder `original` here. `switches` may hold a password.
    fn holds(&self, archive: &str, original: &str, switches: &[&str]) {
        let out = tempfile::tempdir_in(self.0.path()).unwrap();
        let out_switch = format!("-o{}", out.path().display());
        self.oracle("7zz", &[&["x", archive, &out_switch], switches].concat());
        let extracted = out.path().join(original);
        self.oracle("diff", &["-r", "--no-dereference", original, extracted.to_str().unwrap()]);
    }

    /// The names in an archive, sorted, as 7-Zip lists them.
    fn names(&self, archive: &str) -> Vec<String> {
        let listing = self.listing(archive);
        let entries = listing.split_once("----------").expect("a listing has a line before its entries").1;
        let mut names: Vec<_> =
            entries.lines().filter_map(|line| line.strip_prefix("Path = ")).map(str::to_owned).collect();
        names.sort();
        names
    }

    /// What 7-Zip says about an archive (`7zz l -slt`).
    fn listing(&self, archive: &str) -> String {
        self.oracle("7zz", &["l", "-slt", archive])
    }

    /// A value of the archive itself or of its first entry that has one, as 7-Zip shows it.
    fn shown(&self, archive: &str, key: &str) -> String {
        let listing = self.listing(archive);
        let prefix = format!("{key} = ");
        let value = listing.lines().filter_map(|line| line.strip_prefix(&prefix)).find(|value| !value.is_empty());
        value.unwrap_or_else(|| panic!("no {key} in {listing}")).to_owned()
    }

    /// The names in this folder, sorted.
    fn entries(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs `pc7z a` on a terminal. `talk` is what to wait for and what to type then, in turn.
    fn on_a_terminal(&self, arguments: &str, talk: &[(&str, &str)]) -> (i32, String) {
        let mut command = self.command("python3");
        command.args(["-c", TERMINAL, &serde_json::to_string(talk).unwrap(), env!("CARGO_BIN_EXE_pc7z"), "a"]);
        let output = command.args(arguments.split(' ')).output().expect("install Debian's package python3");
        assert!(output.stderr.is_empty(), "{output:?}");
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Plays a person at a terminal: argv[1] is a JSON list of [wait for, type then], the rest the command. Prints all that
/// the terminal shows and ends with the command's exit code.
const TERMINAL: &str = r#"
import json, os, pty, sys
talk = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execv(sys.argv[2], sys.argv[2:])
shown = seen = b""
while True:
    try:
        block = os.read(terminal, 65536)
    except OSError:
        break
    if not block:
        break
    shown += block
    seen += block
    if talk and talk[0][0].encode() in seen:
        seen = b""
        os.write(terminal, talk.pop(0)[1].encode())
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

fn package(program: &str) -> &str {
    match program {
        "7zz" => "7zip",
        "diff" => "diffutils",
        "setsid" => "util-linux",
        "mkfifo" => "coreutils",
        other => other,
    }
}

/// A finished run.
struct Finished {
    stdout: String,
    stderr: String,
}

impl Finished {
    fn new(output: Output, code: i32, what: &str) -> Self {
        assert_eq!(output.status.code(), Some(code), "{what}: {output:?}");
        Self { stdout: String::from_utf8(output.stdout).unwrap(), stderr: String::from_utf8(output.stderr).unwrap() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {:?}", self.stdout))
    }
}

/// Text that compresses, different for each seed.
fn text(seed: u64, bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes + 32);
    let mut line = seed;
    while out.len() < bytes {
        line = line.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed | 1);
        writeln!(out, "line {} of {seed} says {}", out.len(), (line >> 33) % 1000).unwrap();
    }
    out.truncate(bytes);
    out
}

/// Bytes that do not compress.
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let step = |_| {
        // xorshift64: no pattern a dictionary coder could find.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..bytes).map(step).collect()
}

/// Waits for a child with a limit, so that a hang fails instead of hanging the tests.
fn wait(mut child: Child, limit: Duration) -> (Option<i32>, Duration) {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), start.elapsed());
        }
        if start.elapsed() > limit {
            child.kill().unwrap();
            panic!("still running after {limit:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    // The shell's own kill: the program of that name is not on every machine.
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(status.success());
}

const GENEROUS: Duration = Duration::from_secs(60);

#[test]
fn a_tree_comes_back_as_it_was() {
    let place = Workplace::with_tree();
    let finished = place.run("x.7z tree", 0);
    assert!(finished.stdout.starts_with("x.7z: 10 items, "), "{}", finished.stdout);
    assert_eq!(finished.stderr, "");
    place.holds("x.7z", "tree", &[]);
    assert_eq!(place.entries(), ["tree", "x.7z"]);
}

#[test]
fn every_level_method_and_policy_is_readable() {
    let place = Workplace::with_tree();
    let levels = (0..=9).map(|level| format!("--level {level}"));
    let methods = ["lzma2", "LZMA", "copy", "Store"].map(|method| format!("--method {method}"));
    let policies = ["auto", "off", "all", "type", "100k", "2f"].map(|policy| format!("--solid {policy}"));
    let rest = ["--threads 1", "--threads 256", "--dict 64k", "--memory 1g"].map(str::to_owned);
    for options in levels.chain(methods).chain(policies).chain(rest) {
        place.run(&format!("{options} x.7z tree"), 0);
        place.holds("x.7z", "tree", &[]);
    }
}

#[test]
fn method_and_dictionary_are_what_was_asked_for() {
    let place = Workplace::new();
    place.write("f", text(1, 3 << 20));
    for (options, method) in [
        ("--dict 1m", "LZMA2:20"),
        ("--dict 64k --method lzma", "LZMA:16"),
        ("--method copy", "Copy"),
        ("--level 0", "Copy"),
    ] {
        place.run(&format!("{options} x.7z f"), 0);
        assert_eq!(place.shown("x.7z", "Method"), method, "{options}");
    }
}

#[test]
fn higher_levels_are_not_larger() {
    let place = Workplace::new();
    place.write("f", text(1, 1 << 20));
    let size = |level: u32| {
        place.run(&format!("--level {level} x.7z f"), 0);
        fs::metadata(place.path("x.7z")).unwrap().len()
    };
    let (none, low, high) = (size(0), size(1), size(9));
    assert!(none > 1 << 20 && low < none / 2 && high <= low, "{none} {low} {high}");
}

#[test]
fn solid_policies_make_the_blocks_they_say() {
    let place = Workplace::new();
    fs::create_dir(place.path("t")).unwrap();
    for number in 0..6 {
        place.write(&format!("t/{number}.{}", if number % 2 == 0 { "c" } else { "h" }), text(number, 10_000));
    }
    for (policy, blocks) in [("off", 6), ("all", 1), ("2f", 3), ("4f", 2), ("type", 2), ("30000", 2)] {
        let json = place.run(&format!("--json --solid {policy} x.7z t"), 0).json();
        assert_eq!(place.shown("x.7z", "Blocks"), blocks.to_string(), "{policy}");
        assert_eq!(json["blocks"], blocks, "{policy}");
    }
}

#[test]
fn threads_do_not_change_the_archive() {
    let place = Workplace::with_tree();
    place.write("tree/large", text(9, 5 << 20));
    place.run("--threads 1 one.7z tree", 0);
    let json = place.run("--threads 7 --json seven.7z tree", 0).json();
    assert_eq!(json["threads"], 7);
    for input_threads in [1, 256] {
        place.run(&format!("--threads 1 --input-threads {input_threads} input.7z tree"), 0);
        assert_eq!(fs::read(place.path("one.7z")).unwrap(), fs::read(place.path("input.7z")).unwrap());
    }
    assert_eq!(fs::read(place.path("one.7z")).unwrap(), fs::read(place.path("seven.7z")).unwrap());
}

#[test]
fn a_password_opens_it_and_nothing_else_does() {
    let place = Workplace::with_tree();
    for spelling in ["--password sécret", "--password=sécret"] {
        place.run(&format!("{spelling} x.7z tree"), 0);
        place.holds("x.7z", "tree", &["-psécret"]);
        assert!(!place.oracle_output("7zz", &["t", "-pwrong", "x.7z"]).status.success());
        assert!(place.names("x.7z").contains(&"tree/a.txt".to_owned()), "names are readable");
    }
}

#[test]
fn encrypted_names_cannot_be_listed() {
    let place = Workplace::with_tree();
    place.run("--password secret --encrypt-names x.7z tree", 0);
    place.holds("x.7z", "tree", &["-psecret"]);
    let listing = place.oracle_output("7zz", &["l", "-pwrong", "x.7z"]);
    assert!(!listing.status.success() && !String::from_utf8_lossy(&listing.stdout).contains("a.txt"), "{listing:?}");
    let archive = fs::read(place.path("x.7z")).unwrap();
    let name: Vec<u8> = "a.txt".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!archive.windows(name.len()).any(|window| window == name));
}

#[test]
fn a_missing_password_is_asked_for_twice_without_echo() {
    let place = Workplace::with_tree();
    let talk = [("Password for the archive: ", "gehéim\r"), ("The same again: ", "gehéim\r")];
    let (code, shown) = place.on_a_terminal("--password -- x.7z tree", &talk);
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("geh"), "{shown}");
    place.holds("x.7z", "tree", &["-pgehéim"]);
}

#[test]
fn passwords_that_differ_or_are_empty_make_no_archive() {
    let place = Workplace::with_tree();
    let (code, shown) = place.on_a_terminal("x.7z tree --password", &[("archive: ", "one\r"), ("again: ", "two\r")]);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("the two passwords differ"), "{shown}");
    let (code, shown) = place.on_a_terminal("x.7z tree --password", &[("archive: ", "\r")]);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("the password is empty"), "{shown}");
    assert_eq!(place.entries(), ["tree"]);
}

#[test]
fn ctrl_c_at_the_password_interrupts() {
    let place = Workplace::with_tree();
    let (code, shown) = place.on_a_terminal("x.7z tree --password", &[("archive: ", "ab\u{3}")]);
    assert_eq!(code, 255, "{shown}");
    assert_eq!(place.entries(), ["tree"]);
}

#[test]
fn without_a_terminal_no_password_can_be_asked_for() {
    let place = Workplace::with_tree();
    // A new session has no controlling terminal, whatever the tests run on.
    let output =
        place.oracle_output("setsid", &["--wait", env!("CARGO_BIN_EXE_pc7z"), "a", "x.7z", "tree", "--password"]);
    let finished = Finished::new(output, 2, "no terminal");
    assert!(finished.stderr.contains("cannot ask for the password"), "{}", finished.stderr);
    assert_eq!(place.entries(), ["tree"]);
}

#[test]
fn an_archive_taken_for_the_password_is_noticed() {
    let place = Workplace::with_tree();
    let finished = place.run("--password x.7z tree tree", 7);
    assert!(finished.stderr.contains("--password=x.7z"), "{}", finished.stderr);
    assert_eq!(place.entries(), ["tree"]);
}

#[test]
fn volumes_have_the_size_asked_for() {
    let place = Workplace::new();
    place.write("f", noise(2, 250_000));
    let json = place.run("--volume 100k --json v.7z f", 0).json();
    assert_eq!(place.entries(), ["f", "v.7z.001", "v.7z.002", "v.7z.003"]);
    assert_eq!(json["files"], serde_json::json!(["v.7z.001", "v.7z.002", "v.7z.003"]));
    let sizes = [1, 2, 3].map(|number| fs::metadata(place.path(&format!("v.7z.00{number}"))).unwrap().len());
    assert_eq!(sizes[..2], [102_400, 102_400]);
    assert_eq!(json["bytes_out"], sizes.iter().sum::<u64>());
    let out = place.path("out");
    place.oracle("7zz", &["x", "v.7z.001", &format!("-o{}", out.display())]);
    assert_eq!(fs::read(out.join("f")).unwrap(), fs::read(place.path("f")).unwrap());
}

#[test]
fn the_memory_limit_is_kept_or_refused() {
    let place = Workplace::with_tree();
    let json = place.run("--memory 64m --threads 16 --level 9 --json x.7z tree", 0).json();
    assert!(json["memory"].as_u64().unwrap() <= 64 << 20, "{json}");
    place.holds("x.7z", "tree", &[]);
    fs::remove_file(place.path("x.7z")).unwrap();
    let finished = place.run("--memory 4k x.7z tree", 2);
    assert!(finished.stderr.contains("memory"), "{}", finished.stderr);
    assert_eq!(place.entries(), ["tree"]);
}

#[test]
fn what_is_excluded_stays_out() {
    let place = Workplace::with_tree();
    place.run("--exclude *.txt --exclude tree/sub/noise* --exclude link x.7z tree", 0);
    assert_eq!(place.names("x.7z"), ["tree", "tree/empty", "tree/sub", "tree/sub/c.rs", "tree/sub/empty folder"]);
    place.run("--exclude sub/ x.7z tree", 0);
    assert_eq!(place.names("x.7z"), ["tree", "tree/a.txt", "tree/b.txt", "tree/empty", "tree/link"]);
    let finished = place.run("--exclude a[ x.7z tree", 7);
    assert!(finished.stderr.contains("a["), "{}", finished.stderr);
}

#[test]
fn quiet_says_nothing_but_errors() {
    let place = Workplace::with_tree();
    let finished = place.run("--quiet x.7z tree", 0);
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""));
    let finished = place.run("--quiet x.7z tree missing", 1);
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains("missing"), "{}", finished.stderr);
}

#[test]
fn json_is_one_object_with_the_documented_keys() {
    let place = Workplace::with_tree();
    let json = place.run("--json x tree", 0).json();
    assert_eq!(json["status"], "ok");
    assert_eq!(json["exit_code"], 0);
    assert_eq!(json["error"], Value::Null);
    assert_eq!(json["archive"], "x.7z");
    assert_eq!(json["files"], serde_json::json!(["x.7z"]));
    assert_eq!(json["items_total"], 10);
    assert_eq!(json["items_completed"], 10);
    assert_eq!(json["items_failed"], 0);
    assert_eq!(json["skipped"], serde_json::json!([]));
    let link_and_name = "a.txt".len() + "name\n".len();
    assert_eq!(json["bytes_in"], 40_000 + 50_000 + 3_000 + 70_000 + link_and_name);
    assert_eq!(json["bytes_out"], fs::metadata(place.path("x.7z")).unwrap().len());
    let classes = json["size_classes"].as_array().unwrap();
    let column = |key: &str| classes.iter().map(|class| class[key].clone()).collect::<Vec<_>>();
    assert_eq!(Value::from(column("up_to")), serde_json::json!([4096, 65536, 1048576, 16777216, null]));
    assert_eq!(Value::from(column("items")), serde_json::json!([7, 2, 1, 0, 0]));
    assert_eq!(Value::from(column("bytes_in")), serde_json::json!([3_000 + link_and_name, 90_000, 70_000, 0, 0]));
    let packed: u64 = column("bytes_out").iter().map(|bytes| bytes.as_u64().unwrap()).sum();
    assert!(packed > 0 && packed < json["bytes_out"].as_u64().unwrap(), "{json}");

    let manual = Command::new(env!("CARGO_BIN_EXE_pc7z")).args(["a", "--help"]).output().unwrap();
    let manual = String::from_utf8(manual.stdout).unwrap();
    for key in json.as_object().unwrap().keys() {
        assert!(manual.contains(key.as_str()), "--help does not document {key}");
    }
}

#[test]
fn json_tells_of_skipped_items_and_failures() {
    let place = Workplace::with_tree();
    let json = place.run("--json x.7z tree no\"where", 1).json();
    assert_eq!((&json["status"], &json["exit_code"]), (&"skipped".into(), &1.into()));
    assert_eq!(json["items_failed"], 1);
    assert_eq!(json["skipped"][0]["item"], "no\"where");
    assert!(json["skipped"][0]["error"].as_str().unwrap().contains("No such file"), "{json}");

    let json = place.run("--json missing/x.7z tree", 2).json();
    assert_eq!((&json["status"], &json["exit_code"]), (&"failed".into(), &2.into()));
    assert!(json["error"].as_str().unwrap().contains("missing/x.7z"), "{json}");
}

#[test]
fn standard_input_is_an_item() {
    let place = Workplace::with_tree();
    let bytes = text(4, 3 << 20);
    let feed = |arguments: &str, bytes: &[u8]| {
        let mut command = place.pc7z(arguments.split(' '));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        Finished::new(child.wait_with_output().unwrap(), 0, arguments)
    };
    feed("--name folder/dump.sql x.7z -", &bytes);
    assert_eq!(place.names("x.7z"), ["folder/dump.sql"]);
    let output = place.oracle_output("7zz", &["e", "-so", "x.7z"]);
    assert!(output.stdout == bytes, "{} bytes came back", output.stdout.len());

    feed("dump.7z - tree", &bytes);
    assert!(place.names("dump.7z").contains(&"dump".to_owned()));
    assert!(place.names("dump.7z").contains(&"tree/a.txt".to_owned()));

    feed("--name nothing x.7z -", b"");
    assert_eq!(place.names("x.7z"), ["nothing"]);
    place.oracle("7zz", &["t", "x.7z"]);
}

#[test]
fn a_list_names_what_goes_in() {
    let place = Workplace::with_tree();
    place.write("lines", "tree/a.txt\ntree/sub\n\n");
    place.run("--quiet lines.7z tree/b.txt -T lines", 0);
    let names = place.names("lines.7z");
    for name in ["tree/a.txt", "tree/b.txt", "tree/sub/c.rs", "tree/sub/empty folder"] {
        assert!(names.iter().any(|it| it == name), "{name} is not in {names:?}");
    }
    assert!(names.iter().all(|name| name != "tree/link"), "{names:?}");
    // A name with a line break in it, from standard input.
    place.write("line\nbreak", "x");
    let mut child = place.pc7z(["--quiet", "nul.7z", "--list", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"line\nbreak\0tree/empty\0").unwrap();
    assert_eq!(wait(child, Duration::from_secs(20)).0, Some(0));
    assert_eq!(place.oracle("bsdtar", &["-tf", "nul.7z"]).lines().count(), 2);
    assert!(place.run("--quiet none.7z -T missing_list", 2).stderr.contains("missing_list"));
    assert!(!place.path("none.7z").exists());
}

#[test]
fn the_entries_of_a_tar_become_items() {
    let place = Workplace::with_tree();
    let long = format!("tree/{}/{}", "long folder ".repeat(12), "name ".repeat(30));
    fs::create_dir_all(place.path(&long).parent().unwrap()).unwrap();
    place.write(&long, "long");
    // More than waits in memory.
    place.write("tree/large", vec![b'x'; 40_000_000]);
    for format in ["gnu", "pax", "ustar"] {
        if format == "ustar" {
            // It has no room for such names.
            fs::remove_dir_all(place.path(&long).parent().unwrap()).unwrap();
        }
        place.oracle("tar", &["--format", format, "-cf", "it.tar", "tree"]);
        let tar = fs::File::open(place.path("it.tar")).unwrap();
        let archive = format!("{format}.7z");
        let status = place.pc7z(["--quiet", "--tar-in", "--level", "1", &archive]).stdin(tar).status().unwrap();
        assert_eq!(status.code(), Some(0), "{format}");
        let out = place.path(format);
        place.oracle("7zz", &["x", &archive, &format!("-o{}", out.display())]);
        place.oracle("diff", &["-r", "--no-dereference", "tree", out.join("tree").to_str().unwrap()]);
        // Modes and times, in the words of a third program.
        let seen = |folder: &Path| {
            let script = "find tree -not -type l -printf '%p %m %y %Ts\\n' | sort";
            let output = Command::new("sh").args(["-c", script]).current_dir(folder).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(seen(&out), seen(place.0.path()), "{format}");
    }
}

#[test]
fn links_and_devices_in_a_tar() {
    let place = Workplace::new();
    fs::create_dir(place.path("d")).unwrap();
    place.write("d/first", "data");
    fs::hard_link(place.path("d/first"), place.path("second")).unwrap();
    symlink("d/first", place.path("soft")).unwrap();
    place.oracle("tar", &["-cf", "links.tar", "d/first", "second", "soft"]);
    let run = |tar: &str, code: i32| {
        let tar = fs::File::open(place.path(tar)).unwrap();
        let mut command = place.pc7z(["--quiet", "--tar-in", "out.7z"]);
        Finished::new(command.stdin(tar).output().unwrap(), code, "--tar-in")
    };
    run("links.tar", 0);
    assert_eq!(place.oracle("7zz", &["x", "-so", "out.7z", "second"]), "d/first");
    place.oracle("7zz", &["x", "out.7z", "-oout"]);
    assert_eq!(fs::read(place.path("out/second")).unwrap(), b"data");
    assert_eq!(fs::read_link(place.path("out/soft")).unwrap(), Path::new("d/first"));

    // What cannot be stored is named, and the rest goes in; a tar that is cut off or none at all leaves no archive.
    place.oracle("mkfifo", &["pipe"]);
    place.oracle("tar", &["-cf", "pipe.tar", "pipe", "d"]);
    assert!(run("pipe.tar", 1).stderr.contains("pipe"));
    assert_eq!(place.names("out.7z"), ["d", "d/first"]);
    fs::remove_file(place.path("out.7z")).unwrap();
    place.write("large", noise(3, 300_000));
    place.oracle("tar", &["-cf", "whole.tar", "d", "large"]);
    let whole = fs::read(place.path("whole.tar")).unwrap();
    place.write("cut.tar", &whole[..200_000]);
    place.write("none.tar", noise(4, 10_000));
    for tar in ["cut.tar", "none.tar"] {
        assert!(run(tar, 2).stderr.contains("tar on standard input"), "{tar}");
        assert!(!place.path("out.7z").exists(), "{tar}");
    }
    place.write("empty.tar", "");
    run("empty.tar", 0);
    assert_eq!(place.oracle("7zz", &["l", "-ba", "out.7z"]), "");
}

#[test]
fn on_error_stop_ends_the_run_and_names_the_item() {
    let place = Workplace::with_tree();
    assert!(place.run("--quiet --on-error stop x.7z tree missing", 2).stderr.contains("missing"));
    assert!(!place.path("x.7z").exists());
    place.run("--quiet --on-error skip x.7z tree missing", 1);
    assert!(place.path("x.7z").exists());
}

#[test]
fn a_timeout_ends_the_run() {
    let place = Workplace::new();
    place.write("large", text(1, 4_000_000));
    assert!(place.run("--quiet --timeout 20ms --level 9 x.7z large", 2).stderr.contains("not done within"));
    assert!(!place.path("x.7z").exists());
    place.run("--quiet --timeout 10m --level 1 x.7z large", 0);
}

#[test]
fn bad_command_lines_end_with_7() {
    let place = Workplace::with_tree();
    for arguments in [
        "x.7z",
        "--level 10 x.7z tree",
        "--level five x.7z tree",
        "--threads 257 x.7z tree",
        "--threads -1 x.7z tree",
        "--input-threads 0 x.7z tree",
        "--input-threads 257 x.7z tree",
        "--method rar x.7z tree",
        "--filter bcj x.7z tree",
        "--filter bcj2 --method PPMd x.7z tree",
        "--filter bcj2 --level 0 x.7z tree",
        "--solid on x.7z tree",
        "--solid 0f x.7z tree",
        "--dict 24 x.7z tree",
        "--dict 2g x.7z tree",
        "--volume 0 x.7z tree",
        "--volume 1.5m x.7z tree",
        "--memory much x.7z tree",
        "--encrypt-names x.7z tree",
        "--password= x.7z tree",
        "--name n x.7z tree",
        "--name ../n x.7z -",
        "--name /n x.7z -",
        "x.7z - -",
        "x.7z - -T -",
        "--on-error ask x.7z tree",
        "--timeout 0 x.7z tree",
        "--timeout soon x.7z tree",
        "--frobnicate x.7z tree",
        "--exclude [ x.7z tree",
        "- tree",
        "folder/ tree",
    ] {
        let finished = place.run(arguments, 7);
        assert!(!finished.stderr.is_empty() && finished.stdout.is_empty(), "{arguments}");
        assert_eq!(place.entries(), ["tree"], "{arguments}");
    }
    for arguments in [&[][..], &["frobnicate"], &["--level", "5"]] {
        let output = place.command(env!("CARGO_BIN_EXE_pc7z")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(7), "{arguments:?}");
    }
}

#[test]
fn help_reads_like_a_manual() {
    for arguments in [&["--help"][..], &["a", "--help"], &["help", "a"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_pc7z")).args(arguments).output().unwrap();
        let manual = Finished::new(output, 0, "help").stdout;
        for part in ["Usage:", "Examples:", "Exit codes:", "255", "Ctrl-C"] {
            assert!(manual.contains(part), "{arguments:?} lacks {part}");
        }
    }
    let output = Command::new(env!("CARGO_BIN_EXE_pc7z")).arg("--version").output().unwrap();
    assert_eq!(output.stdout, format!("pc7z {}\n", env!("CARGO_PKG_VERSION")).into_bytes());
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_goes_in() {
    let place = Workplace::with_tree();
    place.oracle("mkfifo", &["tree/fi\u{1b}fo"]);
    let finished = place.run("x.7z missing tree", 1);
    let lines: Vec<_> = finished.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("missing") && line.contains("No such file")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("fi\\u{1b}fo") && line.contains("FIFO")), "{lines:?}");
    assert!(finished.stdout.contains("10 items, 2 skipped"), "{}", finished.stdout);
    fs::remove_file(place.path("tree/fi\u{1b}fo")).unwrap();
    place.holds("x.7z", "tree", &[]);
}

#[test]
fn nothing_but_missing_paths_makes_an_empty_archive() {
    let place = Workplace::new();
    place.run("x.7z missing", 1);
    place.oracle("7zz", &["t", "x.7z"]);
    assert!(place.names("x.7z").is_empty());
}

#[test]
fn an_archive_inside_the_walked_folder_does_not_swallow_itself() {
    let place = Workplace::with_tree();
    place.write("tree/x.7z.txt", "not the archive");
    let mut expected = vec![];
    for round in 0..3 {
        // The third time the same file is meant by another path.
        let archive = if round == 2 { "./tree/sub/../x.7z" } else { "tree/x.7z" };
        place.run(&format!("{archive} tree"), 0);
        let names = place.names("tree/x.7z");
        assert!(!names.contains(&"tree/x.7z".to_owned()) && names.contains(&"tree/x.7z.txt".to_owned()), "{names:?}");
        match round {
            0 => expected = fs::read(place.path("tree/x.7z")).unwrap(),
            _ => assert_eq!(place.names("tree/x.7z").len(), 11),
        }
    }
    assert!(!expected.is_empty());
    // Of volumes, the earlier ones stay out, and a file that is none of them goes in.
    for _ in 0..2 {
        place.run("--volume 64k tree/x.7z tree", 0);
        let names = place.names("tree/x.7z.001");
        assert!(!names.iter().any(|name| name.starts_with("tree/x.7z.0")), "{names:?}");
        assert!(names.contains(&"tree/x.7z".to_owned()), "{names:?}");
    }
    // From within.
    let output = place.pc7z(["x.7z", "."]).current_dir(place.path("tree/sub")).output().unwrap();
    Finished::new(output, 0, "from within");
    let output = place.pc7z(["x.7z", "."]).current_dir(place.path("tree/sub")).output().unwrap();
    Finished::new(output, 0, "from within, again");
    assert!(!place.names("tree/sub/x.7z").contains(&"x.7z".to_owned()));
}

#[test]
fn the_archive_itself_as_path_is_refused_and_named() {
    let place = Workplace::with_tree();
    place.run("x.7z tree", 0);
    let finished = place.run("x.7z tree x.7z", 1);
    assert!(finished.stderr.contains("x.7z: it is the archive being written"), "{}", finished.stderr);
    place.holds("x.7z", "tree", &[]);
}

#[test]
fn an_extension_is_added_where_there_is_none() {
    let place = Workplace::with_tree();
    for (typed, file) in [("plain", "plain.7z"), ("dotted.name", "dotted.name"), ("none.", "none")] {
        place.run(&format!("{typed} tree"), 0);
        assert_eq!(place.entries(), [file, "tree"].map(str::to_owned), "{typed}");
        place.oracle("7zz", &["t", file]);
        fs::remove_file(place.path(file)).unwrap();
    }
}

#[test]
fn an_earlier_archive_is_replaced_only_by_a_whole_one() {
    let place = Workplace::with_tree();
    place.run("x.7z tree/sub", 0);
    let before = fs::read(place.path("x.7z")).unwrap();
    place.run("--memory 4k x.7z tree", 2);
    assert_eq!(fs::read(place.path("x.7z")).unwrap(), before);
    place.run("x.7z tree", 0);
    assert_eq!(place.names("x.7z").len(), 10);
    assert_eq!(place.entries(), ["tree", "x.7z"]);
}

#[test]
fn outputs_that_cannot_be_written_are_fatal() {
    let place = Workplace::with_tree();
    fs::create_dir(place.path("folder.7z")).unwrap();
    let finished = place.run("folder.7z tree", 2);
    assert!(finished.stderr.contains("folder.7z"), "{}", finished.stderr);
    let finished = place.run("missing/x.7z tree", 2);
    assert!(finished.stderr.contains("missing/x.7z"), "{}", finished.stderr);
    assert_eq!(place.entries(), ["folder.7z", "tree"]);
}

#[test]
fn a_file_size_limit_is_an_error_not_a_crash() {
    let place = Workplace::new();
    place.write("f", noise(3, 1 << 20));
    place.write("x.7z", "old");
    let script = format!("ulimit -f 64; exec {} a x.7z f", env!("CARGO_BIN_EXE_pc7z"));
    let finished = Finished::new(place.command("sh").args(["-c", &script]).output().unwrap(), 2, "ulimit");
    assert!(finished.stderr.contains("File too large"), "{}", finished.stderr);
    assert_eq!(place.entries(), ["f", "x.7z"]);
    assert_eq!(fs::read(place.path("x.7z")).unwrap(), b"old");
}

#[test]
fn signals_interrupt_and_leave_nothing() {
    for name in ["INT", "TERM", "HUP"] {
        let place = Workplace::new();
        place.write("x.7z", "old");
        // Standard input that stays open keeps the job running, however fast the machine is. These tests may be run under
        // nohup, which has programs ignore SIGHUP.
        let mut command = place.command("env");
        command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_pc7z"), "a", "--quiet", "x.7z", "-"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(&noise(4, 8 << 20)).unwrap();
        signal(&child, name);
        let mut errors = child.stderr.take().unwrap();
        let (code, time) = wait(child, GENEROUS);
        assert_eq!(code, Some(255), "{name}");
        println!("{name}: ended after {time:?}");
        let mut said = String::new();
        errors.read_to_string(&mut said).unwrap();
        assert_eq!(said, "pc7z: cancelled\n");
        assert_eq!(place.entries(), ["x.7z"], "{name}");
        assert_eq!(fs::read(place.path("x.7z")).unwrap(), b"old");
        drop(input);
    }
}

#[test]
fn an_interrupted_compression_leaves_nothing() {
    let place = Workplace::new();
    place.write("f", noise(5, 4 << 20).repeat(16));
    for delay in [0, 20, 60, 150, 400] {
        let child = place.pc7z(["--quiet", "--level", "9", "out.7z", "f"]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        signal(&child, "INT");
        match wait(child, GENEROUS).0 {
            // None: the signal came before the program could listen for it.
            Some(255) | None => assert_eq!(place.entries(), ["f"], "after {delay} ms"),
            // A fast machine may have been through.
            Some(0) => fs::remove_file(place.path("out.7z")).unwrap(),
            Some(code) => panic!("exit code {code} after {delay} ms"),
        }
    }
}

#[test]
fn an_interrupted_run_still_prints_its_object() {
    let place = Workplace::new();
    let mut command = place.pc7z(["--json", "x.7z", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let input = child.stdin.take().unwrap();
    (&input).write_all(&noise(6, 1 << 20)).unwrap();
    signal(&child, "INT");
    let json = Finished::new(child.wait_with_output().unwrap(), 255, "interrupted").json();
    assert_eq!((&json["status"], &json["exit_code"]), (&"interrupted".into(), &255.into()));
    drop(input);
}

#[test]
fn nohup_is_obeyed() {
    let place = Workplace::new();
    let script = format!("trap '' HUP; exec {} a --quiet --name n x.7z -", env!("CARGO_BIN_EXE_pc7z"));
    let mut child = place.command("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than a pipe and the read-ahead hold: when this is written, the program runs.
    input.write_all(&noise(7, 8 << 20)).unwrap();
    signal(&child, "HUP");
    input.write_all(b"the end").unwrap();
    drop(input);
    assert_eq!(wait(child, GENEROUS).0, Some(0));
    place.oracle("7zz", &["t", "x.7z"]);
}

#[test]
fn a_terminal_gets_a_progress_bar_and_a_pipe_none() {
    let place = Workplace::with_tree();
    place.write("tree/large", text(8, 6 << 20));
    let (code, shown) = place.on_a_terminal("--level 5 --threads 1 x.7z tree", &[]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("% [") && shown.contains("/s"), "{shown:?}");
    let (code, shown) = place.on_a_terminal("--quiet x.7z tree", &[]);
    assert_eq!((code, shown.as_str()), (0, ""));
    assert_eq!(place.run("x.7z tree", 0).stderr, "");
}

#[test]
fn a_reader_that_left_changes_nothing() {
    let place = Workplace::with_tree();
    let script = format!("{} a x.7z tree missing >&- 2>&-", env!("CARGO_BIN_EXE_pc7z"));
    let output = place.command("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    place.holds("x.7z", "tree", &[]);
}

#[test]
fn paths_may_begin_with_a_dash_behind_two() {
    let place = Workplace::new();
    place.write("--odd", "odd");
    place.run("-- x.7z --odd", 0);
    assert_eq!(place.names("x.7z"), ["--odd"]);
    assert!(Path::new(env!("CARGO_BIN_EXE_pc7z")).exists());
}
