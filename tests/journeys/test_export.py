"""Export and verify as a person does it: in the window, onto the disk, and into real torch."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.export_choices import SAFETENSORS, TORCH, ExportChoices
from inspector.ui.export_dialog import ExportDialog
from inspector.ui.export_report_page import ExportReportPage
from inspector.ui.file_tab import FileTab
from inspector.ui.main_window import MainWindow
from inspector.ui.tab_dialog import TabDialog
from inspector.ui.verify_dialog import VerifyDialog
from tests.builders import cuda, modules, numbers, save, torch

Opened = Callable[[Path], CheckpointPage]
Export = Callable[[Path], ExportDialog]
LARGE = 24_000_000
"""Elements of a file that takes so long to copy that it can be stopped."""


@pytest.fixture
def export(window: MainWindow, opened: Opened, qtbot: QtBot) -> Export:
    """Open a file and its export dialog by the command, and wait for the first plan."""

    def open_dialog(path: Path) -> ExportDialog:
        opened(path)
        window.actions_["export"].trigger()
        dialog = window.tabs.currentWidget().findChild(ExportDialog)
        assert isinstance(dialog, ExportDialog)
        settle(qtbot, dialog)
        return dialog

    return open_dialog


def settle(qtbot: QtBot, dialog: ExportDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.planning)


def choices_of(dialog: ExportDialog) -> ExportChoices:
    assert dialog.choices is not None
    return dialog.choices


def written(qtbot: QtBot, dialog: ExportDialog) -> ExportReportPage:
    """Press *Export* and wait for the report."""
    settle(qtbot, dialog)
    QTest.mouseClick(dialog.bar.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.report is not None)
    assert dialog.report is not None
    return dialog.report


def button(dialog: TabDialog, text: str) -> QPushButton:
    assert dialog.question is not None
    return next(found for found in dialog.question.buttons() if found.text() == text)  # type: ignore[return-value]


def press(page: QWidget, text: str) -> None:
    """Press the button of that name by the keyboard."""
    found = next(each for each in page.findChildren(QPushButton) if each.text() == text)
    QTest.keyClick(found, Qt.Key.Key_Space)


def large(folder: Path) -> Path:
    return save(folder / "large.pt", {"w": torch.zeros(LARGE)})


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_cuda_file_becomes_one_that_torch_loads_here(
    export: Export, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    source = cuda.on_two_gpus_and_the_cpu(tmp_path)
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(source.path)
    dialog = export(source.path)
    report = written(qtbot, dialog)
    copy = torch.load(tmp_path / "mixed-cpu.pt", weights_only=True)
    for tensor in source.tensors:
        assert torch.equal(copy[tensor.key], tensor.tensor)
    assert copy["tied"].data_ptr() == copy["tied_again"].data_ptr()
    assert copy["config"] == {"device": "cuda:0"}

    with qtbot.waitSignal(report.open_asked):
        press(report, "Open the copy")
    qtbot.waitUntil(lambda: window.current_page() is not None)
    page = window.current_page()
    assert page is not None
    assert page.checkpoint.path == str(tmp_path / "mixed-cpu.pt")


def test_weights_of_a_gone_class_load_without_it(
    export: Export, qtbot: QtBot, tmp_path: Path
) -> None:
    built = modules.whole_model_of_a_gone_class(tmp_path)
    dialog = export(built.path)
    choices_of(dialog).choose(TORCH)
    report = written(qtbot, dialog)
    copy = torch.load(tmp_path / "model-weights.pt", weights_only=True)
    assert set(copy) == {tensor.key for tensor in built.tensors if tensor.key in copy}
    assert "blocks.0.weight" in copy
    press(report, "Copy loading code")
    assert "model-weights.pt" in QGuiApplication.clipboard().text()
    press(report, "Close")
    qtbot.waitUntil(lambda: not isValid(dialog))


def test_cast_rename_and_safetensors(export: Export, qtbot: QtBot, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    weight = torch.linspace(-3, 3, 1000)
    dialog = export(save(tmp_path / "model.pt", {"module.w": weight, "module.n": numbers(2)}))
    choices = choices_of(dialog)
    choices.choose(SAFETENSORS)
    choices.types.box.setCurrentText("bfloat16")
    choices.types.keep.setText("*.n")
    choices.names.add_rule("module.", "")
    written(qtbot, dialog)
    copy = load_file(tmp_path / "model-weights-bfloat16.safetensors")
    assert torch.equal(copy["w"], weight.bfloat16())
    assert copy["n"].dtype == torch.float32


def test_after_a_report_the_choices_are_still_there(
    export: Export, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = export(save(tmp_path / "model.pt", {"w": numbers(3)}))
    choices_of(dialog).devices.send_all("cuda:1")
    report = written(qtbot, dialog)
    report.again_asked.emit()
    settle(qtbot, dialog)
    assert choices_of(dialog).devices.boxes["cpu"].currentText() == "cuda:1"
    assert dialog.target.replace.isVisible()
    assert not dialog.bar.start.isEnabled()
    dialog.target.replace.setChecked(True)
    written(qtbot, dialog)


def test_cancel_leaves_nothing(export: Export, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = export(large(tmp_path))
    QTest.mouseClick(dialog.bar.start, Qt.MouseButton.LeftButton)
    assert dialog.busy
    QTest.mouseClick(dialog.bar.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "Nothing was written" in dialog.bar.message.text()
    assert left_in(tmp_path) == ["large.pt"]
    assert dialog.bar.start.isEnabled()
    assert choices_of(dialog).isEnabled()


def test_what_fails_is_told_and_the_choices_stay(
    export: Export, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    dialog = export(save(tmp_path / "model.pt", {"w": numbers(3)}))
    dialog.target.choose(str(folder / "copy.pt"))
    settle(qtbot, dialog)
    (folder / "copy.pt").write_bytes(b"somebody else's")
    dialog.bar.start.click()
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "there already" in dialog.bar.message.text()
    assert (folder / "copy.pt").read_bytes() == b"somebody else's"
    (folder / "copy.pt").unlink()
    folder.rmdir()
    dialog.bar.start.click()
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "no such folder" in dialog.bar.message.text()
    assert dialog.target.path == str(folder / "copy.pt")
    folder.mkdir()
    written(qtbot, dialog)


def test_a_source_that_changed_is_not_copied(export: Export, qtbot: QtBot, tmp_path: Path) -> None:
    path = save(tmp_path / "model.pt", {"w": numbers(3)})
    dialog = export(path)
    path.write_bytes(path.read_bytes() + b"more")
    dialog.bar.start.click()
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "changed" in dialog.bar.message.text()
    assert left_in(tmp_path) == ["model.pt"]


def test_closing_the_window_asks_first(
    export: Export, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = export(large(tmp_path))
    dialog.bar.start.click()
    window.close()
    assert window.isVisible()
    assert dialog.busy
    button(dialog, "Stop writing").click()
    qtbot.waitUntil(lambda: not window.isVisible())
    qtbot.waitUntil(lambda: left_in(tmp_path) == ["large.pt"])


@pytest.mark.parametrize("how", ["close", "reload"])
def test_closing_or_reloading_the_tab_asks_first(
    export: Export, window: MainWindow, qtbot: QtBot, tmp_path: Path, how: str
) -> None:
    dialog = export(large(tmp_path))
    dialog.bar.start.click()
    window.actions_[how].trigger()
    tab = window.tabs.currentWidget()
    assert isinstance(tab, FileTab)
    assert tab.page is not None
    assert dialog.busy
    button(dialog, "Stop writing").click()
    if how == "close":
        qtbot.waitUntil(lambda: window.tabs.count() == 0)
    else:
        qtbot.waitUntil(lambda: tab.opening or tab.page is not None)
        qtbot.waitUntil(lambda: not tab.opening)
        assert tab.page is not None
    qtbot.waitUntil(lambda: left_in(tmp_path) == ["large.pt"])


def test_going_on_writes_to_the_end(export: Export, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = export(large(tmp_path))
    choices_of(dialog).devices.send_all("cuda:0")
    settle(qtbot, dialog)
    dialog.bar.start.click()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    button(dialog, "Go on writing").click()
    qtbot.waitUntil(lambda: dialog.report is not None)
    assert left_in(tmp_path) == ["large-cuda0.pt", "large.pt"]


def test_escape_closes_an_idle_dialog(
    export: Export, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = export(save(tmp_path / "model.pt", {"w": numbers(3)}))
    tab = window.tabs.currentWidget()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: tab.findChild(ExportDialog) is None)


def test_torch_proves_the_copy(export: Export, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = export(save(tmp_path / "model.pt", {"w": numbers(3)}))
    report = written(qtbot, dialog)
    QTest.mouseClick(report.prove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not report.proving)
    assert "loads 1 tensor with" in report.verdict.text()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds its child in /proc")
def test_a_killed_proof_is_only_reported(export: Export, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = export(save(tmp_path / "model.pt", {"w": numbers(3)}))
    report = written(qtbot, dialog)
    report.prove.click()
    qtbot.waitUntil(lambda: bool(helpers()))
    for helper in helpers():
        os.kill(helper, signal.SIGKILL)
    qtbot.waitUntil(lambda: not report.proving)
    assert "status -9" in report.verdict.text()
    report.prove.click()
    qtbot.waitUntil(lambda: bool(helpers()))
    report.prove.click()
    assert "stopped" in report.verdict.text()
    qtbot.waitUntil(lambda: not helpers())


def helpers() -> list[int]:
    """Return the process numbers of our own proving helpers."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            status = (entry / "stat").read_text() if entry.name.isdigit() else ""
            command = (entry / "cmdline").read_bytes() if status else b""
        except OSError:
            continue
        parent = status.rpartition(")")[2].split()[1:2]
        if b"prove_helper" in command and parent == [str(os.getpid())]:
            found.append(int(entry.name))
    return found


