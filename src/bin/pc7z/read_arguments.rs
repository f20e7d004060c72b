//! The arguments of the commands that read archives: `x`, `e`, `t`, `l` and `cat`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use parallelcompress::extract::{Limits, destination::Overwrite};

use crate::{sizes, values};

/// What all of them take.
#[derive(Debug, Args)]
pub struct ReadArguments {
    /// The archive; of one in volumes, the first: ARCHIVE.001
    #[arg(value_name = "ARCHIVE")]
    pub archive: PathBuf,

    /// What of it [default: everything]
    ///
    /// A folder stands for all that is in it. A name counts from the archive's top; one with *, ? or [ and no / matches at
    /// any depth, one with a / from the top: '*.c', 'src/*.c', 'src/**'.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// What of it, as NAME (may be given many times)
    #[arg(long, value_name = "NAME", help_heading = SELECTION)]
    pub files: Vec<String>,

    /// What LIST names, too: a file with a NAME on each line, or - for standard input
    ///
    /// Where LIST has a NUL in it, each NAME ends with a NUL. A list without names means nothing, not everything.
    #[arg(short = 'T', long = "list", value_name = "LIST", help_heading = SELECTION)]
    pub list: Option<PathBuf>,

    /// Leaves out what matches (may be given many times)
    ///
    /// Patterns as those of the command a.
    #[arg(long, value_name = "GLOB", help_heading = SELECTION)]
    pub exclude: Vec<String>,

    /// The password; asks for it where P is missing
    ///
    /// It is asked for on the terminal, without echo, where --password is followed by another option, by --, or by
    /// nothing. Other users of the machine can see a P that is given here in its list of processes.
    #[arg(long, value_name = "P", num_args = 0..=1, help_heading = SELECTION)]
    #[expect(clippy::option_option, reason = "clap's own type for an option whose value may be missing")]
    pub password: Option<Option<String>>,

    /// The most memory for decoding; a block that needs more is refused [default: 4g]
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse_positive, help_heading = RESOURCES)]
    pub memory: Option<u64>,

    /// Prints one JSON object on standard output
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
}

/// What those take that decode.
#[derive(Debug, Clone, Args)]
pub struct DecodeArguments {
    /// Threads that decode, 1 to 256; 0 means one per core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=256))]
    #[arg(help_heading = RESOURCES)]
    pub threads: u32,

    /// The most bytes to extract; an archive that announces more is refused before anything is written
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse_positive, help_heading = RESOURCES)]
    pub max_size: Option<u64>,

    /// The most time to take; then the run ends with exit code 2
    ///
    /// Seconds, or a number with ms, s, m or h behind it, such as 5m.
    #[arg(long, value_name = "TIME", value_parser = values::time, help_heading = RESOURCES)]
    pub timeout: Option<Duration>,

    /// Prints nothing but errors
    #[arg(long, help_heading = OUTPUT)]
    pub quiet: bool,
}

/// `pc7z x` and `pc7z e`.
#[derive(Debug, Args)]
pub struct ExtractArguments {
    #[command(flatten)]
    pub read: ReadArguments,

    #[command(flatten)]
    pub decode: DecodeArguments,

    /// The folder to extract to; it is made where it is missing
    #[arg(short, long, value_name = "DIR", default_value = ".", help_heading = OUTPUT)]
    pub output: PathBuf,

    /// What happens where a file of that name is there already
    #[arg(long, value_name = "POLICY", default_value = "fail", help_heading = OUTPUT)]
    pub overwrite: OverwritePolicy,
}

/// `--overwrite`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum OverwritePolicy {
    /// The file stays, the item is named, and the exit code is 1
    Fail,
    /// The item takes its place
    All,
    /// The file stays
    Skip,
    /// The item takes its place if it is newer
    Newer,
    /// The item gets another name: it_1.txt
    Rename,
}

impl From<OverwritePolicy> for Overwrite {
    fn from(policy: OverwritePolicy) -> Self {
        match policy {
            OverwritePolicy::Fail => Self::Fail,
            OverwritePolicy::All => Self::Replace,
            OverwritePolicy::Skip => Self::Skip,
            OverwritePolicy::Newer => Self::Newer,
            OverwritePolicy::Rename => Self::Rename,
        }
    }
}

/// `pc7z t` and `pc7z cat`.
#[derive(Debug, Args)]
pub struct TestArguments {
    #[command(flatten)]
    pub read: ReadArguments,

    #[command(flatten)]
    pub decode: DecodeArguments,
}

/// `pc7z l`.
#[derive(Debug, Args)]
pub struct ListArguments {
    #[command(flatten)]
    pub read: ReadArguments,
}

impl ReadArguments {
    /// What the archive may ask for.
    pub fn limits(&self, max_size: Option<u64>) -> Limits {
        let default = Limits::default();
        Limits {
            memory: self.memory.unwrap_or(default.memory),
            unpacked: max_size.unwrap_or(default.unpacked),
            ..default
        }
    }
}

const SELECTION: &str = "Selection";
const RESOURCES: &str = "Resources";
const OUTPUT: &str = "Output";
