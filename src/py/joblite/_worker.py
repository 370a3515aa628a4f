"""The worker's side: what a Pyodide worker of the pool runs, once at its start and for each task.

Plain Python: it gets a payload and gives one back; ``src/ts/workers/pyodide.worker.ts`` does the
messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from joblite import _bridge, _payload, _registration, _session


def prepare(database_prefix: str) -> None:
    """Give joblib the names that the main interpreter has: tasks may use them."""
    _session.configure(None, database_prefix)
    _registration.enter(keep_memory=True)


def run(payload: Sequence[Any]) -> list[Any]:
    """Run a task and return its state, ``"done"`` or ``"failed"``, its pickle and its buffers."""
    _session.begin_task()
    try:
        task = _payload.loads([_bridge.to_bytes_like(part) for part in payload])
        state, (main, buffers) = "done", _payload.dumps(task())
    except BaseException as error:
        # KeyboardInterrupt and SystemExit too: they end the task, not the worker.
        state, (main, buffers) = "failed", _payload.dump_error(error)
    # What the task cached is durable when its caller hears of it.
    _session.settle()
    return [state, main, *buffers]
