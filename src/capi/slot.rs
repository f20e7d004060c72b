//! The one job that a handle can run: its settings, whether it runs, and how others stop it or wait for it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::guard::{Failure, Outcome};
use super::settings::Settings;
use super::streams::Streams;
use super::types::{
    PARALLELCOMPRESS_STATE_ENDED, PARALLELCOMPRESS_STATE_IDLE, PARALLELCOMPRESS_STATE_PAUSED,
    PARALLELCOMPRESS_STATE_RUNNING, UInt32,
};
use crate::job::{Control, Statistics, Totals};

/// What tells a running thread from all others.
pub(super) type ThreadMark = usize;

/// The calling thread's mark: the address of a variable that each thread has for itself. `thread::current` would make a
/// handle for a thread that is the caller's, and keep it until that ends.
pub(super) fn this_thread() -> ThreadMark {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

/// What tells a slot from all others, while it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlotMark(usize);

thread_local! {
    /// The slot whose job is calling one of the caller's functions on this thread, if that is one of the job's own.
    static INSIDE: Cell<Option<SlotMark>> = const { Cell::new(None) };
}

/// Calls a function of the caller's on a thread of the job that runs on `slot`: so that calls it makes are known to come
/// from a callback of that job.
pub(super) fn inside<R>(slot: SlotMark, call: impl FnOnce() -> R) -> R {
    struct Restore(Option<SlotMark>);
    impl Drop for Restore {
        fn drop(&mut self) {
            INSIDE.set(self.0);
        }
    }
    let _restore = Restore(INSIDE.replace(Some(slot)));
    call()
}

/// Shared by all threads that use a handle with settings of the kind `S`. Its lock is never held while a job runs or a
/// callback is called.
#[derive(Debug, Default)]
pub(super) struct Slot<S = Settings> {
    state: Mutex<State<S>>,
    /// Signalled when a run ends.
    idle: Condvar,
}

#[derive(Debug, Default)]
struct State<S> {
    settings: S,
    /// Whether a job runs.
    is_busy: bool,
    /// The handle is destroyed: nothing begins any more.
    is_closed: bool,
    /// The thread on which it does, once it is there.
    thread: Option<ThreadMark>,
    /// The slot whose job it is, where that is another handle's.
    borrower: Option<SlotMark>,
    /// Of the job that runs, or of the last one.
    control: Option<Control>,
}

impl Slot {
    /// What makes items of streams, once there are callbacks for them.
    pub(super) fn streams(&self) -> Option<Streams> {
        self.state.lock().settings.streams.map(|callbacks| callbacks.of(self.mark()))
    }
}

impl<S: Clone> Slot<S> {
    /// Changes settings, unless a job runs.
    pub(super) fn set(&self, change: impl FnOnce(&mut S) -> Outcome<()>) -> Outcome<()> {
        let mut state = self.state.lock();
        state.check_idle()?;
        change(&mut state.settings)
    }

    /// Begins a run, unless one is going on: the settings as they are now, and the run itself.
    pub(super) fn begin(self: &Arc<Self>) -> Outcome<(S, Run<S>)> {
        self.begin_with(Control::new())
    }

    /// The same with the control of a job that other handles have a part in.
    pub(super) fn begin_with(self: &Arc<Self>, control: Control) -> Outcome<(S, Run<S>)> {
        let mut state = self.state.lock();
        if state.is_closed {
            return Err(Failure::invalid("the handle is destroyed"));
        }
        state.check_idle()?;
        state.is_busy = true;
        state.control = Some(control.clone());
        Ok((state.settings.clone(), Run { slot: Arc::clone(self), control }))
    }

    /// The settings as they are now.
    pub(super) fn settings(&self) -> S {
        self.state.lock().settings.clone()
    }

    /// Cancels the run, if there is one.
    pub(super) fn cancel(&self) -> bool {
        self.running().is_some_and(|control| {
            control.cancel();
            true
        })
    }

    /// Cancels the run, if there is one, and lets none begin any more. For a handle that is being destroyed: another
    /// thread may have looked it up before and not have begun yet.
    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
        self.cancel();
    }

    /// Pauses the run; false if there is none or it is paused already.
    pub(super) fn pause(&self) -> bool {
        self.running().is_some_and(|control| control.pause())
    }

    /// Lets a paused run go on; false if there is none.
    pub(super) fn resume(&self) -> bool {
        self.running().is_some_and(|control| control.resume())
    }

    /// One of the header's PARALLELCOMPRESS_STATE_ constants.
    pub(super) fn job_state(&self) -> UInt32 {
        let state = self.state.lock();
        match &state.control {
            None => PARALLELCOMPRESS_STATE_IDLE,
            Some(_) if !state.is_busy => PARALLELCOMPRESS_STATE_ENDED,
            Some(control) if control.is_paused() => PARALLELCOMPRESS_STATE_PAUSED,
            Some(_) => PARALLELCOMPRESS_STATE_RUNNING,
        }
    }

    /// The control of the run, if there is one.
    fn running(&self) -> Option<Control> {
        let state = self.state.lock();
        if state.is_busy { state.control.clone() } else { None }
    }

    /// Whether a job runs.
    pub(super) fn is_busy(&self) -> bool {
        self.state.lock().is_busy
    }

    /// Whether the job runs on this very thread, or calls from it: then this is a call from a callback.
    pub(super) fn is_on_this_thread(&self) -> bool {
        let inside = INSIDE.get();
        let state = self.state.lock();
        let is_inside = inside.is_some() && (inside == Some(self.mark()) || inside == state.borrower);
        is_inside || state.thread == Some(this_thread())
    }

    /// What tells it from others.
    pub(super) fn mark(&self) -> SlotMark {
        SlotMark(std::ptr::from_ref(self).addr())
    }

    /// What the job does, or the last one did.
    pub(super) fn statistics(&self) -> Statistics {
        self.last_statistics().unwrap_or_default()
    }

    /// The same, as sums; those of no job before the first.
    pub(super) fn totals(&self) -> Totals {
        self.last_statistics().as_ref().map(Totals::from).unwrap_or_default()
    }

    fn last_statistics(&self) -> Option<Statistics> {
        let control = self.state.lock().control.clone();
        control.map(|control| control.statistics())
    }

    /// Waits until no job runs. Never to be called from the job's own thread.
    pub(super) fn wait_idle(&self) {
        let mut state = self.state.lock();
        while state.is_busy {
            self.idle.wait(&mut state);
        }
    }

    /// Waits until no job runs, for `limit` at most. Answers whether none does. As [`Slot::wait_idle`].
    pub(super) fn wait_idle_for(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        let mut state = self.state.lock();
        while state.is_busy && !self.idle.wait_until(&mut state, end).timed_out() {}
        !state.is_busy
    }
}

