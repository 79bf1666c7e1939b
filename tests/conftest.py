"""What every test stands on: no display, no settings of whoever runs them, no stray threads."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from functools import partialmethod
from pathlib import Path

import hypothesis
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inspector.formats import tensor_run
from inspector.ui import jobs
from tests.builders import drop_built_files

PATIENCE = 60.0
"""Seconds to wait for what must happen, however slow and busy the machine is."""

hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    derandomize=True,  # found by chance, a failure would stop whoever comes by
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("patient")

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
def the_same_numbers_each_time() -> None:
    """Seed torch where a test has it: no test may fail by chance."""
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point settings, caches and sockets at folders of this test alone."""
    base = tmp_path_factory.mktemp("xdg")
    for variable, name in _XDG.items():
        folder = base / name
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(folder))
    return base


class PatientBot(QtBot):
    """Waits as long as it takes."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=round(PATIENCE * 1000))
    waitSignal = partialmethod(QtBot.waitSignal, timeout=round(PATIENCE * 1000))
    waitExposed = partialmethod(QtBot.waitExposed, timeout=round(PATIENCE * 1000))


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def windows_close_in_their_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the threads of a closed window, which the tests say must have ended."""
    monkeypatch.setattr(jobs, "CLOSING_TIME", PATIENCE)


@pytest.fixture(autouse=True)
def no_thread_outlives_its_test() -> Iterator[None]:
    """Fail a test that leaves a thread of its own running: a job lane that was not shut down."""
    before = set(threading.enumerate())
    yield
    after = [thread for thread in threading.enumerate() if thread not in before]
    for thread in after:
        thread.join(PATIENCE / len(after))
    left = [thread.name for thread in after if thread.is_alive()]
    assert not left, f"threads outlive the test: {', '.join(left)}"


def pytest_sessionfinish() -> None:
    drop_built_files()
