"""Every metric over rows small enough to count by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.render import escape_markdown
from evals.metrics import (
    LESS_IS_BETTER,
    METRICS,
    Figure,
    Interval,
    Row,
    abstained,
    abstention_precision,
    bootstrap_interval,
    citation_precision,
    complete_recall,
    fact_coverage,
    first_citation,
    gold_in_five,
    gold_rank,
    hit_at,
    holds_fact,
    is_kin,
    language_match,
    mean_reciprocal_rank,
    right_reason,
    wrong_abstentions,
)
from tests.evals.rows import abstention, answer, question, row, unhurried


@pytest.mark.parametrize(
    ("label", "other", "kin"),
    [
        ("8", "8", True),
        ("8", "8(b)", True),
        ("19(d)(ii)", "19(d)", True),
        ("19(d)(ii)", "19", True),
        ("8(a)", "8(b)", False),
        ("8", "80", False),
        ("8(b)", "80", False),
        ("PP1", "PP12", False),
        ("8", "PP8", False),
        ("title", "title", True),
        ("vote", "adoption", False),
    ],
)
def test_kin(label: str, other: str, kin: bool) -> None:
    assert is_kin(label, other) is kin
    assert is_kin(other, label) is kin


@pytest.mark.parametrize(
    ("gold", "citations", "rank"),
    [
        ("60/27 8", "60/27 8", 1),
        ("60/27 8", "60/27 8(b), 60/27 8", 1),
        ("60/27 8(b)", "60/27 8", 1),
        ("60/27 8(b)", "60/27 8(a), 36/29 8, 60/27 8", 3),
        ("60/27 8, 36/29 2", "60/27 PP8, 36/29 2, 60/27 8", 2),
        ("60/27 8", "36/29 8", None),
        ("60/27 8", "", None),
    ],
)
def test_rank_of_the_first_gold_citation(gold: str, citations: str, rank: int | None) -> None:
    assert gold_rank(row(question(gold), answer(citations))) == rank


# Seven rows: gold first, second (of three), sixth, nowhere; abstained from although answerable, with the gold
# among the citations; and two that cannot be answered, one of them answered.
ROWS = [
    row(question("60/27 8", id="first"), answer("60/27 8, 60/27 8(b), 60/27 7")),
    row(question("60/27 8(b)", id="second"), answer("60/27 7, 60/27 8, 60/27 8(a)")),
    row(
        question("36/29 2", id="sixth"),
        answer("36/29 3, 36/29 4, 36/29 5, 36/29 6, 36/29 7, 36/29 2"),
    ),
    row(question("72/351 19", id="nowhere"), answer("60/27 19")),
    row(question("72/351 19", id="wrong abstention"), abstention(citations="72/351 19")),
    row(question(id="abstained", reason="off_topic"), abstention("off_topic")),
    row(question(id="answered", reason="ambiguous"), answer("60/27 8")),
]


@pytest.mark.parametrize(
    ("metric", "total", "of"),
    [
        ("first_citation", 1, 5),
        ("gold_in_five", 2, 5),
        ("mean_reciprocal_rank", 1 + 1 / 2 + 1 / 6, 5),
        ("citation_precision", 2 + 1 + 0 + 0, 3 + 3 + 5 + 1),
        ("complete_recall", 0, 0),
        ("fact_coverage", 0, 0),
        ("language_match", 7, 7),
        ("abstained", 1, 2),
        ("right_reason", 1, 2),
        ("abstention_precision", 0, 0),
        ("wrong_abstentions", 1, 5),
    ],
)
def test_figures_counted_by_hand(metric: str, total: float, of: int) -> None:
    figure = METRICS[metric](ROWS)
    assert figure.total == pytest.approx(total)
    assert figure.of == of


def test_hits_deeper_than_five() -> None:
    assert hit_at(ROWS, 6) == Figure(3, 5)


def test_of_nothing_there_is_no_value() -> None:
    for metric in METRICS.values():
        assert metric([]) == Figure(0, 0)
        assert metric([]).value is None


@pytest.mark.parametrize(
    ("gold", "citations", "recall"),
    [
        ("60/27 1, 60/27 6", "60/27 6, 60/27 1", 1.0),
        ("60/27 1, 60/27 6", "60/27 6, 60/27 2", 0.5),
        ("60/27 1, 60/27 6", "60/27 2, 60/27 3, 60/27 4, 60/27 5, 60/27 7, 60/27 1, 60/27 6", 1.0),
        ("72/351 19, 72/351 19(a), 72/351 19(b)", "72/351 19", 1.0),
        ("72/351 19, 72/351 19(a), 72/351 19(b)", "72/351 19(b)", 2 / 3),
        ("60/27 1, 60/27 6", "", 0.0),
    ],
)
def test_recall_of_the_complete_set(gold: str, citations: str, recall: float) -> None:
    assert complete_recall([row(question(gold, complete=True), answer(citations))]).value == pytest.approx(recall)


def test_recall_counts_only_questions_that_want_all_and_nothing_of_an_abstention() -> None:
    rows = [
        row(question("60/27 1, 60/27 6", complete=True), answer("60/27 1")),
        row(question("60/27 1, 60/27 6", complete=True), abstention(citations="60/27 1, 60/27 6")),
        row(question("60/27 1, 60/27 6"), answer("60/27 1, 60/27 6")),
    ]
    assert complete_recall(rows) == Figure(0.5, 2)


@pytest.mark.parametrize(
    ("text", "fact", "held"),
    [
        ("a Virtual Knowledge\nHub, and", "virtual knowledge hub", True),
        ("> a virtual knowledge\n> hub", "virtual knowledge hub", True),
        ("A/HRC/RES/60/27\\_x", "60/27_X", True),
        (r"adopté \[sans vote\]", "[sans vote]", True),
        ("plan d’application", "plan d'application", True),
        ("plan d'application", "plan d’application", True),
        ("60 à 70\u00a0%", "60 à 70 %", True),
        ("第 65 届会议，日内瓦", "第65届会议,日内瓦", True),
        ("٨ تشرين الأول", "8 تشرين الأول", True),
        ("ГОЛОСОВАЛИ ЗА", "Голосовали за", True),
        ("in 2028 and 128", "28", False),
        ("in 28 States", "28", True),
        ("28国", "28", True),
        ("resolutions 20 28", "28", True),
        ("", "28", False),
        ("anything", "\\", False),
    ],
)
def test_a_text_holds_a_fact(text: str, fact: str, held: bool) -> None:
    assert holds_fact(text, fact) is held


def test_facts_are_counted_over_all_answerable_questions() -> None:
    rows = [
        row(question("60/27 8", facts=("hub", "panel", "2026")), answer(text="A hub and a panel in 20266.")),
        row(question("60/27 8", facts=("hub",)), abstention(text="A hub is named.")),
        row(question("60/27 8"), answer(text="Nothing is asked of it.")),
    ]
    assert fact_coverage(rows) == Figure(2, 4)


def test_the_language_of_the_reply_and_of_every_citation_is_that_of_the_question() -> None:
    asked = question("60/27 8", language="fr")
    rows = [
        row(asked, answer("60/27 8", "fr")),
        row(asked, answer("60/27 8", "en")),
        row(asked, answer("60/27 8", "fr", cited_in="en")),
        row(asked, answer("60/27 8", "en", cited_in="fr")),
        row(question(language="fr"), abstention(language="fr")),
        row(question(language="fr"), abstention(language="en")),
    ]
    assert language_match(rows) == Figure(2, 6)


def test_abstentions() -> None:
    rows = [
        row(question(reason="off_topic"), abstention("off_topic")),
        row(question(reason="ambiguous"), abstention("off_topic")),
        row(question(reason="off_topic"), answer("60/27 8")),
        row(question(), abstention("off_topic")),
        row(question("60/27 8"), abstention("off_topic")),
        row(question("60/27 8"), answer("60/27 8")),
    ]
    assert abstained(rows) == Figure(3, 4)
    assert right_reason(rows) == Figure(1, 3)
    assert wrong_abstentions(rows) == Figure(1, 2)


def test_what_an_abstention_may_point_to() -> None:
    asked = question(reason="named_but_not_held", abstain_ok_citation="60/27 PP17, 60/27 8")
    rows = [
        row(asked, abstention("named_but_not_held", "60/27 PP17, 60/27 8(a), 60/27 1")),
        row(asked, abstention("named_but_not_held")),
        row(asked, answer("60/27 PP17")),
        row(question(reason="off_topic"), abstention("off_topic", "60/27 1")),
    ]
    assert abstention_precision(rows) == Figure(2, 3)


# The bootstrap.


def spread(hits: int, of: int, **fields: Any) -> list[Row]:
    return [
        row(question("60/27 8", id=f"q{n}", **fields), answer("60/27 8" if n < hits else "60/27 1")) for n in range(of)
    ]


def test_the_interval_holds_the_share_and_narrows_with_more_questions() -> None:
    few, many = (bootstrap_interval(spread(9 * n, 10 * n), 1) for n in (2, 40))
    assert few is not None
    assert many is not None
    assert few.low <= many.low < 0.9 < many.high <= few.high
    # Half the width is 1.96 standard errors: at .9, with 400 questions, 1.96 * sqrt(.9 * .1 / 400) = .029.
    assert (many.high - many.low) / 2 == pytest.approx(0.029, abs=0.005)


def test_translations_are_one_sample() -> None:
    # Ten questions in six languages, right in all or in none: no more is known than from ten.
    translated = [each for n in range(10) for each in spread(6 if n < 5 else 0, 6, base=f"b{n}")]
    alone = [row(question("60/27 8", id=f"b{n}"), answer("60/27 8" if n < 5 else "60/27 1")) for n in range(10)]
    assert bootstrap_interval(translated, 1) == bootstrap_interval(alone, 1)


def test_the_interval_is_the_same_on_every_run_and_of_nothing_there_is_none() -> None:
    assert bootstrap_interval(spread(7, 12), 5) == bootstrap_interval(spread(7, 12), 5)
    assert bootstrap_interval(spread(12, 12), 1) == Interval(1.0, 1.0)
    assert bootstrap_interval([row(question(), abstention())], 1) is None


# Properties.

LABELS = ["60/27 8", "60/27 8(a)", "60/27 8(b)", "60/27 PP2", "36/29 2", "72/351 19(d)(ii)", "72/351 19"]
labels = st.lists(st.sampled_from(LABELS), max_size=8).map(", ".join)
responses = st.one_of(
    st.builds(answer, labels, st.sampled_from(["en", "ar"]), st.sampled_from(["hub", "panel", ""])),
    st.builds(abstention, st.sampled_from(["off_topic", "ambiguous"]), labels),
)
questions = st.one_of(
    st.builds(
        question,
        st.lists(st.sampled_from(LABELS), min_size=1, max_size=3).map(", ".join),
        id=st.sampled_from("abcdef"),
        complete=st.booleans(),
        facts=st.sampled_from([(), ("hub",), ("hub", "panel")]),
    ),
    st.builds(question, reason=st.sampled_from([None, "off_topic"]), abstain_ok_citation=labels),
)
rows_of_any_kind = st.lists(st.builds(row, questions, responses), max_size=8)


@unhurried
@given(rows_of_any_kind)
def test_every_figure_is_a_share(rows: list[Row]) -> None:
    for metric in METRICS.values():
        figure = metric(rows)
        assert 0 <= figure.total <= figure.of + 1e-9
        assert (figure.value is None) == (figure.of == 0)


@unhurried
@given(rows_of_any_kind)
def test_how_the_metrics_of_rank_bound_each_other(rows: list[Row]) -> None:
    first, five, every = hit_at(rows, 1).total, hit_at(rows, 5).total, hit_at(rows, 99).total
    assert first == first_citation(rows).total
    assert five == gold_in_five(rows).total
    assert first <= five <= every
    assert first <= mean_reciprocal_rank(rows).total <= every + 1e-9
    assert hit_at(rows, 99).of - every >= wrong_abstentions(rows).total


@unhurried
@given(rows_of_any_kind, labels)
def test_citations_added_at_the_end_lose_no_hit_and_no_recall(rows: list[Row], more: str) -> None:
    def longer(response: dict[str, Any]) -> dict[str, Any]:
        return response | {"citations": [*response["citations"], *answer(more)["citations"]]}

    grown = [row(asked, longer(dict(response))) for asked, response in rows]
    for metric in (first_citation, gold_in_five, mean_reciprocal_rank, complete_recall):
        assert metric(grown).total >= metric(rows).total


@unhurried
@given(rows_of_any_kind)
def test_gold_cited_first_is_right_by_every_metric(rows: list[Row]) -> None:
    right = [
        row(
            asked,
            answer(text=" ".join(asked.facts), citations="")
            | {"citations": [{"symbol": str(s), "paragraph": str(p), "language": "en"} for s, p in asked.gold]}
            if asked.answerable
            else abstention(asked.reason or "off_topic"),
        )
        for asked, _ in rows
    ]
    for name, metric in METRICS.items():
        assert metric(right).value in (None, 0.0 if name in LESS_IS_BETTER else 1.0)


@unhurried
@given(rows_of_any_kind, st.integers(1, 6))
def test_an_interval_lies_within_0_and_1(rows: list[Row], depth: int) -> None:
    interval = bootstrap_interval(rows, depth, resamples=50)
    if interval is None:
        assert hit_at(rows, depth).of == 0
    else:
        assert 0 <= interval.low <= interval.high <= 1


@unhurried
@given(rows_of_any_kind)
def test_the_order_of_the_rows_changes_no_figure(rows: list[Row]) -> None:
    for metric in METRICS.values():
        forwards, backwards = metric(rows), metric(rows[::-1])
        assert forwards.of == backwards.of
        assert forwards.total == pytest.approx(backwards.total)


@unhurried
@given(st.text(alphabet="ab8 \n\\`*_[]<>#|~$-+.):'’“ééЯя第届８٨", max_size=30))
def test_escaped_markdown_holds_the_text_it_was_made_of(text: str) -> None:
    assert holds_fact(escape_markdown(text), text) or not text.replace("\\", "").split()


def test_precision_looks_at_five_citations_of_answers_alone() -> None:
    rows = [
        row(question("60/27 8"), answer("60/27 1, 60/27 2, 60/27 3, 60/27 4, 60/27 5, 60/27 8")),
        row(question("60/27 8"), abstention(citations="60/27 8")),
        row(question(), answer("60/27 8")),
        row(question("60/27 8"), answer("")),
    ]
    assert citation_precision(rows) == Figure(0, 5)
