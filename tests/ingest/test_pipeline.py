"""From a folder to the library: incremental, resumable, one report a file, and one bad file stops no other."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from corpus.document import Document, DocumentKind, Masthead, Paragraph, ParagraphId, ParagraphKind
from corpus.errors import IndexMismatch, UnreadableFile
from corpus.language import Language
from corpus.library import FILE_NAME, Library
from corpus.symbol import Symbol
from corpus.tokens import count_tokens
from corpus.vectors import FOLDER, ChromaVectors
from ingest.chunk import MAX_TOKENS, chunks_of
from ingest.mandates import mandates_of
from ingest.parse import Parsed, parse
from ingest.pipeline import FileReport, Pipeline, Status, files_in
from ingest.read.text import text_from
from tests.conftest import FILES, SOURCES
from tests.encoders import HashEncoder

# Four short documents in four languages and forms.
COPIED = ("ar/A_HRC_RES_36_29.md", "en/A_HRC_RES_60_27.md", "fr/A_HRC_RES_60_27.md", "zh/A_HRC_RES_60_27.txt")
ENGLISH = (SOURCES / "en/A_HRC_RES_60_27.md").read_text(encoding="utf-8")
OFFICIAL = ENGLISH.replace("translation: unofficial\ntranslated_from: zh\n", "")
RESOLUTION = Symbol("A/HRC/RES/60/27")


@dataclass
class Desk:
    """A folder of documents, the library that is made of them, and what ingests the one into the other."""

    folder: Path
    library: Library
    pipeline: Pipeline

    def ingest(self, *paths: Path) -> dict[str, FileReport]:
        """The reports by the names of files, below the folder."""
        reports = list(self.pipeline.ingest(paths or (self.folder,)))
        named = {Path(r.path).relative_to(self.folder).as_posix(): r for r in reports}
        assert len(named) == len(reports)
        return named

    def statuses(self, *paths: Path) -> dict[str, Status]:
        return {name: report.status for name, report in self.ingest(*paths).items()}

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def held(self) -> set[str]:
        """What the library holds, as ``symbol language path``."""
        records = self.library.documents()
        return {f"{r.symbol} {r.language} {Path(r.path).relative_to(self.folder).as_posix()}" for r in records}

    def dump(self) -> str:
        """The whole data of the library, as SQL."""
        with closing(sqlite3.connect(self.library.home / FILE_NAME)) as reader:
            return "\n".join(reader.iterdump())

    def indexed(self) -> int:
        """How many vectors are in the index, having checked that the library holds as many."""
        count = ChromaVectors(self.library).count()
        assert count == self.library.count_chunks()
        return count


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "documents"
    folder.mkdir()
    library = Library(tmp_path / "home")
    yield Desk(folder, library, Pipeline(library, HashEncoder()))
    library.close()


@pytest.fixture
def filled(desk: Desk) -> Desk:
    for name in COPIED:
        desk.write(name, (SOURCES / name).read_bytes())
    return desk


# Again and again.


def test_a_folder_is_added_then_unchanged(filled: Desk, parsed: dict[str, Parsed]) -> None:
    first = filled.ingest()
    assert {name: report.status for name, report in first.items()} == dict.fromkeys(COPIED, Status.ADDED)
    for name, report in first.items():
        document = parsed[name].document
        assert filled.library.document(document.symbol, document.language) == document
        assert report == FileReport(
            path=str(filled.folder / name),
            status=Status.ADDED,
            symbol=str(document.symbol),
            language=str(document.language),
            kind=str(document.kind),
            title=document.masthead.title,
            paragraphs=len(document.paragraphs),
            issues=document.issues,
        )
    assert filled.indexed() > 100

    reader = Library(filled.library.home)
    generation, data = reader.generation(), filled.dump()
    assert filled.statuses() == dict.fromkeys(COPIED, Status.UNCHANGED)
    assert filled.dump() == data
    assert reader.generation() == generation
    reader.close()


def test_a_report_says_the_same_of_a_document_when_it_is_unchanged(filled: Desk) -> None:
    def told(report: FileReport) -> tuple[object, ...]:
        return (report.symbol, report.language, report.kind, report.title, report.paragraphs, report.issues)

    first, second = filled.ingest(), filled.ingest()
    assert {name: told(r) for name, r in second.items()} == {name: told(r) for name, r in first.items()}


def test_only_the_file_that_changed_is_replaced(filled: Desk) -> None:
    filled.ingest()
    changed = "fr/A_HRC_RES_60_27.md"
    text = (filled.folder / changed).read_text(encoding="utf-8")
    filled.write(changed, text.replace("Prie le Haut-Commissariat d’établir", "Invite le Haut-Commissariat à établir"))
    assert filled.statuses() == {**dict.fromkeys(COPIED, Status.UNCHANGED), changed: Status.REPLACED}
    stored = filled.library.paragraph(RESOLUTION, ParagraphId("8"), Language.FR)
    assert stored is not None
    assert stored.paragraph.text.startswith("Invite le Haut-Commissariat à établir")
    filled.indexed()
    assert filled.statuses() == dict.fromkeys(COPIED, Status.UNCHANGED)


def test_files_that_have_not_changed_are_read_again_when_asked(filled: Desk) -> None:
    first = filled.ingest()
    again = filled.pipeline.ingest([filled.folder / "en"], again=True)
    assert [r.status for r in again] == [Status.REPLACED]
    assert filled.indexed() == filled.library.count_chunks()
    assert filled.statuses() == dict.fromkeys(first, Status.UNCHANGED)


def test_a_file_that_is_gone_from_its_folder_is_removed(filled: Desk) -> None:
    filled.ingest()
    gone, *kept = COPIED
    (filled.folder / gone).unlink()
    assert filled.statuses(filled.folder / kept[0]) == {kept[0]: Status.UNCHANGED}  # its folder was not asked about
    assert filled.statuses() == {**dict.fromkeys(kept, Status.UNCHANGED), gone: Status.REMOVED}
    assert filled.library.versions(Symbol("A/HRC/RES/36/29")) == []
    filled.indexed()
    assert filled.statuses() == dict.fromkeys(kept, Status.UNCHANGED)


def test_a_file_that_moved_keeps_its_document(filled: Desk) -> None:
    filled.ingest()
    (filled.folder / "en/A_HRC_RES_60_27.md").rename(filled.folder / "moved.md")
    assert filled.statuses()["moved.md"] is Status.REPLACED
    assert "A/HRC/RES/60/27 en moved.md" in filled.held()
    assert len(filled.held()) == len(COPIED)


def test_a_file_that_holds_another_document_now_leaves_none_of_the_old(desk: Desk) -> None:
    desk.write("one.md", ENGLISH)
    desk.ingest()
    desk.write("one.md", ENGLISH.replace("symbol: A/HRC/RES/60/27", "symbol: A/HRC/RES/60/99"))
    assert desk.statuses() == {"one.md": Status.ADDED}
    assert desk.held() == {"A/HRC/RES/60/99 en one.md"}
    desk.indexed()


def test_a_path_means_the_same_file_however_it_is_written(filled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.ingest()
    monkeypatch.chdir(filled.folder)
    ways = [Path("en"), Path("./en/../en/A_HRC_RES_60_27.md"), filled.folder / "en/A_HRC_RES_60_27.md"]
    assert filled.statuses(*ways) == {"en/A_HRC_RES_60_27.md": Status.UNCHANGED}


# What is no document.


def with_symbol(stated: str) -> bytes:
    return ENGLISH.replace("symbol: A/HRC/RES/60/27", f"symbol: {stated}").encode()


UNREADABLE = {
    "empty.md": (b"", Status.FAILED, "empty"),
    "blank.txt": (b" \n\r\n\t", Status.FAILED, "empty"),
    "picture.md": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", Status.FAILED, "binary"),
    "latin-1.md": ("Résolution adoptée".encode("latin-1"), Status.FAILED, "not UTF-8 at byte 1"),
    "utf-16.md": (ENGLISH.encode("utf-16"), Status.FAILED, "binary"),
    "cut.txt": ("人权理事会".encode()[:-1], Status.FAILED, "not UTF-8"),
    "front.md": (b"---\nsymbol: [A/HRC\n---\nRequests a report;\n", Status.FAILED, "front matter"),
    "letter.md": (b"Dear all,\n\nthe meeting of the board is at nine.\n", Status.QUARANTINED, "no symbol"),
    "figures.txt": (b"1 2 3\n4 5 6\n", Status.QUARANTINED, "six official languages"),
    "kana.txt": ("これはこくれんのぶんしょではありません。".encode(), Status.QUARANTINED, "six official languages"),
    "word.md": (with_symbol("hello"), Status.QUARANTINED, "'hello' is not the symbol"),
    "number.md": (with_symbol("60/27"), Status.QUARANTINED, "'60/27' is not the symbol"),
    "series.md": (with_symbol("A/HRC/RES/"), Status.QUARANTINED, "'A/HRC/RES/' is not the symbol"),
    "list.md": (with_symbol("[1, 2]"), Status.QUARANTINED, "'[1, 2]' is not the symbol"),
}


@pytest.fixture(scope="module")
def unreadable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, FileReport]]]:
    """The reports of two runs over a folder of all these and, between and behind them, two documents."""
    home = tmp_path_factory.mktemp("unreadable")
    library = Library(home / "home")
    desk = Desk(home / "documents", library, Pipeline(library, HashEncoder()))
    for name, (content, *_) in UNREADABLE.items():
        desk.write(name, content)
    desk.write("good.md", ENGLISH)
    desk.write("zz.txt", (SOURCES / "zh/A_HRC_RES_60_27.txt").read_bytes())
    yield [desk.ingest(), desk.ingest()]
    library.close()


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_document_is_told_in_a_sentence(name: str, unreadable: list[dict[str, FileReport]]) -> None:
    _, status, reason = UNREADABLE[name]
    report = unreadable[0][name]
    assert report.status is status
    (issue,) = report.issues
    assert issue.code == status
    assert issue.message.startswith(f"{name}: ")
    assert reason in issue.message
    assert issue.message.endswith(".")
    assert "\n" not in issue.message
    assert unreadable[1][name] == report  # and again


def test_a_file_that_is_no_document_stops_no_other(unreadable: list[dict[str, FileReport]]) -> None:
    for reports, status in zip(unreadable, (Status.ADDED, Status.UNCHANGED), strict=True):
        others = {name: r.status for name, r in reports.items() if name not in UNREADABLE}
        assert others == {"good.md": status, "zz.txt": status}


def test_a_quarantined_file_that_was_mended_is_added(desk: Desk) -> None:
    desk.write("one.md", "Dear all, the meeting of the board is at nine.")
    assert desk.statuses() == desk.statuses() == {"one.md": Status.QUARANTINED}
    desk.write("one.md", ENGLISH)
    assert desk.statuses() == {"one.md": Status.ADDED}


def test_what_has_no_reader_is_passed_over_in_folders_and_fails_when_named(desk: Desk) -> None:
    names = ["README.md", ".hidden.md", "LICENSE.txt", "sheet.xyz", "A_HRC_RES_60_27.md"]
    for name in names:
        desk.write(name, ENGLISH)
    assert desk.statuses() == {"A_HRC_RES_60_27.md": Status.ADDED}
    reports = desk.ingest(desk.folder / "sheet.xyz")
    assert reports["sheet.xyz"].status is Status.FAILED
    assert "no reader for .xyz" in reports["sheet.xyz"].issues[0].message


def test_a_missing_path_is_an_error_before_anything_is_written(filled: Desk) -> None:
    with pytest.raises(UnreadableFile, match=r"nowhere: there is no such file or folder; check the path\."):
        list(filled.pipeline.ingest([filled.folder, filled.folder / "nowhere"]))
    assert filled.library.count_documents() == 0
    with pytest.raises(UnreadableFile):
        files_in([Path("nowhere")])


def test_an_empty_folder_gives_nothing(desk: Desk) -> None:
    assert desk.ingest() == {}


# Two files of one document.


def test_the_second_file_of_a_document_is_quarantined(desk: Desk) -> None:
    desk.write("a.md", ENGLISH)
    desk.write("b.md", ENGLISH + "\n")
    reports = desk.ingest()
    assert {name: r.status for name, r in reports.items()} == {"a.md": Status.ADDED, "b.md": Status.QUARANTINED}
    (issue,) = reports["b.md"].issues
    assert issue.message == (
        f"A/HRC/RES/60/27 in en is already held from {desk.folder / 'a.md'}; remove one of the two."
    )
    assert desk.statuses() == {"a.md": Status.UNCHANGED, "b.md": Status.QUARANTINED}


@pytest.mark.parametrize(("removed", "kept"), [("a.md", "b.md"), ("b.md", "a.md")])
def test_when_one_of_two_files_is_removed_the_other_is_held(removed: str, kept: str, desk: Desk) -> None:
    desk.write("a.md", ENGLISH)
    desk.write("b.md", ENGLISH + "\n")
    desk.ingest()
    (desk.folder / removed).unlink()
    desk.ingest()
    assert desk.held() == {f"A/HRC/RES/60/27 en {kept}"}


@pytest.mark.parametrize(("unofficial", "official"), [("a.md", "b.md"), ("b.md", "a.md")])
def test_the_official_text_takes_the_place_of_a_translation(unofficial: str, official: str, desk: Desk) -> None:
    desk.write(unofficial, ENGLISH)
    desk.ingest()
    assert [r.official for r in desk.library.documents()] == [False]
    desk.write(official, OFFICIAL)
    assert desk.statuses()[official] is Status.REPLACED
    for _ in range(2):  # and stays in it
        assert desk.held() == {f"A/HRC/RES/60/27 en {official}"}
        assert [r.official for r in desk.library.documents()] == [True]
        desk.indexed()
        assert desk.statuses() == {official: Status.UNCHANGED, unofficial: Status.QUARANTINED}


def test_two_official_files_are_not_exchanged(desk: Desk) -> None:
    desk.write("a.md", OFFICIAL)
    desk.write("b.md", OFFICIAL + "\n")
    assert desk.statuses() == {"a.md": Status.ADDED, "b.md": Status.QUARANTINED}


# Killed half-way.


def test_a_run_that_was_stopped_is_completed_by_the_next(filled: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        for count, _ in enumerate(filled.pipeline.ingest([filled.folder]), start=1):
            if count == 3:
                raise KeyboardInterrupt
    assert filled.library.count_documents() == 3
    filled.indexed()
    done = dict.fromkeys(COPIED[:3], Status.UNCHANGED)
    assert filled.statuses() == {**done, COPIED[3]: Status.ADDED}
    filled.indexed()


class Stopping(HashEncoder):
    """An encoder during which the program is stopped at the third document."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls += 1
        if self.calls == 3:
            raise KeyboardInterrupt
        return super().encode_passages(texts)


