"""Zip the packages that a page needs beside joblite's wheel, as installed here: `pack.py FILE`."""

import sys
import zipfile
from importlib import metadata
from pathlib import Path

with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for name in ("joblib", "cloudpickle"):
        distribution = metadata.distribution(name)
        for file in distribution.files:
            if ".." not in file.parts and file.suffix != ".pyc":
                archive.write(Path(distribution.locate_file(file)), str(file))
