"""A real encoder that is small: words hash to vectors, so texts that share words lie near each other. No model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.language import is_cjk
from corpus.lexical import fold

_WORD = re.compile(r"\w+")


class HashEncoder:
    """The vector of a text is the sum of its words' vectors, of length 1; a word's is drawn with its hash as the seed.

    Satisfies ``corpus.encoder.Encoder``, and has the ``pieces`` of ``StaticEncoder``.
    """

    def __init__(self, dimensions: int = 32, salt: str = "") -> None:
        self.dimensions = dimensions
        self.name = f"hash:{dimensions}{salt}"
        self._salt = salt
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row a text, of length 1; zeros for a text without words."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            rows[row] = _of_unit_length(sum((self._vector(word) for word in self.pieces(text)), start=rows[row]))
        return rows

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same as ``encode_passages``."""
        return self.encode_passages(texts)

    def pieces(self, text: str) -> list[str]:
        """The words of a text in order, a Han character each, as ``StaticEncoder.pieces``."""
        return _words(text)

    def _vector(self, word: str) -> NDArray[np.float32]:
        if word not in self._vectors:
            seed = int.from_bytes(hashlib.sha256((self._salt + word).encode()).digest()[:8], "big")
            drawn = np.random.default_rng(seed).standard_normal(self.dimensions)
            self._vectors[word] = _of_unit_length(drawn.astype(np.float32))
        return self._vectors[word]


def _words(text: str) -> list[str]:
    """The words of a text in order, a Han character each."""
    return [part for word in _WORD.findall(fold(text)) for part in (word if is_cjk(word[0]) else [word])]


def _of_unit_length(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vector)
    return vector / length if length else vector
