"""A run: every question asked once, in one process, with the responses and the time that each took."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from corpus.errors import QuestionError, SettingsError
from evals.metrics import Row
from evals.questions import EvalQuestion, load_questions, shipped_questions

# A question, and those asked before it in the conversation; the object that ``nmirf ask --json`` prints.
Ask = Callable[[str, Sequence[str]], dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """The questions with their responses, in order, and how long each took; at least one."""

    rows: tuple[Row, ...]
    wall_s: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """The median time of a question."""
        return float(np.median(self.wall_s))

    @property
    def p95_s(self) -> float:
        """The time that 95 of 100 questions stay below."""
        return float(np.percentile(self.wall_s, 95))

    def to_json(self) -> dict[str, Any]:
        """The run as JSON: the times, and a row a question with its whole response."""
        return {
            "wall_s": {"total": sum(self.wall_s), "median": self.median_s, "p95": self.p95_s},
            "rows": [
                {
                    "id": question.id,
                    "split": question.split,
                    "language": str(question.language),
                    "kind": question.kind,
                    "status": question.status,
                    "reason": str(question.reason) if question.reason else None,
                    "gold": [[str(symbol), str(paragraph)] for symbol, paragraph in question.gold],
                    "wall_s": wall_s,
                    "response": dict(response),
                }
                for (question, response), wall_s in zip(self.rows, self.wall_s, strict=True)
            ],
        }


def run(questions: Sequence[EvalQuestion], ask: Ask) -> Run:
    """Ask every question, in order. The language is not told: to find it out is part of what is measured.

    Raises QuestionError, with the id, on a question that cannot be asked; such a file is to be mended.
    """
    rows, wall_s = [], []
    for question in questions:
        start = time.perf_counter()
        try:
            response = ask(question.question, question.after)
        except QuestionError as error:
            raise QuestionError(f"{question.id}: {error}") from error
        wall_s.append(time.perf_counter() - start)
        rows.append(Row(question, response))
    return Run(tuple(rows), tuple(wall_s))


def evaluate(
    ask: Ask,
    questions_path: Path | None = None,
    json_path: Path | None = None,
    baseline_path: Path | None = None,
    misses: bool = False,
) -> int:
    """Score the assistant and print the tables; the exit code: 1 below thresholds or baseline, else 0.

    Without ``questions_path`` the questions that ship are asked, and the thresholds hold for their
    reporting splits; with it they hold for the rows of that file as a whole. Before the first question is
    asked, the files to read are read and the file to write is opened. Raises NmirfError when one cannot be.
    """
    from rich.console import Console

    from evals.baseline import failures, load_baseline, load_thresholds
    from evals.report import figures, misses_table, table

    questions = load_questions(questions_path) if questions_path else shipped_questions()
    baseline = load_baseline(baseline_path) if baseline_path else None
    thresholds = load_thresholds()
    if json_path:
        write_figures(json_path, "", mode="a")  # what stands there stays until there is something better
    finished = run(questions, ask)
    failed = failures(finished, baseline, thresholds)
    if json_path:
        content = {"figures": figures(finished), "failures": failed, **finished.to_json()}
        write_figures(json_path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    console = Console(highlight=False)
    console.print(table(finished))
    if misses:
        console.print(misses_table(finished))
    for failure in failed:
        console.print(f"FAILED  {failure}", style="red", markup=False)
    return 1 if failed else 0


def write_figures(path: Path, content: str, mode: Literal["a", "w"] = "w") -> None:
    """Write to the file of ``--json``. Raises SettingsError when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise SettingsError(f"--json {path} cannot be written ({error.strerror}); name another file.") from error
