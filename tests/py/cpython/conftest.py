import joblite
import pytest
from joblite import _bridge
from twin import Twin


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """Open a page: a function that registers joblite over a twin, in a home folder of its own.

    Calling it again is a reload: the database stays, the file system and all state are new.
    """
    database = {}
    count = 0

    def open_page(**options):
        nonlocal count
        count += 1
        joblite.shutdown()
        home = tmp_path / f"home{count}" / "pyodide"
        home.mkdir(parents=True)
        # The path is part of nothing that is kept: the database's paths are relative to it.
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.chdir(home)
        twin = Twin(database, **options)
        _bridge.install(twin)
        joblite.register(n_workers=0)
        return twin

    yield open_page
    joblite.shutdown()
    _bridge.install(None)
