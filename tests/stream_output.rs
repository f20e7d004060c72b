//! Archives in streams of the caller's: the same bytes as in a file, whatever the stream can and however it behaves; and
//! when it fails, that is what the job says.

mod common;

use std::io::{self, Read, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::data::{assortment, noise, text};
use common::{Ears, Entry, oracle};
use parallelcompress::error::{E_ABORT, E_FAIL, E_INVALIDARG};
use parallelcompress::{
    Compressor, Control, Encryption, Error, Item, ItemList, Method, Options, OutStream, Result, Silent, Solid,
    StreamTarget, Summary, Target, compress,
};

/// What a stream of these tests does at a certain write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fault {
    #[default]
    None,
    /// Answers this code.
    Code(i32),
    TakesNothing,
    TakesTooMuch,
    Panics,
    /// Asks the job to end, and goes on.
    Cancels,
}

/// A stream in memory. Its position may begin anywhere.
#[derive(Debug, Default)]
struct Sink {
    bytes: Arc<Mutex<Vec<u8>>>,
    position: u64,
    can_seek: bool,
    can_shorten: bool,
    /// Most bytes taken at once; 0: all.
    at_once: usize,
    /// The fault comes with the first write when so many bytes were taken.
    fault: Fault,
    after: u64,
    taken: Arc<AtomicU64>,
    control: Control,
    job: Option<thread::ThreadId>,
    failed: bool,
}

impl Sink {
    fn new(can_seek: bool) -> Self {
        Self { can_seek, job: Some(thread::current().id()), ..Self::default() }
    }

    /// As every method must be called: on the job's thread, and never again after an error.
    fn check(&self) {
        assert_eq!(self.job, Some(thread::current().id()));
        assert!(!self.failed, "the stream is called after it failed");
    }
}

impl OutStream for Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.check();
        assert!(!bytes.is_empty());
        if self.taken.load(Ordering::Relaxed) >= self.after {
            self.failed = !matches!(self.fault, Fault::None | Fault::Cancels);
            match self.fault {
                Fault::None => {}
                Fault::Code(code) => return Err(Error::Callback { what: "the sink".into(), code }),
                Fault::TakesNothing => return Ok(0),
                Fault::TakesTooMuch => return Ok(bytes.len() + 1),
                Fault::Panics => panic!("the sink overflows"),
                Fault::Cancels => self.control.cancel(),
            }
        }
        let taken = if self.at_once == 0 { bytes.len() } else { bytes.len().min(self.at_once) };
        let mut all = self.bytes.lock().unwrap();
        let (start, end) = (self.position as usize, self.position as usize + taken);
        if all.len() < end {
            all.resize(end, 0);
        }
        all[start..end].copy_from_slice(&bytes[..taken]);
        self.position = end as u64;
        self.taken.fetch_add(taken as u64, Ordering::Relaxed);
        Ok(taken)
    }

    fn is_seekable(&self) -> bool {
        self.can_seek
    }

    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.check();
        assert!(self.can_seek);
        self.position = match to {
            SeekFrom::Start(offset) => offset,
            SeekFrom::Current(by) => self.position.checked_add_signed(by).expect("a place in the stream"),
            SeekFrom::End(_) => panic!("a seek from the end"),
        };
        Ok(self.position)
    }

    fn shorten(&mut self) -> Result<bool> {
        self.check();
        if self.can_shorten {
            self.bytes.lock().unwrap().truncate(self.position as usize);
        }
        Ok(self.can_shorten)
    }
}

/// Compresses into a stream; what it holds afterwards, and what the job says.
fn into(options: &Options, items: Vec<Item>, sink: Sink) -> (Vec<u8>, Result<Summary>, Ears) {
    let bytes = Arc::clone(&sink.bytes);
    let control = sink.control.clone();
    let mut ears = Ears::default();
    let target = Target::Stream(StreamTarget::new(sink));
    let result = compress(options, &mut ItemList::new(items), &target, &mut ears, &control);
    drop(target);
    let bytes = Arc::into_inner(bytes).expect("the stream is dropped when the job has ended").into_inner().unwrap();
    (bytes, result, ears)
}

fn small_and_large() -> Vec<Entry> {
    let mut entries = assortment(3, 60, 9_000);
    entries.push(Entry::file("large.txt", text(5, 500_000)));
    entries.push(Entry::folder("folder"));
    entries
}

