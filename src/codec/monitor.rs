//! How a running codec is watched and stopped.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared by all codec calls of a job. Workers write `encoded` and read `stop`; any thread may do the opposite.
#[derive(Debug, Default)]
pub struct Monitor {
    stop: AtomicBool,
    encoded: AtomicU64,
}

impl Monitor {
    /// Asks every codec call that uses this monitor to return early.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether to return early. A codec asks at least every few milliseconds, and its output is thrown away afterwards.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Reports that `bytes` more of the input were encoded (for progress only).
    pub fn add_encoded(&self, bytes: u64) {
        self.encoded.fetch_add(bytes, Ordering::Relaxed);
    }

    /// All bytes of input reported so far.
    pub fn encoded(&self) -> u64 {
        self.encoded.load(Ordering::Relaxed)
    }
}
