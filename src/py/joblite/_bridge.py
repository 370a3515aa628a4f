"""The one door between Python and the browser.

Everything that names ``js`` or ``pyodide`` is in this module; the rest of joblite speaks to the
:class:`Bridge` that :func:`current` gives. Tests in plain CPython put a twin in its place with
:func:`install`.

It is not the JavaScript side: that is the bundle in ``_web/``, built from ``src/ts/pyodide``.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Sequence
from importlib.resources import files
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Buffer = bytes | bytearray | memoryview

#: A change of the store: ``("put", path, bytes)``, ``("delete", path)`` or
#: ``("deletePrefix", prefix)``.
Operation = tuple[str, str] | tuple[str, str, bytes]

#: What the store lists: path, size in bytes, last access in ms since 1970.
Row = tuple[str, int, float]
Rows = list[Row]
Texts = list[str]

#: A finished task: its id, one of ``"done"``, ``"failed"`` (the task raised), ``"lost"`` (its
#: worker is gone) or ``"unstarted"`` (no worker could be started), and the payload: pickles and
#: buffers for the first two, a text for the others.
Completion = tuple[int, str, list[Any]]


class BridgeError(RuntimeError):
    """The browser refused; the message says what and, where there is a way, what to do."""


class WorkerPool(Protocol):
    """A pool of workers, each with a Python of its own."""

    def ensure(self, n_workers: int) -> None:
        """Have at least `n_workers` workers, started or starting."""

    def ready(self, n_workers: int) -> Awaitable[None]:
        """Wait for `n_workers` that can run tasks.

        Raises
        ------
        BridgeError
            No worker can be started.
        """

    def submit(self, call: int, main: bytes, buffers: Sequence[Buffer]) -> int:
        """Queue a task of `call` and return its id."""

    def take(self) -> list[Completion]:
        """Return the tasks that finished since the last time, in the order in which they did."""

    def changed(self, timeout_ms: float) -> Awaitable[None]:
        """Wait until :meth:`take` has something, at most `timeout_ms`; not once terminated."""

    def cancel(self, call: int) -> None:
        """Drop the tasks of `call`; a worker that runs one of them is replaced."""

    def status(self) -> dict[str, int]:
        """Return how many workers are ``idle``, ``busy`` and ``starting``, and tasks ``queued``."""

    def terminate(self) -> None:
        """End all workers, for good; unfinished tasks, and those to come, are ``"lost"``."""


class Store(Protocol):
    """joblite's database: bytes under paths. Operations are those of the JavaScript side."""

    def read(self, path: str) -> Awaitable[bytes | None]:
        """Return what is stored at `path`."""

    def commit(self, operations: Sequence[Operation]) -> None:
        """Start a transaction at once."""

    def touch(self, path: str) -> None:
        """Note that `path` was used; written a little later."""

    def pending(self) -> bool:
        """Whether :meth:`settled` has something to wait for, or to tell."""

    def settled(self) -> Awaitable[Texts]:
        """Wait until all commits are durable; return why those failed that did."""

    def flush(self) -> Awaitable[Texts]:
        """Do as :meth:`settled`, with the times of use written too."""

    def list(self, prefix: str) -> Awaitable[Rows]:
        """Return the rows of all paths that start with `prefix`."""


class Bridge(Protocol):
    """What joblite needs from where it runs."""

    #: True inside a worker of a pool.
    in_worker: bool

    def can_wait(self) -> bool:
        """Whether :meth:`wait` can be called here and now."""

    def could_wait(self) -> bool:
        """Whether :meth:`wait` can be called anywhere in this browser."""

    def why_not(self) -> str:
        """Say why :meth:`can_wait` is false, and what to do."""

    def wait(self, awaitable: Awaitable[T]) -> T:
        """Block until `awaitable` is done."""

    def cpu_count(self) -> int:
        """Return the number of cores that the browser tells."""

    def open_pool(
        self, packages: bytes, database_prefix: str, worker_url: str | None
    ) -> WorkerPool:
        """Open a pool; `packages` is a zip archive that is unpacked into its workers."""

    def open_store(self, database_prefix: str) -> Store:
        """Open the store."""


_installed: Bridge | None = None


def install(bridge: Bridge | None) -> None:
    """Put `bridge` in place of the browser's; None takes it out again."""
    global _installed
    _installed = bridge


def current() -> Bridge:
    """Return the bridge to where this Python runs.

    Raises
    ------
    ImportError
        This is not Pyodide.
    """
    global _installed
    if _installed is None:
        if sys.platform != "emscripten":
            raise ImportError(
                "joblite runs in Pyodide, in a web page; elsewhere joblib itself is parallel "
                "and keeps its cache on disk"
            )
        _installed = PyodideBridge()
    return _installed


