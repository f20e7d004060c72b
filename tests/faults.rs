//! What goes wrong outside: sources that fail, disks that fill, processes that die. The archive holds the good items
//! and nothing else; or there is no archive, and what was there before is untouched.

mod common;

use std::env;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Cursor, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::data::{assortment, noise, text};
use common::{Ears, End, Entry, Stream, child, oracle, tree};
use parallelcompress::{
    Control, Encryption, Error, Feed, Item, ItemList, Method, Observer, OnError, Options, Poll, Solid, Source,
    Statistics, Summary, Target, compress,
};

const SOLID: [Solid; 6] = [Solid::Auto, Solid::Off, Solid::All, Solid::Bytes(50_000), Solid::Files(3), Solid::ByType];

/// Runs a job in which the items named in `bad` (with a part of the cause's text) must fail, each once, and the
/// archive must hold exactly `good`.
fn assert_only_good(options: &Options, items: Vec<Item>, good: &[Entry], bad: &[(&str, &str)]) -> Vec<u8> {
    let total = items.len() as u64;
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    let (result, ears) = common::compress(options, items, &Target::File(path.clone()));
    let summary = result.expect("a failed item is no error of the job");
    assert_eq!(ears.failed.len(), bad.len(), "{:?}", ears.failed);
    for (name, cause) in bad {
        let (_, _, said) = ears.failed.iter().find(|(_, failed, _)| failed == name).expect("the bad item to be named");
        assert!(said.contains(cause) && said.contains(name), "{name}: {said:?} does not say {cause:?}");
    }
    let statistics = summary.statistics;
    assert_eq!(statistics.items_total, total);
    assert_eq!(statistics.items_failed, bad.len() as u64);
    assert_eq!(statistics.items_completed, total - bad.len() as u64);
    assert_eq!(statistics.items_in_progress, 0);

    let archive = fs::read(&path).expect("the archive");
    assert_eq!(statistics.bytes_out, archive.len() as u64);
    oracle::assert_holds(&archive, None, good);
    oracle::seven_zip_tests(&path, None);
    assert_eq!(common::names_in(folder.path()), ["it.7z"]);
    archive
}

