"""Figures and tables of a small run, with the values counted by hand."""

import json
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from evals.metrics import METRICS, Row
from evals.report import HEADINGS, figures, misses_table, questions_sha256, table
from evals.run import Run
from tests.evals.rows import abstention, answer, question, row


def made_run(rows: list[Row]) -> Run:
    return Run(tuple(rows), tuple(0.001 * n for n in range(1, len(rows) + 1)))


def two_splits() -> list[Row]:
    """English: 2 of 2 right; French: 1 of 2, the other wrongly abstained from; Chinese: what cannot be answered."""
    return [
        row(question("60/27 8", id="d1", kind="list"), answer("60/27 8")),
        row(question("60/27 7", id="d2"), answer("60/27 7, 60/27 8")),
        row(question("60/27 8", id="d3", language="fr"), answer("60/27 8", "fr")),
        row(question("60/27 7", id="d4", language="fr"), abstention("ambiguous", "60/27 7", language="fr")),
        row(question(id="d5", language="zh", reason="off_topic"), abstention("ambiguous", language="zh")),
        row(question("36/29 2", id="r1", split="report", kind="vote"), answer("60/27 8, 36/29 2")),
        row(
            question(id="r2", split="report", language="ar", question="[b]ما هذا؟[/b]"),
            answer("60/27 8", "ar"),
        ),
    ]


def printed(renderable: RenderableType, width: int = 80) -> str:
    output = StringIO()
    Console(file=output, width=width).print(renderable)
    return output.getvalue()


def test_figures_by_split_language_and_kind() -> None:
    made = figures(made_run(two_splits()))
    develop, report = made["splits"]["develop"], made["splits"]["report"]
    assert (develop["questions"], report["questions"]) == (5, 2)
    assert develop["overall"]["first_citation"] == {"value": 0.75, "of": 4}
    assert develop["overall"]["wrong_abstentions"] == {"value": 0.25, "of": 4}
    assert develop["overall"]["abstained"] == {"value": 1.0, "of": 1}
    assert develop["overall"]["right_reason"] == {"value": 0.0, "of": 1}
    assert list(develop["languages"]) == ["en", "fr", "zh"]
    assert develop["languages"]["fr"]["first_citation"] == {"value": 0.5, "of": 2}
    assert develop["languages"]["zh"]["first_citation"] == {"value": None, "of": 0}
    assert develop["kinds"]["list"]["citation_precision"] == {"value": 1.0, "of": 1}
    assert report["overall"]["mean_reciprocal_rank"] == {"value": 0.5, "of": 1}
    assert report["intervals"]["gold_in_five"] == {"low": 1.0, "high": 1.0}
    assert all(set(each["overall"]) == set(METRICS) for each in made["splits"].values())


def test_the_gap_is_between_the_best_and_the_worst_language_that_count() -> None:
    gap = figures(made_run(two_splits()))["splits"]["develop"]["language_gap"]
    assert gap["first_citation"] == {"best": "en", "worst": "fr", "gap": 0.5}
    assert gap["wrong_abstentions"] == {"best": "en", "worst": "fr", "gap": 0.5}
    assert gap["abstained"] is None


def test_misses_are_wrong_first_citations_wrong_abstentions_and_wrong_reasons() -> None:
    assert figures(made_run(two_splits()))["misses"] == ["d4", "d5", "r1", "r2"]


def test_figures_are_json_without_any_time() -> None:
    slow = Run(tuple(two_splits()), (9.0,) * 7)
    assert json.dumps(figures(made_run(two_splits()))) == json.dumps(figures(slow))


def test_the_checksum_of_the_questions_changes_with_a_field_and_not_with_the_order() -> None:
    rows = two_splits()
    assert questions_sha256(rows) == questions_sha256(rows[::-1])
    assert questions_sha256(rows) != questions_sha256(rows[1:])
    changed = [row(question("60/27 8(a)", id="d1", kind="list"), answer("60/27 8")), *rows[1:]]
    assert questions_sha256(rows) != questions_sha256(changed)
    replied = [row(rows[0].question, abstention()), *rows[1:]]
    assert questions_sha256(rows) == questions_sha256(replied)


@pytest.mark.parametrize("width", [80, 200])
def test_the_tables_are_whole_on_a_narrow_terminal(width: int) -> None:
    text = printed(table(made_run(two_splits())), width)
    assert "…" not in text
    lines = [line.split() for line in text.splitlines()]
    first = ["n", *(heading for heading, _ in HEADINGS.values())]
    assert ["split", *first] in lines
    assert first in lines
    #                                hit@1 hit@5  MRR  prec  all fact lang abst  F1  why ptr lost
    assert ["develop", "5", "75", "75", "75", "75", "–", "–", "100", "100", "67", "0", "–", "25"] in lines
    assert ["fr", "2", "50", "50", "50", "100", "–", "–", "100", "–", "0", "–", "–", "50"] in lines
    assert ["gap", "50", "50", "50", "33", "–", "–", "0", "–", "100", "–", "–", "50"] in lines
    assert ["vote", "1", "0", "100", "50", "50", "–", "–", "100", "–", "–", "–", "–", "0"] in lines
    assert "with 95 % intervals: hit@1 0 (0 to 0), hit@5 100 (100 to 100)" in text
    assert "7 questions in 0.0 s: median 4 ms" in text


def test_every_metric_has_a_heading() -> None:
    assert list(HEADINGS) == list(METRICS)


def test_misses_show_what_was_wanted_and_what_came() -> None:
    text = printed(misses_table(made_run(two_splits())), 160)
    for shown in (
        "abstained: ambiguous",
        "to abstain: off_topic",
        "to abstain ",
        "A/HRC/RES/36/29 2",
        "[b]ما هذا؟[/b]",
        "What is asked?",
    ):
        assert shown in text
    assert "d1" not in text


def test_misses_show_three_citations() -> None:
    rows = [row(question("36/29 2"), answer("60/27 1, 60/27 2, 60/27 3, 60/27 4"))]
    text = printed(misses_table(made_run(rows)), 160)
    assert "A/HRC/RES/60/27 3" in text
    assert "A/HRC/RES/60/27 4" not in text


def test_a_run_of_unanswerable_questions_alone_has_tables_too() -> None:
    text = printed(table(made_run([row(question(), abstention())])))
    assert "intervals" not in text
    assert "1 questions" in text
