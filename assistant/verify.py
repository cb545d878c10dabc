"""Every citation is compared with the library before it is shown; what differs is not shown."""

from __future__ import annotations

from assistant.reply import Citation
from corpus.library import Library


def is_verbatim(citation: Citation, library: Library) -> bool:
    """Whether the library holds exactly this text, under this address, in this language, with this standing."""
    stored = library.paragraph(citation.symbol, citation.paragraph, citation.language)
    return stored is not None and stored.paragraph.text == citation.text and stored.official == citation.official


def verified(citations: tuple[Citation, ...], library: Library) -> tuple[Citation, ...]:
    """The citations that are verbatim, in their order."""
    return tuple(c for c in citations if is_verbatim(c, library))
