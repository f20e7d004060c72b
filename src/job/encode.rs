//! What a worker does with a task: slice to packed bytes, through the job's codec.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam::deque::Worker;
use parking_lot::Mutex;

use super::Filter;
use super::piece::{Batch, Event, Packed, Piece, Slice, SmallBlock};
use super::pool::{Lane, LaneWork, Pool, Task, WorkerContext};
use super::settings::Codec;
use super::side_streams::{encode_side, encode_small_sides};
use super::workbench::{Place, TableMemory};
use crate::codec::bcj2;
use crate::codec::executable;
use crate::codec::filter::BlockFilter;
use crate::codec::incompressible::is_incompressible;
use crate::codec::lzma2::Step;
use crate::codec::stream::SmallEncoder;
use crate::codec::{Monitor, lzma2, stored};
use crate::error::{Error, Result};

/// What the slices of a piece share.
pub struct Prepared {
    /// Which slices are stored.
    stored: Vec<bool>,
    /// `None` where all slices are, and when the last slice is done.
    table: Mutex<Option<Arc<lzma2::MatchTable>>>,
    /// Until the table is complete.
    place: Mutex<Option<Place>>,
    /// Bytes of its matches that slices still need.
    matches: AtomicU64,
    /// Which slices are done. What lies between two of them goes back to the system with the later one.
    done: Mutex<Vec<bool>>,
}

impl Prepared {
    fn table(&self) -> Option<Arc<lzma2::MatchTable>> {
        self.table.lock().clone()
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("stored", &self.stored).finish_non_exhaustive()
    }
}

/// A worker's own memory, reused from task to task.
#[derive(Default)]
pub struct Scratch {
    finder: lzma2::FinderScratch,
    encoder: lzma2::EncoderScratch,
    /// Made when the first small item comes.
    small: Option<Box<dyn SmallEncoder>>,
    /// The same for the side streams of those that BCJ2 splits.
    side: Option<Box<dyn SmallEncoder>>,
    /// A small item that was filtered.
    filtered: Vec<u8>,
}

/// Runs one task.
///
/// # Errors
/// Those of the codecs, which have none in practice.
pub fn run(task: Task, pool: &Pool, own: &Worker<Task>, context: &WorkerContext, scratch: &mut Scratch) -> Result<()> {
    match task {
        Task::Prepare(piece) => prepare(&piece, pool, own, context),
        Task::Table(piece, step, part) => work_on_table(&piece, step, part, pool, own, scratch),
        Task::Slice(piece, slice) => {
            encode_slice(&piece, slice, context, scratch);
            slice_is_done(&piece, slice, pool);
        }
        Task::Batch(batch) => encode_batch(batch, context, scratch)?,
        Task::Side(stream) => encode_side(stream, context)?,
        Task::Lane(lane) => run_lane(&lane, context)?,
    }
    Ok(())
}

/// Sends the bytes of one slice. A receiver that is gone means that the job ended.
fn send_slice(context: &WorkerContext, piece: &Arc<Piece>, slice: usize, packed: Packed, stored: bool) {
    let _ = context.events.send(Event::Slice { unit: piece.unit, piece: piece.number, slice, packed, stored });
}

fn prepare(piece: &Arc<Piece>, pool: &Pool, own: &Worker<Task>, context: &WorkerContext) {
    if piece.monitor.stopped() {
        give_back_matches(pool, 0);
        return;
    }
    let params = match &context.settings.codec {
        Codec::Lzma2(params) => params,
        Codec::Copy | Codec::Stream(_) => {
            for (index, slice) in piece.slices.iter().enumerate() {
                slice.monitor.add_encoded(slice.range.len() as u64);
                send_slice(context, piece, index, Packed::Window(Arc::clone(piece), slice.range.clone()), true);
            }
            return;
        }
    };
    let matches = params.table_bytes(piece.window.len() - piece.history);
    let needs = TableMemory { parts: params.parts_bytes(piece.window.len()), matches };
    let Some((place, parts)) = pool.workbench.enter(piece, needs) else { return };
    let stored: Vec<bool> = piece
        .slices
        .iter()
        .map(|Slice { range, .. }| is_incompressible(&piece.window[..range.end], range.start))
        .collect();
    let (mut table, mut spare) = (None, None);
    if stored.iter().all(|&stored| stored) {
        spare = Some(parts);
    } else {
        let made = lzma2::MatchTable::for_once(params, piece.window.len(), piece.history, parts);
        table = Some(Arc::new(made));
    }
    let (table, place) = (Mutex::new(table), Mutex::new(Some(place)));
    let done = Mutex::new(vec![false; stored.len()]);
    let prepared = Prepared { stored, table, place, matches: AtomicU64::new(matches), done };
    if piece.prepared.set(prepared).is_err() {
        return; // Cannot happen: a piece is prepared by one task.
    }
    match spare {
        Some(parts) => {
            queue_slices(piece, pool, own);
            leave_workbench(piece, parts, pool);
        }
        None => queue_step(piece, None, pool, own),
    }
}

