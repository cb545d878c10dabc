"""How much each kind of evidence counts, and from which score on the assistant answers (weights.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from corpus.errors import VocabularyError


@dataclass(frozen=True)
class Weights:
    """Weights by the name of the evidence: for ranking, and for whether to answer at all."""

    weights: Mapping[str, float]
    certainty: Mapping[str, float]
    thresholds: Mapping[str, float]

    def score(self, evidence: Mapping[str, float]) -> float:
        """The weighted sum of the evidence; evidence without a weight does not count."""
        return sum(self.weights.get(name, 0.0) * value for name, value in evidence.items())

    def confidence(self, evidence: Mapping[str, float]) -> float:
        """How sure it is that a paragraph answers: the weighted sum of the evidence that needs no comparison."""
        return sum(self.certainty.get(name, 0.0) * value for name, value in evidence.items())


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The weights that ship. Raises VocabularyError when the file is not what it should be."""
    path = Path(__file__).with_name("weights.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if set(table) != {"weights", "certainty", "thresholds"}:
        raise VocabularyError(f"{path.name} needs the tables weights, certainty and thresholds, and no others.")
    return Weights(table["weights"], table["certainty"], table["thresholds"])
