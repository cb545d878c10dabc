"""The vector index: a cache of what the library keeps. Exact search is the oracle of its recall."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.document import Document, DocumentKind, Masthead, Paragraph, ParagraphId, ParagraphKind
from corpus.errors import LibraryError
from corpus.language import Language
from corpus.library import Chunk, Library
from corpus.symbol import Symbol
from corpus.vectors import ChromaVectors, ExactVectors, open_vectors, vectors_folder

DIMENSIONS = 32
AT = "2026-01-01T00:00:00+00:00"


def random_unit(count: int, seed: int) -> NDArray[np.float32]:
    """Rows of length 1, the same on every run, rounded as the library keeps them."""
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSIONS))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def put(
    library: Library, language: Language, vectors: NDArray[np.float32], index: ChromaVectors | None, symbol: str = "1"
) -> tuple[list[int], list[int]]:
    """Store a document of as many paragraphs as vectors; the ids of its chunks, and of those that are gone."""
    labels = [str(n) for n in range(1, len(vectors) + 1)]
    document = Document(
        Symbol(f"A/HRC/RES/99/{symbol}"),
        language,
        DocumentKind.RESOLUTION,
        True,
        Masthead("Title"),
        tuple(Paragraph(ParagraphId(n), ParagraphKind.OPERATIVE, "Requests a report;") for n in labels),
    )
    chunks = [Chunk(n, 0, "Requests a report;", "Requests a report;", 4) for n in labels]
    new: list[int] = []

    def take(ids: list[int]) -> None:
        new.extend(ids)
        if index is not None:
            index.add(ids, vectors, language)

    gone = library.put(document, chunks, vectors, {}, f"/documents/{language}/{symbol}.md", "0" * 64, AT, take)
    return new, gone


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library(tmp_path)
    yield opened
    opened.close()


def rows_of(library: Library, ids: list[int]) -> list[int]:
    rows = library.chunk_rows(ids)
    return [rows[i] for i in ids]


def test_what_is_added_is_nearest_to_itself(library: Library) -> None:
    index = ChromaVectors(library)
    vectors = random_unit(20, seed=1)
    ids, _ = put(library, Language.EN, vectors, index)
    rows = rows_of(library, ids)
    assert index.count() == 20
    for row, vector in zip(rows, vectors, strict=True):
        found = index.nearest(vector, Language.EN, 3)
        assert found[0] == (row, pytest.approx(1.0, abs=1e-3))
        assert len(found) == 3
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_languages_are_searched_each_for_itself_or_together(library: Library) -> None:
    index = ChromaVectors(library)
    vectors = random_unit(2, seed=2)
    rows = {each: rows_of(library, put(library, each, vectors[i : i + 1], index)[0]) for i, each in enumerate(("en", "fr"))}
    assert [row for row, _ in index.nearest(vectors[0], Language.EN, 5)] == rows["en"]
    assert [row for row, _ in index.nearest(vectors[0], Language.FR, 5)] == rows["fr"]
    assert [row for row, _ in index.nearest(vectors[0], None, 5)] == rows["en"] + rows["fr"]
    assert index.nearest(vectors[0], Language.ZH, 5) == []
