"""Tasks on the worker pool: futures, and the wait for them.

Nothing here blocks but :meth:`TaskPool.pump`, and callbacks run nowhere else: joblib's callback
dispatches the next batch, so calling it from ``submit`` would recurse once a task.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from joblite import _bridge, _payload

try:
    # joblib users catch loky's; it cannot be imported where there are no processes.
    from joblib.externals.loky.process_executor import (
        TerminatedWorkerError as TerminatedWorkerError,
    )
except ImportError:

    class TerminatedWorkerError(RuntimeError):  # type: ignore[no-redef]
        """A worker ended while it ran a task, or no worker could be started."""


class TaskFuture:
    """A task that was submitted: done once, then its callback is called with it."""

    __slots__ = ("_callback", "_outcome", "call")

    def __init__(self, call: int, callback: Callable[[TaskFuture], Any] | None) -> None:
        self.call = call
        self._callback = callback
        self._outcome: tuple[str, list[Any]] | None = None

    def done(self) -> bool:
        """Whether the task has finished, in whatever way."""
        return self._outcome is not None

    def finish(self, state: str, payload: list[Any]) -> None:
        """Take the outcome and call back."""
        self._outcome = state, payload
        if self._callback is not None:
            self._callback(self)

    def result(self) -> Any:
        """Return what the task returned, or raise what it raised.

        Raises
        ------
        TerminatedWorkerError
            The worker that ran the task is gone.
        """
        assert self._outcome is not None, "the task has not finished"
        state, payload = self._outcome
        if state in ("lost", "unstarted"):
            raise TerminatedWorkerError(str(payload[0]))
        buffers = [_bridge.to_bytes_like(part) for part in payload]
        if state == "failed":
            raise _payload.load_error(buffers)
        return _payload.loads(buffers)


class TaskPool:
    """The futures of the tasks on a :class:`joblite._bridge.WorkerPool`."""

    def __init__(self, bridge: _bridge.Bridge, workers: _bridge.WorkerPool) -> None:
        self._bridge = bridge
        self.workers = workers
        self._pending: dict[int, TaskFuture] = {}
        self._calls = itertools.count(1)

    def new_call(self) -> int:
        """Return an id for the tasks of one call of ``Parallel``."""
        return next(self._calls)

    def submit(
        self,
        call: int,
        func: Callable[[], Any],
        callback: Callable[[TaskFuture], Any] | None = None,
    ) -> TaskFuture:
        """Queue ``func()`` for a worker."""
        main, buffers = _payload.dumps(func)
        future = TaskFuture(call, callback)
        self._pending[self.workers.submit(call, main, buffers)] = future
        return future

    def is_waiting_for(self, call: int) -> bool:
        """Whether a task of `call` has not finished."""
        return any(future.call == call for future in self._pending.values())

    def pump(self, timeout_s: float | None = None) -> None:
        """Wait for a task to finish, at most `timeout_s`, and call back for all that have."""
        finished = self.workers.take()
        if not finished:
            timeout_ms = -1 if timeout_s is None else timeout_s * 1000
            self._bridge.wait(self.workers.changed(timeout_ms))
            finished = self.workers.take()
        self._finish(finished)

    def poll(self) -> None:
        """Call back for the tasks that have finished, without waiting."""
        self._finish(self.workers.take())

    def _finish(self, finished: list[_bridge.Completion]) -> None:
        for task, state, payload in finished:
            future = self._pending.pop(task, None)
            # A cancelled task may have finished in the same moment.
            if future is not None:
                future.finish(state, payload)

    def cancel(self, call: int) -> None:
        """Forget the tasks of `call`; those that run are ended with their workers."""
        self.workers.cancel(call)
        self._pending = {t: f for t, f in self._pending.items() if f.call != call}

    def terminate(self) -> None:
        """End all workers, for good; whoever waits for a task finds that it is lost."""
        self.workers.terminate()
