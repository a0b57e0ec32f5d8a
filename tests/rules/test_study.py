"""Everything is measured together at one moment, the same for everybody who asks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from referral.spread.rules.curve import introductions_by_age
from referral.spread.rules.forest import Forest
from referral.spread.rules.measures import measure
from referral.spread.rules.offspring import Fit, NegativeBinomial, fit_negative_binomial
from referral.spread.rules.origins import endings, month_before, origins
from referral.spread.rules.study import Study, expected_counts, pace, study
from tests.rules.stories import grown_story, seen_at

DAY = 86_400_000
NOW = 40 * DAY


@pytest.fixture(scope="module")
def forest() -> Forest:
    """Grow a story of some hundreds."""
    rng = np.random.default_rng(7)
    story = grown_story(rng, seeds=300, k=0.8, dispersion=0.4, mean_lag=9 * DAY, seeding=30 * DAY)
    return seen_at(story, NOW)


def studied(forest: Forest, seed: int = 1) -> Study:
    return study(forest, measure(forest, NOW, 7 * DAY), now_ms=NOW, ripening_ms=7 * DAY, seed=seed)


def test_two_who_study_the_same_find_the_same(forest: Forest) -> None:
    assert studied(forest) == studied(forest)


def test_only_what_is_drawn_by_chance_depends_on_the_seed(forest: Forest) -> None:
    one, other = studied(forest, seed=1), studied(forest, seed=2)

    assert one.forecast != other.forecast
    assert (one.pace, one.fit, one.bridges, one.carriers) == (other.pace, other.fit, other.bridges, other.carriers)


def test_the_pace_alone_is_that_of_the_whole_study(forest: Forest) -> None:
    assert pace(forest, NOW) == studied(forest).pace


def test_the_curve_goes_on_beyond_the_age_to_which_it_can_be_read(forest: Forest) -> None:
    found = pace(forest, NOW)
    curve = introductions_by_age(forest, NOW)

    assert found.plateau is not None
    ages = [age for age, _k, _at_risk in found.points]
    assert ages == sorted(ages)
    assert [age for age in ages if age > found.plateau.age_ms]
    assert max(ages) <= 1.3 * found.plateau.age_ms
    assert max(k for age, k, _at_risk in found.points if age <= found.plateau.age_ms) == found.plateau.k
    steps = zip(curve.age_ms.tolist(), curve.k.tolist(), curve.at_risk.tolist(), strict=True)
    assert set(found.points) <= set(steps)


def test_carriers_are_judged_by_how_much_of_their_time_is_behind_them(forest: Forest) -> None:
    found = studied(forest)

    assert found.carriers
    assert all(one.expected is not None and one.at_least is not None for one in found.carriers)
    bounds = [one.at_least or 0 for one in found.carriers]
    assert bounds == sorted(bounds, reverse=True)


def test_the_worth_of_words_and_what_nobody_brought_sum_to_what_was_bought() -> None:
    story = Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3, values=[7, 10, 20])

    worth = studied(story).worth

    assert worth is not None
    assert sum(one.amount for one in worth.first) + worth.unshared == worth.total == 37
    assert worth.unshared == 7


@pytest.mark.parametrize("values", [None, [0, 0, 0]])
def test_where_nothing_was_bought_nothing_is_worth_anything(values: list[int] | None) -> None:
    assert studied(Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3, values)).worth is None


def test_an_empty_spread_can_be_studied() -> None:
    found = studied(Forest.from_edges([], [], [], []))

    assert (found.pace.plateau, found.fit, found.extinction, found.worth, found.introductions) == (None,) * 5
    assert found.forecast.reason == "no_fans"
    assert (found.bridges, found.between, found.carriers, found.endings, found.origins.arrivals) == ((), (), (), (), 0)


# --- Where people came from ------------------------------------------------------------------------------------------


def test_the_month_before_the_first_of_january_is_december() -> None:
    start, end = month_before(1_767_225_600_000)  # 1 January 2026, midnight

    assert (start, end) == (1_764_547_200_000, 1_767_225_600_000)


def test_a_month_holds_its_first_moment_and_not_its_last() -> None:
    story = Forest.from_edges([1, 2, 3], [None, 1, 1], [10, 20, 30], ["qr", "line", "line"])

    found = origins(story, 10, 30)

    assert (found.arrivals, found.told, found.tellers) == (2, 1, 1)
    assert dict(found.channels) == {"qr": 1, "line": 1}


@pytest.mark.parametrize(
    ("tellers", "half"),
    [([None, 1, 1, 1, 2], 1), ([None, 1, 1, 2, 2], 2), ([None, None, None, 1], None), ([None, 1], 1)],
)
def test_half_is_brought_by_the_fewest_fans_who_did(tellers: list[int | None], half: int | None) -> None:
    story = Forest.from_edges(range(1, len(tellers) + 1), tellers, range(len(tellers)), [None] * len(tellers))

    assert origins(story).half == half


def test_a_branch_ends_at_who_was_told_and_had_their_time() -> None:
    story = Forest.from_edges([1, 2, 3, 4, 5], [None, 1, 1, 2, 3], [0, 1, 2, 3, 90], [None] * 5)

    assert endings(story, now_ms=100, ripening_ms=50) == (0, 1)
    assert endings(story, now_ms=100, ripening_ms=5) == (0, 2)
    assert endings(story, now_ms=100, ripening_ms=200) == ()


# --- What a law expects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "law", [NegativeBinomial(1.5, 0.16), NegativeBinomial(0.7, 3.0), NegativeBinomial(0.9, math.inf)]
)
def test_a_law_expects_all_the_fans_in_all_and_its_mean_of_each(law: NegativeBinomial) -> None:
    expected = np.array(expected_counts(Fit(law, 1_000, None, None), 600))

    assert expected[0] == pytest.approx(1_000 * law.generating(0))
    assert expected.sum() == pytest.approx(1_000)
    assert expected @ np.arange(600) == pytest.approx(1_000 * law.mean, rel=1e-6)


def test_a_law_by_which_nobody_tells_expects_nobody_to() -> None:
    fit = fit_negative_binomial(np.array([5]))

    assert fit is not None
    assert expected_counts(fit, 3) == (5.0, 0.0, 0.0)
