"""A view that is made when it is first looked at, because what it imports is slow to import.

numpy and pyqtgraph take half a second; they are imported in a worker, after the window is painted
and without stopping it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QStackedWidget, QWidget

from inspector.ui.jobs import Job, Jobs

W = TypeVar("W", bound=QWidget)


class LateView(Generic[W]):
    """One page of a stack. `load` imports the class, in a worker; `connect` wires its signals."""

    def __init__(
        self,
        stack: QStackedWidget,
        jobs: Jobs,
        load: Callable[[], Callable[[Jobs, QWidget], W]],
        connect: Callable[[W], object] = lambda widget: None,
    ) -> None:
        self._stack = stack
        self._jobs = jobs
        self._load = load
        self._connect = connect
        self.widget: W | None = None
        self._job: Job[Callable[[Jobs, QWidget], W]] | None = None

    def use(self, then: Callable[[W], object]) -> None:
        """Bring the view to the front and call `then` with it, at once or when it is there."""
        if self.widget is not None:
            self._front(self.widget, then)
        else:
            self._job = self._jobs.run(
                "views",
                lambda token, progress: self._load(),
                lambda make: self._front(self._made(make), then),
                owner=self._stack,
            )

    def give_up(self) -> None:
        """Something else is looked at now: do not come to the front when the view is there."""
        if self._job is not None:
            self._job.cancel()

    def forget(self) -> None:
        """Let go of whoever waits for the view, and of who uses it: they hold this object, too."""
        self.give_up()
        self._job = None
        self._connect = lambda widget: None

    def _made(self, make: Callable[[Jobs, QWidget], W]) -> W:
        if self.widget is None:
            self.widget = make(self._jobs, self._stack)
            self._stack.addWidget(self.widget)
            self._connect(self.widget)
        return self.widget

    def _front(self, widget: W, then: Callable[[W], object]) -> None:
        self._stack.setCurrentWidget(widget)
        then(widget)
