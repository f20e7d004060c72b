//! Changing archives: what stays is copied as it is, what changes is changed, and 7-Zip accepts the outcome.

mod common;

use std::collections::BTreeMap;
use std::fs;

use common::{Entry, data, oracle};
use parallelcompress::extract::update::{Replace, Update, UpdateSummary};
use parallelcompress::extract::{Archive, ExtractOptions, InMemory, OpenOptions, memory};
use parallelcompress::job::Silent;
use parallelcompress::{Control, Encryption, Error, FileTime, Item, Metadata, Options, Solid, Source, Target};

fn open(bytes: &[u8], password: Option<&str>) -> Archive {
    let encryption = password.map(|password| Encryption::Password(password.into()));
    let options = OpenOptions { encryption, ..OpenOptions::default() };
    Archive::open_source(memory(bytes.to_vec()), &options, &Control::new()).expect("an archive")
}

/// Names and bytes of everything in an archive.
fn contents(bytes: &[u8], password: Option<&str>) -> BTreeMap<String, Vec<u8>> {
    let archive = open(bytes, password);
    let items = InMemory::default();
    let summary = archive.extract(|_| true, &items, &ExtractOptions::default(), &mut Silent, &Control::new()).unwrap();
    assert_eq!(summary.statistics.items_failed, 0);
    let mut all: BTreeMap<_, _> = archive.entries().map(|entry| (entry.name().to_owned(), Vec::new())).collect();
    assert_eq!(all.len(), archive.entries().len(), "names appear twice");
    for (index, bytes) in items.into_items() {
        all.insert(archive.entry(index).unwrap().name().to_owned(), bytes);
    }
    all
}

fn write(update: Update<&Archive>, options: &Options, items: Vec<Item>) -> (Vec<u8>, UpdateSummary) {
    let mut summary = update.write(options, items, &Target::Memory, &mut Silent, &Control::new()).expect("an update");
    (summary.summary.archive.take().expect("in memory"), summary)
}

/// 7-Zip, and the other readers, accept it.
fn accepted(bytes: &[u8], password: Option<&str>) {
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    fs::write(&path, bytes).unwrap();
    oracle::seven_zip_tests(&path, password);
    oracle::rust_tests(&path, password);
    if password.is_none() {
        oracle::bsdtar_lists(&path);
    }
}

/// Twelve files of three in a block, an empty one and a folder.
fn an_archive(solid: Solid, password: Option<&str>) -> (Vec<u8>, BTreeMap<String, Vec<u8>>) {
    let mut entries: Vec<_> = (0..12).map(|i| Entry::file(format!("dir/{i:02}.txt"), data::text(i, 20_000))).collect();
    entries.push(Entry::file("dir/empty", Vec::new()));
    entries.push(Entry::folder("dir"));
    let encryption = password.map(|password| Encryption::Password(password.into()));
    let encrypt_header = password.is_some();
    let options = Options { solid, encryption, encrypt_header, ..Options::default() };
    let bytes = common::to_memory(&options, &entries);
    let contents = contents(&bytes, password);
    assert_eq!(contents.len(), 14);
    (bytes, contents)
}

/// The packed bytes of every block.
fn blocks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let archive = open(bytes, None);
    let mut start = 32;
    let with_bytes = archive.entries().filter(|entry| entry.block().is_some());
    with_bytes
        .filter_map(|entry| entry.packed_size())
        .map(|size| {
            let block = bytes[start..start + size as usize].to_vec();
            start += size as usize;
            block
        })
        .collect()
}

#[test]
fn nothing_changes_where_nothing_is_changed() {
    for solid in [Solid::Off, Solid::Files(3), Solid::All] {
        let (old, expected) = an_archive(solid, None);
        let archive = open(&old, None);
        let (new, summary) = write(Update::new(&archive), &Options::default(), Vec::new());
        assert_eq!((summary.blocks_copied, summary.items_repacked), (archive.blocks() as u64, 0), "{solid:?}");
        assert!(new == old, "{solid:?}: another archive");
        assert_eq!(contents(&new, None), expected);
    }
}

