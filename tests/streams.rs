//! Streams: many slow ones at once, in bounded memory, with errors in their place; and the same bytes for any number of
//! input threads.
//!
//! Times are printed, not judged, but for orders of magnitude (a busy machine is no defect).

mod common;

use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::data::{assortment, mixed, noise, text};
use common::{Ears, End, Entry, Stream, child, oracle};
use parallelcompress::{
    Control, Error, Feed, Item, ItemList, Metadata, Method, OnError, Opened, Options, Poll, Result, Silent, Solid,
    Summary, Target, compress,
};

/// Counts what is open.
#[derive(Debug, Default)]
struct Tally {
    open: AtomicUsize,
    most: AtomicUsize,
    opened: AtomicUsize,
    /// The order in which streams were opened.
    order: Mutex<Vec<usize>>,
}

impl Tally {
    fn begin(self: &Arc<Self>, number: usize) -> Token {
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(open, Ordering::SeqCst);
        self.opened.fetch_add(1, Ordering::SeqCst);
        self.order.lock().expect("the order").push(number);
        Token(Arc::clone(self))
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

/// Lives as long as its stream is open.
struct Token(Arc<Tally>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Reads `reader` as long as the token lives.
struct Counted<R>(R, #[expect(dead_code, reason = "only its end counts")] Token);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// A file of which nothing is known but its bytes.
fn plain(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Entry {
    Entry { metadata: Metadata::file(), ..Entry::file(name, bytes) }
}

/// An item whose bytes come `latency` after it was asked for them.
fn late(tally: &Arc<Tally>, number: usize, name: String, bytes: Vec<u8>, latency: Duration, size: Option<u64>) -> Item {
    let tally = Arc::clone(tally);
    Item::from_stream(name, size, move || {
        let token = tally.begin(number);
        thread::sleep(latency);
        Ok(Opened { reader: Box::new(Counted(io::Cursor::new(bytes), token)), size: None })
    })
}

fn run(options: &Options, items: Vec<Item>) -> Summary {
    let (result, ears) = common::compress(options, items, &Target::Memory);
    assert_eq!(ears.failed, []);
    result.expect("a job without faults")
}

#[test]
fn the_latency_of_many_streams_is_hidden() {
    const ITEMS: usize = 2000;
    const LATENCY: Duration = Duration::from_millis(20);
    for (solid, known) in [(Solid::All, true), (Solid::Off, true), (Solid::Auto, false)] {
        let entries: Vec<_> =
            (0..ITEMS).map(|number| plain(format!("{number:04}"), text(number as u64, 900))).collect();
        let tally = Arc::new(Tally::default());
        let items = entries.iter().enumerate().map(|(number, entry)| {
            let size = known.then_some(entry.bytes.len() as u64);
            late(&tally, number, entry.name.clone(), entry.bytes.to_vec(), LATENCY, size)
        });
        let options = Options { solid, input_parallelism: 64, level: 1, ..Options::default() };
        let items = items.collect();
        let start = Instant::now();
        let summary = run(&options, items);
        let took = start.elapsed();
        let ideal = LATENCY * ITEMS as u32 / 64;
        println!("{solid:?}: {ITEMS} items of {LATENCY:?}, 64 at once: {took:?} (ideal {ideal:?})");
        oracle::assert_holds(&summary.archive.expect("an archive"), None, &entries);
        let most = tally.most();
        assert!((33..=64).contains(&most), "{most} were open at once");
        assert_eq!(tally.open.load(Ordering::SeqCst), 0, "a stream was left open");
        assert_eq!(tally.opened.load(Ordering::SeqCst), ITEMS);
        assert!(took < LATENCY * ITEMS as u32 / 2, "{took:?} is nearly one after the other");
    }
}

#[test]
fn no_more_streams_are_open_than_asked_for_and_they_are_opened_in_order() {
    for parallelism in [1, 2, 8, 256, 1000] {
        let tally = Arc::new(Tally::default());
        let item = |number: usize| {
            let bytes = text(number as u64, 2000);
            let size = Some(bytes.len() as u64);
            late(&tally, number, format!("{number:04}"), bytes, Duration::from_millis(1), size)
        };
        let items = (0..400).map(item).collect();
        let options = Options { input_parallelism: parallelism, solid: Solid::All, level: 1, ..Options::default() };
        run(&options, items);
        assert!(tally.most() <= parallelism.min(256) as usize, "{} of {parallelism}", tally.most());
        let order = tally.order.lock().expect("the order").clone();
        if parallelism == 1 {
            assert!(order.is_sorted(), "one after the other: {order:?}");
        }
        // Two may overtake each other between being claimed and being opened.
        for (place, number) in order.into_iter().enumerate() {
            assert!(place.abs_diff(number) < parallelism as usize * 4, "{number} is opened as number {place}");
        }
    }
}

#[test]
fn a_look_ahead_feed_of_streams_of_unknown_size_is_read_in_parallel() {
    /// Hands out a few items at a time.
    struct Portions(Vec<Item>);
    impl Feed for Portions {
        fn poll(&mut self, _: &Control) -> Poll {
            let left = self.0.len().saturating_sub(5);
            let items = self.0.split_off(left);
            if items.is_empty() { Poll::End } else { Poll::Items(items) }
        }
    }
    let tally = Arc::new(Tally::default());
    let bytes = text(1, 3000);
    let items = (0..300)
        .map(|number| late(&tally, number, format!("{number:04}"), bytes.clone(), Duration::from_millis(20), None));
    let options = Options { input_parallelism: 32, level: 1, ..Options::default() };
    let mut feed = Portions(items.collect());
    let summary = compress(&options, &mut feed, &Target::Memory, &mut Silent, &Control::new()).expect("a job");
    assert_eq!(summary.statistics.items_completed, 300);
    assert!(tally.most() > 16, "only {} at once", tally.most());
}

/// Lets streams wait until somebody opens it.
#[derive(Debug, Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.is_open.lock().expect("the gate") = true;
        self.opened.notify_all();
    }

    fn wait(&self) {
        let mut is_open = self.is_open.lock().expect("the gate");
        while !*is_open {
            is_open = self.opened.wait(is_open).expect("the gate");
        }
    }
}

#[test]
fn a_stalled_stream_does_not_stop_others_from_being_read() {
    // The first waits until the 200th has been opened.
    for (solid, place) in [(Solid::All, 0), (Solid::Off, 0), (Solid::Auto, 100)] {
        let gate = Arc::new(Gate::default());
        let items = (0..400).map(|number| {
            let gate = Arc::clone(&gate);
            Item::from_stream(format!("{number:04}"), Some(1000), move || {
                match number {
                    _ if number == place => gate.wait(),
                    _ if number == place + 200 => gate.open(),
                    _ => {}
                }
                Ok(Opened { reader: Box::new(io::Cursor::new(text(number, 1000))), size: None })
            })
        });
        let options = Options { solid, input_parallelism: 16, level: 1, ..Options::default() };
        assert_eq!(run(&options, items.collect()).statistics.items_completed, 400, "{solid:?}");
    }
}

#[test]
fn large_streams_in_every_mixture_neither_wait_for_each_other_nor_stop() {
    // Many that need more than their share of the read-ahead, in blocks of their own and shared, with few threads.
    for method in [Method::Lzma2, Method::Lzma, Method::Copy] {
        for solid in [Solid::Auto, Solid::Off, Solid::All, Solid::Files(3), Solid::ByType] {
            for parallelism in [1, 2, 5] {
                let mut entries = Vec::new();
                for number in 0..4 {
                    entries.push(plain(format!("{number} large.{}", number % 2), noise(number, 1_300_000)));
                    entries.extend((0..20).map(|small| plain(format!("{number} {small:02}.txt"), text(small, 3000))));
                }
                let items = entries.iter().enumerate().map(|(number, entry)| {
                    let bytes = entry.bytes.clone();
                    let size = (number % 3 > 0).then_some(bytes.len() as u64);
                    Item::from_reader(entry.name.clone(), io::Cursor::new(bytes), size)
                });
                let options = Options {
                    method,
                    solid,
                    input_parallelism: parallelism,
                    level: 1,
                    threads: 2,
                    memory_limit: Some(56 << 20),
                    ..Options::default()
                };
                let archive = run(&options, items.collect()).archive.expect("an archive");
                if parallelism == 5 {
                    oracle::assert_holds(&archive, None, &entries);
                }
            }
        }
    }
}

#[test]
fn the_bytes_do_not_depend_on_input_threads_or_on_what_they_may_hold() {
    let mut entries = assortment(3, 80, 20_000);
    entries.push(plain("part 1/large.bin", mixed(4, 1_500_000)));
    entries.push(plain("part 1/nothing.txt", []));
    let items = |known: bool| {
        let item = |entry: &Entry| {
            let reader = Dripping { bytes: entry.bytes.to_vec(), read: 0, is_interrupted: false };
            let size = known.then_some(entry.bytes.len() as u64);
            Item::from_reader(entry.name.clone(), reader, size).with_metadata(entry.metadata)
        };
        entries.iter().map(item).collect::<Vec<_>>()
    };
    for method in [Method::Lzma2, Method::Lzma] {
        for solid in [Solid::Auto, Solid::Off, Solid::All, Solid::Files(7)] {
            for known in [true, false] {
                let options = Options { method, solid, level: 1, dictionary: Some(256 << 10), ..Options::default() };
                let mut first: Option<Vec<u8>> = None;
                for (input_parallelism, memory_limit) in
                    [(1, None), (2, None), (8, None), (256, None), (64, Some(60 << 20))]
                {
                    let options = Options { input_parallelism, memory_limit, ..options.clone() };
                    let archive = run(&options, items(known)).archive.expect("an archive");
                    let first = first.get_or_insert_with(|| archive.clone());
                    assert!(*first == archive, "{input_parallelism} {memory_limit:?} {method:?} {solid:?} {known}");
                }
            }
        }
    }
}

/// Delivers a few bytes at a time, and is interrupted now and then.
struct Dripping {
    bytes: Vec<u8>,
    read: usize,
    is_interrupted: bool,
}

impl Read for Dripping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = 1 + self.read % 7919;
        let from = self.read;
        if from % 5 == 4 && !std::mem::replace(&mut self.is_interrupted, true) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.is_interrupted = false;
        let len = buffer.len().min(most).min(self.bytes.len() - from);
        buffer[..len].copy_from_slice(&self.bytes[from..from + len]);
        self.read += len;
        Ok(len)
    }
}

#[test]
fn what_opening_says_about_the_size_counts() {
    let good = text(1, 50_000);
    let item = |name: &str, announced: Option<u64>, said: Option<u64>| {
        let bytes = good.clone();
        Item::from_stream(name, announced, move || Ok(Opened { reader: Box::new(io::Cursor::new(bytes)), size: said }))
    };
    for solid in [Solid::Off, Solid::All] {
        let items = vec![
            item("a said.txt", None, Some(50_000)),
            item("b both.txt", Some(50_000), Some(50_000)),
            item("c none.txt", None, None),
            item("d too few.txt", None, Some(50_001)),
            item("e too many.txt", None, Some(49_999)),
            item("f contradiction.txt", Some(50_000), Some(40_000)),
        ];
        let options = Options { solid, level: 1, ..Options::default() };
        let (result, ears) = common::compress(&options, items, &Target::Memory);
        let mut failed: Vec<_> =
            ears.failed.iter().map(|(_, name, text)| (name.as_str(), text.contains("size changed"))).collect();
        failed.sort_unstable(); // Blocks are read side by side.
        assert_eq!(failed, [("d too few.txt", true), ("e too many.txt", true), ("f contradiction.txt", true)]);
        let entries = ["a said.txt", "b both.txt", "c none.txt"].map(|name| plain(name, good.clone()));
        oracle::assert_holds(&result.expect("a job").archive.expect("an archive"), None, &entries);
    }
}

#[test]
fn a_stream_that_cannot_be_opened_fails_with_its_own_error_and_code() {
    const CODE: i32 = 0x8004_1234_u32 as i32;
    let callback = || Error::Callback { what: "the open callback".into(), code: CODE };
    let failing_open = Item::from_stream("open", None, move || Err(callback()));
    let failing_read = Item::from_stream("read", None, move || {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other(Error::Callback { what: "the read callback".into(), code: CODE }))
            }
        }
        Ok(Opened { reader: Box::new(Failing), size: None })
    });
    struct Codes(Vec<(String, i32, String)>);
    impl parallelcompress::Observer for Codes {
        fn item_failed(&mut self, _: u32, name: &str, error: &Error) -> OnError {
            self.0.push((name.into(), error.hresult(), error.to_string()));
            OnError::GoOn
        }
    }
    let mut codes = Codes(Vec::new());
    let mut list = ItemList::new(vec![failing_open, failing_read, Item::from_memory("good", b"good")]);
    let summary =
        compress(&Options::default(), &mut list, &Target::Memory, &mut codes, &Control::new()).expect("a job");
    codes.0.sort();
    let expected = [
        ("open".to_owned(), CODE, "the open callback answered 0x80041234".to_owned()),
        ("read".to_owned(), CODE, "cannot read read: the read callback answered 0x80041234".to_owned()),
    ];
    assert_eq!(codes.0, expected);
    oracle::assert_holds(&summary.archive.expect("an archive"), None, &[plain("good", *b"good")]);
}

