//! The command line as clap reads it, and the [`Options`] it stands for.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use parallelcompress::{Filter, OnError, Options, Solid};

use crate::change_arguments::{DeleteArguments, MergeArguments, RenameArguments, UpdateArguments};
use crate::exit::Exit;
use crate::read_arguments::{ExtractArguments, ListArguments, ReadArguments, TestArguments};
use crate::{manual, sizes, values};

/// Compresses many files on all cores into one standard .7z archive
#[derive(Debug, Parser)]
#[command(name = "pc7z", version, long_about = manual::ABOUT, after_long_help = manual::PAGE, max_term_width = 110)]
#[command(arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

/// What pc7z can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes a new archive
    #[command(name = "a", long_about = manual::ADD, after_long_help = manual::PAGE)]
    Add(Box<AddArguments>),
    /// Adds to an archive, or makes a new one
    #[command(name = "u", long_about = manual::UPDATE, after_long_help = manual::PAGE)]
    Update(Box<UpdateArguments>),
    /// Deletes from an archive
    #[command(name = "d", long_about = manual::CHANGE, after_long_help = manual::CHANGE_PAGE)]
    Delete(Box<DeleteArguments>),
    /// Renames items of an archive
    #[command(name = "rn", long_about = manual::CHANGE, after_long_help = manual::CHANGE_PAGE)]
    Rename(Box<RenameArguments>),
    /// Makes one archive of several
    #[command(name = "merge", long_about = manual::CHANGE, after_long_help = manual::CHANGE_PAGE)]
    Merge(Box<MergeArguments>),
    /// Extracts with full paths
    #[command(name = "x", long_about = manual::EXTRACT, after_long_help = manual::READ_PAGE)]
    Extract(Box<ExtractArguments>),
    /// Extracts without paths: all files into one folder
    #[command(name = "e", long_about = manual::EXTRACT, after_long_help = manual::READ_PAGE)]
    ExtractFlat(Box<ExtractArguments>),
    /// Tests an archive: decodes everything, writes nothing
    #[command(name = "t", after_long_help = manual::READ_PAGE)]
    Test(Box<TestArguments>),
    /// Lists an archive
    #[command(name = "l", after_long_help = manual::READ_PAGE)]
    List(Box<ListArguments>),
    /// Writes items to standard output, one after the other
    #[command(name = "cat", after_long_help = manual::READ_PAGE)]
    Cat(Box<TestArguments>),
}

/// `pc7z a`.
#[derive(Debug, Args)]
pub struct AddArguments {
    /// The archive to write
    ///
    /// A name without a dot gets .7z; a dot at the end keeps it without extension. An archive that is there already is
    /// replaced once the new one is complete.
    #[arg(value_name = "ARCHIVE")]
    pub archive: PathBuf,

    /// Files and folders to put in, or - for standard input
    ///
    /// Folders go in with everything below them. A relative path is kept as the name in the archive; of an absolute
    /// one, or one that climbs (..), only the last part is. Symbolic links are stored as links. A PATH that cannot be
    /// read is named, the others go in, and the exit code is 1.
    #[arg(value_name = "PATH", required_unless_present_any = ["list", "tar_in"])]
    pub paths: Vec<PathBuf>,

    /// Puts in what LIST names, too: a file with a path on each line, or - for standard input
    ///
    /// Where LIST has a NUL in it, each path ends with a NUL, as find -print0 writes them. Each is treated as a PATH is.
    #[arg(short = 'T', long = "list", value_name = "LIST", help_heading = SELECTION)]
    pub list: Option<PathBuf>,

    /// How hard to try, from 0 (store) to 9 (smallest)
    #[arg(long, value_name = "0-9", default_value_t = Options::default().level, help_heading = COMPRESSION)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=9))]
    pub level: u32,

