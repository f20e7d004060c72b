//! Output depends on inputs and options alone: never on threads, timing, or the portions in which items come.

mod common;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::data::{assortment, mixed, noise, program, text};
use common::{Entry, Random, oracle};
use parallelcompress::{
    Control, Encryption, Feed, Filter, Item, Method, Options, Poll, Silent, Solid, Target, compress,
};

const THREADS: [u32; 4] = [1, 2, 7, 64];
const SOLID: [Solid; 6] = [Solid::Auto, Solid::Off, Solid::All, Solid::Bytes(200_000), Solid::Files(5), Solid::ByType];

/// The same archive for every number of threads, three times each.
fn assert_same_bytes(options: &Options, entries: &[Entry]) {
    let first = common::to_memory(&Options { threads: 1, ..options.clone() }, entries);
    let password = match &options.encryption {
        Some(Encryption::Fixed { password, .. }) => Some(password.as_str()),
        _ => None,
    };
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    std::fs::write(&path, &first).expect("the archive");
    if !matches!(options.method, Method::Zstandard | Method::Brotli | Method::Lz4) {
        oracle::seven_zip_tests(&path, password);
    }
    for threads in THREADS {
        for run in 0..3 {
            let archive = common::to_memory(&Options { threads, ..options.clone() }, entries);
            assert!(archive == first, "run {run} with {threads} threads differs: {options:?}");
        }
    }
}

/// Small files of all kinds, and a large one that has many pieces when the dictionary is small.
fn small_and_large() -> Vec<Entry> {
    let mut entries = assortment(1, 120, 8_000);
    entries.push(Entry::file("large.txt", text(5, 400_000)));
    entries.push(Entry::file("part 1/nothing", []));
    entries.push(Entry::folder("folder"));
    entries.push(Entry::file("part 1/zzz.txt", text(6, 9_000)));
    entries
}

fn every_solid_policy(method: Method) {
    let entries = small_and_large();
    for solid in SOLID {
        let dictionary = Some(128 << 10);
        assert_same_bytes(&Options { method, solid, level: 2, dictionary, ..Options::default() }, &entries);
    }
}

#[test]
fn copy_gives_the_same_bytes_for_any_number_of_threads() {
    every_solid_policy(Method::Copy);
}

#[test]
fn lzma_gives_the_same_bytes_for_any_number_of_threads() {
    every_solid_policy(Method::Lzma);
}

#[test]
fn lzma2_gives_the_same_bytes_for_any_number_of_threads() {
    every_solid_policy(Method::Lzma2);
}

/// The methods that encode a block as one stream, with a filter in front, and by level where reused memory could show.
#[test]
fn streams_give_the_same_bytes_for_any_number_of_threads() {
    let mut entries = small_and_large();
    entries.push(Entry::file("code.so", common::data::binary(8, 300_000)));
    let streams = [Method::BZip2, Method::Deflate, Method::Ppmd, Method::Zstandard, Method::Brotli, Method::Lz4];
    for method in streams {
        for (solid, level) in [(Solid::Auto, 5), (Solid::Off, 3), (Solid::Off, 7), (Solid::Files(5), 1)] {
            let filter = if level == 1 { Filter::Delta(2) } else { Filter::Auto };
            assert_same_bytes(&Options { method, solid, level, filter, ..Options::default() }, &entries);
        }
    }
}

#[test]
fn bcj2_gives_the_same_bytes_for_any_number_of_threads() {
    // Blocks below, of and beyond a piece, which is as large as the dictionary.
    let sizes = [3_000, 20_001, 40_000, 127 << 10, 128 << 10, 300_003];
    let mut entries: Vec<_> =
        (1..).zip(sizes).map(|(n, size)| Entry::file(format!("{n}.so"), program(n, size))).collect();
    entries.push(Entry::file("readme.txt", text(9, 30_000)));
    for solid in [Solid::Auto, Solid::Off, Solid::Files(3)] {
        let (filter, dictionary) = (Filter::Bcj2, Some(128 << 10));
        assert_same_bytes(&Options { filter, solid, level: 2, dictionary, ..Options::default() }, &entries);
    }
}

#[test]
fn one_large_file_gives_the_same_bytes_for_any_number_of_threads() {
    let entries = [Entry::file("large.bin", mixed(3, 2_000_000))];
    assert_same_bytes(&Options { level: 3, ..Options::default() }, &entries);
}

#[test]
fn fixed_salt_and_iv_give_the_same_bytes_with_any_number_of_threads() {
    let entries = assortment(2, 60, 10_000);
    for (solid, encrypt_header) in [(Solid::Auto, false), (Solid::Off, true)] {
        let encryption = Some(Encryption::Fixed { password: "p".into(), salt: [1; 16], iv: [2; 16] });
        assert_same_bytes(&Options { solid, level: 1, encryption, encrypt_header, ..Options::default() }, &entries);
    }
}

#[test]
fn a_raw_key_gives_the_same_bytes_with_any_number_of_threads() {
    let entries = assortment(4, 60, 30_000);
    let options = Options {
        level: 1,
        solid: Solid::Off,
        encryption: Some(Encryption::Raw { key: [b'k'; 32], iv: [7; 16] }),
        ..Options::default()
    };
    let first = common::to_memory(&Options { threads: 1, ..options.clone() }, &entries);
    for threads in THREADS {
        assert!(common::to_memory(&Options { threads, ..options.clone() }, &entries) == first, "{threads} threads");
    }
}

#[test]
fn random_salts_and_ivs_are_never_used_twice() {
    let entries = assortment(2, 3, 3_000);
    let options = Options { encryption: Some(Encryption::Password("p".into())), ..Options::default() };
    let archives: Vec<_> = (0..4).map(|_| common::to_memory(&options, &entries)).collect();
    for (number, archive) in archives.iter().enumerate() {
        assert!(!archives[..number].contains(archive), "two encrypted archives are the same");
    }
}

