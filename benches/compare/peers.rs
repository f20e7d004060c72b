//! Whom we are measured against, and how each program is called to do the same work.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::Result;
use crate::arguments::Arguments;
use crate::data::DataSet;

/// A competitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// pc7z itself.
    #[value(skip)]
    Ours,
    /// pc7z with one thread.
    OneThread,
    /// 7-Zip.
    #[value(name = "7zz")]
    SevenZip,
    /// fast-lzma2's plugin in 7-Zip.
    #[value(name = "fast-lzma2")]
    FastLzma2,
    /// xz, on a tar file.
    Xz,
}

/// Which files share a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// Each program's own idea of solid blocks.
    Solid,
    /// Each file on its own.
    PerFile,
}

/// A competitor that this machine has.
pub struct Program {
    peer: Peer,
    path: PathBuf,
}

impl Program {
    /// A program that is found by its name.
    pub fn new(peer: Peer) -> Self {
        let path = match peer {
            Peer::Ours | Peer::OneThread => env!("CARGO_BIN_EXE_pc7z"),
            Peer::SevenZip => "7zz",
            Peer::FastLzma2 => "7z",
            Peer::Xz => "xz",
        };
        Self { peer, path: path.into() }
    }

    /// What the table calls it.
    pub fn name(&self) -> &'static str {
        match self.peer {
            Peer::Ours => "pc7z",
            Peer::OneThread => "pc7z, 1 thread",
            Peer::SevenZip => "7zz",
            Peer::FastLzma2 => "fast-lzma2",
            Peer::Xz => "xz",
        }
    }

    /// Whether it is pc7z.
    pub fn is_ours(&self) -> bool {
        matches!(self.peer, Peer::Ours | Peer::OneThread)
    }

    /// Whether it can group files like that: xz has one stream and no files.
    pub fn can(&self, blocks: Blocks) -> bool {
        self.peer != Peer::Xz || blocks == Blocks::Solid
    }

    /// The command that compresses `set` into `output`.
    pub fn command(
        &self,
        set: &DataSet,
        blocks: Blocks,
        level: u32,
        arguments: &Arguments,
        output: &Path,
    ) -> Result<Command> {
        let threads = arguments.threads;
        let mut command = Command::new(&self.path);
        command.current_dir(set.folder());
        let solid = blocks == Blocks::Solid;
        match self.peer {
            Peer::Ours | Peer::OneThread => {
                let threads = if self.peer == Peer::OneThread { 1 } else { threads };
                let more: Vec<_> = arguments.ours.split_whitespace().collect();
                command.args(["a", "--quiet", "--threads", &threads.to_string()]);
                let own = [("--level", level.to_string()), ("--solid", if solid { "auto" } else { "off" }.to_owned())];
                for (name, value) in own.iter().filter(|(name, _)| !more.contains(name)) {
                    command.args([name, value.as_str()]);
                }
                // The dot keeps the name as it is.
                command.args(more).arg("--").arg(with_dot(output)).arg(set.name());
            }
            Peer::SevenZip | Peer::FastLzma2 => {
                command.args(["a", "-t7z", "-bd", "-y", &format!("-mx={level}"), &format!("-mmt={threads}")]);
                command.arg(if solid { "-ms=on" } else { "-ms=off" });
                // Links as links, as we store them.
                command.arg("-snl");
                if self.peer == Peer::FastLzma2 {
                    command.arg("-m0=FLZMA2");
                }
                command.arg("--").arg(with_dot(output)).arg(set.name());
            }
            Peer::Xz => {
                let file = fs::File::create(output).map_err(|error| format!("{}: {error}", output.display()))?;
                command.args(["--compress", "--keep", "--stdout", &format!("-{level}"), &format!("-T{threads}")]);
                command.arg(&set.tar).stdout(file);
            }
        }
        Ok(command)
    }
}

/// The path with a dot behind it, by which these programs know that no extension is to be added.
fn with_dot(path: &Path) -> PathBuf {
    let mut path = path.to_owned().into_os_string();
    path.push(".");
    path.into()
}

/// The competitors asked for that can run here; the others are named with the reason.
pub fn available(arguments: &Arguments, work: &Path) -> Vec<Program> {
    let mut programs = Vec::new();
    for &peer in &arguments.peers {
        let mut program = Program::new(peer);
        let ready = match peer {
            Peer::FastLzma2 => fast_lzma2(arguments, work).map(|path| program.path = path),
            _ => runs(&program.path),
        };
        match ready {
            Ok(()) => programs.push(program),
            Err(reason) => eprintln!("without {}: {reason}", program.name()),
        }
    }
    programs
}

fn runs(program: &Path) -> Result<()> {
    let output = Command::new(program).arg("--help").output();
    output
        .map(drop)
        .map_err(|error| format!("{}: {error}; install Debian's packages 7zip and xz-utils", program.display()))
}

/// A 7-Zip that knows fast-lzma2: 7-Zip loads codecs from a folder `Codecs` beside its library, so a copy of both is
/// made, and the plugin put there.
fn fast_lzma2(arguments: &Arguments, work: &Path) -> Result<PathBuf> {
    let plugin = match &arguments.flzma2 {
        Some(plugin) => plugin.clone(),
        None => download_plugin(work)?,
    };
    let installed = ["/usr/lib/p7zip", "/usr/lib/7zip"].map(Path::new).into_iter().find(|at| at.join("7z.so").exists());
    let installed = installed.ok_or("no 7z.so on this machine; install Debian's package p7zip-full")?;
    let copy = work.join("7z-with-plugin");
    let copied = || {
        fs::create_dir_all(copy.join("Codecs"))?;
        fs::copy(&plugin, copy.join("Codecs/flzma2.so"))?;
        fs::copy(installed.join("7z.so"), copy.join("7z.so"))?;
        fs::copy(installed.join("7z"), copy.join("7z"))
    };
    copied().map_err(|error| format!("copying 7z: {error}"))?;
    let program = copy.join("7z");
    let output = Command::new(&program).arg("i").output().map_err(|error| format!("{}: {error}", program.display()))?;
    match String::from_utf8_lossy(&output.stdout).contains("FLZMA2") {
        true => Ok(program),
        false => Err(format!("7z does not load {}", plugin.display())),
    }
}

/// The plugin out of a package that carries it.
fn download_plugin(work: &Path) -> Result<PathBuf> {
    let folder = work.join("pybit7z");
    let script = "set -e; mkdir -p \"$0\"; python3 -m pip download --quiet --no-deps --dest \"$0\" pybit7z; \
                  python3 -m zipfile --extract \"$0\"/pybit7z-*.whl \"$0\"";
    let output = Command::new("sh").arg("-c").arg(script).arg(&folder).output().map_err(|error| error.to_string())?;
    let plugin = folder.join("pybit7z/Codecs/flzma2.so");
    match plugin.exists() {
        true => Ok(plugin),
        false => Err(format!("PyPI's package pybit7z: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
