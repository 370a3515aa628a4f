"""``Memory(location, backend="indexeddb")``: joblib's store backend straight on the database.

There is no tree in the file system; entries are those that ``Memory`` with its default backend
keeps, under the same paths.
"""

from __future__ import annotations

import datetime
import io
import os
import re
import warnings
from typing import IO, Any

from joblib._store_backends import CacheItemInfo, StoreBackendBase, StoreBackendMixin

from joblite import _session
from joblite._store import FUNC_CODE, METADATA, OUTPUT, entry_operations, loadable, store_path


class _Staged(io.BytesIO):
    """A file that is handed over when it is closed."""

    def __init__(self, files: dict[str, bytes], name: str) -> None:
        super().__init__()
        self._files = files
        self._name = name

    def close(self) -> None:
        if not self.closed:
            self._files[self._name] = self.getvalue()
        super().close()


class IndexedDBStoreBackend(StoreBackendBase, StoreBackendMixin):  # type: ignore[misc]
    """Entries in IndexedDB, in the database and the layout that joblite's JavaScript uses."""

    def __init__(self) -> None:
        #: Written under joblib's temporary names, not yet moved to their own.
        self._staged: dict[str, bytes] = {}
        #: Outputs whose metadata has not been written: both are kept at once.
        self._held: dict[str, bytes] = {}
        #: The output that was found last, until it is opened: read and checked once a hit.
        self._found: tuple[str, bytes] | None = None

    def configure(
        self, location: str, verbose: int = 1, backend_options: dict[str, Any] | None = None
    ) -> None:
        options = backend_options or {}
        self.location = location
        self.compress = options.get("compress", False)
        self.verbose = verbose
        self.mmap_mode = None
        if options.get("mmap_mode") is not None:
            warnings.warn(
                "backend='indexeddb' has no files to map, mmap_mode is ignored; "
                "Memory's default backend has",
                stacklevel=2,
            )

    def _open_item(self, f: str, mode: str) -> IO[bytes]:
        if "w" in mode:
            return _Staged(self._staged, f)
        data = self._held.get(f) or self._read(f)
        if data is None:
            raise FileNotFoundError(f)
        return io.BytesIO(data)

    def _read(self, file: str) -> bytes | None:
        path = store_path(file)
        if os.path.basename(file) == OUTPUT:
            output = self._find(path)
            self._found = None
            _session.store().touch(path)
            return output
        if os.path.basename(file) == METADATA and not self._may_load(path):
            return None
        return _session.store().read(path)

    def _find(self, path: str) -> bytes | None:
        if self._found is None or self._found[0] != path:
            output = _session.store().read_output(path)
            self._found = None if output is None else (path, output)
        return None if self._found is None else self._found[1]

    def _may_load(self, path: str) -> bool:
        store = _session.store()
        entry = os.path.dirname(path) + "/"
        listed = [p for p in store.ahead if p.startswith(entry)]
        return path in loadable(listed or [p for p, _, _ in store.list(entry)])

    def _item_exists(self, location: str) -> bool:
        path = store_path(location)
        if os.path.basename(location) == OUTPUT:
            return location in self._held or self._find(path) is not None
        store = _session.store()
        inside = path + "/"
        return any(p == path or p.startswith(inside) for p in store.ahead) or any(
            p == path or p.startswith(inside) for p, _, _ in store.list(path)
        )

    # `contains_path` of joblib's mixin asks under this name.
    object_exists = _item_exists

    def _move_item(self, src: str, dst: str) -> None:
        data = self._staged.pop(src)
        self._found = None
        folder, name = os.path.split(dst)
        if name == OUTPUT:
            self._held[dst] = data
        elif name == METADATA and (output := self._held.pop(os.path.join(folder, OUTPUT), None)):
            _session.store().commit(entry_operations(store_path(folder), output, data))
        elif name == FUNC_CODE:
            _session.store().commit([("put", store_path(dst), data)])

    def store_cached_func_code(self, call_id: list[str], func_code: str | None = None) -> None:
        # Written whole: joblib 1.5 would open it in place, and there is no place.
        if func_code is not None:
            file = os.path.join(self.location, *call_id, FUNC_CODE)
            _session.store().commit([("put", store_path(file), func_code.encode())])

    def create_location(self, location: str) -> None:
        """Do nothing: a path needs no folder."""

    def clear_location(self, location: str) -> None:
        self._found = None
        self._held = {f: d for f, d in self._held.items() if not f.startswith(location + "/")}
        _session.store().commit([("deletePrefix", store_path(location) + "/")])

    def get_items(self) -> list[CacheItemInfo]:
        sizes: dict[str, int] = {}
        accesses: dict[str, float] = {}
        for path, size, last_access in _session.store().list(store_path(self.location) + "/"):
            entry = os.path.dirname(path)
            if re.fullmatch("[a-f0-9]{32}", os.path.basename(entry)):
                sizes[entry] = sizes.get(entry, 0) + size
                accesses[entry] = max(accesses.get(entry, 0), last_access)
        return [
            CacheItemInfo(
                os.path.join(self.location, os.path.relpath(entry, store_path(self.location))),
                size,
                datetime.datetime.fromtimestamp(accesses[entry] / 1000),
            )
            for entry, size in sizes.items()
        ]

    def __getstate__(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "location": os.path.abspath(self.location),
            "_found": None,
        }
