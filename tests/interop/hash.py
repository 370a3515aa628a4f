"""Gives what `joblib.hash` gives for values that are described in JSON or by an expression. Prints JSON."""

import collections
import datetime
import json
import math
import pickle
import struct
import sys
import types

import joblib
import numpy as np
from joblib import hashing

UTC = datetime.timezone.utc
NAMES = {"np": np, "datetime": datetime, "math": math, "UTC": UTC, "collections": collections}


def build(description: list, known: list) -> object:
    """The value of a description; `known` are its containers so far, which it may refer to."""
    kind, *rest = description
    if kind == "none":
        return None
    if kind in ("bool", "str"):
        return rest[0]
    if kind == "int":
        return int(rest[0])
    if kind == "float":
        return struct.unpack(">d", bytes.fromhex(rest[0]))[0]
    if kind == "bytes":
        return bytes.fromhex(rest[0])
    if kind == "ref":
        return known[rest[0]]
    if kind == "tuple":
        value = tuple(build(item, known) for item in rest[0])
    elif kind == "set":
        value = {build(item, known) for item in rest[0]}
        if len(value) != len(rest[0]):
            raise ValueError("equal items")
    elif kind == "date":
        value = datetime.datetime(1970, 1, 1, tzinfo=UTC) + datetime.timedelta(milliseconds=rest[0])
    elif kind == "array":
        dtype, shape, order, content = rest
        dtype = np.lib.format.descr_to_dtype(fields(dtype))
        if content:
            value = np.ndarray(shape, dtype, bytearray.fromhex(content), order=order)
        else:
            value = np.empty(shape, dtype, order)
    elif kind == "objects":
        shape, items = rest
        value = np.empty(shape, object)
        for index, item in enumerate(items):
            value.flat[index] = build(item, known)
    else:
        value = [] if kind == "list" else {}
        known.append(value)
        if kind == "list":
            value.extend(build(item, known) for item in rest[0])
        else:
            for key, item in rest[0]:
                key = build(key, known)
                value[key] = build(item, known)
            if len(value) != len(rest[0]):
                raise ValueError("equal keys")
        return value
    known.append(value)
    return value


def fields(dtype: object) -> object:
    """A `descr` from JSON, as in a program's source: fields are tuples, equal names one object."""
    if isinstance(dtype, str):
        return dtype
    return [(sys.intern(name), fields(inner), *map(tuple, shape)) for name, inner, *shape in dtype]


def answer(case: dict) -> list[str]:
    value = eval(case["python"], dict(NAMES)) if "python" in case else build(case["value"], [])
    hashes = [hashing.hash(value, name) for name in ("md5", "sha1")]
    hashing.pickle = NEXT
    hashes += [hashing.hash(value, name) for name in ("md5", "sha1")]
    hashing.pickle = pickle
    return hashes


# joblib under Python 3.14, whose default protocol is 5: joblib's own pickler asks for 3 in any case.
NEXT = types.ModuleType("pickle")
NEXT.__dict__.update(pickle.__dict__)
NEXT.dumps = lambda value: pickle.dumps(value, 5)

if pickle.DEFAULT_PROTOCOL != 4:
    raise SystemExit("this compares with protocol 4 and 5; Python's own is another one")
with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps({"joblib": joblib.__version__, "hashes": [answer(case) for case in cases]}))
