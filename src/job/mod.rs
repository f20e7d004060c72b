//! One compression job, in the order data flows: plan, read ahead, fetch, encode on the pool, assemble; control beside
//! them.
//!
//! ```text
//! Feed ─▶ run ─▶ plan ─▶ read_ahead ──chunks──▶ fetch ──pieces──▶ pool ─▶ encode
//!   (calling thread)  (input threads)      (fetch threads)      (worker threads)
//!                                             │ headers            │ slices
//!                                             └───────▶ assemble ◀─┘  (calling thread) ─▶ archive_writer ─▶ Output
//! ```
//!
//! - `options` are what a job is asked to do; `method_string` reads some of them as 7-Zip's `-m` takes them.
//! - `settings` makes options definite, `plan` groups items into units; both are pure. `sniff` finds executables for it.
//! - `input_thread` reads what needs reading, several items at once, into the `read_ahead`; buffers pass it by.
//! - `fetch` takes units from the `fetch_queue` as `item_bytes` and makes batches of small items; `block_fetch` makes
//!   pieces of the others, as `cut` says. Both stay within the `budget`. What batches and small pieces are in is `recycled`.
//! - `pool` hands tasks to workers, `encode` runs them, and prepares pieces on the `workbench`. Where BCJ2 splits a block,
//!   its main stream is a piece, and the `side_streams` are tasks of their own.
//! - `assemble` puts slices in order, `archive_writer` encrypts, writes and remembers what the header says;
//!   `header` packs that at the end.
//! - `run` owns the threads and the calling thread's loop; `progress` tells the observer, [`Control`] the other way;
//!   `deadline` watches the time limit.
//! - `raw` encodes a stream without an archive around it, on the same workers.
//! - `recommend` says beforehand what all of them will choose, `totals` adds up what several jobs did.

mod archive_writer;
mod assemble;
mod block_fetch;
mod budget;
mod buffers;
mod compressor;
mod control;
mod cut;
pub(crate) mod deadline;
mod encode;
mod feed;
mod fetch;
mod fetch_queue;
mod header;
mod input_thread;
mod item_bytes;
mod method_string;
mod observer;
mod options;
mod piece;
mod plan;
mod pool;
mod progress;
mod raw;
mod read_ahead;
mod read_ahead_state;
mod recommend;
mod recycled;
mod run;
mod settings;
mod side_streams;
mod sniff;
mod statistics;
mod totals;
mod workbench;

pub use crate::codec::filter::Architecture;
pub(crate) use archive_writer::ArchiveWriter;
pub use compressor::Compressor;
pub use control::Control;
pub use feed::{Feed, ItemList, Poll};
pub use observer::{Observer, OnError, Silent};
pub use options::{Encryption, Filter, Method, Options, Solid};
pub use raw::{RawLzma2, RawProgress, RawSummary};
pub use recommend::{DataKind, Recommendation, recommend};
pub(crate) use run::compress_after;
pub use run::{compress, estimate_memory, estimate_memory_for};
pub use statistics::{MemoryEstimate, SIZE_CLASS_LIMITS, SIZE_CLASSES, SizeClass, Statistics, Summary};
pub use totals::Totals;
