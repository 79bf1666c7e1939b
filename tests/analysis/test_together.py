"""Many small tensors together say what merging the statistics of each says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from inspector.analysis.statistics import Statistics, merge, summarize
from inspector.analysis.together import small_ones, summarize_together
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.formats.detect import open_checkpoint


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Checkpoint]:
    generator = torch.Generator().manual_seed(3)
    dtypes = (torch.float32, torch.bfloat16, torch.float16)
    tensors = {
        f"{dtype}.{number}": (torch.randn(number * 7 + 1, generator=generator) + number).to(dtype)
        for dtype in dtypes
        for number in range(120)
    }
    tensors["bad"] = torch.tensor([math.nan, 1.0, math.inf, -math.inf, 0.0])
    path = tmp_path / "many.pt"
    torch.save(tensors, path)
    with open_checkpoint(path) as checkpoint:
        yield checkpoint


def assert_same(found: Statistics, each: Statistics) -> None:
    for name in ("count", "min", "max", "zeros", "nan", "posinf", "neginf", "dtype", "exact"):
        assert getattr(found, name) == getattr(each, name), name
    assert found.mean == pytest.approx(each.mean, rel=1e-12)
    assert found.std == pytest.approx(each.std, rel=1e-12)
    assert np.array_equal(found.distribution.lower, each.distribution.lower)
    assert np.array_equal(found.distribution.upper, each.distribution.upper)
    assert np.array_equal(found.distribution.counts, each.distribution.counts)


def test_equals_the_merged_statistics_of_each(state: Checkpoint) -> None:
    tensors = state.tensors
    assert small_ones(tensors) == list(range(len(tensors)))
    assert_same(summarize_together(tensors), merge([summarize(tensor) for tensor in tensors]))


def test_a_sketch_of_many_values_lies_on_the_grid_of_merging(tmp_path: Path) -> None:
    path = tmp_path / "many.pt"
    torch.save([torch.randn(9_000) for _ in range(80)], path)
    with open_checkpoint(path) as checkpoint:
        found = summarize_together(checkpoint.tensors)
        each = merge([summarize(tensor) for tensor in checkpoint.tensors])
    assert not found.exact
    assert_same(found, each)


def test_only_small_contiguous_ones_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "mixed.pt"
    torch.save(
        {
            "a": torch.ones(3),
            "large": torch.ones(70_000),
            "ids": torch.arange(4),
            "b": torch.ones(2),
        },
        path,
    )
    with open_checkpoint(path) as checkpoint:
        assert [checkpoint.tensors[number].key for number in small_ones(checkpoint.tensors)] == [
            "a",
            "b",
        ]
        with pytest.raises(ValueError, match="large"):
            summarize_together(checkpoint.tensors)


def test_cancelling_stops_it(state: Checkpoint) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        summarize_together(state.tensors, cancel=cancel)


def test_nothing_is_no_elements() -> None:
    nothing: list[Tensor] = []
    assert summarize_together(nothing).count == 0
