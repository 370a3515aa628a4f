"""The joblib parallel backend ``joblite``: ``Parallel`` over a pool of Pyodide workers.

The real joblib runs; this class gives it workers and a way to wait for them. Scheduling, batches,
timeouts and generators are joblib's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from joblib.parallel import (
    AutoBatchingMixin,
    FallbackToBackend,
    ParallelBackendBase,
    SequentialBackend,
)

from joblite import _bridge, _session

if TYPE_CHECKING:
    from joblite._pool import TaskFuture, TaskPool

#: Browsers round the clock to as much as this; joblib's rule never grows a batch of duration 0.
CLOCK_RESOLUTION_S = 1e-3

#: While a timeout is to be kept, joblib looks at the clock this often.
TIMEOUT_TICK_S = 0.05


class JobliteBackend(AutoBatchingMixin, ParallelBackendBase):  # type: ignore[misc]
    """Run joblib's batches on web workers, or where it is used in their place.

    Differs from joblib: where Python cannot wait, or no worker can be started, the tasks run
    sequentially in the caller, after one warning that says what to do.
    """

    supports_retrieve_callback = True
    supports_sharedmem = False
    uses_threads = False
    default_n_jobs = -1

    _call: int | None = None
    #: The pool of the call: after a `shutdown` in its midst the session's is another.
    _pool: TaskPool | None = None

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        if n_jobs is None:
            return 1
        if n_jobs < 0:
            return max(_bridge.current().cpu_count() + 1 + n_jobs, 1)
        return n_jobs

    def configure(self, n_jobs: int | None = 1, parallel: Any = None, **_: Any) -> int:
        n_jobs = self.effective_n_jobs(n_jobs)
        if n_jobs > 1 and _bridge.current().in_worker:
            n_jobs = 1
        elif n_jobs > 1 and (obstacle := self._obstacle(n_jobs)):
            _session.warn_sequential(obstacle)
            n_jobs = 1
        if n_jobs == 1:
            raise FallbackToBackend(SequentialBackend(nesting_level=self.nesting_level))
        self.parallel = parallel
        return n_jobs

    def _obstacle(self, n_jobs: int) -> str | None:
        """Say why tasks cannot run on workers here and now; None where they can."""
        bridge = _bridge.current()
        if not bridge.can_wait():
            return f"Python cannot wait for workers here; {bridge.why_not()}"
        try:
            workers = _session.pool().workers
            workers.ensure(n_jobs)
            bridge.wait(workers.ready(1))
        except _bridge.BridgeError as error:
            return str(error)
        return None

    def start_call(self) -> None:
        pool, parallel = _session.pool(), self.parallel
        # A `shutdown` between two calls of one object leaves a pool without workers.
        pool.workers.ensure(parallel._effective_n_jobs())
        self._pool = pool
        self._call = call = pool.new_call()
        _session.settle()
        more_to_retrieve = type(parallel)._wait_retrieval

        def wait_retrieval() -> bool:
            # joblib's own loop polls with `time.sleep`, which lets no message in. It asks this
            # first, and a job that is ready now is not slept for.
            pool.poll()
            while more_to_retrieve(parallel) and not parallel._aborting:
                if parallel.return_ordered:
                    # `get_status` also keeps the time of `timeout`.
                    jobs = parallel._jobs
                    if jobs and jobs[0].get_status(timeout=parallel.timeout) != "Pending":
                        break
                elif parallel._jobs:
                    break
                if not pool.is_waiting_for(call):
                    break
                pool.pump(None if parallel.timeout is None else TIMEOUT_TICK_S)
                if parallel.timeout is not None and not parallel.return_ordered:
                    break
            return bool(more_to_retrieve(parallel))

        parallel._wait_retrieval = wait_retrieval

    def stop_call(self) -> None:
        self.parallel.__dict__.pop("_wait_retrieval", None)
        self._call = self._pool = None

    def submit(
        self, func: Callable[[], Any], callback: Callable[[TaskFuture], Any] | None = None
    ) -> TaskFuture:
        assert self._call is not None and self._pool is not None, "submit outside of a call"
        return self._pool.submit(self._call, func, callback)

    def retrieve_result_callback(self, out: TaskFuture) -> Any:
        return out.result()

    def batch_completed(self, batch_size: int, duration: float) -> None:
        super().batch_completed(batch_size, max(duration, CLOCK_RESOLUTION_S))

    def abort_everything(self, ensure_ready: bool = True) -> None:
        if self._call is not None and self._pool is not None:
            self._pool.cancel(self._call)

    def get_nested_backend(self) -> tuple[SequentialBackend, None]:
        # The workers are taken by the outer call, and this object cannot be pickled to them.
        return SequentialBackend(nesting_level=(self.nesting_level or 0) + 1), None
