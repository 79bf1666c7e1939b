"""Elements, statistics and scans of every kind of file there is, held against torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inspector.analysis.elements import read_array
from inspector.analysis.scan import scan
from inspector.analysis.statistics import Statistics, sample, summarize
from inspector.checkpoint.errors import CheckpointError
from inspector.formats.detect import open_checkpoint
from tests.builders import VALID, built, values_of


def assert_agrees(found: Statistics, values: np.ndarray) -> None:
    wide = values.reshape(-1)
    wide = np.abs(wide.astype(np.complex128)) if wide.dtype.kind == "c" else wide
    with np.errstate(invalid="ignore"):  # signalling NaN patterns
        wide = wide.astype(np.float64)
    finite = wide[np.isfinite(wide)]
    assert found.count == len(wide)
    assert found.nan == np.isnan(wide).sum() and found.zeros == (wide == 0).sum()
    assert found.finite == len(finite)
    if len(finite):
        assert [found.min, found.max] == pytest.approx([finite.min(), finite.max()], rel=1e-6)
        with np.errstate(over="ignore"):
            assert found.l2 == pytest.approx(np.sqrt((finite**2).sum()), rel=1e-6)
        largest = np.abs(finite).max()
        assert found.mean == pytest.approx((finite / len(finite)).sum(), abs=1e-6 * largest)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", VALID)
def test_every_tensor_of_every_valid_file(name: str) -> None:
    file = built(name)
    with open_checkpoint(file.path) as checkpoint:
        tensors = {tensor.path: tensor for tensor in checkpoint.tensors}
        for expected in file.tensors:
            tensor = tensors.get(expected.path)
            if tensor is None or not expected.readable or expected.dtype.startswith("float4"):
                continue
            values = values_of(expected.tensor)
            array = read_array(tensor)
            assert array.dtype == values.dtype and array.shape == values.shape
            if expected.tensor.is_quantized:
                np.testing.assert_allclose(array, values, rtol=1e-6)
            else:
                np.testing.assert_array_equal(array, values)
            assert_agrees(summarize(tensor), values)
            assert sample(tensor).count == values.size
        results = scan(checkpoint)
        assert [result.tensor for result in results] == checkpoint.tensors
        for result in results:
            try:
                found = summarize(result.tensor)
            except CheckpointError as error:
                assert result.flags == {"no-data" if result.tensor.lacks_data else "unreadable"}
                assert result.error == error.what()
                continue
            assert (result.count, result.nan, result.zeros) == (
                found.count,
                found.nan,
                found.zeros,
            )
            assert [result.mean, result.std, result.l2] == pytest.approx(
                [found.mean, found.std, found.l2], rel=1e-12, nan_ok=True
            )
            assert result.min == float(found.min) or math.isnan(found.min)
