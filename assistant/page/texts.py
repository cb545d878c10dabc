"""The texts of the page in six languages (texts.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from corpus.errors import VocabularyError
from corpus.language import Language


@dataclass(frozen=True)
class Audience:
    """A kind of user, and what they may ask."""

    name: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class PageTexts:
    """All that the page says in one language: the tables of texts.toml, ``audience.*`` as ``audiences``."""

    title: str
    subtitle: str
    page_language: str
    welcome: str
    question: str
    placeholder: str
    send: str
    looking: str
    answer_language: str
    detect: str
    examples: str
    document: str
    empty: str
    no_citation: str
    citations: str
    versions: str
    matched: str
    official: str
    error: str
    failed: str
    footer: str
    audiences: tuple[Audience, ...]


@lru_cache(maxsize=1)
def page_texts() -> dict[Language, PageTexts]:
    """The texts that ship, by language."""
    return read_texts((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


def read_texts(toml: str) -> dict[Language, PageTexts]:
    """The texts of a TOML file. Raises VocabularyError unless it has each, in six languages, and no other."""
    tables = tomllib.loads(toml)
    audiences = tables.pop("audience", {})
    known = {f.name for f in fields(PageTexts)} - {"audiences"}
    if tables.keys() != known:
        odd = ", ".join(sorted(tables.keys() ^ known))
        raise VocabularyError(f"texts.toml: missing or unknown: {odd}; it has a table for each field of PageTexts.")
    if not audiences:
        raise VocabularyError("texts.toml has no table audience.*; name at least one kind of user.")
    plain = {key: _in_each_language(key, table, str) for key, table in tables.items()}
    kinds = []
    for kind, table in audiences.items():
        if table.keys() != {"name", "questions"}:
            raise VocabularyError(f"texts.toml: audience.{kind} has name and questions, not {', '.join(table)}.")
        names = _in_each_language(f"audience.{kind}.name", table["name"], str)
        questions = _in_each_language(f"audience.{kind}.questions", table["questions"], list)
        if len({len(q) for q in questions.values()}) != 1:
            raise VocabularyError(f"texts.toml: audience.{kind} has as many questions in each language.")
        kinds.append({each: Audience(names[each], tuple(questions[each])) for each in Language})
    return {
        each: PageTexts(
            **{key: texts[each] for key, texts in plain.items()},
            audiences=tuple(kind[each] for kind in kinds),
        )
        for each in Language
    }


def _in_each_language(key: str, table: Mapping[str, Any], kind: type) -> dict[Language, Any]:
    if table.keys() != {str(each) for each in Language}:
        odd = ", ".join(sorted(table.keys() ^ {str(each) for each in Language}))
        raise VocabularyError(f"texts.toml: {key} is in the six languages, not more or fewer; see {odd}.")
    for code, text in table.items():
        if not isinstance(text, kind) or not text:
            raise VocabularyError(
                f"texts.toml: {key} in {code} is {text!r}, not a {kind.__name__} with something in it."
            )
    return {each: table[each] for each in Language}
