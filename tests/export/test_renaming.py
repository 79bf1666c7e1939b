"""Renames: whole keys, prefixes, regular expressions."""

from __future__ import annotations

import pytest

from inspector.checkpoint.errors import ExportError
from inspector.export.renaming import parse_rename, renamed

KEYS = ["module.fc.weight", "module.fc.bias", "module.fc2.weight", "head"]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("module.", "")], ["fc.weight", "fc.bias", "fc2.weight", "head"]),
        ([("module", "net")], ["net.fc.weight", "net.fc.bias", "net.fc2.weight", "head"]),
        ([("module.fc", "a")], ["a.weight", "a.bias", "module.fc2.weight", "head"]),
        ([("head", "tail")], [*KEYS[:3], "tail"]),
        ([(r"re:\.fc(\d*)\.", r".linear\1_")],
         ["module.linear_weight", "module.linear_bias", "module.linear2_weight", "head"]),
        ([("module.", ""), ("fc", "x")], ["x.weight", "x.bias", "fc2.weight", "head"]),
        ([("module.fc.bias", "module.fc2.bias")],
         ["module.fc.weight", "module.fc2.bias", "module.fc2.weight", "head"]),
    ],
)  # fmt: skip
def test_renamed(pairs: list[tuple[str, str]], expected: list[str]) -> None:
    assert list(renamed(KEYS, pairs).values()) == expected


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([("module.fc.bias", "head")], "both be named head"),
        ([("head", "")], "whole name"),
        ([("re:(", "")], "not valid"),
        ([("re:a", "\\9")], "not valid"),
    ],
)
def test_refused(pairs: list[tuple[str, str]], why: str) -> None:
    with pytest.raises(ExportError, match=why):
        renamed(KEYS, pairs)


def test_parse() -> None:
    pairs = parse_rename(["a=b", "module.=", "re:a=b=c"])
    assert pairs == (("a", "b"), ("module.", ""), ("re:a=b", "c"))
    with pytest.raises(ExportError):
        parse_rename(["nothing"])


def test_ten_thousand_pairs_of_a_mapping() -> None:
    keys = [f"layer.{number}.weight" for number in range(10_000)]
    pairs = [(key, key.replace("layer", "block")) for key in keys]
    assert list(renamed(keys, pairs).values()) == [new for _, new in pairs]
