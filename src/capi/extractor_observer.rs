//! The engine's observer of an extraction that calls the caller's functions.

use parking_lot::Mutex;

use super::extractor_settings::{ExtractorSettings, of_callback};
use super::extractor_sink::{CallbackSink, Caller};
use super::extractor_source::CallerSource;
use super::guard::{Failure, LastError};
use super::settings::ErrorPolicy;
use super::strings::to_wide;
use super::types::{HRESULT, ParallelStatisticsC, WChar};
use crate::error::{E_ABORT, Error, Result, S_OK};
use crate::extract::{ArchiveEntry, ExtractObserver};
use crate::job::{OnError, Statistics, Totals};

/// Failed items whose text is kept: a hostile archive may have millions.
const MOST_KEPT: usize = 100_000;
/// An item's number where it is none: what failed is a link or a folder's time, when all items had ended.
pub(super) const NO_ITEM: u32 = u32::MAX;

/// What failed in a job.
#[derive(Debug, Default)]
pub(super) struct Failures {
    pub(super) count: u64,
    pub(super) kept: Vec<FailedItem>,
}

#[derive(Debug, Clone)]
pub(super) struct FailedItem {
    pub(super) index: u32,
    pub(super) code: HRESULT,
    pub(super) message: String,
}

/// Lives for one job. Its methods are called on one thread, the caller's functions where the desk is.
pub(super) struct Ears<'a> {
    pub(super) settings: &'a ExtractorSettings,
    pub(super) caller: &'a Caller<'a>,
    /// Where the items go, if that is the caller's functions.
    pub(super) sink: Option<&'a CallbackSink<'a>>,
    /// Where the archive is read, if that is a function of the caller's.
    pub(super) source: Option<&'a CallerSource>,
    pub(super) last_error: &'a LastError,
    pub(super) failures: &'a Mutex<Failures>,
    /// Why the job was ended at a failed item.
    pub(super) stopped_by: Option<Failure>,
}

impl Ears<'_> {
    /// What an item's error is for the caller: of a function of his, with that function's own code.
    fn failure(&self, name: &str, error: &Error) -> Failure {
        if let Some(code) = of_callback(error) {
            let said = self.source.and_then(CallerSource::failure).filter(|failure| failure.code == code);
            let said = said.map_or_else(|| format!("the read callback answered {code:#010x}"), |said| said.message);
            return Failure { code, message: format!("{name}: {said}") };
        }
        let cause = error.to_string();
        let message = if cause.contains(name) { cause } else { format!("{name}: {cause}") };
        Failure { code: error.hresult(), message }
    }

    /// Notes a failure and tells the error callback.
    fn report(&self, index: u32, failure: &Failure) -> Result<Vec<WChar>> {
        let wide = to_wide(&failure.message);
        self.last_error.set_item(&failure.message);
        {
            let mut failures = self.failures.lock();
            failures.count += 1;
            if failures.kept.len() < MOST_KEPT {
                failures.kept.push(FailedItem { index, code: failure.code, message: failure.message.clone() });
            }
        }
        let listener = self.settings.error;
        if let Some(function) = listener.function {
            let code = failure.code;
            // SAFETY: the caller's function, called as the header says; the string lives until it returns.
            self.caller.call(|| unsafe { function(index, code, wide.as_ptr(), { listener }.user_data.0) })?;
        }
        Ok(wide)
    }

    /// What failed when all items had ended.
    pub(super) fn late(&self, error: &Error) {
        let failure = Failure { code: error.hresult(), message: error.to_string() };
        // A panic is kept by the caller's part.
        let _ = self.report(NO_ITEM, &failure);
    }

    /// What becomes of the job after an item has failed.
    fn decide(&self, index: u32, failure: &Failure) -> Result<bool> {
        let wide = self.report(index, failure)?;
        match self.settings.error_policy {
            ErrorPolicy::GoOn => Ok(true),
            ErrorPolicy::Stop => Ok(false),
            ErrorPolicy::Ask(decide, user_data) => {
                let code = failure.code;
                // SAFETY: as in `report`.
                let ask = || unsafe { decide(index, code, wide.as_ptr(), { user_data }.0) };
                Ok(self.caller.call(ask)? == S_OK)
            }
        }
    }
}

impl ExtractObserver for Ears<'_> {
    fn item_completed(&mut self, entry: &ArchiveEntry) {
        let listener = self.settings.progress;
        if let Some(function) = listener.function {
            let (index, packed, size) = (entry.index() as u32, entry.packed_size().unwrap_or(0), entry.size());
            // SAFETY: the caller's function, called as the header says.
            let call = move || unsafe { function(index, packed, size, { listener }.user_data.0) };
            // A panic is kept by the caller's part.
            let _ = self.caller.call(call);
        }
    }

    fn item_failed(&mut self, entry: &ArchiveEntry, error: &Error) -> OnError {
        let failure = self.failure(entry.name(), error);
        let index = entry.index() as u32;
        if let Some(sink) = self.sink {
            // A panic is kept by the caller's part, and has cancelled the job.
            let _ = sink.end_item(index, entry.name(), failure.code);
        }
        if failure.code == E_ABORT {
            let _ = self.caller.cancelled();
            return OnError::GoOn; // It ends as cancelled.
        }
        match self.decide(index, &failure) {
            Ok(true) | Err(_) => OnError::GoOn,
            Ok(false) => {
                self.stopped_by = Some(failure);
                OnError::Stop
            }
        }
    }

    fn statistics(&mut self, statistics: &Statistics) {
        let listener = self.settings.job_callbacks;
        if let Some(report) = listener.statistics {
            let statistics = statistics_of(statistics);
            // SAFETY: the caller's function, called as the header says; the struct lives until it returns.
            let call = || unsafe { report(&raw const statistics, { listener }.user_data.0) };
            // A panic is kept by the caller's part.
            let _ = self.caller.call(call);
        }
    }
}

/// The statistics of an extraction: the ratio is of packed bytes to extracted ones, as for compression.
pub(super) fn statistics_of(from: &Statistics) -> ParallelStatisticsC {
    let ratio = Totals { bytes_in: from.bytes_out, bytes_out: from.bytes_in, ..Totals::default() }.ratio_x100();
    ParallelStatisticsC { compression_ratio_x100: ratio, ..ParallelStatisticsC::from(*from) }
}
