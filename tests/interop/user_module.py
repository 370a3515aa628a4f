"""Classes and functions as a user's module has them: instances and references are pickled by their names."""

import collections
import enum
from dataclasses import dataclass, field

import numpy as np


class Plain:
    """Has a `__dict__`."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    """Has slots only."""

    __slots__ = ("a", "b", "unset")

    def __init__(self, a, b):
        self.a = a
        self.b = b


class SlottedAndDict(Slotted):
    """Has slots and a `__dict__`."""

    def __init__(self, a, b, c):
        super().__init__(a, b)
        self.c = c


class Stateful:
    """Gives and takes a state of its own, not a dictionary."""

    def __init__(self, x):
        self.x = x
        self.cache = "made anew"

    def __getstate__(self):
        return ("version 1", self.x)

    def __setstate__(self, state):
        assert state[0] == "version 1"
        self.x = state[1]
        self.cache = "made anew"


class Reduced:
    """Says itself how it is made again."""

    def __init__(self, *items):
        self.items = items
        self.extra = None

    def __reduce__(self):
        return (Reduced, self.items, {"extra": self.extra})


class WithNewArguments:
    """Has arguments for `__new__`, one by keyword only."""

    def __new__(cls, a, *, key="default"):
        self = super().__new__(cls)
        self.a = a
        self.key = key
        return self

    def __getnewargs_ex__(self):
        return (self.a,), {"key": self.key}


class ListSubclass(list):
    """A list with attributes."""


class DictSubclass(dict):
    """A dictionary with attributes."""


class SetSubclass(set):
    """A set with attributes."""


class IntSubclass(int):
    """An int with attributes."""


class StrSubclass(str):
    """A str with attributes."""


class TupleSubclass(tuple):
    """A tuple with attributes."""


class Color(enum.Enum):
    """Plain members."""

    RED = 1
    GREEN = "green"
    BLUE = (0, 0, 255)


class Weekday(enum.IntEnum):
    """Members that are ints."""

    MONDAY = 1
    TUESDAY = 2


class Permission(enum.Flag):
    """Members that combine."""

    READ = 1
    WRITE = 2
    RUN = 4


Point = collections.namedtuple("Point", ["x", "y"])


@dataclass
class Measurement:
    """A dataclass."""

    name: str
    reading: float = 0.0
    tags: list = field(default_factory=list)


@dataclass(frozen=True)
class FrozenKey:
    """A dataclass that can be a key."""

    a: int
    b: str


@dataclass
class SlottedMeasurement:
    """A dataclass with slots."""

    __slots__ = ("name", "reading")
    name: str
    reading: float


class Tree:
    """As scikit-learn's: state with a structured array."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.max_depth = 3

    def __reduce__(self):
        return (Tree, (None,), vars(self))


class Estimator:
    """As scikit-learn's: parameters, fitted arrays, a version in the state."""

    def __init__(self, alpha=1.0, solver="auto", random_state=None):
        self.alpha = alpha
        self.solver = solver
        self.random_state = random_state

    def __getstate__(self):
        return {**self.__dict__, "_sklearn_version": "1.5.0"}

    def __setstate__(self, state):
        state = dict(state)
        state.pop("_sklearn_version")
        self.__dict__.update(state)


class ArraySubclass(np.ndarray):
    """An array with an attribute, which NumPy's own pickling loses."""


def function(x):
    """Pickled by reference."""
    return x


class Outer:
    """Holds another class."""

    class Inner:
        """Has a qualified name."""

    @staticmethod
    def method():
        """Has a qualified name."""


#: How often `counted` ran.
calls = 0


def counted(n: int) -> dict:
    """A function to be cached."""
    global calls
    calls += 1
    return {"n": n, "data": np.arange(n) / 3}
