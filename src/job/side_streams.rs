//! What a worker does with the streams that BCJ2 makes beside a block's main one.

use std::sync::Arc;

use super::encode::codec_error;
use super::piece::{Event, PackedSide, SideStream};
use super::pool::WorkerContext;
use crate::codec::bcj2::{Side, Sides};
use crate::codec::stream::{SmallEncoder, StreamMethod};
use crate::error::Result;

/// Encodes the side streams of a whole small block, with an encoder that is kept from one to the next. `None` where the
/// job has no BCJ2.
pub fn encode_small_sides(
    mut sides: Sides,
    context: &WorkerContext,
    encoder: &mut Option<Box<dyn SmallEncoder>>,
) -> Result<Option<[PackedSide; 3]>> {
    let Some(params) = &context.settings.bcj2 else { return Ok(None) };
    let mut encode = |side: Side| {
        let bytes = sides.take(side);
        let unpacked = bytes.len() as u64;
        if !side.is_packed() {
            return Ok(PackedSide { side, unpacked, packed: bytes, _reservation: None });
        }
        let encoder = encoder.get_or_insert_with(|| Arc::clone(params).small());
        let mut packed = Vec::new();
        // However long it becomes: there is no other way to put it.
        encoder.encode(&bytes, usize::MAX, context.monitor, &mut packed).map_err(codec_error)?;
        Ok(PackedSide { side, unpacked, packed, _reservation: None })
    };
    let [rc, call, jump] = Side::ALL.map(&mut encode);
    Ok(Some([rc?, call?, jump?]))
}

/// Encodes a side stream of a block.
pub fn encode_side(stream: SideStream, context: &WorkerContext) -> Result<()> {
    let SideStream { unit, side, bytes, monitor, mut reservation } = stream;
    let unpacked = bytes.len() as u64;
    let packed = match &context.settings.bcj2 {
        Some(params) if side.is_packed() => {
            // Enough from the start: a buffer that grows is copied, and for a moment there twice.
            let mut packed = Vec::with_capacity(params.output_bound(bytes.len()));
            let mut encoder = params.stream(unpacked).map_err(codec_error)?;
            encoder.encode(&bytes, &monitor, &mut packed).map_err(codec_error)?;
            encoder.finish(&monitor, &mut packed).map_err(codec_error)?;
            packed.shrink_to_fit();
            packed
        }
        _ => bytes,
    };
    if !monitor.stopped() {
        reservation.shrink_to(packed.capacity() as u64);
        let packed = PackedSide { side, unpacked, packed, _reservation: Some(reservation) };
        let _ = context.events.send(Event::Side { unit, packed });
    }
    Ok(())
}
