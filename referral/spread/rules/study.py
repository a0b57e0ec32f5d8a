"""Study a spread: everything that is measured of it beyond its first measures, taken together at one moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from referral.spread.rules.branching import extinction
from referral.spread.rules.bridges import Bridge, Opening, betweenness, bridges, openings
from referral.spread.rules.chains import chains
from referral.spread.rules.comparison import Contrast, compare
from referral.spread.rules.concentration import Concentration, LorenzPoint, concentration, lorenz
from referral.spread.rules.curve import Curve, Floats, Plateau, introductions_by_age
from referral.spread.rules.forecast import Forecast, forecast
from referral.spread.rules.forest import Forest, Ints
from referral.spread.rules.growth import (
    Growth,
    Interval,
    generation_interval,
    generation_intervals_by_channel,
    growth,
)
from referral.spread.rules.labels import Labels
from referral.spread.rules.measures import Measures
from referral.spread.rules.offspring import Fit, fit_negative_binomial, offspring
from referral.spread.rules.origins import Origins, endings, month_before, origins
from referral.spread.rules.roles import Carrier, Sleeper, carriers, ranked, sleepers
from referral.spread.rules.value import downstream_value, path_credit

ENOUGH = 30
"""Fewer people than this are not spoken of in shares."""
PEOPLE = 10
KINDS_COMPARED = 4
POINTS = 240
BEYOND = 1.3
"""The curve is kept up to so many times the age to which it can be read, to show how it goes astray from there."""


@dataclass(frozen=True)
class Pace:
    """How many people a fan brings and how fast, at the moment ``at_ms``.

    ``points`` are (age in milliseconds, K up to it, fans who have been in for as long), of which those beyond the
    plateau's age are not to be relied upon.
    """

    at_ms: int
    fans: int
    naive: float | None
    plateau: Plateau | None
    points: tuple[tuple[int, float, int], ...]
    interval: Interval | None
    by_channel: tuple[Interval, ...]
    growth: Growth | None
    out_of_order: int


@dataclass(frozen=True)
class Missing:
    """A fan, and what would be missing had they never come; ``value`` is in minor units, None where unknown."""

    bridge: Bridge
    value: int | None


@dataclass(frozen=True)
class Credited:
    """A fan, and their part of what others bought by their word, in minor units."""

    fan: int
    amount: int


@dataclass(frozen=True)
class Worth:
    """What was bought in all; who is to be credited for it; and what nobody's word brought. Parts sum to ``total``."""

    total: int
    unshared: int
    tellers: int
    first: tuple[Credited, ...]


@dataclass(frozen=True)
class Between:
    """A fan, and the pairs of other people whose way to each other leads by them."""

    fan: int
    generation: int
    pairs: int


@dataclass(frozen=True)
class Study:
    """Everything that is measured of one spread at one moment; what is undefined is None."""

    ripening_ms: int
    measures: Measures
    pace: Pace
    offspring: tuple[int, ...]
    fit: Fit | None
    extinction: float | None
    forecast: Forecast
    introductions: Concentration | None
    introductions_lorenz: tuple[LorenzPoint, ...] | None
    value: Concentration | None
    value_lorenz: tuple[LorenzPoint, ...] | None
    worth: Worth | None
    bridges: tuple[Missing, ...]
    between: tuple[Between, ...]
    carriers: tuple[Carrier, ...]
    sleepers: tuple[Sleeper, ...]
    openings: tuple[Opening, ...]
    channels: tuple[Contrast, ...]
    languages: tuple[Contrast, ...]
    places: tuple[Contrast, ...]
    endings: tuple[int, ...]
    month: Origins
    whole: Origins

    @property
    def origins(self) -> Origins:
        """Give where those of the last full month came from, or all where too few came in it."""
        return self.month if self.month.arrivals >= ENOUGH else self.whole


def pace(forest: Forest, now_ms: int) -> Pace:
    """Measure how many people a fan brings, and how fast.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 5, 9], [None] * 3)
    >>> found = pace(story, now_ms=10)
    >>> found.fans, round(found.naive, 4), found.plateau
    (3, 0.6667, None)
    """
    return _pace(forest, introductions_by_age(forest, now_ms), now_ms)


def _pace(forest: Forest, curve: Curve, now_ms: int) -> Pace:
    return Pace(
        at_ms=now_ms,
        fans=curve.fans,
        naive=curve.naive,
        plateau=curve.plateau,
        points=_points(curve),
        interval=generation_interval(curve),
        by_channel=generation_intervals_by_channel(forest, curve),
        growth=growth(curve),
        out_of_order=curve.out_of_order,
    )


