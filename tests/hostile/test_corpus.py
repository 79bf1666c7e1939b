"""Every promise about hostile files, over the whole corpus, through the real entry."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.checkpoint.plain_text import shown
from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.corpus import Corpus, Outcome

Outcomes = Callable[[str], dict[str, Outcome]]
COMMANDS = ("list --json", "list", "stats --json", "verify", "compare --json")
MEMORY_KIB = 512 << 10

every_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
every_command = pytest.mark.parametrize("command", COMMANDS)
refusals = pytest.mark.parametrize(
    "attack",
    [attack for attack in ATTACKS.values() if not attack.opens],
    ids=[name for name, attack in ATTACKS.items() if not attack.opens],
)
openings = pytest.mark.parametrize(
    "attack",
    [attack for attack in ATTACKS.values() if attack.opens and not attack.either],
    ids=[name for name, attack in ATTACKS.items() if attack.opens and not attack.either],
)

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BAD_ADVICE = re.compile(r"weights_only\s*=\s*False|add_safe_globals|allow_pickle", re.IGNORECASE)


@every_command
def test_no_file_kills_or_hangs_the_program(command: str, outcomes: Outcomes) -> None:
    assert set(ATTACKS) - set(outcomes(command)) == set()


@every_command
def test_no_file_raises(command: str, outcomes: Outcomes) -> None:
    assert {o.name: o.crash for o in outcomes(command).values() if o.crash} == {}


@every_command
def test_no_code_is_executed(command: str, outcomes: Outcomes, corpus: Corpus) -> None:
    outcomes(command)
    assert corpus.canaries() == []


@every_command
def test_nothing_is_imported_and_nothing_else_is_touched(
    command: str, outcomes: Outcomes, corpus: Corpus, scratch: Path
) -> None:
    found = {}
    for outcome in outcomes(command).values():
        allowed = (
            f"open {corpus.paths[outcome.name]}",
            f"open {corpus.folder / outcome.name}",  # the shards of a set lie beside its index
            f"open {scratch}",  # where compressed storages are unpacked
        )
        strange = [
            event
            for event in outcome.events
            if not event.startswith(allowed)
            and not (event.startswith(("os.remove", "tempfile.")) and str(scratch) in event)
        ]
        if strange:
            found[outcome.name] = strange
    assert found == {}


@every_command
def test_memory_stays_bounded(command: str, outcomes: Outcomes) -> None:
    large = {o.name: o.peak for o in outcomes(command).values() if o.peak > MEMORY_KIB}
    assert large == {}


@every_command
def test_no_descriptor_is_left_open(command: str, outcomes: Outcomes) -> None:
    assert {o.name for o in outcomes(command).values() if o.descriptors} == set()


@every_command
def test_no_temporary_file_is_left(command: str, outcomes: Outcomes, scratch: Path) -> None:
    outcomes(command)
    assert list(scratch.iterdir()) == []


@every_command
def test_trouble_is_one_plain_line(command: str, outcomes: Outcomes, corpus: Corpus) -> None:
    found = {}
    for outcome in outcomes(command).values():
        if outcome.status != 2:
            continue
        file = shown(os.fspath(corpus.paths[outcome.name]))
        good = (
            outcome.err.count("\n") == 1
            and outcome.err.endswith("\n")
            and outcome.line.startswith(f"inspector: {file}")
            and not _CONTROL.search(outcome.line)
            and len(outcome.line) < 4000
        )
        if not good:
            found[outcome.name] = outcome.err[:500]
    assert found == {}


@every_command
def test_terminal_codes_never_reach_the_terminal(command: str, outcomes: Outcomes) -> None:
    found = {o.name for o in outcomes(command).values() if _CONTROL.search(o.out.replace("\t", ""))}
    assert found == set()


@refusals
def test_is_refused_with_a_reason(attack: Attack, outcomes: Outcomes, corpus: Corpus) -> None:
    outcome = outcomes("list --json")[attack.name]
    assert outcome.status == 2, outcome.out[:300]
    if attack.salvaged:
        listed = json.loads(outcome.out)
        assert set(attack.shows) <= {tensor["key"] for tensor in listed["tensors"]}
        assert "cut-short" in {finding["code"] for finding in listed["findings"]}
    else:
        assert outcome.out == ""
    reason = outcome.line.removeprefix(
        f"inspector: {shown(os.fspath(corpus.paths[attack.name]))}: "
    )
    assert len(reason) > 15
    if attack.says:
        assert any(word.lower() in reason.lower() for word in attack.says), reason
    if "advise" not in attack.name:  # those hold such words themselves, and they are shown escaped
        assert not _BAD_ADVICE.search(reason)


@openings
def test_opens_inert_and_names_what_it_asks_for(attack: Attack, outcomes: Outcomes) -> None:
    outcome = outcomes("list --json")[attack.name]
    assert outcome.status == 0, outcome.line
    listed: dict[str, Any] = json.loads(outcome.out) if len(outcome.out) < 4 << 20 else {}
    if not listed:
        pytest.skip("the listing is too long to be kept")
    tensors = {tensor["key"]: tensor for tensor in listed["tensors"]}
    assert set(attack.shows) <= set(tensors)
    assert all(tensors[key]["dtype"] and "shape" in tensors[key] for key in attack.shows)
    assert not set(attack.hides) & set(tensors)
    unknown = {entry["name"] for entry in listed["globals"] if not entry["known"]}
    assert set(attack.names) <= unknown
    codes = {finding["code"] for finding in listed["findings"]}
    assert set(attack.finds) <= codes


@pytest.mark.parametrize("name", [n for n, attack in ATTACKS.items() if attack.salvaged])
def test_missing_bytes_are_never_shown_as_values(name: str, outcomes: Outcomes) -> None:
    outcome = outcomes("stats --json")[name]
    assert outcome.status == 2
    assert '"mean": 0' not in outcome.out
    assert all(not _has_numbers(row) for row in json.loads(outcome.out or "{}").get("tensors", []))


def _has_numbers(row: dict[str, Any]) -> bool:
    return any(isinstance(row.get(name), (int, float)) for name in ("mean", "min", "l2"))


@openings
def test_statistics_are_bounded(attack: Attack, outcomes: Outcomes) -> None:
    outcome = outcomes("stats --json")[attack.name]
    assert outcome.status in (0, 2)
    if outcome.status == 2:
        assert not attack.reads, outcome.line


def test_live_files_are_live(tmp_path: Path) -> None:
    """What the corpus calls live does execute when it is unpickled without care."""
    names = [name for name, attack in ATTACKS.items() if attack.live]
    live = Corpus.build(tmp_path / "live", names)
    code = (
        "import sys, json, pickle, torch\n"
        "for path in json.load(sys.stdin):\n"
        "    for load in (lambda p: torch.load(p, weights_only=False),\n"
        "                 lambda p: pickle.load(open(p, 'rb'))):\n"
        "        try: load(path)\n"
        "        except BaseException: pass\n"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        input=json.dumps([os.fspath(path) for path in live.paths.values()]).encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=300,
    )
    assert set(names) - set(live.canaries()) == set()


def test_modules_beside_the_file_do_not_run(corpus: Corpus) -> None:
    """The installed command, started in a folder full of traps."""
    trap = corpus.paths["imports_a_module_beside_the_file"]
    command = Path(sys.executable).with_name("inspector-cli")
    done = subprocess.run(
        [command, "list", trap.name], cwd=trap.parent, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "w" in done.stdout
    assert corpus.canaries() == []


def test_a_name_that_begins_with_a_dash_is_a_file(corpus: Corpus) -> None:
    path = corpus.paths["a_file_whose_name_begins_with_a_dash"]
    command = Path(sys.executable).with_name("inspector-cli")
    done = subprocess.run(
        [command, "list", "--", path.name],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"inspector: {path.name}: this is ")
