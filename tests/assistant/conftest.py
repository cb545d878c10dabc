"""The assistant over the shipped sources, made once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.answer import Assistant
from corpus.encoder import load_encoder
from corpus.library import Library
from ingest.pipeline import Pipeline
from tests.conftest import SOURCES


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over all shipped documents, with the encoder that ships."""
    library = Library(tmp_path_factory.mktemp("home"))
    encoder = load_encoder()
    with library.writing():
        assert all(report.status == "added" for report in Pipeline(library, encoder).ingest([SOURCES]))
    yield Assistant(library, encoder)
    library.close()
