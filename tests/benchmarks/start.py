"""Start-up against a bare PySide6 window, and a hand-over against a bare `QLocalSocket` client.

Processor time stands beside the wall's, because another program's load moves only the latter.
Bytecode is written to a folder of its own first: an installed program has it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from tests.benchmarks.table import Row

PAIRS = 15

# A main window with a filled tree, a dock and a toolbar; ends with its first paint.
_BARE = """
import os, sys
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMainWindow, QToolBar, QTreeView

class Tree(QTreeView):
    def paintEvent(self, event):
        super().paintEvent(event)
        os._exit(0)

application = QApplication(sys.argv[:1])
window = QMainWindow()
tree = Tree(window)
model = QStandardItemModel()
model.setHorizontalHeaderLabels(["name", "shape", "dtype", "device", "parameters", "bytes"])
for number in range(40):
    model.appendRow([QStandardItem(f"layer.{number}"), *(QStandardItem("1") for _ in range(5))])
tree.setModel(model)
window.setCentralWidget(tree)
dock = QDockWidget("Selection", window)
dock.setWidget(QLabel("nothing", dock))
window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
bar = QToolBar("Commands", window)
for name in ("Open", "Export", "Scan"):
    bar.addAction(name)
window.addToolBar(bar)
window.resize(1200, 800)
window.show()
sys.exit(application.exec())
"""

# The whole program as it is started by a person; ends with the first paint of the filled tree.
# The view is watched once the program has set up how it imports, not before: that would import it
# another way.
_OURS = """
import os, sys
from inspector import __main__ as program
set_up = program._import_plainly

def set_up_and_watch():
    set_up()
    from inspector.ui.tree_view import TreeView
    paint = TreeView.paintEvent

    def paint_and_end(view, event):
        paint(view, event)
        if view.tree_model is not None:
            heavy = {"torch", "numpy", "pyqtgraph", "matplotlib"} & set(sys.modules)
            os._exit(3 if heavy or not view.tree_model.rowCount() else 0)

    TreeView.paintEvent = paint_and_end

program._import_plainly = set_up_and_watch
sys.exit(program.main(sys.argv[1:]))
"""

_CLIENT = """
import sys
from PySide6.QtNetwork import QLocalSocket
client = QLocalSocket()
client.connectToServer(sys.argv[1])
if not client.waitForConnected(5000) or not client.waitForReadyRead(5000):
    sys.exit(1)
client.readLine()
client.write(sys.argv[2].encode() + b"\\n")
sys.exit(not client.waitForReadyRead(5000))
"""


def environment(home: Path) -> dict[str, str]:
    """Return an environment of its own for settings, the socket and bytecode."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runtime = home / "runtime"  # not the settings' folder, which others may read
    runtime.mkdir(mode=0o700, exist_ok=True)
    own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(home))
    own["XDG_RUNTIME_DIR"] = str(runtime)
    own |= {"PYTHONPYCACHEPREFIX": str(home / "bytecode"), "QT_QPA_PLATFORM": "offscreen"}
    return kept | own


def run(command: list[str], variables: dict[str, str]) -> tuple[float, float]:
    """Run a child; return its wall seconds and its processor seconds."""
    start = time.perf_counter()
    quiet = subprocess.DEVNULL
    child = subprocess.Popen([sys.executable, *command], env=variables, stdout=quiet, stderr=quiet)
    killer = threading.Timer(30, child.kill)  # a start that hands nothing over never ends
    killer.start()
    _, status, usage = os.wait4(child.pid, 0)
    killer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"a start failed with {child.returncode}: {command[:2]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def paired(ours: list[str], bare: list[str], variables: dict[str, str]) -> list[list[float]]:
    """Return [wall, processor] seconds of ours, then of the bare program, as medians."""
    taken: list[list[tuple[float, float]]] = [[], []]
    run(ours, variables), run(bare, variables)  # writes the bytecode
    for _ in range(PAIRS):
        taken[0].append(run(ours, variables))
        taken[1].append(run(bare, variables))
    return [[statistics.median(column) for column in zip(*times, strict=True)] for times in taken]


def compared(name: str, medians: list[list[float]], target: float) -> Iterator[Row]:
    """Yield a row for the wall clock and one for the processor's."""
    for place, clock in enumerate(("wall", "processor")):
        ours, bare = medians[0][place], medians[1][place]
        detail = f"{ours * 1e3:.0f} ms against {bare * 1e3:.0f} ms"
        yield Row(f"{name}, {clock}", ours / bare, "x", target, False, detail)


@contextmanager
def running_window(variables: dict[str, str], socket: Path) -> Iterator[None]:
    """Keep a window running that listens."""
    quiet = subprocess.DEVNULL
    window = subprocess.Popen(
        [sys.executable, "-m", "inspector"], env=variables, stdout=quiet, stderr=quiet
    )
    try:
        deadline = time.monotonic() + 20
        while not socket.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.0)  # until it has settled
        yield
    finally:
        window.terminate()
        window.wait()


def rows() -> Iterator[Row]:
    """Yield all rows."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        variables = environment(home)
        path = str(home / "small.pt")
        torch.save({f"layers.{n}.weight": torch.ones(4) for n in range(40)}, path)
        medians = paired(["-c", _OURS, "--new-window", path], ["-c", _BARE], variables)
        yield from compared("first paint of the filled tree, x a bare window", medians, 1.3)
        socket = home / "runtime" / "checkpoint-inspector" / "window-1"
        socket.unlink(missing_ok=True)  # the starts above ended without a farewell
        request = '{"paths": [], "compare": false, "activation": ""}'
        with running_window(variables, socket):
            ours = ["-m", "inspector"]
            medians = paired(ours, ["-c", _CLIENT, str(socket), request], variables)
        yield from compared("hand-over, x a bare QLocalSocket client", medians, 1.5)
