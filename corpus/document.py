"""What a document is made of. Everything is frozen; identity and text are separate things.

A paragraph has one identity in all languages, ``(Symbol, ParagraphId)``; with a Language it is one text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from corpus.errors import NmirfError
from corpus.language import Language
from corpus.symbol import Symbol


class DocumentKind(StrEnum):
    """What a document is, which decides how its paragraphs are numbered."""

    RESOLUTION = "resolution"
    DECISION = "decision"
    REPORT = "report"
    GUIDANCE = "guidance"


class ParagraphKind(StrEnum):
    """The part that a paragraph plays in its document."""

    TITLE = "title"
    SUMMARY = "summary"
    PREAMBULAR = "preambular"
    OPERATIVE = "operative"
    REPORT = "report"
    ADOPTION = "adoption"
    VOTE = "vote"


_LABEL = re.compile(
    r"(?P<preambular>PP(?P<pp>[1-9]\d*))"
    r"|(?P<number>[1-9]\d*(?:bis|ter)?)(?P<items>(?:\([a-z]+\))*)"
    r"|(?P<named>title|summary|adoption|vote)"
    r"|(?P<block>[ps]\d+\.\d+)"
)


@dataclass(frozen=True)
class ParagraphId:
    """The label of a paragraph within its document: ``8``, ``8(b)``, ``19(d)(ii)``, ``PP12``, ``title``, ``vote``."""

    label: str

    def __post_init__(self) -> None:
        if not _LABEL.fullmatch(self.label):
            raise NmirfError(f"{self.label!r} is not a paragraph label, such as 8, 8(b), PP12, title or vote.")

    def __str__(self) -> str:
        return self.label

    @property
    def parent(self) -> ParagraphId | None:
        """``19(d)`` of ``19(d)(ii)``; None of a paragraph that is no sub-paragraph."""
        if not self.label.endswith(")"):
            return None
        return ParagraphId(self.label[: self.label.rindex("(")])

    @property
    def root(self) -> ParagraphId:
        """``19`` of ``19(d)(ii)``; of any other paragraph, itself."""
        return ParagraphId(self.label.split("(", 1)[0])

    @property
    def is_preambular(self) -> bool:
        """Whether the label counts a preambular paragraph."""
        return self.label.startswith("PP")

    @property
    def number(self) -> int | None:
        """The number that people call the paragraph by: 12 of ``PP12``, 8 of ``8(b)``; None of ``title``."""
        match = re.search(r"\d+", self.label)
        return int(match.group()) if match and not self.label.startswith(("p", "s")) else None


@dataclass(frozen=True)
class SourceSpan:
    """Lines of the source file, counted from 1, both ends included."""

    first_line: int
    last_line: int


@dataclass(frozen=True)
class Footnote:
    """A footnote: its mark as printed (``1``, ``*``) and its text."""

    mark: str
    text: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph in one language, its text clean of numbering, furniture and footnote marks.

    ``headings`` is the heading path above it, outermost first. A sub-paragraph that runs on inside its parent
    (``8(b)`` of a paragraph that lists (a), (b), (c)) has ``within`` set: its text is also part of the parent's.
    """

    id: ParagraphId
    kind: ParagraphKind
    text: str
    headings: tuple[str, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    within: bool = False
    spans: tuple[SourceSpan, ...] = ()


@dataclass(frozen=True)
class RecordedVote:
    """How a text was adopted. Without a vote, the counts are None and the lists are empty.

    The lists hold the names of States as the document prints them; they are empty where it gives counts only.
    """

    without_a_vote: bool
    in_favour_count: int | None = None
    against_count: int | None = None
    abstaining_count: int | None = None
    in_favour: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    abstaining: tuple[str, ...] = ()


@dataclass(frozen=True)
class Issue:
    """Something in a source that the parser doubts or could not place; ``line`` counts from 1."""

    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True)
class Masthead:
    """What stands above the text: which body adopted what, at which session, under which agenda item.

    ``body`` is the English name of the organ, whatever the language of the document.
    """

    title: str
    body: str | None = None
    session: int | None = None
    agenda_item: str | None = None
    adopted_on: date | None = None
    circulated_on: date | None = None
    meeting: int | None = None


@dataclass(frozen=True)
class Document:
    """One language version of one document."""

    symbol: Symbol
    language: Language
    kind: DocumentKind
    official: bool
    masthead: Masthead
    paragraphs: tuple[Paragraph, ...]
    vote: RecordedVote | None = None
    notes: tuple[Footnote, ...] = ()  # notes to the masthead or the title (*, **)
    translated_from: Language | None = None
    issues: tuple[Issue, ...] = field(default=())
