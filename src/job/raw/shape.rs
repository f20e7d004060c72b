//! A raw stream's settings made definite: sizes of pieces and slices, which shape the bytes, then threads and pieces in
//! flight, which memory decides on.

use std::time::Duration;

use super::super::cut::lzma2_sizes;
use super::super::settings::{
    MAX_DICTIONARY, MAX_THREADS, MIN_DICTIONARY, Settings, default_dictionary, memory_of_the_machine, table_memory,
    wanted_threads,
};
use super::super::workbench::TableMemory;
use super::super::{MemoryEstimate, Options};
use super::RawLzma2;
use crate::codec::lzma2;
use crate::error::{Error, Result};

/// The shortest part with a dictionary of its own.
pub const MIN_BLOCK: u64 = 64 << 10;
/// An input below this is encoded on the calling thread, before others would have begun.
pub const SMALL: usize = 64 << 10;
/// Memory that does not depend on the settings: code and queues.
const BASE_BYTES: u64 = 2 << 20;
/// A thread's stack, as far as it is used, and what its allocator keeps.
const THREAD_BYTES: u64 = 256 << 10;

/// What a raw stream works with.
pub struct Shape {
    pub params: lzma2::Params,
    /// What workers are told.
    pub settings: Settings,
    /// Bytes between two dictionary resets.
    pub block: u64,
    /// New bytes of a full piece.
    pub piece: usize,
    /// Bytes of history before a piece's new bytes, if it does not begin a block.
    pub history: usize,
    /// Bytes of a slice, at most.
    pub slice: usize,
    /// Bytes of the input, where known.
    pub size: Option<u64>,
    /// Worker threads.
    pub threads: u32,
    /// Pieces in flight: the one that is read, those that are encoded, and those that wait to be written.
    pub depth: usize,
    /// Memory of a piece and of what comes of it.
    pub piece_bytes: u64,
    pub progress_interval: Duration,
    /// All of it.
    bytes: u64,
}

/// The codec with its sizes.
pub fn params(settings: &RawLzma2) -> lzma2::Params {
    let level = settings.level.min(9);
    let by_level = || default_dictionary(&Options { level, ..Options::default() });
    let dictionary = settings.dictionary.filter(|&size| size > 0).unwrap_or_else(by_level);
    let params = lzma2::Params::new(level, dictionary.clamp(MIN_DICTIONARY, MAX_DICTIONARY) as u32);
    match settings.nice_length {
        Some(length) => params.with_nice_length(length),
        None => params,
    }
}

impl Shape {
    /// For an input of `size` bytes, or of any.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]: the limit is too small for one thread.
    pub fn new(settings: &RawLzma2, size: Option<u64>) -> Result<Self> {
        let params = params(settings);
        let block = settings.block_size.filter(|&size| size > 0).map_or(u64::MAX, |size| size.max(MIN_BLOCK));
        let (piece, history, slice) = lzma2_sizes(&params, false);
        let piece = block.min(piece as u64) as usize;
        let mut shape = Self {
            settings: Settings::for_raw_stream(params.clone()),
            params,
            block,
            piece,
            history,
            slice: slice.min(piece),
            size,
            threads: 1,
            depth: 1,
            piece_bytes: 0,
            progress_interval: settings.progress_interval,
            bytes: 0,
        };
        shape.piece_bytes = shape.bytes_of_a_piece();
        shape.fit(wanted_threads(settings.threads), settings.memory_limit)?;
        Ok(shape)
    }

    /// Threads, dictionary and memory.
    pub fn estimate(&self) -> MemoryEstimate {
        MemoryEstimate { bytes: self.bytes, threads: self.threads, dictionary: self.params.dictionary().into() }
    }

    /// Chooses threads and depth: as many threads as have a slice each, then as many pieces as keep them busy.
    fn fit(&mut self, wanted: u32, limit: Option<u64>) -> Result<()> {
        let most = limit.unwrap_or_else(|| memory_of_the_machine() / 4 * 3);
        let slices = self.largest_piece().div_ceil(self.slice).max(1);
        // A known input may have less than that many pieces, and less work than that many threads.
        let (pieces, parts) = match self.size {
            Some(size) => (size.div_ceil(self.piece as u64).max(1), size.div_ceil(SMALL as u64).max(1)),
            None => (u64::MAX, u64::MAX),
        };
        let pieces = usize::try_from(pieces).unwrap_or(usize::MAX);
        let wanted = wanted.min(u32::try_from(parts).unwrap_or(u32::MAX)).clamp(1, MAX_THREADS);
        let least = |threads: u32| (threads as usize).div_ceil(slices).min(pieces);
        let mut threads = wanted;
        while threads > 1 && self.bytes_with(threads, least(threads)) > most {
            threads -= 1;
        }
        self.threads = threads;
        let least = least(threads);
        // One more is read meanwhile, and one is prepared or waits to be written.
        self.depth = least.saturating_add(2).min(pieces);
        while self.depth > least && self.bytes_with(threads, self.depth) > most {
            self.depth -= 1;
        }
        self.bytes = self.bytes_with(threads, self.depth);
        match limit {
            Some(limit) if self.bytes > limit => Err(Error::OutOfMemory(format!(
                "the limit is {limit} bytes, one thread with a dictionary of {} bytes needs {}",
                self.params.dictionary(),
                self.bytes
            ))),
            _ => Ok(()),
        }
    }

    fn bytes_with(&self, threads: u32, depth: usize) -> u64 {
        let thread = self.params.worker_bytes(0) + THREAD_BYTES;
        let small = self.params.small_bytes(SMALL as u64) + 3 * SMALL as u64;
        // The history of the next piece is there while it waits for its memory.
        let pieces = self.piece_bytes.saturating_mul(depth as u64).saturating_add(self.history_in_use() as u64);
        let TableMemory { parts, matches } = self.table_memory(threads, depth);
        let large = (u64::from(threads) * thread + parts + matches).saturating_add(pieces);
        BASE_BYTES + if self.size.is_some_and(|size| size < SMALL as u64) { small } else { large.max(small) }
    }

    /// New bytes of the largest piece that there can be.
    fn largest_piece(&self) -> usize {
        self.size.map_or(self.piece, |size| size.min(self.piece as u64) as usize)
    }

    /// History of the largest piece that there can be.
    fn history_in_use(&self) -> usize {
        if self.block.min(self.size.unwrap_or(u64::MAX)) > self.piece as u64 { self.history } else { 0 }
    }

    /// Memory for match tables.
    pub fn table_memory(&self, threads: u32, depth: usize) -> TableMemory {
        let (history, piece) = (self.history_in_use(), self.largest_piece());
        table_memory(&self.params, history, piece, self.slice.min(piece), threads, depth as u64)
    }

    /// A window and what its bytes are packed to.
    fn bytes_of_a_piece(&self) -> u64 {
        let new = self.largest_piece();
        let history = self.history_in_use();
        // The look whether a slice can shrink at all remembers a part of the window.
        let look = (history + new) as u64 / 8;
        self.settings.piece_bytes(history, new) + self.settings.packed_bytes(new) + look
    }
}
