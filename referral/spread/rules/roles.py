"""Tell who does what in a spread: carriers tell most, sleepers told many and have gone quiet.

Lists name fans by id and are cut to the first ``most``; ties go to who arrived earlier. Times are epoch milliseconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from referral.spread.rules.forest import Forest, Ints

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Carrier:
    """A fan who told others: people told directly, people below in all, and what is to be expected of them.

    ``expected`` estimates a reproduction number of their own, the people whom somebody like them tells in all the time
    a fan has; ``at_least`` is what it is not below, with the certainty asked for. Both are None where the campaign's
    offspring distribution is not known yet.
    """

    fan: int
    generation: int
    introductions: int
    below: int
    expected: float | None
    at_least: float | None


@dataclass(frozen=True)
class Sleeper:
    """A fan who told many and has told nobody for long.

    ``quiet_ms`` is the time since their last introduction, ``rhythm_ms`` their own usual time from one to the next,
    ``chance`` how likely so long a silence is for somebody who still goes on in that rhythm.
    """

    fan: int
    generation: int
    introductions: int
    below: int
    last_ms: int
    quiet_ms: int
    rhythm_ms: float
    chance: float


def h_index(forest: Forest) -> Ints:
    """Give, for each row, the largest h such that they told h people who each told h people or more.

    It is 0 for who told nobody, or only people who tell nobody: who fills a hall once has no high index, who makes
    others tell has.

    >>> story = Forest.from_edges([1, 2, 3, 4, 5], [None, 1, 1, 2, 3], [0, 1, 2, 3, 4], [None] * 5)
    >>> h_index(story).tolist()
    [1, 0, 0, 0, 0]

    Source: the index of J. E. Hirsch, 2005, with introductions for papers. O(n log n).
    """
    introductions = forest.introductions()
    found = np.zeros(len(forest), dtype=np.int64)
    rows = np.flatnonzero((forest.parent >= 0) & (introductions > 0))
    if not len(rows):
        return found
    # One number for each: by introducer, and for one introducer those who told most first.
    base = len(forest) + 1
    told_by, fewer = np.divmod(np.sort(forest.parent[rows] * np.int64(base) - introductions[rows]) + base, base)
    told = base - fewer
    place = np.arange(len(rows))
    first = np.append(True, told_by[1:] != told_by[:-1])
    rank = place - np.maximum.accumulate(np.where(first, place, 0)) + 1
    np.add.at(found, told_by[told >= rank], 1)
    return found


def expected_introductions(introductions: Ints, exposure: float | Floats, *, mean: float, dispersion: float) -> Floats:
    """Estimate each fan's own R, the people told in all the time a fan has, from those told so far and what is usual.

    Offspring is taken as negative binomial with mean R and dispersion k: everybody has a rate of their own, drawn from
    a gamma distribution of mean R and shape k. Who has told x people with a share e of their time behind them
    (``exposure``: K(age) / K, 0 for a newcomer, 1 for who is done) has the posterior mean (k + x) / (k / R + e). It is
    R for who just came and moves towards x / e, the sooner the smaller k is. An infinite k says that all are alike.

    >>> guess = expected_introductions(np.array([0, 2, 10]), np.array([0.0, 0.1, 1.0]), mean=0.8, dispersion=0.4)
    >>> guess.round(2).tolist()
    [0.8, 4.0, 6.93]

    Source: the gamma–Poisson model of J. O. Lloyd-Smith and others, Superspreading and the effect of individual
    variation on disease emergence, 2005; the posterior is the textbook's. Raises ValueError where mean or dispersion
    are not above 0, or an exposure is below 0.
    """
    shape, rate = _posterior(introductions, exposure, mean, dispersion)
    return np.full(len(introductions), float(mean)) if math.isinf(dispersion) else shape / rate


def least_introductions(
    introductions: Ints, exposure: float | Floats, *, mean: float, dispersion: float, certainty: float = 0.95
) -> Floats:
    """Say what the number estimated by ``expected_introductions`` is not below, with some certainty.

    It is a quantile of the same posterior, a gamma distribution of shape k + x and rate k / R + e. Where few fans tell
    most (k far below 1), two introductions made at once make an estimate higher than many a proven fan's, but one
    little known, and so a lower bound: it is by the bound that they do not outrank a proven fan.

    >>> bound = least_introductions(np.array([2, 6]), np.array([0.05, 1.0]), mean=0.8, dispersion=0.3)
    >>> expected_introductions(np.array([2, 6]), np.array([0.05, 1.0]), mean=0.8, dispersion=0.3).round(2).tolist()
    [5.41, 4.58]
    >>> bound.round(2).tolist()
    [1.13, 2.05]

    Raises ValueError as ``expected_introductions`` does, and where the certainty is not from a half to below 1.
    """
    if not 0.5 <= certainty < 1:
        raise ValueError("a certainty is at least a half, and below 1")
    _, rate = _posterior(introductions, exposure, mean, dispersion)
    if math.isinf(dispersion):
        return np.full(len(introductions), float(mean))
    # The quantile of a gamma distribution is its shape's alone, divided by the rate, and few different shapes occur.
    occurring = np.flatnonzero(np.bincount(introductions))
    quantile = np.zeros(int(occurring[-1]) + 1 if len(occurring) else 0)
    quantile[occurring] = special.gammaincinv(occurring + dispersion, 1 - certainty)
    bound: Floats = quantile[introductions] / rate
    return bound


def _posterior(introductions: Ints, exposure: float | Floats, mean: float, dispersion: float) -> tuple[Floats, Floats]:
    if not (mean > 0 and dispersion > 0 and math.isfinite(mean)) or not bool(np.all(np.asarray(exposure) >= 0)):
        raise ValueError("mean and dispersion are above 0, and nobody's exposure is below 0")
    behind = np.broadcast_to(np.asarray(exposure, dtype=np.float64), introductions.shape)
    return introductions.astype(np.float64) + dispersion, behind + dispersion / mean


def carriers(
    forest: Forest,
    most: int,
    *,
    mean: float | None,
    dispersion: float | None,
    exposure: float | Floats = 1.0,
    certainty: float = 0.95,
) -> tuple[Carrier, ...]:
    """List those who tell most people, by what is certain of them: the bound of ``least_introductions``.

    ``mean`` and ``dispersion`` are the campaign's fitted R and k, ``exposure`` the share of each fan's time that is
    behind them. Where R or k is not known yet, the list goes by plain introductions. Who told nobody is no carrier.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4)
    >>> [(one.fan, one.introductions, one.below, round(one.expected, 2)) for one in carriers(
    ...     story, 5, mean=0.75, dispersion=0.75)]
    [(1, 2, 3, 1.38), (2, 1, 1, 0.88)]
    """
    introductions = forest.introductions()
    rows = np.flatnonzero(introductions)
    told = introductions[rows]
    if not mean or not dispersion:
        chosen = rows[ranked(told, most)]
        return tuple(_carrier(forest, row, None, None) for row in chosen.tolist())
    behind = np.broadcast_to(np.asarray(exposure, dtype=np.float64), introductions.shape)[rows]
    expected = expected_introductions(told, behind, mean=mean, dispersion=dispersion)
    bound = least_introductions(told, behind, mean=mean, dispersion=dispersion, certainty=certainty)
    chosen = ranked(told if math.isinf(dispersion) else bound, most)
    return tuple(
        _carrier(forest, int(rows[place]), float(expected[place]), float(bound[place])) for place in chosen.tolist()
    )


def _carrier(forest: Forest, row: int, expected: float | None, at_least: float | None) -> Carrier:
    told = int(forest.introductions()[row])
    return Carrier(int(forest.ids[row]), int(forest.depth[row]), told, int(forest.size[row]) - 1, expected, at_least)


def sleepers(forest: Forest, most: int, *, now_ms: int, least: int = 3, chance: float = 0.05) -> tuple[Sleeper, ...]:
    """List those who told ``least`` people or more and have been quiet for longer than chance explains.

    Who told x people, the last of them T after arriving, and has been silent for s since, is compared with somebody who
    goes on in the same rhythm. One introduction in the campaign's usual time G counts as known beforehand, so that
    three in one minute are not taken for a rhythm of seconds: the rhythm is (T + G) / (x + 1), and

        chance = ((T + G) / (T + G + s))^(x + 1),

    the probability of no introduction in s under a gamma–Poisson process. G is the median of T / x over all who told
    somebody. Sleepers are those whose chance is ``chance`` or less: most introductions first, then most people below.
    For a campaign that is over, give its end as ``now_ms``, or everybody sleeps.

    >>> day = 86_400_000
    >>> story = Forest.from_edges(range(5), [None, 0, 0, 0, 3], [0, day, 2 * day, 3 * day, 4 * day], [None] * 5)
    >>> sleepers(story, 5, now_ms=6 * day)
    ()
    >>> [(one.fan, one.quiet_ms // day, one.rhythm_ms / day, one.chance) for one in sleepers(story, 5, now_ms=15 * day)]
    [(0, 12, 1.0, 0.00390625)]
    """
    told = np.flatnonzero(forest.parent >= 0)
    if not len(told):
        return ()
    introductions = forest.introductions()
    last = forest.at_ms.copy()
    np.maximum.at(last, forest.parent[told], forest.at_ms[told])
    active = last - forest.at_ms
    telling = introductions > 0
    usual = max(float(np.median(active[telling] / introductions[telling])), 1.0)

    rows = np.flatnonzero(introductions >= max(least, 1))
    quiet = np.maximum(now_ms - last[rows], 0)
    known = active[rows] + usual
    likely = (known / (known + quiet)) ** (introductions[rows] + 1)
    asleep = np.flatnonzero(likely <= chance)
    found = rows[asleep]
    first = ranked(introductions[found] * (len(forest) + 1) + forest.size[found], most)
    return tuple(
        Sleeper(
            fan=int(forest.ids[row]),
            generation=int(forest.depth[row]),
            introductions=int(introductions[row]),
            below=int(forest.size[row]) - 1,
            last_ms=int(last[row]),
            quiet_ms=int(quiet[place]),
            rhythm_ms=float(known[place]) / (int(introductions[row]) + 1),
            chance=float(likely[place]),
        )
        for row, place in zip(found[first].tolist(), asleep[first].tolist(), strict=True)
    )


def ranked(weight: npt.NDArray[Any], most: int) -> Rows:
    """Give the rows of the ``most`` greatest weights, greatest first, ties as the rows stand; sorts only those.

    >>> ranked(np.array([3, 9, 3, 3, 7]), 3).tolist()
    [1, 4, 0]
    """
    rows = np.arange(len(weight))
    if most < len(weight):
        if most <= 0:
            return rows[:0]
        level = np.partition(weight, len(weight) - most)[len(weight) - most]
        above = np.flatnonzero(weight > level)
        rows = np.append(above, np.flatnonzero(weight == level)[: most - len(above)])
    order: Rows = rows[np.argsort(-weight[rows], kind="stable")]
    return order