/// The parts are needed no more: lets those prepare that have waited for their memory.
fn leave_workbench(piece: &Arc<Piece>, parts: lzma2::Parts, pool: &Pool) {
    let Some(place) = piece.prepared.get().and_then(|prepared| prepared.place.lock().take()) else { return };
    pool.workbench.leave(place, parts).into_iter().for_each(|piece| pool.push(Task::Prepare(piece)));
}

/// Matches of so many bytes are needed no more: lets those prepare that have waited for that.
fn give_back_matches(pool: &Pool, bytes: u64) {
    pool.workbench.give_back(bytes).into_iter().for_each(|piece| pool.push(Task::Prepare(piece)));
}

/// Queues the parts of the table's step after `done`; after the last one the slices.
fn queue_step(piece: &Arc<Piece>, done: Option<Step>, pool: &Pool, own: &Worker<Task>) {
    let Some(table) = piece.prepared.get().and_then(Prepared::table) else { return };
    if let Some(step) = table.after(done) {
        let parts = table.parts(step);
        piece.tasks_left.store(parts, Ordering::Relaxed);
        pool.push_local(own, (0..parts).map(|part| Task::Table(Arc::clone(piece), step, part)));
        return;
    }
    // The slices first: before another table is made, most of this one's matches should be given back.
    let parts = table.take_parts();
    queue_slices(piece, pool, own);
    leave_workbench(piece, parts, pool);
}

fn queue_slices(piece: &Arc<Piece>, pool: &Pool, own: &Worker<Task>) {
    piece.tasks_left.store(piece.slices.len(), Ordering::Relaxed);
    pool.push_local(own, (0..piece.slices.len()).map(|slice| Task::Slice(Arc::clone(piece), slice)));
}

fn work_on_table(piece: &Arc<Piece>, step: Step, part: usize, pool: &Pool, own: &Worker<Task>, scratch: &mut Scratch) {
    let Some(table) = piece.prepared.get().and_then(Prepared::table) else { return };
    table.work(step, part, &piece.window, &mut scratch.finder, &piece.monitor);
    // Release what this part wrote, acquire what the others did.
    if piece.tasks_left.fetch_sub(1, Ordering::AcqRel) != 1 {
        return;
    }
    if piece.monitor.stopped() {
        // The item was taken back, and the piece with it.
        leave_workbench(piece, table.take_parts(), pool);
        matches_are_used(piece, u64::MAX, pool);
        return;
    }
    table.complete(step);
    queue_step(piece, Some(step), pool, own);
}

fn encode_slice(piece: &Arc<Piece>, slice: usize, context: &WorkerContext, scratch: &mut Scratch) {
    let (Codec::Lzma2(params), Some(prepared)) = (&context.settings.codec, piece.prepared.get()) else { return };
    if piece.monitor.stopped() {
        return;
    }
    let Slice { range, monitor } = piece.slices[slice].clone();
    let dictionary_reset = piece.dictionary_reset && slice == 0;
    let mut packed = lzma2::packed_buffer(range.len());
    match prepared.table() {
        Some(table) if !prepared.stored[slice] => {
            lzma2::encode_slice(
                params,
                &table,
                &piece.window,
                range,
                dictionary_reset,
                &mut scratch.encoder,
                &monitor,
                &mut packed,
            );
        }
        _ => {
            monitor.add_encoded(range.len() as u64);
            stored::store(&piece.window[range], dictionary_reset, &mut packed);
        }
    }
    if !monitor.stopped() {
        send_slice(context, piece, slice, Packed::Bytes(packed), false);
    }
}

/// Whether it was encoded or not: its matches are needed no more, and after the last slice the table is not.
fn slice_is_done(piece: &Arc<Piece>, slice: usize, pool: &Pool) {
    let Some(prepared) = piece.prepared.get() else { return };
    if piece.tasks_left.fetch_sub(1, Ordering::AcqRel) == 1 {
        drop(prepared.table.lock().take());
        matches_are_used(piece, u64::MAX, pool);
    } else if let Some(table) = prepared.table() {
        matches_are_used(piece, matches_given_back(piece, prepared, &table, slice), pool);
    }
}

/// Gives back the matches of a slice that is done, and what others that are done left at its ends. Returns how many bytes
/// those are.
fn matches_given_back(piece: &Piece, prepared: &Prepared, table: &lzma2::MatchTable, slice: usize) -> u64 {
    let mut done = prepared.done.lock();
    done[slice] = true;
    let first = slice - done[..slice].iter().rev().take_while(|&&done| done).count();
    let end = slice + done[slice..].iter().take_while(|&&done| done).count();
    let used = |slices: Range<usize>| match &piece.slices[slices] {
        [first, .., last] => table.used(first.range.start..last.range.end),
        [one] => table.used(one.range.clone()),
        [] => 0,
    };
    used(first..end) - used(first..slice) - used(slice + 1..end)
}

/// Up to so many bytes of the piece's matches are needed no more.
fn matches_are_used(piece: &Piece, bytes: u64, pool: &Pool) {
    let Some(prepared) = piece.prepared.get() else { return };
    let take = |left: u64| Some(left - bytes.min(left));
    let left = prepared.matches.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or_default();
    give_back_matches(pool, bytes.min(left));
}

