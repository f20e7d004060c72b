//! Counts what happens and tells the observer, at the intervals it asked for. Runs on the job's calling thread.

use std::time::{Duration, Instant};

use super::statistics::size_class;
use super::{Control, Observer, OnError, Statistics};
use crate::error::{Error, Result};

/// Weight of the newest rate in the average that the remaining time is estimated from.
const RATE_WEIGHT: f64 = 0.2;
/// No estimate before so much time has passed: rates of the first moments say nothing.
const FIRST_ESTIMATE: Duration = Duration::from_millis(200);

/// The item that is being written. Never an `Option` of it: compilers compare the number before they look whether there
/// is one, and memory checkers then report a jump on bytes that were not written.
struct Current {
    item: usize,
    in_size: u64,
    out_size: u64,
    reported: Instant,
}

impl Current {
    fn new(item: usize, now: Instant) -> Self {
        Self { item, in_size: 0, out_size: 0, reported: now }
    }
}

/// The number of no item.
const NO_ITEM: usize = usize::MAX;

/// Progress of one job.
pub struct Progress<'a> {
    observer: &'a mut dyn Observer,
    control: &'a Control,
    interval: Duration,
    on_error: OnError,
    started: Instant,
    statistics: Statistics,
    current: Current,
    /// The item that was last reported while it was being encoded, and when.
    underway: (usize, Instant),
    /// Items that were said to have started and are not done: the one that is written, and few behind it.
    begun: Vec<usize>,
    reported: Instant,
    /// Where the last rate was taken: time and bytes.
    sampled: (Instant, u64),
    /// Average bytes per second.
    rate: f64,
}

impl<'a> Progress<'a> {
    /// Progress of a job that starts now.
    pub fn new(observer: &'a mut dyn Observer, control: &'a Control, interval: Duration, on_error: OnError) -> Self {
        let now = Instant::now();
        Self {
            observer,
            control,
            interval,
            on_error,
            started: now,
            statistics: Statistics::default(),
            current: Current::new(NO_ITEM, now),
            underway: (NO_ITEM, now),
            begun: Vec::new(),
            reported: now,
            sampled: (now, 0),
            rate: 0.0,
        }
    }

    /// An item became known.
    pub fn known(&mut self, size: Option<u64>) {
        self.statistics.items_total += 1;
        self.statistics.bytes_total += size.unwrap_or(0);
    }

    /// Says that `item` has started, unless that was said before.
    fn start(&mut self, item: usize, index: u32, name: &str) {
        if !self.begun.contains(&item) {
            self.begun.push(item);
            self.observer.item_started(index, name);
        }
    }

    /// `bytes` more of `item` were written, as `packed` ones.
    pub fn advanced(&mut self, item: usize, index: u32, name: &str, bytes: u64, packed: u64) {
        self.start(item, index, name);
        let now = Instant::now();
        if self.current.item != item {
            self.current = Current::new(item, now);
        }
        let current = &mut self.current;
        current.in_size += bytes;
        current.out_size += packed;
        if now.duration_since(current.reported) >= self.interval {
            current.reported = now;
            let (in_size, out_size) = (current.in_size, current.out_size);
            self.observer.item_progress(index, name, in_size, out_size);
        }
    }

    /// `bytes` of `item` behind those that were written have been encoded.
    pub fn underway(&mut self, item: usize, index: u32, name: &str, bytes: u64) {
        if bytes > 0 {
            self.start(item, index, name);
        }
        let now = Instant::now();
        let (written, out_size, reported) = match &mut self.current {
            current if current.item == item => (current.in_size, current.out_size, &mut current.reported),
            _ => {
                if self.underway.0 != item {
                    self.underway = (item, now);
                }
                (0, 0, &mut self.underway.1)
            }
        };
        if bytes > 0 && now.duration_since(*reported) >= self.interval {
            *reported = now;
            self.observer.item_progress(index, name, written + bytes, out_size);
        }
    }

