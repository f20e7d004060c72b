//! Chooses the symbols of a stretch of the window with the level's parser, and writes them.

use super::candidates::{Candidates, Matches, Source};
use super::lazy::Lazy;
use super::model::slot;
use super::optimal::{Context, Optimal};
use super::params::{Params, Parser};
use super::writer::{Writer, Written};
use crate::codec::Monitor;

/// How far back before a stretch the slice's own tables know matches.
pub const WARM_UP: usize = 1 << 20;
/// Prices follow the model after so many bytes while it is new. The intervals double, up to what the level wants.
const FIRST_REFRESH: usize = 32;
/// The lazy parser is asked for about so many bytes at once.
const STRETCH: usize = 1 << 14;
/// Progress is told in such steps.
const PROGRESS_INTERVAL: usize = 64 << 10;
/// After so many bytes, matches that were used are given up: a few huge pages of them.
const USED_INTERVAL: usize = 1 << 20;

/// The parsers and what they look at.
pub(super) struct Chooser {
    candidates: Candidates,
    /// Made when it is needed first.
    optimal: Option<Optimal>,
    lazy: Lazy,
    /// Bytes to the refresh of prices after the next.
    interval: usize,
}

impl Default for Chooser {
    fn default() -> Self {
        Self { candidates: Candidates::default(), optimal: None, lazy: Lazy::default(), interval: FIRST_REFRESH }
    }
}

impl Chooser {
    /// To be called when the model is new.
    pub(super) fn begin(&mut self) {
        if let Some(optimal) = &mut self.optimal {
            optimal.begin();
        }
        self.interval = FIRST_REFRESH;
    }

    /// Writes symbols for the source's bytes from the writer's position to the end, and delivers them. Returns early when
    /// `monitor` says so.
    pub(super) fn write(
        &mut self,
        params: &Params,
        source: &Source,
        writer: &mut impl Writer,
        monitor: &Monitor,
        out: &mut Vec<u8>,
    ) {
        let Self { candidates, optimal, lazy, interval } = self;
        let (window, end) = (source.window, source.end);
        let start = writer.position();
        candidates.begin(source, start, WARM_UP, params);
        lazy.step_back();
        let is_optimal = params.parser() == Parser::Optimal;
        let mut optimal = is_optimal.then(|| optimal.get_or_insert_default());
        let nice = params.nice();
        let slack =
            if matches!(source.matches, Matches::Chains(..)) { params.slack_with_chains() } else { params.slack() };
        let refresh = params.refresh();
        let slots = slot(params.dictionary() - 1) + 1;
        let mut refresh_at = start;
        let mut told = start;
        let mut used = start;
        while writer.position() < end {
            if monitor.stopped() {
                return;
            }
            let position = writer.position();
            if position - told >= PROGRESS_INTERVAL {
                monitor.add_encoded((position - told) as u64);
                told = position;
            }
            if position - used >= USED_INTERVAL {
                source.matches.used(start..position);
                used = position;
            }
            let Some(optimal) = &mut optimal else {
                let stop = (position + STRETCH).min(end);
                lazy.write(source, candidates, writer, stop, nice, params.parser() == Parser::Lazy);
                if writer.full() && writer.deliver(window, out) == Written::Stored {
                    candidates.step_back(source, writer.position());
                    lazy.step_back();
                }
                continue;
            };
            let encoder = writer.encoder();
            if position >= refresh_at {
                optimal.refresh(encoder, nice, slots, refresh.uses);
                refresh_at = position + *interval;
                *interval = (*interval * 2).min(refresh.bytes);
            }
            let context = Context { source: *source, encoder, origin: writer.origin(), nice, slack };
            let chosen = optimal.parse(&context, candidates, position);
            for &symbol in chosen {
                if writer.full() && writer.deliver(window, out) == Written::Stored {
                    // The symbols counted on a state that is gone.
                    candidates.step_back(source, writer.position());
                    optimal.begin();
                    refresh_at = writer.position();
                    break;
                }
                writer.push(window, symbol);
            }
        }
        writer.deliver(window, out);
        source.matches.used(start..end);
        monitor.add_encoded((end - told) as u64);
    }
}
