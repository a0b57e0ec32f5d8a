"""Circles of very different sizes are packed into one, and no two of them overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.packing import Floats, Packing, pack

TOUCHING = 1e-9


def nearest(radius: Floats, packing: Packing) -> float:
    """Measure the least space between two circles; below 0 they overlap."""
    least = np.inf
    for row in range(len(radius) - 1):
        rest = slice(row + 1, None)
        away = np.hypot(packing.x[rest] - packing.x[row], packing.y[rest] - packing.y[row])
        least = min(least, float((away - radius[rest] - radius[row]).min()))
    return least


sizes = st.lists(st.one_of(st.integers(1, 4), st.integers(1, 50), st.integers(1, 100_000)), max_size=200)


@given(sizes)
def test_no_two_circles_overlap_and_all_are_inside(trees: list[int]) -> None:
    radius = np.sqrt(np.array(sorted(trees, reverse=True), dtype=np.float64))

    packing = pack(radius)

    assert nearest(radius, packing) >= -TOUCHING
    assert (np.hypot(packing.x, packing.y) + radius <= packing.reach + TOUCHING).all()


@pytest.mark.parametrize("seed", range(3))
def test_thousands_of_trees_of_a_long_tailed_spread_do_not_overlap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    radius = np.sqrt(np.sort(np.floor(rng.pareto(1.1, 6_000) + 1))[::-1])

    packing = pack(radius)

    assert nearest(radius, packing) >= -TOUCHING
    assert (radius**2).sum() / packing.reach**2 > 0.5


def test_equal_circles_without_any_large_one_do_not_overlap() -> None:
    for count, size in ((5_000, 1.0), (4_000, 3.0), (2_000, 2.0)):
        radius = np.full(count, size)

        packing = pack(radius)

        assert nearest(radius, packing) >= -TOUCHING


def test_the_largest_is_in_the_middle() -> None:
    packing = pack(np.array([9.0, *[1.0] * 30]))

    assert (packing.x[0], packing.y[0]) == (0, 0)


def test_two_of_a_size_share_the_middle() -> None:
    packing = pack(np.array([5.0, 5.0]))

    assert packing.x[0] == pytest.approx(-packing.x[1])
    assert packing.y[0] == pytest.approx(-packing.y[1])


def test_nothing_and_one_need_no_room_beside_them() -> None:
    assert pack(np.zeros(0)).reach == 0
    assert pack(np.array([4.0])).reach == pytest.approx(4.0)


@pytest.mark.parametrize("radius", [[1.0, 2.0], [1.0, 0.0], [-1.0]])
def test_radii_that_do_not_descend_to_something_are_refused(radius: list[float]) -> None:
    with pytest.raises(ValueError, match="descend"):
        pack(np.array(radius))
