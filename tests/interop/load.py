"""Loads files with joblib and evaluates a check on each: in it, `v` is the value. Prints JSON."""

import datetime
import decimal
import json
import math
import sys

import joblib
import numpy as np
import pandas as pd

NAMES = {"np": np, "pd": pd, "datetime": datetime, "decimal": decimal, "math": math}


def problem(case: dict) -> str | None:
    value = joblib.load(case["file"])
    if case["check"] is None:
        return None
    if not eval(case["check"], {**NAMES, "v": value}):
        return f"{case['check']} does not hold for {value!r:.300}"
    return None


def answer(case: dict) -> dict:
    try:
        return {"name": case["name"], "problem": problem(case)}
    except Exception as error:
        return {"name": case["name"], "problem": f"{type(error).__name__}: {error}"}


with open(sys.argv[1]) as file:
    print(json.dumps([answer(case) for case in json.load(file)]))
