//! How a job tells its caller what happens.

use super::Statistics;
use crate::error::Error;

/// The caller's ears. All methods are called on the thread that called [`compress`](super::compress()), one at a time,
/// with no lock held, and never after it returned. Each may call [`Control::cancel`](super::Control::cancel).
/// A panic in one ends the job with [`Error::Internal`].
pub trait Observer {
    /// An item has advanced: at most once per progress interval and item, and once when it is done.
    /// `in_size`: bytes of it encoded so far. `out_size`: packed bytes written so far (its share, in a solid block).
    fn item_progress(&mut self, index: u32, name: &str, in_size: u64, out_size: u64) {
        let _ = (index, name, in_size, out_size);
    }

    /// An item failed and is not in the archive; the job goes on.
    fn item_failed(&mut self, index: u32, name: &str, error: &Error) {
        let _ = (index, name, error);
    }

    /// The whole job: at most once per progress interval, and once at the end.
    fn statistics(&mut self, statistics: &Statistics) {
        let _ = statistics;
    }
}

/// An observer that does not listen.
#[derive(Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
