"""Areas for sizes: the squarified treemap of Bruls, Huizing and van Wijk (2000), in pixels."""

from __future__ import annotations

from collections.abc import Sequence

Rect = tuple[float, float, float, float]
"""Left, top, width, height."""


def squarify(sizes: Sequence[float], rect: Rect) -> list[Rect]:
    """Return one rectangle for each size, in order, filling `rect`.

    `sizes` descend and are positive. Areas are proportional to sizes, sides as near to square as
    the rule gives: a row along the shorter side grows while its worst aspect ratio improves.
    """
    placed: list[Rect] = []
    left, top, width, height = rect
    total = sum(sizes)
    start = 0
    while start < len(sizes) and total > 0 and width > 0 and height > 0:
        side = min(width, height)
        scale = width * height / total
        end, row = start + 1, float(sizes[start])
        while end < len(sizes):
            grown = row + sizes[end]
            before = _worst(sizes[start], sizes[end - 1], row, side, scale)
            if _worst(sizes[start], sizes[end], grown, side, scale) > before:
                break
            end, row = end + 1, grown
        depth = row * scale / side
        along = 0.0
        for size in sizes[start:end]:
            length = side * size / row
            if width >= height:
                placed.append((left, top + along, depth, length))
            else:
                placed.append((left + along, top, length, depth))
            along += length
        if width >= height:
            left, width = left + depth, width - depth
        else:
            top, height = top + depth, height - depth
        total -= row
        start = end
    placed += [(left, top, 0.0, 0.0)] * (len(sizes) - len(placed))
    return placed


def _worst(largest: float, smallest: float, row: float, side: float, scale: float) -> float:
    """Return the worst aspect ratio in a row of these sizes laid along `side`."""
    depth_squared = (row * scale / side) ** 2
    return max(largest * scale / depth_squared, depth_squared / max(smallest * scale, 1e-300))
