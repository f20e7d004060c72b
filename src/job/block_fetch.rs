//! One block being read: its items' bytes, filtered, in pieces with the history that each needs.
//!
//! An item fits wholly into the open piece or starts with a fresh one; so a failed item is either cut off the open piece, or
//! the block goes back to the piece it started with. In both cases none of its bytes stay.

mod split;

use std::io;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use super::Filter;
use super::budget::{Purpose, Reservation};
use super::cut;
use super::fetch::{Fetcher, Stopped};
use super::fetch_queue::{FetchItem, FetchUnit};
use super::item_bytes::{FetchSource, ReadError};
use super::piece::{DoneItem, Event, ItemError, Outcome, Piece, PieceHeader, Slice, SliceHeader, Span};
use super::pool::{Lane, Task};
use super::recycled::Recycled;
use super::settings::Codec;
use crate::codec::Monitor;
use crate::codec::bcj2::Sides;
use crate::codec::executable::{self, SNIFF};
use crate::codec::filter::{BlockFilter, FilterEncoder, HELD_BACK};
use crate::codec::lzma2::window_buffer;
use crate::error::Error;

/// LZMA's position bits are at most 4.
const WINDOW_ALIGNMENT: u64 = 16;

/// The end of a window.
struct Tail {
    bytes: Vec<u8>,
    /// Where it starts, in bytes since the last dictionary reset.
    start: u64,
}

impl Tail {
    /// About the last `length` bytes of a window that starts at `start`, in the empty `bytes`.
    ///
    /// How the codec counts positions modulo a power of two must agree with the decoder's count, which starts at the
    /// last dictionary reset: the tail starts at a multiple of [`WINDOW_ALIGNMENT`] from there.
    fn of(window: &[u8], start: u64, length: usize, mut bytes: Vec<u8>) -> Self {
        let end = start + window.len() as u64;
        let tail = end.saturating_sub(length as u64).max(start).next_multiple_of(WINDOW_ALIGNMENT).min(end);
        bytes.extend_from_slice(&window[(tail - start) as usize..]);
        Self { bytes, start: tail }
    }
}

/// One block being read.
pub(super) struct BlockFetch<'a> {
    fetcher: &'a Fetcher<'a>,
    unit: u64,
    /// Number of the next piece.
    number: u32,
    /// History and new bytes of the open piece; empty capacity while none is open.
    window: Recycled,
    /// Where the open piece's window starts, in bytes since the last dictionary reset.
    window_start: u64,
    /// Bytes of history in `window`.
    history: usize,
    /// New bytes the open piece takes; 0 while none is open.
    capacity: usize,
    reservation: Option<Reservation>,
    spans: Vec<Span>,
    done: Vec<DoneItem>,
    outcome: Outcome,
    /// The end of the last piece that was passed on: the next one's history. A copy, since the next piece may have to
    /// wait until that piece's memory is released.
    previous: Option<Tail>,
    /// Bytes of the items that have not begun, if all are known: pieces are not made larger than needed.
    later: Option<u64>,
    /// What the block passes through.
    filter: Option<BlockFilter>,
    /// The filter at work. In a block of several items it gets an item when that has been read completely: what it has
    /// taken in cannot be taken back.
    encoder: Option<FilterEncoder>,
    /// The block, as far as it was read, may be split by BCJ2: it is in the open piece, unfiltered.
    may_split: bool,
    /// Memory of the side streams, with the open piece, where it may be.
    side_reservation: Option<Reservation>,
    /// The side streams of the split block, whose main stream is in the open piece.
    sides: Option<Sides>,
    /// The block has one item, so that the item's kind is the block's.
    is_single: bool,
    /// For a method that encodes a block as one stream.
    lane: Option<Arc<Lane>>,
    /// Pieces passed on since the open item began, for the case that it fails.
    item_pieces: Vec<Monitor>,
}

impl<'a> BlockFetch<'a> {
    /// Begins with nothing read of `unit`.
    pub(super) fn new(fetcher: &'a Fetcher<'a>, unit: &FetchUnit) -> Self {
        let is_single = unit.items.len() == 1;
        // An item that is alone is recognised when it is read.
        let may_split = fetcher.settings.bcj2.is_some() && unit.filter.map_or(is_single, BlockFilter::is_x86);
        Self {
            fetcher,
            unit: unit.unit,
            number: 0,
            window: Recycled::default(),
            window_start: 0,
            history: 0,
            capacity: 0,
            reservation: None,
            spans: Vec::new(),
            done: Vec::new(),
            outcome: Outcome::default(),
            previous: None,
            later: unit.items.iter().map(|item| item.size).sum(),
            filter: unit.filter,
            encoder: if may_split { None } else { unit.filter.map(BlockFilter::encoder) },
            may_split,
            side_reservation: None,
            sides: None,
            is_single,
            lane: None,
            item_pieces: Vec::new(),
        }
    }

