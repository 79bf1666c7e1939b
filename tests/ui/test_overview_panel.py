"""The overview on real files: whose bytes, clickable parts, layers after a scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from inspector.analysis.scan import scan
from inspector.checkpoint.cancel import CancelToken, no_progress
from inspector.formats.detect import open_checkpoint
from inspector.ui.jobs import Jobs
from inspector.ui.layer_bands import Layer, block_names, gathered, layers_of, names_along
from inspector.ui.opening import Opened, open_file
from inspector.ui.overview_panel import OverviewPanel
from inspector.ui.overview_parts import Part, bytes_by_kind, model_keys, parts_of

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
Opener = Callable[[Any], Opened]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    kept: list[Opened] = []

    def write_and_open(what: Any) -> Opened:
        path = tmp_path / f"{len(kept)}.pt"
        torch.save(what, path)
        kept.append(open_file(str(path), CancelToken(), no_progress))
        return kept[-1]

    yield write_and_open
    for file in kept:
        file.checkpoint.close()


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[OverviewPanel]:
    jobs = Jobs()
    made = OverviewPanel(jobs)
    qtbot.addWidget(made)
    made.resize(700, 800)
    made.show()
    yield made
    jobs.close()


def network(layers: int = 8) -> dict[str, torch.Tensor]:
    state = {}
    for number in range(layers):
        state[f"blocks.{number}.conv.weight"] = torch.randn(8, 8, 3, 3) * 0.1
        state[f"blocks.{number}.conv.bias"] = torch.randn(8)
    return state


def parts(file: Opened) -> Part:
    return parts_of(file.checkpoint, file.owners, CancelToken())


def training_file() -> dict[str, Any]:
    model = torch.nn.Linear(64, 64)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(2, 64)).sum().backward()
    optimizer.step()
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "model_ema": {"weight": torch.zeros(64, 64)},
        "rng_state": torch.zeros(5000, dtype=torch.uint8),
    }


def test_bytes_are_told_apart_by_kind(opened: Opener) -> None:
    root = parts(opened(training_file()))
    weights = (64 * 64 + 64) * 4
    assert bytes_by_kind(root) == {
        "model": weights,
        "optimizer": 2 * weights + 2 * 4,
        "average": 64 * 64 * 4,
        "other": 5000,
    }
    assert model_keys(root) == {"model.weight", "model.bias"}


def test_state_of_the_optimizer_is_named_after_its_parameter(opened: Opener) -> None:
    root = parts(opened(training_file()))
    state = root.children["optimizer"].children["state"]
    assert [part.name for part in state.children.values()] == ["weight", "bias"]


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_bare_state_dict_is_all_model(opened: Opener, wrapped: bool) -> None:
    state: Any = network()
    root = parts(opened({"state_dict": state} if wrapped else state))
    assert set(bytes_by_kind(root)) == {"model"}
    assert root.nbytes == sum(tensor.nbytes for tensor in state.values())


def test_a_key_of_very_many_levels_is_no_tree_of_as_many(opened: Opener) -> None:
    key = "m." * 100_000
    part, levels = parts(opened({key: torch.zeros(1), "w": torch.zeros(1)})).children["m"], 1
    while part.children:
        (part,) = part.children.values()
        levels += 1
    assert levels < 100
    assert part.key == key


def test_a_tensor_and_a_module_of_one_name_are_two_parts(opened: Opener) -> None:
    state = {"weight": torch.zeros(100, dtype=torch.uint8), "weight.absmax": torch.zeros(5)}
    root = parts(opened(state))
    assert bytes_by_kind(root) == {"model": 120}
    assert model_keys(root) == {"weight", "weight.absmax"}
    assert [(part.name, part.nbytes) for part in root.children.values()] == [
        ("weight", 100),
        ("weight", 20),
    ]


def test_tied_weights_are_counted_once(opened: Opener) -> None:
    tied = torch.randn(100)
    root = parts(opened({"a.weight": tied, "b.weight": tied}))
    assert root.nbytes == 400
    assert root.children["b"].nbytes == 0


def test_the_map_shows_and_chooses_parts(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    panel.show_file(opened(training_file()))
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    keys = [box.part.key for box in panel.map.boxes]
    assert "optimizer.state" in keys
    assert "model" in keys
    box = next(box for box in panel.map.boxes if box.part.key == "model_ema.weight")
    with qtbot.waitSignal(panel.key_activated) as chosen:
        QTest.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=box.area.center().toPoint())
    assert chosen.args == ["model_ema.weight"]


def test_boxes_fall_back_to_names_that_tell_them_from_their_neighbours(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.Linear(64, 64, bias=False))
    optimizer = torch.optim.SGD(model.parameters(), momentum=0.9)
    model(torch.randn(2, 64)).sum().backward()
    optimizer.step()
    panel.show_file(opened({"model": model.state_dict(), "optim": optimizer.state_dict()}))
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    names = {box.part.key: box.names for box in panel.map.boxes}
    assert names["model.1.weight"] == ("1.weight", "1", "1")
    assert names["optim.state.2.momentum_buffer"] == ("1.weight.momentum_buffer", "1.weight", "2")
    box = next(box for box in panel.map.boxes if box.part.key.startswith("optim.state.2"))
    QTest.mouseMove(panel.map, box.area.center().toPoint())
    qtbot.waitUntil(
        lambda: panel.readout.text().startswith("1.weight  ·  optim.state.2.momentum_buffer: 16.0")
    )


def test_what_is_said_of_a_box_moves_no_box(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    panel.resize(320, 700)
    prefix = "backbone.transformer.encoder.layers.0.self_attention.projection."
    panel.show_file(opened({prefix + str(i): torch.zeros(64, 64) for i in range(5)}))
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    qtbot.wait(50)
    before = [box.area for box in panel.map.boxes]
    QTest.keyClick(panel.map, Qt.Key.Key_Right)
    assert "16.0 KB" in panel.readout.text()
    qtbot.wait(50)
    assert [box.area for box in panel.map.boxes] == before
    assert panel.readout.accessibleName().startswith(prefix)


def test_the_map_works_by_keyboard(qtbot: QtBot, panel: OverviewPanel, opened: Opener) -> None:
    panel.show_file(opened(network(2)))
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    QTest.keyClick(panel.map, Qt.Key.Key_Right)
    assert panel.readout.text().startswith("blocks.0.conv.weight: 2.2 KB")
    QTest.keyClick(panel.map, Qt.Key.Key_Right)
    with qtbot.waitSignal(panel.key_activated) as chosen:
        QTest.keyClick(panel.map, Qt.Key.Key_Return)
    assert chosen.args == ["blocks.1.conv.weight"]


def test_legends_say_bytes_by_dtype_and_device(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    panel.show_file(opened({"a": torch.zeros(1024), "b": torch.zeros(512, dtype=torch.bfloat16)}))
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    names = [bar.accessibleName() for bar in panel.bars]
    assert names == [
        "Holds: model 5.0 KB (100 %)",
        "Dtype: float32 4.0 KB (80 %), bfloat16 1.0 KB (20 %)",
        "Device: cpu 5.0 KB (100 %)",
    ]


def test_a_scan_shows_the_layers_and_names_the_odd_ones(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    state = network()
    state["blocks.2.conv.weight"].zero_()
    state["blocks.4.conv.weight"].mul_(500)
    state["blocks.6.conv.weight"][0, 0, 0, 0] = float("nan")
    file = opened(state)
    panel.show_file(file)
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    assert panel.scan.isVisible()
    with qtbot.waitSignal(panel.scan_requested):
        panel.scan.click()
    panel.set_scan(scan(file.checkpoint))
    assert panel.scan.isHidden()  # at once: it is not offered while its layers are laid out
    qtbot.waitUntil(panel.layers.isVisible)
    assert panel.scan.isHidden()
    assert panel.remarks.text().split("\n") == [
        "▼ blocks.2.conv.weight is all zero",
        "▼ blocks.4.conv.weight spreads far wider than its like",
        "▼ blocks.6.conv.weight holds NaN",
    ]
    QTest.keyClick(panel.layers.plot, Qt.Key.Key_Right)
    assert panel.layer_readout.text().startswith("blocks.0.conv.weight: 1 % −0.")
    with qtbot.waitSignal(panel.key_activated) as chosen:
        QTest.keyClick(panel.layers.plot, Qt.Key.Key_Return)
    assert chosen.args == ["blocks.0.conv.weight"]


def test_layers_are_the_models_matrices_in_file_order(opened: Opener) -> None:
    file = opened({"model": network(12), "optimizer": {"x": torch.randn(4, 4)}})
    layers = layers_of(scan(file.checkpoint), model_keys(parts(file)), CancelToken())
    assert [layer.key for layer in layers] == [f"model.blocks.{n}.conv.weight" for n in range(12)]
    assert all(list(layer.quantiles) == sorted(layer.quantiles) for layer in layers)
    assert list(block_names(layers).values())[:2] == ["0.conv", "1.conv"]


def test_the_depth_of_safetensors_goes_by_numbers(tmp_path: Path) -> None:
    save_file(network(12), tmp_path / "m.safetensors")
    with open_checkpoint(tmp_path / "m.safetensors") as checkpoint:
        assert checkpoint.in_name_order
        assert checkpoint.tensors[2].key.startswith("blocks.1.")
        assert checkpoint.tensors[4].key.startswith("blocks.10.")
        keys = {tensor.key for tensor in checkpoint.tensors}
        layers = layers_of(scan(checkpoint), keys, CancelToken(), by_name=True)
    assert [layer.key for layer in layers] == [f"blocks.{n}.conv.weight" for n in range(12)]


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (["a.layers.0.q.weight", "a.layers.1.q.weight"], ["0.q", "1.q"]),
        (
            ["lm_head.weight", "model.embed.weight", "model.layers.0.q.w", "model.layers.10.q.w"],
            ["lm_head", "model.embed", "layers.0", "layers.10"],
        ),
        (["conv1.weight", "layer1.0.conv1.weight", "fc.weight"], ["conv1", "layer1.0", "fc"]),
        (["down.0.conv.weight", "mid.attn.0.weight"], ["down.0", "mid.attn.0"]),
        (["w.0", "w.1"], ["0", "1"]),
        ([""], [""]),
    ],
)
def test_blocks_are_named_by_their_number(keys: list[str], names: list[str]) -> None:
    assert list(names_along(keys).values()) == names


def test_neighbours_are_joined_where_there_are_too_many_layers() -> None:
    layers = [Layer(f"w{n}", (-n - 1.0, -1.0, 0.0, 1.0, n + 1.0), 1.0 + n) for n in range(10)]
    layers[4] = replace(layers[4], remark="nan")
    joined = gathered(layers, 3)
    assert [layer.key for layer in joined] == ["w2", "w4", "w8", "w9"]
    assert list(joined[1].quantiles) == [-6, -1, 0, 1, 6]
    assert gathered(layers, 1) == layers


def test_scan_before_the_map_is_ready_is_kept(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    file = opened(network(2))
    results = scan(file.checkpoint)
    panel.show_file(file)
    panel.set_scan(results)
    qtbot.waitUntil(panel.layers.isVisible)


def test_very_many_parts_are_gathered(qtbot: QtBot, panel: OverviewPanel, opened: Opener) -> None:
    panel.show_file(opened({f"w{n}": torch.zeros(n % 7 + 1) for n in range(2000)}))
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    assert 200 < len(panel.map.boxes) <= 301
    smaller = panel.map.boxes[-1]
    assert smaller.names == ("1,700 more",)
    assert smaller.part.tensors == 1700
    assert smaller.part.nbytes == sum(sorted(4 * (n % 7 + 1) for n in range(2000))[:1700])


def test_a_map_hidden_before_it_was_ready_comes_when_seen(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    panel.hide()
    panel.show_file(opened(network(2)))
    assert not panel._jobs.busy("look")
    panel.show()
    qtbot.waitUntil(lambda: bool(panel.map.boxes))


def test_a_file_that_is_closed_is_not_looked_at_any_more(
    panel: OverviewPanel, opened: Opener
) -> None:
    panel.show_file(opened(network()))
    assert panel._jobs.busy("look")
    panel.forget()
    assert not panel._jobs.busy("look")


def test_a_file_without_tensors_has_no_map_and_offers_no_scan(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    file = opened({"epoch": 3})
    panel.show_file(file)
    qtbot.waitUntil(lambda: panel.readout.text() == "This file holds no tensors.")
    assert panel.map.boxes == []
    with qtbot.assertNotEmitted(panel._jobs.failed):
        panel.set_scan(scan(file.checkpoint))
        qtbot.waitUntil(lambda: not panel._jobs.busy("look"))
    assert panel.map.isHidden()
    assert panel.scan.isHidden()


def test_a_single_tensor_has_no_map_but_a_way_to_it(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    panel.show_file(opened({"weight": torch.zeros(300, 400)}))
    qtbot.waitUntil(lambda: panel.readout.text() == "468.8 KB in one tensor.")
    assert panel.map.isHidden() and panel.scan.isHidden()
    assert all(bar.isHidden() for bar in panel.bars)
    with qtbot.waitSignal(panel.key_activated) as chosen:
        panel.go.click()
    assert chosen.args == ["weight"]


def test_a_scan_is_not_offered_again_where_no_layer_came_of_it(
    qtbot: QtBot, panel: OverviewPanel, opened: Opener
) -> None:
    file = opened({name: torch.zeros(100, dtype=torch.uint8) for name in ("rng", "other")})
    panel.show_file(file)
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    assert panel.scan.isVisible()
    panel.set_scan(scan(file.checkpoint))
    qtbot.waitUntil(panel.scan.isHidden)


def test_layers_of_one_size_look_alike_in_the_map(
    opened: Opener, panel: OverviewPanel, qtbot: QtBot
) -> None:
    state = {
        f"layers.{number}.{part}": torch.zeros(64, 64) for number in range(32) for part in "qkv"
    }
    panel.show_file(opened(state))
    qtbot.waitUntil(lambda: bool(panel.map.boxes))
    seen = set()
    for width in range(300, 1500, 60):
        panel.resize(width, 800)
        headings = {box.heading for box in panel.map.boxes if box.part.tensors == 3}
        assert len(headings) == 1
        seen |= headings
    assert seen == {True, False}
