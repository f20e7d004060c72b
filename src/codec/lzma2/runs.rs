//! Where a window's bytes change their kind: runs of bytes that the same lc, lp and pb suit.
//!
//! A slice has lc, lp and pb of its own and begins with a new model. So it had better not begin just anywhere, but where code
//! ends and tables begin, say: then its model need not learn both, and what selects contexts suits all of it.

use std::ops::Range;

use super::properties::Kind;

/// Bytes whose kind is told at once.
const CELL: usize = 256 << 10;
/// What a cell costs that is taken for another kind, by its own kind and that. Measured over shared libraries, programs and
/// other data, in 200 bytes; but large costs, which single cells make, are less than that. What depends on positions costs
/// more without them than the opposite.
const WRONG: [[u32; Kind::ALL.len()]; Kind::ALL.len()] = [[0, 1, 2, 2], [1, 0, 1, 1], [4, 2, 0, 2], [3, 2, 1, 0]];
/// What one more run costs, as its model is learned from the start.
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
            costs[from[taken]] + change + WRONG[kind as usize][taken]
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

    /// `F`ree, `M`ixed, `A`ligned or `W`ide.
    fn kind(letter: char) -> Kind {
        match letter {
            'F' => Kind::Free,
            'M' => Kind::Mixed,
            'A' => Kind::Aligned,
            _ => Kind::Wide,
        }
    }

    /// Runs of cells of these kinds, as numbers of cells.
    fn lengths(kinds: &str) -> Vec<usize> {
        let cells: Vec<_> = kinds.chars().enumerate().map(|(number, letter)| (10 + number, kind(letter))).collect();
        runs_of(cells, 10..10 + kinds.len()).into_iter().map(|run| run.len()).collect()
    }

    #[test]
    fn a_run_ends_where_the_kind_changes_for_long_enough() {
        assert_eq!(lengths("FFFFFFFFAAAAAAAA"), [8, 8]);
        assert_eq!(lengths("FFFFFFFFAAAAAAAAFFFFFFFF"), [8, 8, 8]);
        assert_eq!(lengths("AAAAAAAAWWWWWWWWWWAAAAAAAA"), [8, 10, 8]);
        // Two cells of another kind, or many of the next kind but few of each, are not worth two changes.
        assert_eq!(lengths("FFFFFFFFAAFFFFFF"), [16]);
        assert_eq!(lengths("FFMFFFMMFFFMFFFF"), [16]);
        // Code among tables is less harm to them than the opposite.
        assert_eq!(lengths("AAAAAAAAFFFAAAAA"), [16]);
        assert_eq!(lengths("FFFFFFFFAAAFFFFF"), [8, 3, 5]);
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
        fn runs_follow_each_other(kinds in "[FMAW]{1,200}") {
            let lengths = lengths(&kinds);
            prop_assert_eq!(lengths.iter().sum::<usize>(), kinds.len());
            prop_assert!(lengths.iter().all(|&length| length > 0));
        }

        #[test]
        fn no_other_cut_into_two_is_cheaper(kinds in "[FMAW]{1,40}") {
            // What the runs cost, and any with one border or none.
            let cost = |lengths: &[usize]| {
                let mut rest = kinds.as_bytes();
                let of_runs: u32 = lengths.iter().map(|&length| {
                    let (run, behind) = rest.split_at(length);
                    rest = behind;
                    let taken_for = |taken| run.iter().map(|&letter| WRONG[kind(letter.into()) as usize][taken]).sum::<u32>();
                    (0..Kind::ALL.len()).map(taken_for).min().expect("there are kinds")
                }).sum();
                of_runs + CHANGE * (lengths.len() as u32 - 1)
            };
            let found = cost(&lengths(&kinds));
            for border in 0..kinds.len() {
                let other = [border, kinds.len() - border];
                prop_assert!(found <= cost(&other[usize::from(border == 0)..]));
            }
        }
    }
}
