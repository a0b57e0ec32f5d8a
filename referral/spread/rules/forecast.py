"""Foretell how many a story will have reached when it has ended, from the fans who are here now.

Each fan counts by the part of their time that is still ahead: by the curve of introductions by age, who has been in for
long has little left to tell, who came a moment ago has all of it. Whom they bring tells on like those who were told.
First tellers who are yet to come are not foretold: nothing here says how many the brand will bring.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from referral.spread.rules.branching import extinction, sampled_descendants
from referral.spread.rules.curve import AT_LEAST, SHARE, Curve, introductions_by_age, introductions_of_some
from referral.spread.rules.forest import Flags, Forest, Ints
from referral.spread.rules.offspring import Floats, Likelihood, NegativeBinomial

_PARTS = 64
_WIDTH_OF_95 = 2 * 1.959963984540054


@dataclass(frozen=True)
class Forecast:
    """The reach today and when all is told: its mean, median and 90 % band; ``reason`` says why a number is None.

    ``k`` and ``dispersion`` are the law by which those tell who are yet to be told; ``still_to_tell`` the introductions
    that today's fans are yet to make. ``dies_out`` is the chance that the story ends by itself. ``late_share`` is that
    of the curve (see ``Plateau``): where it is large, K is not whole yet and the forecast too low.

    Reasons: ``no_fans``; ``too_few_fans`` to read the curve at any age; ``no_introductions`` by which to foretell;
    ``growing``, K is 1 or above, so that there is no final reach unless the story dies out. ``high`` (or the median)
    alone is None where more than one future in twenty (or half) would not end: K is too close to 1 to say.
    """

    reach: int
    k: float | None = None
    dispersion: float | None = None
    still_to_tell: float | None = None
    mean: float | None = None
    low: int | None = None
    median: int | None = None
    high: int | None = None
    dies_out: float | None = None
    late_share: float | None = None
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class _Voice:
    """How one kind of fans tells: their law, the width of log K, and the fans by how much of their time is ahead.

    ``fans`` of each part have this ``ahead`` of them, as a share of K.
    """

    law: NegativeBinomial
    width: float
    fans: Ints
    ahead: Floats

    @property
    def still_to_tell(self) -> float:
        return self.law.mean * float(self.fans @ self.ahead)

    def drawn(self, rng: np.random.Generator, futures: int) -> Floats:
        """Draw K as uncertain as it is: around log K by its interval, or, for K = 0, as little as may go unseen."""
        if self.law.mean:
            return self.law.mean * np.exp(self.width * rng.standard_normal(futures))
        watched = float(self.fans @ (1 - self.ahead))
        return rng.standard_gamma(0.5, futures) / max(watched, 1.0)

    def expected(self, rng: np.random.Generator, k: Floats) -> Floats:
        """Draw, for each future with its K, the expectation of all that these fans are yet to tell."""
        if self.law.is_poisson:
            return k * float(self.fans @ self.ahead)
        there = (self.fans > 0) & (self.ahead > 0)
        shape = self.law.k * self.fans[there]
        gamma = rng.standard_gamma(shape, (len(k), len(shape)))
        drawn: Floats = k * (gamma @ self.ahead[there]) / self.law.k
        return drawn

    def silence(self, q: float) -> float:
        """Give the chance that all branches end that these fans are yet to begin, each ending with chance q."""
        left = self.law.mean * self.ahead * (1 - q)
        each = left if self.law.is_poisson else self.law.k * np.log1p(left / self.law.k)
        return math.exp(-float(self.fans @ each))


def forecast(
    forest: Forest,
    now_ms: int,
    rng: np.random.Generator,
    *,
    curve: Curve | None = None,
    at_least: int = AT_LEAST,
    share: float = SHARE,
    futures: int = 2_000,
) -> Forecast:
    """Foretell the final reach of a story, of all the fans who are here and of everybody they will bring.

    The mean is reach + sum over fans of (K - K(age)) / (1 - K). First tellers often tell far more people than those who
    were told, and K of both together would then foretell far too much: where there are ``at_least`` of a kind, each has
    a curve of its own, the sum is over both and 1 - K is that of those who were told.

    The band is of ``futures`` that are played: K is drawn for each by its interval, for it is only an estimate; then
    each fan's introductions, and those of everybody they bring, by a negative binomial whose dispersion is fitted to
    all fans at their ages. ``curve`` is that of all fans at ``now_ms``, where it is at hand already.

    >>> tellers, moments = [None] * 40 + list(range(20)), [0] * 40 + [10] * 20
    >>> story = Forest.from_edges(range(60), tellers, moments, [None] * 60)
    >>> found = forecast(story, 19, np.random.default_rng(1))
    >>> found.reach, round(found.k, 6), round(found.still_to_tell, 6), round(found.mean, 6)
    (60, 0.5, 10.0, 80.0)
    """
    whole = curve or introductions_by_age(forest, now_ms, at_least, share)
    reach, plateau = whole.fans, whole.plateau
    if plateau is None:
        return Forecast(reach, reason="too_few_fans" if reach else "no_fans")
    if not plateau.k:
        return Forecast(reach, k=0.0, reason="no_introductions")
    first, told = _voices(forest, now_ms, whole, at_least, share)
    k, still = told.law.mean, first.still_to_tell + told.still_to_tell
    quiet = extinction(told.law)
    found = Forecast(
        reach,
        k=k,
        dispersion=told.law.k,
        still_to_tell=still,
        dies_out=first.silence(quiet) * told.silence(quiet),
        late_share=plateau.late_share,
    )
    if k >= 1:
        return replace(found, reason="growing")

    k_of_told = told.drawn(rng, futures)
    expected = first.expected(rng, first.drawn(rng, futures)) + told.expected(rng, k_of_told)
    came = rng.poisson(expected).astype(np.float64)
    more = np.sort(sampled_descendants(came, k_of_told, told.law.k, rng, most=1_000 * reach + 100_000))
    low, median, high = (_whole(reach + more[math.ceil(part * futures) - 1]) for part in (0.05, 0.5, 0.95))
    return replace(found, mean=reach + still / (1 - k), low=low, median=median, high=high)


def _whole(number: float) -> int | None:
    return int(number) if math.isfinite(number) else None


def _voices(forest: Forest, now_ms: int, whole: Curve, at_least: int, share: float) -> tuple[_Voice, _Voice]:
    """Hear first tellers and those who were told: each by their own curve, or by that of all where they are few."""
    n = whole.fans
    everybody: _Voice | None = None
    found = []
    for kind in (forest.depth == 0, forest.depth > 0):
        at = forest.at_ms[:n][kind[:n]]
        if len(at) >= at_least:
            curve = introductions_of_some(whole, forest, now_ms, kind, at_least, share)
            found.append(_heard(forest, now_ms, curve, whole, kind))
        else:
            everybody = everybody or _heard(forest, now_ms, whole, whole, np.ones(len(forest), dtype=np.bool_))
            _, fans, ahead = _parts(whole, now_ms - at)
            found.append(replace(everybody, fans=fans, ahead=ahead))
    return found[0], found[1]


def _heard(forest: Forest, now_ms: int, curve: Curve, whole: Curve, kind: Flags) -> _Voice:
    plateau, n = curve.plateau, whole.fans
    assert plateau is not None
    # Where nobody of a kind told anybody, the curve of all says how much of their time has gone by.
    part, fans, ahead = _parts(curve if plateau.k else whole, now_ms - forest.at_ms[:n][kind[:n]])
    if not plateau.k:
        return _Voice(NegativeBinomial(0.0, math.inf), 0.0, fans, ahead)
    tellers = forest.parent[curve.rows[: curve.upto(plateau.age_ms)]]
    made = np.bincount(tellers, minlength=n)[kind[:n]]
    mean, told = plateau.k * (1 - ahead), np.bincount(part, weights=made, minlength=_PARTS)
    begun = mean > 0
    k = Likelihood.of(np.bincount(made), fans[begun], told[begun], mean[begun]).best_k()
    width = math.log(plateau.high / plateau.low) / _WIDTH_OF_95
    return _Voice(NegativeBinomial(plateau.k, k), width, fans, ahead)


def _parts(curve: Curve, ages: Ints) -> tuple[Ints, Ints, Floats]:
    """Group fans by how much of their time is ahead: the part of each, the fans of each part, their mean share."""
    assert curve.plateau is not None
    passed = np.searchsorted(curve.age_ms, np.minimum(ages, curve.plateau.age_ms), side="right")
    ahead = np.concatenate(([1.0], 1 - curve.k[: curve.upto(curve.plateau.age_ms)] / curve.plateau.k))[passed]
    part = np.ceil(ahead * (_PARTS - 1)).astype(np.int64)
    fans = np.bincount(part, minlength=_PARTS)
    return part, fans, np.bincount(part, weights=ahead, minlength=_PARTS) / np.maximum(fans, 1)
