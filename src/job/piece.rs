//! What travels between the stages: pieces from fetch to the workers, events from both to the calling thread.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use super::budget::Reservation;
use super::encode::Prepared;
use super::recycled::Recycled;
use crate::codec::Monitor;
use crate::codec::bcj2::Side;
use crate::codec::filter::BlockFilter;
use crate::error::Error;

/// Up to a dictionary of new bytes of one block, with the history before it, contiguous in memory.
///
/// Filled by one fetch thread, then read by workers until its last slice is encoded.
#[derive(Debug)]
pub struct Piece {
    /// The unit it belongs to, and its number there. Numbers are not used twice.
    pub unit: u64,
    pub number: u32,
    /// History, then new bytes.
    pub window: Recycled,
    /// Bytes of history at the start of `window`.
    pub history: usize,
    /// Parts of `window` that are encoded on their own, in order; together the new bytes.
    pub slices: Vec<Slice>,
    /// The first slice starts the block, or starts afresh after an item was taken back.
    pub dictionary_reset: bool,
    /// The block consists of this piece alone, so that it can be stored as a whole.
    pub is_whole_block: bool,
    /// Of the whole piece. Stopped when the item it holds was taken back: whatever is not encoded yet need not be.
    pub monitor: Monitor,
    /// Written once by the worker that prepares the piece.
    pub prepared: OnceLock<Prepared>,
    /// Parts of the current step of the match table that are not done, then slices. The worker that finishes the last one
    /// queues what comes next, or frees the table.
    pub tasks_left: AtomicUsize,
    /// Memory of `window` and of what its bytes are packed to.
    pub _reservation: Reservation,
}

/// A part of a piece's window that is encoded on its own.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Its bytes in the window.
    pub range: Range<usize>,
    /// A part of the piece's monitor: counts what is encoded of this slice.
    pub monitor: Monitor,
}

/// A side stream of a block that was split by BCJ2, to be encoded.
#[derive(Debug)]
pub struct SideStream {
    pub unit: u64,
    pub side: Side,
    pub bytes: Vec<u8>,
    pub monitor: Monitor,
    /// Memory of the bytes, their encoder and what comes out.
    pub reservation: Reservation,
}

/// The same, encoded.
#[derive(Debug)]
pub struct PackedSide {
    pub side: Side,
    /// Bytes that were encoded.
    pub unpacked: u64,
    pub packed: Vec<u8>,
    /// `None` in a batch, which has one for all of it.
    pub _reservation: Option<Reservation>,
}

/// Several small items, each a block of its own.
#[derive(Debug)]
pub struct Batch {
    pub unit: u64,
    /// The bytes of all items.
    pub data: Recycled,
    /// The items, in order.
    pub items: Vec<DoneItem>,
    /// Items without bytes, and items that failed.
    pub outcome: Outcome,
    pub reservation: Reservation,
}

/// An item that was read completely.
#[derive(Debug, Clone, Copy)]
pub struct DoneItem {
    /// The item's number in the job.
    pub item: usize,
    pub size: u64,
    pub crc: u32,
}

/// Items that need no encoding.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Read, and found to be empty.
    pub empty: Vec<usize>,
    pub failed: Vec<(usize, ItemError)>,
}

/// Why an item failed. The item's name is added where it is known.
#[derive(Debug)]
pub enum ItemError {
    SizeChanged {
        announced: u64,
        read: u64,
    },
    /// Reading failed; the path where the source is a file.
    Read {
        path: Option<PathBuf>,
        source: io::Error,
    },
    Other(Error),
}

/// So many bytes of an item in a piece.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub item: usize,
    pub bytes: u64,
}

/// What the calling thread needs to know of a slice before it comes.
#[derive(Debug)]
pub struct SliceHeader {
    /// Bytes of items that it stands for: where the block was split, its share of what the side streams took too.
    pub size: u64,
    /// As the slice's own.
    pub monitor: Monitor,
}

/// What fetch says of a piece, in the order of the block; its slices follow from the workers in any order.
#[derive(Debug)]
pub struct PieceHeader {
    pub unit: u64,
    pub number: u32,
    pub slices: Vec<SliceHeader>,
    pub spans: Vec<Span>,
    /// Items whose last byte is in this piece.
    pub done: Vec<DoneItem>,
    pub outcome: Outcome,
    /// An item that needs several pieces starts with this one: the output may have to come back to here.
    pub is_checkpoint: bool,
    /// What the block passes through.
    pub filter: Option<BlockFilter>,
    /// The block, which is this piece alone, was split by BCJ2: bytes of its main stream. [`Event::Side`] brings the
    /// others, one each.
    pub main: Option<u64>,
    /// Bytes that the block's stream was made for, where it is one.
    pub expected: u64,
    /// Memory of the packed bytes until they are written.
    pub output: Reservation,
}

/// Encoded bytes.
#[derive(Debug)]
pub enum Packed {
    Bytes(Vec<u8>),
    /// The bytes of the window as they are.
    Window(Arc<Piece>, Range<usize>),
}

impl Packed {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Window(piece, range) => &piece.window[range.clone()],
        }
    }
}

/// One block of a batch.
#[derive(Debug)]
pub struct SmallBlock {
    pub item: DoneItem,
    /// Its bytes in the batch's output.
    pub packed: Range<usize>,
    /// Stored without the job's method.
    pub stored: bool,
    /// What it passes through.
    pub filter: Option<BlockFilter>,
    /// Where it was split by BCJ2: bytes of its main stream, and the others.
    pub split: Option<(u64, [PackedSide; 3])>,
}

/// To the calling thread.
#[derive(Debug)]
pub enum Event {
    Piece(PieceHeader),
    Slice {
        unit: u64,
        piece: u32,
        slice: usize,
        packed: Packed,
        /// The whole block is stored without the job's method.
        stored: bool,
    },
    /// A side stream of a block that was split.
    Side {
        unit: u64,
        packed: PackedSide,
    },
    /// An item of several pieces failed: pieces from `to` on never were.
    Rewind {
        unit: u64,
        to: u32,
        item: usize,
        error: ItemError,
    },
    /// No more pieces of this unit.
    End {
        unit: u64,
        outcome: Outcome,
    },
    Batch {
        unit: u64,
        blocks: Vec<SmallBlock>,
        packed: Recycled,
        outcome: Outcome,
        reservation: Option<Reservation>,
    },
    /// The job cannot go on.
    Fatal(Error),
}
