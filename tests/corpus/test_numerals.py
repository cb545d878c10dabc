"""Numbers in words, sessions and dates in the six languages: the tables' examples, rows, and properties."""

from __future__ import annotations

import datetime
import time
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import numerals
from corpus.errors import VocabularyError
from corpus.language import Language
from corpus.numerals import Found, cardinal, dates_in, ordinal_words, ordinals_in, sessions_in
from corpus.vocabulary import table

AR, EN, ES, FR, RU, ZH = Language.AR, Language.EN, Language.ES, Language.FR, Language.RU, Language.ZH
# The first call for a language composes and compiles its tables.
unhurried = settings(deadline=None)
languages = pytest.mark.parametrize("language", list(Language))


def rules(name: str, kind: str) -> list[Any]:
    """Each rule of a table as a test parameter."""
    return [
        pytest.param(language, rule, id=f"{language} {rule.get('form', rule.get('full'))}")
        for language in Language
        for rule in table(name)[str(language)][kind]
    ]


@cache
def composed(kind: str, language: Language) -> list[tuple[str, int]]:
    """Every form that the table composes for 1 to 120, as written."""
    grammar = numerals._grammar(language)
    forms = [pair for rule in getattr(grammar, kind) for pair in numerals._expand(rule.form, grammar.parts)]
    return [(form, value) for form, value in forms if value <= numerals.GREATEST]


# ------------------------------------------------------------------------------ the examples of the tables


@pytest.mark.parametrize("language, rule", rules("ordinals", "ordinal"))
def test_an_ordinal_rule_composes_its_examples(language: Language, rule: dict[str, Any]) -> None:
    grammar = numerals._grammar(language)
    own = {numerals._key(numerals._plain(f)) for f, _ in numerals._expand(rule["form"], grammar.parts)}
    assert rule["examples"]
    for text, expected in rule["examples"].items():
        [(start, end, value)] = ordinals_in(text, language)
        assert value == expected, text
        assert numerals._key(numerals._plain(text[start:end])) in own, text


@pytest.mark.parametrize("language, rule", rules("ordinals", "cardinal"))
def test_a_cardinal_rule_composes_its_examples(language: Language, rule: dict[str, Any]) -> None:
    grammar = numerals._grammar(language)
    own = {numerals._key(numerals._plain(f)) for f, _ in numerals._expand(rule["form"], grammar.parts)}
    assert rule["examples"]
    for text, expected in rule["examples"].items():
        assert cardinal(text, language) == expected, text
        assert any(form in numerals._key(numerals._plain(text)) for form in own), text


@pytest.mark.parametrize("language, rule", rules("ordinals", "session"))
def test_a_session_rule_matches_its_examples(language: Language, rule: dict[str, Any]) -> None:
    assert any(rule["examples"].values())
    for text, expected in rule["examples"].items():
        assert [s.value for s in sessions_in(text, language)] == expected, text


@pytest.mark.parametrize("language, rule", rules("dates", "shapes"))
def test_a_date_shape_matches_its_examples(language: Language, rule: dict[str, Any]) -> None:
    assert any(rule["examples"].values())
    for text, expected in rule["examples"].items():
        assert [d.value for d in dates_in(text, language)] == expected, text


# --------------------------------------------------------------------------------------- rows, six languages


@pytest.mark.parametrize(
    "language, text, expected",
    [
        (EN, "the 65th and the 121st, in paragraph 3", [("65th", 65)]),
        (EN, "one hundred and twenty-first", []),
        (EN, "sixty\u2011fifth", [("sixty\u2011fifth", 65)]),
        (FR, "65e, 65ème, 1er, 1re, 2nde", [("65e", 65), ("65ème", 65), ("1er", 1), ("1re", 1), ("2nde", 2)]),
        (FR, "soixante-cinquie\u0300me", [("soixante-cinquie\u0300me", 65)]),
        (FR, "deux cent unième", []),
        (ES, "65º, 65.º, 65ª, 3er", [("65º", 65), ("65.º", 65), ("65ª", 65), ("3er", 3)]),
        (ES, "el párrafo 8.a)", []),
        (RU, "65-й, 65-я, 65-го", [("65-й", 65), ("65-я", 65), ("65-го", 65)]),
        (RU, "сто двадцать первая", []),
        (AR, "الـ65", [("الـ65", 65)]),
        (AR, "الـ٦٥", [("الـ٦٥", 65)]),
        (AR, "والسادسة والستين", [("السادسة والستين", 66)]),
        (AR, "الخامسة والعشرين بعد المائة", []),
        (ZH, "第65、第６５和第一百零五", [("第65", 65), ("第６５", 65), ("第一百零五", 105)]),
        (ZH, "第60/27号决议，第一百二十一", []),
    ],
)
def test_ordinals(language: Language, text: str, expected: list[tuple[str, int]]) -> None:
    assert [(text[start:end], value) for start, end, value in ordinals_in(text, language)] == expected


