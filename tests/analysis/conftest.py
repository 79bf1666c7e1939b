"""Fixtures of the comparison's tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.analysis.comparing import Save


@pytest.fixture
def save(tmp_path: Path) -> Save:
    numbers = iter(range(100))

    def saving(what: Any, **options: Any) -> Path:
        path = tmp_path / f"{next(numbers)}.pt"
        torch.save(what, path, **options)
        return path

    return saving
