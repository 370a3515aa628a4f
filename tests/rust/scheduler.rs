//! The scheduler of `Parallel` against simulated workers and a simulated clock: whatever the workers
//! do, every task runs once, in bounds, and the call ends.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use joblite::parallel::action::{Action, Failure};
use joblite::parallel::batch::BatchSize;
use joblite::parallel::scheduler::{Options, Scheduler};
use proptest::prelude::*;

/// What the simulated world is like. Times in microseconds.
#[derive(Debug, Clone)]
struct World {
    options: Options,
    /// Each task's factory and duration.
    tasks: Vec<(u32, u64)>,
    start_us: u64,
    message_us: u64,
    /// A worker reports what it has done when so much time has passed.
    report_us: u64,
    /// The input yields tasks one by one, as an async iterable does, instead of all that is asked for.
    trickle: bool,
    /// Others always need places.
    needed: bool,
    /// Task whose worker dies, task that throws.
    deadly: Option<u64>,
    failing: Option<u64>,
    /// So many workers die right after they got ready.
    stillborn: u32,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Input,
    Ready {
        worker: u32,
        factory: u32,
    },
    Run {
        worker: u32,
    },
    Lost {
        worker: u32,
    },
    Reported {
        worker: u32,
        batch: u32,
        next: u64,
    },
    Done {
        worker: u32,
        batch: u32,
        duration_us: u64,
    },
    Failed {
        worker: u32,
        index: u64,
    },
}

#[derive(Debug, Default)]
struct Worker {
    factory: u32,
    batches: VecDeque<(u32, u64, u64)>,
    running: bool,
}

#[derive(Debug, Default)]
struct Outcome {
    runs: Vec<u32>,
    emitted: u64,
    finished: bool,
    failure: Option<(Failure, u64, u64)>,
    end_us: u64,
    batches: u64,
    most_workers: usize,
    most_ahead: u64,
    most_batches: u64,
    largest_batch: u64,
    last_progress: Option<(u64, f64)>,
    progress_at: Vec<u64>,
    events: u64,
}

struct Simulation<'a> {
    world: &'a World,
    scheduler: Scheduler,
    now: u64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    sequence: u64,
    workers: BTreeMap<u32, Worker>,
    starting: usize,
    next_worker: u32,
    stillborn: u32,
    wanted: u64,
    input_due: bool,
    pulled: u64,
    /// Tasks that the scheduler was told are done, and for each batch those that it was not.
    done: u64,
    open: BTreeMap<u32, (u64, u64)>,
    in_flight: u64,
    out: Outcome,
}

fn simulate(world: &World) -> Outcome {
    let mut simulation = Simulation {
        scheduler: Scheduler::new(world.options.clone(), 0.0),
        now: 0,
        events: BinaryHeap::new(),
        sequence: 0,
        workers: BTreeMap::new(),
        starting: 0,
        next_worker: 0,
        stillborn: world.stillborn,
        wanted: 0,
        input_due: false,
        pulled: 0,
        done: 0,
        open: BTreeMap::new(),
        in_flight: 0,
        out: Outcome {
            runs: vec![0; world.tasks.len()],
            ..Outcome::default()
        },
        world,
    };
    simulation.run();
    simulation.out
}

