//! Where a job gets its items from: a list known at once, or a source that grows while the job runs.

use super::Control;
use crate::error::Error;
use crate::input::Item;

/// What a feed has to say when asked.
#[derive(Debug)]
pub enum Poll {
    /// These come next.
    Items(Vec<Item>),
    /// Nothing now, more may come. The feed calls [`Control::wake`] when it does.
    Pending,
    /// No more items.
    End,
    /// The job must fail with this.
    Failed(Error),
}

/// A source of items. Polled on the thread that called [`compress`](super::compress()), with no lock held.
pub trait Feed {
    /// The next items. Must not block. Not called again after `End` or `Failed`.
    fn poll(&mut self, control: &Control) -> Poll;

    /// Whether all items are known at the first poll, so that they can be planned (and sorted) as a whole. Otherwise
    /// items are planned in windows that close after a fixed number of items or bytes, so that the archive does not
    /// depend on when items came; no block spans two windows.
    fn is_complete(&self) -> bool {
        false
    }
}

/// A list of items, all known at the start.
#[derive(Debug)]
pub struct ItemList(Option<Vec<Item>>);

impl ItemList {
    /// A feed of exactly these items.
    pub fn new(items: Vec<Item>) -> Self {
        Self(Some(items))
    }
}

impl Feed for ItemList {
    fn poll(&mut self, _: &Control) -> Poll {
        self.0.take().map_or(Poll::End, Poll::Items)
    }

    fn is_complete(&self) -> bool {
        true
    }
}
