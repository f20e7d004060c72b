//! `--tar-in`: the entries of a tar on standard input, as items.
//!
//! A tar can only be read from its start to its end, and the engine takes items in an order of its own. So a thread reads
//! the tar as far ahead as the engine asks for items, and keeps what it read: in memory, and beyond a limit in temporary
//! files without a name, of which nothing can be left behind.

use std::fs::File;
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::unix::fs::FileExt;
#[cfg(windows)]
use std::os::windows::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use parallelcompress::input::{archive_name, clean_name};
use parallelcompress::{Control, Error, Feed, FileTime, Item, Metadata, Poll, Source};
use tar::{Archive, Entry, EntryType};

use crate::patterns::Patterns;

/// What waits in memory at most, in bytes.
const IN_MEMORY: u64 = 32 << 20;
/// A temporary file takes in entries until it has so many bytes; it goes when the last of them has been used.
const SPOOL_BYTES: u64 = 256 << 20;
/// The thread hands over what it has after so many bytes …
const BATCH_BYTES: u64 = 1 << 20;
/// … or entries.
const BATCH_ITEMS: usize = 256;

/// Items from a tar. The engine polls it on its calling thread; a thread of its own reads.
pub struct TarFeed {
    batches: Receiver<io::Result<Vec<Item>>>,
    /// Each message asks for one more batch.
    demand: Sender<()>,
    is_asked: bool,
}

impl TarFeed {
    /// Starts a thread that reads standard input when asked. It may be left behind waiting for input when the process
    /// ends: a read that waits cannot be called back.
    pub fn new(control: &Control, excluded: Patterns) -> io::Result<Self> {
        let (sender, batches) = channel();
        let (demand, asked) = channel();
        let control = control.clone();
        std::thread::Builder::new().name("tar".into()).spawn(move || {
            let mut reader = TarReader { excluded, in_memory: Arc::default(), spool: None, count: 0 };
            let mut archive = Archive::new(io::stdin().lock());
            let mut entries = match archive.entries() {
                Ok(entries) => entries,
                Err(error) => return drop(sender.send(Err(error))),
            };
            while asked.recv().is_ok() {
                let batch = reader.batch(&mut entries);
                let is_last = batch.as_ref().map_or(true, Vec::is_empty);
                // Nobody listens any more when the job has ended.
                if sender.send(batch).is_err() || is_last {
                    return;
                }
                control.wake();
            }
        })?;
        Ok(Self { batches, demand, is_asked: false })
    }
}

impl Feed for TarFeed {
    fn poll(&mut self, _: &Control) -> Poll {
        let batch = match self.batches.try_recv() {
            Ok(batch) => batch,
            Err(TryRecvError::Disconnected) => return Poll::End,
            Err(TryRecvError::Empty) => {
                // The thread that is gone has said why, or that it came to the end: the next poll sees it.
                self.is_asked = self.is_asked || self.demand.send(()).is_ok();
                return Poll::Pending;
            }
        };
        self.is_asked = false;
        match batch {
            Ok(items) if items.is_empty() => Poll::End,
            Ok(items) => Poll::Items(items),
            Err(source) => Poll::Failed(Error::Io { what: "cannot read the tar on standard input".into(), source }),
        }
    }
}

/// Turns entries into items.
struct TarReader {
    excluded: Patterns,
    /// Bytes that wait in memory.
    in_memory: Arc<AtomicU64>,
    /// The temporary file in use, and its length.
    spool: Option<(Arc<File>, u64)>,
    /// Entries so far.
    count: u32,
}

impl TarReader {
    /// The next entries; none at the end.
    fn batch<R: Read>(&mut self, entries: &mut tar::Entries<R>) -> io::Result<Vec<Item>> {
        let (mut items, mut bytes) = (Vec::new(), 0);
        while items.len() < BATCH_ITEMS && bytes < BATCH_BYTES {
            let Some(entry) = entries.next() else { break };
            if let Some(item) = self.item(entry?)? {
                bytes += item.size.unwrap_or(0);
                items.push(item);
            }
        }
        Ok(items)
    }

    /// The item of an entry; none where there is nothing to store.
    fn item<R: Read>(&mut self, mut entry: Entry<R>) -> io::Result<Option<Item>> {
        let name = name_of(&entry.path_bytes());
        let kind = entry.header().entry_type();
        if name.is_empty() || kind.is_pax_global_extensions() || self.excluded.contains(&name) {
            return Ok(None);
        }
        let index = self.count;
        self.count = self.count.saturating_add(1);
        let (bits, source, size) = match kind {
            EntryType::Directory => (0o040_000, Source::Empty, 0),
            EntryType::Symlink => {
                let target = entry.link_name_bytes().unwrap_or_default().into_owned();
                link(target)
            }
            // The data are those of another entry, which has passed: a symbolic link leads to it.
            EntryType::Link => link(relative(&name, &name_of(&entry.link_name_bytes().unwrap_or_default()))),
            EntryType::Fifo | EntryType::Char | EntryType::Block => {
                let reason = "a device or FIFO in the tar has no contents to store";
                let error = Error::InvalidArgument(format!("{name}: {reason}"));
                (0, Source::Failed(error), 0)
            }
            _ => {
                let size = entry.size();
                (0o100_000, self.keep(&mut entry, size)?, size)
            }
        };
        let metadata = metadata(&mut entry, bits)?;
        Ok(Some(Item { name, metadata, size: Some(size), source, index }))
    }

