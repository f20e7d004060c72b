//! Worker threads with work stealing.
//!
//! Tasks come from the fetch threads through a shared injector, in the order of the plan; what a task gives rise to goes
//! to the worker's own deque, and idle workers steal from there. A worker without work sleeps; nobody spins.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use crossbeam::deque::{Injector, Steal, Stealer, Worker};
use parking_lot::{Condvar, Mutex};

use super::budget::Reservation;
use super::encode::{self, Scratch};
use super::fetch::panic_error;
use super::piece::{Batch, Event, Piece, SideStream};
use super::recycled::Spare;
use super::settings::Settings;
use super::workbench::Workbench;
use crate::codec::Monitor;
use crate::codec::lzma2::Step;
use crate::codec::stream::StreamEncoder;

/// Work for one worker.
#[derive(Debug)]
pub enum Task {
    /// Look at a piece and begin its preparation.
    Prepare(Arc<Piece>),
    /// One part of a step of a piece's match table.
    Table(Arc<Piece>, Step, usize),
    /// One slice of a prepared piece.
    Slice(Arc<Piece>, usize),
    /// Small items.
    Batch(Batch),
    /// A stream beside a block's main one.
    Side(SideStream),
    /// What waits in a lane.
    Lane(Arc<Lane>),
}

/// The pieces of a block that is encoded as one stream: in order, by one worker at a time.
pub struct Lane {
    state: Mutex<LaneState>,
    /// Bytes of the block, where known: `u64::MAX` otherwise.
    pub size: u64,
    /// Memory of the encoder.
    _reservation: Reservation,
}

/// What a worker takes from a lane.
pub struct LaneWork {
    pub piece: Arc<Piece>,
    /// The block ends with this piece.
    pub is_last: bool,
    /// The stream so far.
    pub stream: Option<Box<dyn StreamEncoder>>,
}

#[derive(Default)]
struct LaneState {
    waiting: VecDeque<(Arc<Piece>, bool)>,
    /// A worker has the lane, or a task for it is queued.
    is_taken: bool,
    /// Between two pieces the stream rests here.
    stream: Option<Box<dyn StreamEncoder>>,
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Lane {
    /// A lane for a block of `size` bytes.
    pub fn new(size: u64, reservation: Reservation) -> Self {
        Self { state: Mutex::default(), size, _reservation: reservation }
    }

    /// The next piece with the stream so far; `None` gives the lane back.
    pub fn next(&self) -> Option<LaneWork> {
        let mut state = self.state.lock();
        match state.waiting.pop_front() {
            Some((piece, is_last)) => Some(LaneWork { piece, is_last, stream: state.stream.take() }),
            None => {
                state.is_taken = false;
                None
            }
        }
    }

    /// Keeps the stream for the next piece.
    pub fn rest(&self, stream: Box<dyn StreamEncoder>) {
        self.state.lock().stream = Some(stream);
    }
}

/// The queues of a job's workers.
#[derive(Debug)]
pub struct Pool {
    injector: Injector<Task>,
    stealers: Vec<Stealer<Task>>,
    sleep: Mutex<Sleep>,
    wake: Condvar,
    load: Mutex<Load>,
    /// Signalled when the last worker has ended.
    deserted: Condvar,
    /// Where the workers make match tables.
    pub workbench: Workbench<Arc<Piece>>,
}

/// What the workers do.
#[derive(Debug)]
struct Load {
    /// Workers that have not ended; those that did not begin yet are among them.
    workers: u32,
    /// Workers that run a task.
    active: u32,
    /// Time that all of them have spent on tasks that ended, pauses left out.
    busy: Duration,
}

#[derive(Debug, Default)]
struct Sleep {
    /// Counts pushes: a worker that saw no work sleeps only if nothing was pushed since it began to look.
    pushes: u64,
    closed: bool,
}

/// What a worker needs beside its queue.
pub struct WorkerContext<'a> {
    pub settings: &'a Settings,
    pub monitor: &'a Monitor,
    pub events: Sender<Event>,
    /// For what batches are packed to.
    pub batches: &'a Arc<Spare>,
}

impl Pool {
    /// A pool for so many workers, and the queue of each.
    pub fn new(threads: u32, workbench: Workbench<Arc<Piece>>) -> (Self, Vec<Worker<Task>>) {
        let workers: Vec<_> = (0..threads).map(|_| Worker::new_fifo()).collect();
        let stealers = workers.iter().map(Worker::stealer).collect();
        let pool = Self {
            injector: Injector::new(),
            stealers,
            sleep: Mutex::default(),
            wake: Condvar::new(),
            load: Mutex::new(Load { workers: threads, active: 0, busy: Duration::ZERO }),
            deserted: Condvar::new(),
            workbench,
        };
        (pool, workers)
    }

