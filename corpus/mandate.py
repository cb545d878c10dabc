"""A mandate: what one operative paragraph asks of one set of addressees, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from corpus.bodies import with_broader


@dataclass(frozen=True)
class Mandate:
    """One act of an operative paragraph, ``text[start:end]`` of it.

    ``opening`` and ``addressees`` are ids of the vocabulary; ``sessions`` and ``dates`` are those by or at which the
    act is due, in the order of the text. ``directed`` says whether somebody is asked to act.
    """

    opening: str
    strength: str
    directed: bool
    addressees: tuple[str, ...]
    sessions: tuple[int, ...]
    dates: tuple[date, ...]
    start: int
    end: int


def asks(mandate: Mandate, bodies: Sequence[str]) -> bool:
    """Whether a mandate asks one of the bodies, or a part of one, to act."""
    return any(with_broader(addressee) & set(bodies) for addressee in mandate.addressees)
