"""Slots: for which day of an event a scan counts, and whether anybody is let in at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WHOLE_EVENT = 0
"""The one slot of an event whose passes enter once."""


@dataclass(frozen=True)
class Day:
    """Hold a day's opening hours in milliseconds since 1970: from `opens_ms` until just before `closes_ms`."""

    id: int
    opens_ms: int
    closes_ms: int


def slot_at(days: Sequence[Day], at_ms: int, early_ms: int) -> int | None:
    """Give the id of the day whose gates scan at a moment; None where they are closed.

    A day's gates scan from `early_ms` before it opens until it closes. Where one day is open already and the next one
    only begins to scan, it is the one that is open.

    >>> days = [Day(1, 100, 200), Day(2, 210, 300)]
    >>> slot_at(days, 95, 10), slot_at(days, 199, 10), slot_at(days, 200, 10), slot_at(days, 89, 10)
    (1, 1, 2, None)
    >>> slot_at(days, 195, 50)
    1
    """
    open_now = [day for day in days if day.opens_ms <= at_ms < day.closes_ms]
    early = [day for day in days if day.opens_ms - early_ms <= at_ms < day.opens_ms]
    found = max(open_now, key=_order, default=None) or min(early, key=_order, default=None)
    return None if found is None else found.id


def nearest(days: Sequence[Day], at_ms: int) -> int:
    """Give the id of the day that is nearest to a moment, the earlier of two: for what was scanned while closed.

    An event without days has one slot, WHOLE_EVENT.

    >>> nearest([Day(1, 100, 200), Day(2, 210, 300)], 204), nearest([Day(1, 100, 200), Day(2, 210, 300)], 206)
    (1, 2)
    """
    return min(days, key=lambda day: (_distance(day, at_ms), _order(day)), default=Day(WHOLE_EVENT, 0, 0)).id


def _distance(day: Day, at_ms: int) -> int:
    return max(day.opens_ms - at_ms, at_ms - day.closes_ms, 0)


def _order(day: Day) -> tuple[int, int]:
    return day.opens_ms, day.id
