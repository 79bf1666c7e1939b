"""What one pair of tensors comes to: a status, the measures, where the largest difference is.

Tensors of every layout end up here. Two that hold no data in either file (meta tensors) are
identical, for the files say the same of them; if only one file holds data, there is nothing to
compare and the pair is unreadable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from inspector.analysis.elements import logical_blocks, read_array, value_shape
from inspector.analysis.measures import EXACT_VALUES, Measures, Tolerance, Totals
from inspector.analysis.pair_stream import PairStream, place_of, same_coding, side_by_side
from inspector.analysis.pairs import Pair, Status
from inspector.analysis.sparse_pairs import add_sparse, is_sparse
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import CheckpointError, UnsupportedError
from inspector.checkpoint.summary import in_optimizer
from inspector.checkpoint.types import Tensor

_FLOATING = frozenset(
    name for name, dtype in DTYPES.items() if dtype.kind in ("float", "complex", "quantized")
)
NO_DATA = "neither file holds data for it"


@dataclass(slots=True, eq=False)
class Difference:
    """The answer for one pair.

    `measures` is None where no elements were compared. `same_values` is True where every element
    has the same value, though perhaps other bits (0.0 and -0.0, two kinds of NaN, another dtype).
    `largest_at` is the index of the largest difference in the tensor. `problem` says why a pair is
    unreadable, or what else is to be known.
    """

    pair: Pair
    status: Status
    measures: Measures | None = None
    same_values: bool = False
    largest_at: tuple[int, ...] | None = None
    problem: str = ""

    @property
    def key(self) -> str:
        """The pair's name."""
        return self.pair.key

    @property
    def magnitude(self) -> float:
        """The relative change as a number to sort by: what has none for NaN comes out on top."""
        if self.measures is None:
            return 0.0
        return math.inf if math.isnan(self.measures.rel_l2) else self.measures.rel_l2

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """What puts changes in order: those of weights last and so on top, then by how large.

        Counters and the state of an optimizer change by far more than any weight; so does what was
        all zero, whose relative change is infinite.
        """
        tensor = self.pair.a
        weight = tensor is not None and is_weight(tensor)
        return weight, math.isfinite(self.magnitude), self.magnitude

    @property
    def lost_numbers(self) -> bool:
        """Whether NaN or infinities stand in B where A has numbers."""
        measures = self.measures
        return measures is not None and bool(measures.nan_appeared or measures.inf_appeared)

    @property
    def max_abs(self) -> int | float | None:
        """The largest |a - b|; see `Measures`. None where nothing was compared."""
        return self.measures.max_abs if self.measures is not None else None

    @property
    def mean_abs(self) -> float | None:
        """The mean |a - b|."""
        return self.measures.mean_abs if self.measures is not None else None

    @property
    def rms(self) -> float | None:
        """The root of the mean (a - b)^2."""
        return self.measures.rms if self.measures is not None else None

    @property
    def rel_l2(self) -> float | None:
        """|a - b| / |a|, L2 norms."""
        return self.measures.rel_l2 if self.measures is not None else None

    @property
    def cosine(self) -> float | None:
        """a.b / (|a| |b|)."""
        return self.measures.cosine if self.measures is not None else None

    @property
    def changed(self) -> int | None:
        """How many elements have another value."""
        return self.measures.changed if self.measures is not None else None


def is_weight(tensor: Tensor) -> bool:
    """Whether a tensor has floating values and is not the state of an optimizer."""
    return tensor.dtype in _FLOATING and not in_optimizer(tensor.path)


def compare_pair(
    pair: Pair, *, tolerance: Tolerance = EXACT_VALUES, cancel: CancelToken | None = None
) -> Difference:
    """Compare one pair by value. Raises `Cancelled`, never a `CheckpointError`: a tensor that
    cannot be read is `unreadable` and the problem says why."""
    both = pair.both
    if both is None:
        return Difference(pair, pair.status)
    try:
        with np.errstate(all="ignore"):  # NaN and infinities are expected, and counted
            totals = measure(*both, tolerance, cancel or CancelToken())
    except CheckpointError as error:
        return unreadable(pair, error)
    if totals is None:
        return Difference(pair, "shape")
    difference = settled(pair, totals)
    if all(tensor.lacks_data for tensor in both):
        difference.problem = NO_DATA
    return difference


