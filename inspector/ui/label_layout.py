"""Where labels go so that none covers another: pure arithmetic, no widget."""

from __future__ import annotations

from collections.abc import Sequence


def spread(
    centres: Sequence[float], widths: Sequence[float], low: float, high: float, gap: float
) -> list[float] | None:
    """Return left edges for labels of `widths` that want to stand centred over `centres`.

    `centres` ascend. Labels keep their order, stay `gap` apart and inside low..high, and together
    move as little as possible: in coordinates that take out the labels' own widths, "keep the
    order" is isotonic regression, solved by pooling neighbours that collide. None when they do
    not fit side by side at all.
    """
    if not centres:
        return []
    before, used = [], 0.0
    for width in widths:
        before.append(used)
        used += width + gap
    room = high - low - (used - gap)
    if room < 0:
        return None
    pools: list[tuple[float, int]] = []
    for centre, width, shift in zip(centres, widths, before, strict=True):
        wish, members = centre - width / 2 - shift, 1
        while pools and pools[-1][0] >= wish:
            other, others = pools.pop()
            wish = (wish * members + other * others) / (members + others)
            members += others
        pools.append((wish, members))
    places = [wish for wish, members in pools for _ in range(members)]
    return [
        min(max(place, low), low + room) + shift
        for place, shift in zip(places, before, strict=True)
    ]
