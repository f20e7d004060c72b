//! An archive that is open for reading: its header was read, its blocks are where they are.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::coders::{self, Context};
use super::keys::Keys;
use super::limits::Limits;
use super::source::{self, ArchiveSource, RangeReader};
use crate::codec::Monitor;
use crate::codec::decode::{self, Coder};
use crate::error::{Error, Result};
use crate::input::{FileTime, Metadata};
use crate::job::{Control, Encryption};
use crate::sevenz::SIGNATURE_HEADER_SIZE;
use crate::sevenz::read::{self, Contents, Header, MAX_STUB, StartHeader, StoredEntry, StoredFolder, Streams};

/// Packed headers within packed headers, at most. 7-Zip writes one.
const MOST_HEADERS: usize = 4;

/// What opens an archive.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// For encrypted headers and items. Salt and IV come from the archive: of [`Encryption::Raw`] only the key counts.
    pub encryption: Option<Encryption>,
    /// What the archive may ask for.
    pub limits: Limits,
}

/// An archive open for reading. Shared by any number of threads.
pub struct Archive {
    pub(super) source: Arc<dyn ArchiveSource>,
    /// Where it begins in the source: behind a self-extracting program.
    start: u64,
    /// All its bytes, from there on.
    size: u64,
    header_size: u64,
    pub(super) contents: Contents,
    pub(super) keys: Keys,
    pub(super) limits: Limits,
    has_encrypted_names: bool,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (entries, blocks) = (self.contents.entries.len(), self.contents.folders.len());
        f.debug_struct("Archive").field("entries", &entries).field("blocks", &blocks).finish_non_exhaustive()
    }
}

