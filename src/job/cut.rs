//! How a block is cut: into pieces, and those into slices. Pure: the block's bytes shape it, never the number of threads.

use std::ops::Range;

use crate::codec::lzma2;

/// What is planned for a piece is so much less than it may have (1 / 16), since an item that does not fit begins the next.
const PLANNED_LESS: u64 = 16;
/// Slices of a piece, at least, where each would be longer than [`LONG`]: the workers live on them.
const LEAST_SLICES: usize = 8;
/// A long slice.
const LONG: usize = 8 << 20;
/// From so many bytes on a piece has the longest slices.
const HUGE: usize = 128 << 20;
/// The longest slices: longer ones lose more where the kind of bytes changes in their midst than they gain.
const LONGEST: usize = 16 << 20;
/// A block that ends with so many slices ends with shorter ones.
const MANY_SLICES: usize = 4;
/// So often the last slice is halved then.
const HALVINGS: usize = 2;

/// New bytes of a piece, history before it, bytes of a slice; each at most.
///
/// The history is searched again for every piece, and that takes as long as for new bytes: a longer one would cost more
/// time than it gives, a shorter one size.
///
/// The workers live on the slices of few pieces, under a limit perhaps of one: a piece has eight or four, unless they would
/// become so short that their state resets cost too much. Above 64 MiB it has more of them, and from 128 MiB on they are longer.
pub fn lzma2_sizes(params: &lzma2::Params, is_limited: bool) -> (usize, usize, usize) {
    let dictionary = params.dictionary() as usize;
    let history = (params.history() as usize).max(4096);
    if !params.uses_table() {
        return sizes_without_table(dictionary, history);
    }
    let piece = dictionary.max(64 << 10);
    let slice = match piece {
        _ if is_limited => (piece / 4).clamp(1 << 20, LONG),
        ..HUGE => (piece / 8).clamp(4 << 20, LONG),
        _ => LONGEST,
    };
    (piece, history, slice.min(piece))
}

/// The same where slices share no match table: a piece is a slice, and knows no more of what precedes it than that looks at.
/// So what precedes it is short beside it, which a dictionary below 2 MiB alone would not make it.
fn sizes_without_table(dictionary: usize, history: usize) -> (usize, usize, usize) {
    let piece = dictionary.saturating_mul(4).min(2 << 20).max(dictionary).clamp(64 << 10, 8 << 20);
    (piece, history.min(lzma2::WARM_UP), piece)
}

/// New bytes of a block's first piece, where the block has `block` bytes and a piece at most `piece`.
///
/// The workers have nothing to do until it is read. So it is what the other pieces, nearly full, leave over: their number
/// stays the same, and with it what is spent on their history.
pub fn first_piece(block: u64, piece: u64) -> u64 {
    let others = block.div_ceil(piece).saturating_sub(1);
    block.saturating_sub(others.saturating_mul(piece - piece / PLANNED_LESS)).min(piece)
}

/// The slices of the `new` bytes from `start` on, each of `slice` bytes at most and as long as the others. Where the block
/// ends with them (`last`), the last ones are shorter: a worker that is done has less to wait for.
pub fn slices(start: usize, new: usize, slice: usize, last: bool) -> Vec<Range<usize>> {
    let slices = equal_slices(start..start + new, slice).collect();
    if last { with_short_ones_last(slices) } else { slices }
}

/// The same for what `window` holds from `start` on, with slices that begin where the kind of its bytes changes.
pub fn slices_by_kind(window: &[u8], start: usize, slice: usize, last: bool) -> Vec<Range<usize>> {
    let slice = slice.min(((window.len() - start) / LEAST_SLICES).max(LONG));
    let runs = lzma2::runs(window, start..window.len());
    let slices = runs.into_iter().flat_map(|run| equal_slices(run, slice)).collect();
    if last { with_short_ones_last(slices) } else { slices }
}

/// As few as there can be.
fn equal_slices(range: Range<usize>, slice: usize) -> impl Iterator<Item = Range<usize>> {
    let Range { start, end } = range;
    let count = range.len().div_ceil(slice).max(1);
    let each = range.len().div_ceil(count).max(1);
    (start..end).step_by(each).map(move |from| from..end.min(from + each))
}

