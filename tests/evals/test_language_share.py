"""Shares of the languages in a pool: counted by hand, and over a library of the shipped documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.retrieve import Retriever
from assistant.weights import load_weights
from corpus.encoder import StaticEncoder
from corpus.language import Language
from evals.language_share import NEAREST, language_counts, main, shares
from evals.questions import PARALLEL, shipped_questions
from evals.shipped import library_of
from tests.conftest import SOURCES


def test_a_share_is_told_of_an_equal_one() -> None:
    assert shares({Language.EN: 30, Language.FR: 10}) == {Language.EN: 1.5, Language.FR: 0.5}


def test_every_question_counts_its_nearest_paragraphs(tmp_path: Path) -> None:
    for language in ("en", "zh"):
        (tmp_path / language).mkdir()
        for path in (SOURCES / language).glob("*60_27*"):
            (tmp_path / language / path.name).write_bytes(path.read_bytes())
    questions = [q for q in shipped_questions() if q.split in PARALLEL and q.answerable][:4]
    encoder = StaticEncoder()
    with library_of([tmp_path], encoder) as library:
        counts = language_counts(Retriever(library, encoder, load_weights()), questions)
    assert sum(counts.values()) == NEAREST * len(questions)
    assert {language for language, count in counts.items() if count} == {Language.EN, Language.ZH}


def test_without_documents_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NMIRF_CORPUS", "none")
    assert main() == 2
    assert "NMIRF_CORPUS is none" in capsys.readouterr().err
