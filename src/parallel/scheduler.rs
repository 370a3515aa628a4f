//! One call of `Parallel`: told what happened, answers what to do.
//!
//! Every method takes what happened, and `now_ms` where time matters, and returns nothing; the
//! answers are collected by [`Scheduler::take`]. A task is known by its index in the input, a worker
//! and a batch by numbers, a factory (what starts a kind of worker) by a small number: a batch holds
//! tasks of one factory.
//!
//! What arrives about a worker or batch that is not known (any more) is ignored: messages of a
//! worker that was just ended are still on their way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::batch::{BatchSize, Batching};
use super::order::Order;
use super::progress::Progress;

/// What the caller must do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Take up to `count` more tasks from the input, and tell by [`Scheduler::added`].
    Pull {
        /// How many tasks, at most.
        count: u64,
    },
    /// Get a worker of `factory`, and tell by [`Scheduler::worker_ready`].
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

/// A worker that dies idle so often in a row is not started again.
const IDLE_LOSSES: u32 = 3;

#[derive(Debug)]
struct Batch {
    id: u32,
    first: u64,
    count: u64,
    /// The tasks before this one are done.
    next: u64,
}

#[derive(Debug)]
struct Worker {
    factory: u32,
    /// In the order in which it runs them.
    batches: VecDeque<Batch>,
    /// When it said that the task which it runs has started; infinite until it does, since before
    /// it may have to load the task's code, which is no part of the task's time.
    since_ms: f64,
}

/// What concerns one factory.
#[derive(Debug, Default)]
struct Lane {
    /// Ranges of tasks that wait, in order.
    queue: VecDeque<(u64, u64)>,
    queued: u64,
    /// Its workers without a batch, and those that may take one more.
    idle: BTreeSet<u32>,
    hungry: BTreeSet<u32>,
    workers: u32,
    starting: u32,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Running,
    Over,
}

/// The scheduler of one call. See the module.
#[derive(Debug)]
pub struct Scheduler {
    options: Options,
    state: State,
    batching: Batching,
    order: Order,
    progress: Progress,
    lanes: BTreeMap<u32, Lane>,
    workers: BTreeMap<u32, Worker>,
    pulled: u64,
    /// Tasks that the caller was asked for and has not delivered.
    asked: u64,
    ended: bool,
    dispatched: u64,
    batches: u64,
    next_batch: u32,
    idle_losses: u32,
    actions: Vec<Action>,
}

