//! The scheduler of `Parallel` for TypeScript: `src/ts/parallel/scheduler.ts` is its only caller.
//!
//! Numbers only, and one call for each message of a worker. Every method returns the actions as a
//! `Float64Array` of rows of [`ROW`] numbers: the kind, then the fields in the order of
//! [`Action`]; what a row does not need is 0, an unknown `remaining_ms` is NaN.

use wasm_bindgen::prelude::*;

use crate::parallel::action::{Action, Failure};
use crate::parallel::batch::BatchSize;
use crate::parallel::scheduler::{Options, Scheduler};

const ROW: usize = 6;

/// One call of `Parallel`.
#[wasm_bindgen]
pub struct ParallelScheduler(Scheduler);

#[wasm_bindgen]
impl ParallelScheduler {
    /// `batch_size` 0 is automatic; a negative `pre_dispatch` is all, a negative `total` unknown, a
    /// `timeout_ms` that is not positive none.
    #[wasm_bindgen(constructor)]
    #[allow(
        clippy::too_many_arguments,
        reason = "an object of options would cost a crossing for each"
    )]
    pub fn new(
        n_jobs: u32,
        batch_size: f64,
        pre_dispatch: f64,
        total: f64,
        timeout_ms: f64,
        resolution_ms: f64,
        progress: bool,
        now_ms: f64,
    ) -> ParallelScheduler {
        let options = Options {
            n_jobs,
            batch_size: if batch_size >= 1.0 {
                BatchSize::Fixed(batch_size as u64)
            } else {
                BatchSize::Auto
            },
            pre_dispatch: (pre_dispatch >= 0.0).then_some(pre_dispatch as u64),
            total: (total >= 0.0).then_some(total as u64),
            timeout_ms: (timeout_ms > 0.0).then_some(timeout_ms),
            resolution_ms,
            progress,
        };
        ParallelScheduler(Scheduler::new(options, now_ms))
    }

    /// The first actions.
    pub fn take(&mut self) -> Vec<f64> {
        encode(&self.0.take())
    }

    /// The input gave `count` more tasks, all of `factory`.
    pub fn added(&mut self, factory: u32, count: f64, now_ms: f64) -> Vec<f64> {
        self.0.added(factory, count as u64, now_ms);
        self.take()
    }

    /// The input has no more tasks.
    pub fn ended(&mut self, now_ms: f64) -> Vec<f64> {
        self.0.ended(now_ms);
        self.take()
    }

    /// A worker of `factory` is ready.
    #[wasm_bindgen(js_name = workerReady)]
    pub fn worker_ready(&mut self, worker: u32, factory: u32, now_ms: f64) -> Vec<f64> {
        self.0.worker_ready(worker, factory, now_ms);
        self.take()
    }

    /// A worker died by itself.
    #[wasm_bindgen(js_name = workerLost)]
    pub fn worker_lost(&mut self, worker: u32, now_ms: f64) -> Vec<f64> {
        self.0.worker_lost(worker, now_ms);
        self.take()
    }

    /// Of a batch, the tasks before `next` are done, and `next` runs.
    pub fn reported(&mut self, worker: u32, batch: u32, next: f64, now_ms: f64) -> Vec<f64> {
        self.0.reported(worker, batch, next as u64, now_ms);
        self.take()
    }

    /// All tasks of a batch are done.
    #[wasm_bindgen(js_name = batchDone)]
    pub fn batch_done(
        &mut self,
        worker: u32,
        batch: u32,
        duration_ms: f64,
        now_ms: f64,
    ) -> Vec<f64> {
        self.0.batch_done(worker, batch, duration_ms, now_ms);
        self.take()
    }

    /// A task threw.
    #[wasm_bindgen(js_name = taskFailed)]
    pub fn task_failed(&mut self, worker: u32, index: f64) -> Vec<f64> {
        self.0.task_failed(worker, index as u64);
        self.take()
    }

    /// Others need `count` places.
    pub fn spare(&mut self, count: u32) -> Vec<f64> {
        self.0.spare(count as usize);
        self.take()
    }

    /// Time has passed: to be called at `deadlineMs` at the latest.
    pub fn tick(&mut self, now_ms: f64) -> Vec<f64> {
        self.0.tick(now_ms);
        self.take()
    }

    /// When `tick` must be called; Infinity if never.
    #[wasm_bindgen(js_name = deadlineMs)]
    pub fn deadline_ms(&self) -> f64 {
        self.0.deadline_ms()
    }
}

fn encode(actions: &[Action]) -> Vec<f64> {
    let mut rows = Vec::with_capacity(actions.len() * ROW);
    for action in actions {
        rows.extend_from_slice(&encode_one(action));
    }
    rows
}

fn encode_one(action: &Action) -> [f64; ROW] {
    match *action {
        Action::Pull { count } => [1.0, count as f64, 0.0, 0.0, 0.0, 0.0],
        Action::Start { factory } => [2.0, factory.into(), 0.0, 0.0, 0.0, 0.0],
        Action::End { worker } => [3.0, worker.into(), 0.0, 0.0, 0.0, 0.0],
        Action::Release { worker } => [4.0, worker.into(), 0.0, 0.0, 0.0, 0.0],
        Action::Send {
            worker,
            batch,
            first,
            count,
        } => [
            5.0,
            worker.into(),
            batch.into(),
            first as f64,
            count as f64,
            0.0,
        ],
        Action::Emit { first, count } => [6.0, first as f64, count as f64, 0.0, 0.0, 0.0],
        Action::Progress {
            done,
            dispatched,
            elapsed_ms,
            remaining_ms,
        } => [
            7.0,
            done as f64,
            dispatched as f64,
            elapsed_ms,
            remaining_ms.unwrap_or(f64::NAN),
            0.0,
        ],
        Action::Finish => [8.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        Action::Fail {
            failure,
            index,
            last,
            worker,
        } => {
            let failure = match failure {
                Failure::Task => 1.0,
                Failure::WorkerLost => 2.0,
                Failure::Timeout => 3.0,
            };
            [9.0, failure, index as f64, last as f64, worker.into(), 0.0]
        }
    }
}
