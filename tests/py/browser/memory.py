"""`Memory` in the page, over reloads: the suite runs `first_visit`, reloads, runs `second_visit`."""

import os
import shutil
import time

import joblite
from joblib import Memory, Parallel, delayed

joblite.register(n_workers=0)
ran = []


def function():
    """One for each location: joblib writes the code of a function to one location only."""

    def square(x):
        ran.append(x)
        return {"x": x, "square": x * x, "bytes": bytes(100_000)}

    return square


def costly(x):
    time.sleep(0.2)
    return x + 1


def backends():
    return {name: Memory(f"./cache-{name}", backend=name, verbose=0) for name in ("local", "indexeddb")}


def visit():
    """Call each function twice, and say how often its body ran and how long a hit took."""
    told = {}
    for name, memory in backends().items():
        ran.clear()
        f = memory.cache(function())
        assert f(3)["square"] == f(3)["square"] == 9
        started = time.perf_counter()
        f(4)
        told[name] = {"ran": len(ran), "ms": round(1000 * (time.perf_counter() - started), 1)}
    return told


def remove_folder():
    """The tutorials' first lines."""
    was_there = os.path.exists("./cache-local")
    if was_there:
        shutil.rmtree("./cache-local")
    ran.clear()
    backends()["local"].cache(function())(3)
    return [was_there, len(ran)]


def shared_with_workers():
    """Cached in workers, found again by other workers and by the page."""
    f = Memory("./shared", verbose=0).cache(costly)
    times = []
    for _ in range(2):
        started = time.perf_counter()
        assert Parallel(n_jobs=2)(delayed(f)(i) for i in range(6)) == [1, 2, 3, 4, 5, 6]
        times.append(time.perf_counter() - started)
    assert all(f.check_call_in_cache(i) for i in range(6))
    print(f"cached and parallel: first {times[0]:.2f} s, then {times[1]:.2f} s")
