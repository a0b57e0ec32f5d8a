"""Counts as people read them: people, repeats, robots, one's own, floods; each of something, and over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from referral.clicks.rules.months import DAY, HOUR

Key = TypeVar("Key")

KINDS: dict[str, str] = {
    "counted": "people",
    "repeat": "repeats",
    "bot": "robots",
    "prefetch": "robots",
    "head": "robots",
    "own": "own",
    "staff": "own",
    "flood": "flood",
}
"""What a visit of each verdict is for those who read the numbers; only people count."""

TRAITS = ("via", "device", "language", "country", "referrer")
"""What is counted of visits beside their time and their channel; of the first each visit has a value."""

BARS = 96
_WIDTHS = (*(HOUR * hours for hours in (1, 2, 3, 4, 6, 12)), *(DAY * days for days in (1, 2, 7, 14, 28)))


@dataclass(frozen=True)
class Tally:
    """Hold how many visits were people's, how many were not, and why not."""

    people: int = 0
    repeats: int = 0
    robots: int = 0
    own: int = 0
    flood: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Tally:
        """Make it of counts by verdict.

        >>> Tally.of({"counted": 5, "bot": 2, "head": 1})
        Tally(people=5, repeats=0, robots=3, own=0, flood=0)
        """
        sums = dict.fromkeys(KINDS.values(), 0)
        for verdict, number in counts.items():
            sums[KINDS[verdict]] += number
        return cls(**sums)

    @property
    def all(self) -> int:
        """Give the number of visits, whatever they were."""
        return self.people + self.repeats + self.robots + self.own + self.flood

    def __add__(self, other: Tally) -> Tally:
        """Add two."""
        return Tally(
            self.people + other.people,
            self.repeats + other.repeats,
            self.robots + other.robots,
            self.own + other.own,
            self.flood + other.flood,
        )


NONE = Tally()


def by_key(counts: Mapping[tuple[Key, str], int]) -> dict[Key, Tally]:
    """Make a tally for each key of counts by (key, verdict).

    >>> by_key({("poster", "counted"): 3, ("poster", "bot"): 1})
    {'poster': Tally(people=3, repeats=0, robots=1, own=0, flood=0)}
    """
    parted: dict[Key, dict[str, int]] = {}
    for (key, verdict), number in counts.items():
        parted.setdefault(key, {})[verdict] = number
    return {key: Tally.of(verdicts) for key, verdicts in parted.items()}


def with_unknown(counts: Mapping[tuple[str, str, str], int]) -> dict[tuple[str, str, str], int]:
    """Add to counts by (trait, value, verdict) what is not known, as the value '': what is left of all visits.

    Each visit came in one way or another, so the counts of the first trait are of all.

    >>> with_unknown({("via", "tap", "counted"): 5, ("country", "ID", "counted"): 3})["country", "", "counted"]
    2
    """
    all_visits = Counter[str]()
    known = Counter[tuple[str, str]]()
    for (trait, _value, verdict), number in counts.items():
        known[trait, verdict] += number
        if trait == TRAITS[0]:
            all_visits[verdict] += number
    left = {
        (trait, "", verdict): number - known[trait, verdict]
        for trait in TRAITS
        for verdict, number in all_visits.items()
        if number > known[trait, verdict]
    }
    return {**counts, **left}


def ranked(tallies: Mapping[str, Tally], most: int) -> tuple[list[tuple[str, Tally]], int, Tally]:
    """List the keys with the most people first, at most so many; say how many others there are, and their sum.

    >>> ranked({"a": Tally(1), "b": Tally(3), "c": Tally(2)}, 2)[0][0][0]
    'b'
    >>> ranked({"a": Tally(1), "b": Tally(3), "c": Tally(2)}, 1)[1:]
    (2, Tally(people=3, repeats=0, robots=0, own=0, flood=0))
    """
    order = sorted(tallies.items(), key=lambda one: (-one[1].people, -one[1].all, not one[0], one[0]))
    return order[:most], len(order[most:]), sum((tally for _key, tally in order[most:]), NONE)


# --- Over time -------------------------------------------------------------------------------------------------------


def width_of(first: int, last: int, most: int = BARS) -> int:
    """Choose the shortest stretch of time, an hour or more, of which so many cover all from `first` to `last`.

    Stretches begin where their number since 1970 says, in UTC; all times are in milliseconds.

    >>> width_of(0, 95 * HOUR) // HOUR, width_of(0, 96 * HOUR) // HOUR, width_of(0, 90 * DAY) // DAY
    (1, 2, 1)
    """
    for width in _WIDTHS:
        if last // width - first // width < most:
            return width
    weeks = 4
    while last // (7 * DAY * weeks) - first // (7 * DAY * weeks) >= most:
        weeks *= 2
    return 7 * DAY * weeks


def by_stretch(counts: Mapping[tuple[int, str], int], width: int) -> list[tuple[int, Tally]]:
    """Sum counts by (time, verdict) by stretches of so many milliseconds, those in between with nothing in them too."""
    parted: dict[int, dict[str, int]] = {}
    for (at, verdict), number in counts.items():
        stretch = parted.setdefault(at // width, {})
        stretch[verdict] = stretch.get(verdict, 0) + number
    if not parted:
        return []
    return [(at * width, Tally.of(parted.get(at, {}))) for at in range(min(parted), max(parted) + 1)]
