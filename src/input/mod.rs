//! What goes in: an item, its metadata, its source, and the walking of folders.
//!
//! Nothing here compresses or knows of blocks; the job decides when and on which thread a source is read.

mod item;
mod metadata;

pub use item::{Item, SharedBytes, Source};
pub use metadata::{FileTime, Metadata};
