"""Opening: real files in a real window, and what the tree says held against torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from inspector.checkpoint.types import Tensor
from inspector.ui.arrange import DEVICE, DTYPE, SHAPE
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.error_page import ErrorPage
from inspector.ui.figures import shape_text
from inspector.ui.file_tab import FileTab
from inspector.ui.main_window import MainWindow
from inspector.ui.opening_page import OpeningPage
from tests.builders import VALID, built
from tests.builders.oracle import TENSOR_KEY

Open = Callable[[Path], CheckpointPage]


def test_every_kind_of_file_fills_the_tree_as_torch_loads_it(
    window: MainWindow, opened: Open
) -> None:
    for name in VALID:
        file = built(name)
        page = opened(file.path)
        page.tree.open_all(True)
        model, rows = page.model, page.model.rows
        shown = {
            (entry.key, model.text(row, SHAPE), model.text(row, DTYPE))
            for row in model.visible
            if isinstance(entry := rows.entries[row], Tensor) and entry.stride is not None
        }
        expected = {
            (tensor.key, shape_text(tensor.shape), tensor.dtype)
            for tensor in file.tensors
            if tensor.stride is not None and TENSOR_KEY not in tensor.path
        }
        devices = {model.text(row, DEVICE) for row in model.visible if rows.counts[row] == 1}
        assert shown >= expected, name
        assert devices >= {tensor.device or "—" for tensor in file.tensors}, name
        window.close_tab(0)


def test_files_become_tabs_and_open_once(window: MainWindow, opened: Open) -> None:
    opened(built("general_checkpoint_with_adam").path)
    opened(built("safetensors_state").path)
    opened(built("general_checkpoint_with_adam").path)
    assert window.tabs.count() == 2
    assert window.tabs.currentIndex() == 0
    window.actions_["next_tab"].trigger()
    assert window.tabs.currentIndex() == 1
    window.actions_["close"].trigger()
    window.actions_["close"].trigger()
    assert window.tabs.count() == 0
    assert window.current_page() is None


def test_files_and_folders_can_be_dropped(window: MainWindow, qtbot: QtBot) -> None:
    paths = [built("legacy_state").path, built("sharded_safetensors_by_folder").path]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    no_keys = Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), action, data, buttons, no_keys))
    qtbot.waitUntil(lambda: window.tabs.count() == 2)
    tabs = [window.tabs.widget(place) for place in range(2)]
    qtbot.waitUntil(lambda: all(isinstance(tab, FileTab) and tab.page for tab in tabs))


def test_a_file_that_cannot_be_opened_gets_a_page(
    window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "<b>page.pt"
    path.write_text("<html><body>404</body></html>")
    window.open_paths([str(path)])
    tab = window.tabs.currentWidget()
    assert isinstance(tab, FileTab)
    qtbot.waitUntil(lambda: tab.error is not None)
    assert tab.error is not None
    page = tab.findChild(ErrorPage)
    assert isinstance(page, ErrorPage)
    assert tab.error.code in page.details
    assert tab.error.message in page.details
    # The window lives on, and the file may be repaired meanwhile.
    opened(built("bare_tensor").path)
    path.write_bytes(built("bare_tensor").path.read_bytes())
    page.retried.emit()
    qtbot.waitUntil(lambda: tab.page is not None)


def test_opening_can_be_cancelled(window: MainWindow, qtbot: QtBot) -> None:
    window.open_paths([str(built("a_thousand_layers").path)])
    tab = window.tabs.currentWidget()
    assert isinstance(tab, FileTab)
    assert tab.opening
    opening = tab.findChild(OpeningPage)
    assert isinstance(opening, OpeningPage)
    opening.cancelled.emit()
    assert window.tabs.count() == 0
    qtbot.waitUntil(lambda: not window.jobs.busy("open"))


def test_the_window_closes_while_a_file_is_read(window: MainWindow) -> None:
    window.open_paths([str(built("a_thousand_layers").path)])
    window.close()
    assert window.clean


def test_a_file_can_be_read_again(window: MainWindow, opened: Open, qtbot: QtBot) -> None:
    first = opened(built("nested_dicts").path)
    window.actions_["reload"].trigger()
    qtbot.waitUntil(lambda: window.current_page() not in (None, first))
