"""Follow-up questions: what a question leaves unsaid is taken from those before it, by rules and without a model.

"What about 54/28?" asks the same of another document, "and States?" of another body, "and Iraq?" of another State;
"who voted against?" and "and paragraph 5?" ask of the same document; "by when?" and "why?" of the same matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from assistant.address import ParagraphMention
from assistant.compose.texts import print_paragraph
from assistant.question import Kind, Query, understand
from corpus.bodies import body_phrases
from corpus.errors import QuestionError
from corpus.language import Language
from corpus.states import state_phrases
from corpus.vocabulary import PhraseMatch, Phrases, names_in, table

# A question with more words of its own than this says itself what it is about; a Han character counts as a word.
OWN_WORDS = 4
OWN_CHARACTERS = 8
# With as many, it is matter enough for the next one to lean on.
MATTER_WORDS = 3
MATTER_CHARACTERS = 6
# What is asked of a document as a whole: the matter of the question before does not belong to it.
_OF_DOCUMENTS = frozenset({Kind.VOTE, Kind.ADOPTION, Kind.PARAGRAPH, Kind.ABOUT})
# What a question that names nothing but another document may be taken to ask.
_NOTHING_OWN = (frozenset({Kind.CONTENT}), frozenset({Kind.ABOUT}))


@dataclass(frozen=True)
class Turn:
    """A question of a conversation as it was asked, and in full."""

    asked: Query
    full: Query


def follow(asked: Query, before: Turn | None) -> Turn:
    """A question with what it leaves unsaid taken from the turn before it; as it is where nothing is."""
    if before is None or not _leans(asked):
        return Turn(asked, asked)
    try:
        return Turn(asked, _of_another(asked, before.full) or _of_the_same(asked, before))
    except QuestionError:  # together they are longer than a question may be
        return Turn(asked, asked)


def _leans(query: Query) -> bool:
    """Whether a question needs the one before it: it says so, or has too few words of its own to stand alone."""
    if _phrases("new_subject", "phrases", query.language).find(query.blanked):
        return False
    own = OWN_CHARACTERS if query.language is Language.ZH else OWN_WORDS
    opens = any(m.first_word == 0 for m in _phrases("follow_up", "openers", query.language).find(query.text))
    points = bool(_phrases("follow_up", "anaphora", query.language).find(query.blanked))
    if query.symbols:
        return _names_only(query, ()) or opens or points or _asks_the_same(query)
    # In a long question such a word more likely stands for something that it says itself.
    return len(query.content) <= own or opens or (points and len(query.content) <= 2 * own)


@cache
def _phrases(subject: str, key: str, language: Language) -> Phrases:
    return Phrases(language, ((subject, name) for name in names_in(table("questions")[subject], key, language)))


def _names_only(query: Query, named: Sequence[PhraseMatch]) -> bool:
    """Whether a question asks nothing of its own, besides these names and those of documents."""
    if query.paragraphs or query.acts or frozenset(query.kinds) not in _NOTHING_OWN:
        return False
    return all(any(m.holds(w) for m in named) for w in query.subject)


# The same of another: a document, a State or a body takes the place of the one before.


def _of_another(query: Query, before: Query) -> Query | None:
    """The question before with the one thing that this one names in place of its like; None when it asks more."""
    if query.symbols:
        if not (_names_only(query, ()) or _asks_the_same(query)):
            return None
        printed = ", ".join(m.symbol or m.number for m in query.symbols)
        return _with(before, [(m.start, m.end) for m in before.symbols], printed)
    for phrases in (state_phrases, body_phrases):
        own = _found(phrases, query)
        if own and _names_only(query, own):
            places = [(m.start, m.end) for m in _found(phrases, before)]
            return _with(before, places, query.text[own[0].start : own[-1].end])
    return None


def _found(phrases: Callable[[Language], Phrases], query: Query) -> list[PhraseMatch]:
    return phrases(query.language).find(query.blanked)


def _with(before: Query, places: Sequence[tuple[int, int]], name: str) -> Query | None:
    """The question before with a name in the first of the places, the further ones left out; None without a place."""
    if not places:
        return None
    changes = [(start, end, "" if further else name) for further, (start, end) in enumerate(places)]
    return understand(_changed(before.text, changes), before.language)


def _changed(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """A text with other words in some places of it."""
    for start, end, name in sorted(changes, reverse=True):
        text = text[:start] + name + text[end:]
    return text


def _asks_the_same(query: Query) -> bool:
    """Whether a question says that the one before is asked again ("is there a similar call in 54/28?")."""
    return bool(_phrases("follow_up", "alike", query.language).find(query.blanked))


# More of the same: the documents before, and what was asked of them.


def _of_the_same(query: Query, before: Turn) -> Query:
    """The question with the documents of the turn before, and its matter where it asks of that."""
    number = _bare_number(query)
    if number is not None and before.full.paragraphs:
        query = _of_paragraph(query, before.full.paragraphs[-1], number)
    documents = ", ".join(dict.fromkeys(m.symbol or m.number for m in (query.symbols or before.full.symbols)))
    if documents and (query.paragraphs or _OF_DOCUMENTS & set(query.kinds) or _leaves_matter(query, before.full)):
        return _with_states(query, before.full, documents)
    matter = before.asked if _has_matter(before.asked) else before.full
    context = _with_likes(matter, query)
    named = f"{documents}: " if documents and not (query.symbols or matter.symbols) else ""
    joined = understand(f"{named}{context} {query.text}", query.language)
    own = len(joined.text) - len(query.text)
    return replace(joined, kinds=query.kinds, preambular=query.preambular, attributes=query.attributes, own_from=own)


def _with_states(query: Query, before: Query, documents: str) -> Query:
    """The question of a document, of the State before where it speaks of one by a pronoun ("how did it vote?")."""
    named = "" if query.symbols else f"{documents}: "
    states = _found(state_phrases, before)
    points = bool(_phrases("follow_up", "anaphora", query.language).find(query.blanked))
    if query.states or not states or not points or Kind.VOTE not in query.kinds:
        return understand(f"{named}{query.text}", query.language) if named else query
    return understand(f"{named}{before.text[states[0].start : states[0].end]}: {query.text}", query.language)


def _with_likes(before: Query, query: Query) -> str:
    """The text of the question before with what this one names in the place of its like: States, bodies, documents."""
    changes = [(m.start, m.end, "") for m in before.symbols] if query.symbols else []
    for phrases in (state_phrases, body_phrases):
        own = _found(phrases, query)
        for place, match in enumerate(_found(phrases, before) if own else ()):
            changes.append((match.start, match.end, "" if place else query.text[own[0].start : own[-1].end]))
    return " ".join(_changed(before.text, changes).split())


def _leaves_matter(query: Query, before: Query) -> bool:
    """Whether a question has words of its own, and the one before only asked for a vote, a paragraph or the like."""
    return len(query.content) > 1 and bool(_OF_DOCUMENTS & set(before.kinds)) and not before.subject


def _bare_number(query: Query) -> int | None:
    """The number that is all that a question says: "and 7?"."""
    said = [w.stem for w in query.content]
    return int(said[0]) if len(said) == 1 and said[0].isdecimal() else None


def _of_paragraph(query: Query, before: ParagraphMention, number: int) -> Query:
    """A question for the paragraph of a number, of the part of the document that the one before is of."""
    label = replace(before, number=number, items=()).label
    return understand(print_paragraph(label, query.language), query.language)


def _has_matter(query: Query) -> bool:
    """Whether a question has words enough to be leant on without the one that it leant on itself."""
    return len(query.content) >= (MATTER_CHARACTERS if query.language is Language.ZH else MATTER_WORDS)
