//! The archive in a caller's stream that can seek: bytes go out at once.
//!
//! The archive begins where the stream is positioned when the job begins. What is out cannot be undone: after an error the
//! stream holds the beginning of an archive, without its first 32 bytes.
//!
//! Where bytes are taken back, the stream is shortened. One that cannot be is positioned back, and they are written over.
//! If what follows does not reach as far as they did, the rest would stand behind the archive, which readers warn of: so
//! the archive's last bytes (its header, which may be anywhere) are moved to end where those ended, with zeros before.

use std::io::SeekFrom;

use super::file::BUFFER;
use super::stream::{OutStream, seek_to, write_all};
use super::{Committed, Output, checked_patch, checked_truncate};
use crate::error::{Error, Result};

/// All offsets but `base` are from the archive's start.
pub(super) struct SeekableOutput {
    stream: Box<dyn OutStream>,
    /// Where the archive starts in the stream.
    base: u64,
    /// Where the stream is positioned: what was written before is there.
    sent: u64,
    /// Bytes that follow `sent`, gathered since headers of small blocks are small.
    pending: Vec<u8>,
    /// The end of all that was ever sent and is still there.
    furthest: u64,
}

impl SeekableOutput {
    /// # Errors
    /// The stream's own, if it cannot tell its position.
    pub(super) fn open(mut stream: Box<dyn OutStream>) -> Result<Self> {
        let base = stream.seek(SeekFrom::Current(0))?;
        if base > i64::MAX as u64 {
            return Err(Error::InvalidArgument(format!("the output stream says that it is at {base}")));
        }
        Ok(Self { stream, base, sent: 0, pending: Vec::with_capacity(BUFFER), furthest: 0 })
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        write_all(&mut *self.stream, bytes)?;
        self.sent += bytes.len() as u64;
        self.furthest = self.furthest.max(self.sent);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let mut pending = std::mem::take(&mut self.pending);
        self.send(&pending)?;
        pending.clear();
        self.pending = pending;
        Ok(())
    }
}

impl Output for SeekableOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.pending.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            return self.send(bytes);
        }
        self.pending.extend_from_slice(bytes);
        Ok(())
    }

    fn position(&self) -> u64 {
        self.sent + self.pending.len() as u64
    }

    fn truncate(&mut self, position: u64) -> Result<()> {
        checked_truncate(position, self.position())?;
        if position >= self.sent {
            self.pending.truncate((position - self.sent) as usize);
            return Ok(());
        }
        self.pending.clear();
        seek_to(&mut *self.stream, self.base + position)?;
        self.sent = position;
        if self.stream.shorten()? {
            self.furthest = position;
        }
        Ok(())
    }

    fn prepare_end(&mut self, bytes: u64) -> Result<()> {
        // Zeros in any case: nothing of an item that failed stays in the archive.
        const ZEROS: [u8; 4096] = [0; 4096];
        while self.position() + bytes < self.furthest {
            let missing = self.furthest - bytes - self.position();
            self.write(&ZEROS[..missing.min(ZEROS.len() as u64) as usize])?;
        }
        Ok(())
    }

    fn patch_start(&mut self, bytes: &[u8]) -> Result<()> {
        checked_patch(bytes, self.position())?;
        self.flush()?;
        seek_to(&mut *self.stream, self.base)?;
        write_all(&mut *self.stream, bytes)?;
        seek_to(&mut *self.stream, self.base + self.sent)
    }

    fn commit(mut self: Box<Self>) -> Result<Committed> {
        self.flush()?;
        self.stream.finish()?;
        Ok(Committed::Streamed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stream::StreamTarget;
    use super::super::stream::tests::{Shared, Vessel};
    use super::*;

    fn output(vessel: &Shared) -> Box<SeekableOutput> {
        Box::new(SeekableOutput::open(StreamTarget::new(vessel.clone()).take().unwrap()).unwrap())
    }

    #[test]
    fn the_archive_is_where_the_stream_was_and_the_position_at_its_end() {
        let vessel = Vessel { bytes: b"stub, and what is behind".to_vec(), position: 4, ..Vessel::default() }.shared();
        let mut output = output(&vessel);
        output.write(b"....").unwrap();
        output.write(&[b'x'; BUFFER]).unwrap();
        output.write(b"world").unwrap();
        assert_eq!(output.position(), 9 + BUFFER as u64);
        output.patch_start(b"7z").unwrap();
        output.write(b"!").unwrap();
        output.commit().unwrap();
        let vessel = vessel.0.lock();
        assert_eq!(vessel.bytes, [b"stub7z..", &[b'x'; BUFFER][..], b"world!"].concat());
        assert_eq!(vessel.position, vessel.bytes.len() as u64);
        assert!(vessel.is_finished);
    }

    #[test]
    fn few_bytes_are_gathered_and_many_go_out_at_once() {
        let vessel = Shared::default();
        let mut output = output(&vessel);
        for _ in 0..1000 {
            output.write(&[1; 100]).unwrap();
        }
        assert_eq!(vessel.0.lock().writes, 1, "100000 bytes are one buffer and what waits");
        output.write(&[2; 1 << 20]).unwrap();
        assert_eq!(vessel.0.lock().bytes.len(), 100_000 + (1 << 20));
    }

    #[test]
    fn what_is_taken_back_is_cut_off_where_the_stream_can_be_shortened() {
        let vessel = Vessel { can_shorten: true, ..Vessel::default() }.shared();
        let mut output = output(&vessel);
        output.write(b"good").unwrap();
        output.write(&[b'x'; 200_000]).unwrap();
        output.truncate(4).unwrap();
        assert_eq!(vessel.0.lock().bytes, b"good");
        output.prepare_end(3).unwrap();
        output.write(b"end").unwrap();
        output.commit().unwrap();
        assert_eq!(vessel.0.lock().bytes, b"goodend");
    }

    #[test]
    fn what_is_taken_back_is_written_over_and_the_end_comes_where_it_ended() {
        let vessel = Shared::default();
        let mut output = output(&vessel);
        output.write(b"good").unwrap();
        output.write(&[b'x'; 200_000]).unwrap();
        output.write(b"pending").unwrap();
        output.truncate(200_003).unwrap();
        output.truncate(4).unwrap();
        output.truncate(2).unwrap();
        output.write(b"more").unwrap();
        assert_eq!(output.position(), 6);
        output.prepare_end(3).unwrap();
        assert_eq!(output.position(), 200_001);
        output.write(b"end").unwrap();
        output.patch_start(b"G").unwrap();
        output.commit().unwrap();
        let vessel = vessel.0.lock();
        assert!(vessel.bytes == [b"Gomore".as_slice(), &[0; 199_995], b"end"].concat());
        assert_eq!(vessel.position, 200_004);
    }

    #[test]
    fn no_gap_is_left_where_what_follows_is_longer() {
        let vessel = Shared::default();
        let mut output = output(&vessel);
        output.write(&[b'x'; 70_000]).unwrap();
        output.truncate(10).unwrap();
        output.write(&[b'y'; 69_990]).unwrap();
        output.prepare_end(0).unwrap();
        assert_eq!(output.position(), 70_000);
        output.truncate(69_999).unwrap();
        output.prepare_end(1).unwrap();
        assert_eq!(output.position(), 69_999);
    }
}
