"""A file that changes under the window: a banner, never a mix of two versions."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from inspector.ui import file_watch
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.error_page import ErrorPage
from inspector.ui.histogram_panel import HistogramPanel
from inspector.ui.main_window import MainWindow
from inspector.ui.picture_panel import PicturePanel
from inspector.ui.selection_panel import HISTOGRAM, PICTURE, VALUES
from inspector.ui.texts import PlainLabel
from inspector.ui.values_panel import ValuesPanel
from tests.builders import torch

Open = Callable[[Path], CheckpointPage]


def truncate(path: Path) -> None:
    os.truncate(path, 3000)


def overwrite(path: Path) -> None:
    """Put another version into the same file, as `torch.save` does."""
    data = twos(path.with_name("other.pt")).read_bytes()
    with path.open("r+b") as file:
        file.write(data)


def replace(path: Path) -> None:
    twos(path.with_name("other.pt")).replace(path)


HARMS = (truncate, overwrite, replace, Path.unlink)


def saved(path: Path, value: float) -> Path:
    # Far apart, so that a part that was read already says nothing of the rest.
    torch.save({name: torch.full((600, 600), value) for name in ("first", "last")}, path)
    return path


def twos(path: Path) -> Path:
    return saved(path, 2.0)


def cells(page: CheckpointPage) -> set[str]:
    """Return the texts in sight in the table of values, none while one is on its way."""
    panel = page.findChild(ValuesPanel)
    if panel is None or panel.model is None:
        return set()
    table = panel.table
    row, column = table.rowAt(1), table.columnAt(1)
    places = [panel.model.index(row + r, column + c) for r in (0, 1) for c in (0, 1)]
    texts = {str(place.data()) for place in places if place.isValid()}
    return set() if "…" in texts else texts


def means(page: CheckpointPage) -> set[str]:
    """Return the mean that the histogram tells, or why there is none."""
    panel = page.findChild(HistogramPanel)
    if panel is None:
        return set()
    told = {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}
    failed = {"⚠" for text in told if "cannot be read" in text}
    words = panel.plot.plot.accessibleDescription() if panel.plot.isVisible() else ""
    mean = {part.split()[-1] for part in words.split("; ") if part.startswith("mean")}
    return failed or mean


def pictured(page: CheckpointPage) -> set[str]:
    """Return the values that the picture shows, or why there is none."""
    panel = page.findChild(PicturePanel)
    if panel is None:
        return set()
    told = {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}
    if any("cannot be read" in text for text in told):
        return {"⚠"}
    seen = panel.plot.in_sight if panel.plot.isVisible() else None
    return set() if seen is None else {f"{value:g}" for value in set(seen.mean.ravel().tolist())}


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize(
    ("view", "values"), [(HISTOGRAM, means), (PICTURE, pictured), (VALUES, cells)]
)
def test_a_file_that_changed_never_shows_a_mix(
    harm: Callable[[Path], None],
    view: int,
    values: Callable[[CheckpointPage], set[str]],
    opened: Open,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_watch, "QUIET_MS", 20)
    path = saved(tmp_path / "last.pt", 1.0)
    page = opened(path)
    page.selection.tabs.setCurrentIndex(view)
    page.go_to_key("first")
    qtbot.waitUntil(lambda: values(page) == {"1"})
    harm(path)
    if view == VALUES:  # the part that was read stays; the rest is read now
        panel = page.findChild(ValuesPanel)
        assert panel is not None
        panel.table.scrollToBottom()
        qtbot.waitUntil(lambda: bool(cells(page)))
        assert cells(page) <= {"1", "⚠"}
    page.go_to_key("last")
    still_there = harm in (replace, Path.unlink)
    expected = {"1"} if still_there else {"⚠"}
    qtbot.waitUntil(lambda: values(page) == expected)
    qtbot.waitUntil(page.banner.isVisible)


def test_reloading_a_file_that_is_gone_says_so_and_nothing_of_before(
    window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    path = twos(tmp_path / "model.pt")
    opened(path)
    assert "2 tensors" in window._status.text()
    path.unlink()
    window.reload()
    tab = window.tabs.currentWidget()
    qtbot.waitUntil(lambda: tab.findChild(ErrorPage) is not None)
    page = tab.findChild(ErrorPage)
    assert isinstance(page, ErrorPage)
    texts = [label.text() for label in page.findChildren(PlainLabel)]
    assert texts[0] == "There is no such file."
    assert not any("complete" in text for text in texts)
    assert window._status.text() == ""