class PyodideBridge:
    """The bridge to the browser, by the JavaScript bundle in ``_web/``."""

    def __init__(self) -> None:
        try:
            # A worker of the pool, or a page whose policy forbids `eval`, provides the module.
            import _joblite_web as web  # type: ignore[import-not-found]
        except ImportError:
            web = _load_bundle()
        self._web = web
        self.in_worker = bool(web.inWorker)
        if not self.in_worker:
            # A worker has been sent the compiled engine.
            web.setEngine(_to_buffer(_web_file("joblite.wasm")))

    def can_wait(self) -> bool:
        from pyodide.ffi import can_run_sync

        return bool(can_run_sync())

    def could_wait(self) -> bool:
        return bool(self._web.hasJspi())

    def why_not(self) -> str:
        if self.could_wait():
            return "run the code with pyodide.runPythonAsync, where Python can wait"
        return (
            "this browser has no JavaScript Promise Integration (JSPI); "
            "Chromium 137 and Firefox 153, or later, have it"
        )

    def wait(self, awaitable: Awaitable[T]) -> T:
        from pyodide.ffi import run_sync

        return run_sync(awaitable)  # type: ignore[no-any-return]

    def cpu_count(self) -> int:
        return int(self._web.cpuCount())

    def open_pool(
        self, packages: bytes, database_prefix: str, worker_url: str | None
    ) -> WorkerPool:
        import pyodide_js

        source = None if worker_url else _web_file("pyodide.worker.js").decode()
        return PyodidePool(
            self._web.openPool(
                pyodide_js, _to_buffer(packages), database_prefix, worker_url, source
            )
        )

    def open_store(self, database_prefix: str) -> Store:
        return PyodideStore(self._web.openStore(database_prefix))


class PyodidePool:
    """The pool of ``src/ts/pyodide/pool.ts``."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def ensure(self, n_workers: int) -> None:
        self._pool.ensure(n_workers)

    async def ready(self, n_workers: int) -> None:
        await _javascript(self._pool.ready(n_workers))

    def submit(self, call: int, main: bytes, buffers: Sequence[Buffer]) -> int:
        from pyodide.ffi import to_js

        return int(self._pool.submit(call, to_js([_to_buffer(b) for b in (main, *buffers)])))

    def take(self) -> list[Completion]:
        return [(int(done.id), str(done.state), list(done.payload)) for done in self._pool.take()]

    def changed(self, timeout_ms: float) -> Awaitable[None]:
        # The promise itself: a coroutine would cost a turn of the event loop for each result.
        return self._pool.changed(timeout_ms)  # type: ignore[no-any-return]

    def cancel(self, call: int) -> None:
        self._pool.cancel(call)

    def status(self) -> dict[str, int]:
        return dict(self._pool.status().to_py())

    def terminate(self) -> None:
        self._pool.terminate()


class PyodideStore:
    """The store of ``src/ts/pyodide/store.ts``."""

    def __init__(self, store: Any) -> None:
        self._store = store

    async def read(self, path: str) -> bytes | None:
        found = await _javascript(self._store.read(path))
        return None if found is None else b"".join(part.to_bytes() for part in found)

    def commit(self, operations: Sequence[Operation]) -> None:
        from pyodide.ffi import to_js

        plain = [[*op[:2], *(_to_buffer(data) for data in op[2:])] for op in operations]
        self._store.commit(to_js(plain))

    def touch(self, path: str) -> None:
        self._store.touch(path)

    def pending(self) -> bool:
        return bool(self._store.pending())

    async def settled(self) -> Texts:
        return [str(failure) for failure in await _javascript(self._store.settled())]

    async def flush(self) -> Texts:
        return [str(failure) for failure in await _javascript(self._store.flush())]

    async def list(self, prefix: str) -> Rows:
        rows = await _javascript(self._store.list(prefix))
        return [(str(path), int(size), float(access)) for path, size, access in rows.to_py()]


async def _javascript(promise: Awaitable[T]) -> T:
    """Await a promise; what it rejects with becomes a :class:`BridgeError`."""
    from pyodide.ffi import JsException

    try:
        return await promise
    except JsException as error:
        raise BridgeError(str(getattr(error, "message", error))) from error


def to_bytes_like(data: Any) -> Buffer:
    """Copy a JavaScript buffer into writable memory of Python; what is Python's stays as it is."""
    return data.to_memoryview() if hasattr(data, "to_memoryview") else data  # type: ignore[no-any-return]


def _to_buffer(data: Buffer) -> Any:
    import js

    array = js.Uint8Array.new(memoryview(data).nbytes)
    array.assign(data)
    return array.buffer


def _web_file(name: str) -> bytes:
    return (files("joblite") / "_web" / name).read_bytes()


def _load_bundle() -> Any:
    from pyodide.code import run_js

    try:
        return run_js(_web_file("bridge.js").decode())
    except FileNotFoundError as error:
        raise ImportError("joblite's wheel is incomplete: _web/bridge.js is missing") from error
