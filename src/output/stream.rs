//! A caller's own stream as the place of an archive.

use std::fmt;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::{Error, Result};

/// A stream of the caller's that an archive is written to. Every method is called on the thread that runs the job, never
/// under a lock, and not again once one of them has failed.
pub trait OutStream: Send {
    /// Takes some of `bytes`, at least one (there is at least one), and says how many. What was not taken comes again.
    ///
    /// # Errors
    /// Any: it ends the job, which has it as its result.
    fn write(&mut self, bytes: &[u8]) -> Result<usize>;

    /// Whether `seek` works. Then bytes come when they are ready, and the archive's start once more at the end. Otherwise
    /// all waits until the archive is complete, and comes once, in order.
    fn is_seekable(&self) -> bool;

    /// Moves to a place from the stream's start, or by so many bytes from where it is (never from its end), and says where
    /// it is then, in bytes from the start. Called only if `is_seekable`.
    ///
    /// # Errors
    /// Any: it ends the job, which has it as its result.
    fn seek(&mut self, to: SeekFrom) -> Result<u64>;

    /// Ends the stream where it is positioned now, and answers whether it could: only what the job has written may be
    /// cut off. Called after `seek`, when an item failed whose first bytes are out already. A stream that cannot be
    /// shortened holds them until they are written over.
    ///
    /// # Errors
    /// Any: it ends the job, which has it as its result.
    fn shorten(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// The whole archive is written: what the stream itself holds back goes out now.
    ///
    /// # Errors
    /// Any: it ends the job, which has it as its result.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A caller's stream as the target of one job. Clones stand for the same stream.
#[derive(Clone)]
pub struct StreamTarget {
    is_seekable: bool,
    /// `None` once a job has taken it. The lock is held for the taking only.
    stream: Arc<Mutex<Option<Box<dyn OutStream>>>>,
}

impl StreamTarget {
    /// A stream of the caller's making. It is dropped when the job ends.
    pub fn new(stream: impl OutStream + 'static) -> Self {
        Self { is_seekable: stream.is_seekable(), stream: Arc::new(Mutex::new(Some(Box::new(stream)))) }
    }

    /// A writer that can seek. The archive begins at its position, which is at the archive's end afterwards.
    /// What it holds in a buffer is flushed before the job ends.
    pub fn seekable(writer: impl Write + Seek + Send + 'static) -> Self {
        Self::new(Seekable(writer))
    }

    /// A writer that cannot seek: a pipe, a socket. It is flushed before the job ends.
    pub fn write_only(writer: impl Write + Send + 'static) -> Self {
        Self::new(WriteOnly(writer))
    }

    /// Whether the stream can seek.
    pub(super) fn is_seekable(&self) -> bool {
        self.is_seekable
    }

    /// The stream itself, for the one job it serves.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`]: a job had it before.
    pub(super) fn take(&self) -> Result<Box<dyn OutStream>> {
        let stream = self.stream.lock().take();
        stream.ok_or_else(|| Error::InvalidArgument("a stream can be the target of one job only".into()))
    }
}

impl PartialEq for StreamTarget {
    /// The same stream.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.stream, &other.stream)
    }
}

impl Eq for StreamTarget {}

impl fmt::Debug for StreamTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_seekable { "Stream(seekable)" } else { "Stream(write-only)" })
    }
}

fn stream_error(what: &str, source: io::Error) -> Error {
    Error::Io { what: format!("cannot {what} the output stream"), source }
}

/// One write to a standard writer, again where a signal interrupts it.
fn write_some(writer: &mut impl Write, bytes: &[u8]) -> Result<usize> {
    loop {
        match writer.write(bytes) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            done => return done.map_err(|e| stream_error("write to", e)),
        }
    }
}

struct Seekable<W>(W);

impl<W: Write + Seek + Send> OutStream for Seekable<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        write_some(&mut self.0, bytes)
    }

    fn is_seekable(&self) -> bool {
        true
    }

    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.0.seek(to).map_err(|e| stream_error("seek in", e))
    }

    fn finish(&mut self) -> Result<()> {
        self.0.flush().map_err(|e| stream_error("flush", e))
    }
}

struct WriteOnly<W>(W);

impl<W: Write + Send> OutStream for WriteOnly<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        write_some(&mut self.0, bytes)
    }

    fn is_seekable(&self) -> bool {
        false
    }

    fn seek(&mut self, _: SeekFrom) -> Result<u64> {
        Err(stream_error("seek in", io::ErrorKind::Unsupported.into()))
    }

    fn finish(&mut self) -> Result<()> {
        self.0.flush().map_err(|e| stream_error("flush", e))
    }
}

/// Writes all of `bytes`, however few the stream takes at once.
///
/// # Errors
/// The stream's own; [`Error::Io`] if it takes nothing, or says that it took more than there is.
pub(super) fn write_all(stream: &mut dyn OutStream, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        let taken = stream.write(bytes)?;
        let refuse = |kind, why: String| Err(stream_error("write to", io::Error::new(kind, why)));
        match taken {
            0 => return refuse(io::ErrorKind::WriteZero, format!("it took none of {} bytes", bytes.len())),
            taken if taken > bytes.len() => {
                return refuse(io::ErrorKind::InvalidData, format!("it took {taken} of {} bytes", bytes.len()));
            }
            taken => bytes = &bytes[taken..],
        }
    }
    Ok(())
}

