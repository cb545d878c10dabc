"""Why a paragraph was found: which words of the question met which words of the paragraph, as both are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.late import Unit
from assistant.question import Query
from assistant.rarity import BODY, Rarity
from assistant.reply import Match
from corpus.bodies import body_phrases
from corpus.language import Language
from corpus.lexical import words
from corpus.terms import term_phrases
from corpus.vocabulary import Phrases

# Below this cosine two words are seldom related, and a reader could not follow why they should be.
LOWEST = 0.45
MOST = 6

Place = tuple[int, int]


@dataclass(frozen=True)
class Compared:
    """A text with its words that are compared: where each is written, and its vector (words x dimensions)."""

    text: str
    units: Sequence[Unit]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class AskedName:
    """A term or body that a question names: its id, where, and how rare it is."""

    id: str
    is_body: bool
    place: Place
    rarity: float


@dataclass(frozen=True)
class SharedName:
    """A term or body that question and paragraph both name: where each does so, and how rare it is."""

    asked: Place
    written: tuple[Place, ...]
    rarity: float


def asked_names(query: Query, rarity: Rarity) -> list[AskedName]:
    """The terms and bodies that a question names, wherever it does."""
    return [
        AskedName(m.id, is_body, (m.start, m.end), rarity.of_term((BODY if is_body else "") + m.id, query.language))
        for is_body, wanted in ((False, query.subject_terms), (True, query.bodies))
        for m in (_phrases(is_body, query.language).find(query.blanked) if wanted else ())
        if m.id in wanted
    ]


def shared_names(asked: Sequence[AskedName], text: str, language: Language) -> list[SharedName]:
    """Those of them that a text in a language names too."""
    found = words(text, language) if asked else []
    named = {is_body: _phrases(is_body, language).find(found) for is_body in {name.is_body for name in asked}}
    shared = []
    for name in asked:
        places = tuple((m.start, m.end) for m in named[name.is_body] if m.id == name.id)
        if places:
            shared.append(SharedName(name.place, places, name.rarity))
    return shared


def _phrases(is_body: bool, language: Language) -> Phrases:
    return body_phrases(language) if is_body else term_phrases(language)


def matches(
    question: Compared, rarity: NDArray[np.float32], paragraph: Compared, names: Sequence[SharedName]
) -> tuple[Match, ...]:
    """The pairs that count the most, the most similar first; ``rarity`` is that of each word of the question.

    A name in the glossary is one with its other names: similarity 1. Its words do not count once more by themselves.
    """
    kept = _outermost([n for n in names if not _cuts(n.asked, question.units)])
    found = {_pair(question, paragraph, name): name.rarity for name in kept}
    named = [name.asked for name in kept]
    alone = [i for i, u in enumerate(question.units) if not any(start <= u.start < end for start, end in named)]
    if alone and len(paragraph.units):
        cosines = question.vectors[alone] @ paragraph.vectors.T
        for row, index in enumerate(alone):
            match = _nearest(question, question.units[index], paragraph, cosines[row])
            if match is not None:
                found[match] = max(found.get(match, 0.0), float(rarity[index]) * match.similarity**2)
    most = sorted(found, key=lambda m: -found[m])[:MOST]
    return tuple(sorted(most, key=lambda m: -m.similarity))


def _outermost(names: Sequence[SharedName]) -> list[SharedName]:
    """The names of a question that overlap no longer one, nor an earlier one as long."""
    kept: list[SharedName] = []
    for name in sorted(names, key=lambda n: n.asked[0] - n.asked[1]):
        if all(name.asked[1] <= k.asked[0] or k.asked[1] <= name.asked[0] for k in kept):
            kept.append(name)
    return kept


def _cuts(place: Place, units: Sequence[Unit]) -> bool:
    """Whether a place begins or ends within a word: Han characters of two words can make a name that is none."""
    return any(u.start < edge < u.end for edge in place for u in units)


def _pair(question: Compared, paragraph: Compared, name: SharedName) -> Match:
    (start, end), (first, last) = name.asked, name.written[0]
    return Match(question.text[start:end], paragraph.text[first:last], 1.0, name.written)


def _nearest(question: Compared, asked: Unit, paragraph: Compared, cosines: NDArray[np.float32]) -> Match | None:
    """The word of a paragraph that lies nearest to one of the question, with all places where it stands."""
    nearest = paragraph.units[int(cosines.argmax())]
    similarity = min(float(cosines.max()), 1.0)
    if similarity < LOWEST or not _says_something(asked.text, nearest.text):
        return None
    written = tuple((u.start, u.end) for u in paragraph.units if u.text == nearest.text)
    return Match(
        question.text[asked.start : asked.end],
        paragraph.text[nearest.start : nearest.end],
        similarity,
        written,
    )


def _says_something(asked: str, written: str) -> bool:
    """Single letters and characters say little; and 2024 lies near 2025 for the encoder, but not for a reader."""
    if any(c.isdecimal() for c in asked + written):
        return asked == written
    return len(asked) > 1 and len(written) > 1
