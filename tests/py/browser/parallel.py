"""`Parallel` in the page: each `test_` function is one test, run where Python can wait.

Functions are defined here as in a notebook, so they travel to the workers by value.
"""

import asyncio
import os
import time
import warnings

import joblite
from joblib import Parallel, delayed, parallel_config
from joblib.parallel import TimeoutError

joblite.register(n_workers=2)
if joblite.status()["parallel"]:
    # A worker that starts late would leave all tasks to the other.
    await joblite.start(2)  # noqa: F704 (a notebook's cell)


def loop(i, steps=500_000):
    s = 0
    for k in range(steps):
        s = (s * 31 + k + i) % 1000003
    return s


def worker_name(_=None):
    import js

    loop(0, 50_000)
    return js.self.name


def raised(error_class, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except error_class as error:
        return error
    raise AssertionError(f"{error_class.__name__} was not raised")


def test_two_workers_give_the_sequential_result():
    started = time.perf_counter()
    sequential = [loop(i) for i in range(8)]
    between = time.perf_counter()
    parallel = Parallel(n_jobs=2)(delayed(loop)(i) for i in range(8))
    ended = time.perf_counter()
    assert parallel == sequential
    names = set(Parallel(n_jobs=2, batch_size=1)(delayed(worker_name)(i) for i in range(10)))
    assert len(names) == 2 and all(name.startswith("joblite-") for name in names), names
    first, second = between - started, ended - between
    print(f"sequential {first:.2f} s, two workers {second:.2f} s, {first / second:.2f} times")


def test_every_name_for_processes_is_the_pool():
    for name in ("joblite", "loky", "multiprocessing"):
        with parallel_config(backend=name, n_jobs=2):
            names = Parallel()(delayed(worker_name)() for _ in range(2))
            assert all(name.startswith("joblite-") for name in names), names


def test_closures_lambdas_and_large_buffers_travel():
    data = bytearray(os.urandom(2_000_000))

    def describe(i):
        return len(data), sum(data[i : i + 9]), data

    assert Parallel(n_jobs=2)(delayed(describe)(i) for i in range(3)) == [*map(describe, range(3))]
    assert Parallel(n_jobs=2)(delayed(lambda x, y=1: x + y)(i, y=2) for i in range(2)) == [2, 3]


def test_a_generator_gives_results_while_tasks_start():
    drawn = []

    def tasks():
        for i in range(20):
            drawn.append(i)
            yield delayed(loop)(i, 20_000)

    results = Parallel(n_jobs=2, return_as="generator", batch_size=1)(tasks())
    next(results)
    assert len(drawn) < 20
    assert len(list(results)) == 19


def explode(i):
    if i == 3:
        raise KeyError(f"task {i}")
    return i


def test_an_exception_has_the_workers_traceback():
    error = raised(KeyError, Parallel(n_jobs=2), (delayed(explode)(i) for i in range(8)))
    assert error.args == ("task 3",)
    assert "in explode" in str(error.__cause__), str(error.__cause__)
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


def close_worker_mid_task():
    import js
    from pyodide.ffi import run_sync

    js.self.close()
    run_sync(asyncio.sleep(60))


def test_a_worker_that_dies_mid_task_is_an_error_and_the_pool_goes_on():
    error = raised(
        joblite.TerminatedWorkerError,
        Parallel(n_jobs=2),
        (delayed(close_worker_mid_task)() for _ in range(2)),
    )
    assert "gone" in str(error), error
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


def test_timeout_and_the_pool_is_usable_again():
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]
    tasks = [delayed(loop)(i, 10**10) for i in range(2)]
    raised(TimeoutError, Parallel(n_jobs=2, timeout=0.5), tasks)
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


def nested(i):
    return [*Parallel(n_jobs=2)(delayed(worker_name)() for _ in range(2)), worker_name()]


def test_nested_calls_run_in_their_worker():
    for names in Parallel(n_jobs=2)(delayed(nested)(i) for i in range(2)):
        assert len(set(names)) == 1, names


def test_automatic_batches_grow():
    parallel = Parallel(n_jobs=2)
    started = time.perf_counter()
    assert parallel(delayed(abs)(-i) for i in range(2000)) == list(range(2000))
    assert parallel.n_dispatched_batches < 500, parallel.n_dispatched_batches
    elapsed = time.perf_counter() - started
    print(f"2000 trivial tasks in {elapsed:.2f} s, {parallel.n_dispatched_batches} batches")


async def shut_down_in(seconds):
    await asyncio.sleep(seconds)
    joblite.shutdown()


def test_shutdown_ends_the_call_that_waits():
    # As a notebook's other cell, or a button, does while this one waits.
    shutting_down = asyncio.ensure_future(shut_down_in(0.3))
    tasks = [delayed(loop)(i, 10**10) for i in range(5)]
    error = raised(joblite.TerminatedWorkerError, Parallel(n_jobs=2, batch_size=1), tasks)
    assert "shutdown" in str(error), error
    assert shutting_down.done()
    joblite.register(n_workers=0)
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


def sequential_with_one_warning():
    """Run by the suite where Python cannot wait."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(4)) == [0, 1, 2, 3]
    return [str(warning.message) for warning in caught]
