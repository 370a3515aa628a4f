"""`Memory`, kept in the database, over joblib's own rules; `open_page()` again is a reload."""

import os
import pickle
import shutil
import subprocess
import sys

import joblib
import joblite
import pytest
from joblib import Memory
from joblite import _session, _store
from twin import run

calls = []


def square(x):
    calls.append(x)
    return x * x


@pytest.fixture(autouse=True)
def forget_functions():
    calls.clear()
    # joblib remembers in the process which functions it has checked, whatever their location.
    joblib.memory._FUNCTION_HASHES.clear()


@pytest.fixture(params=["local", "indexeddb"])
def backend(request):
    return request.param


def cached(backend, function=square, location="./cachedir"):
    return Memory(location, backend=backend, verbose=0).cache(function)


def reload(browser, **options):
    """Durable first, as after a while; then a new page."""
    run(joblite.flush())
    calls.clear()
    joblib.memory._FUNCTION_HASHES.clear()
    return browser(**options)


def test_once_for_each_argument(browser, backend):
    browser()
    f = cached(backend)
    assert [f(1), f(1), f(2), f(2)] == [1, 1, 4, 4]
    assert calls == [1, 2]


def test_after_a_reload_not_at_all(browser, backend):
    browser()
    assert cached(backend)(3) == 9
    reload(browser)
    assert cached(backend)(3) == 9
    assert calls == []


def test_both_backends_have_the_same_entries(browser):
    twin = browser()
    cached("local")(3)
    reload(browser)
    assert cached("indexeddb")(3) == 9
    assert calls == []
    paths = sorted(p.split("/", 2)[0] + "/" + p.rsplit("/", 1)[1] for p in twin.database)
    assert paths == [
        "cachedir/func_code.py",
        "cachedir/metadata.json",
        "cachedir/output.pkl",
        "cachedir/python.mark",
    ]


def test_the_folder_is_there_after_a_reload_and_removing_it_empties_the_cache(browser):
    browser()
    cached("local")(3)
    twin = reload(browser)
    assert os.path.exists("cachedir")
    shutil.rmtree("cachedir")
    assert cached("local")(3) == 9
    assert calls == [3]
    run(joblite.flush())
    assert sum(path.endswith("output.pkl") for path in twin.database) == 1


def test_removing_an_entry_in_use_removes_it_from_the_database(browser):
    twin = browser()
    f = cached("local")
    f(3), f(4)
    shutil.rmtree("cachedir/joblib")
    assert f(4) == 16
    run(joblite.flush())
    assert sum(path.endswith("output.pkl") for path in twin.database) == 1


def test_an_entry_without_mark_is_not_loaded_until_trusted(browser, backend):
    twin = browser()
    cached(backend)(3)
    run(joblite.flush())
    for path in [path for path in twin.database if path.endswith(_store.MARK)]:
        del twin.database[path]
    reload(browser)
    assert cached(backend)(3) == 9
    assert calls == [3]

    for path in [path for path in twin.database if path.endswith(_store.MARK)]:
        del twin.database[path]
    reload(browser)
    run(joblite.trust("./cachedir"))
    assert cached(backend)(3) == 9
    assert calls == []


def unpickled():
    calls.append("unpickled")


class Foreign:
    """What somebody else wrote: unpickling it is code that runs."""

    def __reduce__(self):
        return unpickled, ()


def replace_outputs(twin):
    """Write joblib's own names only, as an import does."""
    for path in [path for path in twin.database if path.endswith(_store.OUTPUT)]:
        twin.database[path] = pickle.dumps(Foreign()), 0


@pytest.mark.parametrize("ask", ["call", "shelve"])
@pytest.mark.parametrize("listed", ["before", "after"])
def test_an_entry_that_was_replaced_is_not_loaded_until_trusted(browser, backend, listed, ask):
    twin = browser()
    f = cached(backend)
    f(3), f(4)
    twin = reload(browser)
    replace_outputs(twin)
    if listed == "after":
        twin = reload(browser)
    f = cached(backend)
    with pytest.warns(Warning) as caught:
        results = [f(x) if ask == "call" else f.call_and_shelve(x).get() for x in (3, 4)]
    assert results == [9, 16]
    assert calls == [3, 4]
    assert ["joblite.trust" in str(w.message) for w in caught] == [True]

    reload(browser)
    assert [cached(backend)(3), calls] == [9, []]
    run(joblite.flush())
    replace_outputs(twin)
    reload(browser)
    run(joblite.trust("./cachedir"))
    cached(backend)(3)
    assert calls == ["unpickled"]


