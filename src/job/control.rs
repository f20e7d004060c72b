//! A handle on a running job for other threads: cancel it, pause it, look at it, wake it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;

use super::Statistics;
use crate::codec::Monitor;

/// Shared between a job and whoever watches it; clones are the same control. Every method may be called from any
/// thread at any time, from callbacks too. One control serves one job.
#[derive(Debug, Clone)]
pub struct Control(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// `stop` is written by `cancel` and read by every thread of the job; `encoded` is written by the workers.
    monitor: Monitor,
    /// Written by the job's calling thread, read by anybody.
    statistics: Mutex<Statistics>,
    /// Written by the thread that watches the time limit.
    has_expired: AtomicBool,
    pauses: Mutex<Pauses>,
    /// One pending wake-up is enough: the calling thread looks at everything when it wakes.
    wake: (Sender<()>, Receiver<()>),
}

/// How long the job has been paused.
#[derive(Debug, Default)]
struct Pauses {
    /// Of the pauses that have ended.
    ended: Duration,
    /// When the one that lasts began.
    since: Option<Instant>,
}

impl Default for Control {
    fn default() -> Self {
        Self(Arc::new(Shared {
            monitor: Monitor::default(),
            statistics: Mutex::default(),
            has_expired: AtomicBool::new(false),
            pauses: Mutex::default(),
            wake: bounded(1),
        }))
    }
}

impl Control {
    /// A control for a job to come.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the job soon with [`Error::Cancelled`](crate::Error::Cancelled). Before it starts: as soon as it does.
    pub fn cancel(&self) {
        self.0.monitor.stop();
        self.wake();
    }

    /// Whether `cancel` was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.monitor.is_stopped()
    }

    /// For the caller's own long work on the way to a job, such as walking folders: waits as long as the job is paused,
    /// and answers whether it is cancelled.
    pub fn checkpoint(&self) -> bool {
        self.0.monitor.stopped()
    }

    /// Holds the job: within a moment its threads neither compute nor read, and no callback is called. What it holds it
    /// keeps: memory, open files. Before the job starts: it will begin paused. A paused job can be cancelled, and its
    /// time limit goes on running. Answers whether this changed anything.
    pub fn pause(&self) -> bool {
        let mut pauses = self.0.pauses.lock();
        let paused = self.0.monitor.pause();
        if paused {
            pauses.since = Some(Instant::now());
        }
        paused
    }

    /// Lets a paused job go on, to the same archive as if it had never been paused. Answers whether it was paused.
    pub fn resume(&self) -> bool {
        let mut pauses = self.0.pauses.lock();
        if let Some(since) = pauses.since.take() {
            pauses.ended += since.elapsed();
        }
        self.0.monitor.resume()
    }

    /// Whether the job is held by [`Control::pause`].
    pub fn is_paused(&self) -> bool {
        self.0.pauses.lock().since.is_some() && !self.is_cancelled()
    }

    /// How long it has been paused, over all pauses.
    pub(crate) fn paused_time(&self) -> Duration {
        let pauses = self.0.pauses.lock();
        pauses.ended + pauses.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// The time limit has passed: ends the job, unless it is ending already.
    pub(super) fn expire(&self) {
        if !self.is_cancelled() {
            self.0.has_expired.store(true, Ordering::Relaxed);
            self.cancel();
        }
    }

    /// Whether it was the time limit that ended the job.
    pub(super) fn has_expired(&self) -> bool {
        self.0.has_expired.load(Ordering::Relaxed)
    }

    /// Makes the job poll its feed again: a feed that answered `Pending` calls this when it has more.
    pub fn wake(&self) {
        // Full means that a wake-up is pending already.
        let _ = self.0.wake.0.try_send(());
    }

    /// What the job has done so far.
    pub fn statistics(&self) -> Statistics {
        *self.0.statistics.lock()
    }

    pub(crate) fn monitor(&self) -> &Monitor {
        &self.0.monitor
    }

    pub(super) fn wakes(&self) -> &Receiver<()> {
        &self.0.wake.1
    }

    pub(crate) fn publish(&self, statistics: Statistics) {
        *self.0.statistics.lock() = statistics;
    }
}
