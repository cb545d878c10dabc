"""Whether the language versions of a document align: the same paragraphs, naming the same documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.document import Document, Issue, Paragraph, ParagraphKind
from corpus.language import Language, western_digits

# Numbers of resolutions (60/27) are written alike in all six languages.
_NUMBER = re.compile(r"(?<![\d/])\d{1,3}/\d{1,3}(?![\d/])")
_LISTED = 5  # how many labels are listed


@dataclass(frozen=True)
class Misalignment:
    """In what a version differs from another: labels that it lacks, that it alone has, that name other documents."""

    language: Language
    other: Language
    lacking: tuple[str, ...]
    further: tuple[str, ...]
    naming_others: tuple[str, ...]

    @property
    def issue(self) -> Issue:
        """The difference as an issue of the version."""
        parts = [
            f"{what} {_listed(labels)}"
            for what, labels in (
                ("lacks", self.lacking),
                ("alone has", self.further),
                ("names other documents in", self.naming_others),
            )
            if labels
        ]
        message = f"The version in {self.language} does not align with the one in {self.other}: it {', '.join(parts)}."
        return Issue("not_aligned", message)


def misalignment(version: Document, others: Iterable[Document]) -> Misalignment | None:
    """In what a version differs from the one that it is to align with; None when it aligns, or there is no other.

    That one is the official version, or else the one whose paragraphs most of the versions have.
    """
    others = [each for each in others if each.language != version.language]
    if version.official or not others:
        others = [each for each in others if each.official]
    if not others:
        return None
    reference = _reference(version, others)
    own, wanted = _paragraphs(version), _paragraphs(reference)
    found = Misalignment(
        version.language,
        reference.language,
        tuple(label for label in wanted if label not in own),
        tuple(label for label in own if label not in wanted),
        tuple(label for label in own if label in wanted and _numbers(own[label]) != _numbers(wanted[label])),
    )
    return found if found.lacking or found.further or found.naming_others else None


def _reference(version: Document, others: Sequence[Document]) -> Document:
    official = next((each for each in others if each.official), None)
    if official is not None:
        return official
    counts = Counter(tuple(_paragraphs(each)) for each in (version, *others))
    return max(others, key=lambda each: (counts[tuple(_paragraphs(each))], each.language is Language.EN))


def _paragraphs(document: Document) -> dict[str, Paragraph]:
    """The paragraphs with a number, by label; titles, summaries and votes are laid out differently in each language."""
    numbered = (ParagraphKind.OPERATIVE, ParagraphKind.PREAMBULAR, ParagraphKind.REPORT)
    return {str(p.id): p for p in document.paragraphs if p.kind in numbered}


def _numbers(paragraph: Paragraph) -> frozenset[str]:
    return frozenset(_NUMBER.findall(western_digits(paragraph.text)))


def _listed(labels: Sequence[str]) -> str:
    further = f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else ""
    return ", ".join(labels[:_LISTED]) + further