/// Moves to `offset` from the stream's start.
///
/// # Errors
/// The stream's own; [`Error::Io`] if it is somewhere else then.
pub(super) fn seek_to(stream: &mut dyn OutStream, offset: u64) -> Result<()> {
    match stream.seek(SeekFrom::Start(offset))? {
        at if at == offset => Ok(()),
        at => {
            let why = format!("it is at {at} instead of {offset}");
            Err(stream_error("seek in", io::Error::new(io::ErrorKind::InvalidData, why)))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A stream for tests, that takes few bytes at once and remembers.
    #[derive(Default)]
    pub(in crate::output) struct Vessel {
        pub(in crate::output) bytes: Vec<u8>,
        pub(in crate::output) position: u64,
        pub(in crate::output) cannot_seek: bool,
        pub(in crate::output) can_shorten: bool,
        pub(in crate::output) is_finished: bool,
        /// Calls of `write`.
        pub(in crate::output) writes: u32,
        /// Most bytes taken at once; 0: all.
        pub(in crate::output) at_once: usize,
        /// What `write` says beyond what it took.
        pub(in crate::output) lie: usize,
        /// What `seek` says beyond where it is.
        pub(in crate::output) drift: u64,
    }

    #[derive(Clone, Default)]
    pub(in crate::output) struct Shared(pub(in crate::output) Arc<Mutex<Vessel>>);

    impl Vessel {
        pub(in crate::output) fn shared(self) -> Shared {
            Shared(Arc::new(Mutex::new(self)))
        }
    }

    impl OutStream for Shared {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            let mut vessel = self.0.lock();
            vessel.writes += 1;
            assert!(!bytes.is_empty() && !vessel.is_finished);
            let taken = if vessel.at_once == 0 { bytes.len() } else { bytes.len().min(vessel.at_once) };
            let (start, end) = (vessel.position as usize, vessel.position as usize + taken);
            if vessel.bytes.len() < end {
                vessel.bytes.resize(end, 0);
            }
            vessel.bytes[start..end].copy_from_slice(&bytes[..taken]);
            vessel.position = end as u64;
            Ok(taken + vessel.lie)
        }

        fn is_seekable(&self) -> bool {
            !self.0.lock().cannot_seek
        }

        fn seek(&mut self, to: SeekFrom) -> Result<u64> {
            let mut vessel = self.0.lock();
            assert!(!vessel.cannot_seek && !vessel.is_finished);
            vessel.position = match to {
                SeekFrom::Start(offset) => offset,
                SeekFrom::Current(by) => vessel.position.checked_add_signed(by).unwrap(),
                SeekFrom::End(_) => panic!("nobody seeks from the end"),
            };
            Ok(vessel.position + vessel.drift)
        }

        fn shorten(&mut self) -> Result<bool> {
            let mut vessel = self.0.lock();
            let length = vessel.position as usize;
            if vessel.can_shorten {
                vessel.bytes.truncate(length);
            }
            Ok(vessel.can_shorten)
        }

        fn finish(&mut self) -> Result<()> {
            self.0.lock().is_finished = true;
            Ok(())
        }
    }

    #[test]
    fn what_was_not_taken_comes_again() {
        let mut vessel = Vessel { at_once: 3, ..Vessel::default() }.shared();
        write_all(&mut vessel, b"hello world").unwrap();
        let vessel = vessel.0.lock();
        assert_eq!((vessel.bytes.as_slice(), vessel.writes), (b"hello world".as_slice(), 4));
    }

    #[test]
    fn a_stream_that_says_nonsense_is_an_error() {
        let mut nothing = StreamTarget::write_only(&mut [][..] as &'static mut [u8]).take().unwrap();
        let error = write_all(&mut *nothing, b"hello").unwrap_err();
        assert!(error.to_string().contains("took none of 5 bytes"), "{error}");
        let mut liar = Vessel { lie: 1, ..Vessel::default() }.shared();
        let error = write_all(&mut liar, b"hello").unwrap_err();
        assert!(error.to_string().contains("took 6 of 5 bytes"), "{error}");
        let mut drifter = Vessel { drift: 2, ..Vessel::default() }.shared();
        let error = seek_to(&mut drifter, 5).unwrap_err();
        assert!(error.to_string().contains("at 7 instead of 5"), "{error}");
        for error in [error, write_all(&mut liar, b"x").unwrap_err()] {
            assert_eq!(error.hresult(), crate::error::E_FAIL);
        }
    }

    #[test]
    fn a_stream_serves_one_job() {
        let stream = StreamTarget::write_only(std::io::sink());
        let clone = stream.clone();
        assert_eq!(stream, clone);
        assert_ne!(stream, StreamTarget::write_only(std::io::sink()));
        assert!(stream.take().is_ok());
        assert!(matches!(clone.take(), Err(Error::InvalidArgument(_))));
    }

    #[test]
    fn standard_writers_are_retried_flushed_and_named_in_errors() {
        struct Moody(Vec<u8>, Arc<Mutex<Vec<u8>>>, u32);
        impl Write for Moody {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.2 += 1;
                match self.2 {
                    1 => Err(io::ErrorKind::Interrupted.into()),
                    4 => Err(io::Error::from_raw_os_error(28)),
                    _ => {
                        self.0.push(bytes[0]);
                        Ok(1)
                    }
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                self.1.lock().append(&mut self.0);
                Ok(())
            }
        }
        let flushed = Arc::new(Mutex::new(Vec::new()));
        let mut stream = StreamTarget::write_only(Moody(Vec::new(), flushed.clone(), 0)).take().unwrap();
        write_all(&mut *stream, b"ab").unwrap();
        stream.finish().unwrap();
        assert_eq!(*flushed.lock(), b"ab");
        let error = write_all(&mut *stream, b"c").unwrap_err();
        assert!(matches!(&error, Error::Io { source, .. } if source.raw_os_error() == Some(28)), "{error:?}");
        assert!(error.to_string().starts_with("cannot write to the output stream"), "{error}");
    }
}
