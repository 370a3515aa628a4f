//! One call of `Parallel`: told what happened, answers what to do.
//!
//! Every method takes what happened, and `now_ms` where time matters, and returns nothing; the
//! answers are collected by [`Scheduler::take`]. A task is known by its index in the input, a worker
//! and a batch by numbers, a factory (what starts a kind of worker) by a small number: a batch holds
//! tasks of one factory.
//!
//! What arrives about a worker or batch that is not known (any more) is ignored: messages of a
//! worker that was just ended are still on their way.

use super::action::{Action, Failure};
use super::batch::{BatchSize, Batching};
use super::fleet::Fleet;
use super::order::Order;
use super::progress::Progress;

/// How a call is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// At most so many workers at a time.
    pub n_jobs: u32,
    /// How many tasks a batch holds.
    pub batch_size: BatchSize,
    /// At most so many batches are taken from the input before they are done; `None`: all at once.
    pub pre_dispatch: Option<u64>,
    /// How many tasks there are, if that is known beforehand.
    pub total: Option<u64>,
    /// A task that runs for longer fails.
    pub timeout_ms: Option<f64>,
    /// The step of the clock that durations are measured with.
    pub resolution_ms: f64,
    /// Whether [`Action::Progress`] is wanted.
    pub progress: bool,
}

/// Workers that die idle so often in a row are not started again.
const IDLE_LOSSES: u32 = 3;

/// The scheduler of one call. See the module.
#[derive(Debug)]
pub struct Scheduler {
    options: Options,
    over: bool,
    batching: Batching,
    order: Order,
    progress: Progress,
    fleet: Fleet,
    pulled: u64,
    /// Tasks that the caller was asked for and has not delivered.
    asked: u64,
    ended: bool,
    dispatched: u64,
    idle_losses: u32,
    actions: Vec<Action>,
}

impl Scheduler {
    /// A call that begins now. The first actions can be taken at once.
    pub fn new(options: Options, now_ms: f64) -> Scheduler {
        let mut scheduler = Scheduler {
            over: false,
            batching: Batching::new(options.batch_size, options.resolution_ms),
            order: Order::default(),
            progress: Progress::new(now_ms),
            fleet: Fleet::default(),
            pulled: 0,
            asked: 0,
            ended: false,
            dispatched: 0,
            idle_losses: 0,
            actions: Vec::new(),
            options,
        };
        scheduler.plan(now_ms);
        scheduler
    }

    /// What is to be done now, in this order.
    pub fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// The input gave `count` more tasks, all of `factory`.
    pub fn added(&mut self, factory: u32, count: u64, now_ms: f64) {
        if self.over || self.ended || count == 0 {
            return;
        }
        self.fleet.queue(factory, self.pulled, count);
        self.pulled += count;
        self.asked = self.asked.saturating_sub(count);
        if self.asked == 0 {
            self.plan(now_ms);
        } else {
            // The caller is about to tell of more.
            self.dispatch();
        }
    }

    /// The input has no more tasks.
    pub fn ended(&mut self, now_ms: f64) {
        if self.over {
            return;
        }
        self.ended = true;
        self.asked = 0;
        self.plan(now_ms);
    }

    /// A worker that was asked for by [`Action::Start`] is ready.
    pub fn worker_ready(&mut self, worker: u32, factory: u32, now_ms: f64) {
        if self.over {
            return;
        }
        self.fleet.join(worker, factory);
        self.plan(now_ms);
    }

    /// A worker died by itself.
    pub fn worker_lost(&mut self, worker: u32, now_ms: f64) {
        if self.over || !self.fleet.knows(worker) {
            return;
        }
        if let Some(batch) = self.fleet.running(worker) {
            let (index, last) = (batch.next, batch.end - 1);
            self.fail(Failure::WorkerLost, index, last, worker);
        } else if self.idle_losses + 1 == IDLE_LOSSES {
            let index = self.order.prefix();
            self.fail(Failure::WorkerLost, index, index, worker);
        } else {
            self.idle_losses += 1;
            self.fleet.leave(worker);
            self.plan(now_ms);
        }
    }

    /// Of a batch, the tasks before `next` are done, and `next` runs.
    pub fn reported(&mut self, worker: u32, batch: u32, next: u64, now_ms: f64) {
        if self.over {
            return;
        }
        if let Some(first) = self.fleet.report(worker, batch, next, now_ms) {
            self.complete(first, next);
            self.plan(now_ms);
        }
    }

    /// All tasks of a batch are done; it took `duration_ms` in its worker.
    pub fn batch_done(&mut self, worker: u32, batch: u32, duration_ms: f64, now_ms: f64) {
        if self.over {
            return;
        }
        if let Some(done) = self.fleet.finish(worker, batch) {
            self.idle_losses = 0;
            self.batching.completed(done.end - done.first, duration_ms);
            self.complete(done.next, done.end);
            self.plan(now_ms);
        }
    }

    /// A task threw.
    pub fn task_failed(&mut self, worker: u32, index: u64) {
        if !self.over && self.fleet.knows(worker) {
            self.fail(Failure::Task, index, index, worker);
        }
    }

