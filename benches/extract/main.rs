//! `cargo bench --bench extract -- [--runs N] [--threads N] [PATH...]`: `pc7z x` against `7zz x`, whole programs on the
//! same archives of the paths (of `/usr/share/doc` without any): one block, and many.
//!
//! The programs run in turn, a ratio is taken within each pair, and the median of the ratios is printed with their range.
//! A run is a process from cold start to the last file written; the archive is in the page cache, and the folder is new.

#[expect(dead_code, reason = "sizes are those of archives, and none is made here")]
#[path = "../compare/measure.rs"]
mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use measure::{Pairs, Run};

type Result<T> = std::result::Result<T, String>;

/// How each archive is made: a name for it, and 7-Zip's switches.
const ARCHIVES: [(&str, &[&str]); 3] = [
    ("one block", &["-mx=5", "-ms=on"]),
    ("blocks of 4 MiB", &["-mx=5", "-ms=4m"]),
    ("a block per file", &["-mx=5", "-ms=off"]),
];

struct Arguments {
    runs: usize,
    threads: u32,
    paths: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` runs benchmarks as if they were tests. This one has nothing to assert.
    if !words.iter().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    match arguments(words).and_then(|arguments| compare(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("extract: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(words: Vec<String>) -> Result<Arguments> {
    let mut arguments = Arguments { runs: 5, threads: 2, paths: Vec::new() };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse().ok()).filter(|&number: &u32| number > 0);
        match word.as_str() {
            "--bench" => {}
            "--runs" => arguments.runs = number().ok_or("--runs needs a number")? as usize,
            "--threads" => arguments.threads = number().ok_or("--threads needs a number")?,
            path => arguments.paths.push(PathBuf::from(path)),
        }
    }
    if arguments.paths.is_empty() {
        arguments.paths.push("/usr/share/doc".into());
    }
    Ok(arguments)
}

fn compare(arguments: &Arguments) -> Result<()> {
    let work = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let Arguments { runs, threads, .. } = arguments;
    println!("- {threads} threads each, {runs} pairs of runs in turn, whole processes, archives in the page cache");
    println!();
    println!(
        "| data | archive | times as fast as 7zz (range) | our time, theirs (s) | our CPU time, theirs (s) | our memory, theirs (MB) |"
    );
    println!("|---|---|---|---|---|---|");
    for path in &arguments.paths {
        let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
        for (name, switches) in ARCHIVES {
            let archive = work.path().join("it.7z");
            let _ = fs::remove_file(&archive);
            let mut command = Command::new("7zz");
            let made = command.arg("a").args(switches).arg(&archive).arg(&path).output();
            let made = made.map_err(|error| format!("7zz: {error}; install Debian's package 7zip"))?;
            if !made.status.success() {
                return Err(format!("7zz packs no archive of {}", path.display()));
            }
            let mut pairs = Pairs::default();
            for _ in 0..arguments.runs {
                let ours = extract(arguments, "pc7z", &archive, work.path())?;
                let theirs = extract(arguments, "7zz", &archive, work.path())?;
                pairs.push(ours, theirs);
            }
            print_row(&path, name, &pairs);
        }
    }
    Ok(())
}

/// Extracts into a new folder, which is removed outside the clock.
fn extract(arguments: &Arguments, program: &str, archive: &Path, work: &Path) -> Result<Run> {
    let folder = work.join("there");
    let threads = arguments.threads;
    let mut command = match program {
        "pc7z" => Command::new(env!("CARGO_BIN_EXE_pc7z")),
        other => Command::new(other),
    };
    command.arg("x").arg(archive);
    match program {
        "pc7z" => command.arg("--quiet").arg(format!("--threads={threads}")).arg("--output").arg(&folder),
        _ => command.arg("-y").arg(format!("-mmt={threads}")).arg(format!("-o{}", folder.display())),
    };
    fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let run = measure::run(command, &folder);
    fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    run
}

fn print_row(path: &Path, archive: &str, pairs: &Pairs) {
    let [low, median, high] = pairs.speed();
    let [our_time, their_time] = pairs.seconds();
    let [our_processor, their_processor] = pairs.processor();
    let [our_memory, their_memory] = pairs.memory().map(|bytes| bytes as f64 / 1e6);
    println!(
        "| {} | {archive} | **{median:.2}** ({low:.2} to {high:.2}) | {our_time:.2}, {their_time:.2} | {our_processor:.2}, {their_processor:.2} | {our_memory:.0}, {their_memory:.0} |",
        path.file_name().unwrap_or_default().to_string_lossy(),
    );
}
