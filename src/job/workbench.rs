//! Where match tables are made: no more at once than there is memory for their parts, which is used again and again.
//!
//! A table's parts are needed only while it is made, and all workers help to make one. So a full piece waits until the
//! table of the one before is complete; many small ones are made side by side.

use std::collections::VecDeque;
use std::fmt;

use parking_lot::Mutex;

use crate::codec::lzma2::Parts;

/// Memory that is this many times too large is kept for a piece that needs it.
const TOO_LARGE: u64 = 4;

/// The memory for parts. Shared by the workers, who prepare pieces `P`.
pub struct Workbench<P> {
    /// What all parts may take, in use and kept, in bytes: one piece may need that much.
    limit: u64,
    state: Mutex<State<P>>,
}

struct State<P> {
    in_use: u64,
    /// Of tables that are complete.
    kept: Vec<Parts>,
    /// Pieces for which there was no room, in the order in which they came, with what they need.
    waiting: VecDeque<(P, u64)>,
}

impl<P> fmt::Debug for Workbench<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workbench").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// A place at the workbench. To be given back with [`Workbench::leave`].
#[derive(Debug)]
pub struct Place {
    bytes: u64,
}

impl<P> Workbench<P> {
    /// Room for parts of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { limit, state: Mutex::new(State { in_use: 0, kept: Vec::new(), waiting: VecDeque::new() }) }
    }

    /// Takes a place for parts of `bytes` bytes. `None`: there is none now; the piece will be among those that
    /// [`Workbench::leave`] returns.
    pub fn enter(&self, piece: &P, bytes: u64) -> Option<(Place, Parts)>
    where
        P: Clone,
    {
        let mut state = self.state.lock();
        let State { in_use, kept, waiting } = &mut *state;
        if *in_use > 0 && *in_use + bytes > self.limit {
            waiting.push_back((piece.clone(), bytes));
            return None;
        }
        let room = self.limit.saturating_sub(*in_use).max(bytes);
        let fits = |parts: &Parts| parts.bytes() <= room && parts.bytes() / TOO_LARGE <= bytes;
        let parts = kept.iter().position(fits).map(|index| kept.swap_remove(index)).unwrap_or_default();
        let place = Place { bytes: bytes.max(parts.bytes()) };
        *in_use += place.bytes;
        let mut freed = Vec::new();
        while *in_use + kept.iter().map(Parts::bytes).sum::<u64>() > self.limit {
            let Some(parts) = kept.pop() else { break };
            freed.push(parts);
        }
        // To give memory back to the system takes time.
        drop(state);
        drop(freed);
        Some((place, parts))
    }

    /// Gives a place back; returns the pieces for which there is room now.
    pub fn leave(&self, place: Place, parts: Parts) -> Vec<P> {
        let mut state = self.state.lock();
        let State { in_use, kept, waiting } = &mut *state;
        *in_use -= place.bytes;
        kept.push(parts);
        let mut planned = *in_use;
        let mut ready = Vec::new();
        while let Some((_, bytes)) = waiting.front()
            && (planned == 0 || planned + bytes <= self.limit)
        {
            planned += bytes;
            ready.extend(waiting.pop_front().map(|(piece, _)| piece));
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::lzma2::{MatchTable, Params};

    /// The parts of a table for so many bytes, as they come back from it.
    fn used(params: &Params, window: usize, parts: Parts) -> Parts {
        MatchTable::for_once(params, window, 0, parts).take_parts()
    }

    #[test]
    fn a_full_piece_waits_small_ones_do_not() {
        let bench = Workbench::new(100);
        let (first, parts) = bench.enter(&1, 100).expect("nobody else is there");
        assert!(bench.enter(&2, 100).is_none() && bench.enter(&3, 30).is_none() && bench.enter(&4, 30).is_none());
        assert_eq!(bench.leave(first, parts), [2]);
        let (second, parts) = bench.enter(&2, 100).expect("there is room now");
        assert_eq!(bench.leave(second, parts), [3, 4]);
        let (third, _) = bench.enter(&3, 30).expect("room for three");
        let (fourth, _) = bench.enter(&4, 30).expect("room for three");
        assert!(bench.enter(&5, 41).is_none());
        assert_eq!(bench.leave(third, Parts::default()), [5]);
        assert!(bench.leave(fourth, Parts::default()).is_empty());
        // What is larger than the bench has it alone.
        let (large, parts) = bench.enter(&6, 1000).expect("nobody else is there");
        assert!(bench.enter(&7, 1).is_none());
        assert_eq!(bench.leave(large, parts), [7]);
    }

    #[test]
    fn parts_are_used_again_within_the_limit() {
        let params = Params::new(5, 1 << 20);
        let bytes = params.parts_bytes(1 << 20);
        let bench = Workbench::new(bytes);
        let (place, parts) = bench.enter(&(), bytes).expect("nobody else is there");
        let parts = used(&params, 1 << 20, parts);
        let held = parts.bytes();
        assert!(held > 0 && held <= bytes, "{held} of {bytes}");
        bench.leave(place, parts);
        // For a somewhat smaller piece, too, which then has all that the parts take.
        let (place, parts) = bench.enter(&(), bytes / 2).expect("nobody else is there");
        assert_eq!((parts.bytes(), place.bytes), (held, held));
        bench.leave(place, parts);
        // A small one gets its own, and where there is no room for both the large ones go.
        let (small, parts) = bench.enter(&(), bytes / 100).expect("nobody else is there");
        assert_eq!(parts.bytes(), 0);
        assert_eq!(bench.state.lock().kept.len(), usize::from(held + bytes / 100 <= bytes));
        bench.leave(small, parts);
    }
}
