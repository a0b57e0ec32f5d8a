"""A picture goes to the browser as flat columns, and reads back as it was."""

from __future__ import annotations

import gzip
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules import wire
from referral.spread.rules.forest import Forest
from referral.spread.rules.layout import arrange, packed
from referral.spread.rules.wire import Frame, Ring, decode, encode

CHANNELS = [None, "line", "whatsapp", 'a"b', "\u202e<b>"]


def some_forest(chance: random.Random, n: int) -> Forest:
    parents = [chance.choice([None, chance.randrange(i), chance.randrange(i)]) if i else None for i in range(n)]
    return Forest.from_edges(
        range(n),
        parents,
        [chance.randrange(3 * n) for _ in range(n)],
        [chance.choice(CHANNELS) for _ in range(n)],
        [chance.choice([0, 0, -5, chance.randrange(10**9)]) for _ in range(n)],
        languages=[chance.choice([None, "en", "id"]) for _ in range(n)],
        places=[chance.choice([None, "Hall B"]) for _ in range(n)],
        verdicts=[chance.choice([None, "counted"]) for _ in range(n)],
    )


forests = st.builds(some_forest, st.randoms(use_true_random=False), st.integers(0, 60))
KINDS = {"channels": "channel", "languages": "language", "places": "place", "verdicts": "verdict"}


@given(forests, st.sampled_from(["generations", "growth"]))
def test_what_was_written_reads_back(forest: Forest, view: str) -> None:
    layout = arrange(forest, view)

    read = decode(encode(forest, layout, Frame("v1", view, 99, "IDR", (Ring(0.5, "1"),))))

    assert read.parent.tolist() == forest.parent.tolist()
    assert np.abs(read.x / wire.RADIUS - layout.x).max(initial=0) <= 0.5 / wire.RADIUS + 1e-9
    assert np.abs(read.y / wire.RADIUS - layout.y).max(initial=0) <= 0.5 / wire.RADIUS + 1e-9
    assert (read.total, read.meta["version"], read.meta["view"], read.meta["currency"]) == (99, "v1", view, "IDR")
    assert read.meta["rings"] == [[16_000, "1"]]
    for place, (title, kind) in enumerate(KINDS.items()):
        names = [name for name, _label in read.meta[title]]
        codes = [read.meta["combos"][combo][place] for combo in read.combo.tolist()]
        assert [names[code] if code >= 0 else None for code in codes] == getattr(forest, kind).tolist()
    assert ((read.value > 0) == (forest.value > 0)).all()
    assert read.value.max(initial=0) <= wire.LEVELS


@given(forests)
def test_the_stretches_of_time_count_who_had_come(forest: Forest) -> None:
    read = decode(encode(forest, arrange(forest), Frame("v", "generations", len(forest))))

    assert len(read.ends) == wire.BUCKETS
    assert (np.diff(read.ends.astype(np.int64)) >= 0).all()
    assert read.ends[-1] == len(forest)
    for bucket in (0, 1000, 4094):
        end = read.t0 + (read.t1 - read.t0) * (bucket + 1) / wire.BUCKETS
        assert read.ends[bucket] == (forest.at_ms <= end).sum()


def test_all_who_came_in_one_moment_are_there_from_the_first_stretch_on() -> None:
    forest = Forest.from_edges([1, 2, 3], [None, 1, 1], [7, 7, 7], [None] * 3)

    read = decode(encode(forest, arrange(forest), Frame("v", "generations", 3)))

    assert (read.t0, read.t1, read.ends.tolist()) == (7, 7, [3] * wire.BUCKETS)


def test_nobody_makes_a_picture_too() -> None:
    forest = Forest.from_edges([], [], [], [])

    read = decode(encode(forest, arrange(forest), Frame("v", "generations", 0)))

    assert (len(read.parent), read.total, read.t0, read.rings, read.meta["combos"]) == (0, 0, 0, 0, [])
    assert read.ends.tolist() == [0] * wire.BUCKETS


@given(forests)
def test_what_the_reader_may_not_know_is_not_in_it(forest: Forest) -> None:
    data = encode(forest, arrange(forest), Frame("v", "generations", 1, "IDR", shown=("channel",)))

    read = decode(data)

    assert not read.value.any()
    assert read.meta["currency"] is None
    assert read.meta["languages"] == read.meta["places"] == read.meta["verdicts"] == []
    assert all(combo[1:] == [-1, -1, -1] for combo in read.meta["combos"])
    assert b"Hall B" not in data


def test_labels_are_for_people_and_names_for_programs() -> None:
    forest = Forest.from_edges([1], [None], [0], ["line"])

    read = decode(encode(forest, arrange(forest), Frame("v", "g", 1, label=lambda kind, name: f"{kind}: {name}")))

    assert read.meta["channels"] == [["line", "channel: line"]]


def test_a_packed_forest_says_so_and_tells_its_largest_discs() -> None:
    n = 1_000
    forest = Forest.from_edges(
        range(n), [None if row % 3 else max(row - 2, 0) or None for row in range(n)], range(n), [None] * n
    )

    read = decode(encode(forest, packed(forest), Frame("v", "generations", n)))

    assert read.flags == wire.PACKED
    assert len(read.meta["discs"]) == wire.DISCS
    x, y, radius, root = read.meta["discs"][0]
    assert forest.size[root] == forest.size.max()
    assert np.hypot(x, y) + radius <= wire.RADIUS + 2


def test_several_roots_stand_around_an_empty_centre() -> None:
    forest = Forest.from_edges([1, 2], [None, None], [0, 1], [None] * 2)

    read = decode(encode(forest, arrange(forest), Frame("v", "generations", 2)))

    assert (read.flags, read.rings) == (wire.EMPTY_CENTRE, 1)


def test_more_ways_than_numbers_leave_out_what_is_told_last() -> None:
    n = 70_000
    places = [f"poster {row % 300}" for row in range(n)]
    forest = Forest.from_edges(
        range(n),
        [None] * n,
        range(n),
        ["line"] * n,
        places=places,
        verdicts=[f"verdict {row % 251}" for row in range(n)],
    )

    read = decode(encode(forest, arrange(forest, "growth"), Frame("v", "growth", n)))

    assert len(read.meta["combos"]) == 300
    assert read.meta["verdicts"] == []
    assert len(read.meta["places"]) == 300


@pytest.mark.parametrize("data", [b"", b"TSP1", b"TSP2" + bytes(60)])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a picture"):
        decode(data)


def test_a_picture_with_something_behind_it_is_refused() -> None:
    forest = Forest.from_edges([1], [None], [0], [None])

    with pytest.raises(ValueError, match="last column"):
        decode(encode(forest, arrange(forest), Frame("v", "g", 1)) + b"1234")


def test_a_hundred_thousand_people_are_less_than_a_megabyte_on_the_wire() -> None:
    rng = np.random.default_rng(1)
    n = 100_000
    parents = [None, *(rng.random(n - 1) * np.arange(1, n)).astype(int).tolist()]
    forest = Forest.from_edges(
        range(n),
        parents,
        np.sort(rng.integers(0, 864_000_000, n)).tolist(),
        rng.choice(["whatsapp", "telegram", "poster", "copy"], n).tolist(),
        (rng.integers(0, 10**8, n) * (rng.random(n) < 0.2)).tolist(),
        languages=rng.choice(["en", "id"], n).tolist(),
    )

    for view in ("generations", "growth"):
        file = gzip.compress(encode(forest, arrange(forest, view), Frame("v", view, n)), 1)
        assert len(file) < 1_000_000
