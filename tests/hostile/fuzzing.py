"""Fuzz targets as tests: short and the same each time by default, as long as one likes on request.

    INSPECTOR_FUZZ_SECONDS=3600 pytest tests/hostile -k fuzz

runs every target for that many seconds with ever new seeds. A failure prints the smallest example
found; it becomes an attack of its own in `attacks/`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import HealthCheck, given, settings

SECONDS = float(os.environ.get("INSPECTOR_FUZZ_SECONDS", "0"))
Check = Callable[..., None]


def fuzz(examples: int = 100, **strategies: Any) -> Callable[[Check], Check]:
    """Run a check over examples drawn from the strategies: one round, or rounds for `SECONDS`."""

    def decorate(check: Check) -> Check:
        def target() -> None:
            end = time.monotonic() + SECONDS
            seed = 0
            while seed == 0 or time.monotonic() < end:
                _round(check, strategies, examples, seed)
                seed += 1

        target.__name__, target.__doc__ = check.__name__, check.__doc__
        return target

    return decorate


def _round(check: Check, strategies: dict[str, Any], examples: int, seed: int) -> None:
    chosen = settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    hypothesis.seed(seed)(chosen(given(**strategies)(check)))()
