"""Values that go to JavaScript and back. `back.py dump list.json` writes a file for each expression,
`back.py check list.json` compares each with what came back. Prints JSON."""

import array
import collections
import datetime
import decimal
import fractions
import functools
import json
import re
import sys
import types
import uuid
import zoneinfo

import classes
import joblib
import numpy as np

MODULES = (array, collections, datetime, decimal, fractions, functools, re, types, uuid, zoneinfo)
NAMES = {"np": np, **vars(classes), **{module.__name__: module for module in MODULES}}


def contents(value: object) -> object:
    """What a value consists of, so that equal contents mean equal values."""
    if isinstance(value, np.ma.MaskedArray):
        return np.asarray(value.data), np.ma.getmaskarray(value), np.asarray(value.fill_value)
    if isinstance(value, np.ndarray):
        items = value.tolist() if value.dtype.hasobject else value.tobytes()
        return value.dtype.descr, value.shape, items
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if isinstance(value, np.random.RandomState):
        return value.get_state()
    if isinstance(value, collections.deque):
        return list(value), value.maxlen
    if isinstance(value, collections.defaultdict):
        return dict(value), value.default_factory
    if isinstance(value, functools.partial):
        return value.func, value.args, value.keywords
    if isinstance(value, datetime.datetime):
        return value.isoformat(), value.fold, value.tzinfo, str(value.tzinfo)
    if isinstance(value, BaseException):
        return value.args
    if type(value) in (types.FunctionType, types.BuiltinFunctionType, type):
        return None
    return getattr(value, "__dict__", None)


def difference(a: object, b: object, path: str = "v") -> str | None:
    """Where two values differ."""
    if type(a) is not type(b):
        return f"at {path}: {type(b)} instead of {type(a)}"
    if isinstance(a, dict) and type(a) is not collections.defaultdict:
        return difference(list(a.items()), list(b.items()), path)
    if isinstance(a, (list, tuple)):
        if len(a) != len(b):
            return f"at {path}: {len(b)} items instead of {len(a)}"
        pairs = (difference(x, y, f"{path}[{i}]") for i, (x, y) in enumerate(zip(a, b, strict=True)))
        return next((problem for problem in pairs if problem), None)
    inner = contents(a)
    if inner:
        return difference(inner, contents(b), path)
    return None if a == b or repr(a) == repr(b) else f"at {path}: {b!r:.100} instead of {a!r:.100}"


def dump(case: dict) -> None:
    joblib.dump(eval(case["python"], NAMES), case["file"], protocol=case["protocol"])


def check(case: dict) -> str | None:
    value = eval(case["python"], NAMES)
    return difference(value, joblib.load(case["back"]))


def answer(case: dict, act) -> dict:
    try:
        return {"problem": act(case)}
    except Exception as error:
        return {"problem": f"{type(error).__name__}: {error}"}


with open(sys.argv[2]) as file:
    print(json.dumps([answer(case, {"dump": dump, "check": check}[sys.argv[1]]) for case in json.load(file)]))
