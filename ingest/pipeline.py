"""Read, parse, chunk, encode, store: incremental, resumable, one transaction a document.

With another encoder or chunker the index is made anew from the documents that the library holds, whose files may be
gone: staged beside the one in use a batch at a time, and put in its place when it is whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import numpy as np

from corpus.alignment import misalignment
from corpus.document import Document, Issue
from corpus.encoder import Encoder
from corpus.errors import UnreadableFile
from corpus.library import Chunk, Derived, DocumentRecord, Extent, Library
from corpus.vectors import ChromaVectors
from ingest.chunk import CHUNKER, chunks_of
from ingest.mandates import mandates_of
from ingest.parse import NotADocument, parse
from ingest.read import READERS, read

BATCH = 64
"""Chunks encoded and staged at a time, in whole documents: an interruption loses no more than these."""


class Status(StrEnum):
    """What became of a file."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    REMOVED = "removed"
    QUARANTINED = "quarantined"
    FAILED = "failed"


@dataclass(frozen=True)
class FileReport:
    """What became of one file, and what was found in it."""

    path: str
    status: Status
    symbol: str | None = None
    language: str | None = None
    kind: str | None = None
    title: str | None = None
    paragraphs: int = 0
    issues: tuple[Issue, ...] = field(default=())


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files that paths name, folders searched through, in order. Raises UnreadableFile on a missing path."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in READERS and _is_source(p))
        elif path.is_file():
            found.append(path)
        else:
            raise UnreadableFile(f"{path}: there is no such file or folder; check the path.")
    return list(dict.fromkeys(p.resolve() for p in found))


def _is_source(path: Path) -> bool:
    return not path.name.startswith((".", "README", "LICENSE"))


class Pipeline:
    """Brings files into a library. ``encoder`` makes the vectors; the library records which one did."""

    def __init__(self, library: Library, encoder: Encoder) -> None:
        self._library = library
        self._encoder = encoder
        self._vectors = ChromaVectors(library)

    def ingest(self, paths: Iterable[Path], again: bool = False) -> Iterator[FileReport]:
        """One report a file, as each is done. Documents whose files are gone from a given folder go too.

        ``again`` reads files that have not changed as well. Raises IndexMismatch when another encoder or chunker made
        the index.
        """
        paths = list(paths)
        files = files_in(paths)
        self._library.record_makers(self._encoder.name, self._encoder.dimensions, CHUNKER)
        if self._vectors.missing():
            self._vectors.rebuild()
        for file in files:
            yield self._file(file, again)
        yield from self._gone([p.resolve() for p in paths if p.is_dir()], files)

    def stage(self) -> Iterator[Extent]:
        """Make the index anew beside the one in use, from the documents held. Readers see nothing of it.

        Gives what is staged: first what an interrupted run of the same encoder and chunker has left, then all after
        each batch.
        """
        done = self._library.begin_stage(self._encoder.name, self._encoder.dimensions, CHUNKER)
        yield done
        batch: list[tuple[DocumentRecord, Document, list[Chunk]]] = []
        waiting = self._library.unstaged()
        for record in waiting:
            document = self._library.document(record.symbol, record.language)
            assert document is not None
            batch.append((record, document, chunks_of(document)))
            if record is waiting[-1] or sum(len(chunks) for *_, chunks in batch) >= BATCH:
                self._stage(batch)
                paragraphs = sum(len(document.paragraphs) for _, document, _ in batch)
                done = Extent(done.documents + len(batch), done.paragraphs + paragraphs)
                yield done
                batch = []

    def _stage(self, batch: Sequence[tuple[DocumentRecord, Document, list[Chunk]]]) -> None:
        vectors = self._encoder.encode_passages([c.indexed_text for *_, chunks in batch for c in chunks])
        ends = np.cumsum([len(chunks) for *_, chunks in batch])
        self._library.stage(
            [
                (record, Derived(chunks, of_document, mandates_of(document)))
                for (record, document, chunks), of_document in zip(batch, np.split(vectors, ends[:-1]), strict=True)
            ]
        )

    def replace_index(self, added: Callable[[int], None] = lambda count: None) -> None:
        """Put what is staged in the place of the index, then make the vector index; ``added`` is told of its progress.

        Raises LibraryError when the stage is not whole.
        """
        self._library.replace_index()
        self._vectors.rebuild(added)

    def _file(self, path: Path, again: bool) -> FileReport:
        name = str(path)
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            return _failed(name, Status.FAILED, f"{path.name}: cannot be read ({error.strerror}).")
        held = self._library.by_path(name)
        if held and held[0].sha256 == sha256 and not again:
            return self._report(held[0], Status.UNCHANGED)
        try:
            document = parse(read(path), path.name).document
        except NotADocument as error:
            return _failed(name, Status.QUARANTINED, str(error))
        except UnreadableFile as error:
            return _failed(name, Status.FAILED, str(error))
        return self._store(document, name, sha256)

    def _store(self, document: Document, name: str, sha256: str) -> FileReport:
        held = next((v for v in self._library.versions(document.symbol) if v.language == document.language), None)
        if (
            held is not None
            and held.path != name
            and Path(held.path).exists()
            and (held.official or not document.official)
        ):
            message = (
                f"{document.symbol} in {document.language} is already held from {held.path}; remove one of the two."
            )
            return _failed(name, Status.QUARANTINED, message)
        chunks = chunks_of(document)
        vectors = self._encoder.encode_passages([c.indexed_text for c in chunks])
        gone = self._library.put(
            document,
            chunks,
            vectors,
            mandates_of(document),
            name,
            sha256,
            datetime.now(UTC).isoformat(timespec="seconds"),
            lambda ids: self._vectors.add(ids, vectors, document.language),
        )
        if gone:
            self._vectors.remove(gone)
        for other in self._library.by_path(name):
            if (other.symbol, other.language) != (document.symbol, document.language):
                gone = self._library.remove(other.symbol, other.language)  # the file used to hold another document
                self._vectors.remove(gone)
        return FileReport(
            path=name,
            status=Status.REPLACED if held is not None else Status.ADDED,
            symbol=str(document.symbol),
            language=str(document.language),
            kind=str(document.kind),
            title=document.masthead.title,
            paragraphs=len(document.paragraphs),
            issues=document.issues + self._misaligned(document),
        )

    def _misaligned(self, document: Document) -> tuple[Issue, ...]:
        """That a document does not align with the versions in other languages, or they with it when it is official."""
        versions = self._library.document_versions(document.symbol)
        checked = versions if document.official else [document]
        found = (misalignment(version, versions) for version in checked)
        return tuple(each.issue for each in found if each)

    def _gone(self, folders: list[Path], files: list[Path]) -> Iterator[FileReport]:
        present = {str(f) for f in files}
        for record in self._library.documents():
            inside = any(Path(record.path).is_relative_to(folder) for folder in folders)
            if inside and record.path not in present:
                report = self._report(record, Status.REMOVED)
                self._vectors.remove(self._library.remove(record.symbol, record.language))
                yield report

    def _report(self, record: DocumentRecord, status: Status) -> FileReport:
        return FileReport(
            path=record.path,
            status=status,
            symbol=str(record.symbol),
            language=str(record.language),
            kind=str(record.kind),
            title=record.masthead.title,
            paragraphs=self._library.count_paragraphs(record.id),
            issues=self._library.issues(record.id),
        )


def _failed(path: str, status: Status, message: str) -> FileReport:
    return FileReport(path, status, issues=(Issue(str(status), message),))
