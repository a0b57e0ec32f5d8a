"""Bridges are found where a spread would fall apart, and agree with networkx."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules import bridges as rules
from referral.spread.rules.bridges import Bridge, Opening
from referral.spread.rules.forest import Forest

T8 = (None, 0, 0, 1, 1, 2, 3, 3)
CHANNELS = (None, "line", "copy", "line", "copy", "line", "line", "line")
EMPTY = Forest.from_edges([], [], [], [])

forests = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*(st.one_of(st.none(), *[st.integers(0, i - 1)] * 4) if i else st.none() for i in range(n)))
)


def grown(parents: Sequence[int | None], words: Sequence[str | None] | None = None) -> Forest:
    n = len(parents)
    return Forest.from_edges(range(n), parents, range(n), words or [None] * n)


def test_the_worked_tree_has_its_published_betweenness() -> None:
    assert rules.betweenness(grown(T8)).tolist() == [10, 15, 6, 11, 0, 0, 0, 0]


@given(forests)
def test_betweenness_agrees_with_networkx(parents: tuple[int | None, ...]) -> None:
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(parents)))
    graph.add_edges_from((child, parent) for child, parent in enumerate(parents) if parent is not None)
    expected = nx.betweenness_centrality(graph, normalized=False)

    found = rules.betweenness(grown(parents))

    assert found.tolist() == pytest.approx([expected[fan] for fan in range(len(parents))])


def test_the_betweenness_of_large_stars_and_chains_is_exact() -> None:
    n = 1_000_000
    ids = np.arange(n, dtype=np.int64)
    told_by_one = np.where(ids > 0, 0, -1)

    star = rules.betweenness(Forest.from_arrays(ids, told_by_one, ids))
    chain = rules.betweenness(Forest.from_arrays(ids, ids - 1, ids))

    assert (int(star[0]), int(star[1:].max())) == ((n - 1) * (n - 2) // 2, 0)
    assert np.array_equal(chain, ids * (n - 1 - ids))


def test_bridges_are_those_without_whom_most_people_would_not_be_here() -> None:
    found = rules.bridges(grown(T8, CHANNELS), 3)

    assert found == (
        Bridge(fan=0, generation=0, introductions=2, below=7, between=10, participation=0.5),
        Bridge(fan=1, generation=1, introductions=2, below=4, between=15, participation=0.5),
        Bridge(fan=3, generation=2, introductions=2, below=2, between=11, participation=0.0),
    )


def test_who_has_nobody_below_is_no_bridge() -> None:
    assert [one.fan for one in rules.bridges(grown(T8), 100)] == [0, 1, 3, 2]
    assert rules.bridges(grown([None, None]), 5) == ()
    assert rules.bridges(EMPTY, 5) == ()
    assert rules.bridges(grown(T8), 0) == ()


def test_bridges_can_be_judged_by_other_words_than_the_channel() -> None:
    forest = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1, 2], ["line"] * 3, languages=["id", "pl", "en"])

    assert rules.bridges(forest, 1)[0].participation == 0
    assert rules.bridges(forest, 1, forest.language)[0].participation == 0.5


@given(forests, st.randoms(use_true_random=False))
def test_participation_agrees_with_its_definition(parents: tuple[int | None, ...], chance: random.Random) -> None:
    n = len(parents)
    words = [chance.choice([None, "line", "copy", "qr"]) for _ in range(n)]
    forest = grown(parents, words)
    rows = chance.sample(range(n), chance.randint(1, n))

    found = rules.participation(forest, forest.channel, np.array(rows))

    for row, evenness in zip(rows, found, strict=True):
        told = Counter(words[one] for one in range(n) if parents[one] == row and words[one] is not None)
        k = sum(told.values())
        assert evenness == (pytest.approx(1 - sum((of / k) ** 2 for of in told.values())) if k else None)


def test_who_carried_the_story_from_one_language_into_another_is_counted() -> None:
    languages = ["id", "id", "pl", None, "pl", "pl", "id", "id"]
    forest = Forest.from_edges(range(8), T8, range(8), [None] * 8, languages=languages)

    # 0 (id) told 2 (pl), and 1 (id) told 4 (pl); of 3 the language is not known, and so neither of the way to it.
    assert rules.crossings(forest, forest.language).tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
    assert rules.crossings(EMPTY, EMPTY.language).tolist() == []


def test_the_first_of_each_language_stands_with_who_told_them() -> None:
    languages = ["id", None, "pl", "pl", "en", "en", "pl", None]
    forest = Forest.from_edges(range(10, 18), [None, *range(10, 17)], range(8), [None] * 8, languages=languages)

    assert rules.openings(forest, forest.language) == (
        Opening("id", fan=10, told_by=None, at_ms=0, people=1),
        Opening("pl", fan=12, told_by=11, at_ms=2, people=3),
        Opening("en", fan=14, told_by=13, at_ms=4, people=2),
    )
    assert rules.openings(EMPTY, EMPTY.channel) == ()
    assert rules.openings(grown(T8), grown(T8).channel) == ()
