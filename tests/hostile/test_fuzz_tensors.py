"""The check of a view against its storage, held against trying every index."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from inspector.analysis.elements import read_array
from inspector.checkpoint.errors import CheckpointError
from inspector.formats.detect import open_checkpoint
from tests.builders.registry import built
from tests.hostile import opcodes as op
from tests.hostile.archives import WEIGHTS, checkpoint_bytes
from tests.hostile.fuzzing import fuzz

_small = st.integers(-2, 7)


def inside(offset: int, size: tuple[int, ...], stride: tuple[int, ...], count: int) -> bool:
    """Try every index; an empty view needs a sane start alone."""
    if len(size) != len(stride) or min((offset, *size, *stride), default=0) < 0:
        return False
    reached = [
        offset + sum(i * step for i, step in zip(index, stride, strict=True))
        for index in itertools.product(*(range(length) for length in size))
    ]
    return all(0 <= place < count for place in reached)


@fuzz(
    400,
    offset=_small,
    size=st.lists(_small, max_size=3).map(tuple),
    stride=st.lists(_small, max_size=3).map(tuple),
)
def test_fuzz_views_against_every_index(
    offset: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    body = op.dict_of(("w", op.tensor(offset=offset, size=size, stride=stride)))
    path: Path = built("state_dict_pt").path.with_name("view.pt")
    path.write_bytes(checkpoint_bytes(body))
    expected = inside(offset, size, stride, 6)
    try:
        with open_checkpoint(path) as checkpoint:
            (tensor,) = checkpoint.tensors
            assert expected
            flat = np.frombuffer(WEIGHTS, "<f4")
            steps = tuple(step * 4 for step in stride)
            wanted = np.lib.stride_tricks.as_strided(flat[offset:], size, steps)
            np.testing.assert_array_equal(read_array(tensor), wanted)
    except CheckpointError:
        assert not expected or 0 in size
