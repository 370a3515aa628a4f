//! The workers of a call and the tasks that wait for them, by factory.
//!
//! Knows who runs what and who could take more; how large a batch should be and what has been done
//! is the scheduler's business.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Tasks `first..end` that a worker has; those before `next` are done.
#[derive(Debug)]
pub(super) struct Batch {
    pub id: u32,
    pub first: u64,
    pub end: u64,
    pub next: u64,
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
    /// Its workers without a batch, and those that run one and may take another.
    idle: BTreeSet<u32>,
    hungry: BTreeSet<u32>,
    workers: u32,
    starting: u32,
}

impl Lane {
    fn places(&self) -> u32 {
        self.workers + self.starting
    }

    /// Batches of `size` wait for which there is no worker, present or to come.
    fn is_short(&self, size: u64) -> bool {
        self.queued.div_ceil(size) > u64::from(self.starting) + self.idle.len() as u64
    }
}

#[derive(Debug, Default)]
pub(super) struct Fleet {
    lanes: BTreeMap<u32, Lane>,
    workers: BTreeMap<u32, Worker>,
    batches: u64,
    next_id: u32,
}

impl Fleet {
    pub fn knows(&self, worker: u32) -> bool {
        self.workers.contains_key(&worker)
    }

    /// How many batches workers have.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    pub fn has_queued(&self) -> bool {
        self.lanes.values().any(|lane| lane.queued > 0)
    }

    pub fn factories(&self) -> Vec<u32> {
        self.lanes.keys().copied().collect()
    }

    /// Tasks `first..first + count` wait for a worker of `factory`.
    pub fn queue(&mut self, factory: u32, first: u64, count: u64) {
        let lane = self.lanes.entry(factory).or_default();
        lane.queued += count;
        match lane.queue.back_mut() {
            Some((_, end)) if *end == first => *end += count,
            _ => lane.queue.push_back((first, first + count)),
        }
    }

    /// A worker that was to come is there.
    pub fn join(&mut self, worker: u32, factory: u32) {
        let lane = self.lanes.entry(factory).or_default();
        lane.starting = lane.starting.saturating_sub(1);
        lane.workers += 1;
        lane.idle.insert(worker);
        let batches = VecDeque::new();
        self.workers.insert(
            worker,
            Worker {
                factory,
                batches,
                since_ms: f64::INFINITY,
            },
        );
    }

    /// A worker is no longer there.
    pub fn leave(&mut self, worker: u32) {
        let Some(gone) = self.workers.remove(&worker) else {
            return;
        };
        self.batches -= gone.batches.len() as u64;
        let lane = self.lanes.entry(gone.factory).or_default();
        lane.workers -= 1;
        lane.idle.remove(&worker);
        lane.hungry.remove(&worker);
    }

    pub fn idle(&self) -> Vec<u32> {
        self.lanes
            .values()
            .flat_map(|lane| lane.idle.iter().copied())
            .collect()
    }

    /// Those of [`Fleet::idle`] whose factory has no tasks that wait.
    pub fn spare(&self) -> Vec<u32> {
        let lanes = self.lanes.values().filter(|lane| lane.queued == 0);
        lanes.flat_map(|lane| lane.idle.iter().copied()).collect()
    }

    /// The batch that a worker runs.
    pub fn running(&self, worker: u32) -> Option<&Batch> {
        self.workers.get(&worker)?.batches.front()
    }

    /// Since when the task that has run longest has run.
    pub fn earliest_start_ms(&self) -> f64 {
        self.workers
            .values()
            .map(|worker| worker.since_ms)
            .fold(f64::INFINITY, f64::min)
    }

    /// A worker whose task has run since `since_ms` or earlier, and the task.
    pub fn running_since(&self, since_ms: f64) -> Option<(u32, u64)> {
        let late = |worker: &Worker| worker.since_ms <= since_ms;
        let (&id, worker) = self.workers.iter().find(|(_, worker)| late(worker))?;
        Some((id, worker.batches.front()?.next))
    }

    /// Of the batch that it runs, a worker has done the tasks before `next`, and runs that one:
    /// gives the first that was not known to be done. `None` if this is not so.
    pub fn report(&mut self, worker: u32, batch: u32, next: u64, now_ms: f64) -> Option<u64> {
        let found = self.workers.get_mut(&worker)?;
        let front = found
            .batches
            .front_mut()
            .filter(|front| front.id == batch)?;
        if next < front.next || next >= front.end {
            return None;
        }
        found.since_ms = now_ms;
        Some(std::mem::replace(&mut front.next, next))
    }

    /// A worker has done the batch that it ran. `None` if it ran no such batch.
    pub fn finish(&mut self, worker: u32, batch: u32) -> Option<Batch> {
        let found = self.workers.get_mut(&worker)?;
        let done = found.batches.pop_front_if(|front| front.id == batch)?;
        found.since_ms = f64::INFINITY;
        self.batches -= 1;
        let lane = self.lanes.entry(found.factory).or_default();
        if found.batches.is_empty() {
            lane.hungry.remove(&worker);
            lane.idle.insert(worker);
        } else {
            lane.hungry.insert(worker);
        }
        Some(done)
    }

    /// Gives up to `wanted` waiting tasks of a factory to the worker that should have them: one
    /// that has none, else, if workers may hold two batches, one that has one.
    /// Answers worker, batch, first task and count.
    pub fn assign(
        &mut self,
        factory: u32,
        wanted: u64,
        depth: usize,
    ) -> Option<(u32, u32, u64, u64)> {
        let lane = self.lanes.get_mut(&factory)?;
        let (first, end) = *lane.queue.front()?;
        let count = wanted.min(end - first);
        let worker = match lane.idle.pop_first() {
            Some(idle) => {
                lane.hungry.insert(idle);
                idle
            }
            None if depth > 1 => lane.hungry.pop_first()?,
            None => return None,
        };
        lane.queued -= count;
        lane.queue.pop_front();
        if first + count < end {
            lane.queue.push_front((first + count, end));
        }
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        self.batches += 1;
        let batch = Batch {
            id,
            first,
            end: first + count,
            next: first,
        };
        self.workers.get_mut(&worker)?.batches.push_back(batch);
        Some((worker, id, first, count))
    }

    /// The factory that next needs a worker for batches of `size`, if one does: one without any
    /// first, since the whole window of tasks may come to wait for it, then the oldest task's.
    /// Where all `places` are taken, an idle worker that must end before.
    pub fn recruit(&mut self, size: u64, places: u32) -> Option<(u32, Option<u32>)> {
        let short = self.lanes.iter().filter(|(_, lane)| lane.is_short(size));
        let urgency = |lane: &Lane| (lane.places() > 0, lane.queue.front().map(|range| range.0));
        let (&factory, lane) = short.min_by_key(|(_, lane)| urgency(lane))?;
        let has_any = lane.places() > 0;
        let taken: u32 = self.lanes.values().map(Lane::places).sum();
        let mut ends = None;
        if taken >= places.max(1) {
            if has_any {
                return None;
            }
            let worker = self.expendable(factory)?;
            self.leave(worker);
            ends = Some(worker);
        }
        self.lanes.entry(factory).or_default().starting += 1;
        Some((factory, ends))
    }

    /// An idle worker of another factory, which has nothing for it or has more workers.
    fn expendable(&self, factory: u32) -> Option<u32> {
        let others = self.lanes.iter().filter(|(id, _)| **id != factory);
        let spare = others.filter(|(_, lane)| lane.queued == 0 || lane.workers > 1);
        spare
            .filter_map(|(_, lane)| lane.idle.first().copied())
            .next()
    }
}
