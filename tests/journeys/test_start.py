"""The program as a process: what it imports before it is painted, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.builders import built

WATCH = """
import os, sys
from PySide6.QtCore import QTimer
from inspector.ui import tree_view

class Watched(tree_view.TreeView):
    def paintEvent(self, event):
        super().paintEvent(event)
        if self.tree_model is not None and self.tree_model.rowCount():
            print(sorted({"numpy", "torch", "pyqtgraph"} & set(sys.modules)), flush=True)
            QTimer.singleShot(0, self.window().close)

import inspector.ui.checkpoint_page
inspector.ui.checkpoint_page.TreeView = Watched
from inspector.__main__ import main
sys.exit(main(["--fresh", sys.argv[1]]))
"""
LATE = """
import os, sys
from inspector.ui import application, tree_view

application._PATIENCE = 60  # however slow this machine is
paint = tree_view.TreeView.paintEvent

def paint_and_tell(view, event):
    paint(view, event)
    late = "selection_panel file_watch comparing window_commands opening_page empty_page"
    modules = [*(f"inspector.ui.{name}" for name in late.split()), "PySide6.QtNetwork"]
    print(sorted(set(modules) & set(sys.modules)), view.tree_model.rowCount() > 0, flush=True)
    os._exit(0)

tree_view.TreeView.paintEvent = paint_and_tell
from inspector.__main__ import main
sys.exit(main(["--fresh", sys.argv[1]]))
"""
CLOSE_AT_ONCE = """
import sys
from PySide6.QtCore import QTimer
from inspector.ui import main_window
from inspector.__main__ import main

class Hasty(main_window.MainWindow):
    def open_paths(self, paths, compare=False):
        super().open_paths(paths, compare)
        QTimer.singleShot(5, self.close)

import inspector.ui.application
inspector.ui.application.MainWindow = Hasty
sys.exit(main(["--fresh", sys.argv[1]]))
"""


def run(code: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": root},
        check=False,
    )


def test_nothing_heavy_is_imported_before_the_filled_tree_is_painted() -> None:
    done = run(WATCH, str(built("general_checkpoint_with_adam").path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "[]"


def test_the_first_frame_has_the_tree_and_waits_for_nothing_else() -> None:
    done = run(LATE, str(built("general_checkpoint_with_adam").path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[] True"]


def test_closing_during_a_read_ends_the_process(tmp_path: Path) -> None:
    done = run(CLOSE_AT_ONCE, str(built("a_thousand_layers").path))
    assert done.returncode == 0, done.stderr


def test_modules_beside_the_file_are_not_imported(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported from the current folder')")
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the current folder')")
    root = str(Path(__file__).parents[2])
    code = (
        "import sys; sys.argv = ['inspector', '--nonsense']; "
        "import inspector.__main__ as m; sys.exit(m.main())"
    )
    start = [sys.executable, "-P", "-c", code]
    done = subprocess.run(
        start, capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": root}
    )
    assert done.returncode == 2
    assert "there is no option --nonsense" in done.stderr


def test_void_calls_of_qt_keep_their_references(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 drops a reference to None at each, and the process aborts."""
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(500):
        label.setText("text")
    assert abs(sys.getrefcount(None) - before) < 250
