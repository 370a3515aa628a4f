"""A stable stand-in for the source of a function that has none to read, for joblib 1.5.

Code run by ``runPythonAsync`` has no source file. joblib 1.5 then takes ``hash(func.__code__)``,
which is salted anew in every interpreter, so that after a reload each such function looks changed
and its cache is wiped. joblib 1.6 has a fingerprint of its own and needs none of this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import CodeType
from typing import Any

import joblib.func_inspect
import joblib.memory

FuncCode = tuple[str, str | None, int]


def fingerprint(code: CodeType) -> str:
    """Return a digest of what `code` does: bytecode, names and constants, no file or line."""
    constants = [
        fingerprint(constant) if isinstance(constant, CodeType) else _stable_repr(constant)
        for constant in code.co_consts
    ]
    names = (code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars)
    arguments = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    handlers = getattr(code, "co_exceptiontable", b"")
    parts = (code.co_name, code.co_code, handlers, names, arguments, constants)
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _stable_repr(constant: object) -> str:
    # The order of a set of strings is salted too.
    if isinstance(constant, frozenset):
        return f"frozenset({sorted(map(_stable_repr, constant))})"
    if isinstance(constant, tuple):
        return f"({', '.join(map(_stable_repr, constant))})"
    return repr(constant)


def is_needed() -> bool:
    """Whether this joblib would fingerprint by a salted hash."""
    return not hasattr(joblib.func_inspect, "_code_fingerprint")


def replace_in_joblib() -> Callable[[], None]:
    """Have ``Memory`` use :func:`fingerprint`; the result undoes it."""
    original = joblib.memory.get_func_code

    def get_func_code(func: Any) -> FuncCode:
        code, file, line = original(func)
        if line == -1 and isinstance(getattr(func, "__code__", None), CodeType):
            code = fingerprint(func.__code__)
        return code, file, line

    def undo() -> None:
        joblib.memory.get_func_code = original

    joblib.memory.get_func_code = get_func_code
    return undo
