//! `Parallel` for Rust: a map over items on rayon's threads, and on the caller's own where the crate
//! was built without the feature `threads`. Not the scheduler of the npm package, whose workers run
//! JavaScript.

/// A parallel map with joblib's words.
///
/// ```
/// use joblite::Parallel;
/// let roots = Parallel::new().n_jobs(-1).map(0..4, |i| f64::from(i * i).sqrt());
/// assert_eq!(roots, [0.0, 1.0, 2.0, 3.0]);
/// ```
///
/// With the feature `threads` the jobs are rayon's: on the host its global pool, in a browser the
/// pool that wasm-bindgen-rayon's `initThreadPool` made, without which there is one job. The call
/// waits for its results, so in a browser it belongs in a worker: a page's main thread may not wait.
#[derive(Debug, Clone)]
pub struct Parallel {
    n_jobs: i32,
}

impl Default for Parallel {
    fn default() -> Self {
        Self::new()
    }
}

impl Parallel {
    /// One job, as in joblib: everything runs in order on the calling thread.
    pub fn new() -> Self {
        Self { n_jobs: 1 }
    }

    /// How many items are worked on at once. -1 means all threads, -2 all but one, and so on down
    /// to one.
    ///
    /// # Panics
    ///
    /// If `n_jobs` is 0, which has no meaning.
    pub fn n_jobs(mut self, n_jobs: i32) -> Self {
        assert!(n_jobs != 0, "n_jobs == 0 in Parallel has no meaning");
        self.n_jobs = n_jobs;
        self
    }

    /// `f` of each item, in the order of the items. They are taken from the iterator one by one, as
    /// jobs become free.
    ///
    /// # Panics
    ///
    /// If `f` does, after the items under way.
    pub fn map<I, F, T>(&self, items: I, f: F) -> Vec<T>
    where
        I: IntoIterator<IntoIter: Send>,
        F: Fn(I::Item) -> T + Sync,
        T: Send,
    {
        match effective_n_jobs(self.n_jobs, threads()) {
            1 => items.into_iter().map(f).collect(),
            n_jobs => map_on_threads(n_jobs, items.into_iter(), &f),
        }
    }
}

/// joblib's meaning of negative numbers; more jobs than threads are of no use here.
fn effective_n_jobs(n_jobs: i32, threads: usize) -> usize {
    let all = i64::try_from(threads).unwrap_or(i64::MAX);
    let wanted = match i64::from(n_jobs) {
        n if n < 0 => all + 1 + n,
        n => n.min(all),
    };
    usize::try_from(wanted.max(1)).unwrap_or(1)
}

#[cfg(feature = "threads")]
fn threads() -> usize {
    rayon::current_num_threads()
}

#[cfg(not(feature = "threads"))]
fn threads() -> usize {
    1
}

/// Each job takes the next item as soon as it is free, so that unequal items keep all jobs busy.
/// rayon's own bridge would run on every thread; here `n_jobs` is kept.
#[cfg(feature = "threads")]
fn map_on_threads<A, T: Send>(
    n_jobs: usize,
    items: impl Iterator<Item = A> + Send,
    f: &(impl Fn(A) -> T + Sync),
) -> Vec<T> {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, PoisonError};

    /// A panic ends one job; the others see this flag and take no more items.
    struct StopOnPanic<'a>(&'a AtomicBool);
    impl Drop for StopOnPanic<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                self.0.store(true, Ordering::Relaxed);
            }
        }
    }

    let stopped = AtomicBool::new(false);
    let items = Mutex::new(items.enumerate());
    let done = Mutex::new(Vec::new());
    let next = || {
        if stopped.load(Ordering::Relaxed) {
            return None;
        }
        items.lock().unwrap_or_else(PoisonError::into_inner).next()
    };
    rayon::scope(|scope| {
        for _ in 0..n_jobs {
            scope.spawn(|_| {
                let _guard = StopOnPanic(&stopped);
                while let Some((index, item)) = next() {
                    let output = (index, f(item));
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(output);
                }
            });
        }
    });
    let mut outputs = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    outputs.sort_unstable_by_key(|(index, _)| *index);
    outputs.into_iter().map(|(_, output)| output).collect()
}

#[cfg(not(feature = "threads"))]
fn map_on_threads<A, T: Send>(
    _n_jobs: usize,
    items: impl Iterator<Item = A> + Send,
    f: &(impl Fn(A) -> T + Sync),
) -> Vec<T> {
    items.map(f).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Parallel, effective_n_jobs};

    #[test]
    fn outputs_are_in_the_order_of_the_items() {
        for n_jobs in [1, 2, -1, -2, 64] {
            let outputs = Parallel::new().n_jobs(n_jobs).map(0..1000_u64, |i| i * i);
            assert_eq!(outputs, (0..1000).map(|i| i * i).collect::<Vec<_>>());
        }
    }

    #[test]
    fn at_most_n_jobs_items_are_under_way() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Parallel::new().n_jobs(2).map(0..200, |_| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            now.fetch_sub(1, Ordering::SeqCst);
        });
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    }

    #[test]
    fn one_job_stays_on_the_calling_thread() {
        let seen = Mutex::new(HashSet::new());
        Parallel::new().map(0..10, |_| {
            seen.lock().unwrap().insert(std::thread::current().id());
        });
        assert_eq!(
            seen.into_inner().unwrap(),
            HashSet::from([std::thread::current().id()])
        );
    }

    /// Two items that wait for one another end only if they run at the same time.
    #[cfg(feature = "threads")]
    #[test]
    fn jobs_run_at_the_same_time() {
        if rayon::current_num_threads() < 2 {
            return;
        }
        let barrier = std::sync::Barrier::new(2);
        let outputs = Parallel::new()
            .n_jobs(2)
            .map(0..2, |i| (barrier.wait(), i).1);
        assert_eq!(outputs, [0, 1]);
    }

    #[test]
    fn a_panic_of_an_item_reaches_the_caller() {
        for n_jobs in [1, -1] {
            // The items have no end: the panic must stop every job.
            let caught = std::panic::catch_unwind(|| {
                Parallel::new()
                    .n_jobs(n_jobs)
                    .map(0..u32::MAX, |i| assert!(i != 3, "item 3"));
            });
            assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "item 3");
        }
    }

    #[test]
    fn negative_n_jobs_count_from_all_threads_down_to_one() {
        let of = |n_jobs| effective_n_jobs(n_jobs, 4);
        assert_eq!(
            [of(1), of(3), of(9), of(-1), of(-2), of(-9)],
            [1, 3, 4, 4, 3, 1]
        );
    }

    #[test]
    #[should_panic(expected = "n_jobs == 0 in Parallel has no meaning")]
    fn no_jobs_have_no_meaning() {
        let _ = Parallel::new().n_jobs(0);
    }
}
