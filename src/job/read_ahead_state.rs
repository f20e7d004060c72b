//! What the read-ahead's lock guards, and its rules: who may read what next, and into how much memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parking_lot::Condvar;

use super::buffers::{CHUNK, Chunk, Pool, Room, SMALL, room_for};
use super::read_ahead::{Claim, Delivery, Failure, Pending, Ticket};

/// One item has at most this part of the limit.
const SHARES: u64 = 4;

/// Changed by all threads of the read-ahead, one at a time.
pub struct State {
    small: Pool,
    large: Pool,
    /// Most bytes of one item.
    share: u64,
    /// Most items in `slots`.
    most_items: usize,
    /// Items that may be read at once although items of an earlier unit wait.
    most_jumps: usize,
    /// Units with items that nobody has claimed.
    queues: BTreeMap<u64, UnitQueue>,
    /// Items that are being read, or were read and not yet taken.
    slots: BTreeMap<Ticket, Slot>,
    /// What each fetch thread waits for.
    pub awaited: Vec<Option<Ticket>>,
    /// Items being read that are jumps.
    jumps: usize,
    /// Input threads that wait for something to claim, or for memory to claim it.
    pub claiming: Vec<Arc<Condvar>>,
    /// Input threads that wait for memory in the midst of an item.
    pub growing: Vec<(Ticket, Arc<Condvar>)>,
    is_closed: bool,
}

struct UnitQueue {
    items: VecDeque<Pending>,
    /// Bytes of its items that are reserved and not yet taken.
    ahead: u64,
    /// A fetch thread works on it.
    is_active: bool,
}

struct Slot {
    unit: u64,
    chunks: VecDeque<Chunk>,
    size: Option<u64>,
    /// Bytes of `chunks` and of the buffer that is being filled.
    held: u64,
    /// Bytes of the buffer that is being filled.
    filling: usize,
    end: Option<Result<(), Failure>>,
}

impl State {
    /// Nothing queued. Two thirds of the limit are for small buffers: many small items pass by one that is stalled.
    pub fn new(limit: u64, most_jumps: usize, fetch_threads: usize) -> Self {
        Self {
            small: Pool::new(SMALL, limit / 3 * 2),
            large: Pool::new(CHUNK, limit / 3),
            share: (limit / SHARES).max(CHUNK as u64),
            most_items: usize::try_from(limit / SMALL as u64).unwrap_or(usize::MAX),
            most_jumps,
            queues: BTreeMap::new(),
            slots: BTreeMap::new(),
            awaited: vec![None; fetch_threads],
            jumps: 0,
            claiming: Vec::new(),
            growing: Vec::new(),
            is_closed: false,
        }
    }

    /// Whether the job is over.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Queues the items of `unit`, the last one so far.
    pub fn push(&mut self, unit: u64, items: VecDeque<Pending>) {
        let woken = items.len().min(self.claiming.len());
        self.queues.insert(unit, UnitQueue { items, ahead: 0, is_active: false });
        self.claiming.drain(..woken).for_each(|wake| _ = wake.notify_one());
    }

    /// A fetch thread works on `unit`.
    pub fn begin_unit(&mut self, unit: u64) {
        if let Some(queue) = self.queues.get_mut(&unit) {
            queue.is_active = true;
        }
    }

    /// Takes the item that is to be read next, if its first bytes have room.
    pub fn claim(&mut self) -> Option<Claim> {
        let (unit, ticket, room) = self.candidate()?;
        if !self.has_room_for_item(room) && !self.is_awaited(ticket) {
            return None;
        }
        let is_jump = self.queues.first_key_value().is_some_and(|(&first, _)| first != unit);
        let queue = self.queues.get_mut(&unit)?;
        let item = queue.items.pop_front()?;
        if queue.items.is_empty() {
            self.queues.remove(&unit);
        }
        self.jumps += usize::from(is_jump);
        let slot = Slot { unit, chunks: VecDeque::new(), size: item.size, held: 0, filling: 0, end: None };
        self.slots.insert(ticket, slot);
        let room = self.reserve(ticket, room);
        self.wake_for_memory(); // The next item may have room where this one had not.
        Some(Claim { item, room, is_jump })
    }

