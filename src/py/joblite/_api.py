"""The functions of the package; see :mod:`joblite`."""

from __future__ import annotations

import posixpath
from typing import Any

from joblite import _bridge, _registration, _session
from joblite._store import MARK, OUTPUT, mark_of, store_path

#: Workers started ahead of the first use; more are started when `n_jobs` asks for them. Each takes
#: about 60 MB, so a machine of many cores does not get all of them unasked.
MAX_WARM_WORKERS = 4

#: How much of the cache :func:`start` loads ahead.
AHEAD_BYTES = 64 * 1024 * 1024


def register(
    n_workers: int | None = None,
    *,
    keep_memory: bool = True,
    worker_url: str | None = None,
    database_prefix: str = "",
) -> None:
    """Make joblite the default of ``joblib.Parallel`` and ``joblib.Memory``.

    Afterwards the backends ``'joblite'``, ``'loky'`` and ``'multiprocessing'`` are the pool of web
    workers, which starts in the background, and ``Memory('./cachedir')`` survives a reload.
    Calling it again changes the settings of what is not open yet.

    Parameters
    ----------
    n_workers
        How many workers to start ahead: one for each core, at most four, unless said; 0 for none.
        More are started when ``n_jobs`` asks for them.
    keep_memory
        Whether ``Memory``'s default backend is kept in IndexedDB. ``backend='indexeddb'`` always
        is.
    worker_url
        Where the page serves ``pyodide.worker.js`` of the npm package; needed only where its
        policy forbids workers from ``blob:``.
    database_prefix
        Separates applications that share an origin; the same as in JavaScript's ``init``.

    Raises
    ------
    ImportError
        This is not Pyodide.

    Examples
    --------
    >>> import joblite
    >>> joblite.register()  # doctest: +SKIP
    """
    bridge = _bridge.current()
    if not _session.has_pool():
        _session.configure(worker_url, database_prefix)
    _registration.enter(keep_memory)
    if bridge.can_wait():
        # Before anything asks whether the folder is there.
        bridge.wait(_session.files().index())
    if n_workers is None:
        n_workers = min(bridge.cpu_count(), MAX_WARM_WORKERS)
    # Where nothing can ever wait for them, workers would only cost memory.
    if n_workers > 1 and bridge.could_wait():
        _session.pool().workers.ensure(n_workers)


async def start(n_workers: int | None = None) -> None:
    """Wait until workers can run tasks and the cache is loaded; :func:`register` first, if needed.

    Needed only where Python cannot wait by itself. It loads the most recently used part of the
    cache, 64 MiB at most; what is beyond is computed again where Python cannot wait for it.

    Parameters
    ----------
    n_workers
        As in :func:`register`.

    Raises
    ------
    RuntimeError
        No worker can be started; the message says why.
    """
    if not _registration.is_entered():
        register(n_workers)
    bridge = _bridge.current()
    await _session.files().index()
    # This is awaited; whether the code that comes later can wait is not known.
    await _session.store().load_ahead(AHEAD_BYTES)
    wanted = min(bridge.cpu_count(), MAX_WARM_WORKERS) if n_workers is None else n_workers
    if wanted > 1 and bridge.could_wait():
        workers = _session.pool().workers
        workers.ensure(wanted)
        await workers.ready(wanted)


async def flush() -> None:
    """Wait until everything that ``Memory`` has stored survives the end of the page."""
    files = _session.files()
    files.reconcile_all()
    await files.store.flush()


def status() -> dict[str, Any]:
    """Say what joblite has and does.

    Returns
    -------
    dict
        ``registered``: whether joblib uses joblite; ``parallel``: whether ``Parallel`` would use
        workers if called here, and ``reason`` why not; ``cpu_count``; ``workers``: how many are
        ``idle``, ``busy`` and ``starting``, and how many tasks are ``queued``.
    """
    bridge = _bridge.current()
    parallel = bridge.can_wait()
    return {
        "registered": _registration.is_entered(),
        "parallel": parallel,
        "reason": None if parallel else bridge.why_not(),
        "cpu_count": bridge.cpu_count(),
        "workers": _session.pool().workers.status() if _session.has_pool() else None,
    }


async def trust(location: str) -> None:
    """Let ``Memory(location)`` load entries that Python did not write here, such as imported ones.

    A pickle is code: trust only what you would run. What is trusted is the content as it is now: an
    entry that is replaced afterwards, by an import or from JavaScript, is not loaded. It is no
    protection from those who run code on the page's origin.

    Parameters
    ----------
    location
        As given to ``Memory``.
    """
    store = _session.store()
    prefix = posixpath.join(store_path(location), "joblib") + "/"
    rows = await store.list_async(prefix)
    entries = [
        posixpath.dirname(path)
        for path, _, _ in rows
        # JavaScript's functions are not Python's to call.
        if posixpath.basename(path) == OUTPUT and not path.startswith(prefix + "js/")
    ]
    marks: list[_bridge.Operation] = []
    for entry in entries:
        output = await store.read_async(posixpath.join(entry, OUTPUT))
        if output is not None:
            marks.append(("put", posixpath.join(entry, MARK), mark_of(output)))
    store.commit(marks)
    await _session.files().index()


def shutdown() -> None:
    """End the workers and give joblib its own backends back; what is cached stays.

    A ``Parallel`` that is under way raises ``TerminatedWorkerError``.
    """
    _registration.leave()
    _session.close()
