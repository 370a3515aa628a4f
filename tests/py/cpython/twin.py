"""The bridge's twin for plain CPython: workers are processes, the database is a dictionary.

The workers run joblite's own `_worker` module, and a worker that ends is noticed, so that all of
joblite's Python is tested but `_bridge.PyodideBridge`, which only a browser can run.
"""

import itertools
import multiprocessing
import time
from multiprocessing.connection import wait

from joblite import _bridge

CORES = 3


class Twin:
    """A browser with three cores; `waits` says whether Python can wait in it."""

    def __init__(self, database=None, waits=True, starts=True):
        self.in_worker = False
        self.waits = waits
        self.starts = starts
        self.database = {} if database is None else database

    def can_wait(self):
        return self.waits

    def could_wait(self):
        return self.waits

    def why_not(self):
        return "this twin has no JSPI"

    def wait(self, awaitable):
        assert self.waits
        return run(awaitable)

    def cpu_count(self):
        return CORES

    def open_pool(self, packages, database_prefix, worker_url):
        return ProcessPool(database_prefix, self.starts)

    def open_store(self, database_prefix):
        return DictStore(self.database)


def run(awaitable):
    """Run a coroutine of the twin, which may block but has nothing else to wait for."""
    try:
        awaitable.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the twin's coroutines never suspend")


class WorkerTwin(Twin):
    def __init__(self):
        super().__init__()
        self.in_worker = True


def serve(connection, database_prefix):
    from joblite import _worker

    _bridge.install(WorkerTwin())
    _worker.prepare(database_prefix)
    while True:
        state, *payload = _worker.run(connection.recv())
        connection.send((state, [bytes(part) for part in payload]))


class ProcessPool:
    def __init__(self, database_prefix, starts):
        self._starts = starts
        self._prefix = database_prefix
        self._context = multiprocessing.get_context("spawn")
        self._workers = {}  # connection -> process
        self._busy = {}  # connection -> (id, call)
        self._queue = []
        self._finished = []
        self._ids = itertools.count(1)
        self._terminated = False

    def ensure(self, n_workers):
        while self._starts and not self._terminated and len(self._workers) < n_workers:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(target=serve, args=(theirs, self._prefix), daemon=True)
            process.start()
            theirs.close()
            self._workers[ours] = process

    async def ready(self, n_workers):
        if not self._starts:
            raise _bridge.BridgeError("workers are forbidden here. Allow them")

    def submit(self, call, main, buffers):
        task = next(self._ids)
        if self._terminated:
            self._finished.append((task, "lost", ["shutdown"]))
        else:
            self._queue.append((task, call, [main, *(bytes(b) for b in buffers)]))
            self._feed()
        return task

    def _feed(self):
        for connection in self._workers:
            if self._queue and connection not in self._busy:
                task, call, payload = self._queue.pop(0)
                self._busy[connection] = task, call
                connection.send(payload)

    def _receive(self, timeout):
        for connection in wait(list(self._busy), timeout):
            task, _ = self._busy.pop(connection)
            try:
                self._finished.append((task, *connection.recv()))
            except EOFError:
                self._finished.append((task, "lost", ["the worker is gone"]))
                self._end(connection)
        self._feed()

    def _end(self, connection):
        self._busy.pop(connection, None)
        process = self._workers.pop(connection)
        process.kill()
        process.join()
        self.ensure(len(self._workers) + 1)

    def take(self):
        self._receive(0)
        finished, self._finished = self._finished, []
        return finished

    async def changed(self, timeout_ms):
        if not self._finished and not self._terminated:
            self._receive(None if timeout_ms < 0 else timeout_ms / 1000)

    def cancel(self, call):
        self._queue = [task for task in self._queue if task[1] != call]
        for connection, (_, running) in list(self._busy.items()):
            if running == call:
                self._end(connection)

    def status(self):
        busy = len(self._busy)
        idle = len(self._workers) - busy
        return {"idle": idle, "busy": busy, "starting": 0, "queued": len(self._queue)}

    def terminate(self):
        self._terminated = True
        unfinished = [*self._queue, *self._busy.values()]
        self._finished += [(task, "lost", ["shutdown"]) for task, *_ in unfinished]
        self._queue.clear()
        self._busy.clear()
        for process in self._workers.values():
            process.kill()
            process.join()
        self._workers.clear()


class DictStore:
    """Content and last access by path. A commit is durable when `settled` has run, as in a browser."""

    def __init__(self, database):
        self.database = database
        self._begun = []

    async def read(self, path):
        return self.database[path][0] if path in self.database else None

    async def list(self, prefix):
        return [
            (path, len(content), access)
            for path, (content, access) in sorted(self.database.items())
            if path.startswith(prefix)
        ]

    def commit(self, operations):
        self._begun.append(operations)

    def touch(self, path):
        if path in self.database:
            self.database[path] = self.database[path][0], time.time() * 1000

    async def flush(self):
        return await self.settled()

    def pending(self):
        return bool(self._begun)

    async def settled(self):
        for kind, path, *content in itertools.chain.from_iterable(self._begun):
            if kind == "put":
                self.database[path] = content[0], time.time() * 1000
            elif kind == "delete":
                self.database.pop(path, None)
            elif kind == "deletePrefix":
                for found in [p for p in self.database if p.startswith(path)]:
                    del self.database[found]
        self._begun = []
        return []
