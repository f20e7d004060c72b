//! What others do to a running job: pause it, let it go on, limit its time; and what it does when an item fails.

mod common;

use std::thread;
use std::time::{Duration, Instant};

use common::data::{assortment, mixed, text};
use common::{Ears, End, Entry, Stream};
use parallelcompress::{
    Control, Encryption, Error, Item, ItemList, Method, Observer, OnError, Options, Solid, Target, compress,
};

fn run(options: &Options, items: Vec<Item>, control: &Control) -> parallelcompress::Result<Vec<u8>> {
    compress(options, &mut ItemList::new(items), &Target::Memory, &mut Ears::default(), control)
        .map(|summary| summary.archive.expect("an archive in memory"))
}

/// Pauses a job for a moment again and again; it ends with the same bytes, and was really held.
#[test]
fn a_job_that_was_paused_makes_the_same_archive() {
    for (method, solid) in [(Method::Lzma2, Solid::Auto), (Method::Lzma2, Solid::Off), (Method::Lzma, Solid::All)] {
        let mut entries = assortment(1, 300, 20_000);
        entries.push(Entry::file("large", mixed(2, 2_500_000)));
        let options = Options { method, solid, threads: 2, ..Options::default() };
        let expected = run(&options, common::items(&entries), &Control::new()).expect("a job that is left alone");

        let control = Control::new();
        let job = thread::spawn({
            let (control, items) = (control.clone(), common::items(&entries));
            move || run(&options, items, &control)
        });
        let mut pauses = 0;
        while !job.is_finished() && pauses < 10 {
            thread::sleep(Duration::from_millis(20));
            if !control.pause() {
                break; // It has ended.
            }
            assert!(!control.pause() && (control.is_paused() || job.is_finished()));
            // Every thread comes to where it asks within a moment; from then on nothing happens.
            thread::sleep(Duration::from_millis(100));
            let before = control.statistics();
            thread::sleep(Duration::from_millis(50));
            assert_eq!(control.statistics(), before, "a paused job goes on");
            assert!(control.resume() && !control.resume());
            pauses += 1;
        }
        let archive = job.join().expect("the job's thread").expect("a job that was paused");
        assert!(pauses > 0, "the job was too short for this test");
        assert!(archive == expected, "{method:?} {solid:?}: pauses change the bytes");
    }
}

#[test]
fn a_job_may_be_paused_before_it_starts() {
    let control = Control::new();
    assert!(control.pause() && control.is_paused());
    let job = thread::spawn({
        let control = control.clone();
        move || run(&Options::default(), vec![Item::from_memory("it", b"bytes")], &control)
    });
    thread::sleep(Duration::from_millis(50));
    assert!(!job.is_finished(), "it has begun");
    assert!(control.resume());
    job.join().expect("the job's thread").expect("a job without faults");
}

#[test]
fn pauses_do_not_count_as_elapsed_time() {
    let control = Control::new();
    let job = thread::spawn({
        let control = control.clone();
        move || {
            let items = vec![Item::from_memory("it", mixed(1, 3_000_000))];
            let options = Options { threads: 1, ..Options::default() };
            compress(&options, &mut ItemList::new(items), &Target::Memory, &mut Ears::default(), &control)
        }
    });
    let start = Instant::now();
    thread::sleep(Duration::from_millis(20));
    assert!(control.pause());
    thread::sleep(Duration::from_millis(500));
    assert!(control.resume());
    let statistics = job.join().expect("the job's thread").expect("a job without faults").statistics;
    let (elapsed, busy) = (statistics.elapsed, statistics.busy);
    assert!(elapsed + Duration::from_millis(450) < start.elapsed(), "{elapsed:?} of {:?}", start.elapsed());
    // The worker is held a moment after the pause began.
    assert!(busy + Duration::from_millis(400) < start.elapsed(), "busy for {busy:?} of {:?}", start.elapsed());
}