    /// The method, as 7-Zip's -m takes it: LZMA2, LZMA, PPMd, BZip2, Deflate, Copy, ZSTD, Brotli or LZ4
    ///
    /// Parameters follow behind colons: LZMA2:d=64m:fb=64 (dictionary, nice length), PPMd:o=8:mem=64m (order, memory),
    /// BZip2:d=900k, and x=7 (level) with any. A size without a letter is a power of two: d=24 is 16 MiB. A filter may
    /// stand before: 'BCJ LZMA2'. LZMA2 uses all cores even on a single file, the others one core a block. PPMd is the
    /// smallest for text. Plain 7-Zip cannot read ZSTD, Brotli and LZ4, 7-Zip ZS can. Copy (or Store) stores.
    #[arg(long, value_name = "METHOD", default_value = "LZMA2", value_parser = values::method)]
    #[arg(help_heading = COMPRESSION)]
    pub method: String,

    /// What data passes through first: auto, bcj2, off, x86, arm, armt, arm64, ppc, sparc, ia64, riscv or delta:N
    ///
    /// auto: executables, by their own headers, through the branch filter for their architecture; they become several
    /// percent smaller. bcj2: as auto, but executables for x86 through BCJ2, which makes them smaller still; 7-Zip,
    /// libarchive and sevenz-rust2 read it, py7zr does not. It needs LZMA2 above level 0. A block longer than the dictionary,
    /// and a program below about 20 KB, goes through x86 all the same. off: nothing, for readers that lack ARM64 (7-Zip
    /// before 23) or RISC-V (before 24). delta:N: each byte as its difference from the one N (1 to 256) before, for samples
    /// and pixels. The others: every block. One named by --method counts where this is not given.
    #[arg(long, value_name = "FILTER", value_parser = values::filter, help_heading = COMPRESSION)]
    pub filter: Option<Filter>,

    /// Which files share a block: auto, off, all, type, SIZE or Nf
    ///
    /// Files in one block are compressed as one, which makes many similar files much smaller; to extract one, a reader
    /// decodes what is before it in its block. auto: small files together, in blocks large enough for ratio and
    /// numerous enough for all cores, large files alone. off: each file alone. all: one block. type: a block for each
    /// file type and size class. 64m: blocks of about 64 MiB. 100f: blocks of 100 files. Executables that are filtered share
    /// no block with anything else, so with all they have one of their own.
    #[arg(long, value_name = "POLICY", default_value = "auto", value_parser = values::solid)]
    #[arg(help_heading = COMPRESSION)]
    pub solid: Solid,

    /// Dictionary size [default: by level]
    ///
    /// How far back the coder looks for a repetition, 4k to 1g; for PPMd the memory of its model, for BZip2 the size of a
    /// block. A reader needs as much memory to extract. By level, LZMA2 has 256k at 0 and 1, 1m, 4m and 16m at 2, 3 and 4,
    /// 32m at 5 and 6, 64m at 7 and 8, 256m at 9.
    #[arg(long, value_name = "SIZE", value_parser = values::dictionary, help_heading = COMPRESSION)]
    pub dict: Option<u64>,

    /// Encrypts with AES-256; asks for the password where P is missing
    ///
    /// The password is asked for twice on the terminal, without echo, where --password is followed by another option,
    /// by --, or by nothing. Other users of the machine can see a P that is given here in its list of processes.
    #[arg(long, value_name = "P", num_args = 0..=1, help_heading = ENCRYPTION)]
    #[expect(clippy::option_option, reason = "clap's own type for an option whose value may be missing")]
    pub password: Option<Option<String>>,

    /// Encrypts names, sizes and dates too
    #[arg(long, requires = "password", help_heading = ENCRYPTION)]
    pub encrypt_names: bool,

    /// Puts in the entries of a tar from standard input
    ///
    /// They keep their names, modes and times, as if the tar had been unpacked and its contents compressed. A hard link
    /// becomes a symbolic link to the entry that it shares its data with. Data wait in memory and in temporary files; with
    /// --solid all, that is the whole tar.
    #[arg(long, conflicts_with_all = ["paths", "list", "name"], help_heading = SELECTION)]
    pub tar_in: bool,

