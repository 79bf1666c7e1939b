"""What a page keeps over a reload: the cursor, open groups, filter, order, view, axes and where in
a tensor one looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inspector.ui.arrange import Request
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.histogram_axes import KeptAxes

if TYPE_CHECKING:
    from inspector.ui.selection_panel import Place


@dataclass(frozen=True, slots=True)
class PageMemory:
    """By key, never by number: the new version of the file may hold other rows."""

    key: str | None
    open_keys: frozenset[str]
    request: Request
    view: int
    axes: KeptAxes | None
    place: Place | None

    @classmethod
    def of(cls, page: CheckpointPage) -> PageMemory:
        """Return what `page` shows now."""
        row = page.tree.current_row()
        return cls(
            page.model.rows.keys[row] if row >= 0 else None,
            page.model.open_keys(),
            page.wanted,
            page.selection.view,
            page.selection.axes,
            page.selection.place,
        )

    def restore(self, page: CheckpointPage) -> None:
        """Show in `page`, fresh from the disk, what is still there."""
        page.selection.keep_axes(self.axes)
        page.selection.keep_place(self.place)
        page.model.open_only(self.open_keys)
        page.show_request(self.request, lambda: self._return(page))
        page.selection.tabs.setCurrentIndex(self.view)

    def _return(self, page: CheckpointPage) -> None:
        if self.key is not None and self.key in page.model.rows.keys:
            page.tree.choose_row(page.model.rows.keys.index(self.key))
