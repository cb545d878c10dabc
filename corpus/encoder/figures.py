"""How well an encoder finds translations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from corpus.encoder import Encoder
from corpus.encoder.training_data import Row
from corpus.language import Language

Precision = dict[tuple[str, str], float]
"""P@1 by direction: the language searched with, and the language searched."""


def precision_at_1(encoder: Encoder, rows: Sequence[Row], distractors: Sequence[Row] = ()) -> Precision:
    """Of the rows, the share whose nearest candidate in the other language is its own translation.

    The candidates are the rows themselves, and the distractors.
    """
    vectors = {
        language: encoder.encode_passages([row[language] for row in [*rows, *distractors]]) for language in Language
    }
    return {
        (one, other): float(np.mean((vectors[one][: len(rows)] @ vectors[other].T).argmax(1) == np.arange(len(rows))))
        for one, other in permutations(Language, 2)
    }


def in_words(precision: Precision) -> str:
    """Mean and lowest figure of the directions."""
    one, other = min(precision, key=lambda direction: precision[direction])
    mean = sum(precision.values()) / len(precision)
    return f"mean {mean:.3f}, lowest {precision[one, other]:.3f} ({one} to {other})"


def in_table(precision: Precision) -> str:
    """The directions as a Markdown table, a row the language searched with."""
    lines = ["| from \\ to | " + " | ".join(Language) + " |", "|---" * (len(Language) + 1) + "|"]
    for one in Language:
        cells = (f"{precision[one, other]:.3f}" if one is not other else "" for other in Language)
        lines.append(f"| {one} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
