//! Statistics that can be added up across jobs.

use std::mem::offset_of;
use std::time::Duration;

use super::compressor::Compressor;
use super::guard::{Failure, Outcome, change, on_nothing};
use super::queue::Queue;
use super::sized::{SizedStruct, fill_struct, read_struct};
use super::types::*;
use crate::error::{E_FAIL, S_OK};
use crate::job::{SIZE_CLASSES, SizeClass, Totals};

/// How many classes of sizes there are.
pub const PARALLELCOMPRESS_SIZE_CLASSES: usize = 5;
const _: () = assert!(PARALLELCOMPRESS_SIZE_CLASSES == SIZE_CLASSES, "the header says how many the engine has");

/// What became of the items of one class of sizes. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParallelSizeClassC {
    /// Entries in the archive.
    pub items: UInt64,
    /// Their bytes.
    pub in_size: UInt64,
    /// Their packed bytes: in a solid block their share, by size. Without the archive's header and what encryption adds.
    pub out_size: UInt64,
}

/// What jobs did, added up. Set StructSize to sizeof(ParallelTotalsC), and all else to 0 for the sum of no jobs. Later
/// versions add fields at the end only: a program that was built with an earlier header has a smaller size, and gets what it
/// knows. Sums too large for a field stay at its largest value. Since 0.1.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParallelTotalsC {
    /// sizeof(ParallelTotalsC).
    pub struct_size: UInt32,
    /// Output in percent of input: 42 means that the archives are 42 % of the original. 0 while nothing was compressed.
    pub compression_ratio_x100: UInt32,
    /// Jobs.
    pub jobs: UInt64,
    /// Entries in the archives.
    pub items_completed: UInt64,
    /// Entries that failed; not in the archives.
    pub items_failed: UInt64,
    /// Bytes of input.
    pub total_in_size: UInt64,
    /// Bytes of archives.
    pub total_out_size: UInt64,
    /// Microseconds from start to end of each job, pauses left out. Not milliseconds: a thousand small jobs would add up to
    /// nothing.
    pub elapsed_time_us: UInt64,
    /// Microseconds that worker threads computed, all of them together: divided by ElapsedTimeUs, how many threads a job
    /// kept busy on average.
    pub busy_time_us: UInt64,
    /// TotalInSize for each second of ElapsedTimeUs.
    pub bytes_per_second: UInt64,
    /// ItemsCompleted for each second of ElapsedTimeUs, times 100.
    pub files_per_second_x100: UInt64,
    /// The completed entries by size: up to 4 KiB, up to 64 KiB, up to 1 MiB, up to 16 MiB, and above. Folders and empty
    /// files are in the first class.
    pub size_classes: [ParallelSizeClassC; PARALLELCOMPRESS_SIZE_CLASSES],
}

// SAFETY: `repr(C)`, numbers only, StructSize first.
unsafe impl SizedStruct for ParallelTotalsC {
    const LEAST: usize = offset_of!(Self, size_classes);
}

impl From<Totals> for ParallelTotalsC {
    fn from(from: Totals) -> Self {
        let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let class =
            |of: SizeClass| ParallelSizeClassC { items: of.items, in_size: of.bytes_in, out_size: of.bytes_out };
        Self {
            struct_size: size_of::<Self>() as u32,
            compression_ratio_x100: from.ratio_x100(),
            jobs: from.jobs,
            items_completed: from.items_completed,
            items_failed: from.items_failed,
            total_in_size: from.bytes_in,
            total_out_size: from.bytes_out,
            elapsed_time_us: microseconds(from.elapsed),
            busy_time_us: microseconds(from.busy),
            bytes_per_second: from.bytes_per_second(),
            files_per_second_x100: from.files_per_second_x100(),
            size_classes: from.size_classes.map(class),
        }
    }
}

