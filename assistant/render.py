"""A reply as JSON, Markdown and HTML. Text of documents is data: escaped, it becomes neither markup nor link."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from assistant.compose.texts import phrase, print_address, print_paragraph
from assistant.reply import Abstention, Answer, Citation, Reply
from corpus.document import Document, Paragraph, ParagraphId
from corpus.language import SCRIPTS, Language
from corpus.library import StoredParagraph


def to_json(reply: Reply) -> dict[str, Any]:
    """The object that ``nmirf ask --json`` prints; its fields are a contract (DESIGN, “What others rely on”)."""
    abstained = isinstance(reply, Abstention)
    return {
        "question": reply.question,
        "read_as": reply.read_as,
        "language": str(reply.language),
        "status": "abstained" if abstained else "answered",
        "reason": str(reply.reason) if isinstance(reply, Abstention) else None,
        "kind": None if isinstance(reply, Abstention) else reply.kind,
        "text": to_markdown(reply),
        "citations": [_citation_json(c) for c in reply.citations],
    }


def _citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "symbol": str(citation.symbol),
        "paragraph": str(citation.paragraph),
        "language": str(citation.language),
        "official": citation.official,
        "text": citation.text,
        "url": citation.url(),
        "matches": [
            {"question": m.question, "paragraph": m.paragraph, "similarity": round(m.similarity, 2)}
            for m in citation.matches
        ],
    }


# Characters that begin markup in Markdown; a colon is escaped in addresses alone, so that none becomes a link.
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~$&])")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|www)([:.])")
_BLOCK_START = re.compile(r"(?m)^(\s*\d*)([-+=.)])")


def escape_markdown(text: str) -> str:
    """The text as Markdown that shows exactly the text, without markup, links or images."""
    escaped = _MARKUP.sub(r"\\\1", text)
    escaped = _ADDRESS.sub(r"\1\\\2", escaped)
    return _BLOCK_START.sub(r"\1\\\2", escaped)


def read_as_line(reply: Reply) -> str | None:
    """How the question was read, where that is not how it was asked, in the language of the reply."""
    return phrase("note.read_as", reply.language, question=reply.read_as) if reply.read_as else None


def to_markdown(reply: Reply) -> str:
    """The whole reply as Markdown: the lead, the paragraphs with their citations, and what else is worth a look."""
    parts = [escape_markdown(reply.lead)]
    if isinstance(reply, Answer):
        parts += [_quoted(c, reply.language) for c in reply.citations[: reply.shown]]
        further = reply.citations[reply.shown :]
        if further:
            see_also = phrase("note.see_also", reply.language)
            parts.append(f"**{see_also}**")
            parts += [_quoted(c, reply.language) for c in further]
        return "\n\n".join(parts)
    parts += [f"- {escape_markdown(f'{symbol} — {title}')}" for symbol, title in reply.candidates]
    parts += [_quoted(c, reply.language) for c in reply.citations]
    return "\n\n".join(parts)


def _quoted(citation: Citation, reader: Language) -> str:
    quotation = "\n> ".join(escape_markdown(citation.text).split("\n"))
    marks = [f"**{escape_markdown(print_address(citation.symbol, citation.paragraph, reader))}**"]
    if citation.language != reader:
        marks.append(SCRIPTS[citation.language].own_name)
    if not citation.official:
        marks.append(f"*{phrase('note.unofficial', reader)}*")
    marks.append(f"[{phrase('note.official_text', reader)}]({_target(citation.url(reader))})")
    return f"> {quotation}\n\n— {' · '.join(marks)}"


def _target(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")


def document_json(document: Document) -> dict[str, Any]:
    """The object that ``nmirf show --json`` prints; its fields are a contract (DESIGN, “What others rely on”)."""
    masthead = document.masthead
    return {
        "symbol": str(document.symbol),
        "language": str(document.language),
        "official": document.official,
        "translated_from": str(document.translated_from) if document.translated_from else None,
        "title": masthead.title,
        "kind": str(document.kind),
        "body": masthead.body,
        "session": masthead.session,
        "agenda_item": masthead.agenda_item,
        "adopted_on": masthead.adopted_on.isoformat() if masthead.adopted_on else None,
        "circulated_on": masthead.circulated_on.isoformat() if masthead.circulated_on else None,
        "meeting": masthead.meeting,
        "url": document.symbol.url(document.language),
        "paragraphs": [_paragraph_json(p) for p in document.paragraphs],
        "vote": _vote_json(document),
        "notes": [{"mark": n.mark, "text": n.text} for n in document.notes],
        "issues": [{"code": i.code, "message": i.message, "line": i.line} for i in document.issues],
    }


def _paragraph_json(paragraph: Paragraph) -> dict[str, Any]:
    return {
        "paragraph": str(paragraph.id),
        "kind": str(paragraph.kind),
        "text": paragraph.text,
        "headings": list(paragraph.headings),
        "within": paragraph.within,
        "footnotes": [{"mark": n.mark, "text": n.text} for n in paragraph.footnotes],
    }


def _vote_json(document: Document) -> dict[str, Any] | None:
    vote = document.vote
    if vote is None:
        return None
    return {
        "adopted_without_a_vote": vote.without_a_vote,
        "counts": {
            "in_favour": vote.in_favour_count,
            "against": vote.against_count,
            "abstaining": vote.abstaining_count,
        },
        "in_favour": list(vote.in_favour),
        "against": list(vote.against),
        "abstaining": list(vote.abstaining),
    }


def document_markdown(document: Document) -> str:
    """A document as Markdown, its paragraphs under their headings with the labels that citations use."""
    masthead = document.masthead
    facts = [
        str(document.symbol),
        masthead.body,
        SCRIPTS[document.language].own_name,
        None if document.official else phrase("note.unofficial", document.language),
    ]
    parts = [f"# {escape_markdown(masthead.title)}", escape_markdown(" · ".join(f for f in facts if f))]
    path: tuple[str, ...] = ()
    for paragraph in document.paragraphs:
        if str(paragraph.id) == "title" or paragraph.within:
            continue
        for depth, heading in enumerate(paragraph.headings):
            if paragraph.headings[: depth + 1] != path[: depth + 1]:
                parts.append(f"{'#' * (depth + 2)} {escape_markdown(heading)}")
        path = paragraph.headings
        parts.append(
            f"**{escape_markdown(print_paragraph(paragraph.id, document.language))}** {escape_markdown(paragraph.text)}"
        )
    return "\n\n".join(parts)


# HTML for the page: everything is escaped; the only links are those to the official document system.


def to_html(reply: Reply) -> str:
    """The reply as HTML: how the question was read, the lead, a card a citation; in the direction of its language."""
    parts = [f'<p class="read-as">{html.escape(read_as)}</p>'] if (read_as := read_as_line(reply)) else []
    parts.append(f'<p class="lead">{html.escape(reply.lead)}</p>')
    if isinstance(reply, Abstention):
        parts += [
            f'<p class="candidate"><bdi>{html.escape(str(symbol))}</bdi> — {html.escape(title)}</p>'
            for symbol, title in reply.candidates
        ]
    shown = reply.shown if isinstance(reply, Answer) else len(reply.citations)
    for position, citation in enumerate(reply.citations):
        if position == shown:
            parts.append(f'<p class="see-also">{html.escape(phrase("note.see_also", reply.language))}</p>')
        parts.append(citation_html(citation, reply.language))
    return f'<div dir="{_direction(reply.language)}" lang="{reply.language}" class="reply">{"".join(parts)}</div>'


def citation_html(citation: Citation, reader: Language) -> str:
    """One citation as a card: the paragraph, its address, its standing, the link to the official text."""
    address = html.escape(print_address(citation.symbol, citation.paragraph, reader))
    marks = [f'<span class="address">{address}</span>']
    if citation.language != reader:
        marks.append(f'<span class="language">{html.escape(SCRIPTS[citation.language].own_name)}</span>')
    if not citation.official:
        marks.append(f'<span class="unofficial">{html.escape(phrase("note.unofficial", reader))}</span>')
    link = html.escape(citation.url(reader), quote=True)
    label = html.escape(phrase("note.official_text", reader))
    marks.append(f'<a href="{link}" target="_blank" rel="noopener noreferrer">{label}</a>')
    text = _lines(citation.text)
    return (
        f'<blockquote dir="{_direction(citation.language)}" lang="{citation.language}">{text}</blockquote>'
        f'<p class="citation">{" · ".join(marks)}</p>'
    )


def document_html(
    paragraphs: list[StoredParagraph],
    title: str,
    highlighted: ParagraphId | None,
    marked: Sequence[tuple[int, int]] = (),
) -> str:
    """A document as HTML with one paragraph highlighted; its element has the id ``cited``.

    ``marked`` are places in that paragraph's text to be marked (``text[start:end]``); they may overlap.
    """
    if not paragraphs:
        return ""
    language = paragraphs[0].language
    parts = [f"<h2>{html.escape(title)}</h2>"]
    path: tuple[str, ...] = ()
    for stored in paragraphs:
        paragraph = stored.paragraph
        if str(paragraph.id) == "title" or (paragraph.within and paragraph.id != highlighted):
            continue
        for depth, heading in enumerate(paragraph.headings):
            if paragraph.headings[: depth + 1] != path[: depth + 1]:
                parts.append(f"<h{min(depth + 3, 6)}>{html.escape(heading)}</h{min(depth + 3, 6)}>")
        path = paragraph.headings
        is_cited = paragraph.id == highlighted
        mark = ' id="cited" class="cited"' if is_cited else ""
        text = _marked(paragraph.text, marked if is_cited else ())
        label = html.escape(print_paragraph(paragraph.id, language))
        notes = "".join(
            f'<p class="footnote">{html.escape(n.mark)} {html.escape(n.text)}</p>' for n in paragraph.footnotes
        )
        parts.append(f'<p{mark}><span class="label">{label}</span> {text}</p>{notes}')
    return f'<div dir="{_direction(language)}" lang="{language}" class="document">{"".join(parts)}</div>'


def _marked(text: str, places: Sequence[tuple[int, int]]) -> str:
    """A text as HTML, line by line, with places marked; those that overlap or touch become one."""
    parts: list[str] = []
    position = 0
    for start, end in _joined(places):
        parts += [_lines(text[position:start]), f"<mark>{_lines(text[start:end])}</mark>"]
        position = end
    return "".join([*parts, _lines(text[position:])])


def _joined(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _direction(language: Language) -> str:
    return "rtl" if SCRIPTS[language].right_to_left else "ltr"
