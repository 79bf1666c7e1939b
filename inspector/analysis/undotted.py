"""Matches copies of a model whose names lost their dots.

Buffers may not have dots in their names, so averages that are kept as buffers are called otherwise:
latent diffusion's `LitEma` leaves the dots out (`model_ema.diffusion_modelinput_blocks00weight`),
mmcv's `EMAHook` writes underscores (`ema_backbone_conv1_weight`). Two keys are the same here when
they are without dots and underscores; names that then become ambiguous are left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from inspector.checkpoint.types import Tensor

_LEAST = 4
_SHARE = 0.8
_BARE = str.maketrans("", "", "._")
_OF_BUFFERS = ("", "ema_")
_PREFIXES = 8

Tensors = dict[str, Tensor]


def match_without_dots(a: Tensors, b: Tensors) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield (why, key pairs of A and B) for each group of names without dots that fits the other
    side. Both hold what is not matched so far; the caller takes the pairs out before it goes on."""
    for flat, dotted, swapped in ((a, b, False), (b, a, True)):
        for prefix in _flat_prefixes(flat):
            pairs = _fitting(prefix, flat, dotted)
            if pairs:
                words = f"`{prefix}` and the dots" if prefix else "the dots"
                yield (
                    f"matched by removing {words}",
                    [(theirs, ours) if swapped else (ours, theirs) for ours, theirs in pairs],
                )


def _flat_prefixes(keys: Iterable[str]) -> list[str]:
    """Return the prefixes below which many names without a dot lie, the commonest first."""
    found = Counter(key[: key.rfind(".") + 1] for key in keys)
    for key in keys:
        if "." not in key and key.startswith(_OF_BUFFERS[1]):
            found[_OF_BUFFERS[1]] += 1
    return [prefix for prefix, count in found.most_common(_PREFIXES) if count >= _LEAST]


def _fitting(prefix: str, flat: Tensors, dotted: Tensors) -> list[tuple[str, str]]:
    """Return the pairs of the prefix of the other side that explains most; empty if too few."""
    start = len(prefix)
    own = _unique(
        (key[start:], key)
        for key in flat
        if key.startswith(prefix) and "." not in key[start:] and len(key) > start
    )
    levels = Counter(
        key[: end + 1] for key in dotted if (end := key.find(".")) > 0 and "." in key[end + 1 :]
    )
    best: list[tuple[str, str]] = []
    for other_prefix, _ in [("", 0), *levels.most_common(_PREFIXES)]:
        cut = len(other_prefix)
        others = _unique((key[cut:], key) for key in dotted if key.startswith(other_prefix))
        pairs = [
            (key, others[bare])
            for bare, key in own.items()
            if bare in others and flat[key].shape == dotted[others[bare]].shape
        ]
        if len(pairs) > len(best):
            best = pairs
    with_dots = sum("." in theirs for _, theirs in best)
    return best if len(best) >= max(_LEAST, _SHARE * len(own)) and 2 * with_dots > len(best) else []


def _unique(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return keys by their bare names, without those that share one."""
    found: dict[str, str] = {}
    twice = set()
    for name, key in named:
        bare = name.translate(_BARE)
        if bare in found:
            twice.add(bare)
        found[bare] = key
    return {bare: key for bare, key in found.items() if bare not in twice}
