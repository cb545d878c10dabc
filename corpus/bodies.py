"""Organs that adopt texts and bodies that are asked to act, by their names in six languages (bodies.toml)."""

from __future__ import annotations

from functools import cache
from typing import Any

from corpus.language import Language
from corpus.lexical import words
from corpus.vocabulary import Phrases, names_in, table


@cache
def _bodies() -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in table("bodies")["body"]}


@cache
def body_phrases(language: Language) -> Phrases:
    """The names of all bodies in a language, to be found in texts."""
    return Phrases(language, ((i, n) for i, entry in _bodies().items() for n in names_in(entry, "names", language)))


def body_named(name: str, language: Language, *, organs_only: bool = False) -> str | None:
    """The id of the body whose name the whole text is; None when it is none."""
    count = len(words(name, language))
    for match in body_phrases(language).find(name):
        whole = match.first_word == 0 and match.last_word == count - 1
        if whole and (not organs_only or is_organ(match.id)):
            return match.id
    return None


def organs_in(text: str, language: Language) -> list[str]:
    """The ids of the organs that a text names, in order."""
    return [m.id for m in body_phrases(language).find(text) if is_organ(m.id)]


def is_organ(body_id: str) -> bool:
    """Whether a body adopts texts."""
    return bool(_bodies()[body_id].get("organ"))


def english_name(body_id: str) -> str:
    """The official English name of a body."""
    return official_name(body_id, Language.EN)


def official_name(body_id: str, language: Language) -> str:
    """The official name of a body in a language."""
    entry = _bodies()[body_id]
    name: str = entry["official_name"][str(language)]
    return name


@cache
def with_broader(body_id: str) -> frozenset[str]:
    """A body and those that it is part of: the High Commissioner and the Office."""
    found = {body_id}
    for broader in _bodies()[body_id].get("broader", ()):
        if broader in _bodies() and broader not in found:
            found |= with_broader(broader)
    return frozenset(found)


def headed_by(body_id: str) -> str | None:
    """The body that a person heads, as the High Commissioner the Office; None for others."""
    headed: str | None = _bodies()[body_id].get("head_of")
    return headed


def body_names(body_id: str, language: Language) -> list[str]:
    """The names of a body in a language."""
    return names_in(_bodies()[body_id], "names", language)
