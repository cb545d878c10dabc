"""The text below the masthead: lines become blocks, blocks become paragraphs with their labels."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from corpus.document import Issue, ParagraphKind
from corpus.language import Language, western_digits
from corpus.openings import begins_with_opening
from corpus.states import state_named
from corpus.vocabulary import table
from ingest.clean import Line, LineRole, is_complete, printed_width
from ingest.masthead import enacting_organ, summary_heading
from ingest.votes import is_adoption, is_vote, starts_list

_NUMBERING = "numbering"


@dataclass
class Block:
    """A paragraph in the making: its label, the pieces of its text, and the lines they came from."""

    label: str
    kind: ParagraphKind
    pieces: list[str]
    lines: list[int]
    headings: tuple[str, ...] = ()


@dataclass
class Body:
    """What was found below the masthead. ``placed`` says of every line where it went."""

    blocks: list[Block] = field(default_factory=list)
    placed: dict[int, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


@cache
def _pattern(*keys: str) -> re.Pattern[str]:
    value: Any = table(_NUMBERING)
    for key in keys:
        value = value[key]
    return re.compile(value)


@lru_cache(maxsize=1)
def _heading_levels() -> tuple[re.Pattern[str], ...]:
    levels: list[str] = table(_NUMBERING)["heading"]["levels"]
    return tuple(re.compile(p) for p in levels)


def paragraph_number(text: str) -> tuple[int, str] | None:
    """The number and the text of a line that begins a numbered paragraph."""
    match = _pattern("paragraph", "pattern").match(western_digits(text))
    return (int(match["number"]), text[match.start("text") :]) if match else None


@dataclass(frozen=True)
class Item:
    """A marker of an item: the Latin letters that it may stand for, and the text behind it.

    ``i`` alone is a letter and a numeral; ``index`` gives the position for each reading.
    """

    letter: int | None
    numeral: int | None
    text: str
    start: int


def item_of(text: str) -> Item | None:
    """The item marker with which a text begins; None when it begins otherwise."""
    match = _pattern("item", "pattern").match(text)
    if match is None:
        return None
    if match["quoted"]:
        return Item(None, int(match["quoted"]) - 1, match["text"], match.start("text"))
    if match["sign"]:
        return Item(None, _position(match["sign"], "numerals", "enclosed"), match["text"], match.start("text"))
    mark = (match["enclosed"] or match["half"]).replace("ـ", "")
    if mark.isdigit():
        return Item(None, int(mark) - 1, match["text"], match.start("text"))
    letter = next(
        (p for script in ("latin", "cyrillic", "arabic") if (p := _position(mark, "letters", script)) is not None),
        None,
    )
    numeral = next((p for script in ("roman", "han") if (p := _position(mark, "numerals", script)) is not None), None)
    if letter is None and numeral is None:
        return None
    return Item(letter, numeral, match["text"], match.start("text"))


def _position(mark: str, table_name: str, script: str) -> int | None:
    listed = list(table(_NUMBERING)["item"][table_name][script])
    return listed.index(mark) if mark in listed else None


def letter(position: int) -> str:
    """The Latin letter of an item by its position from 0: a, b, ..."""
    return str(table(_NUMBERING)["item"]["letters"]["latin"])[position]


def roman(position: int) -> str:
    """The roman numeral of an item by its position from 0: i, ii, ..."""
    return str(table(_NUMBERING)["item"]["numerals"]["roman"][position])


class HeadingPath:
    """The headings above the current place, by level; setting one drops those below it."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []

    def set(self, level: int, text: str) -> None:
        """Enter a heading of a level."""
        self._path = [*((at, t) for at, t in self._path if at < level), (level, text)]

    def extend(self, text: str, join_pieces: Callable[[list[str]], str]) -> None:
        """Lengthen the last heading by a further line."""
        level, last = self._path[-1]
        self._path[-1] = (level, join_pieces([last, text]))

    @property
    def texts(self) -> tuple[str, ...]:
        """The headings, outermost first."""
        return tuple(text for _, text in self._path)


# A heading without enumerator stands below every heading with one, and beside the others without; only the name of a
# State stands above them, since replies of Governments are ordered by State.
STATE_LEVEL = 8
UNNUMBERED_LEVEL = 9


