"""The mirror between Pyodide's file system and the database, for ``Memory("./cachedir")``.

joblib goes on working in Pyodide's file system, so code that lists or removes the folder behaves
as on a desktop. Every entry that it writes there is written to the database as well; after a
reload each entry that Python wrote stands in the file system as an empty placeholder, filled when
joblib first opens it. What the user's code removed is removed from the database when the location
is next used. The store backend that uses this is in ``_memory.py``.
"""

from __future__ import annotations

import os

from joblite import _bridge
from joblite._store import (
    FUNC_CODE,
    METADATA,
    OUTPUT,
    StoreClient,
    entry_operations,
    file_path,
    loadable,
    store_path,
)


class KeptFiles:
    """Which files of the file system stand for items of the database."""

    def __init__(self, store: StoreClient) -> None:
        self.store = store
        #: Files whose items are in the database, as far as this Python knows.
        self._known: set[str] = set()
        #: Those of them that are empty yet, with their sizes in bytes.
        self._placeholders: dict[str, int] = {}
        #: Outputs that joblib has written and whose metadata it has not: both are kept at once.
        self._held: set[str] = set()

    async def index(self) -> None:
        """Put a placeholder for every entry of the database, of every location."""
        self._place(await self.store.list_async(""))

    def _place(self, rows: _bridge.Rows) -> None:
        may_load = set(loadable([path for path, _, _ in rows]))
        for path, size, last_access in rows:
            file = file_path(path)
            if path not in may_load or file in self._known or os.path.exists(file):
                continue
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "wb"):
                pass
            os.utime(file, (last_access / 1000, last_access / 1000))
            self._known.add(file)
            self._placeholders[file] = size

    def has(self, file: str) -> bool:
        """Whether `file`, an entry's output, can be loaded; afterwards it is in the file system."""
        file = os.path.abspath(file)
        if not os.path.exists(file):
            if file in self._known:
                self.reconcile(os.path.dirname(os.path.dirname(os.path.dirname(file))))
                return False
            self._place(self.store.list(store_path(os.path.dirname(file)) + "/"))
        if file in self._placeholders:
            if not self.store.can_read(store_path(file)):
                return False
            # Only its content tells whether it may be loaded.
            self.fetch(file)
        return os.path.exists(file)

    def fetch(self, file: str) -> None:
        """Fill `file` from the database, where it is a placeholder or the code of a function."""
        file = os.path.abspath(file)
        missing_code = (
            os.path.basename(file) == FUNC_CODE
            and file not in self._known
            and not os.path.exists(file)
        )
        if file in self._placeholders or missing_code:
            is_output = os.path.basename(file) == OUTPUT
            read = self.store.read_output if is_output else self.store.read
            self._fill(file, read(store_path(file)))

    def _fill(self, file: str, data: bytes | None) -> None:
        placeholder = self._placeholders.pop(file, None) is not None
        if data is not None:
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "wb") as filled:
                filled.write(data)
            self._known.add(file)
        elif placeholder:
            # Evicted since it was listed, not what its mark says, or it cannot be waited for:
            # joblib computes it again.
            os.unlink(file)
            self._known.discard(file)

    def missing_bytes(self, folder: str) -> int:
        """Return the size of what is in `folder` as placeholders only."""
        names = (OUTPUT, METADATA)
        return sum(self._placeholders.get(os.path.join(folder, name), 0) for name in names)

    def written(self, file: str) -> None:
        """Keep `file`, which joblib has put in its place."""
        file = os.path.abspath(file)
        self._placeholders.pop(file, None)
        folder, name = os.path.split(file)
        if name == OUTPUT:
            self._held.add(file)
        elif name == METADATA and os.path.join(folder, OUTPUT) in self._held:
            self._keep_entry(folder)
        elif name == FUNC_CODE:
            self.store.commit([("put", store_path(file), _content(file))])
            self._known.add(file)

    def _keep_entry(self, folder: str) -> None:
        output, metadata = os.path.join(folder, OUTPUT), os.path.join(folder, METADATA)
        self._held.discard(output)
        has_metadata = os.path.exists(metadata)
        self.store.commit(
            entry_operations(
                store_path(folder),
                _content(output),
                _content(metadata) if has_metadata else None,
            )
        )
        self._known.update([output, metadata] if has_metadata else [output])

    def removed(self, folder: str) -> None:
        """Remove `folder`, which joblib has removed, from the database."""
        folder = os.path.abspath(folder)
        for file in self._below(folder):
            self._drop(file)
        self._held = {f for f in self._held if not f.startswith(folder + "/")}
        self.store.commit([("deletePrefix", store_path(folder) + "/")])

    def reconcile(self, folder: str) -> None:
        """Remove from the database what somebody else has removed from `folder`."""
        gone = [file for file in self._below(os.path.abspath(folder)) if not os.path.exists(file)]
        outputs = {os.path.dirname(file) for file in gone if os.path.basename(file) == OUTPUT}
        if gone:
            self.store.commit(
                [("deletePrefix", store_path(entry) + "/") for entry in sorted(outputs)]
                + [("delete", store_path(file)) for file in gone]
            )
        for file in gone:
            self._drop(file)

    def reconcile_all(self) -> None:
        """Do :meth:`reconcile` for all locations, and keep outputs that got no metadata."""
        for output in sorted(self._held):
            if os.path.exists(output):
                self._keep_entry(os.path.dirname(output))
        self.reconcile("/")

    def forget(self) -> None:
        """Take everything known out of the file system: others may have changed the database."""
        for file in list(self._known):
            if os.path.exists(file):
                os.unlink(file)
            self._drop(file)

    def _below(self, folder: str) -> list[str]:
        prefix = folder.rstrip("/") + "/"
        return [file for file in self._known if file.startswith(prefix)]

    def _drop(self, file: str) -> None:
        self._known.discard(file)
        self._placeholders.pop(file, None)


def _content(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()
