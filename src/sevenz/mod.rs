//! The 7z container: header model, header writer and header reader. No threads, no files, no compression.
//!
//! An archive is `signature header | packed streams | header`. The engine writes the packed streams and describes them
//! in an [`Archive`]; [`header`] turns that into bytes, [`encoded_header`] describes those bytes once they are packed
//! themselves, and [`signature_header`] points at whichever of the two ends the file.
//!
//! | file | holds |
//! |---|---|
//! | `model` | what a header says, as plain data |
//! | `property` | the property ids that mark its parts |
//! | `number` | how numbers and bit vectors are stored |
//! | `streams` | `StreamsInfo`: packed streams, folders, substreams |
//! | `folder` | one folder: its coders and how they hang together |
//! | `files` | `FilesInfo`: names, times, attributes, what is empty |
//! | `writer` | the three headers made of these |
//! | `adopt` | folders of archives that were read, for packed streams that are copied |
//! | [`read`] | the way back: headers of any program to a model of their own, since they may say more than ours |
//!
//! Source of every format fact: `7zFormat.txt` of 7-Zip's documentation; what that leaves open (the order of coders,
//! which of two places holds a CRC) is done as 7-Zip's own archives show it.

mod adopt;
mod files;
mod folder;
mod model;
mod number;
mod property;
pub mod read;
mod streams;
mod writer;

pub use adopt::adopt;
pub use model::{Archive, Branch, Coder, Entry, Folder, Substream};
pub use writer::{SIGNATURE_HEADER_SIZE, encoded_header, header, signature_header};