/// Of many slices the last one is cut in pieces.
fn with_short_ones_last(mut slices: Vec<Range<usize>>) -> Vec<Range<usize>> {
    if slices.len() >= MANY_SLICES {
        for _ in 0..HALVINGS {
            let Some(Range { start, end }) = slices.pop() else { break };
            let middle = start.midpoint(end);
            slices.extend([start..middle, middle..end].into_iter().filter(|half| !half.is_empty()));
        }
    }
    slices
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_dictionary_and_the_level_say_how_long_pieces_are() {
        const K: usize = 1 << 10;
        let sizes = |level, dictionary| {
            let (piece, history, slice) = lzma2_sizes(&lzma2::Params::new(level, (dictionary * K) as u32), false);
            (piece / K, history / K, slice / K)
        };
        assert_eq!(sizes(5, 32 * K), (32 * K, 16 * K, 4 * K));
        assert_eq!(sizes(7, 64 * K), (64 * K, 32 * K, 8 * K));
        assert_eq!(sizes(9, 128 * K), (128 * K, 96 * K, 16 * K));
        assert_eq!(sizes(4, 4), (64, 4, 64));
        assert_eq!(sizes(1, 256), (1024, 128, 1024));
        assert_eq!(sizes(2, 1024), (2048, 512, 2048));
        assert_eq!(sizes(3, 4096), (4096, 1024, 4096));
        assert_eq!(sizes(3, 64 * K), (8 * K, 1024, 8 * K));
        assert_eq!(sizes(3, 4), (64, 4, 64));
    }

    #[test]
    fn the_first_piece_is_what_the_others_leave() {
        let piece = 32 << 20;
        assert_eq!(first_piece(42 << 20, piece), 12 << 20);
        assert_eq!(first_piece(piece, piece), piece);
        assert_eq!(first_piece(piece + 1, piece), (2 << 20) + 1);
        assert_eq!(first_piece(1000, piece), 1000);
        // Of a long block, or one whose end is not known, as much as there may be.
        assert_eq!(first_piece(100 << 30, piece), piece);
        assert_eq!(first_piece(u64::MAX, piece), piece);
    }

    #[test]
    fn a_piece_that_is_not_full_has_no_longer_slices_than_keep_the_workers_busy() {
        let lengths = |new: usize| -> Vec<usize> {
            let window = vec![0; 5 + new];
            slices_by_kind(&window, 5, LONGEST, false).into_iter().map(|slice| slice.len()).collect()
        };
        assert_eq!(lengths(40 << 20), [8 << 20; 5]);
        assert_eq!(lengths(80 << 20), [10 << 20; 8]);
        assert_eq!(lengths(144 << 20), [16 << 20; 9]);
    }

    #[test]
    fn a_block_ends_with_short_slices() {
        assert_eq!(slices(10, 400, 100, false), [10..110, 110..210, 210..310, 310..410]);
        assert_eq!(slices(10, 400, 100, true), [10..110, 110..210, 210..310, 310..360, 360..385, 385..410]);
        assert_eq!(slices(0, 300, 100, true), [0..100, 100..200, 200..300]);
        assert_eq!(slices(7, 0, 100, true), []);
    }

    proptest! {
        #[test]
        fn slices_follow_each_other(start in 0usize..99, new in 1usize..5000, slice in 1usize..700, last: bool) {
            let slices = slices(start, new, slice, last);
            let mut at = start;
            for Range { start, end } in slices {
                prop_assert!(start == at && end > start && end - start <= slice);
                at = end;
            }
            prop_assert_eq!(at, start + new);
        }

        #[test]
        fn a_first_piece_needs_no_piece_more(block in 1u64..1 << 40, bits in 4u32..31) {
            let piece = 1 << bits;
            let first = first_piece(block, piece);
            prop_assert!((1..=piece).contains(&first) && first <= block);
            prop_assert_eq!(1 + (block - first).div_ceil(piece), block.div_ceil(piece));
        }
    }
}