def test_a_run_that_was_stopped_within_a_document_leaves_none_of_it(filled: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        list(Pipeline(filled.library, Stopping()).ingest([filled.folder]))
    assert filled.library.count_documents() == 2
    filled.indexed()
    assert list(filled.statuses().values()) == [Status.UNCHANGED] * 2 + [Status.ADDED] * 2
    assert len(filled.held()) == 4


# The encoder and the index.


def test_another_encoder_is_refused_before_anything_is_read(filled: Desk) -> None:
    filled.ingest()
    data = filled.dump()
    with pytest.raises(IndexMismatch, match="nmirf ingest --rebuild"):
        list(Pipeline(filled.library, HashEncoder(48)).ingest([filled.folder]))
    assert filled.dump() == data


def test_an_emptied_library_is_filled_with_another_encoder(filled: Desk) -> None:
    filled.ingest()
    files = {name: (filled.folder / name).read_bytes() for name in COPIED}
    for name in files:
        (filled.folder / name).unlink()
    assert filled.statuses() == dict.fromkeys(COPIED, Status.REMOVED)
    for name, content in files.items():
        filled.write(name, content)
    reports = list(Pipeline(filled.library, HashEncoder(48)).ingest([filled.folder]))
    assert [r.status for r in reports] == [Status.ADDED] * 4
    filled.indexed()


def test_an_index_that_was_deleted_is_made_anew(filled: Desk) -> None:
    filled.ingest()
    count = filled.indexed()
    shutil.rmtree(filled.library.home / FOLDER)
    again = Pipeline(filled.library, HashEncoder())
    assert [r.status for r in again.ingest([filled.folder])] == [Status.UNCHANGED] * 4
    assert filled.indexed() == count


# Malformed text gives issues, never an exception.

UNUSUAL = {
    "unknown opening": ENGLISH.replace("1. Encourages States", "1. Whereas States"),
    "vote without lists": ENGLISH.replace(
        "[Adopted without a vote.]", "[Adopted by a recorded vote of 31 to 14, with 2 abstentions.]"
    ),
    "link with a bracket": ENGLISH + "\nhttps://undocs.org/en/A/RES/70/1(\n",
    "line of a direction mark": ENGLISH.replace("\nEmphasizing", "\n\u200f\n\nEmphasizing"),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_an_unusual_resolution_is_added(name: str, desk: Desk, parsed: dict[str, Parsed]) -> None:
    desk.write("one.md", UNUSUAL[name])
    assert desk.statuses() == {"one.md": Status.ADDED}
    labels = [s.paragraph.id for s in desk.library.all_paragraphs(RESOLUTION, Language.EN)]
    assert labels == [p.id for p in parsed["en/A_HRC_RES_60_27.md"].document.paragraphs]


TEXTS = {f"{path.parent.name}/{path.name}": path.read_text(encoding="utf-8") for path in FILES}
LINES = sorted({line for text in TEXTS.values() for line in text.split("\n") if line.strip()})


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(TEXTS)),
    st.sets(st.integers(0, 200), max_size=100),
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from(LINES) | st.text(max_size=40)), max_size=12),
)
@example("en/A_HRC_RES_60_27.md", set(), [(24, "\u200f")])
def test_a_document_with_lines_lost_and_strange_is_parsed_or_refused(
    name: str, lost: set[int], strange: list[tuple[int, str]]
) -> None:
    lines = [line for number, line in enumerate(TEXTS[name].split("\n")) if number not in lost]
    for number, line in strange:
        lines.insert(number % (len(lines) + 1), line)
    try:
        source = text_from("\n".join(lines).encode("utf-8", errors="replace"), "any.md")
        result = parse(source, "any.md")
    except UnreadableFile as error:
        assert str(error).startswith("any.md: ")
        return
    assert {line.number for line in source.lines if line.text.strip()} <= result.placed.keys()
    assert_chunks_hold(result.document)
    mandates_of(result.document)


