//! What to measure.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;

use crate::peers::{Blocks, Peer};

/// Measures pc7z against 7-Zip, xz and fast-lzma2 and prints a Markdown table
#[derive(Debug, Parser)]
#[command(name = "compare", bin_name = "cargo bench --bench compare --", max_term_width = 110)]
pub struct Arguments {
    /// Files and folders, each a data set of its own [default: files of this machine, copied: large ones, small ones]
    pub paths: Vec<PathBuf>,

    /// A folder whose subfolders are a data set each
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,

    /// Threads for each program
    #[arg(long, value_name = "N", default_value_t = cores())]
    pub threads: u32,

    /// Pairs of runs
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,

    /// Levels, separated by commas; 6:5 is our level 6 against level 5
    #[arg(long, value_name = "L,L:M…", default_value = "5", value_delimiter = ',')]
    pub levels: Vec<Levels>,

    /// More arguments of pc7z, as in `--ours "--solid all --filter bcj2"`; --level and --solid go instead of those that it has
    #[arg(long, value_name = "ARGUMENTS", default_value = "", allow_hyphen_values = true)]
    pub ours: String,

    /// Only with solid blocks
    #[arg(long, conflicts_with = "non_solid")]
    pub solid: bool,

    /// Only with each file on its own
    #[arg(long)]
    pub non_solid: bool,

    /// Whom to measure against, separated by commas. one-thread: ours with a single thread
    #[arg(long, value_name = "NAME,NAME…", default_value = "7zz,fast-lzma2,xz", value_delimiter = ',')]
    pub peers: Vec<Peer>,

    /// fast-lzma2's plugin for 7-Zip (flzma2.so) [default: the one in PyPI's package pybit7z, downloaded]
    #[arg(long, value_name = "FILE")]
    pub flzma2: Option<PathBuf>,

    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A level of ours, and the peer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    pub ours: u32,
    pub theirs: u32,
}

impl FromStr for Levels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (ours, theirs) = text.split_once(':').unwrap_or((text, text));
        let level = |text: &str| match text.parse() {
            Ok(level @ 0..=9) => Ok(level),
            _ => Err(format!("\"{text}\" is no level: 0 to 9")),
        };
        Ok(Self { ours: level(ours)?, theirs: level(theirs)? })
    }
}

impl Arguments {
    /// The kinds of blocks to measure.
    pub fn blocks(&self) -> Vec<Blocks> {
        match (self.solid, self.non_solid) {
            (true, _) => vec![Blocks::Solid],
            (_, true) => vec![Blocks::PerFile],
            _ => vec![Blocks::Solid, Blocks::PerFile],
        }
    }
}

/// The arguments, unless this is no benchmark run at all.
pub fn parse() -> Option<Arguments> {
    let arguments = Arguments::parse();
    arguments.bench.then_some(arguments)
}

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32)
}
