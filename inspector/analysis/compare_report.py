"""Reports of a comparison: plain text, Markdown to paste into an issue, CSV, JSON, and HTML.

All of them tell text that came from a file as text: escaped for the format at hand, cut to a
length, and in CSV never taken for a formula by a spreadsheet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from inspector.analysis.compare import Comparison
from inspector.analysis.compare_html import report_html
from inspector.analysis.compare_words import (
    COLUMNS,
    Row,
    cut,
    gathered,
    matching_lines,
    row_of,
    summary_line,
    value_cells,
    verdict_lines,
    worth_telling,
)
from inspector.analysis.differences import Difference
from inspector.analysis.load_verdict import LoadVerdict, load_verdict
from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.as_json import Json, finite, path_as_json, value_as_json
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Plain, Tensor

_TEXT_ROWS = 1000
_MARKDOWN_ROWS = 200
_VERDICT_LINES = 20
_TEXT = ("key", "status", "shape", "dtype", "max |d|", "relative L2", "share", "note")
_MARKDOWN = (*_TEXT[:-2], "cosine", "share", "matched", "note")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def comparison_as_json(comparison: Comparison) -> Json:
    """Return the object that `compare --json` prints; NaN and infinities are texts.

    Beside the fixed names each tensor has `same_values`, `largest_at`, `matched`, `problem` and the
    counts of NaN and Inf that appeared or vanished; `load_state_dict` holds the verdict.
    """
    verdict = load_verdict(comparison.a, comparison.b)
    return {
        "summary": dict(comparison.summary),
        "tensors": [_difference_as_json(one) for one in comparison.tensors],
        "values": [_value_pair_as_json(pair) for pair in comparison.values],
        "load_state_dict": _verdict_as_json(verdict),
    }


def report_text(comparison: Comparison) -> str:
    """Return the comparison as a terminal shows it: what is not identical, line by line."""
    rows, rest = cut(gathered(worth_telling(comparison)), _TEXT_ROWS)
    lines = [f"A  {_file(comparison.a)}", f"B  {_file(comparison.b)}"]
    if rows:
        lines += ["", *_aligned([_TEXT, *(_picked(row, _TEXT) for row in rows)])]
    values = [value_cells(pair) for pair in comparison.values if pair.matters]
    if values:
        lines += ["", *_aligned([("value", "status", "A", "B"), *values[:_TEXT_ROWS]])]
    lines += ["", *filter(None, [rest]), summary_line(comparison)]
    lines += [*matching_lines(comparison), *verdict_lines(comparison)]
    return "\n".join(lines) + "\n"


def report_markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown, short enough for an issue."""
    rows, rest = cut(gathered(worth_telling(comparison)), _MARKDOWN_ROWS)
    lines = ["## Checkpoint comparison", ""]
    lines += [f"- A: {_code(_file(comparison.a))}", f"- B: {_code(_file(comparison.b))}"]
    lines += [
        f"- tolerance: {comparison.tolerance}",
        "",
        f"**{_escaped(summary_line(comparison))}**",
        *(f"\n{line}" for line in matching_lines(comparison)),
    ]
    if rows:
        said = len(matching_lines(comparison)) < 2  # above, once for all
        named = [name for name in _MARKDOWN if not (said and name == "matched")]
        cells = [[_code(row.key), *_picked(row, named)[1:]] for row in rows]
        lines += ["", *_markdown_table(named, cells), *(["", rest] if rest else [])]
    values = [value_cells(pair) for pair in comparison.values if pair.matters]
    if values:
        cells = [
            [_code(key), status, *(_code(cell) if cell else "" for cell in sides)]
            for key, status, *sides in values[:_MARKDOWN_ROWS]
        ]
        lines += ["", *_markdown_table(("value", "status", "A", "B"), cells)]
    verdict = load_verdict(comparison.a, comparison.b)
    lines += [*(f"\n{_escaped(line)}" for line in verdict_lines(comparison))]
    lines += _markdown_verdict(verdict)
    return "\n".join(lines) + "\n"


