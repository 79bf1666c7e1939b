"""Collect the texts of the window and compile their translations.

    python -m tests.make_translations

Rewrites `resources/translations/*.ts` (what is translated already stays, what is gone goes, what is
new is marked unfinished) and compiles each to the `.qm` that the program loads. The code is read
with `ast` rather than by `lupdate`, which neither knows functions that stand for `translate` nor
which class a method belongs to.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
WINDOW = ROOT / "inspector" / "ui"
TRANSLATIONS = ROOT / "resources" / "translations"
LANGUAGES = ("zh_CN",)

Texts = dict[tuple[str, str], set[str]]
"""(context, text) -> the files it stands in."""
Known = dict[tuple[str, str], str]
"""(context, text) -> its translation, empty where there is none."""


@dataclass(slots=True)
class Collector(ast.NodeVisitor):
    """Walks one module and notes each text with its context: the class, or what is named."""

    file: str
    texts: Texts
    wrappers: dict[str, str]
    classes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.classes.append(node.name)
        self.generic_visit(node)
        self.classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name not in self.wrappers:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        function = ast.unparse(node.func)
        if function in self.wrappers:
            self.note(node, ast.Constant(self.wrappers[function]), node.args[0])
        elif function == "self.tr":
            self.note(node, ast.Constant(self.classes[-1]), node.args[0])
        elif function.endswith("QCoreApplication.translate"):
            # Two names stand for texts that `translated_later` was given.
            if not all(isinstance(part, ast.Name) for part in node.args[:2]):
                self.note(node, *node.args[:2])
        elif function == "translated_later":
            for text in node.args[1:]:
                self.note(node, node.args[0], text)
        elif function.endswith(".tr"):
            self.wrong.append(f"{self.file}:{node.lineno}: whose text? Name the context")

    def note(self, node: ast.Call, context: ast.expr, text: ast.expr) -> None:
        match context, text:
            case ast.Constant(str(name)), ast.Constant(str(words)):
                self.texts.setdefault((name, words), set()).add(self.file)
            case _:
                self.wrong.append(f"{self.file}:{node.lineno}: not a literal text")


def wrappers_in(tree: ast.Module) -> dict[str, str]:
    """Return functions that do nothing but translate in one context, with that context."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            match node.body[-1]:
                case ast.Return(ast.Call(ast.Attribute(_, "translate"), [context, ast.Name()])):
                    if isinstance(context, ast.Constant):
                        found[node.name] = str(context.value)
    return found


def collect(files: Iterator[Path]) -> tuple[Texts, list[str]]:
    """Return all texts of `files`, and the calls that cannot be translated."""
    texts: Texts = {}
    wrong: list[str] = []
    for path in sorted(files):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
        collector = Collector(name, texts, wrappers_in(tree))
        collector.visit(tree)
        wrong += collector.wrong
    return texts, wrong


def texts_of_the_window() -> tuple[Texts, list[str]]:
    """Return what stands in `inspector/ui`."""
    return collect(WINDOW.rglob("*.py"))


def ts_path(language: str) -> Path:
    """Return the file that translators edit."""
    return TRANSLATIONS / f"inspector_{language}.ts"


def read_ts(path: Path) -> Known:
    """Return what `path` holds; unfinished texts are there without a translation."""
    known: Known = {}
    for context in ElementTree.parse(path).iterfind("context"):
        name = context.findtext("name", "")
        for message in context.iterfind("message"):
            translation = message.find("translation")
            done = translation is not None and translation.get("type") is None
            known[name, message.findtext("source", "")] = (
                (translation.text or "") if done and translation is not None else ""
            )
    return known


def write_ts(path: Path, language: str, texts: Texts, known: Known) -> int:
    """Write `texts` with the translations known; return how many are without one.

    A text that is new in one context takes the translation it has in another.
    """
    elsewhere = {text: done for (_, text), done in known.items() if done}
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    contexts: dict[str, ElementTree.Element] = {}
    missing = 0
    for (name, text), files in sorted(texts.items()):
        if name not in contexts:
            contexts[name] = ElementTree.SubElement(root, "context")
            ElementTree.SubElement(contexts[name], "name").text = name
        message = ElementTree.SubElement(contexts[name], "message")
        for file in sorted(files):
            ElementTree.SubElement(message, "location", filename=f"../../{file}")
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        translation.text = known.get((name, text)) or elsewhere.get(text)
        if not translation.text:
            translation.set("type", "unfinished")
            missing += 1
    ElementTree.indent(root, "    ")
    body = ElementTree.tostring(root, encoding="unicode")
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8"
    )
    return missing


def compile_ts(path: Path) -> None:
    """Write the `.qm` beside `path` with the lrelease of PySide6."""
    tool = Path(sysconfig.get_path("scripts")) / "pyside6-lrelease"
    target = path.with_suffix(".qm")
    subprocess.run([tool, "-silent", path, "-qm", target], check=True)


def main() -> int:
    """Bring every language up to date; return 1 while a text waits for its translation."""
    texts, wrong = texts_of_the_window()
    print(*wrong, sep="\n", end="\n" if wrong else "")
    waiting = 0
    TRANSLATIONS.mkdir(exist_ok=True)
    for language in LANGUAGES:
        path = ts_path(language)
        missing = write_ts(path, language, texts, read_ts(path) if path.exists() else {})
        compile_ts(path)
        print(f"{path.name}: {len(texts)} texts, {missing} without a translation")
        waiting += missing
    return 1 if waiting or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
