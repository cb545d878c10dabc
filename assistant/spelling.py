"""Slips of the keyboard in a question, mended towards the words that the library and the vocabulary know.

A word is mended only when no list knows it: neither the library's texts, nor the vocabulary, nor a general list of the
language's words (pyspellchecker's); then it becomes the word of the library or the vocabulary that lies nearest
(optimal string alignment, rapidfuzz). So a real word that the corpus lacks stays what it is, and an off-topic question
off-topic. Chinese is left alone: of a miswritten word, the neighbouring characters still find what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from corpus.language import SCRIPTS, Language, script_counts
from corpus.lexical import ARABIC_ENDINGS, fold, words
from corpus.library import Library
from corpus.states import state_names
from corpus.vocabulary import table

Span = tuple[int, int]

# How many letters a word has at least that may hold one slip, or two: in a shorter one a slip makes another word.
ONE_SLIP, TWO_SLIPS = 5, 10
ABBREVIATION = 4  # of capitals alone, such as OHCHR
ENDING = 2
SHORTEST_STEM = 4  # a shorter one is shared by words that have nothing to do with each other
SHORTEST_REST = 4  # of a clipped compound
CANDIDATES = 24
_TABLES = ("questions", "openings", "bodies", "terms")
_WORD = re.compile(r"[^\W\d_]+")
# A general list has few of the forms of their words; they are known by their stems.
_INFLECTED = frozenset({Language.AR, Language.RU})


class Spelling:
    """Mends words towards one state of a library; what was looked up is remembered."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._word = lru_cache(maxsize=20_000)(self._mended)

    def mended(self, text: str, language: Language, kept: Sequence[Span]) -> str:
        """The text with its misspelt words mended; what lies in the ``kept`` spans stays as it is."""
        if language is Language.ZH:
            return text
        mended = text
        for match in reversed(list(_WORD.finditer(text))):
            start, end = match.span()
            if not any(start < last and first < end for first, last in kept):
                mended = mended[:start] + self._word(match.group(), language) + mended[end:]
        return mended

    def _mended(self, word: str, language: Language) -> str:
        form = _form(word)
        whole = self._unclipped(form, language)
        if whole is not None:
            return whole
        slips = _slips(word, language)
        if not slips or not _is_in_script(word, language) or self._is_known(form, language):
            return word
        return self._nearest(word, form, slips, language) or word

    def _unclipped(self, form: str, language: Language) -> str | None:
        """What a clipped compound that the library does not have stands for, when it has the rest of it."""
        clipped: dict[str, str] = table("questions")["clipped"].get(str(language), {})
        for prefix, stands_for in clipped.items():
            rest = form.removeprefix(prefix)
            cut = rest != form and len(rest) >= SHORTEST_REST
            if cut and not self._frequency(form, language) and self._frequency(rest, language):
                return f"{stands_for} {rest}"
        return None

    def _is_known(self, form: str, language: Language) -> bool:
        """Whether a list knows the word: as it is in any language of its script, for questions borrow words."""
        return (
            any(form in _vocabulary(each) for each in _of_script(language))
            or self._frequency(form, language) > 0
            or any(form in _listed(each) for each in _of_script(language))
            or (language in _INFLECTED and _stem(form, language) in _listed_stems(language))
        )

    def _frequency(self, word: str, language: Language) -> int:
        """How many chunks of the library hold a word, in whatever form."""
        return self._library.frequency(((_stem(word, language),),), language)

    def _nearest(self, word: str, form: str, slips: int, language: Language) -> str | None:
        """The known word with the fewest slips between; of those with as many, the one the library has most."""
        near = []
        for distance, found in _near(word, form, slips, _vocabulary(language)):
            near.append((distance, -self._frequency(found, language), found))
        for distance, found in _near(word, form, slips, _listed(language)):
            frequency = self._frequency(found, language) if len(_stem(found, language)) >= SHORTEST_STEM else 0
            if frequency:
                near.append((distance, -frequency, found))
        return min(near)[2] if near else None


def _near(word: str, form: str, slips: int, listed: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The words of a list within so many slips of another, as they are written, with the slips between."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    for found, distance, _ in process.extract(
        form, listed.keys(), scorer=OSA.distance, score_cutoff=slips, limit=CANDIDATES
    ):
        # A whole question may be typed in capitals; a short word in capitals is an abbreviation alone.
        abbreviation = word.isupper() and listed[found].isupper()
        alike = abbreviation or (_is_common(word) and not _is_inflected(form, found))
        if alike and _begin_alike(form, found):
            yield int(distance), listed[found]


def _is_common(word: str) -> bool:
    """Whether a word may be a common one: not in capitals, or too long for an abbreviation."""
    return not word.isupper() or len(word) > ABBREVIATION + 1


def _begin_alike(form: str, found: str) -> bool:
    """Whether two words begin with the same letter, which is seldom wrong, or with the same two in another order."""
    return found[0] == form[0] or found[:2] == form[1::-1]


def _is_inflected(form: str, found: str) -> bool:
    """Whether two words differ in their last letters alone, as the forms of one word do."""
    from rapidfuzz.distance import Prefix

    return Prefix.similarity(form, found) >= max(len(form), len(found)) - ENDING


def _slips(word: str, language: Language) -> int:
    """How many slips a word may hold to be taken for another; an Arabic article does not count."""
    if not _is_common(word):
        return int(word.isascii() and len(word) >= ABBREVIATION)
    found = words(word, language)
    letters = len(found[0].form) if found else 0
    return (letters >= ONE_SLIP) + (letters >= TWO_SLIPS)


def _form(word: str) -> str:
    """A word as lists are compared by: folded, and of an Arabic one the endings that writers confuse made one."""
    return fold(word).replace("\u200d", "").translate(ARABIC_ENDINGS)


def _stem(word: str, language: Language) -> str:
    found = words(word, language)
    return found[0].stem if found else ""


def _is_in_script(word: str, language: Language) -> bool:
    return script_counts(word)[SCRIPTS[language].name] == len(word)


def _of_script(language: Language) -> tuple[Language, ...]:
    return tuple(each for each in Language if SCRIPTS[each].name == SCRIPTS[language].name)


@cache
def _vocabulary(language: Language) -> dict[str, str]:
    """The words of the vocabulary's names and phrases: by form, as they are written."""
    names = [name for subject in _TABLES for name in _names_in(table(subject), language)]
    found = [word for name in (*names, *state_names(language)) for word in _WORD.findall(name)]
    return {_form(word): word for word in found if _is_in_script(word, language)}


def _names_in(entry: Any, language: Language, own: bool = False) -> Iterator[str]:
    """All texts of a table that stand under the code of a language."""
    if isinstance(entry, Mapping):
        for key, value in entry.items():
            yield from _names_in(value, language, own or key == str(language))
    elif isinstance(entry, list):
        for value in entry:
            yield from _names_in(value, language, own)
    elif own and isinstance(entry, str):
        yield entry


@cache
def _listed(language: Language) -> dict[str, str]:
    """The words of the general list: by form, as they are written."""
    from spellchecker import SpellChecker

    listed = "\n".join(SpellChecker(language=str(language)).word_frequency.dictionary)
    return dict(zip(_form(listed).split("\n"), listed.split("\n"), strict=True))


@cache
def _listed_stems(language: Language) -> frozenset[str]:
    return frozenset(_stem(word, language) for word in _listed(language).values())
