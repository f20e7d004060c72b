//! Extraction: only what is needed is read, whoever cancels is heard, callers' panics and errors stay where they are.

mod common;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{Entry, data};
use parallelcompress::extract::destination::{DestinationOptions, Overwrite};
use parallelcompress::extract::{
    Archive, ArchiveEntry, ArchiveSource, Discard, ExtractObserver, ExtractOptions, FolderSink, InMemory, ItemSink,
    Limits, OpenOptions, Sink, memory,
};
use parallelcompress::job::Silent;
use parallelcompress::{Control, Error, OnError, Options, Result, Solid, Statistics};

fn open(bytes: Vec<u8>) -> Archive {
    Archive::open_source(memory(bytes), &OpenOptions::default(), &Control::new()).expect("an archive")
}

fn threads(threads: u32) -> ExtractOptions {
    ExtractOptions { threads, ..ExtractOptions::default() }
}

#[test]
fn ten_files_of_50_000_cost_their_blocks() {
    let files = 50_000;
    let text = data::text(1, files * 100);
    let entries: Vec<_> =
        (0..).zip(text.chunks_exact(100)).map(|(i, bytes)| Entry::file(format!("{i:05}.txt"), bytes)).collect();
    assert_eq!(entries.len(), files);
    let bytes = common::to_memory(&Options { solid: Solid::Files(100), level: 1, ..Options::default() }, &entries);
    let total = bytes.len() as u64;
    let archive = open(bytes);
    assert_eq!(archive.blocks(), 500);
    let wanted: Vec<_> = (0..10).map(|i| i * 4_999 + 3).collect();
    let blocks: Vec<_> = wanted.iter().map(|&index| archive.entry(index).unwrap().block().unwrap()).collect();
    let packed = |entry: ArchiveEntry| entry.packed_size().filter(|_| blocks.contains(&entry.block().unwrap()));
    let needed: u64 = archive.entries().filter_map(packed).sum();
    let items = InMemory::default();
    let wants = |index: usize| wanted.contains(&index);
    let summary = archive.extract(wants, &items, &threads(4), &mut Silent, &Control::new()).unwrap();
    assert_eq!(summary.statistics.items_total, 10);
    assert!(summary.statistics.bytes_in <= needed, "{} bytes read, {needed} needed", summary.statistics.bytes_in);
    assert!(needed < total / 40);
    for (index, bytes) in items.into_items() {
        let name = archive.entry(index).unwrap().name().to_owned();
        let expected = entries.iter().find(|entry| entry.name == name).unwrap();
        assert!(bytes[..] == expected.bytes[..], "{name}");
    }
}

#[test]
fn a_block_is_decoded_no_further_than_its_last_wanted_item() {
    let entries: Vec<_> = (0..40).map(|i| Entry::file(format!("{i:02}"), data::noise(i, 200_000))).collect();
    let archive = open(common::to_memory(&Options { solid: Solid::All, ..Options::default() }, &entries));
    assert_eq!(archive.blocks(), 1);
    let summary = archive.extract(|index| index == 2, &Discard, &threads(2), &mut Silent, &Control::new()).unwrap();
    assert!(summary.statistics.bytes_in < 1_000_000, "{}", summary.statistics.bytes_in);
}

/// Eight blocks of a megabyte.
fn eight_blocks() -> Archive {
    let entries: Vec<_> = (0..8).map(|i| Entry::file(format!("{i}"), data::mixed(i, 1 << 20))).collect();
    open(common::to_memory(&Options { solid: Solid::Off, level: 1, ..Options::default() }, &entries))
}

/// A sink that does something at the third item.
struct Third<F: Fn() -> Result<()> + Sync> {
    begun: AtomicUsize,
    action: F,
}

