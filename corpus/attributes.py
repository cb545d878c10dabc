"""Attributes of things that questions ask for: a cost, a chair, a penalty (attributes.toml).

A paragraph that names a thing need not tell the attribute that is asked for.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from corpus.language import Language
from corpus.lexical import Word
from corpus.vocabulary import Phrases, names_in, table

MONEY = "money"
_CURRENCY_SIGN = re.compile(r"[$€£¥]")


@cache
def _attributes() -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in table("attributes")["attribute"]}


def attributes_asked(text: str, language: Language) -> frozenset[str]:
    """The ids of the attributes that a question asks for."""
    return frozenset(each for each in _attributes() if _phrases(each, "asked", language).find(text))


def tells_attribute(text: str, found: list[Word], attribute: str, language: Language) -> bool:
    """Whether a paragraph tells an attribute of anything; ``found`` are the words of its text."""
    if attribute == MONEY and _CURRENCY_SIGN.search(text):
        return True
    return bool(_phrases(attribute, "told", language).find(found))


@cache
def _phrases(attribute: str, key: str, language: Language) -> Phrases:
    return Phrases(language, ((attribute, name) for name in names_in(_attributes()[attribute], key, language)))
