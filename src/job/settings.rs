//! Options made definite: the codec with its sizes, the shape of the plan, threads and memory.
//!
//! Everything that shapes the archive follows from options and memory limit alone; the number of threads is chosen last.

use std::time::Duration;

use super::plan::Shape;
use super::read_ahead::ReadAhead;
use super::{Filter, MemoryEstimate, Method, Options};
use crate::codec::{lzma, lzma2};
use crate::error::{Error, Result};

/// Most worker threads.
const MAX_THREADS: u32 = 256;
/// The largest dictionary with whose history a window's positions still fit 31 bits.
const MIN_DICTIONARY: u64 = 4 << 10;
const MAX_DICTIONARY: u64 = 1 << 30;
/// Memory that does not depend on the options: code, stacks, queues, header.
const BASE_BYTES: u64 = 24 << 20;
/// Fetch threads read ahead of the encoders.
const FETCH_THREADS: u32 = 4;
/// Input threads, unless the caller says how many.
const INPUT_THREADS: u32 = 8;
const MAX_INPUT_THREADS: u32 = 256;
/// What may be read ahead for each input thread; for all of them together, where memory is short.
const READ_AHEAD: u64 = 1 << 20;
/// A batch of small items.
const BATCH_BYTES: u64 = 1 << 20;
const BATCH_ITEMS: usize = 512;

/// How blocks are encoded.
pub enum Codec {
    /// Stored.
    Copy,
    /// One stream a block.
    Lzma(lzma::Params),
    /// Slices side by side.
    Lzma2(lzma2::Params),
}

/// What a job works with.
pub struct Settings {
    pub codec: Codec,
    /// Dictionary in bytes.
    pub dictionary: u32,
    /// New bytes of a full piece.
    pub piece: usize,
    /// Bytes of history before a piece's new bytes.
    pub history: usize,
    /// Bytes of a slice, at most.
    pub slice: usize,
    pub shape: Shape,
    /// Executables in blocks of their own are filtered.
    pub filters_executables: bool,
    /// Worker threads.
    pub threads: u32,
    pub fetch_threads: u32,
    pub input_threads: u32,
    /// Bytes that input threads may read ahead.
    pub read_ahead: u64,
    /// Bytes for work in flight.
    pub budget: u64,
    /// Bytes that the oldest unit may need at once.
    pub head_reserve: u64,
    pub progress_interval: Duration,
    pub estimate: MemoryEstimate,
}

impl Settings {
    /// For an output that keeps nothing in memory. Errors: see `for_output`.
    pub fn new(options: &Options) -> Result<Self> {
        Self::for_output(options, 0)
    }

