//! What a job tells its caller: progress that only grows, statistics that add up, on the caller's thread alone.

mod common;

use std::thread;
use std::time::{Duration, Instant};

use common::data::{assortment, mixed};
use common::{Ears, End, Entry, Stream};
use parallelcompress::{
    Control, Encryption, Item, ItemList, Method, Options, SizeClass, Solid, Statistics, Summary, Target, Totals,
    compress,
};

/// Runs a job and checks what holds for every job's callbacks.
fn run(options: &Options, items: Vec<Item>, target: &Target) -> (Summary, Ears) {
    let sizes: Vec<Option<u64>> = items.iter().map(|item| item.size).collect();
    let control = Control::new();
    let mut ears = Ears::default();
    let start = Instant::now();
    let summary =
        compress(options, &mut ItemList::new(items), target, &mut ears, &control).expect("a job without faults");
    let elapsed = start.elapsed();

    assert_eq!(ears.threads, [thread::current().id()], "callbacks come on the caller's thread");
    let calls_at_most = |extra| elapsed.as_nanos() / options.progress_interval.as_nanos().max(1) + extra;
    let progress = ears.progress_by_item();
    for (index, calls) in &progress {
        assert!(calls.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1), "progress of {index} goes back: {calls:?}");
        assert!(calls.len() as u128 <= calls_at_most(2), "{} calls for {index} in {elapsed:?}", calls.len());
        let failed = ears.failed.iter().any(|(failed, ..)| failed == index);
        if let Some(size) = sizes[*index as usize]
            && !failed
        {
            assert_eq!(calls.last().expect("a call").0, size, "the last call for {index} is the whole item");
        }
    }
    for (index, _) in sizes.iter().enumerate() {
        let index = index as u32;
        let failed = ears.failed.iter().filter(|(failed, ..)| *failed == index).count();
        let life = ears.lives.get(&index).map_or("", String::as_str);
        let (begin, end) = if failed == 1 { ("s", "f") } else { ("sp", "pc") };
        let is_whole = life.starts_with(begin) && life.ends_with(end) || failed == 1 && life == "f";
        assert!(is_whole && life.matches(['s', 'c', 'f']).count() <= 2, "{index}: {life}");
        assert!(failed == 1 || progress.contains_key(&index), "{index} was never mentioned");
    }

    for (index, name, in_size, out_size) in &ears.completed {
        let told = |(i, n, a, b): &(u32, String, u64, u64)| (i, n, a, b) == (index, name, in_size, out_size);
        assert!(progress[index].last() == Some(&(*in_size, *out_size)) && ears.progress.iter().any(told), "{name}");
    }

    assert!(ears.statistics.len() as u128 <= calls_at_most(2), "{} calls in {elapsed:?}", ears.statistics.len());
    let mut before = Statistics::default();
    for (_, now) in &ears.statistics {
        assert!(now.items_completed + now.items_failed + now.items_in_progress <= now.items_total, "{now:?}");
        assert!(now.items_completed >= before.items_completed && now.items_failed >= before.items_failed, "{now:?}");
        assert!(now.bytes_in >= before.bytes_in && now.elapsed >= before.elapsed, "{now:?} after {before:?}");
        assert!(now.active_threads <= 256, "{now:?}");
        before = *now;
    }
    let end = summary.statistics;
    assert_eq!(ears.statistics.last().expect("statistics at the end").1, end, "the last statistics are the summary's");
    assert_eq!(control.statistics(), end);
    assert_eq!(end.items_total, sizes.len() as u64);
    assert_eq!(end.items_completed + end.items_failed, end.items_total);
    assert_eq!(end.items_failed, ears.failed.len() as u64);
    assert_eq!((end.items_in_progress, end.active_threads), (0, 0));
    assert!(end.elapsed <= elapsed);
    assert!(end.busy <= end.elapsed * summary.memory.threads, "{end:?}");
    let totals = Totals::from(&end);
    let sum = |of: fn(&SizeClass) -> u64| totals.size_classes.iter().map(of).sum::<u64>();
    assert_eq!(sum(|class| class.items), end.items_completed);
    assert_eq!(sum(|class| class.bytes_in), end.bytes_in);
    let is_in = |index: &u32| ears.failed.iter().all(|(failed, ..)| failed != index);
    let packed = progress.iter().filter(|(index, _)| is_in(index)).filter_map(|(_, calls)| calls.last());
    let packed = packed.map(|call| call.1).sum();
    assert_eq!(sum(|class| class.bytes_out), packed, "the classes hold what was told of the items");
    assert!(packed < end.bytes_out && (end.busy > Duration::ZERO) == (end.bytes_in > 0), "{end:?}");
    assert_eq!((totals.jobs, totals.bytes_in, totals.bytes_out), (1, end.bytes_in, end.bytes_out));
    (summary, ears)
}

