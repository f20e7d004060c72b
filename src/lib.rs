//! ParallelCompress: many inputs, all cores, one standard `.7z`.

pub mod codec;
pub mod error;
pub mod input;
pub mod job;
pub mod output;
pub mod sevenz;

pub use error::{Error, Result};
pub use input::{FileTime, Item, Metadata, Source, items_of_path};
pub use job::{
    Compressor, Control, Encryption, Feed, ItemList, MemoryEstimate, Method, Observer, Options, Poll, Silent, Solid,
    Statistics, Summary, compress,
};
pub use output::Target;

/// The Rust example of README.md is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