#[test]
fn the_time_limit_holds_in_every_phase() {
    let limited =
        |milliseconds| Options { timeout: Some(Duration::from_millis(milliseconds)), threads: 2, ..Options::default() };
    let slow = || {
        let stream = Stream::new(1, 64 << 20, End::Quiet).with_pause(Duration::from_millis(5));
        Item::from_reader("slow", stream, None)
    };
    let phases: [(&str, Options, Vec<Item>); 5] = [
        ("at once", limited(0), vec![Item::from_memory("it", text(1, 1_000_000))]),
        (
            "deriving the key",
            Options { encryption: Some(Encryption::Password("p".into())), ..limited(1) },
            vec![Item::from_memory("it", b"bytes")],
        ),
        ("reading", limited(60), vec![slow()]),
        ("encoding", Options { level: 9, ..limited(60) }, vec![Item::from_memory("it", mixed(1, 6_000_000))]),
        (
            "one stream",
            Options { method: Method::Lzma, ..limited(60) },
            vec![Item::from_memory("it", mixed(1, 6_000_000))],
        ),
    ];
    for (phase, options, items) in phases {
        let folder = common::folder();
        let target = Target::File(folder.path().join("it.7z"));
        let start = Instant::now();
        let result = compress(&options, &mut ItemList::new(items), &target, &mut Ears::default(), &Control::new());
        assert!(matches!(result, Err(Error::TimedOut(limit)) if Some(limit) == options.timeout), "{phase}: {result:?}");
        assert_eq!(common::names_in(folder.path()), Vec::<String>::new(), "{phase}");
        println!("{phase}: {:?} with a limit of {:?}", start.elapsed(), options.timeout);
        assert!(start.elapsed() < Duration::from_secs(5), "{phase}: {:?}", start.elapsed());
    }
}

#[test]
fn a_job_within_its_limit_does_not_notice_it() {
    let entries = assortment(1, 50, 10_000);
    let options = Options { timeout: Some(Duration::from_secs(3600)), ..Options::default() };
    let archive = run(&options, common::items(&entries), &Control::new()).expect("a job without faults");
    assert!(archive == run(&Options::default(), common::items(&entries), &Control::new()).expect("the same without"));
    // Longer than any clock counts.
    let options = Options { timeout: Some(Duration::MAX), ..Options::default() };
    assert!(archive == run(&options, common::items(&entries), &Control::new()).expect("the same again"));
}

#[test]
fn who_cancels_first_is_the_cause() {
    let control = Control::new();
    control.cancel();
    let options = Options { timeout: Some(Duration::ZERO), ..Options::default() };
    let result = run(&options, vec![Item::from_memory("it", b"bytes")], &control);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}

/// Answers `Stop` at the failure with this number, counted from 1.
struct Judge {
    stop_at: usize,
    failures: Vec<String>,
}

impl Observer for Judge {
    fn item_failed(&mut self, _: u32, name: &str, _: &Error) -> OnError {
        self.failures.push(name.to_owned());
        if self.failures.len() == self.stop_at { OnError::Stop } else { OnError::GoOn }
    }
}

/// Good items and bad ones: unreadable from the start, midway, and after several pieces.
fn items() -> Vec<Item> {
    let mut items = common::items(&assortment(3, 20, 5_000));
    items.push(Item::from_reader("1 fails at once", Stream::new(1, 0, End::Error(libc::EIO)), None));
    items.push(Item::from_reader("2 fails midway", Stream::new(2, 300_000, End::Error(libc::EIO)), None));
    items.push(Item::from_reader("3 fails late", Stream::new(3, 3_000_000, End::Error(libc::EIO)), None));
    items
}

#[test]
fn a_job_stops_at_a_failed_item_where_it_is_told_to() {
    for solid in [Solid::Auto, Solid::Off, Solid::All] {
        let options = Options { solid, dictionary: Some(1 << 20), level: 1, ..Options::default() };
        let judged = |stop_at, on_error| {
            let folder = common::folder();
            let target = Target::File(folder.path().join("it.7z"));
            let mut judge = Judge { stop_at, failures: Vec::new() };
            let options = Options { on_error, ..options.clone() };
            let result = compress(&options, &mut ItemList::new(items()), &target, &mut judge, &Control::new());
            assert_eq!(common::names_in(folder.path()).len(), usize::from(result.is_ok()), "{result:?}");
            (result, judge.failures)
        };
        let (result, failures) = judged(0, OnError::GoOn);
        assert_eq!((result.expect("the good ones").statistics.items_failed, failures.len()), (3, 3));
        // The observer's answer, and the option.
        for (stop_at, on_error, expected) in [(2, OnError::GoOn, 2), (0, OnError::Stop, 1), (3, OnError::GoOn, 3)] {
            let (result, failures) = judged(stop_at, on_error);
            let error = result.expect_err("a job that stops");
            assert_eq!(failures.len(), expected, "{solid:?}: it goes on after {error}");
            let last = failures.last().expect("a failure");
            assert!(
                matches!(&error, Error::Io { .. }) && error.to_string().contains(last.as_str()),
                "{error} for {last}"
            );
        }
    }
}