impl<F: Fn() -> Result<()> + Sync> Sink for Third<F> {
    fn begin(&self, _: &ArchiveEntry) -> Result<Option<Box<dyn ItemSink + '_>>> {
        if self.begun.fetch_add(1, Ordering::Relaxed) == 2 {
            (self.action)()?;
        }
        Ok(Some(Box::new(Discard)))
    }
}

fn third<F: Fn() -> Result<()> + Sync>(action: F) -> Third<F> {
    Third { begun: AtomicUsize::new(0), action }
}

#[test]
fn a_sink_that_fails_or_panics_fails_its_item() {
    let archive = eight_blocks();
    let failing = third(|| Err(Error::InvalidArgument("no".into())));
    let panicking = third(|| panic!("on purpose"));
    for sink in [&failing as &dyn Sink, &panicking] {
        let summary = archive.extract(|_| true, sink, &threads(3), &mut Silent, &Control::new()).unwrap();
        assert_eq!((summary.statistics.items_failed, summary.statistics.items_completed), (1, 7));
    }
}

#[test]
fn an_extraction_is_cancelled_from_anywhere() {
    let archive = eight_blocks();
    let control = Control::new();
    let sink = third(|| {
        control.cancel();
        Ok(())
    });
    let result = archive.extract(|_| true, &sink, &threads(3), &mut Silent, &control);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    let cancelled = Control::new();
    cancelled.cancel();
    let result = archive.extract(|_| true, &Discard, &threads(3), &mut Silent, &cancelled);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");

    struct Canceller<'a>(&'a Control);
    impl ExtractObserver for Canceller<'_> {
        fn item_completed(&mut self, _: &ArchiveEntry) {
            self.0.cancel();
        }
    }
    let control = Control::new();
    let result = archive.extract(|_| true, &Discard, &threads(2), &mut Canceller(&control), &control);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}

#[test]
fn a_time_limit_and_a_panic_in_the_observer_end_it() {
    let archive = eight_blocks();
    let slow = third(|| {
        std::thread::sleep(Duration::from_millis(300));
        Ok(())
    });
    let limit = ExtractOptions { timeout: Some(Duration::from_millis(50)), ..threads(1) };
    let result = archive.extract(|_| true, &slow, &limit, &mut Silent, &Control::new());
    assert!(matches!(result, Err(Error::TimedOut(_))), "{result:?}");

    struct Panicking;
    impl ExtractObserver for Panicking {
        fn statistics(&mut self, _: &Statistics) {
            panic!("on purpose");
        }
    }
    let result = archive.extract(|_| true, &Discard, &threads(2), &mut Panicking, &Control::new());
    assert!(matches!(result, Err(Error::Internal(_))), "{result:?}");
    let summary = archive.extract(|_| true, &Discard, &threads(2), &mut Silent, &Control::new()).unwrap();
    assert_eq!(summary.statistics.items_completed, 8, "the archive can be used again");
}

#[test]
fn a_pause_holds_it() {
    let archive = eight_blocks();
    let control = Control::new();
    control.pause();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let extraction =
            scope.spawn(|| archive.extract(|_| true, &Discard, &threads(2), &mut Silent, &control).unwrap());
        std::thread::sleep(Duration::from_millis(150));
        assert!(!extraction.is_finished(), "it went on");
        control.resume();
        let summary = extraction.join().unwrap();
        assert_eq!(summary.statistics.items_completed, 8);
        assert!(began.elapsed() >= Duration::from_millis(150));
    });
}

#[test]
fn an_observer_may_stop_at_the_first_error() {
    struct Stopping(usize);
    impl ExtractObserver for Stopping {
        fn item_failed(&mut self, _: &ArchiveEntry, _: &Error) -> OnError {
            self.0 += 1;
            OnError::Stop
        }
    }
    let archive = eight_blocks();
    let mut stopping = Stopping(0);
    let sink = third(|| Err(Error::InvalidArgument("this one".into())));
    let error = archive.extract(|_| true, &sink, &threads(2), &mut stopping, &Control::new()).unwrap_err();
    assert!(error.to_string().contains("this one") && stopping.0 == 1, "{error}");
}

