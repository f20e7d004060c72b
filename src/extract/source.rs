//! Where an archive's bytes come from: a file, volumes, memory, or a stream of the caller's.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::error::{Error, Result};

/// An archive's bytes at any place. Read by several threads at once.
pub trait ArchiveSource: Send + Sync {
    /// All bytes, whatever stands before the archive included. Does not change while the archive is open.
    fn size(&self) -> u64;

    /// Reads up to `buffer.len()` bytes from `offset` on; 0 only at the end, or for an empty buffer.
    ///
    /// # Errors
    /// What reading answers. The items whose bytes were to be read fail with it.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// A caller's stream: used by one thread at a time, from whichever has to read.
pub trait SeekableStream: Send {
    /// Reads up to `buffer.len()` bytes from `offset` on, as [`ArchiveSource::read_at`].
    ///
    /// # Errors
    /// As there.
    fn read_from(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl<S: Read + io::Seek + Send> SeekableStream for S {
    fn read_from(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.seek(io::SeekFrom::Start(offset))?;
        self.read(buffer)
    }
}

/// Opens the archive at `path`: one file, or numbered volumes where the name ends in `.001`.
///
/// # Errors
/// [`Error::Io`] naming the path.
pub fn open_path(path: &Path) -> Result<Arc<dyn ArchiveSource>> {
    let (first, size) = open_file(path)?;
    let Some(stem) = volume_stem(path) else {
        return Ok(Arc::new(FileSource { file: first, size }));
    };
    let mut volumes = vec![Volume { file: first, start: 0, size }];
    let mut total = size;
    for number in 2u32.. {
        let volume = volume_path(&stem, number);
        match open_file(&volume) {
            Ok((file, size)) => {
                volumes.push(Volume { file, start: total, size });
                total = total.saturating_add(size);
            }
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        }
    }
    Ok(Arc::new(VolumeSource { volumes, size: total }))
}

/// Bytes in memory.
pub fn memory(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Arc<dyn ArchiveSource> {
    Arc::new(MemorySource(bytes))
}

/// A caller's stream of `size` bytes.
pub fn stream(stream: impl SeekableStream + 'static, size: u64) -> Arc<dyn ArchiveSource> {
    Arc::new(StreamSource { stream: Mutex::new(Box::new(stream)), size })
}

fn open_file(path: &Path) -> Result<(File, u64)> {
    let open = || {
        let file = File::open(path)?;
        let stat = file.metadata()?;
        if stat.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        Ok((file, stat.len()))
    };
    open().map_err(|error| Error::io("cannot open", path, error))
}

/// `it.7z` of `it.7z.001`.
fn volume_stem(path: &Path) -> Option<PathBuf> {
    (path.extension()? == "001").then(|| path.with_extension(""))
}

/// The name of a volume, as they are counted: `.001` to `.999`, then `.1000`.
fn volume_path(stem: &Path, number: u32) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(format!(".{number:03}"));
    name.into()
}

#[cfg(unix)]
pub(super) fn write_file_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, bytes, offset)
}

#[cfg(windows)]
pub(super) fn write_file_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, offset)
}

#[cfg(unix)]
pub(super) fn read_file_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(super) fn read_file_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

struct FileSource {
    file: File,
    size: u64,
}

impl ArchiveSource for FileSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        read_file_at(&self.file, offset, buffer)
    }
}

struct Volume {
    file: File,
    /// Where its first byte is in the archive.
    start: u64,
    size: u64,
}

struct VolumeSource {
    volumes: Vec<Volume>,
    size: u64,
}

impl ArchiveSource for VolumeSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // The last volume that begins at or before the offset; empty ones before it are passed over.
        let next = self.volumes.partition_point(|volume| volume.start <= offset);
        let Some(volume) = next.checked_sub(1).map(|number| &self.volumes[number]) else { return Ok(0) };
        let inside = offset - volume.start;
        let most = usize::try_from(volume.size.saturating_sub(inside)).unwrap_or(usize::MAX).min(buffer.len());
        read_file_at(&volume.file, inside, &mut buffer[..most])
    }
}

