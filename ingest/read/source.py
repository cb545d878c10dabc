"""What every reader gives: the lines of a file, numbered from 1, and what the file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SourceLine:
    """A line as it came, without its line ending; ``number`` counts from 1 in the file."""

    number: int
    text: str


@dataclass(frozen=True)
class SourceText:
    """The lines of a file below its front matter; ``front_matter`` holds the fields above them, if any."""

    lines: tuple[SourceLine, ...]
    front_matter: Mapping[str, object] = field(default_factory=dict)
    front_matter_lines: int = 0
