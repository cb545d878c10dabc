"""What the usual tutorial builds, scored on the same questions: ``python -m evals.tutorial``.

A character splitter over the files (1,000 characters, 200 of them overlap), one dense model, cosine, the best
four chunks. It is scored in two ways: *as they came*, the Chinese files alone, whatever the language of the
question; and *by language*, every question against the files in its own language, which someone would first
have had to translate.

When a chunk has found a gold paragraph. Chunks know no paragraphs, so texts are compared, without white space
or footnote marks, compatibility forms alike: the chunk is of the document's own file, and holds a passage of
the paragraph that stands in no other paragraph of the document. A passage has 60 characters, of a paragraph of
less than 120 half its length, but at least 20, or the whole. "Strengthening national mechanisms for
implementation, reporting and follow-up" has more than 60 characters and stands in many paragraphs: it tells
none of them. A paragraph without any passage of its own is found by the whole of it. Kin (8 and 8(b)) are no
others.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.encoder import Encoder, load_encoder
from corpus.errors import LibraryError, NmirfError, SettingsError
from corpus.language import Language
from corpus.library import Library
from corpus.symbol import Symbol
from evals.metrics import Figure, is_kin
from evals.questions import PARALLEL, Address, EvalQuestion, load_questions, shipped_questions

CHUNK_CHARACTERS = 1_000
OVERLAP_CHARACTERS = 200
TOP_K = 4
PASSAGE_CHARACTERS = 60
LEAST_CHARACTERS = 20
SUFFIXES = (".txt", ".md")

# The files that the United Nations issued; the other folders are working translations of them.
AS_THEY_CAME = Language.ZH


@dataclass(frozen=True)
class SplitText:
    """A piece of a file, which is all that the tutorial's stack knows of a document."""

    file_name: str
    text: str


@dataclass(frozen=True)
class Index:
    """The pieces of the files of one folder, and a row of ``vectors`` for each."""

    pieces: tuple[SplitText, ...]
    vectors: NDArray[np.float32]

    def search(self, query: NDArray[np.float32]) -> list[SplitText]:
        """The pieces nearest to the query, best first."""
        best = np.argsort(-(self.vectors @ query), kind="stable")[:TOP_K]
        return [self.pieces[n] for n in best]


def make_index(folder: Path, encoder: Encoder) -> Index:
    """Split and encode the files of a folder as they are. Raises LibraryError on a folder without any."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARACTERS, chunk_overlap=OVERLAP_CHARACTERS)
    files = sorted(file for file in folder.glob("*") if file.suffix in SUFFIXES) if folder.is_dir() else []
    pieces = [
        SplitText(file.name, text) for file in files for text in splitter.split_text(file.read_text(encoding="utf-8"))
    ]
    if not pieces:
        raise LibraryError(f"{folder} holds no text to split; name a corpus with a folder a language.")
    return Index(tuple(pieces), encoder.encode_passages([piece.text for piece in pieces]))


class GoldTexts:
    """The paragraphs of a library in one language, and whether a chunk has found one of them."""

    def __init__(self, library: Library, language: Language) -> None:
        self._language = language
        self._file_names: dict[Symbol, str] = {}
        self._texts: dict[Symbol, dict[str, str]] = {}
        for record in library.documents():
            if record.language == language:
                self._file_names[record.symbol] = Path(record.path).name
                self._texts[record.symbol] = {
                    str(stored.paragraph.id): _plain(stored.paragraph.text)
                    for stored in library.all_paragraphs(record.symbol, language)
                }

    def found(self, gold: Iterable[Address], pieces: Iterable[SplitText]) -> bool:
        """Whether one of the pieces has found one of the gold paragraphs, by the rule of this module.

        Raises LibraryError when the library holds none of them in the language.
        """
        gold = list(gold)
        held = [(s, str(p)) for s, p in gold if self._texts.get(s, {}).get(str(p))]
        if not held:
            names = ", ".join(f"{symbol} {paragraph}" for symbol, paragraph in gold)
            raise LibraryError(f"The library holds none of {names} in {self._language}; ingest the corpus.")
        plain = [(piece.file_name, _plain(piece.text)) for piece in pieces]
        return any(
            self._told_by(symbol, label, text)
            for symbol, label in held
            for file_name, text in plain
            if file_name == self._file_names[symbol]
        )

    def _told_by(self, symbol: Symbol, label: str, piece: str) -> bool:
        texts = self._texts[symbol]
        others = [text for other, text in texts.items() if not is_kin(label, other)]
        passages = _passages(texts[label])
        if any(passage in piece and _is_in_none(passage, others) for passage in passages):
            return True
        return texts[label] in piece and not any(_is_in_none(passage, others) for passage in passages)


def _is_in_none(passage: str, texts: Iterable[str]) -> bool:
    return not any(passage in text for text in texts)


def _passages(text: str) -> list[str]:
    length = min(PASSAGE_CHARACTERS, max((len(text) + 1) // 2, LEAST_CHARACTERS), len(text))
    return [text[start : start + length] for start in range(len(text) - length + 1)]


_FOOTNOTE_MARK = re.compile(r"[⁰¹²³⁴-⁹]+|\[\^[^\]\s]*\]")


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", _FOOTNOTE_MARK.sub("", text)).split())


@dataclass(frozen=True)
class Comparison:
    """Of the answerable questions, those whose gold the tutorial's stack finds, in each of the two ways."""

    as_they_came: Figure
    by_language: Figure