    /// Leaves out what matches (may be given many times)
    ///
    /// A pattern without / is held against each part of a name: '*.o' or 'target' work at any depth. One with / is held
    /// against the name from its beginning: 'src/gen/*'. * and ? stop at a /, ** does not; `[abc]` and `{a,b}` work as in
    /// a shell. What excludes a folder excludes all below it.
    #[arg(long, value_name = "GLOB", help_heading = SELECTION)]
    pub exclude: Vec<String>,

    /// The name in the archive of what comes from standard input [default: the archive's name without extension]
    #[arg(long, value_name = "NAME", value_parser = values::name, help_heading = SELECTION)]
    pub name: Option<String>,

    /// What happens when a file cannot be read: skip or stop
    ///
    /// skip: it is named, the others go in, and the exit code is 1. stop: the first one ends the run with exit code 2, and
    /// no archive is written.
    #[arg(long, value_name = "POLICY", default_value = "skip", value_parser = values::on_error)]
    #[arg(help_heading = SELECTION)]
    pub on_error: OnError,

    /// Splits the archive into volumes of SIZE: ARCHIVE.001, ARCHIVE.002 …
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse_positive, help_heading = RESOURCES)]
    pub volume: Option<u64>,

    /// Worker threads, 1 to 256; 0 means one per core
    ///
    /// The archive does not depend on it: the same files and options make the same bytes.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=256))]
    #[arg(help_heading = RESOURCES)]
    pub threads: u32,

    /// Files read ahead at once, 1 to 256
    ///
    /// More of them hide the latency of a slow disk or network. The archive does not depend on it.
    #[arg(long, value_name = "N", default_value_t = Options::default().input_parallelism, help_heading = RESOURCES)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=256))]
    pub input_threads: u32,

    /// The most memory to use [default: three quarters of the machine's]
    ///
    /// Less is read ahead and fewer threads are used first, which changes nothing in the archive; then a smaller
    /// dictionary.
    #[arg(long, value_name = "SIZE", value_parser = sizes::parse_positive, help_heading = RESOURCES)]
    pub memory: Option<u64>,

    /// The most time to take; then the run ends with exit code 2, and no archive is written
    ///
    /// Seconds, or a number with ms, s, m or h behind it, such as 5m.
    #[arg(long, value_name = "TIME", value_parser = values::time, help_heading = RESOURCES)]
    pub timeout: Option<Duration>,

    /// Prints nothing but errors
    #[arg(long, help_heading = OUTPUT)]
    pub quiet: bool,

    /// Prints one JSON object about the run on standard output, at the end
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
}

const COMPRESSION: &str = "Compression";
const ENCRYPTION: &str = "Encryption";
const SELECTION: &str = "Selection";
const RESOURCES: &str = "Resources";
const OUTPUT: &str = "Messages";

impl AddArguments {
    /// Whether PATH number `index` is standard input.
    pub fn is_stdin(&self, index: usize) -> bool {
        self.paths[index].as_os_str() == "-"
    }

    /// Whether the list of paths comes from standard input.
    fn lists_stdin(&self) -> bool {
        self.list.as_ref().is_some_and(|list| list.as_os_str() == "-")
    }

    /// The job's options, all but the password (which may have to be asked for).
    pub fn options(&self) -> parallelcompress::Result<Options> {
        let mut options = Options {
            threads: self.threads,
            input_parallelism: self.input_threads,
            level: self.level,
            solid: self.solid,
            encrypt_header: self.encrypt_names,
            volume_size: self.volume,
            memory_limit: self.memory,
            timeout: self.timeout,
            on_error: self.on_error,
            ..Options::default()
        };
        options.set_method_string(&self.method)?;
        options.dictionary = self.dict.or(options.dictionary);
        options.filter = self.filter.unwrap_or(options.filter);
        Ok(options)
    }

    /// What clap cannot check.
    fn check(&self, words: &[OsString]) -> Result<(), String> {
        match (0..self.paths.len()).filter(|&index| self.is_stdin(index)).count() {
            1.. if self.lists_stdin() => return Err("standard input (-) can be read only once".into()),
            0 if self.name.is_some() => return Err("--name names standard input, and no PATH is -".into()),
            0 | 1 => {}
            _ => return Err("standard input (-) can be read only once".into()),
        }
        check_password(self.password.as_ref(), words)
    }
}

