//! The figures as Markdown.

use crate::arguments::{Arguments, Levels};
use crate::data::DataSet;
use crate::measure::Pairs;
use crate::peers::Blocks;

/// One peer at one level.
pub struct Row {
    /// Solid or not.
    pub blocks: Blocks,
    /// The levels of both.
    pub levels: Levels,
    /// Who.
    pub peer: String,
    /// The runs.
    pub pairs: Pairs,
}

/// What was measured and how, and the head of the table.
pub fn print_heading(arguments: &Arguments, sets: &[DataSet]) {
    for set in sets {
        println!("- `{}`: {} files, {:.1} MB", set.name(), set.files, megabytes(set.bytes));
    }
    println!(
        "- {} threads each, {} pairs of runs in turn, whole processes, files in the page cache",
        arguments.threads, arguments.runs
    );
    if !arguments.ours.is_empty() {
        println!("- ours with `{}`", arguments.ours);
    }
    println!("- xz compresses a tar of the data, made beforehand");
    println!();
    println!(
        "| data | blocks | level | peer | times as fast (range) | our time, theirs (s) | our CPU time, theirs (s) | our size, theirs (MB) | size ratio | our memory, theirs (MB) |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
}

/// One line of the table.
pub fn print_row(set: &DataSet, row: &Row) {
    let [low, median, high] = row.pairs.speed();
    let [our_time, their_time] = row.pairs.seconds();
    let [our_processor, their_processor] = row.pairs.processor();
    let [our_size, their_size] = row.pairs.sizes();
    let [our_memory, their_memory] = row.pairs.memory().map(megabytes);
    println!(
        "| {} | {} | {} | {} | **{median:.2}** ({low:.2} to {high:.2}) | {our_time:.2}, {their_time:.2} | {our_processor:.2}, {their_processor:.2} | {:.3}, {:.3} | {:.4} | {our_memory:.0}, {their_memory:.0} |",
        set.name(),
        blocks(row.blocks),
        levels(row.levels),
        row.peer,
        megabytes(our_size),
        megabytes(their_size),
        our_size as f64 / their_size as f64,
    );
}

/// Where several levels were measured: how fast we are against the time that the peer would need for our size, which lies
/// between two of its levels (interpolated on logarithms of size and time). A line of Markdown each.
pub fn equal_size(set: &DataSet, rows: &[Row]) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        // Level 0 stores: no line leads from there to a level that compresses.
        let comparable = |other: &&Row| other.peer == row.peer && other.blocks == row.blocks && other.levels.theirs > 0;
        let others = || rows.iter().filter(comparable);
        let [ours, _] = row.pairs.sizes();
        // The peer's slowest level that is still no smaller than ours, and its fastest that is no larger.
        let larger = others().filter(|row| row.pairs.sizes()[1] >= ours).max_by_key(|row| row.levels.theirs);
        let smaller = others().filter(|row| row.pairs.sizes()[1] <= ours).min_by_key(|row| row.levels.theirs);
        let (Some(larger), Some(smaller)) = (larger, smaller) else { continue };
        let [most, least] = [larger, smaller].map(|row| (row.pairs.sizes()[1] as f64).ln());
        let [fast, slow] = [larger, smaller].map(|row| row.pairs.seconds()[1].ln());
        let share = if most > least { (most - (ours as f64).ln()) / (most - least) } else { 0.0 };
        let speed = (fast + (slow - fast) * share).exp() / row.pairs.seconds()[0];
        lines.push(format!(
            "| {} | {} | {} | {}, levels {} and {} | **{speed:.2}** |",
            set.name(),
            blocks(row.blocks),
            row.levels.ours,
            row.peer,
            larger.levels.theirs,
            smaller.levels.theirs,
        ));
    }
    lines
}

/// The table of those lines, where there are any.
pub fn print_equal_size(lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    println!();
    println!("At equal size (the peer's time interpolated between its two levels around our size):");
    println!();
    println!("| data | blocks | our level | peer | times as fast |");
    println!("|---|---|---|---|---|");
    for line in lines {
        println!("{line}");
    }
}

fn levels(levels: Levels) -> String {
    match levels {
        Levels { ours, theirs } if ours == theirs => ours.to_string(),
        Levels { ours, theirs } => format!("{ours} against {theirs}"),
    }
}

fn blocks(blocks: Blocks) -> &'static str {
    match blocks {
        Blocks::Solid => "solid",
        Blocks::PerFile => "per file",
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
