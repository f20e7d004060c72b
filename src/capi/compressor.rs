//! What a compressor handle stands for.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::guard::{Failure, LastError, Object, Outcome, caught};
use super::items::{ItemArray, Request, items_of_requests};
use super::look_ahead::LookAhead;
use super::observer::Callbacks;
use super::registry::Registry;
use super::settings::Settings;
use super::slot::Slot;
use super::types::{HRESULT, PARALLELCOMPRESS_INFINITE};
use crate::error::{E_PENDING, Error, S_FALSE, S_OK};
use crate::job::{Control, ItemList, Summary, compress};
use crate::output::Target;

/// Settings, and at most one job at a time, which runs on the thread that asked for it or on one of its own.
pub(super) struct Compressor {
    pub(super) slot: Arc<Slot>,
    pub(super) last_error: LastError,
    /// The job in the background. Its lock is held while one is started or joined, never while one runs.
    background: Mutex<Background>,
    /// The code of the job that was started last. Written by its thread.
    result: AtomicI32,
}

#[derive(Default)]
struct Background {
    was_started: bool,
    /// The job's thread, until it is joined.
    worker: Option<JoinHandle<()>>,
}

impl Background {
    /// Waits for the thread of a job that has ended: a program that unloads the library next needs it to be gone.
    fn join(&mut self) {
        if let Some(worker) = self.worker.take() {
            // What could panic on it is caught there.
            let _ = worker.join();
        }
    }
}

impl Default for Compressor {
    fn default() -> Self {
        Self {
            slot: Arc::default(),
            last_error: LastError::default(),
            background: Mutex::default(),
            result: AtomicI32::new(E_PENDING),
        }
    }
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
    /// Compresses an array of C items, and what the look-ahead callback gives after them. `target` gets the job's control.
    ///
    /// SAFETY: as for `ItemArray::requests`.
    pub(super) unsafe fn run(
        &self,
        array: &impl ItemArray,
        target: impl FnOnce(&Control) -> Outcome<Target>,
    ) -> Outcome<(HRESULT, Summary)> {
        let (settings, run) = self.slot.begin()?;
        run.is_here();
        self.last_error.begin_job();
        // SAFETY: the same promise.
        let requests = unsafe { array.requests() }?;
        let target = target(&run.control)?;
        self.work(&settings, &run.control, requests, array.count(), &target)
    }

    /// The job, on the calling thread.
    fn work(
        &self,
        settings: &Settings,
        control: &Control,
        requests: Vec<Request>,
        count: u32,
        target: &Target,
    ) -> Outcome<(HRESULT, Summary)> {
        let mut options = settings.options();
        let streams = self.slot.streams();
        let limit = options.timeout;
        // Walking folders is a part of the job: it is paused, cancelled and limited in time like the rest.
        let started = Instant::now();
        let is_late = || limit.is_some_and(|limit| started.elapsed() >= limit);
        let items = items_of_requests(requests, streams, &|| control.checkpoint() || is_late());
        // No job in time for what was walked: its items are not all there.
        if let Some(limit) = limit.filter(|_| is_late()) {
            return Err(Error::TimedOut(limit).into());
        }
        options.timeout = limit.map(|limit| limit.saturating_sub(started.elapsed()));
        let whole_limit = |error| match (error, limit) {
            (Error::TimedOut(_), Some(limit)) => Error::TimedOut(limit),
            (error, _) => error,
        };
        let mut observer = Callbacks::new(settings, &self.last_error);
        let summary = match (&settings.update, settings.look_ahead) {
            (None, None) => {
                compress(&options, &mut ItemList::new(items), target, &mut observer, control).map_err(whole_limit)?
            }
            (Some(_), Some(_)) => {
                return Err(Failure::invalid("a job with an update cannot have a look-ahead callback"));
            }
            (Some(update), None) => update.write(self.slot.mark(), &options, items, target, &mut observer, control)?,
            (None, Some(setting)) => {
                let mut feed = LookAhead::new(items, count, setting, streams);
                compress(&options, &mut feed, target, &mut observer, control)
                    .map_err(|error| feed.take_failure().unwrap_or_else(|| whole_limit(error).into()))?
            }
        };
        Ok((self.last_error.end_job(code_of(&summary)), summary))
    }

    /// Starts a job on a thread of its own.
    /// `target` gets the job's control.
    pub(super) fn start(
        self: &Arc<Self>,
        requests: Vec<Request>,
        count: u32,
        target: impl FnOnce(&Control) -> Outcome<Target>,
    ) -> Outcome<()> {
        let mut background = self.background.lock();
        let (settings, run) = self.slot.begin()?;
        let target = target(&run.control)?;
        background.join();
        self.result.store(E_PENDING, Ordering::Release);
        self.last_error.begin_job();
        let compressor = Arc::clone(self);
        let spawned = thread::Builder::new().name("parallelcompress-job".into()).spawn(move || {
            run.is_here();
            let result = caught(|| compressor.work(&settings, &run.control, requests, count, &target))
                .and_then(|outcome| outcome)
                .map_or_else(|failure| compressor.last_error.keep(failure), |(code, _)| code);
            compressor.result.store(result, Ordering::Release);
            if let Some(function) = settings.completion.function {
                // SAFETY: the caller's function, called as the header says.
                let tell = || unsafe { function(result, settings.completion.user_data.0) };
                // The job has ended: a panic of the caller's function changes nothing any more.
                let _ = caught(tell);
            }
            drop(run); // The handle is idle.
        });
        let worker = spawned.map_err(|source| Error::Io { what: "cannot start the job's thread".into(), source })?;
        *background = Background { was_started: true, worker: Some(worker) };
        Ok(())
    }

    /// The code of the job that was started last; `E_PENDING` until it has ended.
    pub(super) fn result(&self) -> HRESULT {
        self.result.load(Ordering::Acquire)
    }

    /// Waits for the job that was started last, for so many milliseconds at most.
    pub(super) fn wait(&self, milliseconds: u32) -> Outcome<HRESULT> {
        if self.slot.is_on_this_thread() {
            return Err(Failure::state("a callback of the job cannot wait for the job"));
        }
        if !self.background.lock().was_started {
            return Err(Failure::state("no job was started on this handle"));
        }
        if milliseconds == PARALLELCOMPRESS_INFINITE {
            self.slot.wait_idle();
        } else if !self.slot.wait_idle_for(Duration::from_millis(milliseconds.into())) {
            return Ok(E_PENDING);
        }
        let mut background = self.background.lock();
        if !self.slot.is_busy() {
            background.join();
        }
        Ok(self.result())
    }

    /// Ends what runs and waits for it; from a callback of that very job, only asks it to end. Nothing begins any more:
    /// the handle is out of the registry, and what was looked up before is closed.
    pub(super) fn shut_down(&self) {
        self.slot.close();
        if !self.slot.is_on_this_thread() {
            self.slot.wait_idle();
            self.background.lock().join();
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