    /// Others need `count` places: lets go of as many idle workers, of those for which nothing waits.
    /// The input may wait for what the others do, so that keeping them could be a deadlock.
    pub fn spare(&mut self, count: usize) {
        if self.over {
            return;
        }
        for worker in self.fleet.spare().into_iter().take(count) {
            self.release(worker);
        }
    }

    /// When [`Scheduler::tick`] must be called at the latest; infinite if never.
    pub fn deadline_ms(&self) -> f64 {
        if self.over {
            return f64::INFINITY;
        }
        let report = if self.options.progress {
            self.progress.due_ms()
        } else {
            f64::INFINITY
        };
        match self.options.timeout_ms {
            Some(timeout_ms) => report.min(self.fleet.earliest_start_ms() + timeout_ms),
            None => report,
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now_ms: f64) {
        if self.over {
            return;
        }
        let timeout_ms = self.options.timeout_ms.unwrap_or(f64::INFINITY);
        if let Some((worker, index)) = self.fleet.running_since(now_ms - timeout_ms) {
            self.fail(Failure::Timeout, index, index, worker);
        } else {
            self.report_progress(now_ms);
        }
    }

    fn fail(&mut self, failure: Failure, index: u64, last: u64, worker: u32) {
        self.over = true;
        self.actions.push(Action::Fail {
            failure,
            index,
            last,
            worker,
        });
    }

    fn complete(&mut self, first: u64, end: u64) {
        let before = self.order.prefix();
        self.order.complete(first, end);
        let prefix = self.order.prefix();
        if prefix > before {
            self.actions.push(Action::Emit {
                first: before,
                count: prefix - before,
            });
        }
        self.progress.changed();
    }

    fn plan(&mut self, now_ms: f64) {
        self.dispatch();
        self.pull();
        if self.ended && self.order.done() == self.pulled {
            self.finish(now_ms);
            return;
        }
        let no_more_input = self.ended || self.options.total == Some(self.pulled);
        if no_more_input && !self.fleet.has_queued() {
            self.release_idle();
        }
        self.report_progress(now_ms);
    }

    fn finish(&mut self, now_ms: f64) {
        if self.options.progress {
            self.push_progress(now_ms);
        }
        self.release_idle();
        self.over = true;
        self.actions.push(Action::Finish);
    }

    /// Asks for as many tasks as may be taken from the input now.
    fn pull(&mut self) {
        if self.ended {
            return;
        }
        let Some(batches) = self.options.pre_dispatch else {
            if self.asked == 0 {
                self.asked = u64::MAX;
                self.actions.push(Action::Pull { count: u64::MAX });
            }
            return;
        };
        let window = batches.max(1).saturating_mul(self.batching.size());
        let unfinished = self.pulled - self.order.done() + self.asked;
        let count = window.saturating_sub(unfinished);
        if count > 0 {
            self.asked += count;
            self.actions.push(Action::Pull { count });
        }
    }

    /// Gives waiting tasks to the workers that can take them, and asks for those that lack.
    fn dispatch(&mut self) {
        for factory in self.fleet.factories() {
            while self.may_send() {
                let wanted = self.next_batch_size();
                let depth = self.batching.depth(wanted);
                let Some(sent) = self.fleet.assign(factory, wanted, depth) else {
                    break;
                };
                let (worker, batch, first, count) = sent;
                self.dispatched += count;
                self.progress.changed();
                self.actions.push(Action::Send {
                    worker,
                    batch,
                    first,
                    count,
                });
            }
        }
        let size = self.next_batch_size();
        while let Some((factory, ends)) = self.fleet.recruit(size, self.options.n_jobs) {
            if let Some(worker) = ends {
                self.actions.push(Action::End { worker });
            }
            self.actions.push(Action::Start { factory });
        }
    }

    fn may_send(&self) -> bool {
        self.options
            .pre_dispatch
            .is_none_or(|limit| self.fleet.batches() < limit.max(1))
    }

    fn next_batch_size(&self) -> u64 {
        let remaining = self
            .total()
            .map(|total| total.saturating_sub(self.dispatched));
        self.batching.next(remaining, self.options.n_jobs)
    }

    /// How many tasks there are, once that is known.
    fn total(&self) -> Option<u64> {
        if self.ended {
            Some(self.pulled)
        } else {
            self.options.total
        }
    }

    fn release_idle(&mut self) {
        for worker in self.fleet.idle() {
            self.release(worker);
        }
    }

    fn release(&mut self, worker: u32) {
        self.fleet.leave(worker);
        self.actions.push(Action::Release { worker });
    }

    fn report_progress(&mut self, now_ms: f64) {
        if self.options.progress && self.progress.due_ms() <= now_ms {
            self.push_progress(now_ms);
        }
    }

    fn push_progress(&mut self, now_ms: f64) {
        self.progress.reported(now_ms);
        let done = self.order.done();
        self.actions.push(Action::Progress {
            done,
            dispatched: self.dispatched,
            elapsed_ms: self.progress.elapsed_ms(now_ms),
            remaining_ms: self.progress.remaining_ms(now_ms, done, self.total()),
        });
    }
}
