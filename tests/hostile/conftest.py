"""The corpus is built and run once for all tests in this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.corpus import Corpus, Outcome


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus.build(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for temporary files of every run over the corpus."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="session")
def outcomes(corpus: Corpus, scratch: Path) -> Callable[[str], dict[str, Outcome]]:
    """Return what a command ("list --json") did with every file, run once in a session."""
    done: dict[str, dict[str, Outcome]] = {}

    def of(command: str) -> dict[str, Outcome]:
        if command not in done:
            done[command] = corpus.run(command, scratch)
        return done[command]

    return of
