"""However a spread is told of, all at once or bit by bit and out of order, the forest of it is the same."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.spread.rules import gathering
from referral.spread.rules.forest import NOBODY, Forest
from referral.spread.rules.gathering import Gathering, Told

CHANNELS = (None, "line", "copy")
LANGUAGES = (None, "en", "id")
PLACES = (None, "Poster", "Booth")
VERDICTS = (None, "counted", "own")
NAMES = (CHANNELS, LANGUAGES, PLACES, VERDICTS)


@dataclass(frozen=True)
class Fan:
    id: int
    teller: int | None
    at_ms: int
    channel: int
    language: int
    place: int
    verdict: int
    value: int


def fans(chance: random.Random, n: int) -> list[Fan]:
    """Make a forest with ids and times that have nothing to do with each other; its places are its roots'."""
    ids = chance.sample(range(1, 10 * n + 1), n)
    made: list[Fan] = []
    for row in range(n):
        teller = made[chance.randrange(row)] if row and chance.random() < 0.8 else None
        place = teller.place if teller else chance.randrange(3)
        words = (chance.randrange(3), chance.randrange(3), place, chance.randrange(3))
        made.append(Fan(ids[row], teller.id if teller else None, chance.randrange(n), *words, chance.randrange(50)))
    return made


def told(some: list[Fan]) -> Told:
    return Told(
        np.array([fan.id for fan in some], dtype=np.int64),
        np.array([NOBODY if fan.teller is None else fan.teller for fan in some], dtype=np.int64),
        np.array([fan.at_ms for fan in some], dtype=np.int64),
        np.array([fan.channel for fan in some], dtype=np.uint16),
        np.array([fan.language for fan in some], dtype=np.uint16),
        np.array([fan.place if fan.teller is None else 0 for fan in some], dtype=np.uint16),
        np.array([fan.verdict for fan in some], dtype=np.uint16),
    )


def whole(some: list[Fan]) -> Forest:
    return Forest.from_edges(
        [fan.id for fan in some],
        [fan.teller for fan in some],
        [fan.at_ms for fan in some],
        [CHANNELS[fan.channel] for fan in some],
        [fan.value for fan in some],
        languages=[LANGUAGES[fan.language] for fan in some],
        places=[PLACES[fan.place] for fan in some],
        verdicts=[VERDICTS[fan.verdict] for fan in some],
    )


def same(found: Forest, expected: Forest) -> None:
    for column in ("ids", "parent", "depth", "root", "size", "at_ms", "value", *("channel", "language")):
        assert getattr(found, column).tolist() == getattr(expected, column).tolist(), column
    assert found.place.tolist() == expected.place.tolist()
    assert found.verdict.tolist() == expected.verdict.tolist()


@given(st.randoms(use_true_random=False), st.integers(1, 60), st.sampled_from([0, 20, gathering.STEPS]))
def test_bit_by_bit_and_out_of_order_is_the_same_as_all_at_once(chance: random.Random, n: int, steps: int) -> None:
    everybody = fans(chance, n)
    story, usual = Gathering(), gathering.STEPS
    gathering.STEPS = steps

    try:
        rest = list(everybody)
        while rest:
            # A teller is in the same batch as those they told, or in one before: a database makes sure of that.
            batch, rest = rest[: (size := chance.randint(1, n))], rest[size:]
            chance.shuffle(batch)
            assert not story.lacks(told(batch))
            story.take_in(told(batch))
            story.add_value(np.array([fan.id for fan in batch]), np.array([fan.value for fan in batch]))
    finally:
        gathering.STEPS = usual

    same(story.forest(NAMES), whole(everybody))


def test_a_forest_that_was_given_stays_as_it_was() -> None:
    chance = random.Random(3)
    everybody = fans(chance, 40)
    story = Gathering()
    story.take_in(told(everybody[:20]))
    story.add_value(np.array([fan.id for fan in everybody[:20]]), np.array([fan.value for fan in everybody[:20]]))
    before = story.forest(NAMES)

    story.take_in(told(everybody[20:]))
    story.add_value(np.array([everybody[0].id]), np.array([1_000]))
    story.learn_verdicts(np.array([everybody[0].id]), np.array([2], dtype=np.uint16))

    same(before, whole(everybody[:20]))
    with pytest.raises(ValueError, match="read-only"):
        before.ids[0] = 1


def test_refunds_take_off_and_verdicts_come_later() -> None:
    story = Gathering()
    story.take_in(told([Fan(1, None, 0, 1, 1, 1, 0, 0), Fan(2, 1, 5, 2, 2, 0, 0, 0)]))

    story.add_value(np.array([2, 2, 99]), np.array([700, -200, 5]))
    story.learn_verdicts(np.array([2, 99]), np.array([1, 1], dtype=np.uint16))

    forest = story.forest(NAMES)
    assert forest.value is not None
    assert forest.value.tolist() == [0, 500]
    assert forest.verdict.tolist() == [None, "counted"]
    assert forest.place.tolist() == ["Poster", "Poster"]


def test_a_teller_who_is_not_known_is_noticed() -> None:
    story = Gathering()
    story.take_in(told([Fan(1, None, 0, 0, 0, 0, 0, 0)]))

    assert story.lacks(told([Fan(3, 2, 5, 0, 0, 0, 0, 0)]))
    assert not story.lacks(told([Fan(3, 2, 5, 0, 0, 0, 0, 0), Fan(2, 1, 6, 0, 0, 0, 0, 0)]))


def test_nobody_is_an_empty_forest() -> None:
    story = Gathering()
    story.take_in(told([]))

    assert len(story.forest(NAMES)) == 0
    assert story.rows(np.array([1])).tolist() == [-1]
