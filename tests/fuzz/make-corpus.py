"""Makes the seeds of the pickle targets with joblib: `python make-corpus.py`, in the tests' environment."""

import collections
import datetime
import decimal
import fractions
import io
import pathlib
import uuid

import joblib
import numpy as np
import pandas as pd

UTC = datetime.timezone.utc
CYCLE = {"name": "a", "list": []}
CYCLE["list"].append((CYCLE, CYCLE["list"]))
FIELDS = [("a", "<i4"), ("b", "<f4", (2,)), ("c", [("d", "M8[s]"), ("e", "<U3")])]
VALUES = {
    "scalars": [None, True, 0, 255, 70000, -1, 2**53, -(2**100), 1.5, "é\U0001f600", "\ud83d", b"ab"],
    "containers": [(), (1,), (1, 2, 3, 4), {"a": {1: "x", (1, 2): None}}, {1, 2}, frozenset("a"), []],
    "builtins": [1 + 2j, range(3), slice(1, 2), bytearray(b"abc"), int, len, ValueError("x")],
    "library": [
        decimal.Decimal("1.5"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=7),
        collections.OrderedDict(a=1),
        collections.Counter("aab"),
        collections.deque([1, 2], 3),
        collections.defaultdict(list, a=[1]),
        datetime.datetime(2020, 1, 2, 3, 4, 5, 6, UTC),
        datetime.date(2020, 1, 2),
        datetime.timedelta(1, 2, 3),
    ],
    "cycle": CYCLE,
    "array": np.arange(6.0).reshape(2, 3),
    "arrays": [np.ones(3, f) for f in ("i1", ">u2", "f4", "c8", "?")] + [np.zeros((0, 3))],
    "fortran": np.asfortranarray(np.arange(6, dtype="i2").reshape(2, 3)),
    "texts": [np.array(["a", "bc"]), np.array([b"ab", b"c"]), np.array(1.5)],
    "dates": np.array(["1970-01-02"], "M8[ns]"),
    "records": np.zeros(2, FIELDS),
    "aligned": np.zeros(1, np.dtype([("a", "u1"), ("b", "<f8")], align=True)),
    "objects": np.array([None, "a", {"b": 1}, np.arange(2)], dtype=object),
    "numpy": [np.float64(0.5), np.uint8(7), np.ma.array([1, 2], mask=[0, 1]), np.dtype("f8")],
    "generator": np.random.default_rng(1),
    "frame": pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]}),
}

folder = pathlib.Path(__file__).parent / "corpus" / "files"
folder.mkdir(parents=True, exist_ok=True)
for name, value in VALUES.items():
    for protocol in (0, 2, 3, 5):
        file = io.BytesIO()
        joblib.dump(value, file, protocol=protocol)
        (folder / f"{name}-{protocol}.pkl").write_bytes(file.getvalue())
