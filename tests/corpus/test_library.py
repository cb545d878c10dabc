"""The library: one document is one transaction, one writer at a time, and what goes in comes out as it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from corpus.document import Document, DocumentKind, Masthead, Paragraph, ParagraphId, ParagraphKind
from corpus.encoder import Encoder
from corpus.errors import IndexMismatch, LibraryError, LibraryInUse
from corpus.language import Language
from corpus.lexical import index_tokens
from corpus.library import FILE_NAME, SCHEMA_VERSION, Derived, DocumentRecord, Extent, Library
from corpus.symbol import Symbol
from ingest.chunk import CHUNKER, chunks_of
from ingest.mandates import mandates_of
from ingest.parse import Parsed
from tests.conftest import FILES
from tests.encoders import HashEncoder

NAMES = [f"{p.parent.name}/{p.name}" for p in FILES]
RESOLUTION = Symbol("A/HRC/RES/99/1")
OTHER = Symbol("A/HRC/RES/99/2")
AT = "2026-01-01T00:00:00+00:00"


def resolution(*texts: str, symbol: Symbol = RESOLUTION, language: Language = Language.EN) -> Document:
    """A resolution whose operative paragraphs have the given texts."""
    paragraphs = (
        Paragraph(ParagraphId(str(number)), ParagraphKind.OPERATIVE, text) for number, text in enumerate(texts, start=1)
    )
    return Document(symbol, language, DocumentKind.RESOLUTION, True, Masthead("Title"), tuple(paragraphs))


def no_index(ids: list[int]) -> None:
    """An index that takes every chunk and keeps none."""


def put(
    library: Library, document: Document, index: Callable[[list[int]], None] = no_index, path: str = "/documents/one.md"
) -> list[int]:
    """Store a document as ingest does; the ids of the chunks that are gone."""
    chunks = chunks_of(document)
    vectors = HashEncoder().encode_passages([c.indexed_text for c in chunks])
    return library.put(document, chunks, vectors, mandates_of(document), path, "0" * 64, AT, index)


def contents(library: Library) -> dict[str, int]:
    """The rows of every table that holds documents."""
    tables = ("document", "paragraph", "chunk", "mandate", *(f"lexical_{each}" for each in Language))
    with closing(sqlite3.connect(library.path)) as reader:
        return {name: reader.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library(tmp_path / "home")
    yield opened
    opened.close()


# The encoder of these tests is one like any other.


def test_the_encoder_of_the_tests_satisfies_the_protocol() -> None:
    encoder: Encoder = HashEncoder()
    texts = ["Requests a report", "requests a REPORT;", "请提交报告", " "]
    rows = encoder.encode_passages(texts)
    assert rows.shape == (4, encoder.dimensions)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 1, 1, 0], atol=1e-6)
    assert np.allclose(rows[0], rows[1])
    assert np.array_equal(rows, HashEncoder().encode_queries(texts))


# Writing.


def test_a_document_is_put_replaced_and_removed(library: Library) -> None:
    empty = contents(library)
    first = resolution("Requests the Secretary-General to report;", "Urges States to cooperate;")
    assert put(library, first) == []
    assert library.document(RESOLUTION, Language.EN) == first
    held = contents(library)
    assert held == empty | {"document": 1, "paragraph": 2, "chunk": 2, "mandate": 2, "lexical_en": 2}

    second = resolution("Decides to remain seized of the matter.")
    assert put(library, second) == [1, 2]
    assert library.document(RESOLUTION, Language.EN) == second
    assert library.count_documents() == library.count_chunks() == 1

    assert library.remove(RESOLUTION, Language.EN) == [3]
    assert library.document(RESOLUTION, Language.EN) is None
    assert contents(library) == empty
    assert library.remove(RESOLUTION, Language.EN) == []


def test_language_versions_stand_side_by_side(library: Library) -> None:
    texts = {Language.EN: "Urges States;", Language.FR: "Exhorte les États ;", Language.ZH: "敦促各国；"}
    for language, text in texts.items():
        assert put(library, resolution(text, language=language)) == []
    assert [record.language for record in library.versions(RESOLUTION)] == list(texts)
    library.remove(RESOLUTION, Language.FR)
    assert [record.language for record in library.documents()] == [Language.EN, Language.ZH]


def test_the_index_is_given_the_ids_that_the_library_then_holds(library: Library) -> None:
    given: list[int] = []
    put(library, resolution("Requests a report;", "Urges States;"), given.extend)
    ids, rows, languages, matrix = library.vectors()
    assert given == list(ids)
    assert library.chunk_rows([*given, 999], Language.EN) == dict(zip(given, rows, strict=True))
    assert library.chunk_rows(given, Language.FR) == {}
    assert languages == ["en", "en"]
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-2)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("before", [(), ("Urges States to cooperate;",)], ids=["new", "replaced"])
def test_an_index_that_raises_leaves_nothing_behind(
    library: Library, before: tuple[str, ...], error: type[BaseException]
) -> None:
    if before:
        put(library, resolution(*before))
    held = contents(library)

    def failing(ids: list[int]) -> None:
        raise error("the index is broken")

    with pytest.raises(error, match="the index is broken"):
        put(library, resolution("Requests a report;", "Invites States;"), failing)
    assert contents(library) == held
    assert library.document(RESOLUTION, Language.EN) == (resolution(*before) if before else None)
    assert library.search(["invit"], Language.EN, 10) == []
    put(library, resolution("Invites States;"))
    assert len(library.search(["invit"], Language.EN, 10)) == 1


# One writer at a time.


def test_a_second_writer_in_the_process_is_refused(library: Library) -> None:
    second = Library(library.home)
    with library.writing(), pytest.raises(LibraryInUse, match=r"Another process is writing.*wait"), second.writing():
        pass
    with second.writing():
        pass
    second.close()


HOLDER = """
import sys
from pathlib import Path
from corpus.library import Library
with Library(Path(sys.argv[1])).writing():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_that_writes_is_refused_and_readers_are_not(library: Library) -> None:
    put(library, resolution("Requests a report;"))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(library.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LibraryError, match="Another process is writing") as refused, library.writing():
            pass
        assert str(library.home) in str(refused.value)
        reader = Library(library.home)
        assert reader.count_documents() == 1
        reader.close()
        holder.communicate()
    with library.writing():
        pass


