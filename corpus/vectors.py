"""The vector index: nearest chunks by cosine. The only importer of chromadb.

Chroma is a cache of the vectors that the library keeps: it can be thrown away at any time and is made anew from them,
in a folder of a new name. A file beside these folders, written last, says which of them is whole and of which state of
the library; without it, or behind the library, the index is missing.
Up to ``EXACT_LIMIT`` chunks the search is exact, over the library's own vectors; it is also the oracle that the
recall of the index is tested against. Each language has a collection of its own, since filtering inside one is slow.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corpus.errors import LibraryError, LibraryInUse
from corpus.language import Language
from corpus.library import Library

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

FOLDER = "vectors"
MARKER = "current.json"
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
    """The index on disk, in folders of its own under NMIRF_HOME. One that is missing has to be made first: ``rebuild``.

    Raises LibraryError when the index is missing or cannot be opened.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self.home = library.home / FOLDER
        self._client: ClientAPI | None = None
        self._close: Callable[[], object] = lambda: None

    @property
    def folder(self) -> Path | None:
        """The folder of the index, whole and of the library's present state; None when there is none."""
        try:
            marker = json.loads((self.home / MARKER).read_bytes())
            folder = self.home / str(marker["folder"])
            return folder if marker["index"] == self._library.index_id() and folder.is_dir() else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def missing(self) -> bool:
        """Whether there is no whole index of the library's present state, so that it must be made from the library."""
        return self.folder is None

    def _connect(self) -> ClientAPI:
        if self._client is None:
            folder = self.folder
            if folder is None:
                raise LibraryError(
                    f"The vector index in {self.home} is not that of the library; run nmirf ingest to make it anew."
                )
            self._open(folder)
        assert self._client is not None
        return self._client

    def _open(self, folder: Path) -> None:
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        import chromadb
        from chromadb.api.client import Client
        from chromadb.config import Settings

        try:
            client = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
        except Exception as error:
            raise LibraryError(
                f"The vector index in {folder} cannot be opened ({error}); delete it, it is made anew."
            ) from error
        assert isinstance(client, Client)
        self._client = client
        # Chroma hands out an open client of a path again, and that one does not see what other processes have written
        # since; so that the next to ask for one gets it fresh, this one is closed when nobody has it any more.
        finalizer = weakref.finalize(self, client.close)
        finalizer.atexit = False
        self._close = finalizer

    def close(self) -> None:
        """Close the index; it is opened again when it is next asked for."""
        self._close()
        self._client = None

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

    def count(self) -> int:
        """How many vectors the index holds, all languages together."""
        return sum(self._collection(language).count() for language in Language)

    def rebuild(self, added: Callable[[int], None] = lambda count: None) -> None:
        """Make the index anew from the vectors that the library keeps; ``added`` is told how many are in, each time.

        Only whoever may write to the library may call it. Until it returns, the index is missing or the one before.
        Raises LibraryError when it cannot be written.
        """
        self.close()
        try:
            self._fill(self.home / secrets.token_hex(8), added)
        except OSError as error:
            raise LibraryError(
                f"The vector index in {self.home} cannot be written ({error.strerror}); mend that and run nmirf ingest."
            ) from error

    def _fill(self, folder: Path, added: Callable[[int], None]) -> None:
        index = self._library.index_id()
        folder.mkdir(parents=True)
        try:
            self._open(folder)
            for ids, languages, matrix in self._library.vector_batches(_BATCH):
                for language in Language:
                    chosen = np.flatnonzero(languages == str(language))
                    if len(chosen):
                        self.add(ids[chosen].tolist(), matrix[chosen], language)
                added(len(ids))
            self._mark(folder, index)
        except BaseException:
            self.close()  # what comes next must not find the folder that is not whole
            raise
        for other in self.home.iterdir():
            if other not in (folder, self.home / MARKER):
                shutil.rmtree(other) if other.is_dir() else other.unlink()

    def _mark(self, folder: Path, index: str) -> None:
        for path in folder.rglob("*"):
            _flush(path)
        draft = self.home / f"{MARKER}.new"
        draft.write_text(json.dumps({"folder": folder.name, "index": index}), encoding="utf-8")
        _flush(draft)
        draft.replace(self.home / MARKER)
        _flush(self.home)


def _flush(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk, so that a marker never outlives what it marks."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_vectors(library: Library, exact_limit: int = EXACT_LIMIT) -> ExactVectors | ChromaVectors:
    """Exact search over a small library, the index over a large one.

    An index that is missing is made anew. While another process writes to the library, and so makes it, the search is
    exact.
    """
    if library.count_chunks() <= exact_limit:
        return ExactVectors(library)
    index = ChromaVectors(library)
    if index.missing():
        try:
            with library.writing():
                index.rebuild()
        except LibraryInUse:
            return ExactVectors(library)
    return index
