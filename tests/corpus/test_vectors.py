"""The vector index: a cache of what the library keeps. Exact search is the oracle of its recall."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.document import Document, DocumentKind, Masthead, Paragraph, ParagraphId, ParagraphKind
from corpus.errors import LibraryError
from corpus.language import Language
from corpus.library import Chunk, Derived, DocumentRecord, Library
from corpus.symbol import Symbol
from corpus.vectors import FOLDER, MARKER, ChromaVectors, ExactVectors, open_vectors

DIMENSIONS = 32
AT = "2026-01-01T00:00:00+00:00"


def random_unit(count: int, seed: int) -> NDArray[np.float32]:
    """Rows of length 1, the same on every run, rounded as the library keeps them."""
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSIONS))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def put(
    library: Library,
    language: Language,
    vectors: NDArray[np.float32],
    index: ChromaVectors | None,
    symbol: str = "1",
    killed: bool = False,
) -> tuple[list[int], list[int]]:
    """Store a document of as many paragraphs as vectors; the ids of its chunks, and of those that are gone.

    ``killed`` ends the program between the index and the library.
    """
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
        if killed:
            raise KeyboardInterrupt

    gone = library.put(document, chunks, vectors, {}, f"/documents/{language}/{symbol}.md", "0" * 64, AT, take)
    return new, gone


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library(tmp_path)
    yield opened
    opened.close()


def made(library: Library) -> ChromaVectors:
    """The index of what a library holds, made anew."""
    index = ChromaVectors(library)
    index.rebuild()
    return index


def rows_of(library: Library, ids: list[int], language: Language = Language.EN) -> list[int]:
    rows = library.chunk_rows(ids, language)
    return [rows[i] for i in ids]


def test_what_is_added_is_nearest_to_itself(library: Library) -> None:
    index = made(library)
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
    index = made(library)
    english, french = random_unit(2, seed=2)
    (row_en,) = rows_of(library, put(library, Language.EN, english[None], index)[0])
    (row_fr,) = rows_of(library, put(library, Language.FR, french[None], index)[0], Language.FR)
    for found in (index, ExactVectors(library)):
        assert [row for row, _ in found.nearest(english, Language.EN, 5)] == [row_en]
        assert [row for row, _ in found.nearest(english, Language.FR, 5)] == [row_fr]
        assert [row for row, _ in found.nearest(english, None, 5)] == [row_en, row_fr]
        assert found.nearest(english, Language.ZH, 5) == []


def test_an_empty_library_has_nothing_near(library: Library) -> None:
    query = random_unit(1, seed=3)[0]
    for found in (made(library), ExactVectors(library)):
        assert found.nearest(query, None, 5) == found.nearest(query, Language.EN, 5) == []


def test_a_paragraph_in_parts_counts_once_by_its_best_part(library: Library) -> None:
    index = made(library)
    query, other, *_ = random_unit(2, seed=4)
    document = Document(
        Symbol("A/HRC/RES/99/1"),
        Language.EN,
        DocumentKind.RESOLUTION,
        True,
        Masthead("Title"),
        (Paragraph(ParagraphId("1"), ParagraphKind.OPERATIVE, "Requests a report; and a debate;"),),
    )
    parts = [Chunk("1", n, text, text, 3) for n, text in enumerate(("Requests a report;", "and a debate;"))]
    vectors = np.array([other, query])
    library.put(document, parts, vectors, {}, "/one.md", "0" * 64, AT, lambda ids: index.add(ids, vectors, Language.EN))
    for found in (index, ExactVectors(library)):
        ((_, score),) = found.nearest(query, Language.EN, 5)
        assert score == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("language", [Language.EN, None])
def test_the_index_agrees_with_exact_search(language: Language | None, library: Library) -> None:
    """Recall at 10 of the approximate index over 600 vectors, 60 questions."""
    index = made(library)
    for number, each in enumerate((Language.EN, Language.FR)):
        put(library, each, random_unit(300, seed=5 + number), index)
    exact = ExactVectors(library)
    shares = []
    for query in random_unit(60, seed=7):
        wanted, found = (dict(each.nearest(query, language, 10)) for each in (exact, index))
        assert len(wanted) == len(found) == 10
        shares.append(len(wanted.keys() & found.keys()) / 10)
        assert all(found[row] == pytest.approx(wanted[row], abs=2e-3) for row in wanted.keys() & found.keys())
    assert np.mean(shares) >= 0.95


def test_a_document_that_is_replaced_or_removed_is_not_found_by_its_old_vectors(library: Library) -> None:
    index = made(library)
    old, new = random_unit(10, seed=8), random_unit(4, seed=9)
    put(library, Language.EN, old, index)
    ids, gone = put(library, Language.EN, new, index)
    index.remove(gone)
    assert index.count() == 4
    assert {row for row, _ in index.nearest(old[0], None, 10)} == set(rows_of(library, ids))
    index.remove(library.remove(Symbol("A/HRC/RES/99/1"), Language.EN))
    assert index.count() == 0
    assert index.nearest(new[0], None, 10) == []


def test_adding_again_changes_nothing(library: Library) -> None:
    index = made(library)
    vectors = random_unit(10, seed=10)
    ids, _ = put(library, Language.EN, vectors, index)
    index.add(ids, vectors, Language.EN)
    index.remove([])
    assert index.count() == 10


def test_ids_that_the_library_does_not_know_are_ignored(library: Library) -> None:
    index = made(library)
    vectors = random_unit(6, seed=11)
    ids, _ = put(library, Language.EN, vectors[:3], index)
    index.add([1001, 1002, 1003], vectors[3:], Language.EN)
    assert index.count() == 6
    for vector in vectors:
        assert {row for row, _ in index.nearest(vector, Language.EN, 10)} == set(rows_of(library, ids))


def test_vectors_of_a_document_that_was_not_stored_find_no_other_document(library: Library) -> None:
    """A put that fails behind ``index`` leaves its vectors; the ids that they have are given out again."""
    index = made(library)
    vectors = random_unit(6, seed=12)

    with pytest.raises(KeyboardInterrupt):
        put(library, Language.EN, vectors[:3], index, killed=True)
    assert index.nearest(vectors[0], Language.EN, 5) == []
    put(library, Language.FR, vectors[3:], index)
    assert index.nearest(vectors[0], Language.EN, 5) == []


def test_the_index_survives_the_process_that_made_it(library: Library) -> None:
    vectors = random_unit(5, seed=13)
    ids, _ = put(library, Language.EN, vectors, made(library))
    assert ChromaVectors(library).nearest(vectors[2], None, 1)[0][0] == rows_of(library, ids)[2]


WRITER = """
import sys
from pathlib import Path
from corpus.language import Language
from corpus.library import Library
from corpus.vectors import ChromaVectors
from tests.corpus.test_vectors import put, random_unit
library = Library(Path(sys.argv[1]))
index = ChromaVectors(library)
if sys.argv[2] == "made anew":
    index.rebuild()
