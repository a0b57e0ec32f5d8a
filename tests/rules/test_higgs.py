"""The Higgs retweets, each person below whoever they first heard it from, have the values that are known of them."""

from __future__ import annotations

import gzip

import pytest

from bench.higgs import rows
from referral.spread.rules.forest import Forest
from referral.spread.rules.measures import Measures, measure
from tests.recorded import HIGGS, recorded

GENERATIONS = (32_854, 197_816, 21_928, 3_270, 602, 18, 3)


@pytest.fixture(scope="module")
def forest() -> Forest:
    with gzip.open(recorded(HIGGS), "rt", encoding="ascii") as lines:
        people = list(rows(lines))
    place = {who: number for number, (who, *_) in enumerate(people)}
    return Forest.from_edges(
        range(len(people)),
        [place[teller] if teller else None for _, teller, _, _ in people],
        [1_000 * at for _, _, at, _ in people],
        [channel for *_, channel in people],
    )


@pytest.fixture(scope="module")
def found(forest: Forest) -> Measures:
    return measure(forest, now_ms=int(forest.at_ms[-1]), ripening_ms=0, trees=3)


def test_the_retweets_are_a_forest_of_so_many_people_and_trees(forest: Forest, found: Measures) -> None:
    assert (found.reach, found.first_tellers, forest.height) == (256_491, 32_854, 6)
    assert found.generations == GENERATIONS


def test_the_three_largest_trees_have_their_known_structural_virality(found: Measures) -> None:
    trees = found.structural_virality.trees

    assert [tree.size for tree in trees] == [11_391, 5_266, 4_259]
    assert [round(tree.value or 0, 6) for tree in trees] == [2.363076, 2.168822, 2.305732]


def test_few_people_brought_most_of_them(found: Measures) -> None:
    assert found.carriers[0].introductions == 9_616
    assert round(found.k_naive or 0, 4) == 0.8719
    assert round(found.gini_introductions or 0, 4) == 0.9739


def test_channels_are_kept_of_those_who_were_told_and_of_those_who_began(forest: Forest) -> None:
    assert forest.channel.counts() == {"x": 256_491}
    assert forest.select(forest.depth == 0).height == 0
    assert forest.select(forest.depth <= 1).size.sum() == 32_854 + 2 * 197_816
