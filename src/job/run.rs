//! A job from its first thread to its last: starts the stages, plans what the feed delivers, hands events to the
//! assembler, and joins everything before it returns.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, select, unbounded};

use super::archive_writer::{ArchiveWriter, BlockMethod};
use super::assemble::{Assembler, ItemRecord};
use super::budget::Budget;
use super::deadline;
use super::fetch::{Fetcher, panic_error};
use super::fetch_queue::{FetchItem, FetchQueue, FetchUnit};
use super::input_thread::InputThread;
use super::item_bytes::FetchSource;
use super::piece::{Event, ItemError};
use super::plan::{PlanItem, Unit, common_architecture, plan};
use super::pool::{Pool, WorkerContext};
use super::progress::Progress;
use super::read_ahead::{Pending, ReadAhead, Ticket};
use super::settings::{Codec, Settings};
use super::sniff;
use super::workbench::Workbench;
use super::{Control, Feed, Filter, MemoryEstimate, Observer, Options, Poll, Solid, Summary};
use crate::codec::filter::BlockFilter;
use crate::error::{Error, Result};
use crate::input::{Item, Source};
use crate::output::{self, Committed, Target};

/// Where a feed does not know all its items, they are planned in windows that close after so many bytes …
const WINDOW_BYTES: u64 = 16 << 20;
/// … or items.
const WINDOW_ITEMS: usize = 512;
/// Such a feed is polled again when fewer units than this wait for a fetch thread. (Of units that must be read, as many
/// as there are input threads, if that is more.)
const UNITS_AHEAD: usize = 8;
/// Longest sleep of the calling thread: statistics stay fresh for other threads whatever the observer's interval.
const TICK: Duration = Duration::from_millis(100);
/// Events handled before the clock and the feed are looked at again.
const EVENTS_AT_ONCE: usize = 64;

/// Runs one job to its end on the calling thread and its workers, and joins every thread before it returns.
///
/// # Errors
/// [`Error::Cancelled`], [`Error::TimedOut`], [`Error::InvalidArgument`] (options that contradict each other),
/// [`Error::OutOfMemory`] (limit too small), [`Error::Io`] (the output), [`Error::Internal`] (a panic in a worker or
/// callback), and what an output stream answers. On any of them nothing is left of the archive and what was there before
/// is untouched (only a stream keeps what it has got). Failed items are no error of the job: they are reported to
/// `observer` and counted in the summary; where [`Options::on_error`] or the observer wants the job to stop at one, its
/// error is the job's.
pub fn compress(
    options: &Options,
    feed: &mut dyn Feed,
    target: &Target,
    observer: &mut dyn Observer,
    control: &Control,
) -> Result<Summary> {
    compress_after(options, feed, target, observer, control, &mut |_, _| Ok(()))
}

/// What comes before the items in an archive.
pub(crate) type Before<'a> = &'a mut dyn FnMut(&mut ArchiveWriter, &Control) -> Result<()>;

/// As [`compress`], with `before` putting into the archive what comes before the items: blocks of others.
pub(crate) fn compress_after(
    options: &Options,
    feed: &mut dyn Feed,
    target: &Target,
    observer: &mut dyn Observer,
    control: &Control,
    before: Before,
) -> Result<Summary> {
    deadline::within(options.timeout, control, || run(options, feed, target, observer, control, before))
}

/// What a job with these options reserves at its peak, and the threads and dictionary it will use.
///
/// # Errors
/// As [`compress`] for options that contradict each other or a limit that is too small.
pub fn estimate_memory(options: &Options) -> Result<MemoryEstimate> {
    Ok(Settings::new(options)?.estimate)
}

/// As [`estimate_memory`], with what the target itself needs: a stream that cannot seek has a spool.
///
/// # Errors
/// As there.
pub fn estimate_memory_for(options: &Options, target: &Target) -> Result<MemoryEstimate> {
    Ok(Settings::for_output(options, target.memory())?.estimate)
}

