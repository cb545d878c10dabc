"""Fit the weights of the evidence on the development questions: ``python -m evals.fit``. Prints, changes nothing.

Ranking: the weights under which gold paragraphs get the most probability among the candidates of their question (a
softmax over scores, with a ridge). Certainty: what each bar for answering costs. The reporting
questions are never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.answer import MOST_SHOWN, Assistant
from assistant.question import understand
from assistant.settings import load_settings
from assistant.weights import load_weights
from corpus.encoder import load_encoder
from corpus.library import Library
from evals.metrics import is_gold
from evals.questions import EvalQuestion, load_questions

QUESTIONS = Path(__file__).parent / "questions"
DEVELOPMENT = ("develop.jsonl", "paraphrase.jsonl", "unanswerable.jsonl")
# A ridge keeps weights near zero that few questions speak for; the scale makes a weight of 1 a clear preference.
RIDGE = 1.0
SCALE = 4.0
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """One question: the evidence of its candidates (candidates x kinds) and which of them are gold."""

    question: EvalQuestion
    evidence: Matrix
    gold: NDArray[np.bool_]
    document_named: bool


def examples(assistant: Assistant, questions: Sequence[EvalQuestion], kinds: Sequence[str]) -> list[Example]:
    """The questions that go to the search, with their candidates."""
    found = []
    for each in questions:
        query = understand(each.question)
        mentioned = [assistant.retriever.find(m) for m in query.symbols]
        if query.paragraphs or any(not m.held for m in mentioned):
            continue
        hits = assistant.retriever.search(query, [m.held[0] for m in mentioned])
        if not hits:
            continue
        evidence = np.array([[h.evidence.get(k, 0.0) for k in kinds] for h in hits])
        addresses = [{"symbol": str(h.address.symbol), "paragraph": str(h.address.paragraph)} for h in hits]
        gold = np.array([is_gold(address, each.gold) for address in addresses])
        found.append(Example(each, evidence, gold, bool(mentioned)))
    return found


def fit_ranking(found: Sequence[Example]) -> Matrix:
    """The weights of the ranking; only questions with a gold candidate teach anything."""
    usable = [e for e in found if e.gold.any()]

    def loss(weights: Matrix) -> float:
        total = RIDGE * float((weights**2).sum())
        for example in usable:
            scores = SCALE * (example.evidence @ weights)
            top = scores.max()
            total += float(top + np.log(np.exp(scores - top).sum()) - scores[example.gold].max())
        return total

    start = np.zeros(usable[0].evidence.shape[1])
    weights: Matrix = minimize(loss, start, method="L-BFGS-B").x
    return weights


def hits_at(found: Sequence[Example], weights: Matrix, first: int) -> int:
    """For how many questions a gold candidate is among the ``first``."""
    ranked = (e.gold[np.argsort(-(e.evidence @ weights), kind="stable")[:first]].any() for e in found)
    return sum(bool(each) for each in ranked)


def cross_validated(found: Sequence[Example], folds: int = 10) -> tuple[int, int]:
    """Gold first, and among the first five, for questions that the weights were not fitted on."""
    first = five = 0
    for fold in range(folds):
        held_out = list(found[fold::folds])
        weights = fit_ranking([e for i, e in enumerate(found) if i % folds != fold])
        first += hits_at(held_out, weights, 1)
        five += hits_at(held_out, weights, 5)
    return first, five


def main() -> None:
    """Print the weights, and what they reach on questions left out of the fitting."""
    settings = load_settings()
    library = Library(settings.home)
    assistant = Assistant(library, load_encoder(settings.encoder))
    current = load_weights()
    questions = [q for name in DEVELOPMENT for q in load_questions(QUESTIONS / name)]
    ranking = sorted(current.weights)
    found = [e for e in examples(assistant, questions, ranking) if e.question.status == "answered"]
    now = np.array([current.weights[k] for k in ranking])
    print(f"{len(found)} questions; now gold first {hits_at(found, now, 1)}, in five {hits_at(found, now, 5)}")
    print("left out: gold first {}, in five {}".format(*cross_validated(found)))
    weights = fit_ranking(found)
    print(f"fitted: gold first {hits_at(found, weights, 1)}, in five {hits_at(found, weights, 5)}")
    for kind, weight in zip(ranking, weights, strict=True):
        print(f"{kind} = {weight:.2f}")
    certain = sorted(current.certainty)
    _print_certainty(examples(assistant, questions, certain), certain, [current.certainty[k] for k in certain])
    library.close()


def _print_certainty(found: Sequence[Example], kinds: Sequence[str], weights: Sequence[float]) -> None:
    """What each bar costs: answerable questions lost, and unanswerable ones abstained from."""
    scores = np.array([(e.evidence[:MOST_SHOWN] @ np.array(weights)).max() for e in found])
    answerable = np.array([e.question.status == "answered" for e in found])
    named = np.array([e.document_named for e in found])
    print("\ncertainty: " + ", ".join(kinds))
    for name, part in (("no document named", ~named), ("document named", named)):
        yes, no = scores[part & answerable], scores[part & ~answerable]
        print(f"{name}: {len(yes)} answerable, {len(no)} not")
        for bar in np.arange(-0.6, 1.2, 0.15):
            lost, abstained = int((yes < bar).sum()), int((no < bar).sum())
            print(f"  bar {bar:5.2f}: answerable ones lost {lost:3}, abstained from {abstained:3}")


if __name__ == "__main__":
    main()
