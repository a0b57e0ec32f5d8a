"""The part of a spread that walks in: those who came, all who told them, and posters as tellers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules.doors import CAME, at_the_door, with_places
from referral.spread.rules.forest import Forest


@st.composite
def forests(draw: st.DrawFn) -> Forest:
    """Draw a story of up to thirty people in which everybody was told by somebody before them, or by a place."""
    count = draw(st.integers(1, 30))
    tellers = [None, *(draw(st.none() | st.integers(1, row)) for row in range(1, count))]
    began: dict[int, str | None] = {}
    for fan, teller in enumerate(tellers, 1):
        began[fan] = draw(st.sampled_from([None, "Hall B", "Tram"])) if teller is None else began[teller]
    return Forest.from_edges(
        range(1, count + 1), tellers, range(count), ["line"] * count, places=[began[fan] for fan in began]
    )


@given(forests(), st.dictionaries(st.integers(1, 40), st.integers(0, 1000)))
def test_everybody_who_came_stands_there_with_the_whole_chain_that_told_them(
    forest: Forest, came: dict[int, int]
) -> None:
    told = {
        int(fan): None if row < 0 else int(forest.ids[row])
        for fan, row in zip(forest.ids.tolist(), forest.parent.tolist(), strict=True)
    }
    expected: dict[int, int] = {}
    for fan, at in came.items():
        above = fan if fan in told else None
        while above is not None:
            expected[above] = min(at, expected.get(above, at))
            above = told[above]

    seen = at_the_door(forest, np.array(list(came), dtype=np.int64), np.array(list(came.values()), dtype=np.int64))

    assert dict(zip(seen.ids.tolist(), seen.at_ms.tolist(), strict=True)) == expected
    assert {fan for fan, verdict in zip(seen.ids.tolist(), seen.verdict.tolist(), strict=True) if verdict == CAME} == {
        fan for fan in came if fan in told
    }
    for row, parent in enumerate(seen.parent.tolist()):
        assert told[int(seen.ids[row])] == (None if parent < 0 else int(seen.ids[parent]))


@given(forests())
def test_each_place_tells_the_first_of_its_trees_and_nobody_else_moves(forest: Forest) -> None:
    shown = with_places(forest)

    places = {name for name in forest.place.take(forest.roots).tolist() if name is not None}
    nodes = [row for row, fan in enumerate(shown.ids.tolist()) if fan < 0]
    assert {shown.place[row] for row in nodes} == places
    assert len(shown) == len(forest) + len(places)
    for row in nodes:
        below = [int(shown.at_ms[child]) for child in np.flatnonzero(shown.parent == row)]
        assert shown.parent[row] == -1
        assert int(shown.at_ms[row]) == min(below) - 1
    for row, fan in enumerate(shown.ids.tolist()):
        if fan < 0:
            continue
        before = int(np.flatnonzero(forest.ids == fan)[0])
        above, teller = int(shown.parent[row]), int(forest.parent[before])
        if teller >= 0:
            assert int(shown.ids[above]) == int(forest.ids[teller])
        elif forest.place[before] is None:
            assert above == -1
        else:
            assert shown.place[above] == forest.place[before]
            assert int(shown.ids[above]) < 0


def test_a_story_without_posters_stays_as_it_is() -> None:
    alone = Forest.from_edges([1], [None], [0], ["line"])

    assert with_places(alone) is alone