impl Simulation<'_> {
    fn ms(&self) -> f64 {
        self.now as f64 / 1000.0
    }

    fn at(&mut self, delay: u64, event: Event) {
        self.sequence += 1;
        self.events
            .push(Reverse((self.now + delay, self.sequence, event)));
    }

    fn run(&mut self) {
        self.apply();
        while !self.out.finished && self.out.failure.is_none() {
            let deadline = self.scheduler.deadline_ms();
            let next = self.events.peek().map(|Reverse((at, ..))| *at);
            if deadline.is_finite() && next.is_none_or(|at| deadline * 1000.0 < at as f64) {
                // A microsecond later, so that rounding cannot put it before the deadline.
                self.now = self.now.max((deadline * 1000.0).ceil() as u64 + 1);
                self.scheduler.tick(self.ms());
            } else {
                let Reverse((at, _, event)) = self.events.pop().expect("the call hangs");
                self.now = at;
                self.happen(event);
            }
            if self.world.needed {
                self.scheduler.spare(1);
            }
            self.out.events += 1;
            self.apply();
        }
        self.out.end_us = self.now;
        // What is still under way when the call is over changes nothing.
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            self.now = at;
            self.happen(event);
            assert_eq!(self.scheduler.take(), []);
        }
        assert_eq!(self.scheduler.deadline_ms(), f64::INFINITY);
    }

    fn happen(&mut self, event: Event) {
        let now = self.ms();
        match event {
            Event::Input => {
                self.input_due = false;
                self.input();
            }
            Event::Ready { worker, factory } => {
                self.starting -= 1;
                self.workers.insert(
                    worker,
                    Worker {
                        factory,
                        ..Worker::default()
                    },
                );
                self.scheduler.worker_ready(worker, factory, now);
                if self.stillborn > 0 {
                    self.stillborn -= 1;
                    self.at(1, Event::Lost { worker });
                }
            }
            Event::Run { worker } => self.run_batch(worker),
            Event::Lost { worker } => {
                self.workers.remove(&worker);
                self.scheduler.worker_lost(worker, now);
            }
            Event::Reported {
                worker,
                batch,
                next,
            } => {
                if let Some((first, _)) = self.open.get_mut(&batch) {
                    self.done += next - std::mem::replace(first, next);
                }
                self.scheduler.reported(worker, batch, next, now);
            }
            Event::Done {
                worker,
                batch,
                duration_us,
            } => {
                self.in_flight -= 1;
                if let Some((first, end)) = self.open.remove(&batch) {
                    self.done += end - first;
                }
                self.scheduler
                    .batch_done(worker, batch, duration_us as f64 / 1000.0, now);
            }
            Event::Failed { worker, index } => self.scheduler.task_failed(worker, index),
        }
    }

    fn input(&mut self) {
        let mut share = if self.world.trickle { 1 } else { u64::MAX };
        while self.wanted > 0 && share > 0 {
            let Some(&(factory, _)) = self.world.tasks.get(self.pulled as usize) else {
                self.wanted = 0;
                return self.scheduler.ended(self.ms());
            };
            let most = self.wanted.min(share) as usize;
            let same = self.world.tasks[self.pulled as usize..].iter().take(most);
            let count = same.take_while(|task| task.0 == factory).count() as u64;
            self.wanted -= count;
            self.pulled += count;
            share -= count;
            self.out.most_ahead = self.out.most_ahead.max(self.pulled - self.done);
            self.scheduler.added(factory, count, self.ms());
        }
    }

    /// The worker runs its first batch; the messages that it sends on the way arrive later.
    fn run_batch(&mut self, worker: u32) {
        let Some(found) = self.workers.get_mut(&worker) else {
            return;
        };
        let Some((batch, first, count)) = found.batches.pop_front() else {
            found.running = false;
            return;
        };
        let (mut time, mut reported) = (0, 0);
        let delay = self.world.message_us;
        for index in first..first + count {
            if time - reported >= self.world.report_us {
                reported = time;
                self.at(
                    delay + time,
                    Event::Reported {
                        worker,
                        batch,
                        next: index,
                    },
                );
            }
            self.out.runs[index as usize] += 1;
            if self.world.deadly == Some(index) {
                return self.at(delay + time, Event::Lost { worker });
            }
            time += self.world.tasks[index as usize].1;
            if self.world.failing == Some(index) {
                return self.at(delay + time, Event::Failed { worker, index });
            }
        }
        // Before: who has told of a batch does not run it any more.
        self.at(time, Event::Run { worker });
        self.at(
            delay + time,
            Event::Done {
                worker,
                batch,
                duration_us: time,
            },
        );
    }

    fn apply(&mut self) {
        let mut actions = VecDeque::from(self.scheduler.take());
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Pull { count } => {
                    self.wanted = self.wanted.saturating_add(count);
                    if !self.input_due {
                        self.input_due = true;
                        self.at(u64::from(self.world.trickle), Event::Input);
                    }
                }
                Action::Start { factory } => {
                    let worker = self.next_worker;
                    self.next_worker += 1;
                    self.starting += 1;
                    self.at(self.world.start_us, Event::Ready { worker, factory });
                    let count = self.workers.len() + self.starting;
                    self.out.most_workers = self.out.most_workers.max(count);
                }
                Action::End { worker } | Action::Release { worker } => {
                    let left = self
                        .workers
                        .remove(&worker)
                        .expect("only workers that are there");
                    assert!(
                        !left.running && left.batches.is_empty(),
                        "only idle workers"
                    );
                }
                Action::Send {
                    worker,
                    batch,
                    first,
                    count,
                } => self.send(worker, batch, first, count),
                Action::Emit { first, count } => {
                    assert_eq!(first, self.out.emitted);
                    self.out.emitted += count;
                }
                Action::Progress {
                    done, elapsed_ms, ..
                } => {
                    self.out.last_progress = Some((done, elapsed_ms));
                    self.out.progress_at.push(self.now);
                }
                Action::Finish => self.out.finished = true,
                Action::Fail {
                    failure,
                    index,
                    last,
                    ..
                } => {
                    self.out.failure = Some((failure, index, last));
                    assert!(actions.is_empty(), "nothing follows a failure");
                }
            }
        }
        if self.wanted > 0 && !self.input_due {
            self.input_due = true;
            self.at(1, Event::Input);
        }
    }

    fn send(&mut self, worker: u32, batch: u32, first: u64, count: u64) {
        let found = self
            .workers
            .get_mut(&worker)
            .expect("only workers that are there");
        assert!(count > 0);
        let range = first as usize..(first + count) as usize;
        assert!(
            self.world.tasks[range]
                .iter()
                .all(|task| task.0 == found.factory)
        );
        found.batches.push_back((batch, first, count));
        assert!(found.batches.len() <= 2, "at most one runs and one waits");
        self.open.insert(batch, (first, first + count));
        self.in_flight += 1;
        self.out.batches += 1;
        self.out.most_batches = self.out.most_batches.max(self.in_flight);
        self.out.largest_batch = self.out.largest_batch.max(count);
        if !found.running {
            found.running = true;
            self.at(self.world.message_us, Event::Run { worker });
        }
    }
}

