//! What a small item costs in allocations: few, and as many among ten thousand items as among a thousand.
//!
//! This program counts what its allocator is asked for, so it has one test only: another would be counted too.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::CString;
use std::sync::atomic::{AtomicU64, Ordering};

use parallelcompress::capi;
use parallelcompress::error::S_OK;
use parallelcompress::{Compressor, Item, Method, Solid, Target};

/// The system's allocator, and how often and for how many bytes it was asked.
struct Counting;

static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// More than this is room for a worker's tables or a piece, most of which is never touched: no item's, and whether a second
/// worker comes to need its own is chance.
const RESERVED: usize = 32 << 20;

fn count(bytes: usize) {
    CALLS.fetch_add(1, Ordering::Relaxed);
    if bytes <= RESERVED {
        BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // What grows may be copied: it counts as a new allocation of its whole size.
        count(size);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations and bytes asked for.
#[derive(Debug, Clone, Copy)]
struct Cost {
    calls: u64,
    bytes: u64,
}

/// What `action` asks the allocator for, on all threads.
fn cost_of(action: impl FnOnce()) -> Cost {
    let before = (CALLS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
    action();
    Cost { calls: CALLS.load(Ordering::Relaxed) - before.0, bytes: BYTES.load(Ordering::Relaxed) - before.1 }
}

const NAME: usize = "blobs/00/000000.txt".len();

fn name(number: usize) -> String {
    format!("blobs/{:02}/{number:06}.txt", number % 40)
}

/// What a job with `count` items of `size` bytes costs; the items themselves are there before.
fn job(count: usize, size: usize, compressor: &Compressor) -> Cost {
    let text = common::data::text(1, count + size);
    let items: Vec<_> =
        (0..count).map(|number| Item::from_memory(name(number), text[number..number + size].to_vec())).collect();
    let folder = common::folder();
    let target = Target::File(folder.path().join("it.7z"));
    cost_of(|| {
        let summary = compressor.compress(items, &target).expect("a job without faults");
        assert_eq!(summary.statistics.items_completed, count as u64);
    })
}

/// The same through the C API, where the job makes its items from the caller's structs.
fn job_from_c(count: usize, size: usize) -> Cost {
    let text = common::data::text(1, count + size);
    let names: Vec<_> = (0..count).map(|number| CString::new(name(number)).expect("a name")).collect();
    let items: Vec<_> = (0..count)
        .map(|number| capi::ParallelInputItemUtf8C {
            data: text[number..].as_ptr().cast(),
            data_size: size,
            file_path: std::ptr::null(),
            name: names[number].as_ptr(),
            size: 0,
            user_data: std::ptr::null_mut(),
        })
        .collect();
    let folder = common::folder();
    let path = CString::new(folder.path().join("it.7z").into_os_string().into_encoded_bytes()).expect("a path");
    let handle = capi::ParallelCompressor_Create();
    assert_eq!(capi::ParallelCompressor_SetCompressionLevel(handle, 1), S_OK);
    assert_eq!(capi::ParallelCompressor_SetSolidMode(handle, 0), S_OK);
    let cost = cost_of(|| {
        // SAFETY: as many items as is said, all alive until the call returns.
        let code = unsafe {
            capi::ParallelCompressor_CompressMultipleUtf8(handle, items.as_ptr(), count as u32, path.as_ptr())
        };
        assert_eq!(code, S_OK);
    });
    capi::ParallelCompressor_Destroy(handle);
    cost
}

/// What each of the items 6,001 to 16,000 costs: allocations in hundredths, and bytes. (Up to some 1,500 items the header
/// is packed by one thread without tables.)
fn per_item(what: &str, cost: impl Fn(usize) -> Cost) -> (u64, u64) {
    let (few, many) = (cost(6_000), cost(16_000));
    let calls = (many.calls - few.calls) / 100;
    let bytes = (many.bytes - few.bytes) / 10_000;
    println!("{what}: {few:?} for 6,000 items, {many:?} for 16,000: {calls} / 100 allocations, {bytes} bytes each");
    (calls, bytes)
}

/// Bytes asked for, for an item with so many of its own.
///
/// Its data is copied to its batch or piece, and room is made for as much output; a block's piece has a table of 12 bytes
/// a byte at levels that use one, but not at level 1. The name is in the header twice as UTF-16, plain and packed. The rest
/// is lists of a few words an item, each counted two or three times since it doubles while it grows (the plan, the
/// records, the header's entries and folders), and the table that the header is packed with, which ends at 1 MiB.
fn allowed(size: usize) -> u64 {
    3 * 1024 + 3 * (size + NAME) as u64
}

#[test]
fn a_small_item_costs_few_allocations_and_bytes_by_its_size() {
    let compressor = Compressor::new().level(1);
    for size in [100, 1000] {
        for threads in [1, 2] {
            let compressor = compressor.clone().threads(threads);
            // What is left for a block of its own: the lists of its coders and items, and its coder's properties.
            for (method, at_most) in [(Method::Lzma2, 350), (Method::Lzma, 350), (Method::Copy, 250)] {
                let compressor = compressor.clone().method(method).solid(Solid::Off);
                let what = format!("{size} bytes, {method:?}, a block each, {threads} threads");
                let (calls, bytes) = per_item(&what, |count| job(count, size, &compressor));
                assert!(calls <= at_most && bytes <= allowed(size), "{what}: {calls} / 100, {bytes}");
            }
            // In a shared block: nothing of its own.
            let what = format!("{size} bytes, solid, {threads} threads");
            let (calls, bytes) = per_item(&what, |count| job(count, size, &compressor));
            assert!(calls <= 50 && bytes <= allowed(size), "{what}: {calls} / 100, {bytes}");
        }
        // From C: also the name, decoded and cleaned, and the item's handle on the caller's buffer.
        let what = format!("{size} bytes, a block each, from C");
        let (calls, bytes) = per_item(&what, |count| job_from_c(count, size));
        assert!(calls <= 750 && bytes <= allowed(size) + 512, "{what}: {calls} / 100, {bytes}");
    }
}