put(library, Language.FR, random_unit(4, seed=14)[2:], index)
library.close()
"""


@pytest.mark.parametrize("way", ["added to", "made anew"])
def test_an_index_that_another_process_wrote_is_seen_when_it_is_opened_again(way: str, library: Library) -> None:
    """As a page does, that is open while documents are ingested: the generation changes, it opens its index anew."""
    vectors = random_unit(4, seed=14)
    index = made(library)
    put(library, Language.EN, vectors[:2], index)
    assert len(index.nearest(vectors[2], None, 10)) == 2
    generation = library.generation()
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", WRITER, str(library.home), way], check=True, cwd=root)
    assert library.generation() != generation
    assert len(ExactVectors(library).nearest(vectors[2], None, 10)) == 4
    index = ChromaVectors(library)  # nobody has the other any more
    found = index.nearest(vectors[2], None, 10)
    assert len(found) == 4
    assert found[0][1] == pytest.approx(1.0, abs=1e-3)


# A cache that can be thrown away.


def test_a_search_makes_a_missing_index_anew(library: Library) -> None:
    vectors = random_unit(3, seed=22)
    ids, _ = put(library, Language.EN, vectors, made(library))
    shutil.rmtree(library.home / FOLDER)
    index = open_vectors(library, exact_limit=0)
    assert isinstance(index, ChromaVectors)
    assert index.nearest(vectors[1], None, 1)[0][0] == rows_of(library, ids)[1]


def test_a_deleted_folder_is_made_anew_from_the_library(library: Library) -> None:
    assert ChromaVectors(library).missing()
    index = made(library)
    vectors = {Language.EN: random_unit(20, seed=14), Language.ZH: random_unit(5, seed=15)}
    ids = {each: put(library, each, rows, index)[0] for each, rows in vectors.items()}
    assert not index.missing()

    shutil.rmtree(library.home / FOLDER)
    again = ChromaVectors(library)
    assert again.missing()
    again.rebuild()
    assert not again.missing()
    assert again.count() == 25
    for each, rows in vectors.items():
        wanted = rows_of(library, ids[each], each)
        assert [again.nearest(vector, each, 1)[0][0] for vector in rows] == wanted


def test_a_rebuilt_index_holds_what_the_library_holds_and_takes_more(library: Library) -> None:
    index = made(library)
    vectors = random_unit(8, seed=16)
    put(library, Language.EN, vectors[:4], index)
    index.add([1001], vectors[4:5], Language.EN)
    index.rebuild()
    assert index.count() == 4
    index.rebuild()
    put(library, Language.EN, vectors[5:], index, symbol="2")
    assert index.count() == 7


def test_a_damaged_folder_is_an_error_with_a_remedy_and_is_made_anew(library: Library) -> None:
    vectors = random_unit(3, seed=17)
    put(library, Language.EN, vectors, made(library))
    index = ChromaVectors(library)
    folder = index.folder
    assert folder is not None
    (folder / "chroma.sqlite3").write_bytes(b"no database " * 500)
    with pytest.raises(LibraryError, match=r"cannot be opened .*made anew") as refused:
        index.nearest(vectors[0], Language.EN, 1)
    assert str(folder) in str(refused.value)
    index.rebuild()
    assert index.count() == 3


def stale(library: Library) -> None:
    """Give the index of a library another identity, as a new index that took its place has."""
    library.begin_stage("another", DIMENSIONS, "chunker")
    for record in library.unstaged():
        library.stage([(record, derived(library, record))])
    library.replace_index()


def derived(library: Library, record: DocumentRecord) -> Derived:
    """A chunk a paragraph, with vectors of their own."""
    stored = library.all_paragraphs(record.symbol, record.language)
    chunks = [Chunk(str(s.paragraph.id), 0, s.paragraph.text, s.paragraph.text, 4) for s in stored]
    return Derived(chunks, random_unit(len(chunks), seed=99), {})


def without_marker(library: Library) -> None:
    (library.home / FOLDER / MARKER).unlink()


def with_marker(content: str) -> Callable[[Library], None]:
    def write(library: Library) -> None:
        (library.home / FOLDER / MARKER).write_text(content)

    return write


def with_marker_of_another_folder(library: Library) -> None:
    path = library.home / FOLDER / MARKER
    path.write_text(json.dumps(json.loads(path.read_text()) | {"folder": "gone"}))


def as_made_by_schema_1(library: Library) -> None:
    """A whole index right in the folder, without a marker."""
    index = ChromaVectors(library)
    assert index.folder is not None
    shutil.copytree(index.folder, library.home / FOLDER, dirs_exist_ok=True)
    shutil.rmtree(index.folder)
    without_marker(library)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(stale, id="of an index that is replaced"),
        pytest.param(without_marker, id="not whole"),
        pytest.param(with_marker(""), id="an empty marker"),
        pytest.param(with_marker("[]"), id="a marker of another form"),
        pytest.param(with_marker('{"folder": 1}'), id="a marker without an index"),
        pytest.param(with_marker_of_another_folder, id="a marker of a folder that is gone"),
        pytest.param(as_made_by_schema_1, id="of schema 1"),
    ],
)
def test_an_index_that_is_not_the_librarys_is_missing_and_made_anew_on_opening(
    spoil: Callable[[Library], None], library: Library
) -> None:
    put(library, Language.EN, random_unit(4, seed=23), made(library))
    spoil(library)
    index = ChromaVectors(library)
    assert index.missing()
    with pytest.raises(LibraryError, match=r"is not that of the library; run nmirf ingest to make it anew\.$"):
        index.nearest(random_unit(1, seed=24)[0], None, 1)
    again = open_vectors(library, exact_limit=0)
    assert isinstance(again, ChromaVectors)
    assert not again.missing()
    assert again.count() == library.count_chunks() == 4
    _, rows, _, matrix = library.vectors()
    assert [again.nearest(vector, None, 1)[0][0] for vector in matrix] == rows.tolist()
    # Nothing is left of what was there before.
    assert again.folder is not None
    assert {p.name for p in (library.home / FOLDER).iterdir()} == {MARKER, again.folder.name}


@pytest.mark.parametrize("replaced", [False, True], ids=["same state", "another state"])
def test_an_index_that_was_half_made_is_never_taken_for_a_whole_one(replaced: bool, library: Library) -> None:
    """As when the program is ended between two batches."""
    put(library, Language.EN, random_unit(6, seed=25), made(library))
    if replaced:
        stale(library)

    def ended(count: int) -> None:
        raise KeyboardInterrupt

    index = ChromaVectors(library)
    before = index.folder
    with pytest.raises(KeyboardInterrupt):
        index.rebuild(ended)
    assert len([p for p in (library.home / FOLDER).iterdir() if p.is_dir()]) == 2
    assert ChromaVectors(library).folder == index.folder == before
    assert index.missing() is replaced
    index.rebuild()
    assert index.count() == 6
    assert len([p for p in (library.home / FOLDER).iterdir() if p.is_dir()]) == 1


def test_an_index_that_cannot_be_written_is_an_error_of_the_library(library: Library) -> None:
    (library.home / FOLDER).write_text("no folder")
    index = ChromaVectors(library)
    assert index.missing()
    with pytest.raises(LibraryError, match=r"cannot be written \(.*\); mend that and run nmirf ingest\.$"):
        index.rebuild()


def test_making_an_index_anew_tells_how_far_it_is(library: Library) -> None:
    put(library, Language.EN, random_unit(3, seed=26), None)
    put(library, Language.FR, random_unit(5_200, seed=27), None)
    counts: list[int] = []
    ChromaVectors(library).rebuild(counts.append)
    assert counts == [5_000, 203]


def test_while_another_process_writes_a_search_without_an_index_is_exact(library: Library) -> None:
    put(library, Language.EN, random_unit(3, seed=28), made(library))
    stale(library)
    writer = Library(library.home)
    with writer.writing():
        assert isinstance(open_vectors(library, exact_limit=0), ExactVectors)
    assert isinstance(open_vectors(library, exact_limit=0), ChromaVectors)
    writer.close()


def test_vectors_of_another_length_are_taken_after_a_rebuild(library: Library) -> None:
    """As when another encoder is set: an empty library takes any, and the index of it is made anew."""
    index = made(library)
    put(library, Language.EN, random_unit(3, seed=18), index)
    library.record_makers("one", DIMENSIONS, "chunker")
    index.remove(library.remove(Symbol("A/HRC/RES/99/1"), Language.EN))
    library.record_makers("two", DIMENSIONS * 2, "chunker")
    assert index.missing()
    index.rebuild()
    longer = np.hstack([random_unit(3, seed=19)] * 2) / np.sqrt(2).astype(np.float32)
    put(library, Language.EN, longer, index)
    assert index.count() == 3


@pytest.mark.parametrize(("limit", "kind"), [(3, ExactVectors), (2, ChromaVectors)])
def test_a_small_library_is_searched_exactly(limit: int, kind: type, library: Library) -> None:
    put(library, Language.EN, random_unit(3, seed=20), made(library))
    assert type(open_vectors(library, exact_limit=limit)) is kind


def test_ids_and_batches_stay_within_what_chroma_takes(library: Library) -> None:
    index = made(library)
    vectors = random_unit(5_600, seed=21)  # more than one add may hold
    index.add(range(5_600), vectors, Language.EN)
    assert index.count() == 5_600
    index.remove(list(range(5_600)))
    assert index.count() == 0
