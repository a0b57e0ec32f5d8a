"""The times between teller and told, and growth, agree with known values, equations and stories of known law."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.curve import introductions_by_age
from referral.spread.rules.forest import Forest
from referral.spread.rules.growth import generation_interval, generation_intervals_by_channel, growth, growth_rate
from tests.rules.stories import grown_story, seen_at

DAY = 86_400_000


def story(tellers: Sequence[int | None], at: Sequence[int], channels: Sequence[str | None] | None = None) -> Forest:
    return Forest.from_edges(range(len(at)), tellers, at, channels or [None] * len(at))


@pytest.mark.parametrize("n", [0, 1, 40])
def test_a_story_that_nobody_told_on_has_no_times_and_no_growth(n: int) -> None:
    forest = story([None] * n, [5] * n)
    curve = introductions_by_age(forest, 5)

    assert len(curve.k) == 0
    assert curve.naive == (0 if n else None)
    assert curve.at(100) == 0
    assert generation_interval(curve) is None
    assert generation_intervals_by_channel(forest, curve) == ()
    assert growth(curve) is None
    assert (curve.plateau is None) == (n < 30)
    if curve.plateau is not None:
        assert (curve.plateau.k, curve.plateau.low, curve.plateau.age_ms) == (0, 0, 0)


def test_a_story_told_all_at_once_has_times_of_zero_and_no_growth() -> None:
    forest = story([None, *[0] * 39], [7] * 40)
    curve = introductions_by_age(forest, 7)

    found = generation_interval(curve)

    assert curve.plateau is not None
    assert (curve.plateau.k, curve.plateau.late_share) == (pytest.approx(39 / 40), 0)
    assert found is not None
    assert (found.median_seconds, found.mean_seconds, found.recorded_median_seconds) == (0, 0, 0)
    assert growth(curve) is None


def test_a_long_wait_counts_for_all_who_are_too_young_to_show_theirs() -> None:
    rng = np.random.default_rng(11)
    end, lag = 1_000_000, 300_000
    forest = seen_at(
        grown_story(rng, seeds=20_000, k=1.2, dispersion=math.inf, mean_lag=lag, seeding=end, until=end), end
    )

    curve = introductions_by_age(forest, end)
    found = generation_interval(curve)

    # Of what can be seen up to the plateau's age; the law of the lags is exponential.
    assert curve.plateau is not None
    end = curve.plateau.age_ms
    seen = -math.expm1(-end / lag)
    expected = [-lag / 1000 * math.log1p(-share * seen) for share in (0.25, 0.5, 0.75)]
    assert found is not None
    assert [found.first_quartile_seconds, found.median_seconds, found.third_quartile_seconds] == pytest.approx(
        expected, rel=0.04
    )
    assert found.mean_seconds == pytest.approx((lag - end * math.exp(-end / lag) / seen) / 1000, rel=0.04)
    assert found.recorded_median_seconds < 0.8 * expected[1]


def test_channels_add_up_to_k_and_keep_their_own_times() -> None:
    tellers = [None] * 40 + list(range(40))
    channels = [None] * 40 + ["line"] * 10 + ["poster"] * 20 + [None] * 10
    moments = [0] * 40 + [1_000] * 10 + [5_000, 9_000] * 10 + [2_000] * 10
    forest = story(tellers, moments, channels)
    curve = introductions_by_age(forest, 10_000)

    found = generation_intervals_by_channel(forest, curve)

    assert curve.plateau is not None
    assert [(one.name, one.introductions, one.median_seconds, one.mean_seconds) for one in found] == [
        # Of the 80, 70 are 5 s old but only 50 are 9 s old, so that those ten late ones count for more.
        ("poster", 20, 9, pytest.approx((10 / 70 * 5 + 10 / 50 * 9) / (10 / 70 + 10 / 50))),
        (None, 10, 2, pytest.approx(2)),
        ("line", 10, 1, pytest.approx(1)),
    ]
    assert sum(one.k or 0 for one in found) == pytest.approx(curve.plateau.k)
    everything = generation_interval(curve)
    assert everything is not None
    assert everything.k == pytest.approx(curve.plateau.k)


def test_times_are_recorded_but_not_corrected_where_there_are_too_few_fans() -> None:
    found = generation_interval(introductions_by_age(story([None, 0, 1], [0, 3_000, 10_000]), 20_000))

    assert found is not None
    assert (found.introductions, found.recorded_median_seconds) == (2, 5)
    assert (found.k, found.median_seconds, found.mean_seconds) == (None, None, None)


@pytest.mark.parametrize(("k", "rate"), [(1.3, 0.1026321), (0.7, -0.1143336)])
def test_growth_by_euler_and_lotka_has_its_known_values(k: float, rate: float) -> None:
    found = growth_rate(np.array([1.0, 3.0, 7.0]), k * np.array([0.5, 0.3, 0.2]))

    assert found == pytest.approx(rate, abs=5e-8)


def test_growth_depends_on_all_of_the_lags_not_on_their_mean() -> None:
    # K that goes with a growth of 0.05 a day at a mean lag of 7 days, by the law of the lags.
    share = (np.arange(200_000) + 0.5) / 200_000
    exponential = -7 * np.log1p(-share)
    total = np.linspace(0, 120, 200_001)[1:]
    gamma = total * np.exp(-total / 3.5)

    assert growth_rate(np.array([7.0]), np.array([1.419068])) == pytest.approx(0.05, abs=1e-6)
    assert growth_rate(exponential, np.full(200_000, 1.35 / 200_000)) == pytest.approx(0.05, abs=1e-5)
    assert growth_rate(total, 1.380625 * gamma / gamma.sum()) == pytest.approx(0.05, abs=1e-5)


@given(
    st.lists(st.tuples(st.floats(0.001, 1e6), st.floats(1e-6, 10)), min_size=1, max_size=20),
    st.floats(0, 0.99),
)
def test_the_rate_solves_its_equation(told: list[tuple[float, float]], at_once: float) -> None:
    lags, children = np.array([(0.0, at_once), *sorted(told)]).T

    rate = growth_rate(lags, children)

    assert rate is not None
    assert float(children @ np.exp(-rate * lags)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("lags", "children"),
    [([], []), ([1.0], [0.0]), ([0.0], [0.5]), ([0.0, 0.0], [0.5, 0.5]), ([0.0, 1.0], [1.0, 0.2])],
    ids=["nobody", "no children", "all at once", "all at once, as many", "one at once and more"],
)
def test_there_is_no_rate_where_none_solves_the_equation(lags: list[float], children: list[float]) -> None:
    assert growth_rate(np.array(lags), np.array(children)) is None


def test_a_story_that_each_tells_two_a_day_later_doubles_daily_and_one_told_by_half_halves() -> None:
    double = story([None, *((i - 1) // 2 for i in range(1, 255))], [(i + 1).bit_length() * DAY for i in range(255)])
    half = story([None] * 64 + list(range(32)), [0] * 64 + [DAY] * 32)
    even = story([None, *range(63)], [i * DAY for i in range(64)])

    doubled = growth(introductions_by_age(double, 8 * DAY, at_least=127))
    halved = growth(introductions_by_age(half, DAY))
    level = growth(introductions_by_age(even, 63 * DAY, at_least=63))

    assert doubled is not None
    assert halved is not None
    assert level is not None
    assert (doubled.doubling_seconds, doubled.half_life_seconds) == (pytest.approx(86_400), None)
    assert doubled.per_day == pytest.approx(math.log(2))
    assert (halved.doubling_seconds, halved.half_life_seconds) == (None, pytest.approx(86_400))
    assert (level.per_day, level.doubling_seconds, level.half_life_seconds) == (0, None, None)