struct MemorySource<B>(B);

impl<B: AsRef<[u8]> + Send + Sync> ArchiveSource for MemorySource<B> {
    fn size(&self) -> u64 {
        self.0.as_ref().len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut rest = self.0.as_ref().get(start..).unwrap_or_default();
        rest.read(buffer)
    }
}

struct StreamSource {
    stream: Mutex<Box<dyn SeekableStream>>,
    size: u64,
}

impl ArchiveSource for StreamSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.lock().read_from(offset, buffer)
    }
}

/// A part of a source, front to back.
pub(super) struct RangeReader<'a> {
    source: &'a dyn ArchiveSource,
    offset: u64,
    left: u64,
    /// Read ahead: a decoder may ask byte by byte.
    buffer: Vec<u8>,
    place: usize,
    /// Counts what is read from the source.
    counter: &'a AtomicU64,
}

impl<'a> RangeReader<'a> {
    /// Bytes that are read at once.
    const BUFFER: usize = 128 << 10;

    pub(super) fn new(source: &'a dyn ArchiveSource, offset: u64, size: u64, counter: &'a AtomicU64) -> Self {
        Self { source, offset, left: size, buffer: Vec::new(), place: 0, counter }
    }

    fn read_source(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = loop {
            match self.source.read_at(self.offset, &mut buffer[..most]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends early"));
        }
        // A caller's stream may claim anything.
        let read = read.min(most);
        self.offset += read as u64;
        self.left -= read as u64;
        self.counter.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Read for RangeReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.place == self.buffer.len() {
            if out.len() >= Self::BUFFER {
                return self.read_source(out);
            }
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.resize(Self::BUFFER.min(usize::try_from(self.left).unwrap_or(usize::MAX)), 0);
            let read = self.read_source(&mut buffer);
            buffer.truncate(*read.as_ref().unwrap_or(&0));
            (self.buffer, self.place) = (buffer, 0);
            read?;
        }
        let count = (self.buffer.len() - self.place).min(out.len());
        out[..count].copy_from_slice(&self.buffer[self.place..self.place + count]);
        self.place += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(source: &dyn ArchiveSource, offset: u64, size: u64, step: usize) -> io::Result<Vec<u8>> {
        let counter = AtomicU64::new(0);
        let mut reader = RangeReader::new(source, offset, size, &counter);
        let (mut all, mut buffer) = (Vec::new(), vec![0; step]);
        loop {
            match reader.read(&mut buffer)? {
                0 => break,
                count => all.extend_from_slice(&buffer[..count]),
            }
        }
        assert_eq!(counter.into_inner(), size);
        Ok(all)
    }

    #[test]
    fn every_source_gives_the_same_bytes() {
        let bytes: Vec<u8> = (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("it.7z");
        std::fs::write(&plain, &bytes).unwrap();
        for (number, part) in (1..).zip(bytes.chunks(70_001)) {
            std::fs::write(volume_path(&plain, number), part).unwrap();
        }
        let sources = [
            open_path(&plain).unwrap(),
            open_path(&folder.path().join("it.7z.001")).unwrap(),
            memory(bytes.clone()),
            stream(io::Cursor::new(bytes.clone()), bytes.len() as u64),
        ];
        for source in sources {
            assert_eq!(source.size(), bytes.len() as u64);
            for (offset, size) in [(0, bytes.len()), (69_999, 150_000), (299_999, 1), (300_000, 0)] {
                for step in [1000, 200_000] {
                    let read = read_all(&*source, offset as u64, size as u64, step).unwrap();
                    assert!(read == bytes[offset..offset + size], "{offset} {size}");
                }
            }
            let error = read_all(&*source, 299_000, 1001, 4096).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn what_is_no_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("none")] {
            let error = open_path(&path).err().expect("no archive").to_string();
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
    }
}
