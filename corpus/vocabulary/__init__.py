"""Language knowledge as tables: one TOML file a subject, each rule with examples that tests run.

``table(name)`` is the one loader. Tables that list names in six languages become a ``Phrases``, which finds them in
running text by sequences of stemmed words, so that inflected forms need not be listed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from corpus.errors import VocabularyError
from corpus.language import Language
from corpus.lexical import Word, words

FOLDER = Path(__file__).parent


@cache
def table(name: str) -> dict[str, Any]:
    """The table ``NAME.toml`` as plain values. Raises VocabularyError when it is missing or broken."""
    path = FOLDER / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise VocabularyError(f"There is no vocabulary table {path.name}; the installation is incomplete.") from error
    except tomllib.TOMLDecodeError as error:
        raise VocabularyError(f"The vocabulary table {path.name} is not valid TOML: {error}.") from error


@dataclass(frozen=True)
class PhraseMatch:
    """A phrase found in a text: which entry it names and where (``text[start:end]``)."""

    id: str
    start: int
    end: int
    first_word: int
    last_word: int

    def holds(self, word: Word) -> bool:
        """Whether a word of the text begins within the phrase."""
        return self.start <= word.start < self.end


@dataclass
class _Node:
    names: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    next: dict[str, _Node] = field(default_factory=dict)


class Phrases:
    """Names of things in one language, found in texts by sequences of stemmed words; the longest name wins."""

    def __init__(self, language: Language, names: Iterable[tuple[str, str]]) -> None:
        self.language = language
        self._root = _Node()
        for identifier, name in names:
            node = self._root
            named = words(name, language)
            if not named:
                raise VocabularyError(f"{identifier}: the name {name!r} has no words.")
            for word in named:
                node = node.next.setdefault(word.stem, _Node())
            node.names.append((identifier, tuple(w.form for w in named)))

    def find(self, text: str | list[Word]) -> list[PhraseMatch]:
        """Every phrase of the text, leftmost and longest first, none overlapping another."""
        found = words(text, self.language) if isinstance(text, str) else text
        matches: list[PhraseMatch] = []
        position = 0
        while position < len(found):
            last, ids = self._longest_at(found, position)
            if not ids:
                position += 1
                continue
            start, end = found[position].start, found[last].end
            matches.extend(PhraseMatch(i, start, end, position, last) for i in ids)
            position = last + 1
        return matches

    def find_at(self, found: list[Word], position: int) -> list[PhraseMatch]:
        """The longest phrase that begins at a word, once for each entry that it names."""
        last, ids = self._longest_at(found, position)
        return [PhraseMatch(i, found[position].start, found[last].end, position, last) for i in ids]

    def find_all(self, text: str | list[Word]) -> list[PhraseMatch]:
        """Every phrase of the text, those within or across others too."""
        found = words(text, self.language) if isinstance(text, str) else text
        matches: list[PhraseMatch] = []
        for position in range(len(found)):
            node: _Node | None = self._root
            for index in range(position, len(found)):
                node = node.next.get(found[index].stem) if node else None
                if node is None:
                    break
                ids = _ids_of(node, found[position : index + 1])
                matches += [PhraseMatch(i, found[position].start, found[index].end, position, index) for i in ids]
        return matches

    def _longest_at(self, found: list[Word], position: int) -> tuple[int, list[str]]:
        node, best, ids = self._root, position, list[str]()
        for index in range(position, len(found)):
            following = node.next.get(found[index].stem)
            if following is None:
                break
            node = following
            if node.names:
                best, ids = index, _ids_of(node, found[position : index + 1])
        return best, ids


def _ids_of(node: _Node, found: list[Word]) -> list[str]:
    """The entries named here: those written just so, else all whose stems these are (developing, developed)."""
    forms = tuple(w.form for w in found)
    exact = [identifier for identifier, written in node.names if written == forms]
    return list(dict.fromkeys(exact or (identifier for identifier, _ in node.names)))


def names_in(entry: Mapping[str, Any], key: str, language: Language) -> list[str]:
    """The names that an entry lists under a key for a language; an entry without them has none."""
    listed: list[str] = entry.get(key, {}).get(str(language), [])
    return listed
