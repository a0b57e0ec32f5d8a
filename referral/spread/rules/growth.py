"""Measure how fast a spread grows: the time between a fan and those they told, and the doubling that follows.

The times that have been seen so far are too short, for a long one can be seen only in those who have been in for long.
The curve of introductions by age puts it right (see ``curve``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from referral.spread.rules.curve import Curve, Plateau
from referral.spread.rules.forest import Forest, Ints
from referral.spread.rules.offspring import Floats

_POINTS = 8_192


@dataclass(frozen=True)
class Interval:
    """Times between a fan's arrival and that of those they told, in seconds, of one channel or of all (name None).

    ``introductions`` have been seen, ``recorded_median_seconds`` is theirs as they stand. The rest is corrected for
    young fans, and speaks of introductions up to the plateau's age; None where there is no plateau or none of this
    channel before it. ``k`` is what the channel adds to K: those of all channels sum to it.
    """

    name: str | None
    introductions: int
    recorded_median_seconds: float
    k: float | None
    first_quartile_seconds: float | None
    median_seconds: float | None
    third_quartile_seconds: float | None
    mean_seconds: float | None


def generation_interval(curve: Curve) -> Interval | None:
    """Give the time from a fan's arrival to the arrival of those they told; None where there is no introduction.

    A long interval can be seen only in those who have been in for long, so the recorded ones are too short while a
    story grows. Each counts by 1 / Y, one part of the fans who were watched as long: the share of intervals up to a is
    K(a) / K. The mean is pulled up by few late arrivals: the median says how long a story takes to go on.

    >>> from referral.spread.rules.curve import introductions_by_age
    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 5_000, 8_000, 9_000], [None] * 4)
    >>> found = generation_interval(introductions_by_age(story, now_ms=10_000, at_least=1))
    >>> found.recorded_median_seconds, found.median_seconds, found.third_quartile_seconds
    (5.0, 5.0, 8.0)
    """
    return _interval(None, curve.age_ms, 1 / curve.at_risk, curve.plateau) if len(curve.rows) else None


def generation_intervals_by_channel(forest: Forest, curve: Curve) -> tuple[Interval, ...]:
    """Give the times for each channel by which people were told, most introductions first, then by name.

    The name is None for introductions whose channel is not known.

    >>> from referral.spread.rules.curve import introductions_by_age
    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 5_000, 8_000, 9_000], [None, "qr", "qr", "line"])
    >>> found = generation_intervals_by_channel(story, introductions_by_age(story, now_ms=10_000, at_least=1))
    >>> [(one.name, one.introductions, one.median_seconds, one.k) for one in found]
    [('qr', 2, 8.0, 1.5), ('line', 1, 4.0, 0.5)]
    """
    codes = forest.channel.codes[curve.rows]
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(forest.channel.names))).tolist()
    found = []
    for name, start, end in zip(forest.channel.names, [0, *ends[:-1]], ends, strict=True):
        if end > start:
            chosen = order[start:end]
            found.append(_interval(name, curve.age_ms[chosen], 1 / curve.at_risk[chosen], curve.plateau))
    return tuple(sorted(found, key=lambda one: (-one.introductions, one.name or "")))


def _interval(name: str | None, age: Ints, weight: Floats, plateau: Plateau | None) -> Interval:
    n = len(age)
    recorded = float(age[(n - 1) // 2] + age[n // 2]) / 2_000
    last = 0 if plateau is None else int(np.searchsorted(age, plateau.age_ms, side="right"))
    if not last:
        return Interval(name, n, recorded, None, None, None, None, None)
    share = np.cumsum(weight[:last])
    k = float(share[-1])
    # The least age by which this share has come; a hair lower, so that rounding does not pass over a whole step.
    found = np.searchsorted(share, np.array([0.25, 0.5, 0.75]) * k * (1 - 1e-12))
    first, median, third = (float(age[place]) / 1000 for place in found)
    return Interval(name, n, recorded, k, first, median, third, float(age[:last] @ weight[:last]) / k / 1000)


@dataclass(frozen=True)
class Growth:
    """The rate at which arrivals grow (below 0: shrink), and the time in which they double, or fall by half."""

    per_day: float
    doubling_seconds: float | None
    half_life_seconds: float | None


def growth(curve: Curve) -> Growth | None:
    """Give the growth that K and the times between introductions lead to; None where there is no such rate.

    That is where there is no plateau, no introduction before it, or where all of them came at age 0. Where first
    tellers tell far more people than those who were told, take the curve of those who were told (see
    ``introductions_of_some``): by it the story goes on, for nobody whom it reaches is a first teller.

    >>> from referral.spread.rules.curve import introductions_by_age
    >>> day = 86_400_000
    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, day, day], [None] * 3)
    >>> found = growth(introductions_by_age(story, now_ms=2 * day, at_least=1))
    >>> round(found.per_day, 4), found.doubling_seconds, round(found.half_life_seconds)
    (-0.4055, None, 147702)
    """
    if curve.plateau is None:
        return None
    last = curve.upto(curve.plateau.age_ms)
    rate = growth_rate(curve.age_ms[:last] / 86_400_000, 1 / curve.at_risk[:last])
    if rate is None:
        return None
    time = math.log(2) * 86_400 / abs(rate) if rate else None
    return Growth(rate, time if rate > 0 else None, time if rate < 0 else None)


def growth_rate(lag: Floats, children: Floats) -> float | None:
    """Solve the equation of Euler and Lotka, 1 = sum of children exp(-r lag), for r, in 1 / the unit of ``lag``.

    ``children`` are the introductions of one fan at each lag, which sum to K; lags are 0 or more, in ascending order.
    Above K = 1 the rate is positive, below negative; it depends on all of the lags, not on their mean alone. None
    where no rate solves it: no children, none after lag 0, or one or more at lag 0.

    >>> round(growth_rate(np.array([1.0, 3.0, 7.0]), 1.3 * np.array([0.5, 0.3, 0.2])), 7)
    0.1026321

    The logarithm of the sum is convex and falls, so Newton's steps from 0 pass the root at most once, and then come
    to it from one side. More than some thousands of lags are first drawn together into as many means.

    Sources: L. Euler, 1760; A. J. Lotka, 1911; J. Wallinga and M. Lipsitch, "How generation intervals shape the
    relationship between growth rates and reproductive numbers", Proceedings of the Royal Society B 274, 2007.
    """
    there = children > 0
    lag, children = lag[there], children[there]
    if not len(lag) or float(lag.max()) <= 0 or float(children[lag <= 0].sum()) >= 1:
        return None
    if len(lag) > _POINTS:
        starts = np.linspace(0, len(lag), _POINTS, endpoint=False).astype(np.int64)
        mass = np.add.reduceat(children, starts)
        lag, children = np.add.reduceat(lag * children, starts) / mass, mass
    unit = float(lag.max())
    lag, logs = lag / unit, np.log(children)
    rate = 0.0
    for _ in range(200):
        power = logs - rate * lag
        top = float(power.max())
        part = np.exp(power - top)
        total = float(part.sum())
        step = (math.log(total) + top) * total / float(part @ lag)
        rate += step
        if abs(step) <= 1e-13 * max(abs(rate), 1.0):
            break
    return rate / unit
