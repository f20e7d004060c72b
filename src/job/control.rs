//! A handle on a running job for other threads: cancel it, look at it, wake it.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use super::Statistics;
use crate::codec::Monitor;

/// Shared between a job and whoever watches it; clones are the same control. Every method may be called from any
/// thread at any time, from callbacks too. One control serves one job.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Written by `cancel`, read by every thread of the job.
    monitor: Arc<Monitor>,
    /// Written by the job's calling thread, read by anybody.
    statistics: Mutex<Statistics>,
    /// Counts events the calling thread must look at.
    events: Mutex<u64>,
    wake: Condvar,
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
        *self.0.events.lock() += 1;
        self.0.wake.notify_all();
    }

    /// What the job has done so far.
    pub fn statistics(&self) -> Statistics {
        *self.0.statistics.lock()
    }
}
