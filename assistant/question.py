"""From a question to a Query: language, symbols, paragraphs, bodies, acts, sessions, terms, kind.

Nothing here looks into the library; what a number such as 60/27 stands for is found out by ``assistant.retrieve``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from assistant.address import ParagraphMention, SymbolMention, paragraphs_of, symbols_of
from assistant.question_language import question_language
from corpus.attributes import attributes_asked
from corpus.bodies import body_phrases
from corpus.detection import function_forms, function_phrases, function_words
from corpus.errors import QuestionError
from corpus.language import SCRIPTS, Language, script_counts, simplified
from corpus.lexical import Word, fold, words
from corpus.numerals import sessions_in
from corpus.openings import acts_named_in_question
from corpus.states import state_phrases
from corpus.terms import is_instrument, is_of_form, term_phrases
from corpus.vocabulary import PhraseMatch, Phrases, names_in, table

MAX_CHARACTERS = 4_000


class Kind(StrEnum):
    """What a question wants to know."""

    PARAGRAPH = "paragraph"
    REQUEST = "request"
    DEADLINE = "deadline"
    TIME = "time"
    VOTE = "vote"
    ADOPTION = "adoption"
    DEFINITION = "definition"
    COMPARISON = "comparison"
    LIST = "list"
    REASON = "reason"
    COUNT = "count"
    ABOUT = "about"
    REFERENCE = "reference"
    CONTENT = "content"


@dataclass(frozen=True)
class Query:
    """A question understood. ``kinds`` are in the order of their claim.

    ``blanked`` is the text with symbols and addresses blanked out; ``content`` are its words that are no function
    words, ``subject`` those of them that name neither a body nor an act nor the kind of question. ``states`` are codes.
    ``own_from`` is where a question that leans on those before it begins in the text that it makes with them.
    """

    text: str
    language: Language
    symbols: tuple[SymbolMention, ...] = ()
    paragraphs: tuple[ParagraphMention, ...] = ()
    kinds: tuple[Kind, ...] = (Kind.CONTENT,)
    vote_sides: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    sessions: tuple[int, ...] = ()
    terms: tuple[str, ...] = ()
    content: tuple[Word, ...] = ()
    subject: tuple[Word, ...] = ()
    blanked: str = ""
    years: tuple[int, ...] = ()
    latest: bool = False
    document_kinds: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()
    preambular: bool = False
    attributes: frozenset[str] = frozenset()
    own_from: int = 0

    @property
    def content_text(self) -> str:
        """The question with everything but its content words blanked out."""
        return self.only(self.content)

    def only(self, kept: Sequence[Word]) -> str:
        """The question with everything but these of its words blanked out."""
        text = [" "] * len(self.blanked)
        for word in kept:
            text[word.start : word.end] = self.blanked[word.start : word.end]
        return "".join(text)

    @property
    def subject_terms(self) -> tuple[str, ...]:
        """The terms that name a subject; those of form (preamble, vote, date) say what kind of thing is asked for."""
        return tuple(t for t in self.terms if not is_of_form(t))

    @property
    def kind(self) -> Kind:
        """The kind with the strongest claim."""
        return self.kinds[0]


def understand(text: str, language: Language | None = None, expected: Language | None = None) -> Query:
    """The query that a question makes; ``language`` overrides the one that is detected, ``expected`` is for doubts.

    Raises QuestionError when the question is empty, too long, not text, or in none of the six languages.
    """
    text = _checked(text)
    language = language or question_language(text, expected)
    if language is Language.ZH:
        text = simplified(text)
    symbols = symbols_of(text)
    blanked = _blank(text, [(s.start, s.end) for s in symbols])
    paragraphs = paragraphs_of(blanked, language, after=[s.end for s in symbols])
    sessions = tuple(s.value for s in sessions_in(blanked, language))
    blanked = _blank(blanked, [(p.start, p.end) for p in paragraphs])
    kinds, sides = _kinds(blanked, language)
    bodies = _named(body_phrases, blanked, language)
    acts = acts_named_in_question(blanked, language)
    content = content_words(blanked, language)
    terms = _named(term_phrases, blanked, language)
    formal = [m for m in terms if is_of_form(m.id)]
    cues, kind_names = _cues(language).find_all(blanked), _kind_names(language).find(blanked)
    said = [(m.start, m.end) for m in (*bodies, *acts, *formal, *cues, *kind_names)]
    return Query(
        text=text,
        language=language,
        symbols=symbols,
        paragraphs=paragraphs,
        kinds=kinds or ((Kind.PARAGRAPH,) if paragraphs else (Kind.CONTENT,)),
        vote_sides=sides,
        bodies=tuple(dict.fromkeys(m.id for m in bodies)),
        acts=tuple(dict.fromkeys(m.id for m in acts)),
        sessions=sessions,
        terms=tuple(dict.fromkeys(m.id for m in terms if is_instrument(m.id) or not _inside(m, bodies))),
        content=content,
        subject=_without_particles([w for w in content if not any(start <= w.start < end for start, end in said)]),
        blanked=blanked,
        years=tuple(int(y) for y in re.findall(r"(?<![\d/.])(?:19|20)\d\d(?![\d/])", fold(blanked))),
        latest=bool(_latest(language).find(blanked)),
        document_kinds=tuple(dict.fromkeys(m.id for m in kind_names)),
        attributes=attributes_asked(blanked, language),
        preambular="preamble" in {m.id for m in terms},
        states=frozenset(m.id for m in state_phrases(language).find(blanked)),
    )


def restored(query: Query, mentions: Sequence[SymbolMention]) -> Query:
    """The query with documents that are not held put back among its words: their numbers stand in paragraphs too."""
    blanked = query.blanked
    found: list[Word] = []
    for mention in mentions:
        part = query.text[mention.start : mention.end]
        blanked = blanked[: mention.start] + part + blanked[mention.end :]
        found += [Word(w.stem, w.start + mention.start, w.end + mention.start) for w in words(part, query.language)]

    def among(listed: tuple[Word, ...]) -> tuple[Word, ...]:
        return tuple(sorted((*listed, *found), key=lambda w: w.start))

    numbers = tuple(m.number for m in mentions)
    return replace(query, blanked=blanked, content=among(query.content), subject=among(query.subject), numbers=numbers)


def _is_joined(word: Word, language: Language) -> bool:
    """Whether a word is an Arabic function word with the conjunction written onto it (وفي)."""
    return language is Language.AR and word.form[:1] == "و" and word.form[1:] in function_forms(language)


def _without_particles(found: list[Word]) -> tuple[Word, ...]:
    """The words of a subject but for runs of Chinese particles alone."""
    runs: list[list[Word]] = []
    for word in found:
        if runs and runs[-1][-1].end == word.start:
            runs[-1].append(word)
        else:
            runs.append([word])
    particles = frozenset(table("questions")["particles"]["zh"])
    return tuple(w for run in runs if not all(w.stem in particles for w in run) for w in run)


@cache
def _kind_names(language: Language) -> Phrases:
    """The kinds of document that a question speaks of without a number: resolution, decision, report."""
    references = table("questions")["reference_words"][str(language)]
    kinds = ("resolution", "decision", "report")
    return Phrases(language, ((kind, n) for kind in kinds for n in references.get(kind, ()) if words(n, language)))


@cache
def _latest(language: Language) -> Phrases:
    return Phrases(language, (("latest", name) for name in table("questions")["latest"][str(language)]))


def _named(phrases: Callable[[Language], Phrases], text: str, language: Language) -> list[PhraseMatch]:
    """The names that a question writes in its language, and those that it borrows from another of the six."""
    own = phrases(language).find(text)
    found = list(own)
    for other in Language:
        if other is not language:
            found += [m for m in phrases(other).find(text) if _is_borrowed(text, m, other, language, own)]
    return sorted(found, key=lambda m: m.start)


def _is_borrowed(text: str, match: PhraseMatch, lender: Language, borrower: Language, own: list[PhraseMatch]) -> bool:
    """Whether a name of another language is meant; of one with the same script, a single common word seldom is."""
    if any(match.start < o.end and o.start < match.end for o in own):
        return False
    name = text[match.start : match.end]
    if SCRIPTS[lender].name != SCRIPTS[borrower].name:
        return script_counts(name)[SCRIPTS[lender].name] > 0
    return match.last_word > match.first_word or (name.isupper() and len(name) > 2)


def _inside(match: PhraseMatch, others: list[PhraseMatch]) -> bool:
    return any(o.start <= match.start < o.end for o in others)


def _checked(text: str) -> str:
    kept = "".join(c if c.isprintable() or c in "\n\t" else " " for c in unicodedata.normalize("NFC", text))
    cleaned = " ".join(kept.split())
    if not cleaned:
        raise QuestionError("The question is empty; ask in words, for example: What does 60/27 request of OHCHR?")
    if len(cleaned) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question has {len(cleaned):,} characters; ask one question at a time, in at most {MAX_CHARACTERS:,}."
        )
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError("The question has no words; ask in words, for example: What does 60/27 request of OHCHR?")
    return cleaned


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


_VOTE_SIDES = {
    "vote_in_favour": "in_favour",
    "vote_against": "against",
    "vote_abstaining": "abstaining",
    "vote_none": "none",
}


@cache
def _cues(language: Language) -> Phrases:
    return Phrases(
        language,
        ((c["kind"], name) for c in table("questions")["cue"] for name in names_in(c, "phrases", language)),
    )


_CLAIM = (
    Kind.VOTE,
    Kind.COMPARISON,
    Kind.ADOPTION,
    Kind.DEADLINE,
    Kind.REFERENCE,
    Kind.COUNT,
    Kind.REASON,
    Kind.LIST,
    Kind.REQUEST,
    Kind.ABOUT,
    Kind.DEFINITION,
    Kind.PARAGRAPH,
    Kind.TIME,
)


def _kinds(text: str, language: Language) -> tuple[tuple[Kind, ...], tuple[str, ...]]:
    found = {m.id for m in _cues(language).find_all(text)}
    if _starts_with_when(text, language):
        found.add(Kind.DEADLINE)
    sides = tuple(_VOTE_SIDES[each] for each in sorted(found) if each in _VOTE_SIDES)
    kinds = {Kind(each) for each in found if each not in _VOTE_SIDES}
    if sides:
        kinds.add(Kind.VOTE)
    return tuple(k for k in _CLAIM if k in kinds), sides


def _starts_with_when(text: str, language: Language) -> bool:
    """Whether a question asks for a time at once; further in, the same word joins clauses ("when they report")."""
    first = words(text, language)[:6]
    return any(m.first_word == 0 or language is Language.ZH for m in _whens(language).find(first))


@cache
def _whens(language: Language) -> Phrases:
    listed: list[str] = table("questions")["when"][str(language)]
    return Phrases(language, (("when", name) for name in listed))


def content_words(text: str, language: Language) -> tuple[Word, ...]:
    """The words of a question that carry its subject: all but function words."""
    found = words(text, language)
    if language is not Language.ZH:
        skipped = function_words(language)
        return tuple(w for w in found if w.stem not in skipped and not _is_joined(w, language))
    covered: set[int] = set()
    for match in function_phrases(language).find(found):
        covered |= set(range(match.first_word, match.last_word + 1))
    return tuple(w for i, w in enumerate(found) if i not in covered and any(c.isalnum() for c in w.stem))
