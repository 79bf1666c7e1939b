"""The layers of a network in order, each with the quantiles of its weights, and what stands out.

From the results of a scan; no widget here.
"""

from __future__ import annotations

import functools
import itertools
import math
import statistics
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from inspector.analysis.scan_results import ScanResult, bit, column, quantiles
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.ui.arrange import natural_key

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)
OUT_OF_LINE = 30.0
"""How many times larger or smaller than usual for its name a layer's spread must be to be named."""
MOST = 1200
"""Layers drawn for themselves; a screen has no more columns."""
_ENOUGH = 5
_SLICE = 1024


@dataclass(frozen=True, slots=True)
class Layer:
    """One tensor of weights: its quantiles in the order of `QUANTILES`, and a remark or none."""

    key: str
    quantiles: tuple[float, ...]
    std: float
    remark: str = ""
    """"nan", "inf", "zero", "constant", "large", "small", or empty."""


def layers_of(
    results: Sequence[ScanResult], keys: Set[str], cancel: CancelToken, by_name: bool = False
) -> list[Layer]:
    """Return the layers among `results`: floating tensors called by one of `keys`, in file order,
    or `by_name` in the order of their numbers where the file's is not the network's.

    Matrices and kernels where there are any: the vectors between them (biases, norms) have scales
    of their own, which would hide the network's. Single numbers are no layers.
    """
    if not results:
        return []
    known = (column(results, "counts") > 1) & (column(results, "flags") & bit("unreadable") == 0)
    chosen = [
        result
        for result, known in zip(cancel.each(results), known.tolist(), strict=True)
        if known
        and result.tensor.key in keys
        and DTYPES[result.tensor.dtype].kind in ("float", "quantized")
    ]
    chosen = [result for result in cancel.each(chosen) if _is_matrix(result)] or chosen
    if not chosen:
        return []
    if by_name:
        chosen.sort(key=lambda result: natural_key(result.tensor.key))
    spreads = column(chosen, "std").tolist()
    remarks = _remarks(chosen, spreads, cancel)
    bands = quantiles(column(chosen, "bars"), column(chosen, "bounds"), QUANTILES)
    # One by one: freeing 100,000 of them at once would hold the window up.
    layers = (
        Layer(result.tensor.key, tuple(band.tolist()), spread, remark)
        for result, band, spread, remark in zip(
            cancel.each(chosen), bands, spreads, remarks, strict=True
        )
    )
    return gathered(layers, -(-len(chosen) // MOST))


def gathered(layers: Iterable[Layer], each: int) -> list[Layer]:
    """Return one layer for `each` neighbours.

    Its bands reach around those of all of them, its name is that of the one with a remark, or else
    of the widest, so that what stands out is not lost.
    """
    if each == 1:
        return list(layers)
    waiting = iter(layers)
    return [_joined(some) for some in iter(lambda: list(itertools.islice(waiting, each)), [])]


def _joined(layers: Sequence[Layer]) -> Layer:
    columns = list(zip(*(layer.quantiles for layer in layers), strict=True))
    chosen = max(layers, key=lambda layer: (bool(layer.remark), layer.std))
    reach = min(columns[0]), min(columns[1]), statistics.median(columns[2])
    return replace(chosen, quantiles=(*reach, max(columns[3]), max(columns[4])))


def _remarks(
    results: Sequence[ScanResult], spreads: Sequence[float], cancel: CancelToken
) -> list[str]:
    """Return what stands out in each layer, "" for nothing."""
    families = [_family(result) for result in cancel.each(results)]
    usual = _usual_spreads(families, spreads)
    flagged = column(results, "flags").astype(bool).tolist()
    return [
        (_odd(result) if flags else "") or _out_of_line(spread, usual.get(family, 0.0))
        for result, flags, spread, family in zip(
            cancel.each(results), flagged, spreads, families, strict=True
        )
    ]


def _odd(result: ScanResult) -> str:
    for flag in ("nan", "inf", "zero", "constant"):
        # A bias or a norm's weight often starts out constant; a matrix never should.
        if flag in result.flags and (flag in ("nan", "inf") or _is_matrix(result)):
            return flag
    return ""


def _out_of_line(spread: float, usual: float) -> str:
    if not (usual and spread > 0 and math.isfinite(spread)):
        return ""
    if spread > usual * OUT_OF_LINE:
        return "large"
    return "small" if spread < usual / OUT_OF_LINE else ""


def _is_matrix(result: ScanResult) -> bool:
    return _spans_a_plane(result.tensor.shape)


@functools.lru_cache(1024)
def _spans_a_plane(shape: tuple[int, ...]) -> bool:
    return sum(size > 1 for size in shape) > 1


def _usual_spreads(families: Sequence[str], spreads: Sequence[float]) -> dict[str, float]:
    """Return the median std of the tensors of each family that has enough of them."""
    gathered: dict[str, list[float]] = {}
    for family, spread in zip(families, spreads, strict=True):
        if spread > 0 and math.isfinite(spread):
            gathered.setdefault(family, []).append(spread)
    return {
        family: statistics.median(found)
        for family, found in gathered.items()
        if len(found) >= _ENOUGH
    }


def _family(result: ScanResult) -> str:
    """Return what is alike in all layers: the last name, apart for matrices and vectors."""
    return f"{result.tensor.key.rsplit('.', 1)[-1]}/{_is_matrix(result)}"


def block_names(layers: Sequence[Layer]) -> dict[float, str]:
    """Return names for the axis: where each block of layers begins, without the shared prefix."""
    return names_along([layer.key for layer in layers])


def names_along(dotted: Sequence[str]) -> dict[float, str]:
    """Return names of blocks of keys, at the middle of the first key of each: two steps of the
    key, as far as the first number: "layer1.0", "layers.11", "embed_tokens"."""
    keys = [key.split(".") for key in dotted]
    shared = _shared(keys)
    numbers = [next((at for at, step in enumerate(key) if step.isdigit()), None) for key in keys]
    deep = _shared([key for key, at in zip(keys, numbers, strict=True) if at is not None])
    names: dict[float, str] = {}
    last = None
    for place, (key, at) in enumerate(zip(keys, numbers, strict=True)):
        first = shared if at is None else max(shared, min(deep, at - 1))
        end = max(first + 2, 0 if at is None else at + 1)
        name = ".".join(key[first : min(end, max(len(key) - 1, first + 1))])
        if name != last:
            names[place + 0.5] = last = name
    return names


def _shared(keys: Sequence[Sequence[str]]) -> int:
    """Return how many steps from the left all `keys` have in common, the last step aside."""
    shared = 0
    while keys and all(len(key) > shared + 1 and key[shared] == keys[0][shared] for key in keys):
        shared += 1
    return shared
