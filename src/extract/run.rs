//! An extraction from its first thread to its last.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, bounded, unbounded};

use super::block::{Decoder, Event, PORTIONS, guarded, write_items};
use super::coders::{self, Context};
use super::limits::Limits;
use super::memory_gate::MemoryGate;
use super::options::{ExtractObserver, ExtractOptions, ExtractSummary};
use super::plan::Plan;
use super::sink::Sink;
use super::{Archive, ArchiveEntry};
use crate::error::{Error, Result};
use crate::job::{Control, OnError, Statistics, deadline};
use crate::sevenz::read::StoredFolder;

/// Most threads that decode.
const MAX_THREADS: u32 = 256;
/// Blocks up to this size may come from any number of packed bytes.
const RATIO_MATTERS: u64 = 16 << 20;

impl Archive {
    /// Extracts the entries that `wants` says yes to, by their number in stored order, into `sink`.
    ///
    /// Blocks are decoded side by side, each as far as its last wanted item, and no others are read. Returns when all
    /// threads have ended.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::TimedOut`]; [`Error::LimitExceeded`]: the items together are larger than
    /// [`Limits::unpacked`](super::Limits::unpacked); an item's error where it is to stop at one; [`Error::Internal`]: a
    /// panic in the observer; [`Error::Io`]: no thread can be started. Items that failed are no error of the extraction:
    /// they are reported and counted. What was extracted completely stays, of everything else nothing does.
    pub fn extract(
        &self,
        wants: impl Fn(usize) -> bool,
        sink: &dyn Sink,
        options: &ExtractOptions,
        observer: &mut dyn ExtractObserver,
        control: &Control,
    ) -> Result<ExtractSummary> {
        let plan = Plan::new(&self.contents, wants);
        deadline::within(options.timeout, control, || run(self, &plan, sink, options, observer, control))
    }

    /// Whether a block may be decoded, and the memory that takes.
    fn admit(&self, folder: &StoredFolder) -> Result<u64> {
        let packed: u64 = self.contents.packed[folder.packed.clone()].iter().map(|stream| stream.size).sum();
        // What coders make for each other takes as long as what comes out.
        let most_made = folder.unpack_sizes.iter().copied().max().unwrap_or_default();
        let Limits { ratio, unpacked, .. } = self.limits;
        if most_made > RATIO_MATTERS && most_made / packed.max(1) > ratio {
            let why = format!("its block makes {most_made} bytes of {packed}, {ratio} of one are allowed");
            return Err(Error::LimitExceeded(why));
        }
        // Packed bytes may be a few more than they become.
        if most_made > RATIO_MATTERS.max(folder.unpack_size().saturating_mul(2)) && most_made > unpacked {
            let why = format!("a coder of its block makes {most_made} bytes, {unpacked} are allowed");
            return Err(Error::LimitExceeded(why));
        }
        self.check_memory(folder)
    }
}