#[test]
fn every_item_is_reported_once_when_the_interval_never_passes() {
    let mut entries = assortment(1, 200, 10_000);
    entries.push(Entry::file("nothing", []));
    entries.push(Entry::folder("folder"));
    entries.push(Entry::file("large.bin", mixed(1, 1_000_000)));
    for solid in [Solid::Auto, Solid::Off, Solid::All] {
        for method in [Method::Copy, Method::Lzma, Method::Lzma2] {
            let never = Duration::from_secs(3600);
            let options = Options { solid, method, level: 1, progress_interval: never, ..Options::default() };
            let (_, ears) = run(&options, common::items(&entries), &Target::Memory);
            for (index, entry) in entries.iter().enumerate() {
                let calls: Vec<_> = ears.progress.iter().filter(|(of, ..)| *of == index as u32).collect();
                assert_eq!(calls.len(), 1, "{entry:?}: {calls:?}");
                assert_eq!((&calls[0].1, calls[0].2), (&entry.name, entry.bytes.len() as u64));
            }
            assert_eq!(ears.statistics.len(), 1, "once at the end");
        }
    }
}

#[test]
fn final_statistics_add_up() {
    let entries = assortment(2, 100, 10_000);
    let bytes: u64 = entries.iter().map(|entry| entry.bytes.len() as u64).sum();
    let folder = common::folder();
    for solid in [Solid::Auto, Solid::Off, Solid::All] {
        for encryption in [None, Some(Encryption::Password("p".into()))] {
            let encrypt_header = encryption.is_some();
            let options = Options { solid, level: 1, encryption, encrypt_header, ..Options::default() };
            let path = folder.path().join("it.7z");
            for target in [Target::Memory, Target::File(path.clone())] {
                let (summary, _) = run(&options, common::items(&entries), &target);
                let end = summary.statistics;
                assert_eq!((end.items_completed, end.items_failed), (100, 0));
                assert_eq!((end.bytes_in, end.bytes_total), (bytes, bytes));
                let written = match summary.archive {
                    Some(archive) => archive.len() as u64,
                    None => path.metadata().expect("the archive").len(),
                };
                assert_eq!(end.bytes_out, written);
                assert!(end.bytes_per_second > 0 && end.files_per_second_x100 > 0, "{end:?}");
                assert_eq!(end.remaining.unwrap_or_default(), Duration::ZERO);
            }
        }
    }
}

#[test]
fn failed_items_are_counted_and_do_not_disturb_the_others() {
    for solid in [Solid::Auto, Solid::Off, Solid::All] {
        let mut items = common::items(&assortment(3, 90, 20_000));
        for (number, place) in [0, 40, 92].into_iter().enumerate() {
            let stream = Stream::new(1, 30_000, End::Error(libc::EIO));
            items.insert(place, Item::from_reader(format!("part 1/bad {number}"), stream, None));
        }
        for (item, index) in items.iter_mut().zip(0..) {
            item.index = index;
        }
        let options = Options { solid, level: 1, progress_interval: Duration::from_millis(1), ..Options::default() };
        let (summary, ears) = run(&options, items, &Target::Memory);
        assert_eq!((summary.statistics.items_completed, summary.statistics.items_failed), (90, 3));
        let mut failed: Vec<u32> = ears.failed.iter().map(|(index, ..)| *index).collect();
        failed.sort();
        assert_eq!(failed, [0, 40, 92]);
    }
}

