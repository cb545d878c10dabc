"""Late interaction against loops over words, the words it compares, why a paragraph was found, and what is compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.answer import Assistant
from assistant.late import LateInteraction, Unit, WordCutter
from assistant.matches import Compared, SharedName, matches
from assistant.question import understand
from assistant.reply import Answer
from assistant.retrieve import CANDIDATES, RERANKED, Address, Retriever
from assistant.weights import load_weights
from corpus.document import Document, DocumentKind, Masthead, Paragraph, ParagraphId, ParagraphKind
from corpus.encoder import Encoder, StaticEncoder, load_encoder
from corpus.errors import IndexMismatch
from corpus.language import Language
from corpus.lexical import fold, words
from corpus.library import Chunk, Library
from corpus.symbol import Symbol
from tests.encoders import HashEncoder

WORDS = [f"w{i}" for i in range(30)]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=6), min_size=1, max_size=8)
CALLS = st.lists(
    st.tuples(st.lists(st.sampled_from(WORDS), max_size=20), st.lists(st.integers(0, 7), max_size=12)),
    min_size=1,
    max_size=4,
)


def nearest_by_loop(
    encoder: Encoder, question: list[str], texts: list[list[str]], asked: list[int]
) -> NDArray[np.float32]:
    """What late interaction is, word by word."""
    nearest = np.zeros((len(asked), len(question)), dtype=np.float32)
    for row, text in enumerate(asked):
        for column, word in enumerate(question):
            for other in texts[text]:
                a, b = encoder.encode_passages([word, other])
                nearest[row, column] = max(nearest[row, column], min(float(a @ b), 1.0))
    return nearest


@settings(deadline=None)
@given(TEXTS, CALLS, st.integers(1, 40), st.integers(1, 9), st.integers(0, 200))
def test_nearest_words_are_those_of_a_loop(
    texts: list[list[str]], calls: list[tuple[list[str], list[int]]], most_units: int, most_texts: int, others: int
) -> None:
    encoder = HashEncoder(8)
    late = LateInteraction(encoder, most_units, most_texts)
    # Words that no text needs make those that are needed few among all.
    assert late.vectors([f"other{i}" for i in range(others)]).shape == (others, 8)
    for question, numbers in calls:
        asked = [n % len(texts) for n in numbers]
        vectors = late.vectors(question)
        np.testing.assert_allclose(vectors, encoder.encode_passages(question), atol=1e-6)
        nearest = late.nearest(vectors, asked, lambda missing: [texts[n] for n in missing])
        np.testing.assert_allclose(nearest, nearest_by_loop(encoder, question, texts, asked), atol=1e-5)


def test_only_texts_that_are_not_known_are_read() -> None:
    encoder = HashEncoder(8)
    late = LateInteraction(encoder)
    read: list[int] = []

    def units_of(missing: list[int]) -> list[list[str]]:
        read.extend(missing)
        return [[f"w{n}"] for n in missing]

    for asked in ([1, 2], [2, 3, 3, 1], []):
        late.nearest(late.vectors(["w1"]), asked, units_of)
    assert read == [1, 2, 3]
    late.forget_texts()
    late.nearest(late.vectors(["w1"]), [1], units_of)
    assert read == [1, 2, 3, 1]


# The words that are compared.


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    shipped = load_encoder()
    assert isinstance(shipped, StaticEncoder)
    return shipped


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The Hub’s reports, 60/27", Language.EN, ["the", "hub", "s", "reports", "60/27"]),
        ("Les États ÉLUS", Language.FR, ["les", "etats", "elus"]),
        ("Año 2025", Language.ES, ["ano", "2025"]),
        ("Её доклад", Language.RU, ["ее", "доклад"]),
        ("تقريراً عن حقوقِ الإنسان", Language.AR, ["تقريرا", "عن", "حقوق", "الانسان"]),
    ],
)
def test_words_are_folded_and_stand_where_they_are_written(
    encoder: StaticEncoder, text: str, language: Language, expected: list[str]
) -> None:
    units = WordCutter(encoder).units(text, words(text, language))
    assert [u.text for u in units] == expected
    assert [fold(text[u.start : u.end]).replace("\u200d", "") for u in units] == expected


@pytest.mark.parametrize("text", ["请高级专员办事处编写报告，并提交人权理事会", "A/HRC/RES/60/27号决议和NMIRF机制"])
def test_han_characters_give_the_pieces_of_the_encoder(encoder: StaticEncoder, text: str) -> None:
    units = WordCutter(encoder).units(text, words(text, Language.ZH))
    pieces = {p.strip("▁") for p in encoder.pieces(fold(text))}
    han = {u.text for u in units if not u.text.isascii()}
    assert han & pieces
    assert all(len(piece) > 1 for piece in han)
    assert {u.text for u in units} - han == set(re.findall(r"[a-z/0-9]+", fold(text)))


def test_where_the_encoder_knows_single_characters_alone_they_are_compared() -> None:
    units = WordCutter(HashEncoder(8)).units("编写。报告", words("编写。报告", Language.ZH))
    assert [(u.text, u.start) for u in units] == [("编", 0), ("写", 1), ("报", 3), ("告", 4)]


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from("国家人权报告第的㐀龘，。 \nabcéЖюهـةإًA/60.27-٣８ｂＣ")), st.sampled_from([*Language]))
def test_words_of_any_text_are_in_order_and_as_written(encoder: StaticEncoder, text: str, language: Language) -> None:
    units = WordCutter(encoder).units(text, words(text, language))
    ends = [0, *(u.end for u in units)]
    assert all(end <= u.start < u.end for end, u in zip(ends, units, strict=False))
    assert all(fold(text[u.start : u.end]).replace("\u200d", "") == u.text for u in units)


# Why a paragraph was found.

SYMBOL = Symbol("A/HRC/RES/99/1")
ANSWERS = {
    Language.AR: "يطلب إلى الجامعات أن تدرب المعلمين على زراعة الأشجار؛",
    Language.EN: "Requests the universities to train teachers in planting trees in 2031;",
    Language.ES: "Pide a las universidades que formen a los profesores para plantar árboles en 2031;",
    Language.FR: "Demande aux universités de former les enseignants à planter des arbres en 2031 ;",
    Language.RU: "просит университеты обучать учителей посадке деревьев в 2031 году;",
    Language.ZH: "请各大学培训教师种植树木；",
}
OTHERS = {
    Language.AR: "يرحب بالتعاون بين الدول في مجال الصحة؛",
    Language.EN: "Welcomes the cooperation of States on health;",
    Language.ES: "Acoge con beneplácito la cooperación de los Estados en materia de salud;",
    Language.FR: "Se félicite de la coopération des États en matière de santé ;",
    Language.RU: "приветствует сотрудничество государств в области здравоохранения;",
    Language.ZH: "欢迎各国在卫生领域开展合作；",
}


def put(library: Library, encoder: Encoder, symbol: Symbol, language: Language, texts: list[str]) -> None:
    """A resolution with these operative paragraphs."""
    paragraphs = tuple(
        Paragraph(ParagraphId(str(n)), ParagraphKind.OPERATIVE, text) for n, text in enumerate(texts, start=1)
    )
    document = Document(symbol, language, DocumentKind.RESOLUTION, True, Masthead(title=f"Title {symbol}"), paragraphs)
    chunks = [Chunk(str(p.id), 0, p.text, p.text, 1) for p in paragraphs]
    vectors = encoder.encode_passages(texts)
    library.put(document, chunks, vectors, {}, f"{symbol}-{language}.md", "0", "2026-01-01", lambda ids: None)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, encoder: StaticEncoder) -> Iterator[Assistant]:
    library = Library(tmp_path_factory.mktemp("home"))
    for language in Language:
        put(library, encoder, SYMBOL, language, [OTHERS[language], ANSWERS[language]])
    yield Assistant(library, encoder)
    library.close()


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        ("Which universities are asked to train teachers?", ("teachers", "teachers")),
        ("Who should teach the planting of TREES?", ("TREES", "trees")),
        ("Quelles universités doivent former les enseignants ?", ("universités", "universités")),
        ("Comment plantera-t-on les ARBRES en 2031 ?", ("ARBRES", "arbres")),
        ("¿Qué universidades formarán a profesores?", ("universidades", "universidades")),
        ("Какие университеты обучают учителей?", ("учителей", "учителей")),
        ("ما الجامعات التي تدرب المعلمين؟", ("المعلمين", "المعلمين")),
        ("哪些大学要培训教师？", ("教师", "教师")),
    ],
)
def test_words_of_a_question_meet_those_of_a_paragraph(
    assistant: Assistant, question: str, pair: tuple[str, str]
) -> None:
    query = understand(question)
    texts = [ANSWERS[query.language], OTHERS[query.language], ""]
    found = assistant.retriever.matches(query, [(text, query.language) for text in texts])
    assert pair in [(m.question, m.paragraph) for m in found[0]]
    assert pair not in [(m.question, m.paragraph) for m in found[1]]
    assert found[2] == ()
    for text, met in zip(texts, found, strict=True):
        assert len(met) <= 6
        assert [m.similarity for m in met] == sorted((m.similarity for m in met), reverse=True)
        for match in met:
            assert 0.0 < match.similarity <= 1.0
            assert match.question in question
            start, end = match.places[0]
            assert text[start:end] == match.paragraph
            assert len({fold(text[a:b]) for a, b in match.places}) == 1


def test_other_figures_and_function_words_are_no_reason(assistant: Assistant) -> None:
    query = understand("Which universities train teachers in planting trees in 2032?")
    (found,) = assistant.retriever.matches(query, [(ANSWERS[Language.EN], Language.EN)])
    met = {m.paragraph for m in found}
    assert "trees" in met
    assert not met & {"2031", "in", "the", "to"}


@pytest.mark.parametrize(
    ("question", "language", "text", "pair"),
    [
        (
            "What do NMIRFs do?",
            Language.EN,
            "Encourages national mechanisms for reporting and follow-up to meet;",
            ("NMIRFs", "national mechanisms for reporting and follow-up"),
        ),
        (
            "Quels mécanismes nationaux sont visés ?",
            Language.ZH,
            "鼓励国家机制开会；",
            ("mécanismes nationaux", "国家机制"),
        ),
        ("Что поручено УВКПЧ?", Language.EN, "Requests OHCHR to report;", ("УВКПЧ", "OHCHR")),
    ],
)
def test_names_that_the_vocabulary_has_for_one_thing_meet(
    assistant: Assistant, question: str, language: Language, text: str, pair: tuple[str, str]
) -> None:
    (found,) = assistant.retriever.matches(understand(question), [(text, language)])
    assert (*pair, 1.0) in [(m.question, m.paragraph, m.similarity) for m in found]


def test_citations_that_a_search_found_carry_their_matches_and_no_others(assistant: Assistant) -> None:
    reply = assistant.reply("Which universities are requested to train teachers in planting trees?")
    assert isinstance(reply, Answer)
    assert str(reply.citations[0].paragraph) == "2"
    assert {"universities", "teachers"} <= {m.paragraph for m in reply.citations[0].matches}
    addressed = assistant.reply(f"{SYMBOL} op 2")
    assert addressed.citations
    assert addressed.citations[0].matches == ()


# What is compared.

HASHED = HashEncoder(16)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library(tmp_path)
    yield opened
    opened.close()


def test_in_a_small_library_every_paragraph_is_compared(library: Library) -> None:
    some, more = Symbol("A/HRC/RES/99/3"), Symbol("A/HRC/RES/99/4")
    texts = [f"paragraph {'abcdefghij'[n % 10]} of number {n}" for n in range(2 * CANDIDATES)]
    put(library, HASHED, some, Language.EN, texts)
    put(library, HASHED, more, Language.EN, ["unlike all others"])
    retriever = Retriever(library, HASHED, load_weights())
    query = understand("Which paragraph has a number?", Language.EN)
    assert len(retriever.search(query)) == len(texts) + 1
    found = retriever.search(query, [more])
    assert [h.address for h in found] == [Address(more, ParagraphId("1"))]
    assert {"late", "late_others", "early", "sentence"} <= found[0].evidence.keys()


def test_in_a_large_library_those_that_searches_propose_are_compared(library: Library) -> None:
    texts = ["the one with a needle", *(f"straw {n}" for n in range(RERANKED))]
    put(library, HASHED, SYMBOL, Language.EN, texts)
    put(library, HASHED, Symbol("A/HRC/RES/99/5"), Language.EN, ["a needle as well", "and straw"])
    retriever = Retriever(library, HASHED, load_weights())
    query = understand("Where is the needle?", Language.EN)
    found = retriever.search(query)
    assert {str(h.address.symbol) for h in found[:2]} == {"A/HRC/RES/99/1", "A/HRC/RES/99/5"}
    assert len(found) <= RERANKED
    assert len(retriever.search(query, [Symbol("A/HRC/RES/99/5")])) == 2


def test_an_index_made_by_another_encoder_meanwhile_is_refused_in_a_sentence(tmp_path: Path) -> None:
    library, other = Library(tmp_path), Library(tmp_path)
    text = ["Requests the universities to plant trees;"]

    def make(encoder: Encoder) -> None:
        other.remove(SYMBOL, Language.EN)
        other.record_makers(encoder.name, encoder.dimensions, "chunker")
        put(other, encoder, SYMBOL, Language.EN, text)

    make(HASHED)
    assistant = Assistant(library, HASHED)
    question = "Who plants trees?"
    assert assistant.reply(question).citations
    make(HashEncoder(24))
    for _ in range(2):
        with pytest.raises(IndexMismatch, match="nmirf ingest --rebuild"):
            assistant.reply(question)
    make(HASHED)
    assert assistant.reply(question).citations
    library.close()
    other.close()


def compared(text: str, *spans: tuple[int, int], vectors: list[list[float]]) -> Compared:
    units = [Unit(text[start:end], start, end) for start, end in spans]
    return Compared(text, units, np.array(vectors, dtype=np.float32).reshape(len(units), 2))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], [("提倡", "鼓励", 0.8), ("议会", "鼓励", 0.6)]),
        # A name that ends or begins within a word is none.
        ([SharedName((1, 3), ((2, 4),), 1.0)], [("提倡", "鼓励", 0.8), ("议会", "鼓励", 0.6)]),
        # Of names that overlap the longest counts, and in place of its words.
        ([SharedName((2, 4), ((2, 4),), 1.0), SharedName((0, 4), ((2, 4),), 1.0)], [("提倡议会", "国会", 1.0)]),
        ([SharedName((2, 4), ((2, 4), (0, 2)), 1.0)], [("议会", "国会", 1.0), ("提倡", "鼓励", 0.8)]),
    ],
)
def test_names_and_words_that_met(names: list[SharedName], expected: list[tuple[str, str, float]]) -> None:
    question = compared("提倡议会", (0, 2), (2, 4), vectors=[[0.8, 0.6], [0.6, 0.8]])
    paragraph = compared("鼓励国会", (0, 2), vectors=[[1.0, 0.0]])
    found = matches(question, np.ones(2, dtype=np.float32), paragraph, names)
    assert [(m.question, m.paragraph, pytest.approx(m.similarity)) for m in found] == expected


def test_the_six_pairs_that_count_the_most_are_given() -> None:
    text = "aa bb cc dd ee ff gg hh"
    spans = [(n, n + 2) for n in range(0, len(text), 3)]
    same = compared(text, *spans, vectors=[[np.cos(n), np.sin(n)] for n in range(len(spans))])
    rarity = np.array([1, 8, 2, 7, 3, 6, 4, 5], dtype=np.float32)
    assert {m.question for m in matches(same, rarity, same, [])} == {"bb", "dd", "ee", "ff", "gg", "hh"}