/// The job without its time limit.
fn run(
    options: &Options,
    feed: &mut dyn Feed,
    target: &Target,
    observer: &mut dyn Observer,
    control: &Control,
    before: Before,
) -> Result<Summary> {
    let settings = Settings::for_output(options, target.memory())?;
    if control.monitor().stopped() {
        return Err(Error::Cancelled);
    }
    let writer = guarded(|| {
        let volume_size = options.volume_size.filter(|&size| size > 0);
        let output = output::open(target, volume_size, options.volume_prefix.as_deref())?;
        let monitor = control.monitor();
        let mut writer = ArchiveWriter::new(output, options.encryption.as_ref(), options.encrypt_header, monitor)?;
        before(&mut writer, control)?;
        Ok(writer)
    })?;
    let budget = Budget::new(settings.budget, settings.head_reserve, settings.batches_bytes());
    let method = match &settings.codec {
        Codec::Copy => BlockMethod::Copy,
        Codec::Stream(method) => BlockMethod::Stream(Arc::clone(method)),
        Codec::Lzma2(params) => BlockMethod::Lzma2(params.dictionary()),
    };
    let progress = Progress::new(observer, control, settings.progress_interval, options.on_error);
    let (pool, queues) = Pool::new(settings.threads, Workbench::new(settings.table_memory));
    let fetch_queue = FetchQueue::default();
    let monitor = control.monitor();
    let ahead = ReadAhead::new(settings.read_ahead, settings.input_threads, settings.fetch_threads, monitor);
    let batches = settings.spare_for_batches();
    let windows = settings.spare_for_windows();
    let (sender, events) = unbounded();
    let job = Job {
        solid: options.solid,
        settings: &settings,
        control,
        feed,
        feed_ended: false,
        window: Vec::new(),
        window_bytes: 0,
        fetch_queue: &fetch_queue,
        ahead: &ahead,
        tickets: 0,
        input_threads: 0,
        pool: &pool,
        events,
        assembler: Assembler::new(writer, &budget, method),
        progress,
        units: 0,
    };
    let taken = || control.wake();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        let start = || -> io::Result<()> {
            for queue in queues {
                let events = sender.clone();
                let context = WorkerContext { settings: &settings, monitor, events, batches: &batches };
                let pool = &pool;
                let work = move || pool.work(&queue, &context);
                threads.push(thread::Builder::new().name("pc-encode".into()).spawn_scoped(scope, work)?);
            }
            for number in 0..settings.fetch_threads as usize {
                let fetcher = Fetcher {
                    number,
                    settings: &settings,
                    queue: &fetch_queue,
                    ahead: &ahead,
                    budget: &budget,
                    pool: &pool,
                    batches: &batches,
                    windows: &windows,
                    monitor,
                    events: sender.clone(),
                    taken: &taken,
                };
                let read = move || fetcher.run();
                threads.push(thread::Builder::new().name("pc-fetch".into()).spawn_scoped(scope, read)?);
            }
            Ok(())
        };
        let started = start().map_err(cannot_start);
        drop(sender);
        let mut input_threads = Vec::new();
        let mut start_input_thread = || {
            let input = InputThread { ahead: &ahead, monitor };
            let read = move || input.run();
            let thread = thread::Builder::new().name("pc-input".into()).spawn_scoped(scope, read);
            thread.map(|thread| input_threads.push(thread)).map_err(cannot_start)
        };
        let mut result = started.and_then(|()| guarded(|| job.run(&mut start_input_thread)));
        close(&fetch_queue, &ahead, &pool, &budget, control);
        // The scope waits for the threads' work only. A program that unloads the library next needs them to be gone.
        for thread in threads.into_iter().chain(input_threads) {
            if let Err(panic) = thread.join() {
                result = Err(panic_error("a worker", &*panic));
            }
        }
        result
    })
}

/// A panic on the calling thread is the caller's: in a feed, an observer or an output stream.
pub(super) fn guarded<T>(action: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(action)).unwrap_or_else(|panic| Err(panic_error("a callback", &*panic)))
}

pub(super) fn cannot_start(source: io::Error) -> Error {
    Error::Io { what: "cannot start a thread".into(), source }
}

/// Starts one more input thread.
type StartInputThread<'a> = &'a mut dyn FnMut() -> Result<()>;

/// Tells every thread to end: nothing that still waits or runs is needed.
fn close(fetch_queue: &FetchQueue, ahead: &ReadAhead, pool: &Pool, budget: &Budget, control: &Control) {
    control.monitor().stop();
    fetch_queue.close(true);
    ahead.close();
    budget.interrupt();
    pool.close();
}

/// Why the format cannot hold a name: it ends names with NUL, and readers take an empty one for a missing one.
fn unusable_name(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("the item has no name".into())
    } else {
        name.contains('\0').then(|| format!("the name {name:?} holds a NUL character"))
    }
}

/// An item that is not planned yet.
struct WindowItem {
    /// The item's number in the job.
    item: usize,
    size: Option<u64>,
    source: Source,
}

