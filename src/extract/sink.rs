//! Where extracted items go: a folder, memory, nowhere (a test), or what the caller writes.

use std::io::Write;

use parking_lot::Mutex;

use super::ArchiveEntry;
use crate::error::{Error, Result};

/// Takes what is extracted. Its methods are called from several threads at once.
pub trait Sink: Sync {
    /// A folder of the file system. Called for all of them, on the calling thread, before any item begins.
    ///
    /// # Errors
    /// Any: the entry has failed with it.
    fn directory(&self, entry: &ArchiveEntry) -> Result<()> {
        let _ = entry;
        Ok(())
    }

    /// An item begins, on the thread that decodes it. `None`: it is not wanted after all, and counted as skipped.
    ///
    /// # Errors
    /// Any: the item has failed with it.
    fn begin(&self, entry: &ArchiveEntry) -> Result<Option<Box<dyn ItemSink + '_>>>;

    /// All items have ended: once, on the calling thread, unless the extraction was cancelled. Answers what failed now.
    fn finish(&self) -> Vec<Error> {
        Vec::new()
    }
}

/// Takes one item's bytes, on one thread. Dropped without [`ItemSink::finish`], the item has failed, and nothing of it may
/// stay.
pub trait ItemSink: Send {
    /// The next bytes.
    ///
    /// # Errors
    /// Any: the item has failed with it.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// All bytes came, and their checksum is right.
    ///
    /// # Errors
    /// As [`ItemSink::write`].
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Keeps nothing: extraction into it is a test of the archive.
#[derive(Debug, Default)]
pub struct Discard;

impl Sink for Discard {
    fn begin(&self, _: &ArchiveEntry) -> Result<Option<Box<dyn ItemSink + '_>>> {
        Ok(Some(Box::new(Self)))
    }
}

impl ItemSink for Discard {
    fn write(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// Keeps items in memory.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<Vec<(usize, Vec<u8>)>>);

impl InMemory {
    /// Every item that was extracted: its number in the archive, in ascending order, and its bytes.
    pub fn into_items(self) -> Vec<(usize, Vec<u8>)> {
        let mut items = self.0.into_inner();
        items.sort_unstable_by_key(|&(index, _)| index);
        items
    }
}

struct MemoryItem<'a> {
    all: &'a InMemory,
    index: usize,
    bytes: Vec<u8>,
}

impl Sink for InMemory {
    fn begin(&self, entry: &ArchiveEntry) -> Result<Option<Box<dyn ItemSink + '_>>> {
        // What the archive announces is not reserved before it comes.
        let bytes = Vec::with_capacity(entry.size().min(1 << 20) as usize);
        Ok(Some(Box::new(MemoryItem { all: self, index: entry.index(), bytes })))
    }
}

impl ItemSink for MemoryItem<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let room = self.bytes.try_reserve(bytes.len());
        room.map_err(|_| Error::OutOfMemory(format!("for item {} in memory", self.index)))?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.all.0.lock().push((self.index, self.bytes));
        Ok(())
    }
}

/// Writes all items to one writer: for extraction on one thread, which keeps the stored order. On several, the bytes of
/// items mix.
pub struct Joined<W>(Mutex<W>);

impl<W: Write + Send> Joined<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self(Mutex::new(writer))
    }
}

impl<W: Write + Send> Sink for Joined<W> {
    fn begin(&self, _: &ArchiveEntry) -> Result<Option<Box<dyn ItemSink + '_>>> {
        Ok(Some(Box::new(JoinedItem(self))))
    }
}

struct JoinedItem<'a, W>(&'a Joined<W>);

impl<W: Write + Send> ItemSink for JoinedItem<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.0.lock().write_all(bytes).map_err(|source| Error::Io { what: "cannot write".into(), source })
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.0.lock().flush().map_err(|source| Error::Io { what: "cannot write".into(), source })
    }
}
