"""Loads files with this environment's joblib and compares each with the value of its name. The argument is a
JSON list of files by name; prints a list of what differs, with null where nothing does."""

import json
import sys
import warnings

import dump_values  # noqa: F401  (lists all values)
import joblib
from same import difference
from values import BUILDERS

JOBLIB = tuple(int(part) for part in joblib.__version__.split(".")[:2])

built = {}
"""Values of this process by name: a comparison changes none of them."""


def problem(name, file):
    if name not in built:
        built[name] = BUILDERS[name]()
    try:
        return difference(built[name], joblib.load(file), relaxed=True)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def is_readable(name, file):
    """joblib before 1.2 takes the padding in front of an array for its first elements."""
    if JOBLIB >= (1, 2):
        return True
    with open(file, "rb") as opened:
        return name != "compressible arrays" and b"numpy_array_alignment_bytes" not in opened.read()


def answer(case):
    if not is_readable(**case):
        return "not for this version"
    return problem(**case)


warnings.simplefilter("ignore")
with open(sys.argv[1]) as cases:
    print(json.dumps([answer(case) for case in json.load(cases)]))
