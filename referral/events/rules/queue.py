"""How many people may be waiting before a gate: an estimate, made from the times of its scans and nothing else.

A gate sees people when they come in, never when they come to stand in line. So this is what can be said:

- Each device is a lane. The time it takes for one person is read off its quick gaps: those at most twice as long as the
  gap that a quarter of them stay below. Longer gaps hold time in which nobody was there.
- A lane is busy for the share ρ of its time, its rate times its mean time for one person.
- People come at random. Then Lq = λ² · E[S²] / (2 · (1 − ρ)) of them wait before a lane (Pollaczek, 1930; Khinchine,
  1932; as in Kleinrock, Queueing Systems I, 1975, ch. 5), and they wait Lq / λ (Little, 1961).
- From ρ = 0.9 on, a line grows faster than its scans can tell of it: the lane is full, and no number is given.

The formula is exact; that quick gaps are what one person takes, and that people come at random, is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

WINDOW_MS = 15 * 60_000
"""How far back is looked."""
IDLE_MS = 90_000
"""A lane without a scan for so long has nobody before it."""
LEAST_GAPS = 8
"""Fewer tell nothing."""
FULL = 0.9


@dataclass(frozen=True)
class Queue:
    """Hold the estimate for a gate: lanes in use, the busiest one's share of time, and who waits (None: not known)."""

    lanes: int
    busy: float
    people: float | None
    wait_ms: float | None

    @property
    def is_full(self) -> bool:
        """Tell whether some lane is never without the next person."""
        return self.busy >= FULL


@dataclass(frozen=True)
class Lane:
    """Hold what one device's scans tell: scans a millisecond, the share of its time that it is busy, and who waits."""

    rate: float
    busy: float
    waiting: float | None


def queue(lanes: Iterable[Sequence[int]], now_ms: int) -> Queue | None:
    """Estimate a gate's queue from the moments of its devices' scans; None where there are too few to tell.

    >>> even = [at * 5_000 for at in range(180)]
    >>> queue([even], 900_000).is_full
    True
    >>> queue([even[:4]], 20_000) is None
    True
    """
    active = [times for times in map(sorted, lanes) if times and now_ms - times[-1] < IDLE_MS]
    if not active:
        return Queue(0, 0.0, 0.0, 0.0)
    known = [found for times in active if (found := lane(times, now_ms)) is not None]
    if not known:
        return None
    busy, rate = max(one.busy for one in known), sum(one.rate for one in known)
    waiting = [one.waiting for one in known if one.waiting is not None]
    if len(waiting) < len(known):
        return Queue(len(active), busy, None, None)
    people = sum(waiting)
    return Queue(len(active), busy, people, people / rate)


def lane(times: Sequence[int], now_ms: int) -> Lane | None:
    """Estimate one lane from the sorted moments of its scans; None where there are too few of them."""
    recent = [at for at in times if now_ms - WINDOW_MS <= at <= now_ms]
    gaps = sorted(later - earlier for earlier, later in pairwise(recent))
    if len(gaps) < LEAST_GAPS:
        return None
    quarter = gaps[len(gaps) // 4]
    taken = [gap for gap in gaps if gap <= 2 * quarter]
    mean = sum(taken) / len(taken)
    rate = len(gaps) / max(now_ms - recent[0], 1)
    busy = min(rate * mean, 1.0)
    if busy >= FULL:
        return Lane(rate, busy, None)
    square = sum(gap * gap for gap in taken) / len(taken)
    return Lane(rate, busy, rate * rate * square / (2 * (1 - busy)))
