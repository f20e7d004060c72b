//! Where a window's bytes change their kind: runs of bytes that the same lc, lp and pb suit.
//!
//! A slice has lc, lp and pb of its own and begins with a new model. So it had better not begin just anywhere, but where code
//! ends and tables begin, say: then its model need not learn both, and what selects contexts suits all of it.

use std::ops::Range;

use super::properties::Kind;

/// Bytes whose kind is told at once.
const CELL: usize = 256 << 10;
/// What one more run costs, as its model is learned from the start: as much as so many cells taken for a kind that is next to
/// theirs.
const CHANGE: u32 = 4;

/// Cuts `range` of `window` where the kind of its bytes changes for long enough; the runs follow each other. The cheapest way
/// to do so is found, in time proportional to the length.
pub fn runs(window: &[u8], range: Range<usize>) -> Vec<Range<usize>> {
    let cells = range.clone().step_by(CELL).map(|start| {
        let end = range.end.min(start + CELL);
        (start, Kind::of(&window[start..end]))
    });
    runs_of(cells.collect(), range)
}

/// The same by the kinds of the cells, which begin at those places.
fn runs_of(cells: Vec<(usize, Kind)>, range: Range<usize>) -> Vec<Range<usize>> {
    // By kind: what all cells so far cost at least, if the last one is taken for that kind.
    let mut costs = [0; Kind::ALL.len()];
    // By cell and kind: what the cell before is taken for then.
    let mut before = Vec::with_capacity(cells.len());
    for &(_, kind) in &cells {
        let cheapest = least(&costs);
        let from: [usize; Kind::ALL.len()] =
            std::array::from_fn(|taken| if costs[cheapest] + CHANGE < costs[taken] { cheapest } else { taken });
        costs = std::array::from_fn(|taken| {
            let change = if from[taken] == taken { 0 } else { CHANGE };
            costs[from[taken]] + change + (kind as u32).abs_diff(Kind::ALL[taken] as u32)
        });
        before.push(from);
    }
    let mut taken = least(&costs);
    let mut end = range.end;
    let mut runs = Vec::new();
    for (&(start, _), from) in cells.iter().zip(&before).rev() {
        if from[taken] != taken || start == range.start {
            runs.push(start..end);
            (taken, end) = (from[taken], start);
        }
    }
    runs.reverse();
    runs
}

/// The kind of the least cost.
fn least(costs: &[u32; Kind::ALL.len()]) -> usize {
    (0..costs.len()).min_by_key(|&kind| costs[kind]).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Runs of cells of these kinds, `F`ree, `M`ixed or `A`ligned, as numbers of cells.
    fn lengths(kinds: &str) -> Vec<usize> {
        let kind = |letter| match letter {
            'F' => Kind::Free,
            'M' => Kind::Mixed,
            _ => Kind::Aligned,
        };
        let cells: Vec<_> = kinds.chars().enumerate().map(|(number, letter)| (10 + number, kind(letter))).collect();
        runs_of(cells, 10..10 + kinds.len()).into_iter().map(|run| run.len()).collect()
    }

    #[test]
    fn a_run_ends_where_the_kind_changes_for_long_enough() {
        assert_eq!(lengths("FFFFFFFFAAAAAAAA"), [8, 8]);
        assert_eq!(lengths("FFFFFFFFAAAAAAAAFFFFFFFF"), [8, 8, 8]);
        // Two cells of another kind, or many of the next kind but few of each, are not worth two changes.
        assert_eq!(lengths("FFFFFFFFAAFFFFFF"), [16]);
        assert_eq!(lengths("FFMFFFMMFFFMFFFF"), [16]);
        assert_eq!(lengths("FFFFFFMMMMMMMMMMFFFFFF"), [6, 10, 6]);
        assert_eq!(lengths("A"), [1]);
        assert_eq!(lengths(""), [0; 0]);
    }

    #[test]
    fn code_and_numbers_are_told_apart() {
        let text =
            |number: usize| b"some words to be repeated, of no certain length; "[number % 49] ^ (number / 977) as u8;
        let number = |number: usize| (number as u32 / 4 * 37).to_le_bytes()[number % 4];
        let window: Vec<u8> = (0..3 << 20).map(text).chain((0..2 << 20).map(number)).collect();
        assert_eq!(runs(&window, 0..window.len()), [0..3 << 20, 3 << 20..5 << 20]);
        let start = (1 << 20) + 5;
        let found = runs(&window, start..window.len());
        assert!(found.len() == 2 && found[1].start.abs_diff(3 << 20) < CELL, "{found:?}");
    }

    proptest! {
        #[test]
        fn runs_follow_each_other(kinds in "[FMA]{1,200}") {
            let lengths = lengths(&kinds);
            prop_assert_eq!(lengths.iter().sum::<usize>(), kinds.len());
            prop_assert!(lengths.iter().all(|&length| length > 0));
        }

        #[test]
        fn no_other_cut_into_two_is_cheaper(kinds in "[FA]{1,40}") {
            // With two kinds that are two steps apart: what the runs cost, and any with one border more or less.
            let cost = |lengths: &[usize]| {
                let mut rest = kinds.as_bytes();
                let of_runs: usize = lengths.iter().map(|&length| {
                    let (run, behind) = rest.split_at(length);
                    rest = behind;
                    let free = run.iter().filter(|&&kind| kind == b'F').count();
                    // Taken for the kind between them, each costs one step.
                    (2 * free).min(2 * (length - free)).min(length)
                }).sum();
                of_runs + CHANGE as usize * (lengths.len() - 1)
            };
            let found = cost(&lengths(&kinds));
            for border in 0..kinds.len() {
                let other = [border, kinds.len() - border];
                prop_assert!(found <= cost(&other[usize::from(border == 0)..]));
            }
        }
    }
}
