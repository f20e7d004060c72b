//! One LZMA2 stream on several threads: where its dictionary is reset, what follows can be decoded on its own.
//!
//! Chunk headers say how many bytes follow them, packed and unpacked, so the resets are found without decoding. Each run
//! between two of them is decoded by a thread of its own into memory, as many ahead as there are threads and memory for;
//! whoever reads gets them in order. 7-Zip on several threads writes such streams: a reset every 4 dictionaries or so.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::{self, JoinHandle};

use super::source::{ArchiveSource, RangeReader};
use crate::codec::Monitor;
use crate::codec::decode::{self, Coder};

/// What is decoded between two looks at the monitor.
const PORTION: usize = 256 << 10;
/// The most chunks that are looked at: of 64 KiB packed each, 64 GiB.
const MOST_CHUNKS: usize = 1 << 20;

/// A part of the stream that begins with a dictionary reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Its first byte, in bytes from the source's start.
    offset: u64,
    /// Bytes of its chunks.
    packed: u64,
    /// Bytes that come out.
    unpacked: u64,
}

/// The runs of the LZMA2 stream in `size` bytes from `offset` on; `None` where it is not a whole one of `unpacked` bytes,
/// which its decoder will say more of.
pub(super) fn runs(source: &dyn ArchiveSource, offset: u64, size: u64, unpacked: u64) -> Option<Vec<Run>> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    for _ in 0..MOST_CHUNKS {
        let mut header = [0; 6];
        let most = usize::try_from(size - at).unwrap_or(usize::MAX).min(header.len());
        read_fully(source, offset + at, &mut header[..most])?;
        let control = header[0];
        let short = |at: usize| u64::from(header[at]) << 8 | u64::from(header[at + 1]);
        let (packed, unpacked_chunk) = match control {
            0 => {
                let sum: u64 = runs.iter().map(|run| run.unpacked).sum();
                return (at < size && sum == unpacked).then_some(runs);
            }
            1 | 2 => (3 + short(1) + 1, short(1) + 1),
            0x80.. => {
                let properties = u64::from(control >= 0xC0);
                (5 + properties + short(3) + 1, (u64::from(control & 0x1F) << 16) + short(1) + 1)
            }
            _ => return None,
        };
        if control == 1 || control >= 0xE0 {
            runs.push(Run { offset: offset + at, packed: 0, unpacked: 0 });
        }
        let run = runs.last_mut()?;
        run.packed += packed;
        run.unpacked += unpacked_chunk;
        at += packed;
        if at >= size || run.unpacked > unpacked {
            return None;
        }
    }
    None
}

