//! Where match tables are made: no more at once than there is memory for.
//!
//! A table's parts are needed only while it is made, and all workers help to make one. So a full piece waits until the
//! table of the one before is complete; many small ones are made side by side, and parts' memory is used again and again.
//! What was found, the matches, stays until the slices are encoded: a piece also waits while too many are there.

use std::collections::VecDeque;
use std::fmt;

use parking_lot::Mutex;

use crate::codec::lzma2::Parts;

/// Memory that is this many times too large is kept for a piece that needs it.
const TOO_LARGE: u64 = 4;

/// Memory of match tables, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableMemory {
    /// Needed until the table is complete.
    pub parts: u64,
    /// Needed until the slices are encoded.
    pub matches: u64,
}

/// The memory for match tables. Shared by the workers, who prepare pieces `P`.
pub struct Workbench<P> {
    /// What all tables may take, parts that are kept included. A piece that needs more waits until it is alone.
    limit: TableMemory,
    state: Mutex<State<P>>,
}

struct State<P> {
    in_use: TableMemory,
    /// Of tables that are complete.
    kept: Vec<Parts>,
    /// Pieces for which there was no room, in the order in which they came, with what they need.
    waiting: VecDeque<(P, TableMemory)>,
}

impl<P> State<P> {
    /// Takes out the first of those that wait, as many as there is room for.
    fn take_ready(&mut self, limit: TableMemory) -> Vec<P> {
        let mut planned = self.in_use;
        let mut ready = Vec::new();
        while let Some((_, needs)) = self.waiting.front()
            && has_room(planned, *needs, limit)
        {
            planned.parts += needs.parts;
            planned.matches += needs.matches;
            ready.extend(self.waiting.pop_front().map(|(piece, _)| piece));
        }
        ready
    }
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
    /// Room for tables of `limit` bytes.
    pub fn new(limit: TableMemory) -> Self {
        let in_use = TableMemory { parts: 0, matches: 0 };
        Self { limit, state: Mutex::new(State { in_use, kept: Vec::new(), waiting: VecDeque::new() }) }
    }

