"""Benchmark rows: what is measured, against what, and the figure that has to be reached."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `target` is the least (`at_least`) or the most that is wanted."""

    name: str
    value: float
    unit: str
    target: float
    at_least: bool
    detail: str = ""

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.value >= self.target if self.at_least else self.value <= self.target


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interleaved(works: dict[str, Callable[[], object]], runs: int = 3) -> dict[str, float]:
    """Return the median seconds of each work, run in turns so that a foreign load hits all."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return {name: statistics.median(times) for name, times in taken.items()}


@contextmanager
def heartbeat(gaps: list[float], interval: float = 0.005) -> Iterator[None]:
    """Collect into `gaps` the seconds between the beats of a thread that only sleeps."""
    stop = threading.Event()

    def beat() -> None:
        last = time.perf_counter()
        while not stop.is_set():
            time.sleep(interval)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def formatted(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the table as rows come."""
    for row in rows:
        sign = ">=" if row.at_least else "<="
        verdict = "ok" if row.met else "MISSED"
        value = f"{row.value:,.2f} {row.unit}"
        target = f"{sign} {row.target:g} {row.unit}"
        yield f"{row.name:<58} {value:>14}  {target:>12}  {verdict:<6}  {row.detail}"
