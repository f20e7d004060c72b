//! What a queue handle stands for: items that wait, and the background thread that compresses them.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;

use super::compressor::{code_of, file_target};
use super::guard::{Failure, LastError, Object, Outcome, caught};
use super::items::memory_name;
use super::observer::Callbacks;
use super::registry::Registry;
use super::settings::Settings;
use super::slot::{Run, Slot};
use super::types::HRESULT;
use crate::error::{E_OUTOFMEMORY, Error};
use crate::input::Item;
use crate::job::{Control, Feed, Poll, compress};
use crate::output::Target;

const DEFAULT_CAPACITY: u32 = 1000;

/// From Start to Wait a queue is busy, also when its job has ended earlier: what a call answers does not depend on how
/// fast the job is.
pub(super) struct Queue {
    pub(super) slot: Arc<Slot>,
    pub(super) last_error: LastError,
    backlog: Mutex<Backlog>,
    /// The job's thread, from Start until Wait or Destroy takes it. It gives back the run, so that the queue stays busy
    /// until the thread is joined.
    worker: Mutex<Option<JoinHandle<Finished>>>,
}

/// What a job's thread comes back with.
struct Finished {
    code: HRESULT,
    _run: Run,
}

/// What waits to be fetched. Written by AddStream on any thread and by the job's thread.
struct Backlog {
    items: VecDeque<Item>,
    capacity: u32,
    /// Items added for the job that runs or is to be started.
    added: u32,
    /// Wakes the job, while one runs.
    control: Option<Control>,
    state: Intake,
}

/// Whether more items may come.
enum Intake {
    Open,
    /// WaitForCompletion was called.
    Closed,
    /// The job has failed: this is its code.
    Dead(HRESULT),
}

static QUEUES: Registry<Queue> = Registry::new();

impl Object for Queue {
    fn registry() -> &'static Registry<Self> {
        &QUEUES
    }

    fn last_error(&self) -> &LastError {
        &self.last_error
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            slot: Arc::default(),
            last_error: LastError::default(),
            backlog: Mutex::new(Backlog {
                items: VecDeque::new(),
                capacity: DEFAULT_CAPACITY,
                added: 0,
                control: None,
                state: Intake::Open,
            }),
            worker: Mutex::new(None),
        }
    }
}

impl Backlog {
    /// Whether one more item may come in.
    fn admit(&self) -> Outcome<()> {
        match self.state {
            Intake::Closed => Err(Failure::state("the queue is closed: WaitForCompletion was called")),
            Intake::Dead(code) => Err(Failure { code, message: format!("the job has ended ({code:#010x})") }),
            Intake::Open if self.items.len() < self.capacity as usize => Ok(()),
            Intake::Open => {
                let message = format!("the queue is full: {} items wait", self.items.len());
                Err(Failure { code: E_OUTOFMEMORY, message })
            }
        }
    }
}

impl Queue {
    /// 0 is the default.
    pub(super) fn set_capacity(&self, items: u32) {
        self.backlog.lock().capacity = if items == 0 { DEFAULT_CAPACITY } else { items };
    }

