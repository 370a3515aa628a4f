"""Caches as zips: `write` makes one with joblib.Memory, `check` opens what came back, and what JavaScript wrote."""

import contextlib
import json
import shutil
import sys
import zipfile
from pathlib import Path

import joblib
import numpy as np
import user_module

step, folder = sys.argv[1], Path(sys.argv[2])
#: One a process: of a function that had another location before, joblib writes no source.
names = sys.argv[3:]
problems = []


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        problems.append(f"{what}: found {found!r}, expected {expected!r}")


def cached(location: Path, compress: int = 0) -> joblib.memory.MemorizedFunc:
    # Of a Path joblib makes no directory `joblib`: https://github.com/joblib/joblib/issues/1684
    return joblib.Memory(str(location), verbose=0, compress=compress).cache(user_module.counted)


if step == "write":
    for name in names:
        function = cached(folder / name, compress=3 if name == "packed" else 0)
        for n in (3, 2000):
            function(n)
        shutil.make_archive(str(folder / name), "zip", folder / name)
else:
    for name in names:
        location = folder / f"{name}-back"
        with zipfile.ZipFile(folder / f"{name}-back.zip") as archive:
            expect(f"{name}: damaged entry", archive.testzip(), None)
            archive.extractall(location)
        function = cached(location)
        for n in (3, 2000):
            before = user_module.calls
            result = function(n)
            expect(f"{name}: {n} is not computed", user_module.calls, before)
            expect(f"{name}: {n}", bool(np.array_equal(result["data"], np.arange(n) / 3)), True)
    with zipfile.ZipFile(folder / "javascript.zip") as archive:
        archive.extractall(folder / "javascript")
    for kind in ("javascript", "local"):
        outputs = sorted((folder / kind).glob("joblib/js/*/*/output.pkl"))
        expect(f"{kind}: outputs", len(outputs), 2)
        for output in outputs:
            value = joblib.load(output)
            expect(f"{kind}: {output}", value["data"].tolist(), [0.5] * value["n"])
        items = joblib.Memory(str(folder / kind), verbose=0).store_backend.get_items()
        expect(f"{kind}: items", len(items), 2)
        with contextlib.suppress(StopIteration):
            expect(f"{kind}: temporary file", next((folder / kind).glob("**/output.pkl.*")), None)
print(json.dumps(problems))
