"""The figures of a run, as JSON and as tables: by split, language and kind, and the gap between languages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from corpus.language import Language
from evals.metrics import (
    DEPTH,
    LESS_IS_BETTER,
    METRICS,
    Figure,
    Row,
    Rows,
    bootstrap_interval,
    gold_rank,
    is_answered,
)
from evals.questions import EvalQuestion
from evals.run import Run

# The heading of each metric, short enough for a terminal of 80 columns, and the legend below the tables.
HEADINGS = {
    "first_citation": ("hit@1", "the first citation is gold"),
    "gold_in_five": ("hit@5", "gold is among the first five citations"),
    "mean_reciprocal_rank": ("MRR", "mean reciprocal rank of the first gold citation"),
    "citation_precision": ("prec", "share of gold among the first five citations"),
    "complete_recall": ("all", "share of the gold cited, where all of it is asked for"),
    "fact_coverage": ("fact", "share of the facts that the text holds"),
    "language_match": ("lang", "replied and cited in the language of the question"),
    "abstained": ("abst", "unanswerable questions abstained from"),
    "abstention_f1": ("F1", "F1 of abstaining: none too few, none too many"),
    "right_reason": ("why", "... and for the right reason"),
    "abstention_precision": ("ptr", "citations of abstentions that may be pointed to"),
    "wrong_abstentions": ("lost", "answerable questions abstained from (less is better)"),
}
# The metrics with an interval, and the depth that each is the hit rate at.
INTERVALS = {"first_citation": 1, "gold_in_five": DEPTH}
MISSES_SHOWN = 3


def by_split(rows: Rows) -> dict[str, list[Row]]:
    """The rows of each split, in the order of the run."""
    return _grouped(rows, lambda question: question.split)


def by_language(rows: Rows) -> dict[str, list[Row]]:
    """The rows of each language that there are questions in, by code."""
    groups = _grouped(rows, lambda question: str(question.language))
    return {str(language): groups[language] for language in Language if language in groups}


def by_kind(rows: Rows) -> dict[str, list[Row]]:
    """The rows of each kind of question, by name."""
    return dict(sorted(_grouped(rows, lambda question: question.kind).items()))


def _grouped(rows: Rows, key: Callable[[EvalQuestion], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row.question), []).append(row)
    return groups


def measured(rows: Rows) -> dict[str, Figure]:
    """Every metric over the rows."""
    return {name: metric(rows) for name, metric in METRICS.items()}


def language_gap(languages: Mapping[str, Mapping[str, Figure]]) -> dict[str, dict[str, Any] | None]:
    """Of each metric, the best and the worst language and their distance; None where fewer than two count."""
    return {name: _gap(name, languages) for name in METRICS}


def _gap(name: str, languages: Mapping[str, Mapping[str, Figure]]) -> dict[str, Any] | None:
    values = {code: value for code, each in languages.items() if (value := each[name].value) is not None}
    if len(values) < 2:
        return None
    low, high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    best, worst = (low, high) if name in LESS_IS_BETTER else (high, low)
    return {"best": best, "worst": worst, "gap": values[high] - values[low]}


def questions_sha256(rows: Rows) -> str:
    """What tells one set of questions from another: it changes with any field of any, not with the order."""
    fields = sorted(json.dumps(asdict(row.question), ensure_ascii=False, default=str) for row in rows)
    return hashlib.sha256("\n".join(fields).encode()).hexdigest()


def figures(run: Run) -> dict[str, Any]:
    """All figures as JSON, the same for the same responses: no time is among them.

    ``splits``: of each, the number and checksum of its questions, the figures over all of them, the
    intervals, the figures by language and by kind, and the gap between the languages. ``misses``: the ids of
    the questions missed.
    """
    return {
        "splits": {split: _split_figures(rows) for split, rows in by_split(run.rows).items()},
        "misses": [row.question.id for row in missed(run.rows)],
    }


def _split_figures(rows: Rows) -> dict[str, Any]:
    languages = {code: measured(each) for code, each in by_language(rows).items()}
    intervals = {name: bootstrap_interval(rows, depth) for name, depth in INTERVALS.items()}
    return {
        "questions": len(rows),
        "questions_sha256": questions_sha256(rows),
        "overall": _figures_json(measured(rows)),
        "intervals": {name: asdict(each) if each else None for name, each in intervals.items()},
        "languages": {code: _figures_json(each) for code, each in languages.items()},
        "kinds": {kind: _figures_json(measured(each)) for kind, each in by_kind(rows).items()},
        "language_gap": language_gap(languages),
    }


def _figures_json(each: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: {"value": figure.value, "of": figure.of} for name, figure in each.items()}


def missed(rows: Rows) -> list[Row]:
    """The rows whose first citation is not gold, and the unanswerable ones without the right abstention."""
    return [row for row in rows if _is_missed(row)]


def _is_missed(row: Row) -> bool:
    if row.question.answerable:
        return gold_rank(row) != 1
    wanted = row.question.reason
    return is_answered(row) or (wanted is not None and row.response["reason"] != wanted)


def table(run: Run) -> Group:
    """The tables to print, in per cent: all splits; each by language with the gap, and by kind; intervals, legend."""
    splits = by_split(run.rows)
    parts: list[RenderableType] = [_table("split", [[_cells(split, rows) for split, rows in splits.items()]])]
    for split, rows in splits.items():
        parts += [Text(split, style="bold"), _split_table(rows), _intervals(rows)]
    return Group(
        *parts,
        Text(""),
        *(Text(f"{heading:>5}  {meaning}") for heading, meaning in HEADINGS.values()),
        Text(
            f"\n{len(run.rows)} questions in {sum(run.wall_s):.1f} s: "
            f"median {run.median_s * 1000:.0f} ms, 95th percentile {run.p95_s * 1000:.0f} ms"
        ),
    )


def _split_table(rows: Rows) -> Table:
    """One split: a row a language, the gap between the best and the worst of them, and a row a kind of question."""
    languages = by_language(rows)
    gap = language_gap({code: measured(each) for code, each in languages.items()})
    gaps = ["gap", "", *("–" if each is None else _percent(each["gap"]) for each in gap.values())]
    by_name = [_cells(code, each) for code, each in languages.items()]
    return _table("", [[*by_name, gaps], [_cells(kind, each) for kind, each in by_kind(rows).items()]])


def _table(heading: str, sections: Iterable[list[list[str]]]) -> Table:
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 0))
    made.add_column(heading, no_wrap=True)
    for name in ("n", *(short for short, _ in HEADINGS.values())):
        made.add_column(name, justify="right", no_wrap=True)
    for section in sections:
        for cells in section:
            made.add_row(*(Text(cell) for cell in cells))
        made.add_section()
    return made


def _cells(name: str, rows: Rows) -> list[str]:
    return [name, str(len(rows)), *(_percent(figure.value) for figure in measured(rows).values())]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


def _intervals(rows: Rows) -> Text:
    parts = []
    for name, depth in INTERVALS.items():
        interval = bootstrap_interval(rows, depth)
        if interval is not None:
            value = METRICS[name](rows).value
            heading = HEADINGS[name][0]
            parts.append(f"{heading} {_percent(value)} ({_percent(interval.low)} to {_percent(interval.high)})")
    return Text(f"with 95 % intervals: {', '.join(parts)}\n" if parts else "")


def misses_table(run: Run) -> Table:
    """What was missed: the question, what was wanted, and what came in its place."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Misses", title_justify="left", show_lines=True)
    for heading, ratio in (("id", None), ("question", 2), ("gold", 1), ("reply", 1)):
        made.add_column(heading, ratio=ratio, no_wrap=ratio is None)
    for question, response in missed(run.rows):
        citations = [f"{c['symbol']} {c['paragraph']}" for c in response["citations"][:MISSES_SHOWN]]
        reply = [f"abstained: {response['reason']}"] if response["status"] == "abstained" else []
        made.add_row(
            Text(question.id),
            Text(question.question),
            Text(_wanted(question)),
            Text("\n".join([*reply, *citations]) or "–"),
        )
    return made


def _wanted(question: EvalQuestion) -> str:
    if not question.answerable:
        return f"to abstain: {question.reason}" if question.reason else "to abstain"
    return "\n".join(f"{symbol} {paragraph}" for symbol, paragraph in question.gold)
