"""Fit the weights of the evidence on the development questions: ``python -m evals.fit``. Prints, changes nothing.

Ranking: the weights under which the gold paragraphs get the most probability among the candidates of their question
(a softmax over scores, with a ridge). How strong the ridge is, is chosen by cross-validation. Left out are whole base
questions, with all their translations, over several shuffles, so that no figure hangs on the order of the files; the
ridge is chosen on the same questions, one number of a few, so the figures beside it flatter a little. Certainty: a
logistic regression, and what each bar for answering costs. The reporting questions are never read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.answer import MOST_SHOWN
from assistant.settings import load_settings
from assistant.weights import load_weights
from corpus.encoder import load_encoder
from corpus.errors import NmirfError
from corpus.language import Language
from evals.examples import ANSWERABLE, UNANSWERABLE, Example, Matrix, WatchedAssistant, development_questions, examples
from evals.metrics import DEPTH
from evals.shipped import library_of, shipped_folder

# The scale makes a weight of 1 a clear preference; a ridge keeps weights near zero that few questions speak for.
SCALE = 4.0
RIDGES = (0.25, 0.5, 1.0, 2.0, 4.0)
FOLDS = 10
SHUFFLES = 3
NOT_FOUND = 1_000_000
CERTAINTY_RIDGE = 0.5
CERTAINTY_ROUNDS = 3
BARS = np.arange(-2.0, 2.1, 0.25)  # about the one above which an answer is likelier than not

Ranks = NDArray[np.int64]


class _Segments:
    """The evidence of some candidates of each of several examples, one below the other."""

    def __init__(self, parts: Sequence[Matrix]) -> None:
        self.evidence: Matrix = SCALE * np.concatenate(parts)
        self._counts = [len(part) for part in parts]
        self._starts = np.cumsum([0, *self._counts[:-1]])

    def mass(self, weights: Matrix) -> tuple[float, Matrix]:
        """The logarithm of the sum of exp(score) of each example, summed over the examples, and its gradient."""
        # einsum, not @: on a busy machine so small a product waits for the threads of BLAS longer than it takes.
        scores = np.einsum("ck,k->c", self.evidence, weights)
        top = np.maximum.reduceat(scores, self._starts)
        raised = np.exp(scores - np.repeat(top, self._counts))
        sums = np.add.reduceat(raised, self._starts)
        probabilities = raised / np.repeat(sums, self._counts)
        return float((top + np.log(sums)).sum()), np.einsum("c,ck->k", probabilities, self.evidence)


class Likelihood:
    """How likely the gold of examples is; each of them has a gold candidate."""

    def __init__(self, found: Sequence[Example]) -> None:
        self._all = _Segments([e.evidence for e in found])
        self._gold = _Segments([e.evidence[e.gold] for e in found])

    def loss(self, weights: Matrix) -> tuple[float, Matrix]:
        """Minus the logarithm of the probability of gold, summed over the examples, and its gradient."""
        of_all, all_gradient = self._all.mass(weights)
        of_gold, gold_gradient = self._gold.mass(weights)
        return of_all - of_gold, all_gradient - gold_gradient


def fit_ranking(found: Sequence[Example], ridge: float) -> Matrix:
    """The weights of the ranking; only questions with a gold candidate teach anything, and without one all are 0."""
    start = np.zeros(found[0].evidence.shape[1])
    usable = [e for e in found if e.gold.any()]
    if not usable:
        return start
    likelihood = Likelihood(usable)

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        value, gradient = likelihood.loss(weights)
        return value + ridge * float(weights @ weights), gradient + 2 * ridge * weights

    weights: Matrix = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return weights


def gold_ranks(found: Sequence[Example], weights: Matrix) -> Ranks:
    """The place of the first gold candidate of each question, from 0; NOT_FOUND without one."""
    ranks = np.full(len(found), NOT_FOUND, dtype=np.int64)
    for place, example in enumerate(found):
        ranked = example.gold[np.argsort(-(example.evidence @ weights), kind="stable")]
        if ranked.any():
            ranks[place] = ranked.argmax()
    return ranks


@dataclass(frozen=True)
class LeftOut:
    """What weights reach on questions that they were not fitted on.

    ``ranks``: shuffles x questions, as of ``gold_ranks``; ``losses``: minus the logarithm of the probability of gold, a
    mean of the shuffles for each question that has a gold candidate.
    """

    ranks: Ranks
    losses: Matrix

    @property
    def loss(self) -> float:
        """The mean of the losses."""
        return float(self.losses.mean())

    def within(self, first: int, chosen: NDArray[np.bool_] | None = None) -> float:
        """For how many questions (of those chosen) gold is among the first so many; the mean of the shuffles."""
        ranks = self.ranks if chosen is None else self.ranks[:, chosen]
        return float((ranks < first).sum(axis=1).mean())


def cross_validated(found: Sequence[Example], ridge: float, *, folds: int = FOLDS, shuffles: int = SHUFFLES) -> LeftOut:
    """Fit on all folds but one, score that one, for each fold of each shuffle. The same input gives the same result."""
    ranks = np.full((shuffles, len(found)), NOT_FOUND, dtype=np.int64)
    losses = np.zeros((shuffles, len(found)))
    usable = np.array([bool(e.gold.any()) for e in found])
    for shuffle in range(shuffles):
        for held_out in held_out_folds([e.question.base for e in found], folds, shuffle):
            weights = fit_ranking([e for e, out in zip(found, held_out, strict=True) if not out], ridge)
            ranks[shuffle, held_out] = gold_ranks([e for e, out in zip(found, held_out, strict=True) if out], weights)
            for place in np.flatnonzero(held_out & usable).tolist():
                losses[shuffle, place] = Likelihood([found[place]]).loss(weights)[0]
    return LeftOut(ranks, losses[:, usable].mean(axis=0))


def held_out_folds(bases: Sequence[str], folds: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    """Which questions each fold holds out; those of one base go together."""
    shuffled = np.random.default_rng(seed).permutation(sorted(set(bases)))
    for part in np.array_split(shuffled, min(folds, len(shuffled))):
        yield np.isin(bases, part)


def choose_ridge(found: Sequence[Example]) -> tuple[float, dict[float, LeftOut]]:
    """The strongest ridge that is not worse than the best by more than its error, and what each of ``RIDGES`` reaches.

    The best is the one under which questions left out are likeliest. Among weights that so few questions cannot tell
    apart, the smaller ones are the likelier to hold for other documents (the rule of one standard error, of the paired
    differences: Breiman et al. 1984).
    """
    reached = {ridge: cross_validated(found, ridge) for ridge in RIDGES}
    best = min(RIDGES, key=lambda ridge: reached[ridge].loss)
    return max(ridge for ridge in RIDGES if _is_as_good(reached[ridge].losses, reached[best].losses)), reached


def _is_as_good(losses: Matrix, best: Matrix) -> bool:
    worse = losses - best
    return bool(worse.mean() <= worse.std() / np.sqrt(len(worse)))


def of_language(found: Sequence[Example], language: Language) -> NDArray[np.bool_]:
    """Which of the questions are in a language."""
    return np.array([e.question.language == language for e in found])


def main() -> int:
    """Print the weights, and what they reach on questions left out of the fitting; 2 when it cannot be run."""
    try:
        _fit()
    except NmirfError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _fit() -> None:
    settings = load_settings()
    encoder = load_encoder(settings.encoder, allow_download=settings.allow_download)
    current = load_weights()
    ranking, certain = sorted(current.weights), sorted(current.certainty)
    with library_of([shipped_folder(settings)], encoder) as library:
        assistant = WatchedAssistant(library, encoder)
        answerable = [q for q in development_questions() if q.answerable]
        found = examples(assistant, answerable, ranking)
        asked = development_questions((*ANSWERABLE, *UNANSWERABLE))
        of_certainty = examples(assistant, asked, certain)
    _print_ranking(found, ranking, np.array([current.weights[kind] for kind in ranking]))
    _print_certainty(of_certainty, certain, np.array([current.certainty[kind] for kind in certain]))


def _print_ranking(found: Sequence[Example], kinds: Sequence[str], now: Matrix) -> None:
    ranks = gold_ranks(found, now)
    print(f"{len(found)} questions that go to the search, {sum(e.gold.any() for e in found)} with a gold candidate")
    print(f"the weights that ship: gold first {(ranks < 1).sum()}, in five {(ranks < DEPTH).sum()}")
    print(f"\nleft out, by ridge (means of {SHUFFLES} shuffles in {FOLDS} folds):")
    ridge, reached = choose_ridge(found)
    for each, left in reached.items():
        chosen = "  <- chosen" if each == ridge else ""
        scored = f"loss {left.loss:.4f}, gold first {left.within(1):5.1f}, in five {left.within(DEPTH):5.1f}"
        print(f"  ridge {each:5}: {scored}{chosen}")
    print("\nleft out, by language (beside the weights that ship, which have seen these questions):")
    left = reached[ridge]
    for language in Language:
        asked_in = of_language(found, language)
        first, five = left.within(1, asked_in), left.within(DEPTH, asked_in)
        shipped = f"{(ranks[asked_in] < 1).sum()}, {(ranks[asked_in] < DEPTH).sum()}"
        print(f"  {language}: {asked_in.sum():3} questions, gold first {first:5.1f}, in five {five:5.1f}  ({shipped})")
    weights = fit_ranking(found, ridge)
    ranks = gold_ranks(found, weights)
    print(f"\nfitted on all: gold first {(ranks < 1).sum()}, in five {(ranks < DEPTH).sum()}")
    for kind, weight, before in zip(kinds, weights, now, strict=True):
        print(f"  {kind} = {weight:.2f}  (ships: {before})")


# Certainty: a logistic regression, whether a question is to be answered, on the evidence of its best hit.


def fit_certainty(evidence: Matrix, answerable: NDArray[np.bool_], ridge: float) -> tuple[Matrix, float]:
    """The weights, and the bar, above which an answer is likelier than not; ``evidence`` is questions x kinds."""
    sides = np.where(answerable, 1.0, -1.0)

    def loss(fitted: Matrix) -> tuple[float, Matrix]:
        weights, bar = fitted[:-1], fitted[-1]
        margins = sides * (evidence @ weights - bar)
        wrong = -sides / (1.0 + np.exp(np.clip(margins, -500.0, 500.0)))
        gradient = np.append(evidence.T @ wrong + 2 * ridge * weights, -wrong.sum())
        return float(np.logaddexp(0.0, -margins).sum() + ridge * (weights @ weights)), gradient

    fitted: Matrix = minimize(loss, np.zeros(evidence.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return fitted[:-1], float(fitted[-1])


def certainty_left_out(
    evidence: Matrix, answerable: NDArray[np.bool_], bases: Sequence[str], ridge: float, *, folds: int = FOLDS
) -> Matrix:
    """How far above the bar each question is by weights that were fitted without it and its translations."""
    certainty = np.zeros(len(answerable))
    for out in held_out_folds(bases, folds, 0):
        weights, bar = fit_certainty(evidence[~out], answerable[~out], ridge)
        certainty[out] = evidence[out] @ weights - bar
    return certainty


def _best(found: Sequence[Example], weights: Matrix) -> Matrix:
    """The evidence of the hit of each question that speaks most for answering, among those that would be shown."""
    return np.array([max(e.evidence[:MOST_SHOWN], key=lambda hit: float(hit @ weights)) for e in found])


def _print_certainty(found: Sequence[Example], kinds: Sequence[str], now: Matrix) -> None:
    """The weights, and what each bar costs: answerable questions lost, and unanswerable ones abstained from."""
    answerable = np.array([e.question.answerable for e in found])
    bases = [e.question.base for e in found]
    weights = now
    for _ in range(CERTAINTY_ROUNDS):  # which hit speaks most depends on the weights
        weights, bar = fit_certainty(_best(found, weights), answerable, CERTAINTY_RIDGE)
    left = certainty_left_out(_best(found, weights), answerable, bases, CERTAINTY_RIDGE) + bar
    print(
        f"\ncertainty, {answerable.sum()} answerable and {(~answerable).sum()} unanswerable questions; fitted on all:"
    )
    for kind, weight, before in zip(kinds, weights, now, strict=True):
        print(f"  {kind} = {weight:.2f}  (ships: {before})")
    named = np.array([e.document_named for e in found])
    for name, part in (("no document named", ~named), ("document named", named)):
        yes, no = left[part & answerable], left[part & ~answerable]
        print(f"{name}, left out: {len(yes)} answerable, {len(no)} not")
        for step in BARS:
            lost, abstained = int((yes < bar + step).sum()), int((no < bar + step).sum())
            print(f"  bar {bar + step:5.2f}: answerable ones lost {lost:3}, abstained from {abstained:3}")


if __name__ == "__main__":
    sys.exit(main())
