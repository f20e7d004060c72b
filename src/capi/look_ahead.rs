//! The look-ahead callback, as the engine's feed.

use super::guard::{Failure, Outcome, caught};
use super::items::{ItemC, items_of_array};
use super::settings::{LookAheadFunction, LookAheadSetting};
use super::streams::Streams;
use super::types::HRESULT;
use crate::error::Error;
use crate::input::Item;
use crate::job::{Control, Feed, Poll};

/// Hands out the array's items first, then what the callback gives, until it gives none.
pub(super) struct LookAhead {
    first: Vec<Item>,
    next_index: u32,
    setting: LookAheadSetting,
    streams: Option<Streams>,
    /// Why the feed made the job fail: the caller gets this, with the callback's own code.
    failure: Option<Failure>,
}

impl LookAhead {
    /// `first` are the array's items, `count` of them as the caller counts.
    pub(super) fn new(first: Vec<Item>, count: u32, setting: LookAheadSetting, streams: Option<Streams>) -> Self {
        Self { first, next_index: count, setting, streams, failure: None }
    }

    /// Why the feed made the job fail, if it did.
    pub(super) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// Asks the callback once: the items, and how many of the caller's elements they came from. 0: there are no more.
    fn ask(&mut self, control: &Control) -> Outcome<(Vec<Item>, u32)> {
        let setting = self.setting;
        let (index, count, user_data) = (self.next_index, setting.count, setting.user_data.0);
        let answer = match setting.function {
            LookAheadFunction::Wide(Some(function)) => {
                // SAFETY: the caller's function, called as the header says.
                let ask = |items, returned: &mut u32| unsafe { function(index, count, items, returned, user_data) };
                // SAFETY: what it fills in is as the header says.
                unsafe { fill(ask, index, count, self.streams, control) }
            }
            LookAheadFunction::Utf8(Some(function)) => {
                // SAFETY: the caller's function, called as the header says.
                let ask = |items, returned: &mut u32| unsafe { function(index, count, items, returned, user_data) };
                // SAFETY: what it fills in is as the header says.
                unsafe { fill(ask, index, count, self.streams, control) }
            }
            LookAheadFunction::Wide(None) | LookAheadFunction::Utf8(None) => Ok((Vec::new(), 0)),
        }?;
        self.next_index = self.next_index.wrapping_add(answer.1);
        Ok(answer)
    }
}

/// Has `ask` fill an array, and takes over what is in it: the items, and how many elements that were.
///
/// SAFETY: `ask` fills the elements it counts as the header says.
unsafe fn fill<T: ItemC>(
    ask: impl FnOnce(*mut T, &mut u32) -> HRESULT,
    index: u32,
    count: u32,
    streams: Option<Streams>,
    control: &Control,
) -> Outcome<(Vec<Item>, u32)> {
    let mut items = vec![T::ZERO; count as usize];
    let mut returned = 0;
    let code = caught(|| ask(items.as_mut_ptr(), &mut returned))?;
    if code < 0 {
        return Err(Failure { code, message: format!("the look-ahead callback answered {code:#010x}") });
    }
    if returned > count {
        return Err(Failure::invalid(format!("the look-ahead callback returned {returned} items of {count}")));
    }
    // SAFETY: the vector has `returned` elements, filled in as promised.
    Ok((unsafe { items_of_array(items.as_ptr(), returned, index, streams, control) }?, returned))
}

impl Feed for LookAhead {
    fn poll(&mut self, control: &Control) -> Poll {
        if !self.first.is_empty() {
            return Poll::Items(std::mem::take(&mut self.first));
        }
        loop {
            match self.ask(control) {
                Ok((_, 0)) => return Poll::End,
                // All of them were folders with nothing to store: that is not yet the end.
                Ok((items, _)) if items.is_empty() && !control.is_cancelled() => {}
                Ok((items, _)) => return Poll::Items(items),
                Err(failure) => {
                    let error = Error::Internal(failure.message.clone());
                    self.failure = Some(failure);
                    return Poll::Failed(error);
                }
            }
        }
    }

    fn is_complete(&self) -> bool {
        false
    }
}
