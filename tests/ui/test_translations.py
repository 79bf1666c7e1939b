"""Every text of the window has its translation, whole and compiled."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from inspector import compare, open_checkpoint
from inspector.analysis.compare_words import STATUS_WORDS
from inspector.ui import language
from inspector.ui.compare_facts import difference_lines
from inspector.ui.settings import Settings
from inspector.ui.settings_dialog import SettingsDialog
from inspector.ui.status_words import status_word
from inspector.ui.texts import counted
from tests.builders import torch
from tests.make_translations import LANGUAGES, collect, read_ts, texts_of_the_window, ts_path

PLACEHOLDER = re.compile(r"\{[^{}]*\}|%n|\\\d")
every_language = pytest.mark.parametrize("name", LANGUAGES)


def test_every_text_can_be_collected() -> None:
    texts, wrong = texts_of_the_window()
    assert wrong == []
    assert len(texts) > 400


@every_language
def test_no_text_waits_for_its_translation(name: str) -> None:
    known = read_ts(ts_path(name))
    texts, _ = texts_of_the_window()
    again = "run `python -m tests.make_translations`, then translate what it names"
    assert sorted(texts.keys() - known.keys()) == [], again
    assert sorted(known.keys() - texts.keys()) == [], again
    assert sorted(text for text, done in known.items() if not done) == [], again


@every_language
def test_placeholders_and_edges_survive(name: str) -> None:
    finished = [(text, done) for (_, text), done in read_ts(ts_path(name)).items() if done]
    assert finished
    for text, done in finished:
        assert Counter(PLACEHOLDER.findall(done)) == Counter(PLACEHOLDER.findall(text)), text
        assert bool(text[:1].isspace()) == bool(done[:1].isspace()), text
        assert text.count("\n") == done.count("\n"), text
        assert text.endswith("…") == done.endswith("…"), text


@every_language
def test_what_the_program_loads_is_what_translators_wrote(name: str) -> None:
    translator = QTranslator()
    assert translator.load(str(ts_path(name).with_suffix(".qm")))
    for (context, text), done in read_ts(ts_path(name)).items():
        assert translator.translate(context, text) == done, f"compile again: {context}, {text}"


def test_the_collector_knows_whose_text_it_is(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "def _tr(text):\n    return QCoreApplication.translate('Words', text)\n"
        "class Page(QWidget):\n    def show_all(self):\n"
        "        self.tr('one')\n        _tr('two')\n"
        "        QCoreApplication.translate('X', 'three')\n"
    )
    texts, wrong = collect(iter([module]))
    assert set(texts) == {("Page", "one"), ("Words", "two"), ("X", "three")}
    assert wrong == []


def test_the_collector_refuses_what_nobody_could_translate(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "class Page:\n    def f(self, other):\n        self.tr(X)\n        other.tr('x')\n"
    )
    texts, wrong = collect(iter([module]))
    assert not texts
    assert wrong == ["module.py:3: not a literal text", "module.py:4: whose text? Name the context"]


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    """The application, in English again afterwards."""
    font = qapp.font()
    yield qapp
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.setParent(None)
    qapp.setFont(font)


def test_the_window_speaks_chinese(application: QApplication, qtbot: QtBot) -> None:
    assert language.start(application, "zh_CN") == "zh_CN"
    settings = Settings(fresh=True)
    dialog = SettingsDialog(settings)
    qtbot.addWidget(dialog)
    assert dialog.windowTitle() == "设置"
    close = dialog.findChild(QDialogButtonBox)
    assert isinstance(close, QDialogButtonBox)
    button = close.button(QDialogButtonBox.StandardButton.Close)
    assert "Close" not in button.text()  # Qt's own texts, too


def test_what_alarms_does_so_in_every_language(application: QApplication, tmp_path: Path) -> None:
    language.start(application, "zh_CN")
    torch.save({"w": torch.ones(2)}, tmp_path / "a.pt")
    torch.save({"w": torch.full((2,), float("nan"))}, tmp_path / "b.pt")
    with open_checkpoint(tmp_path / "a.pt") as a, open_checkpoint(tmp_path / "b.pt") as b:
        (difference,) = compare(a, b).tensors
        lines = difference_lines(difference, difference.pair)
    assert [line.delta for line in lines if line.alarming] == ["2"]


def test_english_loads_nothing(application: QApplication) -> None:
    assert language.start(application, "en") == "en"
    assert application.findChildren(QTranslator) == []


ASK_SYSTEM = """
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication
from inspector.ui import language
application = QApplication(["inspector"])
fonts = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
print(language.start(application, "system"), bool(fonts))
"""


@pytest.mark.parametrize(
    ("lang", "languages", "expected"),
    [
        ("zh_CN.UTF-8", "", "zh_CN"),
        ("zh_TW.UTF-8", "", "zh_CN"),
        ("en_US.UTF-8", "zh_CN:en", "zh_CN"),
        ("de_DE.UTF-8", "de:zh_CN", "en"),
        ("C", "", "en"),
    ],
)
def test_the_environment_says_which(lang: str, languages: str, expected: str) -> None:
    environment = {name: text for name, text in os.environ.items() if name[:3] != "LC_"}
    done = subprocess.run(
        [sys.executable, "-c", ASK_SYSTEM],
        env=environment | {"LANG": lang, "LANGUAGE": languages},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    used, readable = done.stdout.split()
    assert used == (expected if readable == "True" else "en")


def test_the_choice_is_kept(own_folders: Path) -> None:
    settings = Settings()
    assert settings.language == "system"
    settings.language = "zh_CN"
    settings.sync()
    assert Settings().language == "zh_CN"
    settings.language = "klingon"
    assert settings.language == "system"


def test_one_thing_is_counted_as_one() -> None:
    assert counted(1, "{} tensor", "{} tensors") == "1 tensor"
    assert counted(0, "{} tensor", "{} tensors") == "0 tensors"
    assert counted(2_000, "{} tensor", "{} tensors") == "2,000 tensors"


def test_every_status_of_a_comparison_has_its_word() -> None:
    assert {status: status_word(status) for status in STATUS_WORDS} == STATUS_WORDS