#[test]
fn a_deleted_item_costs_its_block_alone() {
    let (old, mut expected) = an_archive(Solid::Files(3), None);
    let archive = open(&old, None);
    let mut update = Update::new(&archive);
    assert_eq!(update.delete(|name| name == "dir/04.txt"), 1);
    assert_eq!(update.delete(|name| name == "dir/04.txt"), 0, "it is deleted already");
    let (new, summary) = write(update, &Options::default(), Vec::new());
    accepted(&new, None);
    expected.remove("dir/04.txt");
    assert_eq!(contents(&new, None), expected);
    assert_eq!((summary.blocks_copied, summary.items_repacked), (3, 2));
    let (before, after) = (blocks(&old), blocks(&new));
    let kept = before.iter().filter(|block| after.contains(block)).count();
    assert_eq!((before.len(), after.len(), kept), (4, 4, 3), "blocks");
}

#[test]
fn a_folder_goes_and_changes_its_name_with_all_that_is_in_it() {
    let (old, expected) = an_archive(Solid::Auto, None);
    let archive = open(&old, None);
    let mut update = Update::new(&archive);
    assert_eq!(update.rename("dir", "other/dir").unwrap(), 14);
    let (new, summary) = write(update, &Options::default(), Vec::new());
    accepted(&new, None);
    let renamed: BTreeMap<_, _> = expected.into_iter().map(|(name, bytes)| (format!("other/{name}"), bytes)).collect();
    assert_eq!(contents(&new, None), renamed);
    assert_eq!(summary.items_repacked, 0);

    let archive = open(&new, None);
    let mut update = Update::new(&archive);
    assert_eq!(update.delete(|name| name.starts_with("other/dir")), 14);
    let (new, _) = write(update, &Options::default(), Vec::new());
    assert!(contents(&new, None).is_empty());
}

#[test]
fn a_name_that_is_taken_or_none_is_refused() {
    let (old, _) = an_archive(Solid::Auto, None);
    let archive = open(&old, None);
    for (from, to) in
        [("dir/00.txt", "dir/01.txt"), ("dir/00.txt", ""), ("dir", "../x"), ("dir", "/x"), ("dir", "a//b")]
    {
        let error = Update::new(&archive).rename(from, to).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{from} to {to}: {error}");
    }
    assert_eq!(Update::new(&archive).rename("none", "x").unwrap(), 0);
}

fn item(name: &str, bytes: &[u8], modified: Option<u64>) -> Item {
    let metadata = Metadata { modified: modified.map(FileTime), ..Metadata::file() };
    Item::from_memory(name, bytes.to_vec()).with_metadata(metadata)
}

#[test]
fn new_items_are_added_and_take_the_place_of_old_ones() {
    let old = {
        let items = vec![item("a", b"old a", Some(100)), item("b", b"old b", Some(100)), item("c", b"old c", None)];
        common::compress(&Options::default(), items, &Target::Memory).0.unwrap().archive.unwrap()
    };
    let archive = open(&old, None);
    let new_items = || {
        vec![
            item("a", b"new a", Some(101)),
            item("b", b"new b", Some(100)),
            item("c", b"new c", Some(1)),
            item("d", b"d", None),
        ]
    };
    let expectations = [
        (Replace::Always, ["new a", "new b", "new c", "d"]),
        (Replace::Newer, ["new a", "old b", "new c", "d"]),
        (Replace::Never, ["old a", "old b", "old c", "d"]),
    ];
    for (policy, expected) in expectations {
        let mut update = Update::new(&archive);
        let items = update.replace(new_items(), policy);
        let (new, _) = write(update, &Options::default(), items);
        accepted(&new, None);
        let found: Vec<_> = contents(&new, None).into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
        assert_eq!(found, expected, "{policy:?}");
    }
}

