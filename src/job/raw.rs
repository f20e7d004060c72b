//! Raw LZMA2 streams on all cores: for who writes a container of his own (`.xz`, `.zip`, an installer) and wants the
//! encoder alone.
//!
//! Pieces and slices are a job's, and the same workers encode them. `shape` says how large they are and how many are in
//! flight; on the calling thread `run` goes round: `cutter` reads pieces, workers get them, `order` gives the slices back in
//! theirs.

mod cutter;
mod order;
mod run;
mod shape;

use std::io::{Read, Write};
use std::time::Duration;

use shape::Shape;

use super::{Control, MemoryEstimate};
use crate::codec::lzma2;
use crate::error::Result;

/// An encoder of raw LZMA2 streams. `RawLzma2::default()` is level 5, all cores, one dictionary from start to end.
///
/// The stream ends with LZMA2's end marker. Its bytes depend on the data, on [`level`](Self::level),
/// [`dictionary`](Self::dictionary), [`nice_length`](Self::nice_length) and [`block_size`](Self::block_size), and on nothing
/// else: neither on threads and memory, nor on how the input comes. A decoder needs the dictionary's size beside the stream:
/// [`dictionary_property`](Self::dictionary_property) is the byte that `.xz` and `.7z` have for it.
///
/// ```
/// use parallelcompress::RawLzma2;
///
/// let encoder = RawLzma2 { level: 7, block_size: Some(16 << 20), ..RawLzma2::default() };
/// let data = "To be, or not to be. ".repeat(10_000);
/// let packed = encoder.encode(data.as_bytes())?;
/// assert!(packed.len() < 1000);
///
/// let mut streamed = Vec::new();
/// let summary = encoder.encode_stream(&mut data.as_bytes(), &mut streamed)?;
/// assert!(streamed == packed && summary.bytes_in == data.len() as u64);
/// # Ok::<(), parallelcompress::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLzma2 {
    /// Worker threads; 0 = one per core, above 256 = 256. Never changes the bytes.
    pub threads: u32,
    /// 0 (stored) to 9 (smallest); above 9 = 9.
    pub level: u32,
    /// Dictionary in bytes, 4 KiB ..= 1 GiB, brought into that range and rounded up to the next size that LZMA2 can name
    /// (2^n or 3 * 2^n); `None` or 0 = by level.
    pub dictionary: Option<u64>,
    /// Matches of so many bytes are taken without looking further: 5 ..= 273, brought into that range; `None` = by level.
    pub nice_length: Option<u32>,
    /// The dictionary is reset after so many bytes of input, so that decoders can decode the parts side by side; less than
    /// 64 KiB is 64 KiB; `None` or 0 = never. Each part begins with a chunk whose first byte is 1 or at least 0xE0, and is, with an
    /// end marker behind it, a stream of its own.
    pub block_size: Option<u64>,
    /// Peak memory in bytes, input and output of the caller's not counted. Less data is in flight and fewer threads are
    /// used, until it fits; the bytes stay the same. `None`: three quarters of the machine's memory, as a wish.
    pub memory_limit: Option<u64>,
    /// How often, at most, progress is told.
    pub progress_interval: Duration,
}

impl Default for RawLzma2 {
    fn default() -> Self {
        Self {
            threads: 0,
            level: 5,
            dictionary: None,
            nice_length: None,
            block_size: None,
            memory_limit: None,
            progress_interval: Duration::from_millis(100),
        }
    }
}

/// How far a raw stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RawProgress {
    /// Bytes of input encoded.
    pub bytes_in: u64,
    /// Bytes of output written.
    pub bytes_out: u64,
}

/// What became of a raw stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawSummary {
    /// Bytes of input.
    pub bytes_in: u64,
    /// Bytes of output, end marker included.
    pub bytes_out: u64,
    /// [`RawLzma2::dictionary_property`].
    pub dictionary_property: u8,
    /// Threads, dictionary and peak memory.
    pub memory: MemoryEstimate,
}

impl RawLzma2 {
    /// LZMA2's properties byte, 0 to 36: which size the dictionary has.
    pub fn dictionary_property(&self) -> u8 {
        self.params().dictionary_property()
    }

    /// The dictionary in bytes, as [`RawLzma2::dictionary_property`] says.
    pub fn dictionary_size(&self) -> u64 {
        self.params().dictionary().into()
    }

    /// The most bytes that a stream of `size` bytes of input can have, with any settings.
    pub fn bound(size: u64) -> u64 {
        // What does not shrink is stored, 64 KiB a chunk; but a chunk that fills up early, since it grows, can be as short
        // as 6 KiB. Each costs 3 bytes; two more for every 64 KiB are for the ends of slices and blocks.
        size.saturating_add(size / 1024).saturating_add(64)
    }

    /// Threads, dictionary and peak memory for an input of `size` bytes, or of any size. It does not count what is the
    /// caller's: the input in memory, or the output.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory): the memory limit is too small for one thread.
    pub fn estimate_memory(&self, size: Option<u64>) -> Result<MemoryEstimate> {
        Ok(Shape::new(self, size)?.estimate())
    }

    /// Encodes bytes in memory.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory): the memory limit is too small for one thread, or there is not as
    /// much memory; [`Error::Io`](crate::Error::Io): no thread could be started.
    pub fn encode(&self, data: &[u8]) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.encode_with(data, &mut out, &Control::new(), |_| ())?;
        Ok(out)
    }

    /// Encodes what `input` has, to its end, into `output`, and flushes that. Reading, encoding and writing go on side by
    /// side, within an amount of memory that does not depend on how much there is. Both are called on this thread alone:
    /// while `input` waits nothing is written.
    ///
    /// # Errors
    /// As [`RawLzma2::encode`]; [`Error::Io`](crate::Error::Io) with the error of `input` or `output`;
    /// [`Error::Internal`](crate::Error::Internal): one of them panicked.
    pub fn encode_stream(&self, input: &mut dyn Read, output: &mut dyn Write) -> Result<RawSummary> {
        self.encode_stream_with(input, output, &Control::new(), |_| ())
    }

    /// As [`RawLzma2::encode`], into `output`, and watched: as [`RawLzma2::encode_stream_with`].
    ///
    /// # Errors
    /// As there.
    pub fn encode_with(
        &self,
        data: &[u8],
        output: &mut dyn Write,
        control: &Control,
        mut progress: impl FnMut(RawProgress),
    ) -> Result<RawSummary> {
        let shape = Shape::new(self, Some(data.len() as u64))?;
        run::run(&shape, &mut &data[..], output, control, &mut progress)
    }

    /// As [`RawLzma2::encode_stream`]. `control`, which serves one stream, cancels or pauses it from any thread, within
    /// milliseconds unless `input` or `output` waits. `progress` is called on this thread: at the start, at most once per
    /// [`RawLzma2::progress_interval`], and at the end; it may cancel through the control. What was written when something fails
    /// is no complete stream.
    ///
    /// # Errors
    /// As there; [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn encode_stream_with(
        &self,
        input: &mut dyn Read,
        output: &mut dyn Write,
        control: &Control,
        mut progress: impl FnMut(RawProgress),
    ) -> Result<RawSummary> {
        run::run(&Shape::new(self, None)?, input, output, control, &mut progress)
    }

    /// The codec with its sizes.
    fn params(&self) -> lzma2::Params {
        shape::params(self)
    }
}
