"""The documents that ship, in libraries that last as long as a measurement.

Figures are of these documents as today's code reads and cuts them, whatever else is in anyone's own library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.settings import Settings
from corpus.encoder import Encoder
from corpus.errors import LibraryError, SettingsError
from corpus.library import Library
from ingest.pipeline import Pipeline, Status


def shipped_folder(settings: Settings) -> Path:
    """The folder of documents, with a folder a language. Raises SettingsError when the settings name none."""
    if settings.corpus is None:
        raise SettingsError("NMIRF_CORPUS is none; there are no documents to measure with.")
    return settings.corpus


@contextmanager
def library_of(folders: Iterable[Path], encoder: Encoder) -> Iterator[Library]:
    """A library of the documents in these folders, kept in a folder of its own and gone afterwards.

    Raises LibraryError on a document that cannot be ingested, and when there is none.
    """
    with TemporaryDirectory() as home:
        library = Library(Path(home))
        try:
            folders = list(folders)
            for report in Pipeline(library, encoder).ingest(folders):
                if report.status in (Status.QUARANTINED, Status.FAILED):
                    raise LibraryError(report.issues[0].message)
            if not library.count_documents():
                named = " and ".join(map(str, folders))
                raise LibraryError(f"{named} holds no documents; name another corpus in NMIRF_CORPUS.")
            yield library
        finally:
            library.close()
