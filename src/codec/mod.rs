//! Bytes to bytes. Knows nothing of archives, files or threads; whoever calls decides which thread runs what.

pub mod aes;
pub mod lzma2;
mod monitor;

pub use monitor::Monitor;
