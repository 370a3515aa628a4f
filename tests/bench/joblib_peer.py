"""joblib as a peer of the measurements: in the machine's own Python, which is told by lines on stdin what
to run, and in Pyodide, which calls `time_of`. Times are in milliseconds."""

import io
import sys
import time

import joblib
import numpy

runs = {}


def add_hashes():
    large = numpy.arange(10_000_000) / 3
    small = numpy.arange(100_000) / 3
    runs["hash 80 MB Float64Array"] = lambda: joblib.hash(large)
    runs["hash 0.8 MB Float64Array"] = lambda: joblib.hash(small)


def add_files(nbytes, compressions):
    """Runs `dump NAME` and `load NAME` for those compressions that this Python has; gives their names."""
    # Twelve bits each, in no order; the same numbers as in files-measure.js.
    bits = numpy.arange(nbytes // 8, dtype="uint32")
    for _ in range(2):
        bits = (bits ^ (bits >> 16)) * numpy.uint32(0x45D9F3B)
    array = (bits >> 20) / 8.0
    added = []
    for name, level in compressions:
        try:
            joblib.dump(array[:8], io.BytesIO(), compress=(name, level))
        except (ValueError, ImportError, AttributeError):
            continue
        files = {}

        def dump(name=name, level=level, files=files):
            files[0] = io.BytesIO()
            joblib.dump(array, files[0], compress=(name, level))

        def load(files=files):
            files[0].seek(0)
            joblib.load(files[0])

        runs[f"dump {name}"] = dump
        runs[f"load {name}"] = load
        added.append(name)
    return added


def time_of(name):
    start = time.perf_counter()
    runs[name]()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    for line in sys.stdin:
        # An expression of this module; the other side is tests/bench/python-peer.js.
        print(eval(line), flush=True)
