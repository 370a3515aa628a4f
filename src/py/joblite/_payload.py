"""How tasks and results travel: a cloudpickle of protocol 5 and its buffers, out of band.

Used on both sides. Large buffers (NumPy arrays, ``pickle.PickleBuffer``) stay out of the pickle,
so that each is copied once on its way and not three times.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Sequence
from typing import Any

import cloudpickle

from joblite._bridge import Buffer


def dumps(value: Any) -> tuple[bytes, list[memoryview]]:
    """Pickle `value`; the second item holds the buffers that the pickle refers to."""
    buffers: list[pickle.PickleBuffer] = []
    main = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return main, [buffer.raw() for buffer in buffers]


def loads(payload: Sequence[Buffer]) -> Any:
    """Rebuild the value of :func:`dumps` from its pickle, followed by its buffers."""
    main, *buffers = payload
    return pickle.loads(main, buffers=buffers)


class RemoteTraceback(Exception):  # noqa: N818 (named as multiprocessing names its own)
    """The traceback that a task's exception had in its worker, as the exception's cause."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


def dump_error(error: BaseException) -> tuple[bytes, list[memoryview]]:
    """Pickle an exception with its traceback; one that cannot be pickled becomes its text."""
    text = "".join(traceback.format_exception(error))
    try:
        main, buffers = dumps((error, text))
        # Many exceptions pickle and then cannot be rebuilt: their `__init__` wants more.
        loads([main, *buffers])
    except Exception:
        return dumps((RuntimeError(f"{type(error).__name__}: {error}"), text))
    return main, buffers


def load_error(payload: Sequence[Buffer]) -> BaseException:
    """Rebuild the exception of :func:`dump_error`, caused by its remote traceback."""
    try:
        error, text = loads(payload)
    except Exception as reason:
        return RuntimeError(f"a task's exception could not be read here: {reason!r}")
    error.__cause__ = RemoteTraceback(text)
    return error  # type: ignore[no-any-return]
