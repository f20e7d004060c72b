//! `-T LIST`: a file with the names of what goes in, or comes out.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The paths that the list names, in its order; `-` reads it from standard input. A list with a NUL anywhere is one of
/// names that end with NUL, as `find -print0` writes it, so that a name may hold a line break. In any other each line is
/// a name. Empty names are passed over.
///
/// # Errors
/// Of the system, if the list cannot be read.
pub fn read(list: &Path) -> io::Result<Vec<PathBuf>> {
    let mut bytes = Vec::new();
    if list.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        File::open(list)?.read_to_end(&mut bytes)?;
    }
    Ok(names(&bytes))
}

fn names(bytes: &[u8]) -> Vec<PathBuf> {
    let end = if bytes.contains(&0) { 0 } else { b'\n' };
    bytes.split(|&byte| byte == end).filter(|name| !name.is_empty()).map(path).collect()
}

#[cfg(unix)]
fn path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(name).into()
}

/// UTF-8, as everything else that is text; lines may end with a carriage return.
#[cfg(not(unix))]
fn path(name: &[u8]) -> PathBuf {
    String::from_utf8_lossy(name).trim_end_matches('\r').into()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn lines_or_names_that_end_with_nul() {
        let texts = |bytes| names(bytes).iter().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>();
        assert_eq!(texts(b"a\nb c\n\nd"), ["a", "b c", "d"]);
        assert_eq!(texts(b"a\nb\0c\0"), ["a\nb", "c"]);
        assert_eq!(texts(b""), [""; 0]);
    }
}
