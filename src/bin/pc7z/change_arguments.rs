//! The arguments of the commands that change archives: `u`, `d`, `rn` and `merge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use parallelcompress::extract::update::Replace;

use crate::arguments::AddArguments;

/// `pc7z u`.
#[derive(Debug, Args)]
pub struct UpdateArguments {
    #[command(flatten)]
    pub add: AddArguments,

    /// What happens where the archive has an item of that name
    #[arg(long, value_name = "POLICY", default_value = "newer", help_heading = "Selection")]
    pub replace: ReplacePolicy,
}

/// `--replace`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ReplacePolicy {
    /// The file takes its place if it is newer
    Newer,
    /// The file takes its place
    Always,
    /// The item stays
    Never,
}

impl From<ReplacePolicy> for Replace {
    fn from(policy: ReplacePolicy) -> Self {
        match policy {
            ReplacePolicy::Newer => Self::Newer,
            ReplacePolicy::Always => Self::Always,
            ReplacePolicy::Never => Self::Never,
        }
    }
}

/// What `d`, `rn` and `merge` take.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// The password; asks for it where P is missing
    ///
    /// For encrypted names, and for encrypted blocks that lose items and are packed again.
    #[arg(long, value_name = "P", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "clap's own type for an option whose value may be missing")]
    pub password: Option<Option<String>>,

    /// Worker threads, 1 to 256; 0 means one per core
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=256))]
    pub threads: u32,

    /// Prints nothing but errors
    #[arg(long)]
    pub quiet: bool,

    /// Prints one JSON object on standard output
    #[arg(long)]
    pub json: bool,
}

/// `pc7z d`.
#[derive(Debug, Args)]
pub struct DeleteArguments {
    /// The archive
    #[arg(value_name = "ARCHIVE")]
    pub archive: PathBuf,

    /// What goes; a folder with all that is in it, or a pattern
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,

    #[command(flatten)]
    pub change: ChangeArguments,
}

/// `pc7z rn`.
#[derive(Debug, Args)]
pub struct RenameArguments {
    /// The archive
    #[arg(value_name = "ARCHIVE")]
    pub archive: PathBuf,

    /// Pairs of an item's name, or a folder's, and its new one
    #[arg(value_name = "OLD NEW", required = true)]
    pub names: Vec<String>,

    #[command(flatten)]
    pub change: ChangeArguments,
}

/// `pc7z merge`.
#[derive(Debug, Args)]
pub struct MergeArguments {
    /// The archive to write; one that is there already is replaced, and may be among the others
    #[arg(value_name = "ARCHIVE")]
    pub archive: PathBuf,

    /// Archives that become one; of two items with one name the later one counts
    #[arg(value_name = "OTHER", required = true)]
    pub others: Vec<PathBuf>,

    #[command(flatten)]
    pub change: ChangeArguments,
}
