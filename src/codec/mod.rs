//! Bytes to bytes. Knows nothing of archives, files or threads; whoever calls decides which thread runs what.
//!
//! | module | what |
//! |---|---|
//! | [`lzma2`] | LZMA2: a window is prepared once, its slices are encoded side by side |
//! | [`stream`] | what the methods below have in common: a block is one stream, encoded from start to end |
//! | [`lzma`], [`bzip2`], [`deflate`], [`ppmd`] | methods that every 7-Zip has |
//! | [`zstandard`], [`brotli`], [`lz4`] | methods of the extended 7-Zip |
//! | [`incompressible`] | tells data that no LZ codec can shrink |
//! | [`filter`] | branch filters of eight architectures, and delta |
//! | [`bcj2`] | the filter for x86 code that makes several streams of one |
//! | [`executable`] | tells whose code an executable holds |
//! | [`stored`] | LZMA2 chunks of data that does not shrink |
//! | [`aes`] | 7zAES: key derivation and AES-256-CBC |
//! | [`decode`] | the way back: one coder of an archive becomes a reader |

pub mod aes;
pub mod bcj2;
mod blocks;
pub mod brotli;
pub mod bzip2;
pub mod decode;
pub mod deflate;
pub mod executable;
pub mod filter;
pub mod incompressible;
pub mod lz4;
pub mod lzma;
pub mod lzma2;
mod monitor;
pub mod ppmd;
pub mod stored;
pub mod stream;
pub mod zstandard;

pub use monitor::Monitor;