impl Archive {
    /// Opens the archive at `path`; where the name ends in `.001`, with the volumes that follow.
    ///
    /// # Errors
    /// As [`Archive::open_source`]; [`Error::Io`] where the file cannot be opened.
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        Self::open_source(source::open_path(path.as_ref())?, options, &Control::new())
    }

    /// Opens an archive from anywhere: see [`memory`](super::memory), [`stream`](super::stream) and [`ArchiveSource`].
    ///
    /// # Errors
    /// [`Error::NotAnArchive`]; [`Error::Corrupt`]: damaged, truncated, without a header; [`Error::Unsupported`];
    /// [`Error::Password`]: the header is encrypted, and there is no password or a wrong one; [`Error::LimitExceeded`];
    /// [`Error::Cancelled`]; [`Error::Io`]: reading failed.
    pub fn open_source(source: Arc<dyn ArchiveSource>, options: &OpenOptions, control: &Control) -> Result<Self> {
        let start = find_start(&*source)?;
        let rest = source.size() - start;
        let header = StartHeader::read(&read_array(&*source, start)?, rest)?;
        let mut archive = Self {
            start,
            size: SIGNATURE_HEADER_SIZE + header.offset + header.size,
            header_size: header.size,
            contents: Contents::default(),
            keys: Keys::new(options.encryption.clone(), &options.limits),
            limits: options.limits.clone(),
            has_encrypted_names: false,
            source,
        };
        archive.read_header(header, control.monitor())?;
        Ok(archive)
    }

    /// The entries, in stored order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = ArchiveEntry<'_>> {
        self.contents.entries.iter().enumerate().map(|(index, stored)| ArchiveEntry { archive: self, index, stored })
    }

    /// An entry by its number in stored order.
    pub fn entry(&self, index: usize) -> Option<ArchiveEntry<'_>> {
        self.contents.entries.get(index).map(|stored| ArchiveEntry { archive: self, index, stored })
    }

    /// Blocks: what is decoded on its own.
    pub fn blocks(&self) -> usize {
        self.contents.folders.len()
    }

    /// Whether several items share a block.
    pub fn is_solid(&self) -> bool {
        self.contents.folders.iter().any(|folder| folder.substreams.len() > 1)
    }

    /// Whether any item, or the names, are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.has_encrypted_names || self.contents.folders.iter().any(coders::is_encrypted)
    }

    /// Whether the names are encrypted.
    pub fn has_encrypted_names(&self) -> bool {
        self.has_encrypted_names
    }

    /// Bytes of the archive, without what stands before or behind it.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes before the archive: a self-extracting program.
    pub fn stub_size(&self) -> u64 {
        self.start
    }

    /// Bytes of the header as stored, packed or not, with those that it is packed into.
    pub fn header_size(&self) -> u64 {
        self.header_size
    }

    /// What decoding needs.
    pub(super) fn context<'a>(&'a self, monitor: &'a Monitor, counter: &'a Arc<AtomicU64>) -> Context<'a> {
        let Self { source, start, contents, keys, .. } = self;
        let packed = &contents.packed;
        Context { source, start: *start, packed, keys, monitor, counter, run_threads: 1, run_memory: 0 }
    }

    fn read_header(&mut self, start: StartHeader, monitor: &Monitor) -> Result<()> {
        if start.size == 0 {
            return Ok(()); // An archive without entries.
        }
        self.check_header_size(start.size)?;
        let counter = AtomicU64::new(0);
        let offset = self.start + SIGNATURE_HEADER_SIZE + start.offset;
        let reader = RangeReader::new(&*self.source, offset, start.size, &counter);
        let mut bytes = read_exactly(reader, start.size).map_err(unreadable)?;
        if crc32fast::hash(&bytes) != start.crc {
            return Err(Error::Corrupt("the header has a wrong checksum".into()));
        }
        for _ in 0..=MOST_HEADERS {
            let header = read::header(&bytes, start.offset, self.limits.entries);
            match header.map_err(|error| self.header_error(error))? {
                Header::Plain(contents) => {
                    self.contents = contents;
                    return Ok(());
                }
                Header::Packed(streams) => bytes = self.unpack_header(&streams, monitor)?,
            }
        }
        Err(Error::Corrupt(format!("its header is packed more than {MOST_HEADERS} times")))
    }

    /// What a wrong password makes of an encrypted header without a checksum is no header.
    fn header_error(&self, error: Error) -> Error {
        match error {
            Error::Corrupt(why) if self.has_encrypted_names => {
                Error::Password(format!("the password is wrong, or the archive is damaged: {why}"))
            }
            error => error,
        }
    }

    fn check_header_size(&self, size: u64) -> Result<()> {
        if size > self.limits.header {
            let most = self.limits.header;
            return Err(Error::LimitExceeded(format!("the header has {size} bytes, {most} are allowed")));
        }
        Ok(())
    }

    /// Decodes a packed header.
    fn unpack_header(&mut self, streams: &Streams, monitor: &Monitor) -> Result<Vec<u8>> {
        let [folder] = &streams.folders[..] else {
            return Err(Error::Corrupt("the header is in several blocks".into()));
        };
        let size = folder.unpack_size();
        // What coders make for each other takes as long as what comes out.
        folder.unpack_sizes.iter().try_for_each(|&size| self.check_header_size(size))?;
        self.header_size += streams.packed[folder.packed.clone()].iter().map(|stream| stream.size).sum::<u64>();
        let is_encrypted = coders::is_encrypted(folder);
        self.has_encrypted_names |= is_encrypted;
        self.check_memory(folder)?;
        let counter = Arc::default();
        let context = Context { packed: &streams.packed, ..self.context(monitor, &counter) };
        let stream = coders::stream(context, folder)?;
        let decoded = catch_unwind(AssertUnwindSafe(|| read_exactly(stream, size)));
        if monitor.is_stopped() {
            return Err(Error::Cancelled);
        }
        let decoded = decoded.map_err(|_| Error::Internal("the header: a decoder panicked".into()))?;
        let wrong = |why: &str| match is_encrypted {
            true => Error::Password(format!("the password is wrong, or the archive is damaged: the header {why}")),
            false => Error::Corrupt(format!("the header {why}")),
        };
        let bytes = decoded.map_err(|error| match error.kind() {
            std::io::ErrorKind::OutOfMemory => Error::OutOfMemory("for the header".into()),
            _ if error.raw_os_error().is_some() || error.get_ref().is_some_and(|inner| inner.is::<Error>()) => {
                unreadable(error)
            }
            _ => wrong(&format!("cannot be decoded: {error}")),
        })?;
        let crc = streams.substreams[folder.substreams.start].crc.or(folder.crc);
        if crc.is_some_and(|crc| crc != crc32fast::hash(&bytes)) {
            return Err(wrong("has a wrong checksum"));
        }
        Ok(bytes)
    }

    /// Memory for decoding a folder, where it is within the limit.
    pub(super) fn check_memory(&self, folder: &StoredFolder) -> Result<u64> {
        let (needed, most) = (coders::memory(folder)?, self.limits.memory);
        if needed > most {
            return Err(Error::LimitExceeded(format!("a block needs {needed} bytes of memory, {most} are allowed")));
        }
        Ok(needed)
    }
}

