"""An index made anew from the documents held: whenever it is interrupted, the old one is whole, and it goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from corpus.encoder import Encoder
from corpus.errors import IndexMismatch, LibraryError
from corpus.language import Language
from corpus.lexical import index_tokens
from corpus.library import FILE_NAME, Extent, Library
from corpus.symbol import Symbol
from corpus.vectors import FOLDER, ChromaVectors, ExactVectors, open_vectors
from ingest import pipeline as pipeline_module
from ingest.pipeline import BATCH, Pipeline, Status
from tests.conftest import SOURCES
from tests.encoders import HashEncoder

# Ten documents in four languages, of a batch or less each.
NAMES = sorted(
    f"{language}/{name}"
    for language, name in [
        *((language, "A_HRC_RES_36_29.md") for language in ("ar", "en", "fr")),
        *((language, "A_HRC_RES_60_27.md") for language in ("en", "es", "ru")),
        *((language, "A_HRC_RES_54_28.md") for language in ("en", "fr", "ru")),
    ]
)
ADDED = "fr/A_HRC_RES_60_27.md"
QUESTIONS = [(Language.EN, "national mechanisms for reporting"), (Language.FR, "droits de l’homme")]
OLD, NEW = HashEncoder(32), HashEncoder(48)


class Interrupted(HashEncoder):
    """An encoder of which the program is ended when so many texts are encoded."""

    def __init__(self, texts: int) -> None:
        super().__init__(NEW.dimensions)
        self._left = texts

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self._left -= len(texts)
        if self._left < 0:
            raise KeyboardInterrupt
        return super().encode_passages(texts)


class Counting(HashEncoder):
    """An encoder that counts the texts that it is given."""

    def __init__(self) -> None:
        super().__init__(NEW.dimensions)
        self.texts = 0

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += len(texts)
        return super().encode_passages(texts)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for name in (*NAMES, ADDED):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(SOURCES / name, folder / name)
    return folder


def filled(home: Path, sources: Path, encoder: Encoder, names: Sequence[str]) -> Library:
    library = Library(home)
    for name in names:
        assert [r.status for r in Pipeline(library, encoder).ingest([sources / name])] == [Status.ADDED]
    return library


@pytest.fixture(scope="module")
def old_home(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("old")
    filled(home, sources, OLD, NAMES).close()
    return home


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document or two a batch."""
    monkeypatch.setattr(pipeline_module, "BATCH", 40)


@pytest.fixture
def library(old_home: Path, tmp_path: Path) -> Iterator[Library]:
    """Documents encoded by the old encoder. Their files are there only for those tests that name them."""
    shutil.copytree(old_home, tmp_path / "home")
    library = Library(tmp_path / "home")
    yield library
    library.close()


def contents(library: Library) -> dict[str, Any]:
    """All that can be told of an index but the ids of its chunks: rows, and what searches find."""
    place = (
        "JOIN paragraph p ON p.id = c.paragraph JOIN document d ON d.id = p.document "
        "ORDER BY d.symbol, d.language, p.position, c.position"
    )
    of: dict[str, Any] = {}
    with closing(sqlite3.connect(library.home / FILE_NAME)) as reader:
        of["chunks"] = reader.execute(
            f"SELECT d.symbol, d.language, p.label, c.position, c.text, c.tokens, c.vector FROM chunk c {place}"
        ).fetchall()
        of["mandates"] = reader.execute(
            "SELECT d.symbol, d.language, p.label, c.position, opening, strength, directed, addressees, sessions, "
            f"dates, start, stop FROM mandate c {place}"
        ).fetchall()
        for language in Language:
            of[language] = reader.execute(
                "SELECT d.symbol, p.label, c.position, f.tokens "
                f"FROM lexical_{language} f JOIN chunk c ON c.id = f.rowid {place}"
            ).fetchall()
    of["makers"] = library.meta("encoder"), library.meta("chunker")

    def named(found: list[tuple[int, float]]) -> list[tuple[str, float]]:
        stored = library.paragraphs(row for row, _ in found)
        return [(f"{stored[r].symbol} {stored[r].language} {stored[r].paragraph.id}", round(s, 5)) for r, s in found]

    exact = ExactVectors(library)
    for language, question in QUESTIONS:
        of[question] = named(library.search(index_tokens(question, language), language, 20))
        query = (OLD if exact.matrix.shape[1] == OLD.dimensions else NEW).encode_queries([question])[0]
        of[f"{question}, by vectors"] = named(exact.nearest(query, language, 20))
        if not ChromaVectors(library).missing():
            assert ChromaVectors(library).count() == library.count_chunks()
            index = open_vectors(library, exact_limit=0)
            found = [name for name, _ in named(index.nearest(query, language, 3))]
            assert found == [name for name, _ in of[f"{question}, by vectors"][:3]]
    return of


