"""People stand on rings by generation, inside the wedge of who told them."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.forest import Forest
from referral.spread.rules.layout import prune, radial


def some_forest(chance: random.Random, n: int) -> Forest:
    parents = [chance.choice([None, chance.randrange(i), chance.randrange(i)]) if i else None for i in range(n)]
    return Forest.from_edges(range(n), parents, [chance.randrange(n) for _ in range(n)], [None] * n)


forests = st.builds(some_forest, st.randoms(use_true_random=False), st.integers(1, 80))


def test_nobody_needs_no_rings() -> None:
    placed = radial(Forest.from_edges([], [], [], []))

    assert (placed.rings, len(placed.angle), placed.has_virtual_centre) == (0, 0, False)


def test_the_root_of_a_single_tree_stands_in_the_centre() -> None:
    placed = radial(Forest.from_edges([1, 2, 3], [None, 1, 2], [0, 1, 2], [None] * 3))

    assert placed.ring.tolist() == [0, 1, 2]
    assert (placed.rings, placed.has_virtual_centre) == (2, False)


def test_several_roots_stand_around_a_centre_that_is_nobody() -> None:
    placed = radial(Forest.from_edges([1, 2, 3], [None, None, 2], [0, 1, 2], [None] * 3))

    assert placed.ring.tolist() == [1, 1, 2]
    assert (placed.rings, placed.has_virtual_centre) == (2, True)


def test_brothers_and_sisters_stand_in_order_of_arrival() -> None:
    forest = Forest.from_edges([1, 5, 4, 3], [None, 1, 1, 1], [0, 30, 10, 20], [None] * 4)

    placed = radial(forest, start=0.0)

    assert forest.ids.tolist() == [1, 4, 3, 5]
    assert placed.angle[1:].tolist() == pytest.approx([math.pi / 3, math.pi, 5 * math.pi / 3])


@given(forests)
def test_everybody_stands_inside_the_wedge_of_who_told_them(forest: Forest) -> None:
    placed = radial(forest, start=0.0)
    leaves = forest.sum_below((forest.introductions() == 0).astype(np.int64))
    half = math.pi * leaves / leaves[forest.parent < 0].sum()

    for row, parent in enumerate(forest.parent.tolist()):
        assert 0 <= placed.angle[row] <= 2 * math.pi
        if parent >= 0:
            assert placed.ring[row] == placed.ring[parent] + 1
            assert abs(placed.angle[row] - placed.angle[parent]) <= half[parent] - half[row] + 1e-9


@given(forests)
def test_nobody_on_a_ring_stands_in_somebody_elses_place(forest: Forest) -> None:
    placed = radial(forest)

    places = set(zip(placed.ring.tolist(), placed.angle.round(9).tolist(), strict=True))

    assert len(places) == len(forest)


@given(forests, st.integers(1, 30))
def test_whom_to_draw_hangs_together_and_has_the_largest_branches(forest: Forest, most: int) -> None:
    mask = prune(forest, most)

    assert mask.sum() == min(most, len(forest))
    assert mask[forest.parent[mask & (forest.parent >= 0)]].all()
    if not mask.all():
        assert forest.size[mask].min() >= forest.size[~mask].max()
    forest.keep(mask)


def test_a_chain_of_fifty_thousand_is_placed_without_recursion() -> None:
    n = 50_000

    placed = radial(Forest.from_edges(range(n), [None, *range(n - 1)], range(n), [None] * n))

    assert placed.rings == n - 1
    assert np.ptp(placed.angle) == 0
