//! What goes in: an item, its metadata, its source, and the walking of folders.
//!
//! Nothing here compresses or knows of blocks; the job decides when and on which thread a source is read.
//!
//! Names of files become text by one rule, 7-Zip's: see [`archive_name`].

mod examine;
mod item;
mod listing;
mod metadata;
mod name;
mod overrides;
mod source;
mod walk;

pub use item::{Item, SharedBytes, Source};
pub use metadata::{FileTime, Metadata};
#[cfg(unix)]
pub(crate) use name::unescape;
pub use name::{archive_name, clean_name};
pub use overrides::Overrides;
pub use source::{Opened, Opener};
pub use walk::{items_of_path, items_of_path_with};
