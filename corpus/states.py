"""Names of States in six languages, from the Unicode CLDR through Babel, and the United Nations' own (states.toml)."""

from __future__ import annotations

from functools import cache

from babel import Locale

from corpus.language import Language
from corpus.lexical import words
from corpus.vocabulary import Phrases, table


@cache
def _listed(language: Language) -> tuple[tuple[str, str], ...]:
    """The names of States in a language with their codes."""
    territories = Locale(str(language)).territories.items()
    known = [(name, code) for code, name in territories if len(code) == 2 and code.isalpha() and code not in _NO_STATES]
    further = table("states")["names"]
    return (*known, *((name, code) for code, entry in further.items() for name in entry.get(str(language), ())))


def state_names(language: Language) -> list[str]:
    """The names of all States in a language."""
    return [name for name, _ in _listed(language)]


@cache
def _names(language: Language) -> dict[tuple[str, ...], str]:
    """The code of each State by the stems of its names."""
    return {_stems(name, language): code for name, code in _listed(language)}


# Codes of the CLDR that stand for no State.
_NO_STATES = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"})


def _stems(name: str, language: Language) -> tuple[str, ...]:
    return tuple(w.stem for w in words(name, language))


def state_named(text: str, language: Language) -> str | None:
    """The two-letter code of the State whose name the whole text is; None when it is none."""
    return _names(language).get(_stems(text, language))


@cache
def state_phrases(language: Language) -> Phrases:
    """The names of States in a language, by their two-letter codes, to be found in texts."""
    return Phrases(language, ((code, name) for name, code in _listed(language)))


def states_in(text: str, language: Language, listed: list[str]) -> frozenset[str]:
    """Those of the ``listed`` names of States that a text names, in the listed form or in the CLDR's.

    ``listed`` are names as a document prints them (United States of America); the text may say United States.
    """
    by_code: dict[str, list[str]] = {}
    for name in listed:
        by_code.setdefault(_code_of(name, language) or name, []).append(name)
    names = [(name, name) for name in listed]
    names += [(name, known) for known, code in _listed(language) for name in by_code.get(code, ())]
    return frozenset(m.id for m in Phrases(language, names).find(text))


def _code_of(name: str, language: Language) -> str | None:
    """The State of a name as the United Nations prints it: the CLDR's name, or the one whose words all stand in it."""
    exact = state_named(name, language)
    if exact is not None:
        return exact
    stems = _stems(name, language)
    inside = [
        (len(known), code)
        for known, code in _names(language).items()
        if any(stems[i : i + len(known)] == known for i in range(len(stems)))
    ]
    return max(inside)[1] if inside else None