    /// An item is in the archive. `size`: as read; `announced`: as known before.
    pub fn completed(&mut self, item: usize, index: u32, name: &str, size: u64, announced: Option<u64>) {
        self.statistics.items_completed += 1;
        self.statistics.bytes_total += size - announced.unwrap_or(0).min(size);
        self.start(item, index, name);
        let out_size = if self.current.item == item { self.current.out_size } else { 0 };
        self.forget(item);
        let class = &mut self.statistics.size_classes[size_class(size)];
        class.items += 1;
        class.bytes_in += size;
        class.bytes_out += out_size;
        self.observer.item_progress(index, name, size, out_size);
        self.observer.item_completed(index, name, size, out_size);
    }

    /// An item is not in the archive. On to the caller with its error, if the job is to stop.
    pub fn failed(&mut self, item: usize, index: u32, name: &str, announced: Option<u64>, error: Error) -> Result<()> {
        self.statistics.items_failed += 1;
        self.statistics.bytes_total -= announced.unwrap_or(0);
        self.forget(item);
        let answer = self.observer.item_failed(index, name, &error);
        if answer == OnError::Stop || self.on_error == OnError::Stop { Err(error) } else { Ok(()) }
    }

    /// Nothing more comes of `item`. Another one may be underway: empty and failed items come in between.
    fn forget(&mut self, item: usize) {
        if self.current.item == item {
            self.current.item = NO_ITEM;
        }
        self.begun.retain(|&other| other != item);
    }

    /// Brings the statistics up to date and publishes them; tells the observer once per interval.
    pub fn update(&mut self, encoded: u64, bytes_out: u64, items_taken: u64, active_threads: u32, busy: Duration) {
        let now = Instant::now();
        let statistics = &mut self.statistics;
        statistics.bytes_in = encoded.min(statistics.bytes_total.max(statistics.bytes_in));
        statistics.bytes_out = bytes_out;
        statistics.items_in_progress = items_taken.saturating_sub(statistics.items_completed + statistics.items_failed);
        statistics.active_threads = active_threads;
        statistics.busy = busy;
        statistics.elapsed = now.duration_since(self.started).saturating_sub(self.control.paused_time());
        let seconds = statistics.elapsed.as_secs_f64().max(1e-6);
        statistics.bytes_per_second = (statistics.bytes_in as f64 / seconds) as u64;
        statistics.files_per_second_x100 = (statistics.items_completed as f64 / seconds * 100.0) as u64;
        let since_sample = now.duration_since(self.sampled.0);
        if since_sample >= self.interval.max(Duration::from_millis(50)) {
            let rate = (encoded.saturating_sub(self.sampled.1)) as f64 / since_sample.as_secs_f64();
            self.rate = if self.rate == 0.0 { rate } else { self.rate + RATE_WEIGHT * (rate - self.rate) };
            self.sampled = (now, encoded);
        }
        let left = statistics.bytes_total.saturating_sub(statistics.bytes_in) as f64;
        // Encoding comes in bursts, between which tables are made: half of the estimate is the average since the start.
        let rate = (self.rate + encoded as f64 / seconds) / 2.0;
        let known = rate >= 1.0 && statistics.elapsed >= FIRST_ESTIMATE;
        statistics.remaining = known.then(|| Duration::try_from_secs_f64(left / rate).unwrap_or(Duration::MAX));
        self.control.publish(*statistics);
        if now.duration_since(self.reported) >= self.interval {
            self.reported = now;
            self.observer.statistics(&self.statistics);
        }
    }

    /// The job is done: the final statistics, told once more.
    pub fn finish(&mut self, bytes_in: u64, bytes_out: u64) -> Statistics {
        let statistics = &mut self.statistics;
        statistics.bytes_in = bytes_in;
        statistics.bytes_total = bytes_in;
        statistics.bytes_out = bytes_out;
        statistics.items_in_progress = 0;
        statistics.active_threads = 0;
        statistics.elapsed = self.started.elapsed().saturating_sub(self.control.paused_time());
        let seconds = statistics.elapsed.as_secs_f64().max(1e-6);
        statistics.bytes_per_second = (bytes_in as f64 / seconds) as u64;
        statistics.files_per_second_x100 = (statistics.items_completed as f64 / seconds * 100.0) as u64;
        statistics.remaining = Some(Duration::ZERO);
        self.control.publish(*statistics);
        self.observer.statistics(&self.statistics);
        self.statistics
    }
}