def report_csv(comparison: Comparison) -> str:
    """Return every tensor as one line of CSV, identical ones too."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([name.replace("|", "") for name in COLUMNS])
    for difference in comparison.tensors:
        row = row_of(difference)
        plain = _full_numbers(difference)
        writer.writerow(
            [
                *map(_no_formula, (row.key, row.status, row.shape, row.dtype, row.device)),
                *plain,
                *map(_no_formula, (row.share, row.largest_at, row.matched, row.note)),
            ]
        )
    return target.getvalue()


REPORTS: dict[str, Callable[[Comparison], str]] = {
    "text": report_text,
    "markdown": report_markdown,
    "html": report_html,
    "csv": report_csv,
}
"""By the name that the command line gives them."""


def _difference_as_json(difference: Difference) -> Json:
    pair, measures = difference.pair, difference.measures
    largest: Plain = None if difference.largest_at is None else list(difference.largest_at)
    return {
        "key": pair.key,
        "status": difference.status,
        "a": _tensor_as_json(pair.a),
        "b": _tensor_as_json(pair.b),
        "max_abs": finite(difference.max_abs),
        "mean_abs": finite(difference.mean_abs),
        "rms": finite(difference.rms),
        "rel_l2": finite(difference.rel_l2),
        "cosine": finite(difference.cosine),
        "changed": difference.changed,
        "same_values": difference.same_values,
        "largest_at": largest,
        "nan_appeared": measures.nan_appeared if measures else None,
        "nan_vanished": measures.nan_vanished if measures else None,
        "inf_appeared": measures.inf_appeared if measures else None,
        "inf_vanished": measures.inf_vanished if measures else None,
        "matched": pair.how,
        "problem": difference.problem,
    }


def _tensor_as_json(tensor: Tensor | None) -> Json | None:
    if tensor is None:
        return None
    return {
        "path": path_as_json(tensor.path),
        "key": tensor.key,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "device": tensor.device,
        "layout": tensor.layout,
        "nbytes": tensor.nbytes,
        "requires_grad": tensor.requires_grad,
    }


def _value_pair_as_json(pair: ValuePair) -> Json:
    return {
        "key": pair.key,
        "status": pair.status,
        "a": None if pair.a is None else value_as_json(pair.a),
        "b": None if pair.b is None else value_as_json(pair.b),
    }


def _verdict_as_json(verdict: LoadVerdict) -> Json:
    return {
        "strict": verdict.strict,
        "non_strict": verdict.non_strict,
        "missing": list(verdict.missing),
        "unexpected": list(verdict.unexpected),
        "errors": [str(error) for error in verdict.errors],
        "model": verdict.model.describe(),
        "state_dict": verdict.state_dict.describe(),
    }


def _file(checkpoint: Checkpoint) -> str:
    return shown(f"{checkpoint.path} ({checkpoint.format}, {len(checkpoint.tensors):,} tensors)")


def _picked(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    by_name = dict(zip(COLUMNS, row.cells, strict=True))
    return tuple(by_name[name] for name in names)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _markdown_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    used = [name.replace("|", "\\|") for name in names]
    lines = [f"| {' | '.join(used)} |", f"|{' --- |' * len(used)}"]
    for row in rows:
        cells = [cell if cell.startswith("`") else _escaped(cell) for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _markdown_verdict(verdict: LoadVerdict) -> list[str]:
    if verdict.strict:
        return []
    lines = [shown(line) for line in verdict.lines()[:_VERDICT_LINES]]
    fence = "`" * max(3, 1 + max(len(run) for run in _backticks(lines)))
    return ["", fence, *lines, fence]


def _backticks(lines: Iterable[str]) -> list[str]:
    text = "".join(char if char == "`" else " " for line in lines for char in line)
    return [*text.split(), ""]


def _code(text: str) -> str:
    """Return text as a Markdown code span that no character of it can end."""
    fence = "`" * (1 + max(len(run) for run in _backticks([text])))
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>#|~!" else char for char in text)


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _full_numbers(difference: Difference) -> list[str]:
    measures = (
        *(difference.max_abs, difference.mean_abs, difference.rms, difference.rel_l2),
        *(difference.cosine, difference.changed),
    )
    return ["" if measure is None else repr(measure) for measure in measures]
