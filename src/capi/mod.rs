//! The C surface, and nothing else: it turns handles, pointers, wide strings and callbacks into calls of the engine,
//! and what the engine answers into HRESULTs. No compression and no file is handled here.
//!
//! ```text
//! compressor_setup  compressor_run  stream_out  items_run  compressor_job    queue_setup   queue_run  queue_job   memory
//! compressor_method         \          |          /             /            queue_method     |         /        version
//! input_setup  \             \         |         /             /  item_events            \    |        /        recommend
//!               \                     run                    /      |                     queue                  totals
//!            compressor -------------------------------------------
//!     registry  guard  slot  settings  items  item_struct  streams  look_ahead  callback_stream  descriptor  observer
//!     strings  sized
//!
//! extractor_setup  extractor_open  extractor_items  extractor_run  extractor_state
//!          \              \              |              /              /
//!                                     extractor
//!     registry  guard  slot  sized  strings  memory
//!     extractor_types  extractor_settings  extractor_source  extractor_sink  extractor_observer  extractor_desk
//!
//! lzma2 ▶ lzma2_run, raw streams without a handle
//!
//! update_setup ▶ update, which a compressor's jobs write, and which holds extractors
//! ```
//!
//! - `registry`: handles are numbers that are looked up, never addresses that are followed. So a handle that was
//!   destroyed, belongs to the other kind, or never existed is answered, not dereferenced.
//! - `guard`: every exported function's body runs inside one of its two functions. They look the handle up, catch
//!   panics, turn the outcome into an HRESULT and keep its text as the handle's last error.
//! - `slot`: a handle's settings and the one job it may run; what is busy, cancelled, waited for.
//! - `items`, `item_struct`, `streams`, `look_ahead`, `observer`: the caller's structs and functions, as the engine's items,
//!   sources, feed and observer.
//! - `callback_stream`, `descriptor`: the caller's functions, or what the caller has opened, as the engine's output stream.
//! - `extractor_source`, `extractor_sink`, `extractor_observer`: the caller's memory and functions as the engine's source, sink
//!   and observer. The engine calls them from its threads; `extractor_desk` brings the calls to the caller's thread.
//! - `sized`: structs that begin with their own size, read and filled.
//!
//! The header `include/ParallelCompressAPI.h` is made from these files' types, functions and comments by `build.rs`;
//! its first page, the contract, is in `cbindgen.toml`.
#![allow(clippy::missing_safety_doc)]
// The rules for pointers are the header's first page, once, for all functions.
// A panic here would be a bug that only the guard hides. Tests may.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

mod callback_stream;
mod compressor;
mod compressor_job;
mod compressor_method;
mod compressor_run;
mod compressor_setup;
mod descriptor;
mod extractor;
mod extractor_desk;
mod extractor_items;
mod extractor_observer;
mod extractor_open;
mod extractor_run;
mod extractor_settings;
mod extractor_setup;
mod extractor_sink;
mod extractor_source;
mod extractor_state;
mod extractor_types;
mod guard;
mod input_setup;
mod item_events;
mod item_struct;
mod items;
mod items_run;
mod look_ahead;
mod lzma2;
mod lzma2_run;
mod memory;
mod observer;
mod queue;
mod queue_job;
mod queue_method;
mod queue_run;
mod queue_setup;
mod recommend;
mod registry;
mod run;
mod settings;
mod sized;
mod slot;
mod stream_out;
mod streams;
mod strings;
mod totals;
mod types;
mod update;
mod update_setup;
mod version;

pub use compressor_job::*;
pub use compressor_method::*;
pub use compressor_run::*;
pub use compressor_setup::*;
pub use extractor_items::*;
pub use extractor_open::*;
pub use extractor_run::*;
pub use extractor_setup::*;
pub use extractor_state::*;
pub use extractor_types::*;
pub use input_setup::*;
pub use item_events::*;
pub use item_struct::*;
pub use items_run::*;
pub use lzma2::*;
pub use memory::*;
pub use queue_job::*;
pub use queue_method::*;
pub use queue_run::*;
pub use queue_setup::*;
pub use recommend::*;
pub use stream_out::*;
pub use totals::*;
pub use types::*;
pub use update_setup::*;
pub use version::*;
