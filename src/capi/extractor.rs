//! What an extractor handle stands for.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::extractor_desk::Desk;
use super::extractor_observer::{Ears, Failures};
use super::extractor_settings::ExtractorSettings;
use super::extractor_sink::{CallbackSink, Caller};
use super::extractor_source::CallerSource;
use super::guard::{Failure, LastError, Object, Outcome};
use super::registry::Registry;
use super::slot::{Run, Slot, SlotMark};
use super::types::HRESULT;
use crate::error::{Error, S_FALSE, S_OK};
use crate::extract::{Archive, ArchiveSource, ExtractSummary, Sink, open_path};
use crate::job::{Control, deadline};

/// Settings, at most one open archive, and at most one job at a time, which runs for the thread that asked for it.
#[derive(Default)]
pub(super) struct Extractor {
    pub(super) slot: Arc<Slot<ExtractorSettings>>,
    pub(super) last_error: LastError,
    /// Changed by jobs only. Its lock is held for a moment, never while anything is read or called.
    opened: Mutex<Option<Arc<Opened>>>,
    /// Of the job that runs, or of the last one.
    pub(super) failures: Mutex<Failures>,
    desk: Arc<Desk>,
}

/// An open archive.
pub(super) struct Opened {
    pub(super) archive: Archive,
    /// Where it is read from, if that is the caller's function.
    source: Option<Arc<CallerSource>>,
    /// Numbers of items in the order of their names, made when one is first looked for.
    by_name: OnceLock<Vec<u32>>,
}

impl Opened {
    /// Where it is read from, if that is the caller's function.
    pub(super) fn source(&self) -> Option<&CallerSource> {
        self.source.as_deref()
    }

    /// The first item of that name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let name_of = |index: &u32| self.archive.entry(*index as usize).map_or("", |entry| entry.name());
        let by_name = self.by_name.get_or_init(|| {
            let mut all: Vec<_> = (0..self.archive.entries().len() as u32).collect();
            all.sort_by_key(name_of); // Stable: items of one name stay in stored order.
            all
        });
        let index = by_name.get(by_name.partition_point(|index| name_of(index) < name))?;
        (name_of(index) == name).then_some(*index)
    }
}

static EXTRACTORS: Registry<Extractor> = Registry::new();

impl Object for Extractor {
    fn registry() -> &'static Registry<Self> {
        &EXTRACTORS
    }

    fn last_error(&self) -> &LastError {
        &self.last_error
    }
}

/// Which items a job is about.
pub(super) enum Wanted {
    All,
    /// By number, in stored order.
    Some(Vec<bool>),
}

impl Wanted {
    fn has(&self, index: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(wanted) => wanted.get(index).copied().unwrap_or(false),
        }
    }
}

impl Extractor {
    /// The archive that is open.
    pub(super) fn opened(&self) -> Outcome<Arc<Opened>> {
        self.opened.lock().clone().ok_or_else(|| Failure::state("no archive is open"))
    }

    /// Begins a job on the calling thread.
    fn begin(&self) -> Outcome<(ExtractorSettings, Run<ExtractorSettings>)> {
        let (settings, run) = self.slot.begin()?;
        run.is_here();
        self.last_error.begin_job();
        let before = std::mem::take(&mut *self.failures.lock());
        drop(before);
        Ok((settings, run))
    }

    /// Makes this extractor busy with a job of another handle that reads `opened` on the calling thread, until what comes
    /// back is dropped. `control` and `borrower` are that job's.
    pub(super) fn lend(
        &self,
        opened: &Arc<Opened>,
        borrower: SlotMark,
        control: &Control,
    ) -> Outcome<Run<ExtractorSettings>> {
        let check_open = || match self.opened.lock().as_ref() {
            Some(open) if Arc::ptr_eq(open, opened) => Ok(()),
            _ => Err(Failure::state("an archive of the update is not open any more")),
        };
        check_open()?; // It may even be destroyed.
        let (_, run) = self.slot.begin_with(control.clone())?;
        run.is_here();
        run.is_part_of(borrower);
        check_open()?;
        Ok(run)
    }

    /// Does `job`, whose threads read the archive, on a thread of its own; the caller's function is called on this one.
    pub(super) fn serve<R: Send>(&self, job: impl FnOnce() -> R + Send) -> Outcome<R> {
        self.desk.serve(job)
    }

    /// Opens the archive at a path.
    pub(super) fn open_path(&self, path: &Path) -> Outcome<()> {
        self.open(|_| Ok((open_path(path)?, None)))
    }

    /// Opens the archive that the caller's function reads.
    pub(super) fn open_callback(&self, source: impl FnOnce(Arc<Desk>) -> CallerSource) -> Outcome<()> {
        self.open(|desk| {
            let source = Arc::new(source(desk));
            Ok((Arc::clone(&source) as Arc<dyn ArchiveSource>, Some(source)))
        })
    }