#[test]
fn failures_among_slow_streams_take_no_others_along() {
    let tally = Arc::new(Tally::default());
    let mut good = Vec::new();
    let mut items = Vec::new();
    for number in 0..300 {
        let name = format!("{number:03}.txt");
        if number % 10 == 3 {
            let (len, end) = (number as u64 * 3000, End::Error(libc::EIO));
            items.push(Item::from_reader(name, Stream::new(1, len, end).with_pause(Duration::from_millis(1)), None));
        } else {
            let entry = plain(name, text(number as u64, 100 * number));
            let size = (number % 2 == 0).then_some(entry.bytes.len() as u64);
            items.push(late(&tally, number, entry.name.clone(), entry.bytes.to_vec(), Duration::from_millis(3), size));
            good.push(entry);
        }
    }
    for (item, index) in items.iter_mut().zip(0..) {
        item.index = index;
    }
    let options = Options { solid: Solid::All, input_parallelism: 16, level: 1, ..Options::default() };
    let (result, ears) = common::compress(&options, items, &Target::Memory);
    let failed: Vec<_> = ears.failed.iter().map(|(index, ..)| *index).collect();
    // Told in the order of the archive.
    assert_eq!(failed, (0..30).map(|ten| ten * 10 + 3).collect::<Vec<_>>());
    oracle::assert_holds(&result.expect("a job").archive.expect("an archive"), None, &good);
}

