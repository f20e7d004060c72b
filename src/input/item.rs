//! One item: a name, metadata, and where its bytes come from.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use super::examine::link_bytes;
use super::{Metadata, Opened, Opener};
use crate::error::{Error, Result};

/// Bytes that many threads may read: a `Vec<u8>`, a `&'static [u8]`, a memory map …
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Where an item's bytes come from. Opened and read once; all but buffers on an input thread, ahead of the encoders.
pub enum Source {
    /// No bytes: a folder, or an empty file.
    Empty,
    /// A buffer. A symbolic link is stored as a buffer with its target, as 7-Zip stores it: on Unix its very bytes, on
    /// Windows UTF-8.
    Memory(SharedBytes),
    /// A regular file, opened when its turn comes. A symbolic link is refused there, since links are stored as links:
    /// give the path it leads to.
    File(PathBuf),
    /// A stream that is open. `Item::size` says how long it is, where that is known.
    Reader(Box<dyn Read + Send>),
    /// A stream that is opened when its turn comes, read to its end, and dropped, all on one input thread.
    /// At most [`Options::input_parallelism`](crate::Options::input_parallelism) of them are open at once.
    Stream(Opener),
    /// The item failed before the job began (a folder that could not be listed): reported in turn, never stored.
    Failed(Error),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Memory(bytes) => write!(f, "Memory({} bytes)", (**bytes).as_ref().len()),
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Reader(_) => f.write_str("Reader"),
            Self::Stream(_) => f.write_str("Stream"),
            Self::Failed(error) => write!(f, "Failed({error})"),
        }
    }
}

/// One entry of the archive to be.
#[derive(Debug)]
pub struct Item {
    /// The name in the archive: `/` between folders, no leading `/`. Bytes of a Unix file name that are not UTF-8
    /// are in it as 7-Zip escapes them (see [`archive_name`](super::archive_name)).
    pub name: String,
    /// Kind, attributes and times.
    pub metadata: Metadata,
    /// The size in bytes where known; `None` for a stream of unknown length.
    pub size: Option<u64>,
    /// The bytes.
    pub source: Source,
    /// The number that callbacks report: the caller's own index. All entries of a walked folder carry the folder's.
    pub index: u32,
}

impl Item {
    /// A file with the given bytes. `bytes` may be a `Vec<u8>`, a `&'static [u8]`, or anything that derefs to bytes.
    pub fn from_memory<B>(name: impl Into<String>, bytes: B) -> Self
    where
        B: AsRef<[u8]> + Send + Sync + 'static,
    {
        let size = bytes.as_ref().len() as u64;
        Self {
            name: name.into(),
            metadata: Metadata::file(),
            size: Some(size),
            source: if size == 0 { Source::Empty } else { Source::Memory(Arc::new(bytes)) },
            index: 0,
        }
    }

    /// A file whose bytes come from `reader`; `size` where it is known. A stream that then delivers more or fewer
    /// bytes than `size` fails.
    pub fn from_reader(name: impl Into<String>, reader: impl Read + Send + 'static, size: Option<u64>) -> Self {
        Self { name: name.into(), metadata: Metadata::file(), size, source: Source::Reader(Box::new(reader)), index: 0 }
    }

    /// A folder, without anything in it.
    pub fn directory(name: impl Into<String>) -> Self {
        let (metadata, source) = (Metadata::directory(), Source::Empty);
        Self { name: name.into(), metadata, size: Some(0), source, index: 0 }
    }

    /// A symbolic link that leads to `target`, which is stored as it is: `/` between folders.
    pub fn symlink(name: impl Into<String>, target: impl Into<PathBuf>) -> Self {
        let target = link_bytes(target.into().into_os_string());
        Self { metadata: Metadata::symlink(), ..Self::from_memory(name, target) }
    }

    /// A file whose bytes come from the stream that `open` opens when its turn comes; `size` where it is known before.
    /// Where it is not, [`Opened::size`] may say it; where both are known and differ, the item fails, as does a stream
    /// that then delivers more or fewer bytes.
    pub fn from_stream(
        name: impl Into<String>,
        size: Option<u64>,
        open: impl FnOnce() -> Result<Opened> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), metadata: Metadata::file(), size, source: Source::Stream(Box::new(open)), index: 0 }
    }

    /// The same item with the number that callbacks report.
    pub fn with_index(mut self, index: u32) -> Self {
        self.index = index;
        self
    }

    /// The same item with other metadata.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }
}
