"""A real window for each test, closed at its end as a person closes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

# An import cannot be cancelled: done here, so that closing never waits for it.
from inspector.ui import histogram_panel, overview_panel, picture_panel, theme, values_panel  # noqa: F401
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.file_tab import FileTab
from inspector.ui.main_window import MainWindow
from inspector.ui.settings import Settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    theme.start("light")
    made = MainWindow(Settings(fresh=True))
    troubles: list[Exception] = []
    made.jobs.failed.connect(troubles.append)
    made.resize(1200, 800)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    assert made.clean
    assert troubles == []
    made.deleteLater()


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot) -> Callable[[Path], CheckpointPage]:
    """Open a file in the window and wait for its page."""

    def open_and_wait(path: Path) -> CheckpointPage:
        window.open_paths([str(path)])
        tab = window.tabs.currentWidget()
        assert isinstance(tab, FileTab)
        qtbot.waitUntil(lambda: not tab.opening)
        assert tab.page is not None, tab.error
        return tab.page

    return open_and_wait
