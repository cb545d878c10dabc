"""Symbols: parsed and printed without loss, found in running text, linked to the official text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SymbolError
from corpus.language import Language
from corpus.symbol import Symbol, symbols_in

SYMBOLS = [
    "A/HRC/RES/60/27",
    "A/72/351",
    "A/RES/70/1",
    "S/RES/2768(2025)",
    "E/CN.4/Sub.2/2000/46",
    "A/HRC/57/73/Add.1",
    "A/HRC/59/L.17",
    "HR/PUB/16/1",
    "CCPR/C/GC/37",
    "FCCC/CP/2015/10/Add.1",
    "A/RES/ES-10/20",
]


@pytest.mark.parametrize("text", SYMBOLS)
def test_symbol_prints_what_it_parsed(text: str) -> None:
    assert str(Symbol.parse(text)) == text


@pytest.mark.parametrize("text", ["", "60/27", "hello", "A/", "A/HRC/RES/60/27 and more", "/A/72/351", "A//72"])
def test_other_texts_are_no_symbols(text: str) -> None:
    with pytest.raises(SymbolError, match="not the symbol"):
        Symbol.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("见A/HRC/53/63。", ["A/HRC/53/63"]),
        ("(A/HRC/35/18，第 25 段)", ["A/HRC/35/18"]),
        ("See FCCC/CP/2015/10/Add.1, decision 1/CP.21, annex.", ["FCCC/CP/2015/10/Add.1"]),
        ("والتقرير A/HRC/57/73؛ وA/72/351", ["A/HRC/57/73", "A/72/351"]),
        ("and/or, 60/27, 24/7", []),
        ("A/HRC/٦٠/٢٧", ["A/HRC/60/27"]),
    ],
)
def test_symbols_are_found_in_running_text(text: str, expected: list[str]) -> None:
    assert [str(symbol) for _, _, symbol in symbols_in(text)] == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A/HRC/RES/60/27", "60/27"),
        ("S/RES/2768(2025)", "2768(2025)"),
        ("A/72/351", None),
        ("A/HRC/57/73", None),
    ],
)
def test_resolution_number(text: str, number: str | None) -> None:
    assert Symbol(text).resolution_number == number


def test_link_to_the_official_text() -> None:
    assert Symbol("A/HRC/RES/60/27").url(Language.AR) == "https://undocs.org/ar/A/HRC/RES/60/27"


@given(st.text(max_size=200))
def test_any_text_is_searched_without_error(text: str) -> None:
    for start, end, symbol in symbols_in(text):
        assert 0 <= start < end <= len(text)
        assert Symbol.parse(str(symbol)) == symbol
