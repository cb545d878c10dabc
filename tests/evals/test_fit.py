"""Fitting weights: the gradient, what the ridge does, and that what is left out is left out."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from evals.examples import Example
from evals.fit import (
    NOT_FOUND,
    Likelihood,
    certainty_left_out,
    choose_ridge,
    cross_validated,
    fit_certainty,
    fit_ranking,
    gold_ranks,
    held_out_folds,
    main,
)
from tests.evals.rows import question


def example(number: int, rng: np.random.Generator, base: str | None = None, telling: int | None = 0) -> Example:
    """Twelve candidates with four kinds of evidence, one of which tells the gold one (None: none is gold)."""
    evidence, gold = rng.random((12, 4)), np.zeros(12, dtype=bool)
    if telling is not None:
        gold[number % 12] = True
        evidence[gold, telling] += 0.5
    return Example(question("60/27 1", id=f"q{number}", base=base or f"q{number}"), evidence, gold, False)


def drawn(count: int, seed: int = 0) -> list[Example]:
    rng = np.random.default_rng(seed)
    return [example(number, rng) for number in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_the_loss(seed: int) -> None:
    likelihood = Likelihood(drawn(6, seed))
    weights = np.random.default_rng(seed).normal(size=4)
    error = check_grad(lambda w: likelihood.loss(w)[0], lambda w: likelihood.loss(w)[1], weights)
    assert error < 1e-4


def test_the_loss_by_hand() -> None:
    # Two candidates whose scores differ by 4 (the scale) times a half; one is gold.
    two = Example(question("60/27 1"), np.array([[0.5], [0.0]]), np.array([True, False]), False)
    value, gradient = Likelihood([two, two]).loss(np.array([1.0]))
    assert value == pytest.approx(2 * np.log1p(np.exp(-2.0)))
    assert gradient[0] == pytest.approx(-2 * 2.0 / (1 + np.exp(2.0)))


def test_the_kind_that_tells_gets_the_weight_and_the_ridge_takes_from_it() -> None:
    found = drawn(40)
    free, held = fit_ranking(found, 0.1), fit_ranking(found, 10.0)
    assert np.abs(free).argmax() == 0
    assert free[0] > 0.5
    assert np.linalg.norm(held) < np.linalg.norm(free)


def test_without_a_gold_candidate_nothing_is_learnt() -> None:
    rng = np.random.default_rng(0)
    nothing = [example(number, rng, telling=None) for number in range(3)]
    assert fit_ranking(nothing, 1.0).tolist() == [0.0] * 4
    assert gold_ranks(nothing, np.ones(4)).tolist() == [NOT_FOUND] * 3
    assert np.array_equal(fit_ranking([*drawn(20), *nothing], 1.0), fit_ranking(drawn(20), 1.0))


@pytest.mark.parametrize(("count", "folds"), [(12, 4), (12, 5), (3, 10)])
def test_each_base_is_held_out_once_and_whole(count: int, folds: int) -> None:
    bases = [f"b{number // 2}" for number in range(count)]
    parts = list(held_out_folds(bases, folds, seed=1))
    assert np.sum(parts, axis=0).tolist() == [1] * count
    for part in parts:
        assert {b for b, out in zip(bases, part, strict=True) if out}.isdisjoint(
            b for b, out in zip(bases, part, strict=True) if not out
        )


def test_left_out_figures_do_not_hang_on_the_order() -> None:
    found = drawn(30)
    one, other = (cross_validated(each, 0.5, folds=5, shuffles=2) for each in (found, found[::-1]))
    assert np.array_equal(one.ranks, other.ranks[:, ::-1])
    assert one.loss == pytest.approx(other.loss)
    assert one.within(12) == 30
    assert one.within(12, np.arange(30) < 10) == 10


def test_the_strongest_ridge_that_is_as_good_as_the_best_is_chosen() -> None:
    ridge, reached = choose_ridge(drawn(30))
    best = min(reached.values(), key=lambda each: each.loss)
    for each, left in reached.items():
        worse = left.losses - best.losses
        is_as_good = worse.mean() <= worse.std() / 30**0.5
        assert is_as_good or each != ridge
        assert not is_as_good or each <= ridge
    rng = np.random.default_rng(3)
    # Nothing tells gold from the rest, so the strongest ridge is the best.
    noise = [Example(each.question, rng.random((12, 4)), each.gold, False) for each in drawn(20)]
    assert choose_ridge(noise)[0] == max(reached)


def test_without_documents_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NMIRF_CORPUS", "none")
    assert main() == 2
    assert capsys.readouterr().err == "NMIRF_CORPUS is none; there are no documents to measure with.\n"


# Certainty.


def answerable_by_the_second_kind(count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    evidence = rng.random((count, 3))
    return evidence, evidence[:, 1] > 0.6


def test_the_kind_that_tells_what_is_answerable_gets_the_weight_and_the_bar_lies_between() -> None:
    evidence, answerable = answerable_by_the_second_kind()
    weights, bar = fit_certainty(evidence, answerable, 0.01)
    assert np.abs(weights).argmax() == 1
    assert weights[1] > 0
    assert bar / weights[1] == pytest.approx(0.6, abs=0.05)


def test_certainty_is_above_the_bar_for_most_answerable_questions_left_out() -> None:
    evidence, answerable = answerable_by_the_second_kind()
    left = certainty_left_out(evidence, answerable, [f"q{n // 2}" for n in range(len(answerable))], 0.01)
    assert np.mean((left > 0) == answerable) > 0.9


def test_certainty_of_a_question_is_told_without_its_translations() -> None:
    # Every base has its own kind, so that nothing is learnt of it from the others.
    evidence = np.repeat(np.eye(6), 2, axis=0)
    answerable = np.repeat([True, False, True, False, True, False], 2)
    left = certainty_left_out(evidence, answerable, [f"q{n // 2}" for n in range(12)], 0.01, folds=6)
    assert np.allclose(left[::2], left[1::2])
    assert not np.any((left > 0) == answerable)
