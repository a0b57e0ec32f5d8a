"""The shape of the demonstration's spread: who told whom and when, from a seeded generator. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

# How lively each hour of a day is at the fair: families in the evening, and those who come at three in the morning.
HOURS = (5, 4, 6, 9, 3, 1, 1, 2, 3, 4, 5, 6, 7, 6, 5, 5, 7, 9, 12, 15, 16, 13, 9, 7)
CARRYING = 0.42  # below 1, most people tell nobody and a few tell many
DELAY_HOURS = (2.7, 0.9)  # of the log-normal time between hearing the story and bringing somebody


@dataclass(frozen=True)
class Guest:
    """Hold one fan-to-be: who told them (a place in the list, None for the first), in which generation, and when."""

    told_by: int | None
    generation: int
    at: datetime


def forest(
    sizes: Sequence[int], start: datetime, end: datetime, random: Random, *, hours_ahead_of_utc: int
) -> list[Guest]:
    """Grow a forest with about so many fans in each generation, all joined between two moments, in order of time.

    Each generation's size is drawn within 7 %. Who told each of them is drawn with gamma-distributed weights, so that
    the number of people a fan brings is negative binomial, as it is measured to be: a few carriers, many sleepers.
    """
    shape, clock = Random(random.random()), Random(random.random())  # noqa: S311 - a demonstration keeps no secret
    wanted = [max(1, round(size * shape.uniform(0.93, 1.07))) for size in sizes]
    guests: list[Guest] = []
    tellers: list[int] = []
    for generation, size in enumerate(wanted):
        told_by: list[int | None] = [None] * size
        if tellers:
            weights = [shape.gammavariate(CARRYING, 1) for _ in tellers]
            told_by = list(shape.choices(tellers, weights, k=size))
        first = len(guests)
        for teller in told_by:
            since = start if teller is None else guests[teller].at
            moment = _first_hours(start, end, clock) if teller is None else _later(since, end, clock)
            local = [_hour(at, hours_ahead_of_utc) for at in moment]
            at = clock.choices(moment, [HOURS[hour] for hour in local])[0]
            guests.append(Guest(teller, generation, at))
        tellers = list(range(first, len(guests)))
    return _in_order(guests)


def subtree_sizes(guests: Sequence[Guest]) -> list[int]:
    """Count for each guest everybody below them, themselves included; tellers stand before those they told."""
    sizes = [1] * len(guests)
    for place in range(len(guests) - 1, -1, -1):
        teller = guests[place].told_by
        if teller is not None:
            sizes[teller] += sizes[place]
    return sizes


def farthest(guests: Sequence[Guest]) -> int:
    """Find who was told by a friend, or came first, and has the most people below: the one to look at first."""
    below = subtree_sizes(guests)
    return max(range(len(guests)), key=lambda place: (guests[place].generation <= 1, below[place]))


def _first_hours(start: datetime, end: datetime, clock: Random) -> list[datetime]:
    """Offer moments for somebody whom no fan told: more of them in the first days."""
    return [start + (end - start) * (0.85 * clock.random() ** 1.2) for _ in range(6)]


def _later(since: datetime, end: datetime, clock: Random) -> list[datetime]:
    """Offer moments after somebody was told, all before the end."""
    found = []
    for _ in range(6):
        at = since + timedelta(hours=clock.lognormvariate(*DELAY_HOURS))
        found.append(at if at < end else since + (end - since) * clock.uniform(0.1, 0.95))
    return found


def _hour(at: datetime, hours_ahead_of_utc: int) -> int:
    return (at.hour + hours_ahead_of_utc) % 24


def _in_order(guests: list[Guest]) -> list[Guest]:
    order = sorted(range(len(guests)), key=lambda place: guests[place].at)
    places = {old: new for new, old in enumerate(order)}
    return [
        Guest(None if guest.told_by is None else places[guest.told_by], guest.generation, guest.at)
        for guest in (guests[old] for old in order)
    ]
