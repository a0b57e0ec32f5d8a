"""Extinction and total progeny of branching processes, against published values, closed forms and play."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.branching import (
    extinct_by_generation,
    extinction,
    sampled_descendants,
    total_progeny,
    total_progeny_chances,
)
from referral.spread.rules.offspring import Law, Measured, NegativeBinomial

POISSON = math.inf
THREE = Measured.of([0.5, 0.3, 0.2])


@pytest.mark.parametrize(
    ("law", "q"),
    [
        (NegativeBinomial(1.2, POISSON), 0.6863017),
        (NegativeBinomial(1.5, POISSON), 0.4171884),
        (NegativeBinomial(2, POISSON), 0.2031879),
        (NegativeBinomial(3, POISSON), 0.0595202),
        (NegativeBinomial(1.5, 1), 2 / 3),
        (NegativeBinomial(2, 1), 1 / 2),
        (NegativeBinomial(1.5, 0.16), 0.8986387),
        (NegativeBinomial(1.5, 0.5), 0.7675919),
        (NegativeBinomial(1.2, 0.1), 0.9681537),
        (NegativeBinomial(2, 0.16), 0.8373092),
        (Measured.of([0.4, 0, 0.6]), 2 / 3),
        (Measured.of([0, 1, 1]), 0),
        (Measured.of([0, 1]), 0),
        (NegativeBinomial(1, POISSON), 1),
        (NegativeBinomial(0.3, 2), 1),
        (NegativeBinomial(0, POISSON), 1),
    ],
)
def test_extinction_has_its_known_values(law: Law, q: float) -> None:
    assert extinction(law) == pytest.approx(q, abs=5e-8)
    assert extinction(law, seeds=3) == pytest.approx(q**3, abs=2e-7)
    assert extinction(law, seeds=0) == 1


@given(st.floats(1.00001, 50), st.floats(0.01, 100))
def test_extinction_is_the_smallest_root(mean: float, k: float) -> None:
    law = NegativeBinomial(mean, k)

    q = extinction(law)

    assert 0 <= q <= 1
    assert law.generating(q) == pytest.approx(q, abs=1e-12)
    assert all(law.generating(q * share) > q * share for share in (0, 0.5, 0.9))
    assert extinct_by_generation(law, 30)[-1] <= q + 1e-12


def test_extinction_by_generation_has_its_known_values() -> None:
    expected = [0.5, 0.7, 0.808, 0.872973, 0.914308]

    assert extinct_by_generation(THREE, 5) == pytest.approx(expected, abs=5e-7)
    assert extinct_by_generation(THREE, 5, seeds=2) == pytest.approx([one**2 for one in expected], abs=2e-6)
    assert extinct_by_generation(THREE, 0) == ()


def test_total_progeny_has_its_known_mean_and_variance() -> None:
    one, forty = total_progeny(THREE), total_progeny(THREE, seeds=40)

    assert one is not None
    assert forty is not None
    assert (one.mean, one.variance) == (pytest.approx(10 / 3), pytest.approx(22.59259, abs=5e-6))
    # Forty people who have told nobody yet: those to come, without themselves.
    assert (forty.mean - 40, math.sqrt(forty.variance)) == (
        pytest.approx(93.33, abs=0.005),
        pytest.approx(30.06, abs=0.005),
    )
    assert total_progeny(NegativeBinomial(1.0, 2)) is None
    assert total_progeny(NegativeBinomial(1.3, 2)) is None


@pytest.mark.parametrize(
    ("law", "seeds", "chances"),
    [
        (THREE, 1, [0, 0.5, 0.15, 0.095, 0.0585, 0.04105, 0.029715]),
        (THREE, 3, [0, 0, 0, 0.125, 0.1125, 0.105, 0.09]),
        (NegativeBinomial(0.8, POISSON), 1, [0, 0.449329, 0.161517, 0.087089, 0.055654, 0.039073]),
        (NegativeBinomial(0.8, 0.3), 1, [0, 0.677203, 0.100059, 0.046816, 0.028478, 0.019612]),
    ],
    ids=["measured", "measured, three first tellers", "Borel", "negative binomial"],
)
def test_total_progeny_has_its_known_chances(law: Law, seeds: int, chances: list[float]) -> None:
    found = total_progeny_chances(law, len(chances) - 1, seeds)

    assert found.tolist() == pytest.approx(chances, abs=6e-7)


@pytest.mark.parametrize(("k", "expected"), [(0.3, 0.007148), (POISSON, 0.001425)])
def test_few_who_bring_most_make_great_stories_likelier(k: float, expected: float) -> None:
    assert 1 - total_progeny_chances(NegativeBinomial(0.8, k), 99).sum() == pytest.approx(expected, abs=6e-7)


@pytest.mark.parametrize("law", [NegativeBinomial(0.6, 0.4), NegativeBinomial(1.7, 2), NegativeBinomial(1.4, POISSON)])
@pytest.mark.parametrize("seeds", [1, 2])
def test_the_chances_of_all_ends_add_up_to_that_of_ending(law: Law, seeds: int) -> None:
    chances = total_progeny_chances(law, 2_000, seeds)

    assert float(chances.sum()) == pytest.approx(extinction(law, seeds), abs=1e-6)
    if (whole := total_progeny(law, seeds)) is not None:
        n = np.arange(2_001)
        assert float(n @ chances) == pytest.approx(whole.mean, rel=1e-6)
        assert float((n - whole.mean) ** 2 @ chances) == pytest.approx(whole.variance, rel=1e-5)


def test_a_story_without_a_first_teller_has_no_end_to_reach() -> None:
    with pytest.raises(ValueError, match="first teller"):
        total_progeny_chances(THREE, 5, seeds=0)


@pytest.mark.parametrize("law", [NegativeBinomial(0.8, 0.3), NegativeBinomial(0.6, POISSON)])
def test_played_futures_follow_the_law_of_total_progeny(law: NegativeBinomial) -> None:
    plays = 40_000
    rng = np.random.default_rng(5)
    whole = total_progeny(law, seeds=2)
    chances = total_progeny_chances(law, 12, seeds=2)

    found = sampled_descendants(np.full(plays, 2.0), np.full(plays, law.mean), law.k, rng, most=1e6)

    assert whole is not None
    assert found.mean() == pytest.approx(whole.mean, abs=4 * math.sqrt(whole.variance / plays))
    assert found.var() == pytest.approx(whole.variance, rel=0.2)
    seen = np.bincount(found.astype(np.int64), minlength=13)[:13] / plays
    assert np.all(np.abs(seen - chances) <= 4.5 * np.sqrt(chances / plays) + 1e-12)


def test_played_futures_end_by_themselves_as_often_as_extinction_says() -> None:
    law = NegativeBinomial(1.5, 0.5)

    found = sampled_descendants(np.ones(20_000), np.full(20_000, 1.5), 0.5, np.random.default_rng(6), most=10_000)

    assert np.isfinite(found).mean() == pytest.approx(extinction(law), abs=0.012)


def test_each_future_starts_with_its_own_people_and_goes_on_by_its_own_mean() -> None:
    first = np.array([0.0, 7.0, 3.0, 1e7])
    mean = np.array([5.0, 0.0, 3.0, 0.5])

    found = sampled_descendants(first, mean, 1e9, np.random.default_rng(7), most=1e6)

    assert found.tolist() == [0, 7, math.inf, math.inf]
    assert sampled_descendants(np.array([]), np.array([]), 1.0, np.random.default_rng(7), most=10).tolist() == []
    # The same seed plays the same futures.
    again = [sampled_descendants(np.full(9, 5.0), np.full(9, 0.8), 0.4, np.random.default_rng(8), 1e6) for _ in "ab"]
    assert again[0].tolist() == again[1].tolist()
