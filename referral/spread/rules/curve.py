"""Count introductions by the age at which fans make them, as if all had been watched for as long.

Fans who came a moment ago have had no time to tell anybody, so whatever is averaged over all fans is too low. Here each
introduction counts for one part of the fans who were watched to that age.

A moment is an argument: who came after ``now_ms`` is not there yet, so that every measure can be taken at any moment
of a replay. A child recorded before their parent (clocks disagree) counts at age 0: that they were told is a fact, only
the time is wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from referral.spread.rules.forest import Flags, Forest, Ints

Floats = npt.NDArray[np.float64]

AT_LEAST, SHARE = 30, 0.2
"""A curve is read up to the age that this many fans and this share of them have reached.

The share matters where times change: of a rumour of 250,000 the oldest thirty came before it was news, and what they
told days later, when it was, would be foretold of everybody.
"""

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Plateau:
    """K, the introductions of one fan up to an age, with its 95 % interval (see ``introductions_by_age``).

    ``at_risk`` fans have been in for ``age_ms`` or longer. ``late_share`` is the part of K that came in the last
    quarter of that age: near 0 the curve is flat and K is whole; near a quarter or above it still rises, and K will be
    more than this. None where K is 0.
    """

    k: float
    low: float
    high: float
    age_ms: int
    at_risk: int
    late_share: float | None


@dataclass(frozen=True, eq=False)
class Curve:
    """The mean cumulative function K(a): one entry an introduction, in order of the teller's age when it was made.

    ``rows`` are those who were told, ``age_ms`` the age of who told them, ``at_risk`` the fans who have been in at
    least as long, ``k`` the curve after this introduction, ``variance`` its Poisson variance (too small where few
    introduce most: the interval of ``plateau`` does not use it). Of introductions at the same age the last entry
    holds. ``fans`` have been looked at; ``naive`` is introductions / fans, None for no fans; ``plateau`` is None where
    there are too few fans to read the curve at any age; ``out_of_order`` counts those recorded before who told them.
    """

    rows: npt.NDArray[np.intp]
    age_ms: Ints
    at_risk: Ints
    k: Floats
    variance: Floats
    fans: int
    naive: float | None
    plateau: Plateau | None
    out_of_order: int

    def upto(self, age_ms: int) -> int:
        """Count the introductions made at this age or before."""
        return int(np.searchsorted(self.age_ms, age_ms, side="right"))

    def at(self, age_ms: int) -> float:
        """Read K(a): a step function, 0 before the first introduction."""
        place = self.upto(age_ms)
        return float(self.k[place - 1]) if place else 0.0

    def points(self, most: int) -> list[tuple[int, float, int]]:
        """Give up to ``most`` (age, K, at risk) up to the plateau, evenly over the introductions, the last included."""
        readable = 0 if self.plateau is None else self.upto(self.plateau.age_ms)
        chosen = np.linspace(0, readable - 1, min(most, readable)).astype(np.int64)
        columns = (self.age_ms[chosen], self.k[chosen], self.at_risk[chosen])
        return list(zip(*(column.tolist() for column in columns), strict=True))


def introductions_by_age(forest: Forest, now_ms: int, at_least: int = AT_LEAST, share: float = SHARE) -> Curve:
    """Give the introductions that a fan has made up to each age, as if everybody had been watched for ever.

    K(a) = sum over introductions at ages t <= a of 1 / Y(t), with Y(t) the fans who have been in for t or longer
    (Nelson-Aalen for recurrent events). K is the curve at its plateau: the last age at which ``at_least`` fans, and
    ``share`` of all, are at risk.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 5, 8, 9], [None] * 4)
    >>> curve = introductions_by_age(story, now_ms=10, at_least=1)
    >>> curve.age_ms.tolist(), curve.at_risk.tolist(), curve.k.tolist(), curve.naive
    ([4, 5, 8], [2, 2, 1], [0.5, 1.0, 2.0], 0.75)

    The interval is that of fans, not of events: Var K(a) = sum over fans i of (sum over their introductions of 1 / Y
    - V(min(a, age of i)))², with V the Poisson variance, so that a few who introduce most widen it; it is never taken
    for less than V itself, which matters for very few fans. It is laid around log K, which keeps it above 0 and suits
    its skewness. Where K is 0, the upper end is that of no event among Y.

    Sources: W. Nelson, Recurrent Events Data Analysis, 2003 (the curve); J. F. Lawless and C. Nadeau, "Some simple
    robust methods for the analysis of recurrent events", Technometrics 37 (2), 1995 (the variance).
    """
    n = int(np.searchsorted(forest.at_ms, now_ms, side="right"))
    at, parent = forest.at_ms[:n], forest.parent[:n]
    child = np.flatnonzero((parent >= 0) & (parent < n))
    teller: Ints = parent[child].astype(np.int64)
    age = at[child] - at[teller]
    out_of_order = int((age < 0).sum())
    np.maximum(age, 0, out=age)
    order = _order(age)
    return _curve(at, child[order], teller[order], age[order], now_ms, _enough(n, at_least, share), out_of_order)


def introductions_of_some(
    curve: Curve, forest: Forest, now_ms: int, some: Flags, at_least: int = AT_LEAST, share: float = SHARE
) -> Curve:
    """Give the curve of some fans alone: the introductions that they made, by their age; from that of all.

    >>> story = Forest.from_edges([1, 2, 3, 4], [None, 1, 1, 2], [0, 5, 8, 9], [None] * 4)
    >>> curve = introductions_by_age(story, now_ms=10, at_least=1)
    >>> introductions_of_some(curve, story, now_ms=10, some=story.depth == 0, at_least=1).k.tolist()
    [1.0, 2.0]
    """
    n = curve.fans
    some = some[:n]
    teller: Ints = forest.parent[curve.rows].astype(np.int64)
    made = some[teller]
    rows, teller, age = curve.rows[made], teller[made], curve.age_ms[made]
    first = int(np.searchsorted(age, 0, side="right"))
    out_of_order = int((forest.at_ms[rows[:first]] < forest.at_ms[teller[:first]]).sum())
    place: Ints = np.cumsum(some) - 1
    at = forest.at_ms[:n][some]
    return _curve(at, rows, place[teller], age, now_ms, _enough(len(at), at_least, share), out_of_order)


def _enough(fans: int, at_least: int, share: float) -> int:
    # A hair less, so that a fifth of fifteen is three.
    return max(at_least, math.ceil(share * fans - 1e-9), 1)


def _curve(at: Ints, rows: Ints, teller: Ints, age: Ints, now_ms: int, enough: int, out_of_order: int) -> Curve:
    # Fans stand in order of arrival, so those who are old enough are the first so many of them.
    at_risk = np.searchsorted(at, now_ms - age, side="right").astype(np.int64, copy=False)
    each = 1 / at_risk
    k, variance = np.cumsum(each), np.cumsum(each * each)
    plateau = None
    if len(at) >= enough:
        end_ms = int(now_ms - at[enough - 1])
        last = int(np.searchsorted(age, end_ms, side="right"))
        squared = _variance_of_fans(each[:last], at_risk[:last], variance[:last], teller[:last], len(at))
        plateau = _plateau(age[:last], k[:last], squared, end_ms, int(np.searchsorted(at, now_ms - end_ms, "right")))
    return Curve(
        rows=rows,
        age_ms=age,
        at_risk=at_risk,
        k=k,
        variance=variance,
        fans=len(at),
        naive=len(rows) / len(at) if len(at) else None,
        plateau=plateau,
        out_of_order=out_of_order,
    )


def _order(age: Ints) -> Ints:
    """Sort stably; whole numbers sort several times faster than places do, so both go into one where they fit."""
    n = len(age)
    bits = n.bit_length()
    if not n or int(age.max()) >= 1 << (62 - bits):
        return np.argsort(age, kind="stable")
    both = np.sort(age << bits | np.arange(n))
    return both & ((1 << bits) - 1)


def _variance_of_fans(each: Floats, at_risk: Ints, variance: Floats, teller: Ints, fans: int) -> float:
    """Sum (u - V(age))² over fans, u being their introductions' parts, in passes over introductions alone.

    Of the square, the sums of V(age)² and of u V(age) are taken by parts: each step of V reaches the fans who are as
    old, who are the first ``at_risk`` rows, and where V rises by e² = 1 / Y², Y V² rises by e (2 V - e²).
    """
    own = np.bincount(teller, weights=each, minlength=fans)
    of_the_old = np.cumsum(own)[at_risk - 1]
    squared = each * each
    robust = float(own @ own - 2 * (squared @ of_the_old) + each @ (2 * variance - squared))
    return max(robust, float(squared.sum()))


def _plateau(age: Ints, k: Floats, variance: float, end_ms: int, at_risk: int) -> Plateau:
    if not len(k):
        return Plateau(0.0, 0.0, -math.log(0.025) / at_risk, end_ms, at_risk, None)
    value = float(k[-1])
    spread = math.exp(_Z95 * math.sqrt(variance) / value)
    early = int(np.searchsorted(age, 0.75 * end_ms, side="right"))
    late = 1 - (float(k[early - 1]) / value if early else 0.0)
    return Plateau(value, value / spread, value * spread, end_ms, at_risk, late)