impl From<ParallelTotalsC> for Totals {
    /// The sums; what is computed from them is computed anew.
    fn from(from: ParallelTotalsC) -> Self {
        let class =
            |of: ParallelSizeClassC| SizeClass { items: of.items, bytes_in: of.in_size, bytes_out: of.out_size };
        Self {
            jobs: from.jobs,
            items_completed: from.items_completed,
            items_failed: from.items_failed,
            bytes_in: from.total_in_size,
            bytes_out: from.total_out_size,
            elapsed: Duration::from_micros(from.elapsed_time_us),
            busy: Duration::from_micros(from.busy_time_us),
            size_classes: from.size_classes.map(class),
        }
    }
}

/// What the job on this handle has done so far, or the last one did, as totals of one job; before the first job all is 0.
/// Of a job that failed or was cancelled: what it had done by then. To add up jobs, take the totals of each once it has
/// ended, and merge them. totals: its StructSize must be set; everything else in it is written on S_OK only.
/// Returns S_OK; E_INVALIDARG: no such handle, totals is NULL, or its StructSize is that of no version. Threads: any,
/// callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompressor_GetTotals(
    handle: ParallelCompressorHandle,
    totals: *mut ParallelTotalsC,
) -> HRESULT {
    // SAFETY: NULL or as large as it says, by the contract of the header.
    change::<Compressor>(handle, |compressor| unsafe {
        fill_struct(totals, &compressor.slot.totals().into(), "totals")
    })
}

/// The same of a queue's job. Returns S_OK; E_INVALIDARG: no such handle, totals is NULL, or its StructSize is that of no
/// version. Threads: any, callbacks too. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelStreamQueue_GetTotals(
    handle: ParallelStreamQueueHandle,
    totals: *mut ParallelTotalsC,
) -> HRESULT {
    // SAFETY: NULL or as large as it says, by the contract of the header.
    change::<Queue>(handle, |queue| unsafe { fill_struct(totals, &queue.slot.totals().into(), "totals") })
}

/// Adds other's jobs to those of into: sums are added, rates and ratio computed from the sums. The order of merging does
/// not matter. Both may have StructSizes of different versions: what only one of them has is as if it were 0 in the other.
/// Both may be the same struct. other is not changed; into is written on S_OK only, its StructSize never.
/// Returns S_OK; E_INVALIDARG: NULL, or a StructSize that is that of no version. Threads: any; the structs are the
/// caller's, who sees to it that no other thread uses them meanwhile. Since 0.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ParallelCompress_MergeTotals(
    into: *mut ParallelTotalsC,
    other: *const ParallelTotalsC,
) -> HRESULT {
    // SAFETY: each is NULL or as large as it says, by the contract of the header.
    on_nothing(E_FAIL, || unsafe { merge(into, other) }.map_or_else(|failure: Failure| failure.code, |()| S_OK))
}

/// SAFETY: each is NULL or as large as it says.
unsafe fn merge(into: *mut ParallelTotalsC, other: *const ParallelTotalsC) -> Outcome<()> {
    // SAFETY: the same promise.
    let (first, second) = unsafe { (read_struct(into.cast_const(), "into")?, read_struct(other, "other")?) };
    let mut sum = Totals::from(first);
    sum.merge(&second.into());
    // SAFETY: the same promise.
    unsafe { fill_struct(into, &sum.into(), "into") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_as_it_was() {
        assert_eq!((size_of::<ParallelTotalsC>(), ParallelTotalsC::LEAST), (200, 80));
        assert_eq!(size_of::<ParallelSizeClassC>(), 24);
    }

    #[test]
    fn totals_survive_the_border_both_ways() {
        let class = |n| SizeClass { items: n, bytes_in: n * 2, bytes_out: n * 3 };
        let totals = Totals {
            jobs: 1,
            items_completed: 2,
            items_failed: 3,
            bytes_in: 4,
            bytes_out: 5,
            elapsed: Duration::from_micros(6),
            busy: Duration::from_micros(7),
            size_classes: [8, 9, 10, 11, 12].map(class),
        };
        assert_eq!(Totals::from(ParallelTotalsC::from(totals)), totals);
    }
}
