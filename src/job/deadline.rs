//! The time limit of a job: a thread that sleeps until it has passed, or until the job has ended.

use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::Control;
use crate::error::{Error, Result};

/// Tells the watcher that the job has ended, on whatever path that happens.
struct End<'a>(&'a Mutex<bool>, &'a Condvar);

impl Drop for End<'_> {
    fn drop(&mut self) {
        *self.0.lock() = true;
        self.1.notify_all();
    }
}

/// Does `job` on the calling thread. Once `limit`, where there is one, has passed, `control` ends it, in whatever phase it
/// is.
///
/// # Errors
/// The job's own; [`Error::TimedOut`] where the limit ended it; [`Error::Io`]: no thread could be started, and `job` was
/// not begun.
pub fn within<R>(limit: Option<Duration>, control: &Control, job: impl FnOnce() -> Result<R>) -> Result<R> {
    let Some(limit) = limit else { return job() };
    match watch(limit, control, job)? {
        Err(Error::Cancelled) if control.has_expired() => Err(Error::TimedOut(limit)),
        result => result,
    }
}

/// Does `job` while a thread watches the clock.
fn watch<R>(limit: Duration, control: &Control, job: impl FnOnce() -> R) -> Result<R> {
    // A limit beyond what the clock can count is none.
    let Some(end) = Instant::now().checked_add(limit) else { return Ok(job()) };
    let (ended, signal) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        let watcher = thread::Builder::new().name("pc-timeout".into()).spawn_scoped(scope, || {
            let mut ended = ended.lock();
            while !*ended {
                if signal.wait_until(&mut ended, end).timed_out() {
                    if !*ended {
                        control.expire();
                    }
                    return;
                }
            }
        });
        let watcher = watcher.map_err(|source| Error::Io { what: "cannot start a thread".into(), source })?;
        let end = End(&ended, &signal);
        let result = job();
        drop(end);
        // A program that unloads the library next needs the thread to be gone. It has nothing that could panic.
        let _ = watcher.join();
        Ok(result)
    })
}