#[test]
fn an_item_that_fails_does_not_take_the_old_one_along() {
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    let (old, _) = an_archive(Solid::Files(3), None);
    fs::write(&path, &old).unwrap();
    let archive = Archive::open(&path, &OpenOptions::default()).unwrap();
    let failing = |name: &str| Item {
        source: Source::Failed(Error::InvalidArgument("it cannot be read".into())),
        size: None,
        ..Item::from_memory(name, b"")
    };
    let mut update = Update::new(&archive);
    let items = update.replace(vec![failing("dir/03.txt")], Replace::Always);
    let result = update.write(&Options::default(), items, &Target::File(path.clone()), &mut Silent, &Control::new());
    assert!(result.is_err());
    assert!(fs::read(&path).unwrap() == old, "the archive was changed");
    assert_eq!(common::names_in(folder.path()), ["it.7z"]);
    // A new one that fails is left out, as in any job.
    let mut update = Update::new(&archive);
    let items = update.replace(vec![failing("new")], Replace::Always);
    let summary =
        update.write(&Options::default(), items, &Target::File(path.clone()), &mut Silent, &Control::new()).unwrap();
    assert_eq!((summary.summary.statistics.items_failed, summary.blocks_copied), (1, 4));
    oracle::seven_zip_tests(&path, None);
}

#[test]
fn archives_become_one_by_copying() {
    let archives: Vec<_> = (0..4u64)
        .map(|number| {
            let entries: Vec<_> =
                (0..5).map(|i| Entry::file(format!("{number}/{i}"), data::mixed(number * 10 + i, 30_000))).collect();
            let solid = [Solid::Off, Solid::All, Solid::Files(2), Solid::Auto][number as usize];
            common::to_memory(&Options { solid, ..Options::default() }, &entries)
        })
        .collect();
    let opened: Vec<_> = archives.iter().map(|bytes| open(bytes, None)).collect();
    let mut update = Update::new(&opened[0]);
    opened[1..].iter().for_each(|archive| update.merge(archive));
    let (new, summary) = write(update, &Options::default(), Vec::new());
    accepted(&new, None);
    let expected: BTreeMap<_, _> = archives.iter().flat_map(|bytes| contents(bytes, None)).collect();
    assert_eq!(contents(&new, None), expected);
    let packed: Vec<_> = archives.iter().flat_map(|bytes| blocks(bytes)).collect();
    assert_eq!((summary.blocks_copied, summary.items_repacked), (packed.len() as u64, 0));
    assert_eq!(blocks(&new), packed, "blocks are not what they were");

    // Split again: what is not in a folder goes.
    let whole = open(&new, None);
    for (number, bytes) in archives.iter().enumerate() {
        let mut update = Update::new(&whole);
        update.delete(|name| !name.starts_with(&format!("{number}/")));
        let (part, summary) = write(update, &Options::default(), Vec::new());
        assert_eq!(contents(&part, None), contents(bytes, None));
        assert_eq!(summary.items_repacked, 0);
    }
}

#[test]
fn of_50_000_items_one_is_deleted_one_renamed_one_added_by_copying() {
    let text = data::text(1, 50_000 * 100);
    let entries: Vec<_> = (0..)
        .zip(text.chunks_exact(100))
        .map(|(i, bytes)| Entry::file(format!("{}/{i:05}.txt", i / 1000), bytes))
        .collect();
    let old = common::to_memory(&Options { solid: Solid::Files(100), level: 1, ..Options::default() }, &entries);
    let archive = open(&old, None);
    assert_eq!(archive.blocks(), 500);
    let before = blocks(&old);
    type Change = fn(&mut Update<&Archive>) -> Vec<Item>;
    // The change, entries then, blocks that are copied, items that are packed again.
    let changes: [(Change, usize, u64, u64); 3] = [
        (|update| (update.delete(|name| name == "17/17171.txt") == 1).then(Vec::new).unwrap(), 49_999, 499, 99),
        (|update| update.rename("17/17171.txt", "other").map(|_| Vec::new()).unwrap(), 50_000, 500, 0),
        (|_| vec![Item::from_memory("new.txt", data::text(1, 400))], 50_001, 500, 0),
    ];
    for (change, count, copied, repacked) in changes {
        let mut update = Update::new(&archive);
        let items = change(&mut update);
        let (new, summary) = write(update, &Options::default(), items);
        assert_eq!((summary.blocks_copied, summary.items_repacked), (copied, repacked));
        let after = blocks(&new);
        let mut rest = after.iter();
        let kept = before.iter().filter(|block| rest.clone().next() == Some(*block) && rest.next().is_some()).count();
        assert_eq!(kept as u64, copied, "blocks are not what they were");
        assert_eq!(open(&new, None).entries().len(), count);
        let folder = common::folder();
        let path = folder.path().join("it.7z");
        fs::write(&path, &new).unwrap();
        oracle::seven_zip_tests(&path, None);
    }
}

