//! The 7z container: header model and header writer. No threads, no files, no compression.
//!
//! Source of every format fact: `7zFormat.txt` of 7-Zip's documentation.

mod model;
mod writer;

pub use model::{Archive, Coder, Entry, Folder, Substream};
pub use writer::{SIGNATURE_HEADER_SIZE, encoded_header, header, signature_header};
