//! Options made definite: the codec with its sizes, the shape of the plan, threads and memory.
//!
//! Everything that shapes the archive follows from options and memory limit alone; the number of threads is chosen last.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::cut::{self, lzma2_sizes};
use super::plan::Shape;
use super::read_ahead::ReadAhead;
use super::recycled::Spare;
use super::workbench::TableMemory;
use super::{Filter, MemoryEstimate, Method, Options};
use crate::codec::bcj2::Side;
use crate::codec::filter::HELD_BACK;
use crate::codec::stream::StreamMethod;
use crate::codec::{bcj2, brotli, bzip2, deflate, lz4, lzma, lzma2, ppmd, zstandard};
use crate::error::{Error, Result};

/// Most worker threads.
pub const MAX_THREADS: u32 = 256;
/// The smallest dictionary that LZMA2 can name.
pub const MIN_DICTIONARY: u64 = 4 << 10;
/// The largest dictionary with whose history a window's positions still fit 31 bits.
pub const MAX_DICTIONARY: u64 = 1 << 30;
/// Memory that does not depend on the options: code, stacks, queues, header.
const BASE_BYTES: u64 = 32 << 20;
/// Fetch threads read ahead of the encoders.
const FETCH_THREADS: u32 = 4;
/// Input threads, unless the caller says how many.
const INPUT_THREADS: u32 = 8;
const MAX_INPUT_THREADS: u32 = 256;
/// What may be read ahead for each input thread.
const READ_AHEAD: u64 = 384 << 10;
/// What may be read ahead for all of them together, where memory is short: a large item still has a buffer that is filled while
/// another is taken.
const LEAST_READ_AHEAD: u64 = 1 << 20;
/// A batch of small items.
const BATCH_BYTES: u64 = 128 << 10;
const BATCH_ITEMS: usize = 512;
/// Batches under way: so many for each worker, and so many more.
const BATCHES_PER_THREAD: u32 = 2;
const BATCHES_AHEAD: u32 = 2;
/// What splitting a block and its encoders need beside the streams: the filter's buffers, and what is rounded up.
const SIDE_BUFFERS: u64 = 512 << 10;

/// How blocks are encoded.
pub enum Codec {
    /// Stored.
    Copy,
    /// One stream a block.
    Stream(Arc<dyn StreamMethod>),
    /// Slices side by side.
    Lzma2(lzma2::Params),
}

