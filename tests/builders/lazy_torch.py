"""torch and safetensors, imported when a builder first needs them and not at collection."""

from __future__ import annotations

import importlib
from typing import Any


class _Lazy:
    """A module that is imported by its first attribute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


torch: Any = _Lazy("torch")
safetensors_torch: Any = _Lazy("safetensors.torch")
