"""The forecast of a story's final reach, against its formula and against stories whose end is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from referral.spread.rules.branching import extinction
from referral.spread.rules.curve import introductions_by_age, introductions_of_some
from referral.spread.rules.forecast import forecast
from referral.spread.rules.forest import Forest
from referral.spread.rules.offspring import NegativeBinomial
from tests.rules.stories import grown_story, seen_at

END = 1_000_000


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_each_fan_counts_by_the_time_that_is_still_ahead_of_them() -> None:
    # Forty first tellers at 0, of whom thirty tell one at 10, twenty of whom tell one at 18: by 22 the first have told
    # for long enough, the next have 10 s of which 12 have passed, and the last have all of it ahead.
    tellers = [None] * 40 + list(range(30)) + list(range(40, 60))
    forest = Forest.from_edges(range(90), tellers, [0] * 40 + [10] * 30 + [18] * 20, [None] * 90)

    found = forecast(forest, 22, rng())

    whole = introductions_by_age(forest, 22)
    told = introductions_of_some(whole, forest, 22, forest.depth > 0)
    assert told.plateau is not None
    # Those who were told told 20 in all at the age of 8, which only 30 of them have reached.
    assert told.plateau.k == pytest.approx(20 / 30)
    assert found.k == pytest.approx(20 / 30)
    assert found.still_to_tell == pytest.approx(20 * 20 / 30)
    assert found.mean == pytest.approx(90 + 20 * (20 / 30) / (1 - 20 / 30))
    assert (found.reach, found.dies_out, found.reason) == (90, 1, None)


@pytest.mark.parametrize("dispersion", [0.3, math.inf])
def test_the_mean_is_that_of_the_formula_over_all_fans(dispersion: float) -> None:
    story = grown_story(rng(2), seeds=400, k=0.6, dispersion=dispersion, mean_lag=150_000, seeding=END)
    forest = seen_at(story, END)

    found = forecast(forest, END, rng())

    whole, still = introductions_by_age(forest, END), 0.0
    for kind in (forest.depth == 0, forest.depth > 0):
        curve = introductions_of_some(whole, forest, END, kind)
        assert curve.plateau is not None
        for at in forest.at_ms[kind].tolist():
            still += curve.plateau.k - curve.at(min(END - at, curve.plateau.age_ms))
        k = curve.plateau.k
    assert found.still_to_tell == pytest.approx(still)
    assert found.mean == pytest.approx(len(forest) + still / (1 - k))
    assert found.low is not None
    assert found.median is not None
    assert found.high is not None
    assert len(forest) <= found.low < found.median < found.high
    assert found.median == pytest.approx(found.mean, rel=0.1)
    assert (found.dispersion is not None and found.dispersion < 1) == (dispersion == 0.3)


@pytest.mark.parametrize(
    ("k_of_first", "k", "dispersion", "lag"),
    [(0.6, 0.6, 0.3, 80_000), (3, 0.3, 0.3, 100_000), (0.6, 0.6, math.inf, 100_000)],
    ids=["few bring most", "first tellers tell far more", "all tell alike"],
)
def test_nine_in_ten_stories_end_within_the_band(k_of_first: float, k: float, dispersion: float, lag: int) -> None:
    chance, held, medians, ends = rng(3), 0, [], []
    for seed in range(120):
        story = grown_story(
            chance, seeds=200, k=k, k_of_first=k_of_first, dispersion=dispersion, mean_lag=lag, seeding=END
        )
        found = forecast(seen_at(story, END), END, rng(seed), futures=600)
        assert found.low is not None
        assert found.median is not None
        held += found.low <= len(story.at) <= (found.high or math.inf)
        medians.append(found.median)
        ends.append(len(story.at))

    assert 0.83 <= held / 120 <= 0.98
    assert np.mean(medians) == pytest.approx(np.mean(ends), rel=0.04)


def test_a_broadcast_that_nobody_tells_on_is_not_foretold_to_go_on() -> None:
    # Each of 50 first tellers brings 20 within 10 s, and none of those anybody: K of all together is 20 of 21.
    tellers = [None] * 50 + [fan for fan in range(50) for _ in range(20)]
    forest = Forest.from_edges(range(1_050), tellers, [0] * 50 + [10] * 1_000, [None] * 1_050)

    found = forecast(forest, 1_000, rng())

    assert introductions_by_age(forest, 1_000).naive == pytest.approx(20 / 21)
    assert (found.k, found.still_to_tell, found.mean) == (0, 0, 1_050)
    assert (found.low, found.high) == (1_050, 1_050)


def test_few_who_were_told_are_heard_together_with_all() -> None:
    tellers, moments = [None] * 40 + list(range(20)), [0] * 40 + [10] * 20
    forest = Forest.from_edges(range(60), tellers, moments, [None] * 60)

    found = forecast(forest, 19, rng())

    assert (found.k, found.still_to_tell, found.mean) == (
        pytest.approx(0.5),
        pytest.approx(10),
        pytest.approx(80),
    )


def test_a_growing_story_has_no_final_reach_but_a_chance_to_die_out() -> None:
    story = grown_story(rng(5), seeds=60, k=1.6, dispersion=0.5, mean_lag=200_000, seeding=END, until=END)

    found = forecast(seen_at(story, END), END, rng())

    assert (found.reason, found.mean, found.low, found.median, found.high) == ("growing", None, None, None, None)
    assert found.k is not None
    assert found.k >= 1
    assert found.dies_out is not None
    assert 0 <= found.dies_out < 0.01


def test_a_growing_story_dies_out_where_every_open_branch_does() -> None:
    # Of thirty who were told one tells forty, who have all of their time ahead; the others have none.
    forest = Forest.from_edges(
        range(110), [None] * 40 + list(range(30)) + [40] * 40, [0] * 40 + [10] * 30 + [18] * 40, [None] * 110
    )

    found = forecast(forest, 22, rng())

    assert found.k == pytest.approx(4 / 3)
    assert found.dispersion is not None
    assert found.reason == "growing"
    assert found.dies_out == pytest.approx(extinction(NegativeBinomial(4 / 3, found.dispersion)) ** 40)
    assert 0.2 < found.dies_out < 0.9


@pytest.mark.parametrize(
    ("n", "reason"), [(0, "no_fans"), (1, "too_few_fans"), (29, "too_few_fans"), (30, "no_introductions")]
)
def test_without_anything_to_go_by_nothing_is_foretold(n: int, reason: str) -> None:
    forest = Forest.from_edges(range(n), [None] * n, [7] * n, [None] * n)

    found = forecast(forest, 7, rng())

    assert (found.reach, found.reason) == (n, reason)
    assert (found.mean, found.low, found.median, found.high, found.dies_out) == (None, None, None, None, None)


def test_all_who_come_at_once_have_all_told_already() -> None:
    forest = Forest.from_edges(range(60), [None] * 40 + list(range(20)), [7] * 60, [None] * 60)

    found = forecast(forest, 7, rng())

    assert (found.still_to_tell, found.mean) == (pytest.approx(0), pytest.approx(60))


def test_the_same_chance_foretells_the_same() -> None:
    story = grown_story(rng(9), seeds=200, k=0.7, dispersion=0.3, mean_lag=80_000, seeding=END)
    forest = seen_at(story, END)
    curve = introductions_by_age(forest, END)

    assert forecast(forest, END, rng(4)) == forecast(forest, END, rng(4), curve=curve)
    assert forecast(forest, END, rng(4)) != forecast(forest, END, rng(5))


def test_nothing_that_came_later_is_looked_at() -> None:
    story = grown_story(rng(10), seeds=200, k=0.7, dispersion=0.3, mean_lag=80_000, seeding=END)

    then = forecast(seen_at(story, END // 2), END // 2, rng())

    assert forecast(seen_at(story, 2 * END), END // 2, rng()) == then