/// What the calling thread works with.
struct Job<'a> {
    solid: Solid,
    settings: &'a Settings,
    control: &'a Control,
    feed: &'a mut dyn Feed,
    feed_ended: bool,
    window: Vec<WindowItem>,
    window_bytes: u64,
    fetch_queue: &'a FetchQueue,
    ahead: &'a ReadAhead,
    /// Items that need reading, so far.
    tickets: Ticket,
    /// Input threads that were started: none before there is something to read.
    input_threads: u32,
    pool: &'a Pool,
    events: Receiver<Event>,
    assembler: Assembler<'a>,
    progress: Progress<'a>,
    /// Units planned.
    units: u64,
}

impl Job<'_> {
    fn run(mut self, start_input_thread: StartInputThread) -> Result<Summary> {
        let mut updated = Instant::now();
        loop {
            // A paused job waits here.
            if self.control.monitor().stopped() {
                return Err(Error::Cancelled);
            }
            let feed_is_idle = self.poll_feed()?;
            while u64::from(self.input_threads) < self.tickets.min(self.settings.input_threads.into()) {
                start_input_thread()?;
                self.input_threads += 1;
            }
            for event in self.events.try_iter().take(EVENTS_AT_ONCE).collect::<Vec<_>>() {
                self.assembler.handle(event, &mut self.progress)?;
                if self.control.monitor().stopped() {
                    return Err(Error::Cancelled);
                }
            }
            let tick = self.settings.progress_interval.clamp(Duration::from_millis(1), TICK);
            if updated.elapsed() >= tick {
                updated = Instant::now();
                self.update();
            }
            if self.feed_ended && self.assembler.units_written() == self.units {
                break;
            }
            if feed_is_idle && let Some(event) = self.sleep(tick.saturating_sub(updated.elapsed())) {
                self.assembler.handle(event, &mut self.progress)?;
            }
        }
        self.finish()
    }

    fn update(&mut self) {
        let encoded = self.control.monitor().encoded();
        let position = self.assembler.position();
        self.assembler.tell_progress(&mut self.progress);
        let (taken, active, busy) = (self.fetch_queue.items_taken(), self.pool.active(), self.pool.busy());
        self.progress.update(encoded, position, taken, active, busy);
    }

    /// Waits for an event, a wake-up or the next tick.
    fn sleep(&mut self, longest: Duration) -> Option<Event> {
        select! {
            recv(self.events) -> event => event.ok(),
            recv(self.control.wakes()) -> _ => None,
            default(longest) => None,
        }
    }

    /// Takes what the feed has, if there is room for more. Answers whether nothing more can be had now.
    fn poll_feed(&mut self) -> Result<bool> {
        let (with_streams, others) = self.fetch_queue.waiting();
        let most_with_streams = UNITS_AHEAD.max(self.settings.input_threads as usize);
        if self.feed_ended || with_streams >= most_with_streams || others >= UNITS_AHEAD {
            return Ok(true);
        }
        match self.feed.poll(self.control) {
            Poll::Items(items) => {
                let is_idle = items.is_empty();
                self.assembler.items.reserve(items.len());
                self.window.reserve(items.len());
                for item in items {
                    self.add_item(item)?;
                }
                Ok(is_idle)
            }
            Poll::Pending => Ok(true),
            Poll::End => {
                self.feed_ended = true;
                self.plan_window();
                self.fetch_queue.close(false);
                Ok(true)
            }
            Poll::Failed(error) => Err(error),
        }
    }

    fn add_item(&mut self, item: Item) -> Result<()> {
        let number = self.assembler.items.len();
        self.progress.known(item.size);
        self.assembler.items.push(ItemRecord {
            name: item.name,
            metadata: item.metadata,
            index: item.index,
            size: item.size,
        });
        let source = match unusable_name(&self.assembler.items[number].name) {
            Some(reason) => Source::Failed(Error::InvalidArgument(reason)),
            None => item.source,
        };
        match source {
            Source::Failed(error) => self.assembler.item_failed(number, ItemError::Other(error), &mut self.progress)?,
            Source::Empty => self.assembler.add_empty(number, &mut self.progress),
            source => {
                self.window.push(WindowItem { item: number, size: item.size, source });
                self.window_bytes = self.window_bytes.saturating_add(item.size.unwrap_or(WINDOW_BYTES));
                if !self.feed.is_complete() && self.window_is_full() {
                    self.plan_window();
                }
            }
        }
        Ok(())
    }

    /// Whether the window closes: a function of the items in it alone, so that the archive does not depend on when
    /// they came.
    fn window_is_full(&self) -> bool {
        match self.solid {
            Solid::All | Solid::Files(0) => false,
            Solid::Files(count) => {
                self.window.len() >= (count as usize).max(WINDOW_ITEMS / count as usize * count as usize)
            }
            Solid::Bytes(bytes) => self.window_bytes >= bytes.max(WINDOW_BYTES),
            Solid::Auto | Solid::Off | Solid::ByType => {
                self.window.len() >= WINDOW_ITEMS || self.window_bytes >= WINDOW_BYTES
            }
        }
    }

    /// Plans the window and hands its units to the fetch threads.
    fn plan_window(&mut self) {
        let window = std::mem::take(&mut self.window);
        self.window_bytes = 0;
        let known: Vec<_> = window.iter().map(|item| self.plan_item(item)).collect();
        let mut window: Vec<_> = window.into_iter().map(Some).collect();
        let units: Vec<_> = plan(&known, self.solid, &self.settings.shape)
            .into_iter()
            .map(|unit| {
                let executable = match &unit {
                    Unit::Block(positions) => common_architecture(positions, &known).map(BlockFilter::Branch),
                    Unit::Batch(_) => None,
                };
                (unit, self.settings.filter.fixed().or(executable))
            })
            .collect();
        drop(known);
        let blocks = |(unit, _): &(Unit, _)| match unit {
            Unit::Block(_) => 1,
            Unit::Batch(positions) => positions.len(),
        };
        self.assembler.announce(window.len(), units.iter().map(blocks).sum());
        let first = self.units;
        self.units += units.len() as u64;
        for (unit, (planned, filter)) in (first..).zip(units) {
            let (positions, is_batch) = match planned {
                Unit::Block(positions) => (positions, false),
                Unit::Batch(positions) => (positions, true),
            };
            self.queue_unit(unit, &positions, &mut window, is_batch, filter);
        }
    }

    /// What the planner knows of an item. An executable in disguise is left to the fetch thread.
    fn plan_item(&self, item: &WindowItem) -> PlanItem<'_> {
        let record = &self.assembler.items[item.item];
        // One that is in a block of its own is recognised when it is read.
        let looks =
            self.settings.filter == Filter::Auto && self.solid != Solid::Off && !self.control.monitor().stopped();
        let architecture = if looks { sniff::architecture(&record.name, &record.metadata, &item.source) } else { None };
        PlanItem { name: &record.name, size: item.size, architecture }
    }

    /// Hands a unit to the fetch threads, and what must be read of it to the input threads. Its items are taken out of the
    /// window.
    fn queue_unit(
        &mut self,
        unit: u64,
        positions: &[usize],
        window: &mut [Option<WindowItem>],
        is_batch: bool,
        filter: Option<BlockFilter>,
    ) {
        // Enough from the start: of a list that grows, the shorter ones before it stay as holes in the allocator's memory.
        let mut items = Vec::with_capacity(positions.len());
        let is_read = |&&i: &&usize| window[i].as_ref().is_some_and(|item| !matches!(item.source, Source::Memory(_)));
        let mut pending = VecDeque::with_capacity(positions.iter().filter(is_read).count());
        for WindowItem { item, size, source } in positions.iter().filter_map(|&i| window[i].take()) {
            let source = match source {
                Source::Memory(bytes) => FetchSource::Memory(bytes),
                source => {
                    let ticket = self.tickets;
                    self.tickets += 1;
                    pending.push_back(Pending { ticket, size, source });
                    FetchSource::Ahead(ticket)
                }
            };
            items.push(FetchItem { item, size, source });
        }
        // In this order: a fetch thread then finds the unit's queue.
        self.ahead.push(unit, pending);
        self.fetch_queue.push(FetchUnit { unit, items, is_batch, filter });
    }

    /// Writes the header and commits.
    fn finish(mut self) -> Result<Summary> {
        // Their time is counted when they are done, and the header takes memory of its own.
        self.pool.dismiss();
        self.ahead.dismiss();
        self.update();
        let bytes_in = self.assembler.bytes_in;
        let mut writer = self.assembler.into_writer();
        let blocks = writer.blocks();
        // The memory of the work in flight is free again.
        let Settings { level, threads, budget, .. } = *self.settings;
        writer.write_header(level, threads, budget, self.control.monitor())?;
        // The last callback comes before the archive replaces what was there: it too may cancel, or panic.
        let statistics = self.progress.finish(bytes_in, writer.position());
        loop {
            if self.control.monitor().stopped() {
                return Err(Error::Cancelled);
            }
            if !writer.drain()? {
                break;
            }
        }
        let committed = writer.commit()?;
        let (archive, files) = match committed {
            Committed::Memory(archive) => (Some(archive), Vec::new()),
            Committed::Streamed => (None, Vec::new()),
            Committed::Files(files) => (None, files),
        };
        Ok(Summary { statistics, memory: self.settings.estimate, blocks, archive, files })
    }
}