    /// Reads an entry's bytes to where they can wait.
    fn keep<R: Read>(&mut self, entry: &mut Entry<R>, size: u64) -> io::Result<Source> {
        if size == 0 {
            return Ok(Source::Empty);
        }
        let short = |read: u64| {
            let cause = format!("it ends within an entry: {read} bytes of {size}");
            if read == size { Ok(()) } else { Err(io::Error::new(io::ErrorKind::UnexpectedEof, cause)) }
        };
        if self.in_memory.load(Ordering::Relaxed).saturating_add(size) <= IN_MEMORY {
            let mut bytes = Vec::with_capacity(size as usize);
            entry.read_to_end(&mut bytes)?;
            short(bytes.len() as u64)?;
            self.in_memory.fetch_add(size, Ordering::Relaxed);
            let held = Held { bytes, counter: Arc::clone(&self.in_memory) };
            return Ok(Source::Memory(Arc::new(held)));
        }
        let (file, start) = match self.spool.take() {
            Some((file, length)) if length < SPOOL_BYTES => (file, length),
            _ => (Arc::new(tempfile::tempfile()?), 0),
        };
        short(io::copy(entry, &mut At { file: &file, position: start })?)?;
        self.spool = Some((Arc::clone(&file), start + size));
        Ok(Source::Reader(Box::new(Spooled { file, position: start, end: start + size })))
    }
}

/// Bytes in memory, counted as long as they are there.
struct Held {
    bytes: Vec<u8>,
    counter: Arc<AtomicU64>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.counter.fetch_sub(self.bytes.len() as u64, Ordering::Relaxed);
    }
}

/// Bytes in a temporary file, of which others may read other parts at the same time.
struct Spooled {
    file: Arc<File>,
    position: u64,
    end: u64,
}

impl Read for Spooled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = (buffer.len() as u64).min(self.end - self.position) as usize;
        let count = read_at(&self.file, &mut buffer[..wanted], self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

/// Writes a temporary file from a position on. The file's own position is nobody's: on Windows every read moves it.
struct At<'a> {
    file: &'a File,
    position: u64,
}

impl Write for At<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = write_at(self.file, bytes, self.position)?;
        self.position += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return file.read_at(buffer, position);
    #[cfg(windows)]
    return file.seek_read(buffer, position);
}

fn write_at(file: &File, bytes: &[u8], position: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return file.write_at(bytes, position);
    #[cfg(windows)]
    return file.seek_write(bytes, position);
}

/// The name of a tar's path: relative, without `.` and `..`.
fn name_of(path: &[u8]) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        clean_name(&archive_name(std::ffi::OsStr::from_bytes(path)))
    }
    #[cfg(not(unix))]
    {
        clean_name(&archive_name(String::from_utf8_lossy(path).as_ref().as_ref()))
    }
}

/// A symbolic link: mode bits, source and size.
fn link(target: Vec<u8>) -> (u32, Source, u64) {
    let size = target.len() as u64;
    (0o120_000, Source::Memory(Arc::new(target)), size)
}

/// Where `to` lies, seen from the folder of `from`.
fn relative(from: &str, to: &str) -> Vec<u8> {
    let folder: Vec<&str> = from.split('/').collect();
    let folder = &folder[..folder.len() - 1];
    let parts: Vec<&str> = to.split('/').collect();
    // The target's last part is its own, also where a folder of the link has that name.
    let common = folder.iter().zip(&parts[..parts.len() - 1]).take_while(|(a, b)| a == b).count();
    ("../".repeat(folder.len() - common) + &parts[common..].join("/")).into_bytes()
}

/// Mode and time of an entry; `bits` say what kind of file it is.
fn metadata<R: Read>(entry: &mut Entry<R>, bits: u32) -> io::Result<Metadata> {
    let header = entry.header();
    let mode = header.mode()? & 0o7777 | bits;
    let (mut seconds, mut nanoseconds) = (header.mtime()? as i64, 0);
    if let Some(extensions) = entry.pax_extensions()? {
        for extension in extensions {
            let extension = extension?;
            if extension.key_bytes() == b"mtime"
                && let Some(time) = extension.value().ok().and_then(pax_time)
            {
                (seconds, nanoseconds) = time;
            }
        }
    }
    Ok(Metadata {
        attributes: Some(Metadata::attributes_of_unix_mode(mode)),
        modified: Some(FileTime::from_unix(seconds, nanoseconds)),
        is_directory: bits == 0o040_000,
        ..Metadata::default()
    })
}

/// A time of a pax header: seconds with decimals, possibly before 1970.
fn pax_time(text: &str) -> Option<(i64, u32)> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok()?;
    let digits: String = decimals.chars().chain("000000000".chars()).take(9).collect();
    let nanoseconds: u32 = digits.parse().ok()?;
    match (whole.starts_with('-'), nanoseconds) {
        (true, 1..) => Some((seconds.checked_sub(1)?, 1_000_000_000 - nanoseconds)),
        _ => Some((seconds, nanoseconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::{pax_time, relative};

    #[test]
    fn a_hard_link_leads_to_its_target() {
        for (from, to, expected) in [
            ("a", "b", "b"),
            ("d/a", "d/b", "b"),
            ("d/a", "b", "../b"),
            ("a", "d/b", "d/b"),
            ("x/y/a", "x/z/b", "../z/b"),
            ("x/y/a", "q/b", "../../q/b"),
            ("a/a", "a", "../a"),
            ("a", "a/b", "a/b"),
        ] {
            assert_eq!(String::from_utf8(relative(from, to)).unwrap(), expected, "{from} to {to}");
        }
    }

    #[test]
    fn pax_times_have_decimals_and_signs() {
        assert_eq!(pax_time("1700000000.5"), Some((1_700_000_000, 500_000_000)));
        assert_eq!(pax_time("1700000000.123456789123"), Some((1_700_000_000, 123_456_789)));
        assert_eq!(pax_time("12"), Some((12, 0)));
        assert_eq!(pax_time("-1.25"), Some((-2, 750_000_000)));
        assert_eq!(pax_time("soon"), None);
    }
}