fn run(
    archive: &Archive,
    plan: &Plan,
    sink: &dyn Sink,
    options: &ExtractOptions,
    observer: &mut dyn ExtractObserver,
    control: &Control,
) -> Result<ExtractSummary> {
    if plan.bytes > archive.limits.unpacked {
        let (bytes, most) = (plan.bytes, archive.limits.unpacked);
        return Err(Error::LimitExceeded(format!("the items have {bytes} bytes, {most} are allowed")));
    }
    let threads = match options.threads {
        0 => thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
        threads => threads,
    };
    let wanted_threads = threads.min(MAX_THREADS) as usize;
    let threads = wanted_threads.min(plan.blocks.len());
    // Stopped when the extraction ends, for whatever reason; the caller's control is not touched.
    let monitor = control.monitor().part();
    let read = Arc::new(AtomicU64::new(0));
    // Where there are fewer blocks than threads, blocks are decoded by several.
    let run_threads = wanted_threads / threads.max(1);
    let next = AtomicUsize::new(0);
    let gate = MemoryGate::new(archive.limits.memory);
    let (event_sender, events) = unbounded();
    let mut progress = Progress::new(archive, plan, options, observer, control, &read);
    thread::scope(|scope| {
        let mut handles = Vec::new();
        let mut start = || -> std::io::Result<()> {
            for _ in 0..threads {
                let (messages, inbox) = bounded(PORTIONS);
                let (spare_sender, spare) = bounded(PORTIONS);
                let events = event_sender.clone();
                let write = move || write_items(archive, &inbox, &spare_sender, &events);
                handles.push(thread::Builder::new().name("pc-write".into()).spawn_scoped(scope, write)?);
                let events = event_sender.clone();
                let (monitor, next, gate, read) = (&monitor, &next, &gate, &read);
                let decode = move || {
                    let portion = Vec::new();
                    let mut decoder = Decoder { archive, sink, monitor, messages, spare, events, portion };
                    while let Some(block) = plan.blocks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if monitor.stopped() {
                            break;
                        }
                        let folder = &archive.contents.folders[block.folder];
                        let memory = archive.admit(folder);
                        let pass = memory.as_ref().map(|&bytes| gate.pass(bytes)).ok();
                        let context = archive.context(monitor, read);
                        // What is left beside the decoders.
                        let left = memory.as_ref().map_or(0, |bytes| archive.limits.memory.saturating_sub(*bytes));
                        let run_memory = left / threads as u64;
                        let context = Context { run_threads, run_memory, ..context };
                        let stream = memory.and_then(|_| coders::stream(context, folder));
                        decoder.run(block.folder, &block.items, stream);
                        drop(pass);
                    }
                };
                handles.push(thread::Builder::new().name("pc-decode".into()).spawn_scoped(scope, decode)?);
            }
            Ok(())
        };
        let started = start().map_err(|source| Error::Io { what: "cannot start a thread".into(), source });
        drop(event_sender);
        let result = started.and_then(|()| {
            catch_unwind(AssertUnwindSafe(|| progress.listen(&events, sink)))
                .unwrap_or_else(|_| Err(Error::Internal("a callback panicked".into())))
        });
        if result.is_err() {
            monitor.stop();
        }
        // The scope waits for the threads' work only. A program that unloads the library next needs them to be gone.
        for handle in handles {
            if handle.join().is_err() {
                return Err(Error::Internal("a worker panicked".into()));
            }
        }
        result
    })?;
    progress.finish(sink)
}

/// The calling thread's side: what happened so far, and whom to tell.
struct Progress<'a> {
    archive: &'a Archive,
    plan: &'a Plan,
    options: &'a ExtractOptions,
    observer: &'a mut dyn ExtractObserver,
    control: &'a Control,
    /// Packed bytes that were read.
    read: &'a AtomicU64,
    began: Instant,
    told: Instant,
    statistics: Statistics,
    skipped: u64,
}

/// Longest sleep of the calling thread: statistics stay fresh for other threads, and a cancel is seen.
const TICK: Duration = Duration::from_millis(50);

impl<'a> Progress<'a> {
    fn new(
        archive: &'a Archive,
        plan: &'a Plan,
        options: &'a ExtractOptions,
        observer: &'a mut dyn ExtractObserver,
        control: &'a Control,
        read: &'a AtomicU64,
    ) -> Self {
        let statistics =
            Statistics { items_total: plan.items() as u64, bytes_total: plan.bytes, ..Statistics::default() };
        let now = Instant::now();
        Self { archive, plan, options, observer, control, read, began: now, told: now, statistics, skipped: 0 }
    }

