"""Instruments: conventions, declarations and frameworks that a term of the glossary names; none need be held."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.question import Query
from assistant.retrieve import Address, Hit, Retriever
from assistant.times import tells_a_time
from corpus.bodies import body_phrases
from corpus.library import StoredParagraph
from corpus.terms import is_instrument, term_names, term_phrases

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
        years = {str(year) for year in query.years}
        rest = [w for w in query.content if w.stem not in years and not any(m.holds(w) for m in names)]
        terms = [*term_phrases(query.language).find(query.blanked), *body_phrases(query.language).find(query.blanked)]
        own = [w for w in rest if not any(m.holds(w) for m in terms)]
        naming = [h for h in hits if self._named_by(h.stored) & set(named)]
        covered = (self._retriever.coverage(query.only(each), query.language, naming) for each in (rest, own) if each)
        return min((max(of_hits, default=0.0) for of_hits in covered), default=0.0)

    def dated(self, named: Sequence[str], hits: Sequence[Hit]) -> bool:
        """Whether the best paragraph that names one of the instruments tells a time."""
        naming = next((h for h in hits if self._named_by(h.stored) & set(named)), None)
        return naming is not None and tells_a_time(naming.stored.paragraph.text)

    def printed(self, query: Query, named: Sequence[str]) -> str:
        """The instrument's name as the question writes it."""
        spans = [m for m in term_phrases(query.language).find(query.blanked) if m.id in named]
        return query.text[spans[0].start : spans[0].end] if spans else term_names(named[0], query.language)[0]
