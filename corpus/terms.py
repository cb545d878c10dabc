"""The glossary: terms of the field by their names in six languages (terms.toml)."""

from __future__ import annotations

from functools import cache
from typing import Any

from corpus.language import Language
from corpus.vocabulary import Phrases, names_in, table


@cache
def _terms() -> dict[str, dict[str, Any]]:
    return {t["id"]: t for t in table("terms")["term"]}


def term_names(term: str, language: Language) -> list[str]:
    """The names of a term in a language, the preferred one first."""
    return names_in(_terms()[term], "names", language)


def is_of_form(term: str) -> bool:
    """Whether a term names a part or a property of documents."""
    return bool(_terms()[term].get("of_form"))


def is_instrument(term: str) -> bool:
    """Whether a term names a text of its own: a convention, a declaration, a framework."""
    return bool(_terms()[term].get("instrument"))


@cache
def term_phrases(language: Language) -> Phrases:
    """The names of the glossary's terms in a language, to be found in texts."""
    return Phrases(language, ((t, name) for t in _terms() for name in term_names(t, language)))
