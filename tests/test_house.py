"""The rules of the house that no linter knows: imports, names, lengths."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import starmap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = sorted((ROOT / "inspector").rglob("*.py"))
ALL = [*PRODUCT, *sorted((ROOT / "tests").rglob("*.py"))]
HELPER = ROOT / "inspector" / "export" / "prove_helper.py"
SAMPLE = ROOT / "resources" / "samples" / "tiny_cnn_epoch01.pt"
MOST_LINES = 420

FORBIDDEN_MODULES = {
    "pickle",
    "_pickle",
    "pickletools",
    "copyreg",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
}
FORBIDDEN_CALLS = {"eval", "exec", "__import__", "compile", "breakpoint", "input"}
FORBIDDEN_FILE_NAMES = {"utils", "helpers", "common", "manager", "misc"}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def called_in(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def named(paths: Iterable[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def python(code: str, *arguments: str) -> str:
    """Run `code` in a fresh interpreter and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_files_are_short() -> None:
    assert named(path for path in ALL if len(path.read_text().splitlines()) > MOST_LINES) == []


def test_nothing_that_executes_is_imported() -> None:
    def roots(path: Path) -> set[str]:
        return {name.partition(".")[0] for name in imported_by(path)}

    assert named(path for path in PRODUCT if roots(path) & FORBIDDEN_MODULES) == []
    torch = {"torch", "safetensors"}
    assert named(path for path in PRODUCT if roots(path) & torch) == named([HELPER])


def test_nothing_that_executes_is_called() -> None:
    def executes(name: str) -> bool:
        name = name.removeprefix("builtins.")
        return name in FORBIDDEN_CALLS or name.endswith((".find_class", ".load_module"))

    assert named(path for path in PRODUCT if any(executes(n) for n, _ in called_in(path))) == []


def test_nothing_is_ever_loaded_unsafely() -> None:
    assert named(path for path in PRODUCT if any(starmap(is_unsafe, called_in(path)))) == []


def is_unsafe(name: str, call: ast.Call) -> bool:
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    return (
        (name == "torch.load" and given.get("weights_only") != "True")
        or given.get("weights_only") == "False"
        or given.get("allow_pickle") not in (None, "False")
        or given.get("shell") not in (None, "False")
    )


def test_names_say_what_a_file_is_about() -> None:
    assert named(path for path in PRODUCT if path.stem in FORBIDDEN_FILE_NAMES) == []
    # Why does this module exist?
    assert named(path for path in PRODUCT if not ast.get_docstring(tree_of(path))) == []


def test_the_rules_can_fail(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(
        "import pickle.x\nfrom torch import nn\ntorch.load(p, weights_only=False)\neval(s)"
    )
    assert set(imported_by(bad)) == {"pickle.x", "torch"}
    assert {name: is_unsafe(name, call) for name, call in called_in(bad)} == {
        "torch.load": True,
        "eval": False,
    }


def test_importing_the_package_imports_nothing_heavy() -> None:
    loaded = python("import sys, inspector; print('\\n'.join(sys.modules))").splitlines()
    heavy = {"torch", "numpy", "PySide6", "pyqtgraph", "safetensors", "pickle"}
    assert not heavy & {name.partition(".")[0] for name in loaded}


def test_listing_a_file_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom inspector import cli\nassert cli.main(['list', sys.argv[1]]) == 0\n"
        "print('MODULES', *sys.modules, sep='\\n')"
    )
    printed = python(code, str(SAMPLE)).partition("MODULES")[2]
    loaded = {name.partition(".")[0] for name in printed.splitlines()}
    assert not {"torch", "numpy", "PySide6", "pyqtgraph", "safetensors"} & loaded


def test_everything_but_the_proof_works_without_torch() -> None:
    code = (
        "import sys\n"
        "sys.modules['torch'] = sys.modules['safetensors'] = None\n"
        "import inspector\n"
        "with inspector.open_checkpoint(sys.argv[1]) as checkpoint:\n"
        "    tensor = checkpoint.tensors[0]\n"
        "    assert checkpoint.read(tensor).shape == tensor.shape\n"
        "    print(tensor.key, inspector.summarize(tensor).count)\n"
        "    print(inspector.compare(checkpoint, checkpoint).same)\n"
    )
    assert python(code, str(SAMPLE)).splitlines() == ["model_state_dict.conv1.weight 144", "True"]


def test_the_top_level_holds_what_it_may() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    found = {line.partition("/")[0] for line in tracked.stdout.splitlines()}
    visible = {name for name in found if not name.startswith(".")}
    assert visible <= {"inspector", "resources", "tests", "pyproject.toml", "README.md", "LICENSE"}
