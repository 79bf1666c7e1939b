from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from inspector.analysis.compare import Comparison, compare
from inspector.analysis.compare_views import (
    change_through_depth,
    difference_figures,
    difference_histogram,
    joint_histogram,
    overlaid_histograms,
    read_pair_window,
    sampled_values,
)
from inspector.analysis.statistics import summarize
from inspector.checkpoint.types import Tensor
from inspector.formats.detect import open_checkpoint

A = torch.randn(300, 200, generator=torch.Generator().manual_seed(1))
B = A * 1.5 + torch.randn(300, 200, generator=torch.Generator().manual_seed(2)).t().reshape(
    300, 200
)


@pytest.fixture
def comparison(tmp_path: Path) -> Iterator[Comparison]:
    torch.save({"first": A, "w": A, "last": A[0]}, tmp_path / "a.pt")
    torch.save({"first": A, "w": B.t().contiguous().t(), "last": A[1]}, tmp_path / "b.pt")
    with open_checkpoint(tmp_path / "a.pt") as one, open_checkpoint(tmp_path / "b.pt") as other:
        yield compare(one, other)


@pytest.fixture
def pair(comparison: Comparison) -> tuple[Tensor, Tensor]:
    both = comparison.tensors[1].pair.both
    assert both is not None
    return both


def test_histograms_share_their_bins(pair: tuple[Tensor, Tensor]) -> None:
    one, other = overlaid_histograms(summarize(pair[0]), summarize(pair[1]), 64)
    assert np.array_equal(one.edges, other.edges)
    assert one.counts.sum() == other.counts.sum() == A.numel()
    expected, _ = np.histogram(B.double().numpy(), one.edges)
    assert np.abs(other.counts - expected).max() <= max(other.error, 0)


def test_the_difference_has_a_histogram_and_extremes(pair: tuple[Tensor, Tensor]) -> None:
    figures = difference_figures(*pair)
    distance = (B.double() - A.double()).numpy()
    assert (figures.min, figures.max) == (distance.min(), distance.max())
    found = difference_histogram(figures, 32)
    expected, _ = np.histogram(distance, found.edges)
    assert found.counts.sum() == A.numel()
    assert np.abs(found.counts - expected).max() <= found.error


def test_a_against_b_is_numpys_two_dimensional_histogram(pair: tuple[Tensor, Tensor]) -> None:
    joint = joint_histogram(*pair, (-2.0, 2.0), (-3.0, 3.0), 16)
    expected, *_ = np.histogram2d(
        A.double().numpy().ravel(), B.double().numpy().ravel(), [joint.edges_a, joint.edges_b]
    )
    assert np.array_equal(joint.counts, expected)


def test_sampled_values_belong_together(pair: tuple[Tensor, Tensor]) -> None:
    a, b = sampled_values(*pair, points=1000)
    assert 500 <= len(a) == len(b) <= 1000
    places = {(x, y) for x, y in zip(A.flatten().tolist(), B.flatten().tolist(), strict=True)}
    assert set(zip(a.tolist(), b.tolist(), strict=True)) <= places
    every_a, every_b = sampled_values(*pair, points=A.numel())
    assert np.array_equal(every_a, A.double().numpy().ravel())
    assert np.array_equal(every_b, B.double().numpy().ravel())


def test_a_window_holds_both_and_the_difference(pair: tuple[Tensor, Tensor]) -> None:
    window = read_pair_window(*pair, (10, 20), (5, 6))
    assert np.array_equal(window.a, A[10:15, 20:26].numpy())
    assert np.array_equal(window.b, B[10:15, 20:26].numpy())
    expected = (B.double() - A.double())[10:15, 20:26].numpy()
    assert np.array_equal(window.difference, expected)


def test_change_through_the_depth_of_the_network(comparison: Comparison) -> None:
    assert [key for key, _ in change_through_depth(comparison)] == ["first", "w", "last"]
    assert change_through_depth(comparison)[0][1] == 0