def test_a_replaced_entry_that_was_loaded_ahead_is_computed(browser, backend):
    twin = browser()
    cached(backend)(3)
    run(joblite.flush())
    replace_outputs(twin)
    reload(browser, waits=False)
    run(joblite.start(0))
    with pytest.warns(Warning, match="joblite.trust"):
        assert cached(backend)(3) == 9
    assert calls == [3]


def test_entries_of_javascript_are_never_trusted(browser):
    twin = browser()
    entry = "cachedir/joblib/js/square/" + "0" * 32
    twin.database[f"{entry}/output.pkl"] = b"not a pickle", 0
    run(joblite.trust("./cachedir"))
    run(joblite.flush())
    assert f"{entry}/{_store.MARK}" not in twin.database


def test_clear(browser, backend):
    twin = browser()
    f = cached(backend)
    f(3)
    Memory("./cachedir", backend=backend, verbose=0).clear(warn=False)
    run(joblite.flush())
    assert not any(path.endswith("output.pkl") for path in twin.database)
    f(3)
    assert calls == [3, 3]


def test_reduce_size_removes_the_least_recently_used_from_the_database(browser, backend):
    twin = browser()
    f = cached(backend)
    f(1), f(2)
    reload(browser)
    memory = Memory("./cachedir", backend=backend, verbose=0)
    sizes = {item.size for item in memory.store_backend.get_items()}
    assert min(sizes) > 5  # of what is stored, though no data was read
    memory.reduce_size(items_limit=1)
    run(joblite.flush())
    assert sum(path.endswith("output.pkl") for path in twin.database) == 1


def test_another_body_is_another_function(browser, backend):
    browser()
    cached(backend)(3)
    reload(browser)
    namespace = {"__name__": square.__module__}
    exec(compile("def square(x):\n    return -x", __file__, "exec"), namespace)
    assert cached(backend, namespace["square"])(3) == -3


def test_a_shelved_result_survives(browser, backend):
    browser()
    cached(backend).call_and_shelve(3)
    reload(browser)
    assert cached(backend).call_and_shelve(3).get() == 9
    assert calls == []


def test_where_nothing_can_wait_start_loads_ahead(browser, backend):
    browser()
    cached(backend)(3)
    reload(browser, waits=False)
    run(joblite.start(0))
    assert cached(backend)(3) == 9
    assert calls == []


def test_where_nothing_can_wait_and_nothing_is_loaded_it_computes(browser, backend):
    browser()
    cached(backend)(3)
    reload(browser, waits=False)
    f = cached(backend)
    assert [f(3), f(3)] == [9, 9]
    assert calls == [3]


def test_keep_memory_false_leaves_joblibs_own(browser):
    twin = browser()
    joblite.register(n_workers=0, keep_memory=False)
    cached("local")(3)
    run(joblite.flush())
    assert twin.database == {}


def test_a_store_that_fails_is_told_once_and_gone_without(browser, backend, monkeypatch):
    twin = browser()

    async def refuse(*_):
        from joblite._bridge import BridgeError

        raise BridgeError("the store is not available: blocked")

    store = _session.store()._store
    monkeypatch.setattr(store, "read", refuse)
    monkeypatch.setattr(store, "list", refuse)
    with pytest.warns(joblib._store_backends.CacheWarning, match="not available") as caught:
        f = cached(backend)
        assert [f(1), f(2)] == [1, 4]
    assert len([w for w in caught if "not available" in str(w.message)]) == 1
    assert twin.database is not None


def test_paths_of_the_database(browser, monkeypatch):
    browser()
    assert _store.store_path("./cachedir/joblib") == "cachedir/joblib"
    assert _store.store_path("/data/cache") == "/data/cache"
    for path in ("cachedir/joblib/f/func_code.py", "/data/cache/x"):
        assert _store.store_path(_store.file_path(path)) == path


SOURCELESS = """
from joblite._fingerprint import fingerprint
exec("def f(x):\\n    g = lambda: {'a', 'b', x} <= {'c', 'd', 'e'}\\n    return x in {'a', 'b', 'c', 1}")
print(fingerprint(f.__code__))
"""


def test_the_fingerprint_of_code_is_the_same_in_every_interpreter():
    def ask(seed):
        env = {**os.environ, "PYTHONHASHSEED": str(seed)}
        return subprocess.check_output([sys.executable, "-c", SOURCELESS], env=env, text=True)

    assert ask(1) == ask(2)
