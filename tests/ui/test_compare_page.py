"""The rows, cells and filter of a comparison, without a window."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import save_file

from inspector import open_checkpoint
from inspector.analysis.compare import compare_structure
from inspector.analysis.load_verdict import load_verdict
from inspector.analysis.matching import BY_HAND, Mapping
from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Plain, Value
from inspector.ui.arrange import Request, arrange
from inspector.ui.compare_filter import measure_of, parse_compare
from inspector.ui.compare_header import names_apart
from inspector.ui.compare_mapping import MappingDialog
from inspector.ui.compare_model import (
    CHANGE,
    DTYPE,
    MAX_ABS,
    REL_L2,
    SHAPE,
    STATUS,
    CompareModel,
    cosine_text,
    value_change,
)
from inspector.ui.compare_overview import summarize_rows
from inspector.ui.compare_pictures import ComparePictures
from inspector.ui.compare_rows import CompareRows
from inspector.ui.compare_selection import CompareSelection
from inspector.ui.compare_values import _cell
from inspector.ui.compare_work import LinedUp, line_up
from inspector.ui.drop_halves import OPEN, A, B, DropHalves
from inspector.ui.jobs import Jobs
from tests.builders import torch


def saved(folder: Path, name: str, **entries: Any) -> Path:
    path = folder / name
    torch.save(entries, path)
    return path


@pytest.fixture
def lined_up(tmp_path: Path) -> Iterator[LinedUp]:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(8, 4, generator=generator)
    model_a = {
        "first.weight": weight,
        "first.bias": torch.zeros(8),
        "second.weight": torch.ones(3),
        "second.counter": torch.tensor(1),
        "head.weight": torch.ones(10, 4),
        "cast.weight": torch.ones(4),
        "gone.weight": torch.ones(2),
    }
    model_b = {
        "first.weight": weight + 0.5,
        "first.bias": torch.zeros(8),
        "second.weight": torch.tensor([1.0, math.nan, 1.5]),
        "second.counter": torch.tensor(1001),
        "head.weight": torch.ones(2, 4),
        "cast.weight": torch.ones(4, dtype=torch.float16),
        "come.weight": torch.ones(2),
    }
    a = open_checkpoint(saved(tmp_path, "a.pt", epoch=1, model=model_a))
    b = open_checkpoint(saved(tmp_path, "b.pt", epoch=20, model=model_b))
    with a, b:
        yield line_up(a, b, None, CancelToken())


@pytest.fixture
def compared(lined_up: LinedUp) -> CompareRows:
    compare_structure(lined_up.a, lined_up.b, lined_up.structure, on_result=lined_up.rows.take)
    return lined_up.rows


def row(rows: CompareRows, key: str) -> int:
    return rows.keys.index(key)


def model_of(lined_up: LinedUp) -> CompareModel:
    return CompareModel(lined_up.rows, lined_up.arrangement, lined_up.open_rows)


def listed(rows: CompareRows, text: str) -> set[str]:
    query = parse_compare(text, rows)
    assert not query.unclear
    return {rows.keys[found] for found in query.rows(rows, CancelToken())}


def test_structure_is_known_before_any_value_is_read(lined_up: LinedUp) -> None:
    rows, model = lined_up.rows, model_of(lined_up)
    statuses = {rows.keys[leaf]: rows.statuses[leaf] for leaf in rows.leaves}
    assert statuses["model.first.weight"] == "pending"
    assert statuses["model.head.weight"] == "shape"
    assert statuses["model.gone.weight"] == "only_a"
    assert statuses["model.come.weight"] == "only_b"
    assert statuses["epoch"] == "changed"
    assert rows.total.counts["pending"] == 5
    assert model.text(row(rows, "model.head.weight"), SHAPE) == "10 × 4 → 2 × 4"
    assert model.text(row(rows, "model.cast.weight"), DTYPE) == "float32 → float16"
    assert model.text(row(rows, "epoch"), STATUS) == "≠ 1 → 20"


def test_rows_stand_in_the_order_of_both_files(lined_up: LinedUp) -> None:
    keys = [lined_up.rows.keys[leaf] for leaf in lined_up.rows.leaves]
    assert keys[0] == "epoch"
    assert keys.index("model.come.weight") == keys.index("model.cast.weight") + 1


def test_answers_reach_their_rows_and_the_modules_above(compared: CompareRows) -> None:
    counts = compared.total.counts
    assert {name: count for name, count in counts.items() if count} == {
        "identical": 1,
        "changed": 3,
        "dtype": 1,
        "shape": 1,
        "only_a": 1,
        "only_b": 1,
    }
    first = compared.sums[row(compared, "model.first")]
    assert first.counts["changed"] == first.counts["identical"] == 1
    assert first.max_abs == pytest.approx(0.5)
    assert first.rel_l2 == measure_of(compared, row(compared, "model.first.weight"), "rel")


def test_counters_do_not_hide_what_happened_to_weights(compared: CompareRows) -> None:
    second = compared.sums[row(compared, "model.second")]
    assert measure_of(compared, row(compared, "model.second.counter"), "max") == 1000
    assert second.max_abs == 0.5
    assert compared.keys[compared.most_changed] == "model.first.weight"


def test_another_comparison_starts_anew(lined_up: LinedUp, compared: CompareRows) -> None:
    before = dict(compared.total.counts)
    compared.start(CancelToken())
    assert compared.total.counts["pending"] == 5
    assert compared.most_changed == -1
    compare_structure(lined_up.a, lined_up.b, lined_up.structure, on_result=compared.take)
    assert compared.total.counts == before


def test_cells_say_sign_and_word(lined_up: LinedUp, compared: CompareRows) -> None:
    model = model_of(lined_up)
    texts = {key: model.text(row(compared, f"model.{key}"), STATUS) for key in (
        "first.bias", "first.weight", "first", "head.weight", "gone.weight", "cast.weight",
        "second", "second.weight",
    )}  # fmt: skip
    assert texts == {
        "first.bias": "= identical",
        "first.weight": "≠ changed",
        "first": "≠ 1 of 2 changed",
        "head.weight": "⬚ other shape",
        "gone.weight": "A only in A",
        "cast.weight": "≠ other dtype, same values",
        "second": "⚠ 1   ≠ 2 changed",
        "second.weight": "⚠ NaN   ≠ changed",
    }
    assert model.text(row(compared, "model.first.weight"), MAX_ABS) == "0.5"
    assert model.bar(row(compared, "model.first.weight")) == 1.0
    assert model.bar(row(compared, "model.first.bias")) is None
    assert "1 NaN appeared" in str(model._tip(row(compared, "model.second.weight"), STATUS))


def test_what_a_file_notes_about_itself_is_no_part_that_is_counted(tmp_path: Path) -> None:
    layer = torch.nn.Linear(2, 2)
    a = open_checkpoint(saved(tmp_path, "a.pt", model=layer.state_dict()))
    with torch.no_grad():
        layer.bias.add_(1)
    path = saved(tmp_path, "b.pt", model=layer.state_dict())
    with a, open_checkpoint(path) as b:
        found = line_up(a, b, None, CancelToken())
        compare_structure(a, b, found.structure, on_result=found.rows.take)
        assert model_of(found).text(row(found.rows, "model"), STATUS) == "≠ 1 of 2 changed"


def test_a_group_of_notes_has_no_number(tmp_path: Path) -> None:
    for name in "ab":
        save_file({"w": torch.zeros(2)}, tmp_path / name, {"format": "pt", "step": "9"})
    with open_checkpoint(tmp_path / "a") as a, open_checkpoint(tmp_path / "b") as b:
        found = line_up(a, b, None, CancelToken())
        texts = [model_of(found).text(row, STATUS) for row in found.rows.sums]
    assert texts == ["= identical"]


def test_a_cosine_of_nearly_one_never_reads_one() -> None:
    assert [cosine_text(value) for value in (1.0, 0.99999, 0.5, -0.25, math.nan)] == [
        "1",
        "> 0.9999",
        "0.5000",
        "−0.2500",
        "NaN",
    ]


def test_the_filter_knows_statuses_and_measures(compared: CompareRows) -> None:
    assert listed(compared, "status:shape") == {"model.head.weight"}
    assert listed(compared, "status:only") == {"model.gone.weight", "model.come.weight"}
    assert listed(compared, "status:changed is:value") == {"epoch"}
    assert listed(compared, "is:tensor rel:>0.4 weight") == {"model.first.weight"}
    assert listed(compared, "max:>=1000") == {"model.second.counter"}
    assert "model.first.weight" not in listed(compared, "-status:changed")
    assert listed(compared, "share:>50% share:<=70%") == {"model.second.weight"}
    assert parse_compare("status:nonsense rel:much", compared).unclear == [
        "status:nonsense",
        "rel:much",
    ]


def test_sorting_by_a_measure_puts_what_has_none_last(
    lined_up: LinedUp, compared: CompareRows
) -> None:
    model = model_of(lined_up)
    request = Request(column=REL_L2, descending=True)
    query = parse_compare("", compared)
    order = arrange(compared, request, query, CancelToken(), model.compare_key).order
    keys = [compared.keys[found] for found in order if found in compared.leaves]
    assert keys.index("model.first.weight") < keys.index("model.first.bias")
    for column in range(CHANGE + 1):
        assert len(arrange(compared, Request(column=column), query, CancelToken(),
                           model.compare_key).order) == len(compared)  # fmt: skip


def test_a_mapping_is_answered_row_by_row(qtbot: Any, tmp_path: Path) -> None:
    a = open_checkpoint(saved(tmp_path, "a.pt", old=torch.ones(3, 4), kept=torch.ones(1)))
    b = open_checkpoint(saved(tmp_path, "b.pt", new=torch.ones(3, 4), kept=torch.ones(1)))
    with a, b:
        pairs = line_up(a, b, None, CancelToken())
        dialog = MappingDialog(pairs.structure.mapping, ["old"], ["new"])
        qtbot.addWidget(dialog)
        assert [match.state for match in dialog.model.rows] == ["suggested"]
        dialog.model.set_state([0], False)
        assert dialog.model.data(dialog.model.index(0, 4)) == "✗ refused"
        assert pairs.structure.mapping.suggested, "the dialog works on a copy"
        dialog.pair_by_hand()
        assert [match.how for match in dialog.model.mapping.accepted if match.key_a == "old"] == [
            BY_HAND
        ]
        dialog.save(str(tmp_path / "mapping.json"))
        again = Mapping.from_json((tmp_path / "mapping.json").read_text("utf-8"))
        assert again.renames() == {"old": "new"}
        dialog.load(str(tmp_path / "a.pt"))
        assert not dialog.trouble.isHidden()
        rows = line_up(a, b, again, CancelToken()).rows
        assert rows.statuses[row(rows, "old")] == "pending"
        assert load_verdict(a, b, again.renames()).strict


def test_halves_tell_a_from_b(qtbot: Any) -> None:
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QWidget

    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(400, 200)
    halves = DropHalves(parent)
    halves.offer("model.pt")
    places = QPointF(20, 20), QPointF(380, 20), QPointF(200, 195)
    assert [halves.zone_at(place) for place in places] == [A, B, OPEN]


@pytest.mark.parametrize(
    ("a", "b", "text"),
    [
        (2.003153871536255, 0.039037409748882, "2.00315 → 0.0390374"),
        (0.1, 0.1 + 1e-12, "0.1 → 0.10000000000100001"),
        (1, 20, "1 → 20"),
        (0.5, "none", '0.5 → "none"'),
    ],
)
def test_a_change_of_a_value_is_as_long_as_it_must_be(a: Plain, b: Plain, text: str) -> None:
    one, other = (Value(("loss",), "loss", type(value).__name__, value) for value in (a, b))
    assert value_change(ValuePair(one, other)) == text


def test_a_value_of_one_side_says_which() -> None:
    value = Value(("epoch",), "epoch", "int", 10)
    assert value_change(ValuePair(None, value), "—") == "— → 10"
    assert value_change(ValuePair(value, None), "—") == "10 → —"
    assert value_change(ValuePair(value, value), "—") == "10"


def test_values_that_six_digits_make_equal_are_told_in_as_many_as_float32_needs() -> None:
    near = np.nextafter(np.float32(0.029891), np.float32(1)).item()
    assert _cell(np.float32(0.029891).item(), near, 1e-9).split("\n")[:2] == [
        "0.0298909992",
        "0.0298910011",
    ]
    assert _cell(0.1, 0.1 + 1e-16, 1e-16).split("\n")[:2] == ["0.1", "0.1000000000000001"]
    assert _cell(float("nan"), float("nan"), 0.0) == "nan"


@pytest.mark.parametrize(
    ("a", "b", "names"),
    [
        ("/m/one.pt", "/m/two.pt", ("one.pt", "two.pt")),
        ("/m/a/w.json", "/m/b/w.json", ("a/w.json", "b/w.json")),
        ("/m/a/x/w.pt", "/m/b/x/w.pt", ("a/x/w.pt", "b/x/w.pt")),
        ("/m/w.pt", "/m/w.pt", ("w.pt", "w.pt")),
        ("w.pt", "a/w.pt", ("w.pt", "a/w.pt")),
    ],
)
def test_two_files_of_one_name_are_told_apart(a: str, b: str, names: tuple[str, str]) -> None:
    assert names_apart(a, b) == names


def test_what_lost_its_numbers_is_listed_once(tmp_path: Path) -> None:
    """Its change is no finite number, so it is no largest one beside those that have one."""
    weights = {"lost.weight": torch.ones(4), "moved.weight": torch.ones(4)}
    one = open_checkpoint(saved(tmp_path, "a.pt", **weights))
    broken = {"lost.weight": torch.full((4,), math.nan), "moved.weight": torch.ones(4) * 2}
    with one, open_checkpoint(saved(tmp_path, "b.pt", **broken)) as other:
        pairs = line_up(one, other, None, CancelToken())
        rows = pairs.rows
        compare_structure(one, other, pairs.structure, on_result=rows.take)
        summary = summarize_rows(rows, -1, CancelToken())
        assert [rows.keys[found] for found in summary.largest] == ["moved.weight"]
        assert [rows.keys[found] for found in summary.broken] == ["lost.weight"]


def test_a_selected_pair_asks_for_no_higher_window(
    qtbot: Any, lined_up: LinedUp, compared: CompareRows
) -> None:
    jobs = Jobs()
    selection = CompareSelection(model_of(lined_up), jobs)
    qtbot.addWidget(selection)
    selection.show_row(-1)
    low = 16 * selection.fontMetrics().height()
    assert selection.minimumSizeHint().height() < low
    selection.show_row(row(compared, "model.first.weight"))
    assert selection.minimumSizeHint().height() < low
    jobs.close()


def test_the_pictures_of_a_pair_have_shades_of_one_meaning(qtbot: Any, lined_up: LinedUp) -> None:
    jobs = Jobs()
    pictures = ComparePictures(jobs, None)
    qtbot.addWidget(pictures)
    pair = next(one for one in lined_up.structure.pairs if one.key == "model.first.weight")
    pictures.show_pair(pair, None)
    qtbot.waitUntil(lambda: all(plot.in_sight is not None for plot in pictures.plots))
    a, b, _ = (plot._bar for plot in pictures.plots)
    assert a._limit == b._limit
    jobs.close()
