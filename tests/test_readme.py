"""What the README shows is there, and small enough to be looked at."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOST_BYTES = 200_000


def test_every_picture_is_there_and_small() -> None:
    shown = set(re.findall(r"\(([^()]*\.png)\)", (ROOT / "README.md").read_text()))
    assert len(shown) == 8
    for name in shown:
        picture = (ROOT / name).read_bytes()
        assert picture.startswith(b"\x89PNG"), name
        assert len(picture) < MOST_BYTES, name
    assert {path.name for path in (ROOT / "resources" / "pictures").iterdir()} == {
        Path(name).name for name in shown
    }