def test_the_generation_changes_when_another_handle_writes(library: Library) -> None:
    other = Library(library.home)
    before = library.generation()
    assert library.generation() == before
    put(other, resolution("Requests a report;"))
    added = library.generation()
    other.remove(RESOLUTION, Language.EN)
    assert len({before, added, library.generation()}) == 3
    other.close()


# What cannot be opened.


def with_schema(home: Path, version: int) -> None:
    Library(home).close()
    with closing(sqlite3.connect(home / FILE_NAME, isolation_level=None)) as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(version),))


def test_a_library_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with_schema(tmp_path, SCHEMA_VERSION + 41)
    with pytest.raises(LibraryError, match=f"schema {SCHEMA_VERSION + 41}, this one knows {SCHEMA_VERSION}.*update"):
        Library(tmp_path)


def filled(home: Path) -> Path:
    """The file of a library of some pages."""
    made = Library(home)
    put(made, resolution(*(f"Requests report {n} on the matter of paragraph {n};" for n in range(300))))
    made.close()
    return home / FILE_NAME


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"no database " * 500, id="other bytes"),
        pytest.param(lambda data: b"\x00" * 100 + data[100:], id="head gone"),
        pytest.param(lambda data: data[: len(data) // 2], id="cut in half"),
        pytest.param(lambda data: data[:5000], id="cut behind the first page"),
        pytest.param(lambda data: data[:50], id="cut in the head"),
        pytest.param(lambda data: data[:4096] + b"\xff" * (len(data) - 4096), id="all but the first page gone"),
    ],
)
def test_a_damaged_library_is_refused_with_a_remedy(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(LibraryError, match=r"damaged.*move it away and run nmirf ingest") as refused:
        Library(tmp_path)
    assert str(path) in str(refused.value)


def test_damage_that_is_met_while_reading_is_an_error_of_the_library(tmp_path: Path) -> None:
    path = filled(tmp_path)
    data = path.read_bytes()
    page = int.from_bytes(data[16:18], "big")
    with closing(sqlite3.connect(path)) as db:
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'paragraph'").fetchone()[0]
    path.write_bytes(data[: page * (root - 1)] + b"\xff" * page + data[page * root :])
    opened = Library(tmp_path)
    try:
        with pytest.raises(LibraryError, match="damaged"):
            opened.document(RESOLUTION, Language.EN)
    finally:
        opened.close()


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(LibraryError, match="not a library of this program; name another NMIRF_HOME"):
        Library(tmp_path)


@pytest.mark.parametrize("below", ["file", "file/home", "file/some/home"])
def test_a_home_that_is_no_folder_is_refused(below: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LibraryError, match=r"NMIRF_HOME .* cannot be used .*name another folder") as refused:
        Library(tmp_path / below)
    assert str(tmp_path / below) in str(refused.value)


def test_a_lock_that_cannot_be_taken_is_an_error_of_the_library(library: Library) -> None:
    (library.home / "writer.lock").unlink()
    (library.home / "writer.lock").mkdir()
    with pytest.raises(LibraryError), library.writing():
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is refused to root")
def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    Library(tmp_path / "home").close()
    (tmp_path / "home").chmod(0o500)
    try:
        with pytest.raises(LibraryError, match=r"writable|name another folder"), Library(tmp_path / "home").writing():
            pass
    finally:
        (tmp_path / "home").chmod(0o700)


# Which encoder made the index.


DIMENSIONS = HashEncoder().dimensions


def test_another_encoder_than_the_one_that_made_the_index_is_refused(library: Library) -> None:
    library.record_makers("one", DIMENSIONS, CHUNKER)
    library.record_makers("two", DIMENSIONS, CHUNKER)  # an empty library takes any
    put(library, resolution("Requests a report;"))
    library.record_makers("two", DIMENSIONS, CHUNKER)
    library.check_makers("two", DIMENSIONS)
    for refuse in (
        lambda: library.record_makers("three", DIMENSIONS, CHUNKER),
        lambda: library.check_makers("three", DIMENSIONS),
    ):
        with pytest.raises(IndexMismatch):
            refuse()
    assert (library.meta("encoder"), library.meta("chunker")) == ("two", CHUNKER)
    library.remove(RESOLUTION, Language.EN)
    library.record_makers("three", DIMENSIONS * 2, CHUNKER)
    assert library.meta("encoder") == "three"


MISMATCHES = [
    (
        ("one", DIMENSIONS, CHUNKER),
        ("sentence-transformers:two", DIMENSIONS, CHUNKER),
        "was made with the encoder one, but sentence-transformers:two is in use; run nmirf ingest --rebuild to encode "
        "the documents anew, or set NMIRF_ENCODER back.",
    ),
    (
        ("embedded:aaa", DIMENSIONS, CHUNKER),
        ("embedded:bbb", DIMENSIONS * 2, CHUNKER),
        "was made with the encoder embedded:aaa, but embedded:bbb is in use); run nmirf ingest --rebuild to encode "
        "the documents anew.",
    ),
    (
        ("one", DIMENSIONS, CHUNKER),
        ("one", DIMENSIONS * 2, CHUNKER),
        f"was made with vectors of {DIMENSIONS} dimensions, but the encoder one now gives {DIMENSIONS * 2}; "
        "run nmirf ingest --rebuild to encode the documents anew.",
    ),
    (
        ("one", DIMENSIONS, CHUNKER),
        ("one", DIMENSIONS, "lines"),
        f"was made with the chunker {CHUNKER}, but lines is in use, as after an update of the program; "
        "run nmirf ingest --rebuild to make it anew.",
    ),
]


@pytest.mark.parametrize(("made", "used", "said"), MISMATCHES, ids=["encoder", "shipped", "dimensions", "chunker"])
def test_a_mismatch_names_both_makers_and_the_remedy(
    made: tuple[str, int, str], used: tuple[str, int, str], said: str, library: Library
) -> None:
    library.record_makers(*made)
    put(library, resolution("Requests a report;"))
    with pytest.raises(IndexMismatch) as refused:
        library.record_makers(*used)
    assert str(refused.value).endswith(said)
    assert str(library.home) in str(refused.value)
    library.record_makers(*made)
    if made[:2] != used[:2]:
        with pytest.raises(IndexMismatch) as refused:
            library.check_makers(*used[:2])
        assert str(refused.value).endswith(said)


# The index made anew beside the one in use.


def staged(library: Library, record: DocumentRecord, encoder: HashEncoder) -> tuple[DocumentRecord, Derived]:
    """What an encoder makes of a document that is held."""
    document = library.document(record.symbol, record.language)
    assert document is not None
    chunks = chunks_of(document)
    return record, Derived(chunks, encoder.encode_passages([c.indexed_text for c in chunks]), mandates_of(document))


def stage(library: Library, encoder: HashEncoder, limit: int | None = None) -> Extent:
    """Stage documents in the order in which they wait; how much was staged before."""
    before = library.begin_stage(encoder.name, encoder.dimensions, CHUNKER)
    for record in library.unstaged()[:limit]:
        library.stage([staged(library, record, encoder)])
    return before


def waiting(library: Library) -> list[tuple[Symbol, Language]]:
    return [(record.symbol, record.language) for record in library.unstaged()]


@pytest.fixture
def three(library: Library) -> Library:
    """A library of three documents, encoded by the encoder of these tests."""
    library.record_makers(HashEncoder().name, DIMENSIONS, CHUNKER)
    put(library, resolution("Requests the Secretary-General to report;", "Urges States to cooperate;"))
    put(library, resolution("Prie le Secrétaire général de faire rapport ;", language=Language.FR))
    put(library, resolution("Invites States;", symbol=OTHER))
    return library


WIDER = HashEncoder(48)


def seen(library: Library) -> tuple[object, ...]:
    """What a reader in another process sees of the index."""
    reader = Library(library.home)
    ids, _, languages, matrix = reader.vectors()
    found = [reader.search(index_tokens("report States rapport", each), each, 10) for each in Language]
    states = (reader.meta("encoder"), reader.index_id(), reader.generation())
    mandates = [reader.mandates(language) for language in Language]
    reader.close()
    return states, ids.tolist(), languages, matrix.tolist(), found, mandates


def test_what_is_staged_is_not_seen_until_it_takes_the_place_of_the_index(three: Library) -> None:
    before, held = seen(three), contents(three)
    assert stage(three, WIDER, limit=2) == Extent(0, 0)
    assert seen(three) == before
    assert contents(three) == held
    assert stage(three, WIDER) == Extent(2, 3)
    assert seen(three) == before
    generation, old = three.generation(), three.index_id()
    three.replace_index()
    assert three.generation() != generation
    assert three.index_id() != old
    assert contents(three) == held
    assert (three.meta("encoder"), three.meta("chunker")) == (WIDER.name, CHUNKER)
    three.check_makers(WIDER.name, 48)
    with pytest.raises(IndexMismatch):
        three.check_makers(HashEncoder().name, DIMENSIONS)
    assert three.extent() == Extent(3, 4)
    assert stage(three, WIDER, limit=0) == Extent(0, 0)  # nothing is left of the stage


def test_the_new_index_is_as_if_the_documents_had_been_put_with_the_new_encoder(three: Library) -> None:
    stage(three, WIDER)
    old, rows, *_ = three.vectors()
    three.replace_index()
    ids, new_rows, languages, matrix = three.vectors()
    assert not set(ids) & set(old)
    assert new_rows.tolist() == rows.tolist()
    assert languages == ["en", "en", "fr", "en"]
    for record in three.documents():
        _, made = staged(three, record, WIDER)
        paragraphs = three.all_paragraphs(record.symbol, record.language)
        for stored, chunk, vector in zip(paragraphs, made.chunks, made.vectors, strict=True):
            assert chunk.label == str(stored.paragraph.id)
            (position,) = np.flatnonzero(new_rows == stored.row)
            assert np.allclose(matrix[position], vector, atol=1e-3)
            tokens = index_tokens(stored.paragraph.text, record.language)
            assert stored.row in dict(three.search(tokens, record.language, 10))
    assert [str(label) for _, label, _ in three.mandates(Language.EN, RESOLUTION)] == ["1", "2"]


def test_an_index_that_is_not_whole_takes_no_place(three: Library) -> None:
    before = seen(three)
    with pytest.raises(LibraryError, match=r"not whole yet; run nmirf ingest --rebuild to go on with it\.$"):
        three.replace_index()  # nothing was begun
    stage(three, WIDER, limit=2)
    with pytest.raises(LibraryError, match="not whole yet"):
        three.replace_index()
    assert seen(three) == before
    assert stage(three, WIDER) == Extent(2, 3)


@pytest.mark.parametrize(
    ("name", "dimensions", "chunker"),
    [("another", 48, CHUNKER), (WIDER.name, 64, CHUNKER), (WIDER.name, 48, "lines")],
    ids=["encoder", "dimensions", "chunker"],
)
def test_what_other_makers_have_staged_is_dropped(name: str, dimensions: int, chunker: str, three: Library) -> None:
    stage(three, WIDER, limit=2)
    assert three.begin_stage(name, dimensions, chunker) == Extent(0, 0)
    assert len(three.unstaged()) == 3
    assert stage(three, WIDER) == Extent(0, 0)


def test_a_document_that_is_replaced_added_or_removed_is_staged_as_it_is_now(three: Library) -> None:
    stage(three, WIDER)
    put(three, resolution("Calls upon States;", "Decides to remain seized of the matter.", symbol=OTHER))
    three.remove(RESOLUTION, Language.FR)
    put(three, resolution("敦促各国；", language=Language.ZH))
    assert waiting(three) == [(OTHER, Language.EN), (RESOLUTION, Language.ZH)]
    with pytest.raises(LibraryError, match="not whole yet"):
        three.replace_index()
    assert stage(three, WIDER) == Extent(1, 2)
    three.replace_index()
    assert contents(three) | {"mandate": 0} == {
        "document": 3,
        "paragraph": 5,
        "chunk": 5,
        "mandate": 0,
        **{f"lexical_{each}": {"en": 4, "zh": 1}.get(each, 0) for each in Language},
    }


def test_a_batch_that_fails_is_not_staged_at_all(three: Library) -> None:
    three.begin_stage(WIDER.name, 48, CHUNKER)
    batch = [staged(three, record, WIDER) for record in three.unstaged()]
    short = Derived(batch[-1][1].chunks, np.zeros((0, 48), dtype=np.float32), {})
    with pytest.raises(ValueError, match="shorter"):
        three.stage([*batch[:-1], (batch[-1][0], short)])
    assert stage(three, WIDER, limit=0) == Extent(0, 0)


def test_the_new_index_takes_its_place_wholly_or_not_at_all(three: Library) -> None:
    """The last statement of the replacement is refused."""
    stage(three, WIDER)
    with closing(sqlite3.connect(three.path, isolation_level=None)) as db:
        db.execute("CREATE TRIGGER refuse BEFORE DELETE ON staged_mandate BEGIN SELECT RAISE(ABORT, 'refused'); END")
    before = seen(three)
    with pytest.raises(sqlite3.IntegrityError, match="refused"):
        three.replace_index()
    assert seen(three) == before
    with closing(sqlite3.connect(three.path, isolation_level=None)) as db:
        db.execute("DROP TRIGGER refuse")
    three.replace_index()
    three.check_makers(WIDER.name, 48)


def test_an_empty_library_has_an_empty_index_made(library: Library) -> None:
    assert stage(library, WIDER) == Extent(0, 0)
    library.replace_index()
    assert library.meta("encoder") == WIDER.name


def as_of_schema_1(library: Library) -> None:
    with closing(sqlite3.connect(library.path, isolation_level=None)) as db:
        for table in ("staged_document", "staged_chunk", "staged_mandate"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DELETE FROM meta WHERE key IN ('generation', 'index')")
        db.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")


def test_a_library_of_schema_1_loses_nothing_and_can_be_made_anew(three: Library) -> None:
    (_, *before), held = seen(three), contents(three)
    documents = [three.document(r.symbol, r.language) for r in three.documents()]
    as_of_schema_1(three)
    for _ in range(2):
        opened = Library(three.home)
        assert opened.meta("schema") == str(SCHEMA_VERSION) == "2"
        assert [opened.document(r.symbol, r.language) for r in opened.documents()] == documents
        opened.check_makers(HashEncoder().name, DIMENSIONS)
        opened.close()
    assert list(seen(three)[1:]) == before
    assert contents(three) == held
    generation = three.generation()
    put(three, resolution("Urges States;", symbol=OTHER))
    assert three.generation() != generation
    stage(three, WIDER)
    three.replace_index()
    three.check_makers(WIDER.name, 48)


# Reading.

# A paragraph a language about peat bogs, and a question for it in other forms of its words.
PLANTED = [
    (Language.AR, "يشجع الدول على صون أراضي الخث الرطبة؛", "أراضي الخث"),
    (Language.EN, "Encourages States to conserve their peat bogs;", "peat bog conservation"),
    (Language.ES, "Alienta a los Estados a conservar sus turberas;", "turbera"),
    (Language.FR, "Encourage les États à conserver leurs tourbières ;", "TOURBIERE"),
    (Language.RU, "призывает государства сохранять торфяные болота;", "торфяных болот"),
    (Language.ZH, "鼓励各国保护泥炭沼泽；", "泥炭沼泽"),
]
OTHERS = {
    Language.AR: "يقرر إبقاء المسألة قيد نظره.",
    Language.EN: "Decides to remain seized of the matter.",
    Language.ES: "Decide seguir ocupándose de la cuestión.",
    Language.FR: "Décide de rester saisi de la question.",
    Language.RU: "постановляет продолжать заниматься этим вопросом.",
    Language.ZH: "决定继续处理此案。",
}


@pytest.mark.parametrize(("language", "planted", "question"), PLANTED, ids=[str(row[0]) for row in PLANTED])
def test_a_planted_paragraph_is_found_in_its_language(
    language: Language, planted: str, question: str, library: Library
) -> None:
    for each, text, _ in PLANTED:
        put(library, resolution(OTHERS[each], text, OTHERS[each], language=each))
    found = library.search(index_tokens(question, language), language, 10)
    stored = library.paragraphs(row for row, _ in found)
    assert stored[found[0][0]].paragraph.text == planted
    assert {s.language for s in stored.values()} == {language}
    assert found[0][1] > 0
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


@pytest.mark.parametrize(
    "tokens", [[], [""], ['"'], ["*"], ["NEAR"], ["a OR b"], ["(", ")"], ["^"], ["'"], ["泥炭", "-"]]
)
def test_any_token_may_be_searched(tokens: list[str], library: Library) -> None:
    put(library, resolution("Requests a report;"))
    for language in Language:
        assert library.search(tokens, language, 10) == []


@pytest.mark.parametrize(("needle", "found"), [("100%", 1), ("100_", 0), ("1%0", 0), ("\\", 1), ("'", 0)])
def test_a_string_is_looked_for_as_it_is_written(needle: str, found: int, library: Library) -> None:
    put(library, resolution("Requests 100% of it;", "Requests a \\ stroke;", "Requests 1000;"))
    assert len(library.texts_with(needle)) == found


@pytest.fixture(scope="module")
def shipped(parsed: dict[str, Parsed], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    made = Library(tmp_path_factory.mktemp("shipped"))
    for name, each in parsed.items():
        put(made, each.document, path=name)
    yield made
    made.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_document_comes_out_as_it_went_in(name: str, shipped: Library, parsed: dict[str, Parsed]) -> None:
    document = parsed[name].document
    assert shipped.document(document.symbol, document.language) == document
    assert shipped.vote(document.symbol, document.language) == document.vote
    stored = shipped.all_paragraphs(document.symbol, document.language)
    assert tuple(s.paragraph for s in stored) == document.paragraphs
    assert shipped.paragraphs(s.row for s in stored) == {s.row: s for s in stored}
    assert shipped.paragraph(document.symbol, stored[-1].paragraph.id, document.language) == stored[-1]
    mandates = [(label, mandate) for label, listed in mandates_of(document).items() for mandate in listed]
    found = shipped.mandates(document.language, document.symbol)
    assert [(str(paragraph), mandate) for _, paragraph, mandate in found] == mandates
    (record,) = shipped.by_path(name)
    assert (shipped.count_paragraphs(record.id), shipped.issues(record.id)) == (len(stored), document.issues)
    assert (record.symbol, record.language, record.kind) == (document.symbol, document.language, document.kind)
    assert record.masthead == document.masthead


def test_what_is_not_held_is_none(shipped: Library) -> None:
    assert shipped.document(OTHER, Language.EN) is None
    assert shipped.vote(OTHER, Language.EN) is None
    assert shipped.paragraph(Symbol("A/HRC/RES/60/27"), ParagraphId("99"), Language.EN) is None
    assert shipped.versions(OTHER) == shipped.by_path("nowhere.md") == shipped.all_paragraphs(OTHER, Language.EN) == []
