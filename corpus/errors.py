"""The one error tree of the project. A message gives the offending value and the remedy."""

from __future__ import annotations


class NmirfError(Exception):
    """Root of every error that the project raises on purpose; its message is fit to be shown."""


class SymbolError(NmirfError):
    """A text that is not the symbol of a United Nations document."""


class UnreadableFile(NmirfError):
    """A file that cannot be read as a United Nations document: empty, binary, or in another encoding."""


class VocabularyError(NmirfError):
    """A vocabulary table that breaks its schema."""


class LibraryError(NmirfError):
    """The library cannot be opened, read or written."""


class LibraryInUse(LibraryError):
    """Another process is writing to the library."""


class IndexMismatch(LibraryError):
    """The index was made by another model or another chunker than the ones in use."""


class EncoderError(NmirfError):
    """An encoder model that cannot be loaded."""


class SettingsError(NmirfError):
    """An unknown setting, or a value that a setting does not take."""


class QuestionError(NmirfError):
    """A question that cannot be asked: empty, too long, or not text."""
