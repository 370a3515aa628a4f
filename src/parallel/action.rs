//! What the scheduler answers.
//!
//! [`added`]: super::scheduler::Scheduler::added
//! [`worker_ready`]: super::scheduler::Scheduler::worker_ready

/// What the caller must do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Take up to `count` more tasks from the input, and tell by [`added`].
    Pull {
        /// How many tasks, at most.
        count: u64,
    },
    /// Get a worker of `factory`, and tell by [`worker_ready`].
    Start {
        /// What starts it.
        factory: u32,
    },
    /// End this worker: its place is needed for one of another factory.
    End {
        /// The worker; it is idle.
        worker: u32,
    },
    /// This call needs the worker no more.
    Release {
        /// The worker; it is idle.
        worker: u32,
    },
    /// Send tasks `first..first + count` to `worker`.
    Send {
        /// The worker.
        worker: u32,
        /// Names the batch in what is told about it.
        batch: u32,
        /// The index of the first task.
        first: u64,
        /// How many tasks.
        count: u64,
    },
    /// The results `first..first + count` are there, and all before them.
    Emit {
        /// The index of the first task.
        first: u64,
        /// How many tasks.
        count: u64,
    },
    /// Report the progress.
    Progress {
        /// Tasks done.
        done: u64,
        /// Tasks sent to workers, those done included.
        dispatched: u64,
        /// Since the call began.
        elapsed_ms: f64,
        /// The estimate of what it still takes.
        remaining_ms: Option<f64>,
    },
    /// All results are there.
    Finish,
    /// The call fails; nothing else follows.
    Fail {
        /// Why.
        failure: Failure,
        /// The task that failed, as far as is known the one that ran.
        index: u64,
        /// The last task that it may have been: a worker reports what it runs now and then only.
        last: u64,
        /// Its worker.
        worker: u32,
    },
}

/// Why a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The task threw.
    Task,
    /// The worker died.
    WorkerLost,
    /// The task ran for longer than `timeout_ms`.
    Timeout,
}