/// Items of `good` with `bad` ones among them: in front, in the middle and at the end of the names' order.
fn around(good: &[Entry], bad: impl Fn(&str) -> Item) -> (Vec<Item>, [&'static str; 3]) {
    // Good items are named "part …": these sort before, between and after them in any solid block.
    const NAMES: [&str; 3] = ["a.txt", "part 2/00.txt", "z.txt"];
    let mut items = common::items(good);
    for (name, place) in NAMES.into_iter().zip([0, good.len() / 2, good.len() + 2]) {
        items.insert(place, bad(name));
    }
    for (item, index) in items.iter_mut().zip(0..) {
        item.index = index;
    }
    (items, NAMES)
}

fn each_policy(bad: impl Fn(&str) -> Item, cause: &str) {
    let good = assortment(1, 30, 30_000);
    for solid in SOLID {
        for method in [Method::Copy, Method::Lzma2] {
            println!("{solid:?} {method:?}");
            let (items, names) = around(&good, &bad);
            let options = Options { solid, method, level: 1, ..Options::default() };
            assert_only_good(&options, items, &good, &names.map(|name| (name, cause)));
        }
    }
}

#[test]
fn a_stream_that_fails_at_its_first_read_is_named_and_left_out() {
    each_policy(|name| Item::from_reader(name, Stream::new(1, 0, End::Error(libc::EIO)), Some(1000)), "os error 5");
}

#[test]
fn a_stream_that_fails_midway_is_named_and_left_out() {
    let seed = 3;
    let stream = |name: &str, size| Item::from_reader(name, Stream::new(seed, 50_000, End::Error(libc::EIO)), size);
    each_policy(|name| stream(name, Some(80_000)), "os error 5");
    each_policy(|name| stream(name, None), "os error 5");
}

#[test]
fn a_stream_shorter_or_longer_than_it_said_is_named_and_left_out() {
    for (announced, delivered) in [(10_000, 9_999), (10_000, 10_001), (10_000, 0), (1, 300_000), (300_000, 1)] {
        let good = assortment(2, 10, 20_000);
        for solid in [Solid::Auto, Solid::Off, Solid::All] {
            let bytes = noise(9, delivered);
            let (items, names) =
                around(&good, |name| Item::from_reader(name, Cursor::new(bytes.clone()), Some(announced)));
            let options = Options { solid, level: 1, ..Options::default() };
            let archive = assert_only_good(&options, items, &good, &names.map(|name| (name, "size changed")));
            assert!(delivered < 64 || !common::contains(&archive, &bytes[..64]), "bytes of a failed item are left");
        }
    }
}

#[test]
fn an_item_that_failed_before_the_job_is_reported_and_left_out() {
    let cause =
        || Error::io("cannot list", Path::new("z.txt part 2/00.txt a.txt"), std::io::Error::from_raw_os_error(13));
    each_policy(|name| Item { source: Source::Failed(cause()), ..Item::from_memory(name, b"") }, "cannot list");
}

/// Good files on disk, and the items of them and of three bad ones that `spoil` spoils after they were listed.
fn spoilt_files(cause: &str, make: impl Fn(&Path), spoil: impl Fn(&Path)) {
    let good = assortment(4, 20, 20_000);
    for solid in [Solid::Auto, Solid::Off, Solid::All] {
        let folder = common::folder();
        tree::write(&good, folder.path());
        let names = ["a.txt", "part 2/00.txt", "z.txt"];
        for name in names {
            make(&folder.path().join(name));
        }
        let items = tree::items(folder.path());
        // The folders are entries too.
        let mut good = good.clone();
        good.extend(tree::read(folder.path()).into_iter().filter(|entry| entry.metadata.is_directory));
        for name in names {
            spoil(&folder.path().join(name));
        }
        let options = Options { solid, level: 1, ..Options::default() };
        assert_only_good(&options, items, &good, &names.map(|name| (name, cause)));
    }
}

#[test]
fn a_file_deleted_after_it_was_listed_is_named_and_left_out() {
    let make = |path: &Path| fs::write(path, text(1, 5000)).expect("a file");
    spoilt_files("os error 2", make, |path| fs::remove_file(path).expect("a file to remove"));
}

#[test]
fn a_file_that_shrank_after_it_was_listed_is_named_and_left_out() {
    for to in [4999, 1, 0] {
        let make = |path: &Path| fs::write(path, text(1, 5000)).expect("a file");
        spoilt_files("size changed", make, |path| {
            OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(to)).expect("a file to cut");
        });
    }
}

#[test]
fn a_file_that_grew_after_it_was_listed_is_named_and_left_out() {
    for by in [1, 200_000] {
        let make = |path: &Path| fs::write(path, text(1, 5000)).expect("a file");
        spoilt_files("size changed", make, |path| {
            let mut file = OpenOptions::new().append(true).open(path).expect("a file to append to");
            file.write_all(&noise(1, by)).expect("a file to append to");
        });
    }
}

#[test]
fn a_file_that_became_a_folder_or_a_loop_is_named_and_left_out() {
    let make = |path: &Path| fs::write(path, text(1, 5000)).expect("a file");
    spoilt_files("not a regular file", make, |path| {
        fs::remove_file(path).and_then(|()| fs::create_dir(path)).expect("a folder instead");
    });
    spoilt_files("not a regular file", make, |path| {
        fs::remove_file(path).and_then(|()| symlink(path, path)).expect("a loop instead");
    });
}

#[test]
fn a_file_that_may_not_be_read_is_named_and_left_out() {
    common::alone("a_file_that_may_not_be_read_is_named_and_left_out", || {
        // SAFETY: plain system calls without pointers; nothing else runs in this process that minds its user.
        unsafe {
            if libc::geteuid() == 0 {
                // Root may read everything: go on as nobody.
                assert_eq!(libc::setresgid(65_534, 65_534, 65_534), 0);
                assert_eq!(libc::setresuid(65_534, 65_534, 65_534), 0);
            }
        }
        let make = |path: &Path| fs::write(path, text(1, 5000)).expect("a file");
        spoilt_files("os error 13", make, |path| {
            fs::set_permissions(path, Permissions::from_mode(0o000)).expect("a file to lock");
        });
    });
}

/// Changes a file once the job has begun to encode it.
struct Meddler<'a> {
    meddle: Option<Box<dyn FnOnce() + 'a>>,
    ears: Ears,
}