@pytest.mark.parametrize(
    "language, text, expected",
    [
        (EN, "a report before its sixty-sixth session.", [("sixty-sixth session", 66)]),
        (EN, "its 65th and 66th sessions", [("65th", 65), ("66th sessions", 66)]),
        (EN, "What is due at HRC63?", [("HRC63", 63)]),
        (EN, "the intersessional seminar; one session; the 2025 session; resolution 60/27", []),
        (EN, "tenth emergency special session", []),
        (FR, "avant sa soixante-sixième session", [("soixante-sixième session", 66)]),
        (FR, "séminaires intersessions", []),
        (ES, "antes de su 66º período de sesiones", [("66º período de sesiones", 66)]),
        (ES, "45ª sesión, 8 de octubre de 2025", []),
        (RU, "на своей шестьдесят пятой сессии", [("шестьдесят пятой сессии", 65)]),
        (RU, "45-е заседание; сто двадцать первая сессия", []),
        (AR, "وأن تقدم التقرير قبل دورته السادسة والستين", [("دورته السادسة والستين", 66)]),
        (AR, "دَوْرته السَّادسة والستين", [("دَوْرته السَّادسة والستين", 66)]),
        (AR, "الجلسة 45، 8 تشرين الأول/أكتوبر 2025", []),
        (ZH, "在人权理事会第六十六届会议之前", [("第六十六届会议", 66)]),
        (ZH, "第三十二届 \n\n会议期间", [("第三十二届 \n\n会议", 32)]),
        (ZH, "本届会议，第一百二十一届会议", []),
    ],
)
def test_sessions(language: Language, text: str, expected: list[tuple[str, int]]) -> None:
    assert [(text[s.start : s.end], s.value) for s in sessions_in(text, language)] == expected


@pytest.mark.parametrize(
    "language, text, expected",
    [
        (EN, "on 8 October 2025, in", [("8 October 2025", "2025-10-08")]),
        (EN, "2025-10-08", [("2025-10-08", "2025-10-08")]),
        (EN, "08/10/2025; 2025-13-01; 31 February 2020; A/HRC/2025-10-08", []),
        (
            EN,
            "24 November to 3 December 2021",
            [("24 November", "2021-11-24"), ("3 December 2021", "2021-12-03")],
        ),
        (EN, "paras. 2, 3 May 2017", [("3 May 2017", "2017-05-03")]),
        (FR, "(A/HRC/35/20), 3 mai 2017²", [("3 mai 2017", "2017-05-03")]),
        (FR, "1ᵉʳ avril 2022", [("1ᵉʳ avril 2022", "2022-04-01")]),
        (ES, "de 8 de octubre de 2025,", [("8 de octubre de 2025", "2025-10-08")]),
        (RU, "от 8 октября 2025 года,", [("8 октября 2025 года", "2025-10-08")]),
        (AR, "و30 حزيران/يونيه 2025", [("30 حزيران/يونيه 2025", "2025-06-30")]),
        (AR, "٢٠٢٥-١٠-٠٨", [("٢٠٢٥-١٠-٠٨", "2025-10-08")]),
        (ZH, "2025年10月8日第45次会议", [("2025年10月8日", "2025-10-08")]),
        (ZH, "2025年9月8日至10月8日", [("2025年9月8日", "2025-09-08"), ("10月8日", "2025-10-08")]),
    ],
)
def test_dates(language: Language, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[d.start : d.end], str(d.value)) for d in dates_in(text, language)] == expected


