"""A run from end to end: what is asked, what is written, and the exit code."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.render import to_json
from assistant.reply import Abstention, Answer, Citation, Reason
from corpus.document import ParagraphId
from corpus.errors import NmirfError, QuestionError
from corpus.language import Language
from corpus.symbol import Symbol
from evals.metrics import METRICS
from evals.questions import REPORTING, shipped_questions
from evals.run import evaluate, run
from tests.evals.rows import answer, question

Asked = Callable[[str, Sequence[str]], dict[str, Any]]


def oracle(wrong: frozenset[str] = frozenset()) -> Asked:
    """Replies as the questions want it, through the project's own types; those with an id in ``wrong``, falsely."""
    known = {(each.question, each.after): each for each in shipped_questions()}

    def ask(text: str, earlier: Sequence[str]) -> dict[str, Any]:
        asked = known[text, tuple(earlier)]
        if not asked.answerable:
            reason = Reason.OFF_TOPIC if asked.id in wrong else asked.reason or Reason.OFF_TOPIC
            return to_json(Abstention(text, asked.language, reason, "There is no answer."))
        gold = ((Symbol("A/HRC/RES/1/1"), ParagraphId("title")),) if asked.id in wrong else asked.gold
        citations = tuple(Citation(s, p, asked.language, True, "; ".join(asked.facts)) for s, p in gold)
        return to_json(Answer(text, asked.language, "", citations, len(citations), asked.kind))

    return ask


def question_file(folder: Path, rows: int = 20) -> Path:
    path = folder / "mine.jsonl"
    fields = {"language": "en", "status": "answered", "gold": [["A/HRC/RES/60/27", "8"]], "facts": ["hub"]}
    lines = [json.dumps({"id": f"q{n}", "question": f"Question {n}?", **fields}) for n in range(rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def mine(wrong: int) -> Asked:
    """Replies to the questions of ``question_file``, the first so many of them with another paragraph first."""

    def ask(text: str, _: Sequence[str]) -> dict[str, Any]:
        number = int(text.removeprefix("Question ").removesuffix("?"))
        return answer("60/27 1, 60/27 8" if number < wrong else "60/27 8", text="a hub")

    return ask


def test_a_run_keeps_the_responses_in_order_and_a_time_for_each() -> None:
    asked = [question("60/27 8", id="a", question="First?"), question(id="b", question="Second?")]
    finished = run(asked, lambda text, _: answer(text=text))
    assert [each.question.id for each in finished.rows] == ["a", "b"]
    assert [each.response["text"] for each in finished.rows] == ["First?", "Second?"]
    assert len(finished.wall_s) == 2
    assert min(finished.wall_s) <= finished.median_s <= finished.p95_s <= max(finished.wall_s)


def test_a_run_as_json_holds_the_whole_responses() -> None:
    finished = run([question("60/27 8(b)", id="a", kind="list")], lambda text, _: answer("60/27 8", text="hub"))
    written = json.loads(json.dumps(finished.to_json()))
    (row,) = written["rows"]
    assert (row["id"], row["split"], row["language"], row["kind"]) == ("a", "develop", "en", "list")
    assert (row["status"], row["reason"], row["gold"]) == ("answered", None, [["A/HRC/RES/60/27", "8(b)"]])
    assert row["response"] == answer("60/27 8", text="hub")
    assert set(written["wall_s"]) == {"total", "median", "p95"}


def test_a_question_that_cannot_be_asked_is_named() -> None:
    def refuse(text: str, earlier: Sequence[str]) -> dict[str, Any]:
        raise QuestionError("The question is too long.")

    with pytest.raises(QuestionError, match="q1: The question is too long"):
        run([question("60/27 8")], refuse)


def test_right_replies_to_the_shipped_questions_are_right_by_every_metric(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out" / "run.json"
    assert evaluate(oracle(), json_path=path, misses=True) == 0
    written = json.loads(path.read_text(encoding="utf-8"))
    assert list(written) == ["figures", "failures", "wall_s", "rows"]
    assert (written["failures"], written["figures"]["misses"]) == ([], [])
    assert len(written["rows"]) == len(shipped_questions())
    for split in written["figures"]["splits"].values():
        assert list(split["languages"]) == list(Language)
        assert set(split["overall"]) == set(METRICS)
        for name, figure in split["overall"].items():
            best = {"wrong_abstentions": 0.0, "abstention_precision": None}.get(name, 1.0)
            assert figure["value"] in (best, None), name
    out = capsys.readouterr().out
    assert "Misses" in out
    assert "FAILED" not in out


def test_below_the_thresholds_of_the_report_split_the_exit_code_is_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answerable = [each for each in shipped_questions() if each.answerable]
    of_report = frozenset([each.id for each in answerable if each.split in REPORTING][::3])
    of_develop = frozenset(each.id for each in answerable if each.split == "develop")
    assert evaluate(oracle(of_develop)) == 0
    assert evaluate(oracle(of_report)) == 1
    assert "FAILED  report, parallel_report: first_citation is" in capsys.readouterr().out


def test_the_thresholds_hold_for_a_file_of_questions_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = question_file(tmp_path)
    assert evaluate(mine(wrong=3), path) == 0
    assert "FAILED" not in capsys.readouterr().out
    assert evaluate(mine(wrong=5), path) == 1
    assert "FAILED  mine: first_citation is 0.750, below 0.840" in capsys.readouterr().out


def test_below_the_baseline_the_exit_code_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, stored = question_file(tmp_path), tmp_path / "stored.json"
    assert evaluate(mine(wrong=1), path, json_path=stored) == 0
    assert evaluate(mine(wrong=1), path, baseline_path=stored) == 0
    assert evaluate(mine(wrong=0), path, baseline_path=stored) == 0
    capsys.readouterr()
    # Above the thresholds, and yet worse than it was. The new figures may be written where the old ones stand.
    assert evaluate(mine(wrong=2), path, json_path=stored, baseline_path=stored) == 1
    assert "FAILED  mine, en: first_citation was 0.950 in the baseline and is 0.900" in capsys.readouterr().out
    assert json.loads(stored.read_text(encoding="utf-8"))["failures"] != []


def test_misses_are_listed_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = question_file(tmp_path)
    evaluate(mine(wrong=1), path)
    assert "Question 0?" not in capsys.readouterr().out
    evaluate(mine(wrong=1), path, misses=True)
    out = capsys.readouterr().out
    assert "Question 0?" in out
    assert "Question 1?" not in out


@pytest.mark.parametrize("named", ["questions_path", "json_path", "baseline_path"])
def test_a_file_that_cannot_be_used_is_refused_before_anything_is_asked(tmp_path: Path, named: str) -> None:
    def never(text: str, language: str | None) -> dict[str, Any]:
        raise AssertionError(text)

    (tmp_path / "folder").mkdir()
    arguments: dict[str, Any] = {named: tmp_path / "folder"}
    with pytest.raises(NmirfError, match="folder"):
        evaluate(never, **arguments)


def test_a_run_that_breaks_off_leaves_the_figures_that_were_there(tmp_path: Path) -> None:
    def breaks(text: str, language: str | None) -> dict[str, Any]:
        raise QuestionError("no")

    path = tmp_path / "run.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(QuestionError):
        evaluate(breaks, json_path=path)
    assert path.read_text(encoding="utf-8") == "{}"
