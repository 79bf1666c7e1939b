"""What `inspector-cli` says when it is called wrongly, and what its help tells."""

from __future__ import annotations

import pytest

from inspector.arguments import parse

COMMANDS = ("list", "stats", "compare", "export", "verify")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("lst a.pt", "invalid choice: 'lst'"),
        ("list", "required: FILE"),
        ("list a.pt --jsn", "unrecognized arguments: --jsn"),
        ("list a.pt --\x1b[31m", "unrecognized arguments: --\\x1b[31m"),
        ("compare a.pt", "required: B"),
        ("stats", "required: FILE. See"),
        ("export a.pt", "required: TARGET"),
        ("export a.pt b.pt c.pt", "unrecognized arguments: c.pt"),
        ("export a.pt b.pt --map-location", "--map-location: expected one argument"),
        ("export a.pt b.pt --format npz", "invalid choice: 'npz'"),
    ],
)
def test_a_wrong_call_is_one_line(
    words: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        parse(words.split())
    captured = capsys.readouterr()
    assert left.value.code == 2
    assert captured.out == ""
    assert captured.err.startswith("inspector: ")
    assert captured.err.count("\n") == 1
    assert told in captured.err
    assert "--help" in captured.err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_every_word(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse([command, "--help"])
    assert left.value.code == 0
    usage, _, explained = capsys.readouterr().out.partition("options:")
    assert len(usage.split("\n\n")) > 2  # what the command does stands before its arguments
    lines = explained.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("  -"):
            words = line.strip().split("  ")
            assert len(words) > 1 or following.startswith("   "), line
