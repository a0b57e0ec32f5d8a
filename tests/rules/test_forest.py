"""A forest of introductions is held in flat arrays, whatever order it comes in."""

from __future__ import annotations

import random
from collections.abc import Sequence

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.forest import CyclicForest, Forest

T8 = (None, 0, 0, 1, 1, 2, 3, 3)


def grown(parents: Sequence[int | None], values: Sequence[int] | None = None) -> Forest:
    n = len(parents)
    return Forest.from_edges(range(n), parents, range(n), [None] * n, values)


parents_of_any_forest = st.integers(1, 60).flatmap(
    lambda n: st.tuples(*(st.one_of(st.none(), st.integers(0, max(0, i - 1))) if i else st.none() for i in range(n)))
)


def test_an_empty_forest_has_nobody_in_it() -> None:
    forest = Forest.from_edges([], [], [], [])

    assert len(forest) == 0
    assert forest.height == 0
    assert forest.roots.tolist() == []
    assert forest.introductions().tolist() == []


def test_one_fan_alone_is_a_root_of_size_one() -> None:
    forest = Forest.from_edges([42], [None], [1_000], ["poster"], [700])

    assert (forest.parent[0], forest.depth[0], forest.root[0], forest.size[0]) == (-1, 0, 0, 1)
    assert (forest.channel[0], forest.value[0] if forest.value is not None else None) == ("poster", 700)


def test_the_worked_tree_has_its_generations_and_sizes() -> None:
    forest = grown(T8)

    assert forest.depth.tolist() == [0, 1, 1, 2, 2, 2, 3, 3]
    assert forest.size.tolist() == [8, 5, 2, 3, 1, 1, 1, 1]
    assert forest.introductions().tolist() == [2, 2, 1, 2, 0, 0, 0, 0]


def test_the_value_below_each_fan_of_the_worked_tree_is_the_published_one() -> None:
    forest = grown(T8, [0, 100, 0, 100, 50, 200, 100, 0])

    assert forest.value is not None
    assert forest.sum_below(forest.value).tolist() == [550, 350, 200, 200, 50, 200, 100, 0]


def test_rows_stand_in_order_of_arrival_and_then_of_id() -> None:
    forest = Forest.from_edges([9, 3, 5], [None, None, 9], [10, 10, 5], ["x", "line", "copy"])

    assert forest.ids.tolist() == [5, 3, 9]
    assert forest.channel.tolist() == ["copy", "line", "x"]


def test_a_child_with_an_earlier_time_than_its_parent_is_still_its_child() -> None:
    forest = Forest.from_edges([1, 2, 3], [None, 1, 2], [30, 20, 10], [None] * 3)

    assert forest.ids.tolist() == [3, 2, 1]
    assert forest.depth.tolist() == [2, 1, 0]
    assert forest.size.tolist() == [1, 2, 3]
    assert forest.root.tolist() == [2, 2, 2]


def test_an_introducer_from_elsewhere_makes_a_root() -> None:
    forest = Forest.from_edges([1, 2], [77, 1], [0, 1], [None, None])

    assert forest.depth.tolist() == [0, 1]


def test_ids_of_63_bits_are_kept_whole() -> None:
    large = 2**63 - 1

    forest = Forest.from_edges([large, large - 1], [None, large], [0, 1], [None, None])

    assert forest.ids.tolist() == [large, large - 1]
    assert forest.parent.tolist() == [-1, 0]


@pytest.mark.parametrize("tellers", [[1], [2, 1], [2, 3, 1], [None, 3, 2]])
def test_a_cycle_is_refused_with_those_who_are_in_it(tellers: list[int | None]) -> None:
    n = len(tellers)

    with pytest.raises(CyclicForest) as caught:
        Forest.from_edges(range(1, n + 1), tellers, range(n), [None] * n)

    assert set(caught.value.ids) == {place + 1 for place, teller in enumerate(tellers) if teller is not None}


def test_who_hangs_below_a_cycle_is_refused_with_it() -> None:
    with pytest.raises(CyclicForest):
        Forest.from_edges([1, 2, 3], [2, 1, 2], [0, 1, 2], [None] * 3)


def test_a_fan_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Forest.from_edges([1, 1], [None, None], [0, 1], [None, None])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        Forest.from_edges([1, 2], [None], [0, 1], [None, None])


def test_the_arrays_cannot_be_written_to() -> None:
    forest = grown(T8)

    with pytest.raises(ValueError, match="read-only"):
        forest.depth[0] = 3


def test_a_chain_of_a_hundred_thousand_is_measured_like_any_tree() -> None:
    n = 100_000

    forest = grown([None, *range(n - 1)])

    assert forest.height == n - 1
    assert forest.size.tolist() == list(range(n, 0, -1))
    assert set(forest.root.tolist()) == {0}


