"""Who must do what by when: what the shipped resolutions ask, read from their texts in six languages."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from corpus.bodies import english_name
from corpus.document import Document, Paragraph, ParagraphId, ParagraphKind
from corpus.language import Language
from corpus.lexical import fold
from corpus.mandate import Mandate
from corpus.openings import openings
from corpus.vocabulary import names_in, table
from ingest.mandates import mandates_in, mandates_of
from tests.conftest import FILES

Documents = dict[tuple[str, Language], Document]


@dataclass(frozen=True)
class Act:
    """What a paragraph says at one of its verbs, as a reader of the English text puts it down."""

    opening: str
    addressees: frozenset[str] = frozenset()
    sessions: tuple[int, ...] = ()


def act(opening: str, *addressees: str, sessions: tuple[int, ...] = ()) -> Act:
    return Act(opening, frozenset(addressees), sessions)


ACTS = {
    # Requests the Office of the High Commissioner to continue and to step up its work …
    ("60/27", "5"): [act("requests", "ohchr")],
    # Decides to convene, at its sixty-fifth session, a panel discussion …, and requests the Office … to organize it
    ("60/27", "7"): [act("decides", sessions=(65,)), act("requests", "ohchr")],
    # Requests the Office … to prepare a report …, and to submit the report … before its sixty-sixth session
    ("60/27", "8"): [act("requests", "ohchr", sessions=(66,))],
    # Requests the Office … to strengthen dialogue with representatives of non-traditional donor countries
    ("56/2", "21"): [act("requests", "ohchr")],
    # Requests the Secretary-General to provide all the resources …, and requests the High Commissioner to prepare a
    # summary report …, to be submitted to the Council at its sixty-third session
    ("56/2", "31"): [act("requests", "secretary_general"), act("requests", "high_commissioner", sessions=(63,))],
    # Requests the High Commissioner to prepare a new report …, and to submit the report at its fifty-ninth session
    ("56/2", "33"): [act("requests", "high_commissioner", sessions=(59,))],
    # Requests the Office …, to provide the Council, starting from its fifty-sixth session, with an update …, and calls
    # upon stakeholders that have good practices … to provide technical assistance
    ("54/28", "14"): [act("requests", "ohchr", sessions=(56,)), act("calls_upon", "stakeholders")],
    # Requests the Office … to prepare a report, to be submitted to the Council at its fifty-sixth session
    ("54/28", "18"): [act("requests", "ohchr", sessions=(56,))],
}

# Rows in which the program and the text disagree, and why; a row that is mended must leave these tables.
BESIDE = "a body that stands near the verb without being asked is taken for an addressee"
WRONG_ACTS = {
    ("56/2", "33", Language.AR): "ويقترح فيه, what the report is to do, is taken for an act of the Council",
}
WRONG_ADDRESSEES = {
    ("54/28", "14", Language.ZH): BESIDE,  # 有关国家, whom the stakeholders are to help
    ("54/28", "18", Language.RU): BESIDE,  # Совет, to whom the report goes
}


def rows(wrong: dict[tuple[str, str, Language], str]) -> list[object]:
    """A row a paragraph and language; one that is known to be wrong must fail."""
    return [
        pytest.param(
            number,
            paragraph,
            language,
            id=f"{number} OP {paragraph} {language}",
            marks=[pytest.mark.xfail(strict=True, reason=reason)]
            if (reason := wrong.get((number, paragraph, language)))
            else [],
        )
        for number, paragraph in ACTS
        for language in Language
    ]


def found_in(documents: Documents, number: str, paragraph: str, language: Language) -> list[Mandate]:
    paragraphs = documents[f"A/HRC/RES/{number}", language].paragraphs
    return mandates_in(next(p for p in paragraphs if str(p.id) == paragraph), language)


def renders(found: str, expected: str, language: Language) -> bool:
    """Whether an opening is the expected one, or its usual rendering in the language (openings.toml, shared)."""
    entries = {entry["id"]: entry for entry in table("openings")["opening"]}
    forms = {fold(form) for form in names_in(entries[found], "operative", language)}
    return found == expected or any(fold(form) in forms for form in names_in(entries[expected], "shared", language))


@pytest.mark.parametrize(("number", "paragraph", "language"), rows(WRONG_ACTS))
def test_a_paragraph_asks_what_its_text_says(
    number: str, paragraph: str, language: Language, documents: Documents
) -> None:
    found = found_in(documents, number, paragraph, language)
    expected = ACTS[number, paragraph]
    assert [(m.sessions, m.dates) for m in found] == [(each.sessions, ()) for each in expected]
    for mandate, each in zip(found, expected, strict=True):
        assert renders(mandate.opening, each.opening, language), mandate.opening
        assert each.addressees <= set(mandate.addressees)


@pytest.mark.parametrize(("number", "paragraph", "language"), rows(WRONG_ADDRESSEES))
def test_a_paragraph_asks_nobody_else(number: str, paragraph: str, language: Language, documents: Documents) -> None:
    """Neither to whom the report goes nor whom it is about."""
    found = {body for m in found_in(documents, number, paragraph, language) for body in m.addressees}
    assert found == {body for each in ACTS[number, paragraph] for body in each.addressees}


def operative(text: str) -> Paragraph:
    return Paragraph(ParagraphId("1"), ParagraphKind.OPERATIVE, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.AR, "وهذه الفقرة لا تبدأ بفعل؛"),
        (Language.EN, "This paragraph begins with no verb of a resolution;"),
        (Language.ES, "Este párrafo no empieza por ningún verbo;"),
        (Language.FR, "Ce paragraphe ne commence par aucun verbe ;"),
        (Language.RU, "этот пункт не начинается с глагола;"),
        (Language.ZH, "本段没有动词；"),
    ],
    ids=str,
)
def test_a_paragraph_without_an_opening_asks_nothing(language: Language, text: str) -> None:
    assert mandates_in(operative(text), language) == []


@pytest.mark.parametrize(
    ("text", "sessions", "dates"),
    [
        ("Requests the Secretary-General to report at its eightieth session;", (80,), []),
        ("Requests the Secretary-General to report by 30 June 2027;", (), ["2027-06-30"]),
        ("Requests the Office to report at its sixty-second and sixty-fifth sessions;", (62, 65), []),
        # When a resolution was adopted is no date at which anything is due.
        ("Requests the Secretary-General to implement resolution 51/33 of 7 October 2022;", (), []),
        ("Requests the Secretary-General to report on time;", (), []),
    ],
)
def test_a_mandate_is_due_when_its_text_says(text: str, sessions: tuple[int, ...], dates: list[str]) -> None:
    (mandate,) = mandates_in(operative(text), Language.EN)
    assert mandate.sessions == sessions
    assert [day.isoformat() for day in mandate.dates] == dates


@pytest.mark.parametrize("name", [f"{p.parent.name}/{p.stem}" for p in FILES if "RES" in p.stem])
def test_mandates_divide_their_paragraph_and_name_what_the_vocabulary_knows(name: str, documents: Documents) -> None:
    language, stem = name.split("/")
    document = documents[stem.replace("_", "/"), Language(language)]
    texts = {str(p.id): p.text for p in document.paragraphs if p.kind is ParagraphKind.OPERATIVE and not p.within}
    found = mandates_of(document)
    assert found.keys() <= texts.keys()
    for label, mandates in found.items():
        ends = [m.start for m in mandates[1:]] + [len(texts[label])]
        assert [m.end for m in mandates] == ends
        for mandate in mandates:
            assert 0 <= mandate.start < mandate.end
            opening = openings()[mandate.opening]
            assert (mandate.strength, mandate.directed) == (opening.strength, opening.directed)
            assert mandate.directed or not mandate.addressees
            assert all(english_name(body) for body in mandate.addressees)
            assert len(set(mandate.addressees)) == len(mandate.addressees)
            assert all(0 < session < 200 for session in mandate.sessions)
