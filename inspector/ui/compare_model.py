"""The tree of a comparison as a table model: what each row says of A and B."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject

from inspector.analysis.compare_words import STATUS_SIGNS, matched_text, note_text
from inspector.analysis.pairs import Pair
from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Value
from inspector.ui import number_text
from inspector.ui.arrange import Arrangement, natural_key
from inspector.ui.compare_filter import measure_of
from inspector.ui.compare_rows import BY_WEIGHT, CompareRows
from inspector.ui.figures import value_text
from inspector.ui.reasons import in_words
from inspector.ui.status_words import status_word
from inspector.ui.texts import plain_tip
from inspector.ui.tree_model import TreeModel
from inspector.ui.tree_rows import MIXED

NAME, STATUS, SHAPE, DTYPE, DEVICE, MAX_ABS, REL_L2, COSINE, SHARE, CHANGE = range(10)
MEASURES = {MAX_ABS: "max", REL_L2: "rel", COSINE: "cos", SHARE: "share", CHANGE: "rel"}


class CompareModel(TreeModel):
    """`compared` holds the rows; answers are written into it from outside, `refresh` shows them."""

    at_the_right = frozenset({MAX_ABS, REL_L2, COSINE, SHARE})

    def __init__(
        self,
        rows: CompareRows,
        arrangement: Arrangement,
        open_rows: bytearray,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(rows, arrangement, open_rows, parent)
        self.compared = rows

    def _titles(self) -> list[str]:
        return [
            self.tr("Name"),
            self.tr("Status"),
            self.tr("Shape"),
            self.tr("Dtype"),
            self.tr("Device"),
            self.tr("max |Δ|"),
            self.tr("relative L2"),
            self.tr("cosine"),
            self.tr("changed"),
            self.tr("Change"),
        ]

    def refresh(self) -> None:
        """Show what has come in since."""
        if self.visible:
            first, last = self.index(0, STATUS), self.index(len(self.visible) - 1, CHANGE)
            self.dataChanged.emit(first, last)

    def title(self, column: int) -> str:
        """Return what stands above a column."""
        return self._headers[column]

    def bar(self, row: int) -> float | None:
        """Return the length of the bar of change, 0 to 1; None for no bar.

        A square root, so that changes of a percent still show beside large ones.
        """
        magnitude = self.compared.magnitude(row)
        if not magnitude:
            return None
        largest = self.compared.largest[True] or self.compared.largest[False]
        if math.isinf(magnitude) or magnitude >= largest:
            return 1.0
        return math.sqrt(magnitude / largest)

    def text(self, row: int, column: int) -> str:
        """Return the text of a cell, safe to show."""
        rows = self.compared
        if column == NAME:
            return shown(rows.labels[row]) or '""'
        if column == STATUS:
            return "   ".join(filter(None, (self._lost_text(row), self.status_text(row))))
        if column == SHAPE:
            return rows.shape_text(row) or (rows.dtypes[row] if self._is_value(row) else "")
        if column in (DTYPE, DEVICE):
            names = rows.dtypes if column == DTYPE else rows.devices
            name = self.tr("mixed") if names[row] == MIXED else shown(names[row], 60)
            return "" if self._is_value(row) else name
        if column == CHANGE:
            return ""
        return self._measure_text(row, column)

    def status_text(self, row: int) -> str:
        """Return sign and words: `≠ changed`, `≠ 24 of 57 changed`, `≠ 1 → 20`."""
        rows = self.compared
        pair = rows.pairs[row]
        if row in rows.sums:
            return self._module_text(row)
        status = rows.statuses[row]
        if isinstance(pair, ValuePair):
            return f"{STATUS_SIGNS[status]} {value_change(pair)}"
        difference = rows.differences.get(row)
        words = status_word(status)
        if difference is not None and difference.same_values and status in ("close", "dtype"):
            words = self.tr("{}, same values").format(words)
        return f"{STATUS_SIGNS[status]} {words}"

    def _lost_text(self, row: int) -> str:
        """Return a warning of NaN and infinities that were numbers in A; of a module, how many
        tensors have some."""
        if row in self.compared.sums:
            lost = self.compared.sums[row].lost
            return f"⚠ {lost:,}" if lost else ""
        difference = self.compared.differences.get(row)
        measures = difference.measures if difference is not None else None
        if measures is None:
            return ""
        appeared = (("NaN", measures.nan_appeared), ("Inf", measures.inf_appeared))
        names = [name for name, count in appeared if count]
        return f"⚠ {', '.join(names)}" if names else ""

    def _module_text(self, row: int) -> str:
        sums = self.compared.sums[row]
        leading = sums.leading
        total, count = sum(sums.counts.values()), sums.counts[leading]
        if leading in ("changed", "dtype"):
            count = sums.counts["changed"] + sums.counts["dtype"]
            leading = "changed" if sums.counts["changed"] else "dtype"
        word = status_word(leading)
        if leading == "pending":
            return self.tr("… {} to compare").format(f"{count:,}")
        text = f"{count:,}" if count == total else self.tr("{} of {}").format(count, total)
        text = f"{text} " if total else ""
        others = [
            f"{STATUS_SIGNS[status]} {sums.counts[status]:,}"
            for status in ("shape", "unreadable", "only_a", "only_b")
            if sums.counts[status] and status != leading
        ]
        return "   ".join([f"{STATUS_SIGNS[leading]} {text}{word}", *others])

    def _measure_text(self, row: int, column: int) -> str:
        found = measure_of(self.compared, row, MEASURES[column])
        if found is None:
            return ""
        if column == SHARE:
            return number_text.share(found, 1.0)
        if column == COSINE:
            return cosine_text(found)
        return number_text.figure(found, 3)

    def _is_value(self, row: int) -> bool:
        return isinstance(self.compared.pairs[row], ValuePair)

    def _tip(self, row: int, column: int) -> str | None:
        rows = self.compared
        difference = rows.differences.get(row)
        measures = difference.measures if difference is not None else None
        if column in MEASURES:
            found = measure_of(rows, row, MEASURES[column])
            return None if found is None else f"{found!r}"
        lines = [shown(rows.keys[row]), self.status_text(row)]
        if row in rows.sums and rows.sums[row].lost:
            words = self.tr("⚠ tensors in which NaN or Inf appeared: {}")
            lines.append(words.format(f"{rows.sums[row].lost:,}"))
        pair = rows.pairs[row]
        if isinstance(pair, ValuePair):
            lines += [f"A  {_side(pair.a)}", f"B  {_side(pair.b)}"]
        elif isinstance(pair, Pair):
            lines += [rows.shape_text(row), shown(rows.dtypes[row], 60)]
        if difference is not None:
            lines += [in_words(matched_text(difference)), note_text(difference)]
            if measures is not None and difference.largest_at is not None:
                at = list(difference.largest_at)
                lines.append(self.tr("largest difference at {}").format(at))
        return plain_tip("\n".join(line for line in lines if line))

    def compare_key(self, column: int) -> Callable[[int], object]:
        """Return what rows are sorted by: what has no measure comes below every number."""
        rows = self.compared
        if column in MEASURES:
            name = MEASURES[column]

            def measured(row: int) -> float:
                found = measure_of(rows, row, name)
                return -math.inf if found is None or math.isnan(found) else found

            return measured
        if column == STATUS:
            weights = {status: -place for place, status in enumerate(BY_WEIGHT)}
            return lambda row: weights[rows.status(row)]
        if column == SHAPE:
            return lambda row: (rows.is_group(row), -rows.numels[row])
        names = {NAME: rows.labels, DTYPE: rows.dtypes, DEVICE: rows.devices}[column]
        return lambda row: natural_key(names[row])


def value_change(pair: ValuePair, missing: str = "") -> str:
    """Return `1 → 20`, or the value alone where both sides have the same; of floats six digits
    where those tell them apart. `missing` stands for a side that has none."""
    values = [one.value for one in (pair.a, pair.b) if one is not None]
    sides = [
        value_text(one.value, 60, one.type_name) for one in (pair.a, pair.b) if one is not None
    ]
    if missing and len(values) == 1:
        sides.insert(0 if pair.a is None else 1, missing)
    short = [f"{value:.6g}" for value in values if isinstance(value, float)]
    if len(set(short)) == 2:
        sides = short
    return " → ".join(dict.fromkeys(sides)) if pair.status != "type" else " → ".join(sides)


def cosine_text(cosine: float) -> str:
    """Return four places; what is nearly one never reads one."""
    if math.isnan(cosine):
        return "NaN"
    text = f"{cosine:.4f}".replace("-", "−")
    if cosine == 1:
        return "1"
    return "> 0.9999" if text == "1.0000" else text


def _side(value: Value | None) -> str:
    return "—" if value is None else value_text(value.value, type_name=value.type_name)
