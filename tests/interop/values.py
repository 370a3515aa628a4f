"""Values of every kind that joblib files hold, by name, the same in every environment: each is built
anew, so what was loaded can be compared with a fresh one."""

import collections
import datetime
import decimal
import fractions
import functools
import math
import pathlib
import uuid
import zoneinfo

import numpy as np
from user_module import (
    Color,
    DictSubclass,
    Estimator,
    FrozenKey,
    IntSubclass,
    ListSubclass,
    Measurement,
    Outer,
    Permission,
    Plain,
    Point,
    Reduced,
    SetSubclass,
    Slotted,
    SlottedAndDict,
    SlottedMeasurement,
    Stateful,
    StrSubclass,
    Tree,
    TupleSubclass,
    Weekday,
    WithNewArguments,
    function,
)

NUMPY = tuple(int(part) for part in np.__version__.split(".")[:2])

BUILDERS = {}
"""Name of a value: a function without arguments that builds it."""

PROTOCOLS = {}
"""Name of a value: the pickle protocols that it is dumped in."""


def value(build=None, *, name=None, protocols=range(6), numpy=(1, 0)):
    """Lists a builder under its name, where NumPy is new enough for it."""

    def add(build):
        if numpy <= NUMPY:
            key = name or build.__name__.replace("_", " ")
            assert key not in BUILDERS, key
            BUILDERS[key] = build
            PROTOCOLS[key] = protocols
        return build

    return add if build is None else add(build)


def values(**builders):
    """Lists a builder for each keyword."""
    for name, build in builders.items():
        value(build, name=name.replace("_", " "))


# --- Python's builtin types ---

values(
    none=lambda: None,
    booleans=lambda: [True, False],
    ints=lambda: [0, 1, -1, 127, 128, 255, 256, -128, -129, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**53 - 1],
    ints_of_64_bits=lambda: [2**53, -(2**53), 2**63 - 1, -(2**63), 2**63, 2**64],
    large_ints=lambda: [2**64 + 1, -(2**200), 10**300, -(10**300), 2**2040 - 1, 2**2100, -(2**2100)],
    floats=lambda: [0.5, -0.0, 1e300, 5e-324, math.inf, -math.inf, math.nan, 1.0, 0.1],
    complexes=lambda: [1 + 2j, complex(-0.0, math.nan), 0j],
    strings=lambda: ["", "joblib", "é", "€uro", "a\U0001f600b", "\ufeffbom", "new\nline \\ \\u0041 \x1a", "x" * 300],
    lone_surrogates=lambda: ["\ud83d", "a\udc00b", "\ude00\ud83d"],
    long_string=lambda: "0123456789é" * 8000,
    bytes=lambda: [b"", b"abc", bytes(range(256)), b"x" * 300, b"new\nline'\"\\"],
    long_bytes=lambda: bytes(range(256)) * 300,
    bytearrays=lambda: [bytearray(), bytearray(b"abc\x00\xff"), bytearray(300)],
    lists=lambda: [[], [1], [1, [2, [3, []]]], list(range(1200))],
    tuples=lambda: [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((),)), tuple(range(300))],
    dicts=lambda: [{}, {"a": 1}, {"b": {"c": {}}, "a": [1]}, {f"k{i}": i for i in range(1200)}],
    sets=lambda: [set(), {1}, {"a", 2, None, (1, 2)}, set(range(1200))],
    frozensets=lambda: [frozenset(), frozenset({1, "a"}), {frozenset({1}), frozenset()}],
    ranges=lambda: [range(3), range(1, 10, 3), range(5, -5, -2), range(2**70, 2**70 + 5)],
    slices=lambda: [slice(3), slice(1, 2, 3), slice(None, None, -1), slice("a", "b")],
    singletons=lambda: [Ellipsis, NotImplemented, type(None), type(Ellipsis)],
)


@value
def dict_with_keys_of_every_kind():
    keys = [0, -1, 2**70, 1.5, math.inf, "text", b"bytes", None, False, (1, ("a", 2)), frozenset({1, 2}), 3 + 4j]
    keys += [decimal.Decimal("1.50"), fractions.Fraction(1, 3), datetime.date(2020, 1, 2), datetime.timedelta(1)]
    keys += [datetime.datetime(2020, 1, 2, 3, 4, 5, 6), uuid.UUID(int=7), Color.RED, Weekday.MONDAY, Point(1, 2)]
    keys += [FrozenKey(1, "b"), int, Plain, function, len, range(3), Ellipsis, np.float64(2.5), np.int64(77)]
    keys += [np.datetime64("2020-01-01", "D"), np.str_("numpy's text"), np.dtype("f4"), ""]
    return {key: number for number, key in enumerate(keys)}