@dataclass
class BodyReader:
    """Reads the lines below the masthead one by one; ``read`` is its only door."""

    language: Language
    resolution: bool
    hard_wrapped: bool
    join_pieces: Callable[[list[str]], str]
    line_width: int = 0
    body: Body = field(default_factory=Body)
    headings: HeadingPath = field(default_factory=HeadingPath)
    number: int = 0
    preambular: int = 0
    letter_at: int = -1
    numeral_at: int = -1
    section: int = 0
    section_block: int = 0
    state: str = "start"  # start, summary, text, adoption, vote, after
    heading_open: bool = False
    last_letter: str = ""
    crossed_page: bool = False
    page_lines: frozenset[int] = frozenset()

    def read(self, lines: list[Line]) -> Body:
        """The blocks of the lines, in order."""
        self.line_width = max((printed_width(line.text) for line in lines), default=0)
        previous = 0
        for index, line in enumerate(lines):
            self.crossed_page = any(previous < n < line.number for n in self.page_lines)
            previous = line.number
            following = lines[index + 1] if index + 1 < len(lines) else None
            self._line(line, following)
        return self.body

    def _line(self, line: Line, following: Line | None) -> None:
        if self._adoption_or_vote(line) or self._heading(line, following) or self._numbered(line) or self._item(line):
            return
        self._running_text(line)

    # What may stand below the last paragraph of a resolution.
    def _adoption_or_vote(self, line: Line) -> bool:
        if not self.resolution or (self.number == 0 and self.preambular == 0):
            return False
        last = self._last()
        if self.state == "vote" and last is not None and "]" not in last.pieces[-1]:
            # Each list of States stands on a line of its own, whatever lines the source has.
            new_list = starts_list(line.text)
            self._append(line, "\n" + line.text if new_list else line.text)
            return True
        if is_vote(line.text):
            self.state = "vote"
            self._open("vote", ParagraphKind.VOTE, line, line.text)
            return True
        if self.number and is_adoption(line.text, self.language):
            if self.state == "adoption":
                self._append(line, line.text)
            else:
                self.state = "adoption"
                self._open("adoption", ParagraphKind.ADOPTION, line, line.text)
            return True
        return False

    def _heading(self, line: Line, following: Line | None) -> bool:
        if summary_heading(line.text) and self.number == 0:
            self.state = "summary"
            self._place(line, "heading")
            return True
        if enacting_organ(line.text, self.language) and self.number == 0:
            self.state = "text"
            self._place(line, "heading")
            return True
        numbered = self.numbered_heading(line)
        if line.role is LineRole.HEADING or numbered:
            level, text = numbered or (self._unnumbered_level(line.text), line.text)
            if line.role is LineRole.HEADING and (numbered or line.level < 4):
                level = max(line.level - 1, 1)  # in markup the mark says the level: "### I. Parliaments" is no part I
            self.headings.set(level, text)
            self._enter_heading(line)
            return True
        return self._unmarked_heading(line, following)

    def numbered_heading(self, line: Line) -> tuple[int, str] | None:
        """The level and the text of a heading with an enumerator; None of any other line."""
        if self.resolution and line.role is not LineRole.HEADING:
            return None
        # On a page, a heading does not end like a sentence; in markup its mark says what it is.
        if line.role is not LineRole.HEADING and re.search(r"[。.;；,，]$", line.text):
            return None
        found = [(level, m) for level, p in enumerate(_heading_levels(), start=1) if (m := p.match(line.text))]
        if not found:
            return None
        # "I." is a numeral, but behind "H." it is a letter.
        level, match = found[-1] if self.last_letter and line.text[0] == chr(ord(self.last_letter) + 1) else found[0]
        return level, match["text"]

    def _unnumbered_level(self, text: str) -> int:
        return STATE_LEVEL if state_named(text, self.language) else UNNUMBERED_LEVEL

    def _unmarked_heading(self, line: Line, following: Line | None) -> bool:
        """A short line without a stop, between complete blocks, before a number or an item (a country, a level)."""
        if self.resolution or not self.hard_wrapped:
            return False
        if self.heading_open and len(line.text) and self._previous_heading_full:
            if self._starts_block(line):
                return False
            self.headings.extend(line.text, self.join_pieces)
            self._enter_heading(line, keep_open=printed_width(line.text) >= 0.85 * self.line_width)
            return True
        last = self._last()
        after_complete = self.heading_open or last is None or is_complete(last.pieces[-1])
        if not after_complete or is_complete(line.text) or following is None or self._starts_block(line):
            return False
        if not self._starts_block(following):
            return False
        self.headings.set(self._unnumbered_level(line.text), line.text)
        self._enter_heading(line)
        return True

    _previous_heading_full: bool = False

    def _enter_heading(self, line: Line, keep_open: bool | None = None) -> None:
        self._place(line, "heading")
        numbered = self.numbered_heading(line)
        if numbered is not None:
            self.last_letter = line.text[0] if numbered[0] == 2 else ""
        if self.state == "summary":
            self.state = "text"
        self.heading_open = True
        full = printed_width(line.text) >= 0.8 * self.line_width
        self._previous_heading_full = full if keep_open is None else keep_open
        self.section += 1
        self.section_block = 0

    def _starts_block(self, line: Line) -> bool:
        numbered = paragraph_number(line.text)
        return (
            (numbered is not None and numbered[0] == self.number + 1)
            or item_of(line.text) is not None
            or self.numbered_heading(line) is not None
            or line.role is LineRole.HEADING
        )

    def _numbered(self, line: Line) -> bool:
        numbered = paragraph_number(line.text)
        if numbered is None:
            return False
        number, text = numbered
        last = self._last()
        expected = number == self.number + 1
        # A number that skips is taken only where a paragraph may begin; else it is a figure within the text.
        if not expected and not (
            number > self.number and not self.hard_wrapped and (last is None or is_complete(last.pieces[-1]))
        ):
            return False
        if not expected:
            self.body.issues.append(
                Issue("numbering", f"Paragraph {number} follows paragraph {self.number}.", line.number)
            )
        self.number = number
        self.letter_at = self.numeral_at = -1
        self.state = "text"
        kind = ParagraphKind.OPERATIVE if self.resolution else ParagraphKind.REPORT
        self._open(str(number), kind, line, text)
        return True

    def _item(self, line: Line) -> bool:
        item = item_of(line.text)
        if item is None or self.number == 0 or self.state not in ("text",):
            return False
        label = self._item_label(item)
        if label is None:
            return False
        kind = ParagraphKind.OPERATIVE if self.resolution else ParagraphKind.REPORT
        self._open(label, kind, line, item.text)
        return True

    def _item_label(self, item: Item) -> str | None:
        """The label that the marker makes here: the next letter, the first letter, the next numeral, or none."""
        if self.letter_at >= 0 and item.numeral is not None and item.numeral == self.numeral_at + 1:
            # (i) after (h) goes on with the letters unless numerals have begun.
            if item.letter == self.letter_at + 1 and self.numeral_at < 0:
                return self._next_letter(item.letter)
            self.numeral_at = item.numeral
            return f"{self.number}({letter(self.letter_at)})({roman(item.numeral)})"
        if item.letter is not None and item.letter == self.letter_at + 1:
            return self._next_letter(item.letter)
        if item.letter is None and item.numeral is not None and item.numeral == self.letter_at + 1:
            return self._next_letter(item.numeral)  # numerals where no letters stand above them
        return None

    def _next_letter(self, position: int) -> str:
        self.letter_at, self.numeral_at = position, -1
        return f"{self.number}({letter(position)})"

    def _running_text(self, line: Line) -> None:
        last = self._last()
        if self.state == "summary" or (line.role is LineRole.QUOTE and self.number == 0 and not self.resolution):
            if last is not None and last.label == "summary":
                self._append(line, line.text)
            else:
                self._open("summary", ParagraphKind.SUMMARY, line, line.text)
            self.state = "summary"
            return
        if self.resolution and self.number == 0:
            self._preamble(line, last)
            return
        if last is not None and not self.heading_open and last.kind in _RUNNING and self.state == "text":
            if is_complete(last.pieces[-1]) and not self.hard_wrapped:
                self.body.issues.append(
                    Issue(
                        "unnumbered",
                        f"A block without a number stands below paragraph {last.label}.",
                        line.number,
                    )
                )
            self._append(line, line.text)
            return
        self._section_block(line)

    def _preamble(self, line: Line, last: Block | None) -> None:
        new = last is None or line.bullet or is_complete(last.pieces[-1])
        # Where a page or a printed line broke, only an opening begins a new paragraph.
        if new and last is not None and not line.bullet and (self.crossed_page or self.hard_wrapped):
            new = begins_with_opening(line.text, self.language)
        if not new and last is not None:
            self._append(line, line.text)
            return
        if not begins_with_opening(line.text, self.language):
            self.body.issues.append(Issue("opening", f"No known opening begins “{line.text[:40]}”.", line.number))
        self.preambular += 1
        self.state = "text"
        self._open(f"PP{self.preambular}", ParagraphKind.PREAMBULAR, line, line.text)

    def _section_block(self, line: Line) -> None:
        """A block of a text without paragraph numbers: its address is section and block."""
        self.heading_open = False
        last = self._last()
        if last is not None and last.label.startswith("s") and self.hard_wrapped and not is_complete(last.pieces[-1]):
            self._append(line, line.text)
            return
        self.section_block += 1
        self._open(f"s{max(self.section, 1)}.{self.section_block}", ParagraphKind.REPORT, line, line.text)

    def _last(self) -> Block | None:
        return self.body.blocks[-1] if self.body.blocks else None

    def _open(self, label: str, kind: ParagraphKind, line: Line, text: str) -> None:
        self.heading_open = False
        headings = self.headings.texts if kind is ParagraphKind.REPORT else ()
        self.body.blocks.append(Block(label, kind, [text], [line.number], headings))
        self._place(line, label)

    def _append(self, line: Line, text: str) -> None:
        block = self.body.blocks[-1]
        block.pieces.append(text)
        block.lines.append(line.number)
        self._place(line, block.label)

    def _place(self, line: Line, where: str) -> None:
        self.body.placed[line.number] = where


_RUNNING = (ParagraphKind.OPERATIVE, ParagraphKind.REPORT)
