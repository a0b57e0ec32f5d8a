"""Say where the people of one month came from, and where branches end: facts that are counted, not estimated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from referral.spread.rules.forest import Forest, Ints
from referral.spread.rules.roles import ranked

_TELLERS = 10


@dataclass(frozen=True)
class Brought:
    """Hold a fan and how many of some people came by their word."""

    fan: int
    people: int


@dataclass(frozen=True)
class Origins:
    """Where people came from who came in one stretch of time, or in all of it (``start_ms`` None).

    ``arrivals`` came, ``told`` of them by a fan's word, by ``tellers`` different fans; ``first`` are those who brought
    most, ``half`` the fewest fans who brought half of all arrivals (None where all of them brought less). ``channels``
    counts arrivals by how people came, most first, None for what is not known.
    """

    start_ms: int | None
    arrivals: int
    told: int
    tellers: int
    first: tuple[Brought, ...]
    half: int | None
    channels: tuple[tuple[str | None, int], ...]


def month_before(at_ms: int) -> tuple[int, int]:
    """Give the beginning and the end of the calendar month (UTC) before that of a moment.

    >>> start, end = month_before(int(datetime(2026, 6, 3, tzinfo=UTC).timestamp()) * 1000)
    >>> [datetime.fromtimestamp(at / 1000, UTC).isoformat() for at in (start, end)]
    ['2026-05-01T00:00:00+00:00', '2026-06-01T00:00:00+00:00']
    """
    end = datetime.fromtimestamp(at_ms / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    start = (end - timedelta(days=1)).replace(day=1)
    return round(start.timestamp() * 1000), round(end.timestamp() * 1000)


def origins(forest: Forest, start_ms: int | None = None, end_ms: int | None = None) -> Origins:
    """Count where those came from who came from ``start_ms`` on and before ``end_ms``, or everybody.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 9], [None, "line", "line", "copy"])
    >>> found = origins(story, start_ms=1, end_ms=9)
    >>> found.arrivals, found.told, found.first, found.half, found.channels
    (2, 2, (Brought(fan=1, people=2),), 1, (('line', 2),))
    """
    low = 0 if start_ms is None else int(np.searchsorted(forest.at_ms, start_ms))
    high = len(forest) if end_ms is None else int(np.searchsorted(forest.at_ms, end_ms))
    came = slice(low, max(low, high))
    parent = forest.parent[came]
    told = parent[parent >= 0]
    by_teller = np.bincount(told, minlength=1)
    first = ranked(by_teller, _TELLERS)
    sums = np.cumsum(np.sort(by_teller)[::-1])
    arrivals = len(parent)
    half = int(np.searchsorted(2 * sums, arrivals)) + 1 if arrivals and 2 * len(told) >= arrivals else None
    return Origins(
        start_ms=start_ms,
        arrivals=arrivals,
        told=len(told),
        tellers=int(np.count_nonzero(by_teller)),
        first=tuple(Brought(int(forest.ids[row]), int(by_teller[row])) for row in first.tolist() if by_teller[row]),
        half=half,
        channels=tuple(forest.channel.take(np.arange(came.start, came.stop)).counts().items()),
    )


def endings(forest: Forest, now_ms: int, ripening_ms: int) -> tuple[int, ...]:
    """Count, by generation from 1 on, the people at whom a branch has ended: told by somebody, and telling nobody.

    Only those count who have been in for the ripening window or longer: younger ones may just not have told yet.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4)
    >>> endings(story, now_ms=10, ripening_ms=5)
    (1, 1)
    """
    ripe = int(np.searchsorted(forest.at_ms, now_ms - ripening_ms, side="right"))
    depth: Ints = forest.depth[:ripe].astype(np.int64)
    ended = (depth > 0) & (forest.introductions()[:ripe] == 0)
    return tuple(np.bincount(depth[ended] - 1).tolist()) if bool(ended.any()) else ()
