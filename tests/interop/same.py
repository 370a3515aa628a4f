"""Whether a loaded value is the one that was built: equal, of the same types, with the same shared
references."""

import collections
import datetime
import decimal
import functools
import types

import numpy as np
from values import NUMPY

BY_REFERENCE = (type, types.FunctionType, types.BuiltinFunctionType, np.ufunc, type(Ellipsis), type(NotImplemented))
MUTABLE = (list, dict, set, collections.deque, bytearray)


class Different(Exception):
    """Says what differs, and where."""


class Same:
    """One comparison. `relaxed` admits what JavaScript does not tell apart: a numpy scalar of a plain kind
    becomes the plain value, a float without a fraction an int."""

    def __init__(self, relaxed):
        self.relaxed = relaxed
        self.partner = {}
        self.taken = {}
        self.kept = []

    def compare(self, a, b, path="v"):
        """`a` was built, `b` was loaded."""
        if isinstance(a, np.generic) and not isinstance(b, np.generic):
            self.want(self.relaxed and a.dtype.kind in "biufcSU", path, a, b)
            a = a.item()
        if type(a) is float and type(b) is int:
            self.want(self.relaxed and a == b and repr(a) != "-0.0", path, a, b)
            a = int(a)
        as_array = NUMPY >= (2, 0) and isinstance(a, np.matrix) and type(b) is np.ndarray
        if as_array or isinstance(a, np.memmap):
            # joblib loads a memmap as an array of memory; a matrix, where it writes its bytes itself, as
            # an array if NumPy has no `__array_prepare__`, that is from 2.0 on.
            a = np.asarray(a)
        self.want(type(a) is type(b), path, f"{type(a).__qualname__} {a!r:.150}", f"{type(b).__qualname__} {b!r:.150}")
        mutable = isinstance(a, MUTABLE) or (hasattr(a, "__dict__") and not isinstance(a, (BY_REFERENCE, np.ndarray)))
        if mutable:
            if id(a) in self.partner or id(b) in self.taken:
                shared = self.partner.get(id(a)) is b and self.taken.get(id(b)) is a
                self.want(shared, path, "other shared references", f"{b!r:.80}")
                return
            self.partner[id(a)], self.taken[id(b)] = b, a
            # So that no other object gets its id.
            self.kept.append((a, b))
        self.content(a, b, path)

    def want(self, holds, path, expected, found):
        if not holds:
            raise Different(f"at {path}: {found!s:.200} instead of {expected!s:.200}")

    def content(self, a, b, path):
        if isinstance(a, BY_REFERENCE):
            self.want(a is b, path, a, b)
        elif isinstance(a, np.ndarray):
            self.array(a, b, path)
        elif isinstance(a, np.dtype):
            self.dtype(a, b, path)
        elif isinstance(a, np.generic):
            self.array(np.asarray(a), np.asarray(b), path)
        elif isinstance(a, (float, complex)):
            self.want(repr(a) == repr(b), path, a, b)
        elif isinstance(a, (decimal.Decimal, datetime.datetime, datetime.time)):
            self.want(repr(a) == repr(b), path, a, b)
            self.want(getattr(a, "fold", 0) == getattr(b, "fold", 0), path, a, b)
        elif isinstance(a, (np.random.RandomState, np.random.Generator, np.random.BitGenerator)):
            self.random(a, b, path)
        elif isinstance(a, np.random.SeedSequence):
            self.compare(a.state, b.state, f"{path}.state")
        elif isinstance(a, functools.partial):
            self.compare([a.func, a.args, a.keywords], [b.func, b.args, b.keywords], f"{path}.partial")
        elif isinstance(a, (list, tuple, collections.deque)):
            self.want(len(a) == len(b), path, f"{len(a)} items", f"{len(b)} items")
            for i, (x, y) in enumerate(zip(a, b, strict=False)):
                self.compare(x, y, f"{path}[{i}]")
            if isinstance(a, collections.deque):
                self.want(a.maxlen == b.maxlen, path, f"maxlen {a.maxlen}", f"maxlen {b.maxlen}")
        elif isinstance(a, dict):
            self.dictionary(a, b, path)
        elif isinstance(a, (set, frozenset)):
            self.members(a, b, path)
        elif isinstance(a, BaseException):
            self.compare(a.args, b.args, f"{path}.args")
        elif (type(a).__eq__ is not object.__eq__ and not hasattr(a, "__dict__")) or isinstance(a, (int, str, bytes)):
            self.want(a == b, path, repr(a), repr(b))
        self.attributes(a, b, path)

    def attributes(self, a, b, path):
        if isinstance(a, (BY_REFERENCE, np.ndarray)):
            return
        if hasattr(a, "__dict__"):
            mine, other = vars(a), vars(b)
            self.want(set(mine) == set(other), path, f"attributes {sorted(mine)}", f"attributes {sorted(other)}")
            for name in mine:
                self.compare(mine[name], other[name], f"{path}.{name}")
        for cls in type(a).__mro__:
            for name in cls.__dict__.get("__slots__", ()):
                if cls.__module__ == "user_module":
                    missing = object()
                    x, y = getattr(a, name, missing), getattr(b, name, missing)
                    self.want((x is missing) == (y is missing), path, f"slot {name} {x!r}", f"slot {name} {y!r}")
                    if x is not missing:
                        self.compare(x, y, f"{path}.{name}")

    def dictionary(self, a, b, path):
        self.want(len(a) == len(b), path, f"{len(a)} items", f"{len(b)} items")
        if isinstance(a, collections.OrderedDict):
            self.compare(list(a), list(b), f"list({path})")
        if isinstance(a, collections.defaultdict):
            self.compare(a.default_factory, b.default_factory, f"{path}.default_factory")
        keys = {key: key for key in b}
        for key in a:
            self.want(key in keys, path, f"key {key!r}", f"keys {list(b)}")
            self.compare(key, keys[key], f"key {key!r:.60} of {path}")
            self.compare(a[key], b[key], f"{path}[{key!r:.60}]")

    def members(self, a, b, path):
        self.want(len(a) == len(b), path, f"{len(a)} members", f"{len(b)} members")
        if a == b:
            keys = {member: member for member in b}
            for member in a:
                self.compare(member, keys[member], f"a member of {path}")
        else:
            # Members that are equal only to themselves.
            self.want(len(a) == 1, path, a, b)
            self.compare(*a, *b, f"the member of {path}")

    def dtype(self, a, b, path):
        self.want(a == b, path, repr(a), repr(b))
        self.want(a.type is b.type, path, a.type, b.type)
        self.want(a.isalignedstruct == b.isalignedstruct, path, repr(a), repr(b))
        self.compare(dict(a.metadata or {}), dict(b.metadata or {}), f"{path}.metadata")

    def array(self, a, b, path):
        # joblib too makes the byte order the native one, from 1.1 on.
        wanted, found = native(a.dtype), native(b.dtype)
        self.want(wanted == found and wanted.type is found.type, path, f"dtype {wanted!r}", f"dtype {found!r}")
        self.want(wanted.isalignedstruct == found.isalignedstruct, path, f"dtype {wanted!r}", f"dtype {found!r}")
        self.want(a.shape == b.shape, path, f"shape {a.shape}", f"shape {b.shape}")
        order = [array.flags.f_contiguous and not array.flags.c_contiguous for array in (a, b)]
        self.want(order[0] == order[1], path, f"F order: {order[0]}", f"F order: {order[1]}")
        if a is np.ma.masked or b is np.ma.masked:
            self.want(a is b, path, a, b)
            return
        if isinstance(a, np.ma.MaskedArray):
            self.array(a.data, b.data, f"{path}.data")
            self.array(np.ma.getmaskarray(a), np.ma.getmaskarray(b), f"{path}.mask")
            self.array(np.asarray(a.fill_value), np.asarray(b.fill_value), f"{path}.fill_value")
            self.want(a.hardmask == b.hardmask, path, f"hardmask {a.hardmask}", f"hardmask {b.hardmask}")
            return
        a, b = a.view(np.ndarray), b.view(np.ndarray)
        if a.dtype.names is not None:
            for name in a.dtype.names:
                self.array(np.asarray(a[name]), np.asarray(b[name]), f"{path}[{name!r}]")
        elif a.dtype.hasobject:
            for i, (x, y) in enumerate(zip(a.flat, b.flat, strict=False)):
                self.compare(x, y, f"{path}.flat[{i}]")
        elif a.dtype.kind in "fc":
            # repr tells the zeros apart; a long double has bytes that mean nothing.
            self.want(np.array_equal(a, b, equal_nan=True), path, a, b)
            parts = [(a.real, b.real), (a.imag, b.imag)] if a.dtype.kind == "c" else [(a, b)]
            for x, y in parts:
                signs = np.signbit(x) == np.signbit(y)
                self.want(bool(np.all(signs | np.isnan(x))), path, a, b)
        elif a.dtype.kind == "V":
            self.want(a.tobytes() == b.tobytes(), path, a, b)
        else:
            self.want(a.astype(wanted).tobytes() == b.astype(wanted).tobytes(), path, a, b)

    def random(self, a, b, path):
        if isinstance(a, np.random.RandomState):
            self.compare(a.get_state(legacy=False), b.get_state(legacy=False), f"{path}.get_state()")
        else:
            bits = [getattr(one, "bit_generator", one) for one in (a, b)]
            self.want(type(bits[0]) is type(bits[1]), path, type(bits[0]), type(bits[1]))
            self.compare(bits[0].state, bits[1].state, f"{path}.state")


def native(dtype):
    """In native byte order; text of variable length has none."""
    return dtype if dtype.kind == "T" else dtype.newbyteorder("=")


def difference(built, loaded, *, relaxed):
    """What differs, in words, or None."""
    try:
        Same(relaxed).compare(built, loaded)
    except Different as different:
        return str(different)
    return None
