"""From lines as they came to lines of text: markup taken off, furniture and links told apart.

Nothing is thrown away: a line keeps its number, and what it is not (text) is said by its role.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from corpus.language import Language, is_cjk
from corpus.symbol import PATTERN as SYMBOL_PATTERN
from corpus.vocabulary import table
from ingest.read.source import SourceText


class LineRole(StrEnum):
    """What a line is before its place in the document is known."""

    TEXT = "text"
    HEADING = "heading"
    QUOTE = "quote"
    FURNITURE = "furniture"
    LINK = "link"


@dataclass(frozen=True)
class Line:
    """A line without markup. ``level`` is the depth of a marked heading, ``indent`` the spaces before the text."""

    number: int
    text: str
    role: LineRole
    level: int = 0
    bullet: bool = False
    indent: int = 0
    after_blank: bool = False


_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_QUOTE = re.compile(r"^>\s?(.*)$")
_BULLET = re.compile(r"^[-–•·*]\s+(?=\S)(.*)$")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
# A formula that some tool made of a symbol: $A_{/HRC/RES/60/27}$.
_FORMULA = re.compile(r"\$([^$]{1,80})\$")
_SPACES = re.compile(r"[ \t\u00a0\u2009\u202f\u3000]+")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u00ad\ufeff\u2060\x00-\x08\x0b-\x1f\x7f]")


def clean(source: SourceText) -> list[Line]:
    """The non-blank lines of a source, in order, without markup and with their roles."""
    lines: list[Line] = []
    blank = True
    for source_line in source.lines:
        stripped = source_line.text.strip()
        if not stripped:
            blank = True
            continue
        lines.append(_line(source_line.number, source_line.text, blank))
        blank = False
    return lines


def _line(number: int, raw: str, after_blank: bool) -> Line:
    indent = len(raw) - len(raw.lstrip())
    text = _INVISIBLE.sub("", raw).strip()
    level, bullet, role = 0, False, LineRole.TEXT
    if match := _HEADING.match(text):
        level, text, role = len(match[1]), match[2], LineRole.HEADING
    elif match := _QUOTE.match(text):
        text, role = match[1], LineRole.QUOTE
    elif (match := _BULLET.match(text)) and not _is_furniture(text) and not text.startswith("*"):
        text, bullet = match[1], True
    text = _without_markup(text)
    if role is LineRole.TEXT and _link_pattern().match(text):
        role = LineRole.LINK
    elif not text or _is_furniture(text):
        role = LineRole.FURNITURE  # nothing to see, such as a lone mark of direction
    return Line(number, text, role, level, bullet, indent, after_blank)


def _without_markup(text: str) -> str:
    text = _FORMULA.sub(_symbol_of_formula, text)
    text = _STRONG.sub(r"\2", text)
    return _SPACES.sub(" ", text).strip()


def _symbol_of_formula(match: re.Match[str]) -> str:
    bare = re.sub(r"[_^{}\\\s]", "", match[1])
    return bare if SYMBOL_PATTERN.fullmatch(bare) else match[0]


@lru_cache(maxsize=1)
def _furniture_patterns() -> tuple[re.Pattern[str], ...]:
    patterns: list[str] = table("numbering")["furniture"]["patterns"]
    return tuple(re.compile(p) for p in patterns)


@lru_cache(maxsize=1)
def _link_pattern() -> re.Pattern[str]:
    link: dict[str, Any] = table("numbering")["furniture"]["link"]
    return re.compile(link["pattern"])


def _is_furniture(text: str) -> bool:
    return any(p.match(text) for p in _furniture_patterns())


def is_hard_wrapped(lines: list[Line]) -> bool:
    """Whether the lines are those of a printed page: most break off in the middle of a sentence."""
    texts = [line for line in lines if line.role is LineRole.TEXT]
    if len(texts) < 12:
        return False
    broken = sum(not is_complete(line.text) for line in texts)
    return broken / len(texts) > 0.5


_CLOSERS = "”’\"'»)）]】》」』 "
_TRAILING_MARK = re.compile(r"(?:<sup>[^<]*</sup>|[¹²³⁴-⁹⁰])+\s*$")
_TERMINALS = "。．.!！?？;；:：,，،؛؟"


def is_complete(text: str) -> bool:
    """Whether a text ends as a paragraph may end: with a stop, a comma, a colon or a semicolon."""
    text = _TRAILING_MARK.sub("", text)
    return text.rstrip(_CLOSERS)[-1:] in _TERMINALS or text.endswith("]")


def spaces_around_digits(lines: list[Line]) -> bool:
    """Whether a Chinese text writes a space between a character and a figure, as most of its places do."""
    text = "\n".join(line.text for line in lines)
    spaced = len(re.findall(r"[\u4e00-\u9fff] \d|\d [\u4e00-\u9fff]", text))
    tight = len(re.findall(r"[\u4e00-\u9fff]\d|\d[\u4e00-\u9fff]", text))
    return spaced > tight


def join(pieces: list[str], language: Language, digits_spaced: bool) -> str:
    """One text of the pieces that lines and pages cut it into, with the spacing of its language.

    Chinese characters touch; where the break fell between a character and a figure the document's own habit decides.
    """
    text = ""
    for piece in (p.strip() for p in pieces):
        if not piece:
            continue
        if not text:
            text = piece
        elif language is Language.ZH:
            text += _chinese_joint(text[-1], piece[0], digits_spaced) + piece
        elif re.search(r"[^\W\d_]\u00ad?-$", text) and piece[0].islower():
            text = text + piece  # a compound broken at its hyphen keeps it
        else:
            text += " " + piece
    if language is Language.ZH:
        text = _without_inner_spaces(text)
    return text


def _chinese_joint(before: str, after: str, digits_spaced: bool) -> str:
    if is_cjk(before) and is_cjk(after):
        return ""
    if not (before.isalnum() and after.isalnum()):
        return ""
    if is_cjk(before) or is_cjk(after):
        return " " if digits_spaced else ""
    return " "


def _without_inner_spaces(text: str) -> str:
    return re.sub(
        r" +",
        lambda m: "" if _touch(text, m.start(), m.end()) else " ",
        text,
    )


def _touch(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return bool(before and after) and is_cjk(before) and is_cjk(after)


def printed_width(text: str) -> int:
    """The width of a line on paper, in half-width columns."""
    return sum(2 if is_cjk(c) else 1 for c in text)