    /// For an output that keeps so many bytes in memory.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`]: names are to be encrypted without a key. [`Error::OutOfMemory`]: the limit is too
    /// small for the smallest job.
    pub fn for_output(options: &Options, output_bytes: u64) -> Result<Self> {
        if options.encrypt_header && options.encryption.is_none() {
            return Err(Error::InvalidArgument("names can be encrypted only with a password or key".into()));
        }
        let mut dictionary = options
            .dictionary
            .unwrap_or_else(|| default_dictionary(options.level))
            .clamp(MIN_DICTIONARY, MAX_DICTIONARY);
        let wanted = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
            threads => threads,
        }
        .min(MAX_THREADS);
        let with = |dictionary: u64, threads, depth, read_ahead| {
            let mut settings = Self::with(options, dictionary as u32, threads, depth, read_ahead);
            settings.estimate.bytes += output_bytes;
            settings
        };
        if let Some(limit) = options.memory_limit {
            // The dictionary shapes the bytes, so it must not depend on the threads: the largest that one thread can have.
            while with(dictionary, 1, 1, READ_AHEAD).estimate.bytes > limit {
                if dictionary <= MIN_DICTIONARY {
                    let least = with(dictionary, 1, 1, READ_AHEAD).estimate.bytes;
                    return Err(Error::OutOfMemory(format!(
                        "the limit is {limit} bytes, the smallest job needs {least}"
                    )));
                }
                dictionary = (dictionary / 2).max(MIN_DICTIONARY);
            }
        }
        let limit = options.memory_limit.unwrap_or_else(|| memory_of_the_machine() / 4 * 3);
        let fits = |settings: &Self| settings.estimate.bytes <= limit;
        let most_ahead = u64::from(input_threads(options).max(FETCH_THREADS)) * READ_AHEAD;
        let (mut threads, mut depth, mut read_ahead) = (wanted, 3, most_ahead);
        let mut settings = with(dictionary, threads, depth, read_ahead);
        while !fits(&settings) && (read_ahead > READ_AHEAD || depth > 1 || threads > 1) {
            if read_ahead > READ_AHEAD {
                read_ahead = (read_ahead / 2).max(READ_AHEAD);
            } else {
                read_ahead = most_ahead;
                (threads, depth) = if depth > 1 { (threads, depth - 1) } else { (threads - 1, 1) };
            }
            settings = with(dictionary, threads, depth, read_ahead);
        }
        Ok(settings)
    }

    /// The settings for so many threads, `depth` full pieces in flight, and so many bytes read ahead.
    fn with(options: &Options, dictionary: u32, threads: u32, depth: u64, read_ahead: u64) -> Self {
        let level = options.level.min(9);
        let codec = match options.method {
            _ if level == 0 => Codec::Copy,
            Method::Copy => Codec::Copy,
            Method::Lzma => Codec::Lzma(lzma::Params::new(level, dictionary)),
            Method::Lzma2 => Codec::Lzma2(lzma2::Params::new(level, dictionary)),
        };
        let stores = matches!(codec, Codec::Copy);
        let (piece, history, slice) = match &codec {
            Codec::Copy => (4 << 20, 0, 4 << 20),
            Codec::Lzma(_) => (4 << 20, 0, 4 << 20),
            Codec::Lzma2(params) => lzma2_sizes(params),
        };
        let shape = Shape {
            auto_large: 16 << 20,
            auto_block: 64 << 20,
            small: 256 << 10,
            batch_bytes: BATCH_BYTES,
            batch_items: BATCH_ITEMS,
            alone: if matches!(codec, Codec::Lzma(_)) { piece as u64 } else { u64::MAX },
        };
        let mut settings = Self {
            codec,
            dictionary,
            piece,
            history,
            slice,
            shape,
            filters_executables: options.filter == Filter::Auto && !stores,
            threads,
            fetch_threads: FETCH_THREADS,
            input_threads: ReadAhead::input_threads(read_ahead, input_threads(options)),
            read_ahead,
            budget: 0,
            head_reserve: 0,
            progress_interval: options.progress_interval,
            estimate: MemoryEstimate::default(),
        };
        let full = settings.piece_bytes(history + piece) + settings.packed_bytes(piece);
        // A fetch thread that waits for memory holds the next piece's history.
        settings.head_reserve = full + history as u64 + settings.unit_bytes(u64::MAX);
        // Enough for `depth` full pieces, and for every worker to have a small piece with one more behind it.
        let small_piece =
            settings.piece_bytes(settings.slice.min(1 << 20)) + settings.packed_bytes(settings.slice.min(1 << 20));
        settings.budget = settings.head_reserve * depth
            + if depth > 1 { 2 * u64::from(threads) * (small_piece + settings.unit_bytes(1 << 20)) } else { 0 };
        let bytes = BASE_BYTES
            + u64::from(threads) * settings.worker_bytes()
            + settings.budget
            + ReadAhead::memory(read_ahead, FETCH_THREADS);
        settings.estimate = MemoryEstimate { bytes, threads, dictionary: u64::from(dictionary) };
        settings
    }

    /// Memory of a piece with a window of so many bytes, and of what its preparation makes.
    pub fn piece_bytes(&self, window: usize) -> u64 {
        let table = match &self.codec {
            Codec::Lzma2(params) => params.table_bytes(window),
            Codec::Copy | Codec::Lzma(_) => 0,
        };
        window as u64 + table + 4096
    }

    /// Most packed bytes of so many new ones.
    pub fn packed_bytes(&self, new: usize) -> u64 {
        match self.codec {
            // The window itself is written.
            Codec::Copy => 0,
            Codec::Lzma(_) | Codec::Lzma2(_) => (new + new / 64 + 4096) as u64,
        }
    }

    /// What a unit of so many bytes keeps from its first piece to its last.
    pub fn unit_bytes(&self, size: u64) -> u64 {
        match &self.codec {
            Codec::Lzma(params) => params.stream_bytes(size),
            Codec::Copy | Codec::Lzma2(_) => 0,
        }
    }

    /// What each worker keeps.
    fn worker_bytes(&self) -> u64 {
        match &self.codec {
            Codec::Copy => 0,
            Codec::Lzma(params) => params.stream_bytes(self.shape.small),
            Codec::Lzma2(params) => params.worker_bytes(self.shape.small),
        }
    }
}

/// How many input threads are asked for.
fn input_threads(options: &Options) -> u32 {
    match options.input_parallelism {
        0 => INPUT_THREADS,
        threads => threads.min(MAX_INPUT_THREADS),
    }
}

/// New bytes of a piece, history before it, bytes of a slice.
fn lzma2_sizes(params: &lzma2::Params) -> (usize, usize, usize) {
    let dictionary = params.dictionary() as usize;
    let history = (dictionary / 2).max(4096);
    let piece = dictionary.max(64 << 10);
    (piece, history, (8 << 20).min(piece))
}

/// As 7-Zip's levels.
fn default_dictionary(level: u32) -> u64 {
    match level {
        0 | 1 => 256 << 10,
        2 => 1 << 20,
        3 => 4 << 20,
        4 => 16 << 20,
        5 | 6 => 32 << 20,
        7 | 8 => 64 << 20,
        _ => 128 << 20,
    }
}

/// Physical memory in bytes; where the system does not tell, 4 GiB.
fn memory_of_the_machine() -> u64 {
    let total = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    total.map_or(4 << 30, |kib| kib * 1024)
}