impl Observer for Meddler<'_> {
    fn item_failed(&mut self, index: u32, name: &str, error: &Error) -> OnError {
        self.ears.item_failed(index, name, error)
    }

    fn statistics(&mut self, statistics: &Statistics) {
        if statistics.bytes_in > 0
            && let Some(meddle) = self.meddle.take()
        {
            meddle();
        }
    }
}

#[test]
fn a_large_file_that_changes_while_it_is_read_is_named_and_left_out() {
    const SIZE: u64 = 64 << 20;
    for new_size in [SIZE / 2, SIZE - 1, SIZE + 1] {
        for solid in [Solid::Off, Solid::All] {
            let folder = common::folder();
            let large = folder.path().join("m.bin");
            File::create(&large).and_then(|file| file.set_len(SIZE)).expect("a sparse file");
            let good = [Entry::file("a.bin", text(1, 10_000)), Entry::file("z.bin", noise(1, 10_000))];
            let mut items = common::items(&good);
            items.insert(
                1,
                Item { source: Source::File(large.clone()), size: Some(SIZE), ..Item::from_memory("m.bin", b"") },
            );
            let mut meddler = Meddler {
                meddle: Some(Box::new(|| {
                    let file = OpenOptions::new().write(true).open(&large).expect("the file to change");
                    file.set_len(new_size).expect("the file to change");
                })),
                ears: Ears::default(),
            };
            let options = Options {
                solid,
                level: 1,
                threads: 2,
                dictionary: Some(1 << 20),
                progress_interval: std::time::Duration::from_millis(1),
                ..Options::default()
            };
            let summary = compress(&options, &mut ItemList::new(items), &Target::Memory, &mut meddler, &Control::new())
                .expect("a failed item is no error of the job");
            assert!(meddler.meddle.is_none(), "the job ended before the file was changed");
            let failed = meddler.ears.failed;
            assert_eq!(failed.len(), 1, "{new_size}: {failed:?}");
            assert_eq!(failed[0].1, "m.bin");
            assert!(failed[0].2.contains("size changed"), "{failed:?}");
            oracle::assert_holds(&summary.archive.expect("an archive"), None, &good);
        }
    }
}

/// A stream of more than 100 MB that fails at its end leaves nothing behind, wherever it is.
fn large_stream_that_fails(options: &Options, name: &str) {
    const DELIVERED: u64 = 110 << 20;
    let good = [
        Entry::file("b 1.bin", text(1, 100_000)),
        Entry::file("b 2.bin", []),
        Entry::file("y 1.bin", noise(2, 70_000)),
        Entry::file("y 2.bin", text(3, 80_000)),
    ];
    let mut items = common::items(&good);
    let place = if name < "b" { 0 } else { 2 };
    items
        .insert(place, Item::from_reader(name, Stream::new(77, DELIVERED, End::Error(libc::EIO)), Some(2 * DELIVERED)));
    let archive = assert_only_good(options, items, &good, &[(name, "os error 5")]);
    assert!(archive.len() < 260_000, "{} bytes for 250,000 of good items", archive.len());
    assert!(!common::contains(&archive, &Stream::needle(77)), "bytes of the failed item are left");
}

#[test]
fn a_large_stream_that_fails_midway_alone_leaves_nothing() {
    for method in [Method::Copy, Method::Lzma2] {
        let options = Options { method, level: 1, solid: Solid::Off, ..Options::default() };
        large_stream_that_fails(&options, "m.bin");
        // Not even an item beside it.
        let stream = Stream::new(77, 110 << 20, End::Error(libc::EIO));
        let archive = assert_only_good(
            &options,
            vec![Item::from_reader("only.bin", stream, None)],
            &[],
            &[("only.bin", "os error 5")],
        );
        assert!(archive.len() < 200, "an empty archive has {} bytes", archive.len());
    }
}

#[test]
fn a_large_stream_that_fails_midway_in_a_solid_block_leaves_nothing() {
    for (method, threads) in [(Method::Copy, 2), (Method::Lzma2, 1), (Method::Lzma2, 4)] {
        let options = Options { method, level: 1, threads, solid: Solid::All, ..Options::default() };
        for name in ["a.bin", "m.bin", "z.bin"] {
            large_stream_that_fails(&options, name);
        }
    }
}

