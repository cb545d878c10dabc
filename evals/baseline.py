"""What a run must hold: the thresholds, and in every language the figures of a stored baseline.

``python -m evals.baseline RUN.json BASELINE.json`` makes a baseline of the file that ``nmirf eval --json``
wrote: its figures without the replies.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.errors import NmirfError, SettingsError
from evals.metrics import LESS_IS_BETTER, METRICS, Rows
from evals.questions import PARALLEL, REPORTING
from evals.report import by_language, figures, language_gap, measured
from evals.run import Run

THRESHOLDS = Path(__file__).parent / "thresholds.toml"
# A difference of floating-point sums is not a difference.
_EPSILON = 1e-9


@dataclass(frozen=True)
class Thresholds:
    """Least and greatest values by metric; where all languages are asked the same, the least value in each of them and
    the greatest gap between them; and by how much each metric may be worse than the baseline.
    """

    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    at_least_in_each_language: Mapping[str, float] = field(default_factory=dict)
    gap_at_most: Mapping[str, float] = field(default_factory=dict)
    tolerance: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Baseline:
    """Stored figures.

    ``questions``: split -> checksum of its questions.
    ``values``: split -> language, or ``overall`` -> metric -> value.
    """

    questions: Mapping[str, str]
    values: Mapping[str, Mapping[str, Mapping[str, float]]]


def load_thresholds(path: Path = THRESHOLDS) -> Thresholds:
    """The thresholds. Raises SettingsError on an unknown table or metric, and on a value outside 0 to 1."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: the thresholds cannot be read ({error}).") from error
    known = tuple(Thresholds.__dataclass_fields__)
    for table, values in tables.items():
        if table not in known or not isinstance(values, dict):
            raise SettingsError(f"{path}: {table!r} is no table of thresholds; the tables are {', '.join(known)}.")
        for name, value in values.items():
            if name not in METRICS:
                raise SettingsError(f"{path}: {name!r} is no metric; the metrics are {', '.join(METRICS)}.")
            if not _is_share(value):
                raise SettingsError(f"{path}: {name} = {value!r} is no share; write a number from 0 to 1.")
    return Thresholds(**{table: tables.get(table, {}) for table in known})


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def load_baseline(path: Path) -> Baseline:
    """The figures of a file of ``nmirf eval --json`` or of this module. Raises SettingsError on any other."""
    content = _read_json(path)
    try:
        splits = content["figures"]["splits"]
        return Baseline(
            questions={split: str(each["questions_sha256"]) for split, each in splits.items()},
            values={split: _values(each) for split, each in splits.items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SettingsError(f"{path} is no baseline; name a file that nmirf eval --json wrote.") from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(
            f"{path}: the baseline cannot be read ({error}); name a file that nmirf eval --json wrote."
        ) from error


def _values(split: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    groups = {"overall": split["overall"], **split["languages"]}
    return {
        group: {name: float(each["value"]) for name, each in metrics.items() if each["value"] is not None}
        for group, metrics in groups.items()
    }


def failures(run: Run, baseline: Baseline | None, thresholds: Thresholds) -> list[str]:
    """What fell short, a line each; empty when the run holds."""
    found = list(_below_thresholds(run.rows, thresholds))
    if baseline is not None:
        found += _below_baseline(run, baseline, thresholds)
    return found


def _below_thresholds(rows: Rows, thresholds: Thresholds) -> Iterator[str]:
    held = [row for row in rows if row.question.split in REPORTING] or rows
    where = ", ".join(dict.fromkeys(row.question.split for row in held))
    yield from _outside(where, held, thresholds.at_least, thresholds.at_most)
    parallel = [row for row in held if row.question.split in PARALLEL]
    languages = by_language(parallel)
    for code, each in languages.items():
        split = each[0].question.split
        yield from _outside(f"{split}, {code}", each, thresholds.at_least_in_each_language, {})
    gaps = language_gap({code: measured(each) for code, each in languages.items()})
    for name, most in thresholds.gap_at_most.items():
        gap = gaps[name]
        if gap is not None and gap["gap"] > most + _EPSILON:
            between = f"between {gap['best']} and {gap['worst']}"
            yield f"{where}: the gap in {name} {between} is {gap['gap']:.3f}, above {most:.3f}"


def _outside(where: str, rows: Rows, least: Mapping[str, float], most: Mapping[str, float]) -> Iterator[str]:
    for name, bound in least.items():
        value = METRICS[name](rows).value
        if value is not None and value < bound - _EPSILON:
            yield f"{where}: {name} is {value:.3f}, below {bound:.3f}"
    for name, bound in most.items():
        value = METRICS[name](rows).value
        if value is not None and value > bound + _EPSILON:
            yield f"{where}: {name} is {value:.3f}, above {bound:.3f}"


def _below_baseline(run: Run, baseline: Baseline, thresholds: Thresholds) -> Iterator[str]:
    splits = figures(run)["splits"]
    if not splits.keys() & baseline.values.keys():
        stored = ", ".join(baseline.values) or "nothing"
        yield f"nothing to compare: the baseline holds {stored}, the run {', '.join(splits)}"
    for split, each in splits.items():
        if split not in baseline.values:
            continue
        if each["questions_sha256"] != baseline.questions[split]:
            yield f"{split}: the baseline was made with other questions; store a new one"
            continue
        now = _values(each)
        for group, metrics in baseline.values[split].items():
            yield from _fallen(f"{split}, {group}", metrics, now.get(group, {}), thresholds.tolerance)


def _fallen(
    where: str, before: Mapping[str, float], now: Mapping[str, float], tolerance: Mapping[str, float]
) -> Iterator[str]:
    for name, old in before.items():
        if name not in now:  # nothing is left to count, such as citations when all is abstained from
            continue
        worse_by = now[name] - old if name in LESS_IS_BETTER else old - now[name]
        if worse_by > tolerance.get(name, 0.0) + _EPSILON:
            yield f"{where}: {name} was {old:.3f} in the baseline and is {now[name]:.3f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the figures of a run as a baseline, without the replies; 1 when they are not to be had."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.baseline", description="Make a baseline of a run: its figures without the replies."
    )
    parser.add_argument("run", type=Path, help="a file that nmirf eval --json wrote")
    parser.add_argument("baseline", type=Path, help="the file to write")
    named = parser.parse_args(arguments)
    try:
        load_baseline(named.run)
        content = json.dumps({"figures": _read_json(named.run)["figures"]}, ensure_ascii=False, indent=1)
        named.baseline.write_text(content + "\n", encoding="utf-8")
    except (NmirfError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
