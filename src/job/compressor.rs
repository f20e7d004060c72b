//! The builder that Rust callers use.

use std::path::PathBuf;
use std::time::Duration;

use super::{
    Control, DataKind, Encryption, Feed, Filter, ItemList, MemoryEstimate, Method, Observer, OnError, Options, Silent,
    Solid, Summary, compress, estimate_memory, estimate_memory_for, recommend,
};
use crate::error::Result;
use crate::input::Item;
use crate::output::Target;

/// The engine for Rust callers, as a builder: each method sets one of [`Options`] and hands the builder on.
#[derive(Debug, Clone, Default)]
pub struct Compressor {
    options: Options,
}

impl Compressor {
    /// Level 5, LZMA2, solid auto, all cores.
    pub fn new() -> Self {
        Self::default()
    }

    /// What [`recommend`] says for `count` items of `total_bytes` bytes together. Errors: see there.
    pub fn recommended(count: u64, total_bytes: u64, kind: DataKind) -> Result<Self> {
        Ok(Self { options: recommend(count, total_bytes, kind)?.options })
    }

    /// The options set so far.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// See [`estimate_memory`]. For a job to a stream see [`Compressor::estimate_memory_for`].
    pub fn estimate_memory(&self) -> Result<MemoryEstimate> {
        estimate_memory(&self.options)
    }

    /// As [`Compressor::estimate_memory`], with what `target` keeps in memory: a stream that cannot seek, 17 MiB.
    ///
    /// # Errors
    /// As [`Compressor::estimate_memory`].
    pub fn estimate_memory_for(&self, target: &Target) -> Result<MemoryEstimate> {
        estimate_memory_for(&self.options, target)
    }

    /// See [`Options::threads`].
    pub fn threads(mut self, threads: u32) -> Self {
        self.options.threads = threads;
        self
    }

    /// See [`Options::input_parallelism`].
    pub fn input_parallelism(mut self, streams: u32) -> Self {
        self.options.input_parallelism = streams;
        self
    }

    /// See [`Options::level`].
    pub fn level(mut self, level: u32) -> Self {
        self.options.level = level;
        self
    }

    /// See [`Options::method`].
    pub fn method(mut self, method: Method) -> Self {
        self.options.method = method;
        self
    }

    /// See [`Options::set_method_string`].
    ///
    /// # Errors
    /// As there.
    pub fn method_string(mut self, text: &str) -> Result<Self> {
        self.options.set_method_string(text)?;
        Ok(self)
    }

    /// See [`Options::word_size`].
    pub fn word_size(mut self, size: u32) -> Self {
        self.options.word_size = Some(size);
        self
    }

    /// See [`Options::dictionary`].
    pub fn dictionary(mut self, bytes: u64) -> Self {
        self.options.dictionary = Some(bytes);
        self
    }

    /// See [`Options::solid`].
    pub fn solid(mut self, solid: Solid) -> Self {
        self.options.solid = solid;
        self
    }

    /// See [`Options::filter`].
    pub fn filter(mut self, filter: Filter) -> Self {
        self.options.filter = filter;
        self
    }

    /// See [`Options::encryption`].
    pub fn encryption(mut self, encryption: Encryption) -> Self {
        self.options.encryption = Some(encryption);
        self
    }

    /// See [`Options::encrypt_header`].
    pub fn encrypt_header(mut self, encrypt: bool) -> Self {
        self.options.encrypt_header = encrypt;
        self
    }

    /// See [`Options::volume_size`].
    pub fn volume_size(mut self, bytes: u64) -> Self {
        self.options.volume_size = Some(bytes);
        self
    }

    /// See [`Options::volume_prefix`].
    pub fn volume_prefix(mut self, prefix: impl Into<PathBuf>) -> Self {
        self.options.volume_prefix = Some(prefix.into());
        self
    }

    /// See [`Options::memory_limit`].
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.options.memory_limit = Some(bytes);
        self
    }

    /// See [`Options::progress_interval`].
    pub fn progress_interval(mut self, interval: Duration) -> Self {
        self.options.progress_interval = interval;
        self
    }

    /// See [`Options::timeout`].
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = Some(limit);
        self
    }

    /// See [`Options::on_error`].
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.options.on_error = on_error;
        self
    }

    /// Compresses `items` into `target`. Failed items are only counted; use [`Compressor::compress_with`] to hear of
    /// them. Errors: see [`compress`].
    pub fn compress(&self, items: Vec<Item>, target: &Target) -> Result<Summary> {
        self.compress_with(&mut ItemList::new(items), target, &mut Silent, &Control::new())
    }

    /// Compresses what `feed` delivers, with callbacks and a handle for other threads. Errors: see [`compress`].
    pub fn compress_with(
        &self,
        feed: &mut dyn Feed,
        target: &Target,
        observer: &mut dyn Observer,
        control: &Control,
    ) -> Result<Summary> {
        compress(&self.options, feed, target, observer, control)
    }
}