#[test]
fn failed_items_leave_no_gap_in_encrypted_archives_and_volumes() {
    let good = assortment(6, 20, 30_000);
    for solid in [Solid::Off, Solid::All] {
        let folder = common::folder();
        let (items, names) =
            around(&good, |name| Item::from_reader(name, Stream::new(5, 40_000, End::Error(libc::EIO)), None));
        let options = Options {
            solid,
            level: 1,
            encryption: Some(Encryption::Password("p".into())),
            encrypt_header: true,
            volume_size: Some(20_000),
            ..Options::default()
        };
        let (result, ears) = common::compress(&options, items, &Target::File(folder.path().join("it.7z")));
        let files = result.expect("a failed item is no error of the job").files;
        assert_eq!(ears.failed.len(), names.len());
        let out = common::folder();
        oracle::seven_zip_extracts(&files[0], Some("p"), out.path());
        let expected = common::folder();
        tree::write(&good, expected.path());
        tree::assert_same(expected.path(), out.path(), tree::BYTES);
        let mut listed: Vec<_> =
            files.iter().map(|file| file.file_name().expect("a name").to_string_lossy().into_owned()).collect();
        listed.sort();
        assert_eq!(listed, common::names_in(folder.path()), "volumes that the job did not name");
    }
}

#[test]
fn a_job_whose_items_all_fail_makes_an_empty_archive() {
    let (items, names) = around(&[], |name| Item::from_reader(name, Stream::new(1, 9, End::Error(libc::EIO)), None));
    assert_only_good(&Options::default(), items, &[], &names.map(|name| (name, "os error 5")));
}

/// A folder with an old archive in it, which must be there afterwards as it was.
struct Old {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
}

impl Old {
    fn new() -> Self {
        let folder = common::folder();
        let bytes = noise(99, 12_345);
        fs::write(folder.path().join("it.7z"), &bytes).expect("an old archive");
        Self { folder, bytes }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("it.7z")
    }

    fn assert_untouched(&self) {
        assert!(fs::read(self.path()).expect("the old archive") == self.bytes, "the old archive has changed");
    }

    fn assert_alone(&self) {
        self.assert_untouched();
        assert_eq!(common::names_in(self.folder.path()), ["it.7z"], "something is left");
    }
}

/// The system's error number of a job that failed for it, and the text.
fn system_error(result: parallelcompress::Result<Summary>) -> (i32, String) {
    match result {
        Err(error) => {
            let text = error.to_string();
            match error {
                Error::Io { ref source, .. } => {
                    let number = source.raw_os_error().expect("a number from the system");
                    assert_eq!(error.hresult() as u32, 0x8800_0000 | number as u32);
                    (number, text)
                }
                _ => panic!("expected a system error, got {error:?}"),
            }
        }
        Ok(_) => panic!("the job succeeded"),
    }
}

#[test]
fn a_missing_output_folder_is_an_error_that_names_it() {
    let folder = common::folder();
    let path = folder.path().join("missing/it.7z");
    for volume_size in [None, Some(1000)] {
        let options = Options { volume_size, ..Options::default() };
        let (result, _) =
            common::compress(&options, common::items(&assortment(1, 3, 1000)), &Target::File(path.clone()));
        let (number, text) = system_error(result);
        assert_eq!(number, libc::ENOENT);
        assert!(text.contains("missing"), "{text:?}");
        assert_eq!(common::names_in(folder.path()), Vec::<String>::new());
    }
}

#[test]
fn an_output_path_that_is_a_folder_is_an_error_that_leaves_it_alone() {
    for inside in [&["a file"][..], &[]] {
        let folder = common::folder();
        let path = folder.path().join("it.7z");
        fs::create_dir(&path).expect("a folder");
        for name in inside {
            fs::write(path.join(name), b"precious").expect("a file");
        }
        let items = common::items(&assortment(1, 3, 1000));
        let (result, _) = common::compress(&Options::default(), items, &Target::File(path.clone()));
        match result {
            Err(error @ Error::Io { .. }) => assert!(error.to_string().contains("it.7z"), "{error}"),
            other => panic!("expected a system error, got {other:?}"),
        }
        assert_eq!(common::names_in(folder.path()), ["it.7z"]);
        assert_eq!(common::names_in(&path), inside);
    }
}

