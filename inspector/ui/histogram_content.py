"""From statistics to what the histogram panel says: lines, figures, badges, the note.

Built in the worker, beside the numbers; knows no widget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt

from inspector.analysis.statistics import Statistics
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.types import Tensor
from inspector.ui import number_text
from inspector.ui.badges import Badge
from inspector.ui.histogram_bins import Bars
from inspector.ui.statistics_table import Figure

_MOST_DIGITS = 12
_SQUASHED = 8
"""Times as wide as nearly all values must the range be that a few outliers stretch."""
_KINDS_OF_WHOLE_NUMBERS = frozenset({"int", "uint", "bool", "bits"})


@dataclass(frozen=True, slots=True)
class Line:
    """A value worth a labelled line."""

    value: float
    label: str
    style: Qt.PenStyle
    rank: int


@dataclass(frozen=True, slots=True)
class Content:
    """What to plot. `weight` turns the counts of a sample into counts of the whole tensor."""

    statistics: Statistics
    lines: tuple[Line, ...]
    normal: tuple[float, float] | None
    """Mean and std of the normal curve that may be drawn."""
    threshold: float
    """Magnitude below which the symmetric logarithmic axis is about linear."""
    whole_numbers: bool = False
    names: tuple[tuple[float, str], ...] = ()
    weight: float = 1.0
    bulk: tuple[float, float] | None = None
    """What to show first where a few values lie so far out that the others would be one bar."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the panel shows of one result."""

    statistics: Statistics
    content: Content | None
    """None when there is no finite value to plot."""
    figures: tuple[Figure, ...]
    badges: tuple[Badge, ...]
    note: str


def holds_whole_numbers(tensor: Tensor, raw: bool = False) -> bool:
    """Whether the values plotted for `tensor` are whole numbers."""
    kind = DTYPES[tensor.dtype].kind
    return kind in _KINDS_OF_WHOLE_NUMBERS or (raw and kind == "quantized")


def shown_of(
    statistics: Statistics,
    *,
    total: int,
    whole_numbers: bool,
    truth_values: bool,
    duration: float,
) -> Shown:
    """Prepare `statistics` for the panel. `total` counts the values of the whole tensor."""
    content = None
    if statistics.finite:
        content = _content(statistics, total, whole_numbers, truth_values)
    return Shown(
        statistics,
        content,
        tuple(_figures(statistics)),
        tuple(_badges(statistics)),
        _note(statistics, total, duration),
    )


def _content(
    statistics: Statistics, total: int, whole_numbers: bool, truth_values: bool
) -> Content:
    names = ((0.0, _tr("False")), (1.0, _tr("True"))) if truth_values else ()
    normal = None
    if statistics.std > 0 and math.isfinite(statistics.std) and not truth_values:
        normal = statistics.mean, statistics.std
    quartiles = max(abs(statistics.quantile(0.25)), abs(statistics.quantile(0.75)))
    largest = max(abs(statistics.min), abs(statistics.max))
    return Content(
        statistics,
        () if truth_values else tuple(_lines(statistics)),
        normal,
        quartiles / 10 if 0 < quartiles < math.inf else largest / 1e6 or 1.0,
        whole_numbers,
        names,
        weight=total / statistics.count if statistics.sampled else 1.0,
        bulk=_bulk(statistics),
    )


def _bulk(statistics: Statistics) -> tuple[float, float] | None:
    low, high = statistics.quantile(0.001), statistics.quantile(0.999)
    reach = (high - low) / 2
    low, high = max(low - reach, float(statistics.min)), min(high + reach, float(statistics.max))
    squashed = 0 < (high - low) * _SQUASHED < float(statistics.max) - float(statistics.min)
    return (low, high) if squashed else None


def _lines(statistics: Statistics) -> list[Line]:
    if statistics.min == statistics.max:
        return []
    mean, std, style = statistics.mean, statistics.std, Qt.PenStyle
    lines = [
        Line(mean, _tr("mean"), style.SolidLine, 0),
        Line(statistics.quantile(0.5), _tr("median"), style.DashLine, 1),
        Line(mean - std, _tr("−1 std"), style.DashDotLine, 3),
        Line(mean + std, _tr("+1 std"), style.DashDotLine, 3),
        Line(statistics.quantile(0.01), _tr("1 %"), style.DotLine, 2),
        Line(statistics.quantile(0.99), _tr("99 %"), style.DotLine, 2),
    ]
    return [line for line in lines if math.isfinite(line.value)]


