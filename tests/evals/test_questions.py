"""Question files: the shipped ones are sound, and a malformed row is named with its line."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reply import Reason
from corpus.document import Document, ParagraphId
from corpus.errors import NmirfError, QuestionError
from corpus.language import Language
from corpus.symbol import Symbol
from evals.metrics import holds_fact
from evals.questions import SHIPPED, SPLITS, Address, EvalQuestion, load_questions, shipped_questions
from tests.evals.rows import unhurried

ANSWERED: dict[str, Any] = {
    "id": "x-en-01",
    "language": "en",
    "question": "What does 60/27 ask, [b]and[/b] of whom?",
    "kind": "request",
    "user": "delegate",
    "status": "answered",
    "reason": None,
    "gold": [["A/HRC/RES/60/27", "8"], ["A/HRC/RES/60/27", "8(b)"]],
    "facts": ["virtual knowledge hub"],
    "complete": True,
}
ABSTAINED: dict[str, Any] = {
    "id": "x-zh-01",
    "language": "zh",
    "question": "第4段说什么?",
    "kind": "address",
    "user": "officer",
    "status": "abstained",
    "reason": "named_but_not_held",
    "gold": [],
    "facts": [],
    "abstain_ok_citation": [["A/HRC/RES/60/27", "PP2"]],
}


def written(path: Path, *rows: Any) -> Path:
    lines = (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# The shipped questions.


def test_every_shipped_file_is_a_split() -> None:
    assert sorted(path.stem for path in SHIPPED.iterdir()) == sorted(SPLITS)
    assert {question.split for question in shipped_questions()} == set(SPLITS)


def test_shipped_ids_are_unique_over_all_files() -> None:
    counts = Counter(question.id for question in shipped_questions())
    assert [identifier for identifier, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("split", SPLITS)
def test_each_shipped_split_is_large_enough_and_even_over_the_languages(split: str) -> None:
    questions = load_questions(SHIPPED / f"{split}.jsonl")
    assert len(questions) >= 60
    if split in ("develop", "report"):
        assert sum(not question.answerable for question in questions) >= 12
    by_language = Counter(question.language for question in questions)
    assert set(by_language) == set(Language)
    assert len(set(by_language.values())) == 1


def test_shipped_labels_and_symbols_print_as_they_are_written() -> None:
    for split in SPLITS:
        rows = [json.loads(line) for line in (SHIPPED / f"{split}.jsonl").read_text("utf-8").splitlines()]
        for row, question in zip(rows, load_questions(SHIPPED / f"{split}.jsonl"), strict=True):
            for field in ("gold", "abstain_ok_citation"):
                printed = [[str(symbol), str(paragraph)] for symbol, paragraph in getattr(question, field)]
                assert printed == row.get(field, [])


def test_every_shipped_unanswerable_question_states_its_reason() -> None:
    reasons = Counter(question.reason for question in shipped_questions() if not question.answerable)
    assert set(reasons) == set(Reason)


def test_shipped_gold_stands_in_the_documents_and_holds_the_facts(
    documents: dict[tuple[str, Language], Document],
) -> None:
    texts = {
        (symbol, str(paragraph.id), language): paragraph.text
        for (symbol, language), document in documents.items()
        for paragraph in document.paragraphs
    }
    for question in shipped_questions():
        pointed_to = question.gold + question.abstain_ok_citation
        assert all((str(symbol), str(label), question.language) in texts for symbol, label in pointed_to), question.id
        # A paragraph with its items: who cites 8(a) has cited of 8.
        read = [text for (s, p, i), text in texts.items() if i == question.language and holds(pointed_to, s, p)]
        # An answer prints the symbol beside each text.
        whole = "\n".join([*read, *(str(symbol) for symbol, _ in question.gold)])
        assert [fact for fact in question.facts if not holds_fact(whole, fact)] == [], question.id


def holds(addresses: tuple[Address, ...], symbol: str, label: str) -> bool:
    return any(symbol == str(s) and (label == str(p) or label.startswith(f"{p}(")) for s, p in addresses)


def test_the_parallel_splits_ask_the_same_of_all_languages() -> None:
    asked: dict[str, list[EvalQuestion]] = {}
    for question in shipped_questions():
        if question.split.startswith("parallel"):
            asked.setdefault(question.base, []).append(question)
    for base, questions in asked.items():
        assert sorted(each.language for each in questions) == sorted(Language), base
        same = {(e.split, e.kind, e.user, e.status, e.reason, e.gold, e.complete, len(e.after)) for e in questions}
        assert len(same) == 1, base
        assert len({each.question for each in questions}) == len(questions), base
    bases = [questions[0] for questions in asked.values()]
    assert sum(each.split == "parallel_develop" for each in bases) >= 100
    assert sum(each.split == "parallel_report" for each in bases) >= 50
    assert sum(not each.answerable for each in bases) >= 30
    assert {each.user for each in bases} == {"delegate", "officer", "evaluator"}
    assert {each.reason for each in bases if not each.answerable} == set(Reason)


# The loader.


def test_rows_become_questions(tmp_path: Path) -> None:
    answered, abstained = load_questions(written(tmp_path / "mine.jsonl", ANSWERED, "", ABSTAINED))
    assert answered == EvalQuestion(
        id="x-en-01",
        language=Language.EN,
        question="What does 60/27 ask, [b]and[/b] of whom?",
        kind="request",
        user="delegate",
        status="answered",
        reason=None,
        gold=(
            (Symbol("A/HRC/RES/60/27"), ParagraphId("8")),
            (Symbol("A/HRC/RES/60/27"), ParagraphId("8(b)")),
        ),
        facts=("virtual knowledge hub",),
        complete=True,
        abstain_ok_citation=(),
        split="mine",
        base="x-en-01",
    )
    assert answered.answerable
    assert abstained.reason is Reason.NAMED_BUT_NOT_HELD
    assert abstained.abstain_ok_citation == ((Symbol("A/HRC/RES/60/27"), ParagraphId("PP2")),)
    assert not abstained.answerable
    assert not abstained.complete


def test_what_may_be_left_out(tmp_path: Path) -> None:
    least = {"id": "1", "language": "fr", "question": "Pourquoi ?", "status": "abstained"}
    (question,) = load_questions(written(tmp_path / "least.jsonl", least))
    assert (question.kind, question.user, question.reason) == ("other", "anyone", None)
    assert (question.gold, question.facts, question.base) == ((), (), "1")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(ANSWERED).encode() + b"\r\n\r\n" + json.dumps(ABSTAINED).encode())
    assert [question.id for question in load_questions(path)] == ["x-en-01", "x-zh-01"]


MALFORMED: dict[str, tuple[Any, str]] = {
    "no JSON": ("{'id': 1}", "not JSON"),
    "cut off": ('{"id": "x"', "not JSON"),
    "nested without end": ("[" * 100_000, "not JSON"),
    "no object": ([1, 2], "a JSON object"),
    "no id": ({k: v for k, v in ANSWERED.items() if k != "id"}, "'id' is missing"),
    "no question": ({k: v for k, v in ANSWERED.items() if k != "question"}, "'question' is missing"),
    "blank question": (ANSWERED | {"question": "  "}, "'question' is a text"),
    "id is a number": (ANSWERED | {"id": 7}, "'id' is a text"),
    "unknown field": (ANSWERED | {"golds": []}, "'golds' is unknown"),
    "another language": (ANSWERED | {"language": "de"}, "one of ar, en, es, fr, ru, zh"),
    "language is a list": (ANSWERED | {"language": ["en"]}, "'language' is one of"),
    "another status": (ANSWERED | {"status": "maybe"}, "'status' is one of"),
    "another reason": (ABSTAINED | {"reason": "tired"}, "'reason' is one of"),
    "answered with a reason": (ANSWERED | {"reason": "off_topic"}, "for abstained questions alone"),
    "answered without gold": (ANSWERED | {"gold": []}, "at least one paragraph"),
    "abstained with gold": (ABSTAINED | {"gold": [["A/72/351", "1"]]}, "for answered questions alone"),
    "gold is a text": (ANSWERED | {"gold": "8"}, "list of [symbol, paragraph]"),
    "gold without a paragraph": (ANSWERED | {"gold": [["A/72/351"]]}, "no such pair"),
    "gold with a number": (ANSWERED | {"gold": [["A/72/351", 8]]}, "no such pair"),
    "gold with no symbol": (ANSWERED | {"gold": [["60/27", "8"]]}, "'60/27' is not the symbol"),
    "gold with no label": (ANSWERED | {"gold": [["A/72/351", "8 (b)"]]}, "'8 (b)' is not a paragraph label"),
    "facts are a text": (ANSWERED | {"facts": "hub"}, "'facts' is a list"),
    "a blank fact": (ANSWERED | {"facts": [" "]}, "'facts' is a list"),
    "complete is a text": (ANSWERED | {"complete": "yes"}, "'complete' is true or false"),
    "an id twice": (ABSTAINED, "'x-zh-01' is used twice"),
}


@pytest.mark.parametrize(("row", "message"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_row_is_named_with_file_and_line(tmp_path: Path, row: Any, message: str) -> None:
    path = written(tmp_path / "broken.jsonl", ABSTAINED, "", row)
    with pytest.raises(QuestionError) as error:
        load_questions(path)
    assert str(error.value).startswith(f"{path}, line 3: ")
    assert message in str(error.value)


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"\xff\xfe{}"], ids=["missing", "empty", "blank", "UTF-16"])
def test_a_file_without_questions_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "none.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(QuestionError) as error:
        load_questions(path)
    assert str(path) in str(error.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@unhurried
@given(field=st.sampled_from(sorted(ANSWERED)), value=json_values)
def test_a_row_is_read_or_refused_whatever_a_field_holds(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_text(json.dumps(ANSWERED | {field: value}), encoding="utf-8")
    try:
        (question,) = load_questions(path)
    except NmirfError as error:
        assert "line 1" in str(error)
    else:
        assert question.gold
