"""How a histogram is laid out, to be kept while its file is read again. No Qt in here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axes:
    """`sight` are the lowest and highest value of a view that was chosen, None where everything is
    in sight."""

    log_values: bool
    log_counts: bool
    normal_curve: bool
    bins: int | None
    sight: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class KeptAxes:
    """The axes of one plot: what was selected, the part of its values, how it was laid out."""

    title: str
    part: str
    axes: Axes
