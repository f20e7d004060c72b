//! ParallelCompress: many inputs, all cores, one standard `.7z`.
//!
//! Thousands to millions of buffers, files and streams go in; worker threads compress them side by side; one archive
//! comes out that every 7-Zip opens: solid or not, encrypted or not, in one file, in volumes or in memory.
//!
//! ```
//! use parallelcompress::{Compressor, Item, Target};
//!
//! let items = vec![
//!     Item::from_memory("hello.txt", "Hello, ".repeat(1000)),
//!     Item::from_memory("data/world.bin", vec![42; 100_000]),
//! ];
//! let summary = Compressor::new().level(7).threads(4).compress(items, &Target::Memory)?;
//! let archive = summary.archive.expect("the target was memory");
//! assert!(archive.starts_with(b"7z\xBC\xAF\x27\x1C"));
//! # Ok::<(), parallelcompress::Error>(())
//! ```
//!
//! # The map of this house
//!
//! Data flows from left to right, and no room knows one that lies above or beside it further left:
//!
//! ```text
//!      capi    bin/pc7z              who calls
//!         \     /
//!         extract                    the way back: open ▶ plan ▶ decode ▶ check and write; and changes, with a job's help
//!            |
//!           job                      one compression: plan ▶ read ahead ▶ fetch ▶ encode ▶ assemble
//!     /    /    \     \
//! input  codec  sevenz  output       what goes in, bytes to bytes, the container, where it goes
//!     \    \    /     /
//!          error
//! ```
//!
//! - [`input`]: an [`Item`] has a name, metadata and a source. Walks folders; opens sources.
//! - [`codec`]: bytes to bytes (LZMA2, eight other methods, filters, AES), and back. Knows nothing of archives and starts no
//!   thread.
//! - [`sevenz`]: the header of the container as a model, its bytes, and any program's bytes as a model. No files, no threads.
//! - [`output`]: a file, numbered volumes, memory, or a stream of the caller's; nothing is visible under a final name
//!   before the end.
//! - [`job`]: the engine. Its own page shows the stages and which thread runs which.
//! - [`extract`]: opens, lists, tests and extracts archives, blocks side by side, and changes them by copying what stays.
//! - [`error`]: every failure once, with the HRESULT that C callers get.

pub mod capi;
pub mod codec;
pub mod error;
pub mod extract;
pub mod input;
pub mod job;
pub mod output;
pub mod sevenz;

pub use error::{Error, Result};
pub use input::{FileTime, Item, Metadata, Opened, Overrides, Source, items_of_path, items_of_path_with};
pub use job::{
    Architecture, Compressor, Control, DataKind, Encryption, Feed, Filter, ItemList, MemoryEstimate, Method, Observer,
    OnError, Options, Poll, RawLzma2, RawProgress, RawSummary, Recommendation, Silent, SizeClass, Solid, Statistics,
    Summary, Totals, compress, recommend,
};
pub use output::{OutStream, StreamTarget, Target};

/// The Rust example of README.md is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
