//! What the archive is called, and which files on disk are the archive itself.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The path that ARCHIVE means. As in 7-Zip, a name without a dot gets `.7z`, and a dot at the end means: no extension.
pub fn resolve(typed: &Path) -> Result<PathBuf, String> {
    if typed == Path::new("-") {
        return Err("an archive cannot be written to standard output; ./- is a file of that name".into());
    }
    let folder_like = typed.as_os_str().as_encoded_bytes().ends_with(b"/");
    let Some(name) = typed.file_name().filter(|_| !folder_like) else {
        return Err(format!("{} is a folder's name, not an archive's", typed.display()));
    };
    let bytes = name.as_encoded_bytes();
    if !bytes.contains(&b'.') {
        let mut name = name.to_owned();
        name.push(".7z");
        return Ok(typed.with_file_name(name));
    }
    // A file name in which the last dot is the last byte has no extension, and its stem is all before that dot.
    match (bytes.ends_with(b"."), typed.file_stem()) {
        (true, Some(stem)) if stem != name => Ok(typed.with_file_name(stem)),
        _ => Ok(typed.to_owned()),
    }
}

/// The files that a job is about to write, so that a walked folder which holds them does not put the archive into
/// itself. (The temporary beside the archive needs no such care: it is created after the walk.)
#[derive(Debug)]
pub struct OwnFiles {
    /// The archive's folder without symbolic links; `None` when it does not exist, and then nothing in it does.
    folder: Option<PathBuf>,
    name: OsString,
    volumes: bool,
}

impl OwnFiles {
    /// Those of the archive at `path`, written as volumes or in one file.
    pub fn of(path: &Path, volumes: bool) -> Self {
        Self { folder: folder_of(path), name: path.file_name().unwrap_or_default().to_owned(), volumes }
    }

    /// Whether the file at `path` is one of them.
    pub fn contain(&self, path: &Path) -> bool {
        // The name is compared first: it costs no system call, and almost always it differs.
        let same_name = path.file_name().is_some_and(|name| self.is_own_name(name));
        same_name && self.folder.is_some() && folder_of(path) == self.folder
    }

    fn is_own_name(&self, name: &OsStr) -> bool {
        if !self.volumes {
            return name == self.name;
        }
        let number = name.as_encoded_bytes().strip_prefix(self.name.as_encoded_bytes());
        number
            .and_then(|rest| rest.strip_prefix(b"."))
            .is_some_and(|digits| digits.len() >= 3 && digits.iter().all(u8::is_ascii_digit))
    }
}

/// The folder that holds `path`, without symbolic links.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let parent = match path.parent()? {
        parent if parent == Path::new("") => Path::new("."),
        parent => parent,
    };
    parent.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use super::{OwnFiles, resolve};
    use std::path::{Path, PathBuf};

    #[test]
    fn extension_as_in_7zip() {
        for (typed, path) in [
            ("demo", "demo.7z"),
            ("demo.7z", "demo.7z"),
            ("demo.", "demo"),
            (".hidden", ".hidden"),
            ("a.b/demo", "a.b/demo.7z"),
            ("../demo.tar.7z", "../demo.tar.7z"),
            ("./-", "./-.7z"),
        ] {
            assert_eq!(resolve(Path::new(typed)), Ok(PathBuf::from(path)), "{typed}");
        }
        for typed in ["-", "a/", "/", "..", "."] {
            assert!(resolve(Path::new(typed)).is_err(), "{typed}");
        }
    }

    #[test]
    fn own_files_by_name_and_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let at = |name: &str| folder.path().join(name);
        let single = OwnFiles::of(&at("x.7z"), false);
        assert!(single.contain(&at("x.7z")) && single.contain(&at("sub/../x.7z")));
        assert!(!single.contain(&at("x.7z.001")) && !single.contain(&at("sub/x.7z")) && !single.contain(&at("y.7z")));
        let volumes = OwnFiles::of(&at("x.7z"), true);
        assert!(volumes.contain(&at("x.7z.001")) && volumes.contain(&at("x.7z.1000")));
        assert!(!volumes.contain(&at("x.7z")) && !volumes.contain(&at("x.7z.01")) && !volumes.contain(&at("x.7z.txt")));
        assert!(!OwnFiles::of(&at("missing/x.7z"), false).contain(&at("x.7z")));
    }
}