def verify(window: MainWindow, qtbot: QtBot) -> VerifyDialog:
    window.actions_["verify"].trigger()
    dialog = window.tabs.currentWidget().findChild(VerifyDialog)
    assert isinstance(dialog, VerifyDialog)
    qtbot.waitUntil(lambda: dialog.report is not None)
    return dialog


def test_verify_names_the_damaged_tensor(
    window: MainWindow, opened: Opened, qtbot: QtBot, tmp_path: Path
) -> None:
    path = save(tmp_path / "model.pt", {"first": numbers(5000), "second": torch.zeros(5000)})
    data = bytearray(path.read_bytes())
    data[data.index(bytes(8000)) + 4000] = 1
    path.write_bytes(data)
    page = opened(path)
    dialog = verify(window, qtbot)
    assert "1 of" in dialog.title.text()
    ((keys, problem),) = dialog.table.texts()
    assert keys == "second"
    assert "checksum" in problem
    row = page.model.rows.keys.index("second")
    assert page.model.mark(row) == "✗ damaged"
    assert page.model.mark(page.model.rows.keys.index("first")) == ""
    assert page.damage_banner.text == "1 tensor is damaged."
    page.damage_banner.acted.emit()
    assert page.model.rows.keys[page.tree.current_row()] == "second"
    page.show_overview()
    dialog.table.activated.emit(dialog.table.model().index(0, 0))
    assert page.model.rows.keys[page.tree.current_row()] == "second"


def test_verify_tells_whole_files_and_those_without_checksums(
    window: MainWindow, opened: Opened, qtbot: QtBot, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    opened(save(tmp_path / "model.pt", {"a": numbers(5)}))
    dialog = verify(window, qtbot)
    assert dialog.title.text().startswith("✓ All")
    assert not dialog.table.isVisible()
    save_file({"a": numbers(2)}, tmp_path / "model.safetensors")
    opened(tmp_path / "model.safetensors")
    assert "no checksums" in verify(window, qtbot).title.text()
