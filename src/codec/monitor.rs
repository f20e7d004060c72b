//! How a running codec is watched, paused and stopped.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// Shared by codec calls; clones are the same monitor. Workers write `encoded` and ask whether to go on; any thread may
/// do the opposite.
#[derive(Debug, Clone, Default)]
pub struct Monitor(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// [`RUNNING`], [`PAUSED`] or [`STOPPED`], which is final. Written under `gate` only.
    state: AtomicU8,
    encoded: AtomicU64,
    /// Counts everything that is counted here, and pauses and stops this monitor with itself.
    whole: Option<Monitor>,
    /// Those who wait while the state is [`PAUSED`].
    gate: Mutex<()>,
    opened: Condvar,
}

thread_local! {
    /// How long this thread has waited for the end of pauses.
    static HELD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

const RUNNING: u8 = 0;
const PAUSED: u8 = 1;
const STOPPED: u8 = 2;

impl Monitor {
    /// A monitor for a part of what this one watches: it counts for both, pauses and stops with this one.
    pub fn part(&self) -> Self {
        Self(Arc::new(Shared { whole: Some(self.clone()), ..Shared::default() }))
    }

    /// Asks every codec call that uses this monitor, or a part of it, to return early. Ends a pause.
    pub fn stop(&self) {
        let gate = self.0.gate.lock();
        self.0.state.store(STOPPED, Ordering::Relaxed);
        drop(gate);
        self.0.opened.notify_all();
    }

    /// Holds every codec call that uses this monitor, or a part of it, where it asks next. Answers whether that changed
    /// anything: what is paused or stopped already is left as it is.
    pub fn pause(&self) -> bool {
        let _gate = self.0.gate.lock();
        self.0.state.compare_exchange(RUNNING, PAUSED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Lets go on what is paused. Answers whether anything was.
    pub fn resume(&self) -> bool {
        let gate = self.0.gate.lock();
        let was_paused = self.0.state.compare_exchange(PAUSED, RUNNING, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        drop(gate);
        self.0.opened.notify_all();
        was_paused
    }

    /// Whether to return early. Waits as long as the monitor is paused, so not to be asked with a lock held. A codec asks
    /// at least every few milliseconds; once the answer is yes its output is thrown away.
    pub fn stopped(&self) -> bool {
        let state = self.0.state.load(Ordering::Relaxed);
        state == STOPPED || (state == PAUSED && self.wait()) || self.0.whole.as_ref().is_some_and(Self::stopped)
    }

    /// As [`Monitor::stopped`], without waiting.
    pub fn is_stopped(&self) -> bool {
        self.0.state.load(Ordering::Relaxed) == STOPPED || self.0.whole.as_ref().is_some_and(Self::is_stopped)
    }

    /// Waits for the end of a pause; answers whether a stop ended it.
    #[cold]
    fn wait(&self) -> bool {
        let since = Instant::now();
        let mut gate = self.0.gate.lock();
        while self.0.state.load(Ordering::Relaxed) == PAUSED {
            self.0.opened.wait(&mut gate);
        }
        HELD.set(HELD.get() + since.elapsed());
        self.0.state.load(Ordering::Relaxed) == STOPPED
    }

    /// How long pauses have held the calling thread so far, whatever monitor it asked.
    pub fn held() -> Duration {
        HELD.get()
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

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_part_counts_for_the_whole_and_stops_with_it() {
        let whole = Monitor::default();
        let (part, other) = (whole.part(), whole.part());
        part.add_encoded(5);
        other.add_encoded(2);
        assert_eq!((part.encoded(), other.encoded(), whole.encoded()), (5, 2, 7));
        part.stop();
        assert!(part.stopped() && !other.stopped() && !whole.stopped());
        whole.stop();
        assert!(other.stopped() && whole.is_stopped());
    }

    #[test]
    fn a_pause_holds_whoever_asks_until_it_ends() {
        for stops in [false, true] {
            let monitor = Monitor::default();
            assert!(!monitor.resume(), "nothing was paused");
            assert!(monitor.pause() && !monitor.pause(), "it can be paused once");
            let asker = thread::spawn({
                let part = monitor.part();
                move || (part.stopped(), Monitor::held())
            });
            thread::sleep(Duration::from_millis(20));
            assert!(!asker.is_finished(), "a paused call goes on");
            assert!(!monitor.is_stopped());
            if stops {
                monitor.stop();
            } else {
                assert!(monitor.resume());
            }
            let (stopped, held) = asker.join().expect("the thread that asks");
            assert_eq!(stopped, stops);
            assert!(held >= Duration::from_millis(1) && Monitor::held() == Duration::ZERO, "{held:?}");
            assert!(!(stops && monitor.pause()), "what is stopped cannot be paused");
        }
    }
}
