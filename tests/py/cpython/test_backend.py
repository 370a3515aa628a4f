"""`Parallel` with joblite as its backend, on real processes: joblib's own rules hold."""

import os
import time
import warnings

import joblib
import joblite
import pytest
from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky.process_executor import TerminatedWorkerError
from joblite import _bridge
from twin import CORES


def pid(_=None):
    time.sleep(0.05)
    return os.getpid()


def test_two_workers_give_joblibs_result_in_order(browser):
    browser()
    assert Parallel(n_jobs=2)(delayed(pow)(i, 2) for i in range(10)) == [i**2 for i in range(10)]


def test_tasks_run_on_as_many_workers_as_asked_for(browser):
    browser()
    pids = Parallel(n_jobs=2, batch_size=1)(delayed(pid)(i) for i in range(12))
    assert len(set(pids)) == 2
    assert os.getpid() not in pids


def test_workers_of_one_call_serve_the_next(browser):
    browser()
    with Parallel(n_jobs=2, batch_size=1) as parallel:
        first = set(parallel(delayed(pid)(i) for i in range(8)))
        assert set(parallel(delayed(pid)(i) for i in range(8))) == first
    assert set(Parallel(n_jobs=2, batch_size=1)(delayed(pid)(i) for i in range(8))) == first


@pytest.mark.parametrize(
    ("n_jobs", "expected"), [(None, 1), (1, 1), (2, 2), (-1, CORES), (-2, CORES - 1), (-9, 1), (8, 8)]
)
def test_n_jobs(browser, n_jobs, expected):
    browser()
    assert joblib.effective_n_jobs(n_jobs) == expected


def test_n_jobs_0_is_joblibs_error(browser):
    browser()
    with pytest.raises(ValueError, match="n_jobs == 0 in Parallel has no meaning"):
        Parallel(n_jobs=0)(delayed(abs)(i) for i in range(2))


@pytest.mark.parametrize("name", ["joblite", "loky", "multiprocessing"])
def test_names_that_mean_processes_mean_the_pool(browser, name):
    browser()
    pids = Parallel(n_jobs=2, backend=name)(delayed(pid)(i) for i in range(4))
    assert os.getpid() not in pids
    with parallel_config(backend=name, n_jobs=2):
        assert os.getpid() not in Parallel()(delayed(pid)(i) for i in range(4))


def test_other_names_stay_joblibs(browser):
    browser()
    assert Parallel(n_jobs=2, backend="threading")(delayed(pid)(i) for i in range(3)) == [os.getpid()] * 3
    assert Parallel(n_jobs=2, require="sharedmem")(delayed(pid)() for _ in range(2)) == [os.getpid()] * 2
    with pytest.raises(ValueError, match="Invalid backend: nonsense"):
        Parallel(n_jobs=2, backend="nonsense")


def test_closures_and_lambdas_travel(browser):
    browser()
    offset = 7
    assert Parallel(n_jobs=2)(delayed(lambda x, y=1: x + y + offset)(i, y=2) for i in range(3)) == [
        9,
        10,
        11,
    ]


def test_automatic_batches_grow(browser):
    browser()
    parallel = Parallel(n_jobs=2)
    assert parallel(delayed(abs)(-i) for i in range(2000)) == list(range(2000))
    assert parallel.n_dispatched_batches < 500


def test_a_generator_gives_its_first_result_before_the_last_task_has_started(browser):
    browser()
    drawn = []

    def tasks():
        for i in range(20):
            drawn.append(i)
            yield delayed(pid)(i)

    results = Parallel(n_jobs=2, return_as="generator", batch_size=1)(tasks())
    next(results)
    assert len(drawn) < 20
    assert len(list(results)) == 19


def test_unordered_results_are_all_there(browser):
    browser()
    results = Parallel(n_jobs=2, return_as="generator_unordered")(delayed(abs)(-i) for i in range(50))
    assert sorted(results) == list(range(50))


def explode(i):
    if i == 3:
        raise KeyError(f"task {i}")
    return i


def test_a_tasks_exception_is_its_own_with_the_workers_traceback(browser):
    browser()
    with pytest.raises(KeyError, match="task 3") as caught:
        Parallel(n_jobs=2)(delayed(explode)(i) for i in range(8))
    assert "in explode" in str(caught.value.__cause__)
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


