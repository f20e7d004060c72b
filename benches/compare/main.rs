//! `cargo bench --bench compare`: pc7z against 7-Zip, xz and fast-lzma2, whole programs on the same files.
//!
//! ```text
//! arguments -> data (what to compress) -> peers (how each program is called) -> measure (pairs) -> table
//! ```
//!
//! How the machine's noise is kept out: each peer runs in turn with ours (A B A B …), a ratio is taken within each pair,
//! and the median of the ratios is printed with their range. A run is a process from cold start to finished file; the
//! files are in the page cache for both. No figure here makes a test fail.

mod arguments;
mod data;
mod measure;
mod peers;
mod table;

use std::path::Path;
use std::process::{Command, ExitCode};

use arguments::{Arguments, Levels};
use data::DataSet;
use measure::Pairs;
use peers::{Blocks, Peer, Program};

type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let Some(arguments) = arguments::parse() else {
        // `cargo test --benches` runs benchmarks as if they were tests. This one has nothing to assert.
        return ExitCode::SUCCESS;
    };
    match compare(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(arguments: &Arguments) -> Result<()> {
    let work = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let sets = data::sets(arguments, work.path())?;
    let peers = peers::available(arguments, work.path());
    table::print_heading(arguments, &sets);
    let mut equal_size = Vec::new();
    for set in &sets {
        set.warm()?;
        let mut rows = Vec::new();
        for &blocks in &arguments.blocks() {
            for &levels in &arguments.levels {
                for peer in peers.iter().filter(|peer| peer.can(blocks)) {
                    let pairs = pairs(arguments, set, blocks, levels, peer, work.path())?;
                    rows.push(table::Row { blocks, levels, peer: peer.name().to_owned(), pairs });
                    table::print_row(set, rows.last().expect("just pushed"));
                }
            }
        }
        equal_size.extend(table::equal_size(set, &rows));
    }
    table::print_equal_size(&equal_size);
    Ok(())
}

/// Ours and a peer in turn. The first of our archives is tested, outside the clock.
fn pairs(
    arguments: &Arguments,
    set: &DataSet,
    blocks: Blocks,
    levels: Levels,
    peer: &Program,
    work: &Path,
) -> Result<Pairs> {
    let output = work.join("output");
    let ours = Program::new(Peer::Ours);
    let mut pairs = Pairs::default();
    for round in 0..arguments.runs {
        let mine = measure::run(ours.command(set, blocks, levels.ours, arguments, &output)?, &output)?;
        if round == 0 {
            test(&output)?;
        }
        let level = if peer.is_ours() { levels.ours } else { levels.theirs };
        let theirs = measure::run(peer.command(set, blocks, level, arguments, &output)?, &output)?;
        pairs.push(mine, theirs);
    }
    Ok(pairs)
}

/// An archive that nobody can read would be small and fast to make.
fn test(archive: &Path) -> Result<()> {
    let output = Command::new("7zz").arg("t").arg(archive).output();
    let output = output.map_err(|error| format!("7zz: {error}; install Debian's package 7zip"))?;
    if output.status.success() { Ok(()) } else { Err(format!("7zz does not accept our archive: {output:?}")) }
}
