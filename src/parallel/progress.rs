//! When a call reports its progress, and how long it may still take.

/// Between two reports lie at least this many ms, so that reporting never costs more than the work.
pub const REPORT_EVERY_MS: f64 = 50.0;

/// The reports of one call.
#[derive(Debug, Clone)]
pub struct Progress {
    start_ms: f64,
    last_report_ms: f64,
    /// Something happened that has not been reported.
    stale: bool,
}

impl Progress {
    /// The call starts now.
    pub fn new(now_ms: f64) -> Progress {
        Progress {
            start_ms: now_ms,
            last_report_ms: f64::NEG_INFINITY,
            stale: false,
        }
    }

    /// Tasks were done or dispatched.
    pub fn changed(&mut self) {
        self.stale = true;
    }

    /// When the next report is due; infinite if there is nothing to report.
    pub fn due_ms(&self) -> f64 {
        if self.stale {
            self.last_report_ms + REPORT_EVERY_MS
        } else {
            f64::INFINITY
        }
    }

    /// A report is made now.
    pub fn reported(&mut self, now_ms: f64) {
        self.stale = false;
        self.last_report_ms = now_ms;
    }

    /// Since the start of the call.
    pub fn elapsed_ms(&self, now_ms: f64) -> f64 {
        (now_ms - self.start_ms).max(0.0)
    }

    /// joblib's estimate: the rest takes as long a task as what is done. `None` while nothing is
    /// done or nobody knows how many tasks there are.
    pub fn remaining_ms(&self, now_ms: f64, done: u64, total: Option<u64>) -> Option<f64> {
        let total = total?;
        if done == 0 {
            return None;
        }
        Some(self.elapsed_ms(now_ms) / done as f64 * total.saturating_sub(done) as f64)
    }
}
