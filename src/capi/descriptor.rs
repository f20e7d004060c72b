//! What the caller has opened (a file descriptor, a Windows HANDLE), as the engine's output stream.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::mem::ManuallyDrop;

use super::guard::Outcome;
use super::types::IntPtr;
use crate::error::{Error, Result};
use crate::job::Control;
use crate::output::OutStream;

/// Lives for one job. Never closes what it writes to.
pub(super) struct DescriptorStream {
    file: ManuallyDrop<File>,
    is_seekable: bool,
    /// How long the file was before: what is behind that is the job's.
    length_before: u64,
    control: Control,
}

fn io_error(what: &str) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { what: format!("cannot {what} the output's descriptor"), source }
}

impl DescriptorStream {
    /// # Errors
    /// No descriptor has this number, or it is not open for writing.
    pub(super) fn open(descriptor: IntPtr, control: Control) -> Outcome<Self> {
        let (file, appends) = borrow(descriptor)?;
        // What cannot be examined, as a pipe on Windows, cannot seek either.
        let stat = file.metadata().ok();
        let is_seekable = !appends && stat.as_ref().is_some_and(has_places);
        let length_before = stat.map_or(0, |stat| stat.len());
        Ok(Self { file, is_seekable, length_before, control })
    }
}

/// Whether this is something that can be written at any place, again and again.
fn has_places(stat: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        stat.is_file() || stat.file_type().is_block_device()
    }
    #[cfg(not(unix))]
    stat.is_file()
}

/// The caller's descriptor as a file, and whether all that is written to it goes to its end.
#[cfg(unix)]
fn borrow(descriptor: IntPtr) -> Outcome<(ManuallyDrop<File>, bool)> {
    use super::guard::Failure;
    use std::os::fd::{FromRawFd, RawFd};
    let number = RawFd::try_from(descriptor).ok().filter(|&number| number >= 0);
    let number = number.ok_or_else(|| Failure::invalid(format!("{descriptor} is no file descriptor")))?;
    // SAFETY: any number may be asked about.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFL) };
    if flags < 0 {
        return Err(io_error("use")(io::Error::last_os_error()).into());
    }
    if flags & libc::O_ACCMODE == libc::O_RDONLY {
        return Err(io_error("write to")(io::Error::from_raw_os_error(libc::EBADF)).into());
    }
    // SAFETY: open, as was just asked, and by the caller's promise until the job has ended; never closed here.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(number) });
    Ok((file, flags & libc::O_APPEND != 0))
}

/// The caller's handle as a file, and whether all that is written to it goes to its end (which Windows does not tell).
#[cfg(windows)]
fn borrow(descriptor: IntPtr) -> Outcome<(ManuallyDrop<File>, bool)> {
    use super::guard::Failure;
    use std::os::windows::io::FromRawHandle;
    if matches!(descriptor, 0 | -1) {
        return Err(Failure::invalid("the handle is NULL or INVALID_HANDLE_VALUE"));
    }
    // SAFETY: a handle of the caller's, by the caller's promise open until the job has ended; never closed here.
    let file = unsafe { File::from_raw_handle(std::ptr::without_provenance_mut(descriptor as usize)) };
    Ok((ManuallyDrop::new(file), false))
}

/// Waits until a descriptor that does not block takes bytes again, a moment at most.
#[cfg(unix)]
fn wait(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let mut poll = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: one live struct.
    if unsafe { libc::poll(&raw mut poll, 1, 50) } < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == ErrorKind::Interrupted { Ok(()) } else { Err(error) };
    }
    Ok(())
}

/// Waits for a moment.
#[cfg(not(unix))]
fn wait(_: &File) -> io::Result<()> {
    std::thread::sleep(std::time::Duration::from_millis(10));
    Ok(())
}

impl OutStream for DescriptorStream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        loop {
            if self.control.checkpoint() {
                return Err(Error::Cancelled);
            }
            match self.file.write(bytes) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => wait(&self.file).map_err(io_error("wait for"))?,
                done => return done.map_err(io_error("write to")),
            }
        }
    }

    fn is_seekable(&self) -> bool {
        self.is_seekable
    }

    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.file.seek(to).map_err(io_error("seek in"))
    }

    fn shorten(&mut self) -> Result<bool> {
        let position = self.file.stream_position().map_err(io_error("seek in"))?;
        // What was there before and is not written over stays. What cannot be cut off is written over.
        Ok(position >= self.length_before && self.file.set_len(position).is_ok())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::fd::AsRawFd;

    use super::*;

    fn stream(file: &File) -> DescriptorStream {
        DescriptorStream::open(file.as_raw_fd() as IntPtr, Control::new()).unwrap()
    }

    #[test]
    fn only_what_the_job_wrote_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it");
        for (before, after, shortened) in [("", "good", true), ("ab", "good", true), ("12345678", "goodxxxx", false)] {
            fs::write(&path, before).unwrap();
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            let mut stream = stream(&file);
            assert!(stream.is_seekable());
            assert_eq!(stream.write(b"goodxxxx").unwrap(), 8);
            assert_eq!(stream.seek(SeekFrom::Start(4)).unwrap(), 4);
            assert_eq!(stream.shorten().unwrap(), shortened);
            assert_eq!(fs::read_to_string(&path).unwrap(), after);
        }
    }

    #[test]
    fn what_is_appended_to_has_no_places() {
        let folder = tempfile::tempdir().unwrap();
        let file = fs::OpenOptions::new().append(true).create(true).open(folder.path().join("it")).unwrap();
        assert!(!stream(&file).is_seekable());
        let (_reader, writer) = io::pipe().unwrap();
        let pipe = DescriptorStream::open(writer.as_raw_fd() as IntPtr, Control::new()).unwrap();
        assert!(!pipe.is_seekable());
    }
}
