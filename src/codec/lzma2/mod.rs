//! LZMA2 encoding: a window of a block is prepared once, then its slices are encoded side by side. And LZMA (one) of the
//! same parts, from start to end.
//!
//! ```text
//!   window ──> MatchTable: count ─┐   deal ─┐   refine ─┐ (parts of a step: any thread, any order)
//!                          count ─┴─> deal ─┴─> refine ─┤
//!                                               refine ─┴─> encode_slice ─┐ (slices: any thread, any order)
//!                                                           encode_slice ─┴─> chunks, in order ──> end marker 0x00
//! ```
//!
//! - `table` finds matches for a whole window, at `anchors` or everywhere, by a `ladder` of lengths, in `parts`; `chains` for a small one;
//!   `recent` finds the short and the near ones of a slice, `latest` all of them where there is neither; `candidates` puts them together for a position.
//! - `optimal` and `lazy` choose symbols; `prices` says what they would cost; `chooser` drives them over a stretch.
//! - `properties` chooses lc, lp and pb: what selects the contexts of `model`.
//! - `symbols` encodes them through `model` and `range_encoder`, which BCJ2 has, too. A `writer` takes the code: `chunk` cuts it into LZMA2's
//!   chunks, `raw` makes one stream of it.
//! - `runs` says where slices had better begin; `slice` encodes one, `small` an input of its own, `stream` a stream of LZMA. `params` says what a level means.
//!
//! The output depends on the input, the parameters and the cut into windows and slices, and on nothing else.

mod anchors;
mod bytes;
mod candidates;
mod chains;
mod chooser;
mod chunk;
mod ladder;
mod latest;
mod lazy;
mod memory;
mod model;
mod optimal;
mod params;
mod parts;
mod prices;
mod properties;
mod range_encoder;
mod raw;
mod recent;
mod runs;
mod slice;
mod small;
mod stream;
mod symbols;
mod table;
mod writer;

pub use chooser::WARM_UP;
pub use memory::{GIVEN_BACK_AT_ONCE, LARGE_WINDOW, MATCHES_ARE_GIVEN_BACK, packed_buffer, window_buffer};
pub(super) use model::PROB_HALF as EVEN_ODDS;
pub use params::Params;
pub use parts::Parts;
pub(super) use range_encoder::RangeEncoder;
pub use runs::runs;
pub use slice::{EncoderScratch, encode_slice};
pub use small::encode_small;
pub use stream::LzmaEncoder;
pub use table::{FinderScratch, MatchTable, Step};
