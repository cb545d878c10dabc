"""Instruments: conventions, declarations and frameworks that a term of the glossary names; none need be held."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.question import Query
from assistant.retrieve import Address, Hit, Retriever
from corpus.library import StoredParagraph
from corpus.terms import is_instrument, term_names, term_phrases

NAMING = 5  # how many paragraphs are shown that name a text which is not held


class Instruments:
    """What a library says of the instruments that questions name."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def named_in(self, query: Query) -> tuple[str, ...]:
        """The instruments that a question names, by the ids of the glossary."""
        return tuple(t for t in query.terms if is_instrument(t))

    def naming(self, query: Query, named: Sequence[str]) -> list[Address]:
        """The paragraphs that name one of the instruments, in the question's language or the one read in its place."""
        found: list[Address] = []
        for symbol in self._retriever.symbols():
            for stored in self._retriever.paragraphs(symbol, query.language):
                if not stored.paragraph.within and _own_terms(stored) & set(named):
                    found.append(Address(symbol, stored.paragraph.id))
        return found[:NAMING]

    def rest_covered(self, query: Query, named: Sequence[str], hits: Sequence[Hit]) -> float:
        """How much of the question besides the instruments' names the best paragraph that names one covers (0 to 1)."""
        spans = [(m.start, m.end) for m in term_phrases(query.language).find(query.blanked) if m.id in named]
        rest = [w for w in query.subject if not any(start <= w.start < end for start, end in spans)]
        kept = [" "] * len(query.blanked)
        for word in rest:
            kept[word.start : word.end] = query.blanked[word.start : word.end]
        naming = [h for h in hits if _own_terms(h.stored) & set(named)]
        return max(self._retriever.coverage("".join(kept), query.language, naming), default=0.0)

    def printed(self, query: Query, named: Sequence[str]) -> str:
        """The instrument's name as the question writes it."""
        spans = [m for m in term_phrases(query.language).find(query.blanked) if m.id in named]
        return query.text[spans[0].start : spans[0].end] if spans else term_names(named[0], query.language)[0]


def _own_terms(stored: StoredParagraph) -> frozenset[str]:
    notes = " ".join(n.text for n in stored.paragraph.footnotes)
    return frozenset(m.id for m in term_phrases(stored.language).find(f"{stored.paragraph.text} {notes}"))