values(
    dict_of_int_keys=lambda: {i: str(i) for i in range(300)},
    dict_of_tuple_keys=lambda: {(i, str(i)): [i] for i in range(20)},
    dict_of_mixed_keys=lambda: {1: "int", "1": "str", b"1": "bytes", 1.5: "float", None: "none"},
    dict_of_odd_strings=lambda: {"__proto__": 1, "constructor": 2, "0": 3, "": 4, "\ud800": 5, "length": 6},
    set_of_every_kind=lambda: {1, 2.5, "a", b"a", None, (1,), frozenset({3}), datetime.date(2020, 1, 2), Color.BLUE},
)

# --- Python's standard library ---

UTC = datetime.timezone.utc


def zone(**offset):
    return datetime.timezone(datetime.timedelta(**offset))


values(
    decimals=lambda: [
        decimal.Decimal(text) for text in ("1.50", "-0", "NaN", "Infinity", "1E+50", "12345678901234567890")
    ],
    fractions=lambda: [fractions.Fraction(1, 3), fractions.Fraction(-7), fractions.Fraction(2**70, 3)],
    datetimes_without_zone=lambda: [
        datetime.datetime(2020, 1, 2, 3, 4, 5, 678901),
        datetime.datetime(1, 1, 1),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999),
    ],
    datetimes_in_utc=lambda: [
        datetime.datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        datetime.datetime(1904, 2, 29, tzinfo=UTC),
        datetime.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    ],
    datetimes_in_utc_with_microseconds=lambda: [
        datetime.datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        datetime.datetime(1960, 1, 2, 3, 4, 5, 1, tzinfo=UTC),
    ],
    datetimes_in_other_zones=lambda: [
        datetime.datetime(2020, 1, 1, tzinfo=zone(hours=2)),
        datetime.datetime(2020, 1, 1, 12, 30, 0, 5, tzinfo=zone(hours=-9, minutes=-30)),
        datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1), "CET")),
        datetime.datetime(2020, 1, 1, tzinfo=zone(hours=1, seconds=1, microseconds=1)),
        datetime.datetime(2020, 1, 1, tzinfo=zone()),
    ],
    datetimes_with_zoneinfo=lambda: [
        datetime.datetime(2020, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
        datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC")),
    ],
    zones=lambda: [UTC, zone(hours=5, minutes=45), zoneinfo.ZoneInfo("America/New_York")],
    dates=lambda: [datetime.date(2020, 1, 2), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)],
    times=lambda: [
        datetime.time(1, 2, 3, 4),
        datetime.time(0, 0),
        datetime.time(23, 59, 59, 999999, tzinfo=UTC),
        datetime.time(12, tzinfo=zone(hours=-3)),
    ],
    timedeltas=lambda: [
        datetime.timedelta(0),
        datetime.timedelta(days=-1, seconds=1, microseconds=999999),
        datetime.timedelta.max,
        datetime.timedelta.min,
    ],
    uuids=lambda: [uuid.UUID("12345678-1234-5678-1234-567812345678"), uuid.UUID(int=0)],
    enums=lambda: [Color.RED, Color.GREEN, Color.BLUE, Weekday.TUESDAY, Color, Permission.READ],
    flags=lambda: [Permission.READ | Permission.WRITE, Permission(0)],
    paths=lambda: [pathlib.PurePosixPath("/a/b c/d.txt"), pathlib.PureWindowsPath("C:\\x")],
    partials=lambda: functools.partial(function, 1, key="value"),
)


@value(protocols=[4, 5])
def the_second_time_in_autumn():
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    when = datetime.datetime(2020, 10, 25, 2, 30, fold=1)
    return [when, when.replace(tzinfo=berlin), datetime.time(2, 30, fold=1), datetime.time(2, 30, fold=1, tzinfo=UTC)]


values(
    namedtuples=lambda: [Point(1, 2), Point(x=[1], y=Point("a", None))],
    dataclasses=lambda: [Measurement("m", 1.5, ["a"]), Measurement("n"), FrozenKey(1, "b")],
    OrderedDicts=lambda: [
        collections.OrderedDict(),
        collections.OrderedDict([("b", 1), ("a", 2)]),
        collections.OrderedDict([(2, "x"), (1, "y")]),
    ],
    defaultdicts=lambda: [
        collections.defaultdict(list, {"a": [1]}),
        collections.defaultdict(None, {1: 2}),
        collections.defaultdict(int),
    ],
    Counters=lambda: [collections.Counter("abracadabra"), collections.Counter({1: 2, "a": -1}), collections.Counter()],
    deques=lambda: [
        collections.deque(),
        collections.deque([1, [2], "c"]),
        collections.deque(range(10), maxlen=3),
        collections.deque(maxlen=0),
    ],
    ChainMap=lambda: collections.ChainMap({"a": 1}, {"b": 2}),
)

# --- Functions, classes and instances ---

