"""Names of States in six languages, from the Unicode CLDR through Babel."""

from __future__ import annotations

from functools import cache

from babel import Locale

from corpus.language import Language
from corpus.lexical import words
from corpus.vocabulary import Phrases


@cache
def _names(language: Language) -> dict[tuple[str, ...], str]:
    territories = Locale(str(language)).territories
    return {
        tuple(w.stem for w in words(name, language)): code
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "QO", "ZZ", "XA", "XB")
    }


def state_named(text: str, language: Language) -> str | None:
    """The two-letter code of the State whose name the whole text is; None when it is none."""
    return _names(language).get(tuple(w.stem for w in words(text, language)))


def states_in(text: str, language: Language, listed: list[str]) -> frozenset[str]:
    """Those of the ``listed`` names of States that a text names, in the listed form or in the CLDR's.

    ``listed`` are names as a document prints them (United States of America); the text may say United States.
    """
    by_code: dict[str, list[str]] = {}
    for name in listed:
        by_code.setdefault(_code_of(name, language) or name, []).append(name)
    names = [(name, name) for name in listed]
    for stems, code in _names(language).items():
        for name in by_code.get(code, ()):
            names.append((name, " ".join(stems)))
    return frozenset(m.id for m in Phrases(language, names).find(text))


def _code_of(name: str, language: Language) -> str | None:
    """The State of a name as the United Nations prints it: the CLDR's name, or the one whose words all stand in it."""
    exact = state_named(name, language)
    if exact is not None:
        return exact
    stems = [w.stem for w in words(name, language)]
    inside = [
        (len(known), code)
        for known, code in _names(language).items()
        if any(tuple(stems[i : i + len(known)]) == known for i in range(len(stems)))
    ]
    return max(inside)[1] if inside else None