    /// The item that is to be read next: its unit, its ticket, and the buffer that it needs.
    fn candidate(&self) -> Option<(u64, Ticket, usize)> {
        let (&first, _) = self.queues.first_key_value()?;
        // Fetch threads take units in order: those they work on come first.
        let active = self.queues.iter().take_while(|(_, queue)| queue.is_active);
        let is_awaited = |queue: &UnitQueue| queue.items.front().is_some_and(|next| self.is_awaited(next.ticket));
        let unit = match active.min_by_key(|(_, queue)| (!is_awaited(queue), queue.ahead)) {
            Some((&unit, _)) if self.jumps < self.most_jumps => unit,
            _ => first,
        };
        let next = self.queues.get(&unit)?.items.front()?;
        Some((unit, next.ticket, room_for(next.size)))
    }

    fn has_room_for_item(&self, room: usize) -> bool {
        self.slots.len() < self.most_items && self.pool(room).has_room()
    }

    fn pool(&self, room: usize) -> &Pool {
        if room == SMALL { &self.small } else { &self.large }
    }

    fn pool_mut(&mut self, room: usize) -> &mut Pool {
        if room == SMALL { &mut self.small } else { &mut self.large }
    }

    /// The source said its size when it was opened.
    pub fn set_size(&mut self, ticket: Ticket, size: u64) {
        if let Some(slot) = self.slots.get_mut(&ticket) {
            slot.size = Some(size);
        }
    }

    /// Whether somebody wants more of an item.
    pub fn is_wanted(&self, ticket: Ticket) -> bool {
        self.slots.contains_key(&ticket)
    }

    /// Whether there is memory for `room` more bytes of an item.
    pub fn may_grow(&self, ticket: Ticket, room: usize) -> bool {
        self.slots.get(&ticket).is_some_and(|slot| {
            let fits = self.pool(room).has_room() && slot.held + room as u64 <= self.share;
            fits || (slot.chunks.is_empty() && self.is_awaited(ticket))
        })
    }

    /// Reserves a buffer for an item.
    pub fn reserve(&mut self, ticket: Ticket, room: usize) -> Room {
        if let Some(slot) = self.slots.get_mut(&ticket) {
            slot.filling = room;
        }
        self.count_ahead(ticket, room as i64);
        self.pool_mut(room).reserve()
    }

    /// Keeps a chunk for an item's fetch thread.
    pub fn put(&mut self, ticket: Ticket, chunk: Chunk) {
        if let Some(slot) = self.slots.get_mut(&ticket) {
            slot.filling = 0;
            slot.chunks.push_back(chunk);
        }
    }

    /// Ends an item.
    pub fn end(&mut self, ticket: Ticket, is_jump: bool, result: Option<Result<Chunk, Failure>>) {
        self.jumps -= usize::from(is_jump);
        let (mut chunk, end) = match result {
            Some(Ok(chunk)) => (chunk, Ok(())),
            Some(Err(failure)) => (Chunk::default(), Err(failure)),
            None => return,
        };
        let Some(slot) = self.slots.get_mut(&ticket) else { return };
        slot.end = Some(end);
        let reserved = std::mem::take(&mut slot.filling);
        self.count_ahead(ticket, -(reserved as i64));
        // An item of unknown size may be much smaller than the buffer it was given.
        if chunk.room() == CHUNK && (1..=SMALL).contains(&chunk.filled) && self.small.has_room() {
            let mut small = self.small.reserve().into_chunk();
            small.bytes[..chunk.filled].copy_from_slice(chunk.filled());
            small.filled = chunk.filled;
            self.large.release(Some(std::mem::replace(&mut chunk, small).bytes));
        }
        if chunk.filled > 0 {
            self.count_ahead(ticket, chunk.room() as i64);
            if let Some(slot) = self.slots.get_mut(&ticket) {
                slot.chunks.push_back(chunk);
            }
        } else {
            // After a failure the buffer itself is gone.
            let buffer = if chunk.room() > 0 { Some(chunk.bytes) } else { None };
            self.pool_mut(reserved).release(buffer);
        }
        self.wake_for_memory();
    }

