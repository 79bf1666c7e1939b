"""What a tensor is there for: the model, its optimizer, an averaged copy, or something else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from inspector.checkpoint.types import Path, Tensor

MODEL, OPTIMIZER, AVERAGE, OTHER = "model", "optimizer", "average", "other"
KINDS = (MODEL, OPTIMIZER, AVERAGE, OTHER)

_OPTIMIZER = re.compile(r"optim", re.IGNORECASE)
_AVERAGE = re.compile(r"(^|[_.])(ema|swa|averaged?|shadow)([_.]|$|\d)", re.IGNORECASE)
_MODEL = re.compile(
    r"model|module|state_?dict|network|^net([_.]|$)|weights|params|generator|discriminator"
    r"|encoder|decoder|backbone|student|teacher|actor|critic|policy",
    re.IGNORECASE,
)


class Kinds:
    """Tells the kind of a tensor from the names on its path.

    A file that is one bare state_dict is a model, whatever its keys are called, unless it is that
    of an optimizer, which numbers the parameters below "state"; where the file has
    named parts, what neither is called a model nor an optimizer nor an average is other.
    """

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        firsts = {str(tensor.path[0]) for tensor in tensors if len(tensor.path) > 1}
        self._named = any(_MODEL.search(first) for first in firsts)
        self._kinds: dict[tuple[Path, str], str] = {}

    def of(self, tensor: Tensor) -> str:
        """Return the kind; the same for all tensors of one dict whose keys begin alike."""
        path = tensor.path
        last = path[-1] if path else 0
        # A state_dict may hold an average beside the model: "model_ema.decoder.weight".
        first, dot, _ = last.partition(".") if isinstance(last, str) else ("", "", "")
        place = path[:-1], first if dot else ""
        kind = self._kinds.get(place)
        if kind is None:
            kind = self._kinds[place] = self._kind(*place)
        return kind

    def _kind(self, above: Path, first: str) -> str:
        words = [step for step in above if isinstance(step, str)]
        numbered = any(step == "state" and type(below) is int for step, below in pairwise(above))
        if numbered or any(_OPTIMIZER.search(word) for word in words):
            return OPTIMIZER
        if any(_AVERAGE.search(word) for word in (*words[:2], first)):
            return AVERAGE
        if not words or not self._named or any(_MODEL.search(word) for word in words):
            return MODEL if not self._named or words else OTHER
        return OTHER
