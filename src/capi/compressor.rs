//! What a compressor handle stands for.

use std::sync::Arc;

use super::guard::{Failure, LastError, Object, Outcome};
use super::items::{ItemC, items_of_array};
use super::look_ahead::LookAhead;
use super::observer::Callbacks;
use super::registry::Registry;
use super::slot::Slot;
use super::types::HRESULT;
use crate::error::{Error, S_FALSE, S_OK};
use crate::job::{ItemList, Summary, compress};
use crate::output::Target;

/// Settings, and at most one job at a time, which runs on the thread that asked for it.
#[derive(Default)]
pub(super) struct Compressor {
    pub(super) slot: Arc<Slot>,
    pub(super) last_error: LastError,
}

static COMPRESSORS: Registry<Compressor> = Registry::new();

impl Object for Compressor {
    fn registry() -> &'static Registry<Self> {
        &COMPRESSORS
    }

    fn last_error(&self) -> &LastError {
        &self.last_error
    }
}

impl Compressor {
    /// Compresses an array of C items, and what the look-ahead callback gives after them.
    ///
    /// SAFETY: as for `items_of_array`.
    pub(super) unsafe fn run<T: ItemC>(
        &self,
        items: *const T,
        count: u32,
        target: &Target,
    ) -> Outcome<(HRESULT, Summary)> {
        let (settings, run) = self.slot.begin()?;
        run.is_here();
        let control = &run.control;
        self.last_error.set("");
        let options = settings.options();
        let streams = self.slot.streams();
        // SAFETY: the same promise.
        let items = unsafe { items_of_array(items, count, 0, streams, control) }?;
        let mut observer = Callbacks::new(&settings, &self.last_error);
        let summary = match settings.look_ahead {
            None => compress(&options, &mut ItemList::new(items), target, &mut observer, control)?,
            Some(setting) => {
                let mut feed = LookAhead::new(items, count, setting, streams);
                compress(&options, &mut feed, target, &mut observer, control)
                    .map_err(|error| feed.take_failure().unwrap_or_else(|| error.into()))?
            }
        };
        Ok((code_of(&summary), summary))
    }

    /// Ends what runs and waits for it; from a callback of that very job, only asks it to end. The handle is already out
    /// of the registry: nothing begins any more.
    pub(super) fn shut_down(&self) {
        self.slot.cancel();
        if !self.slot.is_on_this_thread() {
            self.slot.wait_idle();
        }
    }
}

/// The code of a job that came to its end.
pub(super) fn code_of(summary: &Summary) -> HRESULT {
    if summary.statistics.items_failed == 0 { S_OK } else { S_FALSE }
}

/// An output path that was given.
pub(super) fn file_target(path: Option<std::path::PathBuf>) -> Outcome<Target> {
    match path {
        None => Err(Failure::invalid("outputPath is NULL")),
        Some(path) if path.as_os_str().is_empty() => Err(Failure::invalid("outputPath is empty")),
        Some(path) => Ok(Target::File(path)),
    }
}

/// The archive of a job whose target was memory.
pub(super) fn archive_of(summary: Summary) -> Outcome<Vec<u8>> {
    summary.archive.ok_or_else(|| Error::Internal("no archive came out of a job to memory".into()).into())
}
