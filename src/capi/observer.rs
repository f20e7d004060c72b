//! The engine's observer that calls the caller's functions.

use super::guard::LastError;
use super::settings::{ErrorPolicy, ItemCallbacks, ItemEventCallbacks, JobCallbacks, Settings, UserData};
use super::strings::to_wide;
use super::types::{ParallelItemCallback, ParallelItemEventC, ParallelStatisticsC};
use crate::error::{Error, S_OK};
use crate::job::{Observer, OnError, Statistics};

/// Lives for one job, on the thread that the engine calls observers on.
pub(super) struct Callbacks<'a> {
    items: ItemCallbacks,
    events: ItemEventCallbacks,
    job: JobCallbacks,
    policy: ErrorPolicy,
    last_error: &'a LastError,
}

impl<'a> Callbacks<'a> {
    /// The callbacks of these settings. Failed items leave their text in `last_error`.
    pub(super) fn new(settings: &Settings, last_error: &'a LastError) -> Self {
        Self {
            items: settings.item_callbacks,
            events: settings.item_events,
            job: settings.job_callbacks,
            policy: settings.error_policy,
            last_error,
        }
    }
}

/// Calls a function that hears of an item's beginning or end.
fn tell(
    callback: ParallelItemCallback,
    user_data: UserData,
    (index, name): (u32, &str),
    (in_size, out_size): (u64, u64),
) {
    let Some(function) = callback else { return };
    let wide = to_wide(name);
    let mut narrow = name.as_bytes().to_vec();
    narrow.push(0);
    let event = ParallelItemEventC {
        struct_size: size_of::<ParallelItemEventC>() as u32,
        item_index: index,
        name: wide.as_ptr(),
        name_utf8: narrow.as_ptr().cast(),
        in_size,
        out_size,
    };
    // SAFETY: the caller's function, called as the header says; struct and strings live until it returns.
    unsafe { function(&raw const event, user_data.0) }
}

impl Observer for Callbacks<'_> {
    fn item_started(&mut self, index: u32, name: &str) {
        tell(self.events.started, self.events.user_data, (index, name), (0, 0));
    }

    fn item_completed(&mut self, index: u32, name: &str, in_size: u64, out_size: u64) {
        tell(self.events.completed, self.events.user_data, (index, name), (in_size, out_size));
    }

    fn item_progress(&mut self, index: u32, _: &str, in_size: u64, out_size: u64) {
        if let Some(progress) = self.items.progress {
            // SAFETY: the caller's function, called as the header says.
            unsafe { progress(index, in_size, out_size, self.items.user_data.0) }
        }
    }

    fn item_failed(&mut self, index: u32, name: &str, error: &Error) -> OnError {
        let cause = error.to_string();
        let message = if cause.contains(name) { cause } else { format!("{name}: {cause}") };
        let wide = to_wide(&message);
        self.last_error.set_item(&message);
        if let Some(report) = self.items.error {
            // SAFETY: the caller's function, called as the header says; the string lives until it returns.
            unsafe { report(index, error.hresult(), wide.as_ptr(), self.items.user_data.0) }
        }
        match self.policy {
            ErrorPolicy::GoOn => OnError::GoOn,
            ErrorPolicy::Stop => OnError::Stop,
            ErrorPolicy::Ask(decide, user_data) => {
                // SAFETY: as above.
                match unsafe { decide(index, error.hresult(), wide.as_ptr(), user_data.0) } {
                    S_OK => OnError::GoOn,
                    _ => OnError::Stop,
                }
            }
        }
    }

    fn statistics(&mut self, statistics: &Statistics) {
        let statistics = ParallelStatisticsC::from(*statistics);
        if let Some(report) = self.job.statistics {
            // SAFETY: the caller's function, called as the header says; the struct lives until it returns.
            unsafe { report(&raw const statistics, self.job.user_data.0) }
        }
        if let Some(report) = self.job.throughput {
            let (bytes, files) = (statistics.bytes_per_second, statistics.files_per_second);
            // SAFETY: the caller's function, called as the header says.
            unsafe { report(bytes, files, self.job.user_data.0) }
        }
    }
}