@given(parents_of_any_forest)
def test_generations_and_sizes_agree_with_networkx(parents: tuple[int | None, ...]) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(parents)))
    graph.add_edges_from((parent, child) for child, parent in enumerate(parents) if parent is not None)

    forest = grown(parents)

    for row in range(len(parents)):
        assert forest.size[row] == len(nx.descendants(graph, row)) + 1
        assert forest.depth[row] == len(nx.ancestors(graph, row))
        assert forest.root[row] in {row, *nx.ancestors(graph, row)}
        assert parents[forest.root[row]] is None


@given(parents_of_any_forest, st.randoms(use_true_random=False))
def test_the_order_in_which_fans_are_given_changes_nothing(
    parents: tuple[int | None, ...], chance: random.Random
) -> None:
    n = len(parents)
    times = [chance.randrange(5) for _ in range(n)]
    order = list(range(n))
    chance.shuffle(order)

    straight = Forest.from_edges(range(n), parents, times, [None] * n)
    shuffled = Forest.from_edges(order, [parents[i] for i in order], [times[i] for i in order], [None] * n)

    for column in ("ids", "parent", "depth", "root", "size", "at_ms"):
        assert np.array_equal(getattr(straight, column), getattr(shuffled, column)), column


@given(parents_of_any_forest)
def test_a_fans_own_branch_is_everybody_below_them(parents: tuple[int | None, ...]) -> None:
    forest = grown(parents)

    for fan in range(len(parents)):
        branch = forest.below(fan)

        assert len(branch) == forest.size[fan]
        assert branch.ids[branch.roots].tolist() == [fan]
        for row, one in enumerate(branch.ids.tolist()):
            assert branch.depth[row] == forest.depth[one] - forest.depth[fan]
            assert branch.size[row] == forest.size[one]


def test_the_branch_of_nobody_is_refused() -> None:
    with pytest.raises(KeyError):
        grown(T8).below(99)


def test_people_can_be_left_out_only_from_below() -> None:
    forest = grown(T8)

    kept = forest.keep(np.array([True, True, False, True, False, False, False, False]))

    assert kept.ids.tolist() == [0, 1, 3]
    assert kept.parent.tolist() == [-1, 0, 1]
    assert kept.size.tolist() == [8, 5, 3]
    with pytest.raises(ValueError, match="together with their introducer"):
        forest.keep(np.array([True, False, False, True, False, False, False, False]))


@given(parents_of_any_forest, st.randoms(use_true_random=False))
def test_a_selected_part_is_the_forest_of_those_who_are_in_it(
    parents: tuple[int | None, ...], chance: random.Random
) -> None:
    n = len(parents)
    words = [chance.choice([None, "line", "copy"]) for _ in range(n)]
    times, values = [chance.randrange(5) for _ in range(n)], [chance.randrange(9) for _ in range(n)]
    whole = Forest.from_edges(range(n), parents, times, words, values, languages=words, places=words, verdicts=words)
    chosen = [row for row in range(n) if chance.random() < 0.6]

    part = whole.select(np.isin(whole.ids, chosen))
    expected = Forest.from_edges(
        chosen,
        [parents[row] for row in chosen],
        [times[row] for row in chosen],
        [words[row] for row in chosen],
        [values[row] for row in chosen],
    )

    for column in ("ids", "parent", "depth", "root", "size", "at_ms", "value"):
        assert np.array_equal(getattr(part, column), getattr(expected, column)), column
    for column in part.words:
        assert column.tolist() == expected.channel.tolist()


def test_what_fans_came_by_is_told_of_each() -> None:
    forest = Forest.from_edges(
        [2, 1],
        [1, None],
        [5, 0],
        ["line", None],
        languages=["id", "pl"],
        places=["Door", "Door"],
        verdicts=[None, "own"],
    )

    assert forest.channel.tolist() == [None, "line"]
    assert forest.language.tolist() == ["pl", "id"]
    assert forest.place.tolist() == ["Door", "Door"]
    assert forest.verdict.tolist() == ["own", None]
    assert grown(T8).place.tolist() == [None] * 8


def test_arrays_and_lists_make_the_same_forest() -> None:
    ids, told_by, at = [7, 5, 9, 8], [5, None, 7, 77], [20, 10, 30, 30]

    by_lists = Forest.from_edges(ids, told_by, at, [None] * 4)
    by_arrays = Forest.from_arrays(np.array(ids), np.array([5, -1, 7, 77]), np.array(at))

    for column in ("ids", "parent", "depth", "root", "size", "at_ms"):
        assert np.array_equal(getattr(by_lists, column), getattr(by_arrays, column)), column


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_chain_of_a_million_is_no_harder_than_a_bush(shuffled: bool) -> None:
    n = 1_000_000
    ids = np.random.default_rng(5).permutation(n) if shuffled else np.arange(n)

    forest = Forest.from_arrays(ids, np.concatenate(([-1], ids[:-1])), np.arange(n))

    assert forest.height == n - 1
    assert forest.size[[0, 1, n - 1]].tolist() == [n, n - 1, 1]
    assert forest.sum_above(np.ones(n, dtype=np.int64))[-1] == n
