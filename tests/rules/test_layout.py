"""People stand on rings by generation, inside the wedge of who told them."""

from __future__ import annotations

import itertools
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.forest import Forest
from referral.spread.rules.labels import Labels
from referral.spread.rules.layout import (
    VIEWS,
    arrange,
    growth,
    is_packed,
    packed,
    prune,
    radial,
)
from referral.spread.rules.rings import DAY, time_rings, wedges


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


def test_brothers_and_sisters_keep_their_order_whoever_comes_next() -> None:
    star = [Forest.from_edges(range(n), [None] + [0] * (n - 1), range(n), [None] * n) for n in (40, 400)]

    orders = [np.argsort(wedges(one)[0][1:40]).tolist() for one in star]

    assert orders[0] == orders[1]
    assert orders[0] != list(range(39))


@given(forests)
def test_everybody_stands_inside_the_wedge_of_who_told_them(forest: Forest) -> None:
    begins, leaves = wedges(forest)

    assert leaves[forest.parent < 0].sum() == (forest.introductions() == 0).sum()
    for row, parent in enumerate(forest.parent.tolist()):
        if parent < 0:
            assert begins[row] == 0
        else:
            assert begins[parent] <= begins[row]
            assert begins[row] + leaves[row] <= begins[parent] + leaves[parent]


@given(forests)
def test_no_two_branches_share_a_direction(forest: Forest) -> None:
    begins, leaves = wedges(forest)

    for row in range(len(forest)):
        children = np.flatnonzero(forest.parent == row)
        taken = sorted((int(begins[child]), int(begins[child] + leaves[child])) for child in children)
        assert sum(end - begin for begin, end in taken) == (leaves[row] if taken else 0)
        assert all(before[1] == after[0] for before, after in itertools.pairwise(taken))


@given(forests, st.sampled_from(VIEWS))
def test_everybody_stands_in_the_picture_and_in_a_place_of_their_own(forest: Forest, view: str) -> None:
    placed = arrange(forest, view)

    places = set(zip(placed.x.round(9).tolist(), placed.y.round(9).tolist(), strict=True))

    assert len(places) == len(forest)
    assert np.hypot(placed.x, placed.y).max() <= 1 + 1e-9


@given(forests)
def test_whoever_was_told_stands_one_ring_further_out(forest: Forest) -> None:
    placed = radial(forest)

    told = np.flatnonzero(forest.parent >= 0)

    assert (placed.ring[told] == placed.ring[forest.parent[told]] + 1).all()
    assert (placed.radius[told] > placed.radius[forest.parent[told]]).all()
    assert (np.diff(placed.ring_radius) > 0).all()
    assert placed.ring_radius[-1] == (1.0 if placed.rings else 0.0)


@given(forests)
def test_in_the_view_of_growth_whoever_came_later_stands_further_out(forest: Forest) -> None:
    placed = growth(forest)

    assert (np.diff(placed.radius) > 0).all()
    assert placed.radius[0] == 0


def test_a_growth_ring_holds_those_who_had_come_by_its_moment() -> None:
    rng = np.random.default_rng(3)
    at = np.sort(rng.integers(0, 9 * DAY, 500))
    forest = Forest.from_edges(range(500), [None] + [0] * 499, at.tolist(), [None] * 500)

    rings = time_rings(forest.at_ms)

    assert [ring[1] for ring in rings] == [day * DAY for day in range(1, 9)]
    placed = growth(forest)
    for radius, moment in rings:
        assert abs(int((placed.radius <= radius).sum()) - int((at < moment).sum())) <= 1


@pytest.mark.parametrize("at", [[], [5], [5, 5, 5], [5, 6], [-(10**12), 10**13]])
def test_times_that_make_no_rings_make_none(at: list[int]) -> None:
    rings = time_rings(np.array(at, dtype=np.int64))

    assert len(rings) <= 12
    assert all(0 < radius <= 1 for radius, _moment in rings)


# --- Many trees ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trees", "expected"),
    [
        ([], False),
        ([1], False),
        ([1] * 48, False),
        ([1] * 49, True),
        ([441] + [1] * 49, False),
        ([440] + [1] * 49, True),
    ],
)
def test_many_trees_are_packed_unless_one_dominates(trees: list[int], expected: bool) -> None:
    assert is_packed(np.array(trees, dtype=np.int64)) is expected


@given(forests)
def test_everybody_of_a_packed_tree_stands_in_its_disc(forest: Forest) -> None:
    placed = packed(forest)
    discs = placed.discs

    assert discs is not None and placed.disc is not None
    assert (discs.root[placed.disc] == forest.root).all()
    away = np.hypot(placed.x - discs.x[placed.disc], placed.y - discs.y[placed.disc])
    assert (away < discs.radius[placed.disc]).all()
    assert (np.hypot(discs.x, discs.y) + discs.radius <= 1 + 1e-9).all()


@given(forests)
def test_a_packed_tree_has_as_much_room_as_it_has_people(forest: Forest) -> None:
    discs = packed(forest).discs

    assert discs is not None
    area = discs.radius**2 / forest.size[discs.root]
    assert area == pytest.approx(np.full(len(area), area[0]))
    assert (np.diff(forest.size[discs.root]) <= 0).all()


@given(forests, st.integers(1, 30))
def test_whom_to_draw_hangs_together_and_has_the_largest_branches(forest: Forest, most: int) -> None:
    mask = prune(forest, most)

    assert mask.sum() == min(most, len(forest))
    assert mask[forest.parent[mask & (forest.parent >= 0)]].all()
    if not mask.all():
        assert forest.size[mask].min() >= forest.size[~mask].max()
    forest.keep(mask)


def test_a_chain_of_fifty_thousand_winds_outward_evenly() -> None:
    n = 50_000

    placed = radial(Forest.from_edges(range(n), [None, *range(n - 1)], range(n), [None] * n))

    assert placed.rings == n - 1
    steps = np.hypot(np.diff(placed.x), np.diff(placed.y))[n // 10 :]
    assert steps.max() < 2 * steps.min()
    assert not placed.is_even


def test_a_star_of_many_is_a_band_and_not_a_line() -> None:
    n = 20_000

    placed = radial(Forest.from_edges(range(n), [None] + [0] * (n - 1), range(n), [None] * n))

    assert placed.radius[1:].min() < 0.95
    assert placed.radius[1:].max() <= 1
    assert len(set(placed.angle[1:].tolist())) == n - 1


def test_a_thin_top_does_not_press_the_others_into_the_middle() -> None:
    parents = [None, *([0] * 3_000), *range(3_000, 3_300)]
    n = len(parents)

    placed = radial(Forest.from_edges(range(n), parents, range(n), [None] * n))

    assert placed.ring_radius[1] > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("trees", [1, 30_000])
def test_a_million_people_are_placed_in_about_a_second(trees: int) -> None:
    rng = np.random.default_rng(1)
    n = 1_000_000
    parent = (rng.random(n) * np.arange(n)).astype(np.int32)
    parent[rng.choice(n, trees - 1, replace=False)] = -1
    parent[0] = -1
    nothing = Labels.unknown(n)
    forest = Forest.of_rows(np.arange(n), parent, np.arange(n), (nothing, nothing, nothing, nothing))

    began = time.process_time()
    placed = arrange(forest)

    assert time.process_time() - began < 5  # about 0.5 s on a machine that does nothing else
    assert (placed.discs is not None) is (trees > 1)
