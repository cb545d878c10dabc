"""Slips are mended towards the library's words; real words, other forms and names are left alone."""

from __future__ import annotations

import pytest

from assistant.answer import Assistant
from assistant.spelling import Spelling
from corpus.language import Language
from corpus.vocabulary import table


@pytest.fixture(scope="module")
def spelling(shipped: Assistant) -> Spelling:
    return Spelling(shipped.library)


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        (Language.EN, "reqest of the High Comissioner", "request of the High Commissioner"),
        (Language.EN, "natinal mechansims and the parlaiment", "national mechanisms and the parliament"),
        (Language.EN, "What does OHCR do?", "What does OHCHR do?"),
        (Language.FR, "un mecanisme natinal et les recomandations", "un mecanisme national et les recommandations"),
        (Language.FR, "cooperation technqiue", "cooperation technique"),
        (Language.ES, "las recomendasiones del mecanizmo nasional", "las recomendaciones del mecanismo nacional"),
        (Language.RU, "потенцал нацоинального механизма", "потенциал национального механизма"),
        (Language.RU, "нацмеханизмы", "национальные механизмы"),
    ],
)
def test_slips_are_mended(spelling: Spelling, language: Language, typed: str, meant: str) -> None:
    assert spelling.mended(typed, language, []) == meant


@pytest.mark.parametrize(
    ("language", "text"),
    [
        # Words that the library does not have, near to some that it has (place, policy, court and count).
        (Language.EN, "police court peace umbrella yolk vaccine"),
        (Language.FR, "la police, un vaccin, la programmation"),
        (Language.ES, "la policía y una vacuna"),
        (Language.RU, "прокуратура и щенки"),
        (Language.AR, "المطبخ والمحكمة"),
        # Other forms of known words, and names.
        (Language.ES, "lo que se hable"),
        (Language.RU, "в Казахстане"),
        (Language.EN, "Marrakech Asunción Uganda"),
        # Without accents, ё, hamza; other scripts; short words.
        (Language.FR, "resolution etat prevoit"),
        (Language.RU, "ещё и её"),
        (Language.AR, "الاليه الوطنيه لاجراءات"),
        (Language.RU, "matchmaking function"),
        (Language.ZH, "高专办要从第几界会议开始"),
        (Language.EN, "wat fo"),
    ],
)
def test_what_is_no_slip_stays_as_it_is(spelling: Spelling, language: Language, text: str) -> None:
    assert spelling.mended(text, language, []) == text


@pytest.mark.parametrize(("prefix", "stands_for"), table("questions")["clipped"]["ru"].items())
def test_clipped_compounds_are_written_out(spelling: Spelling, prefix: str, stands_for: str) -> None:
    assert spelling.mended(f"{prefix}планы", Language.RU, []) == f"{stands_for} планы"
    assert spelling.mended("планы", Language.RU, []) == "планы"


def test_documents_and_paragraphs_stay_as_they_are_typed(spelling: Spelling) -> None:
    assert spelling.mended("resoluton 60/27", Language.EN, [(0, 15)]) == "resoluton 60/27"


def test_the_reply_says_how_the_question_was_read(shipped: Assistant) -> None:
    reply = shipped.reply("What does 60/27 reqest of OHCR?")
    assert reply.question == "What does 60/27 reqest of OHCR?"
    assert reply.read_as == "What does 60/27 request of OHCHR?"
    assert shipped.reply("What does 60/27 request of OHCHR?").read_as is None
    # Simplified characters are how the documents are written, not another question.
    assert shipped.reply("第６０／２７號決議要求人權高專辦做什麼？").read_as is None