/// Ten archives of 100 MB with `PARALLELCOMPRESS_CORPUS` set, which takes 2 GB of disk; otherwise of 5 MB.
#[test]
fn ten_large_archives_become_one_by_copying() {
    let item_size = if std::env::var_os("PARALLELCOMPRESS_CORPUS").is_some() { 5 << 20 } else { 256 << 10 };
    let folder = common::folder();
    let path = |number: u64| folder.path().join(format!("{number}.7z"));
    let mut packed = 0;
    for number in 0..10u64 {
        let entries: Vec<_> =
            (0..20).map(|i| Entry::file(format!("{number}/{i:02}"), data::noise(number * 20 + i, item_size))).collect();
        common::to_file(&Options { solid: Solid::Files(5), level: 1, ..Options::default() }, &entries, &path(number));
        packed += fs::metadata(path(number)).unwrap().len();
    }
    let archives: Vec<_> =
        (0..10).map(|number| Archive::open(path(number), &OpenOptions::default()).unwrap()).collect();
    let mut update = Update::new(&archives[0]);
    archives[1..].iter().for_each(|archive| update.merge(archive));
    let merged = path(10);
    let began = std::time::Instant::now();
    let target = Target::File(merged.clone());
    let summary = update.write(&Options::default(), Vec::new(), &target, &mut Silent, &Control::new()).unwrap();
    println!("{} MB merged in {:?}", packed >> 20, began.elapsed());
    assert_eq!((summary.blocks_copied, summary.items_repacked), (40, 0));
    assert!(summary.bytes_copied > packed - 100_000);
    oracle::seven_zip_tests(&merged, None);
    let all = fs::read(&merged).unwrap();
    let mut after = blocks(&all).into_iter();
    for number in 0..10 {
        for block in blocks(&fs::read(path(number)).unwrap()) {
            assert!(after.next() == Some(block), "a block is not what it was");
        }
    }
}

#[test]
fn of_two_items_with_one_name_the_later_archive_wins() {
    let one = common::to_memory(
        &Options::default(),
        &[Entry::folder("d"), Entry::file("d/x", *b"one"), Entry::file("y", *b"y")],
    );
    let two = common::to_memory(&Options::default(), &[Entry::folder("d"), Entry::file("d/x", *b"two")]);
    let (one, two) = (open(&one, None), open(&two, None));
    let mut update = Update::new(&one);
    update.merge(&two);
    let (new, _) = write(update, &Options::default(), Vec::new());
    accepted(&new, None);
    let contents = contents(&new, None);
    assert_eq!(contents["d/x"], b"two");
    assert_eq!(contents.len(), 3);
}

#[test]
fn an_encrypted_archive_stays_encrypted() {
    let (old, mut expected) = an_archive(Solid::Files(3), Some("secret"));
    let archive = open(&old, Some("secret"));
    let mut update = Update::new(&archive);
    update.delete(|name| name == "dir/00.txt");
    let items = update.replace(vec![item("new", b"plain words", None)], Replace::Always);
    let (new, summary) = write(update, &Options::default(), items);
    accepted(&new, Some("secret"));
    assert_eq!((summary.blocks_copied, summary.items_repacked), (3, 2));
    expected.remove("dir/00.txt");
    expected.insert("new".into(), b"plain words".to_vec());
    assert_eq!(contents(&new, Some("secret")), expected);
    assert!(!common::contains(&new, b"plain words") && open(&new, Some("secret")).has_encrypted_names());
    assert!(open(&new, Some("secret")).entries().all(|entry| entry.size() == 0 || entry.is_encrypted()));
}

