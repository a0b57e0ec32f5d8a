"""Follow a spread as a branching process: each fan brings people in by one law, and each of those by the same again.

It is the process of Galton and Watson. From the law of how many one fan introduces follow the chance that a story ends
by itself, and how many people one first teller reaches in all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from referral.spread.rules.offspring import Floats, Law


def extinction(law: Law, seeds: int = 1) -> float:
    """Give the chance that a story with so many first tellers ends by itself: q to the power of ``seeds``.

    q is the smallest root of q = G(q), with G the generating function of the law. It is 1 where K <= 1, unless
    everybody introduces one person exactly. G is convex, so Newton's steps from 0 come to q from below.

    >>> from referral.spread.rules.offspring import NegativeBinomial
    >>> round(extinction(NegativeBinomial(1.5, 0.16)), 7), round(extinction(NegativeBinomial(1.5, math.inf)), 7)
    (0.8986387, 0.4171884)

    Source: T. E. Harris, The Theory of Branching Processes, 1963, chapter I.
    """
    if law.mean <= 1:
        return 0.0 if law.mean == 1 and law.generating(0.0) == 0 and seeds else 1.0
    q = 0.0
    for _ in range(500):
        rest = law.slope(q) - 1
        if rest >= 0:
            break
        step = (law.generating(q) - q) / -rest
        q = min(q + step, 1.0)
        if step <= 1e-16:
            break
    return float(q**seeds)


def extinct_by_generation(law: Law, generations: int, seeds: int = 1) -> tuple[float, ...]:
    """Give the chance that nobody is left in generation 1, 2, … ``generations``, the first tellers being generation 0.

    The chances for one first teller are G(0), G(G(0)) and so on.

    >>> from referral.spread.rules.offspring import Measured
    >>> [round(chance, 6) for chance in extinct_by_generation(Measured.of([5, 3, 2]), 3)]
    [0.5, 0.7, 0.808]
    """
    q, chances = 0.0, []
    for _ in range(generations):
        q = law.generating(q)
        chances.append(q**seeds)
    return tuple(chances)


@dataclass(frozen=True)
class TotalProgeny:
    """How many a story reaches in all, its first tellers included: mean and variance."""

    mean: float
    variance: float


def total_progeny(law: Law, seeds: int = 1) -> TotalProgeny | None:
    """Give the mean seeds / (1 - K) and the variance seeds s² / (1 - K)³ of the reach; None where K is 1 or above.

    s² is the variance of the law. From K = 1 on the mean is infinite.

    >>> from referral.spread.rules.offspring import Measured
    >>> found = total_progeny(Measured.of([5, 3, 2]))
    >>> round(found.mean, 5), round(found.variance, 5)
    (3.33333, 22.59259)
    """
    left = 1 - law.mean
    return TotalProgeny(seeds / left, seeds * law.variance / left**3) if left > 0 else None


def total_progeny_chances(law: Law, most: int, seeds: int = 1) -> Floats:
    """Give the chance that so many first tellers reach n people in all, themselves included, for n = 0 … ``most``.

    P(n) = seeds / n times the chance that n fans together introduce n - seeds: that of all orders in which they could
    be asked, in seeds of n nobody runs out too early. For Poisson laws this is Borel's distribution (Borel and Tanner's
    for several first tellers). The chances sum to that of extinction.

    >>> from referral.spread.rules.offspring import Measured
    >>> total_progeny_chances(Measured.of([5, 3, 2]), 4).round(5).tolist()
    [0.0, 0.5, 0.15, 0.095, 0.0585]

    Sources: R. Otter, "The multiplicative process", Annals of Mathematical Statistics 20, 1949; M. Dwass, "The total
    progeny in a branching process and a related random walk", Journal of Applied Probability 6, 1969.

    Raises ValueError where there is no first teller.
    """
    if seeds < 1:
        raise ValueError("a story has one first teller at least")
    n = np.arange(most + 1)
    chances: Floats = law.just_enough(seeds, most) * seeds / np.maximum(n, 1)
    return chances


def sampled_descendants(
    first: Floats, mean: Floats, k: float, rng: np.random.Generator, most: float, generations: int = 2_000
) -> Floats:
    """Play futures, and give how many people each brings in all; infinity for one that does not end.

    Future i starts with ``first[i]`` people, who are counted, and goes on generation by generation by a negative
    binomial of mean ``mean[i]`` and dispersion ``k``: together, x people bring a negative binomial of x k. It does not
    end where it passes ``most`` people or so many generations.

    >>> play = sampled_descendants(np.array([0.0, 5.0]), np.array([0.5, 2.0]), 1.0, np.random.default_rng(1), most=1e6)
    >>> play.tolist()
    [0.0, inf]
    """
    total = np.asarray(first, dtype=np.float64).copy()
    active = np.flatnonzero(total)
    now = total[active]
    for _ in range(generations):
        expected = now * mean[active]
        if not math.isinf(k):
            expected *= rng.standard_gamma(now * k) / (now * k)
        now = rng.poisson(expected).astype(np.float64)
        total[active] += now
        going = (now > 0) & (total[active] <= most)
        active, now = active[going], now[going]
        if not len(active):
            break
    total[active] = math.inf
    total[total > most] = math.inf
    return total