    /// Makes folders and empty items, then hears of the others until all threads have ended.
    fn listen(&mut self, events: &Receiver<Event>, sink: &dyn Sink) -> Result<()> {
        for &index in &self.plan.directories {
            let made = guarded(|| sink.directory(&self.entry(index)));
            self.handle(made.map_or_else(|error| Event::Failed(index, error), |()| Event::Completed(index)))?;
        }
        for &index in &self.plan.empty {
            let made = guarded(|| match sink.begin(&self.entry(index))? {
                Some(item) => item.finish().map(|()| Event::Completed(index)),
                None => Ok(Event::Skipped(index)),
            });
            self.handle(made.unwrap_or_else(|error| Event::Failed(index, error)))?;
        }
        loop {
            match events.recv_timeout(TICK.min(self.options.progress_interval.max(Duration::from_millis(1)))) {
                Ok(event) => self.handle(event)?,
                Err(RecvTimeoutError::Timeout) => self.tick()?,
                Err(RecvTimeoutError::Disconnected) => return self.tick(),
            }
        }
    }

    fn entry(&self, index: usize) -> ArchiveEntry<'a> {
        ArchiveEntry { archive: self.archive, index, stored: &self.archive.contents.entries[index] }
    }

    fn handle(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Completed(index) => {
                self.statistics.items_completed += 1;
                self.observer.item_completed(&self.entry(index));
            }
            Event::Skipped(index) => {
                self.skipped += 1;
                let size = self.entry(index).size();
                self.statistics.bytes_total = self.statistics.bytes_total.saturating_sub(size);
                self.observer.item_skipped(&self.entry(index));
            }
            Event::Failed(_, Error::Cancelled) => return Err(Error::Cancelled),
            Event::Failed(index, error) => {
                self.statistics.items_failed += 1;
                let answer = self.observer.item_failed(&self.entry(index), &error);
                if answer == OnError::Stop || self.options.on_error == OnError::Stop {
                    return Err(error);
                }
            }
            Event::Bytes(bytes) => self.statistics.bytes_out += bytes,
        }
        if self.told.elapsed() >= self.options.progress_interval { self.tick() } else { self.check() }
    }

    /// A paused extraction waits here.
    fn check(&self) -> Result<()> {
        if self.control.monitor().stopped() { Err(Error::Cancelled) } else { Ok(()) }
    }

    fn tick(&mut self) -> Result<()> {
        self.update();
        if self.told.elapsed() >= self.options.progress_interval {
            self.told = Instant::now();
            self.observer.statistics(&self.statistics);
        }
        self.check()
    }

    fn update(&mut self) {
        let statistics = &mut self.statistics;
        statistics.bytes_in = self.read.load(Ordering::Relaxed);
        statistics.elapsed = self.began.elapsed().saturating_sub(self.control.paused_time());
        let micros = statistics.elapsed.as_micros().max(1);
        let rate = |count: u64, scale: u128| u64::try_from(u128::from(count) * scale / micros).unwrap_or(u64::MAX);
        statistics.bytes_per_second = rate(statistics.bytes_out, 1_000_000);
        statistics.files_per_second_x100 = rate(statistics.items_completed, 100_000_000);
        let left = statistics.bytes_total.saturating_sub(statistics.bytes_out);
        statistics.remaining = (statistics.bytes_per_second > 0)
            .then(|| Duration::from_secs_f64(left as f64 / statistics.bytes_per_second as f64));
        self.control.publish(*statistics);
    }

    /// All items have ended.
    fn finish(mut self, sink: &dyn Sink) -> Result<ExtractSummary> {
        let late_errors = catch_unwind(AssertUnwindSafe(|| sink.finish()))
            .map_err(|_| Error::Internal("where the items go to, something panicked".into()))?;
        self.statistics.remaining = Some(Duration::ZERO);
        self.update();
        let told = catch_unwind(AssertUnwindSafe(|| self.observer.statistics(&self.statistics)));
        told.map_err(|_| Error::Internal("a callback panicked".into()))?;
        Ok(ExtractSummary { statistics: self.statistics, skipped: self.skipped, late_errors })
    }
}
