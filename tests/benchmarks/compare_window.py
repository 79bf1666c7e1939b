"""The window of a comparison: how soon it shows the structure, and its longest gaps meanwhile.

100,000 tensors against as many, under the same names and wrapped in `module.`; every other one
differs. Each figure is the median of three windows.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Checkpoint
from inspector.ui import compare_work, theme
from inspector.ui.compare_page import ComparePage
from inspector.ui.compare_tab import CompareTab
from inspector.ui.main_window import MainWindow
from inspector.ui.settings import Settings
from tests.benchmarks.table import Row
from tests.benchmarks.window import RUNS, Beat, turn
from tests.benchmarks.window_files import TENSORS, write


class Watch:
    """Notes when both files were read, and when the tree of their pairs was painted."""

    def __init__(self) -> None:
        self.read = self.painted = 0.0
        self._line_up = compare_work.line_up

    def __enter__(self) -> Watch:
        def line_up(a: Checkpoint, b: Checkpoint, *rest: object) -> object:
            self.read = self.read or time.perf_counter()
            return self._line_up(a, b, *rest)  # type: ignore[arg-type]

        compare_work.line_up = line_up  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        compare_work.line_up = self._line_up

    def note_painted(self) -> None:
        """Note the first painting of the tree."""
        self.painted = self.painted or time.perf_counter()


def session(a: Path, b: Path) -> Iterator[tuple[str, float]]:
    """Yield what was measured in one window, in seconds."""
    window = MainWindow(Settings(fresh=True))
    window.resize(1300, 850)
    window.show()
    beat = Beat()
    turn(lambda: True)
    beat.start()
    turn(lambda: True)
    yield "idle", beat.longest
    with Watch() as watch:
        tab = window.comparing.compare(str(a), str(b))
        turn(lambda: _watched(tab, watch), rest=0)
        yield "structure", watch.painted - watch.read
        beat.start()
        turn(lambda: tab.page is not None and tab.page.comparison is not None)
        yield "gap", beat.longest
    assert tab.page is not None
    yield from _live(tab.page, beat)
    window.close()
    window.deleteLater()


def _watched(tab: CompareTab, watch: Watch) -> bool:
    """Whether the tree was painted; listens for it once it is there."""
    if tab.page is not None and not watch.painted:
        tab.page.tree.first_painted.connect(watch.note_painted)
    return watch.painted > 0


def _live(page: ComparePage, beat: Beat) -> Iterator[tuple[str, float]]:
    """Compare again with the list sorted and filtered by what comes in, and cancelled half-way."""
    page.sort_by(6)
    page.filter.setText("status:changed")
    turn(lambda: not page._jobs.busy("find"))
    beat.start()
    page.compare()
    turn(lambda: page.comparison is not None)
    yield "live gap", beat.longest
    page.compare()
    turn(lambda: page.rows.total.counts["pending"] < TENSORS // 2, rest=0)
    asked = time.perf_counter()
    page.stop()
    token = CancelToken()
    page._jobs.run("work", lambda cancel, progress: None, lambda _: token.cancel(), owner=page)
    turn(lambda: token.cancelled, rest=0)
    yield "cancel", time.perf_counter() - asked


def rows() -> Iterator[Row]:
    """Yield all rows."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.start("light")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write("pairs", folder)
        for other in ("same", "wrapped"):
            found: dict[str, list[float]] = {}
            for _ in range(RUNS):
                for what, taken in session(folder / "a.pt", folder / f"{other}.pt"):
                    found.setdefault(what, []).append(taken)
            medians = {what: statistics.median(taken) for what, taken in found.items()}
            idle = medians["idle"]
            worst = {what: f"worst {max(taken) * 1e3:.0f} ms" for what, taken in found.items()}
            what = f"100,000 tensors, {other} names: "
            yield Row(what + "structure", medians["structure"], "s", 1.0, False, worst["structure"])
            for gap, words in (("gap", "gap above idle"), ("live gap", "gap, sorted and filtered")):
                detail = f"idle {idle * 1e3:.0f} ms; {worst[gap]}"
                yield Row(what + words, (medians[gap] - idle) * 1e3, "ms", 30.0, False, detail)
            yield Row(
                what + "cancelled after",
                medians["cancel"] * 1e3,
                "ms",
                50.0,
                False,
                worst["cancel"],
            )
