//! The archive for a caller's stream that cannot seek: all of it waits until its start is known, then goes out once.
//!
//! The first bytes wait in memory, the others in a file in the system's temporary folder (`TMPDIR` on Unix), which has no
//! name there, or one that goes with it: nothing stays behind when the process is killed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::file::BUFFER;
use super::stream::{OutStream, write_all};
use super::temporary::hidden_name;
use super::{Committed, Output, checked_patch, checked_truncate};
use crate::error::{Error, Result};

/// So many bytes wait in memory.
const MEMORY: usize = 16 << 20;
/// So many go out before the job looks again whether it was cancelled.
const PART: usize = 1 << 20;
/// What a spool keeps in memory at most.
pub(super) const SPOOL_BYTES: u64 = (MEMORY + BUFFER + PART) as u64;

pub(super) struct SpoolOutput {
    stream: Box<dyn OutStream>,
    /// The archive's first bytes, `memory` of them at most.
    first: Vec<u8>,
    memory: usize,
    /// How many of them the stream has got.
    first_sent: usize,
    /// What follows them.
    rest: Option<Rest>,
}

/// The temporary file.
struct Rest {
    file: BufWriter<File>,
    length: u64,
    /// How many of its bytes the stream has got. The file is positioned there once there are any.
    sent: u64,
}

impl Rest {
    fn create() -> Result<Self> {
        let folder = std::env::temp_dir();
        let file = unnamed_file(&folder).map_err(|e| Error::io("cannot create a temporary file in", &folder, e))?;
        Ok(Self { file: BufWriter::with_capacity(BUFFER, file), length: 0, sent: 0 })
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.length = length;
        // Seeking writes the buffer out first.
        self.file.seek(SeekFrom::Start(length))?;
        self.file.get_ref().set_len(length)
    }

    /// The next bytes that are to go out.
    fn part(&mut self) -> io::Result<Vec<u8>> {
        if self.sent == 0 {
            self.file.seek(SeekFrom::Start(0))?;
        }
        let mut part = vec![0; (self.length - self.sent).min(PART as u64) as usize];
        self.file.get_mut().read_exact(&mut part)?;
        self.sent += part.len() as u64;
        Ok(part)
    }
}

/// An error about the temporary file, with the folder that is perhaps full.
fn file_error(what: &str) -> impl FnOnce(io::Error) -> Error {
    move |e| Error::io(&format!("cannot {what} the temporary file in"), &std::env::temp_dir(), e)
}

/// A new file for reading and writing that nobody else can open, and that goes when it is closed.
pub(crate) fn unnamed_file(folder: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        // FILE_FLAG_DELETE_ON_CLOSE, FILE_ATTRIBUTE_TEMPORARY.
        options.share_mode(0).custom_flags(0x0400_0000).attributes(0x100);
    }
    let path = hidden_name(folder)?;
    let file = options.open(&path)?;
    #[cfg(not(windows))]
    std::fs::remove_file(&path)?;
    Ok(file)
}

impl SpoolOutput {
    /// # Errors
    /// [`Error::OutOfMemory`]: the memory for the first bytes is not to be had.
    pub(super) fn open(stream: Box<dyn OutStream>) -> Result<Self> {
        Self::with_memory(stream, MEMORY)
    }

    fn with_memory(stream: Box<dyn OutStream>, memory: usize) -> Result<Self> {
        let mut first = Vec::new();
        // All at once: growing by doubling would need half as much again. What is not written to costs nothing.
        if first.try_reserve_exact(memory).is_err() {
            return Err(Error::OutOfMemory(format!("{memory} bytes for an output stream that cannot seek")));
        }
        Ok(Self { stream, first, memory, first_sent: 0, rest: None })
    }
}

