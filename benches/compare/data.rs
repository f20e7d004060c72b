//! What is compressed: given files, or real ones of this machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::arguments::Arguments;

/// A file or folder that every program compresses.
pub struct DataSet {
    /// Its last part is what is compressed; programs run in the folder that holds it.
    pub path: PathBuf,
    /// The same as one file, for programs that compress only one; made outside the clock.
    pub tar: PathBuf,
    /// Regular files in it.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
}

impl DataSet {
    fn new(path: &Path, tar: PathBuf) -> Result<Self> {
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        let path = path.canonicalize().map_err(failed)?;
        let mut found = Vec::new();
        walk(&path, &mut found, usize::MAX).map_err(failed)?;
        let mut set = Self { tar, files: found.len() as u64, bytes: 0, path: path.clone() };
        set.bytes = found.iter().map(|(_, size)| size).sum();
        let status = Command::new("tar").arg("-cf").arg(&set.tar).arg("-C").arg(set.folder()).arg(set.name()).status();
        match status {
            Ok(status) if status.success() => Ok(set),
            other => Err(format!("tar of {}: {other:?}", path.display())),
        }
    }

    /// What it is called.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The folder that holds it.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// Reads everything once, so that no program is first to wait for the disk.
    pub fn warm(&self) -> Result<()> {
        let failed = |error: io::Error| format!("{}: {error}", self.path.display());
        let mut found = Vec::new();
        walk(&self.path, &mut found, usize::MAX).map_err(failed)?;
        for path in found.iter().map(|(path, _)| path).chain([&self.tar]) {
            io::copy(&mut fs::File::open(path).map_err(failed)?, &mut io::sink()).map_err(failed)?;
        }
        Ok(())
    }
}

/// The data sets to measure on.
pub fn sets(arguments: &Arguments, work: &Path) -> Result<Vec<DataSet>> {
    let mut paths = arguments.paths.clone();
    if let Some(corpus) = &arguments.corpus {
        paths.extend(folders_in(corpus).map_err(|error| format!("{}: {error}", corpus.display()))?);
    }
    if paths.is_empty() {
        paths = own_data(work).map_err(|error| format!("copying files of this machine: {error}"))?;
    }
    // Numbered, since two data sets may have one name.
    paths.iter().enumerate().map(|(number, path)| DataSet::new(path, work.join(format!("{number}.tar")))).collect()
}

/// The folders in a corpus that hold data; `dl` is where it keeps what it downloaded.
fn folders_in(corpus: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(corpus)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "dl") {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Copies of this machine's files: large ones (programs, libraries, databases), and many small ones (texts, mostly).
fn own_data(work: &Path) -> io::Result<Vec<PathBuf>> {
    const ENOUGH: usize = 200_000;
    let mut found = Vec::new();
    for root in ["/usr/bin", "/usr/lib", "/usr/share", "/usr/include"] {
        walk(Path::new(root), &mut found, ENOUGH)?;
    }
    let sets = [("large", 1 << 20..=64 << 20, 128 << 20, usize::MAX), ("small", 1..=64 << 10, 64 << 20, 5000)];
    let mut folders = Vec::new();
    for (name, sizes, bytes, files) in sets {
        let chosen: Vec<_> = found.iter().filter(|(_, size)| sizes.contains(size)).collect();
        // Every nth file, so that no single package makes up the data.
        let step = (chosen.len() / files.min(5000)).max(1);
        let mut left: u64 = bytes;
        let mut count = 0;
        let folder = work.join(name);
        for (path, size) in chosen.into_iter().step_by(step) {
            if *size > left || count == files {
                continue;
            }
            let target = folder.join(path.strip_prefix("/").unwrap_or(path));
            fs::create_dir_all(target.parent().unwrap_or(&folder))?;
            // What only root may read is left out.
            if fs::copy(path, &target).is_ok() {
                left -= size;
                count += 1;
            }
        }
        folders.push(folder);
    }
    Ok(folders)
}

/// All regular files below `path` with their sizes, sorted by path; at most about `limit`.
fn walk(path: &Path, found: &mut Vec<(PathBuf, u64)>, limit: usize) -> io::Result<()> {
    let stat = fs::symlink_metadata(path)?;
    if stat.is_file() {
        found.push((path.to_owned(), stat.len()));
    } else if stat.is_dir() && found.len() < limit {
        let mut entries: Vec<_> = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        entries.sort();
        for entry in entries {
            walk(&entry, found, limit)?;
        }
    }
    Ok(())
}