values(
    functions=lambda: [function, len, math.sin, np.sum, np.zeros, Outer.method],
    classes=lambda: [int, dict, Plain, Color, Point, np.ndarray, np.float64, collections.OrderedDict, Outer.Inner],
    ufuncs=lambda: [np.add, np.sin],
    exceptions=lambda: [ValueError, OSError],
    instance=lambda: Plain(a=1, b=[1, 2], c=Plain(d="x")),
    instance_without_state=lambda: [Plain(), Outer.Inner()],
    instance_with_state_of_its_own=lambda: Stateful({"y": [1, 2]}),
    instance_with_false_state=lambda: [Stateful(0), Stateful(None)],
    instance_by_reduce=lambda: Reduced(1, "a", [Reduced()]),
    subclass_of_int=lambda: with_attributes(IntSubclass(7)),
    subclass_of_str=lambda: with_attributes(StrSubclass("text")),
    subclass_of_tuple=lambda: with_attributes(TupleSubclass((1, [2]))),
    subclass_of_list=lambda: with_attributes(ListSubclass([1, 2, [3]])),
    subclass_of_dict=lambda: with_attributes(DictSubclass({"a": 1, 2: "b"})),
    subclass_of_set=lambda: with_attributes(SetSubclass({1, "a"})),
)
value(lambda: [Slotted(1, [2]), SlottedAndDict(1, 2, {"x": 3})], name="instances with slots", protocols=range(2, 6))
value(lambda: SlottedMeasurement("m", 1.5), name="dataclass with slots", protocols=range(2, 6))
value(lambda: WithNewArguments(1, key="k"), name="instance with new arguments", protocols=range(2, 6))


def with_attributes(instance):
    instance.note = "attribute"
    instance.shared = [1]
    return instance


@value
def exception_instances():
    error = ValueError("too far", 3)
    error.detail = {"x": 1}
    return [error, OSError(2, "No such file", "/x"), KeyError("k"), StopIteration()]


# --- Shared references and cycles ---


@value
def shared_references():
    inner, text, key = {"x": [1, 2]}, "shared text", (1, "t")
    return [inner, inner, {"again": inner, "list": inner["x"]}, text, text, key, key]


@value
def shared_instances():
    one, when, name = Plain(a=[1]), datetime.datetime(2020, 1, 2), decimal.Decimal("1.5")
    queue, members = collections.deque([1]), {1, 2}
    return [one, one, one.a, {"one": one}, when, when, name, name, queue, queue, members, members]


@value
def cyclic_list():
    value = [1]
    value.append(value)
    return value


@value
def cyclic_dict():
    value = {"name": "a"}
    value["self"] = value
    value["list"] = [value, {"up": value}]
    return value


@value
def cyclic_instance():
    parent = Plain(name="parent", children=[])
    for i in range(3):
        parent.children.append(Plain(name=i, parent=parent))
    return parent


@value
def cyclic_tuple():
    inner = []
    value = (inner, 1)
    inner.append(value)
    return value


@value
def cyclic_deque_and_defaultdict():
    queue = collections.deque()
    groups = collections.defaultdict(list)
    queue.append(groups)
    groups["queue"].append(queue)
    return [queue, groups]


@value
def cycle_through_a_set():
    member = Plain(name="in a set")
    member.group = {member}
    return member


@value
def cycle_through_a_reduced_object():
    one = Reduced(1)
    one.extra = [one]
    return one


@value
def many_memo_entries():
    texts = [f"text {i}" for i in range(700)]
    return [texts, list(reversed(texts)), {text: [text] for text in texts[:300]}]


@value
def deep_nesting():
    value = "bottom"
    for i in range(100):
        value = [value] if i % 2 else {"down": value}
    return value


# --- An estimator, a record of everything ---


@value
def estimator():
    state = np.random.RandomState(7)
    model = Estimator(alpha=0.5, random_state=np.random.RandomState(3))
    model.coef_ = state.standard_normal((3, 4))
    model.intercept_ = np.float64(0.25)
    model.classes_ = np.array(["no", "yes"])
    model.objects_ = np.array(["no", "maybe", None], dtype=object)
    model.n_iter_ = np.int32(12)
    model.feature_names_in_ = np.array(["a", "b", "c", "d"], dtype=object)
    nodes = np.zeros(5, dtype=[("left", "<i8"), ("right", "<i8"), ("threshold", "<f8"), ("missing", "u1")])
    nodes["threshold"] = state.uniform(size=5)
    model.tree_ = Tree(nodes)
    model.steps = [("scale", Estimator()), ("fit", Estimator(solver="lbfgs"))]
    model.history_ = {"loss": state.uniform(size=20).astype("f4"), "params": {"deep": [np.arange(3), None]}}
    model.metric_ = function
    return model


@value
def records():
    return [
        {"id": i, "name": f"user-{i}", "score": i * 1.5, "active": i % 2 == 0, "tags": ["a", f"b{i % 10}"]}
        for i in range(200)
    ]
