"""The library: documents, their paragraphs, mandates and lexical index in one SQLite file. The source of truth.

It is long because it is the only module that knows the tables; each method is one statement or two. One document is one
transaction. Vectors are kept beside the chunks they were made from, so that the vector index of
``corpus.vectors`` can be thrown away and made anew without encoding again.

What is derived from documents (chunks, vectors, lexical index, mandates) can be made anew beside what is in use: it is
staged a few documents at a time, and takes the place of the old in one transaction when it is whole.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.document import (
    Document,
    DocumentKind,
    Footnote,
    Issue,
    Masthead,
    Paragraph,
    ParagraphId,
    ParagraphKind,
    RecordedVote,
    SourceSpan,
)
from corpus.errors import IndexMismatch, LibraryError, LibraryInUse
from corpus.language import Language
from corpus.lexical import index_tokens
from corpus.mandate import Mandate
from corpus.symbol import Symbol

SCHEMA_VERSION = 2
FILE_NAME = "library.sqlite"
_SHIPPED = "embedded:"  # how the names of encoders begin that ship with the program

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    symbol TEXT NOT NULL, language TEXT NOT NULL, kind TEXT NOT NULL, official INTEGER NOT NULL,
    translated_from TEXT, title TEXT NOT NULL, body TEXT, session INTEGER, agenda_item TEXT,
    adopted_on TEXT, circulated_on TEXT, meeting INTEGER, vote TEXT, notes TEXT NOT NULL, issues TEXT NOT NULL,
    path TEXT NOT NULL, sha256 TEXT NOT NULL, ingested_at TEXT NOT NULL,
    UNIQUE (symbol, language)
);
CREATE INDEX document_path ON document (path);
CREATE TABLE paragraph (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL, footnotes TEXT NOT NULL, within INTEGER NOT NULL, spans TEXT NOT NULL,
    UNIQUE (document, label)
);
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    paragraph INTEGER NOT NULL REFERENCES paragraph (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, text TEXT NOT NULL, tokens INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX chunk_paragraph ON chunk (paragraph);
CREATE TABLE mandate (
    paragraph INTEGER NOT NULL REFERENCES paragraph (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, opening TEXT NOT NULL, strength TEXT NOT NULL, directed INTEGER NOT NULL,
    addressees TEXT NOT NULL, sessions TEXT NOT NULL, dates TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL
);
CREATE INDEX mandate_paragraph ON mandate (paragraph);
"""
# New in schema 2. A document that is replaced or removed takes what was staged of it along, so that what is staged of a
# document is always made of the text that is held.
_STAGE = """
CREATE TABLE staged_document (document INTEGER PRIMARY KEY REFERENCES document (id) ON DELETE CASCADE);
CREATE TABLE staged_chunk (
    paragraph INTEGER NOT NULL REFERENCES paragraph (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, text TEXT NOT NULL, tokens INTEGER NOT NULL, lexical TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (paragraph, position)
);
CREATE TABLE staged_mandate (
    paragraph INTEGER NOT NULL REFERENCES paragraph (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, opening TEXT NOT NULL, strength TEXT NOT NULL, directed INTEGER NOT NULL,
    addressees TEXT NOT NULL, sessions TEXT NOT NULL, dates TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL
);
CREATE INDEX staged_mandate_paragraph ON staged_mandate (paragraph);
"""
# The tokens are made by corpus.lexical; FTS5 only counts them. To its ascii tokenizer every character beyond ASCII is
# part of a token, so that Han bigrams and Cyrillic stems pass whole, and the strokes of symbols are added here.
_LEXICAL = """CREATE VIRTUAL TABLE lexical_{language} USING fts5 (tokens, tokenize = "ascii tokenchars '/._-,'")"""


@dataclass(frozen=True)
class Chunk:
    """What is indexed of a paragraph: its text, or a part of a long one; ``tokens`` counts tiktoken tokens."""

    label: str
    position: int
    text: str
    indexed_text: str
    tokens: int


@dataclass(frozen=True)
class DocumentRecord:
    """A document of the library without its paragraphs, and where its file is."""

    id: int
    symbol: Symbol
    language: Language
    kind: DocumentKind
    official: bool
    masthead: Masthead
    path: str
    sha256: str


