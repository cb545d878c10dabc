"""One reader a format: a file becomes a SourceText, lines as they came. ``read`` picks the reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from corpus.errors import UnreadableFile
from ingest.read.source import SourceLine, SourceText
from ingest.read.text import read_text

READERS: dict[str, Callable[[Path], SourceText]] = {
    ".md": read_text,
    ".markdown": read_text,
    ".text": read_text,
    ".txt": read_text,
}

__all__ = ["READERS", "SourceLine", "SourceText", "read"]


def read(path: Path) -> SourceText:
    """The file as lines. Raises UnreadableFile when no reader knows the format or the file is damaged."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(READERS))
        raise UnreadableFile(
            f"{path.name}: no reader for {path.suffix or 'a file without an ending'}; give one of {known}."
        )
    return reader(path)