@pytest.mark.parametrize(
    "language, text, expected",
    [
        (EN, "31", 31),
        (EN, "0", 0),
        (EN, "twenty-one", 21),
        (EN, "two or three", None),
        (EN, "second", None),
        (EN, "none", None),
        (FR, "deux", 2),
        (ES, "dos", 2),
        (RU, "двух", 2),
        (AR, "عضوين اثنين", 2),
        (AR, "١٤", 14),
        (ZH, "两", 2),
        (ZH, "二十一", 21),
    ],
)
def test_cardinal(language: Language, text: str, expected: int | None) -> None:
    assert cardinal(text, language) == expected


@pytest.mark.parametrize(
    "n, expected",
    [
        (1, ["الأولى", "first", "1º", "première", "первая", "第一"]),
        (12, ["الثانية عشرة", "twelfth", "12º", "douzième", "двенадцатая", "第十二"]),
        (65, ["الخامسة والستين", "sixty-fifth", "65º", "soixante-cinquième", "шестьдесят пятая", "第六十五"]),
        (
            71,
            [
                "الحادية والسبعين",
                "seventy-first",
                "71º",
                "soixante et onzième",
                "семьдесят первая",
                "第七十一",
            ],
        ),
        (
            105,
            [
                "الخامسة بعد المائة",
                "one hundred and fifth",
                "105º",
                "cent cinquième",
                "сто пятая",
                "第一百零五",
            ],
        ),
        (250, ["250"] * 6),
    ],
)
def test_ordinal_words(n: int, expected: list[str]) -> None:
    assert [ordinal_words(n, language) for language in Language] == expected


# ------------------------------------------------------------------------------------------------- properties


@languages
def test_every_number_has_forms(language: Language) -> None:
    for kind in ("ordinal", "cardinal"):
        values = {value for _, value in composed(kind, language)}
        assert values >= set(range(1, 101)), (language, kind)
    assert {value for _, value in composed("ordinal", language)} == set(range(1, numerals.GREATEST + 1))


@languages
def test_every_composed_ordinal_is_found_again(language: Language) -> None:
    for form, value in composed("ordinal", language):
        assert ordinals_in(form, language) == [(0, len(form), value)], form


@languages
def test_every_composed_cardinal_is_read_again(language: Language) -> None:
    for form, value in composed("cardinal", language):
        assert cardinal(form, language) == value, form


@unhurried
@given(st.sampled_from(list(Language)), st.data())
def test_ordinals_are_found_in_any_dress(language: Language, data: st.DataObject) -> None:
    form, value = data.draw(st.sampled_from(composed("ordinal", language)))
    form = data.draw(st.sampled_from([str.upper, str.lower, str.title]))(form)
    form = form.replace(" ", data.draw(st.sampled_from([" ", "\u00a0", "\n", "  "])))
    form = form.replace("-", data.draw(st.sampled_from(["-", "\u2011", " ", "- "])))
    before, after = (
        data.draw(st.sampled_from(["", "(", "… ", "«", "\u200f"])),
        data.draw(st.sampled_from(["", ".", ")"])),
    )
    [(start, end, found)] = ordinals_in(before + form + after, language)
    assert (before + form + after)[start:end].strip("\u200f") == form
    assert found == value


@unhurried
@given(st.integers(1, numerals.GREATEST))
def test_the_printed_session_is_found_again(n: int) -> None:
    phrases = {
        AR: "الدورة {}",
        EN: "{} session",
        ES: "{} período de sesiones",
        FR: "{} session",
        RU: "{} сессия",
        ZH: "{}届会议",
    }
    for language, phrase in phrases.items():
        text = phrase.format(ordinal_words(n, language))
        assert sessions_in(text, language) == [Found(0, len(text), n)]


@unhurried
@given(st.integers(1, numerals.GREATEST), st.sampled_from(list(Language)), st.data())
def test_figures_with_a_mark_are_ordinals(n: int, language: Language, data: st.DataObject) -> None:
    grammar = numerals._grammar(language)
    before = [(m, "") for m in grammar.marks_before]
    after = [("", m) for form in grammar.marks_after for m, _ in numerals._expand(form, grammar.parts)]
    head, tail = data.draw(st.sampled_from(before + after))
    text = f"{head}{n}{tail}"
    assert ordinals_in(text, language) == [(0, len(text), n)]
    assert ordinals_in(str(n), language) == []


