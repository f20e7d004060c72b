//! How a job tells its caller what happens.

use super::Statistics;
use crate::error::Error;

/// What a job does after an item has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// It leaves the item out.
    #[default]
    GoOn,
    /// It ends, with the item's error.
    Stop,
}

/// The caller's ears. All methods are called on the thread that called [`compress`](super::compress()), one at a time,
/// with no lock held, and never after it returned. Each may call [`Control::cancel`](super::Control::cancel).
/// A panic in one ends the job with [`Error::Internal`].
pub trait Observer {
    /// The first bytes of an item are compressed: once, before anything else is told about it. Not called for an item
    /// that fails before.
    fn item_started(&mut self, index: u32, name: &str) {
        let _ = (index, name);
    }

    /// An item has advanced: at most once per progress interval and item, and once when it is done.
    /// `in_size`: bytes of it encoded so far. `out_size`: packed bytes written so far (its share, in a solid block).
    fn item_progress(&mut self, index: u32, name: &str, in_size: u64, out_size: u64) {
        let _ = (index, name, in_size, out_size);
    }

    /// An item is in the archive: once, after its last `item_progress`, with the same sizes.
    fn item_completed(&mut self, index: u32, name: &str, in_size: u64, out_size: u64) {
        let _ = (index, name, in_size, out_size);
    }

    /// An item failed and is not in the archive. The answer, or [`Options::on_error`](super::Options::on_error), may end
    /// the job: `error` is then the job's, and there is no archive.
    fn item_failed(&mut self, index: u32, name: &str, error: &Error) -> OnError {
        let _ = (index, name, error);
        OnError::GoOn
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
