"""Dumps all values with this environment's joblib into the folder that is the first argument, in every
protocol, and one of them in every compression. Prints what it made as JSON: a list of files by name of
the value, and what went wrong here already."""

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
EXTENSIONS = [".z", ".gz", ".bz2", ".xz", ".lzma"]
NAMES = ["zlib", "gzip", "bz2", "xz", "lzma"]


@value
def compressible():
    noise = arrays.rng().randint(0, 256, 20000).astype("u1")
    return {"zeros": np.zeros(20000), "noise": noise, "text": "again and again " * 2000}


def takes(compress) -> bool:
    """Whether this joblib does: lz4 came with 0.13 and needs a package, a name without a level with 0.12."""
    try:
        joblib.dump(1, io.BytesIO(), compress=compress)
    except ValueError:
        return False
    return True


def compressions():
    """Name of a way to compress, and the arguments of `joblib.dump` or a function that opens a file."""
    lz4 = takes(("lz4", 1))
    for name in NAMES + ["lz4"] * lz4:
        for level in LEVELS:
            yield f"{name} {level}", {"compress": (name, level)}
        if takes(name):
            yield name, {"compress": name}
    for extension in EXTENSIONS + [".lz4"] * lz4:
        yield f"by extension {extension}", {"extension": extension}
    for level in LEVELS:
        yield f"compress={level}", {"compress": level}
    yield "compress=True", {"compress": True}
    for name, opened in {"gzip": gzip.GzipFile, "bz2": bz2.BZ2File, "lzma": lzma.LZMAFile}.items():
        yield f"into a file of {name}", {"opened": opened}


class Files:
    """The files made so far."""

    def __init__(self, folder):
        self.folder = folder
        self.made = []
        self.problems = []

    def dump(self, name, how, *, extension=".joblib", opened=None, **arguments):
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
            self.made.append({"name": name, "how": how, "file": path.name})
        else:
            self.problems.append(f"{name}, {how}: {problem}")


def main():
    warnings.simplefilter("ignore")
    files = Files(pathlib.Path(sys.argv[1]))
    for name in BUILDERS:
        for protocol in range(PROTOCOLS[name], 6):
            files.dump(name, f"protocol {protocol}", protocol=protocol)
    for how, arguments in compressions():
        files.dump("compressible", how, **arguments)
    print(json.dumps({"files": files.made, "problems": files.problems}))


if __name__ == "__main__":
    main()
