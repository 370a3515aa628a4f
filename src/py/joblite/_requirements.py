"""The versions of joblib and cloudpickle that joblite works with."""

from __future__ import annotations

import re
from importlib import metadata

#: Oldest version by distribution; the same as in ``pyproject.toml``.
MINIMUM = {"joblib": (1, 5), "cloudpickle": (3, 0)}


def check() -> None:
    """Refuse to go on without what joblite needs.

    Raises
    ------
    ImportError
        A distribution is missing or too old; the message says how to get it.
    """
    for name, oldest in MINIMUM.items():
        wanted = f"{name}>={'.'.join(map(str, oldest))}"
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            raise ImportError(
                f"joblite needs {wanted}: run `await micropip.install('{wanted}')`"
            ) from None
        if tuple(map(int, re.findall(r"\d+", found)[:2])) < oldest:
            raise ImportError(
                f"joblite needs {wanted} and {name} {found} is loaded: "
                f"run `await micropip.install('{wanted}')` before anything loads {name}"
            )
