"""The vector index: nearest chunks by cosine. The only importer of chromadb.

Chroma is a cache of the vectors that the library keeps: it can be thrown away at any time and is made anew from them.
Up to ``EXACT_LIMIT`` chunks the search is exact, over the library's own vectors; it is also the oracle that the
recall of the index is tested against. Each language has a collection of its own, since filtering inside one is slow.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corpus.errors import LibraryError
from corpus.language import Language
from corpus.library import Library

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

FOLDER = "vectors"
EXACT_LIMIT = 20_000
_BATCH = 5_000  # Chroma takes at most 5,461 rows an add


class ExactVectors:
    """Exact search over all vectors of the library, held in memory (float32, chunks x dimensions)."""

    def __init__(self, library: Library) -> None:
        _, self.rows, languages, self.matrix = library.vectors()
        self.languages = np.array(languages)

    def nearest(self, query: NDArray[np.float32], language: Language | None, limit: int) -> list[tuple[int, float]]:
        """Paragraph rows with the cosine of their best chunk, best first."""
        if not len(self.rows):
            return []
        scores = self.matrix @ query
        if language is not None:
            scores = np.where(self.languages == str(language), scores, -2.0)
        top = np.argsort(-scores, kind="stable")[: limit * 2]
        best: dict[int, float] = {}
        for index in top:
            if scores[index] > -2.0:
                best.setdefault(int(self.rows[index]), float(scores[index]))
        return list(best.items())[:limit]


class ChromaVectors:
    """The index on disk, in a folder of its own under NMIRF_HOME."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.folder = library.home / FOLDER
        self._client: ClientAPI | None = None

    def _connect(self) -> ClientAPI:
        if self._client is None:
            os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
            import chromadb
            from chromadb.config import Settings

            try:
                self._client = chromadb.PersistentClient(
                    path=str(self.folder), settings=Settings(anonymized_telemetry=False)
                )
            except Exception as error:
                raise LibraryError(
                    f"The vector index in {self.folder} cannot be opened ({error}); delete it, it is made anew."
                ) from error
        return self._client

    def _collection(self, language: Language) -> Collection:
        return self._connect().get_or_create_collection(
            f"chunks-{language}", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32], language: Language) -> None:
        """Add the vectors of chunks in a language; ids that are there already are replaced."""
        collection = self._collection(language)
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            collection.upsert(ids=[str(i) for i in ids[part]], embeddings=vectors[part].astype(np.float32))

    def remove(self, ids: Sequence[int]) -> None:
        """Remove the vectors of chunks that are gone."""
        for language in Language:
            for start in range(0, len(ids), _BATCH):
                self._collection(language).delete(ids=[str(i) for i in ids[start : start + _BATCH]])

    def nearest(self, query: NDArray[np.float32], language: Language | None, limit: int) -> list[tuple[int, float]]:
        """Paragraph rows with the cosine of their best chunk, best first; ids unknown to the library are ignored."""
        best: dict[int, float] = {}
        for each in [language] if language else list(Language):
            collection = self._collection(each)
            if not collection.count():
                continue
            result = collection.query(
                query_embeddings=[query.tolist()], n_results=min(limit * 2, collection.count()), include=["distances"]
            )
            distances = result["distances"]
            assert distances is not None
            ids = [int(i) for i in result["ids"][0]]
            rows = self._library.chunk_rows(ids, each)
            for chunk, distance in zip(ids, distances[0], strict=True):
                if chunk in rows:
                    best[rows[chunk]] = max(best.get(rows[chunk], -1.0), 1.0 - float(distance))
        return sorted(best.items(), key=lambda item: -item[1])[:limit]

    def _forget_client(self) -> None:
        """Chroma hands out the client of a path again, though its folder is gone; it must be made anew."""
        from chromadb.api.shared_system_client import SharedSystemClient

        self._client = None
        SharedSystemClient.clear_system_cache()

    def count(self) -> int:
        """How many vectors the index holds, all languages together."""
        return sum(self._collection(language).count() for language in Language)

    def missing(self) -> bool:
        """Whether the folder of the index is not there, so that it must be made from the library."""
        return not self.folder.is_dir() or not any(self.folder.iterdir())

    def rebuild(self) -> None:
        """Make the index anew from the vectors that the library keeps."""
        self._forget_client()
        shutil.rmtree(self.folder, ignore_errors=True)
        ids, _, languages, matrix = self._library.vectors()
        marks = np.array(languages)
        for language in Language:
            chosen = np.flatnonzero(marks == str(language))
            if len(chosen):
                self.add([int(i) for i in ids[chosen]], matrix[chosen], language)


def open_vectors(library: Library, exact_limit: int = EXACT_LIMIT) -> ExactVectors | ChromaVectors:
    """Exact search over a small library, the index over a large one."""
    if library.count_chunks() <= exact_limit:
        return ExactVectors(library)
    index = ChromaVectors(library)
    if index.missing():
        index.rebuild()
    return index