@unhurried
@given(
    st.dates(datetime.date(1946, 1, 1), datetime.date(2035, 12, 31)),
    st.sampled_from(list(Language)),
    st.data(),
)
def test_dates_round_trip(date: datetime.date, language: Language, data: st.DataObject) -> None:
    calendar = numerals._Calendar(**table("dates")[str(language)])
    shape = data.draw(st.sampled_from(calendar.shapes))
    marks = calendar.day_marks[:] if calendar.marks_required else ["", *calendar.day_marks]
    years = calendar.year_marks if calendar.marks_required else [""]
    parts: dict[str, numerals.Part] = {
        **calendar.sets,
        "days": [f"{date.day}{data.draw(st.sampled_from(marks))}"],
        "month": [data.draw(st.sampled_from(calendar.months[str(date.month)]))],
        "year": [f"{date.year}{years[0]}"],
    }
    written = data.draw(st.sampled_from([form for form, _ in numerals._expand(shape["full"], parts)]))
    for text in (written, written.upper(), written.replace(" ", "\u00a0")):
        assert dates_in(f"({text})", language) == [Found(1, len(text) + 1, date)], text
    assert [d.value for d in dates_in(f"({date.isoformat()})", language)] == [date]


PIECES = [
    *[
        "1",
        "65",
        "2025",
        "31",
        "/",
        ".",
        ",",
        "-",
        "–",
        " ",
        "\n",
        "²",
        "\u200f",
        "\u064e",
        "\ue000",
        "\ue00f",
        "\ud800",
    ],
    *["first", "sixty-", "session", "May", "and", "to", "th", "HRC", "hundred"],
    *["soixante", "onzième", "et", "sessions", "e", "er", "mai", "cent"],
    *["sexagésimo", "quinto", "período de sesiones", "de", "mayo", "º", "y"],
    *["шестьдесят", "пятая", "сессия", "мая", "года", "-я", "сто"],
    *["الخامسة", "والستين", "الدورة", "آب", "/أغسطس", "الـ", "و", "بعد المائة"],
    *["第", "六十", "五", "届", "会议", "年", "月", "日", "至", "百"],
]
anything = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


@unhurried
@given(anything, st.sampled_from(list(Language)))
def test_any_text_is_read_without_an_exception(text: str, language: Language) -> None:
    spans = [
        [(start, end) for start, end, _ in ordinals_in(text, language)],
        [(s.start, s.end) for s in sessions_in(text, language)],
        [(d.start, d.end) for d in dates_in(text, language)],
    ]
    for found in spans:
        assert found == sorted(found)
        assert all(0 <= start < end <= len(text) for start, end in found)
        assert all(a[1] <= b[0] for a, b in pairwise(found))
    assert all(1 <= n <= numerals.GREATEST for *_, n in ordinals_in(text, language))
    count = cardinal(text, language)
    assert count is None or count >= 0


@languages
@pytest.mark.parametrize(
    "piece",
    [
        *["- ", "1, ", "1 and ", "1 y ", "1 January and ", "1 January 2020 and ", "January 1, ", "session 1 and "],
        *["first and ", "twenty-", "quatre-vingt-", "первая и ", "сто ", "الخامسة و", "1 يناير و", "1، ", "َ"],
        *["1日、", "1月1日和", "2025年1月1日至", "第六十、", "六十届"],
    ],
)
def test_long_repetitions_take_no_long_time(piece: str, language: Language) -> None:
    text = piece * (20_000 // len(piece))
    begun = time.perf_counter()
    for read in (ordinals_in, sessions_in, dates_in):
        read(text, language)
    assert time.perf_counter() - begun < 5  # a tenth of a second; runaway backtracking takes minutes


def test_a_form_with_an_unknown_part_is_an_error_that_names_it() -> None:
    with pytest.raises(VocabularyError, match=r"\{tens\}.*\['unit'\]"):
        list(numerals._expand("{tens}-{unit}", {"unit": {"1": ["first"]}}))
