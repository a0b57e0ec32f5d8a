"""The curve of introductions by age and its interval agree with known values, brute force and stories of known law."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.curve import Curve, introductions_by_age, introductions_of_some
from referral.spread.rules.forest import Forest
from tests.rules.stories import grown_story, seen_at

DAY = 86_400_000


def story(tellers: Sequence[int | None], at: Sequence[int], channels: Sequence[str | None] | None = None) -> Forest:
    return Forest.from_edges(range(len(at)), tellers, at, channels or [None] * len(at))


def worked_curve(at_least: int = 1) -> tuple[Curve, Forest]:
    """Five fans who joined 30, 30, 14, 7 and 3 days ago, with what they told at which age; only theirs is looked at."""
    now, ages, told = 100, (30, 30, 14, 7, 3), ([2, 10, 25], [5], [1, 12], [6], [])
    tellers: list[int | None] = [None] * 5
    at = [now - age for age in ages]
    for fan, moments in enumerate(told):
        tellers += [fan] * len(moments)
        at += [now - ages[fan] + moment for moment in moments]
    forest = story(tellers, [moment * DAY for moment in at])
    whole = introductions_by_age(forest, now * DAY, at_least)
    return introductions_of_some(whole, forest, now * DAY, forest.depth == 0, at_least), forest


def test_the_curve_has_its_known_values() -> None:
    curve, _ = worked_curve()

    assert [curve.at(day * DAY) for day in (0, 1, 2, 5, 6, 10, 12, 25, 30)] == pytest.approx(
        [0, 0.2, 0.4, 0.65, 0.9, 1.233333333, 1.566666667, 2.066666667, 2.066666667]
    )
    assert curve.naive == pytest.approx(1.4)
    assert (curve.fans, curve.out_of_order) == (5, 0)
    assert curve.plateau is not None
    assert (curve.plateau.k, curve.plateau.age_ms, curve.plateau.at_risk) == (pytest.approx(2.0666666667), 30 * DAY, 2)
    # From day 22.5 on only the half of day 25 comes.
    assert curve.plateau.late_share == pytest.approx(0.5 / 2.0666666667)


def test_the_curve_is_read_only_as_far_as_there_are_enough_fans() -> None:
    three, _ = worked_curve(at_least=3)
    six, _ = worked_curve(at_least=6)

    assert three.plateau is not None
    assert (three.plateau.k, three.plateau.age_ms, three.plateau.at_risk) == (pytest.approx(1.5666666667), 14 * DAY, 3)
    assert [age // DAY for age, _, _ in three.points(100)] == [1, 2, 5, 6, 10, 12]
    assert [age // DAY for age, _, _ in three.points(3)] == [1, 5, 12]
    assert six.plateau is None
    assert six.points(100) == []


@st.composite
def stories(draw: st.DrawFn) -> Forest:
    n = draw(st.integers(1, 25))
    tellers = [draw(st.one_of(st.none(), st.integers(0, i - 1))) if i else None for i in range(n)]
    # Any times: children before their parents, and many at once.
    return story(tellers, draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)))


@given(stories(), st.integers(-1, 14), st.integers(1, 6), st.sampled_from([0, 5]), st.booleans())
def test_the_curve_and_its_variance_agree_with_brute_force(
    forest: Forest, now: int, at_least: int, parts: int, first_only: bool
) -> None:
    share = 1 / parts if parts else 0.0
    curve = introductions_by_age(forest, now, at_least, share)
    if first_only:
        curve = introductions_of_some(curve, forest, now, forest.depth == 0, at_least, share)

    here = [row for row in range(len(forest)) if forest.at_ms[row] <= now]
    fans = [row for row in here if not first_only or forest.depth[row] == 0]
    age = {row: now - int(forest.at_ms[row]) for row in fans}
    told = {
        fan: [max(int(forest.at_ms[row] - forest.at_ms[fan]), 0) for row in here if forest.parent[row] == fan]
        for fan in fans
    }
    moments = sorted(moment for each in told.values() for moment in each)
    risk = {moment: sum(old >= moment for old in age.values()) for moment in moments}
    assert curve.age_ms.tolist() == moments
    assert curve.at_risk.tolist() == [risk[moment] for moment in moments]
    assert curve.naive == (len(moments) / len(fans) if fans else None)
    assert curve.out_of_order == sum(
        bool(forest.at_ms[row] < forest.at_ms[forest.parent[row]]) for row in here if forest.parent[row] in told
    )
    for a in range(15):
        assert curve.at(a) == pytest.approx(sum(1 / risk[moment] for moment in moments if moment <= a))
        if count := curve.upto(a):
            assert curve.variance[count - 1] == pytest.approx(sum(1 / risk[m] ** 2 for m in moments if m <= a))

    if parts:
        at_least = max(at_least, -(-len(fans) // parts))
    if len(fans) < at_least:
        assert curve.plateau is None
        return
    assert curve.plateau is not None
    end = max(a for a in age.values() if sum(old >= a for old in age.values()) >= at_least)
    early = [moment for moment in moments if moment <= end]
    poisson = sum(1 / risk[moment] ** 2 for moment in early)
    robust = sum(
        (
            sum(1 / risk[moment] for moment in told[fan] if moment <= end)
            - sum(1 / risk[moment] ** 2 for moment in early if moment <= age[fan])
        )
        ** 2
        for fan in fans
    )
    assert curve.plateau.age_ms == end
    assert curve.plateau.at_risk == sum(old >= end for old in age.values())
    assert curve.plateau.k == pytest.approx(curve.at(end))
    if early:
        width = 2 * 1.959964 * math.sqrt(max(robust, poisson)) / curve.plateau.k
        assert math.log(curve.plateau.high / curve.plateau.low) == pytest.approx(width, rel=1e-5)
        assert curve.plateau.low * curve.plateau.high == pytest.approx(curve.plateau.k**2)
    else:
        assert curve.plateau.low == 0
        assert curve.plateau.high == pytest.approx(-math.log(0.025) / curve.plateau.at_risk)
        assert curve.plateau.late_share is None


def test_young_fans_do_not_pull_k_down_and_its_interval_holds_it_even_where_few_bring_most() -> None:
    rng = np.random.default_rng(4)
    k, lag, end = 0.7, 70_000, 1_000_000
    held = poisson_held = naive_below = 0
    for _ in range(300):
        forest = seen_at(grown_story(rng, seeds=150, k=k, dispersion=0.3, mean_lag=lag, seeding=end, until=end), end)
        curve = introductions_by_age(forest, end)
        assert curve.plateau is not None
        truth = k * -math.expm1(-curve.plateau.age_ms / lag)
        poisson = 1.959964 * math.sqrt(curve.variance[curve.upto(curve.plateau.age_ms) - 1])
        held += curve.plateau.low <= truth <= curve.plateau.high
        poisson_held += abs(curve.plateau.k - truth) <= poisson
        naive_below += curve.naive is not None and curve.naive < curve.plateau.k

    assert 0.91 <= held / 300 <= 0.98
    assert poisson_held / 300 < 0.8
    assert naive_below / 300 > 0.97


def test_a_curve_of_many_is_not_read_from_the_few_who_came_first() -> None:
    # Thirty come long before it is news; then one of them tells a thousand.
    forest = story([None] * 30 + [0] * 1_000, [0] * 30 + [900 + i // 100 for i in range(1_000)])

    few, fifth = introductions_by_age(forest, 1_000, share=0), introductions_by_age(forest, 1_000)

    assert few.plateau is not None
    assert fifth.plateau is not None
    assert (few.plateau.at_risk, few.plateau.k) == (30, pytest.approx(1_000 / 30))
    # A fifth of 1,030 is 206: 30, and those of the first two stretches.
    assert (fifth.plateau.at_risk, fifth.plateau.age_ms, fifth.plateau.k) == (230, 99, 0)


def test_who_came_later_than_the_moment_is_not_there_yet() -> None:
    forest = story([None, 0, 0, 1], [0, 10, 20, 30])

    then, now = introductions_by_age(forest, 15, 1), introductions_by_age(forest, 40, 1)

    assert (then.fans, then.k.tolist()) == (2, [1.0])
    assert (now.fans, now.age_ms.tolist()) == (4, [10, 20, 20])


def test_times_too_far_apart_to_be_sorted_as_one_number_are_sorted_too() -> None:
    forest = story([None, 0, 0, 0], [0, 2**61, 5, 2**60])

    curve = introductions_by_age(forest, 2**61, 1)

    assert curve.age_ms.tolist() == [5, 2**60, 2**61]
    assert curve.rows.tolist() == [1, 2, 3]
