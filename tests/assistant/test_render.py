"""Replies as Markdown, HTML and JSON: text of documents stays text, whatever it holds."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.render import document_html, escape_markdown, to_html, to_json, to_markdown
from assistant.reply import Abstention, Answer, Citation, Match, Reason
from corpus.document import Paragraph, ParagraphId, ParagraphKind
from corpus.language import Language
from corpus.library import StoredParagraph
from corpus.symbol import Symbol

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "[click](http://evil.example)",
    "![i](http://evil.example/i.png)",
    "**bold** _it_ `code` ~~gone~~ $x^2$",
    "# heading",
    "> quote",
    "- item",
    "1. item",
    "http://evil.example and www.evil.example",
    "&lt;b&gt; &amp; &#60;",
    "| a | b |",
    "javascript:alert(1)",
    "[ref]: http://evil.example",
    "a\\*b",
]


def shown(markdown: str) -> tuple[str, set[str]]:
    """The text that a reader of the Markdown sees, and the kinds of everything that is not text."""
    text: list[str] = []
    other: set[str] = set()
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        for inner in token.children or []:
            if inner.type in ("text", "text_special", "entity"):
                text.append(inner.content)
            elif inner.type in ("softbreak", "hardbreak"):
                text.append("\n")
            else:
                other.add(inner.type)
        if token.type not in ("inline", "paragraph_open", "paragraph_close"):
            other.add(token.type)
    return "".join(text), other


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    assert shown(escape_markdown(text)) == (text, set())


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")) | st.just(" "), max_size=80))
def test_any_line_is_shown_as_it_is(text: str) -> None:
    line = " ".join(text.split(" ")).strip()
    assert shown(escape_markdown(line)) == (line, set())


def citation(text: str, language: Language = Language.EN) -> Citation:
    return Citation(Symbol("A/HRC/RES/60/27"), ParagraphId("8(b)"), language, False, text)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_shows_hostile_text_as_it_is(text: str) -> None:
    page = to_html(Answer(text, Language.EN, text, (citation(text),), 1, "content"))
    assert html.unescape(re.sub(r"<[^>]+>", "", page)).count(text) >= 2
    assert re.findall(r'href="([^"]+)"', page) == ["https://undocs.org/en/A/HRC/RES/60/27"]
    assert "<img" not in page


@pytest.mark.parametrize("language", list(Language))
def test_a_reply_says_where_its_paragraph_is_and_that_a_translation_is_one(language: Language) -> None:
    reply = Answer("q", language, "lead", (citation("text", language),), 1, "content")
    markdown = to_markdown(reply)
    assert "A/HRC/RES/60/27" in markdown
    assert f"https://undocs.org/{language}/A/HRC/RES/60/27" in markdown
    assert f'dir="{"rtl" if language is Language.AR else "ltr"}"' in to_html(reply)
    fields = to_json(reply)
    assert fields["citations"] == [
        {
            "symbol": "A/HRC/RES/60/27",
            "paragraph": "8(b)",
            "language": str(language),
            "official": False,
            "text": "text",
            "url": f"https://undocs.org/{language}/A/HRC/RES/60/27",
            "matches": [],
        }
    ]
    assert (fields["status"], fields["reason"]) == ("answered", None)


def test_json_says_which_words_met() -> None:
    matches = (Match("knowledge hub", "知识中心", 1.0, ((0, 4),)), Match("Hubs", "中心", 0.8349, ((2, 4),)))
    cited = replace(citation("知识中心", Language.ZH), matches=matches)
    fields = to_json(Answer("q", Language.EN, "lead", (cited,), 1, "content"))
    assert fields["citations"][0]["matches"] == [
        {"question": "knowledge hub", "paragraph": "知识中心", "similarity": 1.0},
        {"question": "Hubs", "paragraph": "中心", "similarity": 0.83},
    ]
    assert "Hubs" not in fields["text"]


PLACES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda p: (p[0], p[0] + p[1])), max_size=8)


@given(st.text(st.sampled_from("ab<&>\"' \n知识é"), min_size=50, max_size=60), PLACES)
def test_marked_words_are_where_they_are_said_to_be_and_the_text_stays_text(
    text: str, places: list[tuple[int, int]]
) -> None:
    paragraphs = [
        StoredParagraph(Symbol("A/72/351"), Language.EN, True, Paragraph(ParagraphId(n), ParagraphKind.REPORT, text), 1)
        for n in ("1", "2")
    ]
    page = document_html(paragraphs, "Title", ParagraphId("2"), places)
    first, second = re.findall(r"<p.*?</span> (.*?)</p>", page)
    assert "<mark>" not in first
    position, marked = 0, set()
    for part in re.split(r"(</?mark>|<br>)", second):
        if part == "<mark>":
            began = position
        elif part == "</mark>":
            marked |= set(range(began, position))
        else:
            position += 1 if part == "<br>" else len(html.unescape(part))
    assert marked == {i for start, end in places for i in range(start, end)}
    shown = html.unescape(re.sub(r"</?mark>", "", second).replace("<br>", "\n"))
    assert shown == text
    assert set(re.findall(r"<[^>]*>", second)) <= {"<mark>", "</mark>", "<br>"}


def test_an_abstention_gives_its_reason_and_its_candidates() -> None:
    reply = Abstention(
        "q", Language.EN, Reason.AMBIGUOUS, "Which?", candidates=((Symbol("A/72/351"), "A <b>title</b>"),)
    )
    assert (to_json(reply)["status"], to_json(reply)["reason"]) == ("abstained", "ambiguous")
    assert "A/72/351" in to_markdown(reply)
    assert "<b>" not in to_html(reply)
