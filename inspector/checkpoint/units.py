"""Amounts as a person reads them: bytes in binary units, counts in thousands and millions."""

from __future__ import annotations

_BYTE_UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
_COUNT_UNITS = ("", "K", "M", "G", "T", "P", "E")


def bytes_text(count: int) -> str:
    """Return bytes in binary units with three or four figures: `36.8 KB`, `293 MB`, `8 B`."""
    return _scaled(count, 1024, _BYTE_UNITS)


def short_count_text(count: int) -> str:
    """Return a count in thousands, millions, ...: `25.6 M`, `215.8 K`, `9,408`."""
    return f"{count:,}" if count < 10_000 else _scaled(count, 1000, _COUNT_UNITS).rstrip()


def _scaled(count: int, base: int, units: tuple[str, ...]) -> str:
    size, unit = float(count), 0
    # 999.95 would be written with four figures and a point: go to the next unit before that.
    while size >= base - 0.05 and unit < len(units) - 1:
        size /= base
        unit += 1
    if unit == 0:
        return f"{count:,} {units[0]}"
    return f"{size:.0f} {units[unit]}" if size >= 1000 else f"{size:.1f} {units[unit]}"