    /// What there is of an item: its next chunk, or its end. With its end the item is forgotten.
    pub fn deliver(&mut self, ticket: Ticket) -> Option<Delivery> {
        let slot = self.slots.get_mut(&ticket)?;
        let chunk = slot.chunks.pop_front();
        let end = if slot.chunks.is_empty() { slot.end.take() } else { None };
        if chunk.is_none() && end.is_none() {
            return None;
        }
        let (chunk, size) = (chunk.unwrap_or_default(), slot.size);
        // It is still reserved, but no longer ahead.
        self.count_ahead(ticket, -(chunk.room() as i64));
        if end.is_some() {
            self.slots.remove(&ticket);
            self.wake_for_memory();
        } else if self.may_grow(ticket, CHUNK) {
            self.wake_growing(|growing, _| growing == ticket);
        }
        Some(Delivery { chunk, size, end })
    }

    /// A chunk is used no more.
    pub fn release(&mut self, chunk: Chunk) {
        self.pool_mut(chunk.room()).release(Some(chunk.bytes));
        self.wake_for_memory();
    }

    /// Forgets an item.
    pub fn abandon(&mut self, ticket: Ticket) {
        let Some(slot) = self.slots.get(&ticket) else { return };
        self.count_ahead(ticket, -(slot.held as i64));
        let Some(slot) = self.slots.remove(&ticket) else { return };
        if slot.filling > 0 {
            self.pool_mut(slot.filling).release(None);
        }
        for chunk in slot.chunks {
            self.pool_mut(chunk.room()).release(Some(chunk.bytes));
        }
        self.wake_growing(|growing, _| growing == ticket);
        self.wake_for_memory();
    }

    /// Wakes every input thread for the last time; answers the items that nobody claimed.
    pub fn close(&mut self) -> impl Sized + use<> {
        self.is_closed = true;
        self.claiming.drain(..).for_each(|wake| _ = wake.notify_one());
        self.wake_growing(|_, _| true);
        std::mem::take(&mut self.queues)
    }

    /// The buffers that nobody uses.
    pub fn dismiss(&mut self) -> impl Sized + use<> {
        (self.small.dismiss(), self.large.dismiss())
    }

    /// A fetch thread begins to wait for an item: wakes the input thread that has to go on.
    pub fn wake_input(&mut self, ticket: Ticket) {
        if self.is_wanted(ticket) {
            self.wake_growing(|growing, _| growing == ticket);
        } else if let Some(wake) = self.claiming.pop() {
            wake.notify_one();
        }
    }

    fn is_awaited(&self, ticket: Ticket) -> bool {
        self.awaited.contains(&Some(ticket))
    }

    /// Wakes who waits for memory, once a good part of it is free.
    fn wake_for_memory(&mut self) {
        if !self.claiming.is_empty()
            && let Some((_, _, room)) = self.candidate()
            && self.pool(room).has_much_room()
            && self.slots.len() * 4 <= self.most_items * 3
        {
            self.claiming.drain(..).for_each(|wake| _ = wake.notify_one());
        }
        if !self.growing.is_empty() && self.large.has_much_room() {
            self.wake_growing(|ticket, state| state.may_grow(ticket, CHUNK));
        }
    }

    /// Wakes those that wait in the midst of an item that `may` says may go on.
    fn wake_growing(&mut self, may: impl Fn(Ticket, &Self) -> bool) {
        let mut at = 0;
        while let Some((ticket, wake)) = self.growing.get(at) {
            if may(*ticket, self) {
                wake.notify_one();
                self.growing.swap_remove(at);
            } else {
                at += 1;
            }
        }
    }

