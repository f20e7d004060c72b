//! A job from its first thread to its last: starts the stages, plans what the feed delivers, hands events to the
//! assembler, and joins everything before it returns.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, select, unbounded};

use super::archive_writer::{ArchiveWriter, BlockMethod};
use super::assemble::{Assembler, ItemRecord};
use super::budget::Budget;
use super::fetch::{FetchItem, FetchQueue, FetchUnit, Fetcher, panic_error};
use super::piece::{Event, ItemError};
use super::plan::{PlanItem, Unit, common_architecture, plan};
use super::pool::{Pool, WorkerContext};
use super::progress::Progress;
use super::settings::{Codec, Settings};
use super::sniff;
use super::{Control, Feed, Filter, Observer, Options, Poll, Solid, Summary};
use crate::codec::filter::BlockFilter;
use crate::error::{Error, Result};
use crate::input::{Item, Source};
use crate::output::{self, Committed, Target};

/// Where a feed does not know all its items, they are planned in windows that close after so many bytes …
const WINDOW_BYTES: u64 = 16 << 20;
/// … or items.
const WINDOW_ITEMS: usize = 512;
/// Such a feed is polled again when fewer units than this wait for a fetch thread.
const UNITS_AHEAD: usize = 8;
/// Longest sleep of the calling thread: statistics stay fresh for other threads whatever the observer's interval.
const TICK: Duration = Duration::from_millis(100);
/// Events handled before the clock and the feed are looked at again.
const EVENTS_AT_ONCE: usize = 64;

/// Runs one job to its end on the calling thread and its workers, and joins every thread before it returns.
///
/// # Errors
/// [`Error::Cancelled`], [`Error::InvalidArgument`] (options that contradict each other), [`Error::OutOfMemory`] (limit
/// too small), [`Error::Io`] (the output), [`Error::Internal`] (a panic in a worker or callback). On any of them
/// nothing is left of the archive and what was there before is untouched. Failed items are no error of the job: they
/// are reported to `observer` and counted in the summary.
pub fn compress(
    options: &Options,
    feed: &mut dyn Feed,
    target: &Target,
    observer: &mut dyn Observer,
    control: &Control,
) -> Result<Summary> {
    let settings = Settings::new(options)?;
    if control.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let output = output::open(target, options.volume_size.filter(|&size| size > 0), options.volume_prefix.as_deref())?;
    let writer = ArchiveWriter::new(output, options.encryption.as_ref(), options.encrypt_header, control.monitor())?;
    let budget = Budget::new(settings.budget, settings.head_reserve);
    let method = match &settings.codec {
        Codec::Copy => BlockMethod::Copy,
        Codec::Stream(method) => BlockMethod::Stream(Arc::clone(method)),
        Codec::Lzma2(params) => BlockMethod::Lzma2(params.dictionary()),
    };
    let progress = Progress::new(observer, control, settings.progress_interval);
    let (pool, queues) = Pool::new(settings.threads);
    let fetch_queue = FetchQueue::default();
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
        pool: &pool,
        events,
        assembler: Assembler::new(writer, &budget, method),
        progress,
        units: 0,
    };
    let monitor = control.monitor();
    let taken = || control.wake();
    thread::scope(|scope| {
        let mut threads = Vec::new();
        let start = || -> io::Result<()> {
            for queue in queues {
                let context = WorkerContext { settings: &settings, monitor, events: sender.clone() };
                let pool = &pool;
                let work = move || pool.work(&queue, &context);
                threads.push(thread::Builder::new().name("pc-encode".into()).spawn_scoped(scope, work)?);
            }
            for _ in 0..settings.fetch_threads {
                let fetcher = Fetcher {
                    settings: &settings,
                    queue: &fetch_queue,
                    budget: &budget,
                    pool: &pool,
                    monitor,
                    events: sender.clone(),
                    taken: &taken,
                };
                let read = move || fetcher.run();
                threads.push(thread::Builder::new().name("pc-fetch".into()).spawn_scoped(scope, read)?);
            }
            Ok(())
        };
        let started = start();
        drop(sender);
        let mut result = match started {
            // A panic here is the caller's: in a feed or an observer.
            Ok(()) => catch_unwind(AssertUnwindSafe(|| job.run()))
                .unwrap_or_else(|panic| Err(panic_error("a callback", &*panic))),
            Err(source) => Err(Error::Io { what: "cannot start a thread".into(), source }),
        };
        close(&fetch_queue, &pool, &budget, control);
        // The scope waits for the threads' work only. A program that unloads the library next needs them to be gone.
        for thread in threads {
            if let Err(panic) = thread.join() {
                result = Err(panic_error("a worker", &*panic));
            }
        }
        result
    })
}