#[test]
fn cancelling_while_readers_wait_begins_no_new_read_and_leaves_no_thread() {
    common::alone("cancelling_while_readers_wait_begins_no_new_read_and_leaves_no_thread", || {
        let threads = child::thread_count();
        for solid in [Solid::Off, Solid::All] {
            let (tally, gate) = (Arc::new(Tally::default()), Arc::new(Gate::default()));
            let reads_after = Arc::new(AtomicUsize::new(0));
            let control = Control::new();
            let items = (0..200).map(|number| {
                let (tally, gate, control) = (Arc::clone(&tally), Arc::clone(&gate), control.clone());
                let reads_after = Arc::clone(&reads_after);
                Item::from_stream(format!("{number:03}"), Some(100_000), move || {
                    let token = tally.begin(number);
                    Ok(Opened { reader: Box::new(Counted(Blocked { gate, control, reads_after }, token)), size: None })
                })
            });
            let canceller = thread::spawn({
                let (tally, gate, control) = (Arc::clone(&tally), Arc::clone(&gate), control.clone());
                move || {
                    while tally.open.load(Ordering::SeqCst) < 16 {
                        thread::sleep(Duration::from_millis(1));
                    }
                    thread::sleep(Duration::from_millis(20));
                    control.cancel();
                    thread::sleep(Duration::from_millis(20));
                    let opened = Instant::now();
                    gate.open();
                    opened
                }
            });
            let options = Options { solid, input_parallelism: 16, level: 1, ..Options::default() };
            let mut list = ItemList::new(items.collect());
            let result: Result<Summary> =
                compress(&options, &mut list, &Target::Memory, &mut Ears::default(), &control);
            let delay = Instant::now().saturating_duration_since(canceller.join().expect("the thread that cancels"));
            assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
            println!("{solid:?}: {delay:?} from the last read's end to return");
            assert!(delay < Duration::from_secs(5));
            assert_eq!(reads_after.load(Ordering::SeqCst), 0, "a read began after the job was cancelled");
            assert_eq!(tally.opened.load(Ordering::SeqCst), 16, "a stream was opened after the job was cancelled");
            assert_eq!(tally.open.load(Ordering::SeqCst), 0, "a stream was left open");
            child::assert_no_thread_is_left(threads, "after the job");
        }
    });
}

