"""Reads a directory that Memory wrote in a browser with joblib's own store; prints what is wrong as JSON."""

import json
import sys

import joblib
import numpy as np

store = joblib.Memory(sys.argv[1], verbose=0).store_backend
problems = []


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        problems.append(f"{what}: found {found!r}, expected {expected!r}")


items = store.get_items()
expect("number of items", len(items), 3)
results = {}
for item in items:
    func_id, args_id = item.path[len(store.location) + 1 :].rsplit("/", 1)
    value = store.load_item([func_id, args_id], verbose=0)
    metadata = store.get_metadata([func_id, args_id])
    source = store.get_cached_func_code([func_id])
    expect(f"length of args_id of {func_id}", len(args_id), 32)
    expect(f"{func_id} has a duration", metadata["duration"] >= 0, True)
    expect(f"{func_id} has a time of this century", metadata["time"] > 1e9, True)
    key = (func_id, *metadata["input_args"].values())
    results[key] = (value, source, metadata["input_args"], item.size)

value, source, input_args, size = results[("js/scaled", "20000", "{by: 2}")]
expect("n", value["n"], 20000)
expect("dtype", str(value["data"].dtype), "float64")
expect("data", bool(np.all(value["data"] == 2)), True)
expect("names of the arguments", list(input_args), ["n", "options"])
expect("size counts the array", size > 160_000, True)
expect("first line of func_code.py", source.splitlines()[0], "# first line: 1")
expect("func_code.py holds the source", "fill(options.by)" in source, True)
expect("small data", results[("js/scaled", "3", "{by: 0.5}")][0]["data"].tolist(), [0.5] * 3)
expect("text", results[("js/a%2Ftext", '"ü"')][0], "hello ü")
print(json.dumps(problems))
