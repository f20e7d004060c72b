//! The engine's observer that calls the caller's functions.

use super::guard::LastError;
use super::settings::{ErrorPolicy, ItemCallbacks, JobCallbacks, Settings};
use super::strings::to_wide;
use super::types::ParallelStatisticsC;
use crate::error::{Error, S_OK};
use crate::job::{Observer, OnError, Statistics};

/// Lives for one job, on the thread that the engine calls observers on.
pub(super) struct Callbacks<'a> {
    items: ItemCallbacks,
    job: JobCallbacks,
    policy: ErrorPolicy,
    last_error: &'a LastError,
}

impl<'a> Callbacks<'a> {
    /// The callbacks of these settings. Failed items leave their text in `last_error`.
    pub(super) fn new(settings: &Settings, last_error: &'a LastError) -> Self {
        Self { items: settings.item_callbacks, job: settings.job_callbacks, policy: settings.error_policy, last_error }
    }
}

impl Observer for Callbacks<'_> {
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
        self.last_error.set(message);
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