/// Reading fails in the middle.
struct Failing(Vec<u8>);

impl ArchiveSource for Failing {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let middle = self.0.len() / 2;
        let start = offset as usize;
        if start <= middle && middle < start + buffer.len() {
            return Err(std::io::Error::from_raw_os_error(5));
        }
        let count = buffer.len().min(self.0.len() - start);
        buffer[..count].copy_from_slice(&self.0[start..start + count]);
        Ok(count)
    }
}

#[test]
fn a_reading_error_keeps_its_number_and_fails_the_items_it_concerns() {
    struct Errors(Vec<(String, i32)>);
    impl ExtractObserver for Errors {
        fn item_failed(&mut self, entry: &ArchiveEntry, error: &Error) -> OnError {
            self.0.push((entry.name().to_owned(), error.hresult()));
            OnError::GoOn
        }
    }
    let entries: Vec<_> = (0..8).map(|i| Entry::file(format!("{i}"), data::noise(i, 1 << 20))).collect();
    let bytes = common::to_memory(&Options { solid: Solid::Off, ..Options::default() }, &entries);
    let archive =
        Archive::open_source(std::sync::Arc::new(Failing(bytes)), &OpenOptions::default(), &Control::new()).unwrap();
    let mut errors = Errors(Vec::new());
    let summary = archive.extract(|_| true, &Discard, &threads(2), &mut errors, &Control::new()).unwrap();
    assert_eq!((summary.statistics.items_failed, errors.0.len()), (1, 1), "{:?}", errors.0);
    let number = Error::Io { what: String::new(), source: std::io::Error::from_raw_os_error(5) }.hresult();
    assert_eq!(errors.0[0].1, number);
}

#[test]
fn limits_are_held() {
    let bytes = common::to_memory(&Options::default(), &[Entry::file("zeros", vec![0; 40 << 20])]);
    let with = |limits: Limits| {
        let options = OpenOptions { limits, ..OpenOptions::default() };
        let archive = Archive::open_source(memory(bytes.clone()), &options, &Control::new())?;
        let stop = ExtractOptions { on_error: OnError::Stop, ..threads(1) };
        archive.extract(|_| true, &Discard, &stop, &mut Silent, &Control::new()).map(drop)
    };
    with(Limits::default()).unwrap();
    for limits in [
        Limits { unpacked: 1 << 20, ..Limits::default() },
        Limits { ratio: 100, ..Limits::default() },
        Limits { memory: 1 << 20, ..Limits::default() },
        Limits { entries: 0, ..Limits::default() },
        Limits { header: 10, ..Limits::default() },
    ] {
        let error = with(limits.clone()).unwrap_err();
        assert!(matches!(error, Error::LimitExceeded(_)), "{limits:?}: {error}");
    }
}

#[test]
fn threads_that_extract_into_one_folder_do_not_disturb_each_other() {
    let entries: Vec<_> = (0..600)
        .map(|i| Entry::file(format!("{}/{}/{i}", i % 7, i % 3), data::text(i, 100 + 30 * i as usize)))
        .collect();
    for solid in [Solid::Off, Solid::Files(20)] {
        let archive = open(common::to_memory(&Options { solid, level: 1, ..Options::default() }, &entries));
        let folder = common::folder();
        let options = DestinationOptions { overwrite: Overwrite::Fail, ..DestinationOptions::default() };
        let sink = FolderSink::new(folder.path().join("there"), options).unwrap();
        let summary = archive.extract(|_| true, &sink, &threads(8), &mut Silent, &Control::new()).unwrap();
        assert_eq!((summary.statistics.items_completed, summary.late_errors.len()), (600, 0));
        for entry in &entries {
            assert!(fs::read(folder.path().join("there").join(&entry.name)).unwrap()[..] == entry.bytes[..]);
        }
    }
}
