//! Opening a source, on the thread that will read it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::examine::not_a_regular_file;
use super::{SharedBytes, Source};
use crate::error::{Error, Result};

/// A source, ready to be read.
pub struct Opened {
    /// Its bytes as they are read. Errors are the system's own, with its error number; [`Source::label`] has what to
    /// name in the message. An error that wraps an [`Error`] (`io::Error::other`) keeps that one's HRESULT.
    /// `Interrupted` may occur, as with any reader.
    pub reader: Box<dyn Read + Send>,
    /// How many bytes it will deliver, where opening told. Not looked at for files.
    pub size: Option<u64>,
}

/// Opens a stream when its turn to be read has come.
pub type Opener = Box<dyn FnOnce() -> Result<Opened> + Send>;

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Reads a buffer where it is.
struct BytesReader {
    bytes: SharedBytes,
    position: usize,
}

impl Read for BytesReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = (&(*self.bytes).as_ref()[self.position..]).read(buffer)?;
        self.position += n;
        Ok(n)
    }
}

impl Source {
    /// Opens the source. Call it on the thread that reads it: opening may take long on a slow file system or network.
    ///
    /// # Errors
    /// [`Error::Io`] naming the path, where a file cannot be opened or is no regular file by now: a FIFO or a link
    /// that took its place is refused, not waited for or followed. For [`Source::Failed`], its error; for
    /// [`Source::Stream`], what its opener says.
    pub fn open(self) -> Result<Opened> {
        let (reader, size): (Box<dyn Read + Send>, _) = match self {
            Self::Empty => (Box::new(io::empty()), Some(0)),
            Self::Memory(bytes) => {
                let size = (*bytes).as_ref().len() as u64;
                (Box::new(BytesReader { bytes, position: 0 }), Some(size))
            }
            Self::File(path) => match open_regular(&path) {
                Ok(file) => (Box::new(file), None),
                Err(e) => return Err(Error::io("cannot open", &path, e)),
            },
            Self::Reader(reader) => (reader, None),
            Self::Stream(open) => return open(),
            Self::Failed(error) => return Err(error),
        };
        Ok(Opened { reader, size })
    }

    /// The first bytes, up to `most`, without opening the source for good: of a buffer or a regular file that can be
    /// read. `None` for anything else.
    pub(crate) fn peek(&self, most: usize) -> Option<Vec<u8>> {
        match self {
            Self::Memory(bytes) => {
                let bytes = (**bytes).as_ref();
                Some(bytes[..bytes.len().min(most)].to_vec())
            }
            Self::File(path) => {
                let mut start = Vec::with_capacity(most);
                open_regular(path).ok()?.take(most as u64).read_to_end(&mut start).ok()?;
                Some(start)
            }
            Self::Empty | Self::Reader(_) | Self::Stream(_) | Self::Failed(_) => None,
        }
    }

    /// What an error while reading should name: a file's path, otherwise the item's name. To be taken before
    /// [`Source::open`], for `Error::io("cannot read", &label, e)`.
    pub fn label(&self, item_name: &str) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            _ => PathBuf::from(item_name),
        }
    }
}

/// Opens a regular file for reading; whatever else is at `path` is refused without waiting for it.
fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO that took the file's place would block until somebody writes to it, a terminal would become ours.
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC | libc::O_NOFOLLOW);
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        // The whole file is read once, from start to end (FILE_FLAG_SEQUENTIAL_SCAN).
        options.custom_flags(0x0800_0000);
    }
    let file = options.open(path).map_err(|e| explain(path, e))?;
    let stat = file.metadata()?;
    if stat.is_file() { Ok(file) } else { Err(not_a_regular_file(&stat)) }
}

/// What the system says of a link that must not be followed, or of a socket, misleads: says it in plain words.
fn explain(path: &Path, error: io::Error) -> io::Error {
    match path.symlink_metadata() {
        Ok(stat) if !stat.is_file() && error.kind() != io::ErrorKind::PermissionDenied => not_a_regular_file(&stat),
        _ => error,
    }
}
