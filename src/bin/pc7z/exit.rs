//! How pc7z ends: 7-Zip's exit codes.

use std::process::ExitCode;

use parallelcompress::Error;

/// The way a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Fine,
    /// Some items are missing from the archive, or from what was to be extracted; each was named.
    Skipped,
    /// No archive was written, or none could be read.
    Fatal,
    /// The command line makes no sense.
    BadCommandLine,
    /// Interrupted by a signal.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Skipped => 1,
            Self::Fatal => 2,
            Self::BadCommandLine => 7,
            Self::Interrupted => 255,
        }
    }

    /// The word for it in `--json`.
    pub fn status(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Skipped => "skipped",
            Self::Fatal | Self::BadCommandLine => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            Error::Cancelled => Self::Interrupted,
            Error::InvalidArgument(_) => Self::BadCommandLine,
            _ => Self::Fatal,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
