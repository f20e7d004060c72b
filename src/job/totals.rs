//! What several jobs did, added up.

use std::time::Duration;

use super::Statistics;
use super::statistics::{SIZE_CLASSES, SizeClass};

/// Sums over jobs. Those of one job come from its [`Statistics`]; [`Totals::merge`] adds those of others. All that is no
/// sum (rates, the ratio) is computed from the sums, so the order of merging does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Jobs.
    pub jobs: u64,
    /// Entries in the archives.
    pub items_completed: u64,
    /// Entries that failed.
    pub items_failed: u64,
    /// Bytes of input.
    pub bytes_in: u64,
    /// Bytes of archives.
    pub bytes_out: u64,
    /// Time from start to end of each job, pauses left out.
    pub elapsed: Duration,
    /// Time that worker threads spent on tasks: up to `elapsed` for each of them.
    pub busy: Duration,
    /// The completed items by size.
    pub size_classes: [SizeClass; SIZE_CLASSES],
}

impl From<&Statistics> for Totals {
    /// The totals of one job.
    fn from(of: &Statistics) -> Self {
        Self {
            jobs: 1,
            items_completed: of.items_completed,
            items_failed: of.items_failed,
            bytes_in: of.bytes_in,
            bytes_out: of.bytes_out,
            elapsed: of.elapsed,
            busy: of.busy,
            size_classes: of.size_classes,
        }
    }
}

impl Totals {
    /// Adds the totals of other jobs. What no longer fits stays at its largest.
    pub fn merge(&mut self, other: &Self) {
        let sums = [
            (&mut self.jobs, other.jobs),
            (&mut self.items_completed, other.items_completed),
            (&mut self.items_failed, other.items_failed),
            (&mut self.bytes_in, other.bytes_in),
            (&mut self.bytes_out, other.bytes_out),
        ];
        let classes = self.size_classes.iter_mut().zip(&other.size_classes).flat_map(|(class, other)| {
            [
                (&mut class.items, other.items),
                (&mut class.bytes_in, other.bytes_in),
                (&mut class.bytes_out, other.bytes_out),
            ]
        });
        for (sum, more) in sums.into_iter().chain(classes) {
            *sum = sum.saturating_add(more);
        }
        self.elapsed = self.elapsed.saturating_add(other.elapsed);
        self.busy = self.busy.saturating_add(other.busy);
    }

    /// Bytes of input for each second that a job ran.
    pub fn bytes_per_second(&self) -> u64 {
        self.per_second(self.bytes_in, 1)
    }

    /// Entries for each second that a job ran, times 100.
    pub fn files_per_second_x100(&self) -> u64 {
        self.per_second(self.items_completed, 100)
    }

    /// Output in percent of input: 42 means that the archives are 42 % of the original. 0 where there was no input.
    pub fn ratio_x100(&self) -> u32 {
        let percent = u128::from(self.bytes_out) * 100 / u128::from(self.bytes_in.max(1));
        if self.bytes_in == 0 { 0 } else { u32::try_from(percent).unwrap_or(u32::MAX) }
    }

    fn per_second(&self, amount: u64, times: u64) -> u64 {
        let microseconds = self.elapsed.as_micros().max(1);
        let rate = (u128::from(amount) * u128::from(times)).saturating_mul(1_000_000) / microseconds;
        u64::try_from(rate).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(seed: u64) -> Totals {
        let class = |n: u64| SizeClass { items: seed + n, bytes_in: seed * n, bytes_out: seed / 2 + n };
        Totals {
            jobs: 1,
            items_completed: 5 * seed + 10,
            items_failed: seed / 3,
            bytes_in: 10 * seed,
            bytes_out: 4 * seed + 7,
            elapsed: Duration::from_micros(seed * 3),
            busy: Duration::from_micros(seed * 5),
            size_classes: [0, 1, 2, 3, 4].map(class),
        }
    }

    #[test]
    fn merging_adds_in_any_order() {
        let (mut one, mut other) = (totals(1000), totals(77));
        one.merge(&totals(77));
        one.merge(&totals(5));
        other.merge(&totals(5));
        other.merge(&totals(1000));
        assert_eq!(one, other);
        assert_eq!((one.jobs, one.bytes_in, one.elapsed), (3, 10_820, Duration::from_micros(3246)));
        assert_eq!(one.size_classes[2], SizeClass { items: 1088, bytes_in: 2164, bytes_out: 546 });
        assert_eq!((one.bytes_per_second(), one.ratio_x100()), (3_333_333, 40));
        let before = one;
        one.merge(&Totals::default());
        assert_eq!(one, before);
    }

    #[test]
    fn what_does_not_fit_stays_at_its_largest() {
        let mut totals = Totals { bytes_in: u64::MAX - 1, items_completed: u64::MAX, ..Totals::default() };
        totals.merge(&Totals { bytes_in: 5, elapsed: Duration::MAX, ..Totals::default() });
        totals.merge(&Totals { elapsed: Duration::MAX, ..Totals::default() });
        assert_eq!((totals.bytes_in, totals.elapsed), (u64::MAX, Duration::MAX));
        let instant = Totals { elapsed: Duration::ZERO, ..totals };
        assert_eq!((instant.bytes_per_second(), instant.files_per_second_x100()), (u64::MAX, u64::MAX));
    }

    #[test]
    fn a_ratio_needs_input() {
        let of = |bytes_in, bytes_out| Totals { bytes_in, bytes_out, ..Totals::default() }.ratio_x100();
        assert_eq!((of(1000, 420), of(0, 32), of(10, 30), of(1, u64::MAX)), (42, 0, 300, u32::MAX));
    }
}