#[test]
fn an_output_folder_that_may_not_be_written_is_an_error() {
    common::alone("an_output_folder_that_may_not_be_written_is_an_error", || {
        let old = Old::new();
        fs::set_permissions(old.folder.path(), Permissions::from_mode(0o555)).expect("a folder to lock");
        // SAFETY: a plain system call without pointers; the effective user comes back below.
        let root = unsafe { libc::geteuid() == 0 && libc::seteuid(65_534) == 0 };
        let items = common::items(&assortment(1, 3, 1000));
        let (result, _) = common::compress(&Options::default(), items, &Target::File(old.path()));
        assert_eq!(system_error(result).0, libc::EACCES);
        if root {
            // SAFETY: as above.
            assert_eq!(unsafe { libc::seteuid(0) }, 0);
        }
        fs::set_permissions(old.folder.path(), Permissions::from_mode(0o755)).expect("a folder to unlock");
        old.assert_alone();
    });
}

#[test]
fn options_that_contradict_each_other_are_refused_and_leave_the_old_archive() {
    let old = Old::new();
    let options = Options { encrypt_header: true, ..Options::default() };
    let (result, _) = common::compress(&options, common::items(&assortment(1, 3, 1000)), &Target::File(old.path()));
    assert!(matches!(result, Err(Error::InvalidArgument(_))), "{result:?}");
    old.assert_alone();
}

/// Delivers some items, then fails the job.
struct BrokenFeed(Option<Vec<Item>>);

impl Feed for BrokenFeed {
    fn poll(&mut self, _: &Control) -> Poll {
        match self.0.take() {
            Some(items) => Poll::Items(items),
            None => Poll::Failed(Error::InvalidArgument("the feed broke".into())),
        }
    }
}

#[test]
fn a_feed_that_fails_fails_the_job_with_its_error() {
    let old = Old::new();
    let mut feed = BrokenFeed(Some(common::items(&assortment(1, 300, 10_000))));
    let result =
        compress(&Options::default(), &mut feed, &Target::File(old.path()), &mut Ears::default(), &Control::new());
    assert!(matches!(&result, Err(Error::InvalidArgument(text)) if text == "the feed broke"), "{result:?}");
    old.assert_alone();
}

/// Jobs that need more room than there is: much data, many names, many volumes.
fn assert_no_room(old: &Old, number: i32, volumes: bool) {
    let names = (0..40_000).map(|seed| {
        let name: String = noise(seed, 60).iter().map(|byte| format!("{byte:02x}")).collect();
        Entry::file(name, [])
    });
    let jobs = [
        ("data that does not compress", vec![Entry::file("noise", noise(1, 6_000_000))], Solid::Auto),
        ("many small files", assortment(1, 900, 40_000), Solid::Off),
        ("a header that is too large", names.collect(), Solid::Auto),
    ];
    for (what, entries, solid) in jobs {
        for volume_size in [None, Some(400_000)].into_iter().filter(|size| volumes || size.is_none()) {
            println!("{what}, volumes of {volume_size:?}");
            let options = Options { solid, level: 1, method: Method::Copy, volume_size, ..Options::default() };
            let (result, _) = common::compress(&options, common::items(&entries), &Target::File(old.path()));
            let (said, text) = system_error(result);
            assert_eq!(said, number, "{text}");
            assert!(text.contains("it.7z"), "{text:?}");
            old.assert_alone();
        }
    }
}

#[test]
fn a_full_disk_is_an_error_that_leaves_the_old_archive() {
    const TEST: &str = "a_full_disk_is_an_error_that_leaves_the_old_archive";
    const DISK: &str = "PARALLELCOMPRESS_TEST_DISK";
    // A small disk that only the child sees; a user who is not root gets it in a user namespace.
    let namespaces: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-Urm"]];
    let folder = common::folder();
    let mount = |wrapper: &[&str], at: &Path| {
        let all = [wrapper, &["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs"]].concat();
        Command::new(all[0]).args(&all[1..]).arg(at).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
    };
    if child::is_child(TEST) {
        return common::alone(TEST, || {
            let old = Old::new();
            if env::var_os(DISK).is_some() {
                assert!(mount(&[], old.folder.path()), "the disk that could be mounted before");
                fs::write(old.path(), &old.bytes).expect("an old archive");
                assert_no_room(&old, libc::ENOSPC, true);
                let gone = Command::new("umount").arg(old.folder.path()).status();
                assert!(gone.is_ok_and(|it| it.success()), "the small disk stays");
            } else {
                assert_no_room(&old, libc::EFBIG, false);
            }
        });
    }
    let disk = format!("{DISK}=1");
    match namespaces.into_iter().find(|wrapper| mount(wrapper, folder.path())) {
        Some(wrapper) => common::alone_under(TEST, &[&["env", &disk], wrapper].concat(), || ()),
        // Nothing may be mounted here (a container without rights): a limit on the size of files stops writes too.
        None => common::alone_under(TEST, FILE_SIZE_LIMIT, || ()),
    }
}

