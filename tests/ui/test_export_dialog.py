"""The export dialog on real files: what it offers, what it shows, what it refuses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from inspector.analysis.matching import Mapping
from inspector.formats.detect import open_checkpoint
from inspector.ui.export_choices import SAFETENSORS, TORCH, WHOLE, ExportChoices
from inspector.ui.export_dialog import ExportDialog
from inspector.ui.export_facts import Preview
from inspector.ui.export_preview import CHANGES, LEFT_OUT, LOSSES, NAMES
from inspector.ui.jobs import Jobs
from tests.builders import cuda, cuda_tags, modules, numbers, save, torch

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Dialog = Callable[[Path], ExportDialog]


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[Dialog]:
    """Open the dialog on a file and wait until it shows a plan or a trouble."""
    tab = QWidget()
    jobs = Jobs(tab)
    troubles: list[Exception] = []
    jobs.failed.connect(troubles.append)
    qtbot.addWidget(tab)
    opened = []

    def open_dialog(path: Path) -> ExportDialog:
        checkpoint = open_checkpoint(path)
        opened.append(checkpoint)
        made = ExportDialog(checkpoint, jobs, tab)
        made.show()
        qtbot.waitUntil(lambda: made.choices is not None)
        settle(qtbot, made)
        return made

    yield open_dialog
    jobs.close()
    for checkpoint in opened:
        checkpoint.close()
    assert troubles == []


def settle(qtbot: QtBot, dialog: ExportDialog) -> None:
    """Wait until the preview shows the choices as they are."""
    qtbot.waitUntil(lambda: not dialog.planning)


def choices_of(dialog: ExportDialog) -> ExportChoices:
    assert dialog.choices is not None
    return dialog.choices


def plan_of(dialog: ExportDialog) -> Preview:
    assert dialog.shown_plan is not None, dialog.preview.danger.text()
    return dialog.shown_plan


def rows(dialog: ExportDialog, place: int) -> list[tuple[str, ...]]:
    """Return what a list of the preview shows."""
    dialog.preview.tabs.setCurrentIndex(place)
    return dialog.preview.table.texts()


class _Evil:
    def __reduce__(self) -> Any:
        return os.system, ("true",)


def test_tags_in_the_file_fill_the_table(dialog: Dialog, qtbot: QtBot, tmp_path: Path) -> None:
    shown = dialog(cuda.on_two_gpus_and_the_cpu(tmp_path).path)
    devices = choices_of(shown).devices
    assert choices_of(shown).what == WHOLE
    assert list(devices.boxes) == ["cpu", "cuda:0", "cuda:1"]
    assert devices.map_location == {"cuda:0": "cpu", "cuda:1": "cpu"}
    assert shown.target.path == str(tmp_path / "mixed-cpu.pt")
    assert ("tied", "device", "cuda:1", "cpu") in rows(shown, CHANGES)
    assert len(rows(shown, CHANGES)) == 4

    devices.send_all("cuda:3")
    settle(qtbot, shown)
    assert set(plan_of(shown).sums) == {
        ("device", "cpu", "cuda:3", 1),
        ("device", "cuda:0", "cuda:3", 1),
        ("device", "cuda:1", "cuda:3", 3),
    }
    assert shown.target.path == str(tmp_path / "mixed-cuda3.pt")


def test_devices_by_key_pattern(dialog: Dialog, qtbot: QtBot, tmp_path: Path) -> None:
    shown = dialog(save(tmp_path / "model.pt", {"a": numbers(2), "b": numbers(2)}))
    devices = choices_of(shown).devices
    devices.add_pattern()
    line, box = devices.patterns[0]
    line.setText("a*")
    box.setCurrentText("cuda:1")
    settle(qtbot, shown)
    assert rows(shown, CHANGES) == [("a", "device", "cpu", "cuda:1")]


def test_a_device_that_is_none_is_told_in_words(
    dialog: Dialog, qtbot: QtBot, tmp_path: Path
) -> None:
    shown = dialog(save(tmp_path / "model.pt", {"a": numbers(2)}))
    choices_of(shown).devices.send_all("gpu")
    settle(qtbot, shown)
    assert shown.shown_plan is None
    assert "Did you mean cuda" in shown.preview.danger.text()
    assert not shown.bar.start.isEnabled()
    assert choices_of(shown).devices.boxes["cpu"].currentText() == "gpu"


def test_step_counters_stay_on_the_cpu_unless_asked(
    dialog: Dialog, qtbot: QtBot, tmp_path: Path
) -> None:
    state = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": numbers(2)}}}
    shown = dialog(save(tmp_path / "optimizer.pt", state))
    keep = choices_of(shown).devices.keep_on_cpu
    assert keep.isVisible()
    choices_of(shown).devices.send_all("cuda:0")
    settle(qtbot, shown)
    assert [row[0] for row in rows(shown, CHANGES)] == ["state.0.exp_avg"]
    keep.setChecked(False)
    settle(qtbot, shown)
    assert len(rows(shown, CHANGES)) == 2


def test_safetensors_says_what_it_cannot_keep(dialog: Dialog, qtbot: QtBot, tmp_path: Path) -> None:
    shown = dialog(cuda.on_two_gpus_and_the_cpu(tmp_path).path)
    choices_of(shown).choose(SAFETENSORS)
    settle(qtbot, shown)
    assert not choices_of(shown).devices.boxes["cuda:0"].isVisible()
    assert "2 tensors that share storages" in shown.preview.warning.text()
    assert ("config.device", "only tensors have a place in such a file") in rows(shown, LEFT_OUT)
    choices_of(shown).files.tied.setChecked(False)
    settle(qtbot, shown)
    assert "share one storage" in shown.preview.danger.text()
    assert shown.target.path.endswith("mixed-weights.safetensors")


def test_a_whole_model_lists_the_names_its_copy_keeps(dialog: Dialog, tmp_path: Path) -> None:
    shown = dialog(modules.whole_model_of_a_gone_class(tmp_path).path)
    assert rows(shown, NAMES) == [("vanished_project.models.Net", "")]
    assert shown.bar.start.isEnabled()


def test_a_file_that_names_os_system_is_not_copied_by_accident(
    dialog: Dialog, qtbot: QtBot, tmp_path: Path
) -> None:
    shown = dialog(save(tmp_path / "evil.pt", {"w": numbers(3), "x": _Evil()}))
    assert choices_of(shown).what == TORCH
    assert shown.bar.start.isEnabled()
    assert not shown.preview.allow.isVisible()
    choices_of(shown).choose(WHOLE)
    settle(qtbot, shown)
    assert "posix.system" in shown.preview.danger.text()
    assert not shown.bar.start.isEnabled()
    shown.preview.allow.setChecked(True)
    assert shown.bar.start.isEnabled()


def test_a_cast_counts_what_it_loses(dialog: Dialog, qtbot: QtBot, tmp_path: Path) -> None:
    state = {"a": torch.tensor([1e9, 1e-9, 0.1, 1.0]), "norm": torch.tensor([0.1])}
    shown = dialog(save(tmp_path / "model.pt", state))
    choices = choices_of(shown)
    assert not choices.types.isVisible()
    choices.choose(TORCH)
    choices.types.open(True)
    choices.types.box.setCurrentText("float16")
    choices.types.keep.setText("*norm*, *embed*")
    settle(qtbot, shown)
    qtbot.waitUntil(lambda: LOSSES in shown.preview.lists)
    assert rows(shown, LOSSES) == [("a", "1", "1", "3")]
    assert "1 too large for the new type, 1 turned to zero" in shown.preview.loss_line.text()
    choices.types.box.setCurrentText("bfloat16")
    settle(qtbot, shown)
    qtbot.waitUntil(lambda: rows(shown, LOSSES) == [("a", "0", "0", "3")])
    assert shown.preview.loss_line.text().endswith("Of 4 values: 3 rounded.")
    choices.types.box.setCurrentText("float16")
    settle(qtbot, shown)
    assert shown.target.path == str(tmp_path / "model-weights-float16.pt")


def test_names_are_chosen_and_changed(dialog: Dialog, qtbot: QtBot, tmp_path: Path) -> None:
    state = {"module.a": numbers(2), "module.b": numbers(2), "module.c": numbers(2)}
    shown = dialog(save(tmp_path / "model.pt", state))
    names = choices_of(shown).names
    choices_of(shown).choose(TORCH)
    names.without.setText("*.c")
    names.add_rule("module.", "")
    settle(qtbot, shown)
    assert rows(shown, CHANGES) == [
        ("module.a", "name", "module.a", "a"),
        ("module.b", "name", "module.b", "b"),
    ]
    assert shown.shown_plan is not None
    assert ("2 of 3 tensors", "") in shown.preview._facts(shown.shown_plan.plan)
    names.add_rule("re:(", "x")
    settle(qtbot, shown)
    assert "regular expression" in shown.preview.danger.text()


def test_names_from_the_mapping_of_a_comparison(
    dialog: Dialog, qtbot: QtBot, tmp_path: Path
) -> None:
    shown = dialog(save(tmp_path / "model.pt", {"a": numbers(2), "b": numbers(2)}))
    choices_of(shown).choose(TORCH)
    mapping, chosen = tmp_path / "mapping.json", Mapping()
    chosen.choose("a", "first")
    mapping.write_text(chosen.to_json())
    choices_of(shown).names.use_mapping(str(mapping))
    settle(qtbot, shown)
    assert rows(shown, CHANGES) == [("a", "name", "a", "first")]
    mapping.write_text("{}")
    choices_of(shown).names.use_mapping(str(mapping))
    assert "no key mapping" in choices_of(shown).names.mapping_line.text()


def test_shards_by_size(dialog: Dialog, qtbot: QtBot, tmp_path: Path) -> None:
    shown = dialog(save(tmp_path / "model.pt", {"a": numbers(1000), "b": numbers(1000)}))
    choices_of(shown).choose(SAFETENSORS)
    files = choices_of(shown).files
    files.split.setChecked(True)
    files.shard_size.setText("no size")
    settle(qtbot, shown)
    assert "is no size" in shown.preview.danger.text()
    files.shard_size.setText("5 KB")
    settle(qtbot, shown)
    assert len(plan_of(shown).plan.files) == 3


def test_whole_tensors_of_a_cut_file_are_offered(
    dialog: Dialog, qtbot: QtBot, tmp_path: Path
) -> None:
    path = save(tmp_path / "model.pt", {"first": numbers(5000), "second": numbers(5000)})
    path.write_bytes(path.read_bytes()[:30_000])
    shown = dialog(path)
    assert not choices_of(shown).offers(WHOLE)
    assert choices_of(shown).what == TORCH
    assert plan_of(shown).plan.tensors == 1
    ((key, why),) = rows(shown, LEFT_OUT)
    assert key == "second"
    assert "cannot be read" in why


def test_other_containers_are_written_anew(dialog: Dialog, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "model.safetensors"
    save_file({"a": numbers(2)}, path)
    shown = dialog(path)
    assert choices_of(shown).what == SAFETENSORS
    assert not choices_of(shown).offers(WHOLE)
    choices_of(shown).choose(TORCH)
    assert shown.target.path == str(tmp_path / "model-weights.pt")


def test_the_source_itself_is_no_target(dialog: Dialog, qtbot: QtBot, tmp_path: Path) -> None:
    path = save(tmp_path / "model.pt", {"a": numbers(2)})
    link = tmp_path / "link.pt"
    link.symlink_to(path)
    shown = dialog(path)
    shown.target.choose(str(link))
    settle(qtbot, shown)
    assert "the source itself" in shown.preview.danger.text()
    assert not shown.bar.start.isEnabled()


def test_replacing_is_asked_for_each_file_anew(
    dialog: Dialog, qtbot: QtBot, tmp_path: Path
) -> None:
    path = save(tmp_path / "model.pt", {"a": numbers(2)})
    for name in ("one.pt", "two.pt"):
        (tmp_path / name).write_bytes(b"old")
    shown = dialog(path)
    assert not shown.target.replace.isVisible()
    shown.target.choose(str(tmp_path / "one.pt"))
    settle(qtbot, shown)
    assert shown.target.replace.isVisible()
    assert not shown.bar.start.isEnabled()
    shown.target.replace.setChecked(True)
    settle(qtbot, shown)
    assert shown.bar.start.isEnabled()
    shown.target.choose(str(tmp_path / "two.pt"))
    settle(qtbot, shown)
    assert not shown.bar.start.isEnabled()


def test_what_a_killed_export_left_can_be_removed(
    dialog: Dialog, qtbot: QtBot, tmp_path: Path
) -> None:
    path = save(tmp_path / "model.pt", {"a": numbers(2)})
    left = tmp_path / ".checkpoint-inspector-0123456789abcdef.part"
    left.write_bytes(b"half")
    shown = dialog(path)
    assert shown.target.remove.isVisible()
    shown.target.remove.click()
    qtbot.waitUntil(lambda: not shown.target.remove.isVisible())
    assert not left.exists()


def test_odd_tags_are_shown_as_text(dialog: Dialog, tmp_path: Path) -> None:
    with cuda_tags("cuda:1\n<b>"):
        path = save(tmp_path / "odd.pt", {"a": numbers(2)})
    shown = dialog(path)
    assert list(choices_of(shown).devices.boxes) == ["cuda:1\n<b>"]
    assert choices_of(shown).devices.map_location == {"cuda:1\n<b>": "cpu"}


def test_both_endings_of_a_name_stay_together(dialog: Dialog, tmp_path: Path) -> None:
    shown = dialog(save(tmp_path / "best.pth.tar", {"a": numbers(2)}))
    assert shown.target.line.text() == str(tmp_path / "best-copy.pth.tar")
    choices_of(shown).choose(SAFETENSORS)
    assert shown.target.line.text() == str(tmp_path / "best-weights.safetensors")


@pytest.mark.skipif(os.name == "nt", reason="names are bytes on Unix alone")
def test_names_that_are_no_text(dialog: Dialog, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff\n<b>")
    folder.mkdir()
    shown = dialog(save(folder / "model.pt", {"a": numbers(2)}))
    assert shown.target.line.text().endswith("\\udcff\\x0a<b>/model-copy.pt")
    assert plan_of(shown).plan.target == folder / "model-copy.pt"


def test_nothing_is_written_between_an_edit_and_its_preview(
    dialog: Dialog, qtbot: QtBot, tmp_path: Path
) -> None:
    shown = dialog(save(tmp_path / "model.pt", {"a": numbers(2)}))
    assert shown.bar.start.isEnabled()
    choices_of(shown).devices.send_all("cuda:0")
    assert not shown.bar.start.isEnabled()
    shown.write()
    assert not shown.busy
    settle(qtbot, shown)
    assert shown.bar.start.isEnabled()
