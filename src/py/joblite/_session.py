"""What lives as long as the page's Python: the pool, the store, and the one warning."""

from __future__ import annotations

import io
import os
import sys
import warnings
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from joblite import _bridge
from joblite._kept_files import KeptFiles
from joblite._pool import TaskPool
from joblite._store import StoreClient

#: What a worker gets from the main interpreter's site-packages.
WORKER_PACKAGES = ("joblib", "cloudpickle", "joblite")


@dataclass
class Session:
    """The settings of :func:`joblite.register`, and what was opened with them."""

    worker_url: str | None = None
    database_prefix: str = ""
    pool: TaskPool | None = None
    store: StoreClient | None = None
    files: KeptFiles | None = None
    warned_sequential: bool = False


_session = Session()


def configure(worker_url: str | None, database_prefix: str) -> None:
    """Set what the pool and the store are opened with, on first use."""
    _session.worker_url = worker_url
    _session.database_prefix = database_prefix


def pool() -> TaskPool:
    """Return the pool of workers, opened on first use and shared by all calls."""
    if _session.pool is None:
        bridge = _bridge.current()
        workers = bridge.open_pool(
            packed(WORKER_PACKAGES), _session.database_prefix, _session.worker_url
        )
        _session.pool = TaskPool(bridge, workers)
    return _session.pool


def has_pool() -> bool:
    """Whether the pool was opened."""
    return _session.pool is not None


def store() -> StoreClient:
    """Return the store, opened on first use."""
    if _session.store is None:
        bridge = _bridge.current()
        _session.store = StoreClient(bridge, bridge.open_store(_session.database_prefix))
    return _session.store


def files() -> KeptFiles:
    """Return the mirror of the file system."""
    if _session.files is None:
        _session.files = KeptFiles(store())
    return _session.files


def settle() -> None:
    """Wait, where Python can, until everything that was cached is durable."""
    if _session.store is not None:
        _session.store.settle()


def begin_task() -> None:
    """In a worker: look anew at what other workers and the page have cached."""
    if _session.files is not None:
        _session.files.forget()


def warn_sequential(obstacle: str) -> None:
    """Say, once, that joblib runs sequentially and what would change that."""
    if not _session.warned_sequential:
        _session.warned_sequential = True
        warnings.warn(
            f"joblite: Parallel runs sequentially. {obstacle}",
            RuntimeWarning,
            stacklevel=_callers_level(),
        )


def _callers_level() -> int:
    """Return the `stacklevel` of the code that called joblib or joblite."""
    frame = sys._getframe(1)
    level = 1
    while frame.f_back is not None and _is_ours(frame):
        frame = frame.f_back
        level += 1
    return level


def _is_ours(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__", "").partition(".")[0] in ("joblib", "joblite")


def close() -> None:
    """End the workers and forget everything."""
    global _session
    if _session.pool is not None:
        _session.pool.terminate()
    _session = Session()


def packed(names: tuple[str, ...]) -> bytes:
    """Return a zip archive of packages as they are installed here, with their metadata.

    Left out are tests, which make a sixth of joblib, and the JavaScript, which a worker has.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name in names:
            spec = find_spec(name)
            assert spec is not None and spec.origin is not None
            package = Path(spec.origin).parent
            for folder in (package, *package.parent.glob(f"{name}-*.dist-info")):
                for parent, inside, names_inside in os.walk(folder):
                    inside[:] = [i for i in inside if i not in ("test", "_web", "__pycache__")]
                    for file in names_inside:
                        path = Path(parent, file)
                        zipped.write(path, path.relative_to(package.parent))
    return archive.getvalue()
