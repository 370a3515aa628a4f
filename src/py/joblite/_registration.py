"""joblite's names in joblib: what :func:`joblite.register` puts there and takes out again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import joblib.memory
import joblib.parallel

from joblite import _fingerprint
from joblite._backend import JobliteBackend
from joblite._memory import KeptFileSystemStoreBackend
from joblite._store_backend import IndexedDBStoreBackend

#: The names under which code asks for processes; all mean the worker pool.
PARALLEL_NAMES = ("joblite", "loky", "multiprocessing")


@dataclass(frozen=True)
class _Before:
    """What joblib had before."""

    backends: dict[str, Any]
    default: str
    default_process: str
    stores: dict[str, Any]
    restore_fingerprint: Callable[[], None] | None


_before: _Before | None = None


def enter(keep_memory: bool) -> None:
    """Make joblite the default of ``Parallel`` and, with `keep_memory`, of ``Memory``."""
    global _before
    parallel = joblib.parallel
    if _before is None:
        _before = _Before(
            backends=dict(parallel.BACKENDS),
            default=parallel.DEFAULT_BACKEND,
            default_process=parallel.DEFAULT_PROCESS_BACKEND,
            stores=dict(joblib.memory._STORE_BACKENDS),
            restore_fingerprint=(
                _fingerprint.replace_in_joblib() if _fingerprint.is_needed() else None
            ),
        )
    for name in PARALLEL_NAMES:
        parallel.register_parallel_backend(name, JobliteBackend)
    parallel.DEFAULT_BACKEND = parallel.DEFAULT_PROCESS_BACKEND = "joblite"
    joblib.register_store_backend("indexeddb", IndexedDBStoreBackend)
    local = KeptFileSystemStoreBackend if keep_memory else _before.stores["local"]
    joblib.register_store_backend("local", local)


def leave() -> None:
    """Give joblib back what it had before :func:`enter`."""
    global _before
    if _before is None:
        return
    parallel, stores = joblib.parallel, joblib.memory._STORE_BACKENDS
    for registry, before in ((parallel.BACKENDS, _before.backends), (stores, _before.stores)):
        registry.clear()
        registry.update(before)
    parallel.DEFAULT_BACKEND = _before.default
    parallel.DEFAULT_PROCESS_BACKEND = _before.default_process
    if _before.restore_fingerprint is not None:
        _before.restore_fingerprint()
    _before = None


def is_entered() -> bool:
    """Whether joblib has joblite's names."""
    return _before is not None
