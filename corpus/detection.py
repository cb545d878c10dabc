"""Which of the six languages a text is in: by its script, and among the Latin ones by their function words."""

from __future__ import annotations

from functools import cache

from corpus.language import Language, script_counts
from corpus.lexical import words
from corpus.vocabulary import Phrases, table

_OF_SCRIPT = {"Arabic": Language.AR, "Cyrillic": Language.RU, "Han": Language.ZH}
_LATIN = (Language.EN, Language.FR, Language.ES)
# A Han character says about as much as two letters.
_WEIGHT = {"Han": 2.5}


@cache
def function_words(language: Language) -> frozenset[str]:
    """The stems of the words that carry no subject (articles, prepositions, interrogatives)."""
    listed: list[str] = table("questions")["function_words"][str(language)]
    return frozenset(w.stem for name in listed for w in words(name, language))


@cache
def function_forms(language: Language) -> frozenset[str]:
    """The same words before stemming, as ``Word.form`` has them."""
    listed: list[str] = table("questions")["function_words"][str(language)]
    return frozenset(w.form for name in listed for w in words(name, language))


@cache
def function_phrases(language: Language) -> Phrases:
    """The same as phrases, for a language that is written without spaces between its words."""
    listed: list[str] = table("questions")["function_words"][str(language)]
    return Phrases(language, (("function word", name) for name in listed if words(name, language)))


@cache
def accented_words(language: Language) -> frozenset[str]:
    """The function words as they are written, in lower case, with their accents."""
    listed: list[str] = table("questions")["function_words"][str(language)]
    return frozenset(part for name in listed for part in name.lower().split())


def detect_language(text: str) -> Language | None:
    """The language of a text; None when it is in none of the six, or has no letters."""
    sample = text[:20_000]
    counts = {s: n * _WEIGHT.get(s, 1.0) for s, n in script_counts(sample).items()}
    script = max(counts, key=lambda s: counts[s])
    if counts[script] == 0 or script == "Other":
        return None
    if script in _OF_SCRIPT:
        return _OF_SCRIPT[script]
    hits = {language: _share(sample, language) for language in _LATIN}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] > 0.15 else None


def _share(text: str, language: Language) -> float:
    found = words(text, language)
    known = function_words(language)
    return sum(w.stem in known for w in found) / len(found) if found else 0.0