/// What clap cannot check of the commands that read.
fn check_reading(arguments: &ReadArguments, words: &[OsString]) -> Result<(), String> {
    check_password(arguments.password.as_ref(), words)
}

fn check_password(given: Option<&Option<String>>, words: &[OsString]) -> Result<(), String> {
    let Some(Some(password)) = given else { return Ok(()) };
    if password.is_empty() {
        return Err("the password is empty".into());
    }
    if took_archive(password, words) {
        return Err(format!(
            "--password took {password:?} for the password. If that is the archive, put -- before it; \
             if it is the password, write --password={password}"
        ));
    }
    Ok(())
}

/// Whether `--password`, meant to ask, swallowed the archive's name that follows it.
fn took_archive(password: &str, words: &[OsString]) -> bool {
    let spaced = words.windows(2).any(|pair| pair[0] == "--password" && pair[1] == OsStr::new(password));
    spaced && password.to_ascii_lowercase().ends_with(".7z")
}

/// Reads the command line. Help, version and complaints are printed here; the error is how to end then.
pub fn parse() -> Result<Command, Exit> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let checked = CommandLine::try_parse_from(&words).and_then(|line| {
        let checked = match &line.command {
            Command::Add(arguments) => arguments.check(&words),
            Command::Extract(arguments) | Command::ExtractFlat(arguments) => check_reading(&arguments.read, &words),
            Command::Test(arguments) | Command::Cat(arguments) => check_reading(&arguments.read, &words),
            Command::List(arguments) => check_reading(&arguments.read, &words),
            Command::Update(arguments) => arguments.add.check(&words),
            Command::Delete(arguments) => check_password(arguments.change.password.as_ref(), &words),
            Command::Rename(arguments) => check_password(arguments.change.password.as_ref(), &words),
            Command::Merge(arguments) => check_password(arguments.change.password.as_ref(), &words),
        };
        match checked {
            Ok(()) => Ok(line.command),
            Err(complaint) => Err(clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, complaint + "\n")),
        }
    });
    checked.map_err(|error| {
        // A pipe that is closed already does not change how the run ends.
        let _ = error.print();
        if error.use_stderr() { Exit::BadCommandLine } else { Exit::Fine }
    })
}

#[cfg(test)]
mod tests {
    use super::{Command, CommandLine, took_archive};
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_declaration_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_password_may_be_given_or_asked_for() {
        let password = |words: &[&str]| {
            let line = ["pc7z", "a"].iter().chain(words).copied().collect::<Vec<_>>();
            CommandLine::try_parse_from(line).map(|line| {
                let Command::Add(arguments) = line.command else { panic!("another command") };
                (arguments.password, arguments.archive)
            })
        };
        assert_eq!(password(&["x.7z", "f"]).unwrap(), (None, "x.7z".into()));
        assert_eq!(password(&["--password", "p", "x.7z", "f"]).unwrap(), (Some(Some("p".into())), "x.7z".into()));
        assert_eq!(password(&["--password=p", "x.7z", "f"]).unwrap(), (Some(Some("p".into())), "x.7z".into()));
        assert_eq!(password(&["--password", "--", "x.7z", "f"]).unwrap(), (Some(None), "x.7z".into()));
        assert_eq!(password(&["--password", "--quiet", "x.7z", "f"]).unwrap(), (Some(None), "x.7z".into()));
        assert_eq!(password(&["x.7z", "f", "--password"]).unwrap(), (Some(None), "x.7z".into()));
        assert!(password(&["--encrypt-names", "x.7z", "f"]).is_err());
    }

    #[test]
    fn a_swallowed_archive_is_noticed() {
        let words = |text: &str| text.split(' ').map(Into::into).collect::<Vec<_>>();
        assert!(took_archive("x.7z", &words("pc7z a --password x.7z d e")));
        assert!(!took_archive("x.7z", &words("pc7z a --password=x.7z d e")));
        assert!(!took_archive("secret", &words("pc7z a --password secret d e")));
    }
}
