"""NumPy's values: arrays of every dtype and layout, scalars, dtypes, random generators. See values.py."""

import os
import tempfile

import numpy as np
from user_module import ArraySubclass, Plain
from values import NUMPY, value, values

SEED = 20200102

FEW = [2, 5]
"""Protocols for what differs little from other values."""


def rng():
    return np.random.RandomState(SEED)


def filled(dtype, count=7):
    """Bytes of all kinds that are values of the dtype; for floats also the special ones."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng().randint(0, 2, count).astype(dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.array([limits.min, limits.max, 0, 1, 100, 2, 3][:count], dtype=dtype)
    special = np.array([0.1, -0.0, np.inf, -np.inf, np.nan, 1.5, -2.25][:count])
    if dtype.kind == "c":
        special = special + 1j * special[::-1]
    return special.astype(dtype)


NUMERIC = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]

for code in NUMERIC:
    for order in "<>" if np.dtype(code).itemsize > 1 else "|":
        dtype = np.dtype(order + code)
        value(lambda dtype=dtype: filled(dtype), name=f"array of {dtype.str}")
        value(lambda dtype=dtype: filled(dtype, 6).reshape(2, 3), name=f"array of {dtype.str}, 2-D", protocols=FEW)
        value(
            lambda dtype=dtype: np.asfortranarray(filled(dtype, 6).reshape(2, 3)),
            name=f"array of {dtype.str}, F order",
            protocols=FEW,
        )

for code in ["g", "G"]:
    value(lambda code=code: filled(code), name=f"array of {np.dtype(code).name}")

# C's names for the integers, which may be another type of the same size.
for code in "bBhHiIlL":
    value(lambda code=code: np.array([1, 2, 3], dtype=code), name=f"array of C's {code}")

values(
    array_of_str=lambda: np.array(["a", "b\U0001f600", ""]),
    array_of_str_big_endian=lambda: np.array(["a", "bcd"]).astype(">U3"),
    array_of_str_in_F_order=lambda: np.asfortranarray(np.array([["a", "b"], ["c", "é"]])),
    array_of_bytes=lambda: np.array([b"ab", b"c\xff", b""]),
    array_of_no_length_str=lambda: np.zeros(3, dtype="U0"),
    array_of_no_length_bytes=lambda: np.zeros(3, dtype="S0"),
    array_of_void=lambda: np.array([b"abc", b"\x00\x01\x02"], dtype="V3"),
    array_of_chars=lambda: np.array([b"a", b"b"], dtype="c"),
)

for unit in ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25s", "10ms"]:
    value(
        lambda unit=unit: np.array([0, -1, 12345, "NaT"], dtype=f"M8[{unit}]"),
        name=f"datetime64[{unit}]",
        protocols=FEW,
    )
    value(
        lambda unit=unit: np.array([0, -1, 12345, "NaT"], dtype=f"m8[{unit}]"),
        name=f"timedelta64[{unit}]",
        protocols=FEW,
    )
values(
    datetime64_without_unit=lambda: np.array(["NaT", "NaT"], dtype="M8"),
    timedelta64_without_unit=lambda: np.array([1, "NaT"], dtype="m8"),
    datetime64_big_endian=lambda: np.array(["2020-01-02T03:04:05", "NaT"], dtype=">M8[s]"),
    timedelta64_big_endian=lambda: np.array([5, -5], dtype=">m8[ms]"),
    datetime64_in_F_order=lambda: np.asfortranarray(np.arange(6).reshape(2, 3).astype("M8[D]")),
)

# --- Structured ---


def structured(dtype, shape=(3,)):
    array = np.zeros(shape, dtype=dtype)
    flat = array.reshape(-1)
    for name in array.dtype.names:
        part = flat[name]
        if part.dtype.names is None and part.dtype.kind in "biufc":
            flat[name] = rng().randint(0, 100, part.shape)
    return array


PADDED = {"names": ["a", "b"], "formats": ["u1", "<f8"], "offsets": [3, 8], "itemsize": 24}
OVERLAPPING = {"names": ["word", "low"], "formats": ["<u4", "<u2"], "offsets": [0, 0]}

values(
    structured=lambda: structured([("a", "<i4"), ("b", "<f8"), ("c", "?")]),
    structured_big_endian=lambda: structured([("a", ">i4"), ("b", ">f8"), ("c", "<i2")]),
    structured_with_subarray=lambda: structured([("a", "<i4"), ("b", "<f4", (2, 3)), ("c", "u1", (2,))]),
    structured_nested=lambda: structured(
        [("p", [("x", "<f4"), ("q", [("y", "<i2"), ("z", "<i2", (2,))])]), ("n", "u1")]
    ),
    structured_aligned=lambda: structured(np.dtype([("a", "u1"), ("b", "<f8"), ("c", "<i2")], align=True)),
    structured_padded=lambda: structured(np.dtype(PADDED)),
    structured_overlapping=lambda: np.array([(0x01020304, 0x0304)], dtype=np.dtype(OVERLAPPING)),
    structured_with_titles=lambda: structured([(("title of a", "a"), "<i4"), (("title of b", "b"), "<f4")]),
    structured_with_text=lambda: np.array(
        [("é", b"x", "2020-01-02")], dtype=[("u", "U3"), ("s", "S2"), ("d", "M8[D]")]
    ),
    structured_with_objects=lambda: np.array([(1, "a"), (2, [3])], dtype=[("n", "<i4"), ("o", object)]),
    structured_2_D_in_F_order=lambda: np.asfortranarray(structured([("a", "<i4"), ("b", "u1")], (2, 3))),
    structured_of_unicode_names=lambda: structured([("größe", "<i4"), ("b c", "<f4")]),
    recarray=lambda: np.rec.array([(1, 2.0), (3, 4.0)], dtype=[("a", "<i4"), ("b", "<f8")]),
    record_of_a_recarray=lambda: np.rec.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")])[0],
)

# --- Of objects ---


def objects(items, shape=None):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array if shape is None else array.reshape(shape)


values(
    object_array=lambda: objects([None, "a", {"b": 1}, 2**70, 1.5, (1,), b"x"]),
    object_array_2_D=lambda: objects([1, "a", None, [2]], (2, 2)),
    object_array_in_F_order=lambda: np.asfortranarray(objects([1, "a", None, [2], 3, 4], (2, 3))),
    object_array_of_arrays=lambda: objects([np.arange(3), np.arange(2.0), objects(["in", None])]),
    object_array_of_strings=lambda: objects([f"s{i}" for i in range(50)]),
    object_array_without_elements=lambda: np.empty((0, 2), dtype=object),
    object_array_0_D=lambda: np.array({"a": 1}, dtype=object),
    object_array_of_instances=lambda: objects([Plain(a=np.arange(2)), Plain(a=None)]),
    object_array_between_arrays=lambda: [
        np.arange(3),
        objects([np.arange(2), "x"]),
        np.arange(4.0),
        {"o": objects([1])},
    ],
)


# --- Shapes and layouts ---

values(
    array_0_D=lambda: np.array(1.5),
    array_0_D_of_str=lambda: np.array("abc"),
    empty_array=lambda: np.zeros(0),
    empty_array_0_by_3=lambda: np.zeros((0, 3), dtype="i2"),
    empty_array_3_by_0_in_F_order=lambda: np.zeros((3, 0), order="F"),
    array_3_D=lambda: np.arange(24, dtype="i2").reshape(2, 3, 4),
    array_3_D_in_F_order=lambda: np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    array_of_8_dimensions=lambda: np.arange(16).reshape(1, 2, 1, 2, 1, 2, 2, 1),
    transposed=lambda: np.arange(6.0).reshape(2, 3).T,
    every_other=lambda: np.arange(20.0)[::2],
    reversed=lambda: np.arange(5)[::-1],
    part_of_a_matrix=lambda: np.arange(30).reshape(5, 6)[1:4, ::2],
    axes_swapped=lambda: np.arange(24).reshape(2, 3, 4).swapaxes(0, 1),
    broadcast=lambda: np.broadcast_to(np.arange(3), (4, 3)),
    one_row_in_both_orders=lambda: np.asfortranarray(np.arange(3).reshape(1, 3)),
    large_array=lambda: rng().standard_normal(20000),
    large_array_in_F_order=lambda: np.asfortranarray(rng().standard_normal((120, 90))),
    large_array_of_int8=lambda: rng().randint(-128, 128, 70000).astype("i1"),
    many_small_arrays=lambda: [np.arange(n, dtype="u1") for n in range(40)],
    one_array_twice=lambda: [np.arange(5)] * 2,
    arrays_among_other_values=lambda: {"a": [np.arange(3), ("x", np.zeros((2, 2)))], "b": {"c": np.array(["z"])}},
    read_only=lambda: read_only(np.arange(4)),
    matrix=lambda: np.matrix([[1.5, 2.0], [3.0, 4.0]]),
    matrix_of_ints_in_F_order=lambda: np.matrix([[1, 2, 3], [4, 5, 6]]).copy("F"),
    subclass_of_ndarray=lambda: np.arange(4.0).view(ArraySubclass),
    chararray=lambda: np.char.array(["a", "bc"]),
)


def read_only(array):
    array.flags.writeable = False
    return array


@value
def memmap():
    handle, path = tempfile.mkstemp()
    os.close(handle)
    array = np.memmap(path, dtype="f8", mode="w+", shape=(3, 4))
    array[:] = np.arange(12.0).reshape(3, 4)
    os.unlink(path)
    return array


@value
def part_of_a_memmap():
    return memmap()[1:, ::2]


# --- Masked ---

values(
    masked_array=lambda: np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False]),
    masked_array_without_mask=lambda: np.ma.array([1, 2, 3]),
    masked_array_with_fill_value=lambda: np.ma.array([[1, 2], [3, 4]], mask=[[0, 1], [1, 0]], fill_value=-7),
    masked_array_in_F_order=lambda: np.ma.array(
        np.asfortranarray(np.arange(6.0).reshape(2, 3)), mask=np.eye(2, 3, dtype=bool).copy("F")
    ),
    masked_array_of_str=lambda: np.ma.array(["a", "bc"], mask=[True, False]),
    masked_array_of_datetimes=lambda: np.ma.array(np.array(["2020-01-01", "NaT"], dtype="M8[D]"), mask=[0, 1]),
    masked_array_of_objects=lambda: np.ma.array(objects([1, "a"]), mask=[True, False]),
    masked_records=lambda: np.ma.array(structured([("a", "<i4"), ("b", "<f8")]), mask=[(0, 1), (1, 0), (0, 0)]),
    masked_constant=lambda: [np.ma.masked],
)

# --- Scalars and dtypes ---

values(
    scalars_of_ints=lambda: (
        [np.dtype(code).type(100) for code in "bBhHiIlL"] + [np.int64(-(2**63)), np.uint64(2**64 - 1)]
    ),
    scalars_of_floats=lambda: [np.float64(0.1), np.float32(0.1), np.float16(0.1), np.float64("nan"), np.float32(-0.0)],
    scalars_of_bool=lambda: [np.bool_(True), np.bool_(False)],
    scalars_of_complex=lambda: [np.complex128(1 + 2j), np.complex64(0.5 - 1j)],
    scalars_of_longdouble=lambda: [np.longdouble("0.1"), np.clongdouble(1 + 2j)],
    scalars_of_text=lambda: [np.str_("é\U0001f600"), np.str_(""), np.bytes_(b"ab\x00c"), np.bytes_(b"")],
    scalars_of_datetime64=lambda: [
        np.datetime64("2020-01-02T03:04:05", "ns"),
        np.datetime64("NaT"),
        np.datetime64("2020", "Y"),
    ],
    scalars_of_timedelta64=lambda: [np.timedelta64(5, "D"), np.timedelta64("NaT"), np.timedelta64(125, "25s")],
    scalars_of_records=lambda: [structured([("a", "<i4"), ("b", "<f8")])[0], np.void(b"abc")],
    scalars_in_containers=lambda: {"a": (np.float64(1.5),), np.int64(7): [np.str_("x")], "same": [np.float64(2)] * 2},
    dtypes=lambda: [np.dtype(code) for code in ["i4", ">i4", "U3", "S0", "O", "M8[ns]", "m8", "V5", "?", "f2", "g"]],
    dtypes_of_records=lambda: [
        np.dtype([("a", "<i4"), ("b", "<f4", (2,))]),
        np.dtype([("a", "u1"), ("b", "<f8")], align=True),
        np.dtype(PADDED),
        np.dtype(("<i4", (2, 2))),
    ],
    scalar_types=lambda: [np.int8, np.float16, np.str_, np.datetime64, np.ndarray, np.generic],
)
value(lambda: np.dtype("f8", metadata={"unit": "m"}), name="dtype with metadata")
value(lambda: np.array([1.5], dtype=np.dtype("f8", metadata={"unit": "m"})), name="array of a dtype with metadata")

# --- Random generators ---

values(
    RandomState=lambda: advanced(np.random.RandomState(SEED)),
    RandomState_with_a_kept_normal=lambda: with_kept_normal(np.random.RandomState(5)),
    Generator=lambda: advanced(np.random.default_rng(SEED)),
    Generators=lambda: [
        advanced(np.random.Generator(kind(SEED)))
        for kind in (np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM)
    ],
    bit_generator=lambda: np.random.PCG64(SEED),
    SeedSequence=lambda: np.random.SeedSequence(SEED).spawn(2),
)


def advanced(generator):
    generator.standard_normal(5)
    return generator


def with_kept_normal(state):
    state.standard_normal(1)
    return state


value(
    lambda: np.array(["short", "é" * 40, ""], dtype=np.dtypes.StringDType()), name="array of StringDType", numpy=(2, 0)
)

assert NUMPY >= (1, 23)