fn options(n_jobs: u32) -> Options {
    Options {
        n_jobs,
        batch_size: BatchSize::Auto,
        pre_dispatch: Some(2 * u64::from(n_jobs)),
        total: None,
        timeout_ms: None,
        resolution_ms: 0.005,
        progress: false,
    }
}

fn world(n_jobs: u32, tasks: Vec<(u32, u64)>) -> World {
    World {
        options: options(n_jobs),
        tasks,
        start_us: 30_000,
        message_us: 100,
        report_us: 5_000,
        trickle: false,
        needed: false,
        deadly: None,
        failing: None,
        stillborn: 0,
    }
}

fn any_world() -> impl Strategy<Value = World> {
    let duration = prop_oneof![Just(0u64), 1u64..50, 100u64..5_000, 20_000u64..3_000_000];
    let tasks = (1u32..4, duration).prop_flat_map(|(factories, longest)| {
        prop::collection::vec((0..factories, 0..=longest), 0..300)
    });
    let batch_size = prop_oneof![Just(BatchSize::Auto), (1u64..40).prop_map(BatchSize::Fixed)];
    let pre_dispatch = prop_oneof![Just(None), (1u64..20).prop_map(Some)];
    let how = (
        1u32..9,
        batch_size,
        pre_dispatch,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    (tasks, how, 0u64..100_000, 0u64..2_000).prop_map(|(tasks, how, start_us, message_us)| {
        let (n_jobs, batch_size, pre_dispatch, knows_total, trickle, progress, needed) = how;
        let mut world = world(n_jobs, tasks);
        world.options.batch_size = batch_size;
        world.options.pre_dispatch = pre_dispatch;
        world.options.total = knows_total.then_some(world.tasks.len() as u64);
        world.options.progress = progress;
        World {
            start_us,
            message_us,
            trickle,
            needed,
            ..world
        }
    })
}

fn assert_complete(world: &World, out: &Outcome) {
    assert!(out.finished && out.failure.is_none(), "{out:?}");
    assert!(
        out.runs.iter().all(|&runs| runs == 1),
        "every task runs once: {:?}",
        out.runs
    );
    assert_eq!(out.emitted, world.tasks.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_task_runs_once_in_bounds_and_the_call_ends(world in any_world()) {
        let out = simulate(&world);
        assert_complete(&world, &out);
        prop_assert!(out.most_workers <= world.options.n_jobs as usize);
        if let Some(limit) = world.options.pre_dispatch {
            prop_assert!(out.most_batches <= limit);
        }
        if let BatchSize::Fixed(size) = world.options.batch_size {
            prop_assert!(out.largest_batch <= size);
            if let Some(limit) = world.options.pre_dispatch {
                prop_assert!(out.most_ahead <= limit * size, "{} ahead", out.most_ahead);
            }
        }
    }

    #[test]
    fn a_dead_worker_fails_the_call_and_names_the_task(world in any_world(), at in any::<prop::sample::Index>()) {
        prop_assume!(!world.tasks.is_empty());
        let deadly = at.index(world.tasks.len()) as u64;
        let out = simulate(&World { deadly: Some(deadly), ..world });
        let (failure, index, last) = out.failure.expect("the call fails");
        prop_assert_eq!(failure, Failure::WorkerLost);
        prop_assert!((index..=last).contains(&deadly));
        prop_assert!(out.runs.iter().all(|&runs| runs <= 1));
    }

    #[test]
    fn a_task_that_throws_fails_the_call(world in any_world(), at in any::<prop::sample::Index>()) {
        prop_assume!(!world.tasks.is_empty());
        let failing = at.index(world.tasks.len()) as u64;
        let out = simulate(&World { failing: Some(failing), ..world });
        prop_assert_eq!(out.failure, Some((Failure::Task, failing, failing)));
    }

    #[test]
    fn workers_that_die_idle_are_replaced(world in any_world(), stillborn in 1u32..3) {
        prop_assume!(!world.tasks.is_empty());
        // They die before their first batch has reached them.
        let message_us = world.message_us.max(10);
        let out = simulate(&World { stillborn, message_us, ..world });
        let lost = matches!(out.failure, Some((Failure::WorkerLost, ..)));
        prop_assert!(out.finished || lost);
        prop_assert!(out.runs.iter().all(|&runs| runs <= 1));
    }

    #[test]
    fn a_task_that_runs_too_long_is_named(n_jobs in 2u32..6, slow in 0u64..40, count in 41usize..80) {
        let mut world = world(n_jobs, vec![(0, 2_000); count]);
        world.tasks[slow as usize].1 = 60_000_000;
        world.options.timeout_ms = Some(500.0);
        world.report_us = 0;
        let out = simulate(&world);
        prop_assert_eq!(out.failure, Some((Failure::Timeout, slow, slow)));
        prop_assert!(out.end_us < 2_000_000);
    }
}

#[test]
fn a_pool_that_cannot_keep_a_worker_fails_instead_of_starting_for_ever() {
    // The input has nothing yet for the workers that started for its first task.
    let mut scheduler = Scheduler::new(options(2), 0.0);
    scheduler.added(0, 4, 0.0);
    scheduler.worker_ready(0, 0, 0.0);
    scheduler.worker_ready(1, 0, 0.0);
    let sent: Vec<_> = scheduler.take();
    let batch_of = |worker| {
        let mut sends = sent.iter().filter_map(|action| match action {
            Action::Send {
                worker: w, batch, ..
            } if *w == worker => Some(*batch),
            _ => None,
        });
        sends.next().expect("it got a batch")
    };
    // Both run dry, but more may come.
    for worker in [0, 1] {
        scheduler.batch_done(worker, batch_of(worker), 500.0, 500.0);
    }
    let rest: Vec<_> = scheduler.take();
    for action in rest {
        if let Action::Send { worker, batch, .. } = action {
            scheduler.batch_done(worker, batch, 500.0, 1000.0);
        }
    }
    scheduler.take();
    scheduler.worker_lost(0, 1001.0);
    scheduler.worker_lost(1, 1002.0);
    assert!(
        !scheduler
            .take()
            .iter()
            .any(|action| matches!(action, Action::Fail { .. }))
    );
    scheduler.worker_ready(2, 0, 1003.0);
    scheduler.worker_lost(2, 1004.0);
    let last = scheduler.take().pop();
    assert!(
        matches!(
            last,
            Some(Action::Fail {
                failure: Failure::WorkerLost,
                ..
            })
        ),
        "{last:?}"
    );
}

#[test]
fn idle_workers_are_spared_for_others_if_nothing_waits_for_them() {
    let mut scheduler = Scheduler::new(options(2), 0.0);
    scheduler.added(0, 1, 0.0);
    scheduler.worker_ready(0, 0, 0.0);
    scheduler.take();
    scheduler.spare(2);
    assert_eq!(scheduler.take(), [], "its worker is busy");
    scheduler.batch_done(0, 0, 500.0, 500.0);
    scheduler.take();
    scheduler.spare(2);
    assert_eq!(scheduler.take(), [Action::Release { worker: 0 }]);
    // More input takes a place again.
    scheduler.added(0, 1, 600.0);
    assert!(scheduler.take().contains(&Action::Start { factory: 0 }));
}

#[test]
fn a_thousand_workers_share_a_hundred_thousand_tasks() {
    // Between 0 and 20 ms, 10 ms on average: 1,000 s of work.
    let tasks: Vec<_> = (0..100_000u64).map(|i| (0, i * 7919 % 20_000)).collect();
    let work_us: u64 = tasks.iter().map(|task| task.1).sum();
    let mut world = world(1000, tasks);
    world.options.total = Some(100_000);
    let begin = std::time::Instant::now();
    let out = simulate(&world);
    assert_complete(&world, &out);
    assert_eq!(out.most_workers, 1000);
    let ideal_us = work_us / 1000;
    println!(
        "{} events, {} batches, {:.2} of the ideal time, {:.1} us an event",
        out.events,
        out.batches,
        (out.end_us - world.start_us) as f64 / ideal_us as f64,
        begin.elapsed().as_secs_f64() * 1e6 / out.events as f64,
    );
    // Simulated time, so this is no matter of the machine.
    assert!(out.end_us - world.start_us < ideal_us * 3 / 2);
}

#[test]
fn trivial_tasks_travel_in_few_batches() {
    let mut world = world(2, vec![(0, 0); 100_000]);
    world.options.total = Some(100_000);
    let out = simulate(&world);
    assert_complete(&world, &out);
    assert!(out.batches < 100, "{} batches", out.batches);
    assert!(
        out.largest_batch <= 25_000,
        "a quarter of what remains, for two workers"
    );
}

#[test]
fn long_tasks_do_not_wait_behind_one_another() {
    // The first takes as long as all the others together.
    let mut tasks = vec![(0, 1_000_000); 11];
    tasks[0].1 = 10_000_000;
    let out = simulate(&world(2, tasks));
    assert!(out.end_us < 10_200_000, "{} us", out.end_us);
}

#[test]
fn factories_that_outnumber_the_places_all_get_their_turn() {
    let tasks: Vec<_> = (0..90).map(|i| (i % 9, 1_000)).collect();
    for pre_dispatch in [None, Some(4), Some(1)] {
        let mut world = world(2, tasks.clone());
        world.options.pre_dispatch = pre_dispatch;
        assert_complete(&world, &simulate(&world));
    }
}

#[test]
fn progress_comes_every_50_ms_at_most_and_at_the_end() {
    let mut world = world(2, vec![(0, 1_000); 1000]);
    world.options.progress = true;
    let out = simulate(&world);
    assert_complete(&world, &out);
    assert_eq!(out.last_progress.map(|(done, _)| done), Some(1000));
    let gaps: Vec<u64> = out
        .progress_at
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .collect();
    let (_, before_last) = gaps.split_last().expect("several reports");
    assert!(before_last.iter().all(|&gap| gap >= 50_000), "{gaps:?}");
    assert!(out.progress_at.len() >= 5, "{:?}", out.progress_at);
}