fn read_fully(source: &dyn ArchiveSource, mut offset: u64, mut buffer: &mut [u8]) -> Option<()> {
    while !buffer.is_empty() {
        match source.read_at(offset, buffer) {
            Ok(0) => return None,
            Ok(count) => {
                let count = count.min(buffer.len());
                buffer = &mut buffer[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(())
}

/// Memory that `threads` runs at once take, in bytes, beside their decoders: what they make, and what is being read.
pub(super) fn memory(runs: &[Run], threads: usize) -> u64 {
    let largest = runs.iter().map(|run| run.unpacked).max().unwrap_or_default();
    largest.saturating_mul(threads as u64 + 1)
}

/// Reads the stream, decoding up to `threads` runs at once.
pub(super) struct RunReader {
    source: Arc<dyn ArchiveSource>,
    properties: Vec<u8>,
    /// Not begun.
    waiting: VecDeque<Run>,
    threads: usize,
    /// In order.
    decoding: VecDeque<JoinHandle<io::Result<Vec<u8>>>>,
    /// What is being read, and how far.
    current: Vec<u8>,
    place: usize,
    /// Stopped when nobody reads any more.
    monitor: Monitor,
    counter: Arc<AtomicU64>,
}

impl RunReader {
    pub(super) fn new(
        source: Arc<dyn ArchiveSource>,
        properties: &[u8],
        runs: Vec<Run>,
        threads: usize,
        monitor: &Monitor,
        counter: &Arc<AtomicU64>,
    ) -> Self {
        Self {
            source,
            properties: properties.to_vec(),
            waiting: runs.into(),
            threads,
            decoding: VecDeque::new(),
            current: Vec::new(),
            place: 0,
            monitor: monitor.part(),
            counter: Arc::clone(counter),
        }
    }

    fn begin(&self, run: Run) -> io::Result<JoinHandle<io::Result<Vec<u8>>>> {
        let source = Arc::clone(&self.source);
        let (monitor, counter, properties) = (self.monitor.clone(), Arc::clone(&self.counter), self.properties.clone());
        let decode = move || decode_run(&*source, &properties, run, &monitor, &counter);
        thread::Builder::new().name("pc-lzma2".into()).spawn(decode)
    }
}

fn decode_run(
    source: &dyn ArchiveSource,
    properties: &[u8],
    run: Run,
    monitor: &Monitor,
    counter: &AtomicU64,
) -> io::Result<Vec<u8>> {
    let coder = Coder { method: LZMA2, properties, unpack_size: run.unpacked };
    let input = RangeReader::new(source, run.offset, run.packed, counter);
    let mut stream = decode::decoder(&coder, vec![Box::new(input)]).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    let size = usize::try_from(run.unpacked).map_err(|_| io::ErrorKind::OutOfMemory)?;
    bytes.try_reserve_exact(size).map_err(|_| io::ErrorKind::OutOfMemory)?;
    while bytes.len() < size {
        if monitor.stopped() {
            return Err(io::Error::other("stopped"));
        }
        let start = bytes.len();
        bytes.resize(size.min(start + PORTION), 0);
        stream.read_exact(&mut bytes[start..])?;
    }
    Ok(bytes)
}

/// 7-Zip's id of LZMA2.
pub(super) const LZMA2: u64 = 0x21;

impl Read for RunReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.place == self.current.len() {
            // What was read is given back before more is made.
            self.current = Vec::new();
            self.place = 0;
            while self.decoding.len() < self.threads
                && let Some(run) = self.waiting.pop_front()
            {
                self.decoding.push_back(self.begin(run)?);
            }
            let Some(next) = self.decoding.pop_front() else { return Ok(0) };
            self.current = next.join().unwrap_or_else(|_| Err(io::Error::other("a decoder panicked")))?;
        }
        let count = (&self.current[self.place..]).read(buffer)?;
        self.place += count;
        Ok(count)
    }
}

impl Drop for RunReader {
    fn drop(&mut self) {
        self.monitor.stop();
        for thread in self.decoding.drain(..) {
            // Nobody waits for what it made.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::memory as in_memory;
    use super::*;
    use crate::codec::lzma2::{EncoderScratch, Params, encode_small};
    use crate::codec::stored;

    /// A stream of runs, each with a reset, and its bytes; odd ones are stored.
    fn a_stream(count: usize) -> (Vec<u8>, Vec<u8>, u8) {
        let params = Params::new(5, 1 << 20);
        let (mut stream, mut plain) = (Vec::new(), Vec::new());
        for number in 0..count {
            let run: Vec<u8> = (0..200_000 + number).map(|i| (i * i / (7 + number)) as u8).collect();
            if number % 2 == 1 {
                stored::store(&run, true, &mut stream);
            } else {
                let mut scratch = EncoderScratch::default();
                encode_small(&params, &run, &mut scratch, &Monitor::default(), &mut stream);
                stream.pop(); // the end marker
            }
            plain.extend_from_slice(&run);
        }
        stream.push(0);
        (stream, plain, params.dictionary_property())
    }

    #[test]
    fn runs_are_found_and_come_out_in_order() {
        for count in [1, 2, 9] {
            let (stream, plain, property) = a_stream(count);
            let size = stream.len() as u64;
            let source = in_memory([&[9; 100][..], &stream, &[9; 100]].concat());
            let runs = runs(&*source, 100, size, plain.len() as u64).expect("a whole stream");
            assert_eq!(runs.len(), count);
            for threads in [1, 2, 16] {
                let counter = Arc::default();
                let (source, monitor) = (Arc::clone(&source), Monitor::default());
                let mut reader = RunReader::new(source, &[property], runs.clone(), threads, &monitor, &counter);
                let mut out = Vec::new();
                reader.read_to_end(&mut out).unwrap();
                assert!(out == plain, "{count} runs, {threads} threads");
            }
        }
    }

    #[test]
    fn what_is_no_whole_stream_has_no_runs() {
        let (stream, plain, _) = a_stream(3);
        let source = in_memory(stream.clone());
        let unpacked = plain.len() as u64;
        assert!(runs(&*source, 0, stream.len() as u64, unpacked + 1).is_none());
        for size in [0, 1, 5, 100_000, stream.len() - 1] {
            assert!(runs(&*source, 0, size as u64, unpacked).is_none(), "{size} bytes");
        }
        let mut other = stream.clone();
        other[0] = 0x7F;
        assert!(runs(&*in_memory(other), 0, stream.len() as u64, unpacked).is_none());
    }

    #[test]
    fn a_damaged_run_is_an_error_and_a_reader_that_goes_away_waits_for_its_threads() {
        let (mut stream, plain, property) = a_stream(9);
        let size = stream.len() as u64;
        let found = runs(&*in_memory(stream.clone()), 0, size, plain.len() as u64).unwrap();
        let at = found[4].offset as usize + 2000;
        stream[at..at + 1000].fill(0xFF);
        let (monitor, counter) = (Monitor::default(), Arc::default());
        let mut reader = RunReader::new(in_memory(stream), &[property], found, 4, &monitor, &counter);
        let mut out = Vec::new();
        assert!(reader.read_to_end(&mut out).is_err() || out != plain);
        drop(reader);
        assert!(!monitor.is_stopped(), "the caller's monitor was stopped");
    }
}
