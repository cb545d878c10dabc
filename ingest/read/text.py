"""Plain text and Markdown, in UTF-8, with or without a YAML front matter between lines of three hyphens."""

from __future__ import annotations

from pathlib import Path

import yaml

from corpus.errors import UnreadableFile
from ingest.read.source import SourceLine, SourceText

_FENCE = "---"


def read_text(path: Path) -> SourceText:
    """The lines of a text file. Raises UnreadableFile when it is empty, binary or not UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"{path.name}: cannot be read ({error.strerror}); check that it exists and is a file."
        ) from error
    return text_from(data, path.name)


def text_from(data: bytes, name: str) -> SourceText:
    """The lines of the bytes of a text file called ``name``. Raises UnreadableFile as ``read_text`` does."""
    if not data.strip():
        raise UnreadableFile(f"{name}: the file is empty; give the text of a document.")
    if b"\0" in data:
        raise UnreadableFile(f"{name}: the file is binary, not text; give its text in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{name}: not UTF-8 at byte {error.start}; save the file as UTF-8.") from error
    raw = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = tuple(SourceLine(number, line) for number, line in enumerate(raw, start=1))
    end = _front_matter_end(raw)
    if end is None:
        return SourceText(lines)
    try:
        fields = yaml.safe_load("\n".join(raw[1:end]))
    except yaml.YAMLError as error:
        raise UnreadableFile(f"{name}: the front matter is not valid YAML; mend it or take it out.") from error
    if not isinstance(fields, dict):
        return SourceText(lines)
    return SourceText(lines[end + 1 :], {str(k): v for k, v in fields.items()}, end + 1)


def _front_matter_end(raw: list[str]) -> int | None:
    if raw[0].strip() != _FENCE:
        return None
    return next((i for i, line in enumerate(raw[1:], start=1) if line.strip() == _FENCE), None)