# Chunks.


def unspaced(text: str) -> str:
    return re.sub(r"\s", "", text)


def assert_chunks_hold(document: Document) -> None:
    """Each paragraph that stands by itself is in its own chunks, whole, in order, and no chunk is too long."""
    chunks = chunks_of(document)
    standing = [p for p in document.paragraphs if not p.within]
    assert list(dict.fromkeys(c.label for c in chunks)) == [str(p.id) for p in standing if p.text.strip()]
    for paragraph in standing:
        parts = [c for c in chunks if c.label == str(paragraph.id)]
        assert [c.position for c in parts] == list(range(len(parts)))
        assert unspaced("".join(c.text for c in parts)) == unspaced(paragraph.text)
        for part in parts:
            assert part.text in part.indexed_text
            assert part.tokens == count_tokens(part.text)
            # A sentence that is too long by itself is not cut.
            assert part.tokens <= MAX_TOKENS or not re.search(r"[.;!?؛؟]\s+\S|[。；！？].", part.text.strip())


@pytest.mark.parametrize("name", [f"{p.parent.name}/{p.name}" for p in FILES])
def test_a_shipped_document_is_cut_into_chunks_of_its_paragraphs(name: str, parsed: dict[str, Parsed]) -> None:
    document = parsed[name].document
    assert_chunks_hold(document)
    for one, following in pairwise(chunks_of(document)):
        # A paragraph that fits is whole, and parts are no smaller than they must be.
        assert one.label != following.label or one.tokens + following.tokens > MAX_TOKENS