#[test]
fn a_long_job_reports_steadily_and_estimates_the_time_left() {
    for (method, solid) in [(Method::Lzma2, Solid::Auto), (Method::Lzma2, Solid::All), (Method::Lzma, Solid::Off)] {
        let mut entries = assortment(4, 50, 20_000);
        entries.push(Entry::file("large.bin", mixed(2, 4_000_000)));
        let bytes: u64 = entries.iter().map(|entry| entry.bytes.len() as u64).sum();
        let options =
            Options { method, solid, threads: 2, progress_interval: Duration::from_millis(5), ..Options::default() };
        let (_, ears) = run(&options, common::items(&entries), &Target::Memory);
        let midway: Vec<&Statistics> = ears
            .statistics
            .iter()
            .map(|(_, statistics)| statistics)
            .filter(|it| (bytes / 5..bytes * 4 / 5).contains(&it.bytes_in))
            .collect();
        assert!(midway.len() > 3, "{} reports midway", midway.len());
        assert!(midway.iter().all(|it| it.bytes_total == bytes), "the total is known from the start");
        assert!(midway.iter().any(|it| it.remaining.is_some()), "no estimate of the time left");
        assert!(midway.iter().any(|it| it.active_threads > 0), "nobody works");
        assert!(midway.iter().any(|it| it.items_in_progress > 0), "nothing is in progress");
        let large: Vec<u64> = ears
            .progress
            .iter()
            .filter(|(_, name, ..)| name == "large.bin")
            .map(|&(_, _, in_size, _)| in_size)
            .collect();
        assert!(large.len() > 3, "{} calls for a large item", large.len());
        assert!(large.is_sorted(), "an item went back: {large:?}");
    }
}

#[test]
fn several_entries_may_share_an_index_and_each_is_reported() {
    // The entries of a walked folder all carry the folder's number.
    let entries = assortment(5, 40, 5_000);
    let items: Vec<Item> = entries.iter().map(|entry| entry.item().with_index(7)).collect();
    let options = Options { progress_interval: Duration::from_secs(3600), ..Options::default() };
    let mut ears = Ears::default();
    compress(&options, &mut ItemList::new(items), &Target::Memory, &mut ears, &Control::new())
        .expect("a job without faults");
    let mut told: Vec<_> = ears.progress.iter().map(|(index, name, size, _)| (*index, name.as_str(), *size)).collect();
    let mut expected: Vec<_> = entries.iter().map(|it| (7, it.name.as_str(), it.bytes.len() as u64)).collect();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
}

#[test]
fn another_thread_can_look_at_the_statistics_while_the_job_runs() {
    let control = Control::new();
    let entries = [Entry::file("large.bin", mixed(3, 3_000_000))];
    let watcher = thread::spawn({
        let control = control.clone();
        move || {
            let mut seen = Vec::new();
            while !control.is_cancelled() {
                seen.push(control.statistics());
                thread::sleep(Duration::from_millis(5));
            }
            seen
        }
    });
    let options = Options { threads: 2, progress_interval: Duration::from_millis(5), ..Options::default() };
    let mut ears = Ears::default();
    compress(&options, &mut ItemList::new(common::items(&entries)), &Target::Memory, &mut ears, &control)
        .expect("a job without faults");
    // The job is over: this only ends the watcher.
    control.cancel();
    let seen = watcher.join().expect("the watcher");
    assert!(seen.is_sorted_by_key(|it| it.bytes_in), "what another thread sees goes back");
    assert!(seen.iter().any(|it| (1..3_000_000).contains(&it.bytes_in)), "nothing was seen midway");
}