    /// Reads the unit's items, whose pieces go to the workers.
    pub(super) fn fetch(mut self, unit: FetchUnit) -> std::result::Result<(), Stopped> {
        for FetchItem { item, size, source } in unit.items {
            self.item_pieces.clear();
            let first_piece = match self.fetch_item(item, size, source) {
                Ok(()) => continue,
                Err((error, first_piece)) => {
                    let error = self.fetcher.item_error(error)?;
                    self.spans.retain(|span| span.item != item);
                    if self.item_pieces.is_empty() {
                        self.outcome.failed.push((item, error));
                        continue;
                    }
                    self.fetcher.send(Event::Rewind { unit: self.unit, to: first_piece, item, error });
                    first_piece
                }
            };
            // What remains of the failed item is the whole of the open piece and everything since `first_piece`.
            self.item_pieces.drain(..).for_each(|piece| piece.stop());
            self.close_piece();
            self.previous = None;
            if first_piece == 0 {
                self.lane = None;
            }
        }
        self.split()?;
        self.end_filter()?;
        self.pass_on(true)?;
        let outcome = std::mem::take(&mut self.outcome);
        self.fetcher.send(Event::End { unit: self.unit, outcome });
        Ok(())
    }

    /// Reads one item. On failure, the open piece holds none of its bytes; the number tells the piece it started with.
    fn fetch_item(
        &mut self,
        item: usize,
        announced: Option<u64>,
        source: FetchSource,
    ) -> std::result::Result<(), (ReadError, u32)> {
        self.later = self.later.zip(announced).map(|(later, size)| later - size);
        let mut bytes = self.fetcher.begin(source, announced).map_err(|error| (error, self.number))?;
        let size = bytes.size;
        if self.capacity > 0 && size.is_none_or(|size| size > self.room() as u64) {
            self.filter_unsplit().map_err(|error| (error, self.number))?;
            self.pass_on(false).map_err(|Stopped| (ReadError::Stopped, 0))?;
        }
        let first_piece = self.number;
        let mut crc = crc32fast::Hasher::new();
        // Whether the first bytes may still tell what the block passes through.
        let mut undecided = self.is_single && self.filter.is_none() && self.fetcher.settings.filter == Filter::Auto;
        let mut read = 0u64;
        // Where the item's bytes start in the open piece, and how many those are.
        let (mut start, mut here) = (self.window.len(), 0);
        let result = loop {
            match bytes.has_more() {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
            if self.room() == 0 && self.capacity > 0 {
                // More than a piece.
                self.filter_unsplit().map_err(|error| (error, first_piece))?;
            }
            if self.room() == 0 {
                if self.capacity > 0 {
                    debug_assert!(self.is_single || self.encoder.is_none(), "a filter gets an item of several whole");
                    self.push_span(item, here);
                    self.pass_on(false).map_err(|Stopped| (ReadError::Stopped, 0))?;
                }
                let rest = size.map(|size| size - read);
                self.open_piece(rest).map_err(|Stopped| (ReadError::Stopped, 0))?;
                (start, here) = (self.window.len(), 0);
            }
            let from = self.window.len();
            let part = bytes.take(self.room());
            crc.update(part);
            read += part.len() as u64;
            here += part.len() as u64;
            self.window.extend_from_slice(part);
            // Those bytes are together in a piece: it is smaller only where the item is.
            if undecided && read >= SNIFF as u64 {
                undecided = false;
                self.recognise(start);
                self.filter_from(start).map_err(|error| (error, first_piece))?;
            } else if self.is_single && !undecided {
                self.filter_from(from).map_err(|error| (error, first_piece))?;
            }
        };
        if let Err(error) = result {
            self.window.truncate(start); // Or there is less.
            if self.is_single {
                self.encoder = None;
            }
            return Err((error, first_piece));
        }
        if undecided {
            self.recognise(start);
        }
        if undecided || !self.is_single {
            self.filter_from(start).map_err(|error| (error, first_piece))?;
        }
        self.push_span(item, here);
        if read == 0 {
            self.outcome.empty.push(item);
        } else {
            self.done.push(DoneItem { item, size: read, crc: crc.finalize() });
        }
        Ok(())
    }

    /// Chooses the filter by the bytes of the window from `start` on.
    fn recognise(&mut self, start: usize) {
        self.filter = executable::architecture(&self.window[start..]).map(BlockFilter::Branch);
        if !self.may_split || !self.filter.is_some_and(BlockFilter::is_x86) {
            self.unsplit();
        }
    }

    /// Filters the bytes of the window from `start` on, in place. A few are held back, and come out with the next.
    fn filter_from(&mut self, start: usize) -> std::result::Result<(), ReadError> {
        const STEP: usize = 64 << 10;
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        let (mut taken, mut put) = (start, start);
        let mut ready = Vec::with_capacity(STEP + HELD_BACK);
        while taken < self.window.len() {
            let end = (taken + STEP).min(self.window.len());
            encoder.filter(&self.window[taken..end], &mut ready).map_err(filter_error)?;
            taken = end;
            // With what was held back before, more may be ready than there is room for yet.
            let fits = ready.len().min(taken - put);
            self.window[put..put + fits].copy_from_slice(&ready[..fits]);
            ready.drain(..fits);
            put += fits;
        }
        self.window.truncate(put);
        self.window.append(&mut ready);
        Ok(())
    }

    /// Ends the block's filter: what it held back is the block's last bytes.
    fn end_filter(&mut self) -> std::result::Result<(), Stopped> {
        let Some(encoder) = self.encoder.take() else { return Ok(()) };
        let mut last = Vec::new();
        if let Err(source) = encoder.finish(&mut last) {
            self.fetcher.send(Event::Fatal(Error::Io { what: "cannot filter".into(), source }));
            return Err(Stopped);
        }
        if !last.is_empty() {
            if self.capacity == 0 {
                self.open_piece(Some(last.len() as u64))?;
            }
            self.window.append(&mut last);
        }
        Ok(())
    }

    fn push_span(&mut self, item: usize, bytes: u64) {
        if bytes > 0 {
            self.spans.push(Span { item, bytes });
        }
    }

    /// New bytes that still fit into the open piece.
    fn room(&self) -> usize {
        (self.history + self.capacity).saturating_sub(self.window.len())
    }

    /// Makes an empty piece with the history it needs. `rest` = bytes left of the item that asks for it, if known.
    fn open_piece(&mut self, rest: Option<u64>) -> std::result::Result<(), Stopped> {
        let settings = self.fetcher.settings;
        let monitor = self.fetcher.monitor;
        // The size of an item that is alone may have become known since.
        let later = if self.is_single { Some(0) } else { self.later };
        let wanted = rest.zip(later).map_or(u64::MAX, |(rest, later)| rest.saturating_add(later)).max(1);
        let most = settings.piece as u64;
        let is_first = self.number == 0 && matches!(settings.codec, Codec::Lzma2(_));
        // Of several items, the one that asks fits.
        let least = if self.is_single { 0 } else { rest.unwrap_or(u64::MAX) };
        let new = if is_first { cut::first_piece(wanted, most).max(least) } else { wanted }.min(most) as usize;
        let history = self.previous.as_ref().map_or(0, |tail| tail.bytes.len());
        if matches!(settings.codec, Codec::Stream(_)) && self.lane.is_none() {
            let bytes = settings.unit_bytes(wanted);
            let reservation = self.fetcher.budget.reserve(self.unit, bytes, Purpose::Unit, monitor).ok_or(Stopped)?;
            self.lane = Some(Arc::new(Lane::new(wanted, reservation)));
        }
        let side_bytes = if self.may_split { settings.side_bytes(new) } else { 0 };
        let bytes = settings.piece_bytes(history, new) + settings.packed_bytes(new) + side_bytes;
        let mut reservation = self.fetcher.budget.reserve(self.unit, bytes, Purpose::Piece, monitor).ok_or(Stopped)?;
        let mut window = self.fetcher.window(history + new + 1 + HELD_BACK)?;
        let mut start = 0;
        if let Some(tail) = self.previous.take() {
            window.extend_from_slice(&tail.bytes);
            start = tail.start;
        }
        self.window = window;
        self.window_start = start;
        self.history = history;
        self.capacity = new;
        self.side_reservation = self.may_split.then(|| reservation.split(side_bytes));
        self.reservation = Some(reservation);
        Ok(())
    }

    /// Forgets the open piece.
    fn close_piece(&mut self) {
        self.window = Recycled::default();
        self.history = 0;
        self.capacity = 0;
        self.reservation = None;
        self.side_reservation = None;
    }

    /// Passes the open piece on to the workers, where it holds anything. `last`: the block ends with it.
    fn pass_on(&mut self, last: bool) -> std::result::Result<(), Stopped> {
        let settings = self.fetcher.settings;
        let new = self.window.len() - self.history;
        let mut reservation = match self.reservation.take() {
            Some(reservation) if new > 0 => reservation,
            _ => {
                self.close_piece();
                return match (last, self.number > 0, self.lane.take()) {
                    // Every piece was full to the last byte: the stream still has to be ended.
                    (true, true, Some(lane)) => self.finish_lane(&lane),
                    _ => Ok(()),
                };
            }
        };
        let is_lane = self.lane.is_some();
        let slice = if is_lane { new } else { settings.slice };
        let monitor = self.fetcher.monitor.part();
        let slices: Vec<_> = settings
            .slices(&self.window, self.history, slice, last)
            .into_iter()
            .map(|range| Slice { range, monitor: monitor.part() })
            .collect();
        // A span that is not done yet belongs to an item of several pieces.
        let open_item =
            self.spans.last().is_some_and(|span| self.done.last().is_none_or(|done| done.item != span.item));
        let is_checkpoint = open_item && self.item_pieces.is_empty();
        if open_item {
            self.item_pieces.push(monitor.clone());
        }
        let sides = self.sides.take();
        let whole = new + sides.as_ref().map_or(0, |sides| sides.call.len() + sides.jump.len());
        self.fetcher.send(Event::Piece(PieceHeader {
            unit: self.unit,
            number: self.number,
            slices: slice_headers(&slices, whole as u64),
            spans: std::mem::take(&mut self.spans),
            done: std::mem::take(&mut self.done),
            outcome: std::mem::take(&mut self.outcome),
            is_checkpoint,
            filter: self.filter,
            main: sides.is_some().then_some(new as u64),
            expected: self.lane.as_ref().map_or(0, |lane| lane.size),
            output: reservation.split(settings.packed_bytes(new)),
        }));
        if settings.history > 0 && !last && !is_lane {
            let length = settings.history.min(self.window.len());
            let buffer = self.fetcher.buffer(length, window_buffer(length))?;
            self.previous = Some(Tail::of(&self.window, self.window_start, settings.history, buffer));
        }
        if let Some(sides) = sides {
            // Before the piece: each keeps one worker busy for long.
            self.pass_on_sides(sides, &monitor);
        }
        let piece = Arc::new(Piece {
            unit: self.unit,
            number: self.number,
            window: std::mem::take(&mut self.window),
            history: self.history,
            slices,
            // Without history nothing may be referred to: at the start of the block, and after an item was taken back.
            dictionary_reset: self.history == 0,
            is_whole_block: last && self.number == 0,
            monitor,
            prepared: OnceLock::new(),
            tasks_left: AtomicUsize::new(0),
            _reservation: reservation,
        });
        self.number += 1;
        self.close_piece();
        match &self.lane {
            Some(lane) => self.fetcher.pool.push_lane(lane, piece, last),
            None => {
                self.fetcher.pool.push(Task::Prepare(piece));
            }
        }
        Ok(())
    }

    /// Ends a lane whose last piece has been passed on already, with an empty one.
    fn finish_lane(&mut self, lane: &Arc<Lane>) -> std::result::Result<(), Stopped> {
        let bytes = self.fetcher.settings.packed_bytes(0);
        let monitor = self.fetcher.monitor.part();
        let mut reservation = self.fetcher.budget.reserve(self.unit, bytes, Purpose::Piece, &monitor).ok_or(Stopped)?;
        let slices = vec![Slice { range: 0..0, monitor: monitor.part() }];
        self.fetcher.send(Event::Piece(PieceHeader {
            unit: self.unit,
            number: self.number,
            slices: slice_headers(&slices, 0),
            spans: std::mem::take(&mut self.spans),
            done: std::mem::take(&mut self.done),
            outcome: std::mem::take(&mut self.outcome),
            is_checkpoint: false,
            filter: self.filter,
            main: None,
            expected: lane.size,
            output: reservation.split(bytes),
        }));
        let piece = Arc::new(Piece {
            unit: self.unit,
            number: self.number,
            window: Recycled::default(),
            history: 0,
            slices,
            dictionary_reset: false,
            is_whole_block: false,
            monitor,
            prepared: OnceLock::new(),
            tasks_left: AtomicUsize::new(0),
            _reservation: reservation,
        });
        self.fetcher.pool.push_lane(lane, piece, true);
        Ok(())
    }
}

fn filter_error(source: io::Error) -> ReadError {
    ReadError::Item(ItemError::Other(Error::Io { what: "cannot filter".into(), source }))
}

/// The headers of slices that together stand for `whole` bytes of items.
fn slice_headers(slices: &[Slice], whole: u64) -> Vec<SliceHeader> {
    let bytes: u64 = slices.iter().map(|slice| slice.range.len() as u64).sum();
    let share = |bytes_before: u64| (u128::from(whole) * u128::from(bytes_before) / u128::from(bytes.max(1))) as u64;
    let mut before = 0;
    let header = |slice: &Slice| {
        let start = share(before);
        before += slice.range.len() as u64;
        SliceHeader { size: share(before) - start, monitor: slice.monitor.clone() }
    };
    slices.iter().map(header).collect()
}
