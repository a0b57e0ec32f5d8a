"""Measure a spread: how far a story went, how it was passed on, and who carried it.

Every measure is a pure function over a Forest. What is undefined (a mean of nothing, the virality of one person) is
None, never 0 and never NaN, so that nobody reads a missing number as a small one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from referral.spread.rules.concentration import gini
from referral.spread.rules.forest import Forest, Ints
from referral.spread.rules.virality import StructuralVirality, largest, structural_virality


@dataclass(frozen=True)
class Teller:
    """A fan with the people they told directly, and the people who would not be here without them."""

    fan: int
    generation: int
    introductions: int
    below: int


@dataclass(frozen=True)
class Arrivals:
    """How many came in the time that begins at ``start_ms``, an epoch time in milliseconds."""

    start_ms: int
    count: int


@dataclass(frozen=True)
class Measures:
    """The measures of one spread at one moment; shares and factors are plain fractions, times are seconds."""

    reach: int
    first_tellers: int
    generations: tuple[int, ...]
    reproduction: tuple[float, ...]
    k_factor: float | None
    k_naive: float | None
    cycle_time_seconds: float | None
    structural_virality: StructuralVirality
    gini_introductions: float | None
    gini_value: float | None
    told_share: float | None
    retold_share: float | None
    carriers: tuple[Teller, ...]
    bridges: tuple[Teller, ...]


def measure(forest: Forest, now_ms: int, ripening_ms: int, trees: int = 30, people: int = 10) -> Measures:
    """Take every measure of a forest; lists of trees and of people are cut to the longest ``trees`` and ``people``.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 60_000, 120_000], [None, "line", "copy"])
    >>> all_of_it = measure(story, now_ms=120_000, ripening_ms=60_000)
    >>> all_of_it.reach, all_of_it.generations, all_of_it.k_factor, all_of_it.cycle_time_seconds
    (3, (1, 2), 1.0, 90.0)
    """
    return Measures(
        reach=reach(forest),
        first_tellers=len(forest.roots),
        generations=generations(forest),
        reproduction=reproduction(forest),
        k_factor=k_factor(forest, now_ms, ripening_ms),
        k_naive=k_naive(forest),
        cycle_time_seconds=cycle_time_seconds(forest),
        structural_virality=structural_virality(forest, trees),
        gini_introductions=gini(forest.introductions()),
        gini_value=None if forest.value is None else gini(forest.value),
        told_share=told_share(forest),
        retold_share=retold_share(forest),
        carriers=busiest_tellers(forest, people),
        bridges=largest_branches(forest, people),
    )


def reach(forest: Forest) -> int:
    """Count the fans in all.

    >>> reach(Forest.from_edges([1, 2], [None, 1], [0, 1], [None, None]))
    2
    """
    return len(forest)


def generations(forest: Forest) -> tuple[int, ...]:
    """Count the fans in each generation, N_0, N_1 and so on; generation 0 is those whom nobody introduced.

    >>> generations(Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1, 2], [None] * 3))
    (1, 2)
    """
    return tuple(np.bincount(forest.depth).tolist()) if len(forest) else ()


def reproduction(forest: Forest) -> tuple[float, ...]:
    """Give R_g = N_(g+1) / N_g, people of the next generation for each one of generation g.

    There is one number for each generation that has a next one. That of the last generation would be 0 by its formula
    and unknown in truth, since its people may still tell somebody.

    >>> reproduction(Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4))
    (2.0, 0.5)
    """
    counts = np.bincount(forest.depth)
    return tuple((counts[1:] / counts[:-1]).tolist())


def k_factor(forest: Forest, now_ms: int, ripening_ms: int) -> float | None:
    """Give K, the introductions made for each fan, over the fans who have been in for the ripening window or longer.

    K = sum of introductions of ripe fans / number of ripe fans, where a fan is ripe when now - joined >= ripening.
    Fans who came a moment ago have not had their chance yet; counting them biases K down. Below 1 a story ends by
    itself. None while nobody is ripe.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 5, 9], [None] * 3)
    >>> k_factor(story, now_ms=10, ripening_ms=5), k_factor(story, now_ms=10, ripening_ms=11)
    (1.0, None)
    """
    count = ripe(forest, now_ms, ripening_ms)
    return float(forest.introductions()[:count].mean()) if count else None


def ripe(forest: Forest, now_ms: int, ripening_ms: int) -> int:
    """Count the fans who have been in for the ripening window or longer: they stand in the first rows.

    >>> ripe(Forest.from_edges([1, 2], [None, 1], [0, 5], [None, None]), now_ms=10, ripening_ms=6)
    1
    """
    return int(np.searchsorted(forest.at_ms, now_ms - ripening_ms, side="right"))


def k_naive(forest: Forest) -> float | None:
    """Give the introductions made for each fan over all fans, ripe or not, to stand beside K.

    >>> k_naive(Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4))
    0.75
    """
    return float(forest.introductions().mean()) if len(forest) else None


def cycle_time_seconds(forest: Forest) -> float | None:
    """Give the median time from a fan's arrival to the arrival of each person they introduced, in seconds.

    The mean would be pulled to many times the median by a few late arrivals. None where there is no introduction.

    >>> cycle_time_seconds(Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 1_000, 4_000], [None] * 3))
    2.5
    """
    told = forest.parent >= 0
    if not bool(told.any()):
        return None
    return float(np.median(forest.at_ms[told] - forest.at_ms[forest.parent[told]])) / 1000


def told_share(forest: Forest) -> float | None:
    """Give the share of people who came through another fan, not through the brand or by themselves.

    >>> told_share(Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4))
    0.75
    """
    return float((forest.depth >= 1).mean()) if len(forest) else None


def retold_share(forest: Forest) -> float | None:
    """Give the share of people who came through somebody who had been told by a fan themselves (generation 2 or later).

    >>> retold_share(Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4))
    0.25
    """
    return float((forest.depth >= 2).mean()) if len(forest) else None


def busiest_tellers(forest: Forest, most: int) -> tuple[Teller, ...]:
    """List those who introduced most people directly, ties by id; who introduced nobody is no carrier.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4)
    >>> [(one.fan, one.introductions, one.below) for one in busiest_tellers(story, 5)]
    [(1, 2, 3), (2, 1, 1)]
    """
    return _ranked(forest, forest.introductions(), most)


def largest_branches(forest: Forest, most: int) -> tuple[Teller, ...]:
    """List those without whom most people would not be here: everybody below them in the forest, ties by id.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4)
    >>> [(one.fan, one.below) for one in largest_branches(story, 5)]
    [(1, 3), (2, 1)]
    """
    return _ranked(forest, forest.size - 1, most)


def _ranked(forest: Forest, weight: Ints, most: int) -> tuple[Teller, ...]:
    introductions = forest.introductions()
    return tuple(
        Teller(int(forest.ids[row]), int(forest.depth[row]), int(introductions[row]), int(forest.size[row]) - 1)
        for row in largest(weight, forest.ids, most)
        if weight[row] > 0
    )


def arrivals(at_ms: Sequence[int] | Ints, bucket_ms: int, origin_ms: int = 0) -> tuple[Arrivals, ...]:
    """Count arrivals in equal stretches of time from the first to the last, empty stretches included.

    Stretches begin at whole multiples of ``bucket_ms`` from ``origin_ms``, which moves midnight to where the reader
    lives.

    >>> [(one.start_ms, one.count) for one in arrivals([1, 2, 25], bucket_ms=10)]
    [(0, 2), (10, 0), (20, 1)]

    Raises ValueError where the stretches would be more than 100,000: choose a longer one with ``fitting_bucket_ms``.
    """
    at = np.asarray(at_ms, dtype=np.int64)
    if not len(at):
        return ()
    place = (at - origin_ms) // bucket_ms
    first = int(place.min())
    if int(place.max()) - first >= 100_000:
        raise ValueError("too many stretches of time to count arrivals in")
    counts = np.bincount(place - first).tolist()
    return tuple(Arrivals(origin_ms + (first + step) * bucket_ms, count) for step, count in enumerate(counts))


_MINUTE = 60_000
_BUCKETS = tuple(_MINUTE * minutes for minutes in (1, 5, 15, 60, 180, 360, 720, 1_440, 10_080))


def fitting_bucket_ms(span_ms: int, most: int) -> int:
    """Choose the shortest usual stretch of time (a minute … a week, then weeks) of which ``most`` cover the span.

    >>> fitting_bucket_ms(10 * 24 * 3_600_000, most=250) // 3_600_000
    1
    """
    for bucket in _BUCKETS:
        if span_ms < bucket * most:
            return bucket
    week = _BUCKETS[-1]
    return week * (span_ms // (week * most) + 1)
