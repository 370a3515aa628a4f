"""Lay out a JupyterLite site that fetches nothing from elsewhere: `site.py PYODIDE WHEELS WHEEL SITE`.

PYODIDE is the folder of npm's Pyodide, WHEELS that of the wheels its kernel needs, WHEEL joblite's.
The lock file is npm's, less the packages that are not here: wheels of the same version from the
package index have other hashes than those of Pyodide's own builds, so theirs are put in.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

pyodide, wheels, wheel, site = map(Path, sys.argv[1:])
static = site / "static" / "pyodide"
static.mkdir(parents=True)
(site / "pypi").mkdir()
shutil.copy(wheel, site / "pypi")
for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
    shutil.copy(pyodide / name, static)

lock = json.loads((pyodide / "pyodide-lock.json").read_text())
#: Not on Pyodide's list; the kernel asks for it by name.
comm = {"imports": ["comm"], "depends": ["traitlets"], "install_dir": "site", "tool": {}}
packages = {}
for file in sorted(wheels.glob("*.whl")):
    shutil.copy(file, static)
    name, version = file.name.split("-")[:2]
    name = name.lower().replace("_", "-")
    entry = lock["packages"].get(name, {**comm, "package_type": "package", "unvendored_tests": False})
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    packages[name] = {**entry, "name": name, "version": version, "file_name": file.name, "sha256": digest}
(static / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": packages}))

# The page offers its application to scripts, so that a test can start a kernel.
config = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"exposeAppInBrowser": True}}
(site / "jupyter-lite.json").write_text(json.dumps(config))
command = [Path(sys.executable).with_name("jupyter-lite"), "build", "--output-dir", "out"]
subprocess.run(command, cwd=site, check=True, stdout=sys.stderr)
