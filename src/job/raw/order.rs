//! Pieces on their way through the workers: slices come back in any order and leave in theirs.

use std::collections::VecDeque;

use super::super::budget::Reservation;
use super::super::piece::Packed;
use crate::error::{Error, Result};

/// The pieces that are not written completely, in the order of the stream.
#[derive(Debug, Default)]
pub struct Order {
    flights: VecDeque<Flight>,
    /// The number of the next piece. Numbers wrap, long after the pieces that had them are gone.
    number: u32,
}

#[derive(Debug)]
struct Flight {
    slices: Vec<Option<Packed>>,
    /// The first slice that has not left.
    next: usize,
    /// Memory of the packed bytes.
    _reservation: Reservation,
}

impl Order {
    /// Pieces under way.
    pub fn len(&self) -> usize {
        self.flights.len()
    }

    /// A piece of so many slices sets out; the answer is its number. `reservation` is for what its bytes are packed to.
    pub fn push(&mut self, slices: usize, reservation: Reservation) -> u32 {
        let slices = std::iter::repeat_with(|| None).take(slices).collect();
        self.flights.push_back(Flight { slices, next: 0, _reservation: reservation });
        let number = self.number;
        self.number = number.wrapping_add(1);
        number
    }

    /// A slice is back.
    ///
    /// # Errors
    /// [`Error::Internal`]: it is of no piece under way.
    pub fn put(&mut self, piece: u32, slice: usize, packed: Packed) -> Result<()> {
        let oldest = self.number.wrapping_sub(self.flights.len() as u32);
        let flight = self.flights.get_mut(piece.wrapping_sub(oldest) as usize);
        let place = flight.and_then(|flight| flight.slices.get_mut(slice));
        *place.ok_or_else(|| Error::Internal("a slice of no piece".into()))? = Some(packed);
        Ok(())
    }

    /// The next slice of the stream, if it is back. A piece whose last slice has left is forgotten.
    pub fn pop(&mut self) -> Option<Packed> {
        let flight = self.flights.front_mut()?;
        let packed = flight.slices.get_mut(flight.next)?.take()?;
        flight.next += 1;
        if flight.next == flight.slices.len() {
            self.flights.pop_front();
        }
        Some(packed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::budget::{Budget, Purpose};
    use super::*;
    use crate::codec::Monitor;

    #[test]
    fn slices_leave_in_their_order() {
        let budget = Budget::new(100, 0, 0);
        let reserve = || budget.reserve(0, 10, Purpose::Piece, &Monitor::default()).expect("room");
        let mut order = Order { number: u32::MAX, ..Order::default() };
        let (first, second) = (order.push(2, reserve()), order.push(1, reserve()));
        assert_eq!((first, second, order.len()), (u32::MAX, 0, 2));
        order.put(second, 0, Packed::Bytes(vec![3])).expect("under way");
        order.put(first, 1, Packed::Bytes(vec![2])).expect("under way");
        assert!(order.pop().is_none());
        order.put(first, 0, Packed::Bytes(vec![1])).expect("under way");
        let left: Vec<u8> = std::iter::from_fn(|| order.pop()).map(|packed| packed.bytes()[0]).collect();
        assert_eq!((left, order.len()), (vec![1, 2, 3], 0));
        assert!(order.put(first, 0, Packed::Bytes(vec![])).is_err(), "gone");
    }
}