@dataclass(frozen=True)
class Derived:
    """What the index holds of a document: its chunks, their vectors (chunks x dimensions), its mandates by label."""

    chunks: Sequence[Chunk]
    vectors: NDArray[np.float32]
    mandates: Mapping[str, Sequence[Mandate]]


@dataclass(frozen=True)
class Extent:
    """How much: so many documents (language versions), and so many paragraphs in them."""

    documents: int
    paragraphs: int


@dataclass(frozen=True)
class StoredParagraph:
    """A paragraph with its address: which document version it belongs to."""

    symbol: Symbol
    language: Language
    official: bool
    paragraph: Paragraph
    row: int


class _Cursor(sqlite3.Cursor):
    """A cursor whose errors are the library's, wherever they are met: on execution or while rows are read."""

    path: Path

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        with _library_errors(self.path):
            return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        with _library_errors(self.path):
            return super().executemany(sql, parameters)

    def fetchone(self) -> Any:
        with _library_errors(self.path):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with _library_errors(self.path):
            return super().fetchall()

    def __next__(self) -> Any:
        with _library_errors(self.path):
            return super().__next__()


class _Connection(sqlite3.Connection):
    """A connection that makes such cursors, and goes through them itself."""

    path: Path

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        return self.cursor().executemany(sql, parameters)

    def cursor(self, factory: Any = None) -> Any:
        cursor = super().cursor(_Cursor)
        cursor.path = self.path
        return cursor


@contextmanager
def _library_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.OperationalError as error:
        if "no such" in str(error) or "malformed" in str(error):
            raise _damaged(path, error) from error
        raise LibraryError(
            f"The library {path} cannot be read or written ({error}); make its folder writable, or wait."
        ) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: sqlite3.Error) -> LibraryError:
    return LibraryError(
        f"The library {path} is damaged ({error}); move it away and run nmirf ingest on your documents again."
    )


def _connect(path: Path) -> _Connection:
    with _library_errors(path):
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=30, factory=_Connection
        )
    connection.path = path
    return connection