    /// Takes a copy of `bytes` in.
    pub(super) fn add(&self, bytes: &[u8], name: Option<&str>) -> Outcome<()> {
        self.backlog.lock().admit()?; // Before the copy: who polls a full queue must not pay for one each time.
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len()).map_err(|e| Error::OutOfMemory(format!("{} bytes: {e}", bytes.len())))?;
        copy.extend_from_slice(bytes);
        self.push(|index| Item::from_memory(memory_name(name, index), copy).with_index(index))
    }

    /// Takes a stream in, which is read through the handle's callbacks when its turn comes.
    pub(super) fn add_stream(&self, size: u64, name: Option<String>, user_data: *mut c_void) -> Outcome<()> {
        let streams = self.slot.streams().ok_or_else(|| Failure::state("no stream callbacks are set"))?;
        self.push(|index| streams.item(memory_name(name.as_deref(), index), index, size, user_data))
    }

    /// Takes in the item that `make` makes of its index.
    fn push(&self, make: impl FnOnce(u32) -> Item) -> Outcome<()> {
        let wake = {
            let mut backlog = self.backlog.lock();
            backlog.admit()?;
            let index = backlog.added;
            backlog.items.push_back(make(index));
            backlog.added = index.wrapping_add(1);
            backlog.control.clone()
        };
        if let Some(control) = wake {
            control.wake();
        }
        Ok(())
    }

    /// Starts the job in the background.
    pub(super) fn start(self: &Arc<Self>, output: Option<PathBuf>) -> Outcome<()> {
        let target = file_target(output)?;
        let mut worker = self.worker.lock();
        let (settings, run) = self.slot.begin()?;
        self.last_error.begin_job();
        self.backlog.lock().control = Some(run.control.clone());
        let queue = Arc::clone(self);
        let spawned = thread::Builder::new().name("parallelcompress-queue".into()).spawn(move || {
            run.is_here();
            let code = work(&queue, &run.control, &settings, &target);
            Finished { code, _run: run }
        });
        match spawned {
            Ok(handle) => *worker = Some(handle),
            Err(source) => {
                self.backlog.lock().control = None;
                return Err(Error::Io { what: "cannot start the queue's thread".into(), source }.into());
            }
        }
        Ok(())
    }

    /// Closes the queue, waits for the job, and makes the queue ready for the next one.
    pub(super) fn wait(&self) -> Outcome<HRESULT> {
        if self.slot.is_on_this_thread() {
            return Err(Failure::state("a callback of the queue cannot wait for the queue"));
        }
        let worker = self.worker.lock().take();
        let worker = worker.ok_or_else(|| Failure::state("the queue was not started, or is waited for already"))?;
        let wake = {
            let mut backlog = self.backlog.lock();
            if matches!(backlog.state, Intake::Open) {
                backlog.state = Intake::Closed;
            }
            backlog.control.clone()
        };
        if let Some(control) = wake {
            control.wake();
        }
        let finished = worker.join();
        {
            let mut backlog = self.backlog.lock();
            backlog.items.clear();
            (backlog.added, backlog.control, backlog.state) = (0, None, Intake::Open);
        }
        match finished {
            Ok(finished) => Ok(finished.code), // The run ends here: the queue is idle.
            Err(_) => Err(Failure::state("internal error: the queue's thread panicked")),
        }
    }

    /// How many items are in the archive, failed, and are still to come.
    pub(super) fn status(&self) -> [u32; 3] {
        // The backlog first: an item that moves on between the two looks is then still counted, as processed.
        let (added, of_this_job) = {
            let backlog = self.backlog.lock();
            (backlog.added, backlog.control.is_some())
        };
        let statistics = self.slot.statistics();
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let (processed, failed) = (narrow(statistics.items_completed), narrow(statistics.items_failed));
        let done = if of_this_job { processed.saturating_add(failed) } else { 0 };
        [processed, failed, added.saturating_sub(done)]
    }

    /// Cancels what runs and waits for it; from a callback of that very job, only cancels. Nothing begins any more: the handle
    /// is out of the registry, and what was looked up before is closed.
    pub(super) fn shut_down(&self) {
        self.slot.close();
        if self.slot.is_on_this_thread() {
            return;
        }
        match self.worker.lock().take() {
            Some(worker) => drop(worker.join()),
            None => self.slot.wait_idle(), // Another thread is in WaitForCompletion.
        }
    }
}

/// The job, on its thread.
fn work(queue: &Queue, control: &Control, settings: &Settings, target: &Target) -> HRESULT {
    let outcome = caught(|| {
        let mut observer = Callbacks::new(settings, &queue.last_error);
        let mut feed = BacklogFeed(queue);
        compress(&settings.options(), &mut feed, target, &mut observer, control)
    });
    let failure = match outcome {
        Ok(Ok(summary)) => return queue.last_error.end_job(code_of(&summary)),
        Ok(Err(error)) => error.into(),
        Err(panic) => panic,
    };
    let mut backlog = queue.backlog.lock();
    backlog.state = Intake::Dead(failure.code);
    let unfetched = std::mem::take(&mut backlog.items);
    drop(backlog);
    drop(unfetched); // Many large buffers perhaps: not under the lock.
    queue.last_error.keep(failure)
}

/// The backlog, as the engine's feed.
struct BacklogFeed<'a>(&'a Queue);

impl Feed for BacklogFeed<'_> {
    fn poll(&mut self, _: &Control) -> Poll {
        let mut backlog = self.0.backlog.lock();
        if !backlog.items.is_empty() {
            return Poll::Items(std::mem::take(&mut backlog.items).into());
        }
        match backlog.state {
            Intake::Open => Poll::Pending,
            Intake::Closed | Intake::Dead(_) => Poll::End,
        }
    }

    fn is_complete(&self) -> bool {
        false
    }
}
