//! Cancelling: at any moment, from anywhere, the job ends soon, leaves nothing, and ends its threads.
//!
//! Times are printed, not judged (a busy machine is no defect); only a hang fails.

mod common;

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::data::{assortment, mixed, noise, text};
use common::{Ears, End, Entry, Stream, child};
use parallelcompress::{
    Control, Encryption, Error, Feed, Item, ItemList, Method, Observer, OnError, Options, Poll, Result, Solid,
    Statistics, Summary, Target, compress,
};

/// Far beyond any delay of a job that listens.
const HANG: Duration = Duration::from_secs(5);

/// A job that is run again and again and cancelled at another moment each time.
struct Job {
    what: &'static str,
    options: Options,
    items: Box<dyn Fn() -> Vec<Item>>,
}

fn jobs() -> Vec<Job> {
    let fast = Options { level: 1, threads: 2, ..Options::default() };
    let from = |entries: Vec<Entry>| Box::new(move || common::items(&entries)) as Box<dyn Fn() -> Vec<Item>>;
    vec![
        Job {
            what: "planning fifty thousand items",
            options: fast.clone(),
            items: from((0..50_000).map(|number| Entry::file(format!("{number}"), [])).collect()),
        },
        Job {
            what: "many small blocks",
            options: Options { solid: Solid::Off, ..fast.clone() },
            items: from(assortment(1, 1500, 6000)),
        },
        Job {
            what: "waiting for slow streams",
            options: fast.clone(),
            items: Box::new(|| {
                let stream = |seed| Stream::new(seed, 4 << 20, End::Quiet).with_pause(Duration::from_millis(2));
                (0..6).map(|seed| Item::from_reader(format!("{seed}"), stream(seed), None)).collect()
            }),
        },
        Job {
            what: "encoding large slices slowly",
            options: Options { level: 9, threads: 2, ..Options::default() },
            items: from(vec![Entry::file("large.bin", mixed(1, 5_000_000))]),
        },
        Job {
            what: "encoding one LZMA stream",
            options: Options { level: 5, method: Method::Lzma, ..Options::default() },
            items: from(vec![Entry::file("large.txt", text(1, 1_500_000))]),
        },
        Job {
            what: "writing what is only stored",
            options: Options { method: Method::Copy, volume_size: Some(1_000_000), ..fast.clone() },
            items: from((0..40).map(|seed| Entry::file(format!("{seed}"), noise(seed, 2_000_000))).collect()),
        },
        Job {
            what: "deriving keys, encrypting",
            options: Options {
                encryption: Some(Encryption::Password("p".into())),
                encrypt_header: true,
                ..fast.clone()
            },
            items: from(assortment(2, 100, 60_000)),
        },
        Job {
            what: "writing a large header",
            options: fast,
            items: from((0..40_000).map(|seed| Entry::file(format!("{:x?}", noise(seed, 12)), [])).collect()),
        },
    ]
}

/// The outcome is one of the two that are allowed, and the folder shows it: nothing, or a whole archive.
fn assert_clean(result: Result<Summary>, folder: &Path) -> bool {
    match result {
        Err(Error::Cancelled) => {
            assert_eq!(common::names_in(folder), Vec::<String>::new(), "a cancelled job leaves something");
            true
        }
        Ok(summary) => {
            let mut written: Vec<_> =
                summary.files.iter().map(|it| it.file_name().expect("a name").to_string_lossy().into_owned()).collect();
            written.sort();
            assert_eq!(common::names_in(folder), written);
            for file in summary.files {
                fs::remove_file(file).expect("a file of the archive");
            }
            false
        }
        Err(other) => panic!("cancelling gives {other:?}"),
    }
}