def settled(pair: Pair, totals: Totals) -> Difference:
    """Make the answer for two tensors with data from complete totals."""
    status: Status = "changed" if totals.beyond else "close"
    if not totals.bits_differ:
        status = "identical"
    if pair.status == "dtype":
        status = "dtype"
    largest_at = None
    if pair.a is not None and totals.largest >= 0:
        largest_at = place_of(totals.largest, value_shape(pair.a))
    return Difference(pair, status, Measures.of(totals), not totals.changed, largest_at)


def unreadable(pair: Pair, error: CheckpointError) -> Difference:
    """Make the answer for a pair whose elements cannot be read."""
    return Difference(pair, "unreadable", problem=error.what())


def is_strided(tensor: Tensor) -> bool:
    """Whether the tensor's elements are a view of one storage of the file."""
    return tensor.stride is not None and tensor.storage is not None and not tensor.lacks_data


def measure(a: Tensor, b: Tensor, tolerance: Tolerance, cancel: CancelToken) -> Totals | None:
    """Return how two tensors of one shape differ, None if their pieces have other shapes.

    Raises `CheckpointError` where elements cannot be read or compared.
    """
    totals = Totals()
    if a.numel == 0 and a.layout == b.layout == "strided":
        totals.bits_differ = a.dtype != b.dtype
    elif is_strided(a) and is_strided(b):
        stream = PairStream(a, b, tolerance, cancel)
        if not stream.comparable:
            return None
        for segment in stream.segments():
            stream.merge(totals, stream.compare(segment))
        stream.complete(totals)
    elif a.lacks_data or b.lacks_data:
        if not (a.lacks_data and b.lacks_data):
            raise UnsupportedError("only one of the two files holds data for it", where=a.key)
        totals.bits_differ = a.dtype != b.dtype
    elif not _parts_identical(a, b, cancel):
        totals.bits_differ = True
        return _measure_parts(a, b, totals, tolerance, cancel)
    return totals


def _parts_identical(a: Tensor, b: Tensor, cancel: CancelToken) -> bool:
    if (a.layout, a.dtype, a.class_name) != (b.layout, b.dtype, b.class_name):
        return False
    pairs = _part_pairs(a, b)
    if pairs is None or not pairs:
        return False
    for part_a, part_b in pairs:
        if part_a.shape != part_b.shape or not same_coding(part_a, part_b):
            return False
        totals = measure(part_a, part_b, EXACT_VALUES, cancel)
        if totals is None or totals.bits_differ:
            return False
    return True


def _part_pairs(a: Tensor, b: Tensor) -> list[tuple[Tensor, Tensor]] | None:
    """Return the parts of both by name, None where they do not have the same ones."""
    if [name for name, _ in a.parts] != [name for name, _ in b.parts]:
        return None
    return [(ours, theirs) for (_, ours), (_, theirs) in zip(a.parts, b.parts, strict=True)]


def _measure_parts(
    a: Tensor, b: Tensor, totals: Totals, tolerance: Tolerance, cancel: CancelToken
) -> Totals | None:
    if is_sparse(a) or is_sparse(b):
        add_sparse(a, b, totals, tolerance, cancel)
        return totals
    pairs = _part_pairs(a, b)
    if pairs is None:
        raise UnsupportedError(
            f"a {a.class_name} and a {b.class_name} consist of other parts", where=a.key
        )
    if a.part("buffer") is not None:
        return _measure_nested(a, b, totals, tolerance, cancel)
    for part_a, part_b in pairs:
        if part_a.shape != part_b.shape:
            return None
        found = measure(part_a, part_b, tolerance, cancel)
        if found is None:
            return None
        found.largest = -1  # a place in a part is no place in the whole
        totals.merge(found)
    totals.largest = -1
    return totals


def _measure_nested(
    a: Tensor, b: Tensor, totals: Totals, tolerance: Tolerance, cancel: CancelToken
) -> Totals | None:
    for name, part in a.parts:
        other = b.part(name)
        if name != "buffer" and (
            other is None or read_array(part).tolist() != read_array(other).tolist()
        ):
            return None
    blocks_a, blocks_b = logical_blocks(a, cancel=cancel), logical_blocks(b, cancel=cancel)
    for first, values_a, values_b in side_by_side(blocks_a, blocks_b):
        totals.add(values_a, values_b, first, tolerance)
    return totals
