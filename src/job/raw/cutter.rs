//! The input becomes pieces: windows with the history that they need, cut at the ends of blocks.

use std::io::{ErrorKind, Read};
use std::sync::Arc;

use super::super::budget::{Budget, Purpose, Reservation};
use super::super::piece::Slice;
use super::shape::Shape;
use crate::codec::Monitor;
use crate::codec::lzma2::window_buffer;
use crate::error::{Error, Result};

/// Bytes asked of the input at once, at most.
const READ: usize = 256 << 10;

/// What reads.
pub struct Cutter {
    budget: Arc<Budget>,
    open: Option<OpenPiece>,
    /// The end of the last piece: the next one's history. Empty at the start of a block.
    tail: Vec<u8>,
    /// Bytes until the next dictionary reset.
    block_left: u64,
    bytes_read: u64,
    has_ended: bool,
}

/// A window that is being filled.
struct OpenPiece {
    /// History, then new bytes, then what is not filled yet.
    window: Vec<u8>,
    history: usize,
    filled: usize,
    /// Where the window ends when it is full.
    end: usize,
    reservation: Reservation,
}

/// A piece as it comes from the input.
pub struct Cut {
    pub window: Vec<u8>,
    pub history: usize,
    pub slices: Vec<Slice>,
    pub monitor: Monitor,
    pub reservation: Reservation,
}

impl Cutter {
    pub fn new(shape: &Shape) -> Self {
        Self {
            budget: Budget::new(shape.piece_bytes.saturating_mul(shape.depth as u64), 0, 0),
            open: None,
            tail: Vec::new(),
            block_left: shape.block,
            bytes_read: 0,
            has_ended: false,
        }
    }

    /// Bytes of input so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Whether the input has no more.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether a piece is being filled.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether that piece gets no more bytes.
    pub fn is_ready(&self) -> bool {
        self.open.as_ref().is_some_and(|piece| piece.filled == piece.end || self.has_ended)
    }

    /// Asks the input once; neither ended nor ready.
    ///
    /// # Errors
    /// [`Error::Io`]: the input's. [`Error::OutOfMemory`], [`Error::Cancelled`].
    pub fn read(&mut self, shape: &Shape, input: &mut dyn Read, monitor: &Monitor) -> Result<()> {
        let mut piece = match self.open.take() {
            Some(piece) => piece,
            None => self.open(shape, monitor)?,
        };
        if piece.filled == piece.window.len() {
            piece.window.resize(piece.end.min(piece.filled + READ), 0);
        }
        let room = &mut piece.window[piece.filled..];
        let read = match input.read(room) {
            Ok(read) if read > room.len() => {
                let why = format!("it said {read} bytes where it had room for {}", room.len());
                return Err(cannot_read(std::io::Error::new(ErrorKind::InvalidData, why)));
            }
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                self.open = Some(piece);
                return Ok(());
            }
            Err(source) => return Err(cannot_read(source)),
        };
        piece.filled += read;
        self.bytes_read += read as u64;
        self.has_ended = read == 0 || shape.size == Some(self.bytes_read);
        self.open = (piece.filled > piece.history).then_some(piece);
        Ok(())
    }

    /// An empty piece, with the history that it needs.
    fn open(&mut self, shape: &Shape, monitor: &Monitor) -> Result<OpenPiece> {
        // There are fewer pieces under way than the budget has room for; a worker may only not have let go of one yet.
        let reserved = self.budget.reserve(0, shape.piece_bytes, Purpose::Piece, monitor);
        let reservation = reserved.ok_or(Error::Cancelled)?;
        let tail = std::mem::take(&mut self.tail);
        let new = self.block_left.min(shape.piece as u64);
        let coming = shape.size.map_or(new, |size| new.min(size - self.bytes_read)) as usize;
        // Memory that is not touched is not taken: only a full piece needs all of it.
        let mut window = buffer(tail.len() + coming)?;
        window.extend_from_slice(&tail);
        Ok(OpenPiece { window, history: tail.len(), filled: tail.len(), end: tail.len() + coming, reservation })
    }

    /// All of an input that has ended and is below `least` bytes.
    pub fn take_small(&mut self, least: usize) -> Option<Vec<u8>> {
        if !self.has_ended || self.bytes_read >= least as u64 {
            return None;
        }
        Some(self.open.take().map_or_else(Vec::new, |mut piece| {
            piece.window.truncate(piece.filled);
            piece.window
        }))
    }

    /// The piece that is ready.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn cut(&mut self, shape: &Shape, monitor: &Monitor) -> Result<Option<Cut>> {
        let Some(OpenPiece { mut window, history, filled, reservation, .. }) = self.open.take() else {
            return Ok(None);
        };
        window.truncate(filled);
        let new = filled - history;
        self.block_left -= new as u64;
        if self.block_left == 0 {
            self.block_left = shape.block;
        } else if !self.has_ended {
            // All pieces before were full, so that the next window begins at a multiple of 8 from the reset.
            let tail = &window[filled.saturating_sub(shape.history)..];
            self.tail = buffer(tail.len())?;
            self.tail.extend_from_slice(tail);
        }
        let monitor = monitor.part();
        // Whether a full piece is the last one is not known of every input, and the bytes must not depend on that.
        let slices = shape
            .settings
            .slices(&window, history, shape.slice, false)
            .into_iter()
            .map(|range| Slice { range, monitor: monitor.part() })
            .collect();
        Ok(Some(Cut { window, history, slices, monitor, reservation }))
    }
}

/// An empty buffer for so many bytes of a window.
fn buffer(length: usize) -> Result<Vec<u8>> {
    window_buffer(length).map_err(|_| Error::OutOfMemory(format!("{length} bytes for reading")))
}

fn cannot_read(source: std::io::Error) -> Error {
    Error::Io { what: "cannot read the input".into(), source }
}