/// Archives of 7-Zip's: filters, several streams, a plain header.
#[test]
fn archives_of_7zip_are_changed() {
    let folder = common::folder();
    let root = folder.path().join("tree");
    let entries: Vec<_> = (0..6)
        .map(|i| Entry::file(format!("{i}.exe"), data::program(i, 100_000)))
        .chain([Entry::file("empty", Vec::new()), Entry::folder("d")])
        .collect();
    common::tree::write(&entries, &root);
    for (number, switches) in [
        "-m0=BCJ2 -m1=LZMA:d=1m -m2=LZMA -m3=LZMA -mb0:1 -mb0s1:2 -mb0s2:3",
        "-mx=9 -ms=2f",
        "-m0=PPMd -ms=off",
        "-m0=BCJ2 -m1=LZMA2 -psecret -mhe",
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{number}.7z"));
        let mut command = std::process::Command::new("7zz");
        command.arg("a").args(switches.split(' ')).arg(&path).arg("tree").current_dir(folder.path());
        if !command.output().expect("7zz").status.success() {
            panic!("7zz does not take {switches}");
        }
        let password = switches.contains("secret").then_some("secret");
        let old = fs::read(&path).unwrap();
        let mut expected = contents(&old, password);
        let archive = open(&old, password);
        let mut update = Update::new(&archive);
        update.delete(|name| name == "tree/3.exe");
        update.rename("tree/d", "tree/e").unwrap();
        let (new, _) = write(update, &Options::default(), vec![item("more", b"more", None)]);
        accepted(&new, password);
        expected.remove("tree/3.exe");
        expected.remove("tree/d");
        expected.insert("tree/e".into(), Vec::new());
        expected.insert("more".into(), b"more".to_vec());
        assert_eq!(contents(&new, password), expected, "{switches}");
    }
}

#[test]
fn a_program_before_the_archive_is_not_lost_silently() {
    let (old, _) = an_archive(Solid::Auto, None);
    let whole = [&data::program(1, 5000)[..], &old].concat();
    let archive = open(&whole, None);
    let result =
        Update::new(&archive).write(&Options::default(), Vec::new(), &Target::Memory, &mut Silent, &Control::new());
    assert!(matches!(result, Err(Error::Unsupported(_))));
}

/// However a change ends, there is one valid archive: the old or the new one.
#[cfg(all(unix, feature = "cli"))]
#[test]
fn a_kill_at_any_moment_leaves_the_old_archive_or_the_new_one() {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let folder = common::folder();
    let path = folder.path().join("it.7z");
    let entries: Vec<_> = (0..60).map(|i| Entry::file(format!("{i:02}"), data::noise(i, 400_000))).collect();
    let options = Options { solid: Solid::Files(3), level: 1, ..Options::default() };
    common::to_file(&options, &entries, &path);
    let mut random = data::Random::new(7);
    let (mut killed, mut changed) = (0, 0);
    // All of them where time does not matter.
    let kills = if std::env::var_os("PARALLELCOMPRESS_CORPUS").is_some() { 100 } else { 25 };
    let mut longest = 60_000;
    for number in 0..kills {
        let old = fs::read(&path).unwrap();
        let names = contents(&old, None).into_keys().collect::<Vec<_>>();
        let name = names[random.below(names.len())].clone();
        let mut command = Command::new(env!("CARGO_BIN_EXE_pc7z"));
        let new_name = format!("renamed {number}");
        match number % 2 {
            0 => command.args(["d", "it.7z", &name]),
            _ => command.args(["rn", "it.7z", &name, &new_name]),
        };
        let quiet = command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.spawn().expect("pc7z runs");
        std::thread::sleep(Duration::from_micros(random.below(longest) as u64));
        let _ = child.kill();
        let status = child.wait().expect("its end");
        let now = fs::read(&path).expect("the archive");
        match status.success() {
            // It was done before: kill earlier.
            true => longest = (longest / 2).max(5_000),
            false => killed += 1,
        }
        if now != old {
            changed += 1;
            let there = contents(&now, None);
            assert!(!there.contains_key(&name), "{name} of {}", there.len());
            assert!(there.len() == names.len() || there.len() + 1 == names.len(), "a third state");
        }
    }
    println!("{killed} of {kills} killed, {changed} changed");
    assert!(killed > kills / 4, "{killed} of {kills} were killed on their way");
    oracle::seven_zip_tests(&path, None);
}
