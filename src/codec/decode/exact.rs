//! What stands around every decoder: it gets its input through an [`Input`], and [`Exact`] lets out what it makes of it.
//! A decoder's library may ask for more than there is, turn errors into others, or go on after one; neither shows.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use parking_lot::Mutex;

use super::Stream;
use super::names::name_or_id;

/// What became of a coder's inputs, for what stands behind the decoder.
#[derive(Clone, Default)]
pub(super) struct Failure(Arc<Mutex<Outcome>>);

#[derive(Default)]
struct Outcome {
    /// The first error: it is reported as it is, whatever the decoder makes of it.
    error: Option<io::Error>,
    /// An input was asked for more than it has.
    ended: bool,
}

/// One input of a decoder.
pub(super) struct Input<'a> {
    stream: Stream<'a>,
    failure: Failure,
}

impl<'a> Input<'a> {
    pub(super) fn new(stream: Stream<'a>, failure: &Failure) -> Self {
        Self { stream, failure: failure.clone() }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(buf) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    let kind = error.kind();
                    self.failure.0.lock().error.get_or_insert(error);
                    return Err(kind.into());
                }
                Ok(0) if !buf.is_empty() => {
                    self.failure.0.lock().ended = true;
                    return Ok(0);
                }
                count => return count,
            }
        }
    }
}

/// Lets exactly so many bytes out of a decoder. Where they do not come it is `UnexpectedEof`; where the decoder refuses
/// its input, `InvalidData`; where an input fails, that input's error. After an error there are only errors.
pub(super) struct Exact<'a> {
    /// 7-Zip's id, for the messages.
    method: u64,
    decoder: Stream<'a>,
    left: u64,
    portion: usize,
    failure: Failure,
    failed: Option<ErrorKind>,
}

impl<'a> Exact<'a> {
    /// - `size`: bytes that have to come out of `decoder`.
    /// - `portion`: the most bytes that it is asked for at once. Some decoders forget what they have put into the buffer
    ///   when an error follows: that is then less than a portion.
    /// - `failure`: of its inputs.
    pub(super) fn new(method: u64, decoder: Stream<'a>, size: u64, portion: usize, failure: Failure) -> Self {
        Self { method, decoder, left: size, portion, failure, failed: None }
    }

    /// `error` is the decoder's; `None`: it says that there is no more.
    fn fail(&mut self, error: Option<io::Error>) -> io::Error {
        let mut outcome = self.failure.0.lock();
        let error = match (outcome.error.take(), error) {
            (Some(error), _) => error,
            (None, Some(error)) if error.kind() == ErrorKind::OutOfMemory => error,
            (None, Some(error)) if !outcome.ended => {
                io::Error::new(ErrorKind::InvalidData, format!("{}: {error}", name_or_id(self.method)))
            }
            _ => {
                let what = if outcome.ended { "the packed data ends early" } else { "the packed data is too short" };
                io::Error::new(ErrorKind::UnexpectedEof, format!("{}: {what}", name_or_id(self.method)))
            }
        };
        self.failed = Some(error.kind());
        error
    }
}

impl Read for Exact<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = buf.len().min(self.portion).min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        if let Some(kind) = self.failed {
            return Err(io::Error::new(kind, format!("{}: the stream has failed before", name_or_id(self.method))));
        }
        match self.decoder.read(&mut buf[..most]) {
            Ok(0) => Err(self.fail(None)),
            Ok(count) => {
                self.left -= count as u64;
                Ok(count)
            }
            Err(error) => Err(self.fail(Some(error))),
        }
    }
}

/// A decoder whose making reads from its input, or reserves much: it is made when the first byte is asked for.
pub(super) enum Deferred<F, R> {
    /// `None` once it was tried in vain.
    Waiting(Option<F>),
    Made(R),
}

impl<F: FnOnce() -> io::Result<R>, R: Read> Deferred<F, R> {
    pub(super) fn new(make: F) -> Self {
        Self::Waiting(Some(make))
    }
}

impl<F: FnOnce() -> io::Result<R>, R: Read> Read for Deferred<F, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self {
                Self::Made(decoder) => return decoder.read(buf),
                Self::Waiting(make) => match make.take() {
                    Some(make) => *self = Self::Made(make()?),
                    None => return Ok(0),
                },
            }
        }
    }
}
