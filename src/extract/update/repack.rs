//! What stays of blocks that lose items: decoded before the job begins, and packed again by it.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::copy::is_whole;
use super::fates::Base;
use super::{Holder, REPACKED};
use crate::error::{Error, Result};
use crate::extract::source::{read_file_at, write_file_at};
use crate::extract::{ArchiveEntry, ExtractOptions, ItemSink, Sink};
use crate::input::{Item, Opened, Source};
use crate::job::{Control, OnError, Silent};
use crate::output::unnamed_file;

/// Decodes what stays of blocks that lose items into a file without a name, and answers it as items.
pub(super) fn items<H: Holder>(bases: &[Base<H>], threads: u32, control: &Control) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for base in bases {
        let archive = base.archive();
        let contents = &archive.contents;
        let folders = (0..contents.folders.len()).filter(|&folder| !is_whole(base, folder));
        let mut wanted = vec![false; contents.entries.len()];
        let mut any = false;
        for &index in folders.flat_map(|folder| contents.members(folder)) {
            let has_bytes = contents.entries[index].stream.is_some_and(|stream| stream.size > 0);
            if has_bytes && base.name(index).is_some() {
                wanted[index] = true;
                any = true;
            }
        }
        if !any {
            continue;
        }
        let folder = std::env::temp_dir();
        let file =
            unnamed_file(&folder).map_err(|error| Error::io("cannot create a temporary file in", &folder, error))?;
        let spool = Spool { file: Arc::new(file), end: AtomicU64::new(0), places: Mutex::default() };
        let options = ExtractOptions { threads, on_error: OnError::Stop, ..ExtractOptions::default() };
        let decode = || archive.extract(|index| wanted[index], &spool, &options, &mut Silent, control);
        base.holder.decode(decode)?;
        let mut places = spool.places.into_inner();
        places.sort_unstable();
        for (index, start, size) in places {
            let Some((entry, name)) = archive.entry(index).zip(base.name(index)) else { continue };
            let part = SpooledItem { file: Arc::clone(&spool.file), position: start, end: start + size };
            let open = move || Ok(Opened { reader: Box::new(part), size: Some(size) });
            items.push(Item {
                name: name.to_owned(),
                metadata: entry.metadata(),
                size: Some(size),
                source: Source::Stream(Box::new(open)),
                index: REPACKED,
            });
        }
    }
    Ok(items)
}

/// Takes items into one file, each in a place of its own.
struct Spool {
    file: Arc<File>,
    end: AtomicU64,
    /// Entry, start and size of each item.
    places: Mutex<Vec<(usize, u64, u64)>>,
}

impl Sink for Spool {
    fn begin(&self, entry: &ArchiveEntry) -> Result<Option<Box<dyn ItemSink + '_>>> {
        let start = self.end.fetch_add(entry.size(), Ordering::Relaxed);
        Ok(Some(Box::new(Spooling { spool: self, index: entry.index(), start, position: start })))
    }
}

struct Spooling<'a> {
    spool: &'a Spool,
    index: usize,
    start: u64,
    position: u64,
}

impl ItemSink for Spooling<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        let failed = |source| Error::Io { what: "cannot write a temporary file".into(), source };
        while !bytes.is_empty() {
            match write_file_at(&self.spool.file, self.position, bytes) {
                Ok(0) => return Err(failed(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    bytes = &bytes[count..];
                    self.position += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.spool.places.lock().push((self.index, self.start, self.position - self.start));
        Ok(())
    }
}

/// An item's place in the file.
struct SpooledItem {
    file: Arc<File>,
    position: u64,
    end: u64,
}

impl Read for SpooledItem {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.end - self.position).unwrap_or(usize::MAX).min(buffer.len());
        let count = read_file_at(&self.file, self.position, &mut buffer[..most])?;
        self.position += count as u64;
        Ok(count)
    }
}