#[test]
fn volumes_are_cut_at_the_same_places_for_any_number_of_threads() {
    let folder = common::folder();
    let entries = small_and_large();
    let options = Options { level: 1, volume_size: Some(100_000), ..Options::default() };
    let mut first: Option<Vec<Vec<u8>>> = None;
    for threads in THREADS {
        for run in 0..3 {
            let path = folder.path().join(format!("{threads} {run}.7z"));
            let files = common::to_file(&Options { threads, ..options.clone() }, &entries, &path);
            let volumes = files.iter().map(|file| std::fs::read(file).expect("a volume")).collect::<Vec<_>>();
            assert!(volumes.len() > 1);
            let first = first.get_or_insert_with(|| volumes.clone());
            assert!(*first == volumes, "run {run} with {threads} threads differs");
        }
    }
}

#[test]
fn the_order_of_equal_names_is_the_order_they_were_given_in() {
    // Sorting by type and name must not leave twins to chance.
    let entries: Vec<Entry> = (0..200).map(|number| Entry::file("twin.txt", text(number, 500))).collect();
    for solid in SOLID {
        assert_same_bytes(&Options { solid, level: 1, ..Options::default() }, &entries);
        let archive = common::to_memory(&Options { solid, level: 1, ..Options::default() }, &entries);
        let found: Vec<_> = oracle::rust_reads(&archive, None).into_iter().map(|entry| entry.bytes).collect();
        assert!(found.iter().eq(entries.iter().map(|entry| &entry.bytes)), "{solid:?} changes the order of twins");
    }
}

#[test]
fn an_archive_is_the_same_whether_items_come_from_memory_disk_or_streams() {
    let folder = common::folder();
    let entries = assortment(8, 80, 40_000);
    common::tree::write(&entries, folder.path());
    for solid in SOLID {
        let options = Options { solid, level: 1, ..Options::default() };
        let memory = common::to_memory(&options, &entries);
        let changed = |change: &dyn Fn(&Entry, &mut Item)| {
            let items = entries.iter().map(|entry| {
                let mut item = entry.item();
                change(entry, &mut item);
                item
            });
            let (result, ears) = common::compress(&options, items.collect(), &Target::Memory);
            assert_eq!(ears.failed, []);
            result.expect("a job without faults").archive.expect("an archive")
        };
        let disk = changed(&|entry, item| {
            item.source = parallelcompress::Source::File(folder.path().join(&entry.name));
        });
        assert!(disk == memory, "{solid:?}: files differ from memory");
        let streams = changed(&|entry, item| {
            let reader = std::io::Cursor::new(entry.bytes.clone());
            item.source = parallelcompress::Source::Reader(Box::new(reader));
        });
        assert!(streams == memory, "{solid:?}: streams differ from memory");
    }
}

/// Delivers items in portions that another thread hands over at random moments.
struct Bursts {
    waiting: Arc<Mutex<(VecDeque<Vec<Item>>, bool)>>,
    /// Started at the first poll, when there is a control to wake the job with.
    portions: Option<Vec<Vec<Item>>>,
    random: Random,
    feeder: Option<thread::JoinHandle<()>>,
}

impl Bursts {
    fn new(entries: &[Entry], seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut portions = vec![Vec::new()];
        for item in common::items(entries) {
            if random.below(40) == 0 {
                portions.push(Vec::new());
            }
            portions.last_mut().expect("a portion").push(item);
        }
        Self { waiting: Arc::default(), portions: Some(portions), random, feeder: None }
    }
}

impl Feed for Bursts {
    fn poll(&mut self, control: &Control) -> Poll {
        if let Some(portions) = self.portions.take() {
            let (control, waiting, mut random) = (control.clone(), self.waiting.clone(), self.random.clone());
            self.feeder = Some(thread::spawn(move || {
                for portion in portions {
                    thread::sleep(Duration::from_micros(random.below(3000) as u64));
                    waiting.lock().expect("the queue").0.push_back(portion);
                    control.wake();
                }
                waiting.lock().expect("the queue").1 = true;
                control.wake();
            }));
        }
        let mut waiting = self.waiting.lock().expect("the queue");
        match waiting.0.pop_front() {
            Some(items) => Poll::Items(items),
            None if waiting.1 => Poll::End,
            None => Poll::Pending,
        }
    }
}

#[test]
fn a_feed_that_delivers_in_bursts_gives_the_same_bytes_every_time() {
    let mut entries = assortment(9, 900, 1_000);
    entries.insert(300, Entry::file("large.bin", mixed(4, 400_000)));
    entries.insert(600, Entry::file("noise.jpg", noise(4, 400_000)));
    for solid in SOLID {
        let options = Options { solid, level: 1, dictionary: Some(1 << 20), ..Options::default() };
        let mut first: Option<Vec<u8>> = None;
        for threads in THREADS {
            for run in 0..3 {
                let mut feed = Bursts::new(&entries, u64::from(threads) * 10 + run);
                let options = Options { threads, ..options.clone() };
                let summary = compress(&options, &mut feed, &Target::Memory, &mut Silent, &Control::new())
                    .expect("a job without faults");
                feed.feeder.expect("a feeder").join().expect("the feeder to end");
                let archive = summary.archive.expect("an archive");
                let first = first.get_or_insert_with(|| {
                    oracle::assert_holds(&archive, None, &entries);
                    archive.clone()
                });
                assert!(*first == archive, "run {run} with {threads} threads differs: {solid:?}");
            }
        }
    }
}
