"""From a Document to Chunks: a paragraph each, a long paragraph in parts, never across a paragraph."""

from __future__ import annotations

import re

from corpus.document import Document, Paragraph
from corpus.library import Chunk
from corpus.tokens import ENCODING_NAME, count_tokens

MAX_TOKENS = 384
CHUNKER = f"paragraph/{MAX_TOKENS}/{ENCODING_NAME}/1"

_SENTENCE = re.compile(r"(?<=[.;!?؛؟])\s+|(?<=[。；！？])")


def chunks_of(document: Document) -> list[Chunk]:
    """The chunks of a document. What is indexed carries symbol, number and headings, and an item its lead-in.

    Items that run on within their paragraph are part of its chunk and have none of their own.
    """
    texts = {p.id: p.text for p in document.paragraphs}
    chunks: list[Chunk] = []
    for paragraph in document.paragraphs:
        if paragraph.within or not paragraph.text.strip():
            continue
        context = _context(document, paragraph, texts.get(paragraph.id.parent) if paragraph.id.parent else None)
        for position, part in enumerate(_parts(paragraph.text)):
            notes = " ".join(n.text for n in paragraph.footnotes) if position == 0 else ""
            indexed = "\n".join(t for t in (context, part, notes) if t)
            chunks.append(Chunk(str(paragraph.id), position, part, indexed, count_tokens(part)))
    return chunks


def _context(document: Document, paragraph: Paragraph, lead_in: str | None) -> str:
    number = document.symbol.resolution_number
    symbol = f"{document.symbol} {number}" if number else str(document.symbol)
    return "\n".join([symbol, *paragraph.headings, *([lead_in] if lead_in else [])])


def _parts(text: str) -> list[str]:
    """The text whole, or cut at the ends of sentences and clauses into parts of at most MAX_TOKENS tokens."""
    if count_tokens(text) <= MAX_TOKENS:
        return [text]
    parts: list[str] = []
    for sentence in _SENTENCE.split(text):
        joint = "" if not parts or _ends_in_cjk(parts[-1]) else " "
        if parts and count_tokens(parts[-1] + joint + sentence) <= MAX_TOKENS:
            parts[-1] += joint + sentence
        else:
            parts.append(sentence)
    return [p for p in parts if p.strip()]


def _ends_in_cjk(text: str) -> bool:
    return text[-1:] in "。；！？"
