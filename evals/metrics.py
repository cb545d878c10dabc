"""What is measured: pure functions from rows, a question with its response each, to figures.

A response is the object that ``nmirf ask --json`` prints. Two rules hold for all metrics:

- Kin count. A paragraph that contains a gold paragraph or lies within one (8 and 8(b), 19 and 19(d)(ii))
  counts as gold: the text of the one is part of the other's.
- An answerable question that is abstained from is missed by every metric of answers, whatever is cited.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from corpus.language import western_digits
from evals.questions import Address, EvalQuestion

Response = Mapping[str, Any]

# How many citations a reader is taken to look at.
DEPTH = 5
SEED = 20_251_008
RESAMPLES = 2_000


class Row(NamedTuple):
    """A question and the response to it."""

    question: EvalQuestion
    response: Response


Rows = Sequence[Row]


@dataclass(frozen=True)
class Figure:
    """A mean: ``total`` over ``of`` things counted. Of nothing, there is no value."""

    total: float
    of: int

    @property
    def value(self) -> float | None:
        """The mean, from 0 to 1; None when nothing was counted."""
        return self.total / self.of if self.of else None


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


def is_kin(label: str, other: str) -> bool:
    """Whether two paragraphs of a document are one, or one contains the other: 8 and 8(b), not 8 and 80."""
    return label == other or label.startswith(f"{other}(") or other.startswith(f"{label}(")


def is_gold(citation: Mapping[str, Any], gold: Iterable[Address]) -> bool:
    """Whether a citation is of a gold paragraph or of its kin."""
    symbol, label = citation["symbol"], citation["paragraph"]
    return any(symbol == str(s) and is_kin(label, str(p)) for s, p in gold)


def is_answered(row: Row) -> bool:
    """Whether the response is an answer rather than an abstention."""
    return bool(row.response["status"] == "answered")


def gold_rank(row: Row) -> int | None:
    """The place of the first gold citation, from 1; None when none is gold or the response abstains."""
    if not is_answered(row):
        return None
    return next((n for n, c in enumerate(row.response["citations"], start=1) if is_gold(c, row.question.gold)), None)


def _answerable(rows: Rows) -> list[Row]:
    return [row for row in rows if row.question.answerable]


def _unanswerable(rows: Rows) -> list[Row]:
    return [row for row in rows if not row.question.answerable]


def _mean(values: Iterable[float]) -> Figure:
    counted = list(values)
    return Figure(float(sum(counted)), len(counted))


# Answers.


def hit_at(rows: Rows, depth: int) -> Figure:
    """Share of the answerable questions with a gold paragraph among the first ``depth`` citations."""
    return _mean(_hit(row, depth) for row in _answerable(rows))


def _hit(row: Row, depth: int) -> bool:
    rank = gold_rank(row)
    return rank is not None and rank <= depth


def first_citation(rows: Rows) -> Figure:
    """First-citation accuracy (hit@1): share of the answerable questions whose first citation is gold."""
    return hit_at(rows, 1)


def gold_in_five(rows: Rows) -> Figure:
    """Share of the answerable questions with a gold paragraph among the first five citations (hit@5)."""
    return hit_at(rows, DEPTH)


def mean_reciprocal_rank(rows: Rows) -> Figure:
    """Mean over the answerable questions of one over the place of the first gold citation; 0 without one."""
    return _mean(1 / rank if (rank := gold_rank(row)) else 0.0 for row in _answerable(rows))


def citation_precision(rows: Rows) -> Figure:
    """Share of gold among the first five citations of each answerable question that is answered."""
    return _mean(
        is_gold(citation, row.question.gold)
        for row in _answerable(rows)
        if is_answered(row)
        for citation in row.response["citations"][:DEPTH]
    )


def complete_recall(rows: Rows) -> Figure:
    """Mean share of the gold paragraphs that are cited, anywhere, for the questions that want them all.

    A gold paragraph is cited by its kin too: who cites 8 has cited 8(a) to 8(c).
    """
    return _mean(_recall(row) for row in _answerable(rows) if row.question.complete)


def _recall(row: Row) -> float:
    if not is_answered(row):
        return 0.0
    cited = [any(is_gold(c, (gold,)) for c in row.response["citations"]) for gold in row.question.gold]
    return sum(cited) / len(cited)


def fact_coverage(rows: Rows) -> Figure:
    """Share of the facts of all answerable questions that the text of the answer holds."""
    return _mean(
        is_answered(row) and holds_fact(row.response["text"], fact)
        for row in _answerable(rows)
        for fact in row.question.facts
    )


_QUOTATION_MARK = re.compile(r"(?m)^[ \t]*>")


def holds_fact(text: str, fact: str) -> bool:
    """Whether a Markdown text holds a fact, whatever the case, spacing, apostrophes, digits and escapes.

    A number is held whole: 28 is not in 2028.
    """
    wanted = "".join(_normalised(fact).split())
    if not wanted:
        return False
    pattern = r"\s*".join(re.escape(character) for character in wanted)
    if wanted[0].isdecimal():
        pattern = rf"(?<!\d){pattern}"
    if wanted[-1].isdecimal():
        pattern = rf"{pattern}(?!\d)"
    return re.search(pattern, _normalised(_QUOTATION_MARK.sub("", text))) is not None


def _normalised(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return western_digits(folded).replace("\\", "").replace("’", "'")


# Every reply.


def language_match(rows: Rows) -> Figure:
    """Share of all questions replied to, and cited to, in the language that they are asked in."""
    return _mean(_in_language_of_question(row) for row in rows)


def _in_language_of_question(row: Row) -> bool:
    languages = {row.response["language"], *(citation["language"] for citation in row.response["citations"])}
    return languages == {str(row.question.language)}


# Abstentions.


def abstained(rows: Rows) -> Figure:
    """Share of the unanswerable questions that are abstained from."""
    return _mean(not is_answered(row) for row in _unanswerable(rows))


def right_reason(rows: Rows) -> Figure:
    """Share of the unanswerable questions (those that state a reason) abstained from for that reason."""
    return _mean(
        not is_answered(row) and row.response["reason"] == row.question.reason
        for row in _unanswerable(rows)
        if row.question.reason is not None
    )


def abstention_f1(rows: Rows) -> Figure:
    """F1 of abstaining: twice the right abstentions over them and over all that are, or should be, abstained from."""
    wanted, given = len(_unanswerable(rows)), sum(not is_answered(row) for row in rows)
    right = sum(not is_answered(row) for row in _unanswerable(rows))
    return Figure(2.0 * right, wanted + given)


def abstention_precision(rows: Rows) -> Figure:
    """Share of the citations of abstentions that may be pointed to, where the question says which may be."""
    return _mean(
        is_gold(citation, row.question.abstain_ok_citation)
        for row in _unanswerable(rows)
        if row.question.abstain_ok_citation and not is_answered(row)
        for citation in row.response["citations"]
    )


def wrong_abstentions(rows: Rows) -> Figure:
    """Share of the answerable questions that are abstained from; the only metric of which less is better."""
    return _mean(not is_answered(row) for row in _answerable(rows))


METRICS: dict[str, Callable[[Rows], Figure]] = {
    "first_citation": first_citation,
    "gold_in_five": gold_in_five,
    "mean_reciprocal_rank": mean_reciprocal_rank,
    "citation_precision": citation_precision,
    "complete_recall": complete_recall,
    "fact_coverage": fact_coverage,
    "language_match": language_match,
    "abstained": abstained,
    "abstention_f1": abstention_f1,
    "right_reason": right_reason,
    "abstention_precision": abstention_precision,
    "wrong_abstentions": wrong_abstentions,
}
LESS_IS_BETTER = frozenset({"wrong_abstentions"})


def bootstrap_interval(rows: Rows, depth: int, *, seed: int = SEED, resamples: int = RESAMPLES) -> Interval | None:
    """The 95 % percentile interval of hit@``depth``; None without answerable questions.

    What is drawn, with replacement, is base questions with all their translations: those stand or fall
    together, and drawn one by one they would make the interval too narrow. The same rows and seed give the
    same interval.
    """
    by_base: dict[str, list[bool]] = {}
    for row in _answerable(rows):
        by_base.setdefault(row.question.base, []).append(_hit(row, depth))
    if not by_base:
        return None
    hits = np.array([sum(each) for each in by_base.values()])
    counts = np.array([len(each) for each in by_base.values()])
    drawn = np.random.default_rng(seed).integers(0, len(by_base), size=(resamples, len(by_base)))
    low, high = np.percentile(hits[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [2.5, 97.5])
    return Interval(float(low), float(high))
