"""Language versions of one document: the same paragraphs, naming the same documents; the official one measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.alignment import Misalignment, misalignment
from corpus.document import Document, ParagraphId
from corpus.language import Language


@pytest.fixture
def versions(documents: dict[tuple[str, Language], Document]) -> dict[Language, Document]:
    """The six versions of a resolution; the Chinese one is official."""
    return {language: d for (symbol, language), d in documents.items() if symbol == "A/HRC/RES/60/27"}


def without(document: Document, *labels: str) -> Document:
    return replace(document, paragraphs=tuple(p for p in document.paragraphs if str(p.id) not in labels))


def renamed(document: Document, label: str, new: str) -> Document:
    paragraphs = (replace(p, id=ParagraphId(new)) if str(p.id) == label else p for p in document.paragraphs)
    return replace(document, paragraphs=tuple(paragraphs))


def naming(document: Document, label: str, number: str) -> Document:
    paragraphs = (replace(p, text=f"{p.text} {number}") if str(p.id) == label else p for p in document.paragraphs)
    return replace(document, paragraphs=tuple(paragraphs))


def test_the_shipped_versions_align(documents: dict[tuple[str, Language], Document]) -> None:
    for (symbol, _), document in documents.items():
        others = [d for (other, _), d in documents.items() if other == symbol]
        assert misalignment(document, others) is None


def test_a_version_that_lacks_a_paragraph_or_has_another_is_told_from_the_official_one(
    versions: dict[Language, Document],
) -> None:
    french = renamed(without(versions[Language.FR], "6", "8(b)"), "7", "99")
    found = misalignment(french, versions.values())
    assert found == Misalignment(Language.FR, Language.ZH, ("6", "7", "8(b)"), ("99",), ())
    assert found.issue.code == "not_aligned"
    assert found.issue.message == (
        "The version in fr does not align with the one in zh: it lacks 6, 7, 8(b), alone has 99."
    )


@pytest.mark.parametrize("number", ["99/1", "٩٩/١"])
def test_a_paragraph_that_names_another_document_is_told(versions: dict[Language, Document], number: str) -> None:
    found = misalignment(naming(versions[Language.AR], "PP2", number), versions.values())
    assert found == Misalignment(Language.AR, Language.ZH, (), (), ("PP2",))


def test_without_an_official_version_most_versions_are_the_measure(versions: dict[Language, Document]) -> None:
    unofficial = {language: replace(v, official=False) for language, v in versions.items()}
    unofficial[Language.EN] = without(unofficial[Language.EN], "6")
    assert misalignment(unofficial[Language.FR], unofficial.values()) is None
    found = misalignment(unofficial[Language.EN], unofficial.values())
    assert found is not None
    assert found.lacking == ("6",)


def test_an_official_version_is_not_measured_by_a_translation(versions: dict[Language, Document]) -> None:
    assert misalignment(without(versions[Language.ZH], "6"), versions.values()) is None
    assert misalignment(versions[Language.ZH], []) is None


def test_only_the_first_of_many_are_listed(versions: dict[Language, Document]) -> None:
    found = misalignment(without(versions[Language.EN], *map(str, range(1, 9))), versions.values())
    assert found is not None
    assert "it lacks 1, 2, 3, 4, 5 and" in found.issue.message