class Library:
    """The documents of one NMIRF_HOME. Safe for many readers and one writer at a time.

    Raises LibraryError on opening a file that is damaged, not writable, or from a newer version.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / FILE_NAME
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"NMIRF_HOME {home} cannot be used ({error.strerror}); name another folder.") from error
        self._db = _connect(self.path)
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._prepare()

    def close(self) -> None:
        """Close the file; the library cannot be used afterwards."""
        self._db.close()

    def _prepare(self) -> None:
        tables = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "meta" not in tables:
            if tables:
                raise LibraryError(f"{self.path} is not a library of this program; name another NMIRF_HOME.")
            with self.writing():
                self._create()
            return
        version = int(self.meta("schema") or 0)
        if version > SCHEMA_VERSION:
            raise LibraryError(
                f"The library {self.path} was made by a newer version (schema {version}, this one knows "
                f"{SCHEMA_VERSION}); update the program or name another NMIRF_HOME."
            )
        if version < SCHEMA_VERSION:
            self._upgrade()

    def _create(self) -> None:
        if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            return  # another process was first
        with self._transaction():
            self._execute_all(_SCHEMA)
            for language in Language:
                self._db.execute(_LEXICAL.format(language=language))
            self._add_stage()

    def _upgrade(self) -> None:
        """From schema 1, which had no stage: nothing that it holds is touched."""
        with self._transaction():
            if int(self.meta("schema") or 0) < SCHEMA_VERSION:  # else another process was first
                self._add_stage()

    def _add_stage(self) -> None:
        self._execute_all(_STAGE)
        self._set_meta("generation", "0")
        self._set_meta("index", secrets.token_hex(8))
        self._set_meta("schema", str(SCHEMA_VERSION))

    def _execute_all(self, statements: str) -> None:
        for statement in statements.split(";\n"):
            if statement.strip():
                self._db.execute(statement)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one writer's lock. Raises LibraryInUse when another process holds it."""
        try:
            lock_file = (self.home / "writer.lock").open("w")
        except OSError as error:
            raise LibraryError(f"The library in {self.home} cannot be written ({error.strerror}).") from error
        with lock_file as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LibraryInUse(
                    f"Another process is writing to the library in {self.home}; wait until it has finished."
                ) from error
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite ends it by itself when the disk is full
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A transaction after which readers see something else than before."""
        with self._transaction():
            yield
            self._db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")

    # What the index was made with.

    def meta(self, key: str) -> str | None:
        """A recorded fact about the library, such as the name of its encoder."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def record_makers(self, encoder: str, dimensions: int, chunker: str) -> None:
        """Record which encoder and chunker make the index; an empty library takes any.

        Raises IndexMismatch when others made it.
        """
        self.check_makers(encoder, dimensions)
        made_with = self.meta("chunker")
        if made_with not in (None, chunker) and self.count_documents():
            raise IndexMismatch(
                f"The index in {self.home} was made with the chunker {made_with}, but {chunker} is in use, as after an "
                "update of the program; run nmirf ingest --rebuild to make it anew."
            )
        if (self.meta("encoder"), made_with) != (encoder, chunker):
            with self._changing():
                self._set_makers(encoder, chunker)

    def _set_makers(self, encoder: str, chunker: str) -> None:
        """Record the makers of an index that no vector index was made of yet: it has another identity."""
        for key, value in (("encoder", encoder), ("chunker", chunker), ("index", secrets.token_hex(8))):
            self._set_meta(key, value)

    def check_makers(self, encoder: str, dimensions: int) -> None:
        """Raise IndexMismatch when another encoder than this one made the index, or one of another length of vectors.

        A few look-ups, so that whoever has a library open may ask whenever its generation has changed.
        """
        made_with = self.meta("encoder")
        if made_with not in (None, encoder) and self.count_documents():
            if made_with.startswith(_SHIPPED) and encoder.startswith(_SHIPPED):
                raise IndexMismatch(
                    f"The model that ships has changed with an update of the program (the index in {self.home} was "
                    f"made with the encoder {made_with}, but {encoder} is in use); run nmirf ingest --rebuild to "
                    "encode the documents anew."
                )
            raise IndexMismatch(
                f"The index in {self.home} was made with the encoder {made_with}, but {encoder} is in use; run "
                "nmirf ingest --rebuild to encode the documents anew, or set NMIRF_ENCODER back."
            )
        made = self._dimensions("chunk")
        if made not in (None, dimensions):
            raise IndexMismatch(
                f"The index in {self.home} was made with vectors of {made} dimensions, but the encoder {encoder} now "
                f"gives {dimensions}; run nmirf ingest --rebuild to encode the documents anew."
            )

    def _dimensions(self, table: str) -> int | None:
        """The length of the vectors in a table; None when there are none."""
        row = self._db.execute(f"SELECT length(vector) FROM {table} LIMIT 1").fetchone()
        return row[0] // np.dtype(np.float16).itemsize if row else None

    # Writing.

    def put(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: NDArray[np.float32],
        mandates: Mapping[str, Sequence[Mandate]],
        path: str,
        sha256: str,
        at: str,
        index: Callable[[list[int]], None],
    ) -> list[int]:
        """Store a document in the place of the one with its symbol and language; all or nothing.

        ``index`` is given the ids of the new chunks before the transaction ends; when it raises, nothing is stored.
        Returns the ids of the chunks that are gone.
        """
        with self._changing():
            gone = self._remove("symbol = ? AND language = ?", (str(document.symbol), str(document.language)))
            document_row = self._insert_document(document, path, sha256, at)
            paragraph_rows = self._insert_paragraphs(document, document_row)
            self._insert_mandates("mandate", paragraph_rows, mandates)
            new = []
            for chunk, vector in zip(chunks, vectors, strict=True):
                row = self._db.execute(
                    "INSERT INTO chunk (paragraph, position, text, tokens, vector) VALUES (?, ?, ?, ?, ?)",
                    (paragraph_rows[chunk.label], chunk.position, chunk.text, chunk.tokens, _stored_vector(vector)),
                ).lastrowid
                self._db.execute(
                    f"INSERT INTO lexical_{document.language} (rowid, tokens) VALUES (?, ?)",
                    (row, _lexical_tokens(chunk, document.language)),
                )
                new.append(row)
            index(new)
        return gone

    def _insert_document(self, document: Document, path: str, sha256: str, at: str) -> int:
        m = document.masthead
        row = self._db.execute(
            "INSERT INTO document (symbol, language, kind, official, translated_from, title, body, session, "
            "agenda_item, adopted_on, circulated_on, meeting, vote, notes, issues, path, sha256, ingested_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                str(document.symbol),
                str(document.language),
                str(document.kind),
                int(document.official),
                str(document.translated_from) if document.translated_from else None,
                m.title,
                m.body,
                m.session,
                m.agenda_item,
                m.adopted_on.isoformat() if m.adopted_on else None,
                m.circulated_on.isoformat() if m.circulated_on else None,
                m.meeting,
                json.dumps(asdict(document.vote), ensure_ascii=False) if document.vote else None,
                json.dumps([asdict(n) for n in document.notes], ensure_ascii=False),
                json.dumps([asdict(i) for i in document.issues], ensure_ascii=False),
                path,
                sha256,
                at,
            ),
        ).lastrowid
        return int(row)

    def _insert_paragraphs(self, document: Document, document_row: int) -> dict[str, int]:
        rows: dict[str, int] = {}
        for position, p in enumerate(document.paragraphs):
            row = self._db.execute(
                "INSERT INTO paragraph (document, position, label, kind, text, headings, footnotes, within, spans) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    document_row,
                    position,
                    str(p.id),
                    str(p.kind),
                    p.text,
                    json.dumps(p.headings, ensure_ascii=False),
                    json.dumps([asdict(n) for n in p.footnotes], ensure_ascii=False),
                    int(p.within),
                    json.dumps([[s.first_line, s.last_line] for s in p.spans]),
                ),
            ).lastrowid
            assert row is not None
            rows[str(p.id)] = row
        return rows

    def _insert_mandates(
        self, table: str, paragraph_rows: Mapping[str, int], mandates: Mapping[str, Sequence[Mandate]]
    ) -> None:
        self._db.executemany(
            f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    paragraph_rows[label],
                    number,
                    mandate.opening,
                    mandate.strength,
                    int(mandate.directed),
                    json.dumps(mandate.addressees),
                    json.dumps(mandate.sessions),
                    json.dumps([d.isoformat() for d in mandate.dates]),
                    mandate.start,
                    mandate.end,
                )
                for label, listed in mandates.items()
                for number, mandate in enumerate(listed)
            ],
        )

    def remove(self, symbol: Symbol, language: Language) -> list[int]:
        """Remove a document; returns the ids of its chunks."""
        with self._changing():
            return self._remove("symbol = ? AND language = ?", (str(symbol), str(language)))

    def _remove(self, where: str, values: tuple[str, ...]) -> list[int]:
        gone: list[int] = []
        for row, language in self._db.execute(f"SELECT id, language FROM document WHERE {where}", values).fetchall():
            ids = self._ids(
                "SELECT c.id FROM chunk c JOIN paragraph p ON p.id = c.paragraph WHERE p.document = ?", (row,)
            )
            self._db.executemany(f"DELETE FROM lexical_{language} WHERE rowid = ?", ((i,) for i in ids))
            self._db.execute("DELETE FROM document WHERE id = ?", (row,))
            gone += ids
        return gone

    # The index made anew beside the one in use.

    def begin_stage(self, encoder: str, dimensions: int, chunker: str) -> Extent:
        """Make ready for what these makers will stage; what others have staged is dropped.

        Returns what is staged already: an interrupted run of the same makers goes on from there.
        """
        makers = (self.meta("staged encoder"), self.meta("staged chunker"))
        if makers != (encoder, chunker) or self._dimensions("staged_chunk") not in (None, dimensions):
            with self._transaction():
                self._drop_stage()
                self._set_meta("staged encoder", encoder)
                self._set_meta("staged chunker", chunker)
        return self._extent("JOIN staged_document s ON s.document = d.id")

    def unstaged(self) -> list[DocumentRecord]:
        """The documents of which nothing is staged yet, in the order in which they came."""
        rows = self._db.execute(
            f"SELECT {_DOCUMENT_COLUMNS} FROM document WHERE id NOT IN (SELECT document FROM staged_document) "
            "ORDER BY id"
        ).fetchall()
        return [_record(row) for row in rows]

    def stage(self, batch: Sequence[tuple[DocumentRecord, Derived]]) -> None:
        """Stage what was made of some documents; all or nothing. Readers see nothing of it."""
        with self._transaction():
            for record, made in batch:
                self._db.execute("INSERT INTO staged_document VALUES (?)", (record.id,))
                rows = dict(
                    self._db.execute("SELECT label, id FROM paragraph WHERE document = ?", (record.id,)).fetchall()
                )
                self._insert_mandates("staged_mandate", rows, made.mandates)
                self._db.executemany(
                    "INSERT INTO staged_chunk VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        (
                            rows[chunk.label],
                            chunk.position,
                            chunk.text,
                            chunk.tokens,
                            _lexical_tokens(chunk, record.language),
                            _stored_vector(vector),
                        )
                        for chunk, vector in zip(made.chunks, made.vectors, strict=True)
                    ],
                )

    def replace_index(self) -> None:
        """Put what is staged in the place of the index, in one transaction: readers see the old one, then the new.

        Raises LibraryError when the stage is not whole.
        """
        with self._changing():
            encoder, chunker = self.meta("staged encoder"), self.meta("staged chunker")
            if encoder is None or chunker is None or self.unstaged():
                raise LibraryError(
                    f"The new index of {self.path} is not whole yet; run nmirf ingest --rebuild to go on with it."
                )
            # Ids of chunks are never given out twice, so that no vector index takes a new chunk for an old one.
            self._db.execute("DELETE FROM chunk")
            self._db.execute(
                "INSERT INTO chunk (paragraph, position, text, tokens, vector) "
                "SELECT paragraph, position, text, tokens, vector FROM staged_chunk ORDER BY paragraph, position"
            )
            for language in Language:
                self._db.execute(f"DROP TABLE lexical_{language}")
                self._db.execute(_LEXICAL.format(language=language))
                self._db.execute(
                    f"INSERT INTO lexical_{language} (rowid, tokens) SELECT c.id, s.lexical FROM chunk c "
                    "JOIN staged_chunk s ON s.paragraph = c.paragraph AND s.position = c.position "
                    "JOIN paragraph p ON p.id = c.paragraph JOIN document d ON d.id = p.document "
                    "WHERE d.language = ? ORDER BY c.id",
                    (str(language),),
                )
            self._db.execute("DELETE FROM mandate")
            self._db.execute("INSERT INTO mandate SELECT * FROM staged_mandate ORDER BY paragraph, position")
            self._set_makers(encoder, chunker)
            self._drop_stage()

    def _drop_stage(self) -> None:
        for table in ("staged_document", "staged_chunk", "staged_mandate"):
            self._db.execute(f"DELETE FROM {table}")
        self._db.execute("DELETE FROM meta WHERE key IN ('staged encoder', 'staged chunker')")

    # Reading.

    def count_documents(self) -> int:
        """How many documents (language versions) the library holds."""
        return int(self._db.execute("SELECT count(*) FROM document").fetchone()[0])

    def count_chunks(self) -> int:
        """How many chunks are indexed."""
        return int(self._db.execute("SELECT count(*) FROM chunk").fetchone()[0])

    def extent(self) -> Extent:
        """How much the library holds."""
        return self._extent()

    def _extent(self, which: str = "") -> Extent:
        documents = self._db.execute(f"SELECT count(*) FROM document d {which}").fetchone()[0]
        paragraphs = self._db.execute(
            f"SELECT count(*) FROM paragraph p JOIN document d ON d.id = p.document {which}"
        ).fetchone()[0]
        return Extent(documents, paragraphs)

    def generation(self) -> int:
        """A number that changes whenever any process has changed what readers see; staging leaves it as it is."""
        return int(self.meta("generation") or 0)

    def index_id(self) -> str:
        """The identity of the index: another one whenever all of it was made anew."""
        identity = self.meta("index")
        assert identity is not None
        return identity

    def documents(self) -> list[DocumentRecord]:
        """All documents, by symbol and language."""
        rows = self._db.execute(f"SELECT {_DOCUMENT_COLUMNS} FROM document ORDER BY symbol, language").fetchall()
        return [_record(row) for row in rows]

    def by_path(self, path: str) -> list[DocumentRecord]:
        """The documents that were read from a file."""
        rows = self._db.execute(f"SELECT {_DOCUMENT_COLUMNS} FROM document WHERE path = ?", (path,)).fetchall()
        return [_record(row) for row in rows]

    def versions(self, symbol: Symbol) -> list[DocumentRecord]:
        """The language versions of a document that the library holds."""
        rows = self._db.execute(
            f"SELECT {_DOCUMENT_COLUMNS} FROM document WHERE symbol = ? ORDER BY language", (str(symbol),)
        ).fetchall()
        return [_record(row) for row in rows]

    def document(self, symbol: Symbol, language: Language) -> Document | None:
        """A whole document; None when the library does not hold it in the language."""
        row = self._db.execute(
            f"SELECT {_DOCUMENT_COLUMNS}, translated_from, vote, notes, issues FROM document "
            "WHERE symbol = ? AND language = ?",
            (str(symbol), str(language)),
        ).fetchone()
        if row is None:
            return None
        record = _record(row)
        translated_from, vote, notes, issues = row[-4:]
        paragraphs = self._db.execute(
            f"SELECT {_PARAGRAPH_COLUMNS} FROM paragraph p WHERE p.document = ? ORDER BY position",
            (record.id,),
        ).fetchall()
        return Document(
            symbol=record.symbol,
            language=record.language,
            kind=record.kind,
            official=record.official,
            masthead=record.masthead,
            paragraphs=tuple(_paragraph(p) for p in paragraphs),
            vote=_vote(vote),
            notes=tuple(Footnote(**n) for n in json.loads(notes)),
            translated_from=Language(translated_from) if translated_from else None,
            issues=tuple(Issue(**i) for i in json.loads(issues)),
        )

    def document_versions(self, symbol: Symbol) -> list[Document]:
        """A document in all languages that it is held in."""
        found = (self.document(record.symbol, record.language) for record in self.versions(symbol))
        return [document for document in found if document is not None]

    def vote(self, symbol: Symbol, language: Language) -> RecordedVote | None:
        """How a document was adopted, with the names of States in the language."""
        row = self._db.execute(
            "SELECT vote FROM document WHERE symbol = ? AND language = ?", (str(symbol), str(language))
        ).fetchone()
        return _vote(row[0]) if row else None

    def paragraph(self, symbol: Symbol, paragraph: ParagraphId, language: Language) -> StoredParagraph | None:
        """One paragraph in one language; None when there is none."""
        rows = self._db.execute(
            f"SELECT {_STORED_COLUMNS} FROM paragraph p JOIN document d ON d.id = p.document "
            "WHERE d.symbol = ? AND p.label = ? AND d.language = ?",
            (str(symbol), str(paragraph), str(language)),
        ).fetchall()
        return _stored(rows[0]) if rows else None

    def paragraphs(self, rows: Iterable[int]) -> dict[int, StoredParagraph]:
        """Paragraphs by the ids of their rows."""
        wanted = sorted(set(rows))
        found: dict[int, StoredParagraph] = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            for row in self._db.execute(
                f"SELECT {_STORED_COLUMNS} FROM paragraph p JOIN document d ON d.id = p.document "
                f"WHERE p.id IN ({marks})",
                part,
            ):
                stored = _stored(row)
                found[stored.row] = stored
        return found

    def all_paragraphs(self, symbol: Symbol, language: Language) -> list[StoredParagraph]:
        """The paragraphs of a document in their order."""
        rows = self._db.execute(
            f"SELECT {_STORED_COLUMNS} FROM paragraph p JOIN document d ON d.id = p.document "
            "WHERE d.symbol = ? AND d.language = ? ORDER BY p.position",
            (str(symbol), str(language)),
        ).fetchall()
        return [_stored(row) for row in rows]

    def mandates(self, language: Language, symbol: Symbol | None = None) -> list[tuple[Symbol, ParagraphId, Mandate]]:
        """What the documents in a language ask of whom and by when, in the order of their paragraphs."""
        rows = self._db.execute(
            "SELECT d.symbol, p.label, m.opening, m.strength, m.directed, m.addressees, m.sessions, m.dates, "
            "m.start, m.stop "
            "FROM mandate m JOIN paragraph p ON p.id = m.paragraph JOIN document d ON d.id = p.document "
            "WHERE d.language = ? AND (? IS NULL OR d.symbol = ?) ORDER BY d.symbol, p.position, m.position",
            (str(language), str(symbol) if symbol else None, str(symbol) if symbol else None),
        ).fetchall()
        return [
            (
                Symbol(row[0]),
                ParagraphId(row[1]),
                Mandate(
                    opening=row[2],
                    strength=row[3],
                    directed=bool(row[4]),
                    addressees=tuple(json.loads(row[5])),
                    sessions=tuple(json.loads(row[6])),
                    dates=tuple(date.fromisoformat(d) for d in json.loads(row[7])),
                    start=row[8],
                    end=row[9],
                ),
            )
            for row in rows
        ]

    def search(self, tokens: Sequence[str], language: Language, limit: int) -> list[tuple[int, float]]:
        """Paragraph rows by BM25 of their chunks in a language, best first; scores are positive, the best chunk's."""
        wanted = list(dict.fromkeys(t.replace('"', "") for t in tokens if t.strip('"')))
        if not wanted:
            return []
        query = " OR ".join(f'"{t}"' for t in wanted)
        rows = self._db.execute(
            f"SELECT c.paragraph, -bm25(lexical_{language}) AS score FROM lexical_{language} "
            f"JOIN chunk c ON c.id = lexical_{language}.rowid WHERE lexical_{language} MATCH ? "
            "ORDER BY score DESC LIMIT ?",
            (query, limit),
        ).fetchall()
        best: dict[int, float] = {}
        for paragraph, score in rows:
            best.setdefault(paragraph, score)
        return list(best.items())

    def frequency(self, phrases: tuple[tuple[str, ...], ...], language: Language) -> int:
        """How many chunks in a language hold one of the phrases, each the tokens of one after another."""
        quoted = [" ".join(t.replace('"', "") for t in phrase) for phrase in phrases]
        query = " OR ".join(f'"{q}"' for q in quoted if q.strip())
        if not query:
            return 0
        row = self._db.execute(
            f"SELECT count(*) FROM lexical_{language} WHERE lexical_{language} MATCH ?", (query,)
        ).fetchone()
        return int(row[0])

    def count_chunks_in(self, language: Language) -> int:
        """How many chunks are indexed in a language."""
        return int(self._db.execute(f"SELECT count(*) FROM lexical_{language}").fetchone()[0])

    def vectors(self) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str], NDArray[np.float32]]:
        """All chunks: ids, paragraph rows, languages, and vectors (chunks x dimensions), in the order of ids."""
        rows = self._db.execute(
            "SELECT c.id, c.paragraph, d.language, c.vector FROM chunk c JOIN paragraph p ON p.id = c.paragraph "
            "JOIN document d ON d.id = p.document ORDER BY c.id"
        ).fetchall()
        ids = np.array([r[0] for r in rows], dtype=np.int64)
        paragraphs = np.array([r[1] for r in rows], dtype=np.int64)
        if not rows:
            return ids, paragraphs, [], np.zeros((0, 0), dtype=np.float32)
        matrix = np.frombuffer(b"".join(r[3] for r in rows), dtype=np.float16).reshape(len(rows), -1)
        return ids, paragraphs, [r[2] for r in rows], matrix.astype(np.float32)

    def vector_batches(self, size: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.str_], NDArray[np.float32]]]:
        """Ids, languages and vectors (rows x dimensions) of all chunks in the order of ids, ``size`` at a time."""
        rows = self._db.execute(
            "SELECT c.id, d.language, c.vector FROM chunk c JOIN paragraph p ON p.id = c.paragraph "
            "JOIN document d ON d.id = p.document ORDER BY c.id"
        )
        while batch := list(islice(rows, size)):
            ids, languages, vectors = zip(*batch, strict=True)
            matrix = np.frombuffer(b"".join(vectors), dtype=np.float16).reshape(len(batch), -1)
            yield np.array(ids, dtype=np.int64), np.array(languages), matrix.astype(np.float32)

    def chunk_rows(self, ids: Sequence[int], language: Language) -> dict[int, int]:
        """The paragraph row of each chunk in a language; ids of chunks that are gone or in another are left out."""
        marks = ",".join("?" * len(ids))
        return dict(
            self._db.execute(
                "SELECT c.id, c.paragraph FROM chunk c JOIN paragraph p ON p.id = c.paragraph "
                f"JOIN document d ON d.id = p.document WHERE d.language = ? AND c.id IN ({marks})",
                [str(language), *ids],
            ).fetchall()
        )

    def count_paragraphs(self, document: int) -> int:
        """How many paragraphs a document has, by the id of its record."""
        return int(self._db.execute("SELECT count(*) FROM paragraph WHERE document = ?", (document,)).fetchone()[0])

    def issues(self, document: int) -> tuple[Issue, ...]:
        """What the parser doubted of a document, by the id of its record."""
        row = self._db.execute("SELECT issues FROM document WHERE id = ?", (document,)).fetchone()
        return tuple(Issue(**i) for i in json.loads(row[0])) if row else ()

    def texts_with(self, needle: str) -> list[tuple[int, str]]:
        """Paragraph rows and texts (footnotes included) that hold a string, as it is written."""
        pattern = "%" + needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found: list[tuple[int, str]] = self._db.execute(
            "SELECT id, text || ' ' || footnotes FROM paragraph WHERE text || ' ' || footnotes LIKE ? ESCAPE '\\'",
            (pattern,),
        ).fetchall()
        return found

    def _ids(self, query: str, values: tuple[Any, ...]) -> list[int]:
        return [row[0] for row in self._db.execute(query, values)]


