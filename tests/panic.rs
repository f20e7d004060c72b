//! Panics in the caller's code: the job ends with the message, without a hang or an abort, and nothing is broken.

mod common;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::data::{assortment, text};
use common::{Ears, End, Stream, child, oracle};
use parallelcompress::{
    Control, Error, Feed, Item, ItemList, Observer, OnError, Options, Poll, Silent, Solid, Statistics, Target, compress,
};

/// A job that must end with an internal error that keeps `message`; afterwards all is as before, and a new job works.
fn assert_panic_is_caught(feed: &mut dyn Feed, observer: &mut dyn Observer, options: &Options, message: &str) {
    let threads = child::thread_count();
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    fs::write(&path, b"old").expect("an old archive");
    let result = compress(options, feed, &Target::File(path.clone()), observer, &Control::new());
    let said = common::internal_message(result);
    assert!(said.contains(message), "{said:?} does not keep {message:?}");
    assert_eq!(fs::read(&path).expect("the old archive"), b"old");
    assert_eq!(common::names_in(folder.path()), ["it.7z"], "something is left");
    child::assert_no_thread_is_left(threads, message);

    let entries = assortment(1, 20, 10_000);
    common::to_file(options, &entries, &path);
    oracle::assert_holds(&fs::read(&path).expect("the archive"), None, &entries);
}

/// `bomb` first, in the middle and last among good items, alone, and with every solid policy.
fn everywhere(bomb: impl Fn() -> Item, message: &str) {
    for solid in [Solid::Auto, Solid::Off, Solid::All] {
        for threads in [1, 4] {
            let options = Options { solid, threads, level: 1, ..Options::default() };
            for (count, place) in [(0, 0), (60, 0), (60, 30), (60, 60)] {
                let mut items = common::items(&assortment(1, count, 20_000));
                items.insert(place, bomb());
                assert_panic_is_caught(&mut ItemList::new(items), &mut Silent, &options, message);
            }
        }
    }
}

#[test]
fn a_reader_that_panics_ends_the_job_with_its_message() {
    common::alone("a_reader_that_panics_ends_the_job_with_its_message", || {
        for len in [0, 10_000, 700_000] {
            everywhere(|| Item::from_reader("bomb", Stream::new(1, len, End::Panic), None), "the stream went off");
        }
        let known = || Item::from_reader("bomb", Stream::new(1, 10_000, End::Panic), Some(20_000));
        everywhere(known, "the stream went off");
    });
}

/// Bytes that can be seen once (for their size) and then go off.
struct Bomb {
    bytes: Vec<u8>,
    looks: AtomicUsize,
}

impl AsRef<[u8]> for Bomb {
    fn as_ref(&self) -> &[u8] {
        assert_eq!(self.looks.fetch_add(1, Ordering::Relaxed), 0, "the buffer went off");
        &self.bytes
    }
}

#[test]
fn a_buffer_that_panics_ends_the_job_with_its_message() {
    common::alone("a_buffer_that_panics_ends_the_job_with_its_message", || {
        for len in [1, 10_000, 700_000] {
            let bomb = || Item::from_memory("bomb", Bomb { bytes: text(1, len), looks: AtomicUsize::new(0) });
            everywhere(bomb, "the buffer went off");
        }
    });
}

/// Goes off at one of its callbacks.
#[derive(Clone, Copy)]
enum Fuse {
    Progress,
    Failure,
    Statistics,
}

impl Observer for Fuse {
    fn item_progress(&mut self, _: u32, _: &str, _: u64, _: u64) {
        assert!(!matches!(self, Self::Progress), "progress went off");
    }

    fn item_failed(&mut self, _: u32, _: &str, _: &Error) -> OnError {
        assert!(!matches!(self, Self::Failure), "failure went off");
        OnError::GoOn
    }

    fn statistics(&mut self, _: &Statistics) {
        assert!(!matches!(self, Self::Statistics), "statistics went off");
    }
}

#[test]
fn an_observer_that_panics_ends_the_job_with_its_message() {
    common::alone("an_observer_that_panics_ends_the_job_with_its_message", || {
        for (fuse, message) in [
            (Fuse::Progress, "progress went off"),
            (Fuse::Failure, "failure went off"),
            (Fuse::Statistics, "statistics went off"),
        ] {
            for solid in [Solid::Off, Solid::All] {
                let mut items = common::items(&assortment(1, 60, 20_000));
                items.insert(30, Item::from_reader("bad", Stream::new(1, 9, End::Error(libc::EIO)), None));
                let options = Options { solid, level: 1, ..Options::default() };
                assert_panic_is_caught(&mut ItemList::new(items), &mut { fuse }, &options, message);
            }
        }
    });
}

/// Goes off at the given poll.
struct BombFeed(u32);

impl Feed for BombFeed {
    fn poll(&mut self, _: &Control) -> Poll {
        assert_ne!(self.0, 0, "the feed went off");
        self.0 -= 1;
        Poll::Items(common::items(&assortment(u64::from(self.0), 200, 5_000)))
    }
}

#[test]
fn a_feed_that_panics_ends_the_job_with_its_message() {
    common::alone("a_feed_that_panics_ends_the_job_with_its_message", || {
        for polls in [0, 1, 7] {
            assert_panic_is_caught(&mut BombFeed(polls), &mut Silent, &Options::default(), "the feed went off");
        }
    });
}

#[test]
fn a_panic_without_a_text_ends_the_job_too() {
    common::alone("a_panic_without_a_text_ends_the_job_too", || {
        struct Mute;
        impl std::io::Read for Mute {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                std::panic::panic_any(42_u8);
            }
        }
        everywhere(|| Item::from_reader("bomb", Mute, Some(1000)), "panic");
    });
}

#[test]
fn the_job_after_a_panic_hears_nothing_of_it() {
    let (result, _) = common::compress(
        &Options::default(),
        vec![Item::from_reader("bomb", Stream::new(1, 0, End::Panic), None)],
        &Target::Memory,
    );
    common::internal_message(result);
    let entries = assortment(2, 20, 10_000);
    let mut ears = Ears::default();
    let mut list = ItemList::new(common::items(&entries));
    let summary = compress(&Options::default(), &mut list, &Target::Memory, &mut ears, &Control::new())
        .expect("a job without faults");
    assert_eq!(ears.failed, []);
    oracle::assert_holds(&summary.archive.expect("an archive"), None, &entries);
}
