//! Extraction to disk.

use std::path::Path;

use super::ArchiveEntry;
use super::destination::{Begun, Destination, DestinationOptions, FileWriter, Placed, Target};
use super::sink::{ItemSink, Sink};
use crate::error::{Error, Result};
use crate::input::Metadata;

/// A link's target is no longer than this, in bytes: no system has longer paths.
const LONGEST_LINK: usize = 64 << 10;

/// Puts items into a folder of the file system.
#[derive(Debug)]
pub struct FolderSink {
    destination: Destination,
}

impl FolderSink {
    /// The folder at `root` is created, with all above it, when the first entry comes.
    ///
    /// # Errors
    /// [`Error::Io`]: `root` is no path.
    pub fn new(root: impl AsRef<Path>, options: DestinationOptions) -> Result<Self> {
        Ok(Self { destination: Destination::new(root.as_ref(), options)? })
    }
}

impl Sink for FolderSink {
    fn directory(&self, entry: &ArchiveEntry) -> Result<()> {
        let metadata = entry.metadata();
        self.destination.directory(&Target { name: entry.name(), metadata: &metadata, size: 0 }).map(drop)
    }

    fn begin(&self, entry: &ArchiveEntry) -> Result<Option<Box<dyn ItemSink + '_>>> {
        let metadata = entry.metadata();
        if metadata.is_symlink() {
            if entry.size() > LONGEST_LINK as u64 {
                return Err(Error::Corrupt(format!("{}: a link of {} bytes", entry.name(), entry.size())));
            }
            let name = entry.name().to_owned();
            return Ok(Some(Box::new(LinkItem { destination: &self.destination, name, metadata, to: Vec::new() })));
        }
        let target = Target { name: entry.name(), metadata: &metadata, size: entry.size() };
        Ok(match self.destination.file(&target)? {
            Begun::File(writer) => Some(Box::new(FileItem(writer))),
            Begun::Skipped(_) => None,
        })
    }

    fn finish(&self) -> Vec<Error> {
        self.destination.finish()
    }
}

struct FileItem<'a>(FileWriter<'a>);

impl ItemSink for FileItem<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.write(bytes)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.finish().map(drop)
    }
}

/// A link's bytes are its target.
struct LinkItem<'a> {
    destination: &'a Destination,
    name: String,
    metadata: Metadata,
    to: Vec<u8>,
}

impl ItemSink for LinkItem<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.to.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let target = Target { name: &self.name, metadata: &self.metadata, size: self.to.len() as u64 };
        match self.destination.link(&target, &self.to)? {
            Placed::At(_) | Placed::Skipped(_) => Ok(()),
        }
    }
}
