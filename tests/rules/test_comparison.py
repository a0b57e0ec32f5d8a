"""Channels are compared at equal size: what only has larger chains is not called deeper, and what is deeper is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import networkx as nx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.chains import Chains, chains
from referral.spread.rules.comparison import MEASURES, Contrast, compare, size_class
from referral.spread.rules.forest import Forest

Random = np.random.Generator
NAMES = ("whatsapp", "email")


def forest_of(parents: Sequence[int], ways: Sequence[str | None]) -> Forest:
    """Build a forest whose rows are in the order given, -1 for a first teller."""
    return Forest.from_edges(
        range(1, len(parents) + 1),
        [None if parent < 0 else parent + 1 for parent in parents],
        range(len(parents)),
        ways,
    )


def one_kind_each(made: list[tuple[list[int], str]]) -> Forest:
    """Put trees of one channel each side by side."""
    parents: list[int] = []
    ways: list[str | None] = []
    for tree, way in made:
        first = len(parents)
        parents += [parent if parent < 0 else parent + first for parent in tree]
        ways += [None if parent < 0 else way for parent in tree]
    return forest_of(parents, ways)


def grown(size: int, generator: Random, straight: float = 0.0) -> list[int]:
    """Grow a tree: everybody is told by anybody before them, or with a chance of `straight` by the one just before."""
    return [-1] + [row - 1 if generator.random() < straight else int(generator.integers(row)) for row in range(1, size)]


def branching(generator: Random, first: int = 400, share: float = 0.85) -> Forest:
    """Let a story branch until it ends; each step is by WhatsApp with a chance of `share`, else by mail."""
    parents, level, people = [np.full(first, -1)], np.arange(first), first
    while len(level):
        told = np.repeat(level, generator.negative_binomial(0.3, 0.25, len(level)))
        parents.append(told)
        level, people = people + np.arange(len(told)), people + len(told)
    parent = np.concatenate(parents)
    is_often = generator.random(len(parent)) < share
    ways = [None if p < 0 else NAMES[0] if often else NAMES[1] for p, often in zip(parent, is_often, strict=True)]
    return forest_of(parent.tolist(), ways)


def of_channels(forest: Forest, generator: Random, **options: int) -> Contrast:
    """Compare the two channels of a forest, WhatsApp first."""
    (found,) = compare(chains(forest, forest.channel), generator, **options)
    assert {found.first, found.second} == set(NAMES)
    return found


def first_is(found: Contrast, name: str) -> int:
    """Give 1 where the difference counts for the channel, -1 where it counts against it."""
    return 1 if found.first == name else -1


# --- Chains ----------------------------------------------------------------------------------------------------------


def test_a_chain_ends_where_the_story_goes_on_by_another_channel() -> None:
    forest = forest_of([-1, 0, 1, 2, 3], [None, "whatsapp", "whatsapp", "email", "whatsapp"])

    found = chains(forest, forest.channel)

    shapes = zip(found.kind.tolist(), found.size.tolist(), found.depth.tolist(), strict=True)
    assert sorted((found.names[kind], size, depth) for kind, size, depth in shapes) == [
        ("email", 2, 1),
        ("whatsapp", 2, 1),
        ("whatsapp", 3, 2),
    ]


def test_who_tells_by_two_channels_begins_a_chain_of_each() -> None:
    forest = forest_of([-1, 0, 0, 0], [None, "whatsapp", "whatsapp", "email"])

    found = chains(forest, forest.channel)

    assert sorted(found.size.tolist()) == [2, 3]
    assert found.tree.tolist() == [0, 0]


def test_a_step_whose_channel_is_not_known_belongs_to_no_chain() -> None:
    forest = forest_of([-1, 0, 1, 1], [None, None, "email", "email"])

    found = chains(forest, forest.channel)

    assert (found.size.tolist(), found.depth.tolist()) == ([3], [1])


def test_a_label_that_everybody_of_a_tree_has_makes_the_whole_tree_one_chain() -> None:
    parents = [-1, 0, 0, 1, -1]
    forest = Forest.from_edges(
        range(1, 6),
        [None if parent < 0 else parent + 1 for parent in parents],
        range(5),
        [None, "email", "whatsapp", "email", None],
        places=["Hall B", "Hall B", "Hall B", "Hall B", "Gate"],
    )

    found = chains(forest, forest.place)

    assert [(found.names[kind], size) for kind, size in zip(found.kind, found.size.tolist(), strict=True)] == [
        ("Hall B", 4)
    ]


@pytest.mark.parametrize("parents", [[], [-1], [-1, -1, -1]])
def test_without_introductions_there_is_no_chain_and_nothing_to_compare(parents: list[int]) -> None:
    forest = forest_of(parents, [None] * len(parents))

    found = chains(forest, forest.channel)

    assert len(found) == 0
    assert compare(found, np.random.default_rng(1)) == ()


@given(st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from([None, "a", "b", "c"])), min_size=1, max_size=40))
def test_chains_are_what_is_connected_by_steps_of_one_kind(drawn: list[tuple[float, str | None]]) -> None:
    parents = [int(where * (row + 1)) - 1 for row, (where, _) in enumerate(drawn)]
    ways = [way if parent >= 0 else None for parent, (_, way) in zip(parents, drawn, strict=True)]
    forest = forest_of(parents, ways)

    found = chains(forest, forest.channel)

    expected = []
    for way in ("a", "b", "c"):
        graph = nx.Graph([(parents[row], row) for row in range(len(parents)) if ways[row] == way])
        for people in nx.connected_components(graph):
            part = graph.subgraph(people)
            depth = nx.single_source_shortest_path_length(part, min(people))
            n = len(people)
            mean_depth, virality = sum(depth.values()) / n, 2 * nx.wiener_index(part) / (n * (n - 1))
            expected.append((way, n, max(depth.values()), round(mean_depth, 9), round(virality, 9)))
    columns = (found.size, found.depth, found.mean_depth.round(9), found.virality.round(9))
    names = [found.names[kind] for kind in found.kind]
    assert sorted(zip(names, *(column.tolist() for column in columns), strict=True)) == sorted(expected)


# --- Classes of sizes ------------------------------------------------------------------------------------------------


def test_sizes_of_one_class_are_equal_or_nearly_so() -> None:
    size = np.arange(3, 5_000)
    found = size_class(size)

    assert len(np.unique(found[size <= 17])) == 15
    assert bool((np.diff(found) >= 0).all())
    for one in np.unique(found):
        within = size[found == one]
        assert within.max() / within.min() < 1.15


# --- The comparison --------------------------------------------------------------------------------------------------


def test_channels_that_differ_in_size_alone_look_different_raw_and_not_at_equal_size() -> None:
    found = of_channels(branching(np.random.default_rng(1), 1_500), np.random.default_rng(1))

    for measure in MEASURES:
        one = found.by(measure)
        assert one.raw is not None and one.difference is not None
        assert abs(one.raw) > 10 * abs(one.difference)
        assert not one.is_found
    raw = found.by("depth").raw
    assert raw is not None and raw * first_is(found, "whatsapp") > 1


def test_the_interval_leaves_zero_out_no_more_often_than_it_says_where_nothing_differs_but_size() -> None:
    wrong = dict.fromkeys(MEASURES, 0)
    raw, differences = [], []
    for seed in range(120):
        generator = np.random.default_rng(seed)
        found = of_channels(branching(generator), generator, replicates=300)
        for one in found.measures:
            wrong[one.measure] += one.is_found
        depth = found.by("depth")
        assert depth.raw is not None and depth.difference is not None
        raw.append(depth.raw * first_is(found, "whatsapp"))
        differences.append(depth.difference * first_is(found, "whatsapp"))

    # 6 of 120 are expected; more than 14 come in less than one of a thousand tries.
    assert all(number <= 14 for number in wrong.values()), wrong
    assert np.mean(raw) > 1
    assert abs(np.mean(differences)) < 4 * np.std(differences) / 120**0.5


def test_a_channel_whose_chains_are_deeper_is_found_though_its_chains_are_smaller() -> None:
    generator = np.random.default_rng(2)
    made = [(grown(int(generator.integers(3, 14)), generator, 0.6), "email") for _ in range(150)]
    made += [(grown(int(generator.integers(6, 60)), generator), "whatsapp") for _ in range(150)]

    found = of_channels(one_kind_each(made), generator)

    sign = first_is(found, "email")
    for measure in MEASURES:
        one = found.by(measure)
        assert one.difference is not None
        assert one.is_found and one.difference * sign > 0
    raw = found.by("depth").raw
    assert raw is not None and raw * sign < 0


def test_the_matched_difference_is_that_of_drawing_equally_many_of_each_size() -> None:
    generator = np.random.default_rng(3)
    made = [(grown(int(generator.integers(3, 9)), generator, 0.5), NAMES[number % 2]) for number in range(140)]
    forest = one_kind_each(made)
    found = of_channels(forest, generator)
    all_chains = chains(forest, forest.channel)

    depths: dict[tuple[str | None, int], list[int]] = {}
    for kind, size, depth in zip(all_chains.kind, all_chains.size.tolist(), all_chains.depth.tolist(), strict=True):
        depths.setdefault((all_chains.names[kind], size), []).append(depth)
    pairs, apart = 0, 0.0
    for size in range(3, 9):
        one, other = depths.get((found.first, size), []), depths.get((found.second, size), [])
        if one and other:
            number = min(len(one), len(other))
            pairs += number
            apart += number * (float(np.mean(one)) - float(np.mean(other)))

    assert found.pairs == pairs
    assert found.by("depth").difference == pytest.approx(apart / pairs)


def test_chains_of_a_few_trees_are_drawn_one_by_one() -> None:
    generator = np.random.default_rng(4)
    few = of_channels(_mixed(generator, 4, 400), generator)
    many = of_channels(_mixed(generator, 40, 40), generator)

    assert (few.resampled, many.resampled) == ("chains", "trees")


def _mixed(generator: Random, trees: int, size: int) -> Forest:
    parents = [p if p < 0 else p + size * tree for tree in range(trees) for p in grown(size, generator)]
    return forest_of(parents, [None if p < 0 else NAMES[int(generator.integers(2))] for p in parents])


def test_chains_that_are_alike_within_a_tree_are_not_taken_for_independent() -> None:
    generator = np.random.default_rng(5)
    depth = np.repeat(generator.integers(1, 4, 40), 10)
    size, kind, tree = np.full(400, 5), np.repeat(np.arange(40) % 2, 10), np.repeat(np.arange(40), 10)

    def width(tree: npt.NDArray[np.int64]) -> float:
        (found,) = compare(Chains(kind, NAMES, tree, size, depth, depth / 2, depth / 2), generator)
        one = found.by("depth")
        assert one.low is not None and one.high is not None
        return one.high - one.low

    # Ten alike weigh as one, so that the interval is wider by the root of ten.
    assert width(tree) == pytest.approx(10**0.5 * width(np.arange(400)), rel=0.25)


@pytest.mark.parametrize(
    ("sizes", "reason", "pairs"),
    [
        (([5] * 19, [5] * 40), "too_few", 19),
        (([5] * 40, [9] * 40), "sizes_apart", 0),
        (([5] * 19 + [9] * 21, [5] * 30), "sizes_apart", 19),
        (([5] * 20 + [9] * 20, [5] * 30), None, 20),
    ],
)
def test_where_sizes_hardly_meet_nothing_is_said_and_a_code_says_why(
    sizes: tuple[list[int], list[int]], reason: str | None, pairs: int
) -> None:
    generator = np.random.default_rng(6)
    made = [(grown(size, generator, 0.5), name) for name, some in zip(NAMES, sizes, strict=True) for size in some]

    found = of_channels(one_kind_each(made), generator)

    assert (found.reason, found.pairs) == (reason, pairs)
    for one in found.measures:
        assert one.raw is not None
        assert (one.difference is None) == (one.low is None) == (reason is not None)
        assert reason is None or not one.is_found


def test_chains_that_are_all_alike_have_no_interval() -> None:
    star, generator = [-1, 0, 0, 0], np.random.default_rng(7)

    found = of_channels(one_kind_each([(star, name) for name in NAMES for _ in range(30)]), generator)

    assert found.reason == "all_alike"
    assert found.by("depth").difference == 0
    assert found.by("depth").low is None
    assert not found.by("depth").is_found


def test_chains_of_two_people_are_left_out_since_they_have_one_shape_only() -> None:
    generator = np.random.default_rng(8)
    made = [(grown(4, generator, 0.5), name) for name in NAMES for _ in range(30)]
    with_pairs = made + [([-1, 0], name) for name in NAMES for _ in range(500)]

    one, other = (of_channels(one_kind_each(trees), np.random.default_rng(8)) for trees in (made, with_pairs))

    assert one == other


def test_the_kinds_with_the_most_chains_are_compared_each_with_each_and_so_with_more_caution() -> None:
    generator = np.random.default_rng(9)
    made = [
        (grown(5, generator, 0.5), way)
        for way, number in (("a", 60), ("b", 50), ("c", 40), ("d", 30))
        for _ in range(number)
    ]
    found = chains(forest := one_kind_each(made), forest.channel)

    three = compare(found, np.random.default_rng(9), most_kinds=3)
    (two,) = compare(found, np.random.default_rng(9), most_kinds=2)

    assert [(one.first, one.second) for one in three] == [("a", "b"), ("a", "c"), ("b", "c")]
    wide, narrow = three[0].by("depth"), two.by("depth")
    assert wide.difference == narrow.difference
    assert wide.low is not None and narrow.low is not None
    assert wide.low < narrow.low


@pytest.mark.parametrize("make", [branching, lambda generator: _mixed(generator, 30, 60)])
def test_the_same_seed_gives_the_same_comparison(make: Callable[[Random], Forest]) -> None:
    forest = make(np.random.default_rng(10))

    assert of_channels(forest, np.random.default_rng(11)) == of_channels(forest, np.random.default_rng(11))