#[test]
fn cancelling_from_another_thread_at_any_moment_ends_the_job() {
    common::alone("cancelling_from_another_thread_at_any_moment_ends_the_job", || {
        const MOMENTS: u32 = 8;
        let folder = common::folder();
        let target = Target::File(folder.path().join("it.7z"));
        let mut longest = Duration::ZERO;
        for job in jobs() {
            let mut cancelled = 0;
            let mut longest_here = Duration::ZERO;
            let start = Instant::now();
            let (result, _) = common::compress(&job.options, (job.items)(), &target);
            assert_clean(result, folder.path());
            let whole = start.elapsed();
            let threads = child::thread_count();
            for moment in 0..MOMENTS {
                // More moments early, where the phases are short.
                let wait = whole * moment * moment / (MOMENTS * MOMENTS);
                let control = Control::new();
                let items = (job.items)();
                let canceller = thread::spawn({
                    let control = control.clone();
                    move || {
                        thread::sleep(wait);
                        control.cancel();
                        Instant::now()
                    }
                });
                let result = compress(&job.options, &mut ItemList::new(items), &target, &mut Ears::default(), &control);
                let returned = Instant::now();
                let asked = canceller.join().expect("the thread that cancels");
                if assert_clean(result, folder.path()) {
                    cancelled += 1;
                    longest_here = longest_here.max(returned.saturating_duration_since(asked));
                }
                child::assert_no_thread_is_left(threads, job.what);
            }
            println!("{}: whole {whole:?}, cancelled {cancelled} of {MOMENTS}, longest {longest_here:?}", job.what);
            assert!(cancelled > 0, "{}: no job was cancelled", job.what);
            assert!(longest_here < HANG, "{}: {longest_here:?} from cancel to return", job.what);
            longest = longest.max(longest_here);
        }
        println!("longest time from cancel to return: {longest:?} (wanted: 200 ms)");
    });
}

#[test]
fn cancelling_before_the_start_ends_the_job_at_once() {
    common::alone("cancelling_before_the_start_ends_the_job_at_once", || {
        let threads = child::thread_count();
        for solid in [Solid::Auto, Solid::Off, Solid::All] {
            let folder = common::folder();
            let old = folder.path().join("it.7z");
            fs::write(&old, b"old").expect("an old archive");
            let control = Control::new();
            control.cancel();
            let options = Options { solid, ..Options::default() };
            let items = common::items(&assortment(1, 50, 10_000));
            let mut ears = Ears::default();
            let result = compress(&options, &mut ItemList::new(items), &Target::File(old.clone()), &mut ears, &control);
            assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
            assert!(control.is_cancelled());
            assert_eq!(ears.failed, [], "a cancelled item is not a failed one");
            assert_eq!(fs::read(&old).expect("the old archive"), b"old");
            assert_eq!(common::names_in(folder.path()), ["it.7z"]);
            child::assert_no_thread_is_left(threads, "after the job");
        }
    });
}

/// Where a job is cancelled from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum From {
    Progress,
    Failure,
    Statistics,
}

/// Cancels from one of its callbacks, at the given call, and counts the calls that come later.
struct Canceller {
    control: Control,
    from: From,
    at: usize,
    calls: usize,
    asked: Option<Instant>,
}

impl Canceller {
    fn called(&mut self, from: From) {
        if from == self.from {
            self.calls += 1;
            if self.calls == self.at {
                self.control.cancel();
                self.asked = Some(Instant::now());
            }
        }
    }
}

impl Observer for Canceller {
    fn item_progress(&mut self, _: u32, _: &str, _: u64, _: u64) {
        self.called(From::Progress);
    }

    fn item_failed(&mut self, _: u32, _: &str, _: &Error) -> OnError {
        self.called(From::Failure);
        OnError::GoOn
    }

    fn statistics(&mut self, _: &Statistics) {
        self.called(From::Statistics);
    }
}

#[test]
fn cancelling_from_a_callback_ends_the_job() {
    common::alone("cancelling_from_a_callback_ends_the_job", || {
        let threads = child::thread_count();
        let folder = common::folder();
        let mut longest = Duration::ZERO;
        for solid in [Solid::Off, Solid::All] {
            for from in [From::Progress, From::Failure, From::Statistics] {
                for at in [1, 2, 5] {
                    // Failing items before, among and after large good ones.
                    let mut items = Vec::new();
                    for seed in 0..6 {
                        let fails = Stream::new(seed, 1000, End::Error(libc::EIO));
                        items.push(Item::from_reader(format!("{seed} bad"), fails, None));
                        items.push(Item::from_memory(format!("{seed} good"), mixed(seed, 700_000)));
                    }
                    let options = Options {
                        solid,
                        level: 3,
                        threads: 2,
                        progress_interval: Duration::from_millis(1),
                        ..Options::default()
                    };
                    let control = Control::new();
                    let mut observer = Canceller { control: control.clone(), from, at, calls: 0, asked: None };
                    let target = Target::File(folder.path().join("it.7z"));
                    let result = compress(&options, &mut ItemList::new(items), &target, &mut observer, &control);
                    let returned = Instant::now();
                    let asked = observer.asked.unwrap_or_else(|| panic!("{from:?} was not called {at} times"));
                    assert!(assert_clean(result, folder.path()), "{from:?} {at} does not cancel the job");
                    longest = longest.max(returned - asked);
                    child::assert_no_thread_is_left(threads, format!("{from:?} {at}"));
                }
            }
        }
        println!("longest time from cancel to return: {longest:?} (wanted: 200 ms)");
        assert!(longest < HANG, "{longest:?} from cancel to return");
    });
}

