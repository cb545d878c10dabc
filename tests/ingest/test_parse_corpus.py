"""The thirty shipped files against golden files that were made by reading, not by the parser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from corpus.document import Document
from corpus.language import Language, western_digits
from ingest.clean import clean
from ingest.parse import Parsed
from ingest.read import read
from tests.conftest import FILES, SOURCES

GOLDEN = Path(__file__).parent.parent / "golden"
LABELS: dict[str, list[str]] = json.loads((GOLDEN / "labels.json").read_text(encoding="utf-8"))
NAMES = [f"{p.parent.name}/{p.name}" for p in FILES]


def test_thirty_files_ship() -> None:
    assert len(NAMES) == 30
    assert {n.split("/")[0] for n in NAMES} == {str(language) for language in Language}


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_those_of_the_hand_made_list(name: str, parsed: dict[str, Parsed]) -> None:
    document = parsed[name].document
    assert [str(p.id) for p in document.paragraphs] == LABELS[str(document.symbol)]


@pytest.mark.parametrize("path", sorted((GOLDEN / "zh").glob("*.json")), ids=lambda p: p.stem)
def test_chinese_documents_equal_the_golden_files(path: Path, parsed: dict[str, Parsed]) -> None:
    golden: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    document = parsed[f"zh/{path.stem}.txt"].document
    masthead = document.masthead
    fields = {
        "symbol": str(document.symbol),
        "kind": str(document.kind),
        "title": masthead.title,
        "body": masthead.body,
        "session": masthead.session,
        "agenda_item": masthead.agenda_item,
        "adopted_on": masthead.adopted_on.isoformat() if masthead.adopted_on else None,
        "circulated_on": masthead.circulated_on.isoformat() if masthead.circulated_on else None,
        "meeting": masthead.meeting,
    }
    assert fields == {key: golden[key] for key in fields}
    for paragraph, expected in zip(document.paragraphs, golden["paragraphs"], strict=True):
        found = {
            "paragraph": str(paragraph.id),
            "text": paragraph.text,
            "headings": list(paragraph.headings),
            "footnotes": [{"mark": n.mark, "text": n.text} for n in paragraph.footnotes],
        }
        assert found == {"headings": [], "footnotes": [], **{k: v for k, v in expected.items() if k in found}}
        assert paragraph.within == expected.get("within", False)
    assert [{"mark": n.mark, "text": n.text} for n in document.notes] == golden.get("notes", [])
    if golden["vote"] is None:
        assert document.vote is None
    else:
        assert document.vote is not None
        for key, value in golden["vote"].items():
            held = getattr(document.vote, key)
            assert (list(held) if isinstance(held, tuple) else held) == value


@pytest.mark.parametrize("name", NAMES)
def test_no_source_line_is_lost(name: str, parsed: dict[str, Parsed]) -> None:
    source = read(SOURCES / name)
    lines = {line.number for line in source.lines if line.text.strip()}
    placed = parsed[name].placed
    assert lines <= placed.keys()
    assert placed.keys() - lines <= set(range(1, source.front_matter_lines + 1))


def _letters(text: str) -> str:
    return "".join(c for c in western_digits(text) if c.isalpha())


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_of_a_text_line_stands_in_its_paragraph(name: str, parsed: dict[str, Parsed]) -> None:
    """Lines that were placed in a paragraph are in it whole, but for the marker of an item or a footnote."""
    result = parsed[name]
    texts = {str(p.id): _letters(p.text) for p in result.document.paragraphs}
    for line in clean(read(SOURCES / name)):
        where = result.placed[line.number]
        if where in texts:
            letters = _letters(re.sub(r"<sup>.*?</sup>", "", line.text))
            assert any(letters[skip:] in texts[where] for skip in range(4)), (line.number, where)


def test_every_language_has_the_same_footnotes_and_headings(
    documents: dict[tuple[str, Language], Document],
) -> None:
    for symbol in LABELS:
        shapes = {
            language: [(str(p.id), [n.mark for n in p.footnotes], len(p.headings)) for p in document.paragraphs]
            for (each, language), document in documents.items()
            if each == symbol
        }
        assert len(shapes) == 6
        for language, shape in shapes.items():
            # Only the Chinese file tells the replies of a State from the headings within them by anything but the name.
            assert shape == shapes[Language.EN], (symbol, language)


def test_the_recorded_vote_counts_agree_in_six_languages(
    documents: dict[tuple[str, Language], Document],
) -> None:
    votes = {k: d.vote for k, d in documents.items() if d.vote is not None and not d.vote.without_a_vote}
    assert len(votes) == 6
    for vote in votes.values():
        assert vote is not None
        counts = (vote.in_favour_count, vote.against_count, vote.abstaining_count)
        assert counts == (31, 14, 2)
        assert (len(vote.in_favour), len(vote.against), len(vote.abstaining)) == (31, 14, 2)


@pytest.mark.parametrize("name", NAMES)
def test_masthead_agrees_with_the_chinese_version(
    name: str, parsed: dict[str, Parsed], documents: dict[tuple[str, Language], Document]
) -> None:
    document = parsed[name].document
    chinese = documents[str(document.symbol), Language.ZH].masthead
    masthead = document.masthead
    for field in ("body", "session", "agenda_item", "adopted_on", "meeting"):
        assert getattr(masthead, field) == getattr(chinese, field), field
    assert document.official == (document.language is Language.ZH)
    assert document.translated_from == (None if document.language is Language.ZH else Language.ZH)


def test_doubts_are_only_the_links_to_wrong_symbols(parsed: dict[str, Parsed]) -> None:
    issues = {(name, i.code) for name, result in parsed.items() for i in result.document.issues}
    assert issues == {("zh/A_72_351.txt", "link")}
