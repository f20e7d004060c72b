//! Puts slices back in order and hands them to the archive writer. Runs on the job's calling thread.
//!
//! Events come in any order across units; units are written in the order of the plan, pieces and slices in the order of
//! the block. What is early waits, its memory still reserved.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use super::archive_writer::{ArchiveWriter, BlockMethod, Checkpoint};
use super::budget::{Budget, Reservation};
use super::piece::{
    DoneItem, Event, ItemError, Outcome, Packed, PackedSide, PieceHeader, SliceHeader, SmallBlock, Span,
};
use super::progress::Progress;
use super::recycled::Recycled;
use crate::codec::bcj2::Side;
use crate::codec::filter::BlockFilter;
use crate::error::{Error, Result};
use crate::input::Metadata;
use crate::sevenz::Entry;

/// What the calling thread keeps of an item while its source travels.
#[derive(Debug)]
pub struct ItemRecord {
    pub name: String,
    pub metadata: Metadata,
    pub index: u32,
    pub size: Option<u64>,
}

impl ItemRecord {
    /// The header's entry; the record's name goes with it.
    fn take_entry(&mut self, has_stream: bool) -> Entry {
        let metadata = &self.metadata;
        Entry {
            name: std::mem::take(&mut self.name),
            has_stream,
            is_directory: metadata.is_directory,
            attributes: metadata.attributes,
            modified: metadata.modified.map(|time| time.0),
            created: metadata.created.map(|time| time.0),
            accessed: metadata.accessed.map(|time| time.0),
        }
    }
}

/// A piece on its way.
struct WaitingPiece {
    number: u32,
    /// What is known of each slice, and what came of it.
    slices: Vec<(SliceHeader, Option<Packed>)>,
    /// Slices written.
    written: usize,
    /// Slices that came.
    arrived: usize,
    spans: VecDeque<Span>,
    done: VecDeque<DoneItem>,
    is_checkpoint: bool,
    output: Reservation,
}

#[derive(Default)]
struct WaitingBlock {
    pieces: VecDeque<WaitingPiece>,
    /// Every piece is known.
    ended: bool,
    /// The place where the item of several pieces started that is being written, with that piece's number.
    checkpoint: Option<(u32, Checkpoint)>,
    /// Stored without the job's method.
    stored: bool,
    /// Bytes that its stream was made for, where it is one.
    expected: u64,
    /// What it passes through before.
    filter: Option<BlockFilter>,
    /// Split by BCJ2: bytes of its main stream.
    main: Option<u64>,
    /// Its other streams, as far as they have come.
    sides: Vec<PackedSide>,
}

struct WaitingBatch {
    blocks: Vec<SmallBlock>,
    packed: Recycled,
    _reservation: Option<Reservation>,
}

enum Waiting {
    Block(Box<WaitingBlock>),
    Batch(WaitingBatch),
}

/// The last stage.
pub struct Assembler<'a> {
    writer: ArchiveWriter,
    budget: &'a Arc<Budget>,
    method: BlockMethod,
    /// The last bytes of a block.
    tail: &'static [u8],
    waiting: BTreeMap<u64, Waiting>,
    /// The unit that is written next.
    next: u64,
    pub items: Vec<ItemRecord>,
    /// Unpacked bytes of all items in the archive.
    pub bytes_in: u64,
}

impl<'a> Assembler<'a> {
    /// An assembler for a job whose blocks have `method`.
    pub fn new(writer: ArchiveWriter, budget: &'a Arc<Budget>, method: BlockMethod) -> Self {
        // LZMA2 ends with a zero control byte.
        let tail: &[u8] = if matches!(method, BlockMethod::Lzma2(_)) { &[0] } else { &[] };
        Self { writer, budget, method, tail, waiting: BTreeMap::new(), next: 0, items: Vec::new(), bytes_in: 0 }
    }

    /// So many more items with bytes are to come, in so many blocks.
    pub fn announce(&mut self, items: usize, blocks: usize) {
        self.writer.announce(items, blocks);
    }

    /// Units written completely.
    pub fn units_written(&self) -> u64 {
        self.next
    }

    /// Bytes of archive so far.
    pub fn position(&self) -> u64 {
        self.writer.position()
    }

    /// The archive writer, for the end of the job.
    pub fn into_writer(self) -> ArchiveWriter {
        self.writer
    }