/// What a job works with.
pub struct Settings {
    pub codec: Codec,
    /// New bytes of a full piece.
    pub piece: usize,
    /// Bytes of history before a piece's new bytes.
    pub history: usize,
    /// Bytes of a slice, at most.
    pub slice: usize,
    pub shape: Shape,
    /// What blocks pass through; [`Filter::Off`] where nothing is compressed and none was chosen by hand. Never
    /// [`Filter::Bcj2`], which is [`Filter::Auto`] with what `bcj2` says.
    pub filter: Filter,
    /// Where blocks of executables for x86 go through BCJ2 if they can: how call and jump streams are encoded.
    pub bcj2: Option<Arc<lzma::Params>>,
    /// As asked for: 0 to 9, above 9 is 9. The header is packed as thoroughly.
    pub level: u32,
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
    /// Bytes for match tables.
    pub table_memory: TableMemory,
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
    /// [`Error::InvalidArgument`]: names are to be encrypted without a key, a delta distance is none, or BCJ2 is chosen
    /// without LZMA2. [`Error::OutOfMemory`]: the limit is too small for the smallest job.
    pub fn for_output(options: &Options, output_bytes: u64) -> Result<Self> {
        if options.encrypt_header && options.encryption.is_none() {
            return Err(Error::InvalidArgument("names can be encrypted only with a password or key".into()));
        }
        if let Filter::Delta(distance) = options.filter
            && !(1..=256).contains(&distance)
        {
            return Err(Error::InvalidArgument(format!("the delta filter's distance is 1 to 256, not {distance}")));
        }
        if options.filter == Filter::Bcj2 && (options.method != Method::Lzma2 || options.level == 0) {
            return Err(Error::InvalidArgument("the filter BCJ2 is for method LZMA2 at level 1 and above".into()));
        }
        let mut dictionary =
            options.dictionary.unwrap_or_else(|| default_dictionary(options)).clamp(MIN_DICTIONARY, MAX_DICTIONARY);
        let wanted = wanted_threads(options.threads);
        let with = |dictionary: u64, threads, depth, read_ahead| {
            let mut settings = Self::with(options, dictionary as u32, threads, depth, read_ahead);
            settings.estimate.bytes += output_bytes;
            settings
        };
        if let Some(limit) = options.memory_limit {
            // The dictionary shapes the bytes, so it must not depend on the threads: the largest that one thread can have.
            while with(dictionary, 1, 1, LEAST_READ_AHEAD).estimate.bytes > limit {
                if dictionary <= MIN_DICTIONARY {
                    let least = with(dictionary, 1, 1, LEAST_READ_AHEAD).estimate.bytes;
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
        let wanted_depth = match options.method {
            Method::Copy => 3,
            // As many as have a slice for every worker, and one that is prepared meanwhile.
            Method::Lzma2 => {
                let Self { piece, slice, .. } = with(dictionary, wanted, 1, LEAST_READ_AHEAD);
                1 + u64::from(wanted).div_ceil((piece / slice) as u64)
            }
            // A block that is one stream keeps one worker busy: as many blocks as workers are in flight.
            _ => u64::from(wanted) + 2,
        };
        let (mut threads, mut depth, mut read_ahead) = (wanted, wanted_depth, most_ahead);
        let mut settings = with(dictionary, threads, depth, read_ahead);
        while !fits(&settings) && (read_ahead > LEAST_READ_AHEAD || depth > 1 || threads > 1) {
            if read_ahead > LEAST_READ_AHEAD {
                read_ahead = (read_ahead / 2).max(LEAST_READ_AHEAD);
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
        let codec = codec(options, dictionary);
        let (piece, history, slice) = match &codec {
            Codec::Copy => (4 << 20, 0, 4 << 20),
            Codec::Stream(method) => (method.piece(), 0, method.piece()),
            Codec::Lzma2(params) => lzma2_sizes(params, options.memory_limit.is_some()),
        };
        let streams = matches!(codec, Codec::Stream(_));
        let bcj2 = (options.filter == Filter::Bcj2).then(|| Arc::new(bcj2::side_params(options.level.min(9))));
        let auto_block = 64 << 20;
        let shape = Shape {
            auto_large: 16 << 20,
            auto_block,
            auto_block_x86: if bcj2.is_some() { auto_block.min(piece as u64) } else { auto_block },
            small: 256 << 10,
            batch_bytes: BATCH_BYTES,
            batch_items: BATCH_ITEMS,
            alone: if streams || options.filter.fixed().is_some() { piece as u64 } else { u64::MAX },
            alone_filtered: piece as u64,
        };
        let mut settings = Self {
            piece,
            history,
            slice,
            shape,
            filter: match options.filter {
                Filter::Auto if matches!(codec, Codec::Copy) => Filter::Off,
                Filter::Bcj2 => Filter::Auto,
                filter => filter,
            },
            bcj2,
            level: options.level,
            threads,
            // A fetch thread reads one block at a time, and so feeds one stream.
            fetch_threads: if streams { FETCH_THREADS.max(threads) } else { FETCH_THREADS },
            input_threads: ReadAhead::input_threads(read_ahead, input_threads(options)),
            read_ahead,
            budget: 0,
            head_reserve: 0,
            table_memory: TableMemory { parts: 0, matches: 0 },
            codec,
            progress_interval: options.progress_interval,
            estimate: MemoryEstimate::default(),
        };
        let full = settings.piece_bytes(history, piece) + settings.packed_bytes(piece);
        // Only a block of one piece has side streams, and that piece no history.
        let split = settings.piece_bytes(0, piece) + settings.packed_bytes(piece) + settings.side_bytes(piece);
        let full = full.max(split);
        // A fetch thread that waits for memory holds the next piece's history.
        settings.head_reserve = full + history as u64 + settings.unit_bytes(u64::MAX);
        // Enough for `depth` full pieces, or, where small ones are smaller, for one and for every worker to have a small one with
        // one more behind it.
        let small = settings.slice.min(1 << 20);
        let small_piece = settings.piece_bytes(0, small) + settings.packed_bytes(small);
        settings.table_memory = settings.tables(depth);
        let small_pieces = 2 * u64::from(threads) * (small_piece + settings.unit_bytes(1 << 20));
        settings.budget = settings.head_reserve * depth;
        if depth > 1 && small < piece {
            settings.budget = settings.budget.max(settings.head_reserve + small_pieces);
        }
        let bytes = BASE_BYTES
            + u64::from(threads) * settings.worker_bytes()
            + settings.table_memory.parts
            + settings.table_memory.matches
            + settings.budget
            + ReadAhead::memory(read_ahead, settings.fetch_threads);
        let dictionary = match &settings.codec {
            Codec::Copy => u64::from(dictionary),
            Codec::Stream(method) => method.dictionary(),
            Codec::Lzma2(params) => u64::from(params.dictionary()),
        };
        settings.estimate = MemoryEstimate { bytes, threads, dictionary };
        settings
    }

    /// For the workers of a stream without an archive around it, whose pieces come from elsewhere.
    pub fn for_raw_stream(params: lzma2::Params) -> Self {
        let options = Options { filter: Filter::Off, ..Options::default() };
        let settings = Self::with(&options, params.dictionary(), 1, 1, LEAST_READ_AHEAD);
        Self { codec: Codec::Lzma2(params), ..settings }
    }

    /// What workers encode side by side of a piece: the slices of what `window` holds behind `history`, each of `slice` bytes
    /// at most. `last`: the block ends with the piece.
    pub fn slices(&self, window: &[u8], history: usize, slice: usize, last: bool) -> Vec<Range<usize>> {
        match &self.codec {
            Codec::Lzma2(params) if params.uses_table() => cut::slices_by_kind(window, history, slice, last),
            Codec::Copy | Codec::Stream(_) | Codec::Lzma2(_) => {
                cut::slices(history, window.len() - history, slice, last)
            }
        }
    }

    /// Memory of a piece with so many bytes of history and of new ones.
    pub fn piece_bytes(&self, history: usize, new: usize) -> u64 {
        (history + new) as u64 + 4096
    }

    /// Memory for match tables, with `depth` full pieces in flight.
    fn tables(&self, depth: u64) -> TableMemory {
        match &self.codec {
            Codec::Lzma2(params) => table_memory(params, self.history, self.piece, self.slice, self.threads, depth),
            Codec::Copy | Codec::Stream(_) => TableMemory { parts: 0, matches: 0 },
        }
    }

    /// Memory of a batch of so many items with so many bytes, until it is written.
    pub fn batch_bytes(&self, bytes: u64, items: usize) -> u64 {
        2 * bytes + self.packed_bytes(bytes as usize) + 256 * items as u64
    }

    /// Memory for batches under way: enough of them that no worker waits for one, and no input for a slow one before it.
    pub fn batches_bytes(&self) -> u64 {
        let batches = u64::from(BATCHES_PER_THREAD * self.threads + BATCHES_AHEAD);
        batches * self.batch_bytes(self.shape.batch_bytes, self.shape.batch_items)
    }

    /// Buffers for what is in batches, and for what it is packed to.
    pub fn spare_for_batches(&self) -> Arc<Spare> {
        let bytes = self.shape.batch_bytes as usize + 1;
        let most = BATCHES_PER_THREAD * self.threads + BATCHES_AHEAD;
        Spare::new(bytes.max(self.packed_bytes(bytes) as usize), most as usize)
    }

    /// Buffers for full pieces, as far as an allocator would keep them: not where they are large.
    pub fn spare_for_windows(&self) -> Arc<Spare> {
        let bytes = self.history + self.piece + 1 + HELD_BACK;
        let kept = bytes < lzma2::LARGE_WINDOW;
        if kept { Spare::new(bytes, self.threads as usize + 2) } else { Spare::new(0, 0) }
    }

    /// Most packed bytes of so many new ones.
    pub fn packed_bytes(&self, new: usize) -> u64 {
        match &self.codec {
            // The window itself is written.
            Codec::Copy => 0,
            Codec::Stream(method) => method.output_bound(new) as u64,
            Codec::Lzma2(_) => (new + new / 64 + 4096) as u64,
        }
    }

    /// What a unit of so many bytes keeps from its first piece to its last.
    pub fn unit_bytes(&self, size: u64) -> u64 {
        match &self.codec {
            Codec::Stream(method) => method.stream_bytes(size),
            Codec::Copy | Codec::Lzma2(_) => 0,
        }
    }

    /// Most that the side streams of a block of `new` bytes need, beside its piece, until they are written.
    pub fn side_bytes(&self, new: usize) -> u64 {
        let Some(params) = &self.bcj2 else { return 0 };
        let most = bcj2::most_side_bytes(new);
        // Two of them are encoded at once. Before that, the places of targets take less than what they are packed to may.
        most as u64 + params.output_bound(most) as u64 + 2 * params.stream_bytes(most as u64) + SIDE_BUFFERS
    }

    /// Most that one side stream of `len` bytes needs until it is written.
    pub fn side_stream_bytes(&self, side: Side, len: usize) -> u64 {
        match &self.bcj2 {
            Some(params) if side.is_packed() => {
                (len + params.output_bound(len)) as u64 + params.stream_bytes(len as u64)
            }
            _ => len as u64,
        }
    }

    /// What each worker keeps.
    fn worker_bytes(&self) -> u64 {
        let sides = self.bcj2.as_ref().map_or(0, |params| params.small_bytes(self.shape.small));
        match &self.codec {
            Codec::Copy => 0,
            Codec::Stream(method) => method.small_bytes(self.shape.small),
            Codec::Lzma2(params) => params.worker_bytes(self.shape.small) + sides,
        }
    }
}

/// Memory for match tables where `depth` pieces of up to `piece` new bytes, in slices of `slice`, are in flight: one table
/// can be made while every worker still uses the matches of a slice.
pub fn table_memory(
    params: &lzma2::Params,
    history: usize,
    piece: usize,
    slice: usize,
    threads: u32,
    depth: u64,
) -> TableMemory {
    let table = params.table_bytes(piece);
    let page = if params.uses_table() { lzma2::GIVEN_BACK_AT_ONCE } else { 0 };
    // With what those before and behind a slice leave at its ends.
    let slices = u64::from(threads) * (params.table_bytes(slice) + page) + page;
    let matches = if lzma2::MATCHES_ARE_GIVEN_BACK { table + slices } else { depth * table };
    TableMemory { parts: params.parts_bytes(history + piece), matches: matches.min(depth * table) }
}

/// How many worker threads are asked for: 0 is one per core.
pub fn wanted_threads(threads: u32) -> u32 {
    match threads {
        0 => std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
        threads => threads,
    }
    .min(MAX_THREADS)
}

/// How many input threads are asked for.
fn input_threads(options: &Options) -> u32 {
    match options.input_parallelism {
        0 => INPUT_THREADS,
        threads => threads.min(MAX_INPUT_THREADS),
    }
}

/// The codec with its level and sizes.
fn codec(options: &Options, dictionary: u32) -> Codec {
    let level = options.level.min(9);
    let method: Arc<dyn StreamMethod> = match options.method {
        _ if level == 0 => return Codec::Copy,
        Method::Copy => return Codec::Copy,
        Method::Lzma2 => {
            let params = lzma2::Params::new(level, dictionary);
            return Codec::Lzma2(match options.word_size {
                Some(length) => params.with_nice_length(length),
                None => params,
            });
        }
        Method::Lzma => {
            let params = lzma::Params::new(level, dictionary);
            Arc::new(match options.word_size {
                Some(length) => params.with_nice_length(length),
                None => params,
            })
        }
        Method::Ppmd => {
            let params = ppmd::Params::new(level, dictionary);
            Arc::new(match options.word_size {
                Some(order) => params.with_order(order),
                None => params,
            })
        }
        Method::BZip2 => Arc::new(bzip2::Params::new(dictionary)),
        Method::Deflate => Arc::new(deflate::Params::new(level)),
        Method::Zstandard => Arc::new(zstandard::Params::new(level, dictionary)),
        Method::Brotli => Arc::new(brotli::Params::new(level, dictionary)),
        Method::Lz4 => Arc::new(lz4::Params),
    };
    Codec::Stream(method)
}

/// By level, as 7-Zip has it where it has the method.
pub fn default_dictionary(options: &Options) -> u64 {
    let level = options.level.min(9);
    match options.method {
        Method::BZip2 => bzip2::Params::default_block(level),
        Method::Ppmd => ppmd::Params::default_memory(level),
        Method::Zstandard => zstandard::Params::default_window(level),
        Method::Brotli => brotli::Params::default_window(level),
        Method::Copy | Method::Lzma | Method::Lzma2 | Method::Deflate | Method::Lz4 => match level {
            0 | 1 => 256 << 10,
            2 => 1 << 20,
            3 => 4 << 20,
            4 => 16 << 20,
            5 | 6 => 32 << 20,
            7 | 8 => 64 << 20,
            // A job of LZMA (one) has as many dictionaries as threads.
            _ if options.method == Method::Lzma2 => 256 << 20,
            _ => 128 << 20,
        },
    }
}

/// Physical memory in bytes; where the system does not tell, 4 GiB.
pub fn memory_of_the_machine() -> u64 {
    let total = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    total.map_or(4 << 30, |kib| kib * 1024)
}
