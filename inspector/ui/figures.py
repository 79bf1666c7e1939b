"""Numbers and values as the window writes them: bytes, counts, shapes, plain values.

No widgets here: the rows are built in a worker.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Plain, Tensor
from inspector.checkpoint.units import bytes_text, short_count_text

_LISTED = 24
"""Members of a list or dict that its one-line text names."""
_EXACT_COUNT = 10_000_000


def _tr(text: str) -> str:
    return QCoreApplication.translate("Figures", text)


def exact_bytes_text(count: int) -> str:
    """Return `36.8 KB (37,632 bytes)`, or the bytes alone where they are few."""
    exact = (_tr("{} byte") if count == 1 else _tr("{} bytes")).format(f"{count:,}")
    return f"{bytes_text(count)} ({exact})" if count >= 1024 else exact


def count_text(count: int) -> str:
    """Return a count with separators while it is readable so, shortened beyond."""
    return f"{count:,}" if count < _EXACT_COUNT else short_count_text(count)


def shape_text(shape: tuple[int, ...]) -> str:
    """Return `64 × 3 × 7 × 7`; a tensor without dimensions is a `scalar`, and a dimension that is
    not the same in all parts of a nested one is `?`."""
    sizes = (str(size) if size >= 0 else "?" for size in shape)
    return shown(" × ".join(sizes), 200) if shape else _tr("scalar")


def layout_text(tensor: Tensor) -> str:
    """Return how the elements lie: `contiguous`, `view`, `sparse_coo`, ..."""
    if tensor.stride is None:
        return tensor.layout
    if tensor.lacks_data:
        return _tr("no data in the file")
    return _tr("contiguous") if tensor.is_contiguous else _tr("strided view")


def value_text(value: Plain, limit: int = 200, type_name: str = "") -> str:
    """Return a plain value on one line, at most `limit` characters of it; a tuple in parentheses,
    as Python writes it. What is known by its text alone (`torch.float16`, `(1+2j)`) is no string
    and has no quotes."""
    if isinstance(value, str) and type_name not in ("", "str"):
        return shown(value, limit)
    text = _value_text(value, 3)
    if type_name == "tuple" and isinstance(value, list):
        text = f"({text[1:-1]}{',' if len(value) == 1 else ''})"
    return shown(text, limit)


def _value_text(value: Plain, depth: int) -> str:
    if isinstance(value, str):
        return f'"{value[:1000]}"'
    if isinstance(value, list):
        return "[" + _joined([_nested(item, depth) for item in value[:_LISTED]], len(value)) + "]"
    if isinstance(value, dict):
        names = list(value)[:_LISTED]
        pairs = [f'"{name[:200]}": {_nested(value[name], depth)}' for name in names]
        return "{" + _joined(pairs, len(value)) + "}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**100:
        return hex(value)  # the decimal text of a huge number takes quadratic time
    return str(value)


def _nested(value: Plain, depth: int) -> str:
    return _value_text(value, depth - 1) if depth else "…"


def _joined(texts: list[str], count: int) -> str:
    return ", ".join(texts) + (", …" if count > len(texts) else "")