CLAUSES = [
    "Requests the Secretary-General to report;",
    "requests a report.",
    "请秘书长提交报告；",
    "请秘书长提交报告。",
    "يطلب إلى الأمين العام أن يقدم تقريراً؛",
    "A/HRC/RES/60/27",
    "paras. 3.5",
    "word " * 300,
    "字" * 500,
    "\n",
]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(CLAUSES) | st.text(max_size=20), min_size=1, max_size=60), st.sampled_from(["", " "]))
def test_any_text_is_cut_into_chunks_that_hold_it(clauses: list[str], joint: str) -> None:
    paragraph = Paragraph(ParagraphId("1"), ParagraphKind.OPERATIVE, joint.join(clauses).strip() or "x")
    assert_chunks_hold(
        Document(RESOLUTION, Language.EN, DocumentKind.RESOLUTION, True, Masthead("Title"), (paragraph,))
    )


def test_a_paragraph_without_text_has_no_chunk() -> None:
    paragraph = Paragraph(ParagraphId("1"), ParagraphKind.OPERATIVE, "")
    assert chunks_of(Document(RESOLUTION, Language.EN, DocumentKind.RESOLUTION, True, Masthead(""), (paragraph,))) == []


def test_a_chunk_is_found_by_symbol_headings_and_the_lead_in_of_its_item(parsed: dict[str, Parsed]) -> None:
    chunks = {c.label: c for c in chunks_of(parsed["en/A_72_351.md"].document) if c.position == 0}
    item = next(c for label, c in chunks.items() if label.endswith(")"))
    lead_in = chunks[str(ParagraphId(item.label).parent)]
    assert item.indexed_text.startswith("A/72/351\n")
    assert lead_in.text in item.indexed_text
    assert item.text not in lead_in.text
    resolution = {c.label: c for c in chunks_of(parsed["en/A_HRC_RES_60_27.md"].document)}
    assert resolution["8"].indexed_text.startswith("A/HRC/RES/60/27 60/27\n")
    assert "8(a)" not in resolution  # it runs on within 8
