//! How a running codec is watched and stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared by codec calls; clones are the same monitor. Workers write `encoded` and read `stop`; any thread may do the
/// opposite.
#[derive(Debug, Clone, Default)]
pub struct Monitor(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    encoded: AtomicU64,
    /// Counts everything that is counted here, and stops this monitor with itself.
    whole: Option<Monitor>,
}

impl Monitor {
    /// A monitor for a part of what this one watches: it counts for both, and stops with this one.
    pub fn part(&self) -> Self {
        Self(Arc::new(Shared { whole: Some(self.clone()), ..Shared::default() }))
    }

    /// Asks every codec call that uses this monitor, or a part of it, to return early.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }

    /// Whether to return early. A codec asks at least every few milliseconds, and its output is thrown away afterwards.
    pub fn stopped(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed) || self.0.whole.as_ref().is_some_and(Self::stopped)
    }

    /// Reports that `bytes` more of the input were encoded (for progress only).
    pub fn add_encoded(&self, bytes: u64) {
        self.0.encoded.fetch_add(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.0.whole {
            whole.add_encoded(bytes);
        }
    }

    /// All bytes of input reported so far.
    pub fn encoded(&self) -> u64 {
        self.0.encoded.load(Ordering::Relaxed)
    }
}
