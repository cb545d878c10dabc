"""Openings: the verb or participle that begins a paragraph of a resolution, and its strength (openings.toml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from corpus.language import Language, is_cjk
from corpus.lexical import Word, fold, words
from corpus.vocabulary import PhraseMatch, Phrases, names_in, table


@dataclass(frozen=True)
class Opening:
    """An opening: its id (``requests``), its strength and whether it asks somebody to act."""

    id: str
    strength: str
    rank: int
    directed: bool


@lru_cache(maxsize=1)
def openings() -> dict[str, Opening]:
    """All openings by their ids."""
    strengths: dict[str, dict[str, Any]] = {s["id"]: s for s in table("openings")["strength"]}
    return {
        entry["id"]: Opening(
            entry["id"],
            entry["strength"],
            strengths[entry["strength"]]["rank"],
            strengths[entry["strength"]]["directed"],
        )
        for entry in table("openings")["opening"]
    }


@cache
def _phrases(language: Language, *keys: str) -> Phrases:
    return Phrases(
        language,
        (
            (entry["id"], name)
            for entry in table("openings")["opening"]
            for key in keys
            for name in names_in(entry, key, language)
        ),
    )


@cache
def _modifiers(language: Language) -> Phrases:
    """Words that stand before, behind or inside an opening without changing it (also, further, in this regard)."""
    modifiers = table("openings")["modifiers"]
    listed = [name for place in ("before", "after", "both") for name in names_in(modifiers, place, language)]
    return Phrases(language, (("modifier", name) for name in listed))


@cache
def _conjunctions(language: Language) -> Phrases:
    listed: list[str] = table("openings")["conjunctions"][str(language)]
    return Phrases(language, (("conjunction", name) for name in listed))


def opening_of(text: str, language: Language) -> tuple[Opening, int] | None:
    """The opening with which a text begins, modifiers aside, and where it ends; None when no known one does."""
    match = _opening_at(text[:200], words(text[:200], language), 0, language)
    return (openings()[match.id], match.end) if match else None


def begins_with_opening(text: str, language: Language) -> bool:
    """Whether a text begins as paragraphs of resolutions do."""
    return opening_of(text, language) is not None


# How many words from its first an opening may take, modifiers included.
_REACH = 14


def _opening_at(text: str, found: list[Word], position: int, language: Language) -> PhraseMatch | None:
    """The longest opening that begins at a word, as it stands or with its modifiers left out."""
    phrases = _phrases(language, "operative", "preambular")
    window = found[position : position + _REACH]
    best: PhraseMatch | None = None
    most = 0
    for variant in (window, _without_modifiers(window, language), _without_joined(text, window, language)):
        matches = phrases.find_at(variant, 0) if variant else []
        # The form of most words wins, the text as it stands before the same with its modifiers left out.
        if matches and matches[0].last_word + 1 > most:
            best, most = matches[0], matches[0].last_word + 1
    return best


def _without_modifiers(window: list[Word], language: Language) -> list[Word]:
    kept: list[Word] = []
    position = 0
    while position < len(window):
        matches = _modifiers(language).find_at(window, position)
        if matches:
            position = matches[0].last_word + 1
        else:
            kept.append(window[position])
            position += 1
    return kept


def _without_joined(text: str, window: list[Word], language: Language) -> list[Word]:
    """The words without a conjunction written together with the first of them (Arabic wa-, fa-)."""
    joined: list[str] = table("openings")["conjunctions"]["joined"].get(str(language), [])
    if not window or not joined:
        return []
    start = window[0].start
    prefix = next((j for j in joined if text.startswith(j, start)), None)
    if prefix is None:
        return []
    offset = start + len(prefix)
    again = words(text[offset : window[-1].end], language)
    shifted = [Word(w.stem, w.start + offset, w.end + offset) for w in again]
    return _without_modifiers(shifted, language)


def acts_in(text: str, language: Language) -> list[tuple[Opening, int, int]]:
    """The acts of an operative paragraph in order: the opening at its head and every directed one further in.

    An opening further in counts only where a clause begins (behind a comma, a semicolon or a conjunction), so that a
    verb inside a subordinate clause ("in which the Council requested") is no act.
    """
    found = words(text, language)
    acts: list[tuple[Opening, int, int]] = []
    position = 0
    while position < len(found):
        if position == 0 or _clause_begins(text, found, position, language):
            start = _after_conjunction(found, position, language)
            match = _opening_at(text, found, start, language) if start < len(found) else None
            if match and (position == 0 or _is_further_act(text, match, language)):
                acts.append((openings()[match.id], match.start, match.end))
                position = next((i for i in range(start, len(found)) if found[i].start >= match.end), len(found))
                continue
        position += 1
    return acts


def _is_further_act(text: str, match: PhraseMatch, language: Language) -> bool:
    """Whether a match past the head is an act: directed, and written as an act is (requests, not requested)."""
    first = re.match(r"\w+", _as_written(text[match.start :], language))
    written = first.group() if first else ""
    if not _is_act(openings()[match.id]):
        return False
    joined: list[str] = table("openings")["conjunctions"]["joined"].get(str(language), [])
    bare = [written, *(written.removeprefix(j) for j in joined)]
    return is_cjk(text[match.start]) or any(b in _first_words(match.id, language) for b in bare)


@cache
def _first_words(opening_id: str, language: Language) -> frozenset[str]:
    entry = next(e for e in table("openings")["opening"] if e["id"] == opening_id)
    return frozenset(_as_written(name, language).split()[0] for name in names_in(entry, "operative", language))


def _as_written(text: str, language: Language) -> str:
    """The text in lower case, with its accents where they tell an act from a participle (accepte, accepté)."""
    return text.lower() if language in (Language.ES, Language.FR) else fold(text)


def is_act(directed: bool, strength: str) -> bool:
    """Whether an opening sets something going: it asks somebody to act, or decides."""
    return directed or strength == "decision"


def _is_act(opening: Opening) -> bool:
    return is_act(opening.directed, opening.strength)


def _after_conjunction(found: list[Word], position: int, language: Language) -> int:
    matches = _conjunctions(language).find_at(found, position)
    return matches[0].last_word + 1 if matches else position


def _clause_begins(text: str, found: list[Word], position: int, language: Language) -> bool:
    between = text[found[position - 1].end : found[position].start]
    marks: list[str] = table("openings")["conjunctions"]["marks"]
    if any(mark in between for mark in marks):
        return True
    return language is not Language.ZH and bool(_conjunctions(language).find_at(found, position))


def acts_named_in_question(question: str, language: Language) -> list[PhraseMatch]:
    """The openings that a question names ("what does it request", "urges whom"), by ids."""
    return _phrases(language, "question").find(question)


def reported_acts(text: str, language: Language) -> bool:
    """Whether a text reports what a body requested, decided or encouraged ("in which the Council requested …")."""
    directed = {i for i, opening in openings().items() if _is_act(opening)}
    return any(m.id in directed for m in _phrases(language, "question", "operative").find(text))
