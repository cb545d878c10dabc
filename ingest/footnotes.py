"""Footnotes: notes at the foot of a page or a document, and the marks in the text that call them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from corpus.vocabulary import table
from ingest.clean import Line, LineRole

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RULE = re.compile(r"^_{5,}$")
_SENTENCE_END = re.compile(r"[。．.!！?？]\s*$")


@dataclass
class Note:
    """A note as it stands at the foot: its mark, its pieces, its lines; ``plain`` when the mark is a bare figure."""

    mark: str
    pieces: list[str]
    lines: list[int]
    plain: bool = False
    placed: bool = field(default=False)


@dataclass(frozen=True)
class Mark:
    """A call for a note in a text, ``text[start:end]``."""

    mark: str
    start: int
    end: int


@cache
def _pattern(key: str) -> re.Pattern[str]:
    footnote: dict[str, Any] = table("numbering")["footnote"]
    return re.compile(footnote[key])


def take_notes(lines: list[Line], hard_wrapped: bool) -> tuple[list[Note], list[Line]]:
    """The notes, and the lines that are none of theirs.

    A note runs on to the next line while a hard-wrapped text leaves its sentence open. A bare figure begins a note
    only below a rule, since paragraphs begin with figures too.
    """
    notes: list[Note] = []
    rest: list[Line] = []
    open_note: Note | None = None
    below_rule = False
    # A line that begins with an asterisk may be an item of a list; it is a note where another line calls for it.
    called = {m["asterisk"] for line in lines if (m := _pattern("asterisk_mark").search(line.text))}
    for line in lines:
        if line.role is LineRole.FURNITURE or line.role is LineRole.LINK:
            rest.append(line)
            below_rule = bool(_RULE.match(line.text)) or (below_rule and line.role is LineRole.LINK)
            open_note = None
            continue
        note = _note_of(line, below_rule)
        if note is not None and note.mark.startswith("*") and note.mark not in called:
            note = None
        if note is not None:
            notes.append(note)
            open_note = note
        elif open_note is not None and hard_wrapped and not _SENTENCE_END.search(open_note.pieces[-1]):
            open_note.pieces.append(line.text)
            open_note.lines.append(line.number)
        else:
            open_note, below_rule = None, False
            rest.append(line)
            continue
        if note is not None and not note.plain:
            below_rule = False
    return notes, rest


def _note_of(line: Line, below_rule: bool) -> Note | None:
    if match := _pattern("pattern").match(line.text):
        mark = match["sup"] or match["asterisk"] or (match["superscript"] or "").translate(_SUPERSCRIPTS)
        return Note(mark, [match["text"]], [line.number])
    if below_rule and (match := _pattern("plain_pattern").match(line.text)):
        return Note(match["plain"], [match["text"]], [line.number], plain=True)
    return None


def marks_in(text: str) -> list[Mark]:
    """The superscript marks of a text, in order, and the asterisks at its end."""
    found: list[Mark] = []
    for match in _pattern("mark").finditer(text):
        mark = match["sup"] or (match["superscript"] or "").translate(_SUPERSCRIPTS)
        found.append(Mark(mark, match.start(), match.end()))
    if asterisk := _pattern("asterisk_mark").search(text):
        found.append(Mark(asterisk["asterisk"], asterisk.start(), asterisk.end()))
    return found


def plain_mark_in(text: str, mark: str) -> Mark | None:
    """The last place where the figure of a note is glued to a word or a stop, as superscripts turned plain are.

    A figure after a space, a figure, a stroke or a bracket is a number of the text, not a mark.
    """
    pattern = re.compile(rf"(?<=[^\s\d/(（.,:：\-A-Za-z]){re.escape(mark)}(?=\s|$|[，。；、,;.）)])")
    matches = list(pattern.finditer(text))
    return Mark(mark, matches[-1].start(), matches[-1].end()) if matches else None


def with_anchors(text: str, anchors: Iterable[tuple[Mark, str]], chinese: bool) -> str:
    """The text with its marks replaced by anchors; in Chinese the space that stood behind a mark goes with it."""
    for mark, anchor in sorted(anchors, key=lambda a: a[0].start, reverse=True):
        tail = text[mark.end :]
        if chinese and not tail.lstrip()[:1].isdigit():
            tail = tail.lstrip()
        text = text[: mark.start] + anchor + tail
    return text
