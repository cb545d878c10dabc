"""Words: folded and stemmed so that a question typed in a hurry meets the text as printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.language import Language
from corpus.lexical import fold, index_tokens, words

SAME = [
    ("résolution", "RESOLUTION", Language.FR),
    ("mécanismes nationaux", "mecanismes nationaux", Language.FR),
    ("resolución", "resolucion", Language.ES),
    ("ещё", "еще", Language.RU),
    ("Управления Верховного комиссара", "управлению верховному комиссару", Language.RU),
    ("المفوضية", "والمفوضية", Language.AR),
    ("المفوضية", "مفوضيه", Language.AR),
    ("الإبلاغ", "الابلاغ", Language.AR),
    ("٦٠/٢٧", "60/27", Language.AR),
    ("６０／２７", "60/27", Language.ZH),
    ("mechanisms", "Mechanism", Language.EN),
]


@pytest.mark.parametrize(("one", "other", "language"), SAME)
def test_forms_of_a_word_have_one_stem(one: str, other: str, language: Language) -> None:
    assert [w.stem for w in words(one, language)] == [w.stem for w in words(other, language)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            "第60/27号决议执行部分",
            Language.ZH,
            ["第", "60/27", "号决", "决议", "议执", "执行", "行部", "部分"],
        ),
        ("A/HRC/RES/60/27", Language.EN, ["a/hrc/res/60/27", "60/27"]),
        ("COVID-19", Language.RU, ["covid", "19"]),
        ("人权 knowledge hubs", Language.ZH, ["人权", "knowledg", "hub"]),
        ("", Language.EN, []),
    ],
)
def test_index_tokens(text: str, language: Language, expected: list[str]) -> None:
    assert index_tokens(text, language) == expected


@given(st.text(max_size=100), st.sampled_from(list(Language)))
def test_words_keep_their_places(text: str, language: Language) -> None:
    assert len(fold(text)) == len(text)
    last = 0
    for word in words(text, language):
        assert last <= word.start < word.end <= len(text)
        assert word.stem
        last = word.end
