//! How many blocks may be decoded at once, by the memory that their decoders need.

use parking_lot::{Condvar, Mutex};

/// Lets threads pass while there is memory for what they are about to do.
pub(super) struct MemoryGate {
    limit: u64,
    used: Mutex<u64>,
    released: Condvar,
}

/// Memory that is in use until this is dropped.
pub(super) struct Pass<'a> {
    gate: &'a MemoryGate,
    bytes: u64,
}

impl MemoryGate {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, used: Mutex::new(0), released: Condvar::new() }
    }

    /// Waits until `bytes` are free, or nobody else uses any. Others do not wait for this thread, so it always ends.
    pub(super) fn pass(&self, bytes: u64) -> Pass<'_> {
        let mut used = self.used.lock();
        while *used > 0 && used.saturating_add(bytes) > self.limit {
            self.released.wait(&mut used);
        }
        *used += bytes;
        Pass { gate: self, bytes }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        *self.gate.used.lock() -= self.bytes;
        self.gate.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_more_is_used_than_there_is_but_by_one_alone() {
        let gate = MemoryGate::new(100);
        let (used, peak) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for bytes in [60u64, 30, 40, 10, 70, 100, 20] {
                let (gate, used, peak) = (&gate, &used, &peak);
                scope.spawn(move || {
                    for _ in 0..20 {
                        let pass = gate.pass(bytes);
                        peak.fetch_max(used.fetch_add(bytes, Ordering::Relaxed) + bytes, Ordering::Relaxed);
                        thread::sleep(Duration::from_micros(50));
                        used.fetch_sub(bytes, Ordering::Relaxed);
                        drop(pass);
                    }
                });
            }
        });
        assert!(peak.into_inner() <= 100);
        let _alone = gate.pass(1000);
        assert_eq!(*gate.used.lock(), 1000);
    }
}
