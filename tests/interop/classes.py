"""Classes of every way in which Python pickles an instance."""

import collections
import dataclasses
import enum


class Color(enum.Enum):
    RED = 1


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Record:
    a: int
    b: list


class Outer:
    @dataclasses.dataclass
    class Inner:
        value: int


class Keyword:
    """Made with keyword arguments: NEWOBJ_EX from protocol 4 on."""

    def __new__(cls, a, *, b):
        made = super().__new__(cls)
        made.a, made.b = a, b
        return made

    def __getnewargs_ex__(self):
        return (self.a,), {"b": self.b}


class Setting:
    """Given its state by a function of its own."""

    def __reduce__(self):
        return Setting, (), {"x": self.x}, None, None, set_state


def set_state(made, state):
    made.x = state["x"]


def setting(x):
    made = Setting()
    made.x = x
    return made
