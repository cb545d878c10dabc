"""What comes out: an Answer with its citations, or an Abstention with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from corpus.document import Footnote, ParagraphId
from corpus.language import Language
from corpus.symbol import Symbol


class Reason(StrEnum):
    """Why the assistant does not answer."""

    NOT_IN_CORPUS = "not_in_corpus"
    NO_SUCH_PARAGRAPH = "no_such_paragraph"
    NAMED_BUT_NOT_HELD = "named_but_not_held"
    OFF_TOPIC = "off_topic"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Match:
    """Words of a question and of a paragraph that mean alike, as each is written; ``similarity`` is 0 to 1.

    ``places`` is everywhere that the paragraph's text has the word (``text[start:end]``).
    """

    question: str
    paragraph: str
    similarity: float
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Citation:
    """A paragraph that an answer rests on. ``text`` is the stored text, verbatim, in ``language``.

    ``matches`` is why a search found it, the nearest words first; empty where none did, as for votes and addresses.
    """

    symbol: Symbol
    paragraph: ParagraphId
    language: Language
    official: bool
    text: str
    headings: tuple[str, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    matches: tuple[Match, ...] = ()

    def url(self, reader: Language | None = None) -> str:
        """Where the official text is, in the citation's language or the reader's."""
        return self.symbol.url(reader or self.language)


@dataclass(frozen=True)
class Answer:
    """An answer: a lead in the language of the question, and the paragraphs it rests on, best first.

    The first ``shown`` citations answer; the others are worth a look. ``read_as`` is the question that was answered,
    where it is not the one asked: slips mended, what a follow-up leaves unsaid added.
    """

    question: str
    language: Language
    lead: str
    citations: tuple[Citation, ...]
    shown: int
    kind: str
    read_as: str | None = None


@dataclass(frozen=True)
class Abstention:
    """No answer, why, and what to look at instead: the paragraphs that name a document, or the candidates.

    ``read_as`` is as in an Answer.
    """

    question: str
    language: Language
    reason: Reason
    lead: str
    citations: tuple[Citation, ...] = ()
    candidates: tuple[tuple[Symbol, str], ...] = ()
    read_as: str | None = None


Reply = Answer | Abstention
