"""The laws of how many one fan introduces, and the fit of the negative binomial, against known values and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from referral.spread.rules.forest import Forest
from referral.spread.rules.offspring import Law, Measured, NegativeBinomial, fit_negative_binomial, offspring
from tests.rules.stories import introduced

LAWS = [
    NegativeBinomial(0.8, 0.3),
    NegativeBinomial(2.0, 5.0),
    NegativeBinomial(0.8, math.inf),
    NegativeBinomial(0.0, math.inf),
    Measured.of([5, 3, 2]),
    Measured.of([1, 0, 0, 0, 2]),
]


def chances_of_one(law: Law, most: int) -> list[float]:
    if isinstance(law, Measured):
        share = dict(zip(law.introductions.tolist(), law.share.tolist(), strict=True))
        return [share.get(x, 0) for x in range(most)]
    assert isinstance(law, NegativeBinomial)
    if law.is_poisson:
        return [float(one) for one in stats.poisson(law.mean).pmf(range(most))]
    return [float(one) for one in stats.nbinom(law.k, law.k / (law.k + law.mean)).pmf(range(most))]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("s", [0.0, 0.3, 1.0])
def test_mean_variance_and_generating_function_are_those_of_the_law(law: Law, s: float) -> None:
    chances = np.array(chances_of_one(law, 400))
    x = np.arange(400)

    assert law.mean == pytest.approx(float(x @ chances))
    assert law.variance == pytest.approx(float((x - law.mean) ** 2 @ chances))
    assert law.generating(s) == pytest.approx(float(s**x @ chances))
    assert law.slope(s) == pytest.approx(float(x[1:] * s ** x[:-1] @ chances[1:]))


@pytest.mark.parametrize("law", LAWS)
def test_the_chance_that_fans_together_bring_so_many_is_that_of_adding_them_one_by_one(law: Law) -> None:
    one, together = np.array(chances_of_one(law, 13)), np.array([1.0])
    expected = [0.0]
    for n in range(1, 13):
        together = np.convolve(together, one)[:13]
        expected.append(float(together[n - 2]) if n >= 2 else 0.0)

    assert law.just_enough(2, 12) == pytest.approx(np.array(expected))


@pytest.mark.parametrize(("mean", "k", "nobody"), [(1.5, 0.16, 0.688), (0.8, 0.3, 0.677203), (1, 1, 0.5)])
def test_the_chance_of_telling_nobody_has_its_closed_form(mean: float, k: float, nobody: float) -> None:
    assert NegativeBinomial(mean, k).generating(0) == pytest.approx((1 + mean / k) ** -k)
    assert NegativeBinomial(mean, k).generating(0) == pytest.approx(nobody, abs=5e-4)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(-1, 12), st.integers(0, 12), st.integers(0, 99)
)
def test_ripe_fans_are_counted_by_what_they_introduced(at: list[int], now: int, ripening: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tellers = [None if i == 0 else int(rng.integers(-1, i)) for i in range(len(at))]
    forest = Forest.from_edges(range(len(at)), [None if one == -1 else one for one in tellers], at, [None] * len(at))

    found = offspring(forest, now, ripening)

    ripe = [row for row in range(len(at)) if now - forest.at_ms[row] >= ripening]
    told = [sum(bool(forest.parent[i] == row and forest.at_ms[i] <= now) for i in range(len(at))) for row in ripe]
    assert found.tolist() == [told.count(x) for x in range(max(told, default=-1) + 1)]
    some = offspring(forest, now, ripening, among=forest.depth == 0)
    assert some.sum() == sum(bool(forest.depth[row] == 0) for row in ripe)


def test_nobody_is_ripe_in_an_empty_story_or_a_young_one() -> None:
    empty = Forest.from_edges([], [], [], [])
    young = Forest.from_edges([1], [None], [5], [None])

    assert offspring(empty, 10, 1).tolist() == []
    assert offspring(young, 5, 1).tolist() == []
    assert offspring(young, 5, 0).tolist() == [1]
    assert fit_negative_binomial(offspring(empty, 10, 1)) is None


@given(st.lists(st.integers(0, 40), min_size=2, max_size=12))
def test_no_other_k_is_likelier_than_the_fitted_one(counts: list[int]) -> None:
    told = np.array(counts)
    assume(told[1:].any())

    found = fit_negative_binomial(told)

    assert found is not None
    x = np.arange(len(told))
    mean = float(x @ told) / float(told.sum())
    variance = float((x - mean) ** 2 @ told) / float(told.sum())
    assert found.law.mean == pytest.approx(mean)
    # Where the variance is hardly above the mean no k that can be told from infinity is best.
    assume(abs(variance - mean) > 1e-6)
    assert found.law.is_poisson == (variance < mean)

    def likelihood(k: float) -> float:
        law = stats.poisson(mean) if math.isinf(k) else stats.nbinom(k, k / (k + mean))
        return float(law.logpmf(x) @ told)

    best = likelihood(found.law.k)
    if math.isfinite(found.law.k):
        assert best >= max(likelihood(found.law.k * by) for by in (0.5, 0.99, 1.01, 2)) - 1e-9
    assert found.k_low is not None
    assert found.k_high is not None
    assert likelihood(found.k_low) == pytest.approx(best - 1.92073, abs=1e-4)
    if math.isfinite(found.k_high):
        assert likelihood(found.k_high) == pytest.approx(best - 1.92073, abs=1e-4)
    else:
        assert likelihood(math.inf) >= best - 1.9208


def test_a_crowd_of_whom_one_brought_all_has_a_k_close_to_0() -> None:
    counts = np.zeros(5_001, dtype=np.int64)
    counts[0], counts[5_000] = 5_000, 1

    found = fit_negative_binomial(counts)

    assert found is not None
    mean, x = found.law.mean, np.array([0, 5_000])
    by_scipy = [
        float(stats.nbinom(k, k / (k + mean)).logpmf(x) @ [5_000, 1]) for k in found.law.k * np.array([1, 0.9, 1.1])
    ]
    assert found.law.k < 1e-4
    assert by_scipy[0] == max(by_scipy)


def test_where_nobody_told_anybody_nothing_is_known_of_k() -> None:
    found = fit_negative_binomial(np.array([12]))

    assert found is not None
    assert (found.law, found.fans, found.k_low, found.k_high) == (NegativeBinomial(0.0, math.inf), 12, None, None)


@pytest.mark.parametrize("k", [0.2, 1.0, math.inf])
def test_the_interval_of_k_holds_the_law_by_which_people_told(k: float) -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        found = fit_negative_binomial(np.bincount(introduced(rng, 400, 0.9, k)))
        assert found is not None
        assert found.k_low is not None
        assert found.k_high is not None
        held += found.k_low <= k <= found.k_high

    assert held >= 200 * 0.91


def test_nobody_to_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        Measured.of([0, 0])