    /// Queues a task, from any thread.
    pub fn push(&self, task: Task) {
        self.injector.push(task);
        self.announce(1);
    }

    /// Queues a piece of a lane. `last`: the block ends with it.
    pub fn push_lane(&self, lane: &Arc<Lane>, piece: Arc<Piece>, last: bool) {
        let mut state = lane.state.lock();
        state.waiting.push_back((piece, last));
        let was_taken = std::mem::replace(&mut state.is_taken, true);
        drop(state);
        if !was_taken {
            self.push(Task::Lane(Arc::clone(lane)));
        }
    }

    /// Workers end when they find no more work.
    pub fn close(&self) {
        self.sleep.lock().closed = true;
        self.wake.notify_all();
    }

    /// Workers that run a task at this moment.
    pub fn active(&self) -> u32 {
        self.load.lock().active
    }

    /// Time that all workers together have spent on tasks that ended, pauses left out.
    pub fn busy(&self) -> Duration {
        self.load.lock().busy
    }

    /// Closes the pool, and waits until the workers have ended and freed their memory.
    pub fn dismiss(&self) {
        self.close();
        let mut load = self.load.lock();
        while load.workers > 0 {
            self.deserted.wait(&mut load);
        }
    }

    /// Queues what a task gave rise to on the worker's own deque.
    pub fn push_local(&self, own: &Worker<Task>, tasks: impl Iterator<Item = Task>) {
        let count = tasks.map(|task| own.push(task)).count();
        self.announce(count);
    }

    fn announce(&self, tasks: usize) {
        self.sleep.lock().pushes += 1;
        match tasks {
            1 => _ = self.wake.notify_one(),
            _ => _ = self.wake.notify_all(),
        }
    }

    /// One worker: runs tasks until the pool is closed and empty. A panic in a task ends the job, not the process.
    pub fn work(&self, own: &Worker<Task>, context: &WorkerContext) {
        // Dropped last.
        let _presence = Presence(self);
        let mut scratch = Scratch::default();
        while let Some(task) = self.next(own) {
            if context.monitor.stopped() {
                // Tasks are only dropped: nobody waits for their results any more.
                continue;
            }
            self.load.lock().active += 1;
            let (began, held) = (Instant::now(), Monitor::held());
            let result = catch_unwind(AssertUnwindSafe(|| encode::run(task, self, own, context, &mut scratch)));
            let busy = began.elapsed().saturating_sub(Monitor::held() - held);
            self.ended(busy);
            let error = match result {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error,
                Err(panic) => panic_error("a worker", &*panic),
            };
            scratch = Scratch::default();
            let _ = context.events.send(Event::Fatal(error));
        }
    }

    /// A task has ended that took so long.
    fn ended(&self, busy: Duration) {
        let mut load = self.load.lock();
        load.active -= 1;
        load.busy += busy;
    }

    fn next(&self, own: &Worker<Task>) -> Option<Task> {
        loop {
            let seen = self.sleep.lock().pushes;
            if let Some(task) = self.find(own) {
                return Some(task);
            }
            let mut sleep = self.sleep.lock();
            if sleep.pushes != seen {
                continue;
            }
            if sleep.closed {
                return None;
            }
            self.wake.wait(&mut sleep);
        }
    }

    fn find(&self, own: &Worker<Task>) -> Option<Task> {
        // Own work first: it belongs to pieces that are under way, whose memory is released when they are done.
        if let Some(task) = own.pop() {
            return Some(task);
        }
        let stolen = self.stealers.iter().find_map(|stealer| retry(|| stealer.steal()));
        stolen.or_else(|| retry(|| self.injector.steal()))
    }
}

/// A worker that has not ended, however that comes.
struct Presence<'a>(&'a Pool);

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        let mut load = self.0.load.lock();
        load.workers -= 1;
        if load.workers == 0 {
            self.0.deserted.notify_all();
        }
    }
}

/// Repeats a steal that lost a race; each loss means that another thread got on.
fn retry(mut steal: impl FnMut() -> Steal<Task>) -> Option<Task> {
    loop {
        match steal() {
            Steal::Success(task) => return Some(task),
            Steal::Empty => return None,
            Steal::Retry => {}
        }
    }
}
