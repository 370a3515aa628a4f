"""joblite's database as joblib's store backends need it: reads that return, writes that begin.

Also the names and paths of what Python keeps there. The layout is joblib's on disk,
``<location>/joblib/<func_id>/<args_id>/output.pkl``, and one item more in each entry that Python
wrote: the mark. A pickle is code, and not only Python writes the database: an import of a file and
JavaScript write joblib's own three names. An entry is loaded only where the mark beside it is the
SHA-256 of the very bytes that are to be loaded, so neither a new entry nor one that replaces
Python's is, until :func:`joblite.trust`. This is against imports and accidents; whoever runs code
on the origin can write marks too.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import warnings
from collections.abc import Sequence

from joblib._store_backends import CacheWarning

from joblite import _bridge

OUTPUT = "output.pkl"
METADATA = "metadata.json"
FUNC_CODE = "func_code.py"
#: Stands beside the ``output.pkl`` that Python wrote through joblite, or the user trusts, and
#: holds what :func:`mark_of` gives for it.
MARK = "python.mark"


def store_path(path: str) -> str:
    """Return the path in the database that stands for `path` in the file system.

    What is in the home folder is relative to it, so that ``Memory("./cachedir")`` is ``cachedir``
    there, as JavaScript calls it; other paths keep their leading slash.

    Examples
    --------
    >>> store_path("/data/../cache")
    '/cache'
    """
    path = os.path.abspath(path)
    home = os.path.expanduser("~")
    return os.path.relpath(path, home) if path.startswith(home + "/") else path


def file_path(path: str) -> str:
    """Return the path in the file system for `path` in the database: :func:`store_path` undone."""
    return os.path.join(os.path.expanduser("~"), path)


def mark_of(output: bytes) -> bytes:
    """Return the mark of an ``output.pkl``: its SHA-256 in hexadecimal digits."""
    return hashlib.sha256(output).hexdigest().encode()


def entry_operations(entry: str, output: bytes, metadata: bytes | None) -> list[_bridge.Operation]:
    """Return what writes an entry at once: output, metadata and the mark."""
    operations: list[_bridge.Operation] = [
        ("put", posixpath.join(entry, OUTPUT), output),
        ("put", posixpath.join(entry, MARK), mark_of(output)),
    ]
    if metadata is not None:
        operations.append(("put", posixpath.join(entry, METADATA), metadata))
    return operations


def loadable(paths: Sequence[str]) -> list[str]:
    """Return those of `paths` that Python may load: marked entries, and the code beside them.

    Whether a mark is that of its output, only :meth:`StoreClient.read_output` can tell.
    """
    entries = {posixpath.dirname(p) for p in paths if posixpath.basename(p) == MARK}
    functions = {posixpath.dirname(entry) for entry in entries}
    return [
        path
        for path in paths
        if (posixpath.basename(path) in (OUTPUT, METADATA) and posixpath.dirname(path) in entries)
        or (posixpath.basename(path) == FUNC_CODE and posixpath.dirname(path) in functions)
    ]


class StoreClient:
    """The store, and what to do when it cannot be had: go on without, and say so once."""

    def __init__(self, bridge: _bridge.Bridge, store: _bridge.Store) -> None:
        self._bridge = bridge
        self._store = store
        self._warned = False
        self._warned_refused = False
        #: Loaded before it was asked for, for where reads cannot be waited for.
        self.ahead: dict[str, bytes] = {}

    def can_read(self, path: str = "") -> bool:
        """Whether :meth:`read` can ask the database, or has `path` already."""
        return path in self.ahead or self._bridge.can_wait()

    def read(self, path: str) -> bytes | None:
        """Return what is stored at `path`, None where nothing is or nothing can be waited for."""
        if not self._bridge.can_wait():
            return self.ahead.get(path)
        return self._bridge.wait(self.read_async(path))

    async def read_async(self, path: str) -> bytes | None:
        """Return what is stored at `path`, after all that was committed before."""
        await self.settle_async()
        try:
            return await self._store.read(path)
        except _bridge.BridgeError as error:
            self._warn(str(error))
            return None

    def read_output(self, path: str) -> bytes | None:
        """Return the ``output.pkl`` at `path` if its mark is that of these bytes, else None.

        Where there is a mark and it is another's, a warning says so, once.
        """
        mark_path = posixpath.join(posixpath.dirname(path), MARK)
        # The second time, because another tab may write the entry anew between the two reads.
        for _ in range(2):
            mark = self.read(mark_path)
            output = None if mark is None else self.read(path)
            if output is None or mark == mark_of(output):
                return output
        self._warn_refused(path)
        return None

    def list(self, prefix: str) -> _bridge.Rows:
        """Return the rows under `prefix`, none where nothing can be waited for."""
        return self._bridge.wait(self.list_async(prefix)) if self._bridge.can_wait() else []

    async def list_async(self, prefix: str) -> _bridge.Rows:
        """Return what :meth:`list` does."""
        await self.settle_async()
        try:
            return await self._store.list(prefix)
        except _bridge.BridgeError as error:
            self._warn(str(error))
            return []

    async def load_ahead(self, limit_bytes: int) -> None:
        """Load what Python may load, most recently used first, up to `limit_bytes`."""
        rows = await self.list_async("")
        may_load = set(loadable([path for path, _, _ in rows]))
        for path, size, _ in sorted(rows, key=lambda row: -row[2]):
            is_wanted = path in may_load or posixpath.basename(path) == MARK
            if is_wanted and size <= limit_bytes and path not in self.ahead:
                limit_bytes -= size
                data = await self.read_async(path)
                if data is not None:
                    self.ahead[path] = data

    def commit(self, operations: Sequence[_bridge.Operation]) -> None:
        """Begin to write; it is durable when :meth:`settle_async` is done."""
        self._keep_ahead(operations, everything=not self._bridge.can_wait())
        self._store.commit(operations)

    def _keep_ahead(self, operations: Sequence[_bridge.Operation], everything: bool) -> None:
        """Bring what is ahead up to date; with `everything`, add what could not be read back."""
        for operation in operations:
            kind, path = operation[:2]
            if kind == "put" and (everything or path in self.ahead):
                self.ahead[path] = operation[2]  # type: ignore[misc]
            elif kind == "deletePrefix":
                self.ahead = {p: d for p, d in self.ahead.items() if not p.startswith(path)}
            elif kind == "delete":
                self.ahead.pop(path, None)

    def touch(self, path: str) -> None:
        """Note that `path` was used; written a little later."""
        self._store.touch(path)

    def settle(self) -> None:
        """Wait until everything committed is durable, where Python can wait."""
        if self._store.pending() and self._bridge.can_wait():
            self._bridge.wait(self.settle_async())

    async def settle_async(self) -> None:
        """Wait until everything committed is durable."""
        if self._store.pending():
            for failure in await self._store.settled():
                self._warn(failure)

    async def flush(self) -> None:
        """Wait until everything is durable, the times of use as well."""
        for failure in await self._store.flush():
            self._warn(failure)

    def _warn_refused(self, path: str) -> None:
        if not self._warned_refused:
            self._warned_refused = True
            warnings.warn(
                f"joblite: {path} is not what Python wrote there, so it is computed again. If you "
                "would run what is in it, call joblite.trust(location)",
                CacheWarning,
                stacklevel=3,
            )

    def _warn(self, reason: str) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"joblite: what Memory keeps is lost on reload: {reason}",
                CacheWarning,
                stacklevel=3,
            )
