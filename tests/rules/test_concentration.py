"""How unevenly something is shared out has its known values, and its closed forms."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules import concentration as rules
from referral.spread.rules.concentration import LorenzPoint, TopShare, concentration
from referral.spread.rules.forest import Forest, Ints

T8_TOLD = [2, 2, 1, 2, 0, 0, 0, 0]
shared_out = st.lists(st.integers(0, 10**12), min_size=1, max_size=60).filter(any)


def amounts(*given: int) -> Ints:
    return np.array(given, dtype=np.int64)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([0, 0, 0, 1, 2, 7], 7 / 10),
        (T8_TOLD, 31 / 56),
        ([3, 3, 3], 0),
        ([0, 0, 5, 0, 0], 4 / 5),
        ([4], 0),
    ],
)
def test_the_gini_coefficient_has_its_known_values(given: list[int], expected: float) -> None:
    assert rules.gini(amounts(*given)) == pytest.approx(expected)


def test_rounding_puts_no_gini_below_zero() -> None:
    # Summed as floats, the differences of these equal amounts come to a hair below 0.
    assert rules.gini(np.full(119, 33_585_575_305_465)) == 0


@pytest.mark.parametrize("nothing", [[], [0], [0, 0, 0], [-1, 2]])
def test_where_nothing_is_shared_out_no_share_is_given_and_not_zero(nothing: list[int]) -> None:
    of = amounts(*nothing)

    assert concentration(of) is None
    assert rules.gini(of) is None
    assert rules.lorenz(of) is None
    assert rules.top_share(of, 0.1) is None
    assert rules.share_of_first(of, 1) is None
    assert rules.holders(of) is None
    assert rules.hhi(of) is None
    assert rules.effective_number(of) is None


def test_the_introductions_of_a_campaign_without_any_have_no_concentration() -> None:
    assert concentration(Forest.from_edges([], [], [], []).introductions()) is None
    assert concentration(Forest.from_edges([1, 2], [None, None], [0, 1], [None, None]).introductions()) is None


def test_one_who_has_all_is_as_concentrated_as_can_be() -> None:
    found = concentration(amounts(0, 9, 0, 0))

    assert found is not None
    assert (found.people, found.sharers, found.total, found.half) == (4, 1, 9, 1)
    assert (found.gini, found.hhi, found.effective_number) == (0.75, 1.0, 1.0)
    assert found.top == (TopShare(1, 1.0),) * 3


def test_the_effective_number_has_its_known_value() -> None:
    assert rules.hhi(amounts(1, 2, 7)) == pytest.approx(27 / 50)
    assert rules.effective_number(amounts(1, 2, 7)) == pytest.approx(50 / 27)
    assert rules.effective_number(amounts(0, 1, 0, 2, 7)) == pytest.approx(50 / 27)


def test_the_lorenz_curve_begins_with_those_who_have_least() -> None:
    assert rules.lorenz(amounts(7, 0, 1, 0, 2, 0), steps=6) == (
        LorenzPoint(0.0, 0.0),
        LorenzPoint(pytest.approx(1 / 6), 0.0),
        LorenzPoint(pytest.approx(2 / 6), 0.0),
        LorenzPoint(0.5, 0.0),
        LorenzPoint(pytest.approx(4 / 6), pytest.approx(0.1)),
        LorenzPoint(pytest.approx(5 / 6), pytest.approx(0.3)),
        LorenzPoint(1.0, 1.0),
    )


def test_a_coarse_lorenz_curve_lies_on_the_fine_one() -> None:
    of = np.arange(1_000, dtype=np.int64) ** 2

    fine, coarse = rules.lorenz(of, steps=1_000), rules.lorenz(of, steps=10)

    assert fine is not None and coarse is not None
    assert len(coarse) == 11
    assert [point.amount for point in coarse] == pytest.approx([fine[place].amount for place in range(0, 1_001, 100)])


def test_a_part_of_the_people_is_rounded_up_to_whole_ones() -> None:
    ones = np.ones(150, dtype=np.int64)

    assert rules.top_share(ones, 0.01) == TopShare(2, 2 / 150)
    assert rules.top_share(ones, 1.0) == TopShare(150, 1.0)


def test_seven_percent_of_a_hundred_people_are_seven_though_no_float_is_seven_percent() -> None:
    found = rules.top_share(np.ones(100, dtype=np.int64), 0.07)

    assert math.ceil(0.07 * 100) == 8
    assert found is not None
    assert found.people == 7


@pytest.mark.parametrize("part", [0, -0.1, 1.1])
def test_a_part_that_is_none_is_refused(part: float) -> None:
    with pytest.raises(ValueError, match="part of the whole"):
        rules.top_share(amounts(1, 2), part)
    with pytest.raises(ValueError, match="part of the whole"):
        rules.holders(amounts(1, 2), part)


def test_three_fans_brought_forty_one_percent() -> None:
    of = amounts(20, 12, 9, *[1] * 59)

    assert rules.share_of_first(of, 3) == 0.41
    assert rules.share_of_first(of, 0) == 0
    assert rules.share_of_first(of, 1_000) == 1


@pytest.mark.parametrize(
    ("given", "share", "expected"),
    [
        ([4, 3, 2, 1], 0.5, 2),
        ([5, 5], 0.5, 1),
        ([5, 4, 1], 0.5, 1),
        ([5, 4, 2], 0.5, 2),
        ([1] * 10, 0.3, 3),
        ([1, 0, 0], 1.0, 1),
    ],
)
def test_those_who_hold_a_share_are_as_few_as_can_be(given: list[int], share: float, expected: int) -> None:
    assert rules.holders(amounts(*given), share) == expected


@given(shared_out)
def test_gini_is_half_the_mean_difference_relative_to_the_mean(given: list[int]) -> None:
    n = len(given)
    differences = sum(abs(one - other) for one in given for other in given)

    assert rules.gini(amounts(*given)) == pytest.approx(differences / (2 * n * sum(given)), abs=1e-9)


@given(shared_out)
def test_gini_is_twice_the_area_above_the_lorenz_curve(given: list[int]) -> None:
    curve = rules.lorenz(amounts(*given), steps=len(given))

    assert curve is not None
    area = sum((one.amount + other.amount) / 2 / len(given) for one, other in itertools.pairwise(curve))
    assert rules.gini(amounts(*given)) == pytest.approx(1 - 2 * area, abs=1e-9)


@given(shared_out)
def test_measures_agree_with_each_other_whatever_the_order(given: list[int]) -> None:
    found, turned = concentration(amounts(*given)), concentration(amounts(*given[::-1]))

    assert found is not None
    assert found == turned
    n = len(given)
    assert 0 <= found.gini <= 1 - 1 / n + 1e-12
    assert 1 - 1e-9 <= found.effective_number <= found.sharers + 1e-9
    first_half = sorted(given, reverse=True)[: found.half]
    assert 2 * sum(first_half) >= found.total > 2 * sum(first_half[:-1])
    assert all(
        top.people == max(1, math.ceil(n * part / 100)) for top, part in zip(found.top, (1, 10, 20), strict=True)
    )
    assert all(top.share == sum(sorted(given, reverse=True)[: top.people]) / found.total for top in found.top)