    /// Closes what is open, and opens another archive.
    pub(super) fn open(
        &self,
        source: impl FnOnce(Arc<Desk>) -> Outcome<(Arc<dyn ArchiveSource>, Option<Arc<CallerSource>>)>,
    ) -> Outcome<()> {
        let (settings, run) = self.begin()?;
        let before = self.opened.lock().take();
        drop(before);
        let (bytes, source) = source(Arc::clone(&self.desk))?;
        let opened = deadline::within(settings.timeout(), &run.control, || {
            let archive = Archive::open_source(bytes, settings.open_options(), &run.control)?;
            if run.control.is_cancelled() { Err(Error::Cancelled) } else { Ok(archive) }
        });
        let archive = match (opened, source.as_ref().and_then(|source| source.failure())) {
            // A callback's own code, whatever the engine made of it.
            (Err(_), Some(failure)) => return Err(failure),
            (result, _) => result?,
        };
        *self.opened.lock() = Some(Arc::new(Opened { archive, source, by_name: OnceLock::new() }));
        Ok(())
    }

    /// Closes what is open; false: nothing is.
    pub(super) fn close(&self) -> Outcome<bool> {
        let (_, _run) = self.begin()?;
        let before = self.opened.lock().take();
        Ok(before.is_some())
    }

    /// Extracts items of the open archive into what `sink` makes.
    pub(super) fn extract<S: Sink>(
        &self,
        wanted: &Wanted,
        sink: impl FnOnce(&ExtractorSettings) -> Outcome<S>,
    ) -> Outcome<(HRESULT, S)> {
        let (settings, run) = self.begin()?;
        let opened = self.opened()?; // While this runs, nobody closes it.
        let sink = sink(&settings)?;
        let caller = Caller::new(&self.desk, &run.control);
        let code = self.work(&opened, wanted, &sink, None, (&settings, &run.control, &caller))?;
        Ok((code, sink))
    }

    /// Extracts items of the open archive into the caller's functions.
    pub(super) fn extract_to_callbacks(
        &self,
        wanted: &Wanted,
        callbacks: &super::extractor_types::ParallelExtractCallbacksC,
    ) -> Outcome<HRESULT> {
        let (settings, run) = self.begin()?;
        let opened = self.opened()?; // While this runs, nobody closes it.
        let caller = Caller::new(&self.desk, &run.control);
        let sink = CallbackSink::new(&caller, callbacks)?;
        let result = self.work(&opened, wanted, &sink, Some(&sink), (&settings, &run.control, &caller));
        sink.end_all(result.as_ref().map_or_else(|failure| failure.code, |&code| code));
        match caller.take_broken() {
            Some(failure) => Err(failure),
            None => result,
        }
    }

    /// The job.
    fn work<'a>(
        &'a self,
        opened: &'a Opened,
        wanted: &Wanted,
        sink: &dyn Sink,
        callbacks: Option<&'a CallbackSink<'a>>,
        (settings, control, caller): (&'a ExtractorSettings, &Control, &'a Caller<'a>),
    ) -> Outcome<HRESULT> {
        let (last_error, failures, source) = (&self.last_error, &self.failures, opened.source.as_deref());
        let mut ears = Ears { settings, caller, sink: callbacks, source, last_error, failures, stopped_by: None };
        let options = settings.extract_options();
        let archive = &opened.archive;
        let mut job = || archive.extract(|index| wanted.has(index), sink, &options, &mut ears, control);
        // The engine reads, and fills sinks, on threads of its own: where these are the caller's functions, they are
        // called here meanwhile.
        let is_callers = callbacks.is_some() || source.is_some();
        let result = if is_callers { self.desk.serve(job)? } else { job() };
        if let Some(failure) = caller.take_broken().or_else(|| source.and_then(CallerSource::take_broken)) {
            return Err(failure);
        }
        let ExtractSummary { statistics, late_errors, .. } = match (result, ears.stopped_by.take()) {
            (Ok(summary), _) => summary,
            (Err(_), Some(failure)) => return Err(failure),
            (Err(error), None) => return Err(error.into()),
        };
        late_errors.iter().for_each(|error| ears.late(error));
        match caller.take_broken() {
            Some(failure) => Err(failure),
            None => {
                let all_well = statistics.items_failed == 0 && late_errors.is_empty();
                Ok(last_error.end_job(if all_well { S_OK } else { S_FALSE }))
            }
        }
    }

    /// Ends what runs and waits for it; from a callback of that very job, only asks it to end. Nothing begins any more:
    /// the handle is out of the registry, and what was looked up before is closed.
    pub(super) fn shut_down(&self) {
        self.slot.close();
        if !self.slot.is_on_this_thread() {
            self.slot.wait_idle();
        }
        // An update may hold this extractor, but reads no archive that is not open.
        let before = self.opened.lock().take();
        drop(before);
    }
}
