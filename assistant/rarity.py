"""How rare words, terms and bodies are in the library: inverse document frequencies, from its lexical index."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from corpus.bodies import body_names
from corpus.language import Language
from corpus.lexical import index_tokens
from corpus.library import Library
from corpus.terms import term_names

BODY = "body:"  # begins the ids of bodies where they stand among those of terms

Tokens = tuple[str, ...]


class Rarity:
    """Counts in one state of a library; what was counted is remembered."""

    def __init__(self, library: Library) -> None:
        self._chunks = {language: library.count_chunks_in(language) for language in Language}
        self._frequency = lru_cache(maxsize=50_000)(library.frequency)

    def of_tokens(self, tokens: Tokens, language: Language, unseen: float | None = None) -> float:
        """The rarity of tokens that follow one another; ``unseen`` is that of those that no chunk holds."""
        return self._of((tokens,), language, unseen)

    def of_term(self, term: str, language: Language) -> float:
        """The rarity of a term, or of a body, by whichever name."""
        return self._of(_names(term, language), language)

    def is_unknown(self, tokens: Tokens, language: Language) -> bool:
        """Whether no chunk of a language holds tokens one after another."""
        return self._frequency((tokens,), language) == 0

    def is_absent(self, term: str) -> bool:
        """Whether no chunk of any language names a term or body."""
        return all(self._frequency(_names(term, language), language) == 0 for language in Language)

    def _of(self, phrases: tuple[Tokens, ...], language: Language, unseen: float | None = None) -> float:
        frequency = self._frequency(phrases, language)
        if frequency == 0 and unseen is not None:
            return unseen
        return float(np.log(1.0 + (self._chunks[language] - frequency + 0.5) / (frequency + 0.5)))


def _names(term: str, language: Language) -> tuple[Tokens, ...]:
    """The names of a term or body, as the tokens of the lexical index."""
    body = term.removeprefix(BODY)
    names = body_names(body, language) if body != term else term_names(term, language)
    return tuple(tuple(index_tokens(name, language)) for name in names)
