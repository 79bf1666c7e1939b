"""Habits: a file that changed is reloaded in place, recent files, settings that last, the offer."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from inspector.ui import file_watch
from inspector.ui.arrange import SHAPE
from inspector.ui.banner import Banner
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.desktop import registration
from inspector.ui.histogram_panel import HistogramPanel
from inspector.ui.main_window import MainWindow
from inspector.ui.picture_panel import PicturePanel
from inspector.ui.recent import RecentFile
from inspector.ui.registration_offer import RegistrationOffer
from inspector.ui.selection_panel import FACTS, PICTURE, VALUES
from inspector.ui.settings import Settings
from inspector.ui.settings_dialog import SettingsDialog
from inspector.ui.values_panel import ValuesPanel

# The offscreen platform says so of every window.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Opener = Callable[[Settings], MainWindow]


@pytest.fixture
def opener(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    monkeypatch.setattr(file_watch, "QUIET_MS", 100)

    def open_window(settings: Settings) -> MainWindow:
        window = MainWindow(settings)
        qtbot.addWidget(window, before_close_func=lambda widget: widget.close())
        window.show()
        return window

    yield open_window


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save(tmp_path / "last.pt", 0)
    return tmp_path / "last.pt"


def save(path: Path, epoch: int) -> None:
    layers = {f"layer{n}.{name}": torch.full((3,), float(epoch)) for n in "12" for name in "wb"}
    torch.save({"model": layers, "epoch": epoch}, path)


def page_of(window: MainWindow, qtbot: QtBot) -> CheckpointPage:
    qtbot.waitUntil(lambda: window.current_page() is not None)
    page = window.current_page()
    assert page is not None
    return page


def test_file_saved_again_is_reloaded_where_one_was(
    opener: Opener, model: Path, qtbot: QtBot
) -> None:
    window = opener(Settings(fresh=True))
    window.open_paths([str(model)])
    page = page_of(window, qtbot)
    page.tree.open_all(False)
    page.go_to_key("model.layer2.w")
    page.selection.tabs.setCurrentIndex(FACTS)
    opened = page.model.open_keys()
    save(model, 7)
    qtbot.waitUntil(page.banner.isVisible)
    [reload] = page.banner.findChildren(QPushButton)
    QTest.mouseClick(reload, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.current_page() not in (None, page))
    fresh = page_of(window, qtbot)
    qtbot.waitUntil(lambda: fresh.tree.current_row() >= 0)
    assert fresh.model.rows.keys[fresh.tree.current_row()] == "model.layer2.w"
    assert fresh.model.open_keys() == opened
    assert fresh.selection.view == FACTS
    assert not fresh.banner.isVisible()
    qtbot.waitUntil(fresh.reload_banner.isVisible)
    assert fresh.reload_banner.text == "Reloaded: 4 tensors changed, 1 value changed."
    epoch = fresh.model.rows.keys.index("epoch")
    assert fresh.model.text(epoch, 1) == "7"


def test_reload_keeps_the_filter_and_forgets_a_key_that_is_gone(
    opener: Opener, model: Path, qtbot: QtBot
) -> None:
    window = opener(Settings(fresh=True))
    window.open_paths([str(model)])
    page = page_of(window, qtbot)
    page.filter.setText("layer")
    qtbot.waitUntil(lambda: page.model.request.text == "layer")
    page.go_to_key("model.layer2.w")
    torch.save({"model": {"layer1.w": torch.ones(3)}, "other": 1}, model)
    window.reload()
    qtbot.waitUntil(lambda: window.current_page() not in (None, page))
    fresh = page_of(window, qtbot)
    qtbot.waitUntil(lambda: fresh.model.request.text == "layer")
    assert fresh.filter.text() == "layer"
    assert "model.layer2.w" not in fresh.model.rows.keys


def test_reload_keeps_the_slice_and_the_part_of_the_picture(
    opener: Opener, model: Path, qtbot: QtBot
) -> None:
    def write(first: float, size: int = 64) -> None:
        torch.save({"w": torch.full((3, 5, size, size), first), "v": torch.ones(2, 4, 4)}, model)

    def shown(page: CheckpointPage) -> tuple[ValuesPanel, PicturePanel]:
        page.selection.tabs.setCurrentIndex(PICTURE)
        qtbot.waitUntil(lambda: page.findChild(PicturePanel) is not None)
        picture = page.findChild(PicturePanel)
        assert picture is not None
        qtbot.waitUntil(lambda: picture.plot.in_sight is not None)
        page.selection.tabs.setCurrentIndex(VALUES)
        qtbot.waitUntil(lambda: page.findChild(ValuesPanel) is not None)
        values = page.findChild(ValuesPanel)
        assert values is not None and values.model is not None
        return values, picture

    def reloaded(window: MainWindow) -> CheckpointPage:
        before = window.current_page()
        window.reload()
        qtbot.waitUntil(lambda: window.current_page() not in (None, before))
        fresh = page_of(window, qtbot)
        qtbot.waitUntil(lambda: fresh.tree.current_row() >= 0)
        return fresh

    write(1.0)
    window = opener(Settings(fresh=True))
    window.open_paths([str(model)])
    page = page_of(window, qtbot)
    page.go_to_key("w")
    values, picture = shown(page)
    picture.plot.look_at([[8.0, 24.0], [4.0, 20.0]])
    sight = picture.plot.sight
    assert sight is not None
    page.selection.show_cell((2, 4, 7, 9))
    write(2.0)
    values, picture = shown(reloaded(window))
    assert values.cell == (2, 4, 7, 9)
    assert picture.plot.sight == sight
    write(3.0, size=32)
    values, picture = shown(reloaded(window))
    assert values.cell == ()
    assert picture.plot.sight is None


def test_reload_keeps_the_axes_of_the_histogram(opener: Opener, model: Path, qtbot: QtBot) -> None:
    torch.save({"a": torch.linspace(-1, 1, 999), "b": torch.linspace(-1, 1, 999)}, model)
    window = opener(Settings(fresh=True))
    window.open_paths([str(model)])
    page = page_of(window, qtbot)
    page.go_to_key("b")

    def plotted(page: CheckpointPage) -> HistogramPanel:
        qtbot.waitUntil(lambda: page.findChild(HistogramPanel) is not None)
        panel = page.findChild(HistogramPanel)
        assert panel is not None
        qtbot.waitUntil(lambda: panel.plot.bars.counts.sum() > 0)
        return panel

    panel = plotted(page)
    panel.controls.log_counts.click()
    panel.controls.bins.setCurrentIndex(2)
    panel.controls.bins.activated.emit(2)
    panel.plot.set_values_in_view(-0.25, 0.5)
    axes = panel.plot.axes
    torch.save({"a": torch.linspace(-2, 2, 999), "b": torch.linspace(-2, 2, 999)}, model)
    window.reload()
    qtbot.waitUntil(lambda: window.current_page() not in (None, page))
    again = plotted(page_of(window, qtbot))
    assert again.plot.values_in_view() == pytest.approx((-0.25, 0.5), abs=1e-9)
    assert again.controls.log_counts.isChecked() and not again.controls.symlog.isChecked()
    assert again.plot.axes.bins == axes.bins
    page_of(window, qtbot).go_to_key("a")
    qtbot.waitUntil(lambda: again.plot.values_in_view()[0] < -2)


def test_file_that_is_gone_is_told(opener: Opener, model: Path, qtbot: QtBot) -> None:
    window = opener(Settings(fresh=True))
    window.open_paths([str(model)])
    page = page_of(window, qtbot)
    model.unlink()
    qtbot.waitUntil(page.banner.isVisible)
    assert "gone" in page.banner.text


def test_recent_files_are_listed_with_their_kind_and_opened_again(
    opener: Opener, model: Path, qtbot: QtBot
) -> None:
    window = opener(Settings())
    window.open_paths([str(model)])
    page_of(window, qtbot)
    window.close()
    settings = Settings()
    assert settings.recent.entries == [RecentFile(str(model), "torch zip")]
    settings.recent.add(RecentFile(str(model.with_name("never.pt")), "safetensors"))
    again = opener(settings)
    again.show_recent()

    def links() -> dict[str, QPushButton]:
        found = again.findChildren(QPushButton, "recent")
        return {link.text().split("  ·  ")[0]: link for link in found}

    qtbot.waitUntil(lambda: "missing" in links()["never.pt"].text())
    assert not links()["never.pt"].isEnabled()
    assert "torch zip" in links()["last.pt"].text()
    QTest.mouseClick(links()["last.pt"], Qt.MouseButton.LeftButton)
    assert page_of(again, qtbot).checkpoint.path == str(model)


def test_columns_and_splitter_stay_as_they_were_left(
    opener: Opener, model: Path, qtbot: QtBot
) -> None:
    window = opener(Settings())
    window.open_paths([str(model)])
    window.resize(760, 600)  # the screen of the offscreen platform is small
    page = page_of(window, qtbot)
    qtbot.wait(50)
    page.tree.horizontalHeader().resizeSection(SHAPE, 123)
    page.splitter.setSizes([400, page.splitter.width() - 400])
    left = page.splitter.sizes()[0]
    window.close()
    again = opener(Settings())
    again.open_paths([str(model)])
    page = page_of(again, qtbot)
    qtbot.waitUntil(lambda: page.splitter.sizes()[0] == left)
    assert page.tree.columnWidth(SHAPE) == 123


def test_settings_last_and_fresh_ones_leave_no_trace(qtbot: QtBot) -> None:
    for fresh, kept in ((True, False), (False, True)):
        settings = Settings(fresh=fresh)
        dialog = SettingsDialog(settings)
        qtbot.addWidget(dialog)
        [reopen] = dialog.findChildren(QCheckBox)
        reopen.click()
        sizes = dialog.findChildren(QComboBox)[1]
        sizes.setCurrentIndex(sizes.findData(130))
        settings.last_files = ["/models/\udcff.pt"]
        settings.sync()
        read = Settings()
        assert (read.reopen, read.text_size) == ((True, 130) if kept else (False, 100))
        assert read.last_files == (["/models/\udcff.pt"] if kept else [])


def test_theme_is_chosen_in_the_dialog(qtbot: QtBot) -> None:
    dialog = SettingsDialog(Settings(fresh=True))
    qtbot.addWidget(dialog)
    themes = dialog.findChildren(QComboBox)[0]
    with qtbot.waitSignal(dialog.theme_chosen) as told:
        themes.setCurrentIndex(themes.findData("dark"))
    assert told.args == ["dark"]


@pytest.mark.skipif(shutil.which("update-mime-database") is None, reason="no desktop tools")
def test_offer_is_made_once_and_registers(qtbot: QtBot) -> None:
    settings = Settings()
    offer = RegistrationOffer(settings)
    qtbot.addWidget(offer)
    assert offer.isVisible()
    [yes] = offer.findChildren(QPushButton)
    yes.click()
    assert registration.is_registered()
    assert not RegistrationOffer(settings).isVisible()
    registration.unregister()
    declined: Banner = RegistrationOffer(settings)
    assert not declined.isVisible(), "it was asked once"


def test_offer_is_not_made_to_a_fresh_start(qtbot: QtBot) -> None:
    offer = RegistrationOffer(Settings(fresh=True))
    qtbot.addWidget(offer)
    assert not offer.isVisible()