impl<S> State<S> {
    fn check_idle(&self) -> Outcome<()> {
        if self.is_busy { Err(Failure::state("busy: a job is running on this handle")) } else { Ok(()) }
    }
}

/// A run going on. The handle is busy until this is dropped, on whatever path that happens.
#[derive(Debug)]
pub(super) struct Run<S = Settings> {
    slot: Arc<Slot<S>>,
    pub(super) control: Control,
}

impl<S> Run<S> {
    /// Says that the job runs on the calling thread: callbacks will come from here.
    pub(super) fn is_here(&self) {
        self.slot.state.lock().thread = Some(this_thread());
    }

    /// Says whose job it is, where that is another slot's: its callbacks are this one's too.
    pub(super) fn is_part_of(&self, borrower: SlotMark) {
        self.slot.state.lock().borrower = Some(borrower);
    }
}

impl<S> Drop for Run<S> {
    fn drop(&mut self) {
        {
            let mut state = self.slot.state.lock();
            (state.is_busy, state.thread, state.borrower) = (false, None, None);
        }
        self.slot.idle.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_begins_on_a_slot_that_is_closed() {
        let slot: Arc<Slot> = Arc::default();
        let run = slot.begin().map(|(_, run)| run);
        assert!(run.is_ok());
        assert!(slot.begin().is_err(), "busy");
        slot.close();
        assert!(run.is_ok_and(|run| run.control.is_cancelled()));
        slot.wait_idle();
        assert!(slot.begin().is_err() && !slot.is_busy());
        assert!(slot.begin_with(Control::new()).is_err() && !slot.is_busy());
    }
}
