from __future__ import annotations

import csv
import html.parser
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from inspector.analysis.compare import Comparison, compare
from inspector.analysis.compare_html import report_html
from inspector.analysis.compare_report import (
    REPORTS,
    comparison_as_json,
    report_csv,
    report_markdown,
    report_text,
)
from inspector.formats.detect import open_checkpoint

EVIL = '=cmd|`<script>alert("x")</script>`\u202e\n'


@pytest.fixture
def comparison(tmp_path: Path) -> Iterator[Comparison]:
    torch.manual_seed(0)
    a = {
        "same": torch.ones(3),
        "close": torch.zeros(2),
        "changed": torch.randn(40, 30),
        "dtype": torch.ones(3),
        "shape": torch.ones(3),
        "gone": torch.ones(1),
        "broken": torch.tensor([float("nan"), 1.0]),
        "epoch": 3,
    }
    b = a | {
        "close": -torch.zeros(2),
        "changed": a["changed"] + 0.1,  # type: ignore[operator]
        "dtype": torch.ones(3, dtype=torch.float64),
        "shape": torch.ones(4),
        "broken": torch.tensor([1.0, float("inf")]),
        "epoch": 4,
        EVIL: torch.ones(2),
    }
    del b["gone"]
    torch.save(a, tmp_path / "a.pt")
    torch.save(b, tmp_path / "b.pt")
    with open_checkpoint(tmp_path / "a.pt") as one, open_checkpoint(tmp_path / "b.pt") as other:
        yield compare(one, other)


def test_json_has_the_fixed_names_and_no_number_that_json_lacks(comparison: Comparison) -> None:
    found = json.loads(json.dumps(comparison_as_json(comparison), allow_nan=False))
    assert found["summary"] == {
        "identical": 1, "close": 1, "changed": 2, "dtype": 1, "shape": 1, "only_a": 1, "only_b": 1,
        "unreadable": 0,
    }  # fmt: skip
    tensors = {tensor["key"]: tensor for tensor in found["tensors"]}
    assert list(tensors)[:3] == ["same", "close", "changed"]
    assert tensors["same"]["max_abs"] == 0
    assert tensors["changed"]["max_abs"] == pytest.approx(0.1, rel=1e-5)
    assert tensors["changed"]["changed"] == 1200
    assert tensors["gone"]["b"] is None
    assert tensors["gone"]["max_abs"] is None
    assert tensors["shape"]["a"]["shape"] == [3]
    assert tensors["broken"]["max_abs"] == "inf"
    assert tensors["broken"]["mean_abs"] == "nan"
    assert (tensors["broken"]["nan_vanished"], tensors["broken"]["inf_appeared"]) == (1, 1)
    assert tensors["close"]["same_values"] is True
    assert found["values"] == [
        {
            "key": "epoch",
            "status": "changed",
            "a": {"path": ["epoch"], "type": "int", "value": 3},
            "b": {"path": ["epoch"], "type": "int", "value": 4},
        }
    ]
    assert found["load_state_dict"]["strict"] is False
    assert found["load_state_dict"]["missing"] == ["gone"]


def test_text_leaves_out_what_is_identical(comparison: Comparison) -> None:
    text = report_text(comparison)
    lines = text.splitlines()
    assert not any(line.startswith("same ") for line in lines)
    assert any(line.split()[:2] == ["changed", "changed"] for line in lines)
    assert "1 identical, 1 close, 2 changed, 1 other dtype" in text
    assert "NaN or Inf appeared in 1 tensor; largest relative change changed" in text
    assert "\u202e" not in text


def test_markdown_cannot_be_broken_by_a_key(comparison: Comparison) -> None:
    text = report_markdown(comparison)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    columns = [line.replace("\\|", "").count("|") for line in rows]
    assert set(columns) == {columns[0], 5}  # the tensors and the values
    assert any("``" in line and "only in B" in line for line in rows)


def test_csv_has_every_tensor_and_no_formula(comparison: Comparison) -> None:
    rows = list(csv.reader(io.StringIO(report_csv(comparison))))
    assert len(rows) == 1 + len(comparison.tensors)
    assert {len(row) for row in rows} == {len(rows[0])}
    keys = [row[0] for row in rows]
    assert any(key.startswith("'=cmd") for key in keys)
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


class Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, Any]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "href")]


def test_html_is_one_page_with_pictures_and_nothing_from_elsewhere(comparison: Comparison) -> None:
    page = Page()
    page.feed(report_html(comparison))
    assert page.tags.count("svg") >= 3
    assert "script" not in page.tags
    assert page.links == []


def test_a_long_line_of_the_report_does_not_widen_the_page(comparison: Comparison) -> None:
    assert "pre { white-space: pre-wrap; overflow-wrap: anywhere; }" in report_html(comparison)


def test_every_report_is_written_for_files_without_tensors(tmp_path: Path) -> None:
    torch.save({"epoch": 1}, tmp_path / "a.pt")
    with open_checkpoint(tmp_path / "a.pt") as one, open_checkpoint(tmp_path / "a.pt") as other:
        found = compare(one, other)
        assert found.same
        for report in REPORTS.values():
            assert report(found)


def test_what_a_container_notes_of_itself_is_no_difference(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 3)
    torch.save(model.state_dict(), tmp_path / "a.pt")
    save_file(model.state_dict(), tmp_path / "a.safetensors", {"format": "pt"})
    save_file(model.state_dict(), tmp_path / "b.safetensors", {"format": "other"})
    paths = [tmp_path / name for name in ("a.pt", "a.safetensors", "b.safetensors")]
    same = []
    for path in paths:
        with open_checkpoint(paths[1]) as one, open_checkpoint(path) as other:
            same.append(compare(one, other).same)
    assert same == [True, True, False]


def test_what_one_side_has_alone_under_one_name_is_one_line(tmp_path: Path) -> None:
    model = {f"layer{n}.weight": torch.ones(2) for n in range(20)}
    paths = tmp_path / "a.pt", tmp_path / "b.pt"
    state = {str(n): {"exp_avg": torch.zeros(2)} for n in range(20)}
    torch.save({"model": model, "optimizer": {"state": state}}, paths[0])
    torch.save({f"module.{key}": value for key, value in model.items()}, paths[1])
    with open_checkpoint(paths[0]) as a, open_checkpoint(paths[1]) as b:
        text = report_text(compare(a, b))
    alone = [line.split() for line in text.splitlines() if "only in A" in line]
    assert alone[0] == ["optimizer.…", "only", "in", "A", "20", "tensors"]
    assert "20 keys matched by replacing `model.` by `module.`" in text
    assert "with B's keys renamed: A.load_state_dict(B) with B = checkpoint succeeds" in text


def test_weights_come_before_counters_and_what_was_all_zero(tmp_path: Path) -> None:
    paths = tmp_path / "a.pt", tmp_path / "b.pt"
    torch.save(
        {"steps": torch.tensor(1), "mean": torch.zeros(3), "weight": torch.ones(3)}, paths[0]
    )
    torch.save(
        {"steps": torch.tensor(99), "mean": torch.ones(3), "weight": torch.ones(3) * 1.5}, paths[1]
    )
    with open_checkpoint(paths[0]) as a, open_checkpoint(paths[1]) as b:
        comparison = compare(a, b)
        text, page = report_text(comparison), report_html(comparison)
    keys = [line.split()[0] for line in text.splitlines() if " changed " in line]
    assert keys == ["weight", "mean", "steps"]
    assert re.findall("<h3>(.*?)</h3>", page) == keys
    assert "largest relative change weight (0.5)" in text
