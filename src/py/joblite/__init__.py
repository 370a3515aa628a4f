"""joblib for the browser.

After ``import joblite; joblite.register()`` in Pyodide, unchanged joblib code runs
``Parallel(n_jobs=-1)`` on web workers and keeps ``Memory`` in IndexedDB, over a reload of the page.

Examples
--------
>>> import joblite
>>> from joblib import Memory, Parallel, delayed
>>> joblite.register()  # doctest: +SKIP
>>> Parallel(n_jobs=2)(delayed(pow)(i, 2) for i in range(4))  # doctest: +SKIP
[0, 1, 4, 9]
"""

from importlib.metadata import version as _version

from joblite import _requirements

_requirements.check()

from joblite._api import flush, register, shutdown, start, status, trust  # noqa: E402
from joblite._pool import TerminatedWorkerError  # noqa: E402

__version__ = _version("joblite")
__all__ = [
    "TerminatedWorkerError",
    "__version__",
    "flush",
    "register",
    "shutdown",
    "start",
    "status",
    "trust",
]