def _points(curve: Curve) -> tuple[tuple[int, float, int], ...]:
    if curve.plateau is None:
        return ()
    start, end = curve.upto(curve.plateau.age_ms), curve.upto(int(BEYOND * curve.plateau.age_ms))
    beyond = np.linspace(start, end - 1, min(POINTS // 4, end - start)).astype(np.int64)
    columns = (curve.age_ms[beyond], curve.k[beyond], curve.at_risk[beyond])
    return (*curve.points(POINTS), *zip(*(column.tolist() for column in columns), strict=True))


def study(forest: Forest, measures: Measures, *, now_ms: int, ripening_ms: int, seed: int) -> Study:
    """Take every measure of a forest at a moment; what is drawn by chance depends on ``seed`` alone.

    >>> story = Forest.from_edges([1, 2, 3], [None, 1, 1], [0, 60_000, 120_000], [None] * 3)
    >>> from referral.spread.rules.measures import measure
    >>> found = study(story, measure(story, 120_000, 60_000), now_ms=120_000, ripening_ms=60_000, seed=1)
    >>> found.offspring, found.forecast.reason, [one.bridge.below for one in found.bridges], found.worth
    ((1, 0, 1), 'too_few_fans', [2], None)
    """
    curve = introductions_by_age(forest, now_ms)
    counts = offspring(forest, now_ms, ripening_ms)
    fit = fit_negative_binomial(counts)
    start_ms, end_ms = month_before(now_ms)
    value = forest.value
    return Study(
        ripening_ms=ripening_ms,
        measures=measures,
        pace=_pace(forest, curve, now_ms),
        offspring=tuple(counts.tolist()),
        fit=fit,
        extinction=None if fit is None else extinction(fit.law),
        forecast=forecast(forest, now_ms, np.random.default_rng([seed, 0]), curve=curve),
        introductions=concentration(forest.introductions()),
        introductions_lorenz=lorenz(forest.introductions()),
        value=None if value is None else concentration(value),
        value_lorenz=None if value is None else lorenz(value),
        worth=_worth(forest),
        bridges=_missing(forest),
        between=_between(forest),
        carriers=_carriers(forest, curve, fit, now_ms),
        sleepers=sleepers(forest, PEOPLE, now_ms=now_ms),
        openings=openings(forest, forest.language),
        channels=_compared(forest, forest.channel, [seed, 1]),
        languages=_compared(forest, forest.language, [seed, 2]),
        places=_compared(forest, forest.place, [seed, 3]),
        endings=endings(forest, now_ms, ripening_ms),
        month=origins(forest, start_ms, end_ms),
        whole=origins(forest),
    )


def _worth(forest: Forest) -> Worth | None:
    credit = path_credit(forest, with_buyer=False)
    if credit is None or forest.value is None or not bool(forest.value.any()):
        return None
    first = ranked(credit.amounts, PEOPLE).tolist()
    return Worth(
        total=int(forest.value.sum()),
        unshared=credit.unshared,
        tellers=int(np.count_nonzero(credit.amounts > 0)),
        first=tuple(
            Credited(int(forest.ids[row]), int(credit.amounts[row])) for row in first if credit.amounts[row] > 0
        ),
    )


def _missing(forest: Forest) -> tuple[Missing, ...]:
    below = downstream_value(forest)
    found = []
    for one in bridges(forest, PEOPLE):
        row = forest.row_of(one.fan)
        known = below is not None and forest.value is not None
        found.append(Missing(one, int(below[row] - forest.value[row]) if known else None))  # type: ignore[index]
    return tuple(found)


def _between(forest: Forest) -> tuple[Between, ...]:
    pairs = betweenness(forest)
    return tuple(
        Between(int(forest.ids[row]), int(forest.depth[row]), int(pairs[row]))
        for row in ranked(pairs, PEOPLE).tolist()
        if pairs[row]
    )


def _carriers(forest: Forest, curve: Curve, fit: Fit | None, now_ms: int) -> tuple[Carrier, ...]:
    plateau = curve.plateau
    if plateau is None or not plateau.k or fit is None or not fit.law.k or fit.k_low is None:
        return carriers(forest, PEOPLE, mean=None, dispersion=None)
    behind = _behind(forest, curve, plateau, now_ms)
    return carriers(forest, PEOPLE, mean=plateau.k, dispersion=fit.law.k, exposure=behind)


def _behind(forest: Forest, curve: Curve, plateau: Plateau, now_ms: int) -> Floats:
    """Say which share of their time each fan has behind them: K(age) / K, 0 for who is yet to come."""
    age: Ints = np.minimum(now_ms - forest.at_ms, plateau.age_ms)
    passed = np.searchsorted(curve.age_ms, age, side="right")
    behind: Floats = np.concatenate(([0.0], curve.k / plateau.k))[passed]
    return behind


def _compared(forest: Forest, labels: Labels, seed: list[int]) -> tuple[Contrast, ...]:
    # To cut a forest into chains takes long, and of one kind alone there is nothing to compare.
    if sum(name is not None for name in labels.counts()) < 2:
        return ()
    return compare(chains(forest, labels), np.random.default_rng(seed), most_kinds=KINDS_COMPARED)


def expected_counts(fit: Fit, most: int) -> tuple[float, ...]:
    """Say how many of the fans a fitted law expects to introduce nobody, one, two … people, ``most`` numbers in all.

    P(x) = Gamma(k + x) / (Gamma(k) x!) (k / (k + R))^k (R / (k + R))^x; where k is infinite, that of Poisson's law.

    >>> fit = fit_negative_binomial(np.array([70, 12, 8, 4, 3, 2, 0, 0, 0, 0, 1]))
    >>> [round(fans, 1) for fans in expected_counts(fit, 3)]
    [69.6, 14.4, 6.6]
    """
    mean, k, fans = fit.law.mean, fit.law.k, fit.fans
    if not mean:
        return (float(fans), *[0.0] * (most - 1))[:most]
    if fit.law.is_poisson:
        logs = (x * math.log(mean) - mean - math.lgamma(x + 1) for x in range(most))
    else:
        none, more = k * math.log(k / (k + mean)), math.log(mean / (k + mean))
        logs = (math.lgamma(k + x) - math.lgamma(k) - math.lgamma(x + 1) + none + x * more for x in range(most))
    return tuple(fans * math.exp(one) for one in logs)
