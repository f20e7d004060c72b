//! Methods that encode a block as one stream: what they have in common, so that the engine need not tell them apart.
//!
//! A stream is one chain of states, so it is encoded from start to end by one thread at a time. Several blocks are
//! encoded side by side.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::Monitor;

/// New bytes that a stream is given at once, unless its method asks for more.
pub const PIECE: usize = 4 << 20;

/// Bytes that an encoder takes between two looks at the monitor: see [`in_chunks`].
pub(super) const CHUNK: usize = 16 << 10;

/// A method with its level and sizes made definite. Shared by all workers.
pub trait StreamMethod: fmt::Debug + Send + Sync {
    /// 7-Zip's method id.
    fn id(&self) -> u64;

    /// The coder's properties for a block of `size` bytes whose stream was made for at most `expected` bytes.
    fn properties(&self, expected: u64, size: u64) -> Vec<u8>;

    /// What the method can refer back to, or the size of its model, in bytes: what a reader needs, at most.
    fn dictionary(&self) -> u64;

    /// A new stream of at most `size` bytes (`u64::MAX`: unknown).
    ///
    /// # Errors
    /// `OutOfMemory` where the encoder's memory cannot be had.
    fn stream(&self, size: u64) -> io::Result<Box<dyn StreamEncoder>>;

    /// Peak memory in bytes of one stream of `size` bytes.
    fn stream_bytes(&self, size: u64) -> u64;

    /// Memory in bytes of an encoder of small inputs of up to `size` bytes.
    fn small_bytes(&self, size: u64) -> u64 {
        self.stream_bytes(size)
    }

    /// Most bytes that can come out at once for so many new ones: data that does not shrink, and what was held back.
    fn output_bound(&self, new: usize) -> usize {
        new + new / 64 + 4096
    }

    /// How many new bytes a stream is given at once.
    fn piece(&self) -> usize {
        PIECE
    }

    /// A pooled encoder of small inputs, one for each worker.
    fn small(self: Arc<Self>) -> Box<dyn SmallEncoder>;
}

/// One stream being encoded.
pub trait StreamEncoder: Send {
    /// Encodes `data` and appends what is ready to `out`. Returns early, with the stream unusable, once `monitor` stops.
    ///
    /// # Errors
    /// None in practice: the stream is written to memory.
    fn encode(&mut self, data: &[u8], monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()>;

    /// Ends the stream and appends its last bytes to `out`. Returns early once `monitor` stops.
    ///
    /// # Errors
    /// None in practice: the stream is written to memory.
    fn finish(&mut self, monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<()>;

    /// After [`finish`](Self::finish): begins a new stream of at most `size` bytes with the same memory. The result is
    /// what a new encoder gives. `false` where the method cannot do that.
    ///
    /// # Errors
    /// None in practice: the parameters are always valid.
    fn restart(&mut self, size: u64) -> io::Result<bool> {
        let _ = size;
        Ok(false)
    }
}

/// Hands `data` to `encode` in chunks and counts them, until `monitor` stops.
pub(super) fn in_chunks(
    data: &[u8],
    monitor: &Monitor,
    mut encode: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    for chunk in data.chunks(CHUNK) {
        if monitor.stopped() {
            break;
        }
        encode(chunk)?;
        monitor.add_encoded(chunk.len() as u64);
    }
    Ok(())
}

/// An encoder of small inputs, each a whole stream.
pub trait SmallEncoder: Send {
    /// Encodes the whole of `input` (1 byte at least) as one stream of fewer than `limit` bytes, appended to `out`.
    /// Answers `false`, with nothing appended, where it would be that long. Once `monitor` stops it returns early, and
    /// `out` is then of no use.
    ///
    /// # Errors
    /// As [`StreamMethod::stream`].
    fn encode(&mut self, input: &[u8], limit: usize, monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<bool>;
}

/// The [`SmallEncoder`] of a method without a better way: streams, whose memory is reused where they can begin anew.
pub(super) struct Streams {
    method: Arc<dyn StreamMethod>,
    kept: Option<Box<dyn StreamEncoder>>,
}

impl Streams {
    /// An encoder that makes streams of `method`.
    pub(super) fn boxed(method: Arc<dyn StreamMethod>) -> Box<dyn SmallEncoder> {
        Box::new(Self { method, kept: None })
    }
}

impl SmallEncoder for Streams {
    fn encode(&mut self, input: &[u8], limit: usize, monitor: &Monitor, out: &mut Vec<u8>) -> io::Result<bool> {
        let size = input.len() as u64;
        let kept = match self.kept.take() {
            Some(mut kept) => kept.restart(size)?.then_some(kept),
            None => None,
        };
        let mut stream = match kept {
            Some(kept) => kept,
            None => self.method.stream(size)?,
        };
        let start = out.len();
        stream.encode(input, monitor, out)?;
        stream.finish(monitor, out)?;
        if monitor.stopped() {
            return Ok(true);
        }
        self.kept = Some(stream);
        let shrinks = out.len() - start < limit;
        if !shrinks {
            out.truncate(start);
        }
        Ok(shrinks)
    }
}