/// An entry of an open archive.
#[derive(Debug, Clone, Copy)]
pub struct ArchiveEntry<'a> {
    pub(super) archive: &'a Archive,
    pub(super) index: usize,
    pub(super) stored: &'a StoredEntry,
}

impl<'a> ArchiveEntry<'a> {
    /// Its number in stored order.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its name as stored: `/` between folders, and nothing else is sure about it.
    pub fn name(&self) -> &'a str {
        &self.stored.entry.name
    }

    /// Its bytes when extracted.
    pub fn size(&self) -> u64 {
        self.stored.stream.map_or(0, |stream| stream.size)
    }

    /// CRC-32 of its bytes, where the archive has one.
    pub fn crc(&self) -> Option<u32> {
        self.stored.stream.and_then(|stream| stream.crc)
    }

    /// The block that its bytes are in.
    pub fn block(&self) -> Option<usize> {
        self.stored.stream.map(|stream| stream.folder)
    }

    /// A folder of the file system.
    pub fn is_directory(&self) -> bool {
        self.stored.entry.is_directory
    }

    /// What this entry names is to be deleted: an update archive's way to say so. Never extracted.
    pub fn is_anti(&self) -> bool {
        self.stored.is_anti
    }

    /// A symbolic link, whose bytes are its target.
    pub fn is_symlink(&self) -> bool {
        self.metadata().is_symlink()
    }

    /// Whether its bytes are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.folder().is_some_and(coders::is_encrypted)
    }

    /// Attributes and times.
    pub fn metadata(&self) -> Metadata {
        let entry = &self.stored.entry;
        Metadata {
            attributes: entry.attributes,
            modified: entry.modified.map(FileTime),
            created: entry.created.map(FileTime),
            accessed: entry.accessed.map(FileTime),
            is_directory: entry.is_directory,
        }
    }

    /// Packed bytes of its block, where it is the block's first; others share them.
    pub fn packed_size(&self) -> Option<u64> {
        let stream = self.stored.stream.filter(|stream| stream.offset == 0)?;
        let contents = &self.archive.contents;
        let packed = contents.folders[stream.folder].packed.clone();
        (contents.members(stream.folder).first() == Some(&self.index))
            .then(|| contents.packed[packed].iter().map(|stream| stream.size).sum())
    }

    /// The methods of its block as 7-Zip names them, the one that saw the bytes first in front: `BCJ LZMA2:24`.
    pub fn method(&self) -> String {
        let Some(folder) = self.folder() else { return String::new() };
        let names = folder.graph.coders.iter().zip(&folder.unpack_sizes).rev().map(|(coder, &unpack_size)| {
            decode::describe(&Coder { method: coder.method, properties: &coder.properties, unpack_size })
        });
        names.collect::<Vec<_>>().join(" ")
    }

    fn folder(&self) -> Option<&'a StoredFolder> {
        self.stored.stream.map(|stream| &self.archive.contents.folders[stream.folder])
    }
}

/// Where the archive begins: at once, or behind a program.
fn find_start(source: &dyn ArchiveSource) -> Result<u64> {
    let size = source.size();
    if size < SIGNATURE_HEADER_SIZE {
        return Err(Error::NotAnArchive(match size {
            0 => "it is empty".into(),
            _ => format!("it has {size} bytes, fewer than any archive"),
        }));
    }
    let counter = AtomicU64::new(0);
    let head = size.min(MAX_STUB + SIGNATURE_HEADER_SIZE);
    let first: [u8; SIGNATURE_HEADER_SIZE as usize] = read_array(source, 0)?;
    if first.starts_with(b"7z\xBC\xAF\x27\x1C") {
        return Ok(0);
    }
    let bytes = read_exactly(RangeReader::new(source, 0, head, &counter), head).map_err(unreadable)?;
    let found = read::find_signature(&bytes, 0);
    found.map(|start| start as u64).ok_or_else(|| Error::NotAnArchive("it has no signature of 7z".into()))
}

fn read_array<const N: usize>(source: &dyn ArchiveSource, offset: u64) -> Result<[u8; N]> {
    let counter = AtomicU64::new(0);
    let mut bytes = [0; N];
    RangeReader::new(source, offset, N as u64, &counter).read_exact(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Io { what: "cannot read the archive".into(), source: error }
}

/// Reads `size` bytes, no fewer; memory grows with what really comes.
fn read_exactly(reader: impl Read, size: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(size).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < size {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}
