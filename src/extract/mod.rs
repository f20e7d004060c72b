//! The way back: open an archive, list it, test it, extract it on all cores.
//!
//! ```text
//! source ─▶ archive (open: headers) ─▶ plan ─▶ block: coders decode ──portions──▶ companion ─▶ sink
//!                                              (decoding threads)         (writing threads: checksum, write)
//!                                                     └──────── events ────────▶ run (calling thread) ─▶ observer
//! ```
//!
//! - `source` is where an archive's bytes come from; `archive` reads its headers, within its `limits`; `keys` makes keys of
//!   the password.
//! - `plan` says which blocks are needed and what of each; `coders` puts a block's decoders together; `block` runs them.
//!   A stream whose dictionary is reset on its way is decoded as `lzma2_runs`, side by side.
//!   Blocks are decoded side by side, as many as the `memory_gate` has memory for.
//! - [`update`] changes archives: it copies blocks that stay as they are.
//! - `sink` is where items go: the `folder_sink` puts them on disk, at a [`destination`].
//! - `run` owns the threads and the calling thread's loop.

mod archive;
mod block;
mod coders;
pub mod destination;
mod folder_sink;
mod keys;
mod limits;
mod lzma2_runs;
mod memory_gate;
mod options;
mod plan;
mod run;
mod sink;
mod source;
pub mod update;

pub use archive::{Archive, ArchiveEntry, OpenOptions};
pub use folder_sink::FolderSink;
pub use limits::Limits;
pub use options::{ExtractObserver, ExtractOptions, ExtractSummary};
pub use sink::{Discard, InMemory, ItemSink, Joined, Sink};
pub use source::{ArchiveSource, SeekableStream, memory, open_path, stream};
