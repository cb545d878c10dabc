"""What several tests share: the shipped sources, and a library of them made once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

import corpus
from corpus.document import Document
from corpus.language import Language
from ingest.parse import Parsed, parse
from ingest.read import read

SOURCES = Path(next(iter(corpus.__path__))) / "sources"
FILES = sorted(p for p in SOURCES.glob("*/*") if p.suffix in (".txt", ".md"))


@pytest.fixture(scope="session")
def parsed() -> dict[str, Parsed]:
    """Every shipped file, parsed, by ``language/name``."""
    return {f"{p.parent.name}/{p.name}": parse(read(p), p.name) for p in FILES}


@pytest.fixture(scope="session")
def documents(parsed: dict[str, Parsed]) -> dict[tuple[str, Language], Document]:
    """Every shipped document by symbol and language."""
    return {(str(p.document.symbol), p.document.language): p.document for p in parsed.values()}
