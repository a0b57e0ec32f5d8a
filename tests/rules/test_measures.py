"""The measures of a spread agree with closed forms, with published values and with brute force."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules import measures
from referral.spread.rules.exchange import plan_import, read_spread_csv
from referral.spread.rules.forest import Forest
from referral.spread.rules.measures import Teller, measure
from referral.spread.rules.virality import structural_virality, wiener_indices

HOUR = 3_600_000
DAY = 24 * HOUR
T8 = (None, 0, 0, 1, 1, 2, 3, 3)
BY_HAND = Path(__file__).parents[1] / "data" / "forest.csv"


def grown(parents: Sequence[int | None], values: Sequence[int] | None = None) -> Forest:
    n = len(parents)
    return Forest.from_edges(range(n), parents, range(n), [None] * n, values)


def complete(branches: int, n: int) -> list[int | None]:
    return [None if i == 0 else (i - 1) // branches for i in range(n)]


def read(path: Path) -> tuple[Forest, list[str]]:
    accepted = plan_import(read_spread_csv(path.read_bytes()).rows).accepted
    place = {row.fan: number for number, row in enumerate(accepted)}
    forest = Forest.from_edges(
        range(len(accepted)),
        [None if row.told_by is None else place[row.told_by] for row in accepted],
        [row.at_ms for row in accepted],
        [row.channel for row in accepted],
    )
    return forest, list(place)


@pytest.mark.parametrize(
    ("parents", "w", "virality"),
    [
        ([None, *[0] * 9], 81, 9 / 5),
        ([None, *range(9)], 165, 11 / 3),
        (T8, 70, 5 / 2),
        (complete(2, 15), 368, 368 / 105),
        (complete(2, 31), 2_304, 768 / 155),
        (complete(2, 127), 66_816, 7_424 / 889),
        (complete(3, 13), 216, 36 / 13),
        ([None, 0, 1, 2, 3, 0, 1, 2, 3, 4], 125, 25 / 9),
        ([None, 0, 0, 0, 0, 0, 1, 6, 7, 8], 131, 131 / 45),
    ],
    ids=["star", "chain", "worked tree", "binary 15", "binary 31", "binary 127", "ternary", "caterpillar", "broom"],
)
def test_structural_virality_has_its_known_values(parents: list[int | None], w: int, virality: float) -> None:
    forest = grown(parents)

    assert wiener_indices(forest).tolist() == [w]
    assert structural_virality(forest).mean_over_trees == pytest.approx(virality)
    assert structural_virality(forest).pair_weighted == pytest.approx(virality)


@pytest.mark.parametrize("n", [2, 3, 50, 3_000])
def test_stars_and_chains_of_any_size_have_their_closed_forms(n: int) -> None:
    star, chain = grown([None, *[0] * (n - 1)]), grown([None, *range(n - 1)])

    assert structural_virality(star).mean_over_trees == pytest.approx(2 * (n - 1) / n)
    assert structural_virality(chain).mean_over_trees == pytest.approx((n + 1) / 3)


def test_the_sum_of_distances_of_a_very_long_chain_is_exact() -> None:
    n = 200_000

    assert wiener_indices(grown([None, *range(n - 1)])).tolist() == [(n**3 - n) // 6]


@pytest.mark.parametrize(("n", "expected"), [(4, 29 / 3), (5, 37 / 2), (6, 309 / 10)])
def test_random_recursive_trees_have_their_expected_sum_of_distances(n: int, expected: float) -> None:
    every = itertools.product(*(range(i) for i in range(1, n)))

    sums = [int(wiener_indices(grown([None, *parents]))[0]) for parents in every]

    assert sum(sums) / len(sums) == pytest.approx(expected)
    assert expected == pytest.approx(n * (n + 1) * sum(1 / i for i in range(1, n + 1)) - 2 * n * n)


@given(st.randoms(use_true_random=False), st.integers(2, 80))
def test_structural_virality_agrees_with_brute_force(chance: random.Random, n: int) -> None:
    parents = [None, *(chance.randrange(i) for i in range(1, n))]
    graph = nx.Graph((child, parent) for child, parent in enumerate(parents) if parent is not None)

    found = structural_virality(grown(parents)).mean_over_trees

    assert found == pytest.approx(2 * nx.wiener_index(graph) / (n * (n - 1)))


def test_a_forest_is_averaged_over_trees_and_over_pairs_but_never_across_trees() -> None:
    # A chain of four (W = 10, 12 ordered pairs), a pair (W = 1, 2) and one alone.
    forest = grown([None, 0, 1, 2, None, 4, None])

    found = structural_virality(forest)

    assert found.mean_over_trees == pytest.approx((10 / 6 + 1) / 2)
    assert found.pair_weighted == pytest.approx(22 / 14)
    assert [(tree.root, tree.size, tree.depth, tree.value) for tree in found.trees] == [
        (0, 4, 3, pytest.approx(10 / 6)),
        (4, 2, 1, 1.0),
        (6, 1, 0, None),
    ]
    assert len(structural_virality(forest, most=2).trees) == 2


def test_what_is_undefined_for_nobody_is_none_and_not_zero() -> None:
    found = measure(Forest.from_edges([], [], [], []), now_ms=DAY, ripening_ms=0)

    assert (found.reach, found.first_tellers, found.generations, found.reproduction) == (0, 0, (), ())
    assert found.k_factor is None
    assert found.k_naive is None
    assert found.cycle_time_seconds is None
    assert found.structural_virality.mean_over_trees is None
    assert found.structural_virality.pair_weighted is None
    assert found.gini_introductions is None
    assert found.told_share is None
    assert (found.carriers, found.bridges, found.structural_virality.trees) == ((), (), ())


def test_what_is_undefined_for_one_fan_is_none_and_not_zero() -> None:
    found = measure(Forest.from_edges([7], [None], [0], [None], [0]), now_ms=DAY, ripening_ms=2 * DAY)

    assert (found.reach, found.generations, found.k_naive, found.told_share) == (1, (1,), 0.0, 0.0)
    assert found.k_factor is None
    assert found.cycle_time_seconds is None
    assert found.structural_virality.mean_over_trees is None
    assert found.gini_introductions is None
    assert found.gini_value is None


def test_fans_who_have_not_had_their_chance_yet_are_left_out_of_the_k_factor() -> None:
    # Five fans of ages 30, 30, 14, 7 and 3 days told 3, 1, 2, 1 and 0 people, who came on the last day.
    ages = [30, 30, 14, 7, 3]
    told = [0, 0, 0, 1, 2, 2, 3]
    forest = Forest.from_edges(
        range(12), [*[None] * 5, *told], [(40 - age) * DAY for age in ages] + [40 * DAY] * 7, [None] * 12
    )

    assert measures.k_factor(forest, 40 * DAY, 14 * DAY) == 2.0
    assert measures.k_factor(forest, 40 * DAY, 3 * DAY) == 1.4
    assert measures.k_factor(forest, 40 * DAY, 31 * DAY) is None
    assert measures.k_naive(forest) == pytest.approx(7 / 12)


def test_a_fan_is_ripe_at_the_very_moment_the_window_is_over() -> None:
    forest = Forest.from_edges([1, 2], [None, 1], [0, 5], [None, None])

    assert measures.k_factor(forest, 10, 10) == 1.0
    assert measures.k_factor(forest, 9, 10) is None


def test_the_reproduction_of_the_worked_tree_is_the_next_generation_by_this_one() -> None:
    assert measures.generations(grown(T8)) == (1, 2, 3, 2)
    assert measures.reproduction(grown(T8)) == (2.0, 1.5, 2 / 3)


def test_arrivals_are_counted_in_every_stretch_of_time_even_the_empty_ones() -> None:
    found = measures.arrivals([HOUR, HOUR + 5, 4 * HOUR - 1], HOUR)

    assert [(one.start_ms // HOUR, one.count) for one in found] == [(1, 2), (2, 0), (3, 1)]
    assert measures.arrivals([], HOUR) == ()


def test_midnight_is_where_the_reader_lives() -> None:
    jakarta = -7 * HOUR

    found = measures.arrivals([16 * HOUR, 17 * HOUR], DAY, origin_ms=jakarta)

    assert [(one.start_ms, one.count) for one in found] == [(-7 * HOUR, 1), (17 * HOUR, 1)]


def test_more_stretches_of_time_than_anybody_can_look_at_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        measures.arrivals([0, 200_000], 1)


@given(st.integers(0, 10**13), st.integers(1, 500))
def test_a_fitting_stretch_of_time_fits(span: int, most: int) -> None:
    bucket = measures.fitting_bucket_ms(span, most)

    assert bucket * most > span


@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_no_measure_is_ever_nan_or_infinite(chance: random.Random, n: int) -> None:
    parents = [chance.choice([None, chance.randrange(i)]) if i else None for i in range(n)]
    found = measure(grown(parents, [chance.randrange(3) for _ in range(n)]), now_ms=n, ripening_ms=chance.randrange(n))

    numbers = [
        found.k_factor,
        found.k_naive,
        found.cycle_time_seconds,
        found.gini_introductions,
        found.gini_value,
        found.structural_virality.mean_over_trees,
        found.structural_virality.pair_weighted,
        *(tree.value for tree in found.structural_virality.trees),
    ]
    assert all(number is None or (math.isfinite(number) and type(number) is float) for number in numbers)
    assert sum(found.generations) == found.reach == n


def test_the_forest_made_by_hand_has_the_measures_worked_out_by_hand() -> None:
    forest, names = read(BY_HAND)
    eleven_next_day = 1_762_081_200_000  # 2 November 2025, 11:00; ripe are Żaneta, Łukasz, Nina, Ana and Citra

    found = measure(forest, now_ms=eleven_next_day, ripening_ms=DAY)

    # Żaneta's tree: the sizes of its branches are 8, 4, 5, 3, two of 2, and six of 1:
    # W = 8*5 + 4*9 + 5*8 + 3*10 + 2*(2*11) + 6*12 = 262 among 13 people.
    # Ana's tree: two branches of 5, one of 4, two of 3, five of 1: W = 2*30 + 28 + 2*24 + 5*10 = 186 among 11.
    assert [(names[tree.root], tree.size, tree.depth) for tree in found.structural_virality.trees] == [
        ("Żaneta", 13, 4),
        ("Ana", 11, 4),
        ("Wei, 李", 1, 0),
    ]
    assert [tree.value for tree in found.structural_virality.trees] == [
        pytest.approx(2 * 262 / (13 * 12)),
        pytest.approx(2 * 186 / (11 * 10)),
        None,
    ]
    assert found.structural_virality.mean_over_trees == pytest.approx((262 / 78 + 186 / 55) / 2)
    assert found.structural_virality.pair_weighted == pytest.approx((2 * 262 + 2 * 186) / (156 + 110))
    assert (found.reach, found.first_tellers, found.generations) == (25, 3, (3, 4, 6, 9, 3))
    assert found.reproduction == pytest.approx((4 / 3, 6 / 4, 9 / 6, 3 / 9))
    assert found.k_factor == pytest.approx((2 + 2 + 1 + 2 + 1) / 5)
    assert found.k_naive == pytest.approx(22 / 25)
    assert found.cycle_time_seconds == 3 * 3600
    assert found.gini_introductions == pytest.approx(316 / 550)
    assert found.told_share == pytest.approx(22 / 25)
    assert found.retold_share == pytest.approx(18 / 25)
    assert found.carriers[0] == Teller(names.index("Surya"), generation=2, introductions=3, below=4)
    assert [names[one.fan] for one in found.bridges[:3]] == ["Żaneta", "Ana", "Łukasz"]
