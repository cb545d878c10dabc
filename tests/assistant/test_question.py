"""Questions: documents and paragraphs in every way people write them, language, kind, bad input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.address import symbols_of
from assistant.question import Kind, understand
from assistant.question_language import question_language
from corpus.errors import QuestionError
from corpus.language import Language

ADDRESSES = [
    ("60/27 op5", "60/27", "5"),
    ("HRC res. 60/27 op5", "60/27", "5"),
    ("HRC60/27 OP 6 pls", "60/27", "6"),
    ("What does paragraph 8 (b) of A/HRC/RES/60/27 say?", "60/27", "8(b)"),
    ("para. 19 (d) (ii) of A/72/351", "72/351", "19(d)(ii)"),
    ("PP12 of 56/2", "56/2", "PP12"),
    ("preambular paragraph 3 of resolution 54/28", "54/28", "PP3"),
    ("the fifth operative paragraph of 60/27", "60/27", "5"),
    ("60/27(5)", "60/27", "5"),
    ("a/hrc/res/60/27 para 5", "60/27", "5"),
    ("§ 19 d) iii) A/72/351", "72/351", "19(d)(iii)"),
    ("résolution 60/27, paragraphe 8 b)", "60/27", "8(b)"),
    ("54/28, paragraphe 23 du dispositif", "54/28", "23"),
    ("alinéa 5 du préambule de la résolution 60/27", "60/27", "PP5"),
    ("resolución 60/27, párr. 5", "60/27", "5"),
    ("A/HRC/RES/36/29, párr. dispositivo 7", "36/29", "7"),
    ("párrafo 4 del preámbulo de la resolución 56/2", "56/2", "PP4"),
    ("пункт 5 резолюции 60/27", "60/27", "5"),
    ("Рез. 56/2, п. 29", "56/2", "29"),
    ("десятый абзац преамбулы 56/2", "56/2", "PP10"),
    ("A/72/351, пункт 19 d)", "72/351", "19(d)"),
    ("القرار 60/27، الفقرة 5", "60/27", "5"),
    ("نص الفقرة ٤ من القرار ٣٦/٢٩", "36/29", "4"),
    ("الفقرة 8 (ب) من القرار 60/27", "60/27", "8(b)"),
    ("الفقرة 11 من منطوق القرار 60/27", "60/27", "11"),
    ("الفقرة 3 من ديباجة القرار 54/28", "54/28", "PP3"),
    ("第60/27号决议执行部分第5段", "60/27", "5"),
    ("60/27第8段(b)项", "60/27", "8(b)"),
    ("54/28号决议序言第三段原文", "54/28", "PP3"),
    ("56/2 执行部分第四十一段", "56/2", "41"),
    ("第６０／２７号决议第５段", "60/27", "5"),
    ("第６０／２７號決議第５段", "60/27", "5"),
    ("60/27第8(b)段", "60/27", "8(b)"),
    ("What does 8(d) of 60/27 say?", "60/27", "8(d)"),
    ("Résolution 60/27, par. 8 d) : que doit contenir le rapport ?", "60/27", "8(d)"),
    ("подпункт d) пункта 8 резолюции 60/27", "60/27", "8(d)"),
    ("subparagraph (b) of paragraph 8 of 60/27", "60/27", "8(b)"),
    ("ق 54/28 ف 12", "54/28", "12"),
    ("Que dit le paragraphe 3 du dispositif de la 56/2 ?", "56/2", "3"),
]

# Numbers that are no paragraph: votes, ordinals.
NO_ADDRESS = [
    "36/29, 3.er ciclo del EPU",
    "рез. 36/29, 3-й цикл УПО",
    "La 56/2 adoptée par 31 voix",
    "54/28 in 2023",
]


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_a_number_that_names_no_paragraph_is_left_alone(text: str) -> None:
    assert understand(text).paragraphs == ()


@pytest.mark.parametrize(("text", "number", "label"), ADDRESSES)
def test_an_address_is_read_however_it_is_written(text: str, number: str, label: str) -> None:
    query = understand(text)
    assert [s.number for s in query.symbols] == [number]
    assert [str(p.label) for p in query.paragraphs] == [label]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("compare 36/29 and 60/27", ["36/29", "60/27"]),
        ("A-HRC-RES-60-27", ["60/27"]),
        ("What does Security Council resolution 1325 ask?", ["1325"]),
        ("resolution 2768 (2025)", ["2768(2025)"]),
        ("ماذا يطلب قرار مجلس الأمن 1325 من الدول؟", ["1325"]),
        ("安理会第1325号决议要求什么", ["1325"]),
        ("24/7 is no document 1/2/3", ["24/7"]),
        ("on 8 October 2025 in 2030", []),
    ],
)
def test_documents_are_found_by_number(text: str, numbers: list[str]) -> None:
    assert [s.number for s in symbols_of(text)] == numbers


def test_several_paragraphs_are_all_found() -> None:
    query = understand("60/27 paragraphs 5, 6 and 8")
    assert [str(p.label) for p in query.paragraphs] == ["5", "6", "8"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("By when must OHCHR report under 56/2?", Kind.DEADLINE),
        ("56/2 - who abstained?", Kind.VOTE),
        ("La 60/27, ¿salió por consenso o se votó?", Kind.VOTE),
        ("54/28 adopted when, which mtg?", Kind.ADOPTION),
        ("36/29 : date d'adoption + n° de séance", Kind.ADOPTION),
        ("Чем план отличается от программы?", Kind.COMPARISON),
        ("56/2和60/27有什么区别", Kind.COMPARISON),
        ("de qué va la 54/28?", Kind.ABOUT),
        ("عمّ يتحدث القرار 36/29؟", Kind.ABOUT),
        ("How many districts were trained?", Kind.COUNT),
        ("为什么提倡议会专门设一个管人权的委员会？", Kind.REASON),
        ("أي فقرة في 56/2 تتناول الإرهاب؟", Kind.REFERENCE),
    ],
)
def test_the_kind_of_question(text: str, kind: Kind) -> None:
    assert understand(text).kind is kind


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What does 60/27 request of OHCHR?", Language.EN),
        ("Que demande la résolution 60/27 au HCDH ?", Language.FR),
        ("¿Qué pide la resolución 60/27 al ACNUDH?", Language.ES),
        ("О чем просят УВКПЧ в 60/27?", Language.RU),
        ("ماذا يطلب القرار 60/27 من المفوضية؟", Language.AR),
        ("60/27 要求人权高专办做什么？", Language.ZH),
        ("60/27", Language.EN),
        ("60/27 op5?", Language.EN),
        ("60/27 para 8(c)", Language.EN),
        ("60/27 的 knowledge hub 是什么", Language.ZH),
        ("pourquoi 60/27", Language.FR),
        ("quienes votaron en contra de la 56/2?", Language.ES),
        # Words of another language are borrowed into the frame of one.
        ("60/27 的 knowledge hub", Language.ZH),
        ("54/28里NHRI和NGO在UPR里能起什么作用？", Language.ZH),
        ("Что в 54/28 сказано про matchmaking function, зачем она хранилищу?", Language.RU),
        ("كم دولة حضرت الـ knowledge cafés التي عقدتها المفوضية؟", Language.AR),
        ("que dit 54/28 sur le focal point network ?", Language.FR),
        ("¿Qué deben tener en cuenta las iniciativas de early warning?", Language.ES),
        ("What does 国家机制 mean in 60/27?", Language.EN),
        ("Who is the 人权高专办?", Language.EN),
    ],
)
def test_the_language_of_a_question(text: str, language: Language) -> None:
    assert question_language(text) is language


@pytest.mark.parametrize(
    ("text", "bodies", "terms"),
    [
        ("54/28里NHRI在UPR里能起什么作用？", {"nhris", "upr_mechanism"}, set()),
        ("Que demande 60/27 à OHCHR ?", {"ohchr"}, set()),
        ("What does 60/27 ask of the HCDH?", {"ohchr"}, set()),
        ("что такое focal points?", set(), {"focal_points"}),
        ("نتائج الـ UPR", {"upr_mechanism"}, set()),
    ],
)
def test_names_borrowed_from_another_language_are_found(text: str, bodies: set[str], terms: set[str]) -> None:
    query = understand(text)
    assert bodies <= set(query.bodies)
    assert terms <= set(query.terms)


@pytest.mark.parametrize("text", ["60/27 对高专办的要求", "54/28里高专办要做什么？"])
def test_chinese_particles_alone_are_no_subject(text: str) -> None:
    assert understand(text).subject == ()


def test_in_words_they_are() -> None:
    assert "".join(w.stem for w in understand("56/2里的对话").subject) == "对话"


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("60/27号决议要求人权高专办做什么？", "60/27號決議要求人權高專辦做什麼？"),
        ("普遍定期审议的建议", "普遍定期審議的建議"),
        ("国家机制的四项能力", "國家機制的四項能力"),
    ],
)
def test_traditional_characters_are_simplified(simplified: str, traditional: str) -> None:
    assert understand(traditional) == understand(simplified)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("What does the repository cost per year?", {"money"}),
        ("Qui préside le groupe ?", {"chair"}),
        ("¿Qué sanción prevé la resolución?", {"penalty"}),
        ("Сколько стоит хранилище?", {"money"}),
        ("مَن يرأس الفريق؟", {"chair"}),
        ("谁主持会议？", {"chair"}),
        ("What does 60/27 request of OHCHR?", set()),
        ("国家机制有哪些能力？", set()),
    ],
)
def test_the_attributes_that_a_question_asks_for(text: str, attributes: set[str]) -> None:
    assert understand(text).attributes >= attributes
    assert bool(understand(text).attributes) == bool(attributes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\x00\x01\x02", "empty"),
        ("???", "no words"),
        ("a" * 100_000, "characters"),
        ("Was verlangt die Resolution 60/27 vom Amt des Hohen Kommissars?", "none of the six"),
        ("O que é que a resolução pede aos Estados e qual é o prazo do relatório?", "none of the six"),
        ("決議60/27は人権高等弁務官事務所に何を求めていますか", "none of the six"),
        ("संकल्प 60/27 क्या कहता है", "none of the six"),
        ("결의안 60/27은 무엇을 요구합니까", "none of the six"),
        ("Τι ζητά το ψήφισμα 60/27;", "none of the six"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message) as error:
        understand(text)
    assert "\n" not in str(error.value)


@given(st.text(max_size=300), st.sampled_from(list(Language)))
def test_any_text_is_understood_or_refused(text: str, language: Language) -> None:
    try:
        query = understand(text, language)
    except QuestionError:
        return
    assert query.language is language
    for paragraph in query.paragraphs:
        assert str(paragraph.label)
