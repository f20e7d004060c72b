//! One compression job, in the order data flows: plan, fetch, encode on the pool, assemble; control beside them.
//!
//! ```text
//! Feed ─▶ run ─▶ plan ─▶ fetch ──pieces──▶ pool ─▶ encode
//!   (calling thread)   (fetch threads)      (worker threads)
//!                         │ headers            │ slices
//!                         └───────▶ assemble ◀─┘  (calling thread) ─▶ archive_writer ─▶ Output
//! ```
//!
//! - `options` are what a job is asked to do; `method_string` reads some of them as 7-Zip's `-m` takes them.
//! - `settings` makes options definite, `plan` groups items into units; both are pure. `sniff` finds executables for it.
//! - `fetch` reads units into pieces, within the `budget`; `pool` hands tasks to workers, `encode` runs them.
//! - `assemble` puts slices in order, `archive_writer` encrypts, writes and remembers what the header says.
//! - `run` owns the threads and the calling thread's loop; `progress` tells the observer, [`Control`] the other way.

mod archive_writer;
mod assemble;
mod budget;
mod compressor;
mod control;
mod encode;
mod feed;
mod fetch;
mod method_string;
mod observer;
mod options;
mod piece;
mod plan;
mod pool;
mod progress;
mod run;
mod settings;
mod sniff;
mod statistics;

pub use crate::codec::filter::Architecture;
pub use compressor::Compressor;
pub use control::Control;
pub use feed::{Feed, ItemList, Poll};
pub use observer::{Observer, Silent};
pub use options::{Encryption, Filter, Method, Options, Solid};
pub use run::compress;
pub use statistics::{MemoryEstimate, Statistics, Summary};