/// Files end at 1 or 2 MB (shells disagree about the unit), and the signal that comes with it is ignored.
const FILE_SIZE_LIMIT: &[&str] = &["sh", "-c", "trap '' XFSZ; ulimit -f 2048; exec \"$@\"", "sh"];

#[test]
fn a_file_size_limit_is_an_error_that_leaves_the_old_archive() {
    common::alone_under("a_file_size_limit_is_an_error_that_leaves_the_old_archive", FILE_SIZE_LIMIT, || {
        let old = Old::new();
        assert_no_room(&old, libc::EFBIG, false);
        // Volumes below the limit are the way around it.
        let options = Options { volume_size: Some(500_000), ..Options::default() };
        let files = common::to_file(&options, &[Entry::file("noise", noise(1, 6_000_000))], &old.path());
        oracle::seven_zip_tests(&files[0], None);
        old.assert_untouched();
    });
}

/// Says so on standard output, once, when bytes of the archive were written.
#[derive(Default)]
struct Announcer {
    done: bool,
}

impl Observer for Announcer {
    fn statistics(&mut self, statistics: &Statistics) {
        if statistics.bytes_out > 200_000 && !std::mem::replace(&mut self.done, true) {
            println!("writing");
            std::io::stdout().flush().expect("standard output");
        }
    }
}

/// In the child: compresses without end over the archive that the environment names.
fn compress_without_end() {
    let path = PathBuf::from(env::var_os("PARALLELCOMPRESS_TEST_TARGET").expect("the target's path"));
    let options = Options {
        level: 1,
        threads: 2,
        dictionary: Some(1 << 20),
        progress_interval: std::time::Duration::from_millis(5),
        ..Options::default()
    };
    let items = vec![Item::from_reader("endless", Stream::new(1, u64::MAX, End::Quiet), None)];
    let _ =
        compress(&options, &mut ItemList::new(items), &Target::File(path), &mut Announcer::default(), &Control::new());
}

/// The old archive survives a child that dies while it writes, and a new job can take its place.
fn assert_survives(test: &str, wrapper: &[&str], signal: i32) {
    let old = Old::new();
    let mut child = child::command(test, wrapper)
        .env("PARALLELCOMPRESS_TEST_TARGET", old.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this program to run again");
    let mut said = child.stdout.take().expect("the child's output");
    // Another signal comes from the system, and only because the child writes: maybe before it has said so.
    if signal == libc::SIGKILL {
        child::wait_for_word(&mut said, "writing");
        child.kill().expect("a child to kill");
    }
    let status = child::wait(&mut child);
    drop(said);
    assert_eq!(status.signal(), Some(signal), "the child ended with {status}");
    old.assert_untouched();
    let entries = assortment(1, 5, 1000);
    common::to_file(&Options::default(), &entries, &old.path());
    oracle::assert_holds(&fs::read(old.path()).expect("the archive"), None, &entries);
}

#[test]
fn kill_midway_leaves_the_old_archive() {
    const TEST: &str = "kill_midway_leaves_the_old_archive";
    if child::is_child(TEST) {
        return compress_without_end();
    }
    for _ in 0..3 {
        assert_survives(TEST, &[], libc::SIGKILL);
    }
}

#[test]
fn death_by_the_file_size_signal_leaves_the_old_archive() {
    const TEST: &str = "death_by_the_file_size_signal_leaves_the_old_archive";
    if child::is_child(TEST) {
        return compress_without_end();
    }
    let limit = ["sh", "-c", "ulimit -f 4000; exec \"$@\"", "sh"];
    assert_survives(TEST, &limit, libc::SIGXFSZ);
}
