//! The header, packed on all cores: it is written when nothing else is left to do, so that one core alone would hold up
//! the job's end.

use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::codec::Monitor;
use crate::codec::lzma2::{EncoderScratch, FinderScratch, MatchTable, Params, encode_slice, encode_small};

/// Matches reach back so far: names resemble their neighbours, and memory stays small for a million of them.
const DICTIONARY: usize = 1 << 20;
/// New bytes that share a match table.
const PIECE: usize = 1 << 20;
/// Bytes that one thread encodes at a time.
const SLICE: usize = 192 << 10;
/// The same at level [`THOROUGH`]: with one byte more its tables would be twice as large.
const SLICE_THOROUGH: usize = (128 << 10) - 1;
/// Up to so many bytes one thread is done before others have begun.
const SMALL: usize = 64 << 10;
/// A longer header is packed at a faster level.
const LARGE: usize = 4 << 20;
/// The level of the headers of jobs up to it, which take little time themselves.
const FAST: u32 = 2;
/// The level of headers of jobs up to [`NORMAL`]: those above take much more memory, which would be the peak of a job of small
/// files.
const QUICK: u32 = 3;
/// The level of jobs that are not to be as small as they can.
const NORMAL: u32 = 5;
/// The level of the others' headers: those above take longer for nothing.
const THOROUGH: u32 = 6;
/// The level of their large ones.
const LARGE_THOROUGH: u32 = 4;

/// A packed header.
pub struct PackedHeader {
    /// LZMA2's property byte.
    pub property: u8,
    /// The stream, end marker included.
    pub bytes: Vec<u8>,
}

/// A thread's working memory.
#[derive(Default)]
struct Scratch {
    finder: FinderScratch,
    encoder: EncoderScratch,
}

/// Packs a header as an LZMA2 stream, as thoroughly as a job of `level` packs its data, on up to `threads` threads, those
/// beyond the first within `memory` bytes; its bytes do not depend on how many there are. Incomplete once `monitor` stops.
pub fn pack(plain: &[u8], level: u32, threads: u32, memory: u64, monitor: &Monitor) -> PackedHeader {
    let level = match level {
        _ if level <= FAST => FAST,
        _ if level <= NORMAL => QUICK,
        _ if plain.len() > LARGE => LARGE_THOROUGH,
        _ => THOROUGH,
    };
    let slice_bytes = if level == THOROUGH { SLICE_THOROUGH } else { SLICE };
    let params = Params::new(level, DICTIONARY.min(plain.len()) as u32);
    let mut bytes = Vec::with_capacity(plain.len() / 6);
    if plain.len() <= SMALL {
        encode_small(&params, plain, &mut EncoderScratch::default(), monitor, &mut bytes);
        return PackedHeader { property: params.dictionary_property(), bytes };
    }
    let affordable = usize::try_from(memory / params.worker_bytes(0)).unwrap_or(usize::MAX).saturating_add(1);
    let threads = (threads as usize).min(affordable).min(PIECE.div_ceil(slice_bytes));
    let mut team: Vec<Scratch> = (0..threads).map(|_| Scratch::default()).collect();
    let mut table = MatchTable::default();
    for start in (0..plain.len()).step_by(PIECE) {
        let history = start.min(DICTIONARY);
        let window = &plain[start - history..plain.len().min(start + PIECE)];
        table.begin(&params, window.len(), history);
        let mut next = table.after(None);
        while let Some(step) = next {
            share(&mut team, table.parts(step), |part, scratch| {
                table.work(step, part, window, &mut scratch.finder, monitor);
            });
            table.complete(step);
            next = table.after(next);
        }
        let slices: Vec<_> = (history..window.len()).step_by(slice_bytes).map(|from| (from, OnceLock::new())).collect();
        share(&mut team, slices.len(), |slice, scratch| {
            let (from, packed) = &slices[slice];
            let range = *from..window.len().min(from + slice_bytes);
            let mut out = Vec::new();
            let dictionary_reset = start + slice == 0;
            encode_slice(&params, &table, window, range, dictionary_reset, &mut scratch.encoder, monitor, &mut out);
            let _ = packed.set(out); // Once: each slice is encoded by one thread.
        });
        if monitor.stopped() {
            break;
        }
        slices.iter().filter_map(|(_, packed)| packed.get()).for_each(|packed| bytes.extend_from_slice(packed));
    }
    bytes.push(0); // LZMA2's end marker.
    PackedHeader { property: params.dictionary_property(), bytes }
}

/// Calls `work` for every number below `count`, on as many threads as the team has, the calling one among them.
fn share(team: &mut [Scratch], count: usize, work: impl Fn(usize, &mut Scratch) + Sync) {
    let next = AtomicUsize::new(0);
    let run = |scratch: &mut Scratch| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            work(number, scratch);
        }
    };
    let Some((own, others)) = team.split_first_mut() else { return };
    thread::scope(|scope| {
        let others = others.iter_mut().take(count.saturating_sub(1));
        // Where no more threads can be had, those that there are do the work.
        let start = |scratch| thread::Builder::new().name("pc-header".into()).spawn_scoped(scope, || run(scratch));
        let threads: Vec<_> = others.map_while(|scratch| start(scratch).ok()).collect();
        run(own);
        // The scope would wait for the threads' work only, and a program may unload the library next.
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names in UTF-16, as a header holds them.
    fn names(bytes: usize) -> Vec<u8> {
        let names = (0u32..).map(|i| format!("a folder/{}/item {i}.txt\0", i.wrapping_mul(2_654_435_761) >> 20));
        let mut out: Vec<u8> = Vec::new();
        for name in names {
            out.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            if out.len() >= bytes {
                break;
            }
        }
        out.truncate(bytes);
        out
    }

    fn unpack(packed: &PackedHeader, size: usize) -> Vec<u8> {
        let dictionary = (2 | u32::from(packed.property & 1)) << (packed.property / 2 + 11);
        let mut plain = Vec::with_capacity(size);
        let mut reader = lzma_rust2::Lzma2Reader::new(&packed.bytes[..], dictionary, None);
        std::io::Read::read_to_end(&mut reader, &mut plain).expect("an LZMA2 stream");
        plain
    }

    #[test]
    fn any_number_of_threads_packs_the_same_bytes_that_hold_the_header() {
        for size in
            [1, 100, SMALL, SMALL + 1, SLICE_THOROUGH + 1, SLICE * 2, PIECE + 5, PIECE * 3 + SLICE + 1, LARGE + 1]
        {
            let plain = names(size);
            for level in [0, 5, 9] {
                let packed = pack(&plain, level, 1, 0, &Monitor::default());
                assert!(unpack(&packed, size) == plain, "{size} bytes");
                for threads in [2, 3, 64] {
                    let again = pack(&plain, level, threads, 1 << 30, &Monitor::default());
                    assert!(again.bytes == packed.bytes, "{size} bytes, {threads} threads");
                }
            }
        }
    }

    #[test]
    fn a_stopped_job_packs_nothing_for_long() {
        let monitor = Monitor::default();
        monitor.stop();
        let packed = pack(&names(PIECE * 4), THOROUGH, 2, 1 << 30, &monitor);
        assert!(packed.bytes.len() < SLICE);
    }
}
