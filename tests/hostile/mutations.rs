//! Thousands of damaged archives: no panic, no hang, no memory beyond the limit, nothing outside the folder and nothing
//! unfinished in it; and a wrong checksum names its item.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parallelcompress::extract::destination::Overwrite;
use parallelcompress::extract::{Archive, Discard, Limits, OpenOptions, memory};
use parallelcompress::{Control, Error, Method, Options, Solid};

use crate::common::data::Random;
use crate::common::{self, Entry, child, data};
use crate::mutator::{mutate, secret, seeds};
use crate::trap::{Notes, Trap, extract_to, kind};

const MIB: u64 = 1 << 20;
/// For decoders, and for each thing that is limited.
const LIMIT: u64 = 48 * MIB;
/// The test itself with its seeds, and portions on their way to the disk.
const SLACK: u64 = 64 * MIB;
/// No archive of the test takes a hundredth of it.
const HANG: Duration = Duration::from_secs(5);

/// Kinds of errors that a damaged archive may end in.
const OPENING: [&str; 5] = ["NotAnArchive", "Corrupt", "Unsupported", "Password", "LimitExceeded"];
/// The same for an item: its name may be refused too, or be in the way of another.
const ITEM: [&str; 11] = [
    "Corrupt",
    "Unsupported",
    "Password",
    "LimitExceeded",
    "Checksum",
    "UnsafeName",
    "UnsafeLink",
    "SpecialFile",
    "Exists",
    "Blocked",
    "Io",
];

/// Opens an archive and extracts it; `true` where it could be opened.
fn survive(trap: &Trap, bytes: Vec<u8>, threads: u32, what: &str) -> (bool, Notes) {
    let limits = Limits { entries: 10_000, header: MIB, memory: LIMIT, key_rounds: 10, unpacked: LIMIT, ratio: 10_000 };
    let options = OpenOptions { encryption: Some(secret()), limits };
    let archive = match Archive::open_source(memory(bytes), &options, &Control::new()) {
        Ok(archive) => archive,
        Err(error) => {
            assert!(OPENING.contains(&&*kind(&error)), "{what}: {error:?}");
            return (false, Notes::default());
        }
    };
    let (result, notes) = trap.extract(&archive, Overwrite::Rename, threads);
    if let Err(error) = result {
        assert!(matches!(error, Error::LimitExceeded(_)), "{what}: {error:?}");
    }
    for failure in &notes.failed {
        assert!(ITEM.contains(&&*failure.kind), "{what}: {failure:?}");
        let shown = format!("{:?}", failure.name);
        let last = failure.name.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
        let named = failure.text.contains(&failure.name) || failure.text.contains(&shown);
        // On disk a name may be another one: the last part is in the path, or what it is escaped to.
        let is_path = matches!(&*failure.kind, "Exists" | "Blocked" | "Io");
        assert!(named || (is_path && (failure.text.contains(last) || !last.is_ascii())), "{what}: {failure:?}");
    }
    trap.clear();
    (true, notes)
}

#[test]
fn thousands_of_damaged_archives_do_no_harm() {
    common::alone("mutations::thousands_of_damaged_archives_do_no_harm", || {
        // As many as were asked for where time does not matter.
        let count = if env::var_os("PARALLELCOMPRESS_CORPUS").is_some() { 5000 } else { 1000 };
        let seeds = seeds();
        let trap = Trap::new();
        for seed in &seeds {
            let (opened, notes) = survive(&trap, seed.bytes(), 2, &seed.name);
            assert!(opened && notes.failed.is_empty() && !notes.completed.is_empty(), "{}: {notes:?}", seed.name);
        }
        // Numbers the archive at hand; watched by a thread that ends all of it when one takes too long.
        let (at_hand, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let watch = thread::spawn({
            let (at_hand, done) = (Arc::clone(&at_hand), Arc::clone(&done));
            move || {
                let mut last = (usize::MAX, Instant::now());
                while !done.load(Ordering::Relaxed) {
                    let number = at_hand.load(Ordering::Relaxed);
                    if number != last.0 {
                        last = (number, Instant::now());
                    }
                    if last.1.elapsed() > HANG {
                        println!("archive {number} hangs");
                        std::process::exit(1);
                    }
                    thread::sleep(Duration::from_millis(50));
                }
            }
        });
        let mut random = Random::new(1);
        let (mut opened, mut failed, mut slowest) = (0, 0, Duration::ZERO);
        for number in 0..count {
            at_hand.store(number, Ordering::Relaxed);
            let seed = &seeds[number % seeds.len()];
            let bytes = mutate(seed, &seeds, &mut random);
            let began = Instant::now();
            let what = format!("archive {number}, of {}", seed.name);
            let (is_open, notes) = survive(&trap, bytes, [1, 2][number % 2], &what);
            opened += usize::from(is_open);
            failed += notes.failed.len();
            slowest = slowest.max(began.elapsed());
        }
        done.store(true, Ordering::Relaxed);
        watch.join().expect("the watching thread");
        let peak = child::peak_memory();
        println!(
            "{count} archives of {} seeds: {opened} opened, {failed} items failed, {slowest:?}, {} MiB",
            seeds.len(),
            peak / MIB
        );
        assert!(
            opened > count / 5 && failed > count / 5,
            "{opened} opened, {failed} items failed: the damage is elsewhere"
        );
        assert!(peak < LIMIT + SLACK, "a peak of {} MiB", peak / MIB);
    });
}

#[test]
fn a_wrong_checksum_names_its_item_and_no_other() {
    let entries: Vec<_> = (0..6).map(|i| Entry::file(format!("d/item {i}"), data::noise(i, 5_000))).collect();
    for solid in [Solid::Off, Solid::All] {
        let whole = common::to_memory(&Options { method: Method::Copy, solid, ..Options::default() }, &entries);
        for item in 0..6 {
            let mut bytes = whole.clone();
            bytes[32 + item * 5_000 + 2_500] ^= 1;
            let trap = Trap::new();
            let opened =
                Archive::open_source(memory(bytes), &OpenOptions::default(), &Control::new()).expect("an archive");
            let name = opened.entry(item).expect("an entry").name().to_owned();
            for discard in [true, false] {
                let (result, notes) = match discard {
                    true => extract_to(&opened, &Discard, 2),
                    false => trap.extract(&opened, Overwrite::Fail, 2),
                };
                assert_eq!(result.expect("an extraction that goes on").statistics.items_completed, 5);
                let [failure] = &notes.failed[..] else { panic!("{notes:?}") };
                assert_eq!((&*failure.kind, &failure.name), ("Checksum", &name));
                assert!(failure.text.starts_with(&format!("wrong checksum: {name}: ")), "{failure:?}");
            }
            assert_eq!(common::names_in(&trap.root().join("d")).len(), 5);
        }
    }
}
