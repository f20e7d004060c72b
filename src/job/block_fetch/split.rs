//! A block that passes through BCJ2: read into one piece unfiltered, and split at its end, when all of it is there.

use super::super::fetch::Stopped;
use super::super::item_bytes::ReadError;
use super::super::piece::{Event, ItemError, SideStream};
use super::super::pool::Task;
use super::BlockFetch;
use crate::codec::Monitor;
use crate::codec::bcj2::{self, Side, Sides};
use crate::codec::filter::BlockFilter;

impl BlockFetch<'_> {
    /// The block will not be split: its filter begins.
    pub(super) fn unsplit(&mut self) {
        self.may_split = false;
        self.side_reservation = None;
        self.encoder = self.filter.map(BlockFilter::encoder);
    }

    /// A block that was to be split will not be: its bytes so far, all in the open piece, pass through its filter.
    pub(super) fn filter_unsplit(&mut self) -> std::result::Result<(), ReadError> {
        if !self.may_split {
            return Ok(());
        }
        self.unsplit();
        self.filter_from(self.history)
    }

    /// At the block's end: splits it, if it still may be.
    pub(super) fn split(&mut self) -> std::result::Result<(), Stopped> {
        if !self.may_split || self.capacity == 0 {
            return Ok(());
        }
        let ends: Vec<usize> = self
            .spans
            .iter()
            .scan(0, |end, span| {
                *end += span.bytes as usize;
                Some(*end)
            })
            .collect();
        self.sides = bcj2::split(&mut self.window, &ends, self.fetcher.monitor);
        if self.sides.is_some() {
            return Ok(());
        }
        self.filter_unsplit().map_err(|error| {
            if let Ok(ItemError::Other(error)) = self.fetcher.item_error(error) {
                self.fetcher.send(Event::Fatal(error));
            }
            Stopped
        })
    }

    /// Passes the side streams on to the workers.
    pub(super) fn pass_on_sides(&mut self, mut sides: Sides, monitor: &Monitor) {
        let Some(mut reservation) = self.side_reservation.take() else { return };
        for side in Side::ALL {
            let bytes = sides.take(side);
            let needed = self.fetcher.settings.side_stream_bytes(side, bytes.len());
            let reservation = reservation.split(needed);
            let stream = SideStream { unit: self.unit, side, bytes, monitor: monitor.clone(), reservation };
            self.fetcher.pool.push(Task::Side(stream));
        }
    }
}