impl Scheduler {
    /// A call that begins now. The first actions can be taken at once.
    pub fn new(options: Options, now_ms: f64) -> Scheduler {
        let mut scheduler = Scheduler {
            state: State::Running,
            batching: Batching::new(options.batch_size, options.resolution_ms),
            order: Order::default(),
            progress: Progress::new(now_ms),
            lanes: BTreeMap::new(),
            workers: BTreeMap::new(),
            pulled: 0,
            asked: 0,
            ended: false,
            dispatched: 0,
            batches: 0,
            next_batch: 0,
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
        if self.is_over() || self.ended || count == 0 {
            return;
        }
        let first = self.pulled;
        self.pulled += count;
        self.asked = self.asked.saturating_sub(count);
        let lane = self.lanes.entry(factory).or_default();
        lane.queued += count;
        match lane.queue.back_mut() {
            Some((_, end)) if *end == first => *end += count,
            _ => lane.queue.push_back((first, first + count)),
        }
        // Until all that was asked for is there, the caller is about to tell of more.
        if self.asked == 0 {
            self.plan(now_ms);
        } else {
            self.plan_work();
        }
    }

    /// The input has no more tasks.
    pub fn ended(&mut self, now_ms: f64) {
        if self.is_over() {
            return;
        }
        self.ended = true;
        self.asked = 0;
        self.plan(now_ms);
    }

    /// A worker that was asked for by [`Action::Start`] is ready.
    pub fn worker_ready(&mut self, worker: u32, factory: u32, now_ms: f64) {
        if self.is_over() {
            return;
        }
        let lane = self.lanes.entry(factory).or_default();
        lane.starting = lane.starting.saturating_sub(1);
        lane.workers += 1;
        lane.idle.insert(worker);
        self.workers.insert(
            worker,
            Worker {
                factory,
                batches: VecDeque::new(),
                since_ms: f64::INFINITY,
            },
        );
        self.plan(now_ms);
    }

    /// A worker died by itself.
    pub fn worker_lost(&mut self, worker: u32, now_ms: f64) {
        if self.is_over() {
            return;
        }
        let Some(lost) = self.workers.get(&worker) else {
            return;
        };
        let (index, last) = match lost.batches.front() {
            Some(batch) => (batch.next, batch.first + batch.count - 1),
            None if self.idle_losses + 1 >= IDLE_LOSSES => {
                (self.order.prefix(), self.order.prefix())
            }
            None => {
                self.idle_losses += 1;
                self.forget(worker);
                self.plan(now_ms);
                return;
            }
        };
        self.fail(Failure::WorkerLost, index, last, worker);
    }

    /// Of a batch, the tasks before `next` are done, and `next` runs.
    pub fn reported(&mut self, worker: u32, batch: u32, next: u64, now_ms: f64) {
        if self.is_over() {
            return;
        }
        let Some(found) = self.workers.get_mut(&worker) else {
            return;
        };
        let Some(front) = found.batches.front_mut().filter(|front| front.id == batch) else {
            return;
        };
        if next < front.next || next >= front.first + front.count {
            return;
        }
        let first = std::mem::replace(&mut front.next, next);
        found.since_ms = now_ms;
        self.complete(first, next);
        self.plan(now_ms);
    }

    /// All tasks of a batch are done; it took `duration_ms` in its worker.
    pub fn batch_done(&mut self, worker: u32, batch: u32, duration_ms: f64, now_ms: f64) {
        if self.is_over() {
            return;
        }
        let Some(found) = self.workers.get_mut(&worker) else {
            return;
        };
        let Some(done) = found.batches.pop_front_if(|front| front.id == batch) else {
            return;
        };
        found.since_ms = f64::INFINITY;
        let lane = self.lanes.entry(found.factory).or_default();
        if found.batches.is_empty() {
            lane.hungry.remove(&worker);
            lane.idle.insert(worker);
        } else {
            lane.hungry.insert(worker);
        }
        self.batches -= 1;
        self.idle_losses = 0;
        self.batching.completed(done.count, duration_ms);
        self.complete(done.next, done.first + done.count);
        self.plan(now_ms);
    }

    /// A task threw.
    pub fn task_failed(&mut self, worker: u32, index: u64) {
        if !self.is_over() && self.workers.contains_key(&worker) {
            self.fail(Failure::Task, index, index, worker);
        }
    }

    /// When [`Scheduler::tick`] must be called at the latest; infinite if never.
    pub fn deadline_ms(&self) -> f64 {
        if self.is_over() {
            return f64::INFINITY;
        }
        let progress = if self.options.progress {
            self.progress.due_ms()
        } else {
            f64::INFINITY
        };
        let Some(timeout_ms) = self.options.timeout_ms else {
            return progress;
        };
        let busy = self
            .workers
            .values()
            .filter(|worker| !worker.batches.is_empty());
        busy.map(|worker| worker.since_ms + timeout_ms)
            .fold(progress, f64::min)
    }

    /// Time has passed.
    pub fn tick(&mut self, now_ms: f64) {
        if self.is_over() {
            return;
        }
        if let Some(timeout_ms) = self.options.timeout_ms {
            for (&id, worker) in &self.workers {
                if let Some(batch) = worker.batches.front()
                    && worker.since_ms + timeout_ms <= now_ms
                {
                    let index = batch.next;
                    return self.fail(Failure::Timeout, index, index, id);
                }
            }
        }
        self.report_progress(now_ms);
    }

    fn is_over(&self) -> bool {
        self.state == State::Over
    }

    fn fail(&mut self, failure: Failure, index: u64, last: u64, worker: u32) {
        self.state = State::Over;
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
        self.plan_work();
        self.pull();
        if self.ended && self.order.done() == self.pulled {
            self.release_idle();
            if self.options.progress {
                self.push_progress(now_ms);
            }
            self.state = State::Over;
            self.actions.push(Action::Finish);
            return;
        }
        if self.no_more_input() && self.lanes.values().all(|lane| lane.queued == 0) {
            self.release_idle();
        }
        self.report_progress(now_ms);
    }

    fn plan_work(&mut self) {
        self.send();
        self.start_workers();
    }

    /// Everything has been taken from the input.
    fn no_more_input(&self) -> bool {
        self.ended || self.options.total == Some(self.pulled)
    }

    /// Tasks that are not sent yet, where that is known.
    fn remaining(&self) -> Option<u64> {
        let total = if self.ended {
            Some(self.pulled)
        } else {
            self.options.total
        };
        total.map(|total| total.saturating_sub(self.dispatched))
    }

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

    /// Gives waiting tasks to the workers that can take them: first to those that have nothing.
    fn send(&mut self) {
        let factories: Vec<u32> = self.lanes.keys().copied().collect();
        for factory in factories {
            while let Some((worker, prefetch)) = self.next_taker(factory) {
                if !self.send_one(factory, worker, prefetch) {
                    break;
                }
            }
        }
    }

    /// The worker of this factory that takes the next batch, and whether it still runs another.
    fn next_taker(&self, factory: u32) -> Option<(u32, bool)> {
        let lane = self.lanes.get(&factory)?;
        if lane.queued == 0
            || self
                .options
                .pre_dispatch
                .is_some_and(|limit| self.batches >= limit.max(1))
        {
            return None;
        }
        let idle = lane.idle.first().map(|&worker| (worker, false));
        idle.or_else(|| lane.hungry.first().map(|&worker| (worker, true)))
    }

    fn send_one(&mut self, factory: u32, worker: u32, prefetch: bool) -> bool {
        let wanted = self.batching.next(self.remaining(), self.options.n_jobs);
        let depth = self.batching.depth(wanted);
        let (Some(lane), Some(taker)) =
            (self.lanes.get_mut(&factory), self.workers.get_mut(&worker))
        else {
            return false;
        };
        if prefetch && depth < 2 {
            return false;
        }
        let Some((first, end)) = lane.queue.front_mut() else {
            return false;
        };
        let (start, count) = (*first, wanted.min(*end - *first));
        *first += count;
        if first == end {
            lane.queue.pop_front();
        }
        lane.queued -= count;
        lane.idle.remove(&worker);
        if prefetch {
            lane.hungry.remove(&worker);
        } else {
            lane.hungry.insert(worker);
        }
        let id = self.next_batch;
        self.next_batch = id.wrapping_add(1);
        taker.batches.push_back(Batch {
            id,
            first: start,
            count,
            next: start,
        });
        self.batches += 1;
        self.dispatched += count;
        self.progress.changed();
        self.actions.push(Action::Send {
            worker,
            batch: id,
            first: start,
            count,
        });
        true
    }

    /// Asks for the workers that waiting tasks need, the oldest task's first; where all places are
    /// taken, an idle worker of another factory makes room.
    fn start_workers(&mut self) {
        loop {
            let batch = self.batching.next(self.remaining(), self.options.n_jobs);
            let needs = |lane: &&Lane| {
                lane.queued.div_ceil(batch) > u64::from(lane.starting) + lane.idle.len() as u64
            };
            let in_use: u32 = self
                .lanes
                .values()
                .map(|lane| lane.workers + lane.starting)
                .sum();
            let mut needy: Vec<(u32, &Lane)> = self
                .lanes
                .iter()
                .map(|(&f, lane)| (f, lane))
                .filter(|(_, lane)| needs(lane))
                .collect();
            // A factory without any worker first: its tasks may be what the whole window waits for.
            needy.sort_by_key(|(_, lane)| {
                (
                    lane.workers + lane.starting > 0,
                    lane.queue.front().map(|range| range.0),
                )
            });
            let Some(&(factory, lane)) = needy.first() else {
                return;
            };
            if in_use >= self.options.n_jobs.max(1) {
                if lane.workers + lane.starting > 0 {
                    return;
                }
                let Some(worker) = self.expendable(factory) else {
                    return;
                };
                self.forget(worker);
                self.actions.push(Action::End { worker });
            }
            self.lanes.entry(factory).or_default().starting += 1;
            self.actions.push(Action::Start { factory });
        }
    }

    /// An idle worker of a factory other than this, whose own factory has nothing for it or has more.
    fn expendable(&self, factory: u32) -> Option<u32> {
        let others = self.lanes.iter().filter(|(id, _)| **id != factory);
        others
            .filter(|(_, lane)| lane.queued == 0 || lane.workers > 1)
            .find_map(|(_, lane)| lane.idle.first().copied())
    }

    fn forget(&mut self, worker: u32) {
        let Some(gone) = self.workers.remove(&worker) else {
            return;
        };
        let lane = self.lanes.entry(gone.factory).or_default();
        lane.workers -= 1;
        lane.idle.remove(&worker);
        lane.hungry.remove(&worker);
    }

    fn release_idle(&mut self) {
        let idle: Vec<u32> = self
            .lanes
            .values()
            .flat_map(|lane| lane.idle.iter().copied())
            .collect();
        for worker in idle {
            self.forget(worker);
            self.actions.push(Action::Release { worker });
        }
    }

    fn report_progress(&mut self, now_ms: f64) {
        if self.options.progress && self.progress.due_ms() <= now_ms {
            self.push_progress(now_ms);
        }
    }

    fn push_progress(&mut self, now_ms: f64) {
        self.progress.reported(now_ms);
        let done = self.order.done();
        let total = if self.ended {
            Some(self.pulled)
        } else {
            self.options.total
        };
        self.actions.push(Action::Progress {
            done,
            dispatched: self.dispatched,
            elapsed_ms: self.progress.elapsed_ms(now_ms),
            remaining_ms: self.progress.remaining_ms(now_ms, done, total),
        });
    }
}