def _figures(statistics: Statistics) -> list[Figure]:
    digits = _digits(statistics)

    def value(name: str, number: float, digits: int = 4) -> Figure:
        text = "—" if math.isnan(number) else number_text.figure(number, digits)
        return Figure(name, text, repr(float(number)))

    def counted(name: str, number: int, alarming: bool = False) -> Figure:
        part = f"  ({number_text.share(number, statistics.count)})" if number else ""
        shown = number_text.whole(number) + part
        return Figure(name, shown, str(number), alarming and number > 0)

    figures = [
        value(_tr("mean"), statistics.mean, digits),
        value(_tr("std"), statistics.std),
        value(_tr("L2 norm"), statistics.l2),
        value(_tr("min"), statistics.min, digits),
        *_quantiles(statistics, digits),
        value(_tr("max"), statistics.max, digits),
        counted(_tr("stored zeros") if _is_sparse(statistics) else _tr("zeros"), statistics.zeros),
        counted(_tr("NaN"), statistics.nan, alarming=True),
        counted(_tr("+Inf"), statistics.posinf, alarming=True),
        counted(_tr("−Inf"), statistics.neginf, alarming=True),
    ]
    if statistics.distinct is not None:
        shown = number_text.whole(statistics.distinct)
        figures.append(Figure(_tr("distinct"), shown, str(statistics.distinct)))
    if statistics.density is not None:
        shown = number_text.share(statistics.density, 1)
        figures.append(Figure(_tr("stored"), shown, repr(statistics.density)))
    return figures


def _is_sparse(statistics: Statistics) -> bool:
    """Whether there are zeros beside the values, which are those stored."""
    return statistics.density is not None and statistics.density < 1


def _digits(statistics: Statistics) -> int:
    """Return how many digits tell the values apart: more where they are all nearly the same."""
    largest = max(abs(statistics.min), abs(statistics.max))
    span = float(statistics.max) - float(statistics.min)
    if not (span > 0 and math.isfinite(span)):
        return 4
    return min(max(4, 4 + math.floor(math.log10(largest / span))), _MOST_DIGITS)


def _quantiles(statistics: Statistics, digits: int) -> list[Figure]:
    """Return the quantiles; an approximate one says so, and by how much in its tip."""
    figures = []
    for name, q in ((_tr("1 %"), 0.01), (_tr("median"), 0.5), (_tr("99 %"), 0.99)):
        number, error = statistics.quantile(q), statistics.quantile_error(q)
        shown, exact = number_text.figure(number, digits), repr(float(number))
        if math.isnan(number):
            shown = "—"
        elif error:
            shown, exact = f"≈ {shown}", f"{exact} ± {error:.2g}"
        figures.append(Figure(name, shown, exact))
    return figures


def _badges(statistics: Statistics) -> list[Badge]:
    badges = []
    for name, count in (
        (_tr("NaN"), statistics.nan),
        (_tr("+Inf"), statistics.posinf),
        (_tr("−Inf"), statistics.neginf),
    ):
        if count:
            badges.append(Badge(f"⚠ {number_text.whole(count)} {name}", alarming=True))
    if statistics.zeros:
        words = _tr("{count} zeros ({part})")
        if _is_sparse(statistics):
            words = _tr("stored zeros: {count} ({part})")
        elif statistics.zeros == 1:
            words = _tr("{count} zero ({part})")
        text = words.format(
            count=number_text.whole(statistics.zeros),
            part=number_text.share(statistics.zeros, statistics.count),
        )
        badges.append(Badge(text, alarming=False))
    if statistics.note:
        badges.append(Badge(statistics.note, alarming=False))
    if statistics.finite > 1 and statistics.min == statistics.max:
        words = _tr("constant: every value is {value}")
        if _is_sparse(statistics):
            words = _tr("every stored value is {value}")
        text = words.format(value=number_text.figure(statistics.min, 6))
        badges.append(Badge(text, alarming=False))
    return badges


def _note(statistics: Statistics, total: int, duration: float) -> str:
    if statistics.sampled:
        return _tr("sampled · {part} of {total} values").format(
            part=number_text.whole(statistics.count), total=number_text.whole(total)
        )
    words = _tr("exact · {total} values · {time}")
    if _is_sparse(statistics):
        words = _tr("exact · stored values: {total} · {time}")
    elif statistics.count == 1:
        words = _tr("exact · {total} value · {time}")
    return words.format(
        total=number_text.whole(statistics.count), time=number_text.seconds(duration)
    )


def words_for_bars(bars: Bars, shown: Shown) -> tuple[str, str]:
    """Return the line below the plot, and its tip: what is counted, how exact the bars in sight
    are, how many values are out of sight."""
    parts, tip = [shown.note], ""
    if bars.error and not shown.statistics.sampled:
        parts.append(_tr("bars interpolated in steps of 0.8 %"))
        tip = _tr(
            "Values are counted in steps of about 0.8 % of their size and drawn as if spread "
            "evenly within a step. At worst a bar here is off by {count} values, {share} of the "
            "tallest; where the distribution is smooth, by far less."
        ).format(
            count=number_text.whole(math.ceil(bars.error)), share=number_text.share(bars.doubt, 1)
        )
    if bars.outside:
        text = _tr("{count} values out of sight")
        if bars.outside == 1:
            text = _tr("{count} value out of sight")
        parts.append(text.format(count=number_text.whole(bars.outside)))
    line = " · ".join(parts)
    return line, "\n".join(filter(None, (line, tip)))


def csv_rows(edges: Sequence[float], counts: Sequence[float]) -> str:
    """Return bins as CSV: low edge, high edge, count; every digit of the edges."""
    lines = ["low,high,count"]
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        lines.append(f"{float(low)!r},{float(high)!r},{float(count):.17g}")
    return "\n".join(lines) + "\n"


def _tr(text: str) -> str:
    return QCoreApplication.translate("HistogramPanel", text)