    /// Takes a place for a table: its parts until [`Workbench::leave`], its matches until [`Workbench::give_back`]. `None`:
    /// there is none now; the piece will be among those that either returns.
    pub fn enter(&self, piece: &P, needs: TableMemory) -> Option<(Place, Parts)>
    where
        P: Clone,
    {
        let mut state = self.state.lock();
        let State { in_use, kept, waiting } = &mut *state;
        if !has_room(*in_use, needs, self.limit) {
            waiting.push_back((piece.clone(), needs));
            return None;
        }
        in_use.matches += needs.matches;
        let TableMemory { parts: bytes, .. } = needs;
        let room = self.limit.parts.saturating_sub(in_use.parts).max(bytes);
        let fits = |parts: &Parts| parts.bytes() <= room && parts.bytes() / TOO_LARGE <= bytes;
        let parts = kept.iter().position(fits).map(|index| kept.swap_remove(index)).unwrap_or_default();
        let place = Place { bytes: bytes.max(parts.bytes()) };
        in_use.parts += place.bytes;
        let mut freed = Vec::new();
        while in_use.parts + kept.iter().map(Parts::bytes).sum::<u64>() > self.limit.parts {
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
        state.in_use.parts -= place.bytes;
        state.kept.push(parts);
        state.take_ready(self.limit)
    }

    /// Matches of so many bytes are needed no more; returns the pieces for which there is room now. To be called with 0 when
    /// a piece that was returned does not enter: others may have waited for it.
    pub fn give_back(&self, matches: u64) -> Vec<P> {
        let mut state = self.state.lock();
        state.in_use.matches -= matches;
        state.take_ready(self.limit)
    }
}

/// Whether there is room for one more. What is larger than the limit has it alone.
fn has_room(in_use: TableMemory, needs: TableMemory, limit: TableMemory) -> bool {
    let fits = |in_use: u64, needs: u64, limit: u64| in_use == 0 || in_use + needs <= limit;
    fits(in_use.parts, needs.parts, limit.parts) && fits(in_use.matches, needs.matches, limit.matches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::lzma2::{MatchTable, Params};

    /// Room for parts of so many bytes, and for any matches.
    fn bench<P>(parts: u64) -> Workbench<P> {
        Workbench::new(TableMemory { parts, matches: u64::MAX })
    }

    /// What parts of so many bytes need.
    fn needs(parts: u64) -> TableMemory {
        TableMemory { parts, matches: 0 }
    }

    /// The parts of a table for so many bytes, as they come back from it.
    fn used(params: &Params, window: usize, parts: Parts) -> Parts {
        MatchTable::for_once(params, window, 0, parts).take_parts()
    }

    #[test]
    fn a_full_piece_waits_small_ones_do_not() {
        let bench = bench(100);
        let (first, parts) = bench.enter(&1, needs(100)).expect("nobody else is there");
        for (piece, parts) in [(2, 100), (3, 30), (4, 30)] {
            assert!(bench.enter(&piece, needs(parts)).is_none());
        }
        assert_eq!(bench.leave(first, parts), [2]);
        let (second, parts) = bench.enter(&2, needs(100)).expect("there is room now");
        assert_eq!(bench.leave(second, parts), [3, 4]);
        let (third, _) = bench.enter(&3, needs(30)).expect("room for three");
        let (fourth, _) = bench.enter(&4, needs(30)).expect("room for three");
        assert!(bench.enter(&5, needs(41)).is_none());
        assert_eq!(bench.leave(third, Parts::default()), [5]);
        assert!(bench.leave(fourth, Parts::default()).is_empty());
        // What is larger than the bench has it alone.
        let (large, parts) = bench.enter(&6, needs(1000)).expect("nobody else is there");
        assert!(bench.enter(&7, needs(1)).is_none());
        assert_eq!(bench.leave(large, parts), [7]);
    }

    #[test]
    fn a_piece_waits_for_the_matches_of_others() {
        let bench = Workbench::new(TableMemory { parts: 100, matches: 50 });
        let needs = |matches| TableMemory { parts: 10, matches };
        let (first, parts) = bench.enter(&1, needs(40)).expect("nobody else is there");
        assert!(bench.enter(&2, needs(20)).is_none());
        // Its parts do not matter, half of its matches do.
        assert!(bench.leave(first, parts).is_empty());
        assert!(bench.give_back(5).is_empty());
        assert_eq!(bench.give_back(5), [2]);
        let _second = bench.enter(&2, needs(20)).expect("there is room now");
        assert!(bench.enter(&3, needs(1000)).is_none(), "that is for one that is alone");
        assert!(bench.give_back(30).is_empty());
        assert_eq!(bench.give_back(20), [3]);
    }

    #[test]
    fn one_that_does_not_come_keeps_nobody_waiting() {
        let bench = bench(100);
        let (first, parts) = bench.enter(&1, needs(100)).expect("nobody else is there");
        assert!(bench.enter(&2, needs(100)).is_none() && bench.enter(&3, needs(100)).is_none());
        assert_eq!(bench.leave(first, parts), [2]);
        assert_eq!(bench.give_back(0), [3]);
    }

    #[test]
    fn parts_are_used_again_within_the_limit() {
        let params = Params::new(5, 1 << 20);
        let bytes = params.parts_bytes(1 << 20);
        let bench = bench(bytes);
        let (place, parts) = bench.enter(&(), needs(bytes)).expect("nobody else is there");
        let parts = used(&params, 1 << 20, parts);
        let held = parts.bytes();
        assert!(held > 0 && held <= bytes, "{held} of {bytes}");
        bench.leave(place, parts);
        // For a somewhat smaller piece, too, which then has all that the parts take.
        let (place, parts) = bench.enter(&(), needs(bytes / 2)).expect("nobody else is there");
        assert_eq!((parts.bytes(), place.bytes), (held, held));
        bench.leave(place, parts);
        // A small one gets its own, and where there is no room for both the large ones go.
        let (small, parts) = bench.enter(&(), needs(bytes / 100)).expect("nobody else is there");
        assert_eq!(parts.bytes(), 0);
        assert_eq!(bench.state.lock().kept.len(), usize::from(held + bytes / 100 <= bytes));
        bench.leave(small, parts);
    }
}
