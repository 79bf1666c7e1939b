"""The comparison as one HTML page that needs nothing else: no script, no font, no network.

Pictures are inline SVG: the relative change through the depth of the network, and for the tensors
that changed most the histograms of A and B over shared bins and of B - A.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from inspector.analysis.compare import Comparison
from inspector.analysis.compare_views import (
    change_through_depth,
    difference_figures,
    difference_histogram,
    overlaid_histograms,
)
from inspector.analysis.compare_words import (
    COLUMNS,
    STATUS_SIGNS,
    cut,
    matching_lines,
    number,
    row_of,
    summary_line,
    value_cells,
    verdict_lines,
    worth_telling,
)
from inspector.analysis.differences import Difference
from inspector.analysis.histogram import Histogram
from inspector.analysis.load_verdict import load_verdict
from inspector.analysis.statistics import summarize
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown

_ROWS = 2000
_PICTURES = 12
_BARS = 400
_BINS = 96
_WIDTH, _HEIGHT = 520, 150

_STYLE = """
:root { color-scheme: light dark; --a: #1b66dc; --b: #b54f09; --d: #8a5d00; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --a: #5aa2ff; --b: #ff9c45; --d: #f0c04e; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); }
td { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
figure { display: inline-block; margin: .5rem 1.5rem 1rem 0; }
figcaption { font-size: 13px; }
svg { border-left: 1px solid var(--line); border-bottom: 1px solid var(--line); max-width: 100%; }
.a { color: var(--a); } .b { color: var(--b); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
"""


def report_html(comparison: Comparison) -> str:
    """Return the page; the files must still be open, for the pictures read the changed tensors."""
    rows, rest = cut(worth_telling(comparison), _ROWS)
    verdict = load_verdict(comparison.a, comparison.b)
    body = [
        "<h1>Checkpoint comparison</h1>",
        f'<p><b class="a">A</b> {escape(shown(comparison.a.path))}<br>'
        f'<b class="b">B</b> {escape(shown(comparison.b.path))}<br>'
        f"tolerance {escape(str(comparison.tolerance))}</p>",
        f"<p><b>{escape(summary_line(comparison))}</b></p>",
        *(f"<p>{escape(line)}</p>" for line in matching_lines(comparison)),
        *(f"<p>{escape(line)}</p>" for line in verdict_lines(comparison)),
        *(f"<pre>{escape(shown(line))}</pre>" for line in verdict.lines()[:20]),
        _depth_figure(comparison),
        *_pictures(comparison),
        _table(COLUMNS, [_cells(row) for row in rows]) if rows else "",
        f"<p>{escape(rest)}</p>" if rest else "",
    ]
    values = [value_cells(pair) for pair in comparison.values if pair.matters]
    if values:
        body += ["<h2>Values</h2>", _table(("key", "status", "A", "B"), values[:_ROWS])]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Checkpoint comparison</title><style>{_STYLE}</style>"
    )
    content = "\n".join(filter(None, body))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{content}</body></html>\n'


def _cells(difference: Difference) -> list[str]:
    row = row_of(difference)
    return [row.key, f"{STATUS_SIGNS[difference.status]} {row.status}", *row.cells[2:]]


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    lines = ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    content = "\n".join(lines)
    return f'<div class="scroll"><table><tr>{head}</tr>\n{content}</table></div>'


def _depth_figure(comparison: Comparison) -> str:
    changes = change_through_depth(comparison)
    if not any(change for _, change in changes):
        return ""
    per_bar = -(-len(changes) // _BARS)
    groups = [changes[start : start + per_bar] for start in range(0, len(changes), per_bar)]
    worst = [max(group, key=lambda one: one[1]) for group in groups]
    finite = [change for _, change in worst if change < float("inf")]
    top = max(finite, default=0.0) or 1.0
    width = 2 * _WIDTH / len(worst)
    bars = "".join(
        f'<rect x="{index * width:.2f}" y="{_HEIGHT * (1 - min(change / top, 1)):.2f}" '
        f'width="{max(width - 0.5, 0.5):.2f}" height="{_HEIGHT * min(change / top, 1):.2f}">'
        f"<title>{escape(shown(key, 200))}: {number(change)}</title></rect>"
        for index, (key, change) in enumerate(worst)
    )
    picture = _svg(f'<g fill="var(--d)">{bars}</g>', 2 * _WIDTH)
    words = f"Relative change from the first tensor to the last; the highest bar is {number(top)}"
    return f"<h2>Through the network</h2>{_figure(picture, words)}"


def _pictures(comparison: Comparison) -> list[str]:
    changed = [one for one in comparison.tensors if one.changed]
    changed.sort(key=lambda one: one.rank, reverse=True)
    found = ["<h2>What changed most</h2>"] if changed else []
    for difference in changed[:_PICTURES]:
        found.append(f"<h3>{escape(shown(difference.key))}</h3>")
        try:
            found += _histograms(difference)
        except CheckpointError as error:
            found.append(f"<p>{escape(error.what())}</p>")
    return found


def _histograms(difference: Difference) -> list[str]:
    both = difference.pair.both
    if both is None:
        return []
    one, other = overlaid_histograms(summarize(both[0]), summarize(both[1]), _BINS)
    top = max(int(one.counts.max()), int(other.counts.max()), 1)
    shapes = _steps(one, top, "var(--a)") + _steps(other, top, "var(--b)")
    span = f"{number(float(one.edges[0]))} to {number(float(one.edges[-1]))}"
    apart = difference_histogram(difference_figures(*both), _BINS)
    apart_span = f"{number(float(apart.edges[0]))} to {number(float(apart.edges[-1]))}"
    return [
        _figure(_svg(shapes), f"A (blue) and B (orange), {span}, up to {top:,} per bin"),
        _figure(
            _svg(_steps(apart, max(int(apart.counts.max()), 1), "var(--d)")), f"B - A, {apart_span}"
        ),
    ]


def _steps(histogram: Histogram, top: int, color: str) -> str:
    """Return a histogram as one outline, filled faintly so that two of them show."""
    width = _WIDTH / len(histogram.counts)
    points = [f"M0,{_HEIGHT}"]
    for index, count in enumerate(histogram.counts.tolist()):
        points.append(f"V{_HEIGHT * (1 - count / top):.2f}H{(index + 1) * width:.2f}")
    path = "".join([*points, f"V{_HEIGHT}Z"])
    return f'<path d="{path}" fill="{color}" fill-opacity=".3" stroke="{color}"/>'


def _svg(content: str, width: int = _WIDTH) -> str:
    return f'<svg viewBox="0 0 {width} {_HEIGHT}" width="{width}" role="img">{content}</svg>'


def _figure(picture: str, words: str) -> str:
    return f"<figure>{picture}<figcaption>{escape(words)}</figcaption></figure>"
