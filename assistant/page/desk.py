"""What the page asks of the assistant behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from assistant.reply import Reply
from corpus.language import Language
from corpus.library import Library


class Desk(Protocol):
    """Whoever answers, and the library whose paragraphs the answers cite."""

    @property
    def library(self) -> Library:
        """Where the cited documents are read from."""
        ...

    def reply(self, question: str, language: Language | None, earlier: Sequence[str]) -> Reply:
        """The reply to a question, asked after ``earlier`` ones; None leaves its language to be detected.

        Raises an NmirfError of one sentence when the question cannot be asked. Called from several threads.
        """
        ...
