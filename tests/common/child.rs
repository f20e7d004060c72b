//! Tests that need a process to themselves: this program runs itself again for one test.

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Names the test that a child is to run the body of.
const ROLE: &str = "PARALLELCOMPRESS_TEST_CHILD";

/// No job of the tests takes nearly so long: one that does hangs.
const HUNG: Duration = Duration::from_secs(900);

/// Whether this process is the child of `test`.
pub fn is_child(test: &str) -> bool {
    env::var(ROLE).is_ok_and(|role| role == test)
}

/// The command that runs `test` alone, in the role of its child, under `wrapper` (a command that runs a command).
pub fn command(test: &str, wrapper: &[&str]) -> Command {
    let program = env::current_exe().expect("the path of this program");
    let mut command = match wrapper {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(ROLE, test).stdin(Stdio::null());
    command
}

/// Waits for a child, and kills it when it hangs.
pub fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child to wait for") {
            return status;
        }
        if start.elapsed() > HUNG {
            let _ = child.kill();
            panic!("the child still runs after {HUNG:?}");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Runs `body` in a process of its own, where no other test changes memory, threads, limits or user. `test` is the
/// name of the calling test.
pub fn alone(test: &str, body: impl FnOnce()) {
    alone_under(test, &[], body);
}

/// As [`alone`], with the process started by `wrapper`.
pub fn alone_under(test: &str, wrapper: &[&str], body: impl FnOnce()) {
    if is_child(test) {
        return body();
    }
    let folder = super::folder();
    let (out, err) = (folder.path().join("out"), folder.path().join("err"));
    let mut child = command(test, wrapper)
        .stdout(File::create(&out).expect("a file for the child's output"))
        .stderr(File::create(&err).expect("a file for the child's errors"))
        .spawn()
        .expect("this program to run again");
    let status = wait(&mut child);
    let mut said = String::new();
    for path in [out, err] {
        said.push_str(&String::from_utf8_lossy(&fs::read(path).expect("the child's words")));
    }
    println!("{said}");
    assert!(status.success(), "the child of {test} ended with {status}");
    // A misspelt name would run nothing and succeed.
    assert!(said.contains("1 passed"), "the child of {test} did not run it");
}

/// Reads from a child until it has said `word`.
pub fn wait_for_word(from: &mut impl Read, word: &str) {
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(word.as_bytes()) {
        let read = from.read(&mut byte).expect("the child's output");
        assert_ne!(read, 0, "the child ended before it said {word}: {}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
}

/// Threads of this process.
pub fn thread_count() -> usize {
    fs::read_dir("/proc/self/task").expect("the list of this process's threads").count()
}

/// No more threads than `before` are left; fails naming `what`. A joined thread is still listed for a moment: the
/// system wakes whoever joins it before it takes the thread off the list.
pub fn assert_no_thread_is_left(before: usize, what: impl std::fmt::Display) {
    let start = Instant::now();
    while thread_count() > before {
        assert!(start.elapsed() < Duration::from_secs(5), "{} instead of {before} threads: {what}", thread_count());
        thread::sleep(Duration::from_millis(1));
    }
}

/// The most memory this process ever had resident, in bytes.
pub fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("this process's status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("the line VmHWM");
    let kib: u64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number of kB");
    kib * 1024
}
