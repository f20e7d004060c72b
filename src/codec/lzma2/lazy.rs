//! The greedy and the lazy parser: the longest match now, unless the next position has a better one.

use std::hint::select_unpredictable;

use super::bytes::{equal_bytes, load64_within};
use super::candidates::{Candidate, Candidates, Matches, Source, repeat_length};
use super::model::{MAX_MATCH, MIN_MATCH};
use super::symbols::{Distances, Symbol, next_distances};
use super::writer::Writer;

/// By length: from this distance on a match costs more than it stands for.
const TOO_FAR: [usize; 6] = [0, 0, 128, 1 << 14, 1 << 20, usize::MAX];

/// The parser and what it knows of the next position already.
#[derive(Default)]
pub(super) struct Lazy {
    /// The best match at this position, which was looked ahead to.
    ahead: Option<(usize, Candidate)>,
}

impl Lazy {
    /// Forgets what it knows: the parser steps back.
    pub(super) fn step_back(&mut self) {
        self.ahead = None;
    }

    /// Writes symbols until the writer is full or has reached `stop`. `look_ahead`: a literal comes first where the next
    /// position has the better match.
    pub(super) fn write(
        &mut self,
        source: &Source,
        candidates: &mut Candidates,
        writer: &mut impl Writer,
        stop: usize,
        nice: usize,
        look_ahead: bool,
    ) {
        match (source.matches, look_ahead) {
            (Matches::Latest, true) => self.run::<true, true>(source, candidates, writer, stop, nice),
            (Matches::Latest, false) => self.run::<true, false>(source, candidates, writer, stop, nice),
            (_, true) => self.run::<false, true>(source, candidates, writer, stop, nice),
            (_, false) => self.run::<false, false>(source, candidates, writer, stop, nice),
        }
    }

    /// `LATEST`: there is nothing but the latest positions.
    #[inline(never)]
    fn run<const LATEST: bool, const LOOK_AHEAD: bool>(
        &mut self,
        source: &Source,
        candidates: &mut Candidates,
        writer: &mut impl Writer,
        stop: usize,
        nice: usize,
    ) {
        let mut distances = writer.encoder().distances;
        let mut position = writer.position();
        let mut ahead = self.ahead.take().filter(|&(at, _)| at == position).map(|(_, best)| best);
        // Symbols are encoded one by one as they are chosen: the encoder's branches depend on those taken here.
        while position < stop && !writer.full() {
            let best = ahead.take().unwrap_or_else(|| best::<LATEST>(source, candidates, position));
            let limit = MAX_MATCH.min(source.end - position);
            let (repeat, index) = longest_repeat(source, position, &distances, limit);
            // A repeat needs no distance: it may be a little shorter than a match that is far away.
            let worth = match best.distance {
                0..=512 => 1,
                513..=32768 => 2,
                _ => 3,
            };
            let mut done = position + 1;
            let symbol = if repeat >= MIN_MATCH && (repeat >= nice || repeat + worth >= best.length) {
                distances = next_distances(distances, index as u32);
                Symbol { length: repeat as u32, code: index as u32 }
            } else if best.length < MIN_MATCH {
                writer.push_literal(source.window);
                position = done;
                continue;
            } else {
                if LOOK_AHEAD && best.length < nice && position + 1 < source.end {
                    let next = self::best::<LATEST>(source, candidates, position + 1);
                    done = position + 2;
                    if better(next, best) || continues(source, position + 1, &distances, best.length) {
                        ahead = Some(next);
                        writer.push_literal(source.window);
                        position += 1;
                        continue;
                    }
                }
                let code = best.distance as u32 + 3;
                distances = next_distances(distances, code);
                Symbol { length: best.length as u32, code }
            };
            let end = position + symbol.length as usize;
            candidates.skip(source, done, end);
            writer.push_match(symbol);
            position = end;
        }
        self.ahead = ahead.map(|best| (position, best));
    }
}

/// The match at `position` with the most bytes, less what its distance costs; its length is 0 if none is worth it.
#[inline(always)]
fn best<const LATEST: bool>(source: &Source, candidates: &mut Candidates, position: usize) -> Candidate {
    if LATEST {
        let best = candidates.best_latest(source, position);
        let pays = best.distance < TOO_FAR[best.length.min(TOO_FAR.len() - 1)];
        return Candidate { length: select_unpredictable(pays, best.length, 0), ..best };
    }
    candidates.find(source, position);
    let mut best = Candidate::default();
    for &candidate in candidates.list() {
        let Candidate { length, distance } = candidate;
        let pays = distance < TOO_FAR[length.min(TOO_FAR.len() - 1)];
        // None of this can be predicted, so nothing branches.
        let is_better = pays & candidate.is_worth_more(best);
        best.length = select_unpredictable(is_better, length, best.length);
        best.distance = select_unpredictable(is_better, distance, best.distance);
    }
    best
}

/// The longest match with one of the last distances, the first of equally long ones: its length, at most `limit`, and which
/// distance it is. Below two bytes, any.
#[inline(always)]
fn longest_repeat(source: &Source, position: usize, distances: &Distances, limit: usize) -> (usize, usize) {
    let window = source.window;
    if source.end - position < 8 || position == source.floor {
        return compare_repeats(source, position, distances, limit);
    }
    // SAFETY: as just compared: the source's end is in the window.
    let value = unsafe { load64_within(window, position) };
    let furthest = position - source.floor - 1;
    let differences = distances.map(|distance| {
        let distance = (distance as usize).min(furthest) + 1;
        // SAFETY: before `position`, and not before `source.floor`.
        (unsafe { load64_within(window, position - distance) }) ^ value
    });
    // Mostly there is none, so one branch is better than to find out which.
    if differences.iter().fold(true, |none, &difference| none & (difference as u16 != 0)) {
        return (0, 0);
    }
    let (mut longest, mut which) = (0, 0);
    for (index, &difference) in differences.iter().enumerate() {
        let length = equal_bytes(difference);
        let is_longer = length > longest;
        longest = select_unpredictable(is_longer, length, longest);
        which = select_unpredictable(is_longer, index, which);
    }
    if longest == 8 || distances[which] as usize > furthest {
        return compare_repeats(source, position, distances, limit);
    }
    (longest.min(limit), which)
}

/// The same, byte by byte to the end.
#[inline(never)]
fn compare_repeats(source: &Source, position: usize, distances: &Distances, limit: usize) -> (usize, usize) {
    let mut longest = (0, 0);
    for (index, &distance) in distances.iter().enumerate() {
        let length = repeat_length(source, position, distance as usize + 1, limit);
        if length > longest.0 {
            longest = (length, index);
        }
    }
    longest
}

/// Whether it pays to reach `next` by a literal instead of taking `now`.
fn better(next: Candidate, now: Candidate) -> bool {
    next.is_worth_more(now) || (next.length == now.length && next.distance < now.distance >> 7)
}

/// Whether one of the last distances goes on at `position` for nearly `length` bytes.
fn continues(source: &Source, position: usize, distances: &Distances, length: usize) -> bool {
    let enough = length.saturating_sub(1).max(MIN_MATCH);
    let limit = enough.min(source.end - position);
    longest_repeat(source, position, distances, limit).0 >= enough
}
