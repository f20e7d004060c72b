//! The C surface, and nothing else: it turns handles, pointers, wide strings and callbacks into calls of the engine,
//! and what the engine answers into HRESULTs. No compression and no file is handled here.
//!
//! ```text
//! compressor_setup  compressor_run      queue_setup  queue_run      version  memory     exported functions
//! compressor_method                     queue_method
//!          \           /                      \         /
//!           compressor                           queue                                   what a handle stands for
//!     registry  guard  slot  settings  items  look_ahead  observer  strings  types       what both are made of
//! ```
//!
//! - `registry`: handles are numbers that are looked up, never addresses that are followed. So a handle that was
//!   destroyed, belongs to the other kind, or never existed is answered, not dereferenced.
//! - `guard`: every exported function's body runs inside one of its two functions. They look the handle up, catch
//!   panics, turn the outcome into an HRESULT and keep its text as the handle's last error.
//! - `slot`: a handle's settings and the one job it may run; what is busy, cancelled, waited for.
//! - `items`, `look_ahead`, `observer`: the caller's structs and functions, as the engine's items, feed and observer.
//!
//! The header `include/ParallelCompressAPI.h` is made from these files' types, functions and comments by `build.rs`;
//! its first page, the contract, is in `cbindgen.toml`.
#![allow(clippy::missing_safety_doc)] // The rules for pointers are the header's first page, once, for all functions.

mod compressor;
mod compressor_method;
mod compressor_run;
mod compressor_setup;
mod guard;
mod items;
mod look_ahead;
mod memory;
mod observer;
mod queue;
mod queue_method;
mod queue_run;
mod queue_setup;
mod registry;
mod settings;
mod slot;
mod strings;
mod types;
mod version;

pub use compressor_method::*;
pub use compressor_run::*;
pub use compressor_setup::*;
pub use memory::*;
pub use queue_method::*;
pub use queue_run::*;
pub use queue_setup::*;
pub use types::*;
pub use version::*;
