//! Bytes to bytes. Knows nothing of archives, files or threads; whoever calls decides which thread runs what.
//!
//! | module | what |
//! |---|---|
//! | [`lzma2`] | LZMA2: a window is prepared once, its slices are encoded side by side |
//! | [`lzma`] | LZMA (one): a stream, encoded from start to end |
//! | [`incompressible`] | tells data that no LZ codec can shrink |
//! | [`executable`] | the filter for x86 executables |
//! | [`stored`] | LZMA2 chunks of data that does not shrink |
//! | [`aes`] | 7zAES: key derivation and AES-256-CBC |

pub mod aes;
pub mod executable;
pub mod incompressible;
pub mod lzma;
pub mod lzma2;
mod monitor;
pub mod stored;

pub use monitor::Monitor;