class Unbuildable(Exception):
    def __init__(self, left, right):
        super().__init__(f"{left} and {right}")


def raise_unbuildable():
    raise Unbuildable("one", "two")


def test_an_exception_that_cannot_be_rebuilt_is_told_in_words(browser):
    browser()
    with pytest.raises(RuntimeError, match="Unbuildable: one and two"):
        Parallel(n_jobs=2)(delayed(raise_unbuildable)() for _ in range(2))


def generator():
    yield 1


def test_a_result_that_cannot_be_pickled_is_an_error(browser):
    browser()
    with pytest.raises(TypeError, match="pickle"):
        Parallel(n_jobs=2)(delayed(generator)() for _ in range(2))


def test_a_worker_that_dies_is_an_error_and_the_pool_goes_on(browser):
    browser()
    assert joblite.TerminatedWorkerError is TerminatedWorkerError
    with pytest.raises(TerminatedWorkerError):
        Parallel(n_jobs=2)(delayed(os._exit)(1) for _ in range(4))
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


def test_timeout_and_the_pool_is_usable_again(browser):
    browser()
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]
    for return_as in ("list", "generator_unordered"):
        with pytest.raises(joblib.parallel.TimeoutError):
            list(Parallel(n_jobs=2, timeout=0.2, return_as=return_as)([delayed(time.sleep)(60)] * 2))
    assert Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


def nested(i):
    return Parallel(n_jobs=2)(delayed(pid)() for _ in range(2)), os.getpid()


def test_nested_calls_run_in_their_worker(browser):
    browser()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for inner, outer in Parallel(n_jobs=2)(delayed(nested)(i) for i in range(3)):
            assert set(inner) == {outer}


@pytest.mark.parametrize(
    ("page", "reason"),
    [({"waits": False}, "this twin has no JSPI"), ({"starts": False}, "workers are forbidden")],
)
def test_without_a_way_it_is_sequential_with_one_warning(browser, page, reason):
    browser(**page)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            assert Parallel(n_jobs=2)(delayed(pid)(i) for i in range(2)) == [os.getpid()] * 2
    assert [str(w.message) for w in caught if "joblite" in str(w.message)] == [str(caught[0].message)]
    assert reason in str(caught[0].message)
    assert caught[0].category is RuntimeWarning
    assert caught[0].filename == __file__


def test_shutdown_gives_joblib_its_backends_back(browser):
    before = dict(joblib.parallel.BACKENDS), joblib.parallel.DEFAULT_BACKEND
    browser()
    assert joblib.parallel.DEFAULT_BACKEND == "joblite"
    joblite.shutdown()
    assert (dict(joblib.parallel.BACKENDS), joblib.parallel.DEFAULT_BACKEND) == before


def test_shutdown_ends_the_call_that_is_under_way(browser):
    browser()
    tasks = [delayed(pid)(), *[delayed(time.sleep)(60)] * 5]
    results = Parallel(n_jobs=2, return_as="generator", batch_size=1)(tasks)
    next(results)
    joblite.shutdown()
    with pytest.raises(TerminatedWorkerError, match="shutdown"):
        next(results)


def test_shutdown_while_tasks_are_drawn_ends_the_call(browser):
    browser()

    def tasks():
        yield delayed(pid)()
        joblite.shutdown()
        yield delayed(pid)()

    with pytest.raises(TerminatedWorkerError, match="shutdown"):
        Parallel(n_jobs=2, batch_size=1)(tasks())


def test_after_a_shutdown_a_kept_parallel_starts_workers_anew(browser):
    browser()
    with Parallel(n_jobs=2) as parallel:
        parallel(delayed(abs)(-i) for i in range(3))
        joblite.shutdown()
        assert parallel(delayed(abs)(-i) for i in range(3)) == [0, 1, 2]


def test_status(browser):
    browser()
    Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3))
    assert joblite.status() == {
        "registered": True,
        "parallel": True,
        "reason": None,
        "cpu_count": CORES,
        "workers": {"idle": 2, "busy": 0, "starting": 0, "queued": 0},
    }


def test_no_workers_are_started_where_nothing_can_wait_for_them(browser):
    browser(waits=False)
    joblite.register()
    assert joblite.status()["workers"] is None


def test_outside_of_pyodide_register_says_so():
    _bridge.install(None)
    with pytest.raises(ImportError, match="runs in Pyodide"):
        joblite.register()
