"""Thresholds and baselines: what counts as fallen, and which files are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import NmirfError, SettingsError
from evals.baseline import Baseline, Thresholds, failures, load_baseline, load_thresholds, main
from evals.metrics import LESS_IS_BETTER, METRICS, Row
from evals.report import figures
from evals.run import Run
from tests.evals.rows import abstention, answer, question, row

NONE = Thresholds(at_least={}, at_most={}, tolerance={})


def made_run(rows: list[Row]) -> Run:
    return Run(tuple(rows), (0.0,) * len(rows))


def hits(right: int, of: int, split: str = "develop", language: str = "en") -> list[Row]:
    return [
        row(
            question("60/27 8", id=f"{split}-{language}-{n}", split=split, language=language),
            answer("60/27 8" if n < right else "60/27 1", language),
        )
        for n in range(of)
    ]


def baseline_of(folder: Path, rows: list[Row]) -> Baseline:
    path = folder / "stored.json"
    path.write_text(json.dumps({"figures": figures(made_run(rows))}), encoding="utf-8")
    return load_baseline(path)


# Thresholds.


def test_shipped_thresholds() -> None:
    thresholds = load_thresholds()
    assert thresholds.at_least["first_citation"] == 0.84
    assert thresholds.at_most == {"wrong_abstentions": 0.05}
    assert thresholds.at_least_in_each_language.keys() == {"first_citation", "gold_in_five", "language_match"}
    assert thresholds.gap_at_most == {"first_citation": 0.18}
    assert set(thresholds.tolerance) == set(METRICS)
    assert set(thresholds.at_most) <= LESS_IS_BETTER
    assert not set(thresholds.at_least) & LESS_IS_BETTER


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("at_least = [", "cannot be read"),
        ("[least]\nfirst_citation = 0.5", "'least' is no table"),
        ("at_least = 0.5", "'at_least' is no table"),
        ("[at_least]\naccuracy = 0.5", "'accuracy' is no metric"),
        ("[at_least]\nfirst_citation = 85", "is no share"),
        ("[at_least]\nfirst_citation = true", "is no share"),
        ("[at_least]\nfirst_citation = nan", "is no share"),
    ],
)
def test_thresholds_that_are_none_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "thresholds.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_thresholds(path)


@pytest.mark.parametrize(
    ("rows", "least", "failed"),
    [
        (hits(17, 20), 0.85, []),
        (hits(16, 20), 0.85, ["develop: first_citation is 0.800, below 0.850"]),
        (hits(0, 20) + hits(17, 20, "report"), 0.85, []),
        (hits(20, 20) + hits(16, 20, "report"), 0.85, ["report: first_citation is 0.800, below 0.850"]),
        ([row(question(), abstention())], 0.85, []),
    ],
    ids=["just reached", "below", "another split is below", "the report split is below", "nothing to count"],
)
def test_thresholds_hold_for_the_report_split_or_without_one_for_all(
    rows: list[Row], least: float, failed: list[str]
) -> None:
    assert failures(made_run(rows), None, Thresholds(at_least={"first_citation": least})) == failed


def test_a_threshold_from_above() -> None:
    rows = [*hits(9, 9), row(question("60/27 8"), abstention())]
    assert failures(made_run(rows), None, Thresholds(at_most={"wrong_abstentions": 0.1})) == []
    assert failures(made_run(rows), None, Thresholds(at_most={"wrong_abstentions": 0.06})) == [
        "develop: wrong_abstentions is 0.100, above 0.060"
    ]


def parallel(first: int, language: str) -> list[Row]:
    """Ten questions of the parallel reporting split in a language, so many of them with gold first."""
    return hits(first, 10, "parallel_report", language)


@pytest.mark.parametrize(
    ("thresholds", "failed"),
    [
        (Thresholds(at_least_in_each_language={"first_citation": 0.8}), []),
        (
            Thresholds(at_least_in_each_language={"first_citation": 0.85}),
            ["parallel_report, ar: first_citation is 0.800, below 0.850"],
        ),
        (Thresholds(gap_at_most={"first_citation": 0.2}), []),
        (
            Thresholds(gap_at_most={"first_citation": 0.1}),
            ["parallel_report: the gap in first_citation between en and ar is 0.200, above 0.100"],
        ),
    ],
)
def test_each_language_is_held_to_a_floor_and_the_gap_to_a_bound(thresholds: Thresholds, failed: list[str]) -> None:
    rows = [*parallel(10, "en"), *parallel(8, "ar")]
    assert failures(made_run(rows), None, thresholds) == failed


def test_languages_that_are_not_asked_the_same_are_not_compared() -> None:
    rows = hits(10, 10, "report") + hits(2, 10, "report", "ar")
    thresholds = Thresholds(at_least_in_each_language={"first_citation": 0.9}, gap_at_most={"first_citation": 0.1})
    assert failures(made_run(rows), None, thresholds) == []


# The baseline.


def test_the_same_replies_hold_their_baseline(tmp_path: Path) -> None:
    rows = hits(3, 7) + hits(2, 3, language="zh") + hits(5, 7, "report", "ar")
    assert failures(made_run(rows), baseline_of(tmp_path, rows), NONE) == []


def test_a_fall_in_one_language_is_found_though_another_gains(tmp_path: Path) -> None:
    before = hits(3, 5) + hits(4, 4, language="zh")
    after = hits(5, 5) + hits(3, 4, language="zh")
    failed = failures(made_run(after), baseline_of(tmp_path, before), NONE)
    assert "develop, zh: first_citation was 1.000 in the baseline and is 0.750" in failed
    assert {line.split(":")[0] for line in failed} == {"develop, zh"}


def test_less_is_better_of_wrong_abstentions(tmp_path: Path) -> None:
    answered = [*hits(1, 2), row(question("60/27 7", id="x"), answer("60/27 1"))]
    refused = [*hits(1, 2), row(question("60/27 7", id="x"), abstention())]
    assert "develop, en: wrong_abstentions was 0.000 in the baseline and is 0.333" in failures(
        made_run(refused), baseline_of(tmp_path, answered), NONE
    )
    assert not any(
        "wrong_abstentions" in line for line in failures(made_run(answered), baseline_of(tmp_path, refused), NONE)
    )


@pytest.mark.parametrize(("tolerance", "falls"), [(0.0, True), (0.24, True), (0.25, False), (0.5, False)])
def test_tolerance(tmp_path: Path, tolerance: float, falls: bool) -> None:
    thresholds = Thresholds(tolerance=dict.fromkeys(METRICS, tolerance))
    failed = failures(made_run(hits(3, 4)), baseline_of(tmp_path, hits(4, 4)), thresholds)
    assert any("first_citation" in line for line in failed) is falls


def test_other_questions_are_not_compared(tmp_path: Path) -> None:
    baseline = baseline_of(tmp_path, hits(4, 4))
    assert failures(made_run(hits(3, 5)), baseline, NONE) == [
        "develop: the baseline was made with other questions; store a new one"
    ]
    assert failures(made_run(hits(3, 4, "report")), baseline, NONE) == [
        "nothing to compare: the baseline holds develop, the run report"
    ]


def test_a_split_that_the_baseline_lacks_is_passed_over(tmp_path: Path) -> None:
    rows = hits(4, 4)
    assert failures(made_run(rows + hits(0, 4, "report")), baseline_of(tmp_path, rows), NONE) == []


BROKEN: dict[str, Any] = {
    "a list": [],
    "no figures": {"rows": []},
    "no splits": {"figures": {}},
    "splits are a list": {"figures": {"splits": [1]}},
    "no checksum": {"figures": {"splits": {"develop": {"overall": {}, "languages": {}}}}},
    "a text for a value": {
        "figures": {
            "splits": {
                "develop": {
                    "questions_sha256": "",
                    "overall": {"first_citation": {"value": "high"}},
                    "languages": {},
                }
            }
        }
    },
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "stored.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SettingsError, match="is no baseline; name a file that nmirf eval --json wrote"):
        load_baseline(path)


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff"], ids=["missing", "empty", "cut off", "no text"])
def test_a_baseline_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "stored.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NmirfError, match="cannot be read") as error:
        load_baseline(path)
    assert str(path) in str(error.value)


def test_a_baseline_is_made_of_a_run_without_its_replies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finished = made_run(hits(3, 4))
    run_path, baseline_path = tmp_path / "run.json", tmp_path / "baseline.json"
    run_path.write_text(json.dumps({"figures": figures(finished), **finished.to_json()}), encoding="utf-8")
    assert main([str(run_path), str(baseline_path)]) == 0
    assert list(json.loads(baseline_path.read_text(encoding="utf-8"))) == ["figures"]
    assert load_baseline(baseline_path) == load_baseline(run_path)
    assert main([str(tmp_path / "none.json"), str(baseline_path)]) == 1
    assert main([str(run_path), str(tmp_path / "no folder" / "baseline.json")]) == 1
    assert "none.json" in capsys.readouterr().err