/// Tells every thread to end: nothing that still waits or runs is needed.
fn close(fetch_queue: &FetchQueue, pool: &Pool, budget: &Budget, control: &Control) {
    control.monitor().stop();
    fetch_queue.close(true);
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

/// What the calling thread works with.
struct Job<'a> {
    solid: Solid,
    settings: &'a Settings,
    control: &'a Control,
    feed: &'a mut dyn Feed,
    feed_ended: bool,
    /// Items that are not planned yet: numbers, with their sources.
    window: Vec<FetchItem>,
    window_bytes: u64,
    fetch_queue: &'a FetchQueue,
    pool: &'a Pool,
    events: Receiver<Event>,
    assembler: Assembler<'a>,
    progress: Progress<'a>,
    /// Units planned.
    units: u64,
}

impl Job<'_> {
    fn run(mut self) -> Result<Summary> {
        let mut updated = Instant::now();
        loop {
            if self.control.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let feed_is_idle = self.poll_feed()?;
            for event in self.events.try_iter().take(EVENTS_AT_ONCE).collect::<Vec<_>>() {
                self.assembler.handle(event, &mut self.progress)?;
                if self.control.is_cancelled() {
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
        self.progress.update(encoded, position, self.fetch_queue.items_taken(), self.pool.active());
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
        if self.feed_ended || self.fetch_queue.waiting() >= UNITS_AHEAD {
            return Ok(true);
        }
        match self.feed.poll(self.control) {
            Poll::Items(items) => {
                let is_idle = items.is_empty();
                for item in items {
                    self.add_item(item);
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

    fn add_item(&mut self, item: Item) {
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
            Source::Failed(error) => self.assembler.item_failed(number, ItemError::Other(error), &mut self.progress),
            Source::Empty => self.assembler.add_empty(number, &mut self.progress),
            source => {
                self.window.push(FetchItem { item: number, size: item.size, source });
                self.window_bytes = self.window_bytes.saturating_add(item.size.unwrap_or(WINDOW_BYTES));
                if !self.feed.is_complete() && self.window_is_full() {
                    self.plan_window();
                }
            }
        }
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
        let mut window: Vec<_> = std::mem::take(&mut self.window).into_iter().map(Some).collect();
        self.window_bytes = 0;
        let known: Vec<_> = window.iter().flatten().map(|item| self.plan_item(item)).collect();
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
        let first = self.units;
        self.units += units.len() as u64;
        self.fetch_queue.push((first..).zip(units).map(|(unit, (planned, filter))| {
            let (positions, is_batch) = match planned {
                Unit::Block(positions) => (positions, false),
                Unit::Batch(positions) => (positions, true),
            };
            let items = positions.into_iter().filter_map(|i| window[i].take()).collect();
            FetchUnit { unit, items, is_batch, filter }
        }));
    }

    /// What the planner knows of an item. An executable in disguise is left to the fetch thread.
    fn plan_item(&self, item: &FetchItem) -> PlanItem<'_> {
        let record = &self.assembler.items[item.item];
        // One that is in a block of its own is recognised when it is read.
        let looks = self.settings.filter == Filter::Auto && self.solid != Solid::Off && !self.control.is_cancelled();
        let architecture = if looks { sniff::architecture(&record.name, &record.metadata, &item.source) } else { None };
        PlanItem { name: &record.name, size: item.size, architecture }
    }

    /// Writes the header and commits.
    fn finish(mut self) -> Result<Summary> {
        self.update();
        let bytes_in = self.assembler.bytes_in;
        let mut writer = self.assembler.into_writer();
        let blocks = writer.blocks();
        writer.write_header(self.control.monitor())?;
        // The last callback comes before the archive replaces what was there: it too may cancel, or panic.
        let statistics = self.progress.finish(bytes_in, writer.position());
        if self.control.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let committed = writer.commit()?;
        let (archive, files) = match committed {
            Committed::Memory(archive) => (Some(archive), Vec::new()),
            Committed::Files(files) => (None, files),
        };
        Ok(Summary { statistics, memory: self.settings.estimate, blocks, archive, files })
    }
}