/// A stream whose reads wait for the gate.
struct Blocked {
    gate: Arc<Gate>,
    control: Control,
    /// Reads that began after the job was cancelled.
    reads_after: Arc<AtomicUsize>,
}

impl Read for Blocked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads_after.fetch_add(usize::from(self.control.is_cancelled()), Ordering::SeqCst);
        self.gate.wait();
        buffer[0] = 1;
        Ok(1)
    }
}

#[test]
fn a_stream_that_panics_when_opened_or_dropped_ends_the_job() {
    struct Bomb;
    impl Read for Bomb {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("closing went off");
        }
    }
    for solid in [Solid::Off, Solid::All] {
        let options = Options { solid, ..Options::default() };
        let bombs = [
            (Item::from_stream("bomb", None, || panic!("opening went off")), "opening went off"),
            (Item::from_stream("bomb", None, || Ok(Opened { reader: Box::new(Bomb), size: None })), "closing went off"),
        ];
        for (bomb, message) in bombs {
            let mut items = common::items(&assortment(1, 20, 1000));
            items.insert(10, bomb);
            let (result, _) = common::compress(&options, items, &Target::Memory);
            let said = common::internal_message(result);
            assert!(said.contains(message), "{said:?}");
        }
    }
}

#[test]
fn streams_read_ahead_stay_within_the_estimate() {
    const TEST: &str = "streams_read_ahead_stay_within_the_estimate";
    /// Runtime, code and the test harness itself, and what an allocator keeps: not the job's.
    const SLACK: u64 = 24_000_000;
    for (len, count) in [(6 << 20, 48), (100_000, 2000), (700, 20_000)] {
        let settings = [format!("PARALLELCOMPRESS_TEST_LEN={len}"), format!("PARALLELCOMPRESS_TEST_COUNT={count}")];
        let wrapper = ["env", &settings[0], &settings[1]];
        common::alone_under(TEST, &wrapper, || {
            let setting = |name| std::env::var(name).expect("a setting").parse::<u64>().expect("a number");
            let (len, count) = (setting("PARALLELCOMPRESS_TEST_LEN"), setting("PARALLELCOMPRESS_TEST_COUNT"));
            // The first one stalls until the memory of the others has been filled.
            let items = (0..count).map(|number| {
                let size = (number % 2 == 0).then_some(len);
                Item::from_stream(format!("{number:05}"), size, move || {
                    if number == 0 {
                        thread::sleep(Duration::from_millis(500));
                    }
                    Ok(Opened { reader: Box::new(io::repeat(number as u8).take(len)), size: None })
                })
            });
            let items = items.collect();
            let before = child::peak_memory();
            let options =
                Options { level: 1, solid: Solid::All, threads: 2, input_parallelism: 64, ..Options::default() };
            let folder = common::folder();
            let (result, ears) = common::compress(&options, items, &Target::File(folder.path().join("it.7z")));
            let memory = result.expect("a job").memory;
            assert_eq!(ears.failed, []);
            let peak = child::peak_memory();
            println!("{count} of {len} bytes: peak {} kB, {} kB before, {memory:?}", peak / 1000, before / 1000);
            // The items themselves, names and openers, are the caller's.
            assert!(peak < memory.bytes + before + SLACK, "a peak of {peak}, {memory:?}");
        });
        if child::is_child(TEST) {
            break;
        }
    }
}