fn encode_batch(batch: Batch, context: &WorkerContext, scratch: &mut Scratch) -> Result<()> {
    // Enough from the start, as fetch reserved it: a buffer that grows is copied, and for a moment there twice.
    let most = batch.data.len().max(context.settings.packed_bytes(batch.data.len()) as usize);
    let mut packed = context.batches.take(most).map_err(|_| codec_error(io::ErrorKind::OutOfMemory.into()))?;
    let mut blocks = Vec::with_capacity(batch.items.len());
    let mut start = 0;
    for item in batch.items {
        let data = &batch.data[start..start + item.size as usize];
        start += data.len();
        let from = packed.len();
        let filter = match context.settings.filter {
            Filter::Auto => executable::architecture(data).map(BlockFilter::Branch),
            filter => filter.fixed(),
        };
        let mut filtered = std::mem::take(&mut scratch.filtered);
        let mut sides = None;
        let data = match filter {
            Some(filter) => {
                filtered.clear();
                if context.settings.bcj2.is_some() && filter.is_x86() {
                    filtered.extend_from_slice(data);
                    sides = bcj2::split(&mut filtered, &[data.len()], context.monitor);
                }
                if sides.is_none() {
                    filtered.clear();
                    filter.whole(data, &mut filtered).map_err(codec_error)?;
                }
                &filtered
            }
            None => data,
        };
        let main = data.len() as u64;
        let stored = encode_small(data, context, scratch, &mut packed)?;
        scratch.filtered = filtered;
        let split = match sides {
            Some(sides) => encode_small_sides(sides, context, &mut scratch.side)?.map(|sides| (main, sides)),
            None => None,
        };
        if context.monitor.stopped() {
            return Ok(());
        }
        blocks.push(SmallBlock { item, packed: from..packed.len(), stored, filter, split });
    }
    let event =
        Event::Batch { unit: batch.unit, blocks, packed, outcome: batch.outcome, reservation: Some(batch.reservation) };
    let _ = context.events.send(event);
    Ok(())
}

/// Encodes a whole block; answers whether it is stored without the job's method.
fn encode_small(data: &[u8], context: &WorkerContext, scratch: &mut Scratch, packed: &mut Vec<u8>) -> Result<bool> {
    let monitor = context.monitor;
    match &context.settings.codec {
        Codec::Lzma2(params) => {
            encode_whole(params, data, scratch, monitor, packed);
            return Ok(false);
        }
        Codec::Stream(method) => {
            let stores = is_incompressible(data, 0);
            let small = scratch.small.get_or_insert_with(|| Arc::clone(method).small());
            let shrinks = !stores && small.encode(data, data.len(), monitor, packed).map_err(codec_error)?;
            if !shrinks {
                packed.extend_from_slice(data);
            }
            if stores {
                monitor.add_encoded(data.len() as u64);
            }
            return Ok(!shrinks);
        }
        Codec::Copy => packed.extend_from_slice(data),
    }
    monitor.add_encoded(data.len() as u64);
    Ok(matches!(context.settings.codec, Codec::Copy))
}

/// Encodes a short input as a whole LZMA2 stream, with its end marker.
pub fn encode_whole(
    params: &lzma2::Params,
    data: &[u8],
    scratch: &mut Scratch,
    monitor: &Monitor,
    packed: &mut Vec<u8>,
) {
    if is_incompressible(data, 0) {
        stored::store(data, true, packed);
        packed.push(0);
        monitor.add_encoded(data.len() as u64);
    } else {
        lzma2::encode_small(params, data, &mut scratch.encoder, monitor, packed);
    }
}

/// Encodes all pieces that wait in a lane.
fn run_lane(lane: &Arc<Lane>, context: &WorkerContext) -> Result<()> {
    let Codec::Stream(method) = &context.settings.codec else { return Ok(()) };
    while let Some(LaneWork { piece, is_last, stream }) = lane.next() {
        let monitor = &piece.slices[0].monitor;
        if monitor.stopped() {
            continue;
        }
        let all: Range<usize> = piece.history..piece.window.len();
        if piece.is_whole_block && is_incompressible(&piece.window, piece.history) {
            monitor.add_encoded(all.len() as u64);
            send_slice(context, &piece, 0, Packed::Window(Arc::clone(&piece), all), true);
            continue;
        }
        let mut stream = match stream {
            Some(stream) => stream,
            None => method.stream(lane.size).map_err(codec_error)?,
        };
        let mut packed = Vec::new();
        stream.encode(&piece.window[all], monitor, &mut packed).map_err(codec_error)?;
        if is_last {
            stream.finish(monitor, &mut packed).map_err(codec_error)?;
        } else {
            lane.rest(stream);
        }
        if !monitor.stopped() {
            send_slice(context, &piece, 0, Packed::Bytes(packed), false);
        }
    }
    Ok(())
}

pub fn codec_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::OutOfMemory => Error::OutOfMemory("for an encoder".into()),
        _ => Error::Internal(format!("encoder: {error}")),
    }
}
