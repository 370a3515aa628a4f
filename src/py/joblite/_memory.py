"""``Memory("./cachedir")`` after ``register()``: joblib's file-system backend, kept over a reload.

The files are joblib's own; :class:`joblite._kept_files.KeptFiles` mirrors them.
"""

from __future__ import annotations

import os
from typing import IO, Any

from joblib._store_backends import CacheItemInfo, FileSystemStoreBackend

from joblite import _session
from joblite._store import FUNC_CODE, OUTPUT, store_path


class KeptFileSystemStoreBackend(FileSystemStoreBackend):  # type: ignore[misc]
    """joblib's ``local`` store backend, whose entries survive a reload of the page."""

    def configure(
        self, location: str, verbose: int = 1, backend_options: dict[str, Any] | None = None
    ) -> None:
        _session.files().reconcile(location)
        super().configure(location, verbose=verbose, backend_options=backend_options)

    def _open_item(self, f: str, mode: str) -> IO[Any]:
        if "r" in mode:
            _session.files().fetch(f)
        return open(f, mode)

    def _move_item(self, src: str, dst: str) -> None:
        super()._move_item(src, dst)
        if os.path.basename(dst) != FUNC_CODE:
            _session.files().written(dst)

    def contains_item(self, call_id: tuple[str, ...]) -> bool:
        return _session.files().has(os.path.join(self.location, *call_id, OUTPUT))

    def load_item(self, call_id: tuple[str, ...], *args: Any, **kwargs: Any) -> Any:
        file = os.path.join(self.location, *call_id, OUTPUT)
        # Not left to `_open_item`: with `mmap_mode` joblib opens the file itself.
        _session.files().fetch(file)
        item = super().load_item(call_id, *args, **kwargs)
        _session.files().store.touch(store_path(file))
        return item

    def store_cached_func_code(self, call_id: list[str], func_code: str | None = None) -> None:
        super().store_cached_func_code(call_id, func_code)
        if func_code is not None:
            # joblib 1.5 writes it in place, 1.6 moves it there.
            _session.files().written(os.path.join(self.location, *call_id, FUNC_CODE))

    def clear_location(self, location: str) -> None:
        super().clear_location(location)
        _session.files().removed(location)

    def get_items(self) -> list[CacheItemInfo]:
        files = _session.files()
        return [
            item._replace(size=item.size + files.missing_bytes(os.path.abspath(item.path)))
            for item in super().get_items()
        ]

    def __getstate__(self) -> dict[str, Any]:
        # A worker has its own current folder.
        return {**self.__dict__, "location": os.path.abspath(self.location)}
