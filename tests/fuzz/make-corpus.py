"""Makes the seeds of the pickle and stream targets: `python make-corpus.py`, in the tests' environment."""

import bz2
import collections
import datetime
import decimal
import fractions
import gzip
import io
import lzma
import pathlib
import uuid
import zlib

import joblib
import lz4.frame
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

TEXT = b"the same again, the same again, and something else" * 3
# Streams for targets/stream_reads_back.rs, by the number of the compressor there.
LZMA1 = [{"id": lzma.FILTER_LZMA1, "preset": 1, "dict_size": 4096}]
LZMA2 = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 4096}]


def xz(check, filters=LZMA2, data=TEXT):
    return lzma.compress(data, lzma.FORMAT_XZ, check, filters=filters)


def lz4_frame(**options):
    return lz4.frame.compress(TEXT, **options)


NOISE = bytes(i * i * 7 % 251 for i in range(300))
# With an extra field, a name, a comment and, as its flags say too, a checksum of all this.
FIELDS_OF_GZIP = b"\x1f\x8b\x08\x1e\0\0\0\0\0\xff\x02\0exname\0comment\0"
STREAMS = [
    {"fixed": zlib.compress(TEXT, 3), "stored": zlib.compress(TEXT, 0), "noise": zlib.compress(NOISE)},
    {
        "one": gzip.compress(TEXT, 3, mtime=0),
        "members": gzip.compress(TEXT, 3, mtime=0) + gzip.compress(b"", mtime=0) + bytes(5),
        "fields": FIELDS_OF_GZIP
        + (zlib.crc32(FIELDS_OF_GZIP) & 0xFFFF).to_bytes(2, "little")
        + gzip.compress(TEXT, mtime=0)[10:],
    },
    {"one": bz2.compress(TEXT, 1), "two": bz2.compress(b"a" * 900) + bz2.compress(b"") + b"rest"},
    {
        "one": lzma.compress(TEXT, lzma.FORMAT_ALONE, filters=LZMA1),
        "two": lzma.compress(b"a", lzma.FORMAT_ALONE, filters=LZMA1) * 2 + b"rest",
        "sized": b"\x5d\0\0\x10\0"
        + len(TEXT).to_bytes(8, "little")
        + lzma.compress(TEXT, lzma.FORMAT_RAW, filters=LZMA1),
    },
    {
        "crc64": xz(lzma.CHECK_CRC64),
        "sha256": xz(lzma.CHECK_SHA256),
        "none": xz(lzma.CHECK_NONE, data=NOISE),
        "two": xz(lzma.CHECK_CRC32) + bytes(4) + xz(lzma.CHECK_CRC32, data=b"") + bytes(8),
        "delta": xz(lzma.CHECK_NONE, [{"id": lzma.FILTER_DELTA, "dist": 2}, *LZMA2]),
        "x86": xz(lzma.CHECK_NONE, [{"id": lzma.FILTER_X86}, *LZMA2]),
    },
    {
        "one": lz4_frame(content_checksum=True),
        "checked": lz4_frame(block_checksum=True, block_linked=False, store_size=False),
        "stored": lz4.frame.compress(NOISE),
        "two": lz4_frame(compression_level=9) + b"\x50\x2a\x4d\x18\x02\0\0\0ab" + lz4_frame(),
    },
]

folder = folder.parent / "streams"
folder.mkdir(parents=True, exist_ok=True)
for number, streams in enumerate(STREAMS):
    compressor = ["zlib", "gzip", "bz2", "lzma", "xz", "lz4"][number]
    for name, stream in streams.items():
        (folder / f"{compressor}-{name}").write_bytes(bytes([number]) + stream)
    # Data to compress: at the levels 1 and 4.
    for level in (1, 4):
        head = bytes([0x80 + number + 6 * level])
        (folder / f"{compressor}-data-{level}").write_bytes(head + TEXT + NOISE[:50])
