"""What every test stands on: no display, no settings of whoever runs them, no stray threads."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.formats import tensor_run
from tests.builders import drop_built_files

_XDG = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--headed", action="store_true", help="show the windows on the real display")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--headed"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"


@pytest.fixture(autouse=True)
def runs_by_their_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the fast way through small files, too: the tests have no large ones."""
    monkeypatch.setattr(tensor_run, "WORTH_PATTERN", 0)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point settings, caches and sockets at folders of this test alone."""
    base = tmp_path_factory.mktemp("xdg")
    for variable, name in _XDG.items():
        folder = base / name
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(folder))
    return base


@pytest.fixture(autouse=True)
def no_thread_outlives_its_test() -> Iterator[None]:
    """Fail a test that leaves a thread of its own running: a job lane that was not shut down."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        left = [thread for thread in threading.enumerate() if thread not in before]
        if not left:
            return
        time.sleep(0.01)
    pytest.fail(f"threads outlive the test: {', '.join(thread.name for thread in left)}")


def pytest_sessionfinish() -> None:
    drop_built_files()
