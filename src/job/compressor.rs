//! The builder that Rust callers use.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::Settings;
use super::{
    Control, Encryption, Feed, Filter, ItemList, MemoryEstimate, Method, Observer, Options, Silent, Solid, Summary,
    compress,
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

    /// The options set so far.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What a job with these options reserves at its peak, and the threads and dictionary it will use.
    ///
    /// # Errors
    /// As [`compress`] for options that contradict each other or a limit that is too small.
    pub fn estimate_memory(&self) -> Result<MemoryEstimate> {
        Ok(Settings::new(&self.options)?.estimate)
    }

    /// See [`Options::threads`].
    pub fn threads(mut self, threads: u32) -> Self {
        self.options.threads = threads;
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
