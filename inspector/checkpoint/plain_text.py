"""Text that came out of a file, made safe to show: escaped, on one line, cut to a length."""

from __future__ import annotations

import re

MAX_SHOWN = 1000
"""Characters of a file's text that any view shows; Qt paints 900,000 of them in a second."""

# C0 and C1 controls, DEL, line and paragraph separators, bidi controls, zero-width and
# byte-order marks, lone surrogates: all of them change how the text around them is drawn.
_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def shown(text: str, limit: int = MAX_SHOWN) -> str:
    r"""Return `text` with unsafe characters escaped (`\x..`, `\u....`), cut to `limit`."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    # Nothing unsafe is printable to Python, and nearly every text is.
    return cut if cut.isprintable() else re.sub(_UNSAFE, _escape, cut)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