def _lexical_tokens(chunk: Chunk, language: Language) -> str:
    return " ".join(index_tokens(chunk.indexed_text, language))


def _stored_vector(vector: NDArray[np.float32]) -> bytes:
    return vector.astype(np.float16).tobytes()


_DOCUMENT_COLUMNS = ", ".join(
    (
        *("id", "symbol", "language", "kind", "official", "title", "body", "session", "agenda_item"),
        *("adopted_on", "circulated_on", "meeting", "path", "sha256"),
    )
)
_PARAGRAPH_COLUMNS = "p.label, p.kind, p.text, p.headings, p.footnotes, p.within, p.spans"
_STORED_COLUMNS = f"d.symbol, d.language, d.official, p.id, {_PARAGRAPH_COLUMNS}"


def _record(row: Sequence[Any]) -> DocumentRecord:
    return DocumentRecord(
        id=row[0],
        symbol=Symbol(row[1]),
        language=Language(row[2]),
        kind=DocumentKind(row[3]),
        official=bool(row[4]),
        masthead=Masthead(
            title=row[5],
            body=row[6],
            session=row[7],
            agenda_item=row[8],
            adopted_on=date.fromisoformat(row[9]) if row[9] else None,
            circulated_on=date.fromisoformat(row[10]) if row[10] else None,
            meeting=row[11],
        ),
        path=row[12],
        sha256=row[13],
    )


def _paragraph(row: Sequence[Any]) -> Paragraph:
    return Paragraph(
        id=ParagraphId(row[0]),
        kind=ParagraphKind(row[1]),
        text=row[2],
        headings=tuple(json.loads(row[3])),
        footnotes=tuple(Footnote(**n) for n in json.loads(row[4])),
        within=bool(row[5]),
        spans=tuple(SourceSpan(a, b) for a, b in json.loads(row[6])),
    )


def _stored(row: Sequence[Any]) -> StoredParagraph:
    return StoredParagraph(Symbol(row[0]), Language(row[1]), bool(row[2]), _paragraph(row[4:]), row[3])


def _vote(text: str | None) -> RecordedVote | None:
    if not text:
        return None
    fields: dict[str, Any] = json.loads(text)
    lists = {k: tuple(v) for k, v in fields.items() if isinstance(v, list)}
    return RecordedVote(**(fields | lists))
