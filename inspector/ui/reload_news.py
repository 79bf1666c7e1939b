"""What a reload brought: words beside the rows that changed, and a banner that counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from inspector.checkpoint.types import Tensor, Value
from inspector.ui.banner import Banner
from inspector.ui.texts import counted
from inspector.ui.tree_rows import Rows

if TYPE_CHECKING:
    from inspector.analysis.reloaded import Changes


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReloadNews", text)


def news_of(rows: Rows, changes: Changes) -> dict[int, str]:
    """Return the words beside each row that changed, and beside the groups above it."""
    changed = {rows.numbers[entry] for entry in changes.changed}
    new = {rows.numbers[entry] for entry in changes.new}
    groups = Counter(above for row in (*changed, *new) for above in _above(rows, row))
    news = {row: "≠ " + _tr("{} changed").format(f"{count:,}") for row, count in groups.items()}
    news.update((row, "≠ " + _tr("changed")) for row in changed)
    news.update((row, "+ " + _tr("new")) for row in new)
    return news


def _above(rows: Rows, row: int) -> Iterator[int]:
    while (row := rows.parents[row]) >= 0:
        yield row


class ReloadBanner(Banner):
    """Tells what a reload changed. `acted` asks to list only that."""

    def tell_of(self, changes: Changes) -> None:
        """Count `changes`."""
        parts = [*_counts(changes)] or [_tr("nothing changed")]
        text = _tr("Reloaded: {}.").format(", ".join(parts))
        if changes.untold:
            lost = counted(
                changes.untold,
                _tr("The file was overwritten in place: whether {} more changed cannot be told."),
                _tr("The file was overwritten in place: whether {} others changed cannot be told."),
            )
            text = lost if not changes.changed and not changes.new else f"{text} {lost}"
        listed = bool(changes.changed or changes.new)
        self.tell(text, _tr("Show only these") if listed else "", "info")


def _counts(changes: Changes) -> Iterable[str]:
    tensors = sum(isinstance(entry, Tensor) for entry in changes.changed)
    values = sum(isinstance(entry, Value) for entry in changes.changed)
    if tensors:
        yield counted(tensors, _tr("{} tensor changed"), _tr("{} tensors changed"))
    if values:
        yield counted(values, _tr("{} value changed"), _tr("{} values changed"))
    if changes.new:
        yield counted(len(changes.new), _tr("{} entry is new"), _tr("{} entries are new"))
    if changes.gone:
        yield counted(changes.gone, _tr("{} entry is gone"), _tr("{} entries are gone"))
