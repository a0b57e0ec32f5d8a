"""A forest that grows by one introduction after another stays what the whole computation makes of it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.forest import Forest
from referral.spread.rules.measures import generations
from referral.spread.rules.running import RunningForest
from referral.spread.rules.virality import structural_virality, wiener_indices


def grown(parents: Sequence[int | None]) -> Forest:
    n = len(parents)
    return Forest.from_edges(range(n), parents, range(n), [None] * n)


def told(parents: Sequence[int | None]) -> RunningForest:
    running = RunningForest()
    for parent in parents:
        running.introduce(-1 if parent is None else parent)
    return running


def at_random(chance: random.Random, n: int) -> list[int | None]:
    return [chance.randrange(row) if row and chance.random() < 0.95 else None for row in range(n)]


def same(running: RunningForest, forest: Forest) -> None:
    parent, depth, root, size = running.columns()
    w, s = running.sums()

    assert parent.tolist() == forest.parent.tolist()
    assert depth.tolist() == forest.depth.tolist()
    assert root.tolist() == forest.root.tolist()
    assert size.tolist() == forest.size.tolist()
    assert w[forest.roots].tolist() == wiener_indices(forest).tolist()
    assert s[forest.roots].tolist() == np.bincount(forest.root, forest.depth, len(forest))[forest.roots].tolist()
    assert running.generations == generations(forest)
    assert running.pair_weighted == structural_virality(forest).pair_weighted


@pytest.mark.parametrize(
    ("parents", "w", "virality"),
    [
        ([None, *[0] * 9], 81, 9 / 5),
        ([None, *range(9)], 165, 11 / 3),
        ([None, 0, 0, 1, 1, 2, 3, 3], 70, 5 / 2),
        ([None, 0, 1, 2, 3, 0, 1, 2, 3, 4], 125, 25 / 9),
        ([None, 0, 0, 0, 0, 0, 1, 6, 7, 8], 131, 131 / 45),
    ],
    ids=["star", "chain", "worked tree", "caterpillar", "broom"],
)
def test_a_tree_that_grew_by_itself_has_its_known_values(parents: list[int | None], w: int, virality: float) -> None:
    running = told(parents)

    assert running.distances(0) == w
    assert running.virality(3) == pytest.approx(virality)


def test_a_thousand_random_introductions_into_a_large_forest_equal_the_whole_computation() -> None:
    chance = random.Random(7)
    before = at_random(chance, 20_000)
    running = RunningForest.of(grown(before))

    later = [chance.randrange(20_000 + step) if chance.random() < 0.98 else None for step in range(1_000)]
    for parent in later:
        running.introduce(-1 if parent is None else parent)

    same(running, grown([*before, *later]))


@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_every_step_of_a_growing_tree_agrees_with_networkx(chance: random.Random, n: int) -> None:
    running, graph = RunningForest(), nx.Graph()
    for row in range(n):
        parent = chance.randrange(row) if row else None
        running.introduce(-1 if parent is None else parent)
        graph.add_node(row)
        if parent is not None:
            graph.add_edge(parent, row)

    assert running.distances(n - 1) == nx.wiener_index(graph)
    assert running.virality(0) == (None if n == 1 else pytest.approx(2 * nx.wiener_index(graph) / (n * (n - 1))))


@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_fans_recorded_before_their_tellers_end_where_they_belong(chance: random.Random, n: int) -> None:
    parents = at_random(chance, n)
    order = list(range(n))
    chance.shuffle(order)
    running = RunningForest()
    row: dict[int, int] = {}

    for fan in order:
        teller = parents[fan]
        row[fan] = running.introduce(row.get(teller, -1) if teller is not None else -1)
        for child in order:
            if parents[child] == fan and child in row:
                running.hang(row[child], row[fan])
    running.reorder(np.array([row[fan] for fan in range(n)], dtype=np.int32))

    same(running, grown(parents))


def test_a_chain_of_a_hundred_thousand_grows_by_one() -> None:
    n = 100_000
    running = RunningForest.of(grown([None, *range(n - 1)]))

    last = running.introduce(n - 1)

    assert running.generation_of(last) == n
    assert running.distances(last) == ((n + 1) ** 3 - (n + 1)) // 6
    assert (running.size_of(0), running.size_of(n - 1)) == (n + 1, 2)


def test_nobody_yet_is_no_measure() -> None:
    running = RunningForest()

    assert (len(running), running.generations, running.pair_weighted) == (0, (), None)
    assert running.virality(running.introduce()) is None
    assert RunningForest.of(grown([])).generations == ()


def test_what_would_not_be_a_forest_is_refused() -> None:
    running = told([None, 0, None])

    with pytest.raises(IndexError):
        running.introduce(3)
    with pytest.raises(IndexError):
        running.introduce(-2)
    with pytest.raises(ValueError, match="whole tree"):
        running.hang(1, 2)
    with pytest.raises(ValueError, match="whom they told"):
        running.hang(0, 1)
