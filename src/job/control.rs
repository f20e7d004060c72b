//! A handle on a running job for other threads: cancel it, look at it, wake it.

use std::sync::Arc;

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
    /// One pending wake-up is enough: the calling thread looks at everything when it wakes.
    wake: (Sender<()>, Receiver<()>),
}

impl Default for Control {
    fn default() -> Self {
        Self(Arc::new(Shared { monitor: Monitor::default(), statistics: Mutex::default(), wake: bounded(1) }))
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
        self.0.monitor.stopped()
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

    pub(super) fn monitor(&self) -> &Monitor {
        &self.0.monitor
    }

    pub(super) fn wakes(&self) -> &Receiver<()> {
        &self.0.wake.1
    }

    pub(super) fn publish(&self, statistics: Statistics) {
        *self.0.statistics.lock() = statistics;
    }
}
