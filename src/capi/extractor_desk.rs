//! Where the caller's functions are called: on the thread that called us, whichever thread of ours needs them.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crossbeam::channel::{Receiver, Sender, bounded};

use super::guard::{Failure, Outcome, caught};
use super::slot::{ThreadMark, this_thread};
use crate::error::Error;

/// Threads that may wait at once before they wait for room.
const ROOM: usize = 16;

/// While a job is served, its threads hand what is to be called to the thread that serves, and wait for the answer: so the
/// caller's functions are called one at a time, on the thread of the call they belong to, and under no lock.
pub(super) struct Desk {
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    /// The thread that serves; 0 while none does.
    server: AtomicUsize,
}

enum Message {
    Call(Call),
    /// The job has ended: nobody waits any more.
    End,
}

/// What is to be done, on the stack of a thread that waits until it is.
struct Call {
    action: *mut (dyn FnMut() + Send),
    done: Sender<()>,
}

// SAFETY: the action is `Send`, and is used by one thread while the other waits.
unsafe impl Send for Call {}

impl Default for Desk {
    fn default() -> Self {
        let (sender, receiver) = bounded(ROOM);
        Self { sender, receiver, server: AtomicUsize::new(0) }
    }
}

/// Nobody serves from here on.
struct Closing<'a>(&'a AtomicUsize);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}

/// Tells the desk that the job has ended, on whatever path that happens.
struct Ending<'a>(&'a Sender<Message>);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let _ = self.0.send(Message::End);
    }
}

impl Desk {
    /// Does `action` on the thread that serves, or on this one where none does. A panic in it is a failure.
    pub(super) fn call<R: Send>(&self, action: impl FnOnce() -> R + Send) -> Outcome<R> {
        let server: ThreadMark = self.server.load(Ordering::Acquire);
        if server == 0 || server == this_thread() {
            return caught(action);
        }
        let (done, answer) = bounded(1);
        let (mut action, mut result) = (Some(action), None);
        let mut once = || result = action.take().map(|action| caught(action));
        let erased: *mut (dyn FnMut() + Send + '_) = &raw mut once;
        // SAFETY: only the lifetime changes. `once` outlives the call: this thread waits until it was made, or until
        // nobody can make it any more, for then `done` is dropped.
        let action =
            unsafe { std::mem::transmute::<*mut (dyn FnMut() + Send + '_), *mut (dyn FnMut() + Send)>(erased) };
        if self.sender.send(Message::Call(Call { action, done })).is_ok() {
            let _ = answer.recv();
        }
        result.unwrap_or_else(|| Err(Failure::state("internal error: a call was not made")))
    }

    /// Does `job` on a thread of its own, and meanwhile on this one what [`Self::call`] is given. One job at a time.
    ///
    /// # Errors
    /// No thread could be started.
    pub(super) fn serve<R: Send>(&self, job: impl FnOnce() -> R + Send) -> Outcome<R> {
        self.server.store(this_thread(), Ordering::Release);
        let closing = Closing(&self.server);
        thread::scope(|scope| {
            let worker = thread::Builder::new().name("pc-extract".into()).spawn_scoped(scope, || {
                let _ending = Ending(&self.sender);
                job()
            });
            let worker = worker.map_err(|source| Error::Io { what: "cannot start a thread".into(), source })?;
            while let Ok(Message::Call(Call { action, done })) = self.receiver.recv() {
                // SAFETY: it lives until `done` is used or dropped, and panics inside are caught by it.
                unsafe { (*action)() };
                let _ = done.send(());
            }
            drop(closing);
            // A program that unloads the library next needs the thread to be gone.
            Ok(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn calls_of_many_threads_are_made_here_one_at_a_time() {
        let desk = Desk::default();
        let (here, busy) = (this_thread(), AtomicBool::new(false));
        let sum = desk.serve(|| {
            thread::scope(|scope| {
                let threads: Vec<_> = (0..8)
                    .map(|number| {
                        let (desk, busy) = (&desk, &busy);
                        scope.spawn(move || {
                            (0..100_u64)
                                .map(|step| {
                                    let answer = desk.call(|| {
                                        assert!(!busy.swap(true, Ordering::SeqCst), "two at once");
                                        assert_eq!(this_thread(), here);
                                        busy.store(false, Ordering::SeqCst);
                                        number * step
                                    });
                                    answer.expect("no panic")
                                })
                                .sum::<u64>()
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic")).sum::<u64>()
            })
        });
        assert_eq!(sum.ok(), Some(28 * 4950));
        assert_eq!(desk.call(this_thread).ok(), Some(here));
    }

    #[test]
    fn a_panic_comes_back_to_who_asked() {
        let desk = Desk::default();
        let answer = desk.serve(|| desk.call(|| -> () { panic!("it broke") }));
        let failure = answer.expect("served").expect_err("a panic");
        assert!(failure.message.contains("it broke"), "{}", failure.message);
        assert!(desk.call(|| ()).is_ok());
    }
}