    /// Takes in one event, and writes what has become ready.
    pub fn handle(&mut self, event: Event, progress: &mut Progress) -> Result<()> {
        match event {
            Event::Piece(header) => self.add_piece(header, progress)?,
            Event::Slice { unit, piece, slice, packed, stored } => self.add_slice(unit, piece, slice, packed, stored),
            Event::Side { unit, packed } => {
                let sides = &mut self.block(unit).sides;
                sides.push(packed);
                sides.sort_by_key(|packed| packed.side);
            }
            Event::Rewind { unit, to, item, error } => {
                self.rewind(unit, to)?;
                self.item_failed(item, error, progress)?;
            }
            Event::End { unit, outcome } => {
                self.take_outcome(outcome, progress)?;
                self.block(unit).ended = true;
            }
            Event::Batch { unit, blocks, packed, outcome, reservation } => {
                self.take_outcome(outcome, progress)?;
                let batch = WaitingBatch { blocks, packed, _reservation: reservation };
                self.waiting.insert(unit, Waiting::Batch(batch));
            }
            Event::Fatal(error) => return Err(error),
        }
        self.write_ready(progress)
    }

    fn block(&mut self, unit: u64) -> &mut WaitingBlock {
        let waiting = self.waiting.entry(unit).or_insert_with(|| Waiting::Block(Box::default()));
        if let Waiting::Batch(_) = waiting {
            // A unit is one or the other, and a batch has one event only.
            *waiting = Waiting::Block(Box::default());
        }
        match waiting {
            Waiting::Block(block) => block,
            Waiting::Batch(_) => unreachable!("replaced above"),
        }
    }

    fn add_piece(&mut self, header: PieceHeader, progress: &mut Progress) -> Result<()> {
        self.take_outcome(header.outcome, progress)?;
        let piece = WaitingPiece {
            number: header.number,
            slices: header.slices.into_iter().map(|slice| (slice, None)).collect(),
            written: 0,
            arrived: 0,
            spans: header.spans.into(),
            done: header.done.into(),
            is_checkpoint: header.is_checkpoint,
            output: header.output,
        };
        let block = self.block(header.unit);
        block.filter = header.filter;
        block.main = header.main;
        block.expected = header.expected;
        block.pieces.push_back(piece);
        Ok(())
    }

    fn add_slice(&mut self, unit: u64, piece: u32, slice: usize, packed: Packed, stored: bool) {
        let block = self.block(unit);
        // A piece that was taken back is gone, and its late slices with it.
        let Some(waiting) = block.pieces.iter_mut().find(|waiting| waiting.number == piece) else { return };
        block.stored |= stored;
        waiting.slices[slice].1 = Some(packed);
        waiting.arrived += 1;
        if waiting.arrived == waiting.slices.len() {
            let held = waiting.slices.iter().map(|(_, packed)| match packed {
                Some(Packed::Bytes(bytes)) => bytes.capacity() as u64,
                Some(Packed::Window(..)) | None => 0,
            });
            waiting.output.shrink_to(held.sum());
        }
    }

    fn rewind(&mut self, unit: u64, to: u32) -> Result<()> {
        let block = self.block(unit);
        block.pieces.retain(|piece| piece.number < to);
        if let Some((number, checkpoint)) = block.checkpoint.take()
            && number == to
        {
            self.writer.rewind(checkpoint)?;
        }
        Ok(())
    }

    fn take_outcome(&mut self, outcome: Outcome, progress: &mut Progress) -> Result<()> {
        for item in outcome.empty {
            self.add_empty(item, progress);
        }
        for (item, error) in outcome.failed {
            self.item_failed(item, error, progress)?;
        }
        Ok(())
    }

    /// An item that needs no reading, or was found to be empty.
    pub fn add_empty(&mut self, item: usize, progress: &mut Progress) {
        let record = &mut self.items[item];
        progress.completed(item, record.index, &record.name, 0, record.size);
        self.writer.add_empty(record.take_entry(false));
    }

    /// An item that is not in the archive. Its error is the job's if the job is to stop.
    pub fn item_failed(&mut self, item: usize, error: ItemError, progress: &mut Progress) -> Result<()> {
        let record = &mut self.items[item];
        let name = std::mem::take(&mut record.name);
        let error = match error {
            ItemError::SizeChanged { announced, read } => Error::SizeChanged { name: name.clone(), announced, read },
            ItemError::Read { path, source } => {
                Error::io("cannot read", path.as_deref().unwrap_or(Path::new(&name)), source)
            }
            ItemError::Other(error) => error,
        };
        progress.failed(item, record.index, &name, record.size, error)
    }

    fn write_ready(&mut self, progress: &mut Progress) -> Result<()> {
        while let Some(waiting) = self.waiting.remove(&self.next) {
            match waiting {
                Waiting::Batch(batch) => self.write_batch(batch, progress)?,
                Waiting::Block(mut block) => {
                    let result = self.write_block(&mut block, progress);
                    let is_written = block.ended && block.pieces.is_empty();
                    if !is_written || result.is_err() {
                        self.waiting.insert(self.next, Waiting::Block(block));
                        return result;
                    }
                    let (method, tail) =
                        if block.stored { (&BlockMethod::Copy, &[][..]) } else { (&self.method, self.tail) };
                    let split = block.main.map(|main| (main, block.sides.as_slice()));
                    self.writer.end_block(method, block.expected, tail, block.filter, split)?;
                }
            }
            self.next += 1;
            self.budget.set_head(self.next);
        }
        Ok(())
    }