@pytest.fixture(scope="module")
def before(old_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the library holds before anything."""
    home = tmp_path_factory.mktemp("before") / "home"
    shutil.copytree(old_home, home)
    library = Library(home)
    held = contents(library)
    library.close()
    return held


@pytest.fixture(scope="module")
def fresh(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a library holds that was made by the new encoder in the first place."""
    library = filled(tmp_path_factory.mktemp("fresh"), sources, NEW, NAMES)
    held = contents(library)
    library.close()
    return held


def rebuild(library: Library, encoder: Encoder) -> list[Extent]:
    """Make the index anew; what was staged, step by step."""
    pipeline = Pipeline(library, encoder)
    with library.writing():
        steps = list(pipeline.stage())
        pipeline.replace_index()
    return steps


# Whole.


def test_the_new_index_is_that_of_a_fresh_library(
    library: Library, before: dict[str, Any], fresh: dict[str, Any]
) -> None:
    assert contents(library) == before
    steps = rebuild(library, NEW)
    assert steps[0] == Extent(0, 0)
    assert steps[-1] == library.extent()
    assert len(steps) > 5
    assert [s.paragraphs for s in steps] == sorted({s.paragraphs for s in steps})
    assert contents(library) == fresh
    assert not ChromaVectors(library).missing()


def test_the_same_encoder_makes_the_same_index_again(library: Library, before: dict[str, Any]) -> None:
    ids = set(library.vectors()[0])
    assert rebuild(library, OLD)[0] == Extent(0, 0)
    assert contents(library) == before
    assert not ids & set(library.vectors()[0])


def test_damage_of_the_index_is_mended(library: Library, fresh: dict[str, Any], tmp_path: Path) -> None:
    """Chunks lost, the lexical index emptied, the vectors gone: all of it is made anew of the documents."""
    with closing(sqlite3.connect(library.path, isolation_level=None)) as db:
        db.execute("DELETE FROM chunk WHERE id % 3 = 0")
        db.execute("DELETE FROM lexical_en")
        db.execute("DELETE FROM mandate")
    shutil.rmtree(library.home / FOLDER)
    rebuild(library, NEW)
    assert contents(library) == fresh


def test_documents_are_encoded_in_batches_across_them(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_module, "BATCH", BATCH)
    sizes: list[int] = []

    class Batched(HashEncoder):
        def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            sizes.append(len(texts))
            return super().encode_passages(texts)

    documents = len(library.documents())
    rebuild(library, Batched())
    assert sum(sizes) == library.count_chunks()
    assert len(sizes) < documents
    assert all(size >= BATCH for size in sizes[:-1])


def test_an_empty_library_has_nothing_to_encode(tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert rebuild(library, NEW) == [Extent(0, 0)]
    assert library.meta("encoder") == NEW.name
    library.close()


# Interrupted.


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 400), min_size=1, max_size=3))
def test_however_often_it_is_interrupted_the_old_index_is_whole_and_the_new_one_too(
    old_home: Path,
    before: dict[str, Any],
    fresh: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
    stops: list[int],
) -> None:
    home = tmp_path_factory.mktemp("stopped") / "home"
    shutil.copytree(old_home, home)
    opened = Library(home)
    staged = Extent(0, 0)
    for texts in stops:
        stage = Pipeline(opened, Interrupted(texts)).stage()
        assert next(stage) == staged
        try:
            for step in stage:
                staged = step
        except KeyboardInterrupt:
            assert len(opened.unstaged()) == opened.extent().documents - staged.documents > 0
        opened.check_makers(OLD.name, OLD.dimensions)
        assert contents(opened) == before
        assert opened.count_chunks() == len(before["chunks"])
    last = Counting()
    assert rebuild(opened, last)[0] == staged
    # What was staged was not encoded again.
    assert (last.texts == 0) is (staged == opened.extent())
    assert contents(opened) == fresh
    opened.close()


