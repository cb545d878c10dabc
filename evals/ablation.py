"""What each kind of evidence is worth: ``python -m evals.ablation [--refit]``. Prints Markdown tables.

Each kind, and each group of kinds, is switched off in turn (its weight is 0), and the candidates of the development
questions are ranked by the others. The candidates stay the same: a kind that proposes them still does. With
``--refit`` the weights that remain are fitted again, and scored on questions left out of the fitting: what is lost then
is what no other kind can stand in for. The reporting questions are never read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.settings import load_settings
from assistant.weights import load_weights
from corpus.encoder import load_encoder
from corpus.errors import NmirfError
from corpus.language import Language
from evals.examples import Example, Matrix, WatchedAssistant, development_questions, examples
from evals.fit import FOLDS, SHUFFLES, LeftOut, choose_ridge, cross_validated, gold_ranks, of_language
from evals.metrics import DEPTH
from evals.shipped import library_of, shipped_folder

# Kinds of evidence that are of one sort; those without a weight are passed over.
GROUPS: dict[str, tuple[str, ...]] = {
    "all dense": ("dense", "sentence", "sentence_others"),
    "all late": ("early", "late", "late_others"),
    "all lexical": ("lexical", "coverage"),
    "all of the glossary": ("glossary", "terms", "rare_terms"),
    "all structure": (
        "addressee",
        "asks",
        "deadline",
        "figure",
        "number",
        "part",
        "preambular",
        "session",
        "state",
        "time",
    ),
}
NOTHING = "nothing"


def switches(kinds: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What is switched off in turn, by the name of its row: nothing, each kind, each group of more than one."""
    groups = {name: tuple(kind for kind in group if kind in kinds) for name, group in GROUPS.items()}
    return {
        NOTHING: (),
        **{kind: (kind,) for kind in sorted(kinds)},
        **{name: group for name, group in groups.items() if len(group) > 1},
    }


def switched_off(found: Sequence[Example], weights: Mapping[str, float]) -> dict[str, LeftOut]:
    """What the weights reach with each of ``switches`` off; ``found`` has the evidence in the order of the weights."""
    kinds = list(weights)
    reached = {}
    for name, off in switches(kinds).items():
        left = np.array([0.0 if kind in off else weights[kind] for kind in kinds])
        reached[name] = LeftOut(gold_ranks(found, left)[None, :], np.zeros(0))
    return reached


def refitted(
    found: Sequence[Example], kinds: Sequence[str], ridge: float, *, folds: int = FOLDS, shuffles: int = SHUFFLES
) -> dict[str, LeftOut]:
    """The same with the weights that remain fitted again, on questions left out of the fitting."""
    reached = {}
    for name, off in switches(kinds).items():
        kept = [place for place, kind in enumerate(kinds) if kind not in off]
        without = [Example(e.question, e.evidence[:, kept], e.gold, e.document_named) for e in found]
        reached[name] = cross_validated(without, ridge, folds=folds, shuffles=shuffles)
    return reached


def markdown(found: Sequence[Example], reached: Mapping[str, LeftOut], digits: int = 0) -> str:
    """A Markdown table: a row a switch, how often gold is first / among the first five, pooled and by language."""
    parts: dict[str, NDArray[np.bool_]] = {"all": np.ones(len(found), dtype=bool)}
    parts |= {str(language): chosen for language in Language if (chosen := of_language(found, language)).any()}
    headings = [f"{name} ({chosen.sum()})" for name, chosen in parts.items()]
    lines = [
        "| switched off | change | " + " | ".join(headings) + " |",
        "|---|" + "---:|" * (len(parts) + 1),
    ]
    for name, left in reached.items():
        cells = [_pair(_reached(left, chosen), f".{digits}f") for chosen in parts.values()]
        change = _pair(_reached(left) - _reached(reached[NOTHING]), f"+.{digits}f") if name != NOTHING else ""
        lines.append(f"| {name} | {change} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _reached(left: LeftOut, chosen: NDArray[np.bool_] | None = None) -> Matrix:
    return np.array([left.within(1, chosen), left.within(DEPTH, chosen)])


def _pair(values: Matrix, form: str) -> str:
    return " / ".join(f"{value:{form}}" for value in values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 2 when they cannot be made."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.ablation", description="What each kind of evidence is worth on the development questions."
    )
    parser.add_argument(
        "--refit", action="store_true", help="also fit the weights that remain again, scored on questions left out"
    )
    named = parser.parse_args(arguments)
    try:
        _ablate(named.refit)
    except NmirfError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _ablate(refit: bool) -> None:
    settings = load_settings()
    encoder = load_encoder(settings.encoder, allow_download=settings.allow_download)
    weights = dict(sorted(load_weights().weights.items()))
    with library_of([shipped_folder(settings)], encoder) as library:
        answerable = [question for question in development_questions() if question.answerable]
        found = examples(WatchedAssistant(library, encoder), answerable, list(weights))
    print(f"Gold first / among the first {DEPTH}, {len(found)} development questions that go to the search.\n")
    print("Weights as they ship, fitted on these questions:\n")
    print(markdown(found, switched_off(found, weights)))
    if refit:
        ridge, _ = choose_ridge(found)
        print(f"\nFitted again, on questions left out (mean of {SHUFFLES} shuffles in {FOLDS} folds, ridge {ridge}):\n")
        print(markdown(found, refitted(found, list(weights), ridge), digits=1))


if __name__ == "__main__":
    sys.exit(main())
