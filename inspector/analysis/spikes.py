"""Values that very many elements of a large float tensor have: clipped weights, fills, constants.

A sketch knows elements only by stretches of values, where a spike would look like a block as wide
as its stretch. Stretches that hold far more than their neighbours are looked at once more: a sample
tells which value it may be, and a second pass counts the elements on it and below it.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import Self

import numpy as np

from inspector.analysis.distribution import Distribution, Floats
from inspector.analysis.floats import Array, dtype_of
from inspector.analysis.passes import Pass, count_all
from inspector.checkpoint.cancel import CancelToken, no_progress

_SHARE = 1 / 1024
"""Of all elements, from which on a stretch is looked at."""
_CROWDED = 4.0
"""Times as dense as either neighbour; the densities of smooth data differ by a few percent."""
_SAMPLED = 64
_SAMPLE_ELEMENTS = 1 << 14
_OFTEN = 8
_MOST_OF_IT = 0.25
"""Of the sampled elements of a stretch, the part that one value must have to be a spike."""
_PIECE = 1 << 18
_TOP_HALF = 1 if sys.byteorder == "little" else 0
_FORGOTTEN = np.uint64(45)


def resolved(reading: Pass, known: Distribution, cancel: CancelToken | None) -> Distribution:
    """Return a sketch with its spikes as values of their own; itself where there are none.

    Reads the tensor once more only where a sample confirms a spike.
    """
    if dtype_of(reading.tensor.dtype).kind != "float" or reading.channels:
        return known
    crowded = np.flatnonzero(_crowded(known))
    if not len(crowded):
        return known
    sample = _sample(reading, cancel)
    of_pattern = _of_pattern(_near_ends(known, crowded).astype(sample.dtype))
    spikes, values = _often(sample, of_pattern[_patterns(sample)])
    if not len(values):
        return known
    # Without progress, which would begin anew after it was told to be at its end.
    found = count_all(reading, lambda: _SpikeTally(values), cancel, no_progress)
    return _split(known, crowded[spikes], values.astype(np.float64), found.on, found.below)


def _near_ends(known: Distribution, places: Array) -> Floats:
    """Return the ends nearer to zero, which begin with the bits that the stretch is known by."""
    lower, upper = known.lower[places], known.upper[places]
    return np.where(lower < 0, upper, lower)


def _of_pattern(values: Array) -> Array:
    """Return a table from leading bits to the number of the value that begins so, or -1."""
    table = np.full(1 << (16 if values.itemsize == 4 else 19), -1, np.int32)
    table[_patterns(values)] = np.arange(len(values))
    return table


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _crowded(known: Distribution) -> Array:
    """Return a mask of the stretches that are far denser than both neighbours."""
    width = known.upper - known.lower
    density = np.where(width > 0, known.counts / width, 0.0)
    touching = known.upper[:-1] == known.lower[1:]
    beside = np.zeros(len(density))
    beside[1:] = np.where(touching, density[:-1], 0.0)
    beside[:-1] = np.maximum(beside[:-1], np.where(touching, density[1:], 0.0))
    many = known.counts >= _SHARE * known.counts.sum()
    # Zeros begin with the bits of the two stretches at zero, so those are left as they are.
    at_zero = (known.lower == 0) | (known.upper == 0)
    return np.asarray(many & (width > 0) & ~at_zero & (density > _CROWDED * beside))


def _sample(reading: Pass, cancel: CancelToken | None) -> Array:
    boxes = reading.boxes(_SAMPLE_ELEMENTS)
    count = min(boxes.count, _SAMPLED)
    places = [round(number * (boxes.count - 1) / max(count - 1, 1)) for number in range(count)]
    return np.concatenate([block.copy() for _, block in reading.blocks(boxes, places, cancel)])


def _often(sample: Array, numbers: Array) -> tuple[Array, Array]:
    """Return the numbers of the stretches that one value has much of, and that value of each.

    `numbers` tells of each sampled element which stretch it is in, -1 for none.
    """
    inside = numbers >= 0
    values, first, counts = np.unique(sample[inside], return_index=True, return_counts=True)
    places = numbers[inside][first]
    held = np.bincount(places, counts)
    order = np.lexsort((counts, places))
    best = order[np.append(np.diff(places[order]) != 0, True)[: len(order)]]
    enough = (counts[best] >= _OFTEN) & (counts[best] >= _MOST_OF_IT * held[places[best]])
    return places[best[enough]], values[best[enough]]


class _SpikeTally:
    """Counts the elements on each of some values, and those below it in its stretch."""

    def __init__(self, values: Array) -> None:
        self._values, self._of_pattern = values, _of_pattern(values)
        self.on = np.zeros(len(values), np.int64)
        self.below = np.zeros(len(values), np.int64)

    @np.errstate(invalid="ignore")  # a signalling NaN is a NaN
    def add(self, block: Array, place: int) -> None:
        """Count a block of float32 or float64 values."""
        for start in range(0, len(block), _PIECE):
            piece = block[start : start + _PIECE]
            numbers = self._of_pattern[_patterns(piece)]
            near = np.flatnonzero(numbers >= 0)
            numbers, piece = numbers[near], piece[near]
            spike = self._values[numbers]
            self.on += np.bincount(numbers[piece == spike], minlength=len(self.on))
            self.below += np.bincount(numbers[piece < spike], minlength=len(self.below))

    def join(self, other: Self) -> None:
        """Take over what another thread counted."""
        self.on += other.on
        self.below += other.below


def _patterns(values: Array) -> Array:
    """Return the leading bits of floats, by which a sketch counts them."""
    if values.itemsize == 4:
        return values.view(np.uint16)[_TOP_HALF::2]
    return values.view(np.uint64) >> _FORGOTTEN


def _split(
    known: Distribution, place: Array, values: Floats, on: Array, below: Array
) -> Distribution:
    """Return the distribution with the stretches at `place` cut in three: below the value of each,
    on it, above it."""
    above = known.counts[place] - on - below
    rest = np.ones(len(known.counts), bool)
    rest[place] = False
    lower = np.concatenate((known.lower[rest], known.lower[place], values, values))
    upper = np.concatenate((known.upper[rest], values, values, known.upper[place]))
    counts = np.concatenate((known.counts[rest], below, on, above))
    kept = counts > 0
    order = np.lexsort((upper[kept], lower[kept]))
    return dataclasses.replace(
        known, lower=lower[kept][order], upper=upper[kept][order], counts=counts[kept][order]
    )
