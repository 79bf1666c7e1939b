"""Makes the classes of Qt before any worker can ask for one.

PySide makes a class when its name is first asked for, and keeps the names not yet made in a table
without a lock: two threads that look into it at once end the process with a segmentation fault
(seen with PySide 6.11, about once in 90 starts that met `import pyqtgraph` in a worker). Made
beforehand, one after the other, on the GUI thread, there is nothing left to look up.

In slices, because all of them take a tenth of a second; not before they are needed, because the
first frame needs few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from time import perf_counter

from PySide6.QtCore import QTimer

_MADE = ("QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtSvg")
"""Modules that the program names classes of."""
_IMPORTED = ("QtOpenGL", "QtOpenGLWidgets", "QtTest")
"""Modules that pyqtgraph imports where they exist; their classes are never asked for."""
_SLICE = 0.004
"""Seconds that the event loop is held at a time; a single class took 16 ms at most."""


class _Making:
    """What is left to make, and who waits for it."""

    def __init__(self) -> None:
        self._left: Iterator[None] | None = None
        self._waiting: list[Callable[[], object]] = []
        self.done = False

    def then(self, call: Callable[[], object]) -> None:
        if self.done:
            call()
            return
        self._waiting.append(call)
        if self._left is None:
            self._left = _each()
            QTimer.singleShot(0, self._go_on)

    def _go_on(self) -> None:
        end = perf_counter() + _SLICE
        for _ in self._left or ():
            if perf_counter() > end:
                QTimer.singleShot(0, self._go_on)
                return
        self.done = True
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()


def _each() -> Iterator[None]:
    for name in (*_MADE, *_IMPORTED):
        try:
            module = import_module(f"PySide6.{name}")
        except ImportError:
            continue  # who needs it says so; everything else goes on without it
        for word in dir(module) if name in _MADE else ():
            getattr(module, word)
            yield
        yield


_making = _Making()


def when_made(call: Callable[[], object]) -> None:
    """Call `call` on the GUI thread once every class is made: at once, or in a later turn."""
    _making.then(call)
