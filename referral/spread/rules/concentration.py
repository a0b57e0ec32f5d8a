"""Tell how unevenly something is shared out: who brought the people, and whose purchases the money is.

Every function takes one amount a fan, as whole numbers of 0 or more in any order: ``forest.introductions()`` for
people, ``forest.value`` or a credit for money. Where nothing is there to be shared out, and where an amount is below 0
(more was taken back than came in), a share has no meaning and the answer is None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from referral.spread.rules.forest import Ints

TOP_PARTS = (0.01, 0.1, 0.2)


@dataclass(frozen=True)
class TopShare:
    """What the first ``people`` have of all there is, as a fraction."""

    people: int
    share: float


@dataclass(frozen=True)
class LorenzPoint:
    """The ``people`` who have least, as a fraction of all people, have ``amount`` as a fraction of all there is."""

    people: float
    amount: float


@dataclass(frozen=True)
class Concentration:
    """How one amount is shared out among people; ``sharers`` are those who have any of it.

    ``top`` has an entry for each of the parts asked for; ``half`` is the fewest people who have half of it all.
    """

    people: int
    sharers: int
    total: int
    gini: float
    top: tuple[TopShare, ...]
    half: int
    hhi: float
    effective_number: float


def concentration(amounts: Ints, parts: tuple[float, ...] = TOP_PARTS) -> Concentration | None:
    """Take every measure of concentration, with the shares of the first ``parts`` of the people.

    >>> found = concentration(np.array([0, 0, 0, 1, 2, 7]))
    >>> found.people, found.sharers, found.total, found.gini, found.half, found.top[0]
    (6, 3, 10, 0.7, 1, TopShare(people=1, share=0.7))
    """
    ascending = _shared_out(amounts)
    if ascending is None:
        return None
    index = _hhi(ascending)
    return Concentration(
        people=len(ascending),
        sharers=int(np.count_nonzero(ascending)),
        total=int(ascending.sum()),
        gini=_gini(ascending),
        top=tuple(_top_share(ascending, part) for part in parts),
        half=_holders(ascending, 0.5),
        hhi=index,
        effective_number=1 / index,
    )


def gini(amounts: Ints) -> float | None:
    """Give the Gini coefficient: 0 where all have the same, towards 1 where one of many has all (1 - 1/n of n people).

    G = sum over i of (2 i - n - 1) x_i / (n sum of x), with x ascending and i from 1. It is twice the area between the
    Lorenz curve and the diagonal.

    >>> gini(np.array([0, 0, 0, 1, 2, 7]))
    0.7

    Source: C. Gini, Variabilità e mutabilità, 1912; the formula over sorted amounts is the usual one.
    """
    ascending = _shared_out(amounts)
    return None if ascending is None else _gini(ascending)


def lorenz(amounts: Ints, steps: int = 100) -> tuple[LorenzPoint, ...] | None:
    """Give the Lorenz curve at equal steps from nobody to everybody, those who have least first.

    L(i/n) = (x_1 + … + x_i) / sum of x, with x ascending, and straight lines between; of no more than ``steps`` people
    each is one step.

    >>> [(point.people, point.amount) for point in lorenz(np.array([6, 0, 2, 0]), steps=10)]
    [(0.0, 0.0), (0.25, 0.0), (0.5, 0.0), (0.75, 0.25), (1.0, 1.0)]

    Source: M. O. Lorenz, Methods of measuring the concentration of wealth, 1905.
    """
    ascending = _shared_out(amounts)
    if ascending is None:
        return None
    n = len(ascending)
    sums = np.concatenate(([0], np.cumsum(ascending)))
    at = np.linspace(0, n, min(steps, n) + 1)
    heights = np.interp(at, np.arange(n + 1), sums) / sums[-1]
    return tuple(map(LorenzPoint, (at / n).tolist(), heights.tolist()))


def top_share(amounts: Ints, part: float) -> TopShare | None:
    """Give what those who have most have of it all, for a part of the people: 0.01 is the most active hundredth.

    The part is rounded up to whole people, and is at least one: of 150 people the first hundredth is 2.

    >>> top_share(np.array([1, 1, 6, 0, 0]), part=0.2)
    TopShare(people=1, share=0.75)

    Raises ValueError for a part that is not above 0 and at most 1.
    """
    ascending = _shared_out(amounts)
    return None if ascending is None else _top_share(ascending, part)


def share_of_first(amounts: Ints, people: int) -> float | None:
    """Give what the ``people`` who have most have of it all, as a fraction.

    >>> share_of_first(np.array([1, 1, 6, 0, 0]), people=2)
    0.875
    """
    ascending = _shared_out(amounts)
    return None if ascending is None else _share_of_first(ascending, people)


def holders(amounts: Ints, share: float = 0.5) -> int | None:
    """Count the fewest people who together have a share of it all, or more: half of it, if nothing else is said.

    >>> holders(np.array([4, 3, 2, 1])), holders(np.array([4, 3, 2, 1]), share=0.9)
    (2, 3)

    Raises ValueError for a share that is not above 0 and at most 1.
    """
    ascending = _shared_out(amounts)
    return None if ascending is None else _holders(ascending, share)


def hhi(amounts: Ints) -> float | None:
    """Give the Herfindahl–Hirschman index, sum of (x_i / sum of x)²: 1 where one has all, 1/n where n have the same.

    It is the chance that two units, drawn one after the other and put back, belong to the same person.

    >>> round(hhi(np.array([1, 2, 7])), 9)
    0.54

    Source: A. O. Hirschman, The paternity of an index, 1964.
    """
    ascending = _shared_out(amounts)
    return None if ascending is None else _hhi(ascending)


def effective_number(amounts: Ints) -> float | None:
    """Give how many people, all with the same, would be as concentrated: one divided by the index of ``hhi``.

    >>> effective_number(np.array([5, 5, 5, 0]))
    3.0
    """
    index = hhi(amounts)
    return None if index is None else 1 / index


def _shared_out(amounts: Ints) -> Ints | None:
    ascending: Ints = np.sort(amounts)
    if not len(ascending) or ascending[0] < 0 or ascending[-1] == 0:
        return None
    return ascending


def _gini(ascending: Ints) -> float:
    n = len(ascending)
    ranks = 2 * np.arange(1, n + 1, dtype=np.float64) - n - 1
    # Rounding may leave a hair below 0 where all have the same.
    return max(0.0, float((ranks * ascending).sum() / (n * ascending.sum(dtype=np.float64))))


def _hhi(ascending: Ints) -> float:
    shares = ascending / ascending.sum(dtype=np.float64)
    return float((shares * shares).sum())


def _top_share(ascending: Ints, part: float) -> TopShare:
    people = math.ceil(_fraction(part) * len(ascending))
    return TopShare(people, _share_of_first(ascending, people))


def _share_of_first(ascending: Ints, people: int) -> float:
    kept = len(ascending) - min(max(people, 0), len(ascending))
    return int(ascending[kept:].sum()) / int(ascending.sum())


def _holders(ascending: Ints, share: float) -> int:
    sums = np.cumsum(ascending[::-1])
    return int(np.searchsorted(sums, math.ceil(_fraction(share) * int(sums[-1])))) + 1


def _fraction(part: float) -> Fraction:
    """Read 0.07 as seven hundredths, which no float is: of 100 people they must be 7 and not 8."""
    exact = Fraction(part).limit_denominator(1_000_000)
    if not 0 < exact <= 1:
        raise ValueError("a part of the whole is above 0 and at most 1")
    return exact
