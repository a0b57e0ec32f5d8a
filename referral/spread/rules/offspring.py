"""Say how many people one fan introduces: counts, the laws they may follow, and the law that suits them best."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Flags, Forest, Ints

Floats = npt.NDArray[np.float64]

_HEAD = 1_000
"""Up to here sums over every count are taken term by term; above, by their integrals, right to eight places."""

_HALF_CHI_SQUARE_95 = 1.9207294103470305
_LEAST_K, _MOST_K = 1e-9, 1e7


class Law(Protocol):
    """How many people one fan introduces."""

    @property
    def mean(self) -> float:
        """Give the mean, K of this law."""

    @property
    def variance(self) -> float:
        """Give the variance."""

    def generating(self, s: float) -> float:
        """Give G(s), the mean of s to the power of the introductions: at 0 the chance of none."""

    def slope(self, s: float) -> float:
        """Give the derivative of G at s: at 1 the mean."""

    def just_enough(self, seeds: int, most: int) -> Floats:
        """Give, for n = 0 … most, the chance that n fans together introduce n - seeds people."""


@dataclass(frozen=True)
class NegativeBinomial:
    """A negative binomial with mean R and dispersion k, of variance R + R² / k; ``math.inf`` for k is a Poisson law.

    A small k means that few bring most: with R = 1.5 and k = 0.16, 69 of 100 bring nobody. JSON knows no infinity:
    write k as null there, with ``is_poisson`` beside it.

    >>> law = NegativeBinomial(1.5, 0.16)
    >>> round(law.generating(0), 3), law.is_poisson
    (0.688, False)

    Source: J. O. Lloyd-Smith, S. J. Schreiber, P. E. Kopp, W. M. Getz, "Superspreading and the effect of individual
    variation on disease emergence", Nature 438, 2005.
    """

    mean: float
    k: float

    @property
    def is_poisson(self) -> bool:
        """Say whether everybody tells on alike, so that only chance sets people apart."""
        return math.isinf(self.k)

    @property
    def variance(self) -> float:
        """Give the variance, R + R² / k."""
        return self.mean + self.mean**2 / self.k

    def generating(self, s: float) -> float:
        """Give G(s) = (1 + R (1 - s) / k)^-k, or exp(-R (1 - s)) for a Poisson law."""
        ahead = self.mean * (1 - s)
        return math.exp(-ahead if self.is_poisson else -self.k * math.log1p(ahead / self.k))

    def slope(self, s: float) -> float:
        """Give the derivative of G at s."""
        ahead = 0.0 if self.is_poisson else self.mean * (1 - s) / self.k
        return self.mean * self.generating(s) / (1 + ahead)

    def just_enough(self, seeds: int, most: int) -> Floats:
        """Give the chances by their closed form: n such fans together have a negative binomial of n R and n k."""
        chances = np.zeros(most + 1)
        for n in range(seeds, most + 1):
            x, mean = n - seeds, n * self.mean
            if not mean:
                chances[n] = float(not x)
            elif self.is_poisson:
                chances[n] = math.exp(x * math.log(mean) - mean - math.lgamma(x + 1))
            else:
                shape, odds = n * self.k, self.mean / self.k
                ways = math.lgamma(shape + x) - math.lgamma(shape) - math.lgamma(x + 1)
                chances[n] = math.exp(ways + x * math.log(odds) - (shape + x) * math.log1p(odds))
        return chances


@dataclass(frozen=True, eq=False)
class Measured:
    """The law as it was seen: ``share`` of the fans introduced so many, ``introductions`` in ascending order."""

    introductions: Ints
    share: Floats

    @staticmethod
    def of(counts: Ints | list[float]) -> Measured:
        """Take shares from counts of fans, or weights of any sum, who introduced 0, 1, 2 … people.

        >>> Measured.of([5, 3, 2]).mean
        0.7

        Raises ValueError where there is nobody.
        """
        weight = np.asarray(counts, dtype=np.float64)
        there = np.flatnonzero(weight)
        if not len(there):
            raise ValueError("nobody was measured")
        return Measured(there.astype(np.int64), weight[there] / weight.sum())

    @property
    def mean(self) -> float:
        """Give the mean."""
        return float(self.introductions @ self.share)

    @property
    def variance(self) -> float:
        """Give the variance of the fans that were measured."""
        return float((self.introductions - self.mean) ** 2 @ self.share)

    def generating(self, s: float) -> float:
        """Give G(s), the sum of share times s to the power of the introductions."""
        return float(s**self.introductions @ self.share)

    def slope(self, s: float) -> float:
        """Give the derivative of G at s."""
        some = self.introductions > 0
        count = self.introductions[some]
        return float(count * s ** (count - 1) @ self.share[some])

    def just_enough(self, seeds: int, most: int) -> Floats:
        """Give the chances by adding one fan after the other, in O(most³)."""
        one = np.zeros(most + 1)
        small = self.introductions <= most
        one[self.introductions[small]] = self.share[small]
        together, chances = np.zeros(most + 1), np.zeros(most + 1)
        together[0] = 1.0
        for n in range(1, most + 1):
            together = np.convolve(together, one)[: most + 1]
            if n >= seeds:
                chances[n] = together[n - seeds]
        return chances


def offspring(forest: Forest, now_ms: int, ripening_ms: int, among: Flags | None = None) -> Ints:
    """Count the ripe fans who introduced nobody, one, two … people: entry x counts those who introduced x.

    Ripe is who has been in for the ripening window or longer; who came after ``now_ms`` is not there yet. The list
    ends at the most that anybody introduced, and is empty where nobody is ripe.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 1, 2, 3], [None] * 4)
    >>> offspring(story, now_ms=3, ripening_ms=1).tolist()
    [1, 1, 1]
    """
    n, ripe = np.searchsorted(forest.at_ms, [now_ms, now_ms - max(ripening_ms, 0)], side="right").tolist()
    parent = forest.parent[:n]
    # A teller who came after this moment, by a clock that disagrees, is not there yet.
    children = np.bincount(parent[(parent >= 0) & (parent < ripe)], minlength=ripe)
    return np.bincount(children if among is None else children[among[:ripe]]).astype(np.int64)


@dataclass(frozen=True)
class Fit:
    """The negative binomial that suits ``fans`` best, and the 95 % interval of its k; None where nobody told anybody.

    ``k_high`` is ``math.inf`` where the fans may as well tell on all alike.
    """

    law: NegativeBinomial
    fans: int
    k_low: float | None
    k_high: float | None


def fit_negative_binomial(counts: Ints) -> Fit | None:
    """Fit R and k by maximum likelihood to counts of ripe fans, as ``offspring`` gives them; None for no fans.

    R is the mean. k is infinite (Poisson) where the variance is no greater than the mean, for then no k is best. Its
    interval holds each k whose log-likelihood is within 1.92 of the best. Where nobody introduced anybody R is 0, and
    nothing is known of k, which then has no interval.

    >>> found = fit_negative_binomial(np.array([70, 12, 8, 4, 3, 2, 0, 0, 0, 0, 1]))
    >>> round(found.law.mean, 2), round(found.law.k, 3), round(found.k_low, 3), round(found.k_high, 3)
    (0.72, 0.292, 0.16, 0.548)

    Source: M. J. Levin and J. Reeds, "Compound multinomial likelihood functions are unimodal", Annals of Statistics
    5 (1), 1977, for when there is a best k, and that there is one only.
    """
    fans = int(np.sum(counts))
    if not fans:
        return None
    introductions = int(np.arange(len(counts)) @ counts)
    mean = introductions / fans
    if not introductions:
        return Fit(NegativeBinomial(0.0, math.inf), fans, None, None)
    likelihood = Likelihood.of(counts, np.array([fans]), np.array([introductions]), np.array([mean]))
    k = likelihood.best_k()
    return Fit(NegativeBinomial(mean, k), fans, *likelihood.interval_of_k(k))


@dataclass(frozen=True, eq=False)
class Likelihood:
    """All that the likelihood of k depends on, of fans in groups whose fans are expected to introduce as many.

    ``times`` fans introduced ``x`` people, of all groups. ``fans``, ``introductions`` and the ``mean`` expected of each
    fan, above 0, are of each group.
    """

    x: Ints
    times: Ints
    fans: Ints
    introductions: Ints | Floats
    mean: Floats

    @staticmethod
    def of(counts: Ints, fans: Ints, introductions: Ints | Floats, mean: Floats) -> Likelihood:
        """Take counts of fans who introduced nobody, one, two … people, and their groups."""
        x = np.flatnonzero(counts).astype(np.int64)
        return Likelihood(x, counts[x], fans, introductions, mean)

    def best_k(self) -> float:
        """Find the k of greatest likelihood, by halving where its slope turns; infinite where it rises for ever."""
        excess = float((self.x * self.x - self.x) @ self.times)
        excess += float((self.fans * self.mean - 2 * self.introductions) @ self.mean)
        if excess <= 0 or self._slope(_MOST_K) > 0:
            return math.inf
        return _halved(self._slope, _LEAST_K, _MOST_K)

    def interval_of_k(self, best: float) -> tuple[float, float]:
        """Find the k below and above the best at which the log-likelihood has fallen by 1.92."""
        top = self._likelihood(min(best, _MOST_K))

        def above(k: float) -> float:
            return self._likelihood(k) - top + _HALF_CHI_SQUARE_95

        low = _halved(lambda k: -above(k), _LEAST_K, min(best, _MOST_K))
        high = math.inf if above(_MOST_K) >= 0 else _halved(above, best, _MOST_K)
        return low, high

    def _slope(self, k: float) -> float:
        # The sum of 1 / (k + j) over j < x, for each x that anybody introduced.
        sums = self._summed(1 / (k + self._head()))
        sums += np.log((k + np.maximum(self.x, _HEAD) - 0.5) / (k + _HEAD - 0.5))
        share = self.mean / (k + self.mean)
        groups = self.fans * (np.log1p(-share) + share) - self.introductions / (k + self.mean)
        return float(self.times @ sums + groups.sum())

    def _likelihood(self, k: float) -> float:
        # The sum of log (1 + j / k) over j < x, and what does not depend on k left out.
        sums = self._summed(np.log1p(self._head() / k))
        for place in np.flatnonzero(self.x > _HEAD).tolist():
            x = int(self.x[place])
            sums[place] += math.lgamma(k + x) - math.lgamma(k + _HEAD) - (x - _HEAD) * math.log(k)
        groups = (self.introductions + k * self.fans) * np.log1p(self.mean / k)
        return float(self.times @ sums - groups.sum())

    def _head(self) -> Floats:
        return np.arange(min(int(self.x[-1]), _HEAD), dtype=np.float64)

    def _summed(self, terms: Floats) -> Floats:
        sums: Floats = np.concatenate(([0.0], np.cumsum(terms)))[np.minimum(self.x, _HEAD)]
        return sums


def _halved(falling: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function turns from above 0 to below, halving a stretch that covers many powers of ten."""
    for _ in range(80):
        middle = math.sqrt(low * high)
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)
