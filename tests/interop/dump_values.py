"""Dumps all values with this environment's joblib into the folder that is the first argument, in every
protocol, and some of them in every compression. Prints what it made as JSON: a list of files by name of
the value, each with the options of joblite's `dump` that make the same, and what went wrong here already."""

import bz2
import gzip
import io
import json
import lzma
import pathlib
import sys
import warnings

import arrays
import joblib
import numpy as np
from same import difference
from values import BUILDERS, PROTOCOLS, value

LEVELS = range(10)
EXTENSIONS = {"zlib": ".z", "gzip": ".gz", "bz2": ".bz2", "xz": ".xz", "lzma": ".lzma", "lz4": ".lz4"}


@value
def compressible_arrays():
    noise = arrays.rng().randint(0, 256, 20000).astype("u1")
    return {"zeros": np.zeros(20000), "noise": noise, "text": "again and again " * 2000}


@value
def compressible_text():
    return {"text": "again and again " * 5000, "numbers": list(range(5000)), "nothing": None}


def takes(compress) -> bool:
    """Whether this joblib does: lz4 came with 0.13 and needs a package, a name without a level with 0.12."""
    try:
        joblib.dump(1, io.BytesIO(), compress=compress)
    except ValueError:
        return False
    return True


def compressions():
    """joblite's option `compress`, and the arguments of `Files.dump`."""
    for name, extension in EXTENSIONS.items():
        if not takes((name, 1)):
            continue
        for level in LEVELS:
            yield [name, level], {"compress": (name, level)}
        if takes(name):
            yield name, {"compress": name}
        yield name, {"extension": extension}
    for level in LEVELS:
        yield level, {"compress": level}
    yield True, {"compress": True}
    for name, opened in {"gzip": gzip.GzipFile, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}.items():
        yield name, {"opened": opened}


class Files:
    """The files made so far."""

    def __init__(self, folder):
        self.folder = folder
        self.made = []
        self.problems = []

    def dump(self, name, options, *, extension=".joblib", opened=None, **arguments):
        """Dumps a value and loads it again; a file that Python itself does not get right is a problem here."""
        path = self.folder / f"{len(self.made)}{extension}"
        try:
            if opened is None:
                joblib.dump(BUILDERS[name](), str(path), **arguments)
            else:
                with opened(str(path), "wb") as file:
                    joblib.dump(BUILDERS[name](), file, **arguments)
            problem = difference(BUILDERS[name](), joblib.load(str(path)), relaxed=False)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if problem is None:
            self.made.append(
                {"name": name, "options": options, "file": path.name, "protocol": arguments.get("protocol")}
            )
        else:
            self.problems.append(f"{name}, {options}: {problem}")


def main():
    warnings.simplefilter("ignore")
    files = Files(pathlib.Path(sys.argv[1]))
    for name in BUILDERS:
        for protocol in PROTOCOLS[name]:
            # joblite writes no older protocol than 2.
            files.dump(name, {"protocol": max(protocol, 2)}, protocol=protocol)
    for compress, arguments in compressions():
        for name in ["compressible arrays", "compressible text"]:
            files.dump(name, {"compress": compress}, **arguments)
    print(json.dumps({"files": files.made, "problems": files.problems}))


if __name__ == "__main__":
    main()