    fn write_batch(&mut self, batch: WaitingBatch, progress: &mut Progress) -> Result<()> {
        for SmallBlock { item: done, packed, stored, filter, split } in batch.blocks {
            let record = &mut self.items[done.item];
            let sides = split.as_ref().map_or(0, |(_, sides)| packed_bytes(sides));
            progress.advanced(done.item, record.index, &record.name, done.size, packed.len() as u64 + sides);
            progress.completed(done.item, record.index, &record.name, done.size, record.size);
            self.bytes_in += done.size;
            let method = if stored { &BlockMethod::Copy } else { &self.method };
            let split = split.as_ref().map(|(main, sides)| (*main, sides.as_slice()));
            self.writer.add_block(record.take_entry(true), done, method, &batch.packed[packed], filter, split)?;
        }
        Ok(())
    }

    /// Writes the slices of the head unit that are there.
    fn write_block(&mut self, block: &mut WaitingBlock, progress: &mut Progress) -> Result<()> {
        while let Some(piece) = block.pieces.front_mut() {
            if piece.written == 0 && piece.slices.first().is_some_and(|(_, packed)| packed.is_some()) {
                let checkpoint = self.writer.checkpoint();
                if piece.is_checkpoint {
                    block.checkpoint = Some((piece.number, checkpoint));
                }
            }
            let slices = piece.slices.len();
            while let Some((header, packed)) = piece.slices.get_mut(piece.written) {
                let unpacked = header.size;
                let is_last = piece.written + 1 == slices;
                // An item is done when all of it is there, so the last slice of a block that was split is written last.
                if is_last && block.main.is_some() && block.sides.len() < Side::ALL.len() {
                    return Ok(());
                }
                let Some(packed) = packed.take() else { return Ok(()) };
                self.writer.write(packed.bytes(), unpacked)?;
                piece.written += 1;
                let sides = if is_last { packed_bytes(&block.sides) } else { 0 };
                self.advance(piece, unpacked, packed.bytes().len() as u64 + sides, is_last, progress);
            }
            block.pieces.pop_front();
        }
        Ok(())
    }

    /// Shares out a written slice among the items in it, and completes those that end in it.
    fn advance(
        &mut self,
        piece: &mut WaitingPiece,
        unpacked: u64,
        packed: u64,
        is_last: bool,
        progress: &mut Progress,
    ) {
        let mut left = unpacked;
        while let Some(span) = piece.spans.front_mut() {
            let bytes = span.bytes.min(left);
            if bytes == 0 {
                break;
            }
            let share = (u128::from(packed) * u128::from(bytes) / u128::from(unpacked.max(1))) as u64;
            let record = &self.items[span.item];
            progress.advanced(span.item, record.index, &record.name, bytes, share);
            span.bytes -= bytes;
            left -= bytes;
            if span.bytes > 0 {
                break;
            }
            let item = span.item;
            piece.spans.pop_front();
            if piece.done.front().is_some_and(|done| done.item == item) {
                self.complete_first(piece, progress);
            }
        }
        // An item whose last byte filled the piece before is found to be done in this one.
        while is_last && !piece.done.is_empty() {
            self.complete_first(piece, progress);
        }
    }

    /// Tells how far the item has come that is being encoded at the archive's end: written bytes, and those that the
    /// encoder of the next slice has passed.
    pub fn tell_progress(&self, progress: &mut Progress) {
        let Some(Waiting::Block(block)) = self.waiting.get(&self.next) else { return };
        let Some(piece) = block.pieces.front() else { return };
        let Some((slice, _)) = piece.slices.get(piece.written) else { return };
        let mut passed = slice.monitor.encoded();
        for span in &piece.spans {
            if passed <= span.bytes {
                let record = &self.items[span.item];
                progress.underway(span.item, record.index, &record.name, passed);
                return;
            }
            passed -= span.bytes;
        }
    }

    fn complete_first(&mut self, piece: &mut WaitingPiece, progress: &mut Progress) {
        if let Some(done) = piece.done.pop_front() {
            let record = &mut self.items[done.item];
            progress.completed(done.item, record.index, &record.name, done.size, record.size);
            self.bytes_in += done.size;
            self.writer.add_item(record.take_entry(true), done);
        }
    }
}

/// The packed bytes of side streams.
fn packed_bytes(sides: &[PackedSide]) -> u64 {
    sides.iter().map(|side| side.packed.len() as u64).sum()
}