    /// `bytes` more of an item are ahead.
    fn count_ahead(&mut self, ticket: Ticket, bytes: i64) {
        let Some(slot) = self.slots.get_mut(&ticket) else { return };
        slot.held = slot.held.saturating_add_signed(bytes);
        if let Some(queue) = self.queues.get_mut(&slot.unit) {
            queue.ahead = queue.ahead.saturating_add_signed(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Source;

    /// `count` items of so many bytes, from `first` on.
    fn items(first: Ticket, count: u64, size: u64) -> VecDeque<Pending> {
        (first..first + count).map(|ticket| Pending { ticket, size: Some(size), source: Source::Empty }).collect()
    }

    fn claim(state: &mut State) -> Option<Ticket> {
        state.claim().map(|claim| claim.item.ticket)
    }

    /// Reads an item to its end: into a buffer of the room it was given.
    fn end(state: &mut State, ticket: Ticket, room: usize, is_jump: bool) {
        state.end(ticket, is_jump, Some(Ok(Chunk { bytes: vec![0; room], filled: 1 })));
    }

    #[test]
    fn items_are_claimed_in_the_order_of_the_plan() {
        let mut state = State::new(8 << 20, 4, 2);
        state.push(0, items(0, 2, 100));
        state.push(1, items(2, 2, 100));
        state.begin_unit(0);
        assert_eq!([(); 5].map(|()| claim(&mut state)), [Some(0), Some(1), Some(2), Some(3), None]);
    }

    #[test]
    fn the_active_unit_with_least_ahead_comes_first_but_half_of_the_threads_keep_to_the_plan() {
        let mut state = State::new(8 << 20, 2, 3);
        for unit in 0..3 {
            state.push(unit, items(unit * 100, 100, 100));
        }
        state.begin_unit(0);
        state.begin_unit(1);
        // Unit 2 is nobody's yet. Two jumps, then unit 0 alone.
        let tickets = [(); 6].map(|()| claim(&mut state));
        assert_eq!(tickets, [Some(0), Some(100), Some(1), Some(101), Some(2), Some(3)]);
        end(&mut state, 100, SMALL, true);
        assert_eq!(claim(&mut state), Some(102), "a jump has ended");
        // What somebody waits for comes before everything else.
        end(&mut state, 101, SMALL, true);
        state.begin_unit(2);
        state.awaited[2] = Some(200);
        assert_eq!(claim(&mut state), Some(200));
    }

    #[test]
    fn memory_is_bounded_but_for_what_somebody_waits_for() {
        let mut state = State::new(6 * CHUNK as u64, 4, 1);
        state.push(0, items(0, 9, u64::MAX));
        assert_eq!([(); 3].map(|()| claim(&mut state)), [Some(0), Some(1), None]);
        state.awaited[0] = Some(2);
        assert_eq!([(); 2].map(|()| claim(&mut state)), [Some(2), None]);
        // In the midst of an item the same.
        assert!(!state.may_grow(0, CHUNK) && state.may_grow(2, CHUNK));
        state.put(2, Chunk { bytes: vec![0; CHUNK], filled: CHUNK });
        assert!(!state.may_grow(2, CHUNK), "there is something to take");
        let delivery = state.deliver(2).expect("the chunk");
        assert!(delivery.end.is_none() && state.may_grow(2, CHUNK));
        state.release(delivery.chunk);
        state.awaited[0] = None;
        assert_eq!(claim(&mut state), None);
        state.abandon(0);
        assert_eq!(claim(&mut state), Some(3));
        assert!(!state.is_wanted(0) && state.is_wanted(1));
    }

    #[test]
    fn a_small_item_of_unknown_size_gives_its_large_buffer_back() {
        let mut state = State::new(1 << 20, 4, 1);
        state.push(0, VecDeque::from([Pending { ticket: 0, size: None, source: Source::Empty }]));
        assert_eq!(claim(&mut state), Some(0));
        end(&mut state, 0, CHUNK, false);
        let delivery = state.deliver(0).expect("the item");
        assert_eq!((delivery.chunk.room(), delivery.chunk.filled), (SMALL, 1));
        assert!(matches!(delivery.end, Some(Ok(()))) && !state.is_wanted(0));
        assert!(state.large.has_much_room());
    }
}