/// Has some items, then nothing for ever; says when it ran dry.
struct Dry {
    items: Option<Vec<Item>>,
    ran_dry: mpsc::Sender<()>,
}

impl Feed for Dry {
    fn poll(&mut self, _: &Control) -> Poll {
        match self.items.take() {
            Some(items) => Poll::Items(items),
            None => {
                // Nobody listens any more after the first time.
                let _ = self.ran_dry.send(());
                Poll::Pending
            }
        }
    }
}

#[test]
fn cancelling_wakes_a_job_that_waits_for_its_feed() {
    common::alone("cancelling_wakes_a_job_that_waits_for_its_feed", || {
        let threads = child::thread_count();
        let folder = common::folder();
        for count in [0, 10, 3000] {
            let (ran_dry, dry) = mpsc::channel();
            let control = Control::new();
            let canceller = thread::spawn({
                let control = control.clone();
                move || {
                    dry.recv().expect("the feed to run dry");
                    thread::sleep(Duration::from_millis(100));
                    control.cancel();
                    Instant::now()
                }
            });
            let mut feed = Dry { items: Some(common::items(&assortment(1, count, 1000))), ran_dry };
            let target = Target::File(folder.path().join("it.7z"));
            let result = compress(&Options::default(), &mut feed, &target, &mut Ears::default(), &control);
            let returned = Instant::now();
            let asked = canceller.join().expect("the thread that cancels");
            assert!(assert_clean(result, folder.path()), "the job ended before it was cancelled");
            let delay = returned.saturating_duration_since(asked);
            println!("{count} items: {delay:?} from cancel to return (wanted: 200 ms)");
            assert!(delay < HANG, "{delay:?} from cancel to return");
            child::assert_no_thread_is_left(threads, "after the job");
        }
    });
}

/// Cancels at its first poll, and delivers items all the same.
struct CancellingFeed(Option<Vec<Item>>);

impl Feed for CancellingFeed {
    fn poll(&mut self, control: &Control) -> Poll {
        control.cancel();
        self.0.take().map_or(Poll::End, Poll::Items)
    }
}

#[test]
fn cancelling_from_the_feed_ends_the_job() {
    let folder = common::folder();
    let mut feed = CancellingFeed(Some(common::items(&assortment(1, 100, 10_000))));
    let target = Target::File(folder.path().join("it.7z"));
    let result = compress(&Options::default(), &mut feed, &target, &mut Ears::default(), &Control::new());
    assert!(assert_clean(result, folder.path()));
}

#[test]
fn cancelling_after_the_end_changes_nothing() {
    let entries = assortment(1, 20, 10_000);
    let control = Control::new();
    let mut list = ItemList::new(common::items(&entries));
    let summary = compress(&Options::default(), &mut list, &Target::Memory, &mut Ears::default(), &control)
        .expect("a job without faults");
    control.cancel();
    common::oracle::assert_holds(&summary.archive.expect("an archive"), None, &entries);
    assert_eq!(control.statistics(), summary.statistics);
}

#[test]
fn a_finished_or_failed_job_leaves_no_thread() {
    common::alone("a_finished_or_failed_job_leaves_no_thread", || {
        let threads = child::thread_count();
        for workers in [0, 1, 2, 33, 256, 1000] {
            let options = Options { threads: workers, level: 1, ..Options::default() };
            common::to_memory(&options, &assortment(1, 50, 10_000));
            child::assert_no_thread_is_left(threads, format!("after success with {workers}"));
            let missing = Target::File("/there is no such folder/it.7z".into());
            let (result, _) = common::compress(&options, common::items(&assortment(1, 50, 10_000)), &missing);
            assert!(matches!(result, Err(Error::Io { .. })), "{result:?}");
            child::assert_no_thread_is_left(threads, format!("after an error with {workers}"));
        }
    });
}
