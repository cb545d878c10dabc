"""Instruments: conventions, declarations and frameworks that a term of the glossary names; none need be held."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.question import Query
from assistant.retrieve import Address, Hit, Retriever
from assistant.times import tells_a_time
from corpus.bodies import body_phrases
from corpus.lexical import Word
from corpus.library import StoredParagraph
from corpus.terms import is_instrument, term_names, term_phrases
from corpus.vocabulary import PhraseMatch

_YEAR = re.compile(r"(?:19|20)\d\d")
# How many paragraphs are shown that name a text which is not held; a document with more speaks of it.
NAMING = 5


class Instruments:
    """What a library says of the instruments that questions name."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def named_in(self, query: Query) -> tuple[str, ...]:
        """The instruments that a question names, by the ids of the glossary."""
        return tuple(t for t in query.terms if is_instrument(t))

    def naming(self, query: Query, named: Sequence[str]) -> list[Address] | None:
        """The paragraphs that name one of the instruments, in the question's language or the one read in its place.

        None when a document names it so often that the library speaks of it, rather than merely naming it.
        """
        found: list[Address] = []
        for symbol in self._retriever.symbols():
            held = self._retriever.paragraphs(symbol, query.language)
            here = [p.paragraph.id for p in held if not p.paragraph.within and self._named_by(p) & set(named)]
            if len(here) > NAMING:
                return None
            found += [Address(symbol, paragraph) for paragraph in here]
        return found[:NAMING]

    def _named_by(self, stored: StoredParagraph) -> frozenset[str]:
        return self._retriever.own_terms_of(Address(stored.symbol, stored.paragraph.id), stored.language)

    def rest_covered(self, query: Query, named: Sequence[str], hits: Sequence[Hit]) -> float:
        """How much of the question besides the instruments' names the best paragraph that names one covers (0 to 1).

        Names of terms and bodies stand beside an instrument's in many a paragraph: where the question says more than
        these, that is to be covered as well.
        """
        names = [m for m in term_phrases(query.language).find(query.blanked) if m.id in named]
        rest = [w for w in query.content if not _within(w, names) and not _YEAR.fullmatch(w.stem)]
        terms = [*term_phrases(query.language).find(query.blanked), *body_phrases(query.language).find(query.blanked)]
        own = [w for w in rest if not _within(w, terms)]
        naming = [h for h in hits if self._named_by(h.stored) & set(named)]
        return min((self._covered(query, each, naming) for each in (rest, own) if each), default=0.0)

    def _covered(self, query: Query, asked: Sequence[Word], hits: Sequence[Hit]) -> float:
        kept = [" "] * len(query.blanked)
        for word in asked:
            kept[word.start : word.end] = query.blanked[word.start : word.end]
        return max(self._retriever.coverage("".join(kept), query.language, hits), default=0.0)

    def dated(self, named: Sequence[str], hits: Sequence[Hit]) -> bool:
        """Whether the best paragraph that names one of the instruments tells a time."""
        naming = next((h for h in hits if self._named_by(h.stored) & set(named)), None)
        return naming is not None and tells_a_time(naming.stored.paragraph.text)

    def printed(self, query: Query, named: Sequence[str]) -> str:
        """The instrument's name as the question writes it."""
        spans = [m for m in term_phrases(query.language).find(query.blanked) if m.id in named]
        return query.text[spans[0].start : spans[0].end] if spans else term_names(named[0], query.language)[0]


def _within(word: Word, names: Sequence[PhraseMatch]) -> bool:
    return any(m.start <= word.start < m.end for m in names)