#[test]
fn a_stream_gets_the_same_bytes_as_a_file() {
    let entries = small_and_large();
    for (solid, method) in [(Solid::Auto, Method::Lzma2), (Solid::Off, Method::Lzma), (Solid::All, Method::Copy)] {
        let encryption = Some(Encryption::Fixed { password: "p".into(), salt: [1; 16], iv: [2; 16] });
        let options = Options { solid, method, level: 1, dictionary: Some(64 << 10), encryption, ..Options::default() };
        let memory = common::to_memory(&options, &entries);
        for can_seek in [true, false] {
            for at_once in [0, 1009] {
                let sink = Sink { at_once, ..Sink::new(can_seek) };
                let (bytes, result, ears) = into(&options, common::items(&entries), sink);
                let summary = result.expect("a job without faults succeeds");
                assert_eq!((summary.archive, summary.files.len(), ears.failed.len()), (None, 0, 0));
                assert_eq!(summary.statistics.bytes_out, memory.len() as u64);
                assert!(bytes == memory, "{solid:?}, {at_once} at once, seekable: {can_seek}");
            }
        }
    }
}

#[test]
fn an_archive_behind_something_else_begins_where_the_stream_was() {
    let entries = small_and_large();
    let options = Options { level: 1, ..Options::default() };
    let sink = Sink { position: 1000, bytes: Arc::new(Mutex::new(vec![b'#'; 1000])), ..Sink::new(true) };
    let (bytes, result, _) = into(&options, common::items(&entries), sink);
    result.expect("a job without faults succeeds");
    assert!(bytes[..1000] == [b'#'; 1000]);
    assert!(bytes[1000..] == common::to_memory(&options, &entries));
}

#[test]
fn standard_writers_take_an_archive_too() {
    let entries = small_and_large();
    let options = Options { level: 1, ..Options::default() };
    let memory = common::to_memory(&options, &entries);
    let folder = common::folder();
    let path = folder.path().join("it.7z");
    for seekable in [true, false] {
        let file = std::fs::File::create(&path).expect("a file");
        let writer = io::BufWriter::new(file);
        let stream = if seekable { StreamTarget::seekable(writer) } else { StreamTarget::write_only(writer) };
        let (result, _) = common::compress(&options, common::items(&entries), &Target::Stream(stream));
        result.expect("a job without faults succeeds");
        assert!(std::fs::read(&path).expect("the archive") == memory, "seekable: {seekable}");
    }
}

/// Larger than what waits in memory: a temporary file is used, and gone afterwards.
#[test]
fn a_large_archive_waits_in_a_file_without_a_name() {
    common::alone("a_large_archive_waits_in_a_file_without_a_name", || {
        let folder = common::folder();
        // SAFETY: this process runs nothing but this test.
        unsafe { std::env::set_var(if cfg!(windows) { "TMP" } else { "TMPDIR" }, folder.path()) };
        let entries = [Entry::file("noise", noise(1, 40 << 20)), Entry::file("text", text(1, 100_000))];
        let options = Options { level: 1, ..Options::default() };
        let memory = common::to_memory(&options, &entries);
        let (bytes, result, _) = into(&options, common::items(&entries), Sink::new(false));
        result.expect("a job without faults succeeds");
        assert!(bytes == memory);
        assert_eq!(common::names_in(folder.path()), [] as [&str; 0]);

        // What cannot be spooled is an error that names the folder.
        // SAFETY: as above.
        unsafe { std::env::set_var(if cfg!(windows) { "TMP" } else { "TMPDIR" }, folder.path().join("missing")) };
        let (bytes, result, _) = into(&options, common::items(&entries), Sink::new(false));
        let error = result.expect_err("there is no temporary folder");
        assert!(matches!(error, Error::Io { .. }) && error.to_string().contains("missing"), "{error}");
        assert_eq!(bytes, []);
    });
}

/// Fails when the sink has so many bytes that it cannot be the items before it.
struct FailsLate {
    left: usize,
    taken: Arc<AtomicU64>,
    enough: u64,
}

impl Read for FailsLate {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = into.len().min(self.left);
        if len == 0 {
            let start = Instant::now();
            while self.taken.load(Ordering::Relaxed) < self.enough {
                assert!(start.elapsed() < Duration::from_secs(60), "the stream gets nothing");
                thread::sleep(Duration::from_millis(1));
            }
            return Err(io::Error::other("the reader is tired"));
        }
        into[..len].fill(b'F');
        self.left -= len;
        Ok(len)
    }
}

/// A job one of whose items fails when much of it is out already.
fn with_a_late_failure(options: &Options, good: &[Entry], can_shorten: bool) -> Vec<u8> {
    let sink = Sink { can_shorten, ..Sink::new(true) };
    let failing = FailsLate { left: 17 << 20, taken: Arc::clone(&sink.taken), enough: 8 << 20 };
    let mut items = common::items(good);
    items.insert(1, Item::from_reader("failing", failing, None));
    let (bytes, result, ears) = into(options, items, sink);
    result.expect("a failed item is no error of the job");
    assert_eq!(ears.failed.len(), 1);
    assert!(ears.failed[0].2.contains("tired"), "{:?}", ears.failed);
    bytes
}

