"""Late interaction: each word of a question meets the word of a paragraph that lies nearest to it.

The words of paragraphs are rows of one matrix, each kept once; a paragraph is the list of its rows. A question is
compared with hundreds of paragraphs by one product of matrices and one maximum a paragraph. The same is done with
sentences in the place of words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corpus.encoder import Encoder, StaticEncoder
from corpus.language import is_cjk
from corpus.lexical import Word, fold

_SENTENCE = re.compile(r"[.;!?؛؟。；！？]")

UNITS_REMEMBERED = 100_000
TEXTS_REMEMBERED = 20_000
_RUNS_REMEMBERED = 10_000
# Questions are compared this many words at a time, so that a page pasted as a question takes no more memory.
_AT_ONCE = 16
# OpenBLAS multiplies so much in the thread that asks. More, and it wakes others, which costs as much as they bring, and
# on a busy machine tens of milliseconds.
_PRODUCT = 2**18
# The matrix is multiplied whole unless fewer than one in so many of its rows are needed: copying rows costs as well.
_SPARSE = 4


class LateInteraction:
    """Compares texts with what a question asks, unit by unit; a unit is a word or a sentence.

    Remembers the different units of texts (units x dimensions, float32), and each text as rows of them. When it
    remembers ``most_units`` or ``most_texts`` it forgets all, before it learns what the next question needs.
    """

    def __init__(
        self, encoder: Encoder, most_units: int = UNITS_REMEMBERED, most_texts: int = TEXTS_REMEMBERED
    ) -> None:
        self._encoder = encoder
        self._most_units = most_units
        self._most_texts = most_texts
        self._forget()

    def _forget(self) -> None:
        self._matrix: NDArray[np.float32] = np.zeros((0, self._encoder.dimensions), dtype=np.float32)
        self._row_of: dict[str, int] = {}
        self._texts: dict[int, NDArray[np.int32]] = {}

    def forget_texts(self) -> None:
        """Forget which units each text has, since the texts may have changed."""
        self._texts = {}

    def vectors(self, units: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of units (units x dimensions)."""
        rows = self._rows([units])[0]  # new units may move the matrix
        return self._matrix[rows]

    def nearest(
        self,
        question: NDArray[np.float32],
        texts: Sequence[int],
        units_of: Callable[[list[int]], Iterable[Sequence[str]]],
    ) -> NDArray[np.float32]:
        """For each text and each vector of a question, the cosine of the text's nearest unit, 0 to 1.

        ``question`` is n x dimensions, ``texts`` are numbers that stand for texts; ``units_of`` is called once with
        those that are not known, and gives the units of each. Texts x n; zeros for a text without units.
        """
        self._learn(texts, units_of)
        nearest = np.zeros((len(texts), len(question)), dtype=np.float32)
        rows = [self._texts[text] for text in texts]
        lengths = np.array([len(r) for r in rows], dtype=np.int64)
        # reduceat gives an empty segment the value that follows it; only segments that hold something are reduced.
        filled = np.flatnonzero(lengths)
        if not len(filled) or not len(question):
            return nearest
        starts = (np.cumsum(lengths) - lengths)[filled]
        vectors, places = self._needed(np.concatenate(rows))
        for first in range(0, len(question), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            cosines = _cosines(question[part], vectors).take(places, axis=1)
            nearest[filled, part] = np.maximum.reduceat(cosines, starts, axis=1).T
        return np.clip(nearest, 0.0, 1.0, out=nearest)

    def _needed(self, rows: NDArray[np.int32]) -> tuple[NDArray[np.float32], NDArray[np.signedinteger]]:
        """The vectors that rows stand for, each once, and the rows as places among them."""
        known = self._matrix[: len(self._row_of)]
        is_needed = np.zeros(len(known), dtype=np.bool_)
        is_needed[rows] = True
        if int(is_needed.sum()) * _SPARSE > len(known):
            return known, rows
        return known[is_needed], (np.cumsum(is_needed) - 1)[rows]

    def _learn(self, texts: Sequence[int], units_of: Callable[[list[int]], Iterable[Sequence[str]]]) -> None:
        missing = list(dict.fromkeys(t for t in texts if t not in self._texts))
        if not missing:
            return
        if len(self._row_of) >= self._most_units or len(self._texts) >= self._most_texts:
            self._forget()
            missing = list(dict.fromkeys(texts))
        units = [list(dict.fromkeys(found)) for found in units_of(missing)]
        self._texts |= dict(zip(missing, self._rows(units), strict=True))

    def _rows(self, units: Sequence[Sequence[str]]) -> list[NDArray[np.int32]]:
        """The rows of each list of units; those that are new are encoded together."""
        new = list(dict.fromkeys(unit for found in units for unit in found if unit not in self._row_of))
        if new:
            self._append(self._encoder.encode_passages(new))
            self._row_of |= {unit: row for row, unit in enumerate(new, start=len(self._row_of))}
        return [np.array([self._row_of[unit] for unit in found], dtype=np.int32) for found in units]

    def _append(self, vectors: NDArray[np.float32]) -> None:
        """Add rows; when there is no room, the matrix grows to twice its size at least."""
        used = len(self._row_of)
        if used + len(vectors) > len(self._matrix):
            grown = np.empty((max(used + len(vectors), 2 * len(self._matrix)), vectors.shape[1]), dtype=np.float32)
            grown[:used] = self._matrix[:used]
            self._matrix = grown
        self._matrix[used : used + len(vectors)] = vectors


def _cosines(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosines of unit vectors with others: some x others."""
    cosines = np.empty((len(some), len(others)), dtype=np.float32)
    block = max(_PRODUCT // some.size, 1) if len(some) > 1 else len(others)
    for first in range(0, len(others), block):
        part = slice(first, first + block)
        np.matmul(some, others[part].T, out=cosines[:, part])
    return cosines


def sentences_in(text: str) -> list[str]:
    """The sentences and clauses of a text, without their ends."""
    return [part for part in _SENTENCE.split(text) if len(part.strip()) > 3]


@dataclass(frozen=True, slots=True)
class Unit:
    """A word as it is compared, folded, and where it is written (``text[start:end]``)."""

    text: str
    start: int
    end: int


class WordCutter:
    """Cuts texts into the words that are compared; a run of Han characters gives the pieces that the encoder knows."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        self._pieces_of = lru_cache(maxsize=_RUNS_REMEMBERED)(self._pieces)

    def units(self, text: str, found: Sequence[Word]) -> list[Unit]:
        """The words of a text, in order; ``found`` are all its words or those to take."""
        folded = fold(text)
        units: list[Unit] = []
        run_start = run_end = 0
        for word in found:
            if not is_cjk(folded[word.start]):
                # Where a vowel sign was folded away a joiner keeps its place; signs alone are no word.
                written = folded[word.start : word.end].replace("\u200d", "")
                units += [Unit(written, word.start, word.end)] if written else []
                continue
            if word.start != run_end:
                units += self._cut(folded[run_start:run_end], run_start)
                run_start = word.start
            run_end = word.end
        units += self._cut(folded[run_start:run_end], run_start)
        return sorted(units, key=lambda u: u.start)

    def _cut(self, run: str, start: int) -> list[Unit]:
        return [Unit(piece, start + a, start + b) for piece, a, b in self._pieces_of(run)] if run else []

    def _pieces(self, run: str) -> list[tuple[str, int, int]]:
        """A run of Han characters in pieces; single ones say little, and are left out where there are longer ones."""
        pieces: list[tuple[str, int, int]] = []
        position = 0
        for piece in (p.strip("▁") for p in self._encoder.pieces(run)):
            start = run.find(piece, position) if piece else -1
            if start >= 0:
                position = start + len(piece)
                pieces.append((piece, start, position))
        return [p for p in pieces if len(p[0]) > 1] or pieces
