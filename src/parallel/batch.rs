//! How many tasks the next batch holds: joblib's automatic batching, with a faster start.
//!
//! Knows durations and counts only, not which tasks or workers they belong to.

/// A batch shorter than this is worth growing: it does not hide the cost of its dispatch. joblib's
/// `MIN_IDEAL_BATCH_DURATION`.
pub const MIN_IDEAL_BATCH_DURATION_MS: f64 = 200.0;

/// A batch longer than this is worth shrinking: the last ones would keep a few workers busy while
/// the others have nothing left. joblib's `MAX_IDEAL_BATCH_DURATION`.
pub const MAX_IDEAL_BATCH_DURATION_MS: f64 = 2000.0;

/// Below this a batch grows four times instead of twice. Differs from joblib: a message to a worker
/// costs microseconds here, so trivial tasks need batches of thousands, and doubling from 1 takes
/// too long to get there (measured: 100,000 trivial tasks, 0.7 against 1.3 microseconds each).
const FAST_GROWTH_BELOW_MS: f64 = 2.0;

/// Below this a worker gets its next batch while it still runs one, so that it never waits for a
/// message; above, the wait is below a hundredth of the work, and a batch that waits behind a long
/// one could have been run by another worker.
const PREFETCH_BELOW_MS: f64 = 20.0;

/// How batches are sized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSize {
    /// joblib's `'auto'`.
    Auto,
    /// Always this many, as long as there are as many.
    Fixed(u64),
}

/// The size of batches and the smoothed duration of those of this size.
#[derive(Debug, Clone)]
pub struct Batching {
    size: u64,
    auto: bool,
    /// `None` until a batch of this size has been measured.
    smoothed_ms: Option<f64>,
    /// One task of the batch that ended last took this long.
    task_ms: Option<f64>,
    /// What the clock can tell apart.
    resolution_ms: f64,
}

impl Batching {
    /// Starts with batches of one task, or of the fixed size.
    ///
    /// `resolution_ms` is the step of the clock that durations are measured with: browsers round
    /// it to 1 ms, 0.1 ms or 5 microseconds.
    pub fn new(size: BatchSize, resolution_ms: f64) -> Batching {
        let (size, auto) = match size {
            BatchSize::Auto => (1, true),
            BatchSize::Fixed(size) => (size.max(1), false),
        };
        Batching {
            size,
            auto,
            smoothed_ms: None,
            task_ms: None,
            resolution_ms,
        }
    }

    /// The size that batches would have if there were enough tasks.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The size of the next batch, where `remaining` tasks are left for `n_jobs` workers
    /// (`None`: nobody knows how many).
    ///
    /// An automatic batch takes at most half of a worker's even share of what remains, so that the
    /// workers end at about the same time; for two workers, a quarter of what remains.
    pub fn next(&self, remaining: Option<u64>, n_jobs: u32) -> u64 {
        match remaining {
            Some(remaining) if self.auto => self
                .size
                .min(remaining.div_ceil(2 * u64::from(n_jobs.max(1))))
                .max(1),
            _ => self.size,
        }
    }

    /// How many batches of `count` tasks a worker may hold, the one that it runs included.
    pub fn depth(&self, count: u64) -> usize {
        match self.task_ms {
            Some(ms) if ms * (count as f64) < PREFETCH_BELOW_MS => 2,
            _ => 1,
        }
    }

    /// A batch of `count` tasks took `duration_ms` in its worker.
    pub fn completed(&mut self, count: u64, duration_ms: f64) {
        // Differs from joblib: a duration of 0 there never grows a batch. What the clock cannot
        // tell from nothing took at most one of its steps. `max` takes care of NaN as well.
        let duration_ms = duration_ms.max(self.resolution_ms);
        self.task_ms = Some(duration_ms / count.max(1) as f64);
        if count != self.size {
            return;
        }
        let smoothed = match self.smoothed_ms {
            None => duration_ms,
            Some(old) => 0.8 * old + 0.2 * duration_ms,
        };
        self.smoothed_ms = Some(smoothed);
        if self.auto {
            self.resize(smoothed);
        }
    }

    fn resize(&mut self, smoothed_ms: f64) {
        let old = self.size;
        // For a batch of the ideal duration, as joblib computes it: truncated, and doubled in order
        // to limit oscillation between the two bounds.
        let ideal = 2 * ((old as f64 * MIN_IDEAL_BATCH_DURATION_MS / smoothed_ms) as u64);
        if smoothed_ms < MIN_IDEAL_BATCH_DURATION_MS {
            let growth = if smoothed_ms < FAST_GROWTH_BELOW_MS {
                4
            } else {
                2
            };
            self.size = ideal.min(old.saturating_mul(growth)).max(1);
        } else if smoothed_ms > MAX_IDEAL_BATCH_DURATION_MS && old >= 2 {
            self.size = ideal.max(1);
        }
        if self.size != old {
            // What was measured belongs to the old size.
            self.smoothed_ms = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(durations: &[f64]) -> Batching {
        let mut batching = Batching::new(BatchSize::Auto, 0.1);
        for &duration in durations {
            batching.completed(batching.size(), duration);
        }
        batching
    }

    #[test]
    fn grows_twice_below_the_ideal_and_four_times_when_trivial() {
        assert_eq!(after(&[100.0]).size(), 2);
        assert_eq!(after(&[1.0]).size(), 4);
        assert_eq!(after(&[1.0, 1.5, 2.5]).size(), 32);
        assert_eq!(after(&[250.0, 1900.0]).size(), 1);
    }

    #[test]
    fn zero_duration_counts_as_the_clocks_resolution() {
        assert_eq!(after(&[0.0, 0.0, 0.0]).size(), 64);
    }

    #[test]
    fn shrinks_as_joblib_does() {
        // joblib: int(4 * 0.2 / 4.0) = 0, doubled 0, at least 1
        assert_eq!(after(&[50.0, 50.0, 4000.0]).size(), 1);
        // joblib: int(64 * 0.2 / 2.5) = 5, doubled 10
        assert_eq!(after(&[0.0, 0.0, 0.0, 2500.0]).size(), 10);
    }

    #[test]
    fn smooths_over_batches_of_one_size() {
        let mut batching = after(&[50.0, 300.0]);
        // 0.8 * 300 + 0.2 * 100 = 260: within the bounds
        batching.completed(2, 100.0);
        assert_eq!(batching.size(), 2);
        // 0.8 * 260 + 0.2 * 100 = 228, then 202.4, then 181.9: below
        batching.completed(2, 100.0);
        batching.completed(2, 100.0);
        assert_eq!(batching.size(), 2);
        batching.completed(2, 100.0);
        assert_eq!(batching.size(), 4);
    }

    #[test]
    fn other_sizes_do_not_count() {
        let mut batching = after(&[50.0]);
        batching.completed(1, 0.0);
        assert_eq!(batching.size(), 2);
    }

    #[test]
    fn fixed_stays() {
        let mut batching = Batching::new(BatchSize::Fixed(7), 0.1);
        batching.completed(7, 0.0);
        assert_eq!((batching.size(), batching.next(Some(3), 8)), (7, 7));
    }

    #[test]
    fn leaves_work_for_the_others() {
        let batching = after(&[0.0; 8]);
        assert_eq!(batching.next(Some(1000), 2), 250);
        assert_eq!(batching.next(Some(1), 2), 1);
        assert_eq!(batching.next(None, 2), batching.size());
    }
}