impl Output for SpoolOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let (first, bytes) = bytes.split_at(bytes.len().min(self.memory - self.first.len()));
        self.first.extend_from_slice(first);
        if bytes.is_empty() {
            return Ok(());
        }
        let rest = match &mut self.rest {
            Some(rest) => rest,
            none => none.insert(Rest::create()?),
        };
        rest.file.write_all(bytes).map_err(file_error("write"))?;
        rest.length += bytes.len() as u64;
        Ok(())
    }

    fn position(&self) -> u64 {
        self.first.len() as u64 + self.rest.as_ref().map_or(0, |rest| rest.length)
    }

    fn truncate(&mut self, position: u64) -> Result<()> {
        checked_truncate(position, self.position())?;
        let in_memory = self.first.len() as u64;
        if let Some(rest) = &mut self.rest {
            rest.truncate(position.saturating_sub(in_memory)).map_err(file_error("write"))?;
        }
        self.first.truncate(position.min(in_memory) as usize);
        Ok(())
    }

    fn patch_start(&mut self, bytes: &[u8]) -> Result<()> {
        checked_patch(bytes, self.position())?;
        match self.first.get_mut(..bytes.len()) {
            Some(start) => start.copy_from_slice(bytes),
            None => return Err(Error::Internal("the start of a spool is longer than its memory".into())),
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<bool> {
        if self.first_sent < self.first.len() {
            let end = self.first.len().min(self.first_sent + PART);
            write_all(&mut *self.stream, &self.first[self.first_sent..end])?;
            self.first_sent = end;
        } else if let Some(rest) = self.rest.as_mut().filter(|rest| rest.sent < rest.length) {
            let part = rest.part().map_err(file_error("read"))?;
            write_all(&mut *self.stream, &part)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn commit(mut self: Box<Self>) -> Result<Committed> {
        while self.drain()? {}
        self.stream.finish()?;
        Ok(Committed::Streamed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stream::StreamTarget;
    use super::super::stream::tests::{Shared, Vessel};
    use super::*;

    fn output(vessel: &Shared, memory: usize) -> Box<SpoolOutput> {
        Box::new(SpoolOutput::with_memory(StreamTarget::new(vessel.clone()).take().unwrap(), memory).unwrap())
    }

    #[test]
    fn nothing_goes_out_before_the_end_and_then_all_in_order() {
        for memory in [2, 5, 9, 1000] {
            let vessel = Vessel { cannot_seek: true, ..Vessel::default() }.shared();
            let mut output = output(&vessel, memory);
            output.write(b"....hello").unwrap();
            output.write(b" world").unwrap();
            output.truncate(9).unwrap();
            output.write(b"!?").unwrap();
            output.truncate(10).unwrap();
            output.patch_start(b"7z").unwrap();
            assert_eq!(output.position(), 10);
            assert_eq!(vessel.0.lock().writes, 0);
            output.commit().unwrap();
            let vessel = vessel.0.lock();
            assert_eq!(vessel.bytes, b"7z..hello!", "{memory}");
            assert!(vessel.is_finished);
        }
    }

    #[test]
    fn all_can_be_taken_back_to_any_place() {
        for to in [0, 3, 4, 5, 200_000] {
            let vessel = Vessel { cannot_seek: true, ..Vessel::default() }.shared();
            let mut output = output(&vessel, 4);
            output.write(&[b'x'; 300_000]).unwrap();
            output.truncate(to).unwrap();
            output.write(b"end").unwrap();
            output.commit().unwrap();
            assert!(vessel.0.lock().bytes == [vec![b'x'; to as usize], b"end".to_vec()].concat(), "{to}");
        }
    }

    #[test]
    fn a_large_archive_goes_out_in_parts() {
        let vessel = Vessel { cannot_seek: true, ..Vessel::default() }.shared();
        let mut output = output(&vessel, 3 * PART / 2);
        let bytes: Vec<u8> = (0..4 * PART as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        output.write(&bytes).unwrap();
        let mut lengths = Vec::new();
        while output.drain().unwrap() {
            lengths.push(vessel.0.lock().bytes.len());
        }
        assert_eq!(lengths, [PART, 3 * PART / 2, 5 * PART / 2, 7 * PART / 2, 4 * PART]);
        output.commit().unwrap();
        assert!(vessel.0.lock().bytes == bytes);
    }

    #[test]
    fn what_is_dropped_sends_nothing() {
        let vessel = Vessel { cannot_seek: true, ..Vessel::default() }.shared();
        let mut output = output(&vessel, 4);
        output.write(b"hello").unwrap();
        drop(output);
        assert_eq!(vessel.0.lock().writes, 0);
    }
}