def ended_while_it_is_staged(pipeline: Pipeline, library: Library) -> None:
    stage = pipeline.stage()
    next(stage)
    next(stage)
    stage.close()


def ended_before_the_index_is_replaced(pipeline: Pipeline, library: Library) -> None:
    list(pipeline.stage())


def ended_while_the_index_is_replaced(pipeline: Pipeline, library: Library) -> None:
    list(pipeline.stage())
    with closing(sqlite3.connect(library.path, isolation_level=None)) as db:
        db.execute("CREATE TRIGGER refuse BEFORE DELETE ON staged_mandate BEGIN SELECT RAISE(ABORT, 'refused'); END")
    with pytest.raises(sqlite3.IntegrityError):
        pipeline.replace_index()
    with closing(sqlite3.connect(library.path, isolation_level=None)) as db:
        db.execute("DROP TRIGGER refuse")


def ended_while_vectors_are_indexed(pipeline: Pipeline, library: Library) -> None:
    list(pipeline.stage())

    def end(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.replace_index(end)


def ended_before_vectors_are_indexed(pipeline: Pipeline, library: Library) -> None:
    list(pipeline.stage())
    library.replace_index()


STAGES = [
    (ended_while_it_is_staged, False),
    (ended_before_the_index_is_replaced, False),
    (ended_while_the_index_is_replaced, False),
    (ended_before_vectors_are_indexed, True),
    (ended_while_vectors_are_indexed, True),
]


@pytest.mark.parametrize(("end", "replaced"), STAGES, ids=[end.__name__ for end, _ in STAGES])
@pytest.mark.parametrize("mend", ["rebuild", "ingest"])
def test_at_every_stage_a_reader_sees_one_index_whole(
    end: Any, replaced: bool, mend: str, library: Library, before: dict[str, Any], fresh: dict[str, Any]
) -> None:
    generation = library.generation()
    end(Pipeline(library, NEW), library)
    reader = Library(library.home)
    assert (reader.generation() != generation) is replaced
    assert contents(reader) == (fresh if replaced else before)
    assert ChromaVectors(reader).missing() is replaced
    if replaced:
        with pytest.raises(IndexMismatch, match=f"{NEW.name}, but {OLD.name} is in use"):
            reader.check_makers(OLD.name, OLD.dimensions)
    if mend == "rebuild":
        rebuild(library, NEW)
    elif replaced:
        list(Pipeline(library, NEW).ingest([]))
    else:
        with pytest.raises(IndexMismatch, match="run nmirf ingest --rebuild"):
            list(Pipeline(library, NEW).ingest([]))
        list(Pipeline(library, OLD).ingest([]))  # the old encoder is still welcome
        assert contents(library) == before
        return
    assert contents(reader) == contents(library) == fresh
    assert not ChromaVectors(reader).missing()
    reader.close()


KILLED = """
import sys
from pathlib import Path
import ingest.pipeline
from corpus.library import Library
from tests.encoders import HashEncoder
ingest.pipeline.BATCH = 40
library = Library(Path(sys.argv[1]))
pipeline = ingest.pipeline.Pipeline(library, HashEncoder(48))
def wait(*_):
    print("here", flush=True)
    sys.stdin.read()
with library.writing():
    for done in pipeline.stage():
        if done.documents > int(sys.argv[2]):
            wait()
    pipeline.replace_index(wait)
"""


@pytest.mark.parametrize(("documents", "replaced"), [(0, False), (5, False), (100, True)])
def test_a_process_that_is_killed_leaves_one_index_whole(
    documents: int, replaced: bool, library: Library, before: dict[str, Any], fresh: dict[str, Any]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(library.home), str(documents)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        with pytest.raises(LibraryError, match="Another process is writing"), library.writing():
            pass
        os.kill(process.pid, signal.SIGKILL)
    assert contents(library) == (fresh if replaced else before)
    assert ChromaVectors(library).missing() is replaced
    first, *_ = rebuild(library, NEW)
    assert (first == Extent(0, 0)) is replaced
    assert contents(library) == fresh


# What changes in between.


@dataclass
class Change:
    """Something that is done to a library between an interruption and the next run, and to a fresh one as well."""

    added: tuple[str, ...] = ()
    removed: tuple[tuple[str, Language], ...] = ()
    again: tuple[str, ...] = field(default=())

    def apply(self, library: Library, sources: Path, encoder: Encoder) -> None:
        pipeline = Pipeline(library, encoder)
        for name in self.added:
            assert [r.status for r in pipeline.ingest([sources / name])] == [Status.ADDED]
        for symbol, language in self.removed:
            ChromaVectors(library).remove(library.remove(Symbol(symbol), language))
        for name in self.again:
            assert [r.status for r in pipeline.ingest([sources / name], again=True)] == [Status.REPLACED]


CHANGES = {
    "added": Change(added=(ADDED,)),
    "removed": Change(removed=(("A/HRC/RES/60/27", Language.EN), ("A/HRC/RES/36/29", Language.AR))),
    "replaced": Change(again=(NAMES[0], NAMES[-1])),
    "all three": Change((ADDED,), (("A/HRC/RES/54/28", Language.FR),), (NAMES[0],)),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("texts", [0, 200, 10_000])
def test_what_changes_in_between_is_in_the_new_index(
    texts: int, name: str, library: Library, sources: Path, tmp_path: Path
) -> None:
    stage = Pipeline(library, Interrupted(texts)).stage()
    try:
        list(stage)
    except KeyboardInterrupt:
        assert library.unstaged()
    CHANGES[name].apply(library, sources, OLD)
    rebuild(library, NEW)
    other = filled(tmp_path / "other", sources, NEW, NAMES)
    CHANGES[name].apply(other, sources, NEW)
    assert contents(library) == contents(other)
    other.close()


def test_another_encoder_begins_anew(library: Library, fresh: dict[str, Any]) -> None:
    list(Pipeline(library, HashEncoder(64)).stage())
    assert library.unstaged() == []
    steps = rebuild(library, NEW)
    assert steps[0] == Extent(0, 0)
    assert contents(library) == fresh


def test_an_encoder_of_the_same_name_with_other_vectors_begins_anew(library: Library, fresh: dict[str, Any]) -> None:
    """As when another model lies in the folder that the encoder is named by."""
    other = HashEncoder(64)
    other.name = NEW.name
    list(Pipeline(library, other).stage())
    assert rebuild(library, NEW)[0] == Extent(0, 0)
    assert contents(library) == fresh
    with pytest.raises(IndexMismatch, match=r"vectors of 48 dimensions, but the encoder hash:48 now gives 64"):
        list(Pipeline(library, other).ingest([]))
    rebuild(library, other)
    library.check_makers(other.name, 64)


def test_the_marker_says_which_index_is_whole(library: Library) -> None:
    rebuild(library, NEW)
    marker = json.loads((library.home / FOLDER / "current.json").read_text())
    assert marker["index"] == library.index_id()
    assert sorted(p.name for p in (library.home / FOLDER).iterdir()) == sorted([marker["folder"], "current.json"])
