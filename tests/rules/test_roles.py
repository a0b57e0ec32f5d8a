"""Carriers are proven, not lucky; sleepers are quiet by their own measure; both agree with brute force."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from referral.spread.rules import roles as rules
from referral.spread.rules.forest import Forest
from referral.spread.rules.roles import Carrier, carriers, ranked, sleepers

HOUR = 3_600_000
DAY = 24 * HOUR
T8 = (None, 0, 0, 1, 1, 2, 3, 3)
EMPTY = Forest.from_edges([], [], [], [])

forests = st.integers(1, 60).flatmap(
    lambda n: st.tuples(*(st.one_of(st.none(), *[st.integers(0, i - 1)] * 4) if i else st.none() for i in range(n)))
)


def grown(parents: Sequence[int | None], at_ms: Sequence[int] | None = None) -> Forest:
    n = len(parents)
    return Forest.from_edges(range(n), parents, at_ms or range(n), [None] * n)


def quick_and_proven() -> tuple[Forest, list[float]]:
    """One fan told five people over a month, another two within an hour of coming, a moment ago."""
    told_at = [3, 6, 9, 12, 30]
    forest = Forest.from_edges(
        range(9),
        [None, None, 0, 0, 0, 0, 0, 1, 1],
        [0, 40 * DAY, *(day * DAY for day in told_at), 40 * DAY + HOUR // 2, 40 * DAY + HOUR],
        [None] * 9,
    )
    return forest, [0.02 if int(fan) in (1, 7, 8) else 1.0 for fan in forest.ids]


@pytest.mark.parametrize(("mean", "dispersion"), [(0.8, 0.3), (0.8, 1.0), (0.5, 0.2), (1.5, 0.5), (0.3, 2.0)])
def test_two_quick_introductions_do_not_outrank_a_proven_fan(mean: float, dispersion: float) -> None:
    forest, exposure = quick_and_proven()

    first, second = carriers(forest, 5, mean=mean, dispersion=dispersion, exposure=np.array(exposure))

    assert (first.fan, first.introductions) == (0, 5)
    assert (second.fan, second.introductions) == (1, 2)
    assert first.at_least is not None and second.at_least is not None
    assert first.at_least > second.at_least


def test_shrinkage_alone_would_let_two_quick_introductions_outrank_a_proven_fan() -> None:
    forest, exposure = quick_and_proven()

    first, second = carriers(forest, 5, mean=0.8, dispersion=0.3, exposure=np.array(exposure))

    assert first.expected == pytest.approx(5.3 / (0.375 + 1))
    assert second.expected == pytest.approx(2.3 / (0.375 + 0.02))
    assert second.expected > first.expected


def test_of_two_who_told_as_many_the_one_with_more_time_ahead_stands_first() -> None:
    forest = grown([None, None, 0, 0, 1, 1])

    found = carriers(forest, 2, mean=0.8, dispersion=0.5, exposure=np.array([1.0, 0.4, 1, 1, 1, 1]))

    assert [one.fan for one in found] == [1, 0]


def test_before_the_offspring_is_known_carriers_go_by_plain_introductions() -> None:
    expected = [(0, 2, 7), (1, 2, 4), (3, 2, 2), (2, 1, 1)]

    for mean, dispersion in ((None, None), (0.8, None), (None, 0.5), (0.0, 0.5)):
        found = carriers(grown(T8), 10, mean=mean, dispersion=dispersion)
        assert [(one.fan, one.introductions, one.below) for one in found] == expected
        assert {(one.expected, one.at_least) for one in found} == {(None, None)}


def test_where_all_fans_are_alike_each_is_expected_to_tell_as_many() -> None:
    found = carriers(grown(T8), 10, mean=0.8, dispersion=math.inf)

    assert [(one.fan, one.expected, one.at_least) for one in found] == [(fan, 0.8, 0.8) for fan in (0, 1, 3, 2)]


def test_who_told_nobody_is_no_carrier() -> None:
    assert carriers(EMPTY, 5, mean=None, dispersion=None) == ()
    assert carriers(EMPTY, 5, mean=0.8, dispersion=0.3) == ()
    assert carriers(grown([None]), 5, mean=0.8, dispersion=0.3) == ()
    assert carriers(grown([None, None]), 5, mean=None, dispersion=None) == ()
    assert carriers(grown(T8), 0, mean=0.8, dispersion=0.3) == ()


def test_a_carrier_stands_with_generation_and_branch() -> None:
    found = carriers(grown(T8), 1, mean=0.875, dispersion=0.875)

    assert found == (Carrier(0, 0, 2, 7, pytest.approx(2.875 / 2), found[0].at_least),)
    assert found[0].at_least == pytest.approx(stats.gamma.ppf(0.05, 2.875) / 2)


def test_what_is_expected_of_a_newcomer_is_what_is_usual_and_of_an_old_hand_what_they_did() -> None:
    found = rules.expected_introductions(np.array([0, 50]), np.array([0.0, 1.0]), mean=0.8, dispersion=0.001)

    assert found.tolist() == pytest.approx([0.8, 50], rel=0.01)


@pytest.mark.parametrize(("told", "exposure"), [(0, 0.0), (0, 1.0), (2, 0.05), (6, 1.0)])
def test_what_is_expected_is_the_posterior_by_bayes_rule(told: int, exposure: float) -> None:
    mean, dispersion = 0.8, 0.6
    prior = stats.gamma(dispersion, scale=mean / dispersion)

    def weight(rate: float, power: int) -> float:
        return float(rate**power * prior.pdf(rate) * stats.poisson.pmf(told, rate * exposure) if rate else 0)

    # With no exposure nobody tells; the likelihood of rate * e is that of rate to the power of those told.
    if exposure:
        above, below = (integrate.quad(weight, 0, 60, args=(power,), limit=500)[0] for power in (1, 0))
        expected = above / below
    else:
        expected = mean

    found = rules.expected_introductions(np.array([told]), exposure, mean=mean, dispersion=dispersion)
    bound = rules.least_introductions(np.array([told]), exposure, mean=mean, dispersion=dispersion, certainty=0.9)

    assert found[0] == pytest.approx(expected, rel=1e-4)
    posterior = stats.gamma(dispersion + told, scale=1 / (dispersion / mean + exposure))
    assert posterior.sf(bound[0]) == pytest.approx(0.9)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=1, max_size=30),
    st.floats(0.05, 5),
    st.floats(0.05, 20),
)
def test_the_bound_rises_with_those_told_and_falls_with_the_time_it_took(
    fans: list[tuple[int, float]], mean: float, dispersion: float
) -> None:
    told, exposure = np.array([one for one, _ in fans]), np.array([one for _, one in fans])

    guess = rules.expected_introductions(told, exposure, mean=mean, dispersion=dispersion)
    bound = rules.least_introductions(told, exposure, mean=mean, dispersion=dispersion)
    more = rules.least_introductions(told + 1, exposure, mean=mean, dispersion=dispersion)
    later = rules.least_introductions(told, exposure + 0.1, mean=mean, dispersion=dispersion)

    assert bool((bound <= guess).all())
    assert bool((more > bound).all())
    assert bool((later <= bound).all())


@pytest.mark.parametrize(
    ("mean", "dispersion", "exposure"),
    [(0, 1, 1), (-1, 1, 1), (1, 0, 1), (1, 1, -0.1), (math.inf, 1, 1), (math.nan, 1, 1)],
)
def test_a_prior_that_is_none_is_refused(mean: float, dispersion: float, exposure: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        rules.expected_introductions(np.array([1]), exposure, mean=mean, dispersion=dispersion)


@pytest.mark.parametrize("certainty", [0, 0.49, 1])
def test_a_certainty_that_is_none_is_refused(certainty: float) -> None:
    with pytest.raises(ValueError, match="certainty"):
        rules.least_introductions(np.array([1]), 1.0, mean=1, dispersion=1, certainty=certainty)


def test_the_h_index_asks_for_others_who_tell() -> None:
    star = grown([None, *[0] * 9])
    ternary = grown([None, *((fan - 1) // 3 for fan in range(1, 40))])

    assert rules.h_index(grown(T8)).tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
    assert rules.h_index(star).tolist() == [0] * 10
    assert rules.h_index(ternary).tolist() == [3] * 4 + [0] * 36
    assert rules.h_index(EMPTY).tolist() == []
    assert rules.h_index(grown([None])).tolist() == [0]


@given(forests, st.randoms(use_true_random=False))
def test_the_h_index_agrees_with_its_definition(parents: tuple[int | None, ...], chance: random.Random) -> None:
    at = [chance.randrange(100) for _ in parents]
    forest = grown(parents, at)
    told = [parents.count(fan) for fan in range(len(parents))]

    found = rules.h_index(forest)

    for row, fan in enumerate(forest.ids.tolist()):
        below = [told[one] for one, parent in enumerate(parents) if parent == fan]
        assert found[row] == max(h for h in range(len(below) + 1) if sum(one >= h for one in below) >= h)


def test_who_told_many_and_is_silent_for_long_sleeps() -> None:
    # Both told three in three days; one of them three weeks ago, the other yesterday.
    parents = [None, None, 0, 0, 0, 1, 1, 1]
    days = [0, 20, 1, 2, 3, 21, 22, 23]
    forest = grown(parents, [day * DAY for day in days])

    (found,) = sleepers(forest, 5, now_ms=24 * DAY)

    assert (found.fan, found.generation, found.introductions, found.below) == (0, 0, 3, 3)
    assert (found.last_ms, found.quiet_ms, found.rhythm_ms) == (3 * DAY, 21 * DAY, DAY)
    assert found.chance == pytest.approx((4 / 25) ** 4)


def test_who_tells_seldom_may_be_silent_for_longer_than_who_tells_often() -> None:
    parents = [None, None, 0, 0, 0, 1, 1, 1]
    days = [0, 0, 10, 20, 30, 28, 29, 30]
    hours = [day * DAY for day in days]
    hours[1] = 27 * DAY
    forest = grown(parents, hours)

    found = sleepers(forest, 5, now_ms=60 * DAY, chance=0.05)

    # Ten days are usual for the one, a day for the other, five and a half for the campaign.
    assert [one.fan for one in found] == [1]
    assert found[0].rhythm_ms == pytest.approx((3 + 5.5) * DAY / 4)
    assert [one.fan for one in sleepers(forest, 5, now_ms=100 * DAY)] == [0, 1]


def test_who_told_few_is_no_sleeper_however_long_the_silence() -> None:
    forest = grown([None, 0, 0, 0, 1, 1], [0, 1, 2, 3, 4, 5])

    assert [one.fan for one in sleepers(forest, 5, now_ms=DAY)] == [0]
    assert [one.fan for one in sleepers(forest, 5, now_ms=DAY, least=2)] == [0, 1]
    assert sleepers(forest, 0, now_ms=DAY) == ()


def test_three_introductions_in_a_moment_are_no_rhythm_of_moments() -> None:
    # The others of the campaign take a day from one introduction to the next.
    parents = [None, 0, 0, 0, None, 4, 5, 6]
    at = [0, 0, 0, 0, 0, DAY, 2 * DAY, 3 * DAY]

    assert sleepers(grown(parents, at), 5, now_ms=3 * HOUR) == ()
    assert [one.fan for one in sleepers(grown(parents, at), 5, now_ms=5 * DAY)] == [0]


def test_the_chance_of_a_silence_is_that_of_a_gamma_poisson_process() -> None:
    forest = grown([None, 0, 0, 0], [0, 2 * DAY, 5 * DAY, 6 * DAY])
    rng = np.random.default_rng(3)

    (found,) = sleepers(forest, 1, now_ms=9 * DAY, chance=1)

    # The rate has the posterior gamma(1 + 3, T + G) with T = 6 days and G = 2 days; a silence of s has exp(-rate s).
    rates = rng.gamma(4, 1 / 8, 400_000)
    assert found.chance == pytest.approx(float(np.exp(-rates * 3).mean()), rel=0.01)
    assert found.chance == pytest.approx((8 / 11) ** 4)


def test_clocks_that_disagree_make_nobody_sleep_before_their_time() -> None:
    # Everybody below came before whom they were told by, by the record, and the reader's clock is behind.
    forest = grown([None, 0, 0, 0], [90 * DAY, 0, 0, 0])

    assert sleepers(forest, 5, now_ms=0) == ()
    (found,) = sleepers(forest, 5, now_ms=91 * DAY)
    assert (found.last_ms, found.quiet_ms) == (90 * DAY, DAY)
    assert 0 < found.rhythm_ms < 1


def test_where_nobody_told_anybody_nobody_sleeps() -> None:
    assert sleepers(EMPTY, 5, now_ms=DAY) == ()
    assert sleepers(grown([None]), 5, now_ms=DAY) == ()
    assert sleepers(grown([None, None]), 5, now_ms=DAY, least=0) == ()


@given(forests, st.randoms(use_true_random=False), st.integers(1, 5))
def test_sleepers_agree_with_their_definition(
    parents: tuple[int | None, ...], chance: random.Random, least: int
) -> None:
    at = [chance.randrange(1_000) for _ in parents]
    told = {fan: [at[one] for one, parent in enumerate(parents) if parent == fan] for fan in range(len(parents))}
    active = {fan: max(at[fan], *times) - at[fan] for fan, times in told.items() if times}
    usual = max(1.0, float(np.median([active[fan] / len(told[fan]) for fan in active]))) if active else 0
    expected = {}
    for fan, time in active.items():
        quiet = max(0, 1_500 - at[fan] - time)
        likely = ((time + usual) / (time + usual + quiet)) ** (len(told[fan]) + 1)
        if len(told[fan]) >= least and likely <= 0.2:
            expected[fan] = (quiet, likely)

    found = sleepers(grown(parents, at), 100, now_ms=1_500, least=least, chance=0.2)

    assert {one.fan: (one.quiet_ms, one.chance) for one in found} == {
        fan: (quiet, pytest.approx(likely)) for fan, (quiet, likely) in expected.items()
    }
    order = [(-one.introductions, -one.below) for one in found]
    assert order == sorted(order)


@given(st.lists(st.integers(-3, 3), max_size=40), st.integers(0, 45))
def test_the_first_are_those_of_a_stable_sort(weights: list[int], most: int) -> None:
    expected = sorted(range(len(weights)), key=lambda row: -weights[row])[:most]

    assert ranked(np.array(weights, dtype=np.int64), most).tolist() == expected