#[test]
fn an_item_that_failed_when_it_was_out_already_leaves_no_byte_and_no_warning() {
    let good = [Entry::file("a.txt", text(1, 3000)), Entry::file("z.txt", text(2, 5000)), Entry::file("e", [])];
    for solid in [Solid::Off, Solid::All] {
        let options = Options { method: Method::Copy, solid, ..Options::default() };
        let shortened = with_a_late_failure(&options, &good, true);
        assert!(shortened == common::to_memory(&options, &good), "a stream that can be shortened has a file's bytes");

        let bytes = with_a_late_failure(&options, &good, false);
        assert!(bytes.len() > 8 << 20);
        assert!(!common::contains(&bytes, b"FFFF"), "bytes of the failed item are left");
        let folder = common::folder();
        let path = folder.path().join("it.7z");
        std::fs::write(&path, &bytes).expect("the archive");
        oracle::seven_zip_tests(&path, None);
        assert_eq!(oracle::seven_zip_lists(&path, None).len(), 3);
        assert_eq!(oracle::bsdtar_lists(&path), 3);
        assert_eq!(oracle::py7zr_tests(&path, None), 3);
        oracle::assert_holds(&bytes, None, &good);
    }
}

#[test]
fn what_the_stream_answers_is_what_the_job_answers() {
    let entries = [Entry::file("noise", noise(1, 3_000_000))];
    let options = Options { level: 1, ..Options::default() };
    for can_seek in [true, false] {
        for after in [0, 1, 2_000_000] {
            for (fault, code, says) in [
                (Fault::Code(0x8123_4567_u32 as i32), 0x8123_4567_u32 as i32, "the sink answered 0x81234567"),
                (Fault::TakesNothing, E_FAIL, "it took none"),
                (Fault::TakesTooMuch, E_FAIL, "it took "),
                (Fault::Panics, E_FAIL, "the sink overflows"),
                (Fault::Cancels, E_ABORT, "cancelled"),
            ] {
                let sink = Sink { fault, after, at_once: 300_000, ..Sink::new(can_seek) };
                let (bytes, result, _) = into(&options, common::items(&entries), sink);
                let error = result.expect_err("the job must fail");
                assert_eq!(error.hresult(), code, "{fault:?} after {after}: {error}");
                assert!(error.to_string().contains(says), "{fault:?} after {after}: {error}");
                if can_seek && bytes.len() >= 6 {
                    assert_ne!(bytes[..6], *b"7z\xBC\xAF\x27\x1C", "half an archive looks like a whole one");
                }
            }
        }
    }
}

#[test]
fn a_cancelled_job_sends_nothing_to_a_stream_that_cannot_seek() {
    let entries = [Entry::file("noise", noise(1, 3_000_000))];
    let sink = Sink::new(false);
    sink.control.cancel();
    let (bytes, result, _) = into(&Options::default(), common::items(&entries), sink);
    assert!(matches!(result, Err(Error::Cancelled)));
    assert_eq!(bytes, []);
}

#[test]
fn a_stream_serves_one_job_and_has_no_volumes() {
    let target = Target::Stream(StreamTarget::write_only(io::sink()));
    let compressor = Compressor::new().level(1);
    let in_volumes = compressor.clone().volume_size(1000).compress(Vec::new(), &target).expect_err("no volumes");
    assert_eq!(in_volumes.hresult(), E_INVALIDARG);
    compressor.compress(Vec::new(), &target).expect("the refused job has not taken the stream");
    let again = compressor.compress(Vec::new(), &target).expect_err("the stream is gone");
    assert_eq!(again.hresult(), E_INVALIDARG);
}

#[test]
fn what_waits_in_memory_is_in_the_estimate() {
    let compressor = Compressor::new().level(1).threads(1);
    let least = compressor.estimate_memory().expect("an estimate").bytes;
    let write_only = Target::Stream(StreamTarget::write_only(io::sink()));
    let more = compressor.estimate_memory_for(&write_only).expect("an estimate").bytes - least;
    assert!((16 << 20..18 << 20).contains(&more), "{more}");
    let seekable = Target::Stream(StreamTarget::seekable(io::Cursor::new(Vec::new())));
    for target in [Target::Memory, Target::File("x".into()), seekable] {
        assert_eq!(compressor.estimate_memory_for(&target).expect("an estimate").bytes, least);
    }
    let control = Control::new();
    let summary = compressor.compress_with(&mut ItemList::new(Vec::new()), &write_only, &mut Silent, &control);
    assert_eq!(summary.expect("a job without faults succeeds").memory.bytes, least + more);
}