def compare(questions: Iterable[EvalQuestion], library: Library, sources: Path, encoder: Encoder) -> Comparison:
    """Score the tutorial's stack; ``sources`` has a folder a language, ``library`` the texts of the gold."""
    answerable = [question for question in questions if question.answerable]
    queries = encoder.encode_queries([q.question for q in answerable]) if answerable else np.zeros((0, 0))
    languages = dict.fromkeys([AS_THEY_CAME, *(question.language for question in answerable)])
    indexes = {language: make_index(sources / language, encoder) for language in languages}
    texts = {language: GoldTexts(library, language) for language in languages}

    def hits(spoken: Iterable[Language]) -> Iterator[bool]:
        for question, query, language in zip(answerable, queries, spoken, strict=True):
            yield texts[language].found(question.gold, indexes[language].search(query))

    return Comparison(
        as_they_came=Figure(sum(hits([AS_THEY_CAME] * len(answerable))), len(answerable)),
        by_language=Figure(sum(hits([question.language for question in answerable])), len(answerable)),
    )


def own_questions() -> list[EvalQuestion]:
    """The shipped questions that each language has of its own; the parallel ones lean on one another, and on names."""
    return [question for question in shipped_questions() if question.split not in PARALLEL]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the tutorial's stack finds of the answerable questions; 2 when it cannot be run."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.tutorial", description="Score what the usual tutorial builds on the same questions."
    )
    parser.add_argument("--model", help="a sentence-transformers model by path or name (default: the one that ships)")
    parser.add_argument(
        "--questions", type=Path, help="a file of questions (default: those that ship of each language)"
    )
    named = parser.parse_args(arguments)
    try:
        questions = load_questions(named.questions) if named.questions else own_questions()
        _print(_compare_with_settings(questions, named.model))
    except NmirfError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _compare_with_settings(questions: Sequence[EvalQuestion], model: str | None) -> Comparison:
    from assistant.settings import load_settings

    settings = load_settings()
    if not settings.allow_download:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if settings.corpus is None:
        raise SettingsError("NMIRF_CORPUS is none; there are no files to split.")
    library = Library(settings.home)
    try:
        if not library.count_documents():
            raise LibraryError(f"The library in {settings.home} is empty; run nmirf ingest first.")
        encoder = load_encoder(model, allow_download=settings.allow_download)
        return compare(questions, library, settings.corpus, encoder)
    finally:
        library.close()


def _print(comparison: Comparison) -> None:
    print(f"Gold among the best {TOP_K} chunks of {CHUNK_CHARACTERS:,} characters:")
    for name, figure in (
        (f"as they came, {AS_THEY_CAME} alone", comparison.as_they_came),
        ("in the language of the question", comparison.by_language),
    ):
        print(f"  {name:<33}{figure.total:.0f}/{figure.of}")


if __name__ == "__main__":
    sys.exit(main())
