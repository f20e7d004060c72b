//! One compression job, in the order data flows: plan, fetch, encode on the pool, assemble; control beside them.

mod compressor;
mod control;
mod feed;
mod observer;
mod options;
mod statistics;

pub use compressor::{Compressor, compress};
pub use control::Control;
pub use feed::{Feed, ItemList, Poll};
pub use observer::{Observer, Silent};
pub use options::{Encryption, Method, Options, Solid};
pub use statistics::{MemoryEstimate, Statistics, Summary};
